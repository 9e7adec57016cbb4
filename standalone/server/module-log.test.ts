import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LogRecord } from '../database/messages.ts';
import { formatMetrics } from './metrics-text.ts';
import { type ModuleLog, openModuleLog } from './module-log.ts';
import { withLogFile } from './server-log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stdb log '));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

const line = (message: string): LogRecord => ({
  level: 'Info',
  ts: 1_700_000_000_000_001,
  target: undefined,
  filename: 'src/index.ts',
  line_number: 3,
  function: undefined,
  message,
});
const messages = (log: ModuleLog, lines?: number): string[] =>
  Buffer.concat(Array.from(log.read(lines, undefined).history))
    .toString()
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text).message);

describe.each(['file', 'memory'])('module log in %s', (kind) => {
  const open = () => openModuleLog(kind === 'file' ? join(directory, 'module_logs') : undefined);

  test('gives all lines, or the last ones, also across chunks', () => {
    const log = open();
    expect(messages(log)).toEqual([]);
    expect(messages(log, 3)).toEqual([]);
    const long = 'ü'.repeat(50_000);
    const all = ['one', long, 'two\nlines', long, 'last'];
    log.append(all.map(line));
    expect(messages(log)).toEqual(all);
    for (let n = 0; n <= all.length + 1; n++) expect(messages(log, n)).toEqual(n === 0 ? [] : all.slice(-n));
    log.close();
  });

  test('a follower sees what comes later, once, until it stops', () => {
    const log = open();
    log.append([line('before')]);
    const seen: (string | undefined)[] = [];
    const reading = log.read(10, (text) => seen.push(text));
    log.append([line('after'), line('after 2')]);
    expect(Buffer.concat(Array.from(reading.history)).toString()).toContain('before');
    expect(seen.join('').match(/"message":"[^"]*"/g)).toEqual(['"message":"after"', '"message":"after 2"']);
    reading.stop();
    log.append([line('later')]);
    expect(seen).toHaveLength(1);
    log.read(0, (text) => seen.push(text));
    log.close();
    expect(seen.slice(1)).toEqual([undefined]);
  });
});

test('lines have their keys in order, absent ones left out, and one file per UTC day', () => {
  vi.useFakeTimers({ now: new Date('2026-03-01T23:59:59Z') });
  const log = openModuleLog(directory);
  log.append([line('x')]);
  vi.setSystemTime(new Date('2026-03-02T00:00:01Z'));
  log.append([line('y')]);
  expect(messages(log)).toEqual(['y']);
  log.close();
  expect(readdirSync(directory).sort()).toEqual(['2026-03-01.log', '2026-03-02.log']);
  expect(readFileSync(join(directory, '2026-03-01.log'), 'utf8')).toBe(
    '{"level":"Info","ts":1700000000000001,"filename":"src/index.ts","line_number":3,"message":"x"}\n',
  );
});

test('the server log goes to the terminal and to a file; a file that cannot be written is said once', () => {
  const said: string[] = [];
  const push = (message: string) => said.push(message);
  const sink = { info: push, warn: push, error: push };
  withLogFile(sink, directory).error('broken');
  expect(said).toEqual(['broken']);
  const [file = ''] = readdirSync(directory);
  expect(readFileSync(join(directory, file), 'utf8')).toMatch(/^\S+Z ERROR broken\n$/);
  const lost = withLogFile(sink, join(directory, 'missing'));
  lost.info('a');
  lost.info('b');
  expect(said.slice(1)).toEqual(['a', expect.stringContaining('cannot be written'), 'b']);
});

test('metrics of several databases become one block per name, with cumulative buckets', () => {
  const text = formatMetrics([
    { name: 'calls', kind: 'counter', samples: [{ labels: { db: 'a' }, value: 1 }] },
    { name: 'time', kind: 'histogram', buckets: [0.1, 1], samples: [{ labels: {}, counts: [1, 2, 3], sum: 9.5 }] },
    {
      name: 'calls',
      kind: 'counter',
      samples: [
        { labels: { db: 'a' }, value: 7 },
        { labels: { db: 'b"\\\n' }, value: 2 },
      ],
    },
  ]);
  expect(text).toBe(
    [
      '# TYPE calls counter',
      'calls{db="a"} 1',
      'calls{db="b\\"\\\\\\n"} 2',
      '# TYPE time histogram',
      'time_bucket{le="0.1"} 1',
      'time_bucket{le="1"} 3',
      'time_bucket{le="+Inf"} 6',
      'time_sum 9.5',
      'time_count 6',
      '',
    ].join('\n'),
  );
});
