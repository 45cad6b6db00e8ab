// What is said where the page has no way: which pairs it has, and the line that answers.

import type { JSX } from "preact";
import { openJoin, openLink, type App } from "../app/app";
import { CopyLine } from "../app/copy-line";
import { Badge, Icon } from "../app/icons";
import { breakable, counted, shortConfidence } from "../app/parts";
import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { askedName, comparesKeys, directLine, directly, fullLine, isApproved, joinLines, joinsOf, readyWith, type JoinPair } from "../model/joins";
import { signBetween } from "../model/statuses";
import type { View } from "../model/types";

/** A pair without ways in this page, or none chosen yet. */
export function NoPair({ app, view, a, b }: { app: App; view: View; a: number; b: number }): JSX.Element {
  const { pack } = view;
  const isSame = a >= 0 && a === b;
  const isAsked = a >= 0 && b >= 0 && !isSame;
  const one = a >= 0 ? a : b;
  const ready = one >= 0 ? readyWith(pack, one) : null;
  const pairs = joinsOf(pack).pairs.filter(
    ({ ends, ways }) => ways.length > 0 && (isAsked ? ends.includes(a) || ends.includes(b) : !ready?.size || ends.includes(one)),
  );
  // A pair that nothing identifies comes last.
  pairs.sort((one, other) => Number(one.advice !== "") - Number(other.advice !== ""));
  return (
    <div class="join-none">
      {isSame ? (
        <p class="section-title">This is one table: choose another one.</p>
      ) : isAsked ? (
        <section class="card">
          <Direct app={app} view={view} a={a} b={b} />
          <h2 class="section-title">This page has no ways for these two</h2>
          <p>Ways over other tables, and their SQL, take a search of seconds, so Python packs them for {counted(joinsOf(pack).pairs.length, "pair")} of tables. For these two, run one of the lines: it finds them, and <code>hg.write</code> makes a page of them.</p>
          <Lines app={app} view={view} a={a} b={b} />
        </section>
      ) : (
        <p class="section-title">{one < 0 ? "Which two tables do you want to join?" : <>With which table do you want to join {breakable(pack.marked(one))}?</>}</p>
      )}
      {pairs.length > 0 && (
        <section class="card" aria-labelledby="join-ready">
          <h2 id="join-ready" class="section-title">{isAsked ? "With one of the two" : "Ready in this page"}</h2>
          <p class="secondary">For {pairs.length === 1 ? "this pair" : `these ${counted(pairs.length, "pair")}`} the page has the ways and their SQL.{isAsked ? "" : " For any other pair it has the line that finds them."}</p>
          <ul class="join-ready">
            {pairs.map((pair) => <Ready key={pair.ends.join(" ")} app={app} view={view} pair={pair} from={one} />)}
          </ul>
        </section>
      )}
      {!pairs.length && !isAsked && !isSame && <p>{"No ways are in this page: no tables of linked entities were found in different systems. For any two tables it has the line that finds them."}</p>}
    </div>
  );
}

/** What joins two tables without any search: the links and declared keys between them. */
function Direct({ app, view, a, b }: { app: App; view: View; a: number; b: number }): JSX.Element | null {
  const { pack, status } = view;
  const { links, relations } = directly(view, a, b);
  if (!links.length && !relations.length) return null;
  const named = (one: number, other: number, between = "="): JSX.Element => {
    const [left, right] = pack.table[one] === a ? [one, other] : [other, one];
    return <><b class="join-own">{breakable(pack.name[left] + pack.mark(left))}</b> {between} <b class="join-own">{breakable(pack.name[right] + pack.mark(right))}</b></>;
  };
  const hasWay = relations.length > 0 || links.some((link) => status[link] !== REJECTED && view.passes[link] === 1);
  const lacksKeys = relations.length === 0 && !links.some((link) => comparesKeys(view, link));
  const sign = (link: number) => (status[link] === APPROVED ? "approved" : status[link] === REJECTED ? "rejected" : status[link] === SUGGESTED ? "suggested" : "other");
  return (
    <div class="join-direct" role="region" aria-labelledby="join-direct">
      <h2 id="join-direct" class="section-title">Linked directly, by {counted(links.length + relations.length, "pair")} of fields</h2>
      {lacksKeys && <p>None of them identifies rows: {links.length === 1 ? "its" : "their"} values may be equal by chance.</p>}
      <ul class="join-ready">
        {relations.map((at) => (
          <li key={`declared ${at}`} class="join-declared"><Icon sign="approved" /> <span>{named(pack.relationSource[at], pack.relationTarget[at])}</span> <span class="value">declared {pack.header.relation_kinds[pack.relationKind[at]] === "association" ? "association" : "key"}</span></li>
        ))}
        {links.slice(0, MOST_DIRECT).map((link) => (
          <li key={link}>
            <button type="button" onClick={() => openLink(app, link)}>
              <Icon sign={sign(link)} says={sign(link)} /> <span>{named(pack.source[link], pack.target[link], signBetween(status[link]))}</span>
              <span class="value">{Number.isNaN(pack.confidence[link]) ? "no score" : shortConfidence(pack.confidence[link])}{!comparesKeys(view, link) && ", no key"}</span>
            </button>
          </li>
        ))}
      </ul>
      {links.length > MOST_DIRECT && <p class="secondary">And {counted(links.length - MOST_DIRECT, "more link")}.</p>}
      {hasWay && <CopyLine app={app} name="SQL of the best of them, by Python" text={directLine(askedName(pack, a), askedName(pack, b))} />}
    </div>
  );
}

