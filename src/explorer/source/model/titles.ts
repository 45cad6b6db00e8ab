// What a page is called, in the browser's tab and for screen readers.

import { shownClusterName } from "./clusters";
import { askedEnds } from "./joins";
import { visible } from "./pack";
import { scopeOf } from "./links";
import type { View } from "./types";
import { counted } from "./words";

const NAMES = { start: "Start", concepts: "Concepts", map: "Map", review: "Review", links: "Links", join: "Join two tables" } as const;

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
  if (page === "join") {
    const [a, b] = askedEnds(pack, state);
    return a < 0 || b < 0 ? NAMES.join : `Join ${pack.marked(a)} with ${pack.marked(b)}`;
  }
  if (page === "map" && focus && "node" in focus) return `Map: ${pack.marked(focus.node)}`;
  return NAMES[page];
}

/** What the browser's tab says. */
export function documentTitle(view: View): string {
  const { header } = view.pack;
  const own = header.organization ? visible(header.organization) : header.title;
  return `${pageTitle(view)} \u00b7 ${own}`;
}
