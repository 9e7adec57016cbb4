import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawModuleDefToJson } from '../../schema/raw-module-def-codec.ts';
import { sampleModule } from '../codegen/sample-module.ts';
import { runCli } from './program.ts';
import { type TestTerminal, testTerminal } from './test-terminal.ts';
import { workbenchVersion } from './version.ts';

const repository = join(import.meta.dirname, '../..');

let folder: string;
let terminal: TestTerminal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program ü '));
  terminal = testTerminal(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...args: string[]): Promise<number> => runCli(args, terminal, '/bin/spacetime');
const put = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);

describe('versions', () => {
  test('are those of the manifest and of the package that modules use', async () => {
    const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
      version: string;
      devDependencies: { spacetimedb: string };
    };
    expect(workbenchVersion).toBe(manifest.version);
    expect(await run('-V')).toBe(0);
    expect(terminal.stdout()).toBe(
      `spacetime ${manifest.devDependencies.spacetimedb} (embedded, Workbench ${manifest.version})`,
    );
  });

  test('can be read as those of the real tool', async () => {
    expect(await run('--version')).toBe(0);
    expect(terminal.stdout().split('\n')).toEqual([
      'spacetime Path: /bin/spacetime',
      expect.stringMatching(/^Commit: \S+$/),
      expect.stringMatching(/^spacetimedb tool version \d+\.\d+\.\d+ .*; spacetimedb-lib version \d+\.\d+\.\d+;$/),
    ]);
  });
});

describe('help', () => {
  const names = [
    'start',
    'build',
    'publish',
    'generate',
    'call',
    'sql',
    'logs',
    'describe',
    'list',
    'delete',
    'lock',
    'unlock',
    'rename',
    'login',
    'logout',
    'server',
    'version',
  ];

  test.each(names)('%s has an example', async (name) => {
    expect(await run(name, '--help')).toBe(0);
    expect(terminal.stdout()).toMatch(new RegExp(`Examples?:\\n {2}\\$ spacetime ${name}`));
  });

  test('is not an error, but no command at all is', async () => {
    expect(await run('--help')).toBe(0);
    expect(await run()).toBe(2);
    expect(await run('nonsense')).toBe(2);
    expect(terminal.stderr()).toContain("error: unknown command 'nonsense'");
  });

  test('what only the real tool does says where to get it', async () => {
    expect(await run('dev', '--project-path', '.')).toBe(1);
    expect(await run('login')).toBe(1);
    expect(terminal.stderr().match(/https:\/\/spacetimedb\.com\/install/g)).toHaveLength(2);
  });
});

describe('generate', () => {
  const definition = (): Promise<void> => put('module.json', rawModuleDefToJson(sampleModule()));

  test('from a definition', async () => {
    await definition();
    expect(await run('generate', '-l', 'ts', '-o', 'out dir', '--module-def', 'module.json')).toBe(0);
    expect(terminal.stdout()).toContain('Skipping private tables during codegen: secret.');
    expect(await readdir(join(folder, 'out dir'))).toContain('online_player_table.ts');
  });

  test('from standard input', async () => {
    terminal = testTerminal(folder, [], `{"V10":${rawModuleDefToJson(sampleModule())}}`);
    expect(await run('generate', '-l', 'ts', '-o', 'o', '--module-def')).toBe(0);
    expect(await readdir(join(folder, 'o'))).toContain('index.ts');
  });

  test('follows the entries of spacetime.json, from any folder below', async () => {
    await cp(join(repository, 'test/fixtures/accounts/spacetimedb'), join(folder, 'm'), {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules') && !path.endsWith('dist'),
    });
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'), 'dir');
    await mkdir(join(folder, 'deep/er'), { recursive: true });
    await put(
      'spacetime.json',
      '{ "module-path": "m", "generate": [{ "language": "typescript", "out-dir": "one" }, { "language": "ts", "out_dir": "two" }] }',
    );
    terminal = testTerminal(join(folder, 'deep/er'));
    expect(await run('generate')).toBe(0);
    for (const out of ['one', 'two']) expect(await readdir(join(folder, out))).toContain('transfer_reducer.ts');
  });

  test('deletes stale bindings only after a yes', async () => {
    await definition();
    const args = ['generate', '-l', 'ts', '-o', 'o', '--module-def', 'module.json'];
    await run(...args);
    await cp(join(folder, 'o/hit_table.ts'), join(folder, 'o/stale.ts'));
    await put('o/mine.ts', 'export {};');
    terminal = testTerminal(folder, ['n']);
    await run(...args);
    expect(terminal.questions).toEqual(['Are you sure you want to delete these files? [y/N] ']);
    expect(await readdir(join(folder, 'o'))).toContain('stale.ts');
    terminal = testTerminal(folder, ['y']);
    await run(...args);
    expect(await readdir(join(folder, 'o'))).not.toContain('stale.ts');
    expect(await readdir(join(folder, 'o'))).toContain('mine.ts');
  });

  test.each([
    [['-l', 'rust'], 1, 'The embedded tool writes TypeScript bindings only. For Rust, install SpacetimeDB'],
    [['-l', 'cobol'], 2, "'cobol' is no language of client bindings."],
    [[], 1, "The client's language is unclear"],
    [['-l', 'ts', '-j', 'none.js'], 1, 'none.js could not be read.'],
    [['-l', 'ts', '-o', 'module.json'], 1, 'module.json is a file, so no bindings can be written there.'],
  ])('refuses %j', async (args, code, message) => {
    await definition();
    const source = args.includes('-j') ? [] : ['--module-def', 'module.json'];
    expect(await run('generate', ...args, ...source)).toBe(code);
    expect(terminal.stderr()).toContain(message);
  });

  test('refuses a definition that breaks a rule, and writes nothing', async () => {
    const raw = sampleModule();
    const [first] = raw.tables;
    if (first) first.primaryKey = [0, 1];
    await put('module.json', rawModuleDefToJson(raw));
    expect(await run('generate', '-l', 'ts', '-o', 'o', '--module-def', 'module.json')).toBe(1);
    expect(terminal.stderr()).toMatch(/^error: .*online_player.* \[pk-multiple\]$/m);
    expect(await readdir(folder)).not.toContain('o');
  });
});

