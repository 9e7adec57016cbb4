/** The commands from a shell against the embedded server: one story, in the order in which a person would tell it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Every step starts processes, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const repository = join(import.meta.dirname, '../..');
const program = join(repository, 'standalone/main.ts');

let folder: string;
let project: string;
let server: ChildProcess;
let url: string;

interface Outcome {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** Runs `spacetime` in the project's folder; nobody answers its questions. */
function spacetime(...args: string[]): Promise<Outcome> {
  return spacetimeIn('root', ...args);
}

function spacetimeIn(rootDir: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const argv = [program, '--root-dir', join(folder, rootDir), ...args];
    // Compiled once, not once per command.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
    const child = execFile(process.execPath, argv, { cwd: project, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function startServer(port: number): Promise<ChildProcess> {
  const args = [program, '--root-dir', join(folder, 'server'), 'start', '-l', `127.0.0.1:${port}`, '--non-interactive'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Starting SpacetimeDB listening on')) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  return child;
}

async function stopServer(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await ended;
  return code as number | null;
}

const edit = async (change: (source: string) => string): Promise<void> => {
  const path = join(project, 'spacetimedb/src/index.ts');
  await writeFile(path, change(await readFile(path, 'utf8')));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spacetime cli ü '));
  project = join(folder, 'my chat ñ');
  await cp(join(repository, 'test/fixtures/chat'), project, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist|module_bindings)$/.test(path),
  });
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'), 'dir');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = await startServer(port);
});

afterAll(async () => {
  if (server.exitCode === null) await stopServer(server);
  await rm(folder, { recursive: true });
});

let identity: string;

/** An HTTP call, which the command line would not even send for a name that the schema lacks. */
const spacetimeCall = (name: string): Promise<Response> =>
  fetch(`${url}/v1/database/${identity}/call/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '[]',
  });

test('a server is saved and answers', async () => {
  expect(await spacetime('server', 'add', 'test', '--url', url, '--default')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('-----BEGIN PUBLIC KEY-----'),
  });
  expect(await spacetime('server', 'ping', 'test')).toMatchObject({ code: 0, stdout: `Server is online: ${url}\n` });
  expect((await spacetime('server', 'list')).stdout).toMatch(/^ \*{3} +127\.0\.0\.1:\d+ +http +test$/m);
});

test('publishing needs an identity, and gets one when told so', async () => {
  const refused = await spacetime('publish', 'chat', '-s', 'test');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Error: You are not logged in.') });

  const published = await spacetime('publish', 'chat', '-s', 'test', '--yes=skip-login');
  expect(published.stderr).toMatch(/^Saving config to .*cli\.toml\.\n$/);
  expect(published.code).toBe(0);
  const last = published.stdout.trimEnd().split('\n').at(-1) ?? '';
  expect(last).toMatch(/^Created new database with name: chat, identity: [0-9a-f]{64}$/);
  identity = last.slice(-64);
  expect(published.stdout.split('\n').map((line) => line.replace(/ [0-9a-f]{64}$/, ' ID'))).toEqual([
    `Using configuration from ${join(project, 'spacetime.json')}`,
    'Build finished successfully.',
    'Skipping confirmation due to --yes',
    'We have logged in directly to your target server.',
    'WARNING: This login will NOT work for any other servers.',
    'Logged in with identity ID',
    `Uploading to test => ${url}`,
    'Checking for breaking changes...',
    'Publishing module...',
    'Created new database with name: chat, identity: ID',
    '',
  ]);
  expect((await stat(join(folder, 'root/config/cli.toml'))).mode & 0o777).toBe(0o600);
});

test('the login is shown, the database listed', async () => {
  const shown = await spacetime('login', 'show', '--token');
  expect(shown.stdout).toMatch(
    /^You are logged in as c200[0-9a-f]{60}\nYour auth token \(don't share this!\) is \S+\.\S+\.\S+\n$/,
  );
  expect((await spacetime('login', 'show')).stdout).not.toContain('token');
  expect((await spacetime('list', '-s', 'test')).stdout).toMatch(new RegExp(`^ chat +\\| ${identity}$`, 'm'));
});

test('reducers are called', async () => {
  expect(await spacetime('call', 'chat', 'send_message', 'Hello "you"', '-s', 'test')).toMatchObject({
    code: 0,
    stdout: '',
  });
  const refused = await spacetime('call', 'chat', 'send_message', '', '-s', 'test');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Error: Messages must not be empty') });
  expect(refused.stderr).toContain('Caused by:\n    HTTP status server error (530');

  const unknown = await spacetime('call', 'chat', 'send_mesage', 'x', '-s', 'test');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain(
    `No such reducer OR procedure \`send_mesage\` for database \`chat\` resolving to identity \`${identity}\`.`,
  );
  expect(unknown.stderr).toContain('Similar names: send_message');

  const wrong = await spacetime('call', 'chat', 'send_message', '-s', 'test');
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Invalid arguments provided for reducer `send_message`'),
  });
  expect(wrong.stderr).toContain('send_message(text: string)');
});

