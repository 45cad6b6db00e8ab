// What outlives a reload of the page.

import assert from "node:assert/strict";
import test from "node:test";
import { decide, firstUi, recalibrate, undo, type App } from "../source/app/app";
import { storageKey, storedDecisions, storedSetting } from "../source/app/kept";
import { APPROVED, REJECTED } from "../source/generated";
import { engineOf } from "../source/model/clusters";
import type { Pack } from "../source/model/pack";
import { ViewMaker } from "../source/model/view";
import { createStore } from "../source/state/state";
import { organisation, state } from "./organisation";

const kept = new Map<string, string>();
Object.assign(globalThis, {
  sessionStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  },
});

function made(): Pack {
  return organisation({
    links: [
      ["crm/contacts.email", "shop/customers.email", 0.9],
      ["crm/contacts.phone", "shop/customers.phone", 0.8],
      ["shop/customers.city", "crm/contacts.city", 0.5, APPROVED],
      ["desk/users.phone", "crm/contacts.phone", 0.3, REJECTED],
    ],
    joins: [],
  });
}

/** The page as it is when it is loaded, again or for the first time. */
function loaded(pack: Pack): App {
  const store = createStore({ ...state(), page: "review", ...storedDecisions(pack), ...storedSetting(pack) });
  const engine = engineOf(pack);
  const maker = new ViewMaker(pack, engine);
  let ui = firstUi;
  return {
    pack, store, engine, bridge: null, picture: null,
    history: { back: () => false, up: () => {}, canGoBack: false, hash: "" },
    view: () => maker.make(store.state),
    get ui() {
      return ui;
    },
    setUi(more) {
      ui = { ...ui, ...more };
    },
  };
}

test("a recalibration outlives a reload, and is undone in its turn", () => {
  kept.clear();
  const pack = made();
  const first = loaded(pack);
  assert.equal(first.store.state.setting, null);
  decide(first, 0, REJECTED, "", "random");
  recalibrate(first);
  const { setting, calibratedBy } = first.store.state;
  assert.ok(setting);
  const again = loaded(pack);
  assert.deepEqual([again.store.state.setting, again.store.state.calibratedBy], [setting, calibratedBy]);
  decide(again, 1, APPROVED, "", "random");
  const third = loaded(pack);
  undo(third); // the decision that came after it
  assert.deepEqual([third.store.state.decisions.size, third.store.state.setting], [1, setting]);
  const fourth = loaded(pack);
  undo(fourth);
  assert.deepEqual([fourth.store.state.decisions.size, fourth.store.state.setting], [1, null]);
  assert.match(fourth.ui.done!.said, /recalibration is undone/);
  const last = loaded(pack);
  assert.equal(last.store.state.setting, null);
  undo(last);
  assert.equal(last.store.state.decisions.size, 0);
});

test("what cannot be a setting of this page is none", () => {
  const pack = made();
  const key = `${storageKey(pack)}:setting`;
  const right = { weights: [0, 1], floor: 0.1, n_approved: 1, n_rejected: 1, by: [[pack.linkId(0), APPROVED]] };
  kept.set(key, JSON.stringify(right));
  assert.equal(storedSetting(pack).calibratedBy!.get(0), APPROVED);
  for (const wrong of [{ weights: [1] }, { weights: [0, "1"] }, { floor: 2 }, { floor: null }, { n_approved: -1 }, { n_rejected: 0.5 }, { by: 3 }, { by: [["x", 1]] }, { by: [[pack.linkId(0), 99]] }, { by: [null] }]) {
    kept.set(key, JSON.stringify({ ...right, ...wrong }));
    assert.deepEqual(storedSetting(pack), { setting: null, calibratedBy: null });
  }
  for (const text of ["", "{", "null", "[]", "3"]) {
    kept.set(key, text);
    assert.equal(storedSetting(pack).setting, null);
  }
});
