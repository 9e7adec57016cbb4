/** The datastore against a model that knows nothing of indexes: a list of rows, copied at the start of a transaction. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { primitive } from '../../../schema/algebraic-type.ts';
import { encodeValue } from '../../../schema/bsatn.ts';
import type { Index, Table } from '../../../schema/module-def.ts';
import { loadingContext } from '../../host/describe.ts';
import type { CallContext } from '../../host/syscalls/call-context.ts';
import * as calls from '../../host/syscalls/datastore-calls.ts';
import { toByteString } from './byte-string.ts';
import { type CatalogTable, makeCatalog, newTable } from './catalog.ts';
import { HostError } from './errno.ts';
import type { TableIndex } from './table-index.ts';
import { Transaction } from './transaction.ts';

interface Row {
  id: number;
  name: string;
  group: bigint;
}

const u32 = primitive('U32');
const string = primitive('String');
const i64 = primitive('I64');

const index = (columns: number[], unique: boolean, algorithm: Index['algorithm'] = 'BTree'): Index => ({
  name: `t_${columns.join('_')}`,
  sourceName: `t_${columns.join('_')}`,
  accessor: undefined,
  algorithm,
  columns,
  unique,
});

const def = (uniqueName: boolean, sequences: Table['sequences'] = []): Table => ({
  name: 't',
  accessor: 't',
  position: 0,
  rowTypeRef: 0,
  columns: [u32, string, i64].map((type, position) => ({
    name: ['id', 'name', 'group'][position] as string,
    accessor: '',
    position,
    type,
    defaultValue: undefined,
  })),
  primaryKey: 0,
  indexes: uniqueName
    ? [index([0], true), index([1], true), index([2, 1], false)]
    : [index([2, 1], false), index([2], false, 'Hash')],
  constraints: [],
  sequences,
  schedule: undefined,
  isPublic: true,
  isEvent: false,
});

const emptyModule = {
  typespace: [],
  types: [],
  tables: [],
  reducers: [],
  procedures: [],
  views: [],
  rowLevelSecurity: [],
};

const encode = (type: typeof u32, value: number | string | bigint): Buffer => {
  const encoded = encodeValue(type, value, []);
  if (!encoded.ok) throw new Error(encoded.message);
  return Buffer.from(encoded.value);
};
const rowBytes = (row: Row): Buffer =>
  Buffer.concat([encode(u32, row.id), encode(string, row.name), encode(i64, row.group)]);
const rowString = (row: Row): string => {
  const bytes = rowBytes(row);
  return toByteString(bytes, 0, bytes.length);
};
const sorted = (rows: Iterable<string>): string[] => [...rows].sort();

function attempt(run: () => void): number {
  try {
    run();
    return 0;
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
}

/** The rules of 5.2 to 5.4 over a plain list. Returns the errno, 0 for success. */
class Model {
  rows: Row[] = [];
  readonly unique: boolean;
  constructor(unique: boolean) {
    this.unique = unique;
  }
  #clash(row: Row, except?: Row): boolean {
    return this.unique && this.rows.some((r) => r !== except && (r.id === row.id || r.name === row.name));
  }
  #same(row: Row): Row | undefined {
    return this.rows.find((r) => rowString(r) === rowString(row));
  }
  insert(row: Row): number {
    if (this.#same(row)) return 0;
    if (this.#clash(row)) return 12;
    this.rows.push(row);
    return 0;
  }
  update(row: Row): number {
    const old = this.rows.find((r) => r.id === row.id);
    if (!old) return 15;
    if (this.#clash(row, old)) return 12;
    this.rows[this.rows.indexOf(old)] = row;
    return 0;
  }
  delete(row: Row): number {
    const same = this.#same(row);
    this.rows = this.rows.filter((r) => r !== same);
    return same ? 1 : 0;
  }
}

const row = fc.record({
  id: fc.integer({ min: 0, max: 6 }),
  name: fc.constantFrom('', 'a', 'a\0', 'b', '\u{10000}', '\uffff'),
  group: fc.bigInt({ min: -2n, max: 2n }),
});

type Step =
  | { kind: 'insert' | 'update' | 'delete'; row: Row }
  | { kind: 'clear' | 'commit' | 'rollback' | 'force' }
  | { kind: 'range'; group: bigint; from: [number, string]; to: [number, string] };

const bound = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom('', 'a', 'a\0', 'b', '\u{10000}', '\uffff'));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('insert', 'update', 'delete'), row }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('clear', 'commit', 'rollback', 'force') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('range'),
      group: fc.bigInt({ min: -2n, max: 2n }),
      from: bound,
      to: bound,
    }),
  },
) as fc.Arbitrary<Step>;

