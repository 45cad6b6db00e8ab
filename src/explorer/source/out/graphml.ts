// GraphML of what is shown, with the attributes that the Python package writes and reads.

import { clusterName } from "../model/clusters";
import type { View } from "../model/types";
import { timeText } from "./csv";
import { escaped, reversible } from "./xml";

type Type = "string" | "long" | "double" | "boolean";
type Value = string | number | boolean | null;

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"' +
  ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
  ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns' +
  ' http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd">\n';
const LEVELS = ["integration_source", "table", "column"];

const GRAPH_KEYS: [string, Type][] = [
  ["organization", "string"],
  ["policy", "string"],
  ["profile", "string"],
  ["redaction", "string"],
  ["threshold", "double"],
  ["clusters", "string"],
  ["n_links", "long"],
];
const NODE_KEYS: [string, Type][] = [
  ["level", "string"],
  ["name", "string"],
  ["label", "string"],
  ["path", "string"],
  ["parent_id", "string"],
  ["system", "string"],
  ["table", "string"],
  ["kind", "string"],
  ["schema_name", "string"],
  ["data_type", "string"],
  ["description", "string"],
  ["is_active", "boolean"],
  ["has_is_active", "boolean"],
  ["deleted", "boolean"],
  ["cluster_index", "long"],
  ["cluster_name", "string"],
];
const EDGE_KEYS: [string, Type][] = [
  ["kind", "string"],
  ["confidence", "double"],
  ["weight", "double"],
  ["has_confidence", "boolean"],
  ["has_weight", "boolean"],
  ["link_id", "string"],
  ["link_type", "string"],
  ["status", "string"],
  ["evidence", "string"],
  ["created_at", "string"],
  ["updated_at", "string"],
];

/** Write nodes and links; the ends of links, and what is above a node, are always there. */
export function graphml(view: View, nodes: readonly number[], links: readonly number[]): string {
  const { pack, clusters, weight } = view;
  const qualified = new Map(pack.header.qualified); // names of tables with their schema's
  const kept = new Set<number>();
  const keep = (node: number) => {
    for (let at = node; at >= 0; at = pack.parent[at]) kept.add(at);
  };
  nodes.forEach(keep);
  for (const link of links) {
    keep(pack.source[link]);
    keep(pack.target[link]);
  }
  const parts = [HEAD];
  for (const [prefix, target, keys] of [["g", "graph", GRAPH_KEYS], ["n", "node", NODE_KEYS], ["e", "edge", EDGE_KEYS]] as const) {
    keys.forEach(([name, type], index) => {
      parts.push(`  <key id="${prefix}${index}" for="${target}" attr.name="${name}" attr.type="${type}"/>\n`);
    });
  }
  parts.push('  <graph id="links" edgedefault="directed">\n');
  parts.push(
    facts("g", "    ", [
      pack.header.organization,
      JSON.stringify(pack.policy),
      "plain",
      pack.header.redaction,
      view.state.threshold,
      pack.clustering.about,
      links.length,
    ]),
  );
  for (const node of [...kept].sort((a, b) => a - b)) {
    const label = clusters.labels[node];
    const name = pack.rawName[node];
    const table = pack.table[node];
    const tableName = table < 0 ? null : (qualified.get(table) ?? pack.rawName[table]);
    parts.push(`    <node id="${escaped(pack.nodeId(node))}">\n`);
    parts.push(
      facts("n", "      ", [
        LEVELS[pack.level(node)],
        name,
        (tableName === null || tableName === name ? name : pack.level(node) === 2 ? `${tableName}.${name}` : tableName) + pack.mark(node),
        pack.rawPath(node),
        pack.parent[node] < 0 ? null : pack.nodeId(pack.parent[node]),
        pack.system[node] < 0 ? null : pack.rawName[pack.system[node]],
        tableName,
        pack.header.kinds[pack.kind[node]] || null,
        pack.level(node) === 1 ? schemaOf(tableName, name) : null,
        pack.header.data_types[pack.dataType[node]] || null,
        pack.description(node),
        pack.active[node] < 2 ? pack.active[node] === 1 : null,
        pack.active[node] < 2,
        pack.deleted[node] === 1,
        label,
        label < 0 ? null : clusterName(pack, clusters, label, view.status),
      ]),
    );
    parts.push("    </node>\n");
  }
  for (const link of links) {
    const confidence = pack.confidence[link];
    const id = pack.linkId(link);
    const [source, target] = [pack.nodeId(pack.source[link]), pack.nodeId(pack.target[link])];
    parts.push(`    <edge id="${id}" source="${escaped(source)}" target="${escaped(target)}">\n`);
    parts.push(
      facts("e", "      ", [
        "entity_link",
        Number.isNaN(confidence) ? null : confidence,
        Number.isNaN(weight[link]) ? null : weight[link],
        !Number.isNaN(confidence),
        !Number.isNaN(weight[link]),
        id,
        pack.header.types[pack.type[link]],
        pack.header.statuses[view.status[link]],
        pack.evidence(link),
        timeText(pack.createdAt(link)),
        timeText(pack.updatedAt(link)),
      ]),
    );
    parts.push("    </edge>\n");
  }
  parts.push("  </graph>\n</graphml>\n");
  return parts.join("");
}

/** The schema before a table's name, if one stands there. */
function schemaOf(qualified: string | null, name: string): string | null {
  return qualified === null || qualified === name ? null : qualified.slice(0, -name.length - 1);
}

/** What is missing has no element. */
function facts(prefix: string, indent: string, values: readonly Value[]): string {
  return values
    .map((value, index) => (value === null ? "" : `${indent}<data key="${prefix}${index}">${text(value)}</data>\n`))
    .join("");
}

function text(value: string | number | boolean): string {
  return typeof value === "string" ? escaped(reversible(value)) : String(value);
}
