// Rows of the tables: which ones, and in which order. Nothing here touches the DOM.

import { visible } from "../model/pack";
import { clusterName, clusterOfLink } from "../model/clusters";
import { labelsInOrder } from "../model/names";
import { statusWord } from "../model/statuses";
import { lowerPaths, pathRanks, ranksOf } from "../model/texts";
import type { View } from "../model/types";
import type { Order, Tab } from "../state/state";

export interface Column {
  key: string;
  name: string;
  /** Whether its cells are numbers, which are aligned to the right and first sorted downwards. */
  numeric: boolean;
}

export const COLUMNS: Record<Tab, readonly Column[]> = {
  links: [
    { key: "status", name: "Status", numeric: false },
    { key: "source", name: "From", numeric: false },
    { key: "target", name: "To", numeric: false },
    { key: "type", name: "Found by", numeric: false },
    { key: "confidence", name: "Score", numeric: true },
    { key: "cluster", name: "Concept", numeric: false },
  ],
  clusters: [
    { key: "name", name: "Concept", numeric: false },
    { key: "identity", name: "Identity value", numeric: true },
    { key: "members", name: "Members", numeric: true },
    { key: "systems", name: "Systems", numeric: true },
    { key: "links", name: "Links inside", numeric: true },
    { key: "contradictions", name: "Contradictions", numeric: true },
  ],
  nodes: [
    { key: "path", name: "Place", numeric: false },
    { key: "kind", name: "Kind", numeric: false },
    { key: "type", name: "Data type", numeric: false },
    { key: "links", name: "Links", numeric: true },
    { key: "passing", name: "Shown", numeric: true },
    { key: "cluster", name: "Concept", numeric: false },
  ],
  decisions: [
    { key: "order", name: "Made", numeric: true },
    { key: "status", name: "Decision", numeric: false },
    { key: "source", name: "From", numeric: false },
    { key: "target", name: "To", numeric: false },
    { key: "note", name: "Note", numeric: false },
  ],
};

export interface Sorting {
  key: string;
  down: boolean;
}

/** How a table is sorted first; clusters as the reader has them listed elsewhere. */
export function firstSorting(tab: Tab, order: Order): Sorting {
  switch (tab) {
    case "links":
      return { key: "confidence", down: true };
    case "nodes":
      return { key: "passing", down: true };
    case "decisions":
      return { key: "order", down: true };
    default:
      return { key: order === "size" ? "members" : order, down: order !== "name" };
  }
}

/** Counts for each cluster. */
export interface ClusterFacts {
  systems: Int32Array;
  links: Int32Array;
  contradictions: Int32Array;
}

export function clusterFacts(view: View): ClusterFacts {
  const { pack, clusters } = view;
  const n = clusters.sizes.length;
  const links = new Int32Array(n);
  const systems = new Int32Array(n);
  const contradictions = new Int32Array(n);
  for (let link = 0; link < pack.nLinks; link += 1) {
    // As in the cluster's own panel, a link from a node to itself joins nothing.
    if (pack.source[link] !== pack.target[link] && clusterOfLink(pack, clusters, link) >= 0) links[clusterOfLink(pack, clusters, link)] += 1;
  }
  const seen = new Set<number>();
  for (let node = 0; node < pack.nNodes; node += 1) {
    const label = clusters.labels[node];
    const key = label * (pack.first[1] + 1) + pack.system[node] + 1;
    if (label < 0 || seen.has(key)) continue;
    seen.add(key);
    systems[label] += 1;
  }
  for (const { cluster } of view.contradictions) contradictions[cluster] += 1;
  return { systems, links, contradictions };
}

/** Rows of a table that match a text: links, clusters or nodes, by position. */
export function rowsOf(view: View, tab: Tab, text: string, onlySeen: boolean): number[] {
  const { pack, clusters, seen } = view;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const paths = lowerPaths(pack);
  const has = (where: string) => words.every((word) => where.includes(word));
  const rows: number[] = [];
  if (tab === "links" || tab === "decisions") {
    const links = tab === "links" ? pack.nLinks : 0;
    const fits = (link: number) =>
      !words.length || has(`${paths[pack.source[link]]} ${paths[pack.target[link]]} ${statusWord(pack, view.status[link]).toLowerCase()}`);
    for (let link = 0; link < links; link += 1) {
      if (onlySeen && seen ? !seen.links.has(link) : !view.passes[link]) continue;
      if (fits(link)) rows.push(link);
    }
    if (tab === "decisions") for (const link of view.state.decisions.keys()) if (fits(link)) rows.push(link);
  } else if (tab === "clusters") {
    const labels = onlySeen && seen ? new Set([...seen.nodes].map((node) => clusters.labels[node])) : null;
    for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
      if (labels && !labels.has(cluster)) continue;
      const any = () => [...clusters.members(cluster)].some((node) => has(paths[node]));
      if (!words.length || has(clusterName(clusters, cluster).toLowerCase()) || any()) rows.push(cluster);
    }
  } else {
    for (let node = 0; node < pack.nNodes; node += 1) {
      if (onlySeen && seen && !seen.nodes.has(node)) continue;
      if (!words.length || has(paths[node])) rows.push(node);
    }
  }
  return rows;
}

