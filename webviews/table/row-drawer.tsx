import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ColumnHeader, RowView } from '../protocol.ts';
import { Button } from '../ui/controls.tsx';
import { formatCount } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';

interface RowDrawerProps {
  /** Position among the matching rows, from 0. */
  index: number;
  row: RowView | undefined;
  columns: readonly ColumnHeader[];
  onClose: () => void;
}

/** All values of one row in full. Follows the active row; Escape closes it. */
export function RowDrawer({ index, row, columns, onClose }: RowDrawerProps): JSX.Element {
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => drawer.current?.focus(), []);
  return (
    <aside
      ref={drawer}
      class="drawer"
      tabIndex={-1}
      aria-label={`Row ${formatCount(index + 1)}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="drawer-head">
        <h2>Row {formatCount(index + 1)}</h2>
        <Button appearance="icon" label="Close row details" title="Close (Escape)" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </div>
      <dl>
        {columns.map((column, position) => (
          <div class="detail" key={column.name}>
            <dt>
              {column.isPrimaryKey && <Icon name="key" class="key" />}
              <span class="detail-name">{column.name}</span>
              <span class="column-type">{column.type}</span>
            </dt>
            <dd class={column.kind === 'text' ? '' : 'mono'}>
              {row === undefined ? '…' : row.cells[position] || <span class="faint">empty</span>}
            </dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}
