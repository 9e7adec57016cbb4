/** `npm run check`: types, lint and format, the rooms' import rule, unused code. Runs all, then ends with 1 if one failed. */
import { join } from 'node:path';
import { generateFixtureBindings } from './bindings.ts';
import { root } from './paths.ts';
import { packageProgram, run } from './processes.ts';

const checks: [string, string[]][] = [
  ['types', [packageProgram('typescript', 'tsc')]],
  ['types of webviews', [packageProgram('typescript', 'tsc'), '-p', 'webviews']],
  ['types of webviews/dev', [packageProgram('typescript', 'tsc'), '-p', 'webviews/dev']],
  ['lint and format', [packageProgram('@biomejs/biome', 'biome'), 'ci']],
  ['rooms', [join(root, 'scripts', 'rooms.ts')]],
  ['unused code', [packageProgram('knip', 'knip'), '--no-progress']],
];

/** Runs every check; resolves to how many passed and failed. */
export async function check(): Promise<{ passed: number; failed: number }> {
  await generateFixtureBindings();
  const result = { passed: 0, failed: 0 };
  for (const [name, command] of checks) {
    const exitCode = await run(process.execPath, command);
    console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name}`);
    if (exitCode === 0) result.passed++;
    else result.failed++;
  }
  return result;
}

if (import.meta.main) process.exit((await check()).failed > 0 ? 1 : 0);
