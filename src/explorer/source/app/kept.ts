// What outlives a reload of the page: decisions and names, and the setting that was made of them.

import { decidedBy } from "../model/calibrate";
import { isAsked, isShare, nameLine, readDecisionsFile } from "../model/journal";
import type { Pack } from "../model/pack";
import type { DecidedBy, Setting } from "../model/setting";
import type { Decision, State } from "../state/state";

export const storageKey = (pack: Pack) =>
  `hummgraph:${pack.header.title}:${pack.nLinks}:${pack.nLinks ? pack.linkId(0) + pack.linkId(pack.nLinks - 1) : ""}`;

/** Keep decisions for a reload, and whether they are certainly in a file. */
export function storeDecisions(pack: Pack, { decisions, names }: Pick<State, "decisions" | "names">, isSaved: boolean): void {
  try {
    sessionStorage.setItem(`${storageKey(pack)}:saved`, isSaved ? "1" : "");
    const rows = [...decisions].map(([link, { status, at, note, ...more }]) => [pack.linkId(link), status, at, note, more]);
    const lines = [...names].map(([id, name]) => nameLine(id, name));
    sessionStorage.setItem(storageKey(pack), JSON.stringify([...rows, ...lines]));
  } catch {
    // A frame may have no storage: then decisions last as long as the page.
  }
}

/** Whether the decisions from before the page was loaded again are in a file. */
export function storedAreSaved(pack: Pack): boolean {
  try {
    return sessionStorage.getItem(`${storageKey(pack)}:saved`) === "1";
  } catch {
    return false;
  }
}

/** Return the decisions and names that were made before the page was loaded again. */
export function storedDecisions(pack: Pack): Pick<State, "decisions" | "names"> {
  const decisions = new Map<number, Decision>();
  let names: State["names"] = new Map();
  try {
    const rows = JSON.parse(sessionStorage.getItem(storageKey(pack)) ?? "[]") as unknown[];
    for (const row of rows) {
      if (typeof row === "string") continue;
      const [id, status, at, note, more] = row as unknown[];
      const link = typeof id === "string" ? pack.linkOfId(id) : -1;
      // Other pages may write here too: skip what cannot be a decision of this page.
      const known = typeof status === "number" && pack.statuses[status] !== undefined;
      if (link < 0 || !known || !Number.isFinite(at) || typeof note !== "string") continue;
      decisions.set(link, { status, at: at as number, note, ...moreOf(more) });
    }
    const lines = rows.filter((row): row is string => typeof row === "string");
    if (lines.length > 0) names = readDecisionsFile(pack, lines.join("")).names;
  } catch {
    // No storage, or not ours: begin without.
  }
  return { decisions, names };
}

function moreOf(stored: unknown): Partial<Decision> {
  const { who, asked, confidence } = (stored ?? {}) as Record<string, unknown>;
  return {
    ...(typeof who === "string" ? { who } : {}),
    ...(isAsked(asked) ? { asked } : {}),
    ...(isShare(confidence) ? { confidence } : {}),
  };
}

// --- a setting outlives it, too ------------------------------------------------------------------

type Recalibration = Pick<State, "setting" | "calibratedBy">;

const NOTHING: Recalibration = { setting: null, calibratedBy: null };
const UNDECIDED = -1;

const settingKey = (pack: Pack): string => `${storageKey(pack)}:setting`;

/** Keep the setting that a reader made of decisions; null for that of the pack. */
export function storeSetting(pack: Pack, { setting, calibratedBy }: Recalibration): void {
  try {
    if (!setting || !calibratedBy) {
      sessionStorage.removeItem(settingKey(pack));
      return;
    }
    const { weights, floor, n_approved, n_rejected } = setting;
    const own = decidedBy(pack, pack.status);
    const differing = [...calibratedBy].filter(([link, status]) => own.get(link) !== status);
    const gone = [...own.keys()].filter((link) => !calibratedBy.has(link)).map((link): [number, number] => [link, UNDECIDED]);
    const by = [...differing, ...gone].map(([link, status]) => [pack.linkId(link), status]);
    sessionStorage.setItem(settingKey(pack), JSON.stringify({ weights, floor, n_approved, n_rejected, by }));
  } catch {
    // A frame may have no storage: then a setting lasts as long as the page.
  }
}

/** Return the setting that was made before the page was loaded again. */
export function storedSetting(pack: Pack): Recalibration {
  try {
    const { weights, floor, n_approved, n_rejected, by } = JSON.parse(sessionStorage.getItem(settingKey(pack)) ?? "{}") as Record<string, unknown>;
    const isPair = Array.isArray(weights) && weights.length === 2 && weights.every(Number.isFinite);
    // Other pages may write here too: what cannot be a setting of this page is none.
    if (!isPair || !isShare(floor) || !isCount(n_approved) || !isCount(n_rejected) || !Array.isArray(by)) return NOTHING;
    const calibratedBy = new Map<number, number>(decidedBy(pack, pack.status));
    for (const row of by as unknown[]) {
      const [id, status] = Array.isArray(row) ? (row as unknown[]) : [];
      const link = typeof id === "string" ? pack.linkOfId(id) : -1;
      if (link < 0 || typeof status !== "number") return NOTHING;
      if (status === UNDECIDED) calibratedBy.delete(link);
      else if (pack.statuses[status] === undefined) return NOTHING;
      else calibratedBy.set(link, status);
    }
    const known: DecidedBy = calibratedBy;
    const setting: Setting = { ...pack.clustering.setting, weights: weights as [number, number], floor, n_approved, n_rejected };
    return { setting, calibratedBy: known };
  } catch {
    return NOTHING;
  }
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;
