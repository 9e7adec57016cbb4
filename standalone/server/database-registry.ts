/** The databases this server runs: one supervised thread and one log each, made when first asked for. */
import { rename, rm } from 'node:fs/promises';
import type { DatabaseWorkerOptions } from '../database/messages.ts';
import type { ControlDatabase, DatabaseRecord } from './control-database.ts';
import type { DataDirectory, ReplicaPaths } from './data-directory.ts';
import { HostedDatabase } from './hosted-database.ts';
import { type ModuleLog, openModuleLog } from './module-log.ts';
import { hasCode, messageOf } from './node-error.ts';
import type { ProgramStore } from './program-store.ts';
import type { ServerLogger } from './server-log.ts';
import type { SocketGateway } from './socket-gateway.ts';
import type { WorkerEvent } from './worker-thread.ts';

export interface RunningDatabase {
  hosted: HostedDatabase;
  log: ModuleLog;
  replica: ReplicaPaths;
}

export interface DatabaseRegistryOptions {
  workerFile: URL;
  directory: DataDirectory;
  inMemory: boolean;
  control: ControlDatabase;
  programs: ProgramStore;
  /** What HTTP requests of procedures may do. */
  http: NonNullable<DatabaseWorkerOptions['http']>;
  sockets: () => SocketGateway;
  logger: ServerLogger;
}

export class DatabaseRegistry {
  readonly #options: DatabaseRegistryOptions;
  readonly #running = new Map<string, RunningDatabase>();
  #closed = false;

  constructor(options: DatabaseRegistryOptions) {
    this.#options = options;
  }

  /** The database of a record, or of one that is about to be created. */
  get({ identity, owner, replicaId }: Pick<DatabaseRecord, 'identity' | 'owner' | 'replicaId'>): RunningDatabase {
    const known = this.#running.get(identity);
    if (known) return known;
    if (this.#closed) throw new Error('the server is stopping');
    const { inMemory, directory, control, programs, http, logger, sockets, workerFile } = this.#options;
    const replica = directory.replica(replicaId);
    const log = openModuleLog(inMemory ? undefined : replica.moduleLogs);
    const hosted = new HostedDatabase({
      workerFile,
      worker: {
        databaseIdentity: identity,
        ownerIdentity: owner,
        directory: inMemory ? undefined : replica.commitLog,
        http,
      },
      logger,
      loadProgram: async () => {
        const hash = control.byIdentity(identity)?.programHash;
        return hash === undefined ? undefined : programs.get(hash);
      },
      onEvent: (event) => this.#handle(event, log),
      onCrash: () =>
        sockets().closeDatabase(identity, 1011, 'the database stopped unexpectedly and is being restarted'),
    });
    const running = { hosted, log, replica };
    this.#running.set(identity, running);
    return running;
  }

  /** Opens every known database, one after the other, so that their schedules run without anybody asking. */
  async openAll(): Promise<void> {
    for (const record of this.#options.control.all()) {
      if (this.#closed) return;
      try {
        await this.get(record).hosted.request('metrics', {});
      } catch (error) {
        this.#options.logger.warn(`Database ${record.identity} is not open: ${messageOf(error)}`);
      }
    }
  }

  all(): readonly RunningDatabase[] {
    return Array.from(this.#running.values());
  }

  /** Ends a database that does not open and moves its commit log aside, so that it starts empty. */
  async setAside(record: DatabaseRecord): Promise<void> {
    const running = this.get(record);
    await running.hosted.close();
    running.log.close();
    this.#running.delete(record.identity);
    if (this.#options.inMemory) return;
    const { commitLog } = running.replica;
    const aside = `${commitLog}.damaged-${Date.now()}`;
    try {
      await rename(commitLog, aside);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    this.#options.logger.warn(`Database ${record.identity} starts empty; what could not be opened is in ${aside}`);
  }

  /** Ends a database and removes its files. Its record is the caller's business. */
  async destroy(identity: string): Promise<void> {
    const running = this.#running.get(identity);
    if (!running) return;
    this.#options.sockets().closeDatabase(identity, 1001, 'module exited');
    await running.hosted.close();
    running.log.close();
    this.#running.delete(identity);
    await rm(running.replica.root, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.all().map(async ({ hosted, log }) => {
        await hosted.close();
        log.close();
      }),
    );
  }

  #handle(event: WorkerEvent, log: ModuleLog): void {
    switch (event.kind) {
      case 'frames':
        this.#options.sockets().deliver(event.frames);
        break;
      case 'closeSocket':
        this.#options.sockets().closeSocket(event.socket, event.code, event.reason);
        break;
      case 'log':
        try {
          log.append(event.records);
        } catch (error) {
          this.#options.logger.error(`A module log could not be written: ${messageOf(error)}`);
        }
        break;
    }
  }
}
