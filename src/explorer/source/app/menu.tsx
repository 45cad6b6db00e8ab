// The menu of files to save: pictures, tables, GraphML, decisions; and a link to the view.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { View } from "../model/types";
import { clustersCsv, linksCsv } from "../out/csv";
import { graphml } from "../out/graphml";
import { fileName, isFramed, saveBlob, saveText } from "../out/save";
import { address } from "../state/history";
import { exportDecisions, loadDecisions, undo, type App } from "./app";
import type { Props } from "./props";

export function Menu({ app, view, ui }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const n = view.state.decisions.size;
  useEffect(() => {
    if (!ui.menu) return undefined;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) app.setUi({ menu: false });
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [ui.menu]);
  // In a layout effect: no key may go elsewhere before the menu has the focus.
  useLayoutEffect(() => {
    if (ui.menu) box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [ui.menu]);
  const act = (what: () => unknown) => () => {
    app.setUi({ menu: false });
    void Promise.resolve().then(what).catch((error: unknown) => app.setUi({ problem: error instanceof Error ? error.message : String(error) }));
  };
  const name = (suffix: string) => fileName(view.pack.header.title, suffix);
  const text = (suffix: string, type: string, make: () => string) => () => {
    saveText(name(suffix), type, make());
    tellAsked(app, name(suffix));
  };
  const png = async () => {
    if (!app.picture) return;
    saveBlob(name("png"), await app.picture.png());
    tellAsked(app, name("png"));
  };
  const items: [string, () => unknown][] = [
    ["Picture as PNG", png],
    ["Picture as SVG", text("svg", "image/svg+xml", () => app.picture?.svg() ?? "")],
    ["Links shown as CSV", text("csv", "text/csv", () => linksCsv(view, shownLinks(view)))],
    ["Concepts as CSV", text("clusters.csv", "text/csv", () => clustersCsv(view))],
    ["What is shown as GraphML", text("graphml", "application/xml", () => graphml(view, shownNodes(view), shownLinks(view)))],
    ["Copy a link to this view", () => copyLink(app)],
  ];
  const arrows = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
    event.preventDefault();
  };
  return (
    <div class="menu" ref={box}>
      <button type="button" aria-haspopup="menu" aria-expanded={ui.menu} onClick={() => app.setUi({ menu: !ui.menu })}>
        {"Save as\u2026"}
      </button>
      {ui.menu && (
        <div class="menu-items" role="menu" aria-label="Save as" onKeyDown={arrows}>
          {items.map(([title, what]) => (
            <button type="button" role="menuitem" key={title} onClick={act(what)}>{title}</button>
          ))}
          <hr />
          <button type="button" role="menuitem" disabled={!n && !view.state.names.size} onClick={act(() => exportDecisions(app))}>
            Decisions as a file {n > 0 && <span class="value">{n}</span>}
          </button>
          <button type="button" role="menuitem" disabled={!n && !ui.past.length} onClick={act(() => undo(app))}>Undo the last decision</button>
          <button type="button" role="menuitem" onClick={act(() => loadDecisions(app))}>Load decisions{"\u2026"}</button>
        </div>
      )}
    </div>
  );
}

/** Tell that the browser was asked for a file; a frame may refuse it without a word. */
export function tellAsked(app: App, name: string): void {
  app.setUi({ announcement: `The browser was asked to save ${name}.` });
  if (!isFramed()) return;
  app.setUi({ problem: `The browser was asked to save ${name}. If no file came, this frame may save none: open the page in a window of its own.` });
}

/** Links that the reader sees: those in focus, or all that pass. */
export function shownLinks(view: View): number[] {
  if (view.seen) return [...view.seen.links].sort((a, b) => a - b);
  const links: number[] = [];
  for (let link = 0; link < view.pack.nLinks; link += 1) if (view.passes[link]) links.push(link);
  return links;
}

function shownNodes(view: View): number[] {
  const { pack, state } = view;
  if (view.seen) return [...view.seen.nodes].sort((a, b) => a - b);
  return Array.from({ length: pack.nNodes }, (_, node) => node).filter((node) => !state.hiddenSystems.has(pack.system[node]));
}

async function copyLink(app: App): Promise<void> {
  const { hash } = app.history;
  // A frame made of text has no address of its own: only the part after # is useful elsewhere.
  const framed = location.protocol === "about:" || location.protocol === "data:";
  const text = framed ? `#${hash}` : address(hash);
  try {
    await navigator.clipboard.writeText(text);
    app.setUi({ announcement: "The link is in the clipboard." });
  } catch {
    // A page that is opened as a file may have no clipboard: show the text to be copied by hand.
    const what = framed ? "This view, to be put behind the address of a saved page" : "The link";
    app.setUi({ problem: `${what}: ${text}` });
  }
}
