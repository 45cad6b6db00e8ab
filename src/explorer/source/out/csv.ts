// Tables for spreadsheets, in which no cell is run as a formula.

import { crosswalkOf } from "../model/crosswalk";
import { labelsInOrder } from "../model/names";
import type { View } from "../model/types";

export type Cell = string | number | null;

const LINK_COLUMNS = [
  "link_id", "source_id", "source_path", "target_id", "target_path", "source_deleted", "target_deleted", "link_type", "status",
  "confidence", "cluster", "created_at", "updated_at", "evidence",
];
const CLUSTER_COLUMNS = ["cluster", "cluster_name", "members", "node_id", "path", "system", "table", "name", "deleted"];

const CONCEPT_COLUMNS = ["concept", "system", "table", "field", "node_id", "path", "deleted", "mark", "score"];

/** Write links, one row each. */
export function linksCsv(view: View, links: readonly number[]): string {
  const { pack, clusters } = view;
  return writeRows(
    LINK_COLUMNS,
    links.map((link): Cell[] => {
      const source = pack.source[link];
      const target = pack.target[link];
      const confidence = pack.confidence[link];
      const label = clusters.labels[source];
      return [
        pack.linkId(link),
        pack.nodeId(source),
        pack.rawPath(source),
        pack.nodeId(target),
        pack.rawPath(target),
        String(pack.deleted[source] === 1),
        String(pack.deleted[target] === 1),
        pack.header.types[pack.type[link]],
        pack.header.statuses[view.status[link]],
        Number.isNaN(confidence) ? null : confidence,
        label >= 0 && label === clusters.labels[target] ? label : null,
        timeText(pack.createdAt(link)),
        timeText(pack.updatedAt(link)),
        pack.evidence(link),
      ];
    }),
  );
}

/** Write the members of clusters, one row each, in the order in which clusters are listed. */
export function clustersCsv(view: View): string {
  const { pack, clusters } = view;
  const rows: Cell[][] = [];
  for (const cluster of labelsInOrder(clusters, view.state.order)) {
    const size = clusters.sizes[cluster];
    const name = clusters.identity.name(cluster);
    for (const node of clusters.members(cluster)) {
      const system = pack.system[node] < 0 ? null : pack.rawName[pack.system[node]];
      const table = pack.table[node] < 0 ? null : pack.rawName[pack.table[node]];
      rows.push([cluster, name, size, pack.nodeId(node), pack.rawPath(node), system, table, pack.rawName[node], String(pack.deleted[node] === 1)]);
    }
  }
  return writeRows(CLUSTER_COLUMNS, rows);
}

/** Write the fields of one concept, one row each, by system: what each rests on, and its best score. */
export function conceptCsv(view: View, cluster: number): string {
  const { pack, clusters } = view;
  const crosswalk = crosswalkOf(view);
  const name = clusters.identity.name(cluster);
  const rows = crosswalk.row(cluster).cells.flatMap((cell) =>
    Array.from(cell.members, (node): Cell[] => {
      const system = cell.system < 0 ? null : pack.rawName[cell.system];
      const table = pack.table[node] < 0 ? null : pack.rawName[pack.table[node]];
      const score = crosswalk.confidenceOf(node);
      return [
        name, system, table, pack.rawName[node], pack.nodeId(node), pack.rawPath(node), String(pack.deleted[node] === 1),
        crosswalk.markOf(node), Number.isNaN(score) ? null : score,
      ];
    }),
  );
  return writeRows(CONCEPT_COLUMNS, rows);
}

/** Write a time as ISO 8601 in UTC, to the second; null if it is unknown. */
export function timeText(seconds: number): string | null {
  return seconds ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : null;
}

/** Write CSV as RFC 4180 says. */
export function writeRows(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(writeCell).join(",")}\r\n`).join("");
}

// Also as wide as a character of Chinese, for spreadsheets that take both alike.
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function writeCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet would run a cell that begins like this; after an apostrophe it is text.
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
