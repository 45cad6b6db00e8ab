// What the page is shown on: a window of some width, or paper.

import { useEffect, useState } from "preact/hooks";

/** Windows on which pages have the form for phones. */
export const PHONE = "(max-width: 800px)";

/** Rows that are printed; paper has no end, but browsers and printers have. */
export const MAX_PRINTED = 1000;

export const onPaper = (): boolean => matchMedia("print").matches;

/** Whether a media query holds, now and as the window changes; on paper a page keeps the form of the screen. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = (): void => {
      if (!onPaper()) setHolds(media.matches);
    };
    media.addEventListener("change", follow);
    follow();
    return () => media.removeEventListener("change", follow);
  }, [query]);
  return holds;
}

/** Whether the page is being printed: paper has no button for more, and does not scroll. */
export function usePrinted(): boolean {
  const [is, set] = useState(false);
  useEffect(() => {
    const [begin, end] = [() => set(true), () => set(false)];
    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
    return () => {
      window.removeEventListener("beforeprint", begin);
      window.removeEventListener("afterprint", end);
    };
  }, []);
  return is;
}
