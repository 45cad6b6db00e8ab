// Small parts of a review.

import type { JSX } from "preact";
import type { Part } from "../model/words";

/** A sentence with its emphasis. */
export function Parts({ of }: { of: readonly Part[] }): JSX.Element {
  return <span>{of.map((part, at) => (typeof part === "string" ? part : <b key={at}>{part.strong}</b>))}</span>;
}

export function Meter({ share }: { share: number }): JSX.Element {
  return <span class="meter" aria-hidden="true"><span style={{ width: `${share * 100}%` }} /></span>;
}
