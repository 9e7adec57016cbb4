#!/usr/bin/env node
/** Entry of dist/spacetime.cjs, the embedded `spacetime`. */
import { runCli } from './cli/program.ts';
import { systemTerminal } from './cli/terminal.ts';

/** The first with JSON that keeps all digits of 64-bit integers. */
const oldestNode = 22;

async function main(): Promise<number> {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    process.stderr.write(
      `Error: The embedded spacetime needs Node ${oldestNode} or newer; this is ${process.version}. Install a newer Node, or use the extension, which brings its own.\n`,
    );
    return 1;
  }
  return runCli(process.argv.slice(2), systemTerminal(), process.argv[1] ?? process.execPath);
}

main().then((exitCode) => {
  // Not process.exit: output that a pipe has not taken yet would be lost.
  process.exitCode = exitCode;
});
