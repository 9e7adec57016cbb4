/** One parsed file: what it imports, declares at top level, and exports. */

import type { Node, Tree } from './parser.ts';
import { field, parts, stringValue } from './syntax.ts';

export interface Import {
  readonly module: string;
  /** Exported name, `default`, or `*` for the namespace. */
  readonly name: string;
}

export interface Declaration {
  readonly kind: 'value' | 'function' | 'class' | 'enum' | 'unknown';
  readonly name: Node;
  /** The initializer, the function, the class. */
  readonly node: Node | undefined;
  /** The whole statement. */
  readonly statement: Node;
}

export type Export =
  | { readonly kind: 'local'; readonly name: string; readonly local: string; readonly node: Node }
  | {
      readonly kind: 'from';
      readonly name: string;
      readonly module: string;
      readonly imported: string;
      readonly node: Node;
    }
  | { readonly kind: 'expression'; readonly name: string; readonly expression: Node; readonly node: Node }
  | { readonly kind: 'star'; readonly module: string; readonly node: Node };

export interface SourceFile {
  /** Absolute path. */
  readonly path: string;
  readonly tree: Tree;
  readonly hasError: boolean;
  readonly imports: ReadonlyMap<string, Import>;
  readonly declarations: ReadonlyMap<string, Declaration>;
  readonly exports: readonly Export[];
  /** Expressions that are statements of their own at top level. */
  readonly expressions: readonly Node[];
}

interface Draft {
  imports: Map<string, Import>;
  declarations: Map<string, Declaration>;
  exports: Export[];
  expressions: Node[];
}

export function readSourceFile(path: string, tree: Tree): SourceFile {
  const draft: Draft = { imports: new Map(), declarations: new Map(), exports: [], expressions: [] };
  for (const statement of parts(tree.rootNode)) readStatement(statement, draft);
  return { path, tree, hasError: tree.rootNode.hasError, ...draft };
}

function readStatement(statement: Node, draft: Draft): void {
  switch (statement.type) {
    case 'import_statement':
      readImport(statement, draft);
      break;
    case 'export_statement':
      readExport(statement, draft);
      break;
    case 'expression_statement': {
      const [expression] = parts(statement);
      if (expression) draft.expressions.push(expression);
      break;
    }
    default:
      for (const declaration of declarationsOf(statement)) draft.declarations.set(declaration.name.text, declaration);
  }
}

const declarationKinds: Readonly<Record<string, Declaration['kind']>> = {
  function_declaration: 'function',
  generator_function_declaration: 'function',
  class_declaration: 'class',
  abstract_class_declaration: 'class',
  enum_declaration: 'enum',
};

/** What a statement declares; types declare nothing that exists at run time. */
export function declarationsOf(statement: Node): Declaration[] {
  if (statement.type === 'lexical_declaration' || statement.type === 'variable_declaration') {
    return parts(statement).flatMap((declarator): Declaration[] => {
      const name = field(declarator, 'name');
      const node = field(declarator, 'value');
      if (!name) return [];
      if (name.type === 'identifier') return [{ kind: 'value', name, node, statement }];
      return boundNames(name).map((bound) => ({ kind: 'unknown', name: bound, node, statement }));
    });
  }
  const kind = declarationKinds[statement.type];
  const name = kind && field(statement, 'name');
  return kind && name ? [{ kind, name, node: statement, statement }] : [];
}

const boundNames = (pattern: Node): Node[] =>
  [
    ...pattern.descendantsOfType('shorthand_property_identifier_pattern'),
    ...pattern.descendantsOfType('identifier'),
  ].filter((node): node is Node => node !== null);

function readImport(statement: Node, draft: Draft): void {
  const source = field(statement, 'source');
  const module = source && stringValue(source);
  const clause = parts(statement).find((child) => child.type === 'import_clause');
  if (module === undefined || !clause) return;
  for (const child of parts(clause)) {
    if (child.type === 'identifier') draft.imports.set(child.text, { module, name: 'default' });
    else if (child.type === 'namespace_import') {
      const [local] = parts(child);
      if (local) draft.imports.set(local.text, { module, name: '*' });
    } else if (child.type === 'named_imports') {
      for (const specifier of parts(child)) {
        const name = field(specifier, 'name');
        const local = field(specifier, 'alias') ?? name;
        if (name && local) draft.imports.set(local.text, { module, name: name.text });
      }
    }
  }
}

function readExport(statement: Node, draft: Draft): void {
  if (statement.children.some((child) => child?.type === 'type')) return;
  const source = field(statement, 'source');
  const module = source && stringValue(source);
  const declaration = field(statement, 'declaration');
  const isDefault = statement.children.some((child) => child?.type === 'default');
  if (declaration) {
    for (const item of declarationsOf(declaration)) {
      draft.declarations.set(item.name.text, { ...item, statement });
      const name = isDefault ? 'default' : item.name.text;
      draft.exports.push({ kind: 'local', name, local: item.name.text, node: item.name });
    }
    return;
  }
  const expression = field(statement, 'value') ?? (isDefault ? parts(statement)[0] : undefined);
  if (isDefault && expression) {
    draft.exports.push({ kind: 'expression', name: 'default', expression, node: expression });
    return;
  }
  const children = parts(statement);
  const clause = children.find((child) => child.type === 'export_clause');
  if (clause) readExportClause(clause, module, draft);
  else if (module !== undefined) {
    const [name] = children.filter((child) => child.type === 'namespace_export').flatMap(parts);
    if (name) draft.exports.push({ kind: 'from', name: name.text, module, imported: '*', node: name });
    else draft.exports.push({ kind: 'star', module, node: statement });
  }
}

function readExportClause(clause: Node, module: string | undefined, draft: Draft): void {
  for (const specifier of parts(clause)) {
    const local = field(specifier, 'name');
    const node = field(specifier, 'alias') ?? local;
    if (!local || !node || specifier.children.some((child) => child?.type === 'type')) continue;
    if (module === undefined) draft.exports.push({ kind: 'local', name: node.text, local: local.text, node });
    else draft.exports.push({ kind: 'from', name: node.text, module, imported: local.text, node });
  }
}
