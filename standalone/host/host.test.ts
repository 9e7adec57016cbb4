import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../schema/result.ts';
import { describeBundle, loadingContext } from './describe.ts';
import { loadModule, type ModuleInstance } from './instance.ts';
import type { ModuleLogLine } from './syscalls/call-context.ts';
import { bundleSource, fixtureBundle } from './testing/modules.ts';

const emptyModule = `import { schema } from 'spacetimedb/server'; export default schema({});`;

/** Loads a module and gives what it printed. */
async function load(source: string, limit?: number): Promise<{ loaded: Result<ModuleInstance>; lines: string[] }> {
  const lines: string[] = [];
  const context = loadingContext((line) => lines.push(line.message));
  return { loaded: await loadModule(await bundleSource(source), context, limit), lines };
}

const messageOf = ({ loaded }: { loaded: Result<ModuleInstance> }): string => (loaded.ok ? '' : loaded.message);

describe('describeBundle', () => {
  it('gives the definition of a fixture, reducers sorted by export name', async () => {
    const described = await describeBundle(await fixtureBundle('chat'));
    expect(described.ok && described.value.tables.map((table) => table.sourceName)).toEqual(['user', 'message']);
    expect(described.ok && described.value.reducers.map((reducer) => reducer.sourceName)).toEqual([
      'init',
      'onConnect',
      'onDisconnect',
      'send_message',
      'set_name',
    ]);
  });

  it('refuses text that is no JavaScript', async () => {
    const described = await describeBundle('this is {{ no module');
    expect(described).toMatchObject({ ok: false, message: expect.stringContaining('not a JavaScript module') });
  });
});

describe('loading a module', () => {
  it('stops a module that loops while it loads', async () => {
    const result = await load(`${emptyModule} try { while (true) {} } finally { while (true) {} }`, 200);
    expect(messageOf(result)).toContain('did not finish loading within 0.2 s');
  });

  it('refuses imports that the host does not have', async () => {
    const text = (specifier: string): string =>
      `import * as x from '${specifier}'; export default x; globalThis.y = x;`;
    const message = async (specifier: string): Promise<string> => {
      const loaded = await loadModule(text(specifier), loadingContext());
      return loaded.ok ? '' : loaded.message;
    };
    expect(await message('node:fs')).toContain('Could not find module "node:fs"');
    expect(await message('spacetime:sys@two')).toContain('is invalid');
    expect(await message('spacetime:sys@9.1')).toContain('requires sys module v9.1');
    expect(await message('spacetime:sys@1.0')).toContain('before 2.0');
  });

  it('asks for the schema as default export', async () => {
    const loaded = async (text: string): Promise<string> => {
      const result = await loadModule(`import 'spacetime:sys@2.0'; ${text}`, loadingContext());
      return result.ok ? '' : result.message;
    };
    expect(await loaded('export const a = 1;')).toContain('must export schema as default export');
    expect(await loaded('export default 1;')).toContain('not a Schema object');
    expect(await loaded('await 1; export default {};')).toContain('top-level await');
  });

  it('maps the stack of an error to the source', async () => {
    const result = await load(`${emptyModule}\nfunction inner(): void { throw new RangeError('too far'); }\ninner();`);
    expect(messageOf(result)).toMatch(/^Uncaught RangeError: too far\n\tat inner \(src\/index\.ts:2:/);
  });
});

describe('globals of the sandbox', () => {
  let printed: Record<string, string> = {};

  beforeAll(async () => {
    const { loaded, lines } = await load(`${emptyModule}
      const show = (name: string, run: () => unknown) => {
        let text; try { text = String(run()); } catch (e) { text = e.name + ': ' + e.message; }
        console.log(name + '=' + text);
      };
      const names = ['process', 'require', 'Buffer', 'fetch', 'setTimeout', 'queueMicrotask', 'structuredClone',
        'performance', 'crypto', 'URL', 'module', 'exports'];
      for (const name of names) show(name, () => typeof (globalThis as any)[name]);
      show('random', () => Math.random());
      show('encode', () => new TextEncoder().encode('h\\u00e9\\ud83d\\ude00\\ud800'));
      show('isUint8Array', () => new TextEncoder().encode('x') instanceof Uint8Array);
      show('decode', () => new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 104, 0xc3, 0xa9, 0xff])));
      show('part', () => new TextDecoder('utf-8').decode(new Uint8Array([65, 66, 67]).subarray(1)));
      show('fatal', () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])));
      show('label', () => new TextDecoder('latin1'));
      show('stream', () => new TextDecoder().decode(new Uint8Array(), { stream: true }));
      show('dispose', () => typeof Symbol.dispose);
      // Ways out of a sandbox: constructors of functions that the host hands in, and of errors that it throws.
      show('escape', () => new TextEncoder().encode.constructor('return typeof process')());
      show('console', () => (console.log as any).constructor('return typeof process')());
      show('error', () => { try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])); }
        catch (e) { return (e as any).constructor.constructor('return typeof process')(); } });
    `);
    expect(messageOf({ loaded })).toBe('');
    printed = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
  });

  it('has none of the globals of Node', () => {
    for (const name of ['process', 'require', 'Buffer', 'fetch', 'setTimeout', 'queueMicrotask', 'structuredClone']) {
      expect(printed[name], name).toBe('undefined');
    }
    for (const name of ['performance', 'crypto', 'module', 'exports']) expect(printed[name], name).toBe('undefined');
  });

  it('refuses Math.random with a hint', () => {
    expect(printed.random).toBe(
      'TypeError: Math.random is not available in SpacetimeDB modules. Use ctx.random instead.',
    );
  });

  it('encodes and decodes UTF-8', () => {
    expect(printed.encode).toBe('104,195,169,240,159,152,128,239,191,189');
    expect(printed.isUint8Array).toBe('true');
    expect(printed.decode).toBe('hé\ufffd');
    expect(printed.part).toBe('BC');
    expect(printed.fatal).toMatch(/^TypeError/);
    expect(printed.label).toMatch(/^RangeError/);
    expect(printed.stream).toMatch(/^TypeError/);
    expect(printed.dispose).toBe('symbol');
  });

  it('gives module code no object of the outer realm', () => {
    expect(printed.escape).toBe('undefined');
    expect(printed.console).toBe('undefined');
    expect(printed.error).toBe('undefined');
  });
});

describe('console', () => {
  it('tells level, file and line of the caller', async () => {
    const lines: ModuleLogLine[] = [];
    const bundle = await bundleSource(`${emptyModule}\nconsole.warn('careful', { a: 1 });\nconsole.error('bad');`);
    await loadModule(
      bundle,
      loadingContext((line) => lines.push(line)),
    );
    expect(lines).toEqual([
      { level: 1, message: expect.stringContaining('careful'), filename: 'src/index.ts', lineNumber: 2 },
      { level: 0, message: 'bad', filename: 'src/index.ts', lineNumber: 3 },
    ]);
  });

  it('times spans', async () => {
    const { lines } = await load(`${emptyModule}\nconsole.time('span'); console.timeEnd('span');`);
    expect(lines).toEqual([expect.stringMatching(/^Timing span "span": [\d.]+(µs|ms)$/)]);
  });

  it('knows no transaction while the module loads', async () => {
    const { lines } = await load(`${emptyModule}
      import * as sys from 'spacetime:sys@2.0';
      try { sys.table_id_from_name('x'); } catch (e) { console.log(e.name + ': ' + e.message); }`);
    expect(lines).toEqual([expect.stringContaining('ABI call can only be made while in a transaction')]);
  });
});
