// What decisions would do to one concept and to others, in sentences.

import { heldOf } from "./held-of";
import { effectOfChange, type AnswerEffect } from "./review/effect";
import { heirs, type Regrouping } from "./review/regrouping";
import { fieldsCounted, fieldsName, nodesListed, type Part, type Sentence } from "./sentence";
import { unknownWords } from "./remote";
import type { View } from "./types";
import { counted, grouped } from "./words";

export interface ConceptEffect {
  readonly sentences: readonly Sentence[];
  /** Members that stay together as what the concept is afterwards. */
  readonly stay: readonly number[];
  readonly found: AnswerEffect;
}

/** Sentences about other concepts than the one that is looked at. */
const MAX_OTHERS = 3;

/** Tell what another status of some links would do; null where the method does not run in a page. */
export function conceptEffect(
  view: View,
  cluster: number,
  links: readonly number[],
  status: number,
): ConceptEffect | null {
  const held = heldOf(view);
  const change = held.change(links, links.map(() => status));
  if (!change) return null;
  const found = effectOfChange(view.clusters, held, change);
  return { found, ...effectTold(view, cluster, found) };
}

function effectTold(
  view: View,
  cluster: number,
  { changes, made, resolved }: AnswerEffect,
): Pick<ConceptEffect, "sentences" | "stay"> {
  const { pack, clusters } = view;
  const size = clusters.sizes[cluster];
  const told = changes.map(({ regrouping }) => new Told(view, cluster, regrouping));
  const own = told.find((one) => one.isOwn);
  const sentences: Sentence[] = own ? [...own.ofOwn()] : [[`All ${fieldsCounted(pack, size)} stay.`]];
  const others = told.flatMap((one) => [...one.ofOthers()]);
  sentences.push(...others.slice(0, MAX_OTHERS));
  if (others.length > MAX_OTHERS) {
    const left = others.length - MAX_OTHERS;
    sentences.push([`${counted(left, "more change")}.`]);
  }
  const more = made.length - resolved.length;
  if (more > 0) sentences.push([more === 1 ? "This adds a contradiction." : `This adds ${grouped(more)} contradictions.`]);
  return { sentences, stay: own ? own.staying() : Array.from(clusters.members(cluster)) };
}

/** One regrouping: where the members of each concept go. */
class Told {
  private readonly nodes: readonly number[];
  /** Concept of each node before, -1 for none. */
  private readonly before: readonly number[];
  private readonly group: readonly number[];
  /** Concept that each group continues. */
  private readonly heir = new Map<number, number>();
  private readonly own: number | null;

  constructor(
    private readonly view: View,
    private readonly cluster: number,
    one: Regrouping,
  ) {
    const { pack, clusters } = view;
    const first = pack.first[pack.clustering.level];
    this.nodes = Array.from(one.nodes, (node) => node + first);
    this.before = this.nodes.map((node) => clusters.labels[node]);
    this.group = Array.from(one.group);
    const label = new Map(Array.from(one.label, (old, at) => [old, this.before[at]]));
    for (const [group, old] of heirs(one)) this.heir.set(group, label.get(old)!);
    const mine = [...this.heir].find(([, old]) => old === cluster);
    this.own = mine ? mine[0] : null;
  }

  get isOwn(): boolean {
    return this.before.includes(this.cluster);
  }

  /** Members of the concept that go on as it, or its largest part. */
  staying(): number[] {
    const [[into]] = this.groupsOf(this.cluster);
    return this.members((at) => this.before[at] === this.cluster && this.group[at] === (this.own ?? into));
  }

  private members(wanted: (at: number) => boolean): number[] {
    return this.nodes.filter((_, at) => wanted(at));
  }

  private concept(cluster: number): Part {
    return { concept: this.view.clusters.identity.name(cluster) };
  }

