/** `spacetime generate`: client bindings. Source: reference "cli and generate" 9. */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { RawModuleDef } from '../../../schema/raw-module-def.ts';
import { rawModuleDefFromJson } from '../../../schema/raw-module-def-codec.ts';
import { resolveModuleDef } from '../../../schema/resolve.ts';
import { detectClientLanguage } from '../../build/detect.ts';
import { generateTypeScript } from '../../codegen/typescript/generate.ts';
import { chooseTargets } from '../config/database-argument.ts';
import { type ConfigTable, flagSetting, textSetting } from '../config/project.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { buildAndReport, describeModule, readProgram, reportRules } from '../module-schema.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { commit, compatibleVersion } from '../version.ts';
import { writeBindings } from '../write-bindings.ts';
import { moduleDirectory } from './build.ts';

interface Options extends CommonOptions {
  lang?: string;
  outDir?: string;
  modulePath?: string;
  binPath?: string;
  jsPath?: string;
  moduleDef?: string | true;
  buildOptions?: string;
  includePrivate?: boolean;
}

export function addGenerate(program: Command, context: () => Context): void {
  const command = program
    .command('generate [database]')
    .description('write the client bindings of a module')
    .option('-l, --lang <language>', 'typescript (ts); other languages need the real tool')
    .option('-o, --out-dir <dir>', 'folder for the bindings (default: src/module_bindings)')
    .option('-p, --module-path <dir>', 'folder of the module (default: ./spacetimedb, else the current folder)')
    .option('-b, --bin-path <file>', 'inspect this WebAssembly module instead of building')
    .option('-j, --js-path <file>', 'inspect this bundle instead of building')
    .option('--build-options <options>', 'options for `spacetime build`, for instance --debug')
    .option('--include-private', 'also private tables, reducers and procedures')
    .option('--dotnet-version <version>', 'accepted for compatibility; only C# modules use it')
    .option('--namespace <name>', 'accepted for compatibility; only C# bindings use it')
    .action(async (database: string | undefined, options: Options) => runGenerate(context(), database, options));
  const hidden = [
    '--module-def [file]',
    '--uproject-dir <dir>',
    '--unreal-module-name <name>',
    '--module-prefix <text>',
  ];
  for (const flags of hidden) command.addOption(command.createOption(flags).hideHelp());
  withOptions(command, ['yes', 'no-config', 'env']);
  example(command, 'spacetime generate --lang typescript --out-dir src/module_bindings --module-path spacetimedb');
}

/** One folder of bindings, with the command line and the configuration already merged. */
interface Generation {
  readonly language: string;
  readonly outDir: string;
  readonly includePrivate: boolean;
  readonly source: Source;
}

/** Where the definition comes from; generations with equal keys share one build. */
interface Source {
  readonly key: string;
  /** The module's name in messages. */
  readonly shown: string;
  load(): Promise<RawModuleDef>;
}

async function runGenerate(context: Context, database: string | undefined, options: Options): Promise<void> {
  const { terminal } = context;
  const definitions = new Map<string, RawModuleDef>();
  for (const generation of generationsOf(context, database, options)) {
    requireTypeScript(generation.language);
    const { source } = generation;
    const raw = definitions.get(source.key) ?? (await source.load());
    definitions.set(source.key, raw);
    await generateOne(context, generation, raw, options.yes ?? false);
  }
  terminal.out('Generate finished successfully.');
}

async function generateOne(context: Context, generation: Generation, raw: RawModuleDef, yes: boolean): Promise<void> {
  const { terminal } = context;
  reportRules(terminal, raw);
  if (raw.submodules.length > 0) {
    throw new CliError(
      'The module uses submodules, for which the embedded tool writes no bindings yet. Install SpacetimeDB from https://spacetimedb.com/install and use its `spacetime generate`.',
    );
  }
  terminal.out(`Generating TypeScript module bindings for module ${generation.source.shown}`);
  const def = resolveModuleDef(raw);
  const skipped = generation.includePrivate ? [] : def.tables.filter((table) => !table.isPublic);
  if (skipped.length > 0) {
    terminal.out(`Skipping private tables during codegen: ${skipped.map((table) => table.name).join(', ')}.`);
  }
  const options = { includePrivate: generation.includePrivate, cliVersion: compatibleVersion, cliCommit: commit };
  const files = generateTypeScript(def, options);
  if (!files.ok) throw new CliError(files.message);
  await writeBindings(terminal, generation.outDir, files.value, yes);
}

