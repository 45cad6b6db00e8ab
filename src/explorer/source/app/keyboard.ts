// Keeps the keyboard focus near to where it was when its element leaves the page.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

const AREAS = ".details, .tables, .filters, .picture-bar, .head";

/** After each drawing, move the focus if its element was removed from the page. */
export function useKeptFocus(): void {
  const last = useRef<{ element: Element; area: string } | null>(null);
  useEffect(() => {
    const remember = ({ target }: FocusEvent) => {
      if (!(target instanceof Element)) return;
      const area = target.closest(AREAS);
      last.current = { element: target, area: area ? `.${area.classList[0]}` : "" };
    };
    document.addEventListener("focusin", remember);
    return () => document.removeEventListener("focusin", remember);
  }, []);
  useLayoutEffect(() => {
    const before = last.current;
    if (!before || before.element.isConnected) return;
    last.current = null;
    if (document.activeElement && document.activeElement !== document.body) return;
    placeIn(before.area).focus({ preventScroll: true });
  });
}

function placeIn(area: string): HTMLElement {
  const stage = document.getElementById("stage") ?? (document.getElementById("content") as HTMLElement);
  if (area === ".details") {
    const title = document.querySelector<HTMLElement>(".details h2");
    if (!title) return stage;
    title.tabIndex = -1;
    return title;
  }
  if (area === ".filters") return document.querySelector<HTMLElement>(".picture-bar > [aria-expanded]") ?? stage;
  if (area === ".tables") return document.querySelector<HTMLElement>(".tables [aria-selected=true]") ?? stage;
  if (area === ".picture-bar") return document.querySelector<HTMLElement>(".menu > button") ?? stage;
  return stage;
}
