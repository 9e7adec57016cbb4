import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ColumnHeader, RowView } from '../protocol.ts';
import { formatCount } from '../ui/format.ts';
import { cellId } from './grid.tsx';
import type { CellPosition } from './selection.ts';
import type { RowMark } from './state.ts';

/** Width of the column of row numbers in CSS pixels: fits the last one. */
export function gutterWidth(rowCount: number): number {
  return Math.max(40, Math.ceil(formatCount(rowCount).length * 6.7) + 20);
}

interface GridRowProps {
  index: number;
  /** Pixels from the top of the scrolled element. */
  top: number;
  /** Undefined while the row is on its way. */
  row: RowView | undefined;
  columns: readonly ColumnHeader[];
  mark: RowMark | undefined;
  activeColumn: number | undefined;
  wholeRow: boolean;
  onActivate: (cell: CellPosition, wholeRow: boolean) => void;
  onOpen: () => void;
}

export function GridRow(props: GridRowProps): JSX.Element {
  const { index, row, columns, mark, activeColumn, wholeRow, onActivate } = props;
  const isActive = activeColumn !== undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active cell.
    <div
      class={`grid-row ${index % 2 === 1 ? 'odd' : ''} ${isActive ? (wholeRow ? 'current selected' : 'current') : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isActive && wholeRow}
      style={{ transform: `translateY(${props.top}px)` }}
      onDblClick={props.onOpen}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Shift+Space does this in the grid. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above. */}
      <div
        class="gutter number"
        title="Select row (Shift+Space)"
        onClick={() => onActivate({ row: index, column: activeColumn ?? 0 }, true)}
      >
        {formatCount(index + 1)}
      </div>
      {columns.map((column, position) => {
        const text = row?.cells[position];
        return (
          // biome-ignore lint/a11y/useSemanticElements: see the grid.
          // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active cell.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys do this in the grid.
          <div
            key={position}
            id={cellId({ row: index, column: position })}
            class={`cell ${column.kind} ${position === activeColumn && !wholeRow ? 'active' : ''}`}
            role="gridcell"
            aria-colindex={position + 1}
            aria-selected={position === activeColumn && !wholeRow}
            title={text !== undefined && text.length > 12 ? text.slice(0, 1000) : undefined}
            onClick={() => onActivate({ row: index, column: position }, false)}
          >
            {text === undefined ? <span class="pending" /> : <CellText text={text} column={column} />}
          </div>
        );
      })}
      {mark && <Mark key={`${row?.key} ${mark.since}`} mark={mark} />}
    </div>
  );
}

/** More than any cell shows; keeps a megabyte of text out of the row. */
const maxShownLength = 300;

function CellText({ text, column }: { text: string; column: ColumnHeader }): JSX.Element {
  if (text === '') return <span class="faint">{column.kind === 'text' ? 'empty' : ''}</span>;
  if (text === 'none' && column.type.startsWith('option<')) return <span class="faint">none</span>;
  return <span class="cell-text">{text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text}</span>;
}

/** A tint over the row that fades; it starts in the middle when the row comes into view late. */
function Mark({ mark }: { mark: RowMark }): JSX.Element | null {
  const age = performance.now() - mark.since;
  const [isOver, setOver] = useState(false);
  if (isOver) return null;
  return (
    <>
      <span
        class={`mark ${mark.change}`}
        style={{ animationDelay: `${-Math.round(age)}ms` }}
        onAnimationEnd={() => setOver(true)}
        aria-hidden="true"
      />
      <span class="visually-hidden">{mark.change === 'insert' ? 'new' : 'changed'}</span>
    </>
  );
}
