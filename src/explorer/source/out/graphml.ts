// GraphML of what is shown, with attributes that the Python package writes and reads.

import {
  EDGE_KEYS,
  GRAPH_KEYS,
  GRAPHML_HEAD,
  GRAPHML_LINK,
  GRAPHML_PROFILE,
  LEVELS,
  NODE_KEYS,
  REJECTED,
} from "../generated";
import { clusterOfLink } from "../model/clusters";
import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import { timeText } from "./csv";
import { escaped, reversible } from "./xml";

/** Types of attributes by their names, as a file declares them. */
type Keys = Readonly<Record<string, "string" | "boolean" | "long" | "double">>;
type ValueOf<Type> = Type extends "string" ? string : Type extends "boolean" ? boolean : number;

/** What a file says of a thing, by the names of attributes; the page does not know all of them. */
type Getters<Thing, Names extends Keys> = {
  readonly [Name in keyof Names]?: (of: Thing) => ValueOf<Names[Name]> | null;
};

// The page's own: which links it shows.
const PAGE_GRAPH_KEYS = { ...GRAPH_KEYS, threshold: "double" } as const;

/** The attributes of one kind of thing: how they are declared, and written for each. */
class Attributes<Thing, Names extends Keys> {
  private readonly all: { name: string; key: string; get: (of: Thing) => string | number | boolean | null }[];

  constructor(
    private readonly target: "graph" | "node" | "edge",
    private readonly types: Names,
    getters: Getters<Thing, Names>,
  ) {
    this.all = Object.entries(getters).map(([name, get], index) => ({ name, key: `${target[0]}${index}`, get: get! }));
  }

  declare(): string {
    return this.all
      .map(({ name, key }) => `  <key id="${key}" for="${this.target}" attr.name="${name}" attr.type="${this.types[name]}"/>\n`)
      .join("");
  }

  /** Write the attributes of a thing; what is missing has no element. */
  write(thing: Thing, indent: string): string {
    let written = "";
    for (const { key, get } of this.all) {
      const value = get(thing);
      if (value !== null) written += `${indent}<data key="${key}">${textOf(value)}</data>\n`;
    }
    return written;
  }
}

/** Write nodes and links; the ends of links, and what is above a node, are always there. */
export function graphml(view: View, nodes: readonly number[], links: readonly number[]): string {
  const { pack } = view;
  const graph = graphAttributes(view, links);
  const node = nodeAttributes(view);
  const edge = linkAttributes(view);
  const parts = [GRAPHML_HEAD, graph.declare(), node.declare(), edge.declare()];
  parts.push('  <graph id="links" edgedefault="directed">\n', graph.write(view, "    "));
  for (const code of withEnds(pack, nodes, links)) {
    parts.push(`    <node id="${escaped(pack.nodeId(code))}">\n`, node.write(code, "      "), "    </node>\n");
  }
  for (const link of links) {
    const [source, target] = [pack.nodeId(pack.source[link]), pack.nodeId(pack.target[link])];
    parts.push(`    <edge id="${pack.linkId(link)}" source="${escaped(source)}" target="${escaped(target)}">\n`);
    parts.push(edge.write(link, "      "), "    </edge>\n");
  }
  parts.push("  </graph>\n</graphml>\n");
  return parts.join("");
}

/** Nodes, the ends of links and everything above them, in the order of their codes. */
function withEnds(pack: Pack, nodes: readonly number[], links: readonly number[]): number[] {
  const kept = new Set<number>();
  const keep = (node: number) => {
    for (let at = node; at >= 0; at = pack.parent[at]) kept.add(at);
  };
  nodes.forEach(keep);
  for (const link of links) {
    keep(pack.source[link]);
    keep(pack.target[link]);
  }
  return [...kept].sort((a, b) => a - b);
}

function graphAttributes(view: View, links: readonly number[]): Attributes<View, typeof PAGE_GRAPH_KEYS> {
  const { pack, weight } = view;
  return new Attributes<View, typeof PAGE_GRAPH_KEYS>("graph", PAGE_GRAPH_KEYS, {
    organization: () => pack.header.organization,
    policy: () => JSON.stringify(pack.policy),
    profile: () => GRAPHML_PROFILE,
    kept_evidence: () => pack.header.kept_evidence,
    vocabulary: () => pack.header.vocabulary,
    threshold: () => view.state.threshold,
    clusters: () => JSON.stringify(aboutClusters(view)),
    n_links: () => links.length,
    n_links_without_confidence: () => links.filter((link) => Number.isNaN(pack.confidence[link])).length,
    n_links_without_weight: () => links.filter((link) => Number.isNaN(weight[link])).length,
  });
}

