/**
 * Partial evaluation of module text: what an expression is, without running anything. Constants, imports, spreads,
 * shared objects and small functions that return an expression are followed; everything else is `unknown`.
 */
import { type Argument, callBuilderMethod, callTypeFactory, compoundOf } from './builders.ts';
import { callSchemaMethod, schemaValue } from './library-calls.ts';
import type { Mistakes } from './mistakes.ts';
import type { Node } from './parser.ts';
import type { Program } from './program.ts';
import type { Declaration, Export, SourceFile } from './source-file.ts';
import { declarationsOf } from './source-file.ts';
import { field, keyName, parts, stringValue, unwrapped } from './syntax.ts';
import {
  type FunctionValue,
  type ObjectValue,
  type Place,
  type Property,
  type TableValue,
  unknown,
  type Value,
} from './values.ts';

const libraryModule = 'spacetimedb/server';
/** Deeper nesting than any module has; ends recursion in text that calls itself. */
const maxDepth = 60;

/** Names bound by functions around an expression. */
interface Scope {
  readonly names: ReadonlyMap<string, () => Value>;
  readonly outer: Scope | undefined;
}

export interface EntryExport {
  readonly name: string;
  /** The name in the text: a declared constant, or the last name in an export clause. */
  readonly at: Place;
  readonly statement: Place;
  readonly value: Value;
  /** The exported expression, for what can only be guessed from its words. */
  readonly expression: Place | undefined;
}

export class Evaluator {
  readonly #program: Program;
  readonly #mistakes: Mistakes;
  readonly #constants = new Map<Declaration, Value>();
  readonly #running = new Set<Declaration>();
  readonly #expressions = new Map<Node, Value>();
  #depth = 0;

  constructor(program: Program, mistakes: Mistakes) {
    this.#program = program;
    this.#mistakes = mistakes;
  }

  /** The value of a name declared at the top level of a file. */
  declared(file: SourceFile, declaration: Declaration): Value {
    const known = this.#constants.get(declaration);
    if (known) return known;
    if (this.#running.has(declaration)) return unknown;
    this.#running.add(declaration);
    const value = this.#declare(file, declaration);
    this.#running.delete(declaration);
    this.#constants.set(declaration, value);
    return value;
  }

  #declare(file: SourceFile, { kind, node, name }: Declaration): Value {
    if (kind === 'class' || kind === 'enum') return { kind: 'declared', what: kind };
    if (!node || kind === 'unknown') return unknown;
    const value = kind === 'function' ? this.#function({ file, node }) : this.evaluate({ file, node });
    if ((value.kind === 'table' || value.kind === 'registration') && value.call.file === file) {
      value.declaration ??= { file, node: name };
    }
    return value;
  }

  /** The value of an expression that stands at top level; evaluated once, since a schema is one however often it is asked for. */
  topLevel(place: Place): Value {
    const known = this.#expressions.get(place.node);
    if (known) return known;
    const value = this.evaluate(place);
    this.#expressions.set(place.node, value);
    return value;
  }

  /** Everything a file exports at run time, `export *` included, in the order of the text. */
  exportsOf(file: SourceFile, seen = new Set<SourceFile>()): EntryExport[] {
    if (seen.has(file)) return [];
    seen.add(file);
    return file.exports.flatMap((item) => {
      if (item.kind === 'star') {
        const target = this.#program.resolve(file, item.module);
        return target ? this.exportsOf(target, seen).filter(({ name }) => name !== 'default') : [];
      }
      return [this.#exported(file, item)];
    });
  }

  #exported(file: SourceFile, item: Exclude<Export, { kind: 'star' }>): EntryExport {
    const at = { file, node: item.node };
    if (item.kind === 'expression') {
      const expression = { file, node: item.expression };
      return { name: item.name, at, statement: at, value: this.topLevel(expression), expression };
    }
    if (item.kind === 'from') {
      const target = this.#program.resolve(file, item.module);
      const inner = target && item.imported !== '*' ? this.#export(target, item.imported) : undefined;
      const value = target && item.imported === '*' ? ({ kind: 'namespace', file: target } as const) : inner?.value;
      const place = inner && item.name === item.imported ? inner.at : at;
      return {
        name: item.name,
        at: place,
        statement: inner?.statement ?? at,
        value: value ?? unknown,
        expression: inner?.expression,
      };
    }
    const declaration = file.declarations.get(item.local);
    const value = this.#lookUp(item.local, file, undefined);
    const renamed = item.name !== item.local || !declaration;
    return {
      name: item.name,
      at: renamed ? at : { file, node: declaration.name },
      statement: { file, node: declaration?.statement ?? item.node },
      value,
      expression: declaration?.node && { file, node: declaration.node },
    };
  }

