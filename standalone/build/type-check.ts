/** Runs the module's TypeScript compiler over the module without emitting anything. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type TypeCheckOutcome =
  | { readonly kind: 'passed' }
  /** `output` is what tsc printed; file names in it are relative to the module folder. */
  | { readonly kind: 'failed'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'skipped'; readonly why: string };

/**
 * The script of the nearest installed TypeScript, looking in `node_modules` from the module folder upwards to the root
 * of the repository (or of the disk).
 */
export function findTypeScript(directory: string): string | undefined {
  for (let current = directory; ; current = dirname(current)) {
    const folder = join(current, 'node_modules', 'typescript');
    const script = compilerScript(folder);
    if (script) return script;
    if (existsSync(join(current, '.git')) || dirname(current) === current) return undefined;
  }
}

function compilerScript(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: { tsc?: string } };
  return bin?.tsc && join(folder, bin.tsc);
}

/** Type-checks the project of `directory`. */
export async function typeCheckModule(directory: string): Promise<TypeCheckOutcome> {
  const compiler = findTypeScript(directory);
  if (!compiler) {
    return {
      kind: 'skipped',
      why: 'TypeScript is not installed in the module folder, so types were not checked. Install it with `npm install --save-dev typescript`.',
    };
  }
  if (!existsSync(join(directory, 'tsconfig.json'))) {
    return { kind: 'skipped', why: 'The module folder has no tsconfig.json, so types were not checked.' };
  }
  return run(compiler, directory);
}

function run(compiler: string, directory: string): Promise<TypeCheckOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, '--noEmit', '--pretty', 'false'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ kind: 'passed' });
      else resolve({ kind: 'failed', exitCode: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}
