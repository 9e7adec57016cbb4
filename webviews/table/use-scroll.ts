import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clampVirtualTop, type Extent, isAtEnd, isScaled, toScrollTop, toVirtualTop } from '../ui/virtual-window.ts';

/** Height of a "line" of a mouse wheel that reports lines, in CSS pixels. */
const wheelLine = 20;

export interface VirtualScroll {
  /** Where the view is, as if the list were not scaled. */
  virtualTop: number;
  /** Where the browser's scroll bar is. */
  scrollTop: number;
  scrollTo(virtualTop: number): void;
  onScroll(): void;
}

/**
 * Couples a scroll bar with a list that may be higher than an element can be. While scaled, the wheel moves by true
 * pixels (the scroll bar alone would jump), and the bar follows. A view at the end of the list stays at the end as rows
 * are added.
 */
export function useVirtualScroll(scroller: RefObject<HTMLElement | null>, extent: Extent): VirtualScroll {
  const [position, setPosition] = useState({ virtualTop: 0, scrollTop: 0 });
  /** The scroll position we set ourselves: its event must not overwrite the exact virtual position. */
  const expected = useRef<number | undefined>(undefined);
  const latest = useRef({ extent, position });
  const wasAtEnd = useRef(false);

  const scrollTo = useCallback((wanted: number): void => {
    const node = scroller.current;
    if (node === null) return;
    const virtualTop = clampVirtualTop(wanted, latest.current.extent);
    node.scrollTop = toScrollTop(virtualTop, latest.current.extent);
    expected.current = node.scrollTop;
    setPosition({ virtualTop, scrollTop: node.scrollTop });
  }, []);

  const onScroll = useCallback((): void => {
    const node = scroller.current;
    if (node === null) return;
    if (expected.current !== undefined && Math.abs(node.scrollTop - expected.current) < 1) return;
    expected.current = undefined;
    const { scrollTop } = node;
    setPosition((old) =>
      old.scrollTop === scrollTop ? old : { scrollTop, virtualTop: toVirtualTop(scrollTop, latest.current.extent) },
    );
  }, []);

  useLayoutEffect(() => {
    const before = latest.current.extent;
    const grew = extent.rowCount > before.rowCount && before.rowCount > 0;
    latest.current = { extent, position };
    const outside = clampVirtualTop(position.virtualTop, extent) !== position.virtualTop;
    if ((grew && wasAtEnd.current) || outside) scrollTo(grew ? Number.MAX_SAFE_INTEGER : position.virtualTop);
    const overflows = extent.rowCount * extent.rowHeight > extent.viewport;
    wasAtEnd.current = overflows && isAtEnd(latest.current.position.virtualTop, extent);
  });

  useEffect(() => {
    const node = scroller.current;
    if (node === null) return;
    const onWheel = (event: WheelEvent): void => {
      const { extent: current, position: now } = latest.current;
      if (!isScaled(current) || event.deltaY === 0 || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? wheelLine : 1);
      const step = event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? event.deltaY * current.viewport : pixels;
      const virtualTop = clampVirtualTop(now.virtualTop + step, current);
      // Several wheel events can come before the next paint; each starts where the last one ended.
      latest.current = { extent: current, position: { ...now, virtualTop } };
      scrollTo(virtualTop);
      if (event.deltaX !== 0) node.scrollLeft += event.deltaX;
    };
    node.addEventListener('wheel', onWheel, { passive: false });
    return () => node.removeEventListener('wheel', onWheel);
  }, [scrollTo]);

  return { ...position, scrollTo, onScroll };
}
