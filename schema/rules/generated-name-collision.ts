import type { Table } from '../module-def.ts';
import type { Path } from '../raw-module-def.ts';
import { type ModuleRule, quoted, type RuleInput } from './input.ts';

/** A name in the module-wide namespace of tables, views, indexes, constraints, sequences and schedules. */
interface Claim {
  readonly name: string;
  readonly what: string;
  readonly at: Path;
  /** Claims of one owner do not clash with each other: an index under its source and its canonical name. */
  readonly owner: string;
  /** Set for what a table implies; clashes within it that have a rule of their own share this key. */
  readonly twin?: string;
  /** Canonical name of the table or view behind the claim: when these clash, another rule has said so. */
  readonly parent: string;
}

export const generatedNameCollision: ModuleRule = {
  id: 'generated-name-collision',
  severity: 'error',
  check(input, report) {
    const claimed = new Map<string, Claim>();
    const reported = new Set<string>();
    for (const claim of allClaims(input)) {
      const first = claimed.get(claim.name);
      if (!first) claimed.set(claim.name, claim);
      else if (isNew(first, claim) && !reported.has(claim.owner)) {
        reported.add(claim.owner);
        report({
          at: claim.at,
          message: `The ${claim.what} gets the name ${quoted(claim.name)}, which the ${first.what} has already; generated names share one namespace with tables and views. Rename a column or a table.`,
          related: [{ at: first.at, message: `the ${first.what} is called ${quoted(first.name)}` }],
        });
      }
    }
  },
};

function isNew(first: Claim, later: Claim): boolean {
  if (first.owner === later.owner) return false;
  if (first.twin !== undefined && first.twin === later.twin) return false;
  const sameParent = first.parent === later.parent;
  const inOneTable = first.owner.split('/')[1] === later.owner.split('/')[1];
  return !sameParent || inOneTable;
}

function* allClaims(input: RuleInput): Generator<Claim> {
  for (const table of input.tables) {
    const own = { what: `table ${table.accessor}`, owner: `table/${table.position}`, parent: table.name };
    const at = ['tables', table.position, 'name'];
    yield { ...own, name: table.name, at };
    if (table.accessor !== table.name) yield { ...own, name: table.accessor, at };
  }
  for (const [i, view] of input.module.views.entries()) {
    const own = { owner: `view/v${i}`, parent: view.name };
    yield { ...own, name: view.name, what: `view ${view.accessor}`, at: ['views', i, 'name'] };
  }
  // One table() value under several keys has a rule of its own.
  const reused = new Set(input.raw.sourceFacts?.reusedTables);
  for (const table of input.tables) if (!reused.has(table.position)) yield* impliedClaims(table);
}

function* impliedClaims(table: Table): Generator<Claim> {
  const { position } = table;
  const columns = (positions: readonly number[]): string =>
    positions.map((p) => table.columns[p]?.accessor ?? `column ${p}`).join(', ');
  for (const [k, index] of table.indexes.entries()) {
    const claim = {
      what: `${index.algorithm.toLowerCase()} index on ${table.accessor} (${columns(index.columns)})`,
      at: ['tables', position, 'indexes', k],
      owner: `index/${position}/${k}`,
      twin: `index/${position}/${index.algorithm}/${index.columns.join()}`,
      parent: table.name,
    };
    yield { ...claim, name: index.name };
    if (index.sourceName !== index.name) yield { ...claim, name: index.sourceName };
  }
  for (const [k, constraint] of table.constraints.entries()) {
    yield {
      name: constraint.name,
      what: `unique constraint on ${table.accessor} (${columns(constraint.columns)})`,
      at: ['tables', position, 'constraints', k],
      owner: `constraint/${position}/${k}`,
      twin: `constraint/${position}/${constraint.columns.join()}`,
      parent: table.name,
    };
  }
  for (const [k, sequence] of table.sequences.entries()) {
    yield {
      name: sequence.name,
      what: `sequence of ${table.accessor} (${columns([sequence.column])})`,
      at: ['tables', position, 'columns', sequence.column],
      owner: `sequence/${position}/${k}`,
      parent: table.name,
    };
  }
  if (table.schedule) {
    const at = ['tables', position, 'name'];
    const what = `schedule of ${table.accessor}`;
    yield { name: table.schedule.name, what, at, owner: `schedule/${position}`, parent: table.name };
  }
}
