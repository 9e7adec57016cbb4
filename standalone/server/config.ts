/** `config.toml` of the data directory: the settings that this server honours. Source: reference "protocol" 7.3. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, type TomlTable } from 'smol-toml';
import { messageOf } from './node-error.ts';

export interface WebSocketConfig {
  pingIntervalMs: number;
  idleTimeoutMs: number;
  closeTimeoutMs: number;
}

export interface ServerConfig {
  websocket: WebSocketConfig;
  /** HTTP requests that procedures make. */
  moduleHttp: { enabled: boolean; allowLoopback: boolean };
  keys: { privateFile: string | undefined; publicFile: string | undefined };
}

const DEFAULT_TEXT = `# Settings of the SpacetimeDB server that keeps its data in this folder. Read when it starts.

[websocket]
# How often an idle client is pinged.
ping-interval = "15s"
# A client that sends nothing, not even an answer to a ping, is dropped after this time.
idle-timeout = "30s"
# How long a client may take to answer the closing of its connection.
close-handshake-timeout = "250ms"

[module-http]
# Whether procedures may make HTTP requests.
enabled = true
# Whether such requests may reach servers on this machine. Other private addresses stay closed.
allow-loopback = false

# [certificate-authority]
# jwt-priv-key-path = "/path/to/id_ecdsa"
# jwt-pub-key-path = "/path/to/id_ecdsa.pub"
`;

/** Reads the settings, writing the defaults when there is no file. Throws, naming file and key, on a bad one. */
export function loadConfig(file: string): ServerConfig {
  if (!existsSync(file)) writeFileSync(file, DEFAULT_TEXT);
  try {
    return readConfig(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(
      `${file} cannot be used: ${messageOf(error)}. Correct it, or remove the file to get the defaults back.`,
    );
  }
}

function readConfig(toml: TomlTable): ServerConfig {
  const websocket = section(toml, 'websocket');
  const moduleHttp = section(toml, 'module-http');
  const authority = section(toml, 'certificate-authority');
  return {
    websocket: {
      pingIntervalMs: duration(websocket, 'ping-interval', 15_000),
      idleTimeoutMs: duration(websocket, 'idle-timeout', 30_000),
      closeTimeoutMs: duration(websocket, 'close-handshake-timeout', 250),
    },
    moduleHttp: {
      enabled: flag(moduleHttp, 'enabled', true),
      allowLoopback: flag(moduleHttp, 'allow-loopback', false),
    },
    keys: { privateFile: text(authority, 'jwt-priv-key-path'), publicFile: text(authority, 'jwt-pub-key-path') },
  };
}

function section(toml: TomlTable, name: string): TomlTable {
  const value = toml[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Date) {
    throw new Error(`\`${name}\` must be a section`);
  }
  return value;
}

function text(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(`\`${key}\` must be a text`);
}

function flag(table: TomlTable, key: string, fallback: boolean): boolean {
  const value = table[key] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw new Error(`\`${key}\` must be true or false`);
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** Milliseconds of a text as `250ms`, `15s`, `1m 30s`. */
export function parseDuration(words: string): number | undefined {
  if (!/^\s*(\d+\s*[a-z]+\s*)+$/.test(words)) return undefined;
  let total = 0;
  for (const [, amount, unit] of words.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const factor = UNITS[unit ?? ''];
    if (factor === undefined) return undefined;
    total += Number(amount) * factor;
  }
  return total;
}

function duration(table: TomlTable, key: string, fallback: number): number {
  const words = text(table, key);
  if (words === undefined) return fallback;
  const milliseconds = parseDuration(words);
  if (!milliseconds) throw new Error(`\`${key}\` must be a duration above zero, as "15s" or "250ms", not "${words}"`);
  return milliseconds;
}
