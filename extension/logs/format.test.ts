import { expect, test } from 'vitest';
import { formatLogLine } from './format.ts';

test('a line of the module', () => {
  const line =
    '{"level":"Warn","ts":1700000000123456,"filename":"src/index.ts","line_number":7,"function":"send","message":"slow"}';
  expect(formatLogLine(line)).toEqual({ level: 'warn', text: '22:13:20.123Z send: slow (src/index.ts:7)' });
});

test('lines of the host name no function', () => {
  const line =
    '{"level":"Info","ts":0,"target":"__spacetimedb__","filename":"__spacetimedb__","function":"__spacetimedb__","message":"up"}';
  expect(formatLogLine(line).text).toBe('00:00:00.000Z up');
});

test('a panic shows its frames', () => {
  const line =
    '{"level":"Panic","ts":0,"message":"oh","trace":[{"module_name":"m","func_name":"f"},{"func_name":"g"}]}';
  expect(formatLogLine(line)).toEqual({ level: 'error', text: '00:00:00.000Z oh\n    in m :: f\n    in g' });
});

test('anything else is shown as it is', () => {
  expect(formatLogLine('plain text')).toEqual({ level: 'info', text: 'plain text' });
  expect(formatLogLine('[1]')).toEqual({ level: 'info', text: '[1]' });
});
