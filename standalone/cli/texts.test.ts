import { describe, expect, test } from 'vitest';
import { array, identityType, option, primitive } from '../../schema/algebraic-type.ts';
import { callArguments } from './call-arguments.ts';
import { normalizeArguments } from './command-line.ts';
import { CliError, formatError } from './errors.ts';
import { formatLogLine, levelAllows } from './log-line.ts';
import { placeOfFailure } from './module-schema.ts';
import { similarNames } from './similar-names.ts';
import { formatSqlResult } from './sql-text.ts';

describe('arguments of the command line', () => {
  test('an optional value must be attached', () => {
    expect(normalizeArguments(['publish', '--yes', 'chat'])).toEqual(['publish', '--yes=all', 'chat']);
    expect(normalizeArguments(['publish', '-y', '-c', 'chat'])).toEqual([
      'publish',
      '--yes=all',
      '--delete-data=always',
      'chat',
    ]);
    expect(normalizeArguments(['publish', '-c=never', '--clear-database=on-conflict', '--yes=remote,migrate'])).toEqual(
      ['publish', '--delete-data=never', '--delete-data=on-conflict', '--yes=remote,migrate'],
    );
  });

  test('options of the program may come after the command', () => {
    expect(normalizeArguments(['list', '--root-dir', 'r', '-s', 'x', '--config-path=c'])).toEqual([
      '--root-dir',
      'r',
      '--config-path=c',
      'list',
      '-s',
      'x',
    ]);
  });

  test('other commands and words after -- stay as they are', () => {
    expect(normalizeArguments(['--root-dir', 'publish', 'delete', '--yes'])).toEqual([
      '--root-dir',
      'publish',
      'delete',
      '--yes',
    ]);
    expect(normalizeArguments(['publish', '--', '--yes'])).toEqual(['publish', '--', '--yes']);
  });
});

describe('arguments of a call', () => {
  const one = (type: Parameters<typeof option>[0], word: string): string =>
    callArguments([{ name: 'x', type }], [word], []);

  test('text needs no quotes, and keeps those it has', () => {
    expect(one(primitive('String'), 'hello "you"')).toBe('["hello \\"you\\""]');
    expect(one(primitive('String'), '"quoted"')).toBe('["quoted"]');
    expect(one(primitive('String'), '42')).toBe('["42"]');
  });

  test('identities may be bare digits', () => {
    const id = `c200${'ab'.repeat(30)}`;
    expect(one(identityType, id)).toBe(`[{"__identity__":"0x${id}"}]`);
    expect(one(identityType, `0x${id}`)).toBe(`[{"__identity__":"0x${id}"}]`);
    expect(one(identityType, '{"__identity__":"0x1"}')).toBe('[{"__identity__":"0x1"}]');
  });

  test('everything else is JSON with all its digits', () => {
    expect(one(primitive('U128'), '340282366920938463463374607431768211455')).toBe(
      '[340282366920938463463374607431768211455]',
    );
    expect(one(array(primitive('U8')), '[1, 2]')).toBe('[[1, 2]]');
    expect(() => one(option(primitive('U8')), 'nothing')).toThrow('The value "nothing" for `x` is not valid JSON.');
  });

  test('too many words reach the server', () => {
    expect(callArguments([], ['1', '"a"'], [])).toBe('[1,"a"]');
  });
});

describe('log lines', () => {
  test('as text', () => {
    expect(
      formatLogLine({
        level: 'Info',
        ts: 1_700_000_000_123_456,
        function: 'add',
        filename: 'src/index.ts',
        line_number: 7,
        message: 'hi',
      }),
    ).toBe('2023-11-14T22:13:20.123456Z  INFO: add src/index.ts:7: hi');
    expect(formatLogLine({ level: 'Error', ts: 0, message: 'x' })).toBe('1970-01-01T00:00:00.000000Z ERROR: x');
    expect(formatLogLine({ level: 'Panic', ts: 0, message: 'x', trace: [{ module_name: 'm', func_name: 'f' }] })).toBe(
      '1970-01-01T00:00:00.000000Z PANIC: x\n    in m :: f',
    );
  });

  test('filters by level', () => {
    expect(['Trace', 'Info', 'Warn', 'Panic'].filter((level) => levelAllows(level, 'warn', false))).toEqual([
      'Warn',
      'Panic',
    ]);
    expect(['Info', 'Warn', 'Error'].filter((level) => levelAllows(level, 'warn', true))).toEqual(['Warn']);
  });
});

