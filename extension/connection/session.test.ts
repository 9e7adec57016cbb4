/** The connection against the embedded server, through the seam only: the command line, HTTP, WebSocket. */
import { appendFile, cp, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parsePublished } from '../cli/output.ts';
import { runTool } from '../cli/run.ts';
import { Server } from '../server/server.ts';
import { embeddedTool, fixture, freePort, temporaryDirectory, until } from '../testing/embedded.ts';
import { Session, type Tokens } from './session.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: Server;
const sessions: Session[] = [];
const all = { offset: 0, limit: 100, sort: undefined, filter: '' };

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = new Server({
    target: { url: `http://127.0.0.1:${await freePort()}`, startable: true },
    dataDir: `${directory.path}/data`,
    tool: async () => embeddedTool(directory.path),
    log: () => {},
  });
  const url = await server.ensure();
  const modulePath = modulePathIn(directory.path);
  await cp(fixture('chat'), modulePath, { recursive: true });
  await symlink(path.resolve(import.meta.dirname, '../../node_modules'), path.join(modulePath, 'node_modules'), 'dir');
  const crash = `\nexport const crash = db.reducer(() => { throw new Error('a bug'); });\n`;
  await appendFile(path.join(modulePath, 'src', 'index.ts'), crash);
  await publish('chat', url);
}, 60_000);
afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
});
afterAll(async () => {
  await server.dispose();
  await directory.remove();
});

const modulePathIn = (folder: string): string => path.join(folder, 'chat');

/** As a person does it in a terminal. */
async function publish(name: string, url: string): Promise<void> {
  const args = ['publish', name, '--module-path', modulePathIn(directory.path), '-s', url, '--no-config'];
  const yes = '--yes=skip-login,migrate';
  const result = await runTool(embeddedTool(directory.path), [...args, yes], { cwd: directory.path });
  expect(result.stderr + result.stdout).toContain('identity: ');
  expect(parsePublished(result.stdout)).toMatchObject({ created: true, name });
}

/** Anonymous, with its own memory of the token that it got. */
function memoryTokens(): Tokens {
  const tokens = new Map<string, string>();
  return {
    get: async (url) => tokens.get(url),
    remember: (url, token) => void tokens.set(url, token),
    refuse: (url) => void tokens.delete(url),
  };
}

function newSession(database = 'chat', onLost = () => {}): Session {
  const session = new Session({ database, tokens: memoryTokens(), onLost, log: () => {} });
  sessions.push(session);
  return session;
}

async function connected(database = 'chat', onLost = () => {}): Promise<Session> {
  const session = newSession(database, onLost);
  session.open(server.url);
  await until('connected', () => session.state.state === 'connected');
  return session;
}

const reducer = (session: Session, name: string) => {
  const found = session.module?.reducers.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no reducer ${name}`);
  return found;
};

test('rows of another client appear by themselves, marked as new', { timeout: 30_000 }, async () => {
  const watching = await connected();
  const { watch } = watching.watch('message');
  await until('live', () => watch.status.status === 'live');
  const before = watch.store.total;

  const calling = await connected();
  const outcome = await calling.call(reducer(calling, 'send_message'), ['Hello there']);
  expect(outcome).toMatchObject({ outcome: 'committed', message: '' });
  await until('the row', () => watch.store.total === before + 1);
  const row = watch.store.window({ ...all, filter: 'hello there' }).rows[0];
  expect(row).toMatchObject({ change: 'insert' });
  expect(row?.cells[3]).toBe('Hello there');
  expect(calling.roundTrips.summary('send_message')?.count).toBe(1);
});

test('an update of a row is an update, not a second row', { timeout: 30_000 }, async () => {
  const session = await connected();
  const { watch } = session.watch('user');
  await until('live', () => watch.status.status === 'live');
  const before = watch.store.total;
  await session.call(reducer(session, 'set_name'), ['Ada']);
  const named = () => watch.store.window({ ...all, filter: 'ada' }).rows;
  await until('the name', () => named().length === 1);
  expect(named()[0]?.change).toBe('update');
  expect(watch.store.total).toBe(before);
});

test('what the reducer says is told apart from what went wrong', { timeout: 30_000 }, async () => {
  const session = await connected();
  expect(await session.call(reducer(session, 'send_message'), [''])).toMatchObject({
    outcome: 'failed',
    message: 'Messages must not be empty',
  });
  expect(await session.call(reducer(session, 'crash'), [])).toMatchObject({ outcome: 'crashed' });
  const unknown = { ...reducer(session, 'send_message'), name: 'nobody' };
  expect(await session.call(unknown, ['x'])).toMatchObject({ outcome: 'error' });
});

test('a database that is not there is no reason to try again and again', { timeout: 30_000 }, async () => {
  const session = newSession('nothing');
  session.open(server.url);
  await until('an answer', () => session.state.state === 'disconnected');
  expect(session.missing).toBe(true);
  const states: string[] = [];
  session.onDidChangeState(({ state }) => states.push(state));
  await session.lookForMissing();
  expect(states).toEqual([]);
  expect(session.state).toMatchObject({ reason: expect.stringContaining('Publish'), remedy: 'publish' });
});

test('a database that is published elsewhere is found', { timeout: 30_000 }, async () => {
  const session = newSession('later');
  session.open(server.url);
  await until('an answer', () => session.missing && session.state.state === 'disconnected');
  await publish('later', server.url);
  await session.lookForMissing();
  await until('connected', () => session.state.state === 'connected');
  expect(session.missing).toBe(false);
});

test('rows outlive the server, and everything resumes when it is back', { timeout: 60_000 }, async () => {
  let lost = 0;
  const session = await connected('chat', () => lost++);
  const { watch } = session.watch('message');
  await session.call(reducer(session, 'send_message'), ['before the fall']);
  await until('the row', () => watch.store.window({ ...all, filter: 'before the fall' }).matching === 1);
  const { total } = watch.store;

  await server.stop();
  await until('stale', () => watch.store.stale);
  expect(session.state.state).toBe('reconnecting');
  expect(lost).toBeGreaterThan(0);
  expect(watch.store.total).toBe(total);
  expect(await session.call(reducer(session, 'send_message'), ['x'])).toMatchObject({ outcome: 'error' });

  await server.ensure();
  await until('connected again', () => session.state.state === 'connected', 30_000);
  await until('fresh rows', () => !watch.store.stale);
  expect(watch.store.total).toBe(total);
  await session.call(reducer(session, 'send_message'), ['after the fall']);
  await until('live again', () => watch.store.total === total + 1);
});

test('the last one who looks away ends the subscription', { timeout: 30_000 }, async () => {
  const session = await connected();
  const first = session.watch('message');
  const second = session.watch('message');
  expect(second.watch).toBe(first.watch);
  await until('live', () => first.watch.status.status === 'live');
  first.dispose();
  second.dispose();
  const again = session.watch('message');
  expect(again.watch).not.toBe(first.watch);
  await until('live again', () => again.watch.status.status === 'live');
});
