// What a lineage reaches, for spreadsheets: the rows, columns and numbers that Python writes.

import { impactOf } from "../model/impact";
import { touchedBy, type Lineage } from "../model/lineage";
import { pythonFloat } from "../model/numbers";
import type { Pack } from "../model/pack";
import { writeRows } from "./csv";

const TABLES = ["system", "table", "n_columns", "depth", "confidence", "n_links", "n_deleted"];
const FIELDS = ["system", "table", "column", "depth", "confidence", "deleted", "node_id"];

const systemName = (pack: Pack, system: number): string | null => (system < 0 ? null : pack.rawName[system]);
const tableName = (pack: Pack, table: number): string | null => (table < 0 ? null : pack.rawTableName(table));

/** Write the tables that a lineage reaches, one row each; what was opened in place counts too, on the side that was asked for. */
export function impactCsv(lineage: Lineage): string {
  const { pack } = lineage;
  return writeRows(
    TABLES,
    impactOf(lineage).map(({ system, table, columns, depth, confidence, links, deleted }) => [
      systemName(pack, system), tableName(pack, table), columns, depth, pythonFloat(confidence), links, deleted,
    ]),
  );
}

/** Write the nodes that a lineage reaches, one row each, with those that were opened in place on the side that was asked for. */
export function touchedCsv(lineage: Lineage): string {
  const { pack, depth, sign, confidence } = lineage;
  return writeRows(
    FIELDS,
    touchedBy(lineage).map((node) => [
      systemName(pack, pack.system[node]),
      tableName(pack, pack.table[node]),
      pack.level(node) === 2 ? pack.rawName[node] : null,
      depth.get(node)! * sign,
      pythonFloat(confidence.get(node)!),
      pack.deleted[node] === 1 ? "true" : "false",
      pack.nodeId(node),
    ]),
  );
}
