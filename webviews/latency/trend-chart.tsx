import 'uplot/dist/uPlot.min.css';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { ReducerLatency } from '../protocol.ts';
import { formatDuration, formatRate } from '../ui/format.ts';
import { useSize } from '../ui/use-size.ts';

const height = 200;

interface TrendChartProps {
  trend: ReducerLatency['trend'];
  intervalMs: number;
  label: string;
}

/** Calls per second (area, left scale) and p95 (line, right scale) over the recent polls; newest at the right. */
export function TrendChart({ trend, intervalMs, label }: TrendChartProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const { width } = useSize(frame);
  const theme = useThemeKind();

  // The data comes by the effect below, without a new chart.
  useEffect(() => {
    const node = frame.current;
    if (node === null || width === 0) return;
    const drawn = new uPlot(options(width, node), toData(trend, intervalMs), node);
    chart.current = drawn;
    showNewest(drawn);
    return () => drawn.destroy();
  }, [width, theme]);
  useEffect(() => {
    chart.current?.setData(toData(trend, intervalMs));
    showNewest(chart.current);
  }, [trend, intervalMs]);

  return <div ref={frame} class="trend-chart" role="img" aria-label={label} />;
}

/** While nobody points at the chart, its legend tells the newest values. */
function showNewest(chart: uPlot | undefined): void {
  if (chart && chart.cursor.idx == null) chart.setLegend({ idx: chart.data[0].length - 1 });
}

/** Seconds before now, calls per second, p95 in milliseconds. */
function toData(trend: ReducerLatency['trend'], intervalMs: number): uPlot.AlignedData {
  const newest = trend.length - 1;
  return [
    trend.map((_, index) => ((index - newest) * intervalMs) / 1000),
    trend.map((point) => point.callsPerSecond),
    trend.map((point) => point.p95 ?? null),
  ];
}

/** Canvas cannot read CSS variables, so colours are resolved here and again when the theme changes. */
function options(width: number, node: HTMLElement): uPlot.Options {
  const style = getComputedStyle(node);
  const colour = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const text = colour('--vscode-descriptionForeground', style.color);
  const rate = colour('--vscode-charts-blue', style.color);
  const p95 = colour('--vscode-charts-orange', style.color);
  const font = `11px ${style.fontFamily}`;
  const grid = { stroke: colour('--vscode-charts-lines', text), width: 0.25 };
  const axis = { stroke: text, font, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: true, live: true },
    hooks: { setCursor: [showNewest] },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: false },
      rate: { range: (_chart, _min, max) => [0, Math.max(1, max) * 1.1] },
      p95: { range: (_chart, _min, max) => [0, Math.max(0.001, max) * 1.1] },
    },
    axes: [
      {
        ...axis,
        grid,
        size: 26,
        values: (_chart, ticks) => ticks.map((seconds) => (seconds === 0 ? 'now' : `${seconds} s`)),
      },
      { ...axis, scale: 'rate', grid, size: 62, values: (_chart, ticks) => ticks.map(formatRate) },
      {
        ...axis,
        scale: 'p95',
        side: 1,
        size: 66,
        grid: { show: false },
        values: (_chart, ticks) => ticks.map((tick) => formatDuration(tick)),
      },
    ],
    series: [
      { label: 'Time', value: (_chart, seconds) => (seconds == null ? '' : seconds === 0 ? 'now' : `${seconds} s`) },
      {
        label: 'Calls',
        scale: 'rate',
        stroke: rate,
        fill: `color-mix(in srgb, ${rate} 22%, transparent)`,
        width: 1.5,
        points: { show: false },
        value: (_chart, value) => (value == null ? '–' : formatRate(value)),
      },
      {
        label: 'p95',
        scale: 'p95',
        stroke: p95,
        width: 1.5,
        points: { show: true, size: 4, fill: p95 },
        value: (_chart, value) => formatDuration(value ?? undefined),
      },
    ],
  };
}

/** VS Code changes the body's class when the theme changes. */
function useThemeKind(): string {
  const [theme, setTheme] = useState(document.body.className);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.body.className));
    observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
