import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildModule } from './build-module.ts';
import { formatBuildProblem } from './build-problem.ts';

const repository = join(import.meta.dirname, '../..');
const source = `import { schema, t, table } from 'spacetimedb/server';
const note = table({ public: true }, { id: t.u32().primaryKey(), text: t.string() });
const db = schema({ note });
export default db;
export const add = db.reducer({ text: t.string() }, (ctx, { text }) => {
  ctx.db.note.insert({ id: 1, text });
});
`;
const tsconfig = `{ "compilerOptions": { "strict": true, "skipLibCheck": true, "moduleResolution": "bundler", "module": "ESNext",
  "target": "ESNext", "lib": ["ESNext", "DOM"], "types": [], "noEmit": true }, "include": ["src"] }`;

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'build ü '));
  directory = join(root, 'my module ñ');
  await put('package.json', '{}');
  await put('tsconfig.json', tsconfig);
  await put('src/index.ts', source);
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'), 'dir');
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  const full = join(directory, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
}

async function failedBuild(): Promise<{ exitCode: number; output: string; problems: string[] }> {
  const built = await buildModule({ directory, debug: false });
  if (built.ok) throw new Error('the module was built');
  expect(await readdir(directory)).not.toContain('dist');
  return { exitCode: built.exitCode, output: built.compilerOutput, problems: built.problems.map(formatBuildProblem) };
}

describe('a module that is right', () => {
  test('becomes one file whose only imports are those of the host', async () => {
    const built = await buildModule({ directory, debug: false });
    if (!built.ok) throw new Error(JSON.stringify(built));
    expect(await readFile(join(directory, 'dist/bundle.js'), 'utf8')).toBe(built.text);
    const imports = [...built.text.matchAll(/^import .* from "(.*)";$/gm)].map((match) => match[1]);
    expect(new Set(imports)).toEqual(new Set(['spacetime:sys@2.0', 'spacetime:sys@2.1']));
    expect(built.text).toMatch(/export \{\n {2}add,\n {2}\w+ as default\n\};/);
    expect(built.hint).toBeUndefined();
    expect(await readdir(join(directory, 'dist'))).toEqual(['bundle.js']);
  });

  test('has a source map whose paths start at the module folder', async () => {
    const built = await buildModule({ directory, debug: false });
    if (!built.ok) throw new Error('not built');
    const encoded = /\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(.*)\n$/.exec(built.text)?.[1];
    const map = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString()) as {
      sources: string[];
      sourcesContent: string[];
    };
    expect(map.sources).toContain('src/index.ts');
    expect(map.sourcesContent[map.sources.indexOf('src/index.ts')]).toBe(source);
  });

  test('knows whether it is a development build', async () => {
    await put(
      'src/index.ts',
      `${source}\nexport const mode = process.env.NODE_ENV;\ndeclare const process: { env: { NODE_ENV: string } };\n`,
    );
    for (const [debug, text] of [
      [true, 'mode = "development"'],
      [false, 'mode = "production"'],
    ] as const) {
      expect(await buildModule({ directory, debug })).toMatchObject({ ok: true, text: expect.stringContaining(text) });
    }
  });

  test('is built without TypeScript too, with a hint', async () => {
    await rm(join(directory, 'node_modules'));
    await mkdir(join(directory, 'node_modules'));
    for (const name of [
      'spacetimedb',
      'headers-polyfill',
      'base64-js',
      'url-polyfill',
      'statuses',
      'fast-text-encoding',
      'object-inspect',
      'pure-rand',
      'safe-stable-stringify',
    ]) {
      await symlink(join(repository, 'node_modules', name), join(directory, 'node_modules', name), 'dir');
    }
    const built = await buildModule({ directory, debug: false });
    expect(built).toMatchObject({ ok: true, hint: expect.stringContaining('TypeScript is not installed') });
  });
});

describe('a module that is wrong leaves nothing behind and says where', () => {
  test('a type error, as the compiler prints it and with its exit code', async () => {
    await put('src/index.ts', source.replace('id: 1', 'id: "1"'));
    const { exitCode, output } = await failedBuild();
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^src\/index\.ts\(6,\d+\): error TS2322: /);
  });

  test('a syntax error', async () => {
    await put('src/index.ts', source.replace('const db =', 'const db = ='));
    const { problems } = await failedBuild();
    expect(problems).toEqual(['src/index.ts:3:12: error: Unexpected "="']);
  });

  test('a package that is not installed', async () => {
    await rm(join(directory, 'node_modules'));
    await put('pnpm-lock.yaml', '');
    const { problems, output } = await failedBuild();
    expect(output).toBe('');
    expect(problems).toEqual([
      'src/index.ts:1:34: error: Could not resolve "spacetimedb/server". The package is not installed: run `pnpm install` in the module folder.',
    ]);
  });

  test('a misspelt part of a package that is installed', async () => {
    await put('src/index.ts', `import 'spacetimedb/serfer';\n${source}`);
    expect((await failedBuild()).problems[0]).toMatch(
      /^src\/index\.ts:1:8: error: .*"spacetimedb\/serfer"\. The package spacetimedb is installed, but .*check the spelling/,
    );
  });

  test('a builtin of Node', async () => {
    await put('src/index.ts', `import 'node:fs';\n${source}`);
    expect((await failedBuild()).problems[0]).toMatch(/^src\/index\.ts:1:8: error: .*builtins of Node do not exist/);
    await put('src/index.ts', `import 'crypto';\n${source}`);
    expect((await failedBuild()).problems[0]).toMatch(/"crypto".*builtins of Node do not exist/);
  });

  test('no default export', async () => {
    await put('src/index.ts', source.replace('export default db;', ''));
    expect((await failedBuild()).problems).toEqual([
      expect.stringContaining('error: The module has no default export.'),
    ]);
  });

  test('no use of the server package', async () => {
    await put('src/index.ts', 'export default 1;');
    expect((await failedBuild()).problems).toEqual([expect.stringContaining('never imports spacetimedb/server')]);
  });

  test('no entry file', async () => {
    await rm(join(directory, 'src/index.ts'));
    expect((await failedBuild()).problems).toEqual([expect.stringContaining('src/index.ts does not exist.')]);
  });

  test('another language', async () => {
    await put('Cargo.toml', '');
    expect((await failedBuild()).problems).toEqual([expect.stringContaining('written in Rust')]);
  });

  test('no module at all', async () => {
    await rm(join(directory, 'package.json'));
    expect((await failedBuild()).problems).toEqual([expect.stringContaining('holds no module')]);
    directory = join(root, 'nowhere');
    expect(await buildModule({ directory, debug: false })).toMatchObject({ ok: false, exitCode: 1 });
  });

  // The administrator may write everywhere.
  test.skipIf(process.getuid?.() === 0)('an output folder that cannot be written', async () => {
    await mkdir(join(directory, 'dist'));
    await chmod(join(directory, 'dist'), 0o500);
    const built = await buildModule({ directory, debug: false });
    expect(built).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('could not be written') }],
    });
  });

  test('an output folder that is a file', async () => {
    await put('dist', 'not a folder');
    const built = await buildModule({ directory, debug: false });
    expect(built).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('could not be written') }],
    });
  });
});
