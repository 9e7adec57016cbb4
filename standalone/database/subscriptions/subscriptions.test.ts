/** Queries against plain JavaScript over decoded rows, and updates against asking again after every change. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlgebraicType, identityType, option, primitive, timestampType } from '../../../schema/algebraic-type.ts';
import { encodeValue } from '../../../schema/bsatn.ts';
import type { Table } from '../../../schema/module-def.ts';
import type { ProductValue, SumValue, Value } from '../../../schema/value.ts';
import { transactionUpdate } from '../../protocol/server-message.ts';
import { decodePayload, rowsOf } from '../../protocol/testing/decode.ts';
import { toByteString } from '../datastore/byte-string.ts';
import { type Catalog, type CatalogTable, makeCatalog, newTable } from '../datastore/catalog.ts';
import { Transaction } from '../datastore/transaction.ts';
import type { QueryCaller } from '../query/access.ts';
import { parseStatement, parseSubscription } from '../query/parser.ts';
import { planQuery } from './query-plan.ts';
import { Subscriptions } from './subscriptions.ts';

const columns: Record<string, AlgebraicType> = {
  id: primitive('U32'),
  text: primitive('String'),
  flag: primitive('Bool'),
  amount: primitive('I64'),
  ratio: primitive('F64'),
  owner: identityType,
  sent: timestampType,
  note: option(primitive('String')),
};

const tableDef = (name: string, isPublic: boolean): Table => ({
  name,
  accessor: `${name}Source`,
  position: 0,
  rowTypeRef: 0,
  columns: Object.entries(columns).map(([column, type], position) => ({
    name: column,
    accessor: `${column}Source`,
    position,
    type,
    defaultValue: undefined,
  })),
  primaryKey: undefined,
  indexes: [],
  constraints: [],
  sequences: [],
  schedule: undefined,
  isPublic,
  isEvent: false,
});

const module = { typespace: [], types: [], tables: [], reducers: [], procedures: [], views: [], rowLevelSecurity: [] };
const newCatalog = (): Catalog =>
  makeCatalog(module, [newTable(5000, tableDef('item', true), []), newTable(5001, tableDef('hidden', false), [])]);

interface Row {
  id: number;
  text: string;
  flag: boolean;
  amount: bigint;
  ratio: number;
  owner: bigint;
  sent: bigint;
}

function encodeRow({ owner, sent, ...row }: Row): string {
  const values: Record<string, Value> = {
    ...row,
    owner: { __identity__: owner },
    sent: { __timestamp_micros_since_unix_epoch__: sent },
    note: { tag: 'none', value: {} },
  };
  const parts = Object.entries(columns).map(([column, type]) => {
    const encoded = encodeValue(type, values[column] as Value, []);
    if (!encoded.ok) throw new Error(encoded.message);
    return encoded.value;
  });
  const bytes = Buffer.concat(parts);
  return toByteString(bytes, 0, bytes.length);
}

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 0, max: 5 }),
  text: fc.constantFrom('', 'a', "it's", 'b', 'é'),
  flag: fc.boolean(),
  amount: fc.bigInt({ min: -3n, max: 3n }),
  ratio: fc.constantFrom(-1.5, 0, 0.25, 2),
  owner: fc.constantFrom(1n, 2n, 0xabcn),
  sent: fc.constantFrom(0n, 1_000_000n),
});

interface Condition {
  sql: string;
  holds(row: Row): boolean;
}

type Comparable = number | bigint | string;
const utf8 = (value: Comparable): Comparable =>
  typeof value === 'string' ? Buffer.from(value).toString('hex') : value;
const comparisons: Record<string, (a: Comparable, b: Comparable) => boolean> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const literals: Record<string, (row: Row) => string> = {
  id: ({ id }) => String(id),
  text: ({ text }) => `'${text.replaceAll("'", "''")}'`,
  amount: ({ amount }) => String(amount),
  ratio: ({ ratio }) => String(ratio),
  owner: ({ owner }) => `0x${owner.toString(16)}`,
  sent: ({ sent }) => `'${new Date(Number(sent / 1000n)).toISOString()}'`,
};

const simple: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom(...Object.keys(literals)), fc.constantFrom(...Object.keys(comparisons)), row, fc.nat(2))
  .map(([column, operator, sample, form]) => {
    const compare = comparisons[operator] as (a: Comparable, b: Comparable) => boolean;
    const literal = (literals[column] as (row: Row) => string)(sample);
    const value = (of: Row): Comparable => utf8(of[column as 'id']);
    if (form === 0) return { sql: `${literal} ${operator} ${column}`, holds: (r) => compare(value(sample), value(r)) };
    const name = form === 1 ? `item.${column}` : `"${column}Source"`;
    return { sql: `${name} ${operator} ${literal}`, holds: (r) => compare(value(r), value(sample)) };
  });

const condition: fc.Arbitrary<Condition> = fc.letrec<{ any: Condition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    simple,
    fc.constantFrom<Condition[]>(
      { sql: 'flag', holds: ({ flag }) => flag },
      { sql: 'flag = FALSE', holds: ({ flag }) => !flag },
      { sql: 'owner = :sender', holds: ({ owner }) => owner === 2n },
    ),
    fc.tuple(tie('any'), tie('any'), fc.constantFrom('and', 'OR')).map(([a, b, word]) => ({
      sql: `(${a.sql}) ${word} (${b.sql})`,
      holds: (r: Row) => (word === 'and' ? a.holds(r) && b.holds(r) : a.holds(r) || b.holds(r)),
    })),
  ),
})).any;

const caller: QueryCaller = { identity: '2'.padStart(64, '0'), isOwner: false };

describe('queries', () => {
  it('select what plain JavaScript selects', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), condition, (rows, { sql, holds }) => {
        const catalog = newCatalog();
        const { store } = catalog.tables.get(5000) as CatalogTable;
        for (const each of rows) store.add(encodeRow(each));
        const plans = planQuery(`SELECT * FROM item WHERE ${sql}`, catalog, caller);
        if (!plans.ok) throw new Error(`${plans.message}: ${sql}`);
        const expected = new Set(rows.filter(holds).map(encodeRow));
        expect(new Set(plans.value[0]?.initialRows())).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it('take canonical and source names, quotes and aliases', () => {
    const catalog = newCatalog();
    for (const query of [
      'select * from item',
      'SELECT * FROM itemSource;',
      'SELECT i.* FROM "item" AS i WHERE i.id = 1',
      'SELECT item.* FROM item WHERE item."textSource" = \'x\' AND id = 1e0',
    ]) {
      expect(planQuery(query, catalog, caller), query).toMatchObject({ ok: true });
    }
  });

  it('say what is wrong with them', () => {
    const message = (query: string): string => {
      const plans = planQuery(query, newCatalog(), caller);
      return plans.ok ? 'fine' : plans.message;
    };
    const hidden = 'no such table: `hidden`. If the table exists, it may be marked private.';
    expect(message('SELECT * FROM hidden')).toBe(hidden);
    expect(message('SELECT * FROM Item')).toContain('no such table: `Item`');
    expect(message('SELECT x.* FROM item')).toContain('`x` is not in scope');
    expect(message('SELECT * FROM item WHERE other.id = 1')).toContain('`other` is not in scope');
    expect(message('SELECT * FROM item WHERE item.wrong = 1')).toBe('`wrong` is not in scope');
    expect(message('SELECT * FROM item WHERE id = 4294967296')).toContain('cannot be parsed as type `U32`');
    expect(message('SELECT * FROM item WHERE note = 1')).toBe(
      'The literal expression `1` cannot be parsed as type `(some: String | none: ())`',
    );
    expect(message('SELECT * FROM item WHERE note = note')).toBe(
      'Invalid binary operator `=` for type `(some: String | none: ())`',
    );
    expect(message('SELECT * FROM item WHERE id = text')).toContain('Unexpected type');
    expect(message('SELECT * FROM item WHERE id')).toBe('Unexpected type: (expected) U32 != Bool (inferred)');
    expect(message('SELECT * FROM item WHERE id = :sender')).toContain('cannot be parsed as type `U32`');
    expect(message('SELECT * FROM item LIMIT 5')).toBe('Unsupported SELECT: LIMIT');
    expect(message('SELECT * FROM item, hidden')).toBe('Implicit joins are not supported');
    expect(message('SELECT *')).toBe('A FROM clause is required');
    expect(message(`SELECT * FROM item WHERE ${'('.repeat(5000)}`)).toBe('Recursion limit exceeded');
    expect(message('')).toBe('Empty SQL query');
    expect(message(`SELECT * FROM item -- ${'x'.repeat(60_000)}`)).toContain('maximum allowed length');
  });

  it('never crash the parser', () => {
    const piece = fc.constantFrom(
      'SELECT',
      '*',
      'FROM',
      'item',
      'WHERE',
      '"',
      "'",
      '(',
      ')',
      '=',
      '.',
      ':sender',
      '5',
      '0x',
      'AND',
      ';',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((p) => p.join(' ')),
        ),
        (text) => {
          expect(typeof parseSubscription(text).ok).toBe('boolean');
          expect(typeof parseStatement(text).ok).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

type Change = { add: boolean; row: Row };

describe('updates', () => {
  it('turn the rows that a client has into the rows that it would get by asking again', () => {
    const changes = fc.array(fc.array(fc.record({ add: fc.boolean(), row }), { maxLength: 5 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 3 }), changes, (conditions, transactions) => {
        const catalog = newCatalog();
        const subscriptions = new Subscriptions();
        const queries = conditions.map(({ sql }) => `SELECT * FROM item WHERE ${sql}`);
        const held = queries.map((query, i) => {
          expect(subscriptions.subscribe(1, i, [query], catalog, caller)).toEqual({
            ok: true,
            value: expect.anything(),
          });
          return new Set<string>();
        });
        for (const steps of transactions) {
          applyUpdate(held, subscriptions.deliveries(change(catalog, steps)).get(1) ?? []);
          queries.forEach((query, i) => {
            const again = planQuery(query, catalog, caller);
            expect(held[i]).toEqual(new Set(again.ok ? again.value[0]?.initialRows() : []));
          });
        }
      }),
      { numRuns: 150 },
    );
  });

  it('stop when a set is removed, and share the work of equal queries', () => {
    const catalog = newCatalog();
    const subscriptions = new Subscriptions();
    for (const socket of [1, 2]) subscriptions.subscribe(socket, 7, ['SELECT * FROM item'], catalog, caller);
    const steps: Change[] = [
      { add: true, row: { id: 1, text: '', flag: true, amount: 0n, ratio: 0, owner: 1n, sent: 0n } },
    ];
    const deliveries = subscriptions.deliveries(change(catalog, steps));
    expect(deliveries.get(1)?.[0]?.updates[0]).toBe(deliveries.get(2)?.[0]?.updates[0]);
    expect(subscriptions.unsubscribe(1, 7)?.rows()[0]?.rows.length).toBe(1);
    subscriptions.removeSocket(2);
    expect(subscriptions.deliveries(change(catalog, [{ ...(steps[0] as Change), add: false }])).size).toBe(0);
    expect(subscriptions.setCount).toBe(0);
  });
});

/** Commits adds and removals; returns what changed. */
function change(catalog: Catalog, steps: readonly Change[]): ReturnType<Transaction['commit']> {
  const transaction = new Transaction(new Set());
  const table = catalog.tables.get(5000) as CatalogTable;
  for (const { add, row: each } of steps) {
    if (add) transaction.insertRow(table, encodeRow(each));
    else transaction.deleteRow(table, encodeRow(each));
  }
  return transaction.commit();
}

interface DecodedUpdate {
  value: { query_sets: { query_set_id: { id: number }; tables: { rows: SumValue[] }[] }[] };
}

/** Applies an update as a client does, from its bytes. */
function applyUpdate(held: Set<string>[], sets: Parameters<typeof transactionUpdate>[0]): void {
  const [message] = decodePayload(Buffer.concat([Buffer.from([0]), transactionUpdate(sets)])) as unknown as [
    DecodedUpdate,
  ];
  const bytesOf = (list: unknown): string[] =>
    rowsOf(list as ProductValue).map((r) => toByteString(Buffer.from(r), 0, r.length));
  for (const set of message.value.query_sets) {
    const rows = held[set.query_set_id.id] as Set<string>;
    for (const update of set.tables.flatMap((table) => table.rows)) {
      const { inserts, deletes } = update.value as ProductValue;
      for (const gone of bytesOf(deletes)) expect(rows.delete(gone)).toBe(true);
      for (const come of bytesOf(inserts)) {
        expect(rows.has(come)).toBe(false);
        rows.add(come);
      }
    }
  }
}
