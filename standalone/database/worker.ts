/** Entry of a database's thread. Messages: `messages.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from './database.ts';
import type { DatabaseWorkerOptions, FromWorker, ToWorker } from './messages.ts';

const port = parentPort;
if (!port) throw new Error('This program is the thread of a database and is started by the server.');

const send = (message: FromWorker): void => port.postMessage(message);
const database = new Database(workerData as DatabaseWorkerOptions, send);

// Module code may reject a promise that nobody awaits (it runs outside of any transaction); that must not end the thread.
process.on('unhandledRejection', (reason) => database.unhandledRejection(reason));
port.on('message', (message: ToWorker) => database.receive(message));
