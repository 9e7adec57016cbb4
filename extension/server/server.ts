/**
 * One server that modules of this workspace belong to: found running ("attached"), or started and owned by this
 * window through the `spacetime` command line. An owned process ends with the window; an attached one is never touched.
 */
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { Emitter } from 'vscode-jsonrpc/node';
import type { Tool } from '../cli/find-tool.ts';
import { errorText, stripAnsi } from '../cli/output.ts';
import { endProcess, spawnTool } from '../cli/run.ts';
import { errors, UserError } from '../errors.ts';
import { probe } from './api.ts';
import { describeAbsence, isUp, type ServerState, serverTransitions } from './state.ts';
import type { ServerTarget } from './target.ts';

export interface ServerOptions {
  target: ServerTarget;
  /** Where an owned server keeps its databases. */
  dataDir: string;
  tool(): Promise<Tool>;
  log(text: string): void;
}

/** A server that knows this ends when its input does: also when this window is killed. Others do not mind. */
const endWithUs = { SPACETIMEDB_EXIT_WITH_PARENT: '1' };
const startTimeoutMs = 30_000;
const stopTimeoutMs = 3_000;
const pollWhileStartingMs = 100;
/** First and longest pause between looks for a server that went away. */
const retryMs = { first: 500, longest: 5_000 };

export class Server {
  readonly target: ServerTarget;
  readonly #options: ServerOptions;
  readonly #changed = new Emitter<ServerState>();
  #state: ServerState = { state: 'unknown' };
  #child: ChildProcess | undefined;
  #starting: Promise<string> | undefined;
  #detecting: Promise<ServerState> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #disposing = false;
  #disposed = false;

  constructor(options: ServerOptions) {
    this.target = options.target;
    this.#options = options;
  }

  readonly onDidChange = this.#changed.event;

  get state(): ServerState {
    return this.#state;
  }

  /** Where requests go: the target, or the port that an owned server got instead. */
  get url(): string {
    return isUp(this.#state) ? this.#state.url : this.target.url;
  }

  #enter(next: ServerState): void {
    if (this.#disposed || JSON.stringify(next) === JSON.stringify(this.#state)) return;
    if (next.state !== this.#state.state && !serverTransitions[this.#state.state].includes(next.state)) {
      throw new Error(`A server cannot go from ${this.#state.state} to ${next.state}.`);
    }
    clearTimeout(this.#retry);
    this.#state = next;
    this.#changed.fire(next);
  }

  /** Looks whether the server answers; starts nothing. Does not disturb a server that this window runs. */
  detect(): Promise<ServerState> {
    this.#detecting ??= this.#detect().finally(() => {
      this.#detecting = undefined;
    });
    return this.#detecting;
  }

  async #detect(): Promise<ServerState> {
    if (this.#child || this.#starting) return this.#state;
    const found = await probe(this.target.url);
    if (this.#child || this.#starting) return this.#state;
    if (found === 'spacetimedb') this.#enter({ state: 'attached', url: this.target.url });
    else if (this.#state.state !== 'failed')
      this.#enter(this.#absent(found === 'other' ? undefined : found.unreachable));
    return this.#state;
  }

  #absent(reason: string | undefined): ServerState {
    const { url, startable } = this.target;
    const why = reason ?? 'something else answers there';
    const wasUp = this.#state.state === 'attached' || this.#state.state === 'unreachable';
    if (startable && !wasUp) return { state: 'stopped', reason: `No SpacetimeDB runs at ${url}: ${why}.` };
    return { state: 'unreachable', reason: `${url} cannot be reached: ${why}.` };
  }

  /** A connection broke: looks at once, and then again with growing pauses until the server answers. */
  async connectionLost(): Promise<void> {
    if (this.#state.state !== 'attached') return;
    await this.detect();
    this.#lookAgain(retryMs.first);
  }

  #lookAgain(pause: number): void {
    if (this.#disposed || this.#state.state !== 'unreachable') return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(async () => {
      await this.detect();
      this.#lookAgain(Math.min(pause * 2, retryMs.longest));
    }, pause);
    this.#retry.unref();
  }

