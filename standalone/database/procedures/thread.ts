/** A thread that runs procedures and HTTP handlers, one at a time, in an instance of the module of its own. */
import type { MessagePort } from 'node:worker_threads';
import { loadAgain, type ModuleInstance, type ValueResult } from '../../host/instance.ts';
import type { CallContext } from '../../host/syscalls/call-context.ts';
import { messageOf } from '../refusal.ts';
import type { FromProcedureThread, FunctionCall, ProcedureThreadData } from './messages.ts';
import { makeAsk, makeRemoteHost } from './remote-host.ts';

const levelError = 0;

/** Loads the module and answers the calls that come through `parent`. */
export function runProcedureThread(data: ProcedureThreadData, parent: MessagePort): void {
  const send = (message: FromProcedureThread): void => parent.postMessage(message);
  const ask = makeAsk(data.syscalls, new Int32Array(data.signal));
  const context: CallContext = {
    catalog: undefined,
    transaction: undefined,
    databaseIdentity: data.databaseIdentity,
    functionName: undefined,
    fault: undefined,
    jwtPayload: (connection) => ask('jwtPayload', connection),
    log: (line) => send({ kind: 'log', line, functionName: context.functionName }),
    scheduleImmediate: (name, args) => ask('scheduleImmediate', name, args),
  };
  process.on('unhandledRejection', (reason) => {
    const message = `An asynchronous function of the module failed: ${messageOf(reason)}. Procedures must do all their work before they return.`;
    context.log({ level: levelError, message, filename: undefined, lineNumber: undefined });
  });
  const loaded = loadAgain(data.bundle, context, (_context, map) => makeRemoteHost(ask, context, map));
  if (!loaded.ok) {
    send({ kind: 'broken', message: loaded.message });
    return;
  }
  const instance = loaded.value;
  send({ kind: 'ready' });
  parent.on('message', (call: FunctionCall) => {
    context.functionName = call.name;
    const result = run(instance, call);
    instance.endCall();
    // What module code left for later belongs to the call, and its time limit holds for it too.
    instance.drain();
    context.functionName = undefined;
    if (result.outcome === 'returned') send({ kind: 'returned', values: result.values });
    else send({ kind: 'failed', message: result.message, report: reportOf(result) });
  });
}

const run = (instance: ModuleInstance, call: FunctionCall): ValueResult =>
  call.kind === 'procedure' ? instance.callProcedure(call) : instance.callHttpHandler(call);

/** To a procedure a SenderError is an error like any other. */
const reportOf = (result: Exclude<ValueResult, { outcome: 'returned' }>): string =>
  result.outcome === 'failed' ? result.report : `Uncaught SenderError: ${result.message}`;
