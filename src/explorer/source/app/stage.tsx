// The picture, what lies over it, and how much of everything it shows.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Drawn, Hover } from "../picture/events";
import { Picture, type Kept } from "../picture/picture";
import type { View } from "../model/types";
import { clusterName } from "../model/clusters";
import { focusNode, lookAt, lookAtPath, lookNear, revealFocus, toggle, type App } from "./app";
import { statusWord, typeWord } from "../model/statuses";
import { listed } from "../model/words";
import type { State } from "../state/state";
import { counted, levelWord, number, shortConfidence, StatusMark } from "./parts";
import type { Props } from "./props";
import { shownWord } from "./shown";

/** What the picture was like when the reader went to another page. */
const left = new WeakMap<App, Kept>();

export function Stage({ app, view, ui }: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const picture = new Picture(host.current as HTMLElement, {
      onNode: (node, shift) => clickNode(app, node, shift),
      onNodeTwice: (node) => lookNear(app, node, "both", 2),
      onLine: (source, target, links) =>
        lookAt(app, links.length === 1 ? { kind: "link", link: links[0] } : { kind: "line", source, target }, false),
      onBackground: () => {
        if (app.store.state.focus) lookAt(app, null);
      },
      onToggle: (table) => toggle(app, table),
      onHover: (hover) => app.setUi({ hover }),
      onDrawn: (drawn) => app.setUi({ drawn }),
      onLate: () => revealFocus(app),
    }, left.get(app));
    app.picture = picture;
    picture.show(view);
    if (view.state.focus) revealFocus(app);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => picture.refresh();
    dark.addEventListener("change", repaint);
    return () => {
      dark.removeEventListener("change", repaint);
      left.set(app, picture.destroy());
      app.picture = null;
      if (app.ui.hover) app.setUi({ hover: null });
    };
  }, [app]);
  useEffect(() => {
    // What is told about a thing goes when the reader turns elsewhere, or the thing moves away.
    const leave = (): void => {
      if (app.ui.hover) app.setUi({ hover: null });
    };
    const element = host.current as HTMLElement;
    document.addEventListener("keydown", leave);
    window.addEventListener("blur", leave);
    for (const name of ["click", "wheel"]) element.addEventListener(name, leave, { passive: true });
    return () => {
      document.removeEventListener("keydown", leave);
      window.removeEventListener("blur", leave);
      for (const name of ["click", "wheel"]) element.removeEventListener(name, leave);
    };
  }, [app]);
  useLayoutEffect(() => app.picture?.show(view));
  const { layout } = view.state;
  const drawn = useRef(layout);
  useEffect(() => {
    // Another layout begins where it can be read, and that may be far from the focus.
    if (drawn.current !== layout && view.state.focus) revealFocus(app);
    drawn.current = layout;
  }, [layout]);
  const painted = useRef(view.state.theme);
  useEffect(() => {
    if (painted.current !== view.state.theme) app.picture?.refresh();
    painted.current = view.state.theme;
  }, [view.state.theme]);
  return (
    <section class="stage" aria-label="Picture">
      <div
        id="stage"
        ref={host}
        tabIndex={0}
        role="application"
        aria-roledescription="picture of links"
        aria-label="Picture of the links. Arrow keys go from thing to thing, Enter looks at one, O opens a table, plus and minus zoom. The table has the same content: press T."
      />
      {/* Behind the picture, which has the keyboard first. */}
      <h1 class="visually-hidden">All tables: {app.pack.header.title}</h1>
      <Nothing app={app} view={view} ui={ui} />
      <div class="counts">
        <p role="status">{countsOf(view, ui.drawn)}</p>
        {(view.state.all || ui.drawn.lines < ui.drawn.ofLines) && (
          <button type="button" class="link" onClick={() => app.store.set({ all: !view.state.all })}>
            {view.state.all ? "Show the strongest" : "Show all lines"}
          </button>
        )}
      </div>
      {ui.pathFrom >= 0 && (
        <p class="prompt" role="status">
          Path from {app.pack.marked(ui.pathFrom)}: choose the other end. <kbd>Esc</kbd> leaves it.
        </p>
      )}
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Closer" onClick={() => app.picture?.zoom(1.4)}>+</button>
        <button type="button" aria-label="Farther" onClick={() => app.picture?.zoom(1 / 1.4)}>{"\u2212"}</button>
        <button type="button" aria-label="Show everything" title="Show everything (F)" onClick={() => app.picture?.fit()}>
          <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
            <path d="M1 5V1H5M9 1H13V5M13 9V13H9M5 13H1V9" fill="none" stroke="currentColor" stroke-width="1.6" />
          </svg>
        </button>
      </div>
      {ui.hover && <Tip app={app} view={view} hover={ui.hover} />}
    </section>
  );
}

