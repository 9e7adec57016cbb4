/** Row counts per table out of the server's metrics: private tables too, and without reading a single row. */
import type { Sample } from './prometheus.ts';

const gauge = 'spacetime_num_table_rows';

export const rowCountMetrics = (name: string): boolean => name === gauge;

/** Table name → rows. `database`: 64 hex digits. */
export function rowCounts(samples: readonly Sample[], database: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    if (name === gauge && labels.db === database && labels.table_name) counts.set(labels.table_name, value);
  }
  return counts;
}
