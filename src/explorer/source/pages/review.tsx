// What to review next.

import type { JSX } from "preact";
import type { Props } from "../app/props";

export function Review({ view }: Props): JSX.Element {
  return <h2>{view.pack.header.title}</h2>;
}
