/** Running other programs from the scripts. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './paths.ts';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program with this terminal. Resolves to its exit code; 1 when a signal ended it. Rejects when it cannot start. */
export function run(program: string, args: string[], options: RunOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, ...options, stdio: 'inherit' });
    let interrupted = false;
    const forward = (signal: NodeJS.Signals) => {
      interrupted = true;
      child.kill(signal);
    };
    process.on('SIGINT', forward).on('SIGTERM', forward);
    const ended = () => process.off('SIGINT', forward).off('SIGTERM', forward);
    child.once('error', (error) => {
      ended();
      reject(error);
    });
    child.once('exit', (code) => {
      ended();
      // Who interrupts a stage wants the rest not to start.
      if (interrupted) process.exit(130);
      resolve(code ?? 1);
    });
  });
}

/** The file of a program of an installed npm package, for instance `packageProgram('vitest', 'vitest')`. */
export function packageProgram(packageName: string, program: string): string {
  const require = createRequire(join(root, 'package.json'));
  const manifestPath = join(root, 'node_modules', packageName, 'package.json');
  const { bin } = require(manifestPath) as { bin: string | Record<string, string> };
  const file = typeof bin === 'string' ? bin : bin[program];
  if (!file) throw new Error(`The package ${packageName} has no program ${program}.`);
  return join(dirname(manifestPath), file);
}
