/** `spacetime build` */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultModuleDirectory } from '../../build/detect.ts';
import type { Context } from '../context.ts';
import { buildAndReport, describeModule, reportRules } from '../module-schema.ts';
import { example } from '../options.ts';

interface Options {
  modulePath?: string;
  debug?: boolean;
}

export function addBuild(program: Command, context: () => Context): void {
  const command = program
    .command('build')
    .description('type-check and bundle the module, and check its definition')
    .option('-p, --module-path <dir>', 'folder of the module (default: ./spacetimedb, else the current folder)')
    .option('--lint-dir <dir>', 'accepted for compatibility; only Rust modules are linted')
    .option('-d, --debug', 'development build')
    .option('--dotnet-version <version>', 'accepted for compatibility; only C# modules use it')
    .action(async (options: Options) => runBuild(context(), options));
  example(command, 'spacetime build --module-path spacetimedb');
}

async function runBuild({ terminal }: Context, options: Options): Promise<void> {
  const directory = moduleDirectory(terminal.cwd, options.modulePath);
  const built = await buildAndReport(terminal, directory, options.debug ?? false);
  reportRules(terminal, await describeModule(terminal, built.text));
  terminal.out('Build finished successfully.');
}

/** The folder that `--module-path` names, else the usual one. */
export const moduleDirectory = (cwd: string, modulePath: string | undefined): string =>
  modulePath === undefined ? defaultModuleDirectory(cwd) : resolve(cwd, modulePath);
