// The entry point: read the pack, make the state, show the page.
//
// For scripts and the browser's console there is a handle:
//
//   hummgraph.state()                  what the reader has chosen
//   hummgraph.set({threshold: 0.9})    choose something else; nodes and links are positions. A focus is
//                                      brought into sight, on all tables unless the open page shows it
//   hummgraph.view()                   what is shown: pack, passing links, clusters, focus
//   hummgraph.labels()                 cluster of each node at the present threshold
//   hummgraph.clustersAt(0.8)          the same at another threshold
//   hummgraph.decide(linkId, status)   as the buttons do; "" takes a decision back; a third argument says
//                                      how the reader was asked, "chosen" if it is not given
//   hummgraph.review({order, seed})    a queue of questions about links: next(), answer(), undo()
//   hummgraph.crosswalk()              one row a cluster, and what each cell rests on
//   hummgraph.search("e-mail", 20)     concepts, systems, tables and fields by their words
//   hummgraph.entities()               tables that hold rows of one thing
//   hummgraph.changes()                what changed, on a page of a diff; else null
//   hummgraph.picture                  the picture of all tables: fit(), zoom(), reveal(), svg(), png();
//                                      null while another page is open
//   hummgraph.ready                    a promise, kept when the page that it opens on is drawn

import { render } from "preact";
import { changeFor, pageFor, decide as decideLink, firstUi, revealFocus, type App, type Ui } from "./app/app";
import { storedAreSaved, storedDecisions, storedSetting } from "./app/kept";
import { Page } from "./app/page";
import { changesOf } from "./model/changes";
import { engineOf } from "./model/clusters";
import { Crosswalk } from "./model/crosswalk";
import { entitiesOf } from "./model/entities";
import { inflate, unpack, type Pack } from "./model/pack";
import { ReviewQueue, type QueueOptions } from "./model/review/queue";
import { search } from "./model/search";
import { ViewMaker } from "./model/view";
import { fromHash, initialState, missingFrom } from "./state/hash";
import { tie } from "./state/history";
import { createStore, type State } from "./state/state";
import { connect } from "./app/bridge";
import { contentScroll } from "./app/scroll";

async function begin(): Promise<void> {
  const element = document.getElementById("data") as HTMLElement;
  const pack = unpack(await inflate((element.textContent ?? "").trim()));
  element.remove(); // megabytes of text that are not needed any more
  const app = makeApp(pack);
  const root = document.getElementById("app") as HTMLElement;
  let asked = false;
  const draw = () => {
    asked = false;
    document.documentElement.dataset["theme"] = app.store.state.theme;
    render(<Page app={app} view={app.view()} ui={app.ui} />, root);
  };
  // Several changes are drawn once, when the next frame is due.
  const redraw = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  };
  app.store.subscribe(redraw);
  (app as { redraw?: () => void }).redraw = redraw;
  draw();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  performance.mark("ready");
  document.documentElement.dataset["ready"] = "1";
}

function makeApp(pack: Pack): App {
  const initial = initialState(pack);
  const chosen = fromHash(pack, location.hash, initial);
  const store = createStore({ ...chosen, ...storedDecisions(pack), ...storedSetting(pack) });
  const engine = engineOf(pack);
  const maker = new ViewMaker(pack, engine);
  let made: { state: State; version: number; view: ReturnType<ViewMaker["make"]> } | null = null;
  const problem = missingFrom(pack, location.hash, initial);
  let ui: Ui = { ...firstUi, unsaved: storedAreSaved(pack) ? 0 : store.state.decisions.size + store.state.names.size, problem };
  const app: App & { redraw?: () => void } = {
    pack,
    store,
    engine,
    history: tie(pack, store, initial, () => {
      app.setUi({ problem: missingFrom(pack, app.history.hash, initial) });
      revealFocus(app);
    }, contentScroll),
    view() {
      const { version } = engine;
      if (made?.state !== store.state || made.version !== version) made = { state: store.state, version, view: maker.make(store.state) };
      return made.view;
    },
    bridge: null,
    picture: null,
    get ui() {
      return ui;
    },
    setUi(change) {
      ui = { ...ui, ...change };
      app.redraw?.();
    },
  };
  if (pack.header.widget) app.bridge = connect(app, pack.header.widget, initial);
  const ready = new Promise<void>((done) => {
    const look = () => (document.documentElement.dataset["ready"] ? done() : void setTimeout(look, 5));
    look();
  });
  Object.assign(window, {
    hummgraph: {
      ready,
      state: () => store.state,
      set: (change: Partial<State>) => {
        const { focus } = change;
        const page = change.page ?? (focus ? pageFor(pack, store.state.page, focus) : store.state.page);
        const wholly = focus && page === "tables" ? changeFor(pack, { ...store.state, ...change }, focus) : {};
        store.set({ page, ...wholly, ...change });
        app.picture?.show(app.view());
        if (focus) revealFocus(app);
      },
      view: () => app.view(),
      labels: () => Array.from(app.view().clusters.labels),
      clustersAt: (threshold: number) => {
        const { status } = app.view();
        return Array.from(engine.at(threshold, status, status !== pack.status, app.view().setting).labels);
      },
      decide: (id: string, status: string, asked = "chosen") => {
        const link = pack.linkOfId(id);
        if (link < 0) throw new Error(`There is no link ${id}.`);
        const code = pack.header.statuses.indexOf(status);
        if (status !== "" && code < 0) throw new Error(`There is no status ${status}.`);
        decideLink(app, link, status === "" ? null : code, "", asked);
        app.picture?.show(app.view());
      },
      review: (options: QueueOptions = {}) => {
        const { clusters, status, setting, state } = app.view();
        return new ReviewQueue({ pack, clusters, status, setting, decisions: state.decisions }, options);
      },
      crosswalk: () => new Crosswalk(app.view()),
      search: (query: string, most: number) => search(pack, app.view().clusters, query, most),
      entities: () => entitiesOf(pack),
      changes: () => changesOf(pack),
      get picture() {
        return app.picture;
      },
    },
  });
  return app;
}

begin().catch((error: unknown) => {
  const root = document.getElementById("app") as HTMLElement;
  const message = error instanceof Error ? error.message : String(error);
  const old = typeof DecompressionStream === "undefined";
  root.textContent = old
    ? "This page needs a newer browser: Chrome 103, Firefox 113, Safari 16.4, or later ones."
    : `This page could not be read: ${message}`;
  root.className = "failed";
});
