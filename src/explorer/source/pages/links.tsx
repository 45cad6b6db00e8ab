// All links.

import type { JSX } from "preact";
import type { Props } from "../app/props";

export function Links({ view }: Props): JSX.Element {
  return <h2>{view.pack.header.title}</h2>;
}
