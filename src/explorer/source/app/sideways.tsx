// What scrolls sideways, with a sign of how much there is beyond its edges.

import type { ComponentChildren, JSX, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { counted, listed } from "../model/words";

interface SidewaysProps {
  scroller: RefObject<HTMLElement>;
  class?: string;
  children: ComponentChildren;
}

/** Things of some kind that are out of sight. */
type Beyond = ReadonlyMap<string, number>;

const NONE: readonly [Beyond, Beyond] = [new Map(), new Map()];
const SLACK = 2; // pixels

/**
 * Say what lies beyond the left and the right edge of an element that scrolls, and bring it into sight.
 *
 * What can be out of sight has its kind as `data-beyond`, such as "system"; what stays at the left has none.
 */
export function Sideways({ scroller, class: own = "", children }: SidewaysProps): JSX.Element {
  const [[before, after], setBeyond] = useState(NONE);
  const latest = useRef<() => void>(() => undefined);
  latest.current = () => {
    const found = beyond(scroller.current);
    if (keyOf(found) !== keyOf([before, after])) setBeyond(found);
  };
  useLayoutEffect(() => latest.current());
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    let waiting = 0;
    const look = (): void => {
      waiting ||= requestAnimationFrame(() => {
        waiting = 0;
        latest.current();
      });
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      cancelAnimationFrame(waiting);
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  const go = (step: 1 | -1): void => {
    const element = scroller.current;
    if (element) element.scrollLeft += step * Math.max(120, (element.clientWidth - covered(element)) * 0.8);
  };
  const isWide = before.size + after.size > 0;
  return (
    <div class={`sideways${before.size ? " has-before" : ""}${after.size ? " has-after" : ""} ${own}`}>
      {isWide && (
        <p class="sideways-signs">
          {before.size > 0 && <button type="button" class="link sideways-before" onClick={() => go(-1)}><span aria-hidden="true">{"\u2190"}</span> {wordsOf(before)}<span class="visually-hidden"> to the left</span></button>}
          {after.size > 0 && <button type="button" class="link sideways-after" onClick={() => go(1)}>{wordsOf(after)}<span class="visually-hidden"> to the right</span> <span aria-hidden="true">{"\u2192"}</span></button>}
        </p>
      )}
      {children}
    </div>
  );
}

const wordsOf = (found: Beyond): string => listed([...found].map(([kind, n], at) => counted(n, at ? kind : `more ${kind}`)));

const keyOf = (found: readonly [Beyond, Beyond]): string => JSON.stringify(found.map((one) => [...one]));

/** Width of what stays at the left. */
const covered = (element: HTMLElement): number => element.querySelector("thead th:first-child, thead td:first-child")?.getBoundingClientRect().width ?? 0;

function beyond(element: HTMLElement | null): readonly [Beyond, Beyond] {
  if (!element || element.scrollWidth <= element.clientWidth + SLACK) return NONE;
  const found = [new Map<string, number>(), new Map<string, number>()] as const;
  const { left } = element.getBoundingClientRect();
  const from = left + covered(element);
  const to = left + element.clientWidth;
  for (const one of element.querySelectorAll<HTMLElement>("[data-beyond]")) {
    const box = one.getBoundingClientRect();
    const side = box.left < from - SLACK ? found[0] : box.right > to + SLACK ? found[1] : null;
    const kind = one.dataset["beyond"] ?? "";
    side?.set(kind, (side.get(kind) ?? 0) + 1);
  }
  return found;
}
