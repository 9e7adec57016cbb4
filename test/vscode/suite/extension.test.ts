/** The built extension in a real extension host. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

describe('the extension', () => {
  const find = () => {
    const extension = vscode.extensions.getExtension('spacetimedb-workbench.spacetimedb-workbench');
    assert.ok(extension, 'the extension is installed');
    return extension;
  };

  it('activates', async () => {
    await find().activate();
    assert.equal(find().isActive, true);
  });

  it('registers every command that it declares', async () => {
    await find().activate();
    const declared = (find().packageJSON.contributes.commands as { command: string }[]).map((entry) => entry.command);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.ok(declared.length > 0);
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
