/** The output channel "SpacetimeDB": what was run and what it said. Never a token. */
import * as vscode from 'vscode';

export interface Log {
  /** Text as it comes, without an added line end. */
  write(text: string): void;
  /** One line about what the extension itself does. */
  line(text: string): void;
  show(): void;
  dispose(): void;
}

export function createLog(): Log {
  const channel = vscode.window.createOutputChannel('SpacetimeDB');
  return {
    write: (text) => channel.append(text),
    line: (text) => channel.appendLine(text),
    show: () => channel.show(true),
    dispose: () => channel.dispose(),
  };
}