test('the log says what happened', async () => {
  const lines = (await spacetime('logs', 'chat', '-s', 'test')).stdout.split('\n');
  expect(lines.some((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}INFO: .*The chat is open\.$/.test(line))).toBe(true);
  const json = (await spacetime('logs', 'chat', '-s', 'test', '--format', 'json', '-n', '1')).stdout.trim().split('\n');
  expect(json).toHaveLength(1);
  expect(JSON.parse(json[0] ?? '')).toMatchObject({ level: expect.any(String), ts: expect.any(Number) });
});

test('the log is followed until its reader leaves', async () => {
  const argv = [program, '--root-dir', join(folder, 'root'), 'logs', 'chat', '-s', 'test', '--follow', '-n', '0'];
  const child = spawn(process.execPath, argv, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
  const seen = new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  );
  const ended = once(child, 'exit');
  // A call to a reducer that does not exist is logged; repeated, since nothing says when the reader has begun.
  const calls = setInterval(() => void spacetimeCall('nonexistent'), 300);
  expect(await seen).toMatch(/ ERROR: .*External attempt to call nonexistent reducer "nonexistent" failed/);
  clearInterval(calls);
  child.kill('SIGINT');
  expect(await ended).toEqual([null, 'SIGINT']);
});

test('rows are read with SQL', async () => {
  const { code, stdout } = await spacetime('sql', 'chat', 'SELECT * FROM message', '-s', 'test');
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    expect.stringMatching(/^ id \| sender +\| sent +\| text/),
    expect.stringMatching(/^-+\+-+\+-+\+-+$/),
    expect.stringMatching(/^ 1 {2}\| 0xc200[0-9a-f]{60} \| .*Z \| "Hello \\"you\\""$/),
  ]);
});

