/**
 * The host side of the prelude in a procedure's thread. Text, console and iterators are served here; whatever needs
 * the data is asked of the database's thread, and this thread sleeps until the answer comes. Reference "module host" 2.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { RealmHost } from '../../host/realm-prelude.ts';
import { type Mapping, moduleFrames } from '../../host/stack-trace.ts';
import type { CallContext } from '../../host/syscalls/call-context.ts';
import { ConsoleTimers } from '../../host/syscalls/console-timers.ts';
import { RowIterators } from '../../host/syscalls/iterators.ts';
import { failureOf, readUtf8, textCalls } from '../../host/syscalls/realm-host.ts';
import type { RemoteAnswer, RemoteCallName, RemoteCalls } from './messages.ts';

/** Asks the database's thread. Throws RemoteFailure. */
export type Ask = <N extends RemoteCallName>(
  name: N,
  ...args: Parameters<RemoteCalls[N]>
) => Awaited<ReturnType<RemoteCalls[N]>>;

class RemoteFailure extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/** `signal` grows before each answer is looked for. */
export function makeAsk(port: MessagePort, signal: Int32Array<SharedArrayBuffer>): Ask {
  return (name, ...args) => {
    const before = Atomics.load(signal, 0);
    port.postMessage({ name, args });
    for (;;) {
      Atomics.wait(signal, 0, before);
      const received: { message: RemoteAnswer } | undefined = receiveMessageOnPort(port);
      if (!received) continue;
      const answer = received.message;
      if (!answer.ok) throw new RemoteFailure(answer.code, answer.text);
      // The answer to a name has the type of that name; the port cannot say so.
      return answer.value as never;
    }
  };
}

const levelInfo = 2;

const copyOf = (buffer: ArrayBuffer, offset: number, length: number): Uint8Array =>
  new Uint8Array(Buffer.from(buffer, offset, length));

export function makeRemoteHost(
  ask: Ask,
  context: CallContext,
  map: Mapping | undefined,
): { calls: RealmHost; endCall: () => void } {
  const iterators = new RowIterators();
  const timers = new ConsoleTimers();
  let failure = { code: 0, text: '' };
  let response: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];
  const guarded = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      failure = error instanceof RemoteFailure ? { code: error.code, text: error.message } : failureOf(error);
      return undefined;
    }
  };
  const nothing = (run: () => void): 0 | undefined =>
    guarded(() => {
      run();
      return 0;
    });
  /** Generated columns take the place of the row's first bytes. */
  const fill = (buffer: ArrayBuffer, generated: Uint8Array): number => {
    Buffer.from(buffer).set(generated, 0);
    return generated.length;
  };
  const calls: RealmHost = {
    failureCode: () => failure.code,
    failureText: () => failure.text,
    ...textCalls,
    utf8Read: (source, offset, length, fatal) => guarded(() => readUtf8(source, offset, length, fatal)),
    tableId: (name) => guarded(() => ask('tableId', name)),
    indexId: (name) => guarded(() => ask('indexId', name)),
    rowCount: (table) => guarded(() => BigInt(ask('rowCount', table))),
    scanTable: (table) => guarded(() => iterators.open(ask('scanTable', table))),
    scanPoint: (index, buffer, length) =>
      guarded(() => iterators.open(ask('scanPoint', index, copyOf(buffer, 0, length)))),
    scanRange: (index, buffer, prefixLength, prefixElements, startLength, endLength) =>
      guarded(() => {
        const bytes = copyOf(buffer, 0, prefixLength + startLength + endLength);
        return iterators.open(ask('scanRange', index, bytes, { prefixLength, prefixElements, startLength, endLength }));
      }),
    deletePoint: (index, buffer, length) => guarded(() => ask('deletePoint', index, copyOf(buffer, 0, length))),
    deleteRange: (index, buffer, prefixLength, prefixElements, startLength, endLength) =>
      guarded(() => {
        const bytes = copyOf(buffer, 0, prefixLength + startLength + endLength);
        return ask('deleteRange', index, bytes, { prefixLength, prefixElements, startLength, endLength });
      }),
    advance: (iterator, buffer) => guarded(() => iterators.advance(iterator, Buffer.from(buffer))),
    close: (iterator) => nothing(() => iterators.close(iterator)),
    insert: (table, buffer, length) => guarded(() => fill(buffer, ask('insert', table, copyOf(buffer, 0, length)))),
    update: (table, index, buffer, length) =>
      guarded(() => fill(buffer, ask('update', table, index, copyOf(buffer, 0, length)))),
    deleteEqual: (table, buffer, length) => guarded(() => ask('deleteEqual', table, copyOf(buffer, 0, length))),
    clear: (table) => guarded(() => BigInt(ask('clear', table))),
    scheduleImmediate: (name, args, offset, length) =>
      nothing(() => ask('scheduleImmediate', name, copyOf(args, offset, length))),
    log: (level, message, stack) =>
      nothing(() => {
        // The innermost frame is the package's own console function.
        const caller = moduleFrames(stack, map)[1];
        context.log({ level, message, filename: caller?.file, lineNumber: caller?.line });
      }),
    timerStart: (name) => guarded(() => timers.start(name)),
    timerEnd: (timer) =>
      nothing(() =>
        context.log({ level: levelInfo, message: timers.end(timer), filename: undefined, lineNumber: undefined }),
      ),
    identity: () => context.databaseIdentity,
    jwtPayload: (connection) => guarded(() => ask('jwtPayload', connection)),
    startTransaction: () => guarded(() => ask('startTransaction')),
    commitTransaction: () => nothing(() => ask('commitTransaction')),
    abortTransaction: () => nothing(() => ask('abortTransaction')),
    httpRequest: (head, headOffset, headLength, body, bodyOffset, bodyLength) =>
      guarded(() => {
        response = ask('httpRequest', copyOf(head, headOffset, headLength), copyOf(body, bodyOffset, bodyLength));
        return response[0].length;
      }),
    httpBodySize: () => response[1].length,
    httpTake: (head, body) => {
      Buffer.from(head).set(response[0], 0);
      Buffer.from(body).set(response[1], 0);
      response = [new Uint8Array(), new Uint8Array()];
    },
  };
  const endCall = (): void => {
    iterators.endCall();
    timers.endCall();
  };
  return { calls, endCall };
}
