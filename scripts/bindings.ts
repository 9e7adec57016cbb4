/** Generates the client bindings of the fixtures, which are not kept in the repository, with our own `spacetime`. */
import { join } from 'node:path';
import { root } from './paths.ts';
import { run } from './processes.ts';

const fixtures = ['chat', 'accounts'];

/** Runs from source, so that it needs no build. Rejects when the generator fails. */
export async function generateFixtureBindings(): Promise<void> {
  for (const name of fixtures) {
    const cwd = join(root, 'test/fixtures', name);
    const exitCode = await run(process.execPath, [join(root, 'standalone/main.ts'), 'generate', '--yes'], { cwd });
    if (exitCode !== 0) throw new Error(`The bindings of the fixture ${name} were not generated; see above.`);
  }
}
