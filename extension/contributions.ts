/**
 * Everything that the manifest declares and the code uses, written once. Commands, views and panels are typed from
 * here, so that a handler that is missing does not compile; `contributions.test.ts` compares this file with package.json.
 */

export const commandIds = {
  publish: 'spacetimedb.publish',
  callReducer: 'spacetimedb.callReducer',
  showLatency: 'spacetimedb.showLatency',
  openTable: 'spacetimedb.openTable',
  startServer: 'spacetimedb.startServer',
  stopServer: 'spacetimedb.stopServer',
  generate: 'spacetimedb.generate',
  showLogs: 'spacetimedb.showLogs',
  reconnect: 'spacetimedb.reconnect',
  refresh: 'spacetimedb.refresh',
} as const;

export type CommandName = keyof typeof commandIds;

export const viewIds = { databases: 'spacetimedb.databases' } as const;

/** View types of the panels; also the names of their bundles in `dist/webviews`. */
export const panelTypes = {
  table: 'spacetimedb.table',
  reducer: 'spacetimedb.reducer',
  latency: 'spacetimedb.latency',
} as const;

export type PanelName = keyof typeof panelTypes;

/** Context keys for `when` clauses. */
export const contextKeys = {
  /** Whether the workspace has a SpacetimeDB module. */
  hasModule: 'spacetimedb.hasModule',
  /** Whether the first look for modules and servers is over; until then the tree shows no advice. */
  ready: 'spacetimedb.ready',
} as const;

/** `contextValue` of tree items. */
export type TreeContext =
  | `server.${'local' | 'remote'}.${'up' | 'down'}`
  | 'database.connected'
  | 'database.disconnected'
  | 'database.missing'
  | 'table'
  | 'reducer';

/** The settings below `spacetimedb.` with their types and defaults. */
export interface Settings {
  /** Program to use as `spacetime`; empty to look on PATH and then use the embedded one. */
  path: string;
  /** URL or nickname of the server; empty for what spacetime.json says, else the local one. */
  server: string;
  generateOnSave: boolean;
  /** Read by the language client itself. */
  'trace.server': 'off' | 'messages' | 'verbose';
}

export const defaultSettings: Settings = { path: '', server: '', generateOnSave: true, 'trace.server': 'off' };
