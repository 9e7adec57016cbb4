/**
 * Plays the extension for one panel in a plain browser page: `?panel=table&scenario=full&theme=dark`. Speaks the real
 * protocol through the same JSON that VS Code's message channel makes of it.
 */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/browser';
import * as protocol from '../protocol.ts';
import { chatForm, latency, messageRow, messageTable } from './sample-data.ts';
import { applyTheme, type ThemeName } from './themes.ts';

const parameters = new URLSearchParams(location.search);
const scenario = parameters.get('scenario') ?? 'full';
const stateKey = `state ${location.search}`;

applyTheme((parameters.get('theme') ?? 'dark') as ThemeName);

let toHost: DataCallback = () => {};

class PanelReader extends AbstractMessageReader {
  listen(callback: DataCallback): Disposable {
    toHost = callback;
    return { dispose: () => {} };
  }
}

class PanelWriter extends AbstractMessageWriter {
  async write(message: Message): Promise<void> {
    window.postMessage(JSON.parse(JSON.stringify(message)), location.origin);
  }
  end(): void {}
}

Object.assign(window, {
  acquireVsCodeApi: () => ({
    postMessage: (message: Message) => {
      const copy: Message = JSON.parse(JSON.stringify(message));
      setTimeout(() => toHost(copy), 1);
    },
    getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') ?? undefined,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  }),
  /** Levers for the screenshots and for trying things by hand. */
  fakeHost: {
    insert: () => insertRow(),
    update: (index: number) => updateRow(index),
    say: (connection: protocol.ConnectionState) => rpc.sendNotification(protocol.connectionChanged, connection),
    publishAgain: () => rpc.sendNotification(protocol.reducerForm, chatForm),
  },
});

const rpc: MessageConnection = createMessageConnection(new PanelReader(), new PanelWriter());
const connections: Record<string, protocol.ConnectionState> = {
  disconnected: { state: 'disconnected', reason: 'The server at 127.0.0.1:3000 stopped.', remedy: 'startServer' },
  reconnecting: { state: 'reconnecting', reason: 'Connection refused by 127.0.0.1:3000.', attempt: 4 },
};
const connection = connections[scenario] ?? { state: 'connected' };
const initialCounts: Record<string, number> = { empty: 0, event: 0, huge: 1_000_000, few: 3, hostile: 2 };
let rowCount = initialCounts[scenario] ?? 1204;
const changed = new Map<number, { change: 'insert' | 'update'; at: number }>();
let shown: protocol.WindowRequest | undefined;

function row(index: number): protocol.RowView {
  const change = changed.get(index);
  const plain = messageRow(index);
  if (scenario === 'hostile') plain.cells[5] = index === 0 ? '<img src=x onerror=alert(1)>' : 'x'.repeat(200_000);
  return change ? { ...plain, change: change.change, ageMs: Date.now() - change.at } : plain;
}

function rowsFor(request: protocol.WindowRequest): protocol.TableWindow {
  const { offset, limit, sort, filter } = request;
  const end = (count: number): number => Math.min(count, offset + limit);
  const range = (count: number): number[] =>
    Array.from({ length: Math.max(0, end(count) - offset) }, (_, i) => offset + i);
  if (rowCount > 10_000) {
    // Too many to sort or filter here for a demonstration: the order is turned round, the filter is ignored.
    const at = (index: number): number => (sort?.descending ? rowCount - 1 - index : index);
    return { matching: rowCount, total: rowCount, offset, rows: range(rowCount).map((index) => row(at(index))) };
  }
  const needle = filter.toLowerCase();
  const rows = Array.from({ length: rowCount }, (_, index) => row(index)).filter(
    ({ cells }) => needle === '' || cells.some((cell) => cell.toLowerCase().includes(needle)),
  );
  if (sort) {
    const text = (view: protocol.RowView): string => view.cells[sort.column] ?? '';
    const isNumber = messageTable.columns[sort.column]?.kind === 'number';
    const compare = (a: protocol.RowView, b: protocol.RowView): number =>
      isNumber ? Number(text(a)) - Number(text(b)) : text(a).localeCompare(text(b));
    rows.sort((a, b) => (sort.descending ? -compare(a, b) : compare(a, b)));
  }
  return { matching: rows.length, total: rowCount, offset, rows: rows.slice(offset, end(rows.length)) };
}

function tell(): void {
  if (shown) void rpc.sendNotification(protocol.tableChanged, rowsFor(shown));
}

function insertRow(): void {
  changed.set(rowCount, { change: 'insert', at: Date.now() });
  rowCount++;
  tell();
}

function updateRow(index: number): void {
  changed.set(index, { change: 'update', at: Date.now() });
  tell();
}

function startTable(): void {
  if (scenario === 'loading') {
    void rpc.sendNotification(protocol.tableInfo, messageTable);
    void rpc.sendNotification(protocol.tableLoading);
    return;
  }
  if (scenario === 'failed') {
    void rpc.sendNotification(protocol.tableInfo, { ...messageTable, isPublic: false });
    void rpc.sendNotification(protocol.tableFailed, {
      message:
        'The table “message” is private, and this connection is not the owner of the database. Log in as the owner with “spacetime login”, then try again.',
    });
    return;
  }
  void rpc.sendNotification(protocol.tableInfo, { ...messageTable, isEvent: scenario === 'event' });
}

function check(field: protocol.FormField | undefined, value: string | undefined): string | undefined {
  if (field === undefined || value == null) return undefined;
  if (field.control === 'integer' && !/^\d+$/.test(value))
    return `“${value}” is not a whole number. Type ${field.placeholder}.`;
  if (field.control === 'integer' && Number(value) > 65535)
    return `${value} does not fit ${field.type}: type ${field.placeholder}.`;
  if (field.control === 'json' && !value.startsWith('[')) return 'Type a JSON list, for instance ["one", "two"].';
  return undefined;
}

function findFields(name: string): protocol.FormField[] {
  return chatForm.reducers.find((reducer) => reducer.name === name)?.fields ?? [];
}

async function call({ reducer, values }: protocol.CallRequest): Promise<protocol.CallAnswer> {
  await new Promise((resolve) => setTimeout(resolve, 40));
  const fieldErrors = findFields(reducer).map((field, index) => check(field, values[index]));
  if (fieldErrors.some((error) => error !== undefined)) return { ok: false, fieldErrors };
  const args = values.map((value) => value ?? 'none').join(', ');
  const record = { reducer, args, roundTripMs: 3.84, at: Date.now() };
  if (values[0] === '') {
    return { ok: true, record: { ...record, outcome: 'failed', message: 'Messages must not be empty' } };
  }
  if (values[0] === 'down') {
    return {
      ok: true,
      record: { ...record, outcome: 'error', message: 'The connection closed before the answer came.' },
    };
  }
  return { ok: true, record: { ...record, outcome: 'committed', message: '' } };
}

function startReducer(): void {
  const reducers = scenario === 'empty' ? [] : chatForm.reducers;
  const selected = parameters.get('reducer') ?? chatForm.selected;
  if (scenario !== 'loading') void rpc.sendNotification(protocol.reducerForm, { ...chatForm, reducers, selected });
}

function startLatency(): void {
  if (scenario === 'loading') return;
  if (scenario === 'failed') {
    void rpc.sendNotification(protocol.latencyUnavailable, {
      message: 'maincloud.spacetimedb.com gives no metrics. They are open on local servers only.',
    });
    return;
  }
  void rpc.sendNotification(protocol.latencyReport, latency(0, scenario === 'empty'));
  if (scenario === 'live') {
    let poll = 0;
    setInterval(() => void rpc.sendNotification(protocol.latencyReport, latency(++poll, false)), 1000);
  }
}

rpc.onNotification(protocol.ready, () => {
  void rpc.sendNotification(protocol.connectionChanged, connection);
  const start: Record<string, () => void> = { table: startTable, reducer: startReducer, latency: startLatency };
  start[parameters.get('panel') ?? 'table']?.();
});
rpc.onRequest(protocol.tableWindow, async (request) => {
  shown = request;
  if (scenario === 'loading' || scenario === 'failed') {
    return { matching: 0, total: 0, offset: 0, rows: [], status: scenario };
  }
  await new Promise((resolve) => setTimeout(resolve, 15));
  return rowsFor(request);
});
rpc.onRequest(protocol.checkField, ({ reducer, field, value }) => ({
  error: check(findFields(reducer)[field], value),
}));
rpc.onRequest(protocol.callReducer, call);
rpc.onNotification(protocol.runCommand, ({ command }) => console.info(`command ${command}`));
rpc.listen();