/** How the clusters were made, as the Python package says it in its files. */
function aboutClusters({ pack, clusters, contradictions }: View): Record<string, unknown> {
  const { clustering, policy } = pack;
  return {
    method: clusters.method,
    parameters: clusters.method === clustering.method ? clustering.parameters : {},
    threshold: clusters.threshold,
    threshold_scale: clustering.scale,
    one_per: clustering.one_per === null ? null : LEVELS[clustering.one_per],
    level: LEVELS[clustering.level],
    policy,
    n_clusters: clusters.sizes.length,
    n_contradictions: contradictions.length,
  };
}

function nodeAttributes(view: View): Attributes<number, typeof NODE_KEYS> {
  const { pack, clusters, contradictions } = view;
  const { header, table, rawName } = pack;
  const qualified = new Map(header.qualified); // names of tables with their schemas before them
  const tableOf = (node: number) =>
    table[node] < 0 ? null : (qualified.get(table[node]) ?? rawName[table[node]]);
  const labelOf = (node: number) => {
    const [name, tableName] = [rawName[node], tableOf(node)];
    if (tableName === null || tableName === name) return name;
    return pack.level(node) === 2 ? `${tableName}.${name}` : tableName;
  };
  const rejected = new Map<number, number>();
  for (const { cluster } of contradictions) rejected.set(cluster, (rejected.get(cluster) ?? 0) + 1);
  return new Attributes<number, typeof NODE_KEYS>("node", NODE_KEYS, {
    level: (node) => LEVELS[pack.level(node)],
    name: (node) => rawName[node],
    label: (node) => labelOf(node) + pack.mark(node),
    path: (node) => pack.rawPath(node),
    parent_id: (node) => (pack.parent[node] < 0 ? null : pack.nodeId(pack.parent[node])),
    system: (node) => (pack.system[node] < 0 ? null : rawName[pack.system[node]]),
    table: tableOf,
    kind: (node) => header.kinds[pack.kind[node]] ?? null,
    schema_name: (node) => (pack.level(node) === 1 ? schemaOf(qualified.get(node), rawName[node]) : null),
    data_type: (node) => header.data_types[pack.dataType[node]] ?? null,
    description: (node) => pack.description(node),
    resolved: (node) => pack.resolved[node] === 1,
    is_active: (node) => (pack.active[node] < 2 ? pack.active[node] === 1 : null),
    has_is_active: (node) => pack.active[node] < 2,
    deleted: (node) => pack.deleted[node] === 1,
    cluster_index: (node) => clusters.labels[node],
    cluster_name: (node) =>
      clusters.labels[node] < 0 ? null : clusters.identity.name(clusters.labels[node]),
    cluster_contradictions: (node) => rejected.get(clusters.labels[node]) ?? 0,
  });
}

function linkAttributes(view: View): Attributes<number, typeof EDGE_KEYS> {
  const { pack, clusters, weight, status } = view;
  const { confidence, header } = pack;
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  return new Attributes<number, typeof EDGE_KEYS>("edge", EDGE_KEYS, {
    kind: () => GRAPHML_LINK,
    confidence: (link) => known(confidence[link]),
    weight: (link) => known(weight[link]),
    has_confidence: (link) => !Number.isNaN(confidence[link]),
    has_weight: (link) => !Number.isNaN(weight[link]),
    link_id: (link) => pack.linkId(link),
    link_type: (link) => header.types[pack.type[link]],
    status: (link) => header.statuses[status[link]],
    evidence: (link) => pack.evidence(link),
    created_at: (link) => timeText(pack.createdAt(link)),
    updated_at: (link) => timeText(pack.updatedAt(link)),
    contradiction: (link) => status[link] === REJECTED && clusterOfLink(pack, clusters, link) >= 0,
  });
}

/** The schema before a table's name, null if none stands there. */
function schemaOf(qualified: string | undefined, name: string): string | null {
  return qualified === undefined ? null : qualified.slice(0, -name.length - 1);
}

function textOf(value: string | number | boolean): string {
  return typeof value === "string" ? escaped(reversible(value)) : String(value);
}
