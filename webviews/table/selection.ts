/** The active cell: `row` among the matching rows, -1 for the header. */
export interface CellPosition {
  row: number;
  column: number;
}

export interface GridExtent {
  rowCount: number;
  columnCount: number;
  /** Whole rows that fit the view. */
  pageRows: number;
}

/** What counts as a navigation key: the part of a KeyboardEvent that matters. */
export interface NavigationKey {
  key: string;
  /** Ctrl, or Cmd on a Mac. */
  command: boolean;
}

/** The cell that a key moves to, by the grid pattern of the ARIA practices; undefined for keys that do not move. */
export function moveSelection(
  from: CellPosition,
  { key, command }: NavigationKey,
  extent: GridExtent,
): CellPosition | undefined {
  const { row, column } = from;
  switch (key) {
    case 'ArrowUp':
      return clampCell({ row: command ? 0 : row - 1, column }, extent);
    case 'ArrowDown':
      return clampCell({ row: command ? extent.rowCount - 1 : row + 1, column }, extent);
    case 'ArrowLeft':
      return clampCell({ row, column: command ? 0 : column - 1 }, extent);
    case 'ArrowRight':
      return clampCell({ row, column: command ? extent.columnCount - 1 : column + 1 }, extent);
    case 'PageUp':
      return clampCell({ row: row <= 0 ? row : Math.max(0, row - extent.pageRows), column }, extent);
    case 'PageDown':
      return clampCell({ row: Math.max(0, row) + extent.pageRows, column }, extent);
    case 'Home':
      return clampCell({ row: command ? 0 : row, column: 0 }, extent);
    case 'End':
      return clampCell({ row: command ? extent.rowCount - 1 : row, column: extent.columnCount - 1 }, extent);
    default:
      return undefined;
  }
}

/** The nearest cell that exists; the header stays reachable in an empty grid. */
export function clampCell(cell: CellPosition, extent: GridExtent): CellPosition {
  return {
    row: Math.max(-1, Math.min(cell.row, extent.rowCount - 1)),
    column: Math.max(0, Math.min(cell.column, extent.columnCount - 1)),
  };
}
