// The search: a field in the head, and below it what is found.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { exactness, WHOLE_NAME } from "../model/exact";
import { findingsOf, type Findings, type Line, type Wanted } from "../model/finding";
import { prepareSearch } from "../model/search";
import type { Pair } from "../model/two-named";
import type { View } from "../model/types";
import { quoted } from "../model/words";
import { endSearch, lookAt, lookNear, openConcept, openDependents, openJoin, openPage, openTable, openWhy, startJoin, startSearch, toContent, toContentOnceDrawn, type App, type Ui } from "./app";
import { Icon, Key } from "./icons";
import { counted, number } from "./parts";
import type { Props } from "./props";
import { Foot, LineRow, NothingFound, optionId, Partly, Spelling, PairRow } from "./search-parts";

const MOST_CONCEPTS = 5;
const NONE = -1; // no line was chosen by the reader
const PREPARE_DELAY = 30; // milliseconds: the open search is drawn first
const PART = 20; // places that are listed at once

type Act = "open" | "depends" | "join";
/** What can be chosen in the list: a line, or more of a list. */
type Option = { pair: Pair } | { line: Line } | { more: "concepts" | "places" };

const PLACEHOLDERS: Record<Ui["purpose"], string> = {
  open: "Find a field, table or concept",
  depends: "What depends on\u2026",
  why: "Why are two fields together? Name both",
};
const WANTED: Record<Ui["purpose"], Wanted> = { open: "all", depends: "places", why: "all" };

