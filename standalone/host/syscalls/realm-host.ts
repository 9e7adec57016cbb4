/**
 * The host side of the prelude: turns the calls of a JavaScript module into the core calls over bytes. Nothing is
 * thrown across; a failure is kept for `failureCode` and the call answers undefined.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { errno, HostError } from '../../database/datastore/errno.ts';
import type { RealmHost } from '../realm-prelude.ts';
import { type Mapping, moduleFrames } from '../stack-trace.ts';
import type { CallContext } from './call-context.ts';
import { ConsoleTimers } from './console-timers.ts';
import * as datastore from './datastore-calls.ts';
import { BufferTooSmall, RowIterators } from './iterators.ts';

/** Module log level of `console_timer_end`. */
const levelInfo = 2;

export function makeRealmHost(
  context: CallContext,
  map: Mapping | undefined,
): { calls: RealmHost; endCall: () => void } {
  const iterators = new RowIterators();
  const timers = new ConsoleTimers();
  let failure = { code: 0, text: '' };
  const guarded = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      failure = failureOf(error);
      if (failure.code === errno.hostCallFailure && !(error instanceof HostError)) context.fault ??= failure.text;
      return undefined;
    }
  };
  // The package works on one buffer nearly all the time, so its view is kept.
  let lastBuffer: ArrayBuffer | undefined;
  let lastView = Buffer.alloc(0);
  const view = (buffer: ArrayBuffer): Buffer => {
    if (buffer !== lastBuffer) {
      lastView = Buffer.from(buffer);
      lastBuffer = buffer;
    }
    return lastView;
  };
  const calls: RealmHost = {
    failureCode: () => failure.code,
    failureText: () => failure.text,
    ...textCalls,
    utf8Read: (source, offset, length, fatal) => guarded(() => readUtf8(source, offset, length, fatal)),
    tableId: (name) => guarded(() => datastore.tableIdFromName(context, name)),
    indexId: (name) => guarded(() => datastore.indexIdFromName(context, name)),
    rowCount: (table) => guarded(() => BigInt(datastore.rowCount(context, table))),
    scanTable: (table) => guarded(() => iterators.open(datastore.scanTable(context, table))),
    scanPoint: (index, buffer, length) =>
      guarded(() => iterators.open(datastore.scanPoint(context, index, view(buffer), length))),
    scanRange: (index, buffer, prefixLength, prefixElements, startLength, endLength) =>
      guarded(() => {
        const parts = { prefixLength, prefixElements, startLength, endLength };
        return iterators.open(datastore.scanRange(context, index, view(buffer), parts));
      }),
    deletePoint: (index, buffer, length) => guarded(() => datastore.deletePoint(context, index, view(buffer), length)),
    deleteRange: (index, buffer, prefixLength, prefixElements, startLength, endLength) =>
      guarded(() => {
        const parts = { prefixLength, prefixElements, startLength, endLength };
        return datastore.deleteRange(context, index, view(buffer), parts);
      }),
    advance: (iterator, buffer) => guarded(() => iterators.advance(iterator, view(buffer))),
    close: (iterator) =>
      guarded(() => {
        iterators.close(iterator);
        return 0;
      }),
    insert: (table, buffer, length) => guarded(() => datastore.insert(context, table, view(buffer), length)),
    update: (table, index, buffer, length) =>
      guarded(() => datastore.update(context, table, index, view(buffer), length)),
    deleteEqual: (table, buffer, length) => guarded(() => datastore.deleteEqual(context, table, view(buffer), length)),
    clear: (table) => guarded(() => BigInt(datastore.clear(context, table))),
    scheduleImmediate: (name, args, offset, length) =>
      guarded(() => {
        context.scheduleImmediate(name, new Uint8Array(Buffer.from(args, offset, length)));
        return 0;
      }),
    log: (level, message, stack) =>
      guarded(() => {
        // The innermost frame is the package's own console function.
        const caller = moduleFrames(stack, map)[1];
        context.log({ level, message, filename: caller?.file, lineNumber: caller?.line });
        return 0;
      }),
    timerStart: (name) => guarded(() => timers.start(name)),
    timerEnd: (timer) =>
      guarded(() => {
        context.log({ level: levelInfo, message: timers.end(timer), filename: undefined, lineNumber: undefined });
        return 0;
      }),
    identity: () => context.databaseIdentity,
    jwtPayload: (connection) =>
      guarded(() => {
        datastore.transactionOf(context);
        return context.jwtPayload(connection);
      }),
    ...procedureCalls(context, guarded),
  };
  const endCall = (): void => {
    iterators.endCall();
    timers.endCall();
  };
  return { calls, endCall };
}

/** Becomes a TypeError of the module's realm. */
export class ArgumentError extends Error {}

/** What else is thrown, such as an exhausted stack, may have left a change half-way. */
export function failureOf(error: unknown): { code: number; text: string } {
  if (error instanceof HostError) return { code: error.code, text: error.message };
  if (error instanceof BufferTooSmall) return { code: -error.needed, text: '' };
  if (error instanceof ArgumentError) return { code: 0, text: error.message };
  return { code: errno.hostCallFailure, text: error instanceof Error ? error.message : String(error) };
}

export const textCalls = {
  utf8Length: (text: string): number => Buffer.byteLength(text),
  utf8Write: (text: string, target: ArrayBuffer, offset: number): void => {
    const bytes = Buffer.from(target);
    bytes.write(text, offset, bytes.length - offset, 'utf8');
  },
};

export function readUtf8(source: ArrayBuffer, offset: number, length: number, fatal: boolean): string {
  const bytes = Buffer.from(source, offset, length);
  if (fatal && !isUtf8(bytes)) throw new ArgumentError('The encoded data was not valid for encoding utf-8');
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return bytes.toString('utf8', start);
}

type ProcedureCallName =
  | 'startTransaction'
  | 'commitTransaction'
  | 'abortTransaction'
  | 'httpRequest'
  | 'httpBodySize'
  | 'httpTake';

/** Here an open transaction is never a procedure's, for those run in threads of their own. Reference "module host" 2.7. */
function procedureCalls(
  context: CallContext,
  guarded: <T>(run: () => T) => T | undefined,
): Pick<RealmHost, ProcedureCallName> {
  const blocking = (what: string): never => {
    if (context.transaction) throw new HostError(errno.wouldBlockTransaction);
    throw new HostError(errno.hostCallFailure, `${what} is only possible in a procedure`);
  };
  const ending = (): never => {
    datastore.transactionOf(context);
    throw new HostError(errno.transactionNotAnonymous);
  };
  return {
    startTransaction: () => guarded(() => blocking('starting a transaction')),
    commitTransaction: () => guarded(ending),
    abortTransaction: () => guarded(ending),
    httpRequest: () => guarded(() => blocking('an HTTP request')),
    httpBodySize: () => 0,
    httpTake: () => undefined,
  };
}