  /**
   * Makes sure that the server answers: attaches, or starts it where that is allowed.
   * @returns its URL.
   * @throws UserError with the server's own words when it does not come up.
   */
  async ensure(): Promise<string> {
    if (this.#starting) return this.#starting;
    if (this.#state.state !== 'running') await this.detect();
    if (isUp(this.#state)) return this.#state.url;
    if (!this.target.startable) {
      throw errors.serverUnreachable(describeAbsence(this.#state), false);
    }
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<string> {
    this.#enter({ state: 'starting' });
    try {
      const address = await freeAddress(new URL(this.target.url));
      const args = ['start', '--listen-addr', address, '--data-dir', this.#options.dataDir, '--non-interactive'];
      this.#options.log(`spacetime ${args.join(' ')}\n`);
      const child = spawnTool(await this.#options.tool(), args, homedir(), 'held', endWithUs);
      const url = `http://${address}`;
      const outcome = await this.#waitUntilUp(child, url);
      if (outcome !== undefined) return this.#startFailed(outcome);
      this.#child = child;
      this.#enter({ state: 'running', url });
      return url;
    } catch (error) {
      if (this.#state.state === 'starting') this.#enter({ state: 'failed', reason: String(error) });
      throw error instanceof UserError ? error : errors.serverDidNotStart(String(error));
    }
  }

  /** Somebody else may have been faster on the same port; then theirs is as good. */
  async #startFailed(reason: string): Promise<string> {
    if ((await probe(this.target.url)) === 'spacetimedb') {
      this.#enter({ state: 'attached', url: this.target.url });
      return this.target.url;
    }
    this.#enter({ state: 'failed', reason });
    throw errors.serverDidNotStart(reason);
  }

  /** Resolves to undefined when the server answers, to the reason when it ends first. */
  async #waitUntilUp(child: ChildProcess, url: string): Promise<string | undefined> {
    let output = '';
    let ended: string | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4000);
        this.#options.log(stripAnsi(text));
      });
    }
    child.on('error', (error) => {
      ended = error.message;
    });
    child.on('close', (code, signal) => {
      ended ??= whyEnded(output, code, signal);
      this.#childEnded(child, ended);
    });
    const deadline = Date.now() + startTimeoutMs;
    while (ended === undefined && Date.now() < deadline && !this.#disposing) {
      if ((await probe(url)) === 'spacetimedb') return undefined;
      await new Promise((resolve) => setTimeout(resolve, pollWhileStartingMs));
    }
    if (ended === undefined) endProcess(child, 'SIGKILL');
    return ended ?? `it did not answer within ${startTimeoutMs / 1000} seconds`;
  }

  #childEnded(child: ChildProcess, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (this.#state.state === 'running') this.#enter({ state: 'failed', reason: `The server ended: ${reason}` });
  }

  /**
   * Ends the server that this window started, in at most a few seconds.
   * @throws UserError when it is somebody else's.
   */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) {
      if (this.#state.state === 'attached') throw errors.serverNotOurs(this.target.url);
      return;
    }
    this.#child = undefined;
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    endProcess(child, 'SIGTERM');
    const timer = setTimeout(() => endProcess(child, 'SIGKILL'), stopTimeoutMs);
    await closed;
    clearTimeout(timer);
    if (this.#state.state === 'running') this.#enter({ state: 'stopped', reason: 'The server was stopped.' });
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#retry);
    this.#disposing = true;
    await this.#starting?.catch(() => {
      // It is not needed any more.
    });
    await this.stop().catch(() => {
      // Somebody else's server stays.
    });
    this.#disposed = true;
    this.#changed.dispose();
  }
}

/** What a server says last is its reason only when it failed by itself. */
function whyEnded(output: string, code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `it was killed (${signal}).`;
  if (code === 0) return 'somebody else stopped it.';
  return errorText(output) || `it ended with exit code ${code}.`;
}

/** `host:port` of a URL when nobody listens there, else with a port that is free. */
async function freeAddress(url: URL): Promise<string> {
  const host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname.replace(/^\[|\]$/g, '');
  const wanted = Number(url.port) || 80;
  const port = (await tryListen(host, wanted)) ?? (await tryListen(host, 0));
  if (port === undefined) throw new Error(`no port is free on ${host}`);
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function tryListen(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
