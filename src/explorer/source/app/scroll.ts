// How far the content is scrolled, for going back to where one was.

import type { Scroll } from "../state/history";

const MAX_FRAMES = 30; // until a long list is certainly drawn

const content = (): HTMLElement | null => document.querySelector<HTMLElement>("#content");

export const contentScroll: Scroll = {
  read: () => content()?.scrollTop ?? 0,
  restore(top) {
    let frames = 0;
    const look = () => {
      const box = content();
      if (!box) return;
      box.scrollTop = top;
      frames += 1;
      // What is drawn late is not yet as high.
      if (Math.abs(box.scrollTop - top) > 1 && frames < MAX_FRAMES) requestAnimationFrame(look);
    };
    // The page is drawn in the next frame.
    requestAnimationFrame(() => requestAnimationFrame(look));
  },
};
