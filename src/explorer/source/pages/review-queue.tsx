// The queue beside a question: its groups, its order, and what comes next.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { freshDecisions, loadDecisions, openPage, recalibrate, type App } from "../app/app";
import { Badge, Icon, Key, signOf } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { reviewOf, saidStatus, type Review } from "../app/review";
import { changesSetting } from "../model/calibrate";
import type { ReviewOrder } from "../model/review/orders";
import type { Group } from "../model/review/queue";
import type { View } from "../model/types";

const GROUP_NAMES: [group: Group, name: string][] = [
  ["contradiction", "Contradictions"],
  ["exact rule", "Exact rules between concepts"],
  ["scored", "With a score"],
  ["unscored", "Without a score"],
];

const ORDER_NAMES: Record<ReviewOrder, string> = {
  uncertainty: "Least certain, half at random",
  flips: "Most changes, half at random",
  random: "All at random",
};

export function Line({ app, view }: Props): JSX.Element {
  const review = reviewOf(app);
  const { queue } = review;
  const counts = queue.counts();
  const nDecided = view.state.decisions.size;
  const nSkipped = review.skipped.length;
  const { left } = review;
  // Contradictions are counted whether their questions were skipped or not: they are there.
  const ofContradictions = counts.contradiction > 0 ? nSkipped - left.skipped : 0;
  const share = nDecided / Math.max(nDecided + left.n, 1);
  const shown = review.shown;
  return (
    <aside class="review-line" aria-label="Queue" tabIndex={-1}>
      <div class="line-head">
        <h2 class="section-title">To review <span class="count">{number(left.n)}</span></h2>
        <span class="secondary">{number(nDecided)} decided{nSkipped > 0 && `, ${number(nSkipped)} skipped`}</span>
        <button type="button" class="only-phone close-panel" onClick={() => { review.open = ""; app.setUi({}); }}>Close</button>
      </div>
      <span class="progress" aria-hidden="true"><span style={{ width: `${share * 100}%` }} /></span>
      <ul class="groups card" aria-label="What is asked about">
        <li class={review.group === null ? "is-asked" : ""}>
          <button type="button" aria-pressed={review.group === null} onClick={() => review.askOnly(null)}>
            <span>All groups</span>
            <b>{number(GROUP_NAMES.reduce((sum, [group]) => sum + counts[group], 0))}</b>
          </button>
        </li>
        {GROUP_NAMES.map(([group, name]) => (
          <li key={group} class={`is-part${counts[group] === 0 ? " is-empty" : ""}${review.group === group ? " is-asked" : ""}`} aria-current={shown && shown.group === group && (shown.asked !== "chosen" || queue.groupOf(shown.link) === group) ? "true" : undefined}>
            <button type="button" aria-pressed={review.group === group} disabled={counts[group] === 0 && review.group !== group} title={review.group === group ? "Ask about all groups again" : "Ask about these alone"} onClick={() => review.askOnly(review.group === group ? null : group)}>
              <span>{name}</span>
              <b>{number(counts[group])}</b>
            </button>
            {group === "contradiction" && ofContradictions > 0 && (
              <button type="button" class="skipped-part" onClick={() => review.askSkipped(false)}>{counted(ofContradictions, "question")} skipped: ask again</button>
            )}
          </li>
        ))}
        {left.skipped > 0 && (
          <li>
            <button type="button" title="Ask them again" onClick={() => review.askSkipped(true)}><span>Skipped: ask again</span><b>{number(left.skipped)}</b></button>
          </li>
        )}
        {left.settled > 0 && (
          <li class="needs-none">
            <button type="button" title="See them in a list" onClick={() => openPage(app, "links", { only: "settled" })}><span>Need no answer</span><b>{number(left.settled)}</b></button>
            <p class="secondary">Decisions settle {left.settled === 1 ? "it" : "them"}, or no concept rests on {left.settled === 1 ? "it" : "them"}.</p>
          </li>
        )}
      </ul>
      <div class="line-head line-order">
        <h2 class="line-title" id="in-order">In order</h2>
        <select aria-label="Order of questions" value={view.state.ask} onChange={(event) => app.store.set({ ask: event.currentTarget.value as ReviewOrder, focus: null })}>
          {Object.entries(ORDER_NAMES).map(([order, name]) => <option key={order} value={order}>{name}</option>)}
        </select>
      </div>
      <ol class="coming card" aria-labelledby="in-order">
        {review.listed().map((link) => <Item key={link} app={app} view={view} review={review} link={link} />)}
      </ol>
      <div class="line-end">
        <Recalibrate app={app} view={view} />
        <div class="line-foot">
          <span class="key-hint secondary"><Key>J</Key> <Key>K</Key> move</span>
          <button type="button" class="text-button only-phone" onClick={() => loadDecisions(app)}>Load decisions{"\u2026"}</button>
          <label class="hide-scores secondary">
            <input type="checkbox" role="switch" checked={!review.scores} onChange={(event) => review.showScores(!event.currentTarget.checked)} /> hide scores
          </label>
        </div>
      </div>
    </aside>
  );
}

