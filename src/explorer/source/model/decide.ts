// Decisions: what they change.

import { APPROVED, LEVEL_WORDS, REJECTED, SUGGESTED } from "../generated";
import { clusterName, contradictions, type ClusterEngine } from "./clusters";
import type { Pack } from "./pack";
import { counted, grouped, lowered, partsListed } from "./words";
import { remoteOf, unknownWords } from "./remote";
import type { Setting } from "./setting";
import type { Clustering, Effect, View } from "./types";
import type { Decision } from "../state/state";

type Decisions = ReadonlyMap<number, Decision>;

/** Return the status of each link after the decisions; the stored array itself if none changes. */
export function overlay(pack: Pack, decisions: Decisions): Uint8Array {
  let status = pack.status;
  for (const [link, decision] of decisions) {
    if (pack.status[link] === decision.status) continue;
    if (status === pack.status) status = pack.status.slice();
    status[link] = decision.status;
  }
  return status;
}

// --- what a decision changes ---------------------------------------------------------------------

const DECIDING: Record<number, string> = {
  [SUGGESTED]: "Taking the decision back",
  [APPROVED]: "Approving",
  [REJECTED]: "Rejecting",
};

/** Compute what a decision about a link would merge or split at the view's threshold. */
export function effectOf(
  engine: ClusterEngine,
  view: View,
  link: number,
  status: number,
): Effect {
  const { pack, state } = view;
  const changed = view.status.slice();
  changed[link] = status;
  const { isOwn } = engine;
  const { setting } = view;
  const isRemote = !pack.clustering.tree && remoteOf(pack) !== null;
  if (!pack.clustering.tree && !isRemote) return effectElsewhere(view, link, status);
  const before = isOwn || isRemote ? view.clusters : engine.at(state.threshold, view.status, true, setting);
  const isDecided = changed.some((code, index) => code !== pack.status[index]);
  const after = engine.at(state.threshold, changed, isDecided || !isOwn, setting);
  if (before.stale || after.stale) return effectElsewhere(view, link, status);
  const ends = [pack.source[link], pack.target[link]];
  return {
    before: sizesAt(before, ends),
    after: sizesAt(after, ends),
    text: describeEffect(view, link, status, { before, after, changed }),
  };
}

/** The effect where the method of the clusters does not run here. */
function effectElsewhere(view: View, link: number, status: number): Effect {
  const { pack, clusters } = view;
  const sizes = sizesAt(clusters, [pack.source[link], pack.target[link]]);
  const none = withoutEffect(view, link, status);
  const { method } = pack.clustering;
  return {
    before: sizes,
    after: none ? sizes : [],
    text: none ?? unknownWords(pack, `The effect needs Python: ${method} does not run in this page. The concepts stay as they came.`),
  };
}

interface Change {
  before: Clustering;
  after: Clustering;
  changed: Uint8Array;
}

/** Sizes of the clusters that nodes are in, each cluster once; a node in none counts 1. */
function sizesAt(clusters: Clustering, nodes: readonly number[]): number[] {
  const labels = nodes.map((node) => clusters.labels[node]);
  const once = labels.filter((label, index) => label < 0 || labels.indexOf(label) === index);
  return once.map((label) => (label < 0 ? 1 : clusters.sizes[label]));
}

function describeEffect(view: View, link: number, status: number, change: Change): string {
  const { pack } = view;
  const { before, after, changed } = change;
  const none = withoutEffect(view, link, status);
  if (none) return none;
  const doing = doingOf(status);
  const ends = [pack.source[link], pack.target[link]] as const;
  const were = areTogether(before, ends);
  const are = areTogether(after, ends);
  const parts: string[] = [];
  if (!were && are) parts.push(describeMerge(view, doing, ends, change));
  else if (were && !are) parts.push(describeSplit(view, doing, ends, change));
  const others = countOtherChanges(before, after, ends, were !== are);
  if (were === are && others === 0) {
    const where = were
      ? `both ends stay in one concept of ${grouped(after.sizes[after.labels[ends[0]]])}`
      : "the two stay apart";
    parts.push(`${doing} changes no concept: ${where}.`);
  } else if (others > 0) {
    const many = others === 1 ? "1 other concept" : `${grouped(others)} other concepts`;
    parts.push(
      were === are
        ? `${doing} leaves the two ${were ? "together" : "apart"}, but changes ${counted(others, "concept")}.`
        : `It changes ${many} too.`,
    );
  }
  const more =
    contradictions(pack, after, changed).length - contradictions(pack, before, view.status).length;
  if (more > 0) {
    const forced = pack.policy.rejected === "refuse" ? ", which approved links force" : "";
    parts.push(
      more === 1
        ? `It makes a contradiction: a rejected link inside one concept${forced}.`
        : `It makes ${grouped(more)} contradictions: rejected links inside one concept${forced}.`,
    );
  }
  if (more < 0) parts.push(`It settles ${counted(-more, "contradiction")}.`);
  return parts.join(" ");
}

