import { describe, expect, it } from 'vitest';
import { clampCell, moveSelection } from './selection.ts';

const extent = { rowCount: 100, columnCount: 4, pageRows: 20 };
const move = (row: number, column: number, key: string, command = false) =>
  moveSelection({ row, column }, { key, command }, extent);

describe('moveSelection', () => {
  it('moves by one cell and stops at the edges', () => {
    expect(move(0, 0, 'ArrowDown')).toEqual({ row: 1, column: 0 });
    expect(move(99, 3, 'ArrowDown')).toEqual({ row: 99, column: 3 });
    expect(move(5, 3, 'ArrowRight')).toEqual({ row: 5, column: 3 });
    expect(move(5, 0, 'ArrowLeft')).toEqual({ row: 5, column: 0 });
  });
  it('reaches the header with the up arrow and leaves it with the down arrow', () => {
    expect(move(0, 2, 'ArrowUp')).toEqual({ row: -1, column: 2 });
    expect(move(-1, 2, 'ArrowUp')).toEqual({ row: -1, column: 2 });
    expect(move(-1, 2, 'ArrowDown')).toEqual({ row: 0, column: 2 });
  });
  it('pages', () => {
    expect(move(10, 1, 'PageDown')).toEqual({ row: 30, column: 1 });
    expect(move(95, 1, 'PageDown')).toEqual({ row: 99, column: 1 });
    expect(move(10, 1, 'PageUp')).toEqual({ row: 0, column: 1 });
    expect(move(-1, 1, 'PageUp')).toEqual({ row: -1, column: 1 });
  });
  it('goes to the ends of the row, and with Ctrl or Cmd of the table', () => {
    expect(move(10, 1, 'End')).toEqual({ row: 10, column: 3 });
    expect(move(10, 1, 'Home')).toEqual({ row: 10, column: 0 });
    expect(move(10, 1, 'End', true)).toEqual({ row: 99, column: 3 });
    expect(move(10, 1, 'Home', true)).toEqual({ row: 0, column: 0 });
    expect(move(10, 1, 'ArrowDown', true)).toEqual({ row: 99, column: 1 });
  });
  it('leaves other keys alone', () => {
    expect(move(0, 0, 'a')).toBeUndefined();
    expect(move(0, 0, 'Enter')).toBeUndefined();
  });
});

describe('clampCell', () => {
  it('falls back to the header when all rows are gone', () => {
    expect(clampCell({ row: 7, column: 2 }, { rowCount: 0, columnCount: 4, pageRows: 20 })).toEqual({
      row: -1,
      column: 2,
    });
  });
});
