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
  const { data, clusters, weight } = view;
  const qualified = new Map(data.header.qualified); // names of tables with their schema's
  const kept = new Set<number>();
  const keep = (node: number) => {
    for (let at = node; at >= 0; at = data.parent[at]) kept.add(at);
  };
  nodes.forEach(keep);
  for (const link of links) {
    keep(data.source[link]);
    keep(data.target[link]);
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
      data.header.organization,
      JSON.stringify(data.policy),
      "plain",
      data.header.redaction,
      view.state.threshold,
      data.clustering.about,
      links.length,
    ]),
  );
  for (const node of [...kept].sort((a, b) => a - b)) {
    const label = clusters.labels[node];
    const name = data.rawName[node];
    const table = data.table[node];
    const tableName = table < 0 ? null : (qualified.get(table) ?? data.rawName[table]);
    parts.push(`    <node id="${escaped(data.nodeId(node))}">\n`);
    parts.push(
      facts("n", "      ", [
        LEVELS[data.level(node)],
        name,
        (tableName === null || tableName === name ? name : data.level(node) === 2 ? `${tableName}.${name}` : tableName) + data.mark(node),
        data.rawPath(node),
        data.parent[node] < 0 ? null : data.nodeId(data.parent[node]),
        data.system[node] < 0 ? null : data.rawName[data.system[node]],
        tableName,
        data.header.kinds[data.kind[node]] || null,
        data.level(node) === 1 ? schemaOf(tableName, name) : null,
        data.header.data_types[data.dataType[node]] || null,
        data.description(node),
        data.active[node] < 2 ? data.active[node] === 1 : null,
        data.active[node] < 2,
        data.deleted[node] === 1,
        label,
        label < 0 ? null : clusterName(data, clusters, label, view.status),
      ]),
    );
    parts.push("    </node>\n");
  }
  for (const link of links) {
    const confidence = data.confidence[link];
    const id = data.linkId(link);
    const [source, target] = [data.nodeId(data.source[link]), data.nodeId(data.target[link])];
    parts.push(`    <edge id="${id}" source="${escaped(source)}" target="${escaped(target)}">\n`);
    parts.push(
      facts("e", "      ", [
        "entity_link",
        Number.isNaN(confidence) ? null : confidence,
        Number.isNaN(weight[link]) ? null : weight[link],
        !Number.isNaN(confidence),
        !Number.isNaN(weight[link]),
        id,
        data.header.types[data.type[link]],
        data.header.statuses[view.status[link]],
        data.evidence(link),
        timeText(data.createdAt(link)),
        timeText(data.updatedAt(link)),
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
