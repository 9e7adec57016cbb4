/** Entry of dist/spacetime.cjs, the embedded `spacetime`. */
import { runCli } from './cli/program.ts';
import { systemTerminal } from './cli/terminal.ts';

process.exitCode = await runCli(process.argv.slice(2), systemTerminal(), process.argv[1] ?? process.execPath);