/** What is said where nothing is drawn, or no link: why, and a way out. */
function Nothing({ app, view, ui }: Props): JSX.Element | null {
  const { pack, state, seen } = view;
  const set = (change: Partial<State>) => () => app.store.set(change);
  const isEmpty = ui.drawn.nodes === 0;
  if (!pack.nNodes) return <p class="nothing">There is nothing to show: no link came, and no system, table or field.</p>;
  if (isEmpty && state.hiddenSystems.size) {
    return (
      <p class="nothing">
        {state.hiddenSystems.size === pack.first[1] ? "All systems are hidden." : "What is left has nothing to show: other systems are hidden."}{" "}
        <button type="button" onClick={set({ hiddenSystems: new Set() })}>Show all systems</button>
      </p>
    );
  }
  if (!view.nPassing && pack.nLinks && !seen) {
    return (
      <p class={`nothing${isEmpty ? "" : " over"}`}>
        No link fits the filters: {listed(filtersInUse(view))}.{" "}
        <button type="button" onClick={set({ threshold: 0, hiddenStatuses: new Set(), hiddenTypes: new Set(), hiddenSystems: new Set() })}>Clear all filters</button>
      </p>
    );
  }
  if (isEmpty && state.layout !== "lanes") {
    return (
      <p class="nothing">
        {state.layout === "layers" ? "From left to right stand tables with links, and none here has one." : "This layout shows nothing of what is here."}{" "}
        <button type="button" onClick={set({ layout: "lanes" })}>Lanes by system</button>
      </p>
    );
  }
  return null;
}

/** The filters that keep links out, in words. */
function filtersInUse({ pack, state }: View): string[] {
  const words: string[] = [];
  if (state.threshold > 0) words.push(`a score of at least ${state.threshold}`);
  const left = (hidden: ReadonlySet<number>, names: readonly string[]) => {
    const kept = names.filter((_, code) => !hidden.has(code));
    return kept.length ? `only ${listed(kept)}` : "no";
  };
  if (state.hiddenStatuses.size) words.push(`${left(state.hiddenStatuses, pack.statuses.map((_, code) => statusWord(pack, code)))} status`);
  if (state.hiddenTypes.size) words.push(`${left(state.hiddenTypes, pack.types.map((_, code) => typeWord(pack, code)))} link type`);
  if (state.hiddenSystems.size) words.push(`without ${counted(state.hiddenSystems.size, "system")}`);
  return words.length ? words : ["all are on"];
}

function clickNode(app: App, node: number, shift: boolean): void {
  const { state } = app.store;
  const from = app.ui.pathFrom >= 0 ? app.ui.pathFrom : shift ? focusNode(state) : -1;
  if (from >= 0) lookAtPath(app, from, node);
  else lookAt(app, { kind: "near", node, hops: 1 }, state.layout === "layers");
}

function countsOf(view: View, drawn: Drawn): string {
  const { pack, state, seen } = view;
  const failing = seen ? [...seen.links].filter((link) => !view.passes[link]).length : 0;
  const faint = failing ? ` (${number(failing)} of them faint: ${shownWord(view) === "shown" ? "the filters leave them out" : "they join nothing"})` : "";
  const links = seen
    ? `${number(seen.links.size)} of ${counted(pack.nLinks, "link")} looked at${faint}`
    : `${number(view.nPassing)} of ${counted(pack.nLinks, "link")} ${shownWord(view)}`;
  if (state.layout === "matrix" && state.level === 0) return `${links}.`;
  const lines = `${number(drawn.lines)} of ${counted(drawn.ofLines, "line")}`;
  const some = drawn.lines < drawn.ofLines ? ", the strongest" : "";
  return `${links}; ${lines}${some}.`;
}

const MAX_TIP_LINKS = 6;

function Tip({ app, view, hover }: { app: App; view: View; hover: Hover }): JSX.Element {
  const { pack } = app;
  const wide = window.innerWidth;
  const place: JSX.CSSProperties = {
    left: `${Math.min(hover.x + 14, wide - 330)}px`,
    top: hover.y > window.innerHeight - 220 ? "auto" : `${hover.y + 16}px`,
    bottom: hover.y > window.innerHeight - 220 ? `${window.innerHeight - hover.y + 12}px` : "auto",
  };
  if ("node" in hover) {
    const { node } = hover;
    const label = view.clusters.labels[node];
    const facts = [levelWord(pack.level(node)), pack.dataTypeName(node)].filter(Boolean).join(", ");
    const passing = pack.linksOf(node).reduce((n, link) => n + view.passes[link], 0);
    return (
      <div class="tip" style={place} aria-hidden="true">
        <b>{pack.marked(node)}</b>
        {facts && <div class="note">{facts}</div>}
        <div>{number(passing)} of {counted(pack.linksOf(node).length, "link")} {shownWord(view)}</div>
        {label >= 0 && <div>concept: {clusterName(view.clusters, label)}</div>}
      </div>
    );
  }
  return (
    <div class="tip" style={place} aria-hidden="true">
      <b>{pack.marked(hover.source)} {"\u2192"} {pack.marked(hover.target)}</b>
      {hover.links.length > 1 && <div class="note">{counted(hover.links.length, "link")}</div>}
      {hover.links.slice(0, MAX_TIP_LINKS).map((link) => (
        <div class="tip-row" key={link}>
          <StatusMark view={view} status={view.status[link]} />
          <span>{pack.name[pack.source[link]]}{pack.mark(pack.source[link])} {"\u2192"} {pack.name[pack.target[link]]}{pack.mark(pack.target[link])}</span>
          <span class="value">{shortConfidence(pack.confidence[link])}</span>
        </div>
      ))}
      {hover.links.length > MAX_TIP_LINKS && <div class="note">and {number(hover.links.length - MAX_TIP_LINKS)} more</div>}
    </div>
  );
}
