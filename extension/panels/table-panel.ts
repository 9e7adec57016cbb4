/** The table explorer: the window of rows that the page shows, kept current. */
import { isInteger, resolveRef, specialKind, type Typespace } from '../../schema/algebraic-type.ts';
import type { Column, ModuleDef, Table } from '../../schema/module-def.ts';
import { formatType } from '../../schema/type-text.ts';
import {
  type ColumnHeader,
  type TableWindow,
  tableChanged,
  tableFailed,
  tableInfo,
  tableLoading,
  tableWindow,
  type WindowRequest,
} from '../../webviews/protocol.ts';
import { sameColumns } from '../connection/row-format.ts';
import type { TableWatch, WatchStatus } from '../connection/table-watch.ts';
import { type Channel, type PanelBody, throttle } from './panel.ts';

export interface TablePanelState {
  database: string;
  table: string;
}

/** Updates in between are gathered. */
const updateMs = 50;
const empty: TableWindow = { matching: 0, total: 0, offset: 0, rows: [], status: 'loading' };

export function tablePanel(channel: Channel, { table }: TablePanelState): PanelBody {
  const { connection, panel, database, scope } = channel;
  let watch: TableWatch | undefined;
  let shown: WindowRequest | undefined;
  let told: WatchStatus['status'] | undefined;

  const definition = (): Table | undefined => database.session.module?.tables.find(({ name }) => name === table);
  /** Between a publish and the rows of its subscription, the rows at hand may not fit the columns any more. */
  const hasOtherColumns = ({ table: before }: TableWatch): boolean => {
    const now = definition();
    return now !== undefined && now !== before && !sameColumns(now, before);
  };
  const windowOf = (request: WindowRequest): TableWindow =>
    watch && !hasOtherColumns(watch) ? { ...watch.store.window(request), status: watch.status.status } : empty;
  const tellStatus = (): void => {
    const status = watch?.status;
    if (!status || (status.status === told && status.status !== 'failed')) return;
    told = status.status;
    if (status.status === 'loading') void connection.sendNotification(tableLoading);
    if (status.status === 'failed') void connection.sendNotification(tableFailed, { message: status.message });
  };
  const update = throttle(() => {
    if (!watch || !panel.visible) return;
    tellStatus();
    if (shown && watch.status.status !== 'failed') void connection.sendNotification(tableChanged, windowOf(shown));
  }, updateMs);
  scope.add(update);

  /** Subscribes once the module is known. */
  const begin = (): void => {
    const { module } = database.session;
    if (watch || !module) return;
    if (!definition()) {
      void connection.sendNotification(tableFailed, {
        message: `The module of “${database.name}” has no table “${table}”. It may have been renamed or removed; open another table from the tree.`,
      });
      return;
    }
    const held = scope.add(database.session.watch(table));
    watch = held.watch;
    scope.add(watch.onDidChange(update));
  };
  const tellInfo = (): void => {
    const { module } = database.session;
    const now = definition();
    if (!module || !now) return;
    void connection.sendNotification(tableInfo, {
      target: channel.target(),
      table,
      isPublic: now.isPublic,
      isEvent: now.isEvent,
      columns: columnHeaders(now, module),
    });
  };

  scope.add(
    connection.onRequest(tableWindow, (request) => {
      shown = request;
      return windowOf(request);
    }),
  );
  const start = (): void => {
    told = undefined;
    begin();
    tellInfo();
    tellStatus();
    update();
  };
  return { start, moduleChanged: start };
}

export const columnHeaders = (table: Table, module: ModuleDef): ColumnHeader[] =>
  table.columns.map((column) => ({
    name: column.name,
    type: formatType(column.type, module.typespace, module.types),
    isPrimaryKey: table.primaryKey === column.position,
    kind: columnKind(column, module.typespace),
  }));

function columnKind({ type }: Column, typespace: Typespace): ColumnHeader['kind'] {
  const resolved = resolveRef(type, typespace);
  const special = specialKind(resolved);
  if (special === 'Option' && resolved.tag === 'Sum' && resolved.variants[0]) {
    return columnKind({ type: resolved.variants[0].type } as Column, typespace);
  }
  if (special === 'Timestamp') return 'time';
  if (special === 'TimeDuration') return 'number';
  if (special === 'Bytes' || special === 'Identity' || special === 'ConnectionId') return 'bytes';
  if (special === 'Uuid' || resolved.tag === 'String') return 'text';
  if (resolved.tag === 'Bool') return 'bool';
  if (isInteger(resolved) || resolved.tag === 'F32' || resolved.tag === 'F64') return 'number';
  return 'compound';
}
