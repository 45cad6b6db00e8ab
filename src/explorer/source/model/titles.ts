// What a page is called, in the browser's tab and for screen readers.

import { clusterName } from "./clusters";
import { changesOf } from "./changes";
import { titleOfChanges } from "./changes-words";
import { askedEnds } from "./joins";
import { visible, type Pack } from "./pack";
import { scopeOf } from "./links";
import type { View } from "./types";
import { counted } from "./words";
import type { Focus } from "../state/state";

const NAMES = { start: "Start", concepts: "Concepts", map: "Map", table: "Table", tables: "All tables", lineage: "Lineage", review: "Review", links: "Links", join: "Join two tables", changes: "Changes", why: "Why", paths: "Paths" } as const;

/** The name of the page that is open, with its subject. */
export function pageTitle(view: View): string {
  const { pack, clusters, state } = view;
  const { page, focus } = state;
  if (page === "concepts" && focus?.kind === "cluster") {
    const label = clusters.labels[focus.member];
    return label < 0 ? `${pack.marked(focus.member)}, in no concept` : `Concept ${clusterName(clusters, label)}`;
  }
  if (page === "links") {
    const { links, of } = scopeOf(view);
    return links ? `${counted(links.length, "link")} ${of}` : NAMES.links;
  }
  if (page === "lineage") return lineageTitle(pack, focus) || NAMES.lineage;
  if (page === "join") {
    const [a, b] = askedEnds(pack, state);
    return a < 0 || b < 0 ? NAMES.join : `Join ${pack.marked(a)} with ${pack.marked(b)}`;
  }
  if (page === "map" && focus?.kind === "pair") {
    return focus.left === focus.right ? `Inside ${pack.marked(focus.left)}` : `${pack.marked(focus.left)} and ${pack.marked(focus.right)}`;
  }
  if (page === "map" && focus?.kind === "line") return `${pack.marked(focus.source)} and ${pack.marked(focus.target)}`;
  if (page === "table" && focus && "node" in focus) return `Table ${pack.marked(pack.table[focus.node])}`;
  if (page === "tables" && focus && "node" in focus) return `All tables: ${pack.marked(focus.node)}`;
  if (page === "why" && focus?.kind === "path") return `Why ${pack.marked(focus.from)} and ${pack.marked(focus.to)} ${areTogether(clusters, focus.from, focus.to) ? "are one concept" : "are apart"}`;
  if (page === "paths" && pack.result?.paths.length) return pack.result.title;
  const changes = page === "changes" ? changesOf(pack) : null;
  return changes ? titleOfChanges(changes) : NAMES[page];
}

/** Whether two nodes are in one concept. */
export function areTogether({ labels }: View["clusters"], a: number, b: number): boolean {
  return labels[a] >= 0 && labels[a] === labels[b];
}

export const ASKS: Record<string, string> = { down: "What depends on", up: "What links to", both: "What links to and depends on", near: "What is linked to" };

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
