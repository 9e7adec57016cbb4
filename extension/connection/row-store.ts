/**
 * The rows of one subscribed table, as the table explorer needs them: by key, with filter and sort, with marks for
 * what changed. Rows stay here; a panel only ever sees the window that it shows.
 * Rows survive a broken connection, marked stale, until fresh ones replace them all at once.
 */
import { specialKind } from '../../schema/algebraic-type.ts';
import type { Column } from '../../schema/module-def.ts';
import type { Value } from '../../schema/value.ts';
import { compareCells } from './compare.ts';

export interface RowFormat<Raw> {
  columns: readonly Column[];
  /** Stable identity of a row: its primary key, or all of its bytes. */
  keyOf(raw: Raw): string;
  /** Decoded cells in column order. */
  valuesOf(raw: Raw): readonly Value[];
  /** One line for people per cell, in column order. */
  textsOf(values: readonly Value[]): string[];
}

interface Entry<Raw> {
  key: string;
  raw: Raw;
  /** Decoded when first looked at. */
  values: readonly Value[] | undefined;
  texts: string[] | undefined;
  /** Position of arrival; keeps the order stable. */
  arrival: number;
  changedAt: number | undefined;
  change: 'insert' | 'update' | undefined;
}

export interface WindowQuery {
  offset: number;
  limit: number;
  sort: { column: number; descending: boolean } | undefined;
  filter: string;
}

export interface StoredRow {
  key: string;
  cells: string[];
  ageMs: number | undefined;
  change: 'insert' | 'update' | undefined;
}

export interface StoredWindow {
  matching: number;
  total: number;
  offset: number;
  rows: StoredRow[];
}

const maxWindow = 500;
/** A change is news for so long; panels fade the mark within it. */
const newsMs = 4000;
/** Event tables keep no rows; this many of the latest events are shown. */
const maxEvents = 1000;

export class RowStore<Raw> {
  readonly #format: RowFormat<Raw>;
  readonly #now: () => number;
  #entries = new Map<string, Entry<Raw>>();
  #arrivals = 0;
  /** Rows in the order of the last query; dropped by every change. */
  #ordered: { query: string; entries: Entry<Raw>[] } | undefined;

  /** True from a broken connection until fresh rows are there. */
  stale = false;

  constructor(format: RowFormat<Raw>, now: () => number = Date.now) {
    this.#format = format;
    this.#now = now;
  }

  get total(): number {
    return this.#entries.size;
  }

  /** The rows of a new subscription, all at once. Rows that were there before keep their place and lose their marks. */
  replaceAll(rows: Iterable<Raw>): void {
    const before = this.#entries;
    this.#entries = new Map();
    for (const raw of rows) {
      const key = this.#format.keyOf(raw);
      this.#entries.set(key, this.#newEntry(key, raw, before.get(key)?.arrival));
    }
    this.stale = false;
    this.#ordered = undefined;
  }

  #newEntry(key: string, raw: Raw, arrival = this.#arrivals++): Entry<Raw> {
    return { key, raw, values: undefined, texts: undefined, arrival, changedAt: undefined, change: undefined };
  }

  insert(raw: Raw): void {
    const key = this.#format.keyOf(raw);
    const entry = this.#newEntry(key, raw, this.#entries.get(key)?.arrival);
    this.#entries.set(key, { ...entry, changedAt: this.#now(), change: 'insert' });
    this.#ordered = undefined;
  }

  update(old: Raw, raw: Raw): void {
    const oldKey = this.#format.keyOf(old);
    const key = this.#format.keyOf(raw);
    const entry = this.#newEntry(key, raw, this.#entries.get(oldKey)?.arrival);
    if (oldKey !== key) this.#entries.delete(oldKey);
    this.#entries.set(key, { ...entry, changedAt: this.#now(), change: 'update' });
    this.#ordered = undefined;
  }

  remove(raw: Raw): void {
    this.#entries.delete(this.#format.keyOf(raw));
    this.#ordered = undefined;
  }

  /** A row of an event table: never deleted by the server, so the oldest make room. */
  addEvent(raw: Raw): void {
    const key = `event ${this.#arrivals}`;
    this.#entries.set(key, { ...this.#newEntry(key, raw), changedAt: this.#now(), change: 'insert' });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxEvents && oldest !== undefined) this.#entries.delete(oldest);
    this.#ordered = undefined;
  }

  /** The part of the filtered and sorted rows that a panel shows; `offset` is moved into range. */
  window(query: WindowQuery): StoredWindow {
    const entries = this.#inOrder(query);
    const limit = Math.max(0, Math.min(query.limit, maxWindow));
    const offset = Math.max(0, Math.min(query.offset, entries.length - limit));
    const now = this.#now();
    const rows = entries.slice(offset, offset + limit).map((entry): StoredRow => {
      const ageMs = entry.changedAt === undefined ? undefined : now - entry.changedAt;
      const isNews = ageMs !== undefined && ageMs < newsMs;
      const mark = isNews ? { ageMs, change: entry.change } : { ageMs: undefined, change: undefined };
      return { key: entry.key, cells: this.#texts(entry), ...mark };
    });
    return { matching: entries.length, total: this.#entries.size, offset, rows };
  }

  #inOrder({ filter, sort }: WindowQuery): Entry<Raw>[] {
    const query = JSON.stringify([filter, sort]);
    if (this.#ordered?.query === query) return this.#ordered.entries;
    let entries = [...this.#entries.values()];
    const needle = filter.toLowerCase();
    if (needle !== '') {
      entries = entries.filter((entry) => this.#texts(entry).some((text) => text.toLowerCase().includes(needle)));
    }
    const column = sort && this.#format.columns[sort.column];
    if (sort && column) {
      const compare = compareCells(column.type, specialKind(column.type));
      const direction = sort.descending ? -1 : 1;
      const cell = (entry: Entry<Raw>): Value => this.#values(entry)[sort.column] as Value;
      const text = (entry: Entry<Raw>): string => this.#texts(entry)[sort.column] ?? '';
      entries.sort((a, b) => direction * compare(cell(a), cell(b), () => [text(a), text(b)]) || a.arrival - b.arrival);
    } else {
      entries.sort((a, b) => a.arrival - b.arrival);
    }
    this.#ordered = { query, entries };
    return entries;
  }

  #values(entry: Entry<Raw>): readonly Value[] {
    entry.values ??= this.#format.valuesOf(entry.raw);
    return entry.values;
  }

  #texts(entry: Entry<Raw>): string[] {
    entry.texts ??= this.#format.textsOf(this.#values(entry));
    return entry.texts;
  }
}
