// The crosswalk for spreadsheets: the columns that Python writes, and after them what the page knows besides.

import { ROLES } from "../generated";
import { entitiesOf } from "../model/entities";
import { compareCharacters } from "../model/names";
import { fixed } from "../model/numbers";
import type { Pack } from "../model/pack";
import { traitsOf } from "../model/traits";
import { crosswalkOf, type Crosswalk } from "../model/crosswalk";
import type { Clustering, View } from "../model/types";
import { blake2b } from "./blake2b";
import { writeRows, type Cell } from "./csv";

const ID_BYTES = 8;
const UNKNOWN = "?";
const FIRST_COLUMNS = ["cluster_id", "cluster_name", "size", "contradictions", "entity", "role", "rests_on"];
/** What Python does not write. */
const LAST_COLUMNS = ["links", "approved", "scored", "mean_confidence"];

/** Write clusters, one row each and one column a system. */
export function crosswalkCsv(view: View, labels: Iterable<number>): string {
  const { pack, clusters } = view;
  const { identity, sizes } = clusters;
  const crosswalk = crosswalkOf(view);
  const nameOf = (system: number): string => (system < 0 ? UNKNOWN : pack.rawName[system]);
  // Systems of one name are one column.
  const systems = [...new Set(crosswalk.systems.map(nameOf))].sort(compareCharacters);
  const headings = systems.map((name) => (FIRST_COLUMNS.includes(name) ? `${name} (system)` : name));
  const more = LAST_COLUMNS.map((name) => (headings.includes(name) ? `${name} (concept)` : name));
  const rows = Array.from(labels, (cluster): Cell[] => {
    const row = crosswalk.row(cluster);
    const cells = cellsOf(pack, clusters, crosswalk, cluster, nameOf);
    return [
      clusterId(pack, clusters, cluster),
      identity.name(cluster),
      sizes[cluster],
      row.contradictions,
      entityOfMost(pack, clusters, cluster),
      roleOfMost(pack, clusters, cluster),
      row.restsOn,
      ...systems.map((name) => cells.get(name) ?? null),
      row.links,
      row.approved,
      row.scored,
      row.scored > 0 ? fixed(identity.confidence[cluster], 4) : null,
    ];
  });
  return writeRows([...FIRST_COLUMNS, ...headings, ...more], rows);
}

/** The id that Python gives to the cluster, made of its members' ids. */
export function clusterId(pack: Pack, clusters: Clustering, cluster: number): string {
  return blake2b(Array.from(clusters.members(cluster), pack.nodeId).join("\n"), ID_BYTES);
}

function cellsOf(
  pack: Pack,
  clusters: Clustering,
  crosswalk: Crosswalk,
  cluster: number,
  nameOf: (system: number) => string,
): Map<string, string> {
  const bySystem = new Map<string, [gone: number, text: string][]>();
  for (const node of clusters.members(cluster)) {
    const system = nameOf(pack.system[node]);
    const path = pack.rawPath(node);
    const own = path.startsWith(`${system}/`) ? path.slice(system.length + 1) : path;
    const sure = crosswalk.confidenceOf(node);
    const text = `${own}${pack.mark(node)}${Number.isNaN(sure) ? "" : ` (${fixed(sure, 2)})`}`;
    const cell = bySystem.get(system);
    if (cell) cell.push([pack.deleted[node], text]);
    else bySystem.set(system, [[pack.deleted[node], text]]);
  }
  return new Map(
    Array.from(bySystem, ([system, cell]) => {
      cell.sort(([x, one], [y, other]) => x - y || compareCharacters(one, other));
      return [system, cell.map(([, text]) => text).join("; ")];
    }),
  );
}

function entityOfMost(pack: Pack, clusters: Clustering, cluster: number): string | null {
  const { entities, ofTable } = entitiesOf(pack);
  return mostFrequent(clusters.members(cluster), (node) => {
    const table = pack.table[node];
    return table < 0 ? null : (entities[ofTable[table - pack.first[1]]]?.name ?? null);
  });
}

function roleOfMost(pack: Pack, clusters: Clustering, cluster: number): string | null {
  const { role } = traitsOf(pack);
  const known = clusters.members(cluster).filter((node) => role[node] >= 0);
  return mostFrequent(known, (node) => ROLES[role[node]]);
}

/** The most frequent text: of several the first by name, and none last. */
function mostFrequent(members: Int32Array, textOf: (node: number) => string | null): string | null {
  const times = new Map<string | null, number>();
  for (const node of members) times.set(textOf(node), (times.get(textOf(node)) ?? 0) + 1);
  const [first] = [...times].sort(
    ([one, n], [other, k]) =>
      k - n || Number(one === null) - Number(other === null) || compareCharacters(one ?? "", other ?? ""),
  );
  return first?.[0] ?? null;
}
