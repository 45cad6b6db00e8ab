// What an answer would do: sizes of concepts before and after, and a sentence with their names.

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { APPROVED, REJECTED } from "../generated";
import { Icon, signOf } from "../app/icons";
import { number } from "../app/parts";
import { saidStatus } from "../app/review";
import type { Question } from "../model/review/queue";
import { confirmedWords, effectTold, type Ends, type Sizes } from "../model/review/words";
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
      <h2><Icon sign={signOf(status)} /> If {saidStatus(status)}</h2>
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
  const { sizes, made, sentences } = effectTold(pack, effect ?? { changes: [], made: [], resolved: [], violations: 0 }, status, { link, ends });
  return (
    <>
      {sizes && <SizesBar sizes={sizes} />}
      <Told key={`${link} ${status}`}>
        {made.length > 0 && <Icon sign="contradiction" says="a contradiction" />}
        {sentences.map((parts, at) => [at > 0 || made.length > 0 ? " " : "", <Parts key={at} of={parts} pack={pack} />])}
      </Told>
    </>
  );
}

/** Sentences in a few lines, and all of them on demand: what a link rests on stays in sight. `whole` never cuts. */
export function Told({ children, whole = false }: { children: ComponentChildren; whole?: boolean }): JSX.Element {
  const box = useRef<HTMLParagraphElement>(null);
  const [isCut, setCut] = useState(false);
  const [all, setAll] = useState(false);
  useLayoutEffect(() => {
    const measure = () => {
      const told = box.current;
      if (!told || all || whole) return;
      // A line or two more take no more room than a button that shows them.
      told.classList.remove("is-all");
      const cut = told.scrollHeight - told.clientHeight;
      const isShort = cut <= SPARE * parseFloat(getComputedStyle(told).lineHeight) + 1;
      told.classList.toggle("is-all", isShort);
      setCut(!isShort);
    };
    measure();
    const watching = new ResizeObserver(measure);
    if (box.current) watching.observe(box.current);
    return () => watching.disconnect();
  });
  return (
    <>
      <p class={`effect-told${all || whole || !isCut ? " is-all" : ""}`} ref={box}>{children}</p>
      {isCut && !whole && <button type="button" class="text-button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? "Show less" : "Show all of it"}</button>}
    </>
  );
}

const SPARE = 1.5; // lines
const MAX_BOXES = 4; // concepts on a side

const LEAST_WIDTH = 26; // pixels
const MORE_WIDTH = 34; // pixels, for the largest concept

/** Concepts as boxes, as wide as they are large: 8 + 4 -> 11 + 1. */
export function SizesBar({ sizes }: { sizes: Sizes }): JSX.Element {
  const most = Math.max(...sizes.before, ...sizes.after, 1);
  const side = (list: readonly number[], isNew: boolean): JSX.Element[] => {
    const shown = list.length > MAX_BOXES ? list.slice(0, MAX_BOXES - 1) : list;
    const rest = list.slice(shown.length).reduce((sum, size) => sum + size, 0);
    const boxes = shown.flatMap((size, at) => [
      ...(at > 0 ? [<span class="plus">+</span>] : []),
      <span class={`size${isNew && at === 0 ? " is-first" : ""}`} style={{ minWidth: `${Math.round(LEAST_WIDTH + (MORE_WIDTH * size) / most)}px` }}>{number(size)}</span>,
    ]);
    if (rest > 0) boxes.push(<span class="plus">+</span>, <span class="size is-rest">{number(rest)} in {number(list.length - shown.length)} others</span>);
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
