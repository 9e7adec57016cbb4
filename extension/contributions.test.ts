import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandIds, contextKeys, defaultSettings, panelTypes, viewIds } from './contributions.ts';

interface Manifest {
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string; category: string }[];
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; when: string; contents: string }[];
    menus: Record<string, { command: string; when: string }[]>;
    configuration: { properties: Record<string, { default: unknown }> };
  };
}
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest;
const { contributes } = manifest;

test('the manifest declares exactly the commands that the code handles', () => {
  expect(contributes.commands.map((c) => c.command).sort()).toEqual(Object.values(commandIds).sort());
  expect(contributes.commands.every((c) => c.category === 'SpacetimeDB')).toBe(true);
});

test('the manifest declares exactly the settings that the code reads, with the same defaults', () => {
  const declared = Object.fromEntries(
    Object.entries(contributes.configuration.properties).map(([key, value]) => [
      key.replace('spacetimedb.', ''),
      value.default,
    ]),
  );
  expect(declared).toEqual(defaultSettings);
});

test('the manifest declares exactly the views', () => {
  const declared = Object.values(contributes.views).flatMap((views) => views.map((view) => view.id));
  expect(declared).toEqual(Object.values(viewIds));
});

test('every panel comes back after a reload', () => {
  for (const type of Object.values(panelTypes)) expect(manifest.activationEvents).toContain(`onWebviewPanel:${type}`);
});

test('menus and welcome texts name only commands, views and context keys that exist', () => {
  const known = new Set<string>([...Object.values(commandIds), 'vscode.openFolder']);
  const used = [
    ...Object.values(contributes.menus).flatMap((items) => items.map((item) => item.command)),
    ...contributes.viewsWelcome.flatMap((welcome) =>
      [...welcome.contents.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? ''),
    ),
  ];
  expect(used.filter((command) => !known.has(command))).toEqual([]);

  const keys = new Set<string>([...Object.values(contextKeys), ...Object.values(viewIds)]);
  const conditions = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome].map((item) => item.when);
  const named = conditions.flatMap((when) => when.match(/spacetimedb\.\w+/g) ?? []);
  expect(named.filter((key) => !keys.has(key))).toEqual([]);
});
