// Clusters that Python computes, for methods that do not run in a page.
//
// The page asks for clusters under decisions and a threshold: those of the present state, and those that
// a decision would make. What was asked for an older state is dropped, and so is an answer to it.

import type { Pack } from "./pack";

/** Decisions and a threshold; the decisions differ from the statuses of the pack. */
export interface AskedWorld {
  readonly threshold: number;
  readonly decisions: readonly (readonly [linkId: string, status: string])[];
}

type Send = (n: number, worlds: readonly AskedWorld[]) => void;

const MAX_KNOWN = 96; // worlds that are kept
const MAX_ASKED = 16; // worlds of one question

export class Remote {
  /** Changes with each answer. */
  version = 0;
  /** Why Python gave no answer; empty if it did, or is still asked. */
  problem = "";
  private readonly known = new Map<string, Int32Array>();
  private readonly wanted = new Map<string, AskedWorld>();
  private waiting: { n: number; keys: string[] } | null = null;
  private n = 0;
  private isDue = false;

  constructor(
    private readonly pack: Pack,
    private readonly send: Send,
    private readonly changed: () => void,
    private readonly later: (act: () => void) => void = (act) => void setTimeout(act, 0),
  ) {}

  /** Cluster of each node under statuses and a threshold; null while it is not known. */
  labels(status: Uint8Array, threshold: number): Int32Array | null {
    const { pack } = this;
    const decisions: [string, string][] = [];
    if (status !== pack.status) {
      for (let link = 0; link < status.length; link += 1) {
        if (status[link] !== pack.status[link]) decisions.push([pack.linkId(link), pack.header.statuses[status[link]]]);
      }
    }
    const { clustering } = pack;
    if (decisions.length === 0 && threshold === clustering.threshold && pack.labels) return pack.labels;
    const key = `${threshold} ${decisions.map((pair) => pair.join(":")).join(" ")}`;
    const found = this.known.get(key);
    if (found) {
      this.known.delete(key);
      this.known.set(key, found);
      return found;
    }
    if (!this.problem && !this.waiting?.keys.includes(key)) {
      this.wanted.set(key, { threshold, decisions });
      this.due();
    }
    return null;
  }

  /** Whether something is asked and not answered. */
  get isAsking(): boolean {
    return this.waiting !== null || this.wanted.size > 0;
  }

  /** Forget what was asked: the state is another one. */
  forget(): void {
    this.wanted.clear();
    this.waiting = null;
    this.problem = "";
  }

  /** Take an answer; one to what is asked no more is dropped. */
  answered(n: number, labels: readonly Int32Array[], problem: string): void {
    const { waiting, pack } = this;
    if (!waiting || waiting.n !== n) return;
    this.waiting = null;
    const isWhole = labels.length === waiting.keys.length && labels.every((one) => isLabelling(one, pack.nNodes));
    if (problem || !isWhole) this.problem = problem || "The answer of Python does not fit this page.";
    else {
      waiting.keys.forEach((key, at) => this.known.set(key, labels[at]));
      for (const [key] of this.known) {
        if (this.known.size <= MAX_KNOWN) break;
        this.known.delete(key);
      }
    }
    this.version += 1;
    if (this.wanted.size > 0) this.due();
    this.changed();
  }

  private due(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.later(() => {
      this.isDue = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.waiting || this.wanted.size === 0) return;
    const asked = [...this.wanted].slice(0, MAX_ASKED);
    for (const [key] of asked) this.wanted.delete(key);
    this.n += 1;
    this.waiting = { n: this.n, keys: asked.map(([key]) => key) };
    this.send(this.n, asked.map(([, world]) => world));
  }
}

/** Whether numbers can be the clusters of so many nodes: codes from 0 without gaps, -1 for none. */
function isLabelling(labels: Int32Array, nNodes: number): boolean {
  if (labels.length !== nNodes) return false;
  const seen = new Set<number>();
  let most = -1;
  for (const label of labels) {
    if (label < -1 || label >= nNodes) return false;
    if (label >= 0) seen.add(label);
    if (label > most) most = label;
  }
  return seen.size === most + 1;
}

const remotes = new WeakMap<Pack, Remote>();

/** Let Python answer for a pack. */
export function answerFor(pack: Pack, remote: Remote): void {
  remotes.set(pack, remote);
}

/** Who answers for a pack; null where nobody does. */
export function remoteOf(pack: Pack): Remote | null {
  return remotes.get(pack) ?? null;
}

/** What is said while clusters are not known: that Python is asked, or why it gives no answer; else `otherwise`. */
export function unknownWords(pack: Pack, otherwise: string): string {
  const remote = remoteOf(pack);
  if (!remote) return otherwise;
  return remote.problem ? `Python has no answer: ${remote.problem}` : "Asking Python\u2026";
}
