// All suggestions between the tables of a link: several are decided at once.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { APPROVED, DETERMINISTIC, REJECTED } from "../generated";
import type { App } from "../app/app";
import { Badge, Key } from "../app/icons";
import { breakable, number } from "../app/parts";
import { reviewOf, saidStatus, type Bulk, type Review } from "../app/review";
import { evidenceInShort } from "../model/evidence-sentences";
import type { Pack } from "../model/pack";
import { answerWord, effectTold } from "../model/review/words";
import type { ClusterChange } from "../model/review/effect";
import type { View } from "../model/types";
import { counted, scoreText } from "../model/words";
import { SizesBar, Told } from "./review-effect";
import { Parts } from "./review-parts";

const PAGE = 40; // suggestions that are listed at first, and more at each press

export function Between({ app, view, link }: { app: App; view: View; link: number }): JSX.Element {
  const review = reviewOf(app);
  const { pack } = view;
  const bulk = review.bulk(link);
  const [listed, setListed] = useState(PAGE);
  useEffect(() => setListed(PAGE), [link]);
  // A question that was left is not open any more when one comes back.
  useLayoutEffect(() => () => { bulk.asking = null; }, [bulk]);
  const { links, chosen } = bulk;
  const tables = [pack.table[pack.source[link]], pack.table[pack.target[link]]];
  const toggle = (one: number, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(one);
    else next.delete(one);
    bulk.chosen = next;
    bulk.asking = null;
    app.setUi({});
  };
  const choose = (which: readonly number[]) => {
    bulk.chosen = new Set(which);
    bulk.asking = null;
    app.setUi({});
  };
  const decided = decidedBetween(view, link);
  // What is asked about is at the head of the list; the others keep their order.
  const inOrder = links.includes(link) ? [link, ...links.filter((one) => one !== link)] : links;
  const ends = (one: number): string => [pack.source[one], pack.target[one]].sort((x, y) => x - y).join();
  const times = new Map<string, number>();
  for (const one of links) times.set(ends(one), (times.get(ends(one)) ?? 0) + 1);
  return (
    <aside class={`between card${links.length > 1 ? "" : " is-alone"}`} aria-label="Between these two tables" tabIndex={-1}>
      <div class="between-head">
        <h2 class="section-title">{links.length > 1 ? `All ${number(links.length)} between these two tables` : links.length === 1 ? "The only suggestion here" : "No suggestion is left here"}</h2>
        <button type="button" class="only-phone close-panel" onClick={() => { review.open = ""; app.setUi({}); }}>Close</button>
      </div>
      <p class="secondary between-tables">
        {tables.map((table, at) => (
          <span key={at}>{at > 0 && " and "}<Badge pack={pack} system={pack.system[table]} />{"\u00a0"}{breakable(pack.tableName(table))}</span>
        ))}
        {links.length < 2 && " have no other to decide together"}.
        {decided > 0 && ` ${counted(decided, "more link")} ${decided === 1 ? "is" : "are"} decided already.`}
      </p>
      {links.length > 1 && (
        <>
        <ul class="between-list">
          {inOrder.slice(0, listed).map((one) => (
            <li key={one} aria-current={one === link ? "true" : undefined}>
              <label>
                <input type="checkbox" checked={chosen.has(one)} onChange={(event) => toggle(one, event.currentTarget.checked)} />
                <span class="between-name">
                  <b>{nameOfLink(pack, one)}</b>
                  {one === link && <span class="secondary">asked now</span>}
                  {times.get(ends(one))! > 1 && <span class="secondary">one of {number(times.get(ends(one))!)} between these two fields: {pack.type[one] === DETERMINISTIC ? "exact rule" : "estimate"}{review.scores && !Number.isNaN(pack.confidence[one]) && `, ${scoreText(pack.confidence[one])}`}</span>}
                  <span class="secondary">{evidenceInShort(pack.evidence(one)) || "no evidence"}</span>
                </span>
              </label>
              <Moves review={review} view={view} link={one} wait={inOrder.indexOf(one)} />
            </li>
          ))}
        </ul>
        {links.length > listed && (
          <button type="button" class="text-button" onClick={() => setListed(listed + PAGE)}>
            Show {number(Math.min(PAGE, links.length - listed))} more of {number(links.length)}
          </button>
        )}
        <div class="review-choose">
          <button type="button" class="text-button" onClick={() => choose(links)}>Choose all</button>
          <button type="button" class="text-button" onClick={() => choose([])}>none</button>
        </div>
        <Together app={app} view={view} review={review} bulk={bulk} />
        </>
      )}
    </aside>
  );
}

/** The field's name, and the other one if it is called otherwise. */
function nameOfLink(pack: Pack, link: number): JSX.Element {
  const [one, other] = [pack.name[pack.source[link]], pack.name[pack.target[link]]];
  const plain = (name: string): string => name.replace(/[\W_]/g, "").toLowerCase();
  return plain(one) === plain(other) && plain(one) ? <>{breakable(one)}</> : <>{breakable(one)} = {breakable(other)}</>;
}

function decidedBetween({ pack, status }: View, link: number): number {
  const [x, y] = [pack.table[pack.source[link]], pack.table[pack.target[link]]];
  let n = 0;
  if (x >= 0) {
    for (const one of pack.linksOf(x)) {
      const [a, b] = [pack.table[pack.source[one]], pack.table[pack.target[one]]];
      if (status[one] !== 0 && ((a === x && b === y) || (a === y && b === x))) n += 1;
    }
  }
  return n;
}

