// What changed from another graph to that of the page, as Python found it.
//
// Both sides are joined by one setting, that of the graph before. Nothing here depends on what the reader
// chooses or decides.

import { APPROVED, REJECTED, STATUSES } from "../generated";
import { visible, type Level, type Pack } from "./pack";

/** A node: a position in the page, or what is gone, from -1 downwards. */
export type Ref = number;

/** What a node is called, and where it lies. */
export interface Place {
  readonly level: Level;
  /** Names as they are in the system; null where unknown. */
  readonly path: string;
  readonly systemName: string | null;
  readonly table: string | null;
  readonly name: string;
  readonly deleted: boolean;
  /** Its system in the page, -1 if that is gone or unknown. */
  readonly system: number;
}

/** A concept before or after. */
export interface Side {
  /** A concept keeps the name of the one that it continues; it may have invisible characters. */
  readonly name: string;
  readonly size: number;
  readonly id: string;
  /** Its name on its own page. */
  readonly own: string;
}

/** Members that are together before and after; -1 for no concept. */
export interface Part {
  readonly old: number;
  readonly new: number;
  readonly moved: boolean;
  readonly nodes: readonly Ref[];
}

export interface Change {
  /** Position in the list, by what the concepts are worth. */
  readonly at: number;
  /** "merged", "split", "regrouped", "appeared", "vanished", "grew" or "shrank". */
  readonly kind: string;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly members: number;
  readonly moved: number;
  readonly decided: boolean;
  /** "smallest", "minimal", "sufficient" or "none". */
  readonly found: string;
  /** Changed links, and `PLACES` for where fields lie. */
  readonly causes: readonly number[];
  readonly parts: readonly Part[];
}

/** The cause that is no link: fields or tables lie elsewhere. */
export const PLACES = -1;

/** What is known of a decision. */
export interface Made {
  /** Milliseconds since 1970; 0 if it is not known. */
  readonly at: number;
  readonly who: string | null;
  readonly note: string | null;
}

/** A link that changed. */
export interface ChangedLink {
  /** "added", "removed", "re-decided", "re-linked", "re-scored" or "re-typed". */
  readonly kind: string;
  /** Position in the page, -1 for one that is gone. */
  readonly link: number;
  readonly id: string;
  readonly source: Ref;
  readonly target: Ref;
  readonly oldStatus: string | null;
  readonly status: string | null;
  readonly oldScore: number | null;
  readonly score: number | null;
  readonly oldType: string | null;
  readonly type: string | null;
  /** Whether an end came or went with it. */
  readonly withEnd: boolean;
  /** Evidence of one that is gone, as JSON. */
  readonly evidence: string | null;
  readonly made: Made | null;
  /** Whether it was last changed in Humm between the two graphs. */
  readonly renewed: boolean;
}

