// Why two fields are together or apart, in short: the answer, the way from one to the other, and what decides.

import { chainOver, nearestOf, obstaclesOf, strengthsOf, weakestStep, type Obstacle } from "./between";
import { strongestPath } from "./paths";
import { insideOf } from "./quality";
import { whySaid } from "./said";
import { fieldsCounted, type Part, type Sentence } from "./sentence";
import type { LinkPath, View } from "./types";
import { loweredPart } from "./words";

/** A link on the way, and the node that it leads to. */
export interface WayStep {
  readonly link: number;
  readonly to: number;
  /** What it counts for where concepts are joined; NaN for a link that joins none. */
  readonly counts: number;
  /** Whether it counts for the least of several. */
  readonly isWeakest: boolean;
}

export interface WhyShort {
  readonly answer: Sentence;
  /** From the first node to the second; empty where no chain of links leads there. */
  readonly way: readonly WayStep[];
  /** What keeps them apart or together besides the way, the surest first. */
  readonly deciding: readonly Sentence[];
  /** All that can be said, as Python says it. */
  readonly whole: readonly Sentence[];
}

const MAX_OBSTACLES = 2; // the others are in the whole answer

/** Explain in short why two nodes are in one concept or not. */
export function whyShort(view: View, a: number, b: number): WhyShort {
  const { pack, clusters } = view;
  const whole = whySaid(view, a, b);
  const level = pack.clustering.level;
  const label = clusters.labels[a];
  if (a === b || pack.level(a) !== level || pack.level(b) !== level) {
    return { answer: whole[0], way: a === b ? [] : wayOf(view, strongestPath(view, a, b)), deciding: [], whole };
  }
  const meeting = whole.slice(-1);
  if (label >= 0 && label === clusters.labels[b]) {
    const { links, holding } = insideOf(view, label);
    const path = chainOver(view, holding, a, b) ?? chainOver(view, links, a, b);
    const rejected = whole.filter(([first]) => typeof first === "string" && first.startsWith("Rejected, yet together"));
    const answer: Sentence = ["They are in one concept, ", concept(view, label), `, of ${fieldsCounted(pack, clusters.sizes[label])}.`];
    return { answer, way: wayOf(view, path), deciding: [...rejected, ...meeting], whole };
  }
  const nearest = nearestOf(view, a, b);
  const obstacles = obstaclesOf(view, a, b, nearest?.path ?? null).slice(0, MAX_OBSTACLES);
  return {
    answer: ["They are not in one concept: one is in ", place(view, a), ", the other in ", place(view, b), "."],
    way: wayOf(view, nearest?.path ?? null),
    deciding: [...obstacles.map((one) => forbids(one)), ...(nearest && !obstacles.length ? [tooWeak(view, nearest.score)] : []), ...meeting],
    whole,
  };
}

const concept = ({ clusters }: View, label: number): Part => ({ concept: clusters.identity.name(label) });

const place = (view: View, node: number): Part => (view.clusters.labels[node] < 0 ? "none" : concept(view, view.clusters.labels[node]));

function wayOf(view: View, path: LinkPath | null): WayStep[] {
  if (!path) return [];
  const strength = strengthsOf(view);
  const weakest = weakestStep(view, path, strength);
  return path.steps.map((step) => ({ link: step.link, to: step.to, counts: strength[step.link], isWeakest: step === weakest }));
}

function forbids({ a, b, link, place: both }: Obstacle): Sentence {
  if (link >= 0) return [{ node: a }, " and ", { node: b }, " are rejected as the same: that keeps their concepts apart."];
  return [{ node: a }, " and ", { node: b }, " are both of ", { node: both }, ", of which a concept has one field only."];
}

function tooWeak({ clusters }: View, score: number): Sentence {
  const at = String(clusters.threshold);
  return score < clusters.threshold
    ? ["The weakest link counts for ", loweredPart(score), `, less than the ${at} that concepts are joined from.`]
    : [`Each link on the way counts for ${at} or more, but one chain alone is not enough: all links between two groups count together.`];
}
