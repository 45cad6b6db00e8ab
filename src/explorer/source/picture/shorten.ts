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
  const wide = new Set<string>();
  /** Texts that stand for a name, and cannot stand for another. */
  const taken = new Set<string>();
  for (const name of names) (width(name) > room ? wide : taken).add(name);
  if (!wide.size) return shown;
  // A name whose middle alone can go is easiest to read: if no other one is left with the same text.
  const plain = new Map<string, string[]>();
  for (const name of wide) {
    const { text } = longest([...name].length, cuts([...name], 0)[0], room, width);
    const same = plain.get(text);
    if (same) same.push(name);
    else plain.set(text, [name]);
  }
  for (const [text, [name, ...others]] of plain) {
    if (others.length || taken.has(text)) continue;
    shown.set(name, text);
    taken.add(text);
  }
  const sorted = [...new Set(names)].sort();
  const split = sorted.map((name) => [...name]);
  sorted.forEach((name, index) => {
    if (!wide.has(name) || shown.has(name)) return;
    const characters = split[index];
    const differs = Math.max(
      sharedStart(characters, split[index - 1]),
      sharedStart(characters, split[index + 1]),
    );
    let chosen: string | null = null;
    let first: string | null = null;
    for (const cut of cuts(characters, differs)) {
      const { text, tells } = longest(characters.length, cut, room, width);
      first ??= text;
      if (taken.has(text)) continue;
      if (chosen === null || tells) chosen = text;
      if (tells) break;
    }
    const text = chosen ?? first ?? "";
    taken.add(text);
    shown.set(name, text);
  });
  return shown;
}

interface Cut {
  /** The text that has so many characters of the name. */
  text(n: number): string;
  /** Whether that has the character in which the name differs. */
  tells(n: number): boolean;
}

/** Ways to cut a name, the most readable first. */
function cuts(characters: readonly string[], differs: number): Cut[] {
  const n = characters.length;
  const slice = (from: number, to = n) => characters.slice(from, to).join("");
  const middle = (share: number): Cut => {
    const tail = (kept: number) => Math.floor(kept * share);
    return {
      text: (kept) => slice(0, kept - tail(kept)) + CUT + slice(n - tail(kept)),
      tells: (kept) => differs < kept - tail(kept) || differs >= n - tail(kept),
    };
  };
  const from = Math.max(0, Math.min(differs, n - 1) - CONTEXT);
  const around = (head: number): Cut => ({
    text: (kept) => {
      const end = Math.min(n, from + Math.max(1, kept - head));
      return slice(0, Math.min(head, from)) + (from > 0 ? CUT : "") + slice(from, end) + (end < n ? CUT : "");
    },
    tells: (kept) => from + Math.max(1, kept - head) > Math.min(differs, n - 1),
  });
  return [middle(0.5), middle(0.75), around(2), around(1), around(0), middle(0)];
}

/** The longest text of a cut that has room, and whether it tells the name apart. */
function longest(
  n: number,
  cut: Cut,
  room: number,
  width: (text: string) => number,
): { text: string; tells: boolean } {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const kept = (low + high + 1) >> 1;
    if (width(cut.text(kept)) <= room) low = kept;
    else high = kept - 1;
  }
  return { text: low ? cut.text(low) : CUT, tells: low > 0 && cut.tells(low) };
}

function sharedStart(one: readonly string[], other: readonly string[] | undefined): number {
  if (!other) return 0;
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}