function generationsOf(context: Context, database: string | undefined, options: Options): Generation[] {
  const { cwd } = context.terminal;
  const project = context.project(options);
  const flagged = options.lang !== undefined || options.outDir !== undefined;
  if (!project) return [generationOf(context, cwd, {}, {}, options)];
  return chooseTargets(project, database).flatMap((target) => {
    // Flags that say what to generate replace the entries of the configuration.
    const entries = flagged || target.generate.length === 0 ? [{}] : target.generate;
    return entries.map((entry) => generationOf(context, project.directory, target.settings, entry, options));
  });
}

/** `base` is the folder that relative paths of the configuration start from. */
function generationOf(
  context: Context,
  base: string,
  settings: ConfigTable,
  entry: ConfigTable,
  options: Options,
): Generation {
  const { cwd } = context.terminal;
  const configured = textSetting(entry, 'module-path') ?? textSetting(settings, 'module-path');
  const directory =
    options.modulePath !== undefined || configured === undefined
      ? moduleDirectory(options.modulePath === undefined ? base : cwd, options.modulePath)
      : resolve(base, configured);
  const configuredOut = textSetting(entry, 'out-dir');
  const outDir =
    options.outDir !== undefined ? resolve(cwd, options.outDir) : resolve(base, configuredOut ?? 'src/module_bindings');
  const language = options.lang ?? textSetting(entry, 'language') ?? detectClientLanguage(base);
  if (language === undefined) {
    throw new CliError(
      `The client's language is unclear: ${base} holds no package.json, Cargo.toml or .csproj. Name it with --lang, for instance --lang typescript.`,
    );
  }
  return {
    language,
    outDir,
    includePrivate: options.includePrivate ?? flagSetting(entry, 'include-private'),
    source: sourceOf(context, directory, options, textSetting(entry, 'build-options') ?? ''),
  };
}

function sourceOf({ terminal }: Context, directory: string, options: Options, configuredBuild: string): Source {
  if (options.moduleDef !== undefined) return definitionSource(terminal, options.moduleDef);
  if (options.binPath !== undefined) {
    throw new CliError(
      'The embedded tool cannot load WebAssembly modules. Install SpacetimeDB from https://spacetimedb.com/install.',
    );
  }
  if (options.jsPath !== undefined) {
    const path = resolve(terminal.cwd, options.jsPath);
    return {
      key: path,
      shown: options.jsPath,
      load() {
        terminal.out(`Skipping build. Instead we are inspecting ${path}`);
        return describeModule(terminal, readProgram(path).toString('utf8'));
      },
    };
  }
  const debug = /(^|\s)(-d|--debug)(\s|$)/.test(options.buildOptions ?? configuredBuild);
  return {
    key: directory,
    shown: relative(terminal.cwd, directory) || '.',
    load: async () => describeModule(terminal, (await buildAndReport(terminal, directory, debug)).text),
  };
}

function definitionSource(terminal: Context['terminal'], file: string | true): Source {
  const path = file === true ? undefined : resolve(terminal.cwd, file);
  return {
    key: 'definition',
    shown: file === true ? 'on standard input' : file,
    async load() {
      const text = path === undefined ? await terminal.readInput() : readProgram(path).toString('utf8');
      const raw = rawModuleDefFromJson(text);
      if (raw.ok) return raw.value;
      throw new CliError('The module definition could not be read.', [raw.message]);
    },
  };
}

const aliases: Readonly<Record<string, string>> = {
  ts: 'typescript',
  typescript: 'typescript',
  rs: 'Rust',
  rust: 'Rust',
  cs: 'C#',
  'c#': 'C#',
  csharp: 'C#',
  uecpp: 'Unreal C++',
  ue5cpp: 'Unreal C++',
  unreal: 'Unreal C++',
  unrealcpp: 'Unreal C++',
};

function requireTypeScript(language: string): void {
  const known = aliases[language.toLowerCase()];
  if (known === 'typescript') return;
  if (known === undefined)
    throw new CliError(`'${language}' is no language of client bindings. Use typescript.`, [], 2);
  throw new CliError(
    `The embedded tool writes TypeScript bindings only. For ${known}, install SpacetimeDB from https://spacetimedb.com/install and use its \`spacetime generate\`.`,
  );
}
