// What a reader does to a concept.

import { setDecisions, tell, type App } from "../app/app";
import { counted } from "../app/parts";
import { MAX_NAME } from "../generated";
import { ownDecision } from "../model/journal";
import { visible } from "../model/pack";

/**
 * Decide several links alike, in one act: one undo takes all back.
 *
 * The page stays with `stay`, the members that go on as the concept, if its own member leaves them.
 */
export function decideAll(app: App, links: readonly number[], status: number, stay: readonly number[] = []): void {
  const decisions = new Map(app.store.state.decisions);
  const at = Date.now();
  for (const link of links) {
    decisions.delete(link);
    decisions.set(link, { ...ownDecision(app.pack, link, status, at, ""), asked: "chosen" });
  }
  const { focus } = app.store.state;
  if (focus?.kind === "cluster" && stay.length > 1 && !stay.includes(focus.member)) {
    app.store.set({ focus: { kind: "cluster", member: stay[0] } });
  }
  setDecisions(app, decisions);
  const word = app.pack.statuses[status].toLowerCase();
  tell(app, `${counted(links.length, "link")} ${links.length === 1 ? "is" : "are"} ${word} now.`, true);
}

const asked = new WeakMap<App, number>();

/** Let the concept that is opened next begin with a contradiction, by its rejected link. */
export function beginWith(app: App, rejected: number): void {
  asked.set(app, rejected);
}

/** The link with which contradictions begin: the one that was asked for, once, else the first. */
export function beginningOf(app: App, links: readonly number[]): number {
  const first = links.find((link) => link === asked.get(app)) ?? links[0] ?? -1;
  asked.delete(app);
  return first;
}

/** Give the keyboard to the next contradiction, or to the concept's title, once they are drawn. */
export function goOn(): void {
  requestAnimationFrame(() => {
    const find = (title: string) => document.querySelector<HTMLElement>(title);
    const title = find(".contradictions-card h2") ?? find(".concept-head h1");
    if (!title) return;
    title.tabIndex = -1; // it can have the keyboard, but is no stop of it
    title.focus();
  });
}

/** Give a concept a name, by one of its members; returns what is wrong with it, empty if nothing is. */
export function rename(app: App, member: number, text: string): string {
  const name = text.replace(/^ +| +$/g, "");
  const length = [...name].length;
  if (length === 0) return "A name has at least one character.";
  if (length > MAX_NAME) return `A name has at most ${MAX_NAME} characters; this one has ${length}.`;
  if (visible(name) !== name) return "The name has hidden characters.";
  const { decisions, names } = app.store.state;
  const id = app.pack.nodeId(member);
  const given = new Map(names);
  given.delete(id);
  setDecisions(app, decisions, given.set(id, { name, at: Date.now() }));
  tell(app, `The concept is named ${name} now.`, true);
  return "";
}
