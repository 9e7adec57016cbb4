/** Creating, updating, resetting and deleting databases. One change of a database at a time. */
import { randomUUID } from 'node:crypto';
import type { DatabaseRequests } from '../database/messages.ts';
import type { DatabaseRecord } from './control-database.ts';
import { databaseNameProblem, identityFromClaims, parseIdentity } from './identity.ts';
import { findDatabase, HttpProblem, requireOwner, type ServerContext } from './server-context.ts';
import { type Credentials, ISSUER } from './tokens.ts';
import { DatabaseUnavailable } from './worker-thread.ts';

export interface PublishRequest {
  /** Name or identity; undefined creates a database without a name. */
  target: string | undefined;
  program: Uint8Array;
  hostType: 'Wasm' | 'Js';
  clear: boolean;
  policy: 'Compatible' | 'BreakClients';
  migrationToken: string | undefined;
}

export interface PublishResult {
  Success: { domain: string | null; database_identity: string; op: 'created' | 'updated' };
}

/** Runs changes with the same key one after the other. */
export class ChangeQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, change: () => Promise<T>): Promise<T> {
    const previous = this.#last.get(key) ?? Promise.resolve();
    const mine = previous.then(change, change);
    this.#last.set(key, mine);
    const forget = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  }
}

/** Creates or updates a database. Resolves when everything is durable. Throws HttpProblem. */
export async function publish(
  context: ServerContext,
  caller: Credentials,
  request: PublishRequest,
): Promise<PublishResult> {
  const { control } = context;
  checkProgramKind(request.program, request.hostType);
  const existing = findTarget(context, request.target);
  if (request.policy === 'BreakClients' && request.migrationToken === undefined) {
    throw new HttpProblem(400, 'Migration policy is set to `BreakClients`, but no migration token was provided.');
  }
  if (!existing) return create(context, caller, request);
  requireOwner(existing, caller, 'update database');
  if (request.clear && existing.locked) {
    throw new HttpProblem(
      403,
      'Database is locked and cannot be reset with --delete-data. Run `spacetime unlock` first.',
    );
  }
  const reply = await runProgram(context, existing, request).catch(async (error: unknown) => {
    const broken = error instanceof DatabaseUnavailable && context.databases.get(existing).hosted.state === 'failed';
    if (!request.clear || !broken) throw error;
    await context.databases.setAside(existing);
    return runProgram(context, existing, request);
  });
  const programHash = await context.programs.put(request.program);
  await control.update(existing.identity, { programHash });
  const domain = parseIdentity(request.target ?? '') ? null : (request.target ?? null);
  return { Success: { domain, database_identity: existing.identity, op: reply.op } };
}

function findTarget({ control }: ServerContext, target: string | undefined): DatabaseRecord | undefined {
  if (target === undefined) return undefined;
  // An identity cannot be chosen: only databases that exist have one.
  if (parseIdentity(target)) return findDatabase(control, target);
  const problem = databaseNameProblem(target);
  if (problem) throw new HttpProblem(400, problem);
  return control.byName(target);
}

async function create(context: ServerContext, caller: Credentials, request: PublishRequest): Promise<PublishResult> {
  const { control, programs, databases } = context;
  const record = {
    identity: identityFromClaims(ISSUER, randomUUID()),
    owner: caller.identity,
    replicaId: await control.reserveReplica(),
  };
  try {
    await runProgram(context, record, { ...request, clear: false, policy: 'Compatible', migrationToken: undefined });
    const programHash = await programs.put(request.program);
    const names = request.target === undefined ? [] : [request.target];
    await control.add({ ...record, names, programHash, locked: false });
  } catch (error) {
    await databases.destroy(record.identity);
    throw error;
  }
  const domain = request.target ?? null;
  return { Success: { domain, database_identity: record.identity, op: 'created' } };
}

type PublishReply = Extract<DatabaseRequests['publish']['reply'], { ok: true }>;

async function runProgram(
  { databases }: ServerContext,
  record: Pick<DatabaseRecord, 'identity' | 'owner' | 'replicaId'>,
  { program, clear, policy, migrationToken }: PublishRequest,
): Promise<PublishReply> {
  const reply = await databases.get(record).hosted.request('publish', { program, clear, policy, migrationToken });
  if (!reply.ok) throw new HttpProblem(reply.status, reply.message);
  return reply;
}

/** The embedded server runs JavaScript; a program of another kind gets a sentence instead of a syntax error. */
export function checkProgramKind(program: Uint8Array, hostType: 'Wasm' | 'Js'): void {
  const isWasm = program[0] === 0 && program[1] === 0x61 && program[2] === 0x73 && program[3] === 0x6d;
  if (isWasm) {
    throw new HttpProblem(
      400,
      'Failed to create or update the database: the embedded server runs TypeScript modules only. ' +
        'For a module in Rust, C# or C++, install SpacetimeDB and publish to its server.',
    );
  }
  if (hostType === 'Wasm') {
    throw new HttpProblem(
      400,
      'Failed to create or update the database: the program is not WebAssembly. ' +
        'For a JavaScript bundle, add `host_type=Js` to the query.',
    );
  }
}

/** Removes a database with its data, and frees its names. Throws HttpProblem. */
export async function deleteDatabase(
  context: ServerContext,
  caller: Credentials,
  record: DatabaseRecord,
): Promise<void> {
  requireOwner(record, caller, 'delete database');
  if (record.locked) {
    throw new HttpProblem(403, 'Database is locked and cannot be deleted. Run `spacetime unlock` first.');
  }
  // The record first: files without a record are harmless, a record without files is a broken database.
  await context.control.remove(record.identity);
  context.databases.get(record);
  await context.databases.destroy(record.identity);
}
