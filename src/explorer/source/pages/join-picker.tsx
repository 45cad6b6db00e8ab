// A table to join: a button with its name, or a field in which one is searched.

import { Fragment, type JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import { readyWith } from "../model/joins";
import { compareText, type Pack } from "../model/pack";
import { prepareSearch } from "../model/search";
import { tablesNamed, twoTables } from "../model/two-named";
import type { Clustering } from "../model/types";

const MOST = 60; // tables that are listed at once
const PREPARE_DELAY = 30; // milliseconds: the open list is drawn first

interface Props {
  app: App;
  label: string;
  /** The table; -1 while none is chosen. */
  value: number;
  other: number;
  /** Whether the keyboard begins here. */
  first: boolean;
  choose(table: number): void;
  /** Take two tables that were named in one text, in that order. */
  chooseBoth(one: number, other: number): void;
}

export function Picker({ app, label, value, other, first, choose, chooseBoth }: Props): JSX.Element {
  const { pack } = app;
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const id = label.toLowerCase().replace(" ", "-");
  const types = value < 0 || open;
  const { clusters } = app.view();
  const found = useMemo(() => (types && open ? tablesFor(pack, clusters, query, other) : NONE), [pack, clusters, query, other, open]);
  const options = optionsOf(found);
  const mark = Math.min(at, options.length - 1);
  // The first key should not have to wait for the index.
  useEffect(() => {
    if (!open) return undefined;
    const waiting = setTimeout(() => prepareSearch(pack, clusters), PREPARE_DELAY);
    return () => clearTimeout(waiting);
  }, [open, clusters]);
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
  const take = (option: Option) => {
    close();
    if (typeof option !== "number") chooseBoth(...option);
    else if (option !== value) choose(option);
  };
  const key = (event: KeyboardEvent) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) setOpen(true);
      else if (options.length) setAt((mark + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    } else if (event.key === "Enter" && event.currentTarget instanceof HTMLInputElement) {
      // Who types quickly presses Enter before the list is drawn.
      const { value: text } = event.currentTarget;
      const option = open && text === query ? options[mark] : text.trim() ? optionsOf(tablesFor(pack, clusters, text, other))[0] : undefined;
      if (option !== undefined) take(option);
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
          aria-expanded={open && options.length > 0}
          aria-autocomplete="list"
          {...(open && options.length ? { "aria-controls": `${id}-list`, "aria-activedescendant": optionId(mark) } : {})}
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
            {saidOf(found)}
          </p>
          {options.length > 0 && (
            <div role="listbox" id={`${id}-list`} aria-label={label} tabIndex={-1}>
              {options.map((option, index) => {
                const tables = typeof option === "number" ? [option] : option;
                const ways = typeof option === "number" ? found.ready.get(option) : undefined;
                return (
                  <div key={tables.join()} class={`join-option${tables.length > 1 ? " is-two" : ""}`} role="option" id={optionId(index)} aria-selected={index === mark} onClick={() => take(option)}>
                    {tables.map((table, side) => (
                      <Fragment key={table}>
                        {side > 0 && <span class="secondary">and</span>}
                        <Badge pack={pack} system={pack.system[table]} named />
                        <span class="join-place"><span class="join-system">{pack.name[pack.system[table]] ?? "?"}</span> <b class="join-own"><bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</b></span>
                      </Fragment>
                    ))}
                    {ways !== undefined && <span class="pill is-accent">{counted(ways, "way")} here</span>}
                  </div>
                );
              })}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

interface Found {
  readonly tables: readonly number[];
  /** How many tables there are, of which those are the first. */
  readonly n: number;
  /** Two tables that the text names, which fill both sides. */
  readonly two: readonly [number, number] | null;
  /** What was asked, as it is spelled here; null if it is spelled so. */
  readonly corrected: string | null;
  /** Number of ways that the page has to a table. */
  readonly ready: ReadonlyMap<number, number>;
}

/** A table, or one for each side. */
type Option = number | readonly [number, number];

const NONE: Found = { tables: [], n: 0, two: null, corrected: null, ready: new Map() };

const optionsOf = ({ tables, two }: Found): Option[] => [...(two ? [two] : []), ...tables];

function saidOf({ tables, n, two, corrected }: Found): string {
  if (two) return "Two tables, one for each side";
  if (!tables.length) return "No table is called so. Type words of its name, or of both tables.";
  if (n > tables.length) return `The first ${MOST} of ${number(n)}: type a name, or the names of both tables.`;
  if (corrected !== null) return `Nothing is called so. For \u201c${corrected}\u201d: ${counted(n, "table")}`;
  return n === MOST ? `The first ${MOST}: type more of the name.` : counted(n, "table");
}

const sorted = new WeakMap<Pack, readonly number[]>();

/** Tables by their path. */
function inOrder(pack: Pack): readonly number[] {
  let all = sorted.get(pack);
  if (!all) {
    const paths: [string, number][] = [];
    for (let table = pack.first[1]; table < pack.first[2]; table += 1) paths.push([pack.marked(table).toLowerCase(), table]);
    all = paths.sort(([x], [y]) => compareText(x, y)).map(([, table]) => table);
    sorted.set(pack, all);
  }
  return all;
}

/** Tables as the search ranks them; for no text all, those with ways first. */
function tablesFor(pack: Pack, clusters: Clustering, text: string, other: number): Found {
  const ready = other >= 0 ? readyWith(pack, other) : NONE.ready;
  if (!text.trim()) {
    const all = inOrder(pack).filter((table) => table !== other);
    const tables = [...all.filter((table) => ready.has(table)), ...all.filter((table) => !ready.has(table))];
    return { ...NONE, tables: tables.slice(0, MOST), n: tables.length, ready };
  }
  const two = twoTables(pack, clusters, text);
  if (two) return { ...NONE, two, ready };
  const found = tablesNamed(pack, clusters, text, MOST);
  const tables = found.tables.filter((table) => table !== other);
  return { ...NONE, tables, n: tables.length, corrected: found.corrected, ready };
}
