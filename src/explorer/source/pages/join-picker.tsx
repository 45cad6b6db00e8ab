// A table to join: a button with its name, or a field in which one is searched.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import { readyWith } from "../model/joins";
import { compareText, type Pack } from "../model/pack";

const MOST = 60; // tables that are listed at once

interface Props {
  app: App;
  label: string;
  /** The table; -1 while none is chosen. */
  value: number;
  other: number;
  /** Whether the keyboard begins here. */
  first: boolean;
  choose(table: number): void;
}

export function Picker({ app, label, value, other, first, choose }: Props): JSX.Element {
  const { pack } = app;
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const id = label.toLowerCase().replace(" ", "-");
  const types = value < 0 || open;
  const found = useMemo(() => (types && open ? tablesFor(pack, query, other) : NONE), [pack, query, other, open]);
  const listed = found.tables.slice(0, MOST);
  const mark = Math.min(at, listed.length - 1);
  useLayoutEffect(() => {
    if (open) box.current?.querySelector("input")?.focus();
  }, [open]);
  useEffect(() => {
    if (open) box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [mark, open]);
  const close = () => {
    setOpen(false);
    setQuery("");
    setAt(0);
    if (value >= 0) requestAnimationFrame(() => box.current?.querySelector("button")?.focus());
  };
  const take = (table: number) => {
    close();
    if (table !== value) choose(table);
  };
  const key = (event: KeyboardEvent) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) setOpen(true);
      else if (listed.length) setAt((mark + (event.key === "ArrowDown" ? 1 : -1) + listed.length) % listed.length);
    } else if (event.key === "Enter" && event.currentTarget instanceof HTMLInputElement) {
      // Who types quickly presses Enter before the list is drawn.
      const { value: text } = event.currentTarget;
      const table = open && text === query ? listed[mark] : text.trim() ? tablesFor(pack, text, other).tables[0] : undefined;
      if (table !== undefined) take(table);
    } else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const optionId = (index: number) => `${id}-${index}`;
  return (
    <div
      class={`join-picker${open ? " is-open" : ""}`}
      ref={box}
      onFocusOut={({ target, relatedTarget }) => {
        // The button leaves the page when the field comes: that closes nothing.
        if (open && target instanceof HTMLInputElement && !(relatedTarget instanceof Node && box.current?.contains(relatedTarget))) setOpen(false);
      }}
    >
      {types ? (
        <input
          type="search"
          role="combobox"
          aria-label={label}
          aria-expanded={open && listed.length > 0}
          aria-autocomplete="list"
          {...(open && listed.length ? { "aria-controls": `${id}-list`, "aria-activedescendant": optionId(mark) } : {})}
          {...(first ? { "data-first": "" } : {})}
          autocomplete="off"
          spellcheck={false}
          placeholder={value >= 0 ? pack.marked(value) : `${label}\u2026`}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
            setOpen(true);
          }}
          onMouseDown={() => setOpen(true)}
          onKeyDown={key}
        />
      ) : (
        <button type="button" class="join-chosen" aria-haspopup="listbox" aria-label={`${label}: ${pack.marked(value)}. Choose another`} title={pack.marked(value)} onClick={() => setOpen(true)}>
          <Badge pack={pack} system={pack.system[value]} named />
          <span class="join-system">{pack.name[pack.system[value]] ?? "?"}</span>
          <b class="join-own"><bdi>{breakable(pack.tableName(value))}</bdi>{pack.mark(value)}</b>
          <span aria-hidden="true">{"\u25be"}</span>
        </button>
      )}
      {open && (
        <div class="join-list" onMouseDown={(event) => event.preventDefault()}>
          <p class="secondary" role="status">
            {!found.tables.length ? "No table is called so. Names are written as system/table."
              : found.tables.length > MOST ? `The first ${MOST} of ${number(found.tables.length)}: type more of the name.`
              : counted(found.tables.length, "table")}
          </p>
          {listed.length > 0 && (
            <div role="listbox" id={`${id}-list`} aria-label={label} tabIndex={-1}>
              {listed.map((table, index) => (
                <div key={table} class="join-option" role="option" id={optionId(index)} aria-selected={index === mark} onClick={() => take(table)}>
                  <Badge pack={pack} system={pack.system[table]} named />
                  <span class="join-place"><span class="join-system">{pack.name[pack.system[table]] ?? "?"}</span> <b class="join-own"><bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</b></span>
                  {found.ready.has(table) && <span class="pill is-accent">{counted(found.ready.get(table) ?? 0, "way")} here</span>}
                </div>
              ))}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

interface Found {
  readonly tables: readonly number[];
  /** Number of ways that the page has to a table. */
  readonly ready: ReadonlyMap<number, number>;
}

const NONE: Found = { tables: [], ready: new Map() };
const paths = new WeakMap<Pack, readonly (readonly [path: string, table: number])[]>();

/** Tables whose path has all words of a text: those with ways first, then by path. */
function tablesFor(pack: Pack, text: string, other: number): Found {
  let all = paths.get(pack);
  if (!all) {
    const made: [string, number][] = [];
    for (let table = pack.first[1]; table < pack.first[2]; table += 1) made.push([pack.marked(table).toLowerCase(), table]);
    all = made.sort(([x], [y]) => compareText(x, y));
    paths.set(pack, all);
  }
  const words = text.toLowerCase().split(/[\s/]+/).filter(Boolean);
  const tables = all.filter(([path, table]) => table !== other && words.every((word) => path.includes(word))).map(([, table]) => table);
  const ready = other >= 0 ? readyWith(pack, other) : NONE.ready;
  return { tables: [...tables.filter((table) => ready.has(table)), ...tables.filter((table) => !ready.has(table))], ready };
}
