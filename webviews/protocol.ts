/**
 * Every message between the panels (browser) and the extension host, on one page.
 * Sent with vscode-jsonrpc over postMessage, so requests have ids, cancellation and typed errors.
 * Everything is JSON: 64-bit and wider integers travel as decimal strings, cells as ready-made text. An `undefined`
 * inside an array arrives as null (JSON has no other way), so read array elements with `?? undefined`.
 */
import { NotificationType, RequestType } from 'vscode-jsonrpc';

/** What the database connection is doing; every view shows it. */
export type ConnectionState =
  /** `remedy`: what would bring the connection back, beside trying again. */
  | { state: 'disconnected'; reason: string; remedy?: 'startServer' | 'publish' }
  | { state: 'connecting' }
  | { state: 'connected' }
  | { state: 'reconnecting'; reason: string; attempt: number };

export interface PanelTarget {
  database: string;
  /** For instance `http://127.0.0.1:3000`. */
  server: string;
}

/** panel → extension: the panel has loaded and wants its first state. */
export const ready = new NotificationType<void>('ready');
/** extension → panel: the connection changed; rows stay, marked stale unless connected. */
export const connectionChanged = new NotificationType<ConnectionState>('connection/changed');
/** panel → extension: runs one of the extension's commands that the panel offers as a button. */
export const runCommand = new NotificationType<{
  command: 'startServer' | 'reconnect' | 'publish' | 'showLogs' | 'callReducer';
}>('command/run');

/**
 * What a page keeps with `vscode.setState`, and what `deserializeWebviewPanel` gets: the object that the extension put
 * into `<body data-state="…">`, unchanged, and beside it as `view` what the panel itself remembers (filter, sort order,
 * what was typed). `view` belongs to the page alone: VS Code gives it back to the page, the extension leaves it out.
 */
export type SavedPanel<Opened extends object> = Opened & { view?: unknown };

// Table explorer ----------------------------------------------------------------------------------------------------

export interface ColumnHeader {
  name: string;
  /** Short type for people: `u32`, `Identity`, `option<string>`. */
  type: string;
  isPrimaryKey: boolean;
  /** How cells align and compare. */
  kind: 'number' | 'text' | 'bool' | 'time' | 'bytes' | 'compound';
}

export interface RowView {
  /** Stable while the row lives; the primary key's text, or the row's own bytes for tables without one. */
  key: string;
  cells: string[];
  /** Milliseconds since this row was inserted or last updated while being watched; undefined for initial rows. */
  ageMs: number | undefined;
  change: 'insert' | 'update' | undefined;
}

export interface TableInfo {
  target: PanelTarget;
  table: string;
  isPublic: boolean;
  isEvent: boolean;
  columns: ColumnHeader[];
}

export interface TableWindow {
  /** Rows that match the filter. */
  matching: number;
  /** All rows of the table. */
  total: number;
  /** Position of the first row in `rows` among the matching ones. */
  offset: number;
  rows: RowView[];
  /** Whether these rows are the table's: without it, no rows while loading or failed would read as an empty table. */
  status?: 'loading' | 'live' | 'failed';
}

export interface WindowRequest {
  offset: number;
  /** At most 500. */
  limit: number;
  sort: { column: number; descending: boolean } | undefined;
  /** Case-insensitive text that any cell must contain; empty for all. */
  filter: string;
}

/** extension → panel: what is shown; sent after `ready` and again when the module changed. */
export const tableInfo = new NotificationType<TableInfo>('table/info');
/** panel → extension: the rows that the panel shows now; the answer is also what later updates refer to. */
export const tableWindow = new RequestType<WindowRequest, TableWindow, void>('table/window');
/** extension → panel: the window's content changed (throttled to one per animation frame or slower). */
export const tableChanged = new NotificationType<TableWindow>('table/changed');
/** extension → panel: the subscription failed, for instance because the table is private. */
export const tableFailed = new NotificationType<{ message: string }>('table/failed');
/** extension → panel: initial rows are on their way. */
export const tableLoading = new NotificationType<void>('table/loading');

// Reducer form ------------------------------------------------------------------------------------------------------

/** One form control. Its text is parsed by the extension with the schema's own rules. */
export interface FormField {
  name: string;
  /** Short type for people. */
  type: string;
  control: 'text' | 'integer' | 'float' | 'checkbox' | 'choice' | 'json';
  /** For `choice`: the variants of an enum without payloads. */
  choices: string[];
  /** Example of an accepted text. */
  placeholder: string;
  /** Whether the control has a "none" switch (Option). */
  optional: boolean;
}

export interface ReducerInfo {
  name: string;
  fields: FormField[];
}

export interface ReducerForm {
  target: PanelTarget;
  /** Every reducer that can be called, sorted by name. */
  reducers: ReducerInfo[];
  selected: string;
}

export interface CallRecord {
  reducer: string;
  /** Text of the arguments, for the history below the form. */
  args: string;
  /** `failed`: refused by the reducer on purpose; `crashed`: it threw something else; `error`: it was not called. */
  outcome: 'committed' | 'failed' | 'crashed' | 'error';
  /** `SenderError` text for `failed`; what went wrong for `crashed` and `error`; empty when committed. */
  message: string;
  roundTripMs: number;
  /** Milliseconds since the Unix epoch. */
  at: number;
}

export interface CallRequest {
  reducer: string;
  /** Text per field; undefined means "none" of an optional field. */
  values: (string | undefined)[];
}

export type CallAnswer = { ok: true; record: CallRecord } | { ok: false; fieldErrors: (string | undefined)[] };

/**
 * extension → panel: sent after `ready` and again when the module changed. What was typed stays. A panel that
 * shows a reducer already goes on with it; `selectReducer` changes that.
 */
export const reducerForm = new NotificationType<ReducerForm>('reducer/form');
/** extension → panel: the person asked for this reducer elsewhere (tree, palette) while the panel was open. */
export const selectReducer = new NotificationType<{ reducer: string }>('reducer/select');
/** panel → extension: the reducer that is shown, sent with each form and each choice; for the panel's title. */
export const reducerSelected = new NotificationType<{ reducer: string }>('reducer/selected');
/** panel → extension: checks one field while it is edited; undefined means fine. */
export const checkField = new RequestType<
  { reducer: string; field: number; value: string | undefined },
  { error: string | undefined },
  void
>('reducer/checkField');
export const callReducer = new RequestType<CallRequest, CallAnswer, void>('reducer/call');

// Latency -----------------------------------------------------------------------------------------------------------

export interface ReducerLatency {
  reducer: string;
  calls: number;
  errors: number;
  /** Milliseconds, from the server's histogram; undefined without calls. */
  p50: number | undefined;
  p95: number | undefined;
  p99: number | undefined;
  /** Histogram of the calls so far: upper bound in milliseconds (Infinity as null) and count. */
  buckets: { upToMs: number | null; count: number }[];
  /** Calls per second and p95 in milliseconds at each recent poll, oldest first. */
  trend: { callsPerSecond: number; p95: number | undefined }[];
  /** Round trips of this extension's own calls in milliseconds; undefined without any. */
  roundTrip: { count: number; p50: number; p95: number } | undefined;
}

export interface LatencyReport {
  target: PanelTarget;
  /** Milliseconds between polls. */
  intervalMs: number;
  reducers: ReducerLatency[];
}

/** extension → panel, after each poll while the panel is visible. */
export const latencyReport = new NotificationType<LatencyReport>('latency/report');
/** extension → panel: the server has no metrics for this database, with the reason. */
export const latencyUnavailable = new NotificationType<{ message: string }>('latency/unavailable');