export interface ChangedNode {
  readonly kind: string;
  readonly node: Ref;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Move {
  readonly node: Ref;
  /** Positions among the concepts, -1 for none. */
  readonly old: number;
  readonly new: number;
}

export interface ChangedContradiction {
  /** "made" or "resolved". */
  readonly kind: string;
  /** Name of the concept. */
  readonly name: string;
  readonly id: string;
  readonly source: Ref;
  readonly target: Ref;
}

type PackedPlace = [level: Level, path: string, system: string | null, table: string | null, name: string, deleted: number, at: number];

interface Packed {
  before: { links: number; clusters: number };
  after: { links: number; clusters: number };
  kinds: string[];
  found: string[];
  link_kinds: string[];
  node_kinds: string[];
  gone: [...PackedPlace, id: string][];
  past: [ref: number, ...PackedPlace][];
  old: [name: string, size: number, id: string][];
  new: [name: string, size: number, id: string, own: string][];
  changes: {
    kind: number;
    before: number[];
    after: number[];
    members: number;
    moved: number;
    decided: number;
    found: number;
    causes: number[];
    parts: [old: number, now: number, moved: number, nodes: number[]][];
  }[];
  moves: [ref: number, old: number, now: number][];
  links: {
    kind: number[];
    link: number[];
    ids: string[];
    source: number[];
    target: number[];
    old_status: (string | null)[];
    status: (string | null)[];
    old_score: (number | null)[];
    score: (number | null)[];
    old_type: (string | null)[];
    type: (string | null)[];
    with_end: number[];
    evidence: (string | null)[];
    renewed: number[];
    decisions: [at: number, when: number, who: string | null, note: string | null][];
  };
  nodes: [kind: number, ref: number, before: string | null, after: string | null][];
  contradictions: [made: number, name: string, id: string, source: number, target: number][];
  entities: [old: string[], now: string[]][];
  setting: { differs: boolean; changes: number };
}

export class Changes {
  readonly before: { readonly links: number; readonly clusters: number };
  readonly after: { readonly links: number; readonly clusters: number };
  /** Kinds of changes, in the order in which they are counted. */
  readonly kinds: readonly string[];
  readonly linkKinds: readonly string[];
  readonly nodeKinds: readonly string[];
  readonly old: readonly Side[];
  readonly new: readonly Side[];
  readonly changes: readonly Change[];
  readonly moves: readonly Move[];
  readonly nodes: readonly ChangedNode[];
  readonly contradictions: readonly ChangedContradiction[];
  /** Entities that merged or fell apart, by their names, where concepts are called by them. */
  readonly entities: readonly { readonly old: readonly string[]; readonly now: readonly string[] }[];
  /** Whether a setting made anew differs, and how many more changes it makes. */
  readonly setting: { readonly differs: boolean; readonly changes: number };
  readonly nLinks: number;

  private readonly links: Packed["links"];
  private readonly gone: readonly Place[];
  private readonly goneIds: readonly string[];
  private readonly past: ReadonlyMap<number, Place>;
  private readonly fresh: ReadonlySet<number>;
  private readonly lost: ReadonlyMap<number, number>;
  private readonly made: ReadonlyMap<number, Made>;
  private readonly renewed: ReadonlySet<number>;
  private readonly changeOf = new Map<Ref, Change>();

  constructor(
    readonly pack: Pack,
    told: Packed,
  ) {
    const { links } = told;
    this.before = told.before;
    this.after = told.after;
    this.kinds = told.kinds;
    this.linkKinds = told.link_kinds;
    this.nodeKinds = told.node_kinds;
    this.old = told.old.map(([name, size, id]) => ({ name, size, id, own: name }));
    this.new = told.new.map(([name, size, id, own]) => ({ name, size, id, own }));
    this.changes = told.changes.map((one, at) => ({
      ...one,
      at,
      kind: told.kinds[one.kind],
      found: told.found[one.found],
      decided: one.decided === 1,
      parts: one.parts.map(([old, now, moved, nodes]) => ({ old, new: now, moved: moved === 1, nodes })),
    }));
    this.moves = told.moves.map(([node, old, now]) => ({ node, old, new: now }));
    this.nodes = told.nodes.map(([kind, node, before, after]) => ({ kind: told.node_kinds[kind], node, before, after }));
    this.contradictions = told.contradictions.map(([made, name, id, source, target]) => ({ kind: made ? "made" : "resolved", name, id, source, target }));
    this.entities = told.entities.map(([old, now]) => ({ old, now }));
    this.setting = told.setting;
    this.links = links;
    this.nLinks = links.kind.length;
    this.gone = told.gone.map(([...place]) => placeOf(place as unknown as PackedPlace));
    this.goneIds = told.gone.map((place) => place[7]);
    this.past = new Map(told.past.map(([ref, ...place]) => [ref, placeOf(place)]));
    this.fresh = new Set(this.nodes.filter(({ kind }) => kind === "added").map(({ node }) => node));
    const lost = new Map<number, number>();
    links.link.forEach((link, at) => {
      if (link < 0) lost.set(at, lost.size);
    });
    this.lost = lost;
    this.renewed = new Set(links.renewed);
    for (const change of this.changes) for (const { nodes } of change.parts) for (const node of nodes) this.changeOf.set(node, change);
    this.made = new Map(links.decisions.map(([at, when, who, note]) => [at, { at: when, who, note }]));
  }

