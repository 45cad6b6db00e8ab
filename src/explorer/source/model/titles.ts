// What a page is called, in the browser's tab and for screen readers.

import { shownClusterName } from "./clusters";
import { visible } from "./pack";
import { scopeOf } from "./links";
import type { View } from "./types";
import { counted } from "./words";

const NAMES = { start: "Start", concepts: "Concepts", map: "Map", tables: "All tables", review: "Review", links: "Links" } as const;

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
  if (page === "map" && focus?.kind === "pair") {
    return focus.left === focus.right ? `Inside ${pack.marked(focus.left)}` : `${pack.marked(focus.left)} and ${pack.marked(focus.right)}`;
  }
  if (page === "map" && focus?.kind === "line") return `${pack.marked(focus.source)} and ${pack.marked(focus.target)}`;
  if (page === "tables" && focus && "node" in focus) return `All tables: ${pack.marked(focus.node)}`;
  return NAMES[page];
}

/** What the browser's tab says. */
export function documentTitle(view: View): string {
  const { header } = view.pack;
  const own = header.organization ? visible(header.organization) : header.title;
  return `${pageTitle(view)} \u00b7 ${own}`;
}
