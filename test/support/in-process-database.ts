/** A database without its thread: the same messages, answered in this process. */
import { Database } from '../../standalone/database/database.ts';
import type {
  DatabaseWorkerOptions,
  FromWorker,
  RequestArgs,
  RequestName,
  RequestReply,
} from '../../standalone/database/messages.ts';

export const databaseOwner = 'ab'.repeat(32);

export const databaseOptions = (options: Partial<DatabaseWorkerOptions> = {}): DatabaseWorkerOptions => ({
  databaseIdentity: 'c2'.repeat(32),
  ownerIdentity: databaseOwner,
  directory: undefined,
  ...options,
});

/** How a database is asked, wherever it runs. */
export interface DatabasePort {
  request<N extends RequestName>(name: N, args: RequestArgs<N>): Promise<RequestReply<N>>;
}

export class InProcessDatabase implements DatabasePort {
  /** Events other than replies. */
  onEvent: (event: Exclude<FromWorker, { kind: 'reply' }>) => void = () => undefined;
  readonly #database: Database;
  readonly #waiting = new Map<number, (reply: never) => void>();
  #lastId = 0;

  constructor(options: Partial<DatabaseWorkerOptions> = {}) {
    this.#database = new Database(databaseOptions(options), (message) => {
      if (message.kind !== 'reply') {
        this.onEvent(message);
        return;
      }
      this.#waiting.get(message.id)?.(message.reply as never);
      this.#waiting.delete(message.id);
    });
  }

  request<N extends RequestName>(name: N, args: RequestArgs<N>): Promise<RequestReply<N>> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#database.receive({ kind: 'request', id, name, args } as Parameters<Database['receive']>[0]);
    });
  }

  sendFrame(socket: number, data: Uint8Array): void {
    this.#database.receive({ kind: 'clientFrame', socket, data });
  }
}

/** Publishes a bundle to an opened database and demands success. */
export async function publishTo(database: DatabasePort, bundle: string): Promise<void> {
  const reply = await database.request('publish', {
    program: new TextEncoder().encode(bundle),
    clear: false,
    policy: 'Compatible',
    migrationToken: undefined,
  });
  if (!reply.ok) throw new Error(`the module could not be published: ${reply.message}`);
}

const caller = { identity: databaseOwner, connectionId: '99'.repeat(16) };

/** Calls a reducer as the owner over HTTP. */
export const callOf = (database: DatabasePort, name: string, args: unknown[]): Promise<RequestReply<'call'>> =>
  database.request('call', { ...caller, name, argsJson: JSON.stringify(args) });

/** Rows of a query in the untyped JSON form. */
export async function rowsOf(database: DatabasePort, query: string): Promise<unknown[][]> {
  const reply = await database.request('sql', { ...caller, query });
  if (!reply.ok) throw new Error(reply.message);
  return JSON.parse(reply.json)[0].rows;
}