/** Sort rows by a column, ties by position; those of clusters by what they are worth. */
export function sorted(view: View, tab: Tab, rows: readonly number[], { key, down }: Sorting, facts: ClusterFacts | null): number[] {
  const value = valueOf(view, tab, key, facts);
  const sign = down ? -1 : 1;
  const values = Float64Array.from(rows, (row) => sign * value(row));
  const order = Uint32Array.from(rows.keys());
  const ranks = tab === "clusters" ? ranksByWorth(view) : null;
  const place = (index: number): number => (ranks ? ranks[rows[index]] : rows[index]);
  order.sort((a, b) => values[a] - values[b] || place(a) - place(b));
  return Array.from(order, (index) => rows[index]);
}

/** Rank clusters by what they are worth; those of deleted nodes alone come last. */
function ranksByWorth({ clusters }: View): Int32Array {
  const ranks = new Int32Array(clusters.sizes.length);
  labelsInOrder(clusters, "identity").forEach((cluster, rank) => (ranks[cluster] = rank));
  return ranks;
}

/** Return a function from rows to numbers that sorts by a column: texts by rank, missing values lowest. */
export function valueOf(view: View, tab: Tab, key: string, facts: ClusterFacts | null): (row: number) => number {
  const { pack, clusters } = view;
  if (tab === "clusters") {
    if (key === "name") {
      const ranks = nameRanks(view);
      return (cluster) => ranks[cluster];
    }
    if (key === "identity") {
      const ranks = ranksByWorth(view);
      return (cluster) => -ranks[cluster];
    }
    const counts: Record<string, ArrayLike<number> | undefined> = {
      members: clusters.sizes,
      confidence: clusters.identity.confidence,
      systems: facts?.systems,
      links: facts?.links,
      contradictions: facts?.contradictions,
    };
    const counted = counts[key];
    return counted ? (cluster) => counted[cluster] : (cluster) => cluster;
  }
  const ranks = pathRanks(pack);
  if (tab === "nodes") {
    const types = ranksOf(pack.header.data_types.map(visible));
    const passing = key === "passing" ? passingLinks(view) : null;
    switch (key) {
      case "path":
        return (node) => ranks[node];
      case "kind":
        return (node) => KIND_RANKS[pack.level(node)];
      case "type":
        return (node) => types[pack.dataType[node]] ?? -1;
      case "cluster": {
        const names = nameRanks(view);
        return (node) => names[clusters.labels[node]] ?? -1;
      }
      case "links":
        return (node) => pack.linksOf(node).length;
      default:
        return (node) => passing?.[node] ?? 0;
    }
  }
  const made = [...view.state.decisions];
  const places = new Map(made.map(([link], index) => [link, index]));
  switch (key) {
    case "status": {
      const statuses = ranksOf(pack.statuses);
      return (link) => statuses[view.status[link]];
    }
    case "type": {
      const types = ranksOf(pack.types);
      return (link) => types[pack.type[link]];
    }
    case "source":
      return (link) => ranks[pack.source[link]];
    case "target":
      return (link) => ranks[pack.target[link]];
    case "cluster": {
      const names = nameRanks(view);
      return (link) => names[clusterOfLink(pack, clusters, link)] ?? -1;
    }
    case "order":
      return (link) => places.get(link) ?? -1;
    case "note": {
      const notes = ranksOf(made.map(([, { note }]) => note));
      return (link) => notes[places.get(link) ?? -1] ?? -1;
    }
    default:
      return (link) => (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
  }
}

/** Rank clusters by their names. */
/** Places of the words field, system and table, by level. */
const KIND_RANKS = [1, 2, 0];

const nameRanks = ({ clusters }: View): number[] => ranksOf(Array.from(clusters.sizes, (_, cluster) => clusterName(clusters, cluster)));

/** Count the passing links that touch each node or anything below it. */
export function passingLinks(view: View): Int32Array {
  const { pack, passes } = view;
  const counts = new Int32Array(pack.nNodes);
  const above = new Set<number>();
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (!passes[link]) continue;
    above.clear();
    for (const end of [pack.source[link], pack.target[link]]) {
      for (let node = end; node >= 0; node = pack.parent[node]) above.add(node);
    }
    for (const node of above) counts[node] += 1;
  }
  return counts;
}
