import type { JSX, RefObject } from 'preact';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import {
  connectionChanged,
  ready,
  runCommand,
  type TableInfo,
  tableChanged,
  tableFailed,
  tableInfo,
  tableLoading,
  type WindowRequest,
} from '../protocol.ts';
import type { PanelHost } from '../ui/connection.ts';
import { Button, type ControlElement, TextField } from '../ui/controls.tsx';
import { formatMatching, formatQuantity } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { ConnectionBanner, Notice, type PanelCommand, PanelHeader, Skeleton } from '../ui/status.tsx';
import { rowsToRequest } from '../ui/virtual-window.ts';
import { automaticWidth, clampWidth, columnWidths, nextSort } from './columns.ts';
import { Grid } from './grid.tsx';
import type { Sort } from './grid-header.tsx';
import { RowDrawer } from './row-drawer.tsx';
import type { CellPosition } from './selection.ts';
import { initialTableState, rowAt, tableReducer } from './state.ts';
import { useRows, windowLimit } from './use-rows.ts';

/** What the panel keeps while it is hidden. */
export interface TableView {
  filter: string;
  /** By column name, so that a module change cannot sort or size another column. */
  sort: { column: string; descending: boolean } | undefined;
  widths: Record<string, number>;
}

const filterDelayMs = 120;

export function TableApp({ host }: { host: PanelHost<TableView> }): JSX.Element {
  const [state, dispatch] = useReducer(tableReducer, initialTableState);
  const [filter, setFilter] = useState(host.savedView?.filter ?? '');
  const [sort, setSort] = useState(host.savedView?.sort);
  const [chosenWidths, setChosenWidths] = useState(host.savedView?.widths ?? {});
  const [active, setActive] = useState<CellPosition>({ row: 0, column: 0 });
  const [wholeRow, setWholeRow] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const [visible, setVisible] = useState({ first: 0, end: 30 });
  const content = useRef<HTMLDivElement>(null);
  const filterField = useRef<ControlElement>(null);
  const appliedFilter = useDelayed(filter, filterDelayMs);
  const run = (command: PanelCommand): void => void host.rpc.sendNotification(runCommand, { command });

  useEffect(() => listen(host, dispatch), [host]);
  useEffect(() => host.save({ filter, sort, widths: chosenWidths }), [host, filter, sort, chosenWidths]);
  useEffect(() => focusFilterOnFind(filterField), []);
  useEffect(() => giveFocusTo(content), []);

  const { info, window } = state;
  const columns = info?.columns ?? [];
  const sortIndex = sort ? columns.findIndex((column) => column.name === sort.column) : -1;
  const sorted: Sort | undefined =
    sort && sortIndex >= 0 ? { column: sortIndex, descending: sort.descending } : undefined;
  const question = JSON.stringify([appliedFilter, sorted]);
  useRows(
    host.rpc,
    useWindowRequest(info, visible, window, appliedFilter, sorted, question),
    info,
    (received) => dispatch({ type: 'window', window: received, now: performance.now() }),
    (message) => dispatch({ type: 'failed', message }),
  );

  const sized = useAutomaticWidths(info, window?.rows);
  const widths = useMemo(() => columnWidths(columns, chosenWidths, sized), [columns, chosenWidths, sized]);
  const setWidth = (column: number, width: number | undefined): void => {
    const name = columns[column]?.name;
    if (name === undefined) return;
    setChosenWidths(({ [name]: _old, ...others }) =>
      width === undefined ? others : { ...others, [name]: clampWidth(width) },
    );
  };
  const focusGrid = (): void => content.current?.querySelector<HTMLElement>('.grid')?.focus();

  const stale = state.connection.state !== 'connected';
  const hasRows = window !== undefined && window.total > 0;
  const showsGrid = info !== undefined && window !== undefined && window.matching > 0 && (!state.loading || hasRows);
  useEffect(() => {
    if (showsGrid && document.hasFocus() && document.activeElement === document.body) focusGrid();
  }, [showsGrid]);

  return (
    <>
      <PanelHeader
        title={info?.table ?? 'Table'}
        icon={info && !info.isPublic ? { name: 'lock', label: 'Private table' } : undefined}
        target={info?.target}
        connection={state.connection}
        summary={
          window &&
          (hasRows || window.status !== 'loading') &&
          state.failure === undefined && (
            <span aria-live="polite">
              {formatMatching(window.matching, window.total, info?.isEvent ? 'event' : 'row')}
            </span>
          )
        }
      >
        <FilterField
          field={filterField}
          filter={filter}
          onFilter={setFilter}
          onLeave={() => {
            setActive((cell) => ({ ...cell, row: Math.max(0, cell.row) }));
            focusGrid();
          }}
        />
      </PanelHeader>
      <ConnectionBanner
        connection={state.connection}
        consequence={hasRows ? 'rows may be out of date' : ''}
        run={run}
      />
      {state.failure !== undefined && hasRows && <FailureBanner message={state.failure} run={run} />}
      <div class="content" ref={content}>
        {showsGrid ? (
          <Grid
            label={`Rows of ${info.table}`}
            columns={columns}
            widths={widths}
            window={window}
            marks={state.marks}
            sort={sorted}
            active={active}
            wholeRow={wholeRow}
            stale={stale}
            question={question}
            onActivate={(cell, whole) => {
              setActive(cell);
              setWholeRow(whole);
            }}
            onSort={(column) => {
              const next = nextSort(sorted, column);
              const name = next && columns[next.column]?.name;
              setSort(next && name !== undefined ? { column: name, descending: next.descending } : undefined);
            }}
            onResize={setWidth}
            onOpen={() => setOpen(active.row >= 0)}
            onVisible={setVisible}
          />
        ) : (
          <InsteadOfRows
            info={info}
            failure={state.failure}
            filter={window && window.total > 0 ? filter : ''}
            loading={window === undefined || state.loading}
            waiting={state.connection.state === 'disconnected' || state.connection.state === 'reconnecting'}
            onClearFilter={() => setFilter('')}
            run={run}
          />
        )}
        {isOpen && showsGrid && active.row >= 0 && (
          <RowDrawer
            index={active.row}
            row={rowAt(window, active.row)}
            columns={columns}
            onClose={() => {
              setOpen(false);
              focusGrid();
            }}
          />
        )}
      </div>
    </>
  );
}

