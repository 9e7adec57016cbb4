import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { array, primitive, product, ref } from '../../../schema/algebraic-type.ts';
import { emptyRawModuleDef, type RawModuleDef } from '../../../schema/raw-module-def.ts';
import { resolveModuleDef } from '../../../schema/resolve.ts';
import { bundleModule } from '../../build/bundle.ts';
import { describeBundle } from '../../host/describe.ts';
import type { GeneratedFile } from '../generated-file.ts';
import { sampleModule } from '../sample-module.ts';
import { generateTypeScript } from './generate.ts';

const repository = join(import.meta.dirname, '../../..');

async function fixture(name: string): Promise<RawModuleDef> {
  const directory = join(repository, 'test/fixtures', name, 'spacetimedb');
  const bundle = await bundleModule({ directory, debug: false });
  if (!bundle.ok) throw new Error(bundle.problems[0]?.message);
  const raw = await describeBundle(bundle.text);
  if (!raw.ok) throw new Error(raw.message);
  return raw.value;
}

function generate(raw: RawModuleDef, includePrivate = false): GeneratedFile[] {
  const options = { includePrivate, cliVersion: '2.10.1', cliCommit: 'golden' };
  const files = generateTypeScript(resolveModuleDef(raw), options);
  if (!files.ok) throw new Error(files.message);
  return files.value;
}

/** All files in one text; the last newline of a file shows as the newline before the next mark. */
const golden = (files: readonly GeneratedFile[]): string =>
  files.map((file) => `=== ${file.path}\n${file.text}<end>\n`).join('');

const modules: Record<string, () => Promise<RawModuleDef>> = {
  chat: () => fixture('chat'),
  accounts: () => fixture('accounts'),
  sample: async () => sampleModule(),
};

describe.each(Object.entries(modules))('%s', (name, load) => {
  test('the bindings are the golden ones, byte for byte', async () => {
    await expect(golden(generate(await load()))).toMatchFileSnapshot(`../golden/${name}.txt`);
  });
});

describe('generated bindings', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bindings-'));
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'), 'dir');
    for (const [name, load] of Object.entries(modules)) await write(join(folder, name), generate(await load(), true));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(into: string, files: readonly GeneratedFile[]): Promise<void> {
    for (const file of files) {
      await mkdir(dirname(join(into, file.path)), { recursive: true });
      await writeFile(join(into, file.path), file.text);
    }
  }

  async function typeCheck(client: string): Promise<string> {
    await writeFile(join(folder, 'client.ts'), client);
    const options = {
      strict: true,
      skipLibCheck: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'esnext',
      lib: ['esnext', 'dom'],
      noEmit: true,
      types: [],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['**/*.ts'] }));
    const compiler = join(repository, 'node_modules/typescript/bin/tsc');
    return promisify(execFile)(process.execPath, [compiler, '-p', folder, '--pretty', 'false']).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  }

  const client = `
    import { DbConnection as Chat } from './chat';
    import { DbConnection as Sample, tables } from './sample';
    export const send = (c: Chat, text: string) => c.reducers.sendMessage({ text });
    export const name = (c: Chat): string | undefined => [...c.db.user.iter()][0]?.name;
    export const old = (c: Sample) => c.db.online_player.count() === c.db.onlinePlayer.count();
    export const node = (c: Sample) => c.procedures.makeNode({ shape: { tag: 'Circle', value: 1.5 } });
    export const query = tables.onlinePlayer.where((row) => row.playerId.eq(1n));
  `;

  test('type-check with a client that uses the official SDK', async () => {
    expect(await typeCheck(client)).toBe('');
  });

  test('refuse a wrong use of them', async () => {
    const wrong = `import { DbConnection } from './chat'; export const x = (c: DbConnection) => c.reducers.sendMessage({ txt: 1 });`;
    expect(await typeCheck(wrong)).toMatch(/client\.ts\(1,103\): error TS2561: .*'txt' does not exist/);
  });
});

describe('visibility', () => {
  const paths = (includePrivate: boolean): string[] =>
    generate(sampleModule(), includePrivate).map((file) => file.path);

  test('private tables and reducers appear only on demand', () => {
    expect(paths(false)).not.toContain('secret_table.ts');
    expect(paths(false)).not.toContain('run_timer_reducer.ts');
    expect(paths(true)).toContain('secret_table.ts');
    expect(paths(true)).toContain('run_timer_reducer.ts');
  });

  test('lifecycle reducers are never callable', () => {
    const index = generate(sampleModule(), true).find((file) => file.path === 'index.ts');
    expect(index?.text).toContain('__reducerSchema("run_timer"');
    expect(index?.text).not.toContain('__reducerSchema("came"');
    expect(paths(true)).not.toContain('start_reducer.ts');
  });
});

describe('what cannot be generated', () => {
  const messageFor = (change: (raw: RawModuleDef) => void): string => {
    const raw = sampleModule();
    change(raw);
    const files = generateTypeScript(resolveModuleDef(raw), { includePrivate: false, cliVersion: '1', cliCommit: '1' });
    return files.ok ? 'generated' : files.message;
  };
  const rename = (name: string) => (raw: RawModuleDef) => {
    const [first] = raw.tables;
    if (first) first.sourceName = name;
  };

  test.each(['../../evil', 'a"); process.exit(', 'x\ny', ''])('a table called %j', (name) => {
    expect(messageFor(rename(name))).toMatch(/^The name ".*" (is|must)/);
  });

  test('two tables whose names differ only in case', () => {
    expect(messageFor(rename('Hit'))).toBe(
      'Two parts of the module would be generated into hit_table.ts. Rename one of them in the module.',
    );
  });

  test('a type without a name', () => {
    const raw = emptyRawModuleDef();
    raw.typespace = [product({ x: array(ref(1)) }), product({ y: primitive('U8') })];
    raw.types = [{ sourceName: 'Row', scope: [], ref: 0, customOrdering: true }];
    const files = generateTypeScript(resolveModuleDef(raw), { includePrivate: false, cliVersion: '1', cliCommit: '1' });
    expect(files).toMatchObject({ ok: false, message: expect.stringContaining('type number 1, which has no name') });
  });
});