/** Whether approving a link changes concepts: computed after the list is drawn, one after another. */
function Moves({ review, view, link, wait }: { review: Review; view: View; link: number; wait: number }): JSX.Element | null {
  const [moves, setMoves] = useState<string | null>(null);
  useEffect(() => {
    const waiting = setTimeout(() => {
      const effect = review.preview([link], APPROVED);
      setMoves(effect === null ? "" : effect.made.length > 0 ? "contradiction" : effect.changes.length === 0 ? "no change" : effect.changes.some(({ kind }) => kind === "merged") ? "joins concepts" : "moves fields");
    }, AFTER + wait * APART);
    return () => clearTimeout(waiting);
  }, [link, view.status]);
  if (!moves) return <span class="moves" />;
  return <span class={`moves ${moves === "no change" ? "secondary" : `pill ${moves === "contradiction" ? "is-warning" : "is-accent"}`}`}>{moves}</span>;
}

const AFTER = 60; // milliseconds after the question is drawn
const APART = 15; // milliseconds between one effect and the next

/** What the chosen ones do together, and the buttons. */
function Together({ app, view, review, bulk }: { app: App; view: View; review: Review; bulk: Bulk }): JSX.Element {
  const { pack } = view;
  const links = bulk.links.filter((one) => bulk.chosen.has(one));
  // While an answer waits to be confirmed, its own effect is told.
  const status = bulk.asking ?? APPROVED;
  const isAsking = bulk.asking !== null;
  const [text, setText] = useState<JSX.Element | null>(null);
  const box = useRef<HTMLDivElement>(null);
  // What is decided and the answer to it are in sight together.
  useLayoutEffect(() => {
    if (isAsking && text) box.current?.scrollIntoView({ block: "end" });
  }, [isAsking, text]);
  useEffect(() => {
    setText(null);
    if (links.length === 0) return;
    const waiting = setTimeout(() => {
      const effect = review.preview(links, status);
      const told = effect && effectTold(pack, effect, status, { link: -1, ends: null });
      setText(
        <>
          {told === null ? (
            <p>The effect needs Python: {pack.clustering.method} does not run in this page.</p>
          ) : (
            <>
              {told.sizes && told.sentences.length < 3 && <SizesBar sizes={told.sizes} />}
              {told.sentences.length === 0 && <p>No concept changes.</p>}
              {effect!.changes.length > 1 && <p><b>{countWords(effect!.changes)}</b></p>}
              {told.sentences.length > 0 && <Told whole={isAsking}>{told.sentences.map((parts, at) => [at > 0 ? " " : "", <Parts key={at} of={parts} pack={pack} />])}</Told>}
            </>
          )}
        </>,
      );
    }, AFTER);
    return () => clearTimeout(waiting);
  }, [bulk.chosen, view.status, status, isAsking]);
  const ask = (status: number) => {
    bulk.asking = status;
    app.setUi({});
  };
  const answerOf = (one: number): string => `${answerWord(one)} ${links.length === 1 ? "this one" : `all ${number(links.length)}`}`;
  return (
    <div class={`together-effect${isAsking ? " is-asking" : ""}`} ref={box}>
      <p>
        <b>{links.length === 0 ? "None chosen." : `${number(links.length)} chosen.`}</b>
        {links.length === 0 ? " Choose some to decide them together." : ` If ${saidStatus(status)}:`}
      </p>
      {text && <div class="bulk-told" tabIndex={0} role="group" aria-label="What they would do together">{text}</div>}
      {links.length === 0 ? null : bulk.asking === null ? (
        <div class="bulk-buttons">
          <button type="button" class="primary" aria-keyshortcuts="Shift+a" onClick={(event) => review.once(event, () => ask(APPROVED))}>{answerOf(APPROVED)} <Key>{"\u21e7A"}</Key></button>
          <button type="button" aria-keyshortcuts="Shift+r" onClick={(event) => review.once(event, () => ask(REJECTED))}>{answerOf(REJECTED)} <Key>{"\u21e7R"}</Key></button>
        </div>
      ) : (
        <Confirm what={answerOf(bulk.asking)} n={links.length} app={app} review={review} bulk={bulk} />
      )}
      {links.length > 0 && <p class="secondary">{isAsking ? "" : "Asks once before it does. "}One undo takes {links.length === 1 ? "it" : `all ${number(links.length)}`} back.</p>}
    </div>
  );
}

/** How many concepts change: the sum of what is told of each. */
function countWords(changes: readonly ClusterChange[]): string {
  const n = (side: "before" | "after"): number => changes.reduce((sum, change) => sum + change[side].length, 0);
  const [before, after] = [n("before"), n("after")];
  return before === after ? `${counted(before, "concept")} change.` : `${counted(before, "concept")} ${before === 1 ? "becomes" : "become"} ${number(after)}.`;
}

function Confirm({ what, n, app, review, bulk }: { what: string; n: number; app: App; review: Review; bulk: Bulk }): JSX.Element {
  const yes = useRef<HTMLButtonElement>(null);
  const status = bulk.asking!;
  useLayoutEffect(() => yes.current?.focus(), []);
  const cancel = () => {
    bulk.asking = null;
    app.setUi({ announcement: "Nothing was decided." });
    document.querySelector<HTMLElement>(".question-body")?.focus();
  };
  return (
    <div
      class="confirm"
      role="group"
      aria-label={`${what}?`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        cancel();
      }}
    >
      <p><b>{what}?</b> {n === 1 ? "It becomes" : "They become"} {saidStatus(status)}, as chosen by you.</p>
      <div class="bulk-buttons">
        <button
          type="button"
          ref={yes}
          class="primary"
          onClick={(event) => review.once(event, () => {
            review.open = "";
            review.decideChosen(status);
            document.querySelector<HTMLElement>(".question-body")?.focus();
          })}
        >
          Yes: {what.toLowerCase()}
        </button>
        <button type="button" onClick={cancel}>No</button>
      </div>
    </div>
  );
}
