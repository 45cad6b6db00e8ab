// What Start shows on request: a list of tables, and the line that joins two of them.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import { compareText } from "../model/pack";
import { tableParts } from "../model/holdings";
import { askedName, joinLines } from "../model/start";
import { openers } from "./start-openers";

export type Shown = { kind: "tables"; title: string; note: string; tables: readonly number[] } | { kind: "join" };

export interface Dialog {
  readonly shown: Shown | null;
  show(shown: Shown | null): void;
}

export function useDialog(): Dialog {
  const [shown, show] = useState<Shown | null>(null);
  return { shown, show };
}

export function Dialogs({ app, dialog: { shown, show } }: { app: App; dialog: Dialog }): JSX.Element | null {
  if (!shown) return null;
  const close = () => show(null);
  if (shown.kind === "join") return <JoinDialog app={app} close={close} />;
  return <TablesDialog key={shown.title} app={app} shown={shown} close={close} />;
}

function Frame({ title, close, children }: { title: string; close: () => void; children: JSX.Element | JSX.Element[] }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="start-dialog"
      aria-labelledby="start-dialog-title"
      onClose={close}
      // Keys of the page mean nothing here.
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="inside">
        <div class="dialog-head">
          <h2 id="start-dialog-title" class="section-title">{title}</h2>
          <button type="button" class="icon" aria-label="Close" title="Close (Esc)" onClick={() => dialog.current?.close()}>{"\u00d7"}</button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

const MAX_TABLES = 200;

function TablesDialog({ app, shown, close }: { app: App; shown: Extract<Shown, { kind: "tables" }>; close: () => void }): JSX.Element {
  const { pack } = app;
  const [query, setQuery] = useState("");
  const words = query.toLowerCase().split(/[\s_./]+/).filter(Boolean);
  const sorted = useMemo(
    () => shown.tables.map((table) => [table, pack.path(table)] as const).sort(([, x], [, y]) => compareText(x, y)).map(([table]) => table),
    [pack, shown],
  );
  const found = sorted.filter((table) => {
    const path = words.length ? pack.path(table).toLowerCase() : "";
    return words.every((word) => path.includes(word));
  });
  const open = openers(app);
  return (
    <Frame title={shown.title} close={close}>
      <p class="secondary">{shown.note}</p>
      {shown.tables.length > 12 ? (
        <input type="search" autoFocus aria-label="Find one of these tables" placeholder="Find one of these tables" value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
      ) : <></>}
      <ul class="tables-listed" tabIndex={-1}>
        {found.slice(0, MAX_TABLES).map((table) => {
          const { name, schema } = tableParts(pack, table);
          const links = pack.linksOf(table).length;
          return (
            <li key={table}>
              <button type="button" title={pack.marked(table)} onClick={() => { close(); open.place(table); }}>
                <Badge pack={pack} system={pack.system[table]} />
                <span class="own"><bdi>{breakable(name)}</bdi>{pack.mark(table)} {schema && <span class="schema"><bdi>{schema}</bdi></span>}</span>
                <span class="value">{links ? counted(links, "link") : "no link"}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <p class="secondary" role="status">
        {!found.length ? "No table here is called so. Clear the search to see all."
          : found.length > MAX_TABLES ? `The first ${MAX_TABLES} of ${number(found.length)}. Search to find the others.`
          : `${counted(found.length, "table")}; each opens on the map.`}
      </p>
    </Frame>
  );
}

function JoinDialog({ app, close }: { app: App; close: () => void }): JSX.Element {
  const { pack } = app;
  const [ends, setEnds] = useState<readonly [string, string]>(["", ""]);
  const names = useMemo(() => {
    const found = new Map<string, number>();
    for (let table = pack.first[1]; table < pack.first[2]; table += 1) found.set(pack.path(table), table);
    return found;
  }, [pack]);
  const tables = ends.map((end) => names.get(end.trim()) ?? -1);
  const [one, other] = tables.map((table, at) => (table < 0 ? ["SYSTEM/TABLE", "OTHER/TABLE"][at] : askedName(pack, table)));
  const lines = joinLines(one, other);
  const unknown = ends.filter((end, at) => end.trim() && tables[at] < 0);
  return (
    <Frame title="Join two tables" close={close}>
      <p class="secondary">This page does not search for joins. Choose two tables, and run one of these lines: it finds the ways to join them, with their SQL.</p>
      <div class="join-ends">
        {["First table", "Second table"].map((label, at) => (
          <label key={label}>
            {label}
            <input
              list="start-tables"
              autoFocus={at === 0}
              autocomplete="off"
              placeholder="system/table"
              value={ends[at]}
              onInput={({ currentTarget: { value } }) => setEnds(at ? [ends[0], value] : [value, ends[1]])}
            />
          </label>
        ))}
        <datalist id="start-tables">
          {[...names.keys()].map((name) => <option key={name} value={name} />)}
        </datalist>
      </div>
      <p class="secondary" role="status">{unknown.length ? `No table is called \u201c${unknown[0].trim()}\u201d. Names are written as system/table.` : "\u00a0"}</p>
      <Line app={app} label="Command line" text={lines.shell} note="SNAPSHOT is the file that this page was made of." />
      <Line app={app} label="Python" text={lines.python} note="" />
    </Frame>
  );
}

/** A line to be copied. */
function Line({ app, label, text, note }: { app: App; label: string; text: string; note: string }): JSX.Element {
  const [said, setSaid] = useState("");
  const code = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
      app.setUi({ announcement: `${label}: copied.` });
    } catch {
      // A page in a frame may have no clipboard.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setSaid("Selected: copy by key");
    }
  };
  return (
    <div class="start-copy">
      <h3>{label}</h3>
      <div>
        <code ref={code} tabIndex={0} role="textbox" aria-readonly="true" aria-label={`${label}: line to copy`}>{text}</code>
        <button type="button" onClick={() => void copy()}>{said || "Copy"}<span class="visually-hidden"> the line for {label}</span></button>
      </div>
      {note && <p class="secondary">{note}</p>}
    </div>
  );
}
