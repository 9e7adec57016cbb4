/**
 * `npm test`: every test, or `npm test -- unit host …` for single stages. Prints the time of each stage; the last line
 * is `N passed, N failed`. A stage that crashes, or runs no test, counts as a failure.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureChromium } from '../test/vscode/chromium.ts';
import { ensureCodeServer } from '../test/vscode/code-server.ts';
import type { SuiteResult } from '../test/vscode/suite-result.ts';
import { generateFixtureBindings } from './bindings.ts';
import { check } from './check.ts';
import { closedNetwork } from './closed-network.ts';
import { type Counts, completed, sum, vitestCounts } from './counts.ts';
import { packageExtension } from './package.ts';
import { root, workDirectory } from './paths.ts';
import { packageProgram, run } from './processes.ts';

interface Stage {
  name: string;
  /** Needs the bundles in `dist/`, so the VSIX. */
  needsBuild: boolean;
  /** Needs a VS Code and a browser. */
  needsCode: boolean;
  run(): Promise<Counts>;
}

const results = join(workDirectory, 'results');

const stages: Stage[] = [
  { name: 'check', needsBuild: false, needsCode: false, run: check },
  { name: 'unit', needsBuild: true, needsCode: false, run: () => vitest('unit', ['--project', 'unit']) },
  {
    name: 'conformance',
    needsBuild: true,
    needsCode: false,
    run: () => vitest('conformance', ['--project', 'conformance']),
  },
  { name: 'host', needsBuild: true, needsCode: true, run: extensionHost },
  {
    name: 'screen',
    needsBuild: true,
    needsCode: true,
    run: () => vitest('screen', ['--config', 'vitest.screen.config.ts'], closedNetwork()),
  },
];

/** Environment of the stages: where the packaged extension is. */
const environment: NodeJS.ProcessEnv = { ...process.env };

async function vitest(name: string, args: string[], before: string[] = []): Promise<Counts> {
  const report = join(results, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await runNode(before, [packageProgram('vitest', 'vitest'), 'run', ...args, ...reporters]);
  return vitestCounts(await readFile(report, 'utf8'), exitCode);
}

async function extensionHost(): Promise<Counts> {
  const result = join(results, 'host.json');
  const exitCode = await runNode(closedNetwork(), [join(root, 'test/vscode/extension-host.ts'), result]);
  return completed(JSON.parse(await readFile(result, 'utf8')) as SuiteResult, exitCode);
}

function runNode(before: string[], args: string[]): Promise<number> {
  const [program = process.execPath, ...rest] = [...before, process.execPath, ...args];
  return run(program, rest, { env: environment });
}

/** Runs one stage; a crash is one failure. */
async function runStage(stage: Stage): Promise<Counts> {
  return timed(stage.name, async () => {
    try {
      const { passed, failed } = await stage.run();
      return { passed, failed };
    } catch (error) {
      console.error(`The stage ${stage.name} did not finish: ${error instanceof Error ? error.message : error}`);
      return { passed: 0, failed: 1 };
    }
  });
}

async function timed(name: string, work: () => Promise<Counts>): Promise<Counts> {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const counts = await work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`== ${name}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s`);
  return counts;
}

/** What must be there before the stages; each step counts as a test, because without it others cannot run. */
async function prepare(wanted: Stage[]): Promise<Counts> {
  // Tests and type checks import the fixtures' generated bindings.
  const steps: (() => Promise<unknown>)[] = [generateFixtureBindings];
  if (wanted.some((stage) => stage.needsBuild)) {
    steps.push(async () => {
      environment.WORKBENCH_TEST_VSIX = await packageExtension({ universal: false });
    });
  }
  if (wanted.some((stage) => stage.needsCode)) steps.push(ensureCodeServer, async () => ensureChromium());
  const counts = { passed: 0, failed: 0 };
  for (const step of steps) {
    try {
      await step();
      counts.passed++;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      counts.failed++;
    }
  }
  return counts;
}

async function main(names: string[]): Promise<Counts> {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    console.error(`No stage ${unknown.join(', ')}. There are: ${stages.map((stage) => stage.name).join(', ')}.`);
    return { passed: 0, failed: unknown.length };
  }
  const wanted = names.length > 0 ? stages.filter((stage) => names.includes(stage.name)) : stages;
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const counts = [await timed('prepare', () => prepare(wanted))];
  const isPrepared = counts[0]?.failed === 0;
  for (const stage of wanted) {
    const canRun = isPrepared || !(stage.needsBuild || stage.needsCode);
    if (!canRun) console.error(`\n== ${stage.name}: not run, because the preparation failed; counted as a failure`);
    counts.push(canRun ? await runStage(stage) : { passed: 0, failed: 1 });
  }
  return sum(counts);
}

const total = await main(process.argv.slice(2));
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
