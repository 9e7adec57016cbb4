/** A table that somebody looks at: one subscription, shared by everybody who shows the table. */
import { Emitter } from 'vscode-jsonrpc/node';
import type { Typespace } from '../../schema/algebraic-type.ts';
import type { Table } from '../../schema/module-def.ts';
import { rowFormat, sameColumns } from './row-format.ts';
import { RowStore } from './row-store.ts';
import type { SdkConnection } from './sdk-connection.ts';
import type { SdkModule, SdkRow } from './sdk-types.ts';

export type WatchStatus = { status: 'loading' } | { status: 'live' } | { status: 'failed'; message: string };

interface RowContext {
  event: { tag: string };
}
type OnRow = (context: RowContext, row: SdkRow) => void;
type OnUpdate = (context: RowContext, old: SdkRow, row: SdkRow) => void;

/** What the SDK offers per table; its own types need a module known at compile time. */
interface SdkTableCache {
  iter(): Iterable<SdkRow>;
  onInsert(callback: OnRow): void;
  onDelete(callback: OnRow): void;
  onUpdate(callback: OnUpdate): void;
  removeOnInsert(callback: OnRow): void;
  removeOnDelete(callback: OnRow): void;
  removeOnUpdate(callback: OnUpdate): void;
}

export class TableWatch {
  readonly name: string;
  /** How many hold it; the session ends it at zero. */
  holders = 0;
  #table: Table;
  #store: RowStore<SdkRow>;
  #status: WatchStatus = { status: 'loading' };
  #unsubscribe: (() => void) | undefined;
  readonly #changed = new Emitter<void>();

  constructor(table: Table, typespace: Typespace) {
    this.name = table.name;
    this.#table = table;
    this.#store = new RowStore(rowFormat(table, typespace));
  }

  /** Rows or status changed. Fires once per row: throttle before drawing. */
  readonly onDidChange = this.#changed.event;

  get table(): Table {
    return this.#table;
  }
  get store(): RowStore<SdkRow> {
    return this.#store;
  }
  get status(): WatchStatus {
    return this.#status;
  }

  /** Subscribes on a connection that has just been made, with the module as it is now. */
  subscribe(connection: SdkConnection, sdk: SdkModule): void {
    const entry = sdk.tables.get(this.name);
    if (!entry) {
      this.#enter({ status: 'failed', message: `The module has no table “${this.name}” any more.` });
      return;
    }
    const cache = (connection.db as unknown as Record<string, SdkTableCache>)[entry.accessor];
    if (!cache) throw new Error(`The SDK made no cache for table ${this.name}.`);
    // Old rows stay in view until fresh ones come, but only if they still fit the columns.
    if (!sameColumns(entry.table, this.#table))
      this.#store = new RowStore(rowFormat(entry.table, sdk.module.typespace));
    this.#table = entry.table;
    const store = this.#store;
    const unlisten = this.#listen(cache, store);
    const handle = connection
      .subscriptionBuilder()
      .onApplied(() => {
        if (this.#table.isEvent) store.stale = false;
        else store.replaceAll(cache.iter());
        this.#enter({ status: 'live' });
      })
      .onError((context) => {
        const { event } = context as { event?: Error };
        this.#enter({ status: 'failed', message: refusal(this.#table, event?.message ?? 'no reason given') });
      })
      .subscribe(`SELECT * FROM ${quoteName(this.name)}`);
    this.#unsubscribe = () => {
      unlisten();
      if (handle.isActive()) handle.unsubscribe();
    };
    if (this.#status.status === 'failed') this.#enter({ status: 'loading' });
  }

  /** Initial rows are left out: they are taken from the cache all at once, when the subscription is applied. */
  #listen(cache: SdkTableCache, store: RowStore<SdkRow>): () => void {
    const when =
      <Rows extends SdkRow[]>(apply: (...rows: Rows) => void) =>
      (context: RowContext, ...rows: Rows): void => {
        if (context.event.tag === 'SubscribeApplied' || context.event.tag === 'UnsubscribeApplied') return;
        apply(...rows);
        this.#changed.fire();
      };
    const onInsert = when((row: SdkRow) => (this.#table.isEvent ? store.addEvent(row) : store.insert(row)));
    const onDelete = when((row: SdkRow) => store.remove(row));
    const onUpdate = when((old: SdkRow, row: SdkRow) => store.update(old, row));
    cache.onInsert(onInsert);
    cache.onDelete(onDelete);
    cache.onUpdate(onUpdate);
    return () => {
      cache.removeOnInsert(onInsert);
      cache.removeOnDelete(onDelete);
      cache.removeOnUpdate(onUpdate);
    };
  }

  #enter(status: WatchStatus): void {
    this.#status = status;
    this.#changed.fire();
  }

  /** The connection broke: rows stay, marked stale. */
  connectionLost(): void {
    this.#unsubscribe = undefined;
    this.#store.stale = true;
    this.#changed.fire();
  }

  dispose(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#changed.dispose();
  }
}

/** Names are case-sensitive and may be keywords. */
const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function refusal(table: Table, message: string): string {
  if (table.isPublic) return message;
  return `The table “${table.name}” is private: only the owner of the database may read its rows. Log in as the owner with “spacetime login”, or declare the table public. (${message})`;
}
