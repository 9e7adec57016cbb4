/** Shows what went wrong to the person, with the button that helps. */
import * as vscode from 'vscode';
import { commandIds, viewIds } from './contributions.ts';
import { type ErrorAction, messageOf, UserError } from './errors.ts';
import type { Log } from './log.ts';

const buttons: Readonly<Record<ErrorAction, string>> = {
  showProblem: 'Show Problem',
  showOutput: 'Show Output',
  startServer: 'Start Server',
  openSettings: 'Open Settings',
  openFolder: 'Open Folder',
  reconnect: 'Reconnect',
  refresh: 'Refresh',
  publish: 'Publish Module',
};

async function act(action: ErrorAction, log: Log): Promise<void> {
  switch (action) {
    case 'showProblem':
      await vscode.commands.executeCommand('workbench.actions.view.problems');
      return;
    case 'showOutput':
      log.show();
      return;
    case 'openSettings':
      await vscode.commands.executeCommand('workbench.action.openSettings', 'spacetimedb');
      return;
    case 'openFolder':
      await vscode.commands.executeCommand('vscode.openFolder');
      return;
    case 'startServer':
    case 'reconnect':
    case 'refresh':
    case 'publish':
      await vscode.commands.executeCommand(commandIds[action]);
  }
}

/** Does not wait for the person. Errors that nobody foresaw go to the output with their stack. */
export function reportError(error: unknown, log: Log): void {
  const foreseen = error instanceof UserError;
  if (!foreseen) log.line(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const action: ErrorAction | undefined = foreseen ? error.action : 'showOutput';
  const text = foreseen ? error.message : `Something unexpected happened in SpacetimeDB Workbench: ${messageOf(error)}`;
  const shown = vscode.window.showErrorMessage(text, ...(action ? [buttons[action]] : []));
  void shown.then((pressed) => {
    if (pressed !== undefined && action) return act(action, log);
  });
}

/** Brings the tree into view. */
export const showTree = (): Thenable<void> => vscode.commands.executeCommand(`${viewIds.databases}.focus`);
