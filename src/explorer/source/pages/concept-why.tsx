// Why two fields are one concept or not: two of its members, or one and any other field.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { openLink, openOnMap, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { search } from "../model/search";
import { twoNamed } from "../model/two-named";
import { evidenceInShort } from "../model/evidence-sentences";
import { whyShort, type WayStep } from "../model/why-short";
import type { View } from "../model/types";
import { counted, quoted } from "../model/words";
import { Score } from "./concept-links";
import { Field, Said } from "./concept-parts";

const MAX_FOUND = 8;
const MAX_MEMBERS = 8; // that are listed before the others are asked for

/** A question; a field of -1 is still to be found. */
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
  const card = useRef<HTMLElement>(null);
  const box = useRef<HTMLInputElement>(null);
  // Before the next key, which may be the first letter of a name.
  useLayoutEffect(() => {
    const isHalf = a < 0 || b < 0;
    (isHalf ? box.current : title.current)?.focus({ preventScroll: true });
    // An answer is read from its beginning; where that is in sight, nothing moves.
    const { top } = card.current!.getBoundingClientRect();
    const head = document.querySelector("#content")!.getBoundingClientRect().top;
    if (top < head || top > innerHeight / 2) card.current!.scrollIntoView({ block: "start" });
  }, [a, b]);
  const told = useMemo(() => (a < 0 || b < 0 ? null : whyShort(view, a, b)), [view.clusters, view.status, view.passes, a, b]);
  const together = b >= 0 && view.clusters.labels[a] >= 0 && view.clusters.labels[a] === view.clusters.labels[b];
  return (
    <section class="card why-card" aria-label="Why" ref={card}>
      <div class="row">
        <h2 class="section-title" ref={title} tabIndex={-1}>{a < 0 ? "Why are two together, or not?" : b < 0 ? "Why is it with\u2026" : together ? "Why they are together" : "Why they are apart"}</h2>
        <span class="gap" />
        <button type="button" class="icon" aria-label="Close this answer" onClick={close}>{"\u00d7"}</button>
      </div>
      {a >= 0 && (
        <p class="chosen">
          <Field pack={pack} node={a} />
          {b >= 0 && <> <span class="secondary">and</span> <Field pack={pack} node={b} /></>}
        </p>
      )}
      <Choose
        key={`${a} ${b}`}
        view={view}
        label={a < 0 ? "The first field, or both" : b < 0 ? "The other field" : "Another one instead"}
        not={[a, b]}
        members={b < 0 ? members : []}
        box={box}
        choose={(node) => (a < 0 ? ask({ a: node, b: -1 }) : ask({ a, b: node }))}
        chooseBoth={(one, other) => ask({ a: one, b: other })}
      />
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
      {way.map(({ link, to, counts, isWeakest }) => (
        <li key={link}>
          <button type="button" class="link-line" onClick={() => openLink(app, link)}>
            <Icon sign={signOf(status[link])} says={pack.statuses[status[link]].toLowerCase()} />
            <span class="evidence-line">{evidenceInShort(pack.evidence(link)) || "no evidence given"}</span>
            {isWeakest && <span class="pill">weakest</span>}
            <Score view={view} link={link} counts={counts} />
          </button>
          <Field pack={pack} node={to} />
        </li>
      ))}
    </ol>
  );
}

/** A field: a member, or any that is found by its words; or two that are named together. */
function Choose({ view, label, not, members, box, choose, chooseBoth }: {
  view: View;
  label: string;
  not: readonly number[];
  members: readonly number[];
  box: { current: HTMLInputElement | null };
  choose: (node: number) => void;
  chooseBoth: (one: number, other: number) => void;
}): JSX.Element {
  const { pack, clusters } = view;
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const level = pack.clustering.level;
  const isFree = (node: number): boolean => !not.includes(node) && pack.level(node) === level;
  const others = useMemo(() => members.filter(isFree), [members.join(), not.join()]);
  const concept = not[0] < 0 ? -1 : clusters.labels[not[0]];
  const ofConcept = useMemo(() => new Set(concept < 0 ? members : clusters.members(concept)), [members.join(), clusters, concept]);
  const find = (typed: string): [number[], readonly [number, number] | null] => {
    if (!typed.trim()) return [[], null];
    const { places } = search(pack, clusters, typed, MAX_FOUND + not.length, { level, within: true, first: ofConcept });
    const found = places.map(({ node }) => node).filter(isFree).slice(0, MAX_FOUND);
    return [found, found.length ? null : twoNamed(pack, typed)];
  };
  const [matches, two] = useMemo(() => find(text), [text, clusters, not.join()]);
  const listed = text.trim() ? matches : all ? others : others.slice(0, MAX_MEMBERS);
  /** A reader who types quickly presses Enter before what is found is drawn. */
  const enter = (typed: string): boolean => {
    const [found, both] = typed === text ? [matches, two] : find(typed);
    if (both) chooseBoth(...both);
    else if (found.length) choose(found[0]);
    return both !== null || found.length > 0;
  };
  return (
    <div class="choose">
      <input
        ref={box}
        type="search"
        aria-label={label}
        placeholder={label}
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && enter(event.currentTarget.value)) event.preventDefault();
        }}
      />
      {two && (
        <ul class="field-choices" aria-label="Two fields found">
          <li>
            <button type="button" class="link" onClick={() => chooseBoth(...two)}>
              <Field pack={pack} node={two[0]} /> <span class="secondary">and</span> <Field pack={pack} node={two[1]} />
            </button>
          </li>
        </ul>
      )}
      {listed.length > 0 && (
        <ul class="field-choices" aria-label={text.trim() ? "Fields found" : "Fields of the concept"}>
          {listed.map((node) => (
            <li key={node}>
              <button type="button" class="link" onClick={() => choose(node)}><Field pack={pack} node={node} /></button>
            </li>
          ))}
          {!text.trim() && listed.length < others.length && (
            <li><button type="button" class="link act" onClick={() => setAll(true)}>{counted(others.length - listed.length, "more field")}</button></li>
          )}
        </ul>
      )}
      {text.trim() && !matches.length && !two && <p class="secondary" role="status">No other field is called {quoted(text)}. Try fewer words.</p>}
    </div>
  );
}
