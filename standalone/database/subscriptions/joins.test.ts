/**
 * Joins, filters and row-level security against a naive evaluation over decoded rows: the rows of a new subscription,
 * and what a client holds after each commit.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { primitive } from '../../../schema/algebraic-type.ts';
import { BsatnReader, BsatnWriter } from '../../../schema/bsatn.ts';
import type { Index, ModuleDef, Table } from '../../../schema/module-def.ts';
import type { ProductValue, SumValue } from '../../../schema/value.ts';
import { transactionUpdate } from '../../protocol/server-message.ts';
import { decodePayload, rowsOf } from '../../protocol/testing/decode.ts';
import { byteStringToBuffer, toByteString } from '../datastore/byte-string.ts';
import { type Catalog, type CatalogTable, makeCatalog, newTable } from '../datastore/catalog.ts';
import { type TableChange, Transaction } from '../datastore/transaction.ts';
import type { QueryCaller } from '../query/access.ts';
import { planQuery } from './query-plan.ts';
import { Subscriptions } from './subscriptions.ts';

/** Columns of every table; all values are small, so that joins find partners. */
const columns = ['id', 'link', 'kind', 'who'] as const;
type Column = (typeof columns)[number];
type Row = Record<Column, number>;

const index = (name: string, positions: number[], unique: boolean): Index => ({
  name,
  sourceName: name,
  accessor: undefined,
  algorithm: 'BTree',
  columns: positions,
  unique,
});

/** `id` is unique in table a; `id` and `link` are indexed, `kind` and `who` only together; `e` is an event table. */
const tableDef = (name: string): Table => ({
  name,
  accessor: name,
  position: 0,
  rowTypeRef: 0,
  columns: columns.map((column, position) => ({
    name: column,
    accessor: column,
    position,
    type: primitive(column === 'who' ? 'U64' : 'U32'),
    defaultValue: undefined,
  })),
  primaryKey: undefined,
  indexes: [
    index(`${name}_id`, [0], name === 'a'),
    index(`${name}_link`, [1], false),
    index(`${name}_kind_who_id`, [2, 3, 0], false),
  ],
  constraints: [],
  sequences: [],
  schedule: undefined,
  isPublic: true,
  isEvent: name === 'e',
});

const tableIds: Record<string, number> = { a: 5000, b: 5001, e: 5002 };

function newCatalog(rowLevelSecurity: string[] = []): Catalog {
  const module: ModuleDef = {
    ...{ typespace: [], types: [], tables: [], reducers: [], procedures: [], views: [] },
    rowLevelSecurity,
  };
  return makeCatalog(
    module,
    Object.entries(tableIds).map(([name, id]) => newTable(id, tableDef(name), [])),
  );
}

function encodeRow({ id, link, kind, who }: Row): string {
  const writer = new BsatnWriter();
  for (const value of [id, link, kind]) writer.u32(value);
  writer.u64(BigInt(who));
  const bytes = Buffer.from(writer.finish());
  return toByteString(bytes, 0, bytes.length);
}

function decodeRow(text: string): Row {
  const reader = new BsatnReader(byteStringToBuffer(text));
  return { id: reader.u32(), link: reader.u32(), kind: reader.u32(), who: Number(reader.u64()) };
}

const tableOf = (catalog: Catalog, name: string): CatalogTable =>
  catalog.tables.get(tableIds[name] as number) as CatalogTable;
const rowsIn = (catalog: Catalog, name: string): Row[] => [...tableOf(catalog, name).store.rows()].map(decodeRow);

/** A query with its meaning in plain JavaScript. */
interface Query {
  sql: string;
  tables: string[];
  output: number;
  holds(tuple: Row[]): boolean;
}

const small = fc.integer({ min: 0, max: 3 });
const row: fc.Arbitrary<Row> = fc.record({ id: small, link: small, kind: small, who: small });

interface Filter {
  sql: string;
  holds(tuple: Row[]): boolean;
}

const filterOn = (names: readonly string[]): fc.Arbitrary<Filter> =>
  fc
    .tuple(fc.nat(names.length - 1), fc.constantFrom(...columns), fc.constantFrom('=', '<>', '<', '>='), small)
    .map(([relation, column, operator, value]) => ({
      sql: `${names[relation]}.${column} ${operator} ${value}`,
      holds: (tuple) => {
        const actual = (tuple[relation] as Row)[column];
        if (operator === '=') return actual === value;
        if (operator === '<>') return actual !== value;
        return operator === '<' ? actual < value : actual >= value;
      },
    }));

