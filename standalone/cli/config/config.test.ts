import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLocal, readCliToml, resolveServer, saveCliToml, serversOf, tokenOf } from './cli-toml.ts';
import { chooseDatabase, chooseDatabaseForQuery, chooseDatabaseFromWords, chooseTargets } from './database-argument.ts';
import { toolPaths } from './paths.ts';
import { loadProject, type Project } from './project.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config ü '));
});
afterEach(() => rm(directory, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
}

describe('places', () => {
  const env = { HOME: '/home/ada' };

  test('of a person on Unix', () => {
    expect(toolPaths({}, env, '/', 'linux')).toEqual({
      configDir: '/home/ada/.config/spacetime',
      dataDir: '/home/ada/.local/share/spacetime/data',
      cliToml: '/home/ada/.config/spacetime/cli.toml',
    });
  });

  test('follow the XDG variables unless they are relative', () => {
    const absolute = toolPaths({}, { ...env, XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: 'd' }, '/', 'linux');
    expect(absolute).toMatchObject({ configDir: '/c/spacetime', dataDir: '/home/ada/.local/share/spacetime/data' });
  });

  test('move with --root-dir and --config-path', () => {
    expect(toolPaths({ rootDir: 'r', configPath: 'x.toml' }, env, '/w', 'linux')).toEqual({
      configDir: '/w/r/config',
      dataDir: '/w/r/data',
      cliToml: '/w/x.toml',
    });
  });
});

describe('cli.toml', () => {
  const path = (): string => join(directory, 'c', 'cli.toml');

  test('has the servers of the real tool before it exists', () => {
    const config = readCliToml(path());
    expect(resolveServer(config, undefined)).toEqual({
      nickname: 'maincloud',
      url: 'https://maincloud.spacetimedb.com',
    });
    expect(resolveServer(config, 'local')).toEqual({ nickname: 'local', url: 'http://127.0.0.1:3000' });
  });

  test('names servers by nickname, host and URL', () => {
    const config = readCliToml(path());
    for (const name of ['127.0.0.1:3000', 'http://127.0.0.1:3000', 'http://127.0.0.1:3000/']) {
      expect(resolveServer(config, name).nickname).toBe('local');
    }
    expect(resolveServer(config, 'http://127.0.0.1:4000/')).toEqual({
      nickname: undefined,
      url: 'http://127.0.0.1:4000',
    });
    expect(() => resolveServer(config, 'elsewhere')).toThrow(
      'No server `elsewhere` is saved. Known servers: maincloud, local.',
    );
  });

  test('is written for its owner only, and keeps what this tool does not know', async () => {
    await put(
      'c/cli.toml',
      'future_key = "x"\nweb_session_token = "w"\n[[server_configs]]\nnickname = "a"\nhost = "h:1"\nprotocol = "https"\necdsa_public_key = "PEM"\n',
    );
    const saved = await saveCliToml(readCliToml(path()), {
      spacetimedb_token: 't',
      web_session_token: undefined,
    });
    expect(tokenOf(saved)).toBe('t');
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(parse(await readFile(path(), 'utf8'))).toEqual({
      future_key: 'x',
      spacetimedb_token: 't',
      server_configs: [{ nickname: 'a', host: 'h:1', protocol: 'https', ecdsa_public_key: 'PEM' }],
    });
    expect(serversOf(readCliToml(path()))).toEqual([{ nickname: 'a', host: 'h:1', protocol: 'https' }]);
  });

  test('that is broken says where', async () => {
    await put('c/cli.toml', 'a = 1\nb = = 2\n');
    expect(() => readCliToml(path())).toThrow(/cli\.toml:2:5: this is not valid TOML/);
  });

  test('local servers are those of this machine', () => {
    const local = (url: string): boolean => isLocal({ nickname: undefined, url });
    expect(['http://127.0.0.1:3000', 'http://localhost:1', 'http://[::1]:5', 'http://0.0.0.0:3000'].every(local)).toBe(
      true,
    );
    expect(
      ['http://127.0.0.1.evil.example', 'http://192.168.0.1', 'https://maincloud.spacetimedb.com'].some(local),
    ).toBe(false);
  });
});

describe('spacetime.json', () => {
  const load = (env?: string): Project | undefined => loadProject(join(directory, 'a', 'b'), env);
  beforeEach(() => mkdir(join(directory, 'a', 'b'), { recursive: true }));

  test('is found upwards, with comments and trailing commas', async () => {
    await put('spacetime.json', '{ /* c */ "database": "chat", "module_path": "./m", }');
    expect(load()).toEqual({
      directory,
      files: [join(directory, 'spacetime.json')],
      targets: [{ settings: { database: 'chat', 'module-path': './m' }, generate: [] }],
    });
  });

  test('layers win by key, children are merged by position', async () => {
    await put('spacetime.json', '{ server: "local", database: "a", children: [{ database: "b" }, { database: "c" }] }');
    await put('spacetime.local.json', '{ database: "mine", children: [{ "module-path": "x" }] }');
    await put('spacetime.dev.json', '{ server: "dev" }');
    expect(load('dev')?.targets.map((target) => target.settings)).toEqual([
      { server: 'dev', database: 'mine' },
      { server: 'dev', database: 'b', 'module-path': 'x' },
      { server: 'dev', database: 'c' },
    ]);
    expect(load()?.targets[0]?.settings.server).toBe('local');
  });

  test('children inherit settings but not generate entries', async () => {
    await put(
      'spacetime.json',
      '{ "module-path": "m", generate: [{ language: "ts", out_dir: "o" }], children: [{ database: "b" }] }',
    );
    expect(load()?.targets).toEqual([{ settings: { 'module-path': 'm', database: 'b' }, generate: [] }]);
  });

  test('takes the spellings of the code and of the documentation', async () => {
    await put('spacetime.json', '{ "js-path": "a.js", "anonymous": true, "bin_path": "b.wasm" }');
    expect(load()?.targets[0]?.settings).toEqual({ 'js-file': 'a.js', 'anon-identity': true, 'wasm-file': 'b.wasm' });
  });

  test.each([
    ['{ "databse": "x" }', "Config key 'databse' is not supported in the config file. Available keys: anon-identity, "],
    [
      '{ generate: [{ lang: "ts" }] }',
      "Config key 'lang' is not supported in the config file. Available keys: build-options, ",
    ],
    ['{ dev: { walk: 1 } }', "Config key 'walk' is not supported"],
    ['{ children: 3 }', "Config key 'children' must be an array of objects."],
    ['[]', 'spacetime.json must hold one JSON object.'],
  ])('refuses %s', async (text, message) => {
    await put('spacetime.json', text);
    expect(load).toThrow(message);
  });

  test('that is broken says where', async () => {
    await put('spacetime.json', '{\n  "database": nope\n}');
    expect(load).toThrow(/spacetime\.json:2:\d+: invalid character/);
  });
});

describe('what the first words mean', () => {
  const project = (...names: string[]): Project => ({
    directory: '/p',
    files: [],
    targets: names.map((database) => ({ settings: { database, server: `on-${database}` }, generate: [] })),
  });

  test('publish and generate filter the targets', () => {
    const both = project('chat-a', 'chat-b', 'shop');
    expect(chooseTargets(both, 'chat-*').map((target) => target.settings.database)).toEqual(['chat-a', 'chat-b']);
    expect(chooseTargets(both, undefined)).toHaveLength(3);
    expect(() => chooseTargets(both, 'chat.a')).toThrow(
      "No database target in spacetime.json matches 'chat.a'. Available: chat-a, chat-b, shop.",
    );
    const nameless = { ...project(), targets: [{ settings: {}, generate: [] }] };
    expect(chooseTargets(nameless, 'anything')).toHaveLength(1);
  });

  test('logs and delete take any name, and a target brings its server', () => {
    expect(chooseDatabase(project('a', 'b'), 'b')).toEqual({ database: 'b', server: 'on-b', rest: [] });
    expect(chooseDatabase(project('a'), 'other')).toEqual({ database: 'other', server: undefined, rest: [] });
    expect(chooseDatabase(project('a'), undefined).database).toBe('a');
    expect(() => chooseDatabase(project('a', 'b'), undefined)).toThrow('several databases: a, b');
    expect(() => chooseDatabase(undefined, undefined)).toThrow('No database was named.');
  });

  test('call and describe give words to the function unless they name a target', () => {
    expect(chooseDatabaseFromWords(undefined, ['db', 'f', '1'])).toEqual({
      database: 'db',
      server: undefined,
      rest: ['f', '1'],
    });
    expect(chooseDatabaseFromWords(project('a'), ['a', 'f'])).toEqual({ database: 'a', server: 'on-a', rest: ['f'] });
    expect(chooseDatabaseFromWords(project('a'), ['f', '1'])).toEqual({
      database: 'a',
      server: 'on-a',
      rest: ['f', '1'],
    });
    expect(() => chooseDatabaseFromWords(project('a', 'b'), ['f'])).toThrow('--no-config');
  });

  test('sql takes the database from the first of two words', () => {
    expect(chooseDatabaseForQuery(project('a'), ['x', 'SELECT 1'])).toEqual({
      database: 'x',
      server: undefined,
      rest: ['SELECT 1'],
    });
    expect(chooseDatabaseForQuery(project('a'), ['SELECT 1'])).toEqual({
      database: 'a',
      server: 'on-a',
      rest: ['SELECT 1'],
    });
  });
});
