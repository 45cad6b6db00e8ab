// Which layout a view has, remade only when something it depends on changes.

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

const MOST_PEEKED = 60; // columns
const SEEN = 10.5; // pixels that a name should have on the screen when all is in sight
const LARGEST = 17; // of a name on a card, in units of the picture

export class Arranger {
  #key = "";
  #layout: Layout | null = null;
  #arrangementKey = "";
  #arrangement: Arrangement = { rows: [] };
  #size = HEAD_SIZE;
  #forceKey = "";
  #force: ForceResult | null = null;
  #seen: unknown = null;
  #peek: ReadonlySet<number> | null = null;

  constructor(
    readonly pack: Pack,
    readonly order: Order,
    readonly measure: Measure,
    /** Called when a layout that took its time is there. */
    readonly onLate: () => void,
  ) {}

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
    this.#peek = state.level === 1 ? this.#peeked(view) : null;
    const seen = (state.layout === "layers" && state.level > 0) || this.#peek ? view.seen : null;
    const late = state.layout === "force" && this.#force !== null && this.#layout?.kind !== "free";
    if (this.#layout && key === this.#key && seen === this.#seen && !late) return this.#layout;
    this.#key = key;
    this.#seen = seen;
    this.#layout = this.#made(view, width, height, key);
    return this.#layout;
  }

  /** Columns that are looked at, if they are few enough to be shown in tables that are closed. */
  #peeked(view: View): ReadonlySet<number> | null {
    const { pack } = this;
    const { seen, state } = view;
    if (!seen || state.layout === "force") return null;
    const columns = [...seen.nodes].filter((node) => pack.level(node) === 2);
    return columns.length && columns.length <= MOST_PEEKED ? new Set(columns) : null;
  }

  #made(view: View, width: number, height: number, key: string): Layout {
    const { state } = view;
    const size = state.layout === "force" ? LARGEST : HEAD_SIZE;
    const groups = groupsOf(this.pack, state, this.order, this.measure, size, this.#peek);
    if (state.level === 0) {
      return state.layout === "matrix" ? matrixLayout(groups) : systemsLayout(groups, width, height);
    }
    if (state.layout === "layers") return this.#layers(groups, view);
    const free = state.layout === "force" ? this.#free(groups, view, width / height, key) : null;
    return free ?? this.#lanes(state, width, height);
  }

  #lanes(state: State, width: number, height: number): Layout {
    const { first } = this.pack;
    const folds = [...state.toggled].filter((node) => node < first[1]);
    const key = [state.level, folds.sort().join(), [...state.hiddenSystems].sort().join(), Math.round(Math.log2(width / height) * 3)].join("|");
    if (key !== this.#arrangementKey) {
      // As if no single table were opened: what is opened later pushes others down, not about.
      const plain = { ...state, toggled: new Set(folds) };
      const cards = (size?: number) => groupsOf(this.pack, plain, this.order, this.measure, size);
      const made = arrange(cards(), width, height);
      const { bounds } = lanesLayout(cards(), made);
      const scale = Math.min(width / bounds.width, height / bounds.height);
      this.#size = Math.min(LARGEST, Math.max(HEAD_SIZE, SEEN / scale));
      this.#arrangement = arrange(cards(this.#size), width, height);
      this.#arrangementKey = key;
    }
    const sized = groupsOf(this.pack, state, this.order, this.measure, this.#size, this.#peek);
    return lanesLayout(sized, this.#arrangement);
  }

  #layers(groups: readonly Group[], view: View): Layout {
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
    const pairs = this.#pairs(position, view);
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

  /** Which cards are linked by what passes the filters, each pair once. */
  #pairs(position: ReadonlyMap<number, number>, view: View): CardPairs & { weight: number[] } {
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

  /** The force layout, or nothing as long as it is being worked out. */
  #free(groups: readonly Group[], view: View, ratio: number, key: string): Layout | null {
    const flat = groups.flatMap((group, index) =>
      group.cards.filter((card) => !card.stub).map((card) => ({ card, group, index })),
    );
    if (this.#forceKey !== key) {
      this.#forceKey = key;
      this.#force = null;
      const position = new Map(flat.map(({ card }, index) => [card.node, index]));
      // By all links, so that sliding the threshold moves nothing.
      const every = { ...view, seen: null, passes: new Uint8Array(this.pack.nLinks).fill(1) };
      const pairs = this.#pairs(position, every);
      runForce({
        width: flat.map(({ group }) => group.width),
        height: flat.map(({ card }) => card.height),
        group: flat.map(({ index }) => index),
        nGroups: groups.length,
        from: pairs.from,
        to: pairs.to,
        weight: pairs.weight,
        ratio,
      }).then((result) => {
        if (this.#forceKey !== key) return;
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