const where = (names: readonly string[]): fc.Arbitrary<Filter> =>
  fc.oneof(
    fc.constant<Filter>({ sql: '', holds: () => true }),
    fc.array(filterOn(names), { minLength: 1, maxLength: 3 }).map((filters) => ({
      sql: ` WHERE ${filters.map(({ sql }) => sql).join(' AND ')}`,
      holds: (tuple: Row[]) => filters.every((filter) => filter.holds(tuple)),
    })),
    fc.tuple(filterOn(names), filterOn(names)).map(([a, b]) => ({
      sql: ` WHERE ${a.sql} OR ${b.sql}`,
      holds: (tuple: Row[]) => a.holds(tuple) || b.holds(tuple),
    })),
  );

const joinColumns = fc.constantFrom<('id' | 'link')[]>(['id'], ['link']).map(([column]) => column as 'id' | 'link');

const single: fc.Arbitrary<Query> = fc.constantFrom('a', 'b').chain((name) =>
  where([name]).map(({ sql, holds }) => ({
    sql: `SELECT * FROM ${name}${sql}`,
    tables: [name],
    output: 0,
    holds,
  })),
);

const joined: fc.Arbitrary<Query> = fc
  .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b'), joinColumns, joinColumns, fc.nat(1), where(['l', 'r']))
  .map(([left, right, leftColumn, rightColumn, output, filter]) => ({
    sql: `SELECT ${output === 0 ? 'l' : 'r'}.* FROM ${left} AS l JOIN ${right} r ON l.${leftColumn} = r.${rightColumn}${filter.sql}`,
    tables: [left, right],
    output,
    holds: (tuple) => tuple[0]?.[leftColumn] === tuple[1]?.[rightColumn] && filter.holds(tuple),
  }));

/** Encoded rows with how often each comes. */
type Bag = Map<string, number>;
const toBag = (rows: Iterable<string>): Bag => {
  const bag: Bag = new Map();
  for (const each of rows) bag.set(each, (bag.get(each) ?? 0) + 1);
  return bag;
};

function naive({ tables, output, holds }: Query, catalog: Catalog): string[] {
  let tuples: Row[][] = [[]];
  for (const name of tables) {
    const rows = rowsIn(catalog, name);
    tuples = tuples.flatMap((tuple) => rows.map((each) => [...tuple, each]));
  }
  return tuples.filter(holds).map((tuple) => encodeRow(tuple[output] as Row));
}

const changes = fc.array(fc.record({ table: fc.constantFrom('a', 'b'), add: fc.boolean(), row }), { maxLength: 6 });
type Change = { table: string; add: boolean; row: Row };

/** Commits changes; a row whose unique key is taken replaces the one that has it. */
function commit(catalog: Catalog, steps: readonly Change[]): TableChange[] {
  const transaction = new Transaction(new Set());
  for (const { table: name, add, row: each } of steps) {
    const table = tableOf(catalog, name);
    const text = encodeRow(each);
    if (add) {
      const taken = table.store.conflict(byteStringToBuffer(text), 0, text.length);
      if (taken !== undefined) transaction.deleteRow(table, taken);
      transaction.insertRow(table, text);
    } else {
      transaction.deleteRow(table, text);
    }
  }
  return transaction.commit();
}

interface DecodedUpdate {
  value: { query_sets: { query_set_id: { id: number }; tables: { rows: SumValue[] }[] }[] };
}

/** Applies what one socket is told to what it holds, per set; a row may not be taken away more often than it came. */
function apply(held: Map<number, Bag>, sets: Parameters<typeof transactionUpdate>[0]): void {
  const payload = Buffer.concat([Buffer.from([0]), transactionUpdate(sets)]);
  const [message] = decodePayload(payload) as unknown as [DecodedUpdate];
  const texts = (list: unknown): string[] =>
    rowsOf(list as ProductValue).map((r) => toByteString(Buffer.from(r), 0, r.length));
  for (const set of message.value.query_sets) {
    const bag = held.get(set.query_set_id.id) as Bag;
    for (const update of set.tables.flatMap((table) => table.rows)) {
      const { inserts, deletes } = update.value as ProductValue;
      for (const come of texts(inserts)) bag.set(come, (bag.get(come) ?? 0) + 1);
      for (const gone of texts(deletes)) {
        const count = (bag.get(gone) ?? 0) - 1;
        expect(count).toBeGreaterThanOrEqual(0);
        if (count === 0) bag.delete(gone);
        else bag.set(gone, count);
      }
    }
  }
}

const caller = (who: number, isOwner = false): QueryCaller => ({
  identity: who.toString(16).padStart(64, '0'),
  isOwner,
});

const runs = Number(process.env.MODEL_RUNS ?? 300);

