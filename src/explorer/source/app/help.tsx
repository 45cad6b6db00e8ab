// The dialog that explains the keys, those of the open page first.

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { PageName } from "../state/state";
import { loadDecisions, type App } from "./app";

type Keys = readonly (readonly [key: string, what: string])[];

const EVERYWHERE: Keys = [
  ["/", "find a field, table or concept"],
  ["C", "all concepts"],
  ["N", "review what is next"],
  ["L", "the links of what is open, as a table"],
  ["W", "why two fields are together, or not"],
  ["D", "what depends on it; of a concept, on which field"],
  ["J", "join from here"],
  ["Esc", "close what is open, else go back"],
  ["Z, Ctrl+Z", "undo the last decision"],
  ["?", "these keys"],
];

const OF_PAGE: Record<PageName, { title: string; keys: Keys }> = {
  start: { title: "On Start", keys: [["Tab, Enter", "go from entity to entity, and open one"]] },
  concepts: {
    title: "In concepts",
    keys: [
      ["J K, arrows", "in the list: go from row to row"],
      ["Enter", "open the concept"],
      ["X", "on a concept: to the contradiction, where Enter decides"],
      ["Click, click", "one field, then another: why are both in it?"],
    ],
  },
  review: {
    title: "In Review",
    keys: [
      ["A", "approve: they are the same"],
      ["R", "reject: they are different"],
      ["S", "skip: it comes again at the end"],
      ["Z", "undo the last answer"],
      ["Shift+A, Shift+R", "approve or reject all that is ticked beside it"],
      ["J K", "the next one, the one before"],
    ],
  },
  links: {
    title: "In the table of links",
    keys: [
      ["J K, arrows", "go from row to row"],
      ["Enter", "open the link"],
    ],
  },
  why: { title: "On an answer", keys: [["Tab, Enter", "go to its links and concepts, and open one"]] },
  paths: { title: "On paths", keys: [["Tab, Enter", "go to their fields and links, and open one"]] },
  changes: {
    title: "In lists of changes",
    keys: [
      ["J K", "go from change to change"],
      ["Tab, Enter", "go to its concepts and links, and open one"],
    ],
  },
  join: {
    title: "Where tables are joined",
    keys: [
      ["J K, arrows", "go from way to way"],
      ["Enter", "look at a way and its query"],
      ["Y", "copy the query"],
    ],
  },
  lineage: {
    title: "In a lineage",
    keys: [
      ["Arrows", "go from card to card"],
      ["Enter", "choose a card: the way to it; open a group, or what +3 stands for"],
      ["U  B", "what links to it, both directions"],
      ["D", "what depends on the card that is chosen, else on the start"],
      ["1 \u2013 9, 0", "so many steps, all of them"],
      ["S", "save the fields that a change touches as CSV"],
    ],
  },
  map: {
    title: "On the map",
    keys: [
      ["Arrows, J K", "go from pair to pair, from cell to cell, from table to table"],
      ["Home, End", "the first and the last"],
      ["Enter", "open two systems side by side; of two tables the links"],
      ["T", "picture or table"],
      ["X", "swap the sides of two systems"],
      ["L", "their links as a table"],
    ],
  },
  table: {
    title: "On a table",
    keys: [
      ["Arrows", "go from field to field; to the side, to what is to be reviewed of it"],
      ["Enter", "open the concept of the field"],
      ["D", "what depends on the field, or on the table"],
      ["J", "join the table with another"],
      ["L", "its links as a table"],
    ],
  },
  tables: {
    title: "On the picture of all tables",
    keys: [
      ["Click", "look at a thing and its neighbours"],
      ["Double-click", "what links to it and what depends on it, two steps"],
      ["U  B", "what links to it, and with what depends on it: in the picture"],
      ["1 \u2013 9", "within so many steps"],
      ["P, then click", "the strongest path to another thing, clicked or found; or Shift-click"],
      ["O", "open or close a table"],
      ["Arrows, Enter", "go from thing to thing, look at it"],
      ["Shift-arrows, + \u2212 0", "move, zoom, show everything"],
      ["F", "show everything"],
      ["T", "the same content as tables"],
    ],
  },
};

export function Help({ app, page }: { app: App; page: PageName }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  // In a layout effect: no key may go elsewhere before the dialog is open.
  useLayoutEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  const close = () => app.setUi({ help: false });
  const { title, keys } = OF_PAGE[page];
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <div class="help-head">
        <h2 id="help-title">Keys and words</h2>
        <button type="button" onClick={() => dialog.current?.close()}>Close</button>
      </div>
      <h3>{title}</h3>
      <KeyList keys={keys} />
      <h3>Everywhere</h3>
      <KeyList keys={EVERYWHERE} />
      <p class="note">
        No key acts while you type. In what the search finds, arrow keys choose; then Enter opens, D and J act; while you type, Alt D and Alt J do.
      </p>
      <h3>Words</h3>
      <dl class="words">
        <dt>Concept</dt>
        <dd>fields of several systems that mean the same</dd>
        <dt>Exact rule, estimate</dt>
        <dd>how a link was found: DETERMINISTIC or PROBABILISTIC in Humm</dd>
        <dt>Joined from 0.10</dt>
        <dd>the score from which links join fields to a concept</dd>
        <dt>Held by a single link</dt>
        <dd>without that link the concept falls apart</dd>
        <dt>Rejected, yet together</dt>
        <dd>a contradiction: other links hold two fields in one concept though their own link is rejected</dd>
      </dl>
      <p class="note">
        Everything stays in this file: nothing is sent anywhere. Decisions last until the page is closed; save them to keep them.
      </p>
      <p>
        <button type="button" onClick={() => loadDecisions(app)}>Load decisions{"\u2026"}</button>
      </p>
    </dialog>
  );
}

function KeyList({ keys }: { keys: Keys }): JSX.Element {
  return (
    <dl>
      {keys.map(([key, what]) => (
        <>
          <dt><kbd>{key}</kbd></dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>
  );
}
