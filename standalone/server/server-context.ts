/** What the HTTP routes work with. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ControlDatabase, DatabaseRecord } from './control-database.ts';
import type { DatabaseRegistry, RunningDatabase } from './database-registry.ts';
import { parseIdentity } from './identity.ts';
import type { SigningKeys } from './keys.ts';
import type { ProgramStore } from './program-store.ts';
import type { ServerLogger } from './server-log.ts';
import type { SocketGateway } from './socket-gateway.ts';
import type { Credentials, TokenAuthority } from './tokens.ts';

export interface ServerContext {
  keys: SigningKeys;
  tokens: TokenAuthority;
  control: ControlDatabase;
  programs: ProgramStore;
  databases: DatabaseRegistry;
  sockets: SocketGateway;
  logger: ServerLogger;
}

/** Hono environment of the routes: `caller` is set wherever credentials are read. */
export interface Env {
  Variables: { caller: Credentials };
}

/** Ends a request with a status and a plain text, or JSON where the API has it. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly json: unknown;

  constructor(status: number, message: string, json?: unknown) {
    super(message);
    this.status = status;
    this.json = json;
  }
}

/** A JSON response; the type has no charset, because the command line compares it literally. */
export const jsonText = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json' } });

export const json = (value: unknown, status = 200): Response => jsonText(JSON.stringify(value), status);

export const plainText = (c: Context, text: string, status: number): Response =>
  c.text(text, status as ContentfulStatusCode);

/** The database of a name or an identity. Throws 404. */
export function findDatabase(control: ControlDatabase, nameOrIdentity: string): DatabaseRecord {
  const identity = parseIdentity(nameOrIdentity);
  const record = identity === undefined ? control.byName(nameOrIdentity) : control.byIdentity(identity);
  if (record) return record;
  throw new HttpProblem(404, identity === undefined ? `\`${nameOrIdentity}\` not found` : 'No such database.');
}

/** Throws 403 for everybody but the owner. `action` continues the sentence: "update database". */
export function requireOwner(record: DatabaseRecord, caller: Credentials, action: string): void {
  if (record.owner === caller.identity) return;
  throw new HttpProblem(
    403,
    `${caller.identity} is not authorized to perform action on database ${record.identity}: ${action}`,
  );
}

/** The running database of a path parameter. */
export const openDatabase = (context: ServerContext, nameOrIdentity: string): RunningDatabase =>
  context.databases.get(findDatabase(context.control, nameOrIdentity));

/** Reads `true` or `false` from the query; anything else is 400. */
export function queryFlag(c: Context, name: string, fallback: boolean): boolean {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  if (text === 'true' || text === 'false') return text === 'true';
  throw badQuery(`${name}: provided string was not \`true\` or \`false\``);
}

/** Reads one of the given words from the query. */
export function queryWord<W extends string>(c: Context, name: string, words: readonly W[], fallback: W): W {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw badQuery(`${name}: unknown variant \`${text}\`, expected ${words.map((w) => `\`${w}\``).join(' or ')}`);
}

export const badQuery = (what: string): HttpProblem =>
  new HttpProblem(400, `Failed to deserialize query string: ${what}`);
