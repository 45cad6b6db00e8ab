// Small pieces of the page of a concept.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Badge } from "../app/icons";
import { usePrinted } from "../app/media";
import { breakable } from "../app/parts";
import { visible, type Pack } from "../model/pack";
import type { Part, Sentence } from "../model/sentence";

/** A field with its system and table, in a line that may wrap. */
export function Field({ pack, node }: { pack: Pack; node: number }): JSX.Element {
  const level = pack.level(node);
  return (
    <span class="concept-field">
      <Badge pack={pack} system={pack.system[node]} />{"\u00a0"}
      {level === 2 && <><bdi class="quiet">{breakable(pack.tableName(node))}</bdi>{" "}</>}
      <bdi class="own">{breakable(level === 1 ? pack.tableName(node) : pack.name[node])}</bdi>
      {pack.mark(node)}
    </span>
  );
}

/** Sentences in which fields have their badge, and concepts are bold. */
export function Said({ pack, sentence }: { pack: Pack; sentence: Sentence }): JSX.Element {
  return (
    <>
      {sentence.map((part, at) => <Word key={at} pack={pack} part={part} />)}
    </>
  );
}

function Word({ pack, part }: { pack: Pack; part: Part }): ComponentChildren {
  if (typeof part === "string") return part;
  if ("strong" in part) return <b title={part.exact}>{part.strong}</b>;
  if ("node" in part) return <Field pack={pack} node={part.node} />;
  return <bdi class="own">{breakable(visible(part.concept))}</bdi>;
}

/** Whether the page is drawn already: what takes a moment is computed after it is. */
export function useLater(): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    const waiting = setTimeout(() => setLater(true));
    return () => clearTimeout(waiting);
  }, []);
  return later;
}

/** The first of many things, and a button for the others. */
export function First<T>({ items, most, what, children }: {
  items: readonly T[];
  most: number;
  what: string;
  children: (item: T) => ComponentChildren;
}): JSX.Element {
  const [all, setAll] = useState(false);
  const isPaper = usePrinted();
  const shown = all || isPaper || items.length <= most + 1 ? items : items.slice(0, most);
  return (
    <>
      {shown.map(children)}
      {shown.length < items.length && (
        <li class="more"><button type="button" class="link act" onClick={() => setAll(true)}>{`${items.length - shown.length} more ${what}`}</button></li>
      )}
    </>
  );
}
