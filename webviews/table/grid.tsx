import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ColumnHeader, RowView, TableWindow } from '../protocol.ts';
import { useSize } from '../ui/use-size.ts';
import { type Extent, physicalHeight, scrollToRow, visibleRows } from '../ui/virtual-window.ts';
import { rowToJson } from './columns.ts';
import { GridHeader, headerHeight, type Sort } from './grid-header.tsx';
import { GridRow, gutterWidth } from './grid-row.tsx';
import { type CellPosition, clampCell, moveSelection } from './selection.ts';
import { type RowMark, rowAt } from './state.ts';
import { useVirtualScroll } from './use-scroll.ts';

const rowHeight = 24;
/** Width change of one key press, in CSS pixels. */
const resizeStep = 16;

export interface GridProps {
  label: string;
  columns: readonly ColumnHeader[];
  widths: readonly number[];
  window: TableWindow;
  marks: ReadonlyMap<string, RowMark>;
  sort: Sort | undefined;
  active: CellPosition;
  /** Whether the whole row of the active cell is selected. */
  wholeRow: boolean;
  stale: boolean;
  /** Changes when another filter or order shows other rows: the view returns to the top. */
  question: string;
  onActivate: (cell: CellPosition, wholeRow: boolean) => void;
  onSort: (column: number) => void;
  onResize: (column: number, width: number | undefined) => void;
  onOpen: () => void;
  onVisible: (rows: { first: number; end: number }) => void;
}

/** The rows of a table: only those in view are in the document, recycled as the view moves. */
export function Grid(props: GridProps): JSX.Element {
  const { columns, widths, window, active, wholeRow, onActivate, onVisible } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const extent: Extent = {
    rowCount: window.matching,
    rowHeight,
    viewport: Math.max(rowHeight, size.height - headerHeight),
  };
  const scroll = useVirtualScroll(scroller, extent);
  const visible = visibleRows(scroll.virtualTop, extent);
  const pool = Math.ceil(extent.viewport / rowHeight) + 2;
  const gutter = gutterWidth(window.matching);
  const totalWidth = gutter + widths.reduce((sum, width) => sum + width, 0);

  useEffect(() => onVisible(visible), [visible.first, visible.end, window.matching]);

  useLayoutEffect(() => {
    const template = `${gutter}px ${widths.map((width) => `${width}px`).join(' ')} minmax(0, 1fr)`;
    scroller.current?.style.setProperty('--columns', template);
  }, [widths, gutter]);

  // Only another question returns to the top.
  useEffect(() => scroll.scrollTo(0), [props.question]);

  // Opening the drawer makes the grid narrower; the active cell must not be lost behind it.
  // Only a change of the width can hide the cell.
  useEffect(() => revealColumn(scroller.current, widths, active.column, gutter), [size.width]);

  const reveal = (cell: CellPosition): void => {
    if (cell.row >= 0) scroll.scrollTo(scrollToRow(cell.row, scroll.virtualTop, extent));
    revealColumn(scroller.current, widths, cell.column, gutter);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const command = event.ctrlKey || event.metaKey;
    const here = clampCell(active, gridExtent());
    if (
      here.row === -1 &&
      (event.shiftKey || event.altKey) &&
      (event.key === 'ArrowLeft' || event.key === 'ArrowRight')
    ) {
      const change = event.key === 'ArrowLeft' ? -resizeStep : resizeStep;
      props.onResize(here.column, (widths[here.column] ?? 0) + change);
    } else if (event.key === 'Enter' || (event.key === ' ' && here.row === -1)) {
      if (here.row === -1) props.onSort(here.column);
      else props.onOpen();
    } else if (event.key === ' ' && event.shiftKey) {
      onActivate(here, true);
    } else {
      const next = moveSelection(here, { key: event.key, command }, gridExtent());
      if (next === undefined) return;
      onActivate(next, wholeRow && next.column === here.column && next.row !== -1);
      reveal(next);
    }
    event.preventDefault();
  };

  const gridExtent = () => ({
    rowCount: window.matching,
    columnCount: columns.length,
    pageRows: Math.max(1, Math.floor(extent.viewport / rowHeight) - 1),
  });

  const onCopy = (event: ClipboardEvent): void => {
    const row = rowAt(window, active.row);
    const column = columns[active.column];
    const text =
      active.row === -1 ? column?.name : row && (wholeRow ? rowToJson(columns, row) : row.cells[active.column]);
    if (text === undefined || event.clipboardData === null) return;
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  };

  const slots: JSX.Element[] = [];
  for (let index = visible.first; index < visible.end; index++) {
    const row: RowView | undefined = rowAt(window, index);
    slots.push(
      <GridRow
        // The slot, not the row, is the key: elements are recycled while scrolling.
        key={index % pool}
        index={index}
        top={scroll.scrollTop + index * rowHeight - scroll.virtualTop}
        row={row}
        columns={columns}
        mark={row && props.marks.get(row.key)}
        activeColumn={active.row === index ? active.column : undefined}
        wholeRow={wholeRow}
        onActivate={onActivate}
        onOpen={props.onOpen}
      />,
    );
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual grid cannot be a table element: most of its rows are absent.
    <div
      ref={scroller}
      class={`grid ${props.stale ? 'is-stale' : ''}`}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={window.matching + 1}
      aria-colcount={columns.length}
      aria-activedescendant={cellId(active)}
      onScroll={scroll.onScroll}
      onKeyDown={onKeyDown}
      onCopy={onCopy}
    >
      <GridHeader
        columns={columns}
        widths={widths}
        sort={props.sort}
        activeColumn={active.row === -1 ? active.column : undefined}
        minWidth={totalWidth}
        onActivate={(column) => onActivate({ row: -1, column }, false)}
        onSort={props.onSort}
        onResize={props.onResize}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: see the grid. */}
      <div
        class="grid-body"
        role="rowgroup"
        style={{ height: `${physicalHeight(extent)}px`, minWidth: `${totalWidth}px` }}
      >
        {slots}
      </div>
    </div>
  );
}

/** Id of a cell's element, for `aria-activedescendant`. */
export function cellId({ row, column }: CellPosition): string {
  return `cell-${row}-${column}`;
}

/** Scrolls sideways by as little as shows the column beside the fixed row numbers. */
function revealColumn(scroller: HTMLElement | null, widths: readonly number[], column: number, gutter: number): void {
  if (scroller === null) return;
  const left = widths.slice(0, column).reduce((sum, width) => sum + width, 0);
  const right = left + (widths[column] ?? 0);
  const room = scroller.clientWidth - gutter;
  if (left < scroller.scrollLeft) scroller.scrollLeft = left;
  else if (right > scroller.scrollLeft + room) scroller.scrollLeft = Math.min(left, right - room);
}