describe('a module that is built but fails', () => {
  const buildSource = async (source: string): Promise<number> => {
    await mkdir(join(folder, 'src'));
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'), 'dir');
    await put('package.json', '{}');
    await put('src/index.ts', `import { schema, t, table } from 'spacetimedb/server';\n${source}`);
    return run('build');
  };

  test('while it loads says where', async () => {
    const source = 'export default schema({});\nfunction boom() {\n  throw new Error("not today");\n}\nboom();\n';
    expect(await buildSource(source)).toBe(1);
    expect(terminal.stderr().split('\n')).toEqual([
      'The module folder has no tsconfig.json, so types were not checked.',
      'src/index.ts:4:9: error: Uncaught Error: not today',
      'Error: The module could not be loaded, so it cannot describe its tables and reducers.',
      '',
      'Caused by:',
      '    Uncaught Error: not today',
      expect.stringMatching(/at boom \(src\/index\.ts:4:9\)$/),
      expect.stringContaining('src/index.ts:6:1'),
    ]);
  });

  test('a rule names the rule', async () => {
    const columns = '{ a: t.u32().primaryKey(), b: t.u32().primaryKey() }';
    expect(await buildSource(`export default schema({ twice: table({}, ${columns}) });\n`)).toBe(1);
    expect(terminal.stderr()).toMatch(/^error: .*`twice`.* \[pk-multiple\]$/m);
    expect(terminal.stdout()).not.toContain('Build finished');
  });
});

describe('errors', () => {
  test('a broken spacetime.json says where', async () => {
    await put('spacetime.json', '{\n  "database" "chat"\n}');
    expect(await run('publish')).toBe(1);
    expect(terminal.stderr()).toMatch(/^Error: .*spacetime\.json:2:14: invalid character/);
  });

  test('a module that is not there', async () => {
    expect(await run('build', '-p', 'no where')).toBe(1);
    expect(terminal.stderr()).toContain(`error: The module folder ${join(folder, 'no where')} does not exist.`);
  });

  test('a query without a database', async () => {
    expect(await run('sql', 'chat')).toBe(2);
    expect(terminal.stderr()).toContain('Write the database and one SQL statement');
  });

  test('an unknown server', async () => {
    expect(await run('logs', 'chat', '-s', 'mars')).toBe(1);
    expect(terminal.stderr()).toContain('Error: No server `mars` is saved. Known servers: maincloud, local.');
  });
});

describe('login', () => {
  test('keeps a token until logout', async () => {
    const token = `e30.${Buffer.from('{"hex_identity":"c200ab"}').toString('base64url')}.x`;
    expect(await run('login', '--token', token)).toBe(0);
    await run('login', 'show', '--token');
    await run('logout');
    await run('login', 'show');
    expect(terminal.stdout().split('\n')).toEqual([
      'Token saved.',
      'You are logged in as c200ab',
      `Your auth token (don't share this!) is ${token}`,
      'Logged out (identity c200ab).',
      'You are not logged in. Run `spacetime login` to log in.',
    ]);
  });
});
