/** Running reducers: one call is one transaction. Source: reference "module host" 6.2. */

import { BsatnError, encodeValue } from '../../schema/bsatn.ts';
import type { Procedure, Reducer } from '../../schema/module-def.ts';
import { fail, ok, type Result } from '../../schema/result.ts';
import { parseJson, valueFromJson } from '../../schema/sats-json.ts';
import type { InvocationResult } from '../host/instance.ts';
import { type Committed, type DatabaseCore, now, type Program } from './core.ts';
import type { Catalog } from './datastore/catalog.ts';
import { LayoutCompiler, type Skipper } from './datastore/row-layout.ts';
import type { Transaction } from './datastore/transaction.ts';
import type { TxnType } from './metrics.ts';
import { ViewFailure } from './views/view-failure.ts';

/** What callers see when a reducer fails for another reason than a SenderError; the log has the rest. */
export const fatalErrorText = 'The instance encountered a fatal error.';

export interface Sender {
  identity: bigint;
  /** 0n for none. */
  connection: bigint;
}

export interface RunningCall {
  core: DatabaseCore;
  program: Program;
  catalog: Catalog;
  transaction: Transaction;
  timestamp: bigint;
}

export function beginCall(core: DatabaseCore, program: Program, catalog = core.catalog): RunningCall {
  return { core, program, catalog, transaction: core.begin(), timestamp: now() };
}

/** Runs a reducer within the transaction of `call`; commits nothing, undoes nothing. Logs a failure. */
export function invoke(call: RunningCall, reducer: Reducer, sender: Sender, args: Uint8Array): InvocationResult {
  const { core, program, catalog, transaction, timestamp } = call;
  const { instance } = program;
  const { context } = instance;
  context.catalog = catalog;
  context.transaction = transaction;
  context.functionName = reducer.name;
  try {
    let result = instance.callReducer({
      id: reducer.id,
      sender: sender.identity,
      connection: sender.connection,
      timestamp,
      args,
    });
    if (context.fault !== undefined) {
      transaction.damaged();
      result = {
        outcome: 'failed',
        message: context.fault,
        report: `A call into the host broke off: ${context.fault}`,
      };
    }
    if (result.outcome === 'failed') reportFailure(core, program, reducer.name, result.report);
    return result;
  } finally {
    leaveModule(program);
  }
}

/** Takes the transaction away from module code; also after it was stopped by force. */
export function leaveModule({ instance }: Program): void {
  instance.context.transaction = undefined;
  instance.context.functionName = undefined;
  instance.context.fault = undefined;
  instance.context.reads = undefined;
  instance.endCall();
}

export function reportFailure(core: DatabaseCore, program: Program, reducer: string, report: string): void {
  core.moduleLog.module({ level: 101, message: report, filename: undefined, lineNumber: undefined }, reducer);
  core.metrics.crashed(reducer, program.hash);
}

export type CallResult =
  | { ok: true; committed: Committed; timestamp: bigint }
  /** `kind` says whose fault it is, `message` is for the caller. */
  | { ok: false; kind: 'refused' | 'failed'; message: string; timestamp: bigint };

export interface CallOptions {
  type: TxnType;
  caller?: number;
}

/** One whole call: transaction, reducer, commit or rollback, metrics. */
export function runReducer(
  call: RunningCall,
  reducer: Reducer,
  sender: Sender,
  args: Uint8Array,
  options: CallOptions,
): CallResult {
  const { core, transaction, timestamp } = call;
  const started = performance.now();
  const result = invoke(call, reducer, sender, args);
  const seconds = (performance.now() - started) / 1000;
  const committed = result.outcome === 'returned';
  core.metrics.transacted({ type: options.type, reducer: reducer.name, committed, seconds });
  if (committed) {
    try {
      const outcome = core.commit(transaction, { ...options, reducer: reducer.name, timestamp });
      return { ok: true, committed: outcome, timestamp };
    } catch (error) {
      if (!(error instanceof ViewFailure)) throw error;
    }
    transaction.rollback();
    return { ok: false, kind: 'failed', message: fatalErrorText, timestamp };
  }
  transaction.rollback();
  if (result.outcome === 'refused') return { ok: false, kind: 'refused', message: result.message, timestamp };
  return { ok: false, kind: 'failed', message: fatalErrorText, timestamp };
}

/**
 * After a call was stopped by the time limit: undoes it, and gives the module a new realm, because the old one may be
 * in the middle of anything. Returns the text for the caller. Throws when the commit itself was cut; then only the log
 * knows the truth, and the database must be opened again from it.
 */
