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
  // Processes may have last words after the window has stopped listening.
  let closed = false;
  const append = (text: string): void => {
    if (!closed) channel.append(text);
  };
  return {
    write: append,
    line: (text) => append(`${text}\n`),
    show: () => channel.show(true),
    dispose: () => {
      closed = true;
      channel.dispose();
    },
  };
}