  /** Whether nothing changed. */
  get isEmpty(): boolean {
    return this.changes.length + this.nLinks + this.nodes.length === 0;
  }

  /** What a link was and is. */
  link(at: number): ChangedLink {
    const { links, lost } = this;
    const link = links.link[at];
    const gone = lost.get(at);
    return {
      kind: this.linkKinds[links.kind[at]],
      link,
      id: gone === undefined ? this.pack.linkId(link) : links.ids[gone],
      source: links.source[at],
      target: links.target[at],
      oldStatus: links.old_status[at],
      status: links.status[at],
      oldScore: links.old_score[at],
      score: links.score[at],
      oldType: links.old_type[at],
      type: links.type[at],
      withEnd: links.with_end[at] === 1,
      evidence: gone === undefined ? this.pack.evidence(link) : links.evidence[gone],
      made: this.made.get(at) ?? null,
      renewed: this.renewed.has(at),
    };
  }

  /** Changed links that made or resolved a contradiction: its own decision, else why its concept changed. */
  causesOf({ id, source }: ChangedContradiction): readonly number[] {
    const own = this.positions.get(id);
    return own !== undefined ? [own] : (this.changeOf.get(source)?.causes ?? []).filter((cause) => cause !== PLACES);
  }

  private get positions(): ReadonlyMap<string, number> {
    return (this.positionOf ??= new Map(
      Array.from({ length: this.nLinks }, (_, at) => this.link(at)).flatMap(({ kind, id }, at) => (kind === "re-scored" ? [] : [[id, at] as const])),
    ));
  }

  private positionOf: ReadonlyMap<string, number> | undefined;

  linkKind(at: number): string {
    return this.linkKinds[this.links.kind[at]];
  }

  /** Ends of a changed link. */
  ends(at: number): readonly [Ref, Ref] {
    return [this.links.source[at], this.links.target[at]];
  }

  /** Whether only the graph after has a node, or only the one before. */
  isNew(node: Ref): boolean {
    return this.fresh.has(node);
  }

  isGone(node: Ref): boolean {
    return node < 0;
  }

  /** What a node was called before. */
  placeBefore(node: Ref): Place {
    return node < 0 ? this.gone[-1 - node] : (this.past.get(node) ?? this.placeAfter(node));
  }

  /** What a node is called now; what it was, if it is gone. */
  placeAfter(node: Ref): Place {
    if (node < 0) return this.gone[-1 - node];
    const { pack } = this;
    const system = pack.system[node];
    const level = pack.level(node);
    return {
      level,
      path: pack.rawPath(node),
      systemName: system < 0 ? null : pack.rawName[system],
      table: level === 0 ? null : pack.tableName(node),
      name: pack.rawName[node],
      deleted: pack.deleted[node] === 1,
      system,
    };
  }

  nodeId(node: Ref): string {
    return node < 0 ? this.goneIds[-1 - node] : this.pack.nodeId(node);
  }