  #export(file: SourceFile, name: string): EntryExport | undefined {
    const own = file.exports.find((item) => item.kind !== 'star' && item.name === name);
    if (own && own.kind !== 'star') return this.#exported(file, own);
    return this.exportsOf(file).find((item) => item.name === name);
  }

  evaluate({ file, node }: Place, scope?: Scope): Value {
    if (this.#depth > maxDepth) return unknown;
    this.#depth++;
    const value = this.#expression(file, unwrapped(node), scope);
    this.#depth--;
    return value;
  }

  #expression(file: SourceFile, node: Node, scope: Scope | undefined): Value {
    switch (node.type) {
      case 'identifier':
        return this.#lookUp(node.text, file, scope);
      case 'string':
      case 'template_string': {
        const value = stringValue(node);
        return value === undefined ? unknown : { kind: 'literal', value };
      }
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true' };
      case 'number':
      case 'unary_expression':
        return numberValue(node.text);
      case 'object':
        return this.#object({ file, node }, scope);
      case 'array':
        return this.#array(file, node, scope);
      case 'arrow_function':
      case 'function_expression':
        return this.#function({ file, node }, scope);
      case 'member_expression':
        return this.#member(file, node, scope);
      case 'call_expression':
        return this.#call(file, node, scope);
      default:
        return unknown;
    }
  }

  #lookUp(name: string, file: SourceFile, scope: Scope | undefined): Value {
    for (let current = scope; current; current = current.outer) {
      const bound = current.names.get(name);
      if (bound) return bound();
    }
    const declaration = file.declarations.get(name);
    if (declaration) return this.declared(file, declaration);
    if (name === 'undefined') return { kind: 'literal', value: undefined };
    const imported = file.imports.get(name);
    if (!imported) return unknown;
    if (imported.module === libraryModule) return { kind: 'library', name: imported.name };
    const target = this.#program.resolve(file, imported.module);
    if (!target) return unknown;
    if (imported.name === '*') return { kind: 'namespace', file: target };
    return this.#export(target, imported.name)?.value ?? unknown;
  }

  #object(at: Place, scope: Scope | undefined): ObjectValue {
    const properties = new Map<string, Property>();
    let complete = !at.node.hasError;
    const set = (key: Node, valueNode: Node, value: () => Value): void => {
      const name = keyName(key);
      if (name === undefined) complete = false;
      else {
        const place = (node: Node): Place => ({ file: at.file, node });
        properties.set(name, { name, key: place(key), at: place(valueNode), value: once(value) });
      }
    };
    for (const part of parts(at.node)) {
      const key = field(part, 'name') ?? field(part, 'key');
      const value = field(part, 'value');
      if (part.type === 'pair' && key && value) {
        set(key, value, () => this.evaluate({ file: at.file, node: value }, scope));
      } else if (part.type === 'shorthand_property_identifier') {
        set(part, part, () => this.#lookUp(part.text, at.file, scope));
      } else if (part.type === 'method_definition' && key) {
        const fn = this.#function({ file: at.file, node: part }, scope);
        const isGetter = part.children.some((child) => child?.type === 'get');
        set(key, key, () => (isGetter ? fn.call([]) : fn));
      } else if (part.type === 'spread_element') {
        const [spread] = parts(part);
        const base = spread && this.evaluate({ file: at.file, node: spread }, scope);
        if (base?.kind !== 'object') complete = false;
        else {
          complete &&= base.complete;
          for (const property of base.properties.values()) properties.set(property.name, property);
        }
      } else complete = false;
    }
    return { kind: 'object', properties, complete, at };
  }

  #array(file: SourceFile, node: Node, scope: Scope | undefined): Value {
    const items: { at: Place; value(): Value }[] = [];
    let complete = !node.hasError;
    for (const part of parts(node)) {
      if (part.type === 'spread_element') {
        const [spread] = parts(part);
        const base = spread && this.evaluate({ file, node: spread }, scope);
        if (base?.kind === 'array') {
          items.push(...base.items);
          complete &&= base.complete;
        } else complete = false;
      } else {
        const at = { file, node: part };
        items.push({ at, value: once(() => this.evaluate(at, scope)) });
      }
    }
    return { kind: 'array', items, complete };
  }

  #function(at: Place, scope?: Scope): FunctionValue {
    return { kind: 'function', at, call: (args) => this.#invoke(at, args, scope) };
  }

  /** The value a function gives when its body is an expression, or constants followed by one `return`. */
  #invoke({ file, node }: Place, args: readonly Value[], outer: Scope | undefined): Value {
    const body = field(node, 'body');
    if (!body || this.#depth > maxDepth) return unknown;
    const names = new Map<string, () => Value>();
    const parameters = field(node, 'parameters');
    const single = field(node, 'parameter');
    const declared = single ? [single] : parameters ? parts(parameters) : [];
    declared.forEach((parameter, i) => {
      const pattern = field(parameter, 'pattern') ?? parameter;
      if (pattern.type === 'identifier') names.set(pattern.text, () => args[i] ?? unknown);
      else for (const name of boundNames(pattern)) names.set(name, () => unknown);
    });
    const scope: Scope = { names, outer };
    if (body.type !== 'statement_block') return this.evaluate({ file, node: body }, scope);
    for (const statement of parts(body)) {
      if (statement.type === 'return_statement') {
        const [result] = parts(statement);
        return result ? this.evaluate({ file, node: result }, scope) : unknown;
      }
      const local = declarationsOf(statement);
      if (local.length === 0) return unknown;
      for (const { kind, name, node: value } of local) {
        const place = kind === 'value' && value ? { file, node: value } : undefined;
        names.set(name.text, place ? once(() => this.evaluate(place, scope)) : () => unknown);
      }
    }
    return unknown;
  }

  #member(file: SourceFile, node: Node, scope: Scope | undefined): Value {
    const object = field(node, 'object');
    const property = field(node, 'property');
    if (!object || !property) return unknown;
    const receiver = this.evaluate({ file, node: object }, scope);
    const name = property.text;
    switch (receiver.kind) {
      case 'library':
        return { kind: 'library', name: receiver.name === '*' ? name : `${receiver.name}.${name}` };
      case 'object':
        return receiver.properties.get(name)?.value() ?? unknown;
      case 'namespace':
        return this.#export(receiver.file, name)?.value ?? unknown;
      case 'table':
        if (name !== 'rowType' || !receiver.row) return unknown;
        return { kind: 'builder', type: receiver.row, marks: new Map(), complete: receiver.complete };
      case 'schema':
      case 'builder':
      case 'method':
        return { kind: 'method', receiver, name: { file, node: property } };
      default:
        return unknown;
    }
  }

  #call(file: SourceFile, node: Node, scope: Scope | undefined): Value {
    const callee = field(node, 'function');
    const list = field(node, 'arguments');
    if (!callee || !list || list.type !== 'arguments') return unknown;
    const target = this.evaluate({ file, node: callee }, scope);
    if (target.kind !== 'library' && target.kind !== 'method' && target.kind !== 'function') return unknown;
    const args = parts(list).map((part): Argument => {
      const at = { file, node: part };
      return { at, value: part.type === 'spread_element' ? unknown : this.evaluate(at, scope) };
    });
    const call = { file, node };
    if (target.kind === 'function') return target.call(args.map(({ value }) => value));
    if (target.kind === 'library') {
      const place = { file, node: field(unwrapped(callee), 'property') ?? callee };
      if (target.name.startsWith('t.')) return callTypeFactory(place, target.name.slice(2), args, this.#mistakes);
      if (target.name === 'table') return tableOf(args, call, place, this.#mistakes);
      return target.name === 'schema' ? schemaValue(args, call, place, this.#mistakes) : unknown;
    }
    if (target.receiver.kind === 'builder') {
      return callBuilderMethod(target.receiver, target.name, args, this.#mistakes);
    }
    return callSchemaMethod(target, args, call, this.#mistakes);
  }
}

const tableOptions: ReadonlySet<string> = new Set(['name', 'public', 'event', 'indexes', 'constraints', 'scheduled']);
/** Values that are certainly no column. */
const plainKinds: ReadonlySet<string> = new Set(['literal', 'array', 'object', 'function']);

function tableOf(args: readonly Argument[], call: Place, callee: Place, mistakes: Mistakes): TableValue {
  const [options, columns] = [args[0]?.value, args[1]?.value];
  if (args.length === 1 && args[0]?.at.node.type !== 'spread_element') {
    mistakes.add('table-missing-columns', callee, 'table');
  }
  if (columns?.kind === 'builder' && args[1] && columns.type.shape !== 'row' && columns.complete) {
    mistakes.add('row-type-is-object-type', args[1].at, args[1].at.node.text);
  }
  for (const property of columns?.kind === 'object' ? columns.properties.values() : []) {
    if (!tableOptions.has(property.name) || !plainKinds.has(property.value().kind)) continue;
    mistakes.add('table-options-in-columns', property.key, property.name);
  }
  const objects = options?.kind === 'object' ? options : undefined;
  const row =
    columns?.kind === 'object'
      ? compoundOf('row', undefined, columns, mistakes)
      : columns?.kind === 'builder' && columns.type.shape === 'row'
        ? columns.type
        : undefined;
  const complete = !call.node.hasError && objects?.complete === true && row?.complete === true;
  return { kind: 'table', options: objects, row, complete, call, declaration: undefined };
}

/** The names that a destructuring pattern binds, and perhaps some more. */
const boundNames = (pattern: Node): string[] =>
  pattern.descendantsOfType(['identifier', 'shorthand_property_identifier_pattern']).map((node) => node?.text ?? '');

function numberValue(text: string): Value {
  const plain = text.replace(/[\s_]/g, '');
  if (/^-?(0[xob])?[0-9a-f]+n$/i.test(plain)) {
    const negative = plain.startsWith('-');
    const digits = plain.slice(negative ? 1 : 0, -1);
    // Literals such as 12abn match the pattern and are no numbers.
    if (!/^(\d+|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i.test(digits)) return unknown;
    return { kind: 'literal', value: negative ? -BigInt(digits) : BigInt(digits) };
  }
  const negative = plain.startsWith('-');
  const value = Number(negative ? plain.slice(1) : plain);
  return Number.isNaN(value) ? unknown : { kind: 'literal', value: negative ? -value : value };
}

/** Evaluates at most once, so that a builder keeps its identity; a value that needs itself is unknown. */
function once(compute: () => Value): () => Value {
  let result: Value | undefined;
  let running = false;
  return () => {
    if (result) return result;
    if (running) return unknown;
    running = true;
    result = compute();
    running = false;
    return result;
  };
}
