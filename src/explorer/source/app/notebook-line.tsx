// What Python reads of a page in a notebook, by the names that it has there.

import type { JSX } from "preact";
import { clusterName } from "../model/clusters";
import { visible } from "../model/pack";
import type { View } from "../model/types";
import { reviewOf } from "./review";
import { number } from "./parts";
import type { App, Ui } from "./app";
import type { Props } from "./props";

const STATES: Record<Ui["python"], string> = {
  "": "",
  asked: "Asking Python\u2026",
  here: "Python and this page follow each other",
  silent: "Python does not answer: run the cell again",
};

export function NotebookLine({ app, view, ui }: Props): JSX.Element {
  const { state } = view;
  return (
    <footer class="notebook-line">
      <code title="What is in focus">w.selection <b><bdi>{chosen(app, view)}</bdi></b></code>
      <code title="Decisions and names that were made here">w.decisions <b>{number(state.decisions.size + state.names.size)}</b></code>
      <code title="Concepts are joined from this score">w.threshold <b>{state.threshold}</b></code>
      <span class="gap" />
      <span role="status" class={ui.python === "silent" ? "is-silent" : ""}>{STATES[ui.python]}</span>
    </footer>
  );
}

const MOST = 48; // characters of a name

/** What is in focus, in a few words. */
function chosen(app: App, { pack, clusters, state }: View): string {
  const { focus, page } = state;
  const between = (one: number, other: number): string => `${pack.path(one)} \u2013 ${pack.path(other)}`;
  if (!focus) {
    const link = page === "review" ? reviewOf(app).link : -1;
    return link < 0 ? "None" : short(between(pack.source[link], pack.target[link]));
  }
  switch (focus.kind) {
    case "cluster": {
      const label = clusters.labels[focus.member];
      return label < 0 ? short(pack.path(focus.member)) : `"${short(visible(clusterName(clusters, label)))}"`;
    }
    case "link":
      return short(between(pack.source[focus.link], pack.target[focus.link]));
    case "path":
      return short(between(focus.from, focus.to));
    case "line":
      return short(between(focus.source, focus.target));
    case "pair":
      return short(between(focus.left, focus.right));
    case "result":
      return "None";
    default:
      return short(pack.path(focus.node));
  }
}

/** Cut a long name in its middle: what tells names apart is mostly at their ends. */
function short(text: string): string {
  const characters = [...text];
  if (characters.length <= MOST) return text;
  return `${characters.slice(0, MOST / 2).join("")}\u2026${characters.slice(1 - MOST / 2).join("")}`;
}
