/** Counters of one database under the names of the real server. Source: reference "protocol" 1.10. */
import type { HistogramSample, Metric } from './messages.ts';

export type TxnType = 'Reducer' | 'Sql' | 'Subscribe' | 'Unsubscribe' | 'Update' | 'Internal' | 'View' | 'Procedure';

/** Seconds. */
const latencyBuckets = [
  0.00001, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
];

type Labels = Record<string, string>;

/** A labelled counter or gauge. */
class Series {
  readonly #samples = new Map<string, { labels: Labels; value: number }>();

  at(key: string, labels: () => Labels): { value: number } {
    let sample = this.#samples.get(key);
    if (!sample) {
      sample = { labels: labels(), value: 0 };
      this.#samples.set(key, sample);
    }
    return sample;
  }
  samples(): { labels: Labels; value: number }[] {
    return [...this.#samples.values()].map((sample) => ({ ...sample }));
  }
}

class Histogram {
  readonly #samples = new Map<string, HistogramSample>();

  observe(key: string, labels: () => Labels, seconds: number): void {
    let sample = this.#samples.get(key);
    if (!sample) {
      sample = { labels: labels(), counts: new Array(latencyBuckets.length + 1).fill(0), sum: 0 };
      this.#samples.set(key, sample);
    }
    let bucket = 0;
    while (bucket < latencyBuckets.length && seconds > (latencyBuckets[bucket] as number)) bucket++;
    sample.counts[bucket] = (sample.counts[bucket] as number) + 1;
    sample.sum += seconds;
  }
  metric(name: string): Metric {
    const samples = [...this.#samples.values()].map((sample) => ({ ...sample, counts: [...sample.counts] }));
    return { name, kind: 'histogram', buckets: latencyBuckets, samples };
  }
}

export interface Transacted {
  type: TxnType;
  /** Canonical name; empty when no reducer ran. */
  reducer: string;
  committed: boolean;
  seconds: number;
}

export class DatabaseMetrics {
  readonly #db: string;
  readonly #transactions = new Series();
  readonly #elapsed = new Histogram();
  readonly #wait = new Histogram();
  readonly #total = new Histogram();
  readonly #inserted = new Series();
  readonly #deleted = new Series();
  readonly #crashes = new Series();
  readonly #lateness = new Histogram();

  constructor(databaseIdentity: string) {
    this.#db = databaseIdentity;
  }

  transacted({ type, reducer, committed, seconds }: Transacted): void {
    const key = `${type} ${reducer} ${committed}`;
    const labels = (): Labels => ({ txn_type: type, db: this.#db, reducer });
    this.#transactions.at(key, () => ({ ...labels(), committed: String(committed) })).value++;
    this.#elapsed.observe(`${type} ${reducer}`, labels, seconds);
  }

  /** How long a call waited for its turn, and how long it then took with its subscription updates. */
  called(reducer: string, waited: number, took: number): void {
    const labels = (): Labels => ({ db: this.#db, reducer });
    this.#wait.observe(reducer, labels, waited);
    this.#total.observe(reducer, labels, took);
  }

  changed(type: TxnType, reducer: string, table: { id: number; name: string }, inserts: number, deletes: number): void {
    const key = `${type} ${reducer} ${table.id}`;
    const labels = (): Labels => ({
      txn_type: type,
      db: this.#db,
      reducer_or_query: reducer,
      table_id: String(table.id),
      table_name: table.name,
    });
    if (inserts > 0) this.#inserted.at(key, labels).value += inserts;
    if (deletes > 0) this.#deleted.at(key, labels).value += deletes;
  }

  /** How much later than its time a scheduled function began. */
  fired(name: string, seconds: number): void {
    this.#lateness.observe(name, () => ({ db: this.#db, function: name }), seconds);
  }

  crashed(reducer: string, moduleHash: string): void {
    const labels = (): Labels => ({ database_identity: this.#db, module_hash: moduleHash, reducer_symbol: reducer });
    this.#crashes.at(`${reducer} ${moduleHash}`, labels).value++;
  }

  snapshot(gauges: {
    tables: { id: number; name: string; rows: number }[];
    clients: number;
    querySets: number;
    logBytes: number;
  }): Metric[] {
    const db = this.#db;
    const counter = (name: string, series: Series): Metric => ({ name, kind: 'counter', samples: series.samples() });
    const gauge = (name: string, labels: Labels, value: number): Metric => ({
      name,
      kind: 'gauge',
      samples: [{ labels, value }],
    });
    return [
      counter('spacetime_num_txns_total', this.#transactions),
      this.#elapsed.metric('spacetime_txn_elapsed_time_sec'),
      this.#wait.metric('spacetime_reducer_wait_time_sec'),
      this.#total.metric('spacetime_reducer_plus_query_duration_sec'),
      this.#lateness.metric('spacetime_scheduled_function_delay_seconds'),
      counter('spacetime_num_rows_inserted_total', this.#inserted),
      counter('spacetime_num_rows_deleted_total', this.#deleted),
      counter('spacetime_worker_wasm_instance_errors_total', this.#crashes),
      {
        name: 'spacetime_num_table_rows',
        kind: 'gauge',
        samples: gauges.tables.map(({ id, name, rows }) => ({
          labels: { db, table_id: String(id), table_name: name },
          value: rows,
        })),
      },
      gauge('spacetime_worker_connected_clients', { database_identity: db }, gauges.clients),
      gauge('spacetime_subscription_sets', { database_identity: db }, gauges.querySets),
      gauge('spacetime_message_log_size_bytes', { db }, gauges.logBytes),
    ];
  }
}
