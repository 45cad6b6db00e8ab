// Going back: through the browser's history, and without one.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { initialState } from "../source/state/hash";
import { tie } from "../source/state/history";
import { createStore, type Focus } from "../source/state/state";
import { node, organisation } from "./linked";

const pack = organisation([["crm/contact.mail", "shop/user.mail", 0.5]]);
const near = (hops: number): Focus => ({ kind: "near", node: node(pack, "crm/contact"), hops });

/** As much of a browser as a history needs. */
class Browser {
  readonly entries: { state: unknown; href: string }[];
  at = 0;
  refuses = false;
  popped: ((event: { state: unknown }) => void)[] = [];
  readonly location: { href: string; protocol: string; hash: string };

  constructor(href: string) {
    this.entries = [{ state: null, href }];
    const { entries } = this;
    const here = () => new URL(entries[this.at].href);
    this.location = {
      get href() {
        return here().href;
      },
      get protocol() {
        return here().protocol;
      },
      get hash() {
        return here().hash;
      },
    };
    const write = (state: unknown, href: string, from: number) => {
      if (this.refuses) throw new Error("too often");
      entries.splice(from, entries.length, { state, href });
      this.at = from;
    };
    const { popped } = this;
    Object.assign(globalThis, {
      location: this.location,
      window: {
        setTimeout,
        addEventListener: (_: string, listener: (event: { state: unknown }) => void) => popped.push(listener),
      },
      history: {
        replaceState: (state: unknown, _: string, href: string) => write(state, href, this.at),
        pushState: (state: unknown, _: string, href: string) => write(state, href, this.at + 1),
        back: () => setTimeout(() => this.go(-1)),
      },
    });
  }

  go(steps: number): void {
    this.at += steps;
    assert.ok(this.at >= 0, "left the page");
    for (const listener of this.popped) listener({ state: this.entries[this.at].state });
  }
}

const settled = (milliseconds = 5) => new Promise((done) => setTimeout(done, milliseconds));

let told = 0;
beforeEach(() => {
  told = 0;
});

function page(href: string) {
  const browser = new Browser(href);
  const store = createStore(initialState(pack));
  const history = tie(pack, store, store.state, () => {
    told += 1;
  });
  return { browser, store, history };
}

test("focus goes into the history, and comes out of it", async () => {
  const { browser, store, history } = page("file:///a.html");
  assert.equal(history.back(), false);
  store.set({ focus: near(1) }, "push");
  store.set({ focus: near(2) }, "push");
  assert.equal(browser.entries.length, 3);
  assert.ok(browser.location.href.endsWith(`#${history.hash}`));
  assert.equal(history.back(), true);
  await settled();
  assert.deepEqual([store.state.focus, told], [near(1), 1]);
  browser.go(1);
  assert.deepEqual(store.state.focus, near(2));
  browser.go(-2);
  assert.deepEqual([store.state.focus, history.canGoBack], [null, false]);
  assert.equal(browser.location.href, "file:///a.html");
});

test("from what is above no step leads back down, but the browser's own", async () => {
  const { browser, store, history } = page("file:///a.html");
  store.set({ focus: near(1) });
  await settled(220);
  history.up({ focus: null });
  assert.deepEqual([store.state.focus, history.canGoBack, history.back()], [null, false, false]);
  store.set({ focus: near(2) }, "push");
  assert.equal(history.back(), true);
  await settled();
  assert.deepEqual([store.state.focus, history.back()], [null, false]);
  browser.go(-1);
  assert.deepEqual([store.state.focus, history.canGoBack], [near(1), false]);
});

test("quick steps back never leave the page", async () => {
  const { browser, store, history } = page("file:///a.html");
  store.set({ focus: near(1) }, "push");
  history.back();
  history.back();
  history.back();
  await settled(20);
  assert.deepEqual([browser.at, store.state.focus], [0, null]);
});

test("filters stay with the entry in which they were set, decisions with the page", async () => {
  const { browser, store, history } = page("file:///a.html");
  store.set({ threshold: 0.4 });
  store.set({ threshold: 0.5 });
  store.set({ focus: near(1) }, "push");
  assert.match(browser.entries[0].href, /#t=0.5$/);
  const decisions = new Map([[0, { status: 1, at: 0, note: "" }]]);
  const names = new Map([["n", { name: "person email", at: 0 }]]);
  store.set({ threshold: 0.9, decisions, names });
  history.back();
  await settled();
  assert.deepEqual([store.state.threshold, store.state.focus, store.state.decisions], [0.5, null, decisions]);
  assert.equal(store.state.names, names);
});

test("the address is written once a slider rests", async () => {
  const { browser, store } = page("file:///a.html");
  store.set({ threshold: 0.4 });
  assert.equal(browser.location.hash, "");
  await settled(220);
  assert.equal(browser.location.hash, "#t=0.4");
});

test("a frame without an address has a history of its own", () => {
  const { browser, store, history } = page("about:srcdoc");
  store.set({ threshold: 0.5 });
  store.set({ focus: near(1) }, "push");
  store.set({ focus: near(2) }, "push");
  assert.equal(browser.entries.length, 1);
  assert.equal(history.back(), true);
  assert.deepEqual(store.state.focus, near(1));
  assert.equal(history.back(), true);
  assert.deepEqual([store.state.focus, store.state.threshold, told], [null, 0.5, 2]);
  assert.equal(history.back(), false);
});

test("when the browser refuses to write, the page keeps its own history", () => {
  const { browser, store, history } = page("file:///a.html");
  store.set({ focus: near(1) }, "push");
  browser.refuses = true;
  store.set({ focus: near(2) }, "push");
  assert.equal(history.back(), true);
  assert.deepEqual(store.state.focus, near(1));
  assert.equal(history.back(), true);
  assert.equal(store.state.focus, null);
});

test("the content is scrolled again as far as it was", async () => {
  const browser = new Browser("file:///a.html");
  const store = createStore(initialState(pack));
  let top = 0;
  const restored: number[] = [];
  const scroll = { read: () => top, restore: (to: number) => void restored.push(to) };
  const history = tie(pack, store, store.state, () => {}, scroll);
  top = 70;
  store.set({ focus: near(1) }, "push");
  top = 5;
  store.set({ focus: near(2) }, "push");
  top = 30;
  history.back();
  await settled();
  browser.go(-1);
  browser.go(2);
  assert.deepEqual(restored, [5, 70, 30]);
  // What lay ahead is gone when another place is opened.
  browser.go(-2);
  store.set({ focus: near(3) }, "push");
  browser.go(-1);
  assert.equal(restored.at(-1), 30);
});
