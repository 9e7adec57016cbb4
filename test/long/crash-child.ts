/** A database in a process of its own, so that it can be killed: messages come and go over the channel to the parent. */
import { Database } from '../../standalone/database/database.ts';
import type { DatabaseWorkerOptions, ToWorker } from '../../standalone/database/messages.ts';

const options = JSON.parse(process.argv[2] as string) as DatabaseWorkerOptions;
const database = new Database(options, (message) => {
  // Only replies: what else a database sends needs sockets.
  if (message.kind === 'reply') process.send?.(message);
});
process.on('message', (message: ToWorker) => database.receive(message));
process.on('disconnect', () => process.exit(0));
