// What an answer would do: sizes of concepts before and after, and a sentence with their names.

import type { JSX } from "preact";
import { APPROVED, REJECTED } from "../generated";
import { Icon, signOf } from "../app/icons";
import { number } from "../app/parts";
import type { Question } from "../model/review/queue";
import { answerWord, confirmedWords, effectTold, type Ends, type Sizes } from "../model/review/words";
import { clusterOfLink } from "../model/clusters";
import { unknownWords } from "../model/remote";
import type { View } from "../model/types";
import { Parts } from "./review-parts";

interface EffectProps {
  view: View;
  question: Question;
}

export function EffectBox(props: EffectProps): JSX.Element {
  return (
    <section class="effects" aria-label="What an answer would do">
      <Answered {...props} status={APPROVED} />
      <Answered {...props} status={REJECTED} />
    </section>
  );
}

function Answered(props: EffectProps & { status: number }): JSX.Element {
  const { status } = props;
  return (
    <div class="effect">
      <h2><Icon sign={signOf(status)} /> If {answerWord(status).toLowerCase()} <span class="secondary">{status === APPROVED ? "approved" : "rejected"}</span></h2>
      {told(props)}
    </div>
  );
}

function told({ view, question, status }: EffectProps & { status: number }): JSX.Element {
  const { pack, clusters } = view;
  const { link } = question;
  if (view.status[link] === status) {
    return <p>{confirmedWords(question)}</p>;
  }
  const { level, method } = pack.clustering;
  const [source, target] = [pack.source[link], pack.target[link]];
  const counts = pack.level(source) === level && pack.level(target) === level && source !== target;
  const effect = question.effect(status);
  if (!effect && counts) return <p>{unknownWords(pack, `The effect needs Python: ${method} does not run in this page. The concepts stay as they came.`)}</p>;
  const ends: Ends = { together: clusterOfLink(pack, clusters, link) >= 0, counts };
  const { sizes, made, sentences } = effectTold(pack, effect ?? { changes: [], made: [], resolved: [] }, status, { link, ends });
  return (
    <>
      {sizes && <SizesBar sizes={sizes} />}
      {made.length > 0 && <p><span class="pill is-warning"><Icon sign="contradiction" /> adds a contradiction</span></p>}
      {sentences.map((parts, at) => <p key={at}><Parts of={parts} pack={pack} /></p>)}
    </>
  );
}

const MAX_BOXES = 4; // concepts on a side

/** Concepts as boxes, as wide as they are large: 8 + 4 -> 11 + 1. */
export function SizesBar({ sizes }: { sizes: Sizes }): JSX.Element {
  const most = Math.max(...sizes.before, ...sizes.after, 1);
  const side = (list: readonly number[], isNew: boolean): JSX.Element[] => {
    const shown = list.length > MAX_BOXES ? list.slice(0, MAX_BOXES - 1) : list;
    const rest = list.slice(shown.length).reduce((sum, size) => sum + size, 0);
    const boxes = shown.flatMap((size, at) => [
      ...(at > 0 ? [<span class="plus">+</span>] : []),
      <span class={`size${isNew && at === 0 ? " is-first" : ""}`} style={{ flexGrow: Math.max(Math.sqrt(size / most) * 10, 2) }}>{number(size)}</span>,
    ]);
    if (rest > 0) boxes.push(<span class="plus">+</span>, <span class="size is-rest">{number(rest)} in {number(list.length - shown.length)}</span>);
    return boxes;
  };
  return (
    <p class="sizes">
      <span class="visually-hidden">Sizes: {sizes.before.join(" and ")} become {sizes.after.join(" and ")}.</span>
      <span class="sizes-row" aria-hidden="true">
        {side(sizes.before, false)}
        <span class="becomes">{"\u2192"}</span>
        {side(sizes.after, true)}
      </span>
    </p>
  );
}
