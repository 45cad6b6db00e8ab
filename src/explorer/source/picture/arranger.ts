// The layout of a view, computed again only when something that it depends on changes.

import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import type { State } from "../state/state";
import { cardWidth, groupsOf, HEAD_SIZE, type Group } from "./cards";
import type { ForceResult } from "./force-job";
import { layersLayout, type CardPairs } from "./layers";
import { arrange, boundsOf, lanesLayout, type Arrangement, type Layout, type PlacedCard } from "./layout";
import type { Measure } from "./measure";
import type { Order } from "./order";
import { matrixLayout, systemsLayout } from "./overview";
import { runForce } from "./force";

const MAX_PEEKED = 60; // columns
const LEGIBLE_SIZE = 10.5; // pixels that a name should have on the screen when everything is in sight
const MAX_SIZE = 17; // of a name on a card, in units of the picture

export class Arranger {
  #key = "";
  #layout: Layout | null = null;
  #arrangementKey = "";
  #arrangement: Arrangement = { rows: [] };
  #size = HEAD_SIZE;
  #forceKey = "";
  #force: ForceResult | null = null;
  #running: { stop(): void } | null = null;
  #seen: unknown = null;
  #peek: ReadonlySet<number> | null = null;

  constructor(
    readonly pack: Pack,
    readonly order: Order,
    readonly measure: Measure,
    /** Called when a layout that was computed in the background is ready. */
    public onLate: () => void,
  ) {}

