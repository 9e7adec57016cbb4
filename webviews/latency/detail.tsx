import type { JSX } from 'preact';
import type { ReducerLatency } from '../protocol.ts';
import { formatBound, formatCount, formatDuration, formatQuantity, formatShare } from '../ui/format.ts';
import { type Bar, histogramBars } from './rows.ts';
import { TrendChart } from './trend-chart.tsx';

interface DetailProps {
  row: ReducerLatency;
  intervalMs: number;
}

/** Everything about one reducer: all numbers, the recent trend, the histogram with its bounds. */
export function Detail({ row, intervalMs }: DetailProps): JSX.Element {
  const figures: [string, string, string][] = [
    ['Calls', formatCount(row.calls), ''],
    ['Errors', formatCount(row.errors), row.errors > 0 ? formatShare(row.errors, row.calls) : ''],
    ['p50', formatDuration(row.p50 ?? undefined), ''],
    ['p95', formatDuration(row.p95 ?? undefined), ''],
    ['p99', formatDuration(row.p99 ?? undefined), ''],
  ];
  return (
    <section class="detail" aria-label={`Latency of ${row.reducer}`}>
      <h2 class="ellipsis" title={row.reducer}>
        {row.reducer}
      </h2>
      <dl class="figures">
        {figures.map(([name, value, note]) => (
          <div key={name} class={name === 'Errors' && row.errors > 0 ? 'has-errors' : ''}>
            <dt>{name}</dt>
            <dd class="number">
              {value} {note !== '' && <span class="share">{note}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p class="own">
        {row.roundTrip == null
          ? 'No calls from this editor yet. Call it once to see the round trip beside the time in the server.'
          : `From this editor: ${formatQuantity(row.roundTrip.count, 'call')}, round trip p50 ${formatDuration(row.roundTrip.p50)}, p95 ${formatDuration(row.roundTrip.p95)}.`}
      </p>
      <h3>Trend</h3>
      {row.trend.length < 2 ? (
        <p class="own">The trend appears after two readings.</p>
      ) : (
        <TrendChart
          trend={row.trend}
          intervalMs={intervalMs}
          label={`Calls per second and p95 of ${row.reducer} over the last ${formatDuration(row.trend.length * intervalMs)}`}
        />
      )}
      <h3>Time in the server</h3>
      <Histogram row={row} />
    </section>
  );
}

function Histogram({ row }: { row: ReducerLatency }): JSX.Element {
  const bars = histogramBars(row.buckets);
  if (bars.length === 0) return <p class="own">No calls yet.</p>;
  const total = bars.reduce((sum, bar) => sum + bar.count, 0);
  return (
    <table class="histogram">
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Duration</th>
          <th scope="col">Share</th>
          <th scope="col">Calls</th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.from}>
            <th scope="row" class="number">
              {range(bar)}
            </th>
            <td class="bar-cell" title={formatShare(bar.count, total)}>
              {bar.count > 0 && <span class="bar" style={{ width: `${bar.share * 100}%` }} />}
            </td>
            <td class="number">{formatCount(bar.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function range({ from, to }: Bar): string {
  return to === undefined ? `> ${formatBound(from)}` : `≤ ${formatBound(to)}`;
}
