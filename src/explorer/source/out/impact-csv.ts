// The impact of a lineage for spreadsheets: the rows, columns and numbers that Python writes.

import { impactOf } from "../model/impact";
import type { Lineage } from "../model/lineage";
import { pythonFloat } from "../model/numbers";
import { writeRows } from "./csv";

const COLUMNS = ["system", "table", "n_columns", "depth", "confidence", "n_links", "n_deleted"];

/** Write the tables that a lineage reaches, one row each. */
export function impactCsv(lineage: Lineage): string {
  const { pack } = lineage;
  return writeRows(
    COLUMNS,
    impactOf(lineage).map(({ system, table, columns, depth, confidence, links, deleted }) => [
      system < 0 ? null : pack.rawName[system],
      table < 0 ? null : pack.rawTableName(table),
      columns,
      depth,
      pythonFloat(confidence),
      links,
      deleted,
    ]),
  );
}
