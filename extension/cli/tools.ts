/** The tool in use: found when first needed, found again when the settings change, shown in the status bar. */
import * as vscode from 'vscode';
import { viewIds } from '../contributions.ts';
import { Disposables } from '../disposables.ts';
import type { Log } from '../log.ts';
import { onSettingChanged, setting } from '../settings.ts';
import { findTool, isExecutable, type Tool, type ToolSource } from './find-tool.ts';
import { parseVersion, stripAnsi } from './output.ts';
import { type RunResult, runTool } from './run.ts';

const sourceNames: Readonly<Record<ToolSource, string>> = {
  setting: 'setting',
  PATH: 'PATH',
  embedded: 'embedded',
};

export interface ToolRun {
  cwd: string;
  signal?: AbortSignal;
  /** Neither the command line's outcome nor its output is logged: it holds a token. */
  secret?: boolean;
}

export class Tools {
  readonly #extensionUri: vscode.Uri;
  readonly #log: Log;
  readonly #disposables = new Disposables();
  readonly #status: vscode.StatusBarItem;
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  #tool: Promise<Tool> | undefined;

  /** Another tool is in use from now on. */
  readonly onDidChange = this.#changed.event;

  constructor(extensionUri: vscode.Uri, log: Log) {
    this.#extensionUri = extensionUri;
    this.#log = log;
    this.#status = this.#disposables.add(
      vscode.window.createStatusBarItem('spacetimedb.tool', vscode.StatusBarAlignment.Left, 10),
    );
    this.#status.name = 'SpacetimeDB';
    this.#status.text = 'SpacetimeDB';
    this.#status.command = `${viewIds.databases}.focus`;
    this.#status.show();
    this.#disposables.add(onSettingChanged(['path'], () => this.findAgain()));
  }

  current(): Promise<Tool> {
    this.#tool ??= this.#find();
    return this.#tool;
  }

  findAgain(): void {
    this.#tool = undefined;
    this.#changed.fire();
    void this.current();
  }

  async #find(): Promise<Tool> {
    const tool = await findTool({
      configured: setting('path'),
      env: process.env,
      platform: process.platform,
      execPath: process.execPath,
      embeddedScript: vscode.Uri.joinPath(this.#extensionUri, 'dist', 'spacetime.cjs').fsPath,
      isExecutable,
    });
    void this.#showVersion(tool);
    return tool;
  }

  async #showVersion(tool: Tool): Promise<void> {
    const source = sourceNames[tool.source];
    try {
      const { stdout, stderr, exitCode } = await runTool(tool, ['--version'], { cwd: this.#extensionUri.fsPath });
      const version = exitCode === 0 ? parseVersion(stdout) : undefined;
      this.#status.text = `SpacetimeDB ${version ?? '?'} (${source})`;
      this.#status.tooltip = `spacetime from ${source}: ${tool.location}`;
      this.#status.backgroundColor = undefined;
      if (!version) this.#log.line(`${tool.location} --version says: ${stripAnsi(stdout + stderr)}`);
    } catch (error) {
      this.#status.text = `$(error) SpacetimeDB (${source})`;
      this.#status.tooltip = error instanceof Error ? error.message : String(error);
      this.#status.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
    }
  }

  /**
   * Runs `spacetime` with these arguments and writes what it says to the output.
   * @throws UserError when the program cannot be started.
   */
  async run(args: readonly string[], { cwd, signal, secret }: ToolRun): Promise<RunResult> {
    const tool = await this.current();
    if (!secret) this.#log.line(`spacetime ${args.map(quoted).join(' ')}`);
    return runTool(tool, args, {
      cwd,
      ...(signal && { signal }),
      ...(!secret && { onOutput: (text: string) => this.#log.write(stripAnsi(text)) }),
    });
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** For reading only: nothing is ever given to a shell. */
const quoted = (arg: string): string => (/^[\w@%+=:,./\\-]+$/.test(arg) ? arg : JSON.stringify(arg));
