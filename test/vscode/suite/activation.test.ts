/** Runs before every other file of the suite, because any of them may activate the extension by using it. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const isActive = () => vscode.extensions.getExtension('spacetimedb-workbench.spacetimedb-workbench')?.isActive === true;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('activation', () => {
  it('happens by itself where there is a module, and nowhere else', async () => {
    const isModule = await stat(path.join(root, 'spacetime.json')).then(
      () => true,
      () => false,
    );
    for (let waited = 0; waited < 5000 && !isActive(); waited += 100) await pause(100);
    assert.equal(isActive(), isModule);
  });
});