function listen(host: PanelHost<TableView>, dispatch: (event: Parameters<typeof tableReducer>[1]) => void): () => void {
  const { rpc } = host;
  rpc.onNotification(tableInfo, (info) => dispatch({ type: 'info', info }));
  rpc.onNotification(connectionChanged, (connection) => dispatch({ type: 'connection', connection }));
  rpc.onNotification(tableChanged, (window) => dispatch({ type: 'window', window, now: performance.now() }));
  rpc.onNotification(tableLoading, () => dispatch({ type: 'loading' }));
  rpc.onNotification(tableFailed, ({ message }) => dispatch({ type: 'failed', message }));
  rpc.listen();
  void rpc.sendNotification(ready);
  return () => rpc.dispose();
}

function focusFilterOnFind(field: { current: ControlElement | null }): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== 'f') return;
    event.preventDefault();
    event.stopPropagation();
    field.current?.focus();
  };
  document.addEventListener('keydown', onKeyDown, true);
  return () => document.removeEventListener('keydown', onKeyDown, true);
}

/** A panel that comes to the front is ready for the arrow keys, unless the person is somewhere in it already. */
function giveFocusTo(content: RefObject<HTMLElement | null>): () => void {
  const onFocus = (): void => {
    if (document.activeElement === document.body) content.current?.querySelector<HTMLElement>('.grid')?.focus();
  };
  window.addEventListener('focus', onFocus);
  return () => window.removeEventListener('focus', onFocus);
}

/** The rows to ask for now. Stays the same while the rows at hand cover what is visible. */
function useWindowRequest(
  info: TableInfo | undefined,
  visible: { first: number; end: number },
  window: { offset: number; rows: readonly unknown[]; matching: number } | undefined,
  filter: string,
  sort: Sort | undefined,
  question: string,
): WindowRequest | undefined {
  const last = useRef<{ question: string; info: TableInfo; request: WindowRequest } | undefined>(undefined);
  if (info === undefined) return undefined;
  const sameQuestion = last.current?.question === question && last.current.info === info;
  if (!sameQuestion) {
    last.current = { question, info, request: { offset: 0, limit: windowLimit, sort, filter } };
  } else if (window !== undefined && last.current) {
    const { request } = last.current;
    const limit = Math.min(500, Math.max(windowLimit, (visible.end - visible.first) * 3));
    const wanted = rowsToRequest(visible, { offset: request.offset, count: request.limit }, window.matching, limit);
    if (wanted) last.current = { question, info, request: { ...wanted, sort, filter } };
  }
  return last.current?.request;
}