/** Return why a decision about a link changes no concept whatever the method, null if it may. */
function withoutEffect({ pack }: View, link: number, status: number): string | null {
  const doing = doingOf(status);
  const ends = [pack.source[link], pack.target[link]];
  if (ends.some((node) => pack.level(node) !== pack.clustering.level)) {
    return (
      `${doing} changes no concept: concepts are of ${membersName(pack, 2)}, and this link is not` +
      " between two."
    );
  }
  return ends[0] === ends[1]
    ? `${doing} changes no concept: the link joins a ${membersName(pack, 1)} to itself.`
    : null;
}

/** What the members of concepts are called, for so many of them. */
function membersName(pack: Pack, n: number): string {
  const { level } = pack.clustering;
  return `${level === 2 ? "field" : LEVEL_WORDS[level]}${n === 1 ? "" : "s"}`;
}

const doingOf = (status: number): string => DECIDING[status] ?? "This decision";

function areTogether(clusters: Clustering, [a, b]: readonly [number, number]): boolean {
  return clusters.labels[a] >= 0 && clusters.labels[a] === clusters.labels[b];
}

function describeMerge(
  view: View,
  doing: string,
  ends: readonly [number, number],
  { before, after }: Change,
): string {
  const size = after.sizes[after.labels[ends[0]]];
  const [one, other] = ends.map((node, index) => nameSide(view, before, node, index === 0));
  const [n, m] = ends.map((node) => (before.labels[node] < 0 ? 1 : before.sizes[before.labels[node]]));
  return size === n + m
    ? `${doing} merges ${one} and ${other} into one of ${grouped(size)}.`
    : `${doing} puts the two into one concept of ${grouped(size)}; they were in ${one} and ${other}.`;
}

function describeSplit(
  view: View,
  doing: string,
  ends: readonly [number, number],
  { before, after }: Change,
): string {
  const label = before.labels[ends[0]];
  const members = before.members(label);
  const pieces = new Map<number, number>();
  let single = 0;
  for (const member of members) {
    const piece = after.labels[member];
    if (piece < 0) single += 1;
    else pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  }
  const sizes = [...pieces.values(), ...new Array<number>(single).fill(1)].sort((x, y) => y - x);
  return `${doing} splits ${nameSide(view, before, ends[0], true)} into ${partsListed(sizes)}.`;
}

/** Name one side of a join, with its size: "accounts.email (5 fields)". */
function nameSide(view: View, clusters: Clustering, node: number, withUnit: boolean): string {
  const { pack } = view;
  const label = clusters.labels[node];
  const n = label < 0 ? 1 : clusters.sizes[label];
  const path = pack.path(node);
  const name =
    label < 0 ? path.slice(path.indexOf("/") + 1) : clusterName(clusters, label);
  return `${name} (${grouped(n)}${withUnit ? ` ${membersName(pack, n)}` : ""})`;
}

/** Count the clusters that a decision changes, without those of the link's own ends. */
function countOtherChanges(
  before: Clustering,
  after: Clustering,
  ends: readonly [number, number],
  isDescribed: boolean,
): number {
  const described = new Set<number>();
  if (isDescribed) {
    // The parts of the merge or split that the sentence describes are not counted again.
    for (const end of ends) {
      described.add(after.labels[end]);
      const label = before.labels[end];
      if (label >= 0) for (const member of before.members(label)) described.add(after.labels[member]);
    }
  }
  let changed = 0;
  for (let label = 0; label < after.sizes.length; label += 1) {
    if (described.has(label)) continue;
    const members = after.members(label);
    const was = before.labels[members[0]];
    const same =
      was >= 0 &&
      before.sizes[was] === members.length &&
      members.every((member) => before.labels[member] === was);
    if (!same) changed += 1;
  }
  // A cluster may also fall apart into single nodes, which no cluster after it shows.
  for (let label = 0; label < before.sizes.length; label += 1) {
    const members = before.members(label);
    const isOfEnds = isDescribed && ends.some((end) => before.labels[end] === label);
    if (!isOfEnds && members.every((member) => after.labels[member] < 0)) changed += 1;
  }
  return changed;
}

/** Describe what another setting alone changes, under the same decisions. */
export function describeRecalibration(
  old: Setting,
  setting: Setting,
  before: Clustering,
  after: Clustering,
  decisions: string,
): string {
  let same = 0;
  for (let label = 0; label < before.sizes.length; label += 1) {
    const members = before.members(label);
    const now = after.labels[members[0]];
    const kept =
      now >= 0 &&
      after.sizes[now] === members.length &&
      members.every((member) => after.labels[member] === now);
    if (kept) same += 1;
  }
  const was = old.floor === null ? "" : `, before from ${lowered(old.floor)}`;
  const counts = setting.floor === null ? "Links count whatever their score now" : `Links count from a calibrated score of ${lowered(setting.floor)} now`;
  return (
    `Recalibrated with ${decisions}. ${counts}${was}; \u201cjoined from\u201d is another setting and stays ${before.threshold}. By this alone ${counted(same, "concept")} ${same === 1 ? "stays" : "stay"},` +
    ` ${grouped(before.sizes.length - same)} end, and ${grouped(after.sizes.length - same)} are new.`
  );
}
