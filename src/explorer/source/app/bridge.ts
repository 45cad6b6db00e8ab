// A page in a notebook and Python: each follows what the other does.

import { readDecisionsFile } from "../model/journal";
import { answerFor, Remote } from "../model/remote";
import { asksForOther, focusText, fromHash } from "../state/hash";
import type { State } from "../state/state";
import { readToPage, sealed, type FromPage, type Told, type ToPage, type Wish } from "../widget/messages";
import { revealFocus, setDecisions, textOfDecisions, type App, type Bridge } from "./app";
import { reviewOf } from "./review";

const QUIET = 40; // milliseconds without a change, after which Python is told
const PATIENCE = 4000; // milliseconds without a word of Python, after which it counts as silent
const ANSWER_PATIENCE = 60_000; // the same for an answer, which may take a clustering

/** Size below which a page in a notebook has the form of a cell, in pixels. */
const CELL = "(min-width: 801px) and (max-width: 999px), (min-width: 801px) and (max-height: 559px)";

class Notebook implements Bridge {
  private sent: Told | null = null;
  private seq = 0;
  private got = 0;
  private told = 0;
  private acknowledged = 0;
  private sending = 0;
  private expecting = 0;
  private journal: { decisions: State["decisions"]; names: State["names"]; text: string } | null = null;
  private before: State;
  private readonly remote: Remote | null;

  constructor(
    private readonly app: App,
    private readonly token: string,
    private readonly initial: State,
  ) {
    const { pack, store } = app;
    this.before = store.state;
    this.remote = pack.clustering.tree ? null : new Remote(pack, (n, worlds) => this.ask(n, worlds), () => app.setUi({}));
    if (this.remote) answerFor(pack, this.remote);
    window.addEventListener("message", (event) => {
      // In a window of its own the page hears the notebook that opened it.
      if (event.source === null || (event.source !== window.parent && event.source !== window.parent.opener)) return;
      const message = readToPage(event.data, token);
      if (message) this.hear(message);
    });
    const size = matchMedia(CELL);
    const fit = (): void => app.setUi({ compact: size.matches });
    size.addEventListener("change", fit);
    app.setUi({ python: "asked", compact: size.matches });
    store.subscribe(() => this.changed());
    this.post({ kind: "ready" });
    this.due();
  }

  openFull(): void {
    this.post({ kind: "full" });
  }

  // --- to Python -----------------------------------------------------------------------------------

  private post(message: FromPage): void {
    // The notebook's origin is not known here; the message has nothing that it does not have already.
    window.parent.postMessage(sealed(this.token, message), "*");
  }

  private ask(n: number, worlds: Extract<FromPage, { kind: "question" }>["worlds"]): void {
    this.post({ kind: "question", n, worlds });
    setTimeout(() => {
      if (this.app.ui.python !== "here") this.remote?.answered(n, [], "it does not answer.");
    }, PATIENCE);
    setTimeout(() => this.remote?.answered(n, [], "it took longer than a minute."), ANSWER_PATIENCE);
  }

  private changed(): void {
    const { state } = this.app.store;
    const { before } = this;
    this.before = state;
    if (state.threshold !== before.threshold || state.decisions !== before.decisions) this.remote?.forget();
    this.due();
  }

  private due(): void {
    clearTimeout(this.sending);
    this.sending = window.setTimeout(() => this.tell(), QUIET);
  }

  /** What the page shows now. */
  private state(): Told {
    const { app } = this;
    const { pack, store } = app;
    const { threshold, page, decisions, names } = store.state;
    let { focus } = store.state;
    if (page === "review" && !focus) {
      const { link } = reviewOf(app);
      if (link >= 0) focus = { kind: "link", link };
    }
    if (this.journal?.decisions !== decisions || this.journal.names !== names) {
      this.journal = { decisions, names, text: textOfDecisions(app) };
    }
    return { threshold, page, focus: focusText(pack, focus), journal: this.journal.text };
  }

  private tell(): void {
    const now = this.state();
    const { sent } = this;
    const same = sent && now.threshold === sent.threshold && now.page === sent.page && now.focus === sent.focus && now.journal === sent.journal;
    if (same && this.acknowledged === this.told) return;
    this.sent = now;
    this.acknowledged = this.told;
    this.seq += 1;
    this.post({ kind: "state", seq: this.seq, followed: this.told, ...now });
    clearTimeout(this.expecting);
    this.expecting = window.setTimeout(() => {
      if (this.got < this.seq) this.app.setUi({ python: "silent" });
    }, PATIENCE);
  }

  // --- from Python ---------------------------------------------------------------------------------

  private hear(message: ToPage): void {
    const { app } = this;
    switch (message.kind) {
      case "told":
        if (message.n <= this.told) return;
        this.told = message.n;
        this.follow(message.set);
        this.due();
        return;
      case "follow":
        this.follow(message.set);
        this.sent = this.state();
        return;
      case "got":
        if (message.seq > this.got && message.seq <= this.seq) this.got = message.seq;
        if (app.ui.python !== "here") app.setUi({ python: "here" });
        return;
      case "answer":
        app.setUi({ python: "here" });
        this.remote?.answered(message.n, message.labels, message.problem);
        return;
      case "blocked":
        app.setUi({ problem: "The browser opens no window from here. Write the page to a file: hummgraph.write(w.graph, \"page.html\", clusters=w.clusters)." });
    }
  }

  /** Do what is wished, as far as it can be done with what is here. */
  private follow({ threshold, journal, address }: Wish): void {
    const { app } = this;
    const { pack, store } = app;
    if (journal !== undefined && journal !== this.state().journal) {
      try {
        const { decisions, names } = readDecisionsFile(pack, journal);
        setDecisions(app, decisions, names);
      } catch {
        // It is of another graph: all stays as it is.
      }
    }
    if (threshold !== undefined) store.set({ threshold });
    if (address === undefined || asksForOther(pack, address)) return;
    const { theme, decisions, names, setting, calibratedBy, search, threshold: held } = store.state;
    const wanted = fromHash(pack, address, { ...this.initial, page: store.state.page });
    if (address === focusAddress(pack, store.state)) return;
    store.set({ ...wanted, theme, decisions, names, setting, calibratedBy, search, threshold: held }, "push");
    revealFocus(app);
  }
}

function focusAddress(pack: App["pack"], { page, focus }: State): string {
  return `p=${page}&f=${focusText(pack, focus)}`;
}

/** Let a page follow Python, and tell it what happens in the page. */
export function connect(app: App, token: string, initial: State): Bridge {
  return new Notebook(app, token, initial);
}
