// Messages between a page in a notebook and Python, and what of them is believed.
//
// Each has the token of its widget, and a kind and shape that are known; all else is ignored. The page
// speaks with the widget's own script in the notebook, and that with Python, which checks again.

/** Decisions and a threshold, of which Python is asked for the clusters. */
export interface World {
  readonly threshold: number;
  readonly decisions: readonly (readonly [linkId: string, status: string])[];
}

/** What is told of a page: what is open and chosen, and a journal of its decisions. */
export interface Told {
  readonly threshold: number;
  readonly page: string;
  readonly focus: string;
  readonly journal: string;
}

export type FromPage =
  | { readonly kind: "ready" }
  /** The present state; `followed` is the number of Python's last message that it has followed. */
  | ({ readonly kind: "state"; readonly seq: number; readonly followed: number } & Told)
  | { readonly kind: "question"; readonly n: number; readonly worlds: readonly World[] }
  /** The whole page is wanted in a window of its own. */
  | { readonly kind: "full" };

/** What a page is to change. */
export interface Wish {
  readonly threshold?: number;
  readonly journal?: string;
  /** What to open, as an address of the page. */
  readonly address?: string;
}

export type ToPage =
  /** What Python wishes. */
  | { readonly kind: "told"; readonly n: number; readonly set: Wish }
  /** What another page of the same widget did. */
  | { readonly kind: "follow"; readonly set: Wish }
  /** Python has the state with a number. */
  | { readonly kind: "got"; readonly seq: number }
  | { readonly kind: "answer"; readonly n: number; readonly labels: readonly Int32Array[]; readonly problem: string }
  /** The browser opened no window. */
  | { readonly kind: "blocked" };

const MAX_TEXT = 400;
const MAX_JOURNAL = 200_000_000;
const MAX_WORLDS = 64;
const MAX_DECISIONS = 1_000_000;

type Members = Readonly<Record<string, unknown>>;

/** Write a message, with the token by which it is believed. */
export function sealed<M extends { readonly kind: string }>(token: string, message: M): M & { token: string } {
  return { ...message, token };
}

export function readFromPage(data: unknown, token: string): FromPage | null {
  if (!isOurs(data, token)) return null;
  switch (data["kind"]) {
    case "ready":
    case "full":
      return { kind: data["kind"] };
    case "state": {
      const { seq, followed, threshold, page, focus, journal } = data;
      const known = isCount(seq) && isCount(followed) && isShare(threshold) && isShort(page) && isShort(focus) && isJournal(journal);
      return known ? { kind: "state", seq, followed, threshold, page, focus, journal } : null;
    }
    case "question": {
      const { n, worlds } = data;
      const known = isCount(n) && Array.isArray(worlds) && worlds.length > 0 && worlds.length <= MAX_WORLDS && worlds.every(isWorld);
      return known ? { kind: "question", n, worlds } : null;
    }
    default:
      return null;
  }
}

export function readToPage(data: unknown, token: string): ToPage | null {
  if (!isOurs(data, token)) return null;
  switch (data["kind"]) {
    case "told":
    case "follow": {
      const set = readWish(data["set"]);
      if (!set) return null;
      if (data["kind"] === "follow") return { kind: "follow", set };
      return isCount(data["n"]) ? { kind: "told", n: data["n"], set } : null;
    }
    case "got":
      return isCount(data["seq"]) ? { kind: "got", seq: data["seq"] } : null;
    case "answer": {
      const { n, labels, problem } = data;
      const known = isCount(n) && Array.isArray(labels) && labels.length <= MAX_WORLDS && labels.every((one) => one instanceof Int32Array) && isShort(problem);
      return known ? { kind: "answer", n, labels, problem } : null;
    }
    case "blocked":
      return { kind: "blocked" };
    default:
      return null;
  }
}

function readWish(value: unknown): Wish | null {
  if (!isObject(value)) return null;
  const { threshold, journal, address, ...others } = value;
  const known =
    Object.keys(others).length === 0 &&
    (threshold === undefined || isShare(threshold)) &&
    (journal === undefined || isJournal(journal)) &&
    (address === undefined || isShort(address));
  if (!known) return null;
  return {
    ...(threshold === undefined ? {} : { threshold }),
    ...(journal === undefined ? {} : { journal }),
    ...(address === undefined ? {} : { address }),
  };
}

/** Whether a message has the token; without a token nothing is believed. */
function isOurs(data: unknown, token: string): data is Members {
  return isObject(data) && token !== "" && data["token"] === token;
}

function isWorld(value: unknown): value is World {
  if (!isObject(value) || !isShare(value["threshold"])) return false;
  const { decisions } = value;
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(isShort);
  return Array.isArray(decisions) && decisions.length <= MAX_DECISIONS && decisions.every(isPair);
}

const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isShare = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1;
const isShort = (value: unknown): value is string => typeof value === "string" && value.length <= MAX_TEXT;
const isJournal = (value: unknown): value is string => typeof value === "string" && value.length <= MAX_JOURNAL;
