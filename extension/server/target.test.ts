import { expect, test } from 'vitest';
import { isLoopback, resolveTarget } from './target.ts';

const none = new Map<string, string>();
const local = { url: 'http://127.0.0.1:3000', startable: true };

test.each([
  ['', undefined, local],
  ['', 'local', local],
  ['', 'maincloud', { url: 'https://maincloud.spacetimedb.com', startable: false }],
  ['maincloud', 'local', { url: 'https://maincloud.spacetimedb.com', startable: false }],
  ['http://127.0.0.1:4000/', 'maincloud', { url: 'http://127.0.0.1:4000', startable: true }],
  ['localhost:4000', undefined, { url: 'http://localhost:4000', startable: true }],
  ['db.example.org:443', undefined, { url: 'https://db.example.org', startable: false }],
  [' https://db.example.org ', undefined, { url: 'https://db.example.org', startable: false }],
] as const)('setting %j, spacetime.json %j', (setting, configured, target) => {
  expect(resolveTarget(setting, configured, none)).toEqual({ ok: true, value: target });
});

test('nicknames of the command line', () => {
  const nicknames = new Map([
    ['staging', 'https://staging.example.org'],
    ['local', 'http://127.0.0.1:3100'],
  ]);
  expect(resolveTarget('', 'staging', nicknames)).toMatchObject({ value: { startable: false } });
  expect(resolveTarget('', undefined, nicknames)).toMatchObject({ value: { url: 'http://127.0.0.1:3100' } });
  expect(resolveTarget('', 'nobody', nicknames)).toEqual({ ok: false, message: 'nobody' });
});

test('loopback', () => {
  expect(['http://127.0.0.9:1', 'http://localhost', 'http://[::1]:3000'].every(isLoopback)).toBe(true);
  expect(['http://127.example.org', 'http://10.0.0.1'].some(isLoopback)).toBe(false);
});
