import { describe, expect, it } from 'vitest';
import { formatBound, formatDuration, formatMatching, formatQuantity, formatRate, formatShare } from './format.ts';

describe('formatDuration', () => {
  it.each([
    [undefined, '–'],
    [0, '0 ms'],
    [0.0042, '4.20 µs'],
    [0.85, '850 µs'],
    [0.9999, '1.00 ms'],
    [4.2, '4.20 ms'],
    [42.04, '42.0 ms'],
    [420.4, '420 ms'],
    [999.7, '1.00 s'],
    [1300, '1.30 s'],
  ])('%s ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('counts', () => {
  it('says how many rows match only when some do not', () => {
    expect(formatMatching(1204, 1204)).toBe('1,204 rows');
    expect(formatMatching(37, 1204)).toBe('37 of 1,204 rows');
    expect(formatMatching(1, 1)).toBe('1 row');
    expect(formatMatching(0, 1)).toBe('0 of 1 row');
  });
  it('groups thousands', () => {
    expect(formatQuantity(1_000_000, 'row')).toBe('1,000,000 rows');
  });
});

describe('shares, rates and bounds', () => {
  it.each([
    [0, 0, '0%'],
    [1, 10_000, '<0.1%'],
    [1, 40, '2.5%'],
    [4, 10, '40%'],
  ])('%i of %i is %s', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });
  it('keeps one digit for slow rates', () => {
    expect(formatRate(0)).toBe('0/s');
    expect(formatRate(0.42)).toBe('0.4/s');
    expect(formatRate(1250)).toBe('1,250/s');
  });
  it('writes bucket bounds without trailing zeros', () => {
    expect([0.01, 0.25, 2.5, 10, 1000].map(formatBound)).toEqual(['10 µs', '250 µs', '2.5 ms', '10 ms', '1 s']);
  });
});
