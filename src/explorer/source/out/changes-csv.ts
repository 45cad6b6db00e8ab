// Tables of changes for spreadsheets: the columns and bytes of Python's tables.

import { LEVELS } from "../generated";
import type { Change, Changes, Section, Side } from "../model/changes";
import { writeRows, type Cell } from "./csv";

const CHANGE_COLUMNS = ["change", "before", "after", "members", "moved", "causes", "decided", "found", "before_ids", "after_ids"];
const MOVE_COLUMNS = ["node_id", "path", "cluster_before", "cluster_after", "removed", "cluster_before_id", "cluster_after_id"];
const LINK_COLUMNS = [
  "change", "link_id", "source_path", "target_path", "previous_status", "status", "previous_confidence", "confidence",
  "previous_link_type", "link_type", "with_end", "source", "target",
];
const NODE_COLUMNS = ["change", "level", "node_id", "path_before", "path_after"];
const CONTRADICTION_COLUMNS = ["change", "cluster_name", "link_id", "source_path", "target_path"];

/** Write what is listed of a section, as the table of the diff has it. */
export function changesCsv(changes: Changes, section: Section, rows: readonly number[]): string {
  const paths = (source: number, target: number): Cell[] => [changes.placeAfter(source).path, changes.placeAfter(target).path];
  switch (section) {
    case "concepts":
      return writeRows(CHANGE_COLUMNS, rows.map((at) => changeRow(changes, changes.changes[at])));
    case "moves":
      return writeRows(
        MOVE_COLUMNS,
        rows.map((at): Cell[] => {
          const { node, old, new: now } = changes.moves[at];
          const [was, is] = [changes.old[old], changes.new[now]] as (Side | undefined)[];
          return [changes.nodeId(node), changes.placeAfter(node).path, was?.name ?? null, is?.name ?? null, String(node < 0), was?.id ?? null, is?.id ?? null];
        }),
      );
    case "nodes":
      return writeRows(
        NODE_COLUMNS,
        rows.map((at): Cell[] => {
          const { kind, node, before, after } = changes.nodes[at];
          return [kind, LEVELS[changes.placeAfter(node).level], changes.nodeId(node), before, after];
        }),
      );
    case "contradictions":
      return writeRows(
        CONTRADICTION_COLUMNS,
        rows.map((at): Cell[] => {
          const { kind, name, id, source, target } = changes.contradictions[at];
          return [kind, name, id, ...pathsOf(changes, kind, source, target)];
        }),
      );
    default:
      return writeRows(
        LINK_COLUMNS,
        rows.map((at): Cell[] => {
          const link = changes.link(at);
          return [
            link.kind, link.id, ...paths(link.source, link.target), link.oldStatus, link.status, decimal(link.oldScore), decimal(link.score),
            link.oldType, link.type, String(link.withEnd), changes.nodeId(link.source), changes.nodeId(link.target),
          ];
        }),
      );
  }
}

/** Paths of the ends of a contradiction: those of the graph that it is in. */
function pathsOf(changes: Changes, kind: string, source: number, target: number): Cell[] {
  const place = (node: number): string => (kind === "made" ? changes.placeAfter(node) : changes.placeBefore(node)).path;
  return [place(source), place(target)];
}

function changeRow(changes: Changes, { kind, before, after, members, moved, causes, decided, found }: Change): Cell[] {
  const old = before.map((side) => changes.old[side]);
  const now = after.map((side) => changes.new[side]);
  const named = (sides: readonly Side[]): Cell =>
    sides.length ? sides.map(({ name, size }) => `${name} (${String(size).replace(/\B(?=(\d{3})+$)/g, ",")})`).join(", ") : null;
  const ids = (sides: readonly Side[]): Cell => (sides.length ? sides.map(({ id }) => id).join("; ") : null);
  return [kind, named(old), named(now), members, moved, causes.length, String(decided), found, ids(old), ids(now)];
}

/** Write a number as Python does; with a fraction, and small ones by powers of ten. */
export function decimal(value: number | null): Cell {
  if (value === null) return null;
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  const [digits, exponent] = text.split("e-");
  if (exponent !== undefined) return `${digits}e-${exponent.padStart(2, "0")}`;
  return digits.includes(".") ? digits : `${digits}.0`;
}