  /** What happens to the concept that is looked at. */
  *ofOwn(): Generator<Sentence> {
    const { cluster, own, before, group, view } = this;
    const { pack, clusters } = view;
    const mine = this.members((at) => before[at] === cluster);
    const stay = this.members((at) => before[at] === cluster && group[at] === own);
    if (own !== null) {
      const systems = new Set(stay.map((node) => pack.system[node])).size;
      const all = stay.length === clusters.sizes[cluster];
      yield [
        all ? `All ${fieldsCounted(pack, stay.length)} stay.`
          : `${fieldsCounted(pack, stay.length)} in ${counted(systems, "system")} ${stay.length === 1 ? "stays" : "stay"}.`,
      ];
    } else {
      const into = group[before.indexOf(cluster)];
      const heir = this.heir.get(into);
      const together = this.members((at) => group[at] === into);
      if (heir !== undefined && mine.every((node) => together.includes(node))) {
        yield [`All ${fieldsCounted(pack, mine.length)} become part of `, this.concept(heir), `, which then has ${grouped(together.length)}.`];
        return;
      }
      if (this.groupsOf(cluster).every(([one]) => this.isAlone(one))) {
        yield [`It falls apart: each of the ${fieldsCounted(pack, mine.length)} stands alone.`];
        return;
      }
    }
    yield* this.leaving(cluster);
    if (own === null) return;
    const comers = new Map<number, number[]>();
    this.nodes.forEach((node, at) => {
      if (group[at] !== own || before[at] === cluster) return;
      comers.set(before[at], [...(comers.get(before[at]) ?? []), node]);
    });
    for (const [from, nodes] of comers) {
      const verb = nodes.length === 1 ? "joins" : "join";
      if (from < 0) yield [...nodesListed(nodes), ` ${verb} it.`];
      else if (nodes.length === clusters.sizes[from]) yield [`All ${fieldsCounted(pack, nodes.length)} of `, this.concept(from), " join it."];
      else yield [...nodesListed(nodes), " of ", this.concept(from), ` ${verb} it.`];
    }
  }

  /** What happens to other concepts, as far as it is not said yet. */
  *ofOthers(): Generator<Sentence> {
    const { cluster, own, before, group } = this;
    const told = new Set<number>([cluster, -1]);
    for (const label of before) {
      if (told.has(label)) continue;
      told.add(label);
      yield* this.leaving(label, own);
    }
    // Nodes that were in no concept.
    const alone = new Map<number, number[]>();
    this.nodes.forEach((node, at) => {
      if (before[at] >= 0 || group[at] === own || this.isAlone(group[at])) return;
      alone.set(group[at], [...(alone.get(group[at]) ?? []), node]);
    });
    for (const [into, nodes] of alone) {
      const heir = this.heir.get(into);
      const verb = nodes.length === 1 ? "joins" : "join";
      if (heir !== undefined) yield [...nodesListed(nodes), ` ${verb} `, this.concept(heir), "."];
      else if (this.members((at) => group[at] === into).length === nodes.length) {
        yield [...nodesListed(nodes), " become a concept of their own."];
      }
    }
  }

  /** Groups of the members of a concept, the largest first. */
  private groupsOf(label: number): [group: number, nodes: number[]][] {
    const groups = new Map<number, number[]>();
    this.nodes.forEach((node, at) => {
      if (this.before[at] !== label) return;
      groups.set(this.group[at], [...(groups.get(this.group[at]) ?? []), node]);
    });
    return [...groups].sort(([, x], [, y]) => y.length - x.length || x[0] - y[0]);
  }

  private isAlone(group: number): boolean {
    return this.group.indexOf(group) === this.group.lastIndexOf(group);
  }

  /** Where members of a concept go; those that go to `told` are left out. */
  private *leaving(label: number, told: number | null = null): Generator<Sentence> {
    const isOwn = label === this.cluster;
    const of: Part[] = isOwn ? [] : [" of ", this.concept(label)];
    const alone: number[] = [];
    for (const [into, nodes] of this.groupsOf(label)) {
      const heir = this.heir.get(into);
      if (heir === label || (told !== null && into === told)) continue;
      const [moves, pushes] = [nodes.length === 1 ? "moves" : "move", isOwn ? "" : "That pushes "];
      if (heir !== undefined) {
        yield isOwn
          ? [...nodesListed(nodes), ` ${moves} to `, this.concept(heir), "."]
          : [pushes, ...nodesListed(nodes), " on to ", this.concept(heir), "."];
      } else if (this.isAlone(into)) alone.push(nodes[0]);
      else {
        const all = this.members((at) => this.group[at] === into);
        const others = all.filter((node) => !nodes.includes(node));
        yield others.length
          ? [...nodesListed(nodes), ...of, " and ", ...nodesListed(others), " become a new concept."]
          : [...nodesListed(nodes), ...of, " become a concept of their own."];
      }
    }
    if (alone.length) yield [...nodesListed(alone), ...of, alone.length === 1 ? " then stands alone." : " then stand alone."];
  }
}

/** Why the page does not tell what a decision does. */
export function effectUnknown({ pack }: View): string {
  return unknownWords(pack, `What it does to ${fieldsName(pack)} needs Python: ${pack.clustering.method} does not run in this page. The concepts stay as they came.`);
}
