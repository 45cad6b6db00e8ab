// What a reader opens in place: it comes into sight, has the keyboard and is told.

import { useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import type { Lineage } from "../model/lineage";
import { open } from "./lineage-acts";
import { nodesCounted, stepWords, isTwoSided } from "./lineage-parts";

/** The first of what was opened. */
export interface News {
  readonly node: number;
}

/** Return what opens nodes, and what it opened last. */
export function useOpening(app: App, found: Lineage | null): { open: (nodes: readonly number[], shown?: readonly number[]) => void; news: News | null } {
  const [news, setNews] = useState<News | null>(null);
  const waiting = useRef<{ before: Lineage; shown: readonly number[] } | null>(null);
  useEffect(() => {
    const asked = waiting.current;
    if (!asked || !found || asked.before === found) return;
    waiting.current = null;
    const known = new Set(asked.before.opened);
    const opened = found.opened.filter((node) => !known.has(node));
    const shown = opened.length > 0 ? opened : asked.shown.filter((node) => found.depth.has(node));
    if (shown.length === 0) return;
    const score = (node: number): number => found.confidence.get(node) ?? 0;
    const node = shown.reduce((best, one) => (score(one) > score(best) ? one : best));
    setNews({ node });
    app.setUi({ announcement: `Opened ${nodesCounted(found.pack, shown)}, ${stepWords(found.depth.get(node)!, isTwoSided(found))}.` });
  }, [found]);
  return {
    news,
    open: (nodes, shown = []) => {
      waiting.current = found && { before: found, shown };
      open(app, nodes);
    },
  };
}