export function Search({ app, view, ui }: Props): JSX.Element {
  const { pack } = view;
  const box = useRef<HTMLDivElement>(null);
  const [at, draw] = useState(NONE);
  // The line that is chosen now, drawn or not.
  const latest = useRef(NONE);
  const setAt = (line: number): void => {
    latest.current = line;
    draw(line);
  };
  // Whether the cursor keys went into the list: then letters can be acts.
  const [moved, setMoved] = useState(false);
  const [most, setMost] = useState(PART);
  const [described, setDescribed] = useState(false);
  const { purpose, finding: open } = ui;
  const afresh = () => {
    setAt(NONE);
    setMoved(false);
    setMost(PART);
    setDescribed(false);
  };
  useEffect(afresh, [open, purpose]);
  useEffect(() => {
    // The first key should not have to wait for the index.
    if (!open) return undefined;
    const waiting = setTimeout(() => prepareSearch(pack, view.clusters), PREPARE_DELAY);
    return () => clearTimeout(waiting);
  }, [open, view.clusters]);
  const find = (v: View, text: string, of: Ui["purpose"]): Findings =>
    findingsOf(v, text, { wanted: WANTED[of], mostConcepts: MOST_CONCEPTS, mostPlaces: most, descriptions: described });
  const text = view.state.search;
  const found = useMemo(
    () => (open ? find(view, text, purpose) : null),
    [open, text, view.clusters, view.status, purpose, most, described],
  );
  const options = found ? optionsOf(found) : [];
  const mark = at === NONE ? firstOf(app, options, text) : Math.min(at, options.length - 1);
  const chosen = options[mark];

  const take = (option: Option, act: Act) => {
    const asked = app.ui.purpose;
    if ("more" in option) {
      if (option.more === "places") setMost(most + PART);
      else openPage(app, "concepts", { query: app.store.state.search });
      return;
    }
    if ("pair" in option) {
      const { kind, nodes } = option.pair;
      endSearch(app);
      app.store.set({ search: "" });
      (kind === "why" ? openWhy : openJoin)(app, ...nodes);
      return;
    }
    const { node } = option.line;
    const table = pack.table[node];
    if (act === "join") {
      if (table < 0) app.setUi({ announcement: "A system has many tables: choose one of them." });
      else startJoin(app, node);
      return;
    }
    endSearch(app);
    // The next search begins anew.
    app.store.set({ search: "" });
    if (act === "depends" || asked === "depends") openDependents(app, node);
    else open_(app, option.line);
  };
  // A reader who types quickly presses keys before the list is drawn.
  const listNow = (): { all: readonly Option[]; mark: number } => {
    const { search } = app.store.state;
    const asked = app.ui.purpose;
    const all = !found || search !== text || asked !== purpose ? optionsOf(find(app.view(), search, asked)) : options;
    return { all, mark: latest.current === NONE ? firstOf(app, all, search) : Math.min(latest.current, all.length - 1) };
  };
  const act = (what: Act) => {
    if (!app.ui.finding) return; // chosen already
    const { all, mark: now } = listNow();
    if (all[now]) take(all[now], what);
  };
  const move = (step: number) => {
    if (!app.ui.finding) {
      app.setUi({ finding: true });
      return;
    }
    setMoved(true);
    const { all, mark: now } = listNow();
    if (all.length) setAt((now + step + all.length) % all.length);
  };
  const key = (event: KeyboardEvent) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    // What is so now, not when the search was drawn: keys may come faster than frames.
    const letter = event.code.replace(/^Key/, "");
    const acts = open && found && (event.altKey || moved) && app.ui.purpose === "open";
    if (acts && (letter === "D" || letter === "J") && !event.shiftKey) act(letter === "D" ? "depends" : "join");
    else if (event.altKey) return;
    else if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") act("open");
    else if (event.key === "Escape" && app.ui.finding) {
      endSearch(app);
      toContent(); // at once: the next key may open the search again
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useLayoutEffect(() => {
    if (open) box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [mark, open]);
  const listed = open && options.length > 0;
  const isEmpty = found !== null && text.trim() !== "" && options.length === 0;
  const pairsOf = (kind: Pair["kind"]): JSX.Element[] =>
    options.flatMap((option, index) =>
      "pair" in option && option.pair.kind === kind
        ? [<PairRow key={option.pair.nodes.join()} pack={pack} pair={option.pair} id={optionId(index)} selected={mark === index} onTake={() => take(option, "open")} />]
        : [],
    );
  return (
    <>
      {open && <div class="search-shade" onClick={() => endSearch(app)} />}
      <div
        class="search"
        role="search"
        ref={box}
        onFocusOut={({ relatedTarget }) => {
          if (app.ui.finding && relatedTarget instanceof Node && !box.current?.contains(relatedTarget)) endSearch(app);
        }}
      >
        <Icon sign="search" />
        <input
          id="search"
          type="search"
          role="combobox"
          placeholder={ui.compact && purpose === "open" ? "Find" : PLACEHOLDERS[purpose]}
          aria-label={PLACEHOLDERS[purpose].replace("\u2026", "")}
          aria-keyshortcuts="/"
          aria-expanded={listed}
          aria-autocomplete="list"
          {...(listed ? { "aria-controls": "matches", "aria-activedescendant": optionId(mark) } : {})}
          autocomplete="off"
          spellcheck={false}
          // The text in the store, not in the view: the view lacks what was typed since it was drawn.
          value={app.store.state.search}
          onInput={(event) => {
            app.store.set({ search: event.currentTarget.value });
            afresh();
            if (!open) app.setUi({ finding: true });
          }}
          onMouseDown={() => {
            if (!open) app.setUi({ finding: true });
          }}
          onKeyDown={key}
        />
        <Key>{open ? "Esc" : "/"}</Key>
        {found && (
          <div
            class="found"
            // The field keeps the keyboard while the list is clicked.
            onMouseDown={(event) => {
              if (!(event.target as Element).closest("button, code")) event.preventDefault();
            }}
          >
            <p class="visually-hidden" role="status">{sayFound(found)}</p>
            <Title app={app} view={view} ui={ui} found={found} />
            {found.corrected !== null && (
              <Spelling app={app} view={view} found={found} onDescribed={described ? null : () => setDescribed(true)} />
            )}
            {found.lacking !== null && <Partly app={app} view={view} found={found} />}
            {listed && (
              <div class="found-list" id="matches" role="listbox" aria-label="What is found" tabIndex={-1}>
                <Group title="Why together?" n={1} isCounted={false}>{pairsOf("why")}</Group>
                <Group title="Join two tables" n={1} isCounted={false}>{pairsOf("join")}</Group>
                <Group title={text.trim() ? "Concepts" : "Concepts that identify most"} n={found.nConcepts} isCounted={text.trim() !== ""}>
                  {rowsOf(app, options, mark, "concepts", found, (option) => take(option, "open"))}
                </Group>
                <Group title={placesTitle(found)} n={found.nPlaces} isCounted={text.trim() !== ""}>
                  {rowsOf(app, options, mark, "places", found, (option) => take(option, "open"))}
                </Group>
              </div>
            )}
            {isEmpty && <NothingFound app={app} view={view} text={text} described={described} onDescribed={() => setDescribed(true)} />}
            {listed && (
              <Foot
                kind={chosen && "line" in chosen ? chosen.line.kind : null}
                inConcept={chosen !== undefined && "line" in chosen && chosen.line.cluster >= 0}
                onMap={view.state.page === "tables"}
                purpose={purpose}
                moved={moved}
                onAct={act}
                onClose={() => endSearch(app)}
              />
            )}
          </div>
        )}
      </div>
    </>
  );
}

/** Open a line: what a concept is, else the concept of a field; a table, or a field in no concept, as its table; in the picture it is shown there. */
function open_(app: App, { kind, node, cluster }: Line): void {
  const { page } = app.store.state;
  if (page === "tables") {
    if (kind === "concept") lookAt(app, { kind: "cluster", member: node });
    else lookNear(app, node);
    app.setUi({ announcement: app.pack.marked(node) });
    toContentOnceDrawn(app);
  } else if (cluster >= 0) openConcept(app, node);
  else openTable(app, node);
}

/** What is marked at first: a place of which the whole name was typed, else the first line. */
function firstOf(app: App, options: readonly Option[], text: string): number {
  const path = text.trim().toLowerCase();
  const exact = exactness(app.pack, text);
  const isTyped = (option: Option): boolean =>
    "line" in option && option.line.kind !== "concept" && (app.pack.path(option.line.node).toLowerCase() === path || exact(option.line.node) >= WHOLE_NAME);
  return Math.max(0, options.findIndex(isTyped));
}

function optionsOf({ concepts, places, nConcepts, nPlaces, lacking, pairs }: Findings): Option[] {
  return [
    ...pairs.map((pair) => ({ pair })),
    ...concepts.map((line) => ({ line })),
    ...(nConcepts > concepts.length && lacking === null ? [{ more: "concepts" as const }] : []),
    ...places.map((line) => ({ line })),
    ...(nPlaces > places.length ? [{ more: "places" as const }] : []),
  ];
}

/** Say what is found, in numbers. */
function sayFound({ text, nConcepts, nPlaces }: Findings): string {
  if (!text.trim()) return "";
  if (!nConcepts && !nPlaces) return `Nothing is called ${quoted(text)}.`;
  return `${counted(nConcepts, "concept")}, ${counted(nPlaces, "place")} found.`;
}

function placesTitle({ text: typed, places }: Findings): string {
  if (!typed.trim()) return "Fields of the concepts that identify most";
  const names = { system: "Systems", table: "Tables", field: "Fields", concept: "" };
  const kinds = (["system", "table", "field"] as const).filter((kind) => places.some((line) => line.kind === kind));
  const text = kinds.map((kind) => names[kind].toLowerCase()).join(kinds.length === 3 ? ", " : " and ");
  return text.charAt(0).toUpperCase() + text.slice(1).replace("tables, fields", "tables and fields");
}

function rowsOf(app: App, options: readonly Option[], mark: number, which: "concepts" | "places", found: Findings, onTake: (option: Option) => void): JSX.Element[] {
  const rows: JSX.Element[] = [];
  options.forEach((option, index) => {
    if ("pair" in option) return;
    const isOf = "line" in option ? (option.line.kind === "concept") === (which === "concepts") : option.more === which;
    if (!isOf) return;
    const of = { id: optionId(index), selected: index === mark, onTake: () => onTake(option) };
    if ("line" in option) rows.push(<LineRow key={`${option.line.kind} ${option.line.node}`} pack={app.pack} line={option.line} {...of} />);
    else {
      const left = which === "concepts" ? found.nConcepts - found.concepts.length : found.nPlaces - found.places.length;
      rows.push(
        <div key="more" class="found-line found-more" role="option" id={of.id} aria-selected={of.selected} onClick={of.onTake}>
          {which === "concepts" ? `All ${number(found.nConcepts)} concepts` : `${number(Math.min(PART, left))} more of ${number(left)}`}
        </div>,
      );
    }
  });
  return rows;
}

function Group({ title, n, isCounted, children }: { title: string; n: number; isCounted: boolean; children: JSX.Element[] }): JSX.Element | null {
  const id = `found-${title.replace(/\W+/g, "-")}`;
  if (!children.length) return null;
  return (
    <div role="group" aria-labelledby={id}>
      <p class="found-title" id={id}>
        {title}
        {isCounted && <span class="value"> {number(n)}</span>}
      </p>
      {children}
    </div>
  );
}

/** What is asked for, where it is not just found. */
function Title({ app, ui, found }: Props & { found: Findings }): JSX.Element | null {
  if (ui.purpose === "open") return null;
  const title = ui.purpose === "depends" ? "What depends on\u2026" : "Why are two fields together, or not?";
  return (
    <div class="found-purpose">
      <p class="section-title">{title}</p>
      {!found.text.trim() && <p class="secondary">{ui.purpose === "why" ? "Type the names of both, one after the other." : "Type the name of a field or a table."}</p>}
      <button type="button" class="link" onClick={() => startSearch(app)}>Find something else</button>
    </div>
  );
}
