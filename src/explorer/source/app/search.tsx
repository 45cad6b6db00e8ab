// The search for a system, table or column by name.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Pack } from "../model/pack";
import { lookNear } from "./app";
import { breakable, number, Swatch, systemColour } from "./parts";
import type { Props } from "./props";
import { lowerPaths } from "./rows";

const PAGE_SIZE = 50;

export function Search({ app, view }: Props): JSX.Element {
  const { pack } = view;
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [next, setNext] = useState(0);
  // After the reader goes to a match, the list makes room for the picture.
  const [taken, setTaken] = useState(false);
  const text = view.state.search;
  const matches = useMemo(() => findNodes(pack, text), [pack, text]);
  const list = useRef<HTMLUListElement>(null);
  const take = (index: number) => {
    // A reader who types quickly presses Enter before the list is drawn.
    const { search } = app.store.state;
    const current = search === text ? matches : findNodes(pack, search);
    const node = current[index];
    if (node === undefined) return;
    setAt(index);
    setTaken(true);
    // Enter again goes to the next match.
    setNext((index + 1) % current.length);
    lookNear(app, node);
    app.setUi({ announcement: `${index + 1} of ${current.length}: ${pack.marked(node)}` });
  };
  const move = (index: number) => {
    const wrapped = (index + matches.length) % Math.max(matches.length, 1);
    setAt(wrapped);
    setNext(wrapped);
    setTaken(false);
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
  const active = shown && matches.length ? `match-${at}` : undefined;
  const begin = Math.floor(at / PAGE_SIZE) * PAGE_SIZE;
  useLayoutEffect(() => {
    if (shown) list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, taken, shown]);
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
        // The text in the store, not in the view: the view lacks what was typed since it was drawn.
        value={app.store.state.search}
        onInput={(event) => {
          app.store.set({ search: event.currentTarget.value });
          setAt(0);
          setNext(0);
          setTaken(false);
          setOpen(true);
        }}
        onFocus={() => {
          setTaken(false);
          setOpen(true);
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={key}
      />
      <ul id="matches" role="listbox" aria-label="Matches" class={taken ? "taken" : ""} ref={list} hidden={!shown}>
        {shown &&
          matches.slice(begin, begin + PAGE_SIZE).map((node, index) => (
            <li
              key={node}
              id={`match-${begin + index}`}
              role="option"
              aria-selected={begin + index === at}
              aria-posinset={begin + index + 1}
              aria-setsize={matches.length}
              // The field keeps the focus while a match is clicked.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(begin + index)}
            >
              <Swatch colour={systemColour(pack.system[node])} />
              <span class="path">{breakable(pack.marked(node))}</span>
              <span class="value">{number(pack.linksOf(node).length)}</span>
            </li>
          ))}
        {shown && !matches.length && <li class="note" role="option" aria-selected={false} aria-disabled="true">Nothing has this in its name.</li>}
        {shown && matches.length > PAGE_SIZE && (
          <li class="note" role="option" aria-selected={false} aria-disabled="true">
            shown {number(begin + 1)}{"\u2013"}{number(Math.min(begin + PAGE_SIZE, matches.length))} of {number(matches.length)} matches
          </li>
        )}
      </ul>
    </div>
  );
}

/** Find nodes whose paths have every word of a text: linked and living nodes first, then the best matches. */
export function findNodes(pack: Pack, text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const paths = lowerPaths(pack);
  const hits: { node: number; rank: number }[] = [];
  for (let node = 0; node < pack.nNodes; node += 1) {
    if (!words.every((word) => paths[node].includes(word))) continue;
    const name = pack.name[node].toLowerCase();
    const whole = words.join(" ");
    const place = pack.level(node) === 2 ? `${pack.name[pack.table[node]] ?? ""}.${name}`.toLowerCase() : paths[node];
    const exact = pack.name[node] === text.trim() || pack.path(node).endsWith(`/${text.trim()}`);
    const rank =
      exact ? -1
      : name === whole || place === whole || paths[node] === whole ? 0
      : name.startsWith(whole) || place.startsWith(whole) ? 1
      : words.every((word) => name.includes(word)) ? 2
      : 3;
    hits.push({ node, rank: rank + (pack.linksOf(node).length && !pack.deleted[node] ? 0 : 4) });
  }
  return hits.sort((a, b) => a.rank - b.rank || pack.deleted[a.node] - pack.deleted[b.node] || a.node - b.node).map(({ node }) => node);
}
