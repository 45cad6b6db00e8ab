// What holds a concept, and where it splits, as sentences.

import { holdingOf, type History } from "./history-of";
import type { Pack } from "./pack";
import { fieldsCounted, fieldsName, nodesListed, type Sentence } from "./sentence";
import { counted, lowered, loweredPart, grouped, partsListed, scoreText } from "./words";

export function holdingWords(pack: Pack, history: History, threshold: number): Sentence {
  const { members } = history;
  const { size, approved, lowest, highest, splitsOff } = holdingOf(history);
  const fields = fieldsName(pack);
  if (lowest === null) {
    const held = size === 2 ? `Both ${fields} are held by an approval` : `All ${fieldsCounted(pack, size)} are held by approvals`;
    return [{ strong: held }, " and stay together at any setting."];
  }
  if (threshold > lowest) {
    return ["Joined from ", loweredPart(threshold), `, the ${fieldsCounted(pack, size)} fall into ${partsListed(partsAt(history, threshold))}.`];
  }
  const at = { strong: scoreText(lowest) };
  const off = splitsOff.map((place) => members[place]);
  const verb = off.length === 1 ? "splits" : "split";
  if (size === 2) return [`No approval holds it. The two ${fields} join at `, at, ": above that, they are not one concept."];
  const above: Sentence = [`above ${scoreText(lowest)}, `, ...nodesListed(off), ` ${verb} off.`];
  const range = highest !== null && scoreText(highest) !== scoreText(lowest) ? [{ strong: scoreText(highest) }, " down to ", at] : [at];
  if (approved.length === 0) return [`No approval holds it. Its ${fieldsCounted(pack, size)} join at `, ...range, ": ", ...above];
  if (approved.length > 1) {
    const held = approved.reduce((sum, n) => sum + n, 0);
    return [
      { strong: `${fieldsCounted(pack, held)} are held by approvals` },
      `, in ${grouped(approved.length)} groups that stay together at any setting. These${held < size ? ` and the other ${grouped(size - held)}` : ""} join at `,
      ...range, ": ", ...above,
    ];
  }
  const left = size - approved[0];
  const by = approved[0] === 2 ? "an approval" : "approvals";
  const begin: Sentence = [{ strong: `${fieldsCounted(pack, approved[0])} are held by ${by}` }, " and stay together at any setting. "];
  const others = left === 1 ? "The other one joins at " : `The other ${grouped(left)} join at `;
  if (off.length === left) return [...begin, others, ...range, `: above ${left === 1 || range.length === 1 ? "that" : scoreText(lowest)}, ${left === 1 ? "it splits" : "they split"} off.`];
  return [...begin, others, ...range, ": ", ...above];
}

/** Numbers of members of the parts at a threshold, the largest first. */
export function partsAt({ members, joins }: History, threshold: number): number[] {
  const n = members.length;
  const size = new Map<number, number>(Array.from(members, (_, at) => [at, 1]));
  joins.forEach(({ height, parts, sizes }, at) => {
    if (height !== null && height < threshold) return;
    for (const part of parts) size.delete(part);
    size.set(n + at, sizes[0] + sizes[1]);
  });
  return [...size.values()].sort((x, y) => y - x);
}

/** Up to which setting it stays as it is, for the region beside the handle. */
export function regionWords(history: History): string {
  const { lowest } = holdingOf(history);
  if (lowest === null) return "It does not split at any setting.";
  // Rounded up it would not be true.
  const text = Number(scoreText(lowest)) === lowest ? scoreText(lowest) : lowered(lowest);
  return `It stays whole up to ${text}, and splits above.`;
}

/** How many joins of approvals and of scores there are, for those who do not see the picture. */
export function joinsCounted({ joins }: History): string {
  const approved = joins.filter(({ height }) => height === null).length;
  return `${counted(approved, "join")} by approvals, ${counted(joins.length - approved, "join")} by scores.`;
}