  /** A member of the page's concept that one after is, -1 if it has none in the page. */
  memberOf(change: Change, side: number): number {
    for (const part of change.parts) if (part.new === side && part.nodes.length) return part.nodes[0];
    return -1;
  }
}

function placeOf([level, path, systemName, table, name, deleted, system]: PackedPlace): Place {
  return { level, path, systemName, table, name, deleted: deleted === 1, system };
}

const known = new WeakMap<Pack, Changes>();

/** The changes of a page; null if it was made of no diff. */
export function changesOf(pack: Pack): Changes | null {
  if (!pack.changeText.length) return null;
  let found = known.get(pack);
  if (!found) {
    found = new Changes(pack, JSON.parse(new TextDecoder().decode(pack.changeText)) as Packed);
    known.set(pack, found);
  }
  return found;
}

// --- what is listed --------------------------------------------------------------------------

export const SECTIONS = ["concepts", "moves", "decisions", "links", "nodes", "contradictions"] as const;
export type Section = (typeof SECTIONS)[number];

/** Why concepts changed, as far as one can choose by it. */
export const BECAUSE = ["decided", "added", "removed", "re-scored", "other", "none"] as const;
export type Because = (typeof BECAUSE)[number];

export interface Group {
  readonly section: Section;
  /** What happened; "" for all. */
  readonly kind: string;
  readonly because: Because | "";
}

/** Read what is listed as an address has it: "links:removed", "concepts:merged:decided". */
export function readGroup(changes: Changes, text: string): Group {
  const [first = "", kind = "", why = ""] = text.split(":");
  const fallback = SECTIONS.find((one) => countOf(changes, one) > 0) ?? "concepts";
  const section = SECTIONS.find((one) => one === first) ?? fallback;
  return {
    section,
    kind: kindsOf(changes, section).has(kind) ? kind : "",
    because: section === "concepts" ? (BECAUSE.find((one) => one === why) ?? "") : "",
  };
}

export function groupText({ section, kind, because }: Group): string {
  return `${section}:${kind}:${because}`.replace(/:+$/, "");
}

/** How many a section has. */
export function countOf(changes: Changes, section: Section): number {
  let n = 0;
  for (const number of kindsOf(changes, section).values()) n += number;
  return n;
}

const isDecision = (kind: string): boolean => kind === "re-decided";

const counts = new WeakMap<Changes, Map<Section, ReadonlyMap<string, number>>>();

/** How many of each kind a section has, those that occur, in order. */
export function kindsOf(changes: Changes, section: Section): ReadonlyMap<string, number> {
  let ofAll = counts.get(changes);
  if (!ofAll) {
    ofAll = new Map(SECTIONS.map((one) => [one, counted(changes, one)]));
    counts.set(changes, ofAll);
  }
  return ofAll.get(section) as ReadonlyMap<string, number>;
}

function counted(changes: Changes, section: Section): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const kind of orderOf(changes, section)) found.set(kind, 0);
  for (let at = 0; at < sizeOf(changes, section); at += 1) {
    const kind = kindAt(changes, section, at);
    if (isIn(section, kind)) found.set(kind, (found.get(kind) ?? 0) + 1);
  }
  return new Map([...found].filter(([, n]) => n > 0));
}

function orderOf(changes: Changes, section: Section): readonly string[] {
  switch (section) {
    case "concepts":
      return changes.kinds;
    case "links":
    case "decisions":
      return section === "links" ? changes.linkKinds : ["approved", "rejected", "suggested", "other"];
    case "nodes":
      return changes.nodeKinds;
    case "moves":
      return ["moved", "joined", "left", "gone"];
    case "contradictions":
      return ["resolved", "made"];
  }
}

function sizeOf(changes: Changes, section: Section): number {
  switch (section) {
    case "concepts":
      return changes.changes.length;
    case "moves":
      return changes.moves.length;
    case "nodes":
      return changes.nodes.length;
    case "contradictions":
      return changes.contradictions.length;
    default:
      return changes.nLinks;
  }
}

function kindAt(changes: Changes, section: Section, at: number): string {
  switch (section) {
    case "concepts":
      return changes.changes[at].kind;
    case "moves":
      return kindOfMove(changes.moves[at]);
    case "nodes":
      return changes.nodes[at].kind;
    case "contradictions":
      return changes.contradictions[at].kind;
    case "links":
      return changes.linkKind(at);
    case "decisions": {
      const kind = changes.linkKind(at);
      return isDecision(kind) ? kindOfDecision(changes.link(at).status) : "";
    }
  }
}

