/** Failures of build, generate and publish as squiggles at the place that caused them. */
import path from 'node:path';
import * as vscode from 'vscode';
import { errorText } from '../cli/output.ts';
import { findProblems } from '../cli/problems.ts';
import type { RunResult } from '../cli/run.ts';
import type { ModuleTarget } from '../module/config.ts';

const source = 'spacetime';

export class BuildProblems {
  readonly #collection = vscode.languages.createDiagnosticCollection(source);
  readonly #filesOf = new Map<string, vscode.Uri[]>();

  /** The module builds: nothing of it is wrong any more. */
  clear(module: ModuleTarget): void {
    for (const uri of this.#filesOf.get(module.modulePath) ?? []) this.#collection.delete(uri);
    this.#filesOf.delete(module.modulePath);
  }

  /** Shows what a failed run said. Returns the first place, for a button that leads there. */
  async show(module: ModuleTarget, result: RunResult): Promise<vscode.Location> {
    this.clear(module);
    const byFile = new Map<string, vscode.Diagnostic[]>();
    let first: vscode.Location | undefined;
    for (const problem of findProblems(`${result.stdout}\n${result.stderr}`)) {
      const uri = await resolveFile(module, problem.file);
      if (!uri) continue;
      const range = await wordAt(uri, problem.line - 1, problem.column - 1);
      const severity =
        problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
      if (severity === vscode.DiagnosticSeverity.Error) first ??= new vscode.Location(uri, range);
      if (!reportedAlready(uri, range)) add(byFile, uri, diagnostic(range, problem.message, severity));
    }
    if (!first) {
      const uri = await entryFile(module);
      first = new vscode.Location(uri, new vscode.Range(0, 0, 0, Number.MAX_SAFE_INTEGER));
      const message = errorText(result.stderr) || errorText(result.stdout) || 'The build failed.';
      add(byFile, uri, diagnostic(first.range, message, vscode.DiagnosticSeverity.Error));
    }
    const files = [...byFile.keys()].map((file) => vscode.Uri.file(file));
    this.#filesOf.set(module.modulePath, files);
    for (const uri of files) this.#collection.set(uri, byFile.get(uri.fsPath));
    return first;
  }

  dispose(): void {
    this.#collection.dispose();
  }
}

function add(byFile: Map<string, vscode.Diagnostic[]>, uri: vscode.Uri, item: vscode.Diagnostic): void {
  byFile.set(uri.fsPath, [...(byFile.get(uri.fsPath) ?? []), item]);
}

function diagnostic(range: vscode.Range, message: string, severity: vscode.DiagnosticSeverity): vscode.Diagnostic {
  const item = new vscode.Diagnostic(range, message, severity);
  item.source = source;
  return item;
}

/** The language server, or the editor's own TypeScript, has an error on the same line. */
const reportedAlready = (uri: vscode.Uri, range: vscode.Range): boolean =>
  vscode.languages
    .getDiagnostics(uri)
    .some(
      (other) =>
        other.source !== source &&
        other.severity === vscode.DiagnosticSeverity.Error &&
        other.range.start.line === range.start.line,
    );

/** Tools print paths relative to the module, or to where they run. */
async function resolveFile(module: ModuleTarget, file: string): Promise<vscode.Uri | undefined> {
  for (const base of [module.modulePath, module.root]) {
    const uri = vscode.Uri.file(path.resolve(base, file));
    if (await exists(uri)) return uri;
  }
  return undefined;
}

/** Where to show what names no place: the module's first file, else its configuration. */
async function entryFile(module: ModuleTarget): Promise<vscode.Uri> {
  const entry = vscode.Uri.file(path.join(module.modulePath, 'src', 'index.ts'));
  if ((await exists(entry)) || !module.configFile) return entry;
  return vscode.Uri.file(module.configFile);
}

export async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    // Not there.
    return false;
  }
}

async function wordAt(uri: vscode.Uri, line: number, column: number): Promise<vscode.Range> {
  const document = await vscode.workspace.openTextDocument(uri);
  const position = document.validatePosition(new vscode.Position(Math.max(0, line), Math.max(0, column)));
  return document.getWordRangeAtPosition(position) ?? new vscode.Range(position, position.translate(0, 1));
}
