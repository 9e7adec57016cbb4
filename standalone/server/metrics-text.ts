/** Prometheus text (version 0.0.4) of metric snapshots. */
import type { HistogramSample, Metric } from '../database/messages.ts';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4';

/** Series of one name become one block, in order of first appearance. A sample with labels seen before is left out. */
export function formatMetrics(metrics: readonly Metric[]): string {
  const blocks = new Map<string, { kind: Metric['kind']; lines: string[]; seen: Set<string> }>();
  for (const metric of metrics) {
    const block = blocks.get(metric.name) ?? { kind: metric.kind, lines: [], seen: new Set() };
    blocks.set(metric.name, block);
    for (const sample of metric.samples) {
      const labels = formatLabels(sample.labels);
      if (block.seen.has(labels) || block.kind !== metric.kind) continue;
      block.seen.add(labels);
      block.lines.push(...formatSample(metric, sample, labels));
    }
  }
  return Array.from(blocks, ([name, { kind, lines }]) => `# TYPE ${name} ${kind}\n${lines.join('')}`).join('');
}

function formatSample(metric: Metric, sample: Metric['samples'][number], labels: string): string[] {
  if (metric.kind !== 'histogram') {
    const { value } = sample as { value: number };
    return [`${metric.name}${braces(labels)} ${formatNumber(value)}\n`];
  }
  const { counts, sum } = sample as HistogramSample;
  let total = 0;
  const lines = [...metric.buckets, Number.POSITIVE_INFINITY].map((bound, i) => {
    total += counts[i] ?? 0;
    return `${metric.name}_bucket${braces(joinLabels(labels, `le="${formatNumber(bound)}"`))} ${total}\n`;
  });
  lines.push(`${metric.name}_sum${braces(labels)} ${formatNumber(sum)}\n`);
  lines.push(`${metric.name}_count${braces(labels)} ${total}\n`);
  return lines;
}

const formatLabels = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',');

const joinLabels = (first: string, second: string): string => (first === '' ? second : `${first},${second}`);
const braces = (labels: string): string => (labels === '' ? '' : `{${labels}}`);
const formatNumber = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value));