/** Widths measured once per table layout, from the first rows that arrive: columns must not jump as rows change. */
function useAutomaticWidths(
  info: TableInfo | undefined,
  rows: Parameters<typeof automaticWidth>[2] | undefined,
): number[] {
  const columns = info?.columns;
  const layout = JSON.stringify(columns);
  const haveRows = rows !== undefined && rows.length > 0;
  // See above.
  return useMemo(
    () => (columns ?? []).map((column, index) => automaticWidth(column, index, rows ?? [])),
    [layout, haveRows],
  );
}

function useDelayed<T>(value: T, milliseconds: number): T {
  const [delayed, setDelayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return delayed;
}

interface FilterFieldProps {
  field: RefObject<ControlElement | null>;
  filter: string;
  onFilter: (text: string) => void;
  onLeave: () => void;
}

function FilterField({ field, filter, onFilter, onLeave }: FilterFieldProps): JSX.Element {
  return (
    <div class="filter">
      <TextField
        controlRef={field}
        label="Filter rows"
        placeholder="Filter rows"
        value={filter}
        onInput={onFilter}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && filter !== '') onFilter('');
          else if (event.key === 'ArrowDown' || event.key === 'Enter' || event.key === 'Escape') onLeave();
          else return;
          event.preventDefault();
        }}
      >
        <span slot="start">
          <Icon name="search" />
        </span>
      </TextField>
      {filter !== '' && (
        <Button appearance="icon" label="Clear filter" title="Clear filter (Escape)" onClick={() => onFilter('')}>
          <Icon name="close" />
        </Button>
      )}
    </div>
  );
}

function FailureBanner({ message, run }: { message: string; run: (command: PanelCommand) => void }): JSX.Element {
  return (
    <div class="banner failure" role="alert">
      <Icon name="error" />
      <div class="banner-text">
        <strong>Rows are no longer updated.</strong>
        <span>{message}</span>
      </div>
      <div class="banner-actions">
        <Button appearance="secondary" onClick={() => run('reconnect')}>
          Try Again
        </Button>
      </div>
    </div>
  );
}

interface InsteadOfRowsProps {
  info: TableInfo | undefined;
  failure: string | undefined;
  filter: string;
  loading: boolean;
  /** Not connected, so nothing can be on its way. */
  waiting: boolean;
  onClearFilter: () => void;
  run: (command: PanelCommand) => void;
}

function InsteadOfRows({
  info,
  failure,
  filter,
  loading,
  waiting,
  onClearFilter,
  run,
}: InsteadOfRowsProps): JSX.Element {
  if (failure !== undefined) {
    return (
      <Notice
        title="These rows cannot be shown"
        icon="error"
        actions={
          <>
            <Button onClick={() => run('reconnect')}>Try Again</Button>
            <Button appearance="secondary" onClick={() => run('showLogs')}>
              Show Logs
            </Button>
          </>
        }
      >
        {failure}
      </Notice>
    );
  }
  if (loading && waiting)
    return <Notice title="No rows loaded yet">They appear as soon as the database is connected.</Notice>;
  if (loading || info === undefined) return <Skeleton lines={14} label="Loading rows" />;
  if (filter !== '') {
    return (
      <Notice
        title="No matching rows"
        actions={
          <Button appearance="secondary" onClick={onClearFilter}>
            Clear Filter
          </Button>
        }
      >
        No cell contains “{filter}”.
      </Notice>
    );
  }
  if (info.isEvent) {
    return (
      <Notice title="Waiting for events" actions={<Button onClick={() => run('callReducer')}>Call a Reducer…</Button>}>
        {info.table} is an event table: the database keeps none of its rows. Each appears here at the moment a reducer
        inserts it.
      </Notice>
    );
  }
  return (
    <Notice title="No rows yet" actions={<Button onClick={() => run('callReducer')}>Call a Reducer…</Button>}>
      Rows that a reducer or a client inserts into {info.table} appear here at once.{' '}
      {formatQuantity(info.columns.length, 'column')}: {info.columns.map((column) => column.name).join(', ')}.
    </Notice>
  );
}
