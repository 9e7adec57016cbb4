/** A migration plan to the change that carries it out, after the checks that need the data. Reference 6.5. */
import { integerRange } from '../../schema/algebraic-type.ts';
import { BsatnReader } from '../../schema/bsatn.ts';
import type { MigrationPlan, MigrationStep } from '../../schema/migration.ts';
import type { ModuleDef, Sequence } from '../../schema/module-def.ts';
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import { fail, ok, type Result } from '../../schema/result.ts';
import { toByteString } from './datastore/byte-string.ts';
import type { Catalog, CatalogTable } from './datastore/catalog.ts';
import type { CatalogChange, TablePlacement } from './datastore/catalog-change.ts';

export function planCatalogChange(
  current: Catalog,
  definition: RawModuleDef,
  module: ModuleDef,
  plan: MigrationPlan,
  firstNewId: number,
): Result<CatalogChange> {
  const problem = dataProblem(current, plan);
  if (problem !== undefined) return fail(problem);
  const moved = new Map(plan.steps.flatMap((step) => movedTable(step)));
  let nextId = firstNewId;
  const tables = module.tables.map(({ name }): TablePlacement => {
    const old = userTable(current, name);
    if (!old) return { name, id: nextId++, from: undefined, suffix: '' };
    const suffix = moved.get(name);
    if (suffix === undefined) return { name, id: old.id, from: old.id, suffix: '' };
    return { name, id: nextId++, from: old.id, suffix };
  });
  return ok({ definition, reset: false, tables });
}

const userTable = (catalog: Catalog, name: string): CatalogTable | undefined => {
  const table = catalog.tableByName.get(name);
  return table?.def.name === name && !table.isSystem ? table : undefined;
};

/** Tables whose rows change form, with what is appended to each row. Such a table gets a new id. */
function movedTable(step: MigrationStep): [string, string][] {
  if (step.kind === 'replaceEventColumns') return [[step.table.name, '']];
  if (step.kind !== 'addColumns') return [];
  const bytes = Buffer.concat(step.columns.map((column) => column.defaultValue ?? new Uint8Array()));
  return [[step.table.name, toByteString(bytes, 0, bytes.length)]];
}

/** What the rows that are there do not allow. */
function dataProblem(current: Catalog, plan: MigrationPlan): string | undefined {
  for (const step of plan.steps) {
    if (step.kind === 'removeTable') {
      const { name } = step.table;
      if ((userTable(current, name)?.store.size ?? 0) > 0) {
        return `Cannot remove table \`${name}\`: table contains data. Clear the table's rows (e.g. via a reducer) before removing it from your schema.`;
      }
    } else if (step.kind === 'addSequence') {
      const table = userTable(current, step.table);
      if (table && hasValueInRange(table, step.sequence)) {
        return `Precheck failed: added sequence ${step.sequence.name} already has values in range`;
      }
    }
  }
  return undefined;
}

function hasValueInRange(table: CatalogTable, { column, min, max }: Sequence): boolean {
  const type = table.store.shape.columnTypes[column];
  // A column that this publish adds holds no values yet.
  if (!type) return false;
  const range = integerRange(type);
  if (!range) return false;
  const greatest = max < range.max ? max : range.max;
  const tag = type.tag.toLowerCase() as 'u8' | 'u64';
  for (const row of table.store.rows()) {
    const bytes = table.store.load(row);
    const at = table.store.layout.locate(bytes, 0, row.length, column);
    const value = BigInt(new BsatnReader(bytes.subarray(at, row.length))[tag]());
    if (value >= min && value <= greatest) return true;
  }
  return false;
}
