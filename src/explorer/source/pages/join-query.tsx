// The query of a way, to copy, and what is to be known before it is run.

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { openLink, type App } from "../app/app";
import { copyText, CopyLine } from "../app/copy-line";
import { Icon, Key } from "../app/icons";
import { usePrinted } from "../app/media";
import { counted } from "../app/parts";
import { askedName, columnsIn, holds, joinLines, joinsOf, notesOf, sqlOf, sqlParts, type JoinPair, type JoinWay } from "../model/joins";
import type { View } from "../model/types";

const SHOWN = 3; // columns of a folded list

/** The dialect that the reader chose last, kept while other pages are open; "" for standard SQL, null for none. */
let chosen: string | null = null;

export function Query({ app, view, way, pair }: { app: App; view: View; way: JoinWay; pair: JoinPair }): JSX.Element {
  const { pack } = view;
  const { dialects, dialect } = joinsOf(pack);
  const [name, setName] = useState(chosen ?? dialect);
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState("");
  const printed = usePrinted();
  const code = useRef<HTMLElement>(null);
  const at = Math.max(0, dialects?.findIndex(([one]) => one === name) ?? 0);
  const text = useMemo(() => sqlOf(pack, way, at), [pack, way, at]);
  const lines = useMemo(() => text.split("\n"), [text]);
  const names = [askedName(pack, pair.ends[0]), askedName(pack, pair.ends[1])] as const;
  const again = joinLines(names[0], names[1], pair.keys);
  if (dialects === null) {
    return (
      <section aria-labelledby="join-sql">
        <h2 id="join-sql" class="section-title">SQL</h2>
        <p>This page was written without sqlglot, which writes the queries. Install it, and write the page again:</p>
        <CopyLine app={app} name="Terminal" text="pip install 'hummgraph[sql]'" />
      </section>
    );
  }
  if (!text || !holds(view, way)) {
    return (
      <section aria-labelledby="join-sql">
        <h2 id="join-sql" class="section-title">SQL</h2>
        <p>There is no query: a step of this way does not count{way.confidence === null ? "" : " any more"}. Save your decisions, and ask Python for the ways anew:</p>
        <CopyLine app={app} name="Python" text={again.python} />
        <CopyLine app={app} name="Command line" text={again.shell} note="SNAPSHOT is the file that this page was made of." />
      </section>
    );
  }
  const folded = open || printed ? null : columnsIn(lines);
  const hidden = folded ? folded.n - SHOWN : 0;
  const begin = folded ? folded.first + SHOWN : lines.length;
  return (
    <section class="join-sql" aria-labelledby="join-sql">
      <div class="join-sql-head">
        <h2 id="join-sql" class="section-title">SQL</h2>
        <select aria-label="Dialect" value={name} onChange={({ currentTarget: { value } }) => { chosen = value; setName(value); }}>
          {dialects.map(([one, said]) => <option key={one} value={one}>{said}</option>)}
        </select>
        <button type="button" class="primary" aria-keyshortcuts="Y" onClick={() => void copyText(app, text, code.current).then((done) => setCopied(done ? text : ""))}>
          {copied === text ? "Copied" : "Copy"} <Key>Y</Key>
        </button>
      </div>
      <pre class="join-code" tabIndex={0} role="region" aria-label="Query">
        <code ref={code}>
          <Lines lines={lines.slice(0, begin)} />
          {hidden > 0 && <button type="button" class="link join-unfold" onClick={() => setOpen(true)}>{counted(hidden, "more column")}{"\u2026"}</button>}
          {hidden > 0 && "\n"}
          {folded && <Lines lines={lines.slice(folded.first + folded.n)} />}
        </code>
      </pre>
    </section>
  );
}

function Lines({ lines }: { lines: readonly string[] }): JSX.Element {
  return (
    <>
      {lines.map((line, at) => (
        <span key={at}>
          {sqlParts(line).map(([kind, text], index) => (kind === "plain" ? text : <span key={index} class={`join-${kind}`}>{text}</span>))}
          {"\n"}
        </span>
      ))}
    </>
  );
}

export function Before({ app, view, way, turned }: { app: App; view: View; way: JoinWay; turned: boolean }): JSX.Element {
  const notes = notesOf(view, way, turned);
  return (
    <section class="join-before" aria-labelledby="join-before">
      <h2 id="join-before" class="section-title">Before you run it</h2>
      <ul>
        {notes.map(({ sign, text, review }, at) => (
          <li key={at}>
            {sign ? <Icon sign={sign === "declared" ? "approved" : sign} /> : <span />}
            <span>
              {text}{" "}
              <span class="join-review">
                {review.length === 1 && <button type="button" class="link strong" onClick={() => openLink(app, review[0])}>Review it</button>}
                {review.length > 1 && <>Review {review.map((link, index) => (
                  <span key={link}>{index > 0 && ", "}<button type="button" class="link strong" title={`${view.pack.marked(view.pack.source[link])} = ${view.pack.marked(view.pack.target[link])}`} onClick={() => openLink(app, link)}><span class="visually-hidden">link </span>{index + 1}</button></span>
                ))}</>}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
