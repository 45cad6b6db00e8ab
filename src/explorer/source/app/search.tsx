// Finding a system, a table or a column by its name.

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Data } from "../model/data";
import { lookNear } from "./app";
import type { Props } from "./page";
import { counted, number, Swatch, systemColour } from "./parts";

const SHOWN = 50;

export function Search({ app, view }: Props): JSX.Element {
  const { data } = view;
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [next, setNext] = useState(0);
  const text = view.state.search;
  const matches = useMemo(() => found(data, text), [data, text]);
  const list = useRef<HTMLUListElement>(null);
  const take = (index: number) => {
    const node = matches[index];
    if (node === undefined) return;
    setAt(index);
    // Pressed again, Enter goes to the next one.
    setNext((index + 1) % matches.length);
    lookNear(app, node);
    app.setUi({ said: `${index + 1} of ${matches.length}: ${data.path(node)}` });
  };
  const move = (index: number) => {
    const wrapped = (index + matches.length) % Math.max(matches.length, 1);
    setAt(wrapped);
    setNext(wrapped);
    list.current?.children[Math.min(wrapped, SHOWN)]?.scrollIntoView({ block: "nearest" });
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") move(at + (open ? 1 : 0));
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter") take(next);
    else if (event.key === "Escape" && open) {
      setOpen(false);
      event.stopPropagation();
      event.preventDefault();
      return;
    } else return;
    setOpen(true);
    event.preventDefault();
  };
  const shown = open && text.trim() !== "";
  const active = shown && matches.length ? `match-${Math.min(at, SHOWN - 1)}` : undefined;
  return (
    <div class="search" role="search">
      <input
        id="search"
        type="search"
        role="combobox"
        placeholder="Find a system, table or column   /"
        aria-label="Find a system, table or column"
        aria-expanded={shown}
        aria-controls="matches"
        aria-autocomplete="list"
        {...(active ? { "aria-activedescendant": active } : {})}
        autocomplete="off"
        value={text}
        onInput={(event) => {
          app.store.set({ search: event.currentTarget.value });
          setAt(0);
          setNext(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={key}
      />
      <ul id="matches" role="listbox" aria-label="Matches" ref={list} hidden={!shown}>
        {shown &&
          matches.slice(0, SHOWN).map((node, index) => (
            <li
              key={node}
              id={`match-${index}`}
              role="option"
              aria-selected={index === at}
              // The field keeps the keyboard while a match is clicked.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(index)}
            >
              <Swatch colour={systemColour(data.system[node])} />
              <span class="path">{data.path(node)}</span>
              <span class="value">{number(data.linksOf(node).length)}</span>
            </li>
          ))}
        {shown && !matches.length && <li class="note" role="option" aria-selected={false} aria-disabled="true">Nothing is called so.</li>}
        {shown && matches.length > SHOWN && (
          <li class="note" role="option" aria-selected={false} aria-disabled="true">
            shown {SHOWN} of {counted(matches.length, "match").replace("matchs", "matches")}
          </li>
        )}
      </ul>
    </div>
  );
}

/** Nodes whose path has every word of a text: what begins with it first, then what has links. */
export function found(data: Data, text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const paths = lowerPaths(data);
  const hits: { node: number; rank: number }[] = [];
  for (let node = 0; node < data.nNodes; node += 1) {
    if (!words.every((word) => paths[node].includes(word))) continue;
    const name = data.name[node].toLowerCase();
    const whole = words.join(" ");
    const place = data.level(node) === 2 ? `${data.name[data.table[node]] ?? ""}.${name}`.toLowerCase() : paths[node];
    const rank =
      name === whole || place === whole || paths[node] === whole ? 0
      : name.startsWith(whole) || place.startsWith(whole) ? 1
      : words.every((word) => name.includes(word)) ? 2
      : 3;
    hits.push({ node, rank: rank + (data.linksOf(node).length ? 0 : 4) });
  }
  return hits.sort((a, b) => a.rank - b.rank || a.node - b.node).map(({ node }) => node);
}

const known = new WeakMap<Data, string[]>();

function lowerPaths(data: Data): string[] {
  let paths = known.get(data);
  if (!paths) {
    paths = Array.from({ length: data.nNodes }, (_, node) => data.path(node).toLowerCase());
    known.set(data, paths);
  }
  return paths;
}