class Subject {
  readonly table: CatalogTable;
  readonly context: CallContext;
  transaction!: Transaction;
  before: string[] = [];

  constructor(unique: boolean) {
    this.table = newTable(5000, def(unique), []);
    this.context = { ...loadingContext(), catalog: makeCatalog(emptyModule, [this.table]) };
    this.begin();
  }
  begin(): void {
    this.transaction = new Transaction(new Set());
    this.context.transaction = this.transaction;
    this.before = sorted(this.table.store.rows());
  }
  /** What the commit announces, applied to the rows before it, gives the rows after it. */
  checkChanges(): void {
    const after = new Set(this.before);
    for (const change of this.transaction.commit()) {
      for (const deleted of change.deletes) expect(after.delete(deleted)).toBe(true);
      for (const inserted of change.inserts) {
        expect(after.has(inserted)).toBe(false);
        after.add(inserted);
      }
    }
    expect(sorted(after)).toEqual(sorted(this.table.store.rows()));
  }
}

function range(subject: Subject, at: Extract<Step, { kind: 'range' }>): string[] {
  const parts = [
    encode(i64, at.group),
    ...[at.from, at.to].map(([kind, value]) =>
      kind === 2 ? Buffer.from([2]) : Buffer.concat([Buffer.from([kind]), encode(string, value)]),
    ),
  ] as [Buffer, Buffer, Buffer];
  const probe = {
    prefixLength: parts[0].length,
    prefixElements: 1,
    startLength: parts[1].length,
    endLength: parts[2].length,
  };
  const id = [...(subject.context.catalog?.indexes.values() ?? [])].find(
    (entry) => entry.index.shape.columns.length === 2,
  )?.id;
  return calls.scanRange(subject.context, id as number, Buffer.concat(parts), probe);
}

function modelRange(model: Model, at: Extract<Step, { kind: 'range' }>): string[] {
  const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const inside = (name: string): boolean => {
    const low = at.from[0] === 2 || order(name, at.from[1]) > (at.from[0] === 0 ? -1 : 0);
    const high = at.to[0] === 2 || order(name, at.to[1]) < (at.to[0] === 0 ? 1 : 0);
    return low && high;
  };
  const rows = model.rows.filter((r) => r.group === at.group && inside(r.name));
  return rows.sort((a, b) => order(a.name, b.name) || a.id - b.id).map(rowString);
}