  /** Stop what is computed in the background, until a layout is asked for again. */
  stop(): void {
    this.#running?.stop();
    this.#running = null;
    if (!this.#force) this.#forceKey = "";
    // What stood in for a layout that never came is not the layout.
    if (this.#layout && !this.#forceKey && this.#key.split("|")[1] === "force") this.#layout = null;
  }

  layout(view: View, width: number, height: number): Layout {
    const { state } = view;
    const shape = Math.round(Math.log2(width / height) * 3);
    const key = [
      state.level,
      state.layout,
      [...state.toggled].sort().join(),
      [...state.hiddenSystems].sort().join(),
      shape,
    ].join("|");
    this.#peek = state.level === 1 ? this.#peekedColumns(view) : null;
    const seen = (state.layout === "layers" && state.level > 0) || this.#peek ? view.seen : null;
    const late = state.layout === "force" && this.#force !== null && this.#layout?.kind !== "free";
    if (this.#layout && key === this.#key && seen === this.#seen && !late) return this.#layout;
    this.#key = key;
    this.#seen = seen;
    this.#layout = this.#makeLayout(view, width, height, key);
    return this.#layout;
  }

  /** Columns in focus, if they are few enough to be shown in closed tables. */
  #peekedColumns(view: View): ReadonlySet<number> | null {
    const { pack } = this;
    const { seen, state } = view;
    if (!seen || state.layout === "force") return null;
    const columns = [...seen.nodes].filter((node) => pack.level(node) === 2);
    return columns.length && columns.length <= MAX_PEEKED ? new Set(columns) : null;
  }

  #makeLayout(view: View, width: number, height: number, key: string): Layout {
    const { state } = view;
    const size = state.layout === "force" ? MAX_SIZE : HEAD_SIZE;
    const groups = groupsOf(this.pack, state, this.order, this.measure, size, this.#peek);
    if (state.level === 0) {
      return state.layout === "matrix" ? matrixLayout(groups) : systemsLayout(groups, width, height);
    }
    if (state.layout === "layers") return this.#layersLayout(groups, view);
    const free = state.layout === "force" ? this.#freeLayout(groups, view, width / height, key) : null;
    return free ?? this.#lanesLayout(state, width, height);
  }

  #lanesLayout(state: State, width: number, height: number): Layout {
    const { first } = this.pack;
    const folds = [...state.toggled].filter((node) => node < first[1]);
    const key = [state.level, folds.sort().join(), [...state.hiddenSystems].sort().join(), Math.round(Math.log2(width / height) * 3)].join("|");
    if (key !== this.#arrangementKey) {
      // As if no table were opened: one that is opened later only pushes others down.
      const plain = { ...state, toggled: new Set(folds) };
      const cards = (size?: number) => groupsOf(this.pack, plain, this.order, this.measure, size);
      const made = arrange(cards(), width, height);
      const { bounds } = lanesLayout(cards(), made);
      const scale = Math.min(width / bounds.width, height / bounds.height);
      this.#size = Math.min(MAX_SIZE, Math.max(HEAD_SIZE, LEGIBLE_SIZE / scale));
      this.#arrangement = arrange(cards(this.#size), width, height);
      this.#arrangementKey = key;
    }
    const sized = groupsOf(this.pack, state, this.order, this.measure, this.#size, this.#peek);
    return lanesLayout(sized, this.#arrangement);
  }

  #layersLayout(groups: readonly Group[], view: View): Layout {
    const { pack } = this;
    const { seen } = view;
    const inSight = new Set<number>();
    for (const node of seen?.nodes ?? []) {
      const block = this.order.blockOf[node];
      if (block >= 0) inSight.add(block);
    }
    const kept = groups.map((group) => ({
      ...group,
      cards: group.cards.filter((card) =>
        card.stub ? false : seen ? inSight.has(card.node) : this.order.nLinks[card.node] > 0,
      ),
    }));
    const position = new Map<number, number>();
    for (const group of kept) for (const card of group.cards) position.set(card.node, position.size);
    const pairs = this.#cardPairs(position, view);
    let distance: ((card: number) => number | undefined) | null = null;
    if (seen?.distance.size) {
      const nearest = new Map<number, number>();
      for (const [node, steps] of seen.distance) {
        const card = position.get(this.order.blockOf[node]);
        if (card === undefined) continue;
        const known = nearest.get(card);
        if (known === undefined || Math.abs(steps) < Math.abs(known)) nearest.set(card, steps);
      }
      distance = (card) => nearest.get(card);
    }
    return layersLayout(kept, pairs, distance, (card) => cardWidth(pack, card, this.measure));
  }

  /** Pairs of cards that are linked by links which pass the filters, each pair once. */
  #cardPairs(position: ReadonlyMap<number, number>, view: View): CardPairs & { weight: number[] } {
    const { pack, order } = this;
    const counts = new Map<number, number>();
    const n = position.size;
    for (let link = 0; link < pack.nLinks; link += 1) {
      if (view.seen ? !view.seen.links.has(link) : !view.passes[link]) continue;
      const from = position.get(order.blockOf[pack.source[link]]);
      const to = position.get(order.blockOf[pack.target[link]]);
      if (from === undefined || to === undefined || from === to) continue;
      counts.set(from * n + to, (counts.get(from * n + to) ?? 0) + 1);
    }
    const keys = [...counts.keys()].sort((a, b) => a - b);
    return {
      from: keys.map((key) => Math.floor(key / n)),
      to: keys.map((key) => key % n),
      weight: keys.map((key) => counts.get(key) as number),
    };
  }

  /** The force layout, or null while it is being computed. */
  #freeLayout(groups: readonly Group[], view: View, ratio: number, key: string): Layout | null {
    const flat = groups.flatMap((group, index) =>
      group.cards.filter((card) => !card.stub).map((card) => ({ card, group, index })),
    );
    if (this.#forceKey !== key) {
      this.#forceKey = key;
      this.#force = null;
      const position = new Map(flat.map(({ card }, index) => [card.node, index]));
      // All links count, so that nothing moves while the threshold slides.
      const every = { ...view, seen: null, passes: new Uint8Array(this.pack.nLinks).fill(1) };
      const pairs = this.#cardPairs(position, every);
      this.#running?.stop();
      const job = {
        width: flat.map(({ group }) => group.width),
        height: flat.map(({ card }) => card.height),
        group: flat.map(({ index }) => index),
        nGroups: groups.length,
        from: pairs.from,
        to: pairs.to,
        weight: pairs.weight,
        ratio,
      };
      this.#running = runForce(job, (result) => {
        this.#running = null;
        this.#force = result;
        this.onLate();
      });
    }
    if (!this.#force) return null;
    const { x, y } = this.#force;
    const cards: PlacedCard[] = flat.map(({ card, group }, index) => ({
      card,
      system: group.system,
      stack: -1,
      x: x[index] - group.width / 2,
      y: y[index] - card.height / 2,
      width: group.width,
      height: card.height,
    }));
    return { kind: "free", cards, regions: [], stacks: [], rows: [], bounds: boundsOf(cards) };
  }
}
