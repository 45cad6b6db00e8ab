// Why two fields are one concept or not: two of its members, or one and any other field.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { openLink, openOnMap, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { search } from "../model/search";
import { evidenceInShort } from "../model/evidence-sentences";
import { whyShort, type WayStep } from "../model/why-short";
import type { View } from "../model/types";
import { counted } from "../model/words";
import { Score } from "./concept-links";
import { Field, Said } from "./concept-parts";

const MAX_FOUND = 8;
const MAX_MEMBERS = 200; // of which one is chosen in a list

/** A question; a second field of -1 is still to be found. */
export interface Asked {
  readonly a: number;
  readonly b: number;
}

export function Why({ app, view, asked, members, ask, close }: {
  app: App;
  view: View;
  asked: Asked;
  members: readonly number[];
  ask: (asked: Asked) => void;
  close: () => void;
}): JSX.Element {
  const { pack } = view;
  const { a, b } = asked;
  const title = useRef<HTMLHeadingElement>(null);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const to = b < 0 ? box.current : title.current;
    to?.focus({ preventScroll: true });
    to?.scrollIntoView({ block: "nearest" });
  }, [a, b]);
  const told = useMemo(() => (b < 0 ? null : whyShort(view, a, b)), [view.clusters, view.status, view.passes, a, b]);
  const together = b >= 0 && view.clusters.labels[a] >= 0 && view.clusters.labels[a] === view.clusters.labels[b];
  return (
    <section class="card why-card" aria-label="Why">
      <div class="row">
        <h2 class="section-title" ref={title} tabIndex={-1}>{b < 0 ? "Why not\u2026" : together ? "Why they are together" : "Why they are apart"}</h2>
        <span class="gap" />
        <button type="button" class="icon" aria-label="Close this answer" onClick={close}>{"\u00d7"}</button>
      </div>
      <label class="choose">
        <span class="secondary">One field</span>
        <select value={String(a)} onChange={(event) => ask({ a: Number(event.currentTarget.value), b })}>
          {[...new Set([a, ...members.slice(0, MAX_MEMBERS)])].map((node) => <option key={node} value={String(node)}>{pack.marked(node)}</option>)}
        </select>
      </label>
      <Second view={view} a={a} b={b} box={box} choose={(node) => ask({ a, b: node })} />
      {told && (
        <>
          <p class="answer"><Said pack={pack} sentence={told.answer} /></p>
          {told.way.length > 0 ? <Way app={app} view={view} from={a} way={told.way} /> : a !== b && <p>No chain of links leads from one to the other.</p>}
          {told.deciding.map((sentence, at) => <p key={at}><Said pack={pack} sentence={sentence} /></p>)}
          {a !== b && (
            <details class="why-whole">
              <summary>Everything that is known of it</summary>
              {told.whole.map((sentence, at) => <p key={at} class="secondary"><Said pack={pack} sentence={sentence} /></p>)}
            </details>
          )}
        </>
      )}
      {b >= 0 && a !== b && (
        <button type="button" onClick={() => openOnMap(app, { kind: "path", from: a, to: b })}>Show the way on the map</button>
      )}
    </section>
  );
}

/** The way from one field to the other: each link with its evidence opens where it is reviewed. */
function Way({ app, view, from, way }: { app: App; view: View; from: number; way: readonly WayStep[] }): JSX.Element {
  const { pack, status } = view;
  return (
    <ol class="why-way" aria-label={`The way from one to the other: ${counted(way.length, "link")}`}>
      <li><Field pack={pack} node={from} /></li>
      {way.map(({ link, to, isWeakest }) => (
        <li key={link}>
          <button type="button" class="link-line" onClick={() => openLink(app, link)}>
            <Icon sign={signOf(status[link])} says={pack.statuses[status[link]].toLowerCase()} />
            <span class="evidence-line">{evidenceInShort(pack.evidence(link)) || "no evidence given"}</span>
            {isWeakest && <span class="pill">weakest</span>}
            <Score view={view} link={link} />
          </button>
          <Field pack={pack} node={to} />
        </li>
      ))}
    </ol>
  );
}

/** The other field: a member, or any that is found by its words. */
function Second({ view, a, b, box, choose }: {
  view: View;
  a: number;
  b: number;
  box: { current: HTMLInputElement | null };
  choose: (node: number) => void;
}): JSX.Element {
  const { pack, clusters } = view;
  const [text, setText] = useState("");
  const level = pack.clustering.level;
  const matches = useMemo(() => {
    if (!text.trim()) return [];
    const { places } = search(pack, clusters, text, 3 * MAX_FOUND);
    return places.map(({ node }) => node).filter((node) => node !== a && pack.level(node) === level).slice(0, MAX_FOUND);
  }, [text, clusters, a]);
  return (
    <div class="choose">
      {b >= 0 && <p class="secondary">and <Field pack={pack} node={b} /></p>}
      <input
        ref={box}
        type="search"
        aria-label="Another field"
        placeholder={b < 0 ? "Find another field" : "Another one instead"}
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !matches.length) return;
          choose(matches[0]);
          setText("");
          event.preventDefault();
        }}
      />
      {text.trim() && (
        <ul class="found" aria-label="Fields found">
          {matches.map((node) => (
            <li key={node}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  choose(node);
                  setText("");
                }}
              >
                <Field pack={pack} node={node} />
              </button>
            </li>
          ))}
          {!matches.length && <li class="secondary">Nothing has these words. Try fewer.</li>}
        </ul>
      )}
    </div>
  );
}
