// Small organisations written link by link, with statuses and types by name.

import { LINK_TYPES, STATUSES, type Policy } from "../source/generated";
import type { ClusteringInfo, Pack } from "../source/model/pack";
import { node, organisation as packed, state } from "./organisation";

export { node, state as stateOf };

export type Row = [
  source: string,
  target: string,
  confidence?: number | null,
  status?: (typeof STATUSES)[number],
  type?: (typeof LINK_TYPES)[number],
];

export interface Options {
  policy?: Partial<Policy>;
  clustering?: Partial<ClusteringInfo>;
  /** Joins as the names of two nodes, and the height, highest first. */
  tree?: [string, string, number][];
  /** Clusters as the names of their members, instead of a tree. */
  labels?: string[][];
  /** Scores on the clusters' own scale. */
  calibrated?: (number | null)[];
  /** Evidence of each link, as JSON text. */
  evidence?: (string | null)[];
  /** What the page opens on. */
  result?: { nodes: string[]; links: number[] };
  /** Places that no link touches. */
  also?: string[];
  /** Places that the catalogue calls inactive. */
  inactive?: string[];
}


/** Make a page's data of links between places: `crm/contact.email` is a column of a table. */
export function organisation(rows: Row[], options: Options = {}): Pack {
  const pack = packed({
    links: rows.map(([source, target, confidence = 0.9, status = "SUGGESTED", type = "PROBABILISTIC"]) => [
      source,
      target,
      confidence,
      STATUSES.indexOf(status),
      LINK_TYPES.indexOf(type),
    ]),
    nodes: options.also ?? [],
    inactive: options.inactive ?? [],
    evidence: options.evidence ?? [],
    joins: options.tree ?? [],
    policy: options.policy ?? {},
    clustering: { tree: options.labels === undefined, ...options.clustering },
  });
  const made: { -readonly [name in keyof Pack]: Pack[name] } = { ...pack };
  if (options.labels) {
    const labels = new Int32Array(pack.nNodes).fill(-1);
    options.labels.forEach((members, label) => {
      for (const member of members) labels[node(pack, member)] = label;
    });
    made.labels = labels;
  }
  if (options.calibrated) {
    made.calibrated = Float64Array.from(options.calibrated, (score) => score ?? NaN);
  }
  if (options.result) {
    made.result = {
      kind: "path",
      title: "A path",
      paths: [],
      notes: [],
      sentences: [],
      nodes: options.result.nodes.map((place) => node(pack, place)),
      links: options.result.links,
      relations: [],
      depths: options.result.nodes.map(() => 0),
      asked: null,
    };
  }
  return made;
}
