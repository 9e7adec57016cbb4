/** HTTP requests that procedures make. Reference "module host" 2.9. */
import { lookup } from 'node:dns';
import { type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { BsatnError } from '../../../schema/bsatn.ts';
import { ArgumentError } from '../../host/syscalls/realm-host.ts';
import { errno, HostError } from '../datastore/errno.ts';
import { messageOf } from '../refusal.ts';
import { isBlocked } from './blocked-addresses.ts';
import { type Headers, type RequestHead, readRequestHead, writeResponseHead } from './http-head.ts';

export interface HttpRules {
  enabled: boolean;
  /** Lets requests reach servers on this machine; everything else that is private stays blocked. */
  allowLoopback: boolean;
}

const defaultTimeout = 30_000;
const longestTimeout = 180_000;
const mostRedirects = 10;
/** Bytes of a response's body. */
const largestBody = 256 * 1024 * 1024;

const blockedText = 'refusing to connect to private or special-purpose addresses';

/**
 * Sends a request (BSATN head, body) and gives the response (BSATN head, body), whatever its status. Rejects with
 * HostError 21 when there is none, and with ArgumentError when the head is malformed.
 */
export async function sendRequest(
  headBytes: Uint8Array,
  body: Uint8Array,
  rules: HttpRules,
  ended: AbortSignal,
): Promise<[Uint8Array, Uint8Array]> {
  const head = decodeHead(headBytes);
  if (!rules.enabled) throw new HostError(errno.httpError, 'module outbound HTTP requests are disabled');
  const timeout = Math.ceil(Math.min(Math.max(head.timeout ?? defaultTimeout, 0), longestTimeout));
  const signal = AbortSignal.any([ended, AbortSignal.timeout(timeout)]);
  try {
    return await follow(head, body, rules, signal);
  } catch (error) {
    const text = signal.aborted && !ended.aborted ? `the request took longer than ${timeout} ms` : messageOf(error);
    throw new HostError(errno.httpError, text);
  }
}

function decodeHead(bytes: Uint8Array): RequestHead {
  try {
    return readRequestHead(bytes);
  } catch (error) {
    if (error instanceof BsatnError) throw new ArgumentError(`the request's head cannot be read: ${error.message}`);
    throw error;
  }
}

async function follow(
  head: RequestHead,
  body: Uint8Array,
  rules: HttpRules,
  signal: AbortSignal,
): Promise<[Uint8Array, Uint8Array]> {
  let next = { method: head.method, headers: head.headers, body, url: parseUrl(head.uri) };
  for (let hops = 0; ; hops++) {
    const response = await send(next, rules, signal);
    const target = redirectTarget(response, next.url);
    if (!target) {
      const content = await readBody(response);
      const headers: Headers = [];
      const { rawHeaders } = response;
      for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
        headers.push([(rawHeaders[i] as string).toLowerCase(), rawHeaders[i + 1] as string]);
      }
      const status = response.statusCode ?? 0;
      return [writeResponseHead({ headers, version: response.httpVersion, status }), content];
    }
    response.destroy();
    if (hops >= mostRedirects) throw new Error(`too many redirects, the last one to ${shown(target)}`);
    next = redirected(next, response.statusCode ?? 0, target);
  }
}

interface Outgoing {
  method: string;
  headers: Headers;
  body: Uint8Array;
  url: URL;
}

function parseUrl(uri: string): URL {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new Error('the address is not an absolute http or https URL');
}

/** A URL as errors may show it: queries often hold keys. */
function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function redirectTarget({ statusCode, headers }: IncomingMessage, from: URL): URL | undefined {
  const isRedirect = statusCode !== undefined && [301, 302, 303, 307, 308].includes(statusCode);
  if (!isRedirect || headers.location === undefined || !URL.canParse(headers.location, from.href)) return undefined;
  const target = new URL(headers.location, from.href);
  return target.protocol === 'http:' || target.protocol === 'https:' ? target : undefined;
}

/** Secrets do not follow to another host. */
const secrets = new Set(['authorization', 'cookie', 'proxy-authorization', 'www-authenticate']);
const describesBody = /^content-|^transfer-encoding$/i;

function redirected({ method, headers, body, url }: Outgoing, status: number, target: URL): Outgoing {
  const sameHost = target.host === url.host && target.protocol === url.protocol;
  const kept = headers.filter(
    ([name]) => name.toLowerCase() !== 'host' && (sameHost || !secrets.has(name.toLowerCase())),
  );
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  if (!becomesGet) return { method, headers: kept, body, url: target };
  const bodiless = kept.filter(([name]) => !describesBody.test(name));
  return { method: 'GET', headers: bodiless, body: new Uint8Array(), url: target };
}

function send(
  { method, headers, body, url }: Outgoing,
  rules: HttpRules,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && isBlocked(host, rules.allowLoopback)) throw new Error(blockedText);
  // The host header comes from the URL, unless the module gives its own.
  const given = headers.some(([name]) => name.toLowerCase() === 'host') ? headers : [['host', url.host], ...headers];
  const mayNeedLength = body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method);
  const withLength = mayNeedLength && !given.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name ?? ''));
  const options: RequestOptions = {
    method,
    headers: [...given.flat(), ...(withLength ? ['content-length', String(body.length)] : [])],
    lookup: checkedLookup(rules),
    signal,
    // Connections that are kept would be kept for whoever asks next.
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestSecure : requestPlain;
    const outgoing = start(url, options, resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.message === blockedText ? error : new Error(`error sending request to ${shown(url)}: ${error.message}`),
      );
    });
    outgoing.end(body);
  });
}

/** Names are resolved once, and the addresses that are checked are the ones that are used. */
const checkedLookup =
  ({ allowLoopback }: HttpRules): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const allowed = addresses.filter(({ address }) => !isBlocked(address, allowLoopback));
      const [first] = allowed;
      if (!first) callback(new Error(blockedText), '', 0);
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Error(`the response is larger than ${largestBody} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