export function abandonCall(call: RunningCall, reducer: string, limit: number): string {
  const { core, program, transaction } = call;
  if (transaction.phase !== 'open') throw new Error(`The commit of reducer ${reducer} was cut off`);
  leaveModule(program);
  core.views.callStopped();
  transaction.damaged();
  transaction.rollback();
  const message = `The reducer ${reducer} ran longer than ${limit / 1000} s and was stopped; its changes were undone. Look for a loop that does not end.`;
  reportFailure(core, program, reducer, message);
  core.metrics.transacted({ type: 'Reducer', reducer, committed: false, seconds: limit / 1000 });
  renewInstance(program);
  return message;
}

export function renewInstance(program: Program): void {
  const renewed = program.instance.renew();
  if (!renewed.ok) throw new Error(`The module could not be loaded again: ${renewed.message}`);
  program.instance = renewed.value;
}

/** After module code that went on behind an `await` was stopped by the time limit; no transaction was open. */
export function abandonLeftovers({ program, moduleLog }: DatabaseCore, limit: number): void {
  moduleLog.host(
    'Error',
    `Code of the module that went on after its function had returned ran longer than ${limit / 1000} s and was stopped. Reducers must do all their work before they return.`,
  );
  if (program) renewInstance(program);
}

export type FoundReducer = { ok: true; reducer: Reducer } | { ok: false; status: 400 | 404; message: string };

/** The reducer that a client means. Private ones are there for the owner only. */
export function findReducer(catalog: Catalog, name: string, isOwner: boolean): FoundReducer {
  const reducer = reducersByName(catalog).get(name);
  if (!reducer || (reducer.visibility === 'Private' && !reducer.lifecycle && !isOwner)) {
    return { ok: false, status: 404, message: 'no such reducer' };
  }
  if (reducer.lifecycle) {
    const message = `can't directly call special ${reducer.lifecycle} lifecycle reducer`;
    return { ok: false, status: 400, message };
  }
  return { ok: true, reducer };
}

const reducerMaps = new WeakMap<Catalog, Map<string, Reducer>>();

function reducersByName(catalog: Catalog): Map<string, Reducer> {
  let map = reducerMaps.get(catalog);
  if (!map) {
    map = new Map(catalog.module.reducers.map((reducer) => [reducer.name, reducer]));
    reducerMaps.set(catalog, map);
  }
  return map;
}

type Callable = Reducer | Procedure;

const argumentChecks = new WeakMap<Callable, Skipper>();

/** Whether bytes are the parameters of a reducer or procedure; bytes after them are ignored. */
export function checkArguments(callable: Callable, catalog: Catalog, args: Uint8Array): Result<undefined> {
  let check = argumentChecks.get(callable);
  if (!check) {
    check = new LayoutCompiler(catalog.module.typespace).skipper({ tag: 'Product', elements: callable.params });
    argumentChecks.set(callable, check);
  }
  try {
    const bytes = Buffer.from(args.buffer as ArrayBuffer, args.byteOffset, args.byteLength);
    check({ bytes, offset: 0, end: bytes.length });
    return ok(undefined);
  } catch (error) {
    if (error instanceof BsatnError) return fail(invalidArguments(callable, error.message));
    throw error;
  }
}

const invalidArguments = (callable: Callable, why: string): string =>
  `invalid arguments for ${'returnType' in callable ? 'procedure' : 'reducer'} ${callable.name}: ${why}`;

/** JSON arguments to BSATN: an array by position, or an object by the parameter names of the source or canonical ones. */
export function argumentsFromJson(
  callable: Callable,
  program: Program,
  catalog: Catalog,
  json: string,
): Result<Uint8Array> {
  const parsed = parseJson(json);
  if (!parsed.ok) return fail(invalidArguments(callable, parsed.message));
  const { typespace } = catalog.module;
  const canonical = { tag: 'Product' as const, elements: callable.params };
  const value = valueFromJson(canonical, parsed.value, typespace);
  if (value.ok) return encodeArguments(callable, encodeValue(canonical, value.value, typespace));
  const { definition } = program;
  const definitions = 'returnType' in callable ? definition.procedures : definition.reducers;
  const source = { tag: 'Product' as const, elements: definitions[callable.id]?.params ?? [] };
  const bySource = valueFromJson(source, parsed.value, definition.typespace);
  if (!bySource.ok) return fail(invalidArguments(callable, value.message));
  return encodeArguments(callable, encodeValue(source, bySource.value, definition.typespace));
}

const encodeArguments = (callable: Callable, encoded: Result<Uint8Array>): Result<Uint8Array> =>
  encoded.ok ? encoded : fail(invalidArguments(callable, encoded.message));

export const lifecycleReducer = (catalog: Catalog, lifecycle: Reducer['lifecycle']): Reducer | undefined =>
  catalog.module.reducers.find((reducer) => reducer.lifecycle === lifecycle);
