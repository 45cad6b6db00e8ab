// Beside the picture of a lineage: totals, the way to what is chosen, and what a change touches by step.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { openConcept, openDependents, openLineage, openLink, openOnMap, openPage, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { number } from "../app/parts";
import { evidenceInShort } from "../model/evidence-sentences";
import { touchedBy, type Lineage } from "../model/lineage";
import { contradictedBy } from "../model/lineage-left";
import { statusWord } from "../model/statuses";
import { placeWords } from "../model/titles";
import type { PathStep, View } from "../model/types";
import { counted, scoreText } from "../model/words";
import { behindWords, CAVEAT, isTwoSided, nodesCounted, nodesWord, Place, stepWords } from "./lineage-parts";
import type { News } from "./lineage-opened";
import { nothingWords, saveImpact } from "./lineage-acts";
import { MAX_PRINTED, usePrinted } from "../app/media";

interface Given {
  app: App;
  view: View;
  found: Lineage;
  chosen: number;
  choose: (node: number) => void;
  open: (nodes: readonly number[], shown?: readonly number[]) => void;
  /** What was opened last and is to be brought into sight here; null where the picture has it. */
  news: News | null;
}

interface SideProps extends Given {
  /** Nodes that were rejected as being the same as the start, and the link. */
  rejected: ReadonlyMap<number, number>;
}

export function LineageSide(given: Given): JSX.Element {
  const { app, view, found, chosen } = given;
  const rejected = useMemo(() => contradictedBy(view, found), [view.status, found]);
  const props = { ...given, rejected };
  const { pack, depth } = found;
  const reached = useMemo(() => found.nodes.filter((node) => depth.get(node) !== 0), [found]);
  const systems = new Set(reached.map((node) => pack.system[node]));
  const steps = found.hops === Infinity ? Math.max(0, ...reached.map((node) => Math.abs(depth.get(node)!))) : found.hops;
  return (
    <aside class="lineage-side" aria-label="What is linked">
      <ul class="lineage-totals">
        <li><b>{number(reached.length)}</b> {nodesWord(pack, reached)} in {counted(steps, "step")}</li>
        <li><b>{number(systems.size)}</b> {systems.size === 1 ? "system" : "systems"}</li>
        {found.nFurther > 0 && <li><b>+{number(found.nFurther)}</b> {found.nFurther === 1 ? "field" : "fields"} further</li>}
      </ul>
      {found.asked && <AsAsked found={found} />}
      {reached.length > 0 && (chosen < 0 ? <p class="lineage-part lineage-quiet">Choose a field to see the way to it.</p> : <Way {...props} />)}
      <section class="lineage-part">
        <div class="lineage-part-head">
          <h2>{found.direction === "down" ? "Linked from it" : found.direction === "up" ? "Links to it" : "By step"}</h2>
          {reached.length > 0 && (
            <span class="lineage-files">
              <span class="lineage-quiet" aria-hidden="true">CSV</span>
              <button type="button" aria-label="Save fields as CSV" aria-keyshortcuts="S" title="Save as CSV: a row for each field, with its steps and score, those opened here too (S)" onClick={() => saveImpact(app, found)}>Fields</button>
              <button type="button" aria-label="Save tables as CSV" title="Save as CSV: a row for each table, with its nearest step and best score, those opened here too" onClick={() => saveImpact(app, found, "table")}>Tables</button>
            </span>
          )}
        </div>
        {reached.length === 0 && <Nothing {...props} />}
        {found.also.size > 0 && (
          <p class="lineage-quiet">
            {counted(found.also.size, LEVEL_THINGS[pack.level(found.nodes[0])])} {found.also.size === 1 ? "lies both before and after: it stands" : "lie both before and after: each stands"} where it is nearer, with
            its other place beside it.{2 * found.also.size > reached.length && " Those are most of them: the direction says little here."}
          </p>
        )}
        <Steps {...props} isBehind={false} />
        {reached.length > 0 && found.nBehind > 0 && !found.isBehindOpen && (
          <button type="button" class="link act lineage-behind" onClick={() => given.open([found.node])}>
            +{number(found.nBehind)} that {behindWords(found)}
          </button>
        )}
      </section>
      {found.isBehindOpen && (
        <section class="lineage-part">
          <h2>{found.direction === "down" ? "What links to it" : "What depends on it"}</h2>
          <Steps {...props} isBehind />
        </section>
      )}
      <Notes found={found} />
      {!found.asked && (
        <p class="lineage-part lineage-links">
          <button type="button" class="link act" onClick={() => openPage(app, "links", { focus: view.state.focus })}>All links as a table</button>
          <button type="button" class="link act" onClick={() => openOnMap(app, view.state.focus!)}>Show among all tables</button>
        </p>
      )}
    </aside>
  );
}

