import { expect, test } from 'vitest';
import {
  databaseNameProblem,
  dependsOnSpacetime,
  errorPosition,
  mergeConfigs,
  parseConfig,
  targetsOf,
} from './config.ts';

test('reads comments and trailing commas, and says where an error is', () => {
  expect(parseConfig('{ // chat\n "database": "chat", }')).toEqual({ ok: true, value: { database: 'chat' } });
  const broken = parseConfig('{ "database": }');
  expect(broken).toMatchObject({ ok: false, message: expect.stringContaining('1:15') });
  expect(broken.ok ? undefined : errorPosition(broken.message)).toEqual({ line: 0, column: 14 });
  expect(parseConfig('[]').ok).toBe(false);
  expect(errorPosition('it holds no object')).toEqual({ line: 0, column: 0 });
});

test('later layers win, whatever the spelling of the key', () => {
  expect(mergeConfigs([{ 'module-path': 'a', server: 'local' }, { module_path: 'b' }])).toEqual({
    'module-path': 'b',
    server: 'local',
  });
});

test('one target with defaults', () => {
  expect(targetsOf({ database: 'chat', generate: [{}] }, '/w/spacetime.json', './spacetimedb')).toEqual([
    {
      root: '/w',
      modulePath: '/w/spacetimedb',
      configFile: '/w/spacetime.json',
      database: 'chat',
      server: undefined,
      hasGenerateEntries: true,
    },
  ]);
});

test('children inherit', () => {
  const config = {
    server: 'local',
    'module-path': 'm',
    children: [{ database: 'a' }, { database: 'b', module_path: 'n' }],
  };
  const targets = targetsOf(config, '/w/spacetime.json', '.');
  expect(targets.map((t) => [t.database, t.modulePath, t.server])).toEqual([
    ['a', '/w/m', 'local'],
    ['b', '/w/n', 'local'],
  ]);
});

test('packages of SpacetimeDB', () => {
  expect(dependsOnSpacetime('{"dependencies":{"spacetimedb":"2.10.1"}}')).toBe(true);
  expect(dependsOnSpacetime('{"dependencies":{"express":"5"}}')).toBe(false);
  expect(dependsOnSpacetime('{')).toBe(false);
});

test('names of databases', () => {
  expect(databaseNameProblem('my-game-2')).toBe(undefined);
  for (const bad of ['', 'My', 'a--b', '-a', 'a_b']) expect(databaseNameProblem(bad)).toBeTypeOf('string');
});
