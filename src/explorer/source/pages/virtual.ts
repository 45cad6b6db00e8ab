// A long list of which only the rows in sight are drawn; rows may differ in height.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { MAX_PRINTED, usePrinted } from "../app/media";

const OVERSCAN = 6; // rows drawn on either side of those in sight

export interface Virtual {
  /** Rows that are drawn, and the heights of what is left out above and below, in pixels. */
  readonly begin: number;
  readonly end: number;
  readonly above: number;
  readonly below: number;
  /** First and last row of which most is in sight. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Bring a row into sight, and draw it. */
  reveal(row: number): void;
  /** Number of whole rows that fit. */
  readonly perPage: number;
}

/**
 * Draw a part of `n` rows.
 *
 * The element that scrolls holds the element of the rows, which have their number as `data-row`. Heights are
 * those that were measured, and `height` for rows that never were in sight. `covered` pixels of what scrolls
 * are under something that stays, such as the head of a table.
 */
export function useVirtual(
  scroller: RefObject<HTMLElement>,
  body: RefObject<HTMLElement>,
  rows: ArrayLike<unknown>,
  height: number,
  covered: () => number,
): Virtual {
  const n = rows.length;
  const isPrinted = usePrinted();
  const [version, redraw] = useReducer((count: number) => count + 1, 0);
  const width = useRef(0);
  const heights = useMemo(() => new Float64Array(n).fill(height), [rows, height]);
  const tops = useMemo(() => {
    const found = new Float64Array(n + 1);
    for (let row = 0; row < n; row += 1) found[row + 1] = found[row] + heights[row];
    return found;
  }, [heights, version]);
  const seen = useRef({ top: 0, bottom: 900 });
  const part = useRef({ begin: 0, end: 0 });

  const look = (): { top: number; bottom: number } => {
    const [outer, inner] = [scroller.current, body.current];
    if (!outer || !inner) return seen.current;
    const head = covered();
    const top = outer.getBoundingClientRect().top + outer.clientTop + head - inner.getBoundingClientRect().top;
    return { top, bottom: top + outer.clientHeight - head };
  };
  /** The first row that ends after a height. */
  const rowAt = (y: number): number => {
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle + 1] > y) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const range = ({ top, bottom }: { top: number; bottom: number }): { begin: number; end: number } => isPrinted ? { begin: 0, end: Math.min(n, MAX_PRINTED) } : ({
    begin: Math.max(0, Math.min(n - 1, rowAt(Math.max(0, top))) - OVERSCAN),
    end: Math.min(n, rowAt(Math.max(0, bottom)) + 1 + OVERSCAN),
  });
  const firstOf = (top: number): number => {
    const row = rowAt(Math.max(0, top));
    return row < n && tops[row] + heights[row] / 2 < top ? row + 1 : row;
  };
  const lastOf = (bottom: number): number => {
    const row = Math.min(n - 1, rowAt(bottom - 1));
    return row >= 0 && tops[row] + heights[row] / 2 > bottom ? row - 1 : row;
  };

  const update = (): void => {
    const next = look();
    const before = seen.current;
    seen.current = next;
    const { begin, end } = range(next);
    const isSame = begin === part.current.begin && end === part.current.end;
    if (isSame && firstOf(before.top) === firstOf(next.top) && lastOf(before.bottom) === lastOf(next.bottom)) return;
    redraw(0 as never);
  };
  const latest = useRef(update);
  latest.current = update;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const onScroll = (): void => latest.current();
    const resized = new ResizeObserver(() => {
      if (Math.abs(element.clientWidth - width.current) > 1) {
        width.current = element.clientWidth;
        heights.fill(height);
        redraw(0 as never);
      }
      latest.current();
    });
    width.current = element.clientWidth;
    element.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      resized.disconnect();
    };
  }, [heights]);

  // What was drawn is measured at once, before it is seen.
  useLayoutEffect(() => {
    let isOther = false;
    for (const element of body.current?.querySelectorAll<HTMLElement>("[data-row]") ?? []) {
      const row = Number(element.dataset["row"]);
      const measured = element.getBoundingClientRect().height;
      if (measured > 0 && row < n && Math.abs(measured - heights[row]) > 0.5) {
        heights[row] = measured;
        isOther = true;
      }
    }
    if (isOther) redraw(0 as never);
    else update();
  });

  const { begin, end } = range(seen.current);
  part.current = { begin, end };
  return {
    begin,
    end,
    above: tops[begin],
    below: isPrinted ? 0 : tops[n] - tops[end],
    firstSeen: Math.max(0, Math.min(n - 1, firstOf(seen.current.top))),
    lastSeen: lastOf(seen.current.bottom),
    perPage: Math.max(1, Math.floor((seen.current.bottom - seen.current.top) / height) - 1),
    reveal(row) {
      const element = scroller.current;
      if (!element || row < 0 || row >= n) return;
      const { top, bottom } = look();
      if (tops[row] < top) element.scrollTop += tops[row] - top;
      else if (tops[row + 1] > bottom) element.scrollTop += tops[row + 1] - bottom;
      update();
    },
  };
}
