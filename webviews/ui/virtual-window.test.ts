import { describe, expect, it } from 'vitest';
import {
  clampVirtualTop,
  type Extent,
  isAtEnd,
  isScaled,
  maxPhysicalHeight,
  physicalHeight,
  rowsToRequest,
  scrollToRow,
  toScrollTop,
  toVirtualTop,
  visibleRows,
} from './virtual-window.ts';

const small: Extent = { rowCount: 100, rowHeight: 24, viewport: 480 };
const huge: Extent = { rowCount: 1_000_000, rowHeight: 24, viewport: 480 };

describe('a list that fits into an element', () => {
  it('scrolls one to one', () => {
    expect(isScaled(small)).toBe(false);
    expect(physicalHeight(small)).toBe(2400);
    expect(toVirtualTop(100, small)).toBe(100);
    expect(toScrollTop(100, small)).toBe(100);
  });
  it('shows partly visible rows', () => {
    expect(visibleRows(0, small)).toEqual({ first: 0, end: 20 });
    expect(visibleRows(12, small)).toEqual({ first: 0, end: 21 });
    expect(visibleRows(99999, small)).toEqual({ first: 80, end: 100 });
  });
  it('shows nothing of nothing', () => {
    expect(visibleRows(0, { ...small, rowCount: 0 })).toEqual({ first: 0, end: 0 });
  });
});

describe('a list higher than an element may be', () => {
  it('keeps the element below the limit', () => {
    expect(isScaled(huge)).toBe(true);
    expect(physicalHeight(huge)).toBe(maxPhysicalHeight);
  });
  it('reaches the very last row at the end of the scroll bar', () => {
    const top = toVirtualTop(maxPhysicalHeight - huge.viewport, huge);
    expect(visibleRows(top, huge)).toEqual({ first: 999_980, end: 1_000_000 });
  });
  it('goes there and back without drift', () => {
    for (const row of [0, 1, 499_999, 777_777, 999_980]) {
      const virtual = row * 24;
      expect(toVirtualTop(toScrollTop(virtual, huge), huge)).toBeCloseTo(virtual, 5);
    }
  });
});

describe('moving', () => {
  it('moves as little as needed to show a row', () => {
    expect(scrollToRow(5, 0, small)).toBe(0);
    expect(scrollToRow(20, 0, small)).toBe(24);
    expect(scrollToRow(3, 240, small)).toBe(72);
    expect(scrollToRow(99, 0, small)).toBe(1920);
  });
  it('never leaves the list', () => {
    expect(clampVirtualTop(-5, small)).toBe(0);
    expect(clampVirtualTop(5000, small)).toBe(1920);
    expect(clampVirtualTop(100, { ...small, rowCount: 3 })).toBe(0);
  });
  it('knows the end', () => {
    expect(isAtEnd(1920, small)).toBe(true);
    expect(isAtEnd(1800, small)).toBe(false);
  });
});

describe('rowsToRequest', () => {
  it('asks for the visible rows and rows on both sides', () => {
    expect(rowsToRequest({ first: 1000, end: 1020 }, undefined, 5000, 200)).toEqual({ offset: 910, limit: 200 });
    expect(rowsToRequest({ first: 3, end: 23 }, undefined, 5000, 200)).toEqual({ offset: 0, limit: 200 });
  });
  it('does not ask while enough is at hand', () => {
    expect(rowsToRequest({ first: 1000, end: 1020 }, { offset: 910, count: 200 }, 5000, 200)).toBeUndefined();
    expect(rowsToRequest({ first: 80, end: 100 }, { offset: 0, count: 100 }, 100, 200)).toBeUndefined();
  });
  it('asks again before the last row at hand comes into view', () => {
    expect(rowsToRequest({ first: 1080, end: 1100 }, { offset: 910, count: 200 }, 5000, 200)?.offset).toBe(990);
  });
});
