// What Start shows on request: a list of tables.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import { compareText } from "../model/pack";
import { tableParts } from "../model/holdings";
import { openers } from "./start-openers";

export type Shown = { kind: "tables"; title: string; note: string; tables: readonly number[] };

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

function TablesDialog({ app, shown, close }: { app: App; shown: Shown; close: () => void }): JSX.Element {
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
          : `${counted(found.length, "table")}; each opens its fields.`}
      </p>
    </Frame>
  );
}
