#!/usr/bin/env node
/** Entry of dist/spacetime.cjs, the embedded `spacetime`. */
import { runCli } from './cli/program.ts';
import { systemTerminal } from './cli/terminal.ts';

runCli(process.argv.slice(2), systemTerminal(), process.argv[1] ?? process.execPath).then((exitCode) => {
  // Not process.exit: output that a pipe has not taken yet would be lost.
  process.exitCode = exitCode;
});