describe('subscriptions', () => {
  it('hold what asking again would give, joins with every combination', () => {
    const queries = fc.array(fc.oneof(single, joined), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(queries, fc.array(changes, { minLength: 1, maxLength: 8 }), (asked, transactions) => {
        const catalog = newCatalog();
        const subscriptions = new Subscriptions();
        commit(catalog, transactions[0] as Change[]);
        const held = new Map<number, Bag>();
        for (const [i, { sql }] of asked.entries()) {
          const rows = subscriptions.subscribe(1, i, [sql], catalog, caller(1));
          if (!rows.ok) throw new Error(`${rows.message}: ${sql}`);
          held.set(i, toBag(rows.value.flatMap((table) => [...table.rows])));
        }
        for (const steps of transactions) {
          apply(held, subscriptions.deliveries(commit(catalog, steps)).get(1) ?? []);
          for (const [i, query] of asked.entries()) {
            const expected = toBag(naive(query, catalog));
            expect(held.get(i), query.sql).toEqual(expected);
            const again = planQuery(query.sql, catalog, caller(1));
            expect(toBag(again.ok ? again.value.flatMap((plan) => plan.initialRows()) : []), query.sql).toEqual(
              expected,
            );
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('are one when several queries are in one set, each identical query once', () => {
    const catalog = newCatalog();
    const subscriptions = new Subscriptions();
    const queries = ['SELECT * FROM a', 'SELECT a.* FROM a', 'SELECT * FROM a WHERE id = 1'];
    subscriptions.subscribe(1, 0, queries, catalog, caller(1));
    const held = new Map<number, Bag>([[0, new Map()]]);
    const one = { id: 1, link: 0, kind: 0, who: 0 };
    apply(held, subscriptions.deliveries(commit(catalog, [{ table: 'a', add: true, row: one }])).get(1) ?? []);
    expect(held.get(0)).toEqual(new Map([[encodeRow(one), 2]]));
  });

  it('give event rows once, joined with what the commit left', () => {
    const catalog = newCatalog();
    const subscriptions = new Subscriptions();
    const sql = 'SELECT e.* FROM e JOIN a ON e.link = a.id WHERE a.kind = 1';
    expect(subscriptions.subscribe(1, 0, [sql], catalog, caller(1))).toEqual({
      ok: true,
      value: [{ table: 'e', rows: [] }],
    });
    const event = { id: 7, link: 2, kind: 0, who: 0 };
    const target = { id: 2, link: 0, kind: 1, who: 0 };
    const updates = subscriptions.deliveries(
      commit(catalog, [
        { table: 'e', add: true, row: event },
        { table: 'a', add: true, row: target },
      ]),
    );
    expect(updates.get(1)).toHaveLength(1);
    expect(subscriptions.deliveries(commit(catalog, [{ table: 'a', add: false, row: target }])).size).toBe(0);
  });

  it('refuse what cannot be kept up to date', () => {
    const catalog = newCatalog();
    const refusal = (sql: string): string => {
      const rows = new Subscriptions().subscribe(1, 0, [sql], catalog, caller(1));
      return rows.ok ? 'fine' : rows.message.replace(/, executing.*/, '');
    };
    const noIndex = 'Subscriptions require indexes on join columns';
    expect(refusal('SELECT a.* FROM a JOIN b ON a.kind = b.id')).toBe(noIndex);
    expect(refusal('SELECT a.* FROM a JOIN b ON a.id = b.kind')).toBe(noIndex);
    expect(refusal('SELECT a.* FROM a JOIN b')).toBe(noIndex);
    expect(refusal('SELECT a.* FROM a JOIN b ON a.id = b.id JOIN b AS c ON c.id = b.id')).toBe(
      'Invalid number of tables in subscription: 3',
    );
    expect(refusal('SELECT a.* FROM a JOIN e ON a.id = e.id')).toBe(
      'Event tables cannot be used as the lookup table in subscription joins',
    );
    expect(refusal('SELECT * FROM a JOIN b ON a.id = b.id')).toBe('SELECT * is not supported for joins');
    expect(refusal('SELECT a.* FROM a JOIN b ON a.id = b.id WHERE kind = 1')).toBe(
      'Names must be qualified when using joins',
    );
    expect(refusal('SELECT a.* FROM a JOIN a ON a.id = a.link')).toBe('Duplicate name `a`');
    expect(refusal('SELECT a.* FROM a LEFT JOIN b ON a.id = b.id')).toBe('Non-inner joins are not supported');
    expect(refusal('SELECT a.* FROM a JOIN b ON a.id < b.id')).toBe('Non-column join constraints are not supported');
    expect(refusal('SELECT a.* FROM a JOIN b ON a.id = b.who')).toContain('Unexpected type');
    expect(refusal('SELECT a.id FROM a')).toContain('Column projections are not supported in subscriptions');
    expect(refusal('DELETE FROM a')).toBe('Unsupported: Non-SELECT queries');
  });
});

describe('the cost of a commit', () => {
  it('does not grow with the queries of others nor with the table', () => {
    const catalog = newCatalog();
    const subscriptions = new Subscriptions();
    const many = 6000;
    for (let who = 0; who < many; who++) {
      const sql =
        who % 2 === 0
          ? `SELECT * FROM a WHERE who = ${who}`
          : `SELECT b.* FROM b JOIN a ON b.link = a.id WHERE a.who = ${who}`;
      expect(subscriptions.subscribe(who, 0, [sql], catalog, caller(1)).ok).toBe(true);
    }
    const rows = Array.from({ length: many }, (_, id) => ({
      table: 'a',
      add: true,
      row: { id, link: 0, kind: 0, who: id },
    }));
    expect(subscriptions.deliveries(commit(catalog, rows)).size).toBe(many / 2);
    const started = performance.now();
    for (let who = 1; who < 4000; who += 2) {
      const step = { table: 'b', add: true, row: { id: who, link: who, kind: 0, who: 0 } };
      expect([...subscriptions.deliveries(commit(catalog, [step])).keys()]).toEqual([who]);
    }
    // Two thousand commits that each looked at every query or every row would take minutes.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('row-level security', () => {
  const rules = [
    'SELECT * FROM a WHERE kind = 0',
    'SELECT a.* FROM a JOIN b ON a.id = b.link WHERE b.kind = 1',
    'SELECT b.* FROM b WHERE b.who < 2',
  ];

  /** What a client sees of each table, once per rule and partner that admits it. */
  function visible(catalog: Catalog, name: string): string[] {
    const b = rowsIn(catalog, 'b').filter((each) => each.who < 2);
    if (name === 'b') return b.map(encodeRow);
    const a = rowsIn(catalog, 'a');
    const byPartner = a.flatMap((each) =>
      b.filter((other) => other.link === each.id && other.kind === 1).map(() => each),
    );
    return [...a.filter((each) => each.kind === 0), ...byPartner].map(encodeRow);
  }

  it('limits what clients see, rule within rule, and not what the owner sees', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 6 }), (transactions) => {
        const catalog = newCatalog(rules);
        const subscriptions = new Subscriptions();
        const held = new Map<number, Bag>();
        for (const [i, name] of ['a', 'b'].entries()) {
          expect(subscriptions.subscribe(1, i, [`SELECT * FROM ${name}`], catalog, caller(1)).ok).toBe(true);
          held.set(i, new Map());
        }
        subscriptions.subscribe(2, 0, ['SELECT * FROM *'], catalog, caller(1));
        const all = new Map<number, Bag>([[0, new Map()]]);
        subscriptions.subscribe(3, 0, ['SELECT * FROM a'], catalog, caller(9, true));
        const owners = new Map<number, Bag>([[0, new Map()]]);
        for (const steps of transactions) {
          const deliveries = subscriptions.deliveries(commit(catalog, steps));
          apply(held, deliveries.get(1) ?? []);
          apply(all, deliveries.get(2) ?? []);
          apply(owners, deliveries.get(3) ?? []);
          expect(held.get(0)).toEqual(toBag(visible(catalog, 'a')));
          expect(held.get(1)).toEqual(toBag(visible(catalog, 'b')));
          expect(all.get(0)).toEqual(toBag([...visible(catalog, 'a'), ...visible(catalog, 'b')]));
          expect(owners.get(0)).toEqual(toBag(rowsIn(catalog, 'a').map(encodeRow)));
          const joinedQuery = 'SELECT a.* FROM a JOIN b ON a.id = b.id';
          const plans = planQuery(joinedQuery, catalog, caller(1));
          if (!plans.ok) throw new Error(plans.message);
          const partners = visible(catalog, 'b').map(decodeRow);
          const expected = visible(catalog, 'a').flatMap((text) =>
            partners.filter((other) => other.id === decodeRow(text).id).map(() => text),
          );
          expect(toBag(plans.value.flatMap((plan) => plan.initialRows()))).toEqual(toBag(expected));
        }
      }),
      { numRuns: runs },
    );
  });

  it('finds rules that need each other', () => {
    const catalog = newCatalog(['SELECT a.* FROM a JOIN b ON a.id = b.id', 'SELECT b.* FROM b JOIN a ON a.id = b.id']);
    expect(planQuery('SELECT * FROM a', catalog, caller(1))).toEqual({
      ok: false,
      message: 'Discovered cyclic dependency when resolving RLS rules for table id `5000`',
    });
    expect(planQuery('SELECT * FROM a', catalog, caller(1, true)).ok).toBe(true);
  });
});
