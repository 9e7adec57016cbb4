/** User settings of the VS Code under test. */

export type Settings = Record<string, unknown>;

/** Nothing that asks, greets, updates, animates or reaches for the network. */
export const quietSettings: Settings = {
  'breadcrumbs.enabled': false,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'files.hotExit': 'off',
  'files.simpleDialog.enable': true,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'http.proxySupport': 'off',
  'npm.autoDetect': 'off',
  // The browser needs no port of the servers under test.
  'remote.autoForwardPorts': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'window.autoDetectColorScheme': false,
  'window.commandCenter': false,
  'window.confirmBeforeClose': 'never',
  'window.restoreWindows': 'none',
  'workbench.editor.restoreViewState': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.experimentalOnboarding': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** What a person would miss: text that a test inserts must arrive as it is, and nothing may move under its pointer. */
export const robotSettings: Settings = {
  'editor.autoClosingBrackets': 'never',
  'editor.autoIndent': 'none',
  'workbench.reduceMotion': 'on',
};

export type Theme = 'light' | 'dark';

/** The name in VS Code's list, and the class that the workbench wears with it. */
export const themes: Record<Theme, { name: string; base: string }> = {
  light: { name: 'Light Modern', base: 'vs' },
  dark: { name: 'Dark Modern', base: 'vs-dark' },
};
