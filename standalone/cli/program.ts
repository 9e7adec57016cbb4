/** The command line: which commands there are, how usage errors and failures end. Reference "cli and generate" 1, 2. */
import { Command, CommanderError } from 'commander';
import { commandPosition, normalizeArguments } from './command-line.ts';
import { addBuild } from './commands/build.ts';
import { addCall } from './commands/call.ts';
import { addDelete } from './commands/delete.ts';
import { addDescribe } from './commands/describe.ts';
import { addExtractSchema } from './commands/extract-schema.ts';
import { addGenerate } from './commands/generate.ts';
import { addList } from './commands/list.ts';
import { addLock } from './commands/lock.ts';
import { addLogin } from './commands/login.ts';
import { addLogout } from './commands/logout.ts';
import { addLogs } from './commands/logs.ts';
import { addPublish } from './commands/publish.ts';
import { addRealToolOnly } from './commands/real-tool-only.ts';
import { addRename } from './commands/rename.ts';
import { addServer } from './commands/server.ts';
import { addSql } from './commands/sql.ts';
import { addStart } from './commands/start.ts';
import { addVersion } from './commands/version.ts';
import { Context } from './context.ts';
import { CliError, formatError, QuietExit } from './errors.ts';
import { example } from './options.ts';
import type { Terminal } from './terminal.ts';
import { longVersion, shortVersion } from './version.ts';

/** Adds a command to the program; the context is made when the command runs. */
export type AddCommand = (program: Command, context: () => Context) => void;

const commands: readonly AddCommand[] = [
  addStart,
  addBuild,
  addPublish,
  addGenerate,
  addCall,
  addSql,
  addLogs,
  addDescribe,
  addList,
  addDelete,
  addLock,
  addRename,
  addLogin,
  addLogout,
  addServer,
  addVersion,
  addExtractSchema,
  addRealToolOnly,
];

/**
 * Runs one command line (without the names of interpreter and program).
 * Resolves to the exit code: 0 success, 1 failure, 2 wrong usage, or what a child process returned.
 */
export async function runCli(args: readonly string[], terminal: Terminal, executable: string): Promise<number> {
  const version = versionRequest(args);
  if (version) {
    terminal.out(version === '-V' ? shortVersion : longVersion(executable));
    return 0;
  }
  const program = makeProgram(terminal, executable);
  try {
    await program.parseAsync(normalizeArguments(args), { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function makeProgram(terminal: Terminal, executable: string): Command {
  const program = new Command('spacetime')
    .description('The embedded SpacetimeDB tool: builds, publishes and runs TypeScript modules for development.')
    .option('--root-dir <dir>', 'keep configuration and data below this folder')
    .option('--config-path <file>', 'path of cli.toml')
    .option('-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError("\nFor more information, try '--help'.")
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.err(text.replace(/\n$/, '')),
    });
  example(program, 'spacetime start', 'spacetime publish my-database --server local');
  const context = (): Context => new Context(terminal, program.opts<{ rootDir?: string; configPath?: string }>());
  for (const add of commands) add(program, context);
  program.setOptionValue('executable', executable);
  return program;
}

function versionRequest(args: readonly string[]): '-V' | '--version' | undefined {
  const position = commandPosition(args);
  const globals = position < 0 ? args : args.slice(0, position);
  return globals.includes('--version') ? '--version' : globals.includes('-V') ? '-V' : undefined;
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof QuietExit) return error.exitCode;
  // Help that was asked for ends with 0; help shown because no command was given is wrong usage.
  if (error instanceof CommanderError) return error.code === 'commander.helpDisplayed' ? 0 : 2;
  terminal.err(formatError(error).trimEnd());
  return error instanceof CliError ? error.exitCode : 1;
}
