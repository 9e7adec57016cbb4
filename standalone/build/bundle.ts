/** Source of a TypeScript module → one ES module for the host. Source: reference "cli and generate" 6. */
import { existsSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { type BuildProblem, problemOfModule } from './build-problem.ts';
import { packageManager } from './detect.ts';
import { type BuildFailure, loadEsbuild, type Message, type Metafile } from './esbuild.ts';

/** The file a module starts with; the name is fixed. */
export const entryFile = 'src/index.ts';

export interface BundleOptions {
  /** Folder of the module. */
  readonly directory: string;
  /** Development build: `process.env.NODE_ENV` is "development". */
  readonly debug: boolean;
}

export type BundleOutcome =
  | { readonly ok: true; readonly text: string; readonly warnings: readonly BuildProblem[] }
  | { readonly ok: false; readonly problems: readonly BuildProblem[] };

/** Bundles without writing anything. The text ends with an inline source map whose paths are relative to the module. */
export async function bundleModule(options: BundleOptions): Promise<BundleOutcome> {
  const { directory } = options;
  if (!existsSync(join(directory, entryFile))) {
    return refuse(
      `${entryFile} does not exist. A TypeScript module starts in this file; create it, or name another folder with --module-path.`,
    );
  }
  const esbuild = await loadEsbuild();
  const tsconfig = join(directory, 'tsconfig.json');
  try {
    const result = await esbuild.build({
      absWorkingDir: directory,
      entryPoints: [`./${entryFile}`],
      outfile: 'dist/bundle.js',
      write: false,
      metafile: true,
      bundle: true,
      format: 'esm',
      target: 'esnext',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      // A module runs in a bare JavaScript engine: no Node builtins, and of the export conditions only the real tool's
      // three (esbuild adds `import` and `default` itself).
      platform: 'neutral',
      mainFields: ['browser', 'module', 'main'],
      conditions: ['production'],
      resolveExtensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json'],
      external: ['spacetime:sys*'],
      // Importing a file for what it does (registering reducers) must not depend on a package's sideEffects field.
      ignoreAnnotations: true,
      define: { 'process.env.NODE_ENV': options.debug ? '"development"' : '"production"' },
      sourcemap: 'external',
      ...(existsSync(tsconfig) ? { tsconfig } : {}),
    });
    const [map, code] = ['.map', '.js'].map((end) => result.outputFiles.find((file) => file.path.endsWith(end))?.text);
    const problems = shapeProblems(result.metafile);
    if (problems.length > 0) return { ok: false, problems };
    const warnings = result.warnings.map((message) => problemOf(message, 'warning', directory));
    return { ok: true, text: `${code ?? ''}${inlineSourceMap(map ?? '{}')}`, warnings };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { ok: false, problems: error.errors.map((message) => problemOf(message, 'error', directory)) };
  }
}

const refuse = (message: string): BundleOutcome => ({ ok: false, problems: [problemOfModule(message)] });

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);

function problemOf(message: Message, severity: BuildProblem['severity'], directory: string): BuildProblem {
  const { location } = message;
  return {
    severity,
    file: location?.file,
    line: location?.line,
    // esbuild counts columns from 0.
    column: location ? location.column + 1 : undefined,
    message: message.text + missingPackageHint(message.text, directory),
  };
}

function missingPackageHint(text: string, directory: string): string {
  const name = /^Could not resolve "([^"./][^"]*)"/.exec(text)?.[1];
  if (!name) return '';
  if (isBuiltin(name)) return '. A module runs inside the database, where the builtins of Node do not exist.';
  const packageName = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  if (isInstalled(packageName, directory)) {
    return `. The package ${packageName} is installed, but has nothing of that name: check the spelling.`;
  }
  const manager = packageManager(directory);
  return `. The package is not installed: run \`${manager} install\` in the module folder.`;
}

/** Whether one of the node_modules folders that the module can see holds the package. */
function isInstalled(packageName: string, directory: string): boolean {
  const folders = createRequire(join(directory, 'package.json')).resolve.paths(packageName) ?? [];
  return folders.some((folder) => existsSync(join(folder, packageName)));
}

/** What the host demands of a bundle: an import of its API in one major version and, since 2, a default export. */
function shapeProblems(metafile: Metafile): BuildProblem[] {
  const [output] = Object.values(metafile.outputs).filter((entry) => entry.entryPoint);
  const specifiers = (output?.imports ?? []).filter((entry) => entry.external).map((entry) => entry.path);
  const majors = new Set<string>();
  for (const specifier of specifiers) {
    const major = /^spacetime:sys@(\d+)\.\d+$/.exec(specifier)?.[1];
    if (!major) {
      return [
        problemOfModule(
          `The module imports "${specifier}", which is not a version of spacetime:sys, for instance spacetime:sys@2.0.`,
        ),
      ];
    }
    majors.add(major);
  }
  if (majors.size === 0) {
    return [
      problemOfModule(
        `The module never imports spacetimedb/server, so it defines nothing. Import \`schema\` and \`table\` from "spacetimedb/server" in ${entryFile}.`,
      ),
    ];
  }
  if (majors.size > 1) {
    return [
      problemOfModule(
        'The module imports several major versions of spacetime:sys. Install one version of the spacetimedb package only.',
      ),
    ];
  }
  if (majors.has('2') && !output?.exports.includes('default')) {
    return [
      problemOfModule(
        `The module has no default export. Export the schema object from ${entryFile}: \`export default schema({ ... })\`.`,
      ),
    ];
  }
  return [];
}

/** Sources are relative to dist/ in the map; like the real tool, name them from the module folder. */
function inlineSourceMap(text: string): string {
  const map = JSON.parse(text) as { sources?: string[] };
  map.sources = map.sources?.map((source) => source.replace(/^\.\.\//, ''));
  const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
  return `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${encoded}\n`;
}
