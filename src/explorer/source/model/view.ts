// Everything that is shown, computed from the pack and the reader's choices.
//
// A part is computed again only if something that it depends on has changed: sliding the threshold
// cuts the tree and filters the links, and leaves the rest alone.

import { contradictions, engineOf, type ClusterEngine } from "./clusters";
import type { Pack } from "./pack";
import { overlay } from "./decide";
import { passing } from "./filters";
import { seenBy, type Unfocused } from "./paths";
import { filterScores } from "./policy";
import { scored } from "./scores";
import type { Setting } from "./setting";
import type { View } from "./types";
import { givenNames, type Given } from "./names";
import type { State } from "../state/state";

export class ViewMaker {
  private readonly status: (decisions: State["decisions"]) => Uint8Array;
  private readonly score: (
    weight: Float64Array,
    calibrated: Float64Array | null,
    floor: number | null,
  ) => Float64Array;
  private readonly filtered: (
    threshold: number,
    statuses: State["hiddenStatuses"],
    types: State["hiddenTypes"],
    systems: State["hiddenSystems"],
    status: Uint8Array,
    score: Float64Array,
  ) => { passes: Uint8Array; nPassing: number };
  private readonly clusters: (
    threshold: number,
    status: Uint8Array,
    setting: Setting,
    given: Given,
    version: number,
  ) => View["clusters"];
  private readonly given: (names: State["names"]) => Given;
  private readonly contradictions: (
    clusters: View["clusters"],
    status: Uint8Array,
  ) => View["contradictions"];
  private readonly seen: (
    focus: State["focus"],
    passes: Uint8Array,
    weight: Float64Array,
    clusters: View["clusters"] | null,
  ) => View["seen"];
  private view: Unfocused | null = null;

  constructor(
    private readonly pack: Pack,
    private readonly engine: ClusterEngine = engineOf(pack),
  ) {
    let decided = pack.status;
    this.status = keepLatest((decisions) => {
      const next = overlay(pack, decisions);
      // A note on a decision changes nothing that is shown.
      if (!areEqual(next, decided)) decided = next;
      return decided;
    });
    this.score = keepLatest((weight, calibrated, floor) =>
      filterScores(pack, weight, calibrated, floor),
    );
    this.filtered = keepLatest(
      (threshold, hiddenStatuses, hiddenTypes, hiddenSystems, status, score) => {
        const filters = { threshold, hiddenStatuses, hiddenTypes, hiddenSystems };
        const passes = passing(pack, filters, status, score);
        let nPassing = 0;
        for (const passed of passes) nPassing += passed;
        return { passes, nPassing };
      },
    );
    this.given = keepLatest((names) => givenNames(pack, names));
    this.clusters = keepLatest((threshold, status, setting, given) => {
      engine.name(given);
      return engine.at(threshold, status, status !== pack.status, setting);
    });
    this.contradictions = keepLatest((clusters, status) => contradictions(pack, clusters, status));
    this.seen = keepLatest((focus) => seenBy(this.view!, focus));
  }

  make(state: State): View {
    const { pack } = this;
    const status = this.status(state.decisions);
    const setting = state.setting ?? pack.clustering.setting;
    const { weight, calibrated } = scored(pack, status, setting);
    const score = this.score(weight, calibrated, setting.floor);
    const { passes, nPassing } = this.filtered(
      state.threshold,
      state.hiddenStatuses,
      state.hiddenTypes,
      state.hiddenSystems,
      status,
      score,
    );
    const clusters = this.clusters(state.threshold, status, setting, this.given(state.names), this.engine.version);
    this.view = {
      pack,
      state,
      status,
      weight,
      setting,
      calibrated,
      score,
      passes,
      nPassing,
      clusters,
      contradictions: this.contradictions(clusters, status),
    };
    const looksAtCluster = state.focus?.kind === "cluster";
    // A lineage is searched by its own page.
    const seen = this.seen(state.page === "lineage" ? null : state.focus, passes, weight, looksAtCluster ? clusters : null);
    return { ...this.view, seen };
  }
}

function areEqual(x: Uint8Array, y: Uint8Array): boolean {
  for (let index = 0; index < x.length; index += 1) {
    if (x[index] !== y[index]) return false;
  }
  return true;
}

/** Return a function that keeps its latest result while its arguments stay the same. */
function keepLatest<A extends unknown[], R>(make: (...parts: A) => R): (...parts: A) => R {
  let asked: A | null = null;
  let answer: R;
  return (...parts) => {
    if (asked === null || parts.some((part, index) => !Object.is(part, asked![index]))) {
      answer = make(...parts);
      asked = parts;
    }
    return answer;
  };
}
