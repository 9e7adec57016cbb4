/** The settings, typed. */
import * as vscode from 'vscode';
import { defaultSettings, type Settings } from './contributions.ts';

export function setting<Key extends keyof Settings>(key: Key): Settings[Key] {
  return vscode.workspace.getConfiguration('spacetimedb').get<Settings[Key]>(key, defaultSettings[key]);
}

export const onSettingChanged = (keys: (keyof Settings)[], listener: () => void): vscode.Disposable =>
  vscode.workspace.onDidChangeConfiguration((event) => {
    if (keys.some((key) => event.affectsConfiguration(`spacetimedb.${key}`))) listener();
  });
