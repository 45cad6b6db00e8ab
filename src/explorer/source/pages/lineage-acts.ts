// What a reader does with a lineage, by button or by key.

import { openDependents, openLineage, toContent, type App } from "../app/app";
import { followed } from "../model/followed";
import { impactOf } from "../model/impact";
import { lineageOf, packedLineage, touchedBy, type Direction, type Lineage as Found, type PackedLineage } from "../model/lineage";
import { ASKS, placeWords } from "../model/titles";
import type { View } from "../model/types";
import { counted } from "../model/words";
import { impactCsv, touchedCsv } from "../out/impact-csv";
import { fileName, saveText } from "../out/save";
import { initialState } from "../state/hash";

/** The lineage that is asked for; null if none is. */
export function foundBy(view: View): Found | null {
  const { passes, weight, status, state } = view;
  const asked = [passes, weight, status, state.focus, state.more, state.approvedOnly];
  if (latest?.asked.every((part, at) => part === asked[at])) return latest.found;
  latest = { asked, found: search(view) };
  return latest.found;
}

/** The lineage that was asked for last: buttons and keys need it too. */
let latest: { asked: readonly unknown[]; found: Found | null } | null = null;

function search(view: View): Found | null {
  const { pack, state } = view;
  const { focus, more, approvedOnly } = state;
  if (focus?.kind === "result" && pack.result?.asked) return packedLineage(pack, pack.result as PackedLineage);
  if (focus?.kind !== "down" && focus?.kind !== "up" && focus?.kind !== "both") return null;
  return lineageOf(followed(view, initialState(pack).threshold), focus.node, focus.kind, focus.hops, more, approvedOnly);
}

/** Look in another direction from the same start. */
export function turn(app: App, { node, hops }: Found, direction: Direction): void {
  openLineage(app, node, direction, hops);
}

/** Show so many steps. */
export function go(app: App, { node, direction }: Found, hops: number): void {
  app.store.set({ focus: { kind: direction, node, hops }, more: new Set() });
  app.setUi({ announcement: hops === Infinity ? "All steps" : counted(hops, "step") });
}

/** Save what a change touches. */
export function saveImpact(app: App, found: Found, by: "field" | "table" = "field"): void {
  const name = `${ASKS[found.direction]} ${placeWords(app.pack, found.node)}, by ${by}`;
  saveText(fileName(name, "csv"), "text/csv", by === "field" ? touchedCsv(found) : impactCsv(found));
  const n = by === "field" ? touchedBy(found).length : impactOf(found).length;
  app.setUi({ announcement: `The browser was asked to save ${counted(n, by)} as CSV.` });
}

/** Follow approved links only, or suggested ones too. */
export function followApproved(app: App, approvedOnly: boolean): void {
  app.store.set({ approvedOnly, more: new Set() });
  app.setUi({ announcement: approvedOnly ? "Only approved links are followed." : "Suggested links are followed too." });
}

export function keysOfLineage(app: App): Record<string, (() => void) | undefined> {
  const view = app.view();
  const found = foundBy(view);
  if (!found) return {};
  const { chosen } = app.ui;
  const steps = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [String(n), () => go(app, found, n || Infinity)]));
  return {
    ...steps,
    u: () => turn(app, found, "up"),
    b: () => turn(app, found, "both"),
    d: () => (found.depth.has(chosen) && chosen !== found.node ? openDependents(app, chosen) : turn(app, found, "down")),
    s: () => saveImpact(app, found),
  };
}

/** Open a step further from fields, or groups into their fields. */
export function open(app: App, nodes: readonly number[]): void {
  const { more } = app.store.state;
  app.store.set({ more: new Set([...more, ...nodes]) }, "push");
}

/** Follow all links with a weight: those that filters and a raised score hide too. */
export function showHidden(app: App): void {
  const none = new Set<number>();
  app.store.set({ threshold: initialState(app.pack).threshold, hiddenStatuses: none, hiddenTypes: none, hiddenSystems: none });
  app.setUi({ announcement: "All links with a score are followed." });
  toContent();
}

export function nothingWords({ direction, nBehind, notFollowed: { hidden, suggested, behind }, asked }: Found): string {
  if (hidden + suggested > 0) {
    const touches = direction === "both" ? "touches it" : direction === "down" ? "leads on from it" : "leads to it";
    return `No ${hidden > 0 ? "link that is shown" : "approved link"} ${touches}.`;
  }
  if (direction === "both") return "Nothing links to it, and nothing depends on it.";
  const [none, other] = direction === "down" ? ["Nothing depends on it", "links to it"] : ["Nothing links to it", "depends on it"];
  return nBehind > 0 || behind > 0 || asked ? `${none}.` : `${none}, and nothing ${other}.`;
}
