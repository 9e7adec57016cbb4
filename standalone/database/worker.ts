/** Entry of a database's thread (messages: `messages.ts`), and of the threads that run its procedures. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import type { DatabaseWorkerOptions, FromWorker, ToWorker } from './messages.ts';
import type { ProcedureThreadData } from './procedures/messages.ts';
import { runProcedureThread } from './procedures/thread.ts';

const port = parentPort;
if (!port) throw new Error('This program is the thread of a database and is started by the server.');

const data = workerData as DatabaseWorkerOptions | ProcedureThreadData;
if ('kind' in data) runProcedureThread(data, port);
else runDatabase(data, port);

function runDatabase(options: DatabaseWorkerOptions, parent: MessagePort): void {
  const send = (message: FromWorker): void => parent.postMessage(message);
  const database = new Database(options, send);
  // Module code may reject a promise that nobody awaits (it runs outside of any transaction); that must not end the thread.
  process.on('unhandledRejection', (reason) => database.unhandledRejection(reason));
  parent.on('message', (message: ToWorker) => database.receive(message));
}
