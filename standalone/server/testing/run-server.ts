/** A server process for tests of signals: data directory as argument, prints its URL. */
import { startServer } from '../start.ts';
import { untilStopped } from '../until-stopped.ts';
import { protocolWorker } from './temporary-server.ts';

const [, , dataDir = ''] = process.argv;
await untilStopped(async () => {
  const server = await startServer({ listenAddr: '127.0.0.1:0', dataDir, nonInteractive: true }, protocolWorker);
  process.stdout.write(`${server.url}\n`);
  return server;
});
