/** Generates client bindings: on request, and whenever a file of a module is saved. The latest save wins. */
import * as vscode from 'vscode';
import { errorText } from '../cli/output.ts';
import type { Tools } from '../cli/tools.ts';
import { Disposables } from '../disposables.ts';
import { errors, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { type ModuleTarget, moduleLabel } from '../module/config.ts';
import type { Modules } from '../module/modules.ts';
import { reportError } from '../report.ts';
import { setting } from '../settings.ts';
import { type BuildProblems, exists } from './problems.ts';
import { concernsModule, generateArguments } from './target.ts';

/** Saves that follow each other this closely count as one. */
const debounceMs = 150;

export type GenerateOutcome = 'written' | 'failed' | 'cancelled' | 'noClient';

export class Generator {
  readonly #tools: Tools;
  readonly #problems: BuildProblems;
  readonly #log: Log;
  readonly #disposables = new Disposables();
  readonly #status: vscode.StatusBarItem;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, AbortController>();

  constructor(tools: Tools, modules: Modules, problems: BuildProblems, log: Log) {
    this.#tools = tools;
    this.#problems = problems;
    this.#log = log;
    this.#status = this.#disposables.add(
      vscode.window.createStatusBarItem('spacetimedb.bindings', vscode.StatusBarAlignment.Left, 9),
    );
    this.#status.name = 'SpacetimeDB Bindings';
    this.#disposables.add(
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (!setting('generateOnSave') || document.uri.scheme !== 'file') return;
        for (const module of modules.holding(document.uri.fsPath)) {
          if (concernsModule(module.modulePath, document.uri.fsPath)) this.#soon(module);
        }
      }),
    );
  }

  #soon(module: ModuleTarget): void {
    clearTimeout(this.#waiting.get(module.modulePath));
    const timer = setTimeout(() => {
      this.#waiting.delete(module.modulePath);
      this.generate(module).catch((error: unknown) => reportError(error, this.#log));
    }, debounceMs);
    this.#waiting.set(module.modulePath, timer);
  }

  /**
   * Runs `spacetime generate` once; a run for the same module that is still going is cancelled.
   * @throws UserError when the tool cannot be started.
   */
  async generate(module: ModuleTarget): Promise<GenerateOutcome> {
    const plan = await generateArguments(module, (file) => exists(vscode.Uri.file(file)));
    if (!plan) {
      this.#show('$(dash) Bindings', errors.noBindingsTarget().message);
      return 'noClient';
    }
    this.#running.get(module.modulePath)?.abort();
    const abort = new AbortController();
    this.#running.set(module.modulePath, abort);
    const label = moduleLabel(module);
    this.#show('$(sync~spin) Bindings', `Generating the bindings of ${label}…`);
    const started = performance.now();
    try {
      const result = await this.#tools.run(plan.args, { cwd: plan.cwd, signal: abort.signal });
      if (result.aborted) return 'cancelled';
      if (result.exitCode !== 0) {
        const place = await this.#problems.show(module, result);
        this.#showFailure(label, errorText(result.stderr) || 'the module does not build', place);
        return 'failed';
      }
      this.#problems.clear(module);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      this.#show(`Bindings $(check) ${seconds} s`, `The bindings of ${label} are up to date.`);
      return 'written';
    } catch (error) {
      this.#show('$(error) Bindings', messageOf(error));
      throw error;
    } finally {
      if (this.#running.get(module.modulePath) === abort) this.#running.delete(module.modulePath);
    }
  }

  #show(text: string, tooltip: string): void {
    this.#status.text = text;
    this.#status.tooltip = tooltip;
    this.#status.backgroundColor = undefined;
    this.#status.command = undefined;
    this.#status.show();
  }

  #showFailure(label: string, why: string, place: vscode.Location): void {
    this.#show('$(error) Bindings failed', `The bindings of ${label} were not generated: ${why}\nClick to see where.`);
    this.#status.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
    this.#status.command = {
      title: 'Show Problem',
      command: 'vscode.open',
      arguments: [place.uri, { selection: place.range }],
    };
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const abort of this.#running.values()) abort.abort();
    this.#disposables.dispose();
  }
}
