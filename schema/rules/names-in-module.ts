/** Every name of a module that must be an identifier, with its place: what the three name rules look at. */
import { specialKind } from '../algebraic-type.ts';
import type { Path, RawModuleDef } from '../raw-module-def.ts';
import type { RuleInput } from './input.ts';

export interface NameUse {
  readonly at: Path;
  /** What carries the name, for messages: `table`, `column`. */
  readonly what: string;
  readonly source: string;
  readonly canonical: string;
}

export function* namesInModule({ raw, naming, tables, functions, typeOwners }: RuleInput): Generator<NameUse> {
  for (const table of tables) {
    const at = ['tables', table.position];
    yield { at: [...at, 'name'], what: 'table', source: table.accessor, canonical: table.name };
    for (const column of table.columns) {
      const columnAt = [...at, 'columns', column.position];
      yield { at: columnAt, what: 'column', source: column.accessor, canonical: column.name };
    }
    for (const [k, index] of table.indexes.entries()) {
      const { accessor } = index;
      // An index made by a column is called like the column, which is checked above.
      if (accessor === undefined || table.columns.some((column) => column.accessor === accessor)) continue;
      yield { at: [...at, 'indexes', k, 'accessor'], what: 'index', source: accessor, canonical: accessor };
    }
  }
  for (const fn of functions) {
    yield { at: [...fn.at, 'name'], what: fn.kind, source: fn.sourceName, canonical: fn.name };
    for (const [j, { name }] of fn.params.entries()) {
      if (name === undefined) continue;
      yield { at: [...fn.at, 'params', j], what: 'parameter', source: name, canonical: naming.snake(name) };
    }
  }
  for (const [i, { sourceName }] of raw.httpHandlers.entries()) {
    const canonical = naming.function(sourceName);
    yield { at: ['httpHandlers', i, 'name'], what: 'HTTP handler', source: sourceName, canonical };
  }
  for (const i of raw.types.keys()) yield* namesInType(raw, i, naming, typeOwners);
}

function* namesInType(
  raw: RawModuleDef,
  i: number,
  naming: RuleInput['naming'],
  owners: RuleInput['typeOwners'],
): Generator<NameUse> {
  const def = raw.types[i];
  const type = def && raw.typespace[def.ref];
  // A row or parameter type repeats names of its declaration, which are checked there.
  if (!def || !type || owners.has(def.ref) || specialKind(type)) return;
  yield { at: ['types', i], what: 'type', source: def.sourceName, canonical: naming.pascal(def.sourceName) };
  const members = type.tag === 'Sum' ? type.variants : type.tag === 'Product' ? type.elements : [];
  const convert = type.tag === 'Sum' ? naming.camel : naming.snake;
  for (const [j, { name }] of members.entries()) {
    if (name === undefined) continue;
    const what = type.tag === 'Sum' ? 'variant' : 'field';
    yield { at: ['types', i, 'members', j], what, source: name, canonical: convert(name) };
  }
}