test('output into a pipe that nobody reads any more ends the command without a word', async () => {
  const child = spawn(process.execPath, [program, 'publish', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect({ code, complaint }).toEqual({ code: 141, complaint: '' });
});

test('the definition is described', async () => {
  const all = await spacetime('describe', '--json', 'chat', '-s', 'test');
  expect(Object.keys((JSON.parse(all.stdout) as { sections: object[] }).sections[0] ?? {})).toEqual(['Typespace']);
  const table = await spacetime('describe', '--json', 'chat', 'table', 'message', '-s', 'test');
  expect(JSON.parse(table.stdout)).toMatchObject({ source_name: 'message', primary_key: [0] });
  expect(await spacetime('describe', '--json', 'chat', 'reducer', 'nope', '-s', 'test')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The database has no reducer `nope`. It has: init, '),
  });
});

test('bindings are written, and only when they change', async () => {
  const first = await spacetime('generate', '--lang', 'typescript');
  expect(first.stderr).toBe('');
  expect(first.stdout).toContain(`Writing file ${join(project, 'src/module_bindings/index.ts')}\n`);
  const own = join(project, 'src/module_bindings/mine.ts');
  const stale = join(project, 'src/module_bindings/gone_table.ts');
  await writeFile(own, '// my own\n');
  await cp(join(project, 'src/module_bindings/user_table.ts'), stale);

  const kept = await spacetime('generate', '--lang', 'typescript');
  expect(kept.stdout).not.toContain('Writing file');
  expect(kept.stdout).toContain('Files not deleted.');
  const again = await spacetime('generate', '--lang', 'typescript', '--yes');
  expect(again.stdout).toContain(`will be deleted:\n  ${stale}\n`);
  await expect(stat(stale)).rejects.toThrow('ENOENT');
  expect(await readFile(own, 'utf8')).toBe('// my own\n');
});

test('a compatible change goes through, data stays', async () => {
  await edit((source) =>
    source.replace(
      'const db = schema({ user, message });',
      'const note = table({ public: true }, { id: t.u32() });\nconst db = schema({ user, message, note });',
    ),
  );
  const updated = await spacetime('publish', 'chat', '-s', 'test');
  expect(updated).toMatchObject({ code: 0, stderr: '' });
  expect(updated.stdout).toContain(`Updated database with name: chat, identity: ${identity}\n`);
  expect((await spacetime('sql', 'chat', 'SELECT * FROM message', '-s', 'test')).stdout).toContain('Hello');
});

test('a change that disconnects clients needs consent', async () => {
  await edit((source) => source.replace(/const note = .*\n/, '').replace('message, note }', 'message }'));
  const refused = await spacetime('publish', 'chat', '-s', 'test');
  expect(refused).toMatchObject({ code: 1, stderr: 'Error: Publishing aborted by user\n' });
  expect(refused.stdout).toContain('The changes break existing clients');
  expect(refused.stdout).toContain('note');
  expect(await spacetime('publish', 'chat', '-s', 'test', '--yes=break-clients')).toMatchObject({
    code: 0,
    stderr: '',
  });
});

test('a server that is not on this machine needs consent', async () => {
  // The address is this machine's all the same, written so that the tool cannot tell.
  const remote = url.replace('127.0.0.1', '[::ffff:127.0.0.1]');
  const refused = await spacetime('publish', 'chat', '-s', remote);
  expect(refused).toMatchObject({ code: 1, stderr: 'Error: Publishing aborted by user\n' });
  expect(refused.stdout).toContain('You are about to publish to a non-local server: [::ffff:7f00:1]');
  expect(await spacetime('publish', 'chat', '-s', remote, '--yes=remote')).toMatchObject({ code: 0 });
});

test('a change that needs a manual migration is refused and loses nothing', async () => {
  await edit((source) =>
    source
      .replace('text: t.string(),\n', 'text: t.u32(),\n')
      .replace(/sent: ctx\.timestamp, text/, 'sent: ctx.timestamp, text: text.length'),
  );
  const refused = await spacetime('publish', 'chat', '-s', 'test');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'Error: Aborting because publishing would require manual migration or deletion of data',
  );
  expect((await spacetime('sql', 'chat', 'SELECT * FROM message', '-s', 'test')).stdout).toContain('Hello');

  const unsure = await spacetime('publish', 'chat', '-s', 'test', '--delete-data=on-conflict');
  expect(unsure).toMatchObject({ code: 1, stderr: expect.stringContaining('Publishing aborted by user') });
  const cleared = await spacetime('publish', 'chat', '-s', 'test', '--delete-data=on-conflict', '--yes=delete-data');
  expect(cleared.code).toBe(0);
  expect((await spacetime('sql', 'chat', 'SELECT * FROM message', '-s', 'test')).stdout).not.toContain('Hello');
});

