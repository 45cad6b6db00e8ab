// What a page is called, in the browser's tab and for screen readers.

import { shownClusterName } from "./clusters";
import { visible, type Pack } from "./pack";
import { scopeOf } from "./links";
import type { View } from "./types";
import { counted } from "./words";
import type { Focus } from "../state/state";

const NAMES = { start: "Start", concepts: "Concepts", map: "Map", lineage: "Lineage", review: "Review", links: "Links" } as const;

/** The name of the page that is open, with its subject. */
export function pageTitle(view: View): string {
  const { pack, clusters, state } = view;
  const { page, focus } = state;
  if (page === "concepts" && focus?.kind === "cluster") {
    const label = clusters.labels[focus.member];
    return label < 0 ? `${pack.marked(focus.member)}, in no concept` : `Concept ${shownClusterName(clusters, label)}`;
  }
  if (page === "links") {
    const { links, of } = scopeOf(view);
    return links ? `${counted(links.length, "link")} ${of}` : NAMES.links;
  }
  if (page === "lineage") return lineageTitle(pack, focus) || NAMES.lineage;
  if (page === "map" && focus && "node" in focus) return `Map: ${pack.marked(focus.node)}`;
  return NAMES[page];
}

export const ASKS: Record<string, string> = { down: "What depends on", up: "What feeds", both: "What feeds and depends on", near: "What is linked to" };

/** The question of a lineage; empty if nothing is asked. */
export function lineageTitle(pack: Pack, focus: Focus | null): string {
  const asked = focus?.kind === "result" ? pack.result?.asked : focus && "hops" in focus ? { direction: focus.kind, node: focus.node } : null;
  return asked ? `${ASKS[asked.direction]} ${placeWords(pack, asked.node)}` : "";
}

/** A node with its table and system, in words. */
export function placeWords(pack: Pack, node: number): string {
  const level = pack.level(node);
  const system = pack.system[node] < 0 ? "?" : pack.name[pack.system[node]];
  const own = level === 0 ? [] : level === 1 ? [pack.tableName(node)] : [pack.tableName(node), pack.name[node]];
  return [system, ...own].join(" ") + pack.mark(node);
}

/** What the browser's tab says. */
export function documentTitle(view: View): string {
  const { header } = view.pack;
  const own = header.organization ? visible(header.organization) : header.title;
  return `${pageTitle(view)} \u00b7 ${own}`;
}
