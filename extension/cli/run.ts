/** Runs `spacetime` once, without a shell, and collects what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { errors } from '../errors.ts';
import type { Tool } from './find-tool.ts';

export interface RunOptions {
  cwd: string;
  /** Aborting ends the process and everything it started. */
  signal?: AbortSignal;
  /** Called with each piece of output as it comes; never called for secret commands. */
  onOutput?: (text: string) => void;
}

export interface RunResult {
  /** null when a signal ended the process. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  aborted: boolean;
}

/** Output beyond this many characters per stream is dropped; nothing that we parse is near it. */
const maxOutput = 4 * 1024 * 1024;

/**
 * Starts the tool with its output on pipes. On POSIX it leads a process group of its own.
 * With `input: 'held'` its input stays open as long as this process lives, and never says anything.
 */
export function spawnTool(
  tool: Tool,
  args: readonly string[],
  cwd: string,
  input: 'none' | 'held' = 'none',
  env: Record<string, string> = {},
): ChildProcess {
  return spawn(tool.command, [...tool.prefixArgs, ...args], {
    cwd,
    env: { ...process.env, ...tool.env, ...env, NO_COLOR: '1' },
    stdio: [input === 'held' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
}

/** Ends a process started by `spawnTool` together with its children. */
export function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/t', ...(signal === 'SIGKILL' ? ['/f'] : [])], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already: the process ended between the check and the signal.
  }
}

/**
 * Runs the tool to its end. Resolves for every exit code.
 * @throws UserError when the program cannot be started at all.
 */
export function runTool(tool: Tool, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawnTool(tool, args, options.cwd);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        if (output[stream].length < maxOutput) output[stream] += text;
        options.onOutput?.(text);
      });
    }
    let killTimer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      endProcess(child, 'SIGTERM');
      killTimer = setTimeout(() => endProcess(child, 'SIGKILL'), 2000);
    };
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    const finish = (): void => {
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', abort);
    };
    child.on('error', () => {
      finish();
      reject(tool.source === 'setting' ? errors.toolMissing(tool.command) : errors.toolGone(tool.command));
    });
    child.on('close', (exitCode) => {
      finish();
      resolve({ exitCode, ...output, aborted: options.signal?.aborted ?? false });
    });
  });
}
