/** Where build and generate get a module's definition from. Source: reference "cli and generate" 6, 9. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import { fail } from '../../schema/result.ts';
import { checkModule, publishRefusals } from '../../schema/rules/index.ts';
import { type BuiltModule, buildModule } from '../build/build-module.ts';
import { type BuildProblem, formatBuildProblem } from '../build/build-problem.ts';
import { describeBundle } from '../host/describe.ts';
import { CliError, messageOf, QuietExit } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** Builds the module and prints what compiler and bundler say; a failed build ends the command. */
export async function buildAndReport(terminal: Terminal, directory: string, debug: boolean): Promise<BuiltModule> {
  const built = await buildModule({ directory, debug });
  if (built.ok) {
    for (const warning of built.warnings) terminal.err(formatBuildProblem(warning));
    if (built.hint) terminal.err(built.hint);
    return built;
  }
  if (built.compilerOutput) terminal.out(built.compilerOutput.trimEnd());
  for (const problem of built.problems) terminal.err(formatBuildProblem(problem));
  const shown = relative(terminal.cwd, directory) || '.';
  terminal.err(`Error: the module in ${shown} could not be built.`);
  throw new QuietExit(built.exitCode);
}

/** Runs the bundle's describe hook in the sandbox. A module that fails says where, when its stack does. */
export async function describeModule(terminal: Terminal, bundle: string): Promise<RawModuleDef> {
  const described = await describeBundle(bundle).catch((error: unknown) => fail(messageOf(error)));
  if (described.ok) return described.value;
  const place = placeOfFailure(described.message);
  if (place) terminal.err(formatBuildProblem(place));
  throw new CliError('The module could not be loaded, so it cannot describe its tables and reducers.', [
    described.message,
  ]);
}

/** The place in the module's own source that a stack names first, with the line above the stack as the message. */
export function placeOfFailure(text: string): BuildProblem | undefined {
  const lines = text.split('\n');
  const isFrame = (line: string): boolean => /^\s+at .*:\d+:\d+\)?$/.test(line);
  const frames = lines.filter(isFrame);
  const [, file, line, column] =
    /([^\s()]+):(\d+):(\d+)\)?$/.exec(frames.find((frame) => !frame.includes('node_modules/')) ?? frames[0] ?? '') ??
    [];
  if (!file) return undefined;
  const message = lines[lines.findIndex(isFrame) - 1] ?? 'failed';
  return { severity: 'error', file, line: Number(line), column: Number(column), message };
}

/** Prints what the rules say about a definition; a broken rule ends the command, since no server would accept it. */
export function reportRules(terminal: Terminal, raw: RawModuleDef): void {
  const problems = checkModule(raw);
  const errors = problems.filter((problem) => problem.severity === 'error');
  for (const problem of problems) {
    if (problem.severity === 'warning') terminal.err(`warning: ${problem.message} [${problem.rule}]`);
  }
  for (const problem of errors) terminal.err(`error: ${problem.message} [${problem.rule}]`);
  if (publishRefusals(raw).length === 0) return;
  terminal.err('Error: the module breaks rules of SpacetimeDB, so it cannot be published.');
  throw new QuietExit(1);
}

/** The bytes of a built module that a person named. */
export function readProgram(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError(`The module ${path} could not be read.`, [messageOf(error)]);
  }
}