function Item({ app, view, review, link }: { app: App; view: View; review: Review; link: number }): JSX.Element {
  const { pack, status, state } = view;
  const decided = state.decisions.has(link);
  const skipped = !decided && review.skipped.includes(link);
  const current = review.link === link;
  return (
    <li aria-current={current ? "true" : undefined}>
      <button type="button" onClick={() => { review.open = ""; review.look(link); }}>
        <span class="item-sign">
          {decided && <Icon sign={signOf(status[link])} says={saidStatus(status[link])} />}
          {skipped && <span title="skipped">{"\u21b7"}<span class="visually-hidden">skipped</span></span>}
        </span>
        <span class="item-ends">
          <ItemEnd app={app} node={pack.source[link]} />
          <ItemEnd app={app} node={pack.target[link]} />
        </span>
      </button>
    </li>
  );
}

function ItemEnd({ app, node }: { app: App; node: number }): JSX.Element {
  const { pack } = app;
  return (
    <span class="item-end">
      <Badge pack={pack} system={pack.system[node]} />
      <span>
        {pack.level(node) === 2 && <span class="table-name">{breakable(shortTable(pack.tableName(node)))} </span>}
        <b>{breakable(pack.level(node) === 1 ? pack.tableName(node) : pack.name[node])}</b>
      </span>
    </span>
  );
}

/** The table without its schema: the card has it. */
const shortTable = (name: string): string => name.slice(name.lastIndexOf(".") + 1) || name;

/** Shown where a new setting would differ: that takes a moment to find out. */
function Recalibrate({ app, view }: { app: App; view: View }): JSX.Element | null {
  const fresh = view.pack.clustering.recalibrates ? freshDecisions(view) : "";
  const [known, setKnown] = useState<{ view: View["status"]; changes: boolean } | null>(null);
  useEffect(() => {
    if (!fresh) return;
    const waiting = setTimeout(() => setKnown({ view: view.status, changes: changesSetting(view.pack, view.status, view.setting, view.state.decisions) }), CHECK_DELAY);
    return () => clearTimeout(waiting);
  }, [view.status, view.setting, fresh]);
  // While it is found out again, what was known of it stays: nothing comes and goes.
  if (!fresh || !known?.changes) return null;
  const recalibrateNow = () => {
    recalibrate(app);
    document.querySelector<HTMLElement>(".question-body")?.focus(); // the button goes
  };
  return (
    <div class="recalibrate card">
      <p class="secondary">Answers drawn at random tell how often scores are right. Concepts may change; you can take it back.</p>
      <button type="button" title="Make a new setting by all decisions; until then they change only what they are about" onClick={recalibrateNow}>
        Recalibrate with {fresh}
      </button>
    </div>
  );
}

const CHECK_DELAY = 300; // milliseconds without a decision