function AsAsked({ found }: { found: Lineage }): JSX.Element {
  return (
    <section class="lineage-part">
      <h2>As Python found it</h2>
      <p><code>{found.asked!.asked.call}</code></p>
      <p class="lineage-quiet">Decisions made since are not in it. Choose a direction or steps to search the links of this page.</p>
    </section>
  );
}

function Nothing({ app, found }: SideProps): JSX.Element {
  const { node, direction, nBehind } = found;
  const [one, other] = direction === "down" ? (["up", "link to"] as const) : (["down", "depend on"] as const);
  return (
    <p>
      {nothingWords(found)}{" "}
      {nBehind > 0 && (
        <>
          {counted(nBehind, "field")} {nBehind === 1 ? other.replace(/^(link|depend)/, "$1s") : other} it:{" "}
          <button type="button" class="link act" onClick={() => openLineage(app, node, one)}>show</button>
        </>
      )}
    </p>
  );
}

/** The best way to what is chosen, link by link. */
function Way({ app, view, found, chosen, rejected }: SideProps): JSX.Element {
  const { pack } = found;
  const steps = useMemo(() => found.pathTo(chosen), [found, chosen]);
  const isUp = steps[0]?.from === chosen;
  const contradiction = rejected.get(chosen);
  const name = <bdi>{placeWords(pack, chosen)}</bdi>;
  return (
    <section class="lineage-part lineage-way">
      <h2>{isUp ? <>How {name} reaches it</> : <>How it reaches {name}</>}</h2>
      <ol>
        {steps.map((step, at) => (
          <li key={at}>
            {at === 0 && <Place pack={pack} node={step.from} />}
            <Step app={app} view={view} step={step} />
            <Place pack={pack} node={step.to} />
          </li>
        ))}
      </ol>
      <p>
        Together {scoreText(found.confidence.get(chosen)!)}.{" "}
        {contradiction !== undefined && (
          <button type="button" class="link lineage-warning" title="Open the rejected link" onClick={() => openLink(app, contradiction)}>
            <Icon sign="contradiction" /> The two ends were rejected as being the same.
          </button>
        )}
      </p>
      <p class="lineage-links">
        <button type="button" class="link act" aria-keyshortcuts="D" onClick={() => openDependents(app, chosen)}>What depends on it</button>
        {view.clusters.labels[chosen] >= 0 && <button type="button" class="link act" onClick={() => openConcept(app, chosen)}>Its concept</button>}
      </p>
    </section>
  );
}

function Step({ app, view, step: { link, against } }: { app: App; view: View; step: PathStep }): JSX.Element {
  const { pack } = view;
  const along = against ? ", against the link" : "";
  if (link < 0) {
    const kind = pack.header.relation_kinds[pack.relationKind[-1 - link]] ?? "relationship";
    return <span class="lineage-step is-declared">declared {kind.replace(/_/g, " ").toLowerCase()}{along}</span>;
  }
  const status = view.status[link];
  const line = evidenceInShort(pack.evidence(link));
  const said = [scoreText(view.weight[link] >= 0 ? view.weight[link] : pack.confidence[link]), line].filter(Boolean).join(" \u00b7 ");
  return (
    <button type="button" class={`link lineage-step is-${signOf(status)}`} title="Open the link" onClick={() => openLink(app, link)}>
      <Icon sign={signOf(status)} says={statusWord(pack, status)} /> {said}{along}
    </button>
  );
}

const MOST_LISTED = 12;

/** What is reached, by step, or what was opened on the other side; on a phone this is the whole answer. */
function Steps({ isBehind, ...props }: SideProps & { isBehind: boolean }): JSX.Element {
  const { found } = props;
  const bySteps = useMemo(() => {
    const steps = new Map<number, number[]>();
    const touched = new Set(touchedBy(found));
    const byScore = [...found.opened].sort((x, y) => found.confidence.get(y)! - found.confidence.get(x)! || x - y);
    for (const node of [...found.nodes, ...byScore]) {
      const step = found.depth.get(node)!;
      if (step === 0 || touched.has(node) === isBehind) continue;
      const list = steps.get(step);
      if (list) list.push(node);
      else steps.set(step, [node]);
    }
    return [...steps].sort(([x], [y]) => Number(x < 0) - Number(y < 0) || Math.abs(x) - Math.abs(y));
  }, [found, isBehind]);
  const [asked, setMost] = useState(MOST_LISTED);
  const most = usePrinted() ? Infinity : asked;
  const isBoth = isTwoSided(found);
  return (
    <>
      {bySteps.slice(0, most).map(([step, nodes]) => <OneStep key={step} {...props} title={stepWords(step, isBoth)} nodes={nodes} />)}
      {most < bySteps.length && (
        <button type="button" class="link act" onClick={() => setMost(Infinity)}>{counted(bySteps.length - most, "more step")}</button>
      )}
    </>
  );
}

