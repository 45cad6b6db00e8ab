// The head of the page: whose it is, its pages, the search, decisions to save, theme and help.

import type { JSX } from "preact";
import { countsOf, leftToReview } from "../model/counts";
import { changesOf } from "../model/changes";
import { visible, type Pack } from "../model/pack";
import { middle } from "../model/words";
import { initialState } from "../state/hash";
import type { PageName, Theme } from "../state/state";
import { exportDecisions, loadDecisions, openPage, readDecisions, startSearch } from "./app";
import { Icon } from "./icons";
import { counted, number } from "./parts";
import type { Props } from "./props";
import { Search } from "./search";

const MAX_NAME = 24; // characters of an organisation's name, on two lines at most

const THEME_SIGNS: Record<Theme, string> = { auto: "\u25d0", light: "\u2600", dark: "\u263e" };

/** The theme after another one: the first press changes what is seen, the third follows the system again. */
function nextTheme(theme: Theme): Theme {
  const other: Theme = matchMedia("(prefers-color-scheme: dark)").matches ? "light" : "dark";
  if (theme === "auto") return other;
  return theme === other ? (other === "dark" ? "light" : "dark") : "auto";
}

export function Header({ app, view, ui }: Props): JSX.Element {
  const { state, pack } = view;
  const n = state.decisions.size + state.names.size;
  return (
    <header class={`head${ui.finding ? " finding" : ""}`}>
      <p class="organization" title={pack.header.title}>{middle(pack.header.organization ? visible(pack.header.organization) : pack.header.title, MAX_NAME)}</p>
      <Tabs app={app} view={view} ui={ui} place="above" />
      <Search app={app} view={view} ui={ui} />
      <div class="tools">
        <button type="button" class="icon find" aria-label="Find a field, table or concept" onClick={() => startSearch(app)}><Icon sign="search" /></button>
        <button type="button" class="load" title="Load decisions from a file" onClick={() => loadDecisions(app)}>Load<span class="visually-hidden"> decisions</span></button>
        <input
          id="file-of-decisions"
          type="file"
          accept=".json,.jsonl,application/json,application/jsonl"
          aria-label="File of decisions"
          tabIndex={-1}
          class="visually-hidden"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) readDecisions(app, file).catch((error: unknown) => app.setUi({ problem: error instanceof Error ? error.message : String(error) }));
            currentTarget.value = "";
          }}
        />
        {n > 0 && ui.python !== "here" && (
          <button type="button" class="save" data-n={number(n)} onClick={() => void exportDecisions(app)}>
            <span class="save-words">{counted(n, "decision")} {"\u00b7"} </span>{ui.unsaved ? "Save" : "saved"}
          </button>
        )}
        {app.bridge && ui.compact && <button type="button" class="full" onClick={() => app.bridge?.openFull()}>Full page <span aria-hidden="true">{"\u2197"}</span></button>}
        <button
          type="button"
          class="icon theme"
          aria-label={`Theme: ${state.theme}`}
          title={`Theme: ${state.theme}`}
          onClick={() => app.store.set({ theme: nextTheme(state.theme) })}
        >
          {THEME_SIGNS[state.theme]}
        </button>
        <button type="button" class="icon" aria-label="Help" title="Help (?)" onClick={() => app.setUi({ help: true })}>?</button>
      </div>
    </header>
  );
}

const TABS: [page: PageName, name: string][] = [
  ["start", "Start"],
  ["concepts", "Concepts"],
  ["map", "Map"],
  ["review", "Review"],
];

/** Only a page that was made of a diff, of an answer or of paths has these. */
const OF_CHANGES: typeof TABS = [["changes", "Changes"]];
const OF_WHY: typeof TABS = [["why", "Why"]];
const OF_PATHS: typeof TABS = [["paths", "Paths"]];

/** The tabs that a page has beyond those of all pages, for what it was made for. */
function ownTabs(pack: Pack): typeof TABS {
  if (changesOf(pack)) return OF_CHANGES;
  if (pack.result?.paths.length) return OF_PATHS;
  return pack.result?.kind === "why" ? OF_WHY : [];
}

/** The tabs that pages without one of their own are under: an answer is about concepts. */
const UNDER: Partial<Record<PageName, PageName>> = { why: "concepts", join: "map", lineage: "map", table: "map", tables: "map" };

/** The pages, in the head or, on narrow screens, at the foot. */
export function Tabs({ app, view, place }: Props & { place: "above" | "below" }): JSX.Element {
  const counts = countsOf(view);
  const numbers: Partial<Record<PageName, number>> = {
    concepts: counts.shared,
    review: leftToReview(counts),
  };
  const changes = changesOf(view.pack);
  if (changes) numbers.changes = changes.changes.length;
  const more = ownTabs(view.pack);
  const isShown = (page: PageName): boolean => [...TABS, ...more].some(([one]) => one === page);
  const current = isShown(view.state.page) ? view.state.page : UNDER[view.state.page];
  const open = (page: PageName): void => openPage(app, page, page === "why" ? { focus: initialState(view.pack).focus } : {});
  return (
    <nav class={`pages ${place}${more.length ? " has-more" : ""}`} aria-label="Pages">
      {[...TABS, ...more].map(([page, name]) => (
        <button type="button" key={page} aria-current={current === page ? "page" : undefined} onClick={() => open(page)}>
          {name} {numbers[page] !== undefined && <span class="count">{number(numbers[page])}</span>}
        </button>
      ))}
    </nav>
  );
}