const MOST_DIRECT = 12; // links that are listed

function Lines({ app, view: { pack }, a, b, keys = null }: { app: App; view: View; a: number; b: number; keys?: string | null }): JSX.Element {
  const lines = joinLines(askedName(pack, a), askedName(pack, b), keys);
  return (
    <>
      <CopyLine app={app} name="Python" text={lines.python} />
      <CopyLine app={app} name="Command line" text={lines.shell} note="SNAPSHOT is the file that this page was made of." />
    </>
  );
}

function Ready({ app, view: { pack }, pair, from }: { app: App; view: View; pair: JoinPair; from: number }): JSX.Element {
  const ends = pair.ends[1] === from ? [pair.ends[1], pair.ends[0]] : pair.ends;
  return (
    <li>
      <button type="button" onClick={() => openJoin(app, ends[0], ends[1])}>
        {ends.map((table, at) => (
          <span key={table} class="join-table">
            {at > 0 && <span class="join-with" aria-hidden="true">{"\u2194"}</span>}{at > 0 && <span class="visually-hidden"> with </span>}
            <Badge pack={pack} system={pack.system[table]} />{"\u00a0"}<b><bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</b>
          </span>
        ))}
        <span class="value">{pair.advice ? "no key" : counted(pair.ways.length, "way")}</span>
      </button>
    </li>
  );
}

/** A pair whose ways are all filtered away, or that no way joins. */
export function NoWay({ app, view, pair }: { app: App; view: View; pair: JoinPair }): JSX.Element {
  const n = pair.ways.length;
  const lacksApproval = view.state.approvedOnly && !pair.ways.some((way) => isApproved(view, way));
  // Among the ways that the search did not come to, one may be wanted.
  const isOpen = n > 0;
  const wanted = lacksApproval ? "approved in every step" : "of keys only";
  return (
    <div class="join-none">
      <section class="card">
        <h2 class="section-title">{!n ? "No way to join them" : n === 1 ? `The one way found is not ${wanted}` : `None of the ${n} ways found is ${wanted}`}</h2>
        {pair.advice && <p>{pair.advice}</p>}
        {pair.note && <p>{pair.note}</p>}
        {n > 0 && (
          <p><button type="button" class="primary" onClick={() => app.store.set({ keysOnly: false, approvedOnly: false, way: 0, end: -1 })}>{lacksApproval ? `Show all: ${counted(n, "way")}` : `Show what is equal: ${counted(n, "way")}`}</button></p>
        )}
        {isOpen ? (
          <>
            <p>{lacksApproval ? "This line searches approved and declared steps only:" : "This line searches on:"}</p>
            <CopyLine app={app} name="Python" text={fullLine(askedName(view.pack, pair.ends[0]), askedName(view.pack, pair.ends[1]), lacksApproval)} />
          </>
        ) : (
          <>
            <p>More ways than these, with what compares names, states and amounts:</p>
            <Lines app={app} view={view} a={pair.ends[0]} b={pair.ends[1]} keys="describing" />
          </>
        )}
      </section>
    </div>
  );
}
