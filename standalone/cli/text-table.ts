/** A table for a terminal in the manner of psql: a rule below the head, cells padded and separated by `|`. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    ` ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')}`.trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width + 2)).join('+'), ...rows.map(line)].join('\n');
}