/** Whether something of a kind is listed in a section: decisions are listed apart from links. */
const isIn = (section: Section, kind: string): boolean => (section === "links" ? !isDecision(kind) : kind !== "");

function kindOfMove({ node, old, new: now }: Move): string {
  if (node < 0) return "gone";
  if (old < 0) return "joined";
  return now < 0 ? "left" : "moved";
}

function kindOfDecision(status: string | null): string {
  const code = STATUSES.findIndex((one) => one === status);
  return code === APPROVED ? "approved" : code === REJECTED ? "rejected" : code < 0 ? "other" : "suggested";
}

/** Reasons of a change of concepts, by which one can choose. */
export function reasonsOf(changes: Changes, change: Change): ReadonlySet<Because> {
  const found = new Set<Because>();
  if (change.decided) found.add("decided");
  for (const cause of change.causes) {
    const kind = cause === PLACES ? "other" : changes.linkKind(cause);
    if (kind === "added" || kind === "removed" || kind === "re-scored") found.add(kind);
    else if (kind !== "re-decided") found.add("other");
  }
  if (!change.causes.length) found.add("none");
  return found;
}

export interface Found {
  /** Positions in the section's table, in order. */
  readonly rows: readonly number[];
  /** How many the section has with the chosen words and reason, by kind. */
  readonly byKind: ReadonlyMap<string, number>;
  /** The same by reason. */
  readonly byReason: ReadonlyMap<Because, number>;
}

/** List what of a section is of a kind and a reason, and has every word. */
export function listChanges(changes: Changes, { section, kind, because }: Group, query: string): Found {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: number[] = [];
  const byKind = new Map<string, number>();
  const byReason = new Map<Because, number>();
  const n = sizeOf(changes, section);
  for (let at = 0; at < n; at += 1) {
    const own = kindAt(changes, section, at);
    if (!isIn(section, own)) continue;
    if (words.length) {
      const text = textOf(changes, section, at);
      if (!words.every((word) => text.includes(word))) continue;
    }
    const reasons = section === "concepts" ? reasonsOf(changes, changes.changes[at]) : null;
    const isOfKind = kind === "" || own === kind;
    const isOfReason = because === "" || (reasons?.has(because) ?? true);
    if (isOfReason) byKind.set(own, (byKind.get(own) ?? 0) + 1);
    if (isOfKind) for (const reason of reasons ?? []) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    if (isOfKind && isOfReason) rows.push(at);
  }
  return { rows, byKind, byReason };
}

/** What words are looked for in, in small letters. */
function textOf(changes: Changes, section: Section, at: number): string {
  const of = (node: Ref): string => `${changes.placeBefore(node).path} ${changes.placeAfter(node).path}`;
  const parts: (string | null)[] = [];
  if (section === "concepts") {
    const { before, after, parts: members } = changes.changes[at];
    for (const side of before) parts.push(changes.old[side].name);
    for (const side of after) parts.push(changes.new[side].name, changes.new[side].own);
    for (const { nodes } of members) for (const node of nodes) parts.push(of(node));
  } else if (section === "moves") {
    const { node, old, new: now } = changes.moves[at];
    parts.push(of(node), changes.old[old]?.name ?? null, changes.new[now]?.name ?? null, changes.new[now]?.own ?? null);
  } else if (section === "nodes") {
    parts.push(changes.nodes[at].before, changes.nodes[at].after);
  } else if (section === "contradictions") {
    const { name, source, target } = changes.contradictions[at];
    parts.push(name, of(source), of(target));
  } else {
    const [source, target] = changes.ends(at);
    parts.push(of(source), of(target), changes.link(at).made?.who ?? null);
  }
  return visible(parts.filter(Boolean).join(" ")).toLowerCase();
}