function OneStep({ found, chosen, choose, open, news, rejected, title, nodes }: SideProps & { title: string; nodes: readonly number[] }): JSX.Element {
  const [asked, setMost] = useState(MOST_LISTED);
  const most = usePrinted() ? Math.max(asked, MAX_PRINTED) : asked;
  const { pack } = found;
  // What is chosen in the picture is in the list too.
  const shown = Math.max(most, nodes.indexOf(chosen) + 1, news ? nodes.indexOf(news.node) + 1 : 0);
  const opened = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    opened.current?.focus({ preventScroll: true });
    opened.current?.scrollIntoView({ block: "center" });
  }, [news]);
  const isOpened = found.opened.includes(nodes[0]);
  return (
    <section class="lineage-step-list">
      <h3>{title}{isOpened && <span class="lineage-quiet"> opened here</span>} <span class="lineage-number">{number(nodes.length)}</span></h3>
      <ul>
        {nodes.slice(0, shown).map((node) => (
          <li key={node}>
            <button type="button" class="lineage-row" ref={news?.node === node ? opened : null} aria-pressed={node === chosen} title={pack.marked(node)} onClick={() => choose(node)}>
              <Place pack={pack} node={node} />
              {found.also.has(node) && <span class="lineage-quiet">also {stepWords(found.also.get(node)!, true)}</span>}
              {rejected.has(node) && <Icon sign="contradiction" says="Rejected as being the same as the start" />}
              <span class="lineage-number">{scoreText(found.confidence.get(node)!)}</span>
            </button>
            {found.stubs.has(node) && (
              <button type="button" class="lineage-row-stub" onClick={() => open([node], found.stubs.get(node))}>
                <span aria-hidden="true">+{number(found.stubs.get(node)!.length)}</span>
                <span class="visually-hidden">Open {nodesCounted(pack, found.stubs.get(node)!)} further</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {shown < nodes.length && (
        <button type="button" class="link act lineage-more" onClick={() => setMost(shown + 10 * MOST_LISTED)}>
          {number(nodes.length - shown)} more
        </button>
      )}
    </section>
  );
}

/** What a step and a score are, in a sentence each. */
function scoreNote({ direction, hops }: Lineage): string {
  const most = hops === Infinity ? "a way of any length" : hops === 1 ? "one link" : `a way of at most ${number(hops)} links`;
  const both = direction === "both" ? " What lies on both sides stands where it is nearer, with that side's step and score." : "";
  const more = hops === Infinity ? "" : " More steps may find a better, longer way, and so a higher score.";
  return `The step is the fewest links; the score is the best product along ${most}.${both}${more}`;
}

const LEVEL_THINGS = ["system", "table", "field"];

function Notes({ found }: { found: Lineage }): JSX.Element {
  const { rejected, unscored, suggested, otherLevels } = found.notFollowed;
  const isOne = (n: number): string => (n === 1 ? "is" : "are");
  const notes: string[] = [];
  if (!found.asked && found.nodes.length > 1) notes.push(scoreNote(found));
  if (suggested > 0) notes.push(`${counted(suggested, "link")} that ${isOne(suggested)} not approved ${isOne(suggested)} not followed.`);
  if (rejected > 0) notes.push(`${counted(rejected, "rejected link")} ${isOne(rejected)} not followed.`);
  if (unscored > 0) notes.push(`${counted(unscored, "link")} without a score ${isOne(unscored)} not followed.`);
  for (const { level, links, nodes } of otherLevels) {
    notes.push(`${counted(links, "link")} from ${counted(nodes, LEVEL_THINGS[level])} ${isOne(links)} of another level, and not followed.`);
  }
  // The title has the caveat.
  const said = (found.asked?.sentences ?? notes).filter((note) => note !== CAVEAT);
  return <div class="lineage-part lineage-notes">{said.map((note, at) => <p key={at}>{note}</p>)}</div>;
}
