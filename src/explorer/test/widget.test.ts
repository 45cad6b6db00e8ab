// The widget's own script: what it passes on between a page's frame and Python.

import assert from "node:assert/strict";
import { test } from "node:test";
import widget from "../source/widget/widget";

type Listener = (...parts: unknown[]) => void;

/** A notebook with one widget, made of as little as the script uses. */
function notebook(values: Record<string, unknown> = {}) {
  const all: Record<string, unknown> = { _page: "<p>page</p>", _token: "t", _title: "links", _height: 300, _told: {}, _seen: {}, ...values };
  const listeners = new Map<string, Listener[]>();
  const heard = (name: string, ...parts: unknown[]) => (listeners.get(name) ?? []).forEach((listener) => listener(...parts));
  const sent: unknown[] = [];
  let saves = 0;
  const model = {
    get: (name: string) => all[name],
    set: (name: string, value: unknown) => {
      all[name] = value;
      heard(`change:${name}`);
    },
    save_changes: () => void (saves += 1),
    send: (content: unknown) => void sent.push(content),
    on: (name: string, listener: Listener) => void listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    off: (name: string, listener: Listener) => void listeners.set(name, (listeners.get(name) ?? []).filter((one) => one !== listener)),
  };
  const onMessage: Listener[] = [];
  const opened: unknown[] = [];
  const host = {
    addEventListener: (_: string, listener: Listener) => void onMessage.push(listener),
    removeEventListener: (_: string, listener: Listener) => void onMessage.splice(onMessage.indexOf(listener), 1),
    open: (): null => {
      opened.push(null);
      return null;
    },
  };
  Object.assign(globalThis, { window: host });
  const shown = () => {
    const posted: Record<string, unknown>[] = [];
    const frame = {
      style: {}, title: "", srcdoc: "", attributes: {} as Record<string, string>, removed: false,
      contentWindow: { postMessage: (message: Record<string, unknown>) => void posted.push(message) },
      setAttribute(name: string, value: string) {
        this.attributes[name] = value;
      },
      remove() {
        this.removed = true;
      },
    };
    const el = { ownerDocument: { createElement: () => frame }, append: () => {} };
    const end = widget.render({ model, el } as never);
    const say = (data: unknown, source: unknown = frame.contentWindow) => [...onMessage].forEach((listener) => listener({ data, source }));
    return { frame, posted, end, say };
  };
  return { all, model, heard, sent, saves: () => saves, onMessage, opened, shown };
}

const state = { kind: "state", token: "t", seq: 1, followed: 0, threshold: 0.1, page: "start", focus: "", journal: "" };

test("the page is in a frame that can reach nothing", () => {
  const { frame } = notebook().shown();
  assert.deepEqual(frame.attributes, { sandbox: "allow-scripts allow-downloads" });
  assert.deepEqual([frame.srcdoc, frame.title], ["<p>page</p>", "links"]);
});

test("a state goes to Python with the view that it is of", () => {
  const { all, saves, shown } = notebook();
  shown().say(state);
  const { view, kind, ...rest } = all["_seen"] as Record<string, unknown>;
  const { kind: _, ...wanted } = state;
  assert.deepEqual(rest, wanted);
  assert.equal(kind, undefined);
  assert.match(String(view), /^[a-z0-9-]+$/);
  assert.equal(saves(), 1);
});

test("only the window of the frame is heard, with its token, in a known shape", () => {
  const { all, sent, saves, shown } = notebook();
  const { say } = shown();
  say(state, {});
  say({ ...state, token: "another" });
  say({ ...state, threshold: 2 });
  say({ ...state, kind: "anything" });
  say("state");
  assert.deepEqual([all["_seen"], sent, saves()], [{}, [], 0]);
});

test("a question goes to Python, and its answer to the view that asked", () => {
  const { sent, heard, shown } = notebook();
  const [one, other] = [shown(), shown()];
  one.say({ kind: "ready", token: "t" });
  other.say({ kind: "ready", token: "t" });
  one.say({ kind: "question", token: "t", n: 1, worlds: [{ threshold: 0.1, decisions: [] }] });
  const [{ view }] = sent as { view: string }[];
  const numbers = Int32Array.of(0, -1, 0);
  const answer = { kind: "answer", token: "t", view, n: 1, problem: "" };
  heard("msg:custom", { ...answer, token: "another" }, []);
  heard("msg:custom", { ...answer, view: "another" }, []);
  heard("msg:custom", answer, [new DataView(numbers.buffer)]);
  assert.deepEqual(one.posted, [{ kind: "answer", n: 1, labels: [numbers], problem: "", token: "t" }]);
  assert.deepEqual(other.posted, []);
});

test("what Python wishes reaches a page once it is ready, and later ones at once", () => {
  const { model, shown } = notebook({ _told: { token: "t", n: 1, set: { threshold: 0.5 } } });
  const { posted, say } = shown();
  model.set("_told", { token: "t", n: 2, set: { threshold: 0.6 } });
  assert.deepEqual(posted, []);
  say({ kind: "ready", token: "t" });
  model.set("_told", { token: "t", n: 3, set: { threshold: 0.7 } });
  assert.deepEqual(posted.map(({ n }) => n), [2, 3]);
});

test("another view follows what one did, and a new one begins there", () => {
  const { shown } = notebook();
  const [one, other] = [shown(), shown()];
  one.say({ kind: "ready", token: "t" });
  other.say({ kind: "ready", token: "t" });
  one.say({ ...state, threshold: 0.3, page: "review" });
  const followed = { kind: "follow", set: { threshold: 0.3, journal: "", address: "p=review&f=" }, token: "t" };
  assert.deepEqual([one.posted, other.posted], [[], [followed]]);
  const third = shown();
  third.say({ kind: "ready", token: "t" });
  assert.deepEqual(third.posted, [followed]);
});

test("a window that the browser does not open is said", () => {
  const { opened, shown } = notebook();
  const { posted, say } = shown();
  say({ kind: "ready", token: "t" });
  say({ kind: "full", token: "t" });
  assert.equal(opened.length, 1);
  assert.deepEqual(posted, [{ kind: "blocked", token: "t" }]);
});

test("nothing is heard of a view that is gone", () => {
  const { all, heard, model, onMessage, shown } = notebook();
  const { frame, posted, end, say } = shown();
  say({ kind: "ready", token: "t" });
  end();
  say(state);
  model.set("_told", { token: "t", n: 1, set: {} });
  heard("msg:custom", { kind: "got", token: "t", seq: 1 }, []);
  assert.deepEqual([onMessage.length, posted, all["_seen"], frame.removed], [0, [], {}, true]);
});
