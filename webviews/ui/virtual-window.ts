/**
 * Window math of a list that shows a few of very many rows of equal height. Browsers cap the height of an element
 * (Firefox at about 17.8 million pixels), so beyond `maxPhysicalHeight` the scroll bar is scaled: `physical` is what the
 * browser scrolls, `virtual` is where that would be if elements could be as high as needed. All lengths in CSS pixels.
 */
export const maxPhysicalHeight = 15_000_000;

export interface Extent {
  rowCount: number;
  rowHeight: number;
  /** Height of the part that shows rows. */
  viewport: number;
}

/** Height of the scrolled element. */
export function physicalHeight(extent: Extent): number {
  return Math.min(extent.rowCount * extent.rowHeight, maxPhysicalHeight);
}

export function isScaled(extent: Extent): boolean {
  return extent.rowCount * extent.rowHeight > maxPhysicalHeight;
}

function maxVirtualTop({ rowCount, rowHeight, viewport }: Extent): number {
  return Math.max(0, rowCount * rowHeight - viewport);
}

export function clampVirtualTop(virtualTop: number, extent: Extent): number {
  return Math.min(Math.max(0, virtualTop), maxVirtualTop(extent));
}

export function toVirtualTop(scrollTop: number, extent: Extent): number {
  if (!isScaled(extent)) return clampVirtualTop(scrollTop, extent);
  const range = physicalHeight(extent) - extent.viewport;
  return clampVirtualTop((scrollTop / range) * maxVirtualTop(extent), extent);
}

export function toScrollTop(virtualTop: number, extent: Extent): number {
  const top = clampVirtualTop(virtualTop, extent);
  if (!isScaled(extent)) return top;
  return (top / maxVirtualTop(extent)) * (physicalHeight(extent) - extent.viewport);
}

/** Rows that are at least partly visible: `first` inclusive, `end` exclusive. */
export function visibleRows(virtualTop: number, extent: Extent): { first: number; end: number } {
  const top = clampVirtualTop(virtualTop, extent);
  const first = Math.floor(top / extent.rowHeight);
  const end = Math.ceil((top + extent.viewport) / extent.rowHeight);
  return { first: Math.min(first, extent.rowCount), end: Math.min(end, extent.rowCount) };
}

/** The least move of the viewport that shows row `index` completely. */
export function scrollToRow(index: number, virtualTop: number, extent: Extent): number {
  const top = index * extent.rowHeight;
  const bottom = top + extent.rowHeight;
  if (top < virtualTop) return clampVirtualTop(top, extent);
  if (bottom > virtualTop + extent.viewport) return clampVirtualTop(bottom - extent.viewport, extent);
  return clampVirtualTop(virtualTop, extent);
}

/** Whether the last row is in view, so that rows added at the end should be followed. */
export function isAtEnd(virtualTop: number, extent: Extent): boolean {
  return virtualTop >= maxVirtualTop(extent) - extent.rowHeight / 2;
}

/**
 * Rows to ask for so that `visible` and some rows around it are at hand; undefined while the rows at hand still cover
 * what is visible with a margin.
 */
export function rowsToRequest(
  visible: { first: number; end: number },
  atHand: { offset: number; count: number } | undefined,
  rowCount: number,
  limit: number,
): { offset: number; limit: number } | undefined {
  const margin = Math.min(50, Math.floor((limit - (visible.end - visible.first)) / 4));
  const wantedFirst = Math.max(0, visible.first - margin);
  const wantedEnd = Math.min(rowCount, visible.end + margin);
  if (atHand !== undefined) {
    const end = atHand.offset + atHand.count;
    if (atHand.offset <= wantedFirst && end >= wantedEnd) return undefined;
  }
  const around = Math.floor((limit - (visible.end - visible.first)) / 2);
  return { offset: Math.max(0, visible.first - Math.max(0, around)), limit };
}
