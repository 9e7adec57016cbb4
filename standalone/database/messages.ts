/**
 * Everything that crosses between the server thread (HTTP, sockets) and a database worker (one thread per database,
 * one queue, serializable by construction). A request is answered by exactly one reply with the same id, in order
 * of completion; events are not answered. All values survive structured clone.
 *
 * Identities are 64 lower-case hex digits, connection ids 32 (both big-endian, as in the HTTP API).
 */

/** Given as workerData when the thread starts. */
export interface DatabaseWorkerOptions {
  databaseIdentity: string;
  ownerIdentity: string;
  /** Folder for the commit log of this database; undefined keeps everything in memory. */
  directory: string | undefined;
  /** Milliseconds that one call of module code may take before it is stopped; 60 000 when absent. */
  callLimit?: number;
  /** What HTTP requests of procedures may do; absent, they reach public addresses only. */
  http?: { enabled: boolean; allowLoopback: boolean };
  /** Other rules than the usual ones for when snapshots are written. */
  snapshots?: Partial<SnapshotRules>;
}

export interface SnapshotRules {
  /** Bytes of log after which a busy database writes a snapshot, at least. */
  busyBytes: number;
  /** Bytes of log that are worth a snapshot when nothing happens. */
  quietBytes: number;
  /** Milliseconds without a transaction that count as quiet. */
  quietTime: number;
  /** Bytes of old log that are kept although snapshots hold what is in it. */
  keepLogBytes: number;
}

export interface Caller {
  identity: string;
  connectionId: string;
}

/** A WebSocket as the worker sees it. `socket` numbers are chosen by the server thread and never reused. */
export interface SocketOptions {
  socket: number;
  /** `v3` frames may hold several messages, `v2` frames hold one. */
  protocol: 'v2' | 'v3';
  compression: 'None' | 'Gzip' | 'Brotli';
  /** Hold messages of a transaction until it is durable. */
  confirmed: boolean;
  /** The token that InitialConnection repeats to the client. */
  token: string;
}

export type Refusal = {
  ok: false;
  /** HTTP status that fits the refusal (400, 403, 404, 500, 530 ...). */
  status: number;
  message: string;
};

export type PrePublishOutcome =
  | { ok: true; kind: 'AutoMigrate'; plan: string; breaksClients: boolean; token: string }
  | { ok: true; kind: 'ManualMigrate'; reason: string };

export interface DatabaseRequests {
  /** First call after the thread started: replays the commit log and loads the program stored in it, if any. */
  open: { args: Record<string, never>; reply: { ok: true; hasProgram: boolean } | Refusal };
  /** Creates the schema and runs `init`, or migrates. `clear` empties the database first. Replies when durable. */
  publish: {
    args: {
      program: Uint8Array;
      clear: boolean;
      policy: 'Compatible' | 'BreakClients';
      migrationToken: string | undefined;
    };
    reply: { ok: true; op: 'created' | 'updated' } | Refusal;
  };
  prePublish: { args: { program: Uint8Array }; reply: PrePublishOutcome | Refusal };
  /** Runs the connect hook. With `socket`, InitialConnection is sent on success. */
  connect: {
    args: Caller & { jwtPayload: string; socket: SocketOptions | undefined };
    reply: { ok: true } | Refusal;
  };
  /** Ends subscriptions and runs the disconnect hook; unknown connections are ignored. */
  disconnect: { args: Caller & { socket: number | undefined }; reply: { ok: true } };
  /** HTTP call of a reducer, else a procedure. `argsJson` is a JSON array or object. The caller has connected. */
  call: {
    args: Caller & { name: string; argsJson: string };
    reply: { ok: true; json: string | undefined; durationMicros: number } | Refusal;
  };
  /** A request for one of the module's own HTTP handlers. `path` is what follows `route`, header values are latin1. */
  route: {
    args: {
      method: string;
      path: string;
      /** Absolute, as the client wrote it. */
      uri: string;
      headers: [name: string, value: string][];
      /** Such as `1.1`. */
      version: string;
      body: Uint8Array;
    };
    reply: { ok: true; status: number; headers: [name: string, value: string][]; body: Uint8Array } | Refusal;
  };
  /** The raw module definition, version 10 JSON text as the schema route returns it. */
  schema: { args: Record<string, never>; reply: { ok: true; json: string } | Refusal };
  /** One SQL statement, for HTTP. Replies when what it read or wrote is durable, unless `confirmed` is false. */
  sql: {
    args: Caller & { query: string; confirmed?: boolean };
    reply: { ok: true; json: string; durationMicros: number } | Refusal;
  };
  metrics: { args: Record<string, never>; reply: { ok: true; metrics: Metric[] } };
  /** Replies when everything received before has been done; the server holds back clients that send faster than that. */
  drained: { args: Record<string, never>; reply: { ok: true } };
  /** Flushes and syncs the log; the thread can be ended afterwards. */
  close: { args: Record<string, never>; reply: { ok: true } };
}

export type RequestName = keyof DatabaseRequests;
export type RequestArgs<N extends RequestName> = DatabaseRequests[N]['args'];
export type RequestReply<N extends RequestName> = DatabaseRequests[N]['reply'];

export type ToWorker =
  | { [N in RequestName]: { kind: 'request'; id: number; name: N; args: RequestArgs<N> } }[RequestName]
  /** One frame received from a client; binary payload without any tag byte. */
  | { kind: 'clientFrame'; socket: number; data: Uint8Array };

export interface OutgoingFrame {
  socket: number;
  /** Complete WebSocket payload: compression tag byte, then one or more messages. */
  data: Uint8Array;
}

export type LogLevel = 'Error' | 'Warn' | 'Info' | 'Debug' | 'Trace' | 'Panic';

/** One line of the module log, keys as in the HTTP API; absent ones are undefined. */
export interface LogRecord {
  level: LogLevel;
  /** Microseconds since the Unix epoch. */
  ts: number;
  target: string | undefined;
  filename: string | undefined;
  line_number: number | undefined;
  function: string | undefined;
  message: string;
}

export type FromWorker =
  | { kind: 'reply'; id: number; reply: RequestReply<RequestName> }
  /** In send order; batched so that one thread hop carries many frames. */
  | { kind: 'frames'; frames: OutgoingFrame[] }
  | { kind: 'closeSocket'; socket: number; code: number; reason: string }
  | { kind: 'log'; records: LogRecord[] };

/** One Prometheus series with its samples; names and labels as in the reference "protocol" 1.10. */
export type Metric =
  | { name: string; kind: 'counter' | 'gauge'; samples: { labels: Record<string, string>; value: number }[] }
  | { name: string; kind: 'histogram'; buckets: number[]; samples: HistogramSample[] };

export interface HistogramSample {
  labels: Record<string, string>;
  /** Count per bucket (not cumulative), one more than `buckets` for the rest. */
  counts: number[];
  sum: number;
}
