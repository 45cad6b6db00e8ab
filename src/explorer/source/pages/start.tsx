// What is here.

import type { JSX } from "preact";
import type { Props } from "../app/props";

export function Start({ view }: Props): JSX.Element {
  return <h2>{view.pack.header.title}</h2>;
}
