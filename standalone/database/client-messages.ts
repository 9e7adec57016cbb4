/** What a WebSocket client asks for, and what it is told. Source: reference "protocol" 2.6 and 2.7. */
import type { ClientMessage } from '../protocol/client-message.ts';
import {
  oneOffQueryError,
  oneOffQueryResult,
  type ProcedureOutcome,
  procedureResult,
  reducerResult,
  subscribeApplied,
  subscriptionError,
  unsubscribeApplied,
} from '../protocol/server-message.ts';
import { type DatabaseCore, now, type Socket } from './core.ts';
import type { TxnType } from './metrics.ts';
import { findProcedure, runProcedure } from './procedures/calls.ts';
import type { ProcedureLane } from './procedures/lane.ts';
import type { QueryCaller } from './query/access.ts';
import { beginCall, checkArguments, findReducer, runReducer } from './reducers.ts';
import { rowLimit } from './sql/variables.ts';
import type { Begin } from './steps.ts';
import { planQuery } from './subscriptions/query-plan.ts';

/** An execution error ends the connection with this text. */
export class ClientFault extends Error {}

type Message<Tag extends ClientMessage['tag']> = Extract<ClientMessage, { tag: Tag }>;

const isOwner = (core: DatabaseCore, identity: string): boolean => identity === core.options.ownerIdentity;

export const queryCaller = (core: DatabaseCore, identity: string): QueryCaller => ({
  identity,
  isOwner: isOwner(core, identity),
  view: (name) => core.views.table(name, identity, isOwner(core, identity)),
  rowLimit: isOwner(core, identity) ? undefined : rowLimit(core.catalog),
});

/** Times a transaction that only reads. */
function reading<T>(core: DatabaseCore, type: TxnType, run: () => T): T {
  const started = performance.now();
  const result = run();
  core.metrics.transacted({ type, reducer: '', committed: true, seconds: (performance.now() - started) / 1000 });
  return result;
}

/** Throws ClientFault when the set's number is taken. */
export function subscribe(core: DatabaseCore, client: Socket, message: Message<'Subscribe'>): void {
  const { socket, identity } = client;
  const { requestId, querySetId, queries } = message;
  if (core.subscriptions.has(socket, querySetId)) {
    throw new ClientFault(`Subscription with id ${querySetId} already exists for this client`);
  }
  reading(core, 'Subscribe', () => {
    const caller = queryCaller(core, identity);
    const rows = core.subscriptions.subscribe(socket, querySetId, queries, core.catalog, caller);
    core.reply(
      socket,
      rows.ok
        ? subscribeApplied(requestId, querySetId, rows.value)
        : subscriptionError(requestId, querySetId, rows.message),
    );
  });
}

export function unsubscribe(core: DatabaseCore, { socket }: Socket, message: Message<'Unsubscribe'>): void {
  const { requestId, querySetId, sendDroppedRows } = message;
  reading(core, 'Unsubscribe', () => {
    const removed = core.subscriptions.unsubscribe(socket, querySetId);
    core.reply(
      socket,
      removed
        ? unsubscribeApplied(requestId, querySetId, sendDroppedRows ? removed.rows() : undefined)
        : subscriptionError(requestId, querySetId, `Subscription not found: ${querySetId}`),
    );
  });
}

export function oneOffQuery(core: DatabaseCore, { socket, identity }: Socket, message: Message<'OneOffQuery'>): void {
  const { requestId, query } = message;
  reading(core, 'Sql', () => {
    const plans = planQuery(query, core.catalog, queryCaller(core, identity));
    core.reply(
      socket,
      plans.ok
        ? oneOffQueryResult(
            requestId,
            plans.value.map((plan) => ({ table: plan.table.def.name, rows: plan.initialRows() })),
          )
        : oneOffQueryError(requestId, `${plans.message}, executing: \`${query}\``),
    );
  });
}

/** `queuedAt`: `performance.now()` when the message came. */
export function callReducer(
  core: DatabaseCore,
  client: Socket & { sender: bigint; connection: bigint },
  message: Message<'CallReducer'>,
  queuedAt: number,
  begin: Begin,
): void {
  const { socket } = client;
  const { requestId } = message;
  const { program, catalog } = core;
  const internalError = (text: string): void =>
    core.reply(socket, reducerResult(requestId, now(), { tag: 'InternalError', message: text }));
  if (!program) {
    internalError('the database has no program');
    return;
  }
  const found = findReducer(catalog, message.reducer, isOwner(core, client.identity));
  if (!found.ok) {
    core.moduleLog.host('Error', badCall(message.reducer));
    internalError(found.message);
    return;
  }
  const valid = checkArguments(found.reducer, catalog, message.args);
  if (!valid.ok) {
    core.moduleLog.host('Error', `External attempt to call reducer "${message.reducer}" failed: ${valid.message}`);
    internalError(valid.message);
    return;
  }
  const started = performance.now();
  const call = begin(beginCall(core, program));
  const sender = { identity: client.sender, connection: client.connection };
  const result = runReducer(call, found.reducer, sender, message.args, { type: 'Reducer', caller: socket });
  const { timestamp } = result;
  if (result.ok) {
    const { offset, callerSets } = result.committed;
    core.outbox.push(socket, reducerResult(requestId, timestamp, { tag: 'Ok', sets: callerSets }), offset);
  } else {
    const tag = result.kind === 'refused' ? 'Err' : 'InternalError';
    core.reply(socket, reducerResult(requestId, timestamp, { tag, message: result.message }));
  }
  core.metrics.called(found.reducer.name, (started - queuedAt) / 1000, (performance.now() - started) / 1000);
}

export const badCall = (name: string): string =>
  `External attempt to call nonexistent reducer "${name}" failed. Have you run \`spacetime generate\` recently?`;

/** The procedure runs beside the queue; its answer comes when it is through. */
export function callProcedure(
  core: DatabaseCore,
  lane: ProcedureLane,
  client: Socket & { sender: bigint; connection: bigint },
  message: Message<'CallProcedure'>,
): void {
  const { socket, sender, connection } = client;
  const { requestId, args } = message;
  const started = now();
  const answer = (outcome: ProcedureOutcome): Uint8Array =>
    procedureResult(requestId, started, now() - started, outcome);
  const refused = (text: string): void => core.reply(socket, answer({ tag: 'InternalError', message: text }));
  const procedure = findProcedure(core.catalog, message.procedure, isOwner(core, client.identity));
  if (!procedure) {
    refused('no such procedure');
    return;
  }
  const valid = checkArguments(procedure, core.catalog, args);
  if (!valid.ok) {
    refused(valid.message);
    return;
  }
  void runProcedure(lane, procedure, { identity: sender, connection }, args).then((outcome) => {
    const result: ProcedureOutcome = outcome.ok
      ? { tag: 'Returned', value: outcome.value }
      : { tag: 'InternalError', message: outcome.message };
    core.outbox.push(socket, answer(result), outcome.offset);
  });
}