test('a module that does not build changes nothing', async () => {
  await edit((source) => source.replace('const db =', 'const db = ='));
  const failed = await spacetime('publish', 'chat', '-s', 'test');
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^src\/index\.ts:\d+:\d+: error: Unexpected "="\n/),
  });
  expect(failed.stdout).not.toContain('Uploading');
  await edit((source) => source.replace('const db = =', 'const db ='));
});

test('a module that fails in the server says where', async () => {
  const path = join(project, 'spacetimedb/src/index.ts');
  const source = await readFile(path, 'utf8');
  await edit((text) => text.replace(/console\.info\('The chat is open\.'\);/, "throw new Error('not today');"));
  const refused = await spacetime('publish', 'chat-2', '-s', 'test', '--no-config');
  await writeFile(path, source);
  const line = source.split('\n').findIndex((text) => text.includes('The chat is open')) + 1;
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(new RegExp(`^src/index\\.ts:${line}:\\d+: error: Uncaught Error: not today\nError: `));
  expect(await spacetime('logs', 'chat-2', '-s', 'test')).toMatchObject({ code: 1 });
});

test('a database needs no name', async () => {
  const published = await spacetime('publish', '-s', 'test', '--no-config');
  const [, id = ''] = /^Created new database with identity: ([0-9a-f]{64})$/m.exec(published.stdout) ?? [];
  expect(published.code).toBe(0);
  expect(await spacetime('rename', id, '--to', 'named', '-s', 'test')).toMatchObject({
    stdout: `Name set to named for identity ${id}.\n`,
  });
  expect(await spacetime('lock', 'named', '-s', 'test')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is now locked.'),
  });
  expect(await spacetime('delete', 'named', '-s', 'test', '-y')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is locked'),
  });
  expect(await spacetime('unlock', 'named', '-s', 'test')).toMatchObject({ code: 0 });
  expect(await spacetime('delete', 'named', '-s', 'test', '-y')).toMatchObject({ code: 0 });
});

test('the name of somebody else is refused', async () => {
  const login = await spacetimeIn('other', 'login', '--server-issued-login', url);
  expect(login.stdout).toMatch(/Logged in with identity c200[0-9a-f]{60}\n/);
  const refused = await spacetimeIn('other', 'publish', 'chat', '-s', url);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The database `chat` belongs to somebody else.'),
  });
});

test('a token of another server is refused', async () => {
  await spacetimeIn('other', 'login', '--token', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA');
  const refused = await spacetimeIn('other', 'logs', 'chat', '-s', url);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The server does not accept the saved token'),
  });
});

test('wrong usage is told apart from failure', async () => {
  expect(await spacetime('publish', '--nope')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("unknown option '--nope'"),
  });
  expect(await spacetime('publish', '--yes=everything')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'everything' is none of"),
  });
  expect(await spacetime('describe', 'chat')).toMatchObject({ code: 2, stderr: expect.stringContaining('--json') });
  expect(await spacetime('publish', 'Not A Name', '-s', 'test', '--no-config')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not a name for a database'),
  });
  expect(await spacetime('logs', 'nothing-here', '-s', 'test')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No database `nothing-here` exists'),
  });
});

test('a database is deleted after a question', async () => {
  expect(await spacetime('delete', 'chat', '-s', 'test')).toMatchObject({
    code: 1,
    stderr: 'Error: Nothing was deleted.\n',
  });
  expect(await spacetime('delete', 'chat', '-s', 'test', '--yes')).toMatchObject({
    code: 0,
    stdout: 'Skipping confirmation due to --yes\n',
  });
  expect((await spacetime('list', '-s', 'test')).stdout).toContain('No databases found for c200');
});

test('the server ends in order; then it cannot be reached', async () => {
  expect(await stopServer(server)).toBe(0);
  const refused = await spacetime('logs', 'chat', '-s', 'test');
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^Error: The server at http:.* cannot be reached\..*\n\nCaused by:\n {4}connect ECONNREFUSED/,
    ),
  });
});
