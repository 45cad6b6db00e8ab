// What the page says when there is nothing to review.

import type { JSX } from "preact";
import { exportDecisions, openPage } from "../app/app";
import { Icon, Key } from "../app/icons";
import { number } from "../app/parts";
import type { Props } from "../app/props";
import { reviewOf } from "../app/review";
import { countsOf } from "../model/counts";
import { counted } from "../model/words";
import { Line } from "./review-queue";

/** What is said where the group that was chosen is done. */
export function GroupDone({ app, view, ui }: Props): JSX.Element {
  const review = reviewOf(app);
  const isOfSuggestions = review.group !== "contradiction";
  const skipped = isOfSuggestions ? review.left.skipped : review.skipped.length - review.left.skipped;
  return (
    <div class="review is-done" data-open={review.open}>
      <Line app={app} view={view} ui={ui} />
      <div class="review-empty card">
        <Icon sign="approved" />
        <h1>Nothing is left of this group</h1>
        <p>{review.left.n > 0 ? `${number(review.left.n)} of all groups are to go.` : "Nor of any other."}{skipped > 0 && ` You skipped ${counted(skipped, isOfSuggestions ? "suggestion" : "question")}.`}</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => review.askOnly(null)}>Ask about all groups</button>
          {skipped > 0 && <button type="button" onClick={() => review.askSkipped(isOfSuggestions)}>Ask the {number(skipped)} skipped again</button>}
          {review.canUndo && <button type="button" onClick={(event) => review.once(event, () => review.undo())}>Undo <Key>Z</Key></button>}
        </div>
      </div>
    </div>
  );
}

export function NothingLeft({ app, view, ui }: Props): JSX.Element {
  const review = reviewOf(app);
  const { approved, rejected, suggested } = countsOf(view);
  const { nLinks } = view.pack;
  const skipped = review.skipped.length;
  const { settled } = review.left;
  if (nLinks === 0) {
    return (
      <div class="review-empty card">
        <Icon sign="suggested" />
        <h1>No links here</h1>
        <p>This page was made of a graph without links, so there is nothing to review.</p>
        <div class="actions"><button type="button" class="primary" onClick={() => openPage(app, "tables")}>See the tables</button></div>
      </div>
    );
  }
  const decided = `${number(approved)} approved, ${number(rejected)} rejected`;
  return (
    <div class="review-empty card">
      <Icon sign="approved" />
      <h1>Nothing left to review</h1>
      <p>
        {suggested === 0 ? `All ${counted(nLinks, "link")} are decided: ${decided}.` : `${decided}.`}
        {skipped > 0 && ` You skipped ${number(skipped)}.`}
        {settled > 0 && ` ${counted(settled, "suggestion")} ${settled === 1 ? "needs" : "need"} no answer: decisions settle ${settled === 1 ? "it" : "them"} already, or concepts do not rest on ${settled === 1 ? "it" : "them"}.`}
        {" "}New suggestions appear here when the page is made again.
      </p>
      <div class="actions">
        {skipped > 0 && <button type="button" class="primary" onClick={() => review.askSkipped()}>Ask the {number(skipped)} skipped again</button>}
        {ui.unsaved > 0 && <button type="button" class={skipped > 0 ? "" : "primary"} onClick={() => void exportDecisions(app)}>Save decisions</button>}
        <button type="button" onClick={() => openPage(app, "links")}>See all decisions</button>
        {review.canUndo && <button type="button" onClick={(event) => review.once(event, () => review.undo())}>Undo <Key>Z</Key></button>}
      </div>
    </div>
  );
}