describe('results of SQL', () => {
  const jsonOf = (name: string, type: unknown): unknown => ({ name: { some: name }, algebraic_type: type });
  const unitJson = { Product: { elements: [] } };

  test('as a table', () => {
    const elements = [
      jsonOf('id', { U64: [] }),
      jsonOf('text', { String: [] }),
      jsonOf('who', { Product: { elements: [jsonOf('__identity__', { U256: [] })] } }),
      jsonOf('at', { Product: { elements: [jsonOf('__timestamp_micros_since_unix_epoch__', { I64: [] })] } }),
      jsonOf('nick', { Sum: { variants: [jsonOf('some', { String: [] }), jsonOf('none', unitJson)] } }),
    ];
    const rows = '[[18446744073709551615,"a\\"b",["0x1"],[0],[0,"x"]],[2,"",["0x2"],[1000000],[1,[]]]]';
    const text = `[{"schema":${JSON.stringify({ elements })},"rows":${rows}}]`;
    const id = (last: number): string => `0x${String(last).padStart(64, '0')}`;
    expect(formatSqlResult(text).split('\n')).toEqual([
      ` id                   | text   | who${' '.repeat(63)} | at                          | nick`,
      `${'-'.repeat(22)}+${'-'.repeat(8)}+${'-'.repeat(68)}+${'-'.repeat(29)}+${'-'.repeat(14)}`,
      ` 18446744073709551615 | "a\\"b" | ${id(1)} | 1970-01-01T00:00:00.000000Z | (some = "x")`,
      ` 2                    | ""     | ${id(2)} | 1970-01-01T00:00:01.000000Z | (none = ())`,
    ]);
  });

  test('with a recursive type, whose values are shown as they came', () => {
    const variants = [jsonOf('leaf', { U8: [] }), jsonOf('twigs', { Array: { Ref: 3 } })];
    const text = JSON.stringify([
      {
        schema: { elements: [jsonOf('id', { U8: [] }), jsonOf('tree', { Sum: { variants } })] },
        rows: [[7, [1, [[0, 2]]]]],
      },
    ]);
    expect(formatSqlResult(text).split('\n')[2]).toBe(' 7  | [1,[[0,2]]]');
  });

  test('whose rows are no rows are refused', () => {
    const text = JSON.stringify([{ schema: { elements: [jsonOf('id', { U8: [] })] }, rows: [[1, 2]] }]);
    expect(() => formatSqlResult(text)).toThrow(/does not have the columns/);
  });

  test('of a statement without rows are empty', () => {
    expect(formatSqlResult('[{"schema":{"elements":[]},"rows":[]}]')).toBe('');
  });
});

describe('the place where a module fails', () => {
  test('is its own source, although a package was the one to notice', () => {
    const stack = [
      'Uncaught TypeError: no table',
      '\tat schema (node_modules/spacetimedb/src/server/schema.ts:854:15)',
      '\tat <anonymous> (src/index.ts:3:11)',
    ];
    const place = { severity: 'error', message: stack[0] };
    expect(placeOfFailure(stack.join('\n'))).toEqual({ ...place, file: 'src/index.ts', line: 3, column: 11 });
    const package_ = { file: 'node_modules/spacetimedb/src/server/schema.ts', line: 854, column: 15 };
    expect(placeOfFailure(stack.slice(0, 2).join('\n'))).toEqual({ ...place, ...package_ });
    expect(placeOfFailure('the default export is not a Schema object')).toBeUndefined();
  });
});

describe('errors', () => {
  test('show their causes', () => {
    expect(formatError(new CliError('no', ['a', 'b']))).toBe('Error: no\n\nCaused by:\n    a\n    b\n');
    expect(formatError(new Error('x', { cause: new Error('y') }))).toBe('Error: x\n\nCaused by:\n    y\n');
    expect(formatError(new CliError('plain'))).toBe('Error: plain\n');
  });

  test('suggest what may have been meant', () => {
    expect(similarNames('send_mesage', ['set_name', 'send_message', 'seed'])).toEqual(['send_message']);
    expect(similarNames('zzz', ['send_message'])).toEqual([]);
  });
});
