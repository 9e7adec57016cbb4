import type { JSX } from 'preact';
import type { ColumnHeader } from '../protocol.ts';
import { Icon } from '../ui/icons.tsx';
import { cellId } from './grid.tsx';

/** In CSS pixels; the rows start below it. */
export const headerHeight = 42;

export interface Sort {
  column: number;
  descending: boolean;
}

interface GridHeaderProps {
  columns: readonly ColumnHeader[];
  widths: readonly number[];
  sort: Sort | undefined;
  activeColumn: number | undefined;
  minWidth: number;
  onActivate: (column: number) => void;
  onSort: (column: number) => void;
  /** Undefined returns to the automatic width. */
  onResize: (column: number, width: number | undefined) => void;
}

export function GridHeader(props: GridHeaderProps): JSX.Element {
  const { columns, widths, sort, activeColumn } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active cell.
    <div class="grid-header" role="row" aria-rowindex={1} style={{ minWidth: `${props.minWidth}px` }}>
      <div class="gutter" aria-hidden="true">
        #
      </div>
      {columns.map((column, index) => (
        // biome-ignore lint/a11y/useSemanticElements: see the grid.
        // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active cell.
        // biome-ignore lint/a11y/useKeyWithClickEvents: Enter does this in the grid.
        <div
          key={column.name}
          id={cellId({ row: -1, column: index })}
          class={`column ${column.kind} ${index === activeColumn ? 'active' : ''}`}
          role="columnheader"
          aria-colindex={index + 1}
          aria-sort={ariaSort(sort, index)}
          title={`${column.name}: ${column.type}${column.isPrimaryKey ? ' (primary key)' : ''}\nClick or Enter sorts, Shift+← and Shift+→ change the width`}
          onClick={() => {
            props.onActivate(index);
            props.onSort(index);
          }}
        >
          <span class="column-name">
            {column.isPrimaryKey && (
              <span class="key" role="img" aria-label="Primary key">
                <Icon name="key" />
              </span>
            )}
            <span class="ellipsis">{column.name}</span>
            {sort?.column === index && <Icon name={sort.descending ? 'descending' : 'ascending'} class="sort-icon" />}
          </span>
          <span class="column-type ellipsis">{column.type}</span>
          <Resizer width={widths[index] ?? 0} onResize={(width) => props.onResize(index, width)} />
        </div>
      ))}
    </div>
  );
}

function ariaSort(sort: Sort | undefined, column: number): 'ascending' | 'descending' | 'none' {
  if (sort?.column !== column) return 'none';
  return sort.descending ? 'descending' : 'ascending';
}

/** The line between two headers. Double-click returns to the automatic width. */
function Resizer({ width, onResize }: { width: number; onResize: (width: number | undefined) => void }): JSX.Element {
  const start = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement;
    const from = event.clientX;
    line.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent): void => onResize(width + next.clientX - from);
    const end = (): void => {
      line.removeEventListener('pointermove', move);
      line.removeEventListener('pointerup', end);
      line.removeEventListener('pointercancel', end);
    };
    line.addEventListener('pointermove', move);
    line.addEventListener('pointerup', end);
    line.addEventListener('pointercancel', end);
    event.preventDefault();
  };
  return (
    // The keyboard's way is Shift with an arrow key on the header, so the line itself is for the pointer only.
    <span
      class="resizer"
      aria-hidden="true"
      onPointerDown={start}
      onClick={(event) => event.stopPropagation()}
      onDblClick={() => onResize(undefined)}
    />
  );
}
