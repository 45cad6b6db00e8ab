// Names that have no room, shortened in the middle so that they still differ from each other.

const CUT = "\u2026";
const CONTEXT = 1; // characters shown before the one in which a name differs

/**
 * Shorten the names that are wider than a room.
 *
 * What tells a name apart from those that begin like it stays: of "object_0001" and "object_0002" the end,
 * of "stage_crm_contact_v2" and "stage_erp_contact_v2" the middle. Names that fit are not in the result.
 */
export function shortened(
  names: readonly string[],
  room: number,
  width: (text: string) => number,
): Map<string, string> {
  const shown = new Map<string, string>();
  const sorted = [...new Set(names)].sort();
  /** Texts that stand for a name, and cannot stand for another. */
  const taken = new Set(sorted.filter((name) => width(name) <= room));
  let left = sorted.filter((name) => !taken.has(name));
  if (!left.length) return shown;
  const split = new Map(sorted.map((name) => [name, [...name]]));
  const differs = new Map<string, number>();
  sorted.forEach((name, index) => {
    const [own, before, after] = [index, index - 1, index + 1].map((at) => split.get(sorted[at]) ?? []);
    differs.set(name, Math.max(sharedStart(own, before), sharedStart(own, after)));
  });
  const first = new Map<string, string>();
  const take = (name: string, text: string) => {
    shown.set(name, text);
    taken.add(text);
  };
  // Each way of cutting is for the names of which it leaves a text that no other name has by it.
  for (let way = 0; way < N_WAYS && left.length; way += 1) {
    const byText = new Map<string, string[]>();
    for (const name of left) {
      const characters = split.get(name) as string[];
      const text = longest(characters.length, waysOf(characters, differs.get(name) as number)[way], room, width);
      if (!way) first.set(name, text);
      const same = byText.get(text);
      if (same) same.push(name);
      else byText.set(text, [name]);
    }
    for (const [text, same] of byText) if (same.length === 1 && !taken.has(text)) take(same[0], text);
    left = left.filter((name) => !shown.has(name));
  }
  for (const name of left) take(name, first.get(name) as string);
  return shown;
}

/** A text that has so many characters of a name. */
type Way = (kept: number) => string;

const N_WAYS = 5;

/** Ways to cut a name, the most readable first. */
function waysOf(characters: readonly string[], differs: number): Way[] {
  const n = characters.length;
  const slice = (from: number, to = n) => characters.slice(from, to).join("");
  const middle =
    (share: number): Way =>
    (kept) => {
      const tail = Math.floor(kept * share);
      return slice(0, kept - tail) + CUT + slice(n - tail);
    };
  const from = Math.max(0, Math.min(differs, n - 1) - CONTEXT);
  const around =
    (head: number): Way =>
    (kept) => {
      const end = Math.min(n, from + Math.max(1, kept - head));
      return slice(0, Math.min(head, from)) + (from > 0 ? CUT : "") + slice(from, end) + (end < n ? CUT : "");
    };
  return [middle(0.5), middle(0.75), around(2), around(1), around(0)];
}

/** The longest text of a way that has room. */
function longest(n: number, way: Way, room: number, width: (text: string) => number): string {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const kept = (low + high + 1) >> 1;
    if (width(way(kept)) <= room) low = kept;
    else high = kept - 1;
  }
  return low ? way(low) : CUT;
}

function sharedStart(one: readonly string[], other: readonly string[]): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}