function run(unique: boolean, steps: Step[]): void {
  const subject = new Subject(unique);
  const model = new Model(unique);
  let saved = [...model.rows];
  const end = (): void => {
    subject.begin();
    saved = [...model.rows];
  };
  for (const current of steps) {
    const { table, transaction } = subject;
    if (current.kind === 'insert') {
      const bytes = rowBytes(current.row);
      expect(attempt(() => transaction.insert(table, bytes, bytes.length))).toBe(model.insert(current.row));
    } else if (current.kind === 'update') {
      const bytes = rowBytes(current.row);
      const primary = table.store.indexes[0] as TableIndex;
      const expected = unique ? model.update(current.row) : 14;
      expect(attempt(() => transaction.update(table, primary, bytes, bytes.length))).toBe(expected);
    } else if (current.kind === 'delete') {
      const relation = Buffer.concat([Buffer.from([1, 0, 0, 0]), rowBytes(current.row)]);
      expect(calls.deleteEqual(subject.context, table.id, relation, relation.length)).toBe(model.delete(current.row));
    } else if (current.kind === 'clear') {
      expect(transaction.clear(table)).toBe(model.rows.length);
      model.rows = [];
    } else if (current.kind === 'commit') {
      subject.checkChanges();
      end();
    } else if (current.kind === 'range') {
      const found = range(subject, current);
      // Rows with equal keys (the table without unique constraints has them) come in any order.
      expect(sorted(found)).toEqual(sorted(modelRange(model, current)));
      if (unique) expect(found).toEqual(modelRange(model, current));
    } else {
      if (current.kind === 'force') transaction.damaged();
      transaction.rollback();
      expect(sorted(table.store.rows())).toEqual(subject.before);
      model.rows = [...saved];
      end();
    }
    expect(table.store.size).toBe(model.rows.length);
    expect(sorted(table.store.rows())).toEqual(sorted(model.rows.map(rowString)));
    checkIndexes(table, model);
  }
}

function checkIndexes(table: CatalogTable, model: Model): void {
  for (const entry of table.store.indexes) {
    expect(sorted(entry.rows())).toEqual(sorted(model.rows.map(rowString)));
  }
  for (const r of model.rows) {
    const bytes = encode(u32, r.id);
    const byId = table.store.indexes.find((entry) => entry.shape.columns[0] === 0);
    if (byId) expect(byId.rowsAt(byId.codec.ofPoint(bytes, 0, bytes.length))).toEqual([rowString(r)]);
  }
}

describe('transactions', () => {
  it('behave like the model with unique constraints', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => run(true, steps)),
      { numRuns: 150 },
    );
  });

  it('behave like the model as plain sets of rows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => run(false, steps)),
      { numRuns: 150 },
    );
  });

  it('refuse bytes that are no row, and change nothing', () => {
    const subject = new Subject(true);
    const { table, transaction } = subject;
    const good = rowBytes({ id: 1, name: 'a', group: 1n });
    for (let size = 0; size < good.length; size++) {
      expect(attempt(() => transaction.insert(table, Buffer.from(good), size))).toBe(3);
    }
    const notUtf8 = rowBytes({ id: 1, name: 'a', group: 1n });
    notUtf8[8] = 0xff;
    expect(attempt(() => transaction.insert(table, notUtf8, notUtf8.length))).toBe(3);
    expect(table.store.size).toBe(0);
  });

  it('never crash on random probes', () => {
    const subject = new Subject(true);
    const bytes = rowBytes({ id: 1, name: 'a', group: 1n });
    subject.transaction.insert(subject.table, bytes, bytes.length);
    const ids = [...(subject.context.catalog?.indexes.keys() ?? [])];
    const probe = fc.tuple(fc.uint8Array({ maxLength: 24 }), fc.nat(2), fc.nat(8), fc.nat(8), fc.nat(8), fc.nat(3));
    fc.assert(
      fc.property(probe, ([data, which, prefixLength, startLength, endLength, prefixElements]) => {
        const buffer = Buffer.from(data);
        const id = ids[which % ids.length] as number;
        const parts = { prefixLength, prefixElements, startLength, endLength };
        const fits = prefixLength + startLength + endLength <= buffer.length;
        expect([0, 3]).toContain(attempt(() => calls.scanPoint(subject.context, id, buffer, buffer.length)));
        if (fits) expect([0, 3]).toContain(attempt(() => calls.scanRange(subject.context, id, buffer, parts)));
        expect([0, 3]).toContain(attempt(() => calls.deleteEqual(subject.context, 5000, buffer, buffer.length)));
      }),
      { numRuns: 1000 },
    );
  });
});
