import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { ReducerLatency } from '../protocol.ts';
import { formatBound, formatCount, formatDuration, formatQuantity, formatRate, formatShare } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { histogramBars, type LatencyColumn, type LatencySort, sparklinePath } from './rows.ts';

/** `room` is how wide the panel must be for the column, by a class of the style sheet. */
const columns: { id: LatencyColumn; title: string; meaning: string; room: string }[] = [
  { id: 'reducer', title: 'Reducer', meaning: 'Calls by every client of this database', room: 'always' },
  { id: 'calls', title: 'Calls', meaning: 'Calls since the server started counting', room: 'always' },
  { id: 'errors', title: 'Errors', meaning: 'Calls that did not commit, and their share', room: 'narrow' },
  { id: 'p50', title: 'p50', meaning: 'Half of the calls took the server no longer than this', room: 'medium' },
  { id: 'p95', title: 'p95', meaning: '95% of the calls took the server no longer than this', room: 'always' },
  { id: 'p99', title: 'p99', meaning: '99% of the calls took the server no longer than this', room: 'medium' },
];
const ownColumns: typeof columns = [
  { id: 'roundTripP50', title: 'Own p50', meaning: 'Median round trip of calls made from this editor', room: 'wide' },
  { id: 'roundTripP95', title: 'Own p95', meaning: '95th percentile of round trips from this editor', room: 'wide' },
];

interface OverviewProps {
  rows: readonly ReducerLatency[];
  sort: LatencySort;
  selected: string | undefined;
  intervalMs: number;
  onSort: (column: LatencyColumn) => void;
  onSelect: (reducer: string) => void;
}

/** One row per reducer. The whole row chooses; arrow keys move between the rows. */
export function Overview({ rows, sort, selected, intervalMs, onSort, onSelect }: OverviewProps): JSX.Element {
  const body = useRef<HTMLTableSectionElement>(null);
  const header = (column: (typeof columns)[number]): JSX.Element => (
    <SortHeader key={column.id} column={column} sort={sort} onSort={onSort} />
  );
  const move = (event: KeyboardEvent, index: number): void => {
    const targets: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: rows.length - 1,
    };
    const next = targets[event.key];
    const reducer = next === undefined ? undefined : rows[next]?.reducer;
    if (next === undefined || reducer === undefined) return;
    event.preventDefault();
    onSelect(reducer);
    body.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <table class="overview">
      <thead>
        <tr>
          {columns.map(header)}
          <th scope="col" class="graph medium" title="Calls by duration, shortest at the left">
            Distribution
          </th>
          {header({
            id: 'rate',
            title: 'Trend',
            meaning: `Calls per second, one point each ${intervalMs / 1000} s`,
            room: 'narrow',
          })}
          {ownColumns.map(header)}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row, index) => (
          <tr
            key={row.reducer}
            class={`${row.reducer === selected ? 'selected' : ''} ${row.calls === 0 ? 'idle' : ''}`}
            onClick={() => onSelect(row.reducer)}
          >
            <th scope="row">
              <button
                type="button"
                class="ellipsis"
                title={row.reducer}
                aria-pressed={row.reducer === selected}
                onKeyDown={(event) => move(event, index)}
              >
                {row.reducer}
              </button>
            </th>
            <Cells row={row} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cells({ row }: { row: ReducerLatency }): JSX.Element {
  const rate = row.trend.at(-1)?.callsPerSecond;
  return (
    <>
      <td class="number">{formatCount(row.calls)}</td>
      <td class={`number narrow ${row.errors > 0 ? 'has-errors' : ''}`}>
        {formatCount(row.errors)}
        {row.errors > 0 && <span class="share"> {formatShare(row.errors, row.calls)}</span>}
      </td>
      <td class="number medium">{formatDuration(row.p50 ?? undefined)}</td>
      <td class="number">{formatDuration(row.p95 ?? undefined)}</td>
      <td class="number medium">{formatDuration(row.p99 ?? undefined)}</td>
      <td class="graph medium">
        <MiniHistogram buckets={row.buckets} />
      </td>
      <td class="graph trend narrow">
        <Sparkline series={row.trend.map((point) => point.callsPerSecond)} />
        <span class="number rate">{rate === undefined ? '–' : formatRate(rate)}</span>
      </td>
      <td class="number wide">{formatDuration(row.roundTrip?.p50)}</td>
      <td class="number wide">{formatDuration(row.roundTrip?.p95)}</td>
    </>
  );
}

interface SortHeaderProps {
  column: (typeof columns)[number];
  sort: LatencySort;
  onSort: (column: LatencyColumn) => void;
}

function SortHeader({ column, sort, onSort }: SortHeaderProps): JSX.Element {
  const isSorted = sort.column === column.id;
  const direction = sort.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      class={`${column.room} ${column.id}`}
      aria-sort={isSorted ? direction : 'none'}
      title={column.meaning}
    >
      <button type="button" onClick={() => onSort(column.id)}>
        <span class="ellipsis">{column.title}</span>
        {isSorted && <Icon name={direction} class="sort-icon" />}
      </button>
    </th>
  );
}

const miniWidth = 90;
const miniHeight = 16;

function MiniHistogram({ buckets }: { buckets: ReducerLatency['buckets'] }): JSX.Element | null {
  const bars = histogramBars(buckets);
  if (bars.length === 0) return null;
  const width = Math.min(9, miniWidth / bars.length);
  const summary = bars
    .filter((bar) => bar.count > 0)
    .map(
      (bar) =>
        `${bar.to === undefined ? `over ${formatBound(bar.from)}` : `up to ${formatBound(bar.to)}`}: ${formatQuantity(bar.count, 'call')}`,
    )
    .join('\n');
  return (
    <svg class="mini" width={miniWidth} height={miniHeight} role="img" aria-label={summary}>
      <title>{summary}</title>
      {bars.map((bar, index) => {
        // A bucket with calls is never invisible beside a full one.
        const height = bar.count === 0 ? 0 : Math.max(2, bar.share * miniHeight);
        return (
          <rect
            key={bar.from}
            x={index * width}
            y={miniHeight - height}
            width={Math.max(1, width - 1)}
            height={height}
          />
        );
      })}
    </svg>
  );
}

function Sparkline({ series }: { series: readonly number[] }): JSX.Element {
  const path = sparklinePath(series, miniWidth, miniHeight - 2);
  return (
    <svg
      class="spark"
      width={miniWidth}
      height={miniHeight}
      viewBox={`0 -1 ${miniWidth} ${miniHeight}`}
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
