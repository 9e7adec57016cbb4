/** One line per number: `METRIC name value unit`. */
export function metric(name: string, value: number, unit: string): void {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  process.stdout.write(`METRIC ${name} ${value.toFixed(digits)} ${unit}\n`);
}

/** The value below which `share` (0 to 1) of the samples lie; samples need not be sorted. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
