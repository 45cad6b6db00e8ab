// What to review next: one question at a time, with what it rests on and what an answer would do.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { APPROVED, REJECTED } from "../generated";
import { narrow, type App, type Ui } from "../app/app";
import { Done } from "../app/done";
import { Key } from "../app/icons";
import { PHONE, useMedia } from "../app/media";
import { number } from "../app/parts";
import type { Props } from "../app/props";
import { reviewOf, type Review as Queue } from "../app/review";
import { answerWord } from "../model/review/words";
import { Card } from "./review-card";
import { EffectBox } from "./review-effect";
import { GroupDone, NothingLeft } from "./review-empty";
import { Line } from "./review-queue";
import { Between } from "./review-tables";

export function Review({ app, view, ui }: Props): JSX.Element {
  const review = reviewOf(app);
  const question = review.shown;
  const isPhone = useMedia(PHONE);
  useEffect(() => {
    // What the first decision needs is made before it is made.
    const waiting = setTimeout(() => app.engine.isOwn, WARM_UP);
    return () => clearTimeout(waiting);
  }, [app]);
  if (!question && review.group) return <GroupDone app={app} view={view} ui={ui} />;
  if (!question) return <NothingLeft app={app} view={view} ui={ui} />;
  const effects = <EffectBox view={view} question={question} />;
  return (
    <div class="review" data-open={review.open}>
      <Line app={app} view={view} ui={ui} />
      <section class="question card" aria-labelledby="question">
        <div class="question-body" tabIndex={-1} key={question.link}>
          <Card app={app} view={view} question={question} effects={isPhone ? effects : null} />
        </div>
        {!isPhone && effects}
        <NarrowLinks app={app} review={review} link={question.link} />
        <Answers app={app} ui={ui} review={review} />
      </section>
      <Between app={app} view={view} link={question.link} />
    </div>
  );
}

const WARM_UP = 400; // milliseconds, after which the page is drawn

function Answers({ app, ui, review }: { app: App; ui: Ui; review: Queue }): JSX.Element {
  const isQuestion = review.question?.link === review.link;
  return (
    <>
    <div class="answered">
      <Done app={app} ui={ui} within />
      <span class="secondary place-in-queue">{isQuestion ? `${number(review.left.n)} to go` : "opened by you"}</span>
    </div>
    <div class="answers" role="group" aria-label="Your answer">
      <button type="button" class="primary review-answer" title="They are the same: approve the link" aria-keyshortcuts="a" onClick={(event) => review.once(event, () => review.answer(APPROVED))}>{answerWord(APPROVED)} <Key>A</Key></button>
      <button type="button" class="review-answer" title="They are different: reject the link" aria-keyshortcuts="r" onClick={(event) => review.once(event, () => review.answer(REJECTED))}>{answerWord(REJECTED)} <Key>R</Key></button>
      <button type="button" class="review-answer" aria-keyshortcuts="s" onClick={(event) => review.once(event, () => review.skip())}>{isQuestion ? "Skip" : "Next"} <Key>S</Key></button>
      <input
        class="note-input"
        key={review.link}
        aria-label="Note to this decision"
        placeholder="Note"
        value={review.note}
        onInput={(event) => {
          review.note = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") document.querySelector<HTMLElement>(".question-body")?.focus();
        }}
      />
      <button type="button" class="review-answer undo" disabled={!review.canUndo} aria-keyshortcuts="z" onClick={(event) => review.once(event, () => review.undo())}>Undo <Key>Z</Key></button>
    </div>
    </>
  );
}

/** On narrow screens lists are behind links. */
function NarrowLinks({ app, review, link }: { app: App; review: Queue; link: number }): JSX.Element {
  const { links, chosen } = review.bulk(link);
  const open = (what: Queue["open"]) => {
    review.open = what;
    app.setUi({});
    requestAnimationFrame(() => document.querySelector<HTMLElement>(what === "queue" ? ".review .review-line" : ".review .between")?.focus());
  };
  return (
    <div class="narrow-links">
      {links.length > 1 && (
        <button type="button" class="link-row-wide" onClick={() => open("tables")}>
          <span>All {links.length} between these two tables</span>
          <b>{chosen.size > 0 ? `${chosen.size} exact ${chosen.size === 1 ? "copy" : "copies"}` : "Show"} {"\u203a"}</b>
        </button>
      )}
      <button type="button" class="link-row-wide only-phone" onClick={() => open("queue")}>
        <span>Groups, order and what comes next</span>
        <b>Show {"\u203a"}</b>
      </button>
    </div>
  );
}

/** Keys of the page; one press is one decision. */
export function keysOfReview(app: App, event: KeyboardEvent): Record<string, (() => void) | undefined> {
  const review = reviewOf(app);
  const { link } = review;
  const key = event.key.toLowerCase();
  if (key === "z") return { [event.key]: () => review.undo() };
  if (link < 0) return {};
  const bulk = review.bulk(link);
  const asking = bulk.asking;
  if (asking !== null) {
    // Whoever is quick confirms before the button has the focus; a button does what it says.
    const isPlain = !(event.target as HTMLElement).matches("button, input, summary");
    return event.key === "Enter" && isPlain ? { Enter: () => review.decideChosen(asking) } : {};
  }
  const held = event.repeat;
  const ask = (status: number) => () => {
    if (bulk.chosen.size === 0 || bulk.links.length < 2) return;
    bulk.asking = status;
    if (narrow()) review.open = "tables";
    app.setUi({ announcement: `${answerWord(status)} all ${bulk.chosen.size}? Enter confirms, Escape cancels.` });
  };
  const acts: Record<string, () => void> = event.shiftKey
    ? { a: ask(APPROVED), r: ask(REJECTED) }
    : {
        a: () => review.answer(APPROVED),
        r: () => review.answer(REJECTED),
        s: () => review.skip(),
        j: () => review.move(1),
        k: () => review.move(-1),
      };
  const act = acts[key];
  // A key that is held decides nothing more.
  return act ? { [event.key]: held && !"jk".includes(key) ? () => undefined : act } : {};
}
