/** Reads the Prometheus text format, as far as `/v1/metrics` uses it: names, labels, values. */

export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?$/;
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?\s*/y;

/** Lines that are not samples are skipped. `wanted` saves the work for metrics that nobody asks for. */
export function parseSamples(text: string, wanted: (name: string) => boolean = () => true): Sample[] {
  const samples: Sample[] = [];
  for (const row of text.split('\n')) {
    if (row.startsWith('#') || !wanted(/^[\w:]*/.exec(row)?.[0] ?? '')) continue;
    const match = line.exec(row.trim());
    if (match?.[1] === undefined || match[3] === undefined) continue;
    samples.push({ name: match[1], labels: parseLabels(match[2] ?? ''), value: parseNumber(match[3]) });
  }
  return samples;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  label.lastIndex = 0;
  for (let match = label.exec(text); match; match = label.exec(text)) {
    const [, name = '', value = ''] = match;
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function parseNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}
