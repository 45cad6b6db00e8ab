// The joins of a concept as a tree: its rows from top to bottom, and what is drawn between them.

import type { History } from "./history-of";
import type { Pack } from "./pack";

/** More rows than these are collapsed into groups that can be opened. */
export const MAX_ROWS = 40;
/** Fewest members of a group of one system. */
const MIN_GROUP = 3;

export interface TreeRow {
  /** What it is opened by; for one member its node. */
  readonly key: string;
  readonly nodes: readonly number[];
  /** System of all its nodes, -1 for several. */
  readonly system: number;
  /** Whether approvals tie it to others. */
  readonly approved: boolean;
}

/** Rows that approvals hold together; positions of rows. */
export interface TreeBlock {
  readonly rows: readonly number[];
  readonly middle: number;
}

/** A join by scores: both sides have a middle, in rows, and the height at which they end; null for none. */
export interface TreeJoin {
  readonly height: number;
  readonly link: number;
  readonly sides: readonly TreeSide[];
  readonly middle: number;
}

interface TreeSide {
  readonly middle: number;
  /** Height of the join that made it; "approved" or "row" where none did. */
  readonly from: number | "approved" | "row";
}

export interface Tree {
  readonly rows: readonly TreeRow[];
  readonly blocks: readonly TreeBlock[];
  /** The highest first. */
  readonly joins: readonly TreeJoin[];
  /** Where the whole ends. */
  readonly root: TreeSide;
}

/** Lay out the joins; `first` are nodes that come first among those that approvals hold. */
export function treeOf(pack: Pack, history: History, opened: ReadonlySet<string>, first: readonly number[] = []): Tree {
  return new Layout(pack, history, opened, first).tree();
}

class Layout {
  private readonly n: number;
  private readonly rows: TreeRow[] = [];
  private readonly blocks: TreeBlock[] = [];
  private readonly joins: TreeJoin[] = [];
  /** Parts that are one row, since there would be too many. */
  private readonly collapsed = new Set<number>();
  private groups = false;

  constructor(
    private readonly pack: Pack,
    private readonly history: History,
    private readonly opened: ReadonlySet<string>,
    private readonly first: readonly number[],
  ) {
    this.n = history.members.length;
    this.collapse();
  }

  private height(part: number): number | null {
    return part < this.n ? null : this.history.joins[part - this.n].height;
  }

  private isUnit(part: number): boolean {
    return part >= this.n && this.height(part) === null;
  }

  private children(part: number): readonly number[] {
    return part < this.n ? [] : this.history.joins[part - this.n].parts;
  }

  private get root(): number {
    return this.n + this.history.joins.length - 1;
  }

  /** Positions of the members of a part. */
  private members(part: number): number[] {
    const found: number[] = [];
    const open = [part];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at < this.n) found.push(at);
      else open.push(...this.children(at));
    }
    return found.sort((x, y) => x - y);
  }

  /** Units, and parts that joins by scores made, the highest first. */
  private collapse(): void {
    if (this.n <= MAX_ROWS) return;
    this.groups = true;
    const inUnit = new Set<number>();
    const units: number[] = [];
    for (let part = this.root; part >= this.n; part -= 1) {
      if (!this.isUnit(part)) continue;
      if (!inUnit.has(part)) units.push(part);
      for (const child of this.children(part)) inUnit.add(child);
    }
    let n = 0;
    const rowsOf = (part: number): number => this.grouped(this.members(part)).length;
    for (let at = 0; at < this.n; at += 1) if (!inUnit.has(at)) n += 1;
    const rows = new Map(units.map((unit) => [unit, rowsOf(unit)]));
    for (const count of rows.values()) n += count;
    for (const unit of [...units].sort((x, y) => rows.get(y)! - rows.get(x)!)) {
      if (n <= MAX_ROWS) return;
      if (rows.get(unit) === 1) continue;
      this.collapsed.add(unit);
      n -= rows.get(unit)! - 1;
      rows.set(unit, 1);
    }
    for (let part = this.n; part < this.root && n > MAX_ROWS; part += 1) {
      if (this.isUnit(part)) continue;
      // Both sides are one row each by now: what is higher was collapsed before.
      this.collapsed.add(part);
      n -= 1;
    }
  }

  /** Members of a unit in their order: groups of one system where there are too many. */
  private grouped(places: readonly number[]): number[][] {
    if (!this.groups) return places.map((at) => [at]);
    const bySystem = new Map<number, number[]>();
    for (const at of places) {
      const system = this.pack.system[this.history.members[at]];
      bySystem.set(system, [...(bySystem.get(system) ?? []), at]);
    }
    return [...bySystem.values()].flatMap((group) =>
      group.length < MIN_GROUP || this.opened.has(this.keyOf(group)) ? group.map((at) => [at]) : [group],
    );
  }

  private keyOf(places: readonly number[]): string {
    const ids = [places[0], places.at(-1)!].map((at) => this.pack.nodeId(this.history.members[at]));
    return places.length === 1 ? ids[0] : `${ids.join(" ")} ${places.length}`;
  }

  private addRow(places: readonly number[], approved: boolean): number {
    const nodes = places.map((at) => this.history.members[at]);
    const systems = new Set(nodes.map((node) => this.pack.system[node]));
    this.rows.push({ key: this.keyOf(places), nodes, system: systems.size === 1 ? this.pack.system[nodes[0]] : -1, approved });
    return this.rows.length - 1;
  }

  tree(): Tree {
    const root = this.place(this.root);
    this.joins.sort((x, y) => y.height - x.height || x.middle - y.middle);
    return { rows: this.rows, blocks: this.blocks, joins: this.joins, root };
  }

  private place(part: number): TreeSide {
    if (part < this.n) return { middle: this.addRow([part], false), from: "row" };
    const places = this.members(part);
    if (this.collapsed.has(part) && !this.opened.has(this.keyOf(places))) {
      const middle = this.addRow(places, this.isUnit(part));
      if (this.isUnit(part)) this.blocks.push({ rows: [middle], middle });
      return { middle, from: this.isUnit(part) ? "approved" : "row" };
    }
    if (this.isUnit(part)) {
      const rank = (at: number): number => {
        const place = this.first.indexOf(this.history.members[at]);
        return place < 0 ? this.first.length : place;
      };
      const ordered = places.sort((x, y) => rank(x) - rank(y) || x - y);
      const rows = this.grouped(ordered).map((group) => this.addRow(group, true));
      const middle = (rows[0] + rows.at(-1)!) / 2;
      this.blocks.push({ rows, middle });
      return { middle, from: "approved" };
    }
    const { link, parts, sizes, height } = this.history.joins[part - this.n];
    const [one, other] = sizes[0] >= sizes[1] ? parts : [parts[1], parts[0]];
    const sides = [this.place(one), this.place(other)];
    const middle = (sides[0].middle + sides[1].middle) / 2;
    this.joins.push({ height: height!, link, sides, middle });
    return { middle, from: height! };
  }
}
