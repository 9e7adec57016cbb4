/** Which server a module belongs to: the setting, else spacetime.json, else the local one. */
import { fail, ok, type Result } from '../../schema/result.ts';

export interface ServerTarget {
  /** Without a slash at the end. */
  url: string;
  /** Whether this window may start it when nothing answers there. */
  startable: boolean;
}

const localUrl = 'http://127.0.0.1:3000';
const wellKnown: ReadonlyMap<string, string> = new Map([
  ['local', localUrl],
  ['maincloud', 'https://maincloud.spacetimedb.com'],
]);

/**
 * `nicknames` are those of the command line; they win over the two well-known ones.
 * Fails with the name that nobody knows.
 */
export function resolveTarget(
  setting: string,
  configured: string | undefined,
  nicknames: ReadonlyMap<string, string>,
): Result<ServerTarget> {
  const name = setting.trim() || configured || 'local';
  const url = nicknames.get(name) ?? wellKnown.get(name) ?? urlOf(name);
  if (url === undefined) return fail(name);
  return ok({ url, startable: isLoopback(url) });
}

function urlOf(name: string): string | undefined {
  const text = /^https?:\/\//i.test(name)
    ? name
    : /^[\w.-]+:\d+$|^\[.*\]:\d+$/.test(name)
      ? withScheme(name)
      : undefined;
  if (text === undefined || !URL.canParse(text)) return undefined;
  return new URL(text).origin;
}

const withScheme = (host: string): string => (isLoopback(`http://${host}`) ? `http://${host}` : `https://${host}`);

/** Whether a URL means this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
