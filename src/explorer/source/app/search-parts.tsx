// Parts of the search: a line of the list, what is said if nothing is found, lines to copy, keys.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { describedSo, partsOf, wordsAlone, type Findings, type Line, type Marked } from "../model/finding";
import type { Pack } from "../model/pack";
import type { Pair } from "../model/two-named";
import type { View } from "../model/types";
import { endSearch, openPage, type App, type Ui } from "./app";
import { Badge, Icon, Key } from "./icons";
import { quoted } from "../model/words";
import { breakable, counted, number } from "./parts";

export const optionId = (index: number): string => `match-${index}`;

/** A text with its matching parts marked. */
function Hits({ text }: { text: Marked }): JSX.Element {
  return (
    <>
      {partsOf(text).map((part, index) => (part.isHit ? <mark key={index}>{part.text}</mark> : <span key={index}>{breakable(part.text)}</span>))}
    </>
  );
}

interface LineProps {
  pack: Pack;
  line: Line;
  id: string;
  selected: boolean;
  onTake: () => void;
}

export function LineRow({ pack, line, id, selected, onTake }: LineProps): JSX.Element {
  const { kind, node, above, name, sign, holds, more, place, amount } = line;
  const isConcept = kind === "concept";
  return (
    <div class={`found-line is-${kind}`} role="option" id={id} aria-selected={selected} onClick={onTake}>
      {sign ? <Icon sign={sign} says={SAYS[sign]} /> : <Badge pack={pack} system={pack.system[node]} />}
      <div class="found-text">
        <p class="found-name">
          {above && <span class="above"><Hits text={above} /> </span>}
          <span class={isConcept ? "" : "own"}><Hits text={name} /></span>
        </p>
        <p class="secondary">
          {isConcept ? (
            <>
              {"holds "}
              {holds.map((one, index) => (
                <span key={index}>{index > 0 && (index === holds.length - 1 && !more ? " and " : ", ")}<Hits text={one} /></span>
              ))}
              {more > 0 && ` and ${number(more)} more`}
            </>
          ) : (
            place
          )}
        </p>
      </div>
      <span class="value">{amount}</span>
    </div>
  );
}

/** Two fields or tables that were named together: why are they one concept, or not, or how are they joined? */
export function PairRow({ pack, pair: { kind, nodes }, id, selected, onTake }: Omit<LineProps, "line"> & { pair: Pair }): JSX.Element {
  return (
    <div class={`found-line is-${kind}`} role="option" id={id} aria-selected={selected} onClick={onTake}>
      <Icon sign={kind === "why" ? "search" : "key"} />
      <div class="found-text">
        <p class="found-name">
          {kind === "join" && "Join "}
          {nodes.map((node, index) => (
            <span key={node}>
              {index > 0 && <span class="secondary"> and </span>}
              <Badge pack={pack} system={pack.system[node]} />{"\u00a0"}
              {kind === "join" && <span class="above">{pack.name[pack.system[node]] ?? "?"}{" "}</span>}
              {pack.level(node) === 2 && <span class="above">{breakable(pack.tableName(node))}{" "}</span>}
              <span class="own">{breakable(pack.level(node) === 1 ? pack.tableName(node) : pack.name[node])}{pack.mark(node)}</span>
            </span>
          ))}
        </p>
        <p class="secondary">{kind === "why" ? "why they are together, or not" : "the columns that lead from one to the other, and the query"}</p>
      </div>
    </div>
  );
}

const SAYS = {
  contradiction: "has a contradiction: ",
  approved: "something approved: ",
  suggested: "only suggested: ",
};

/** What was probably meant, above what was found for it. */
export function Spelling({ app, view, found, onDescribed }: { app: App; view: View; found: Findings; onDescribed: (() => void) | null }): JSX.Element {
  const { corrected, text } = found;
  return (
    <div class="found-purpose">
      <p class="section-title">Nothing is called {quoted(text)}</p>
      <p>
        Did you mean{" "}
        <button type="button" class="link meant" onClick={() => retype(app, corrected ?? "")}>{corrected}</button>?{" "}
        {counted(found.nConcepts, "concept")} and {counted(found.nPlaces, "place")} have it in their name.
      </p>
      {onDescribed && view.pack.header.descriptions.length > 0 && (
        <button type="button" onClick={onDescribed}>Search descriptions too</button>
      )}
    </div>
  );
}

/** Words that are left out because nothing has them all, above what has the most. */
export function Partly({ app, view, found }: { app: App; view: View; found: Findings }): JSX.Element | null {
  const { lacking, text } = found;
  const parts = useMemo(() => wordsAlone(view, text), [view.clusters, text]);
  if (lacking === null) return null;
  const { words, n, ofAll } = lacking;
  const isAllElse = words.length > 0 && words.length === ofAll - n;
  return (
    <div class="found-purpose">
      <p class="section-title">Nothing is called {quoted(text)}</p>
      <p>
        {isAllElse
          ? `Left out: ${words.map(quoted).join(", ")}, which nothing is called.`
          : `No name has all the words. These have ${n} of ${ofAll}.`}
      </p>
      {parts.length > 1 && (
        <p class="actions">
          {parts.map(({ word, n: many }) => (
            <button type="button" key={word} onClick={() => retype(app, word)}>Search {quoted(word)} ({number(many)})</button>
          ))}
        </p>
      )}
    </div>
  );
}

function retype(app: App, text: string): void {
  app.store.set({ search: text });
  document.querySelector<HTMLElement>("#search")?.focus();
}

/** The sentence and the ways out where nothing is found. */
export function NothingFound({ app, view, text, described, onDescribed }: {
  app: App;
  view: View;
  text: string;
  described: boolean;
  onDescribed: () => void;
}): JSX.Element {
  const nDescribed = useMemo(() => (described ? 0 : describedSo(view, text)), [view.clusters, text, described]);
  const hasDescriptions = view.pack.header.descriptions.length > 0;
  return (
    <div class="found-nothing">
      <Icon sign="search" />
      <p class="section-title">Nothing is called {quoted(text)}</p>
      <p>
        No concept, system, table or field has it in its name, nor a word with one letter other.
        {nDescribed > 0 && ` ${counted(nDescribed, "description")} ${nDescribed === 1 ? "has" : "have"} it.`}
        {!hasDescriptions && " This page holds no descriptions that could be searched."}
      </p>
      <div class="actions">
        {hasDescriptions && !described && nDescribed > 0 && (
          <button type="button" class="primary" onClick={onDescribed}>Search descriptions too</button>
        )}
        <button type="button" onClick={() => { endSearch(app); openPage(app, "concepts"); }}>See all concepts</button>
      </div>
    </div>
  );
}

interface FootProps {
  kind: Line["kind"] | null;
  inConcept: boolean;
  onMap: boolean;
  purpose: Ui["purpose"];
  moved: boolean;
  onAct: (act: "open" | "depends" | "join") => void;
  onClose: () => void;
}

/** Keys of the list, which can be clicked as well. */
export function Foot({ kind, inConcept, onMap, purpose, moved, onAct, onClose }: FootProps): JSX.Element {
  const enter =
    purpose === "depends" ? "what depends on it"
    : kind === null ? "show"
    : onMap || kind === "system" ? "show on the map"
    : inConcept ? "open concept"
    : kind === "table" ? "open the table"
    : "show in its table";
  const acts: [string, string, () => void][] = [["Enter", enter, () => onAct("open")]];
  if (purpose === "open" && kind !== null) {
    const press = (letter: string) => (moved ? letter : `Alt ${letter}`);
    acts.push([press("D"), "what depends on it", () => onAct("depends")]);
    if (kind !== "system") acts.push([press("J"), "join from here", () => onAct("join")]);
  }
  acts.push(["Esc", "close", onClose]);
  return (
    <div class="found-foot">
      {acts.map(([key, what, act]) => (
        <button type="button" class="link" tabIndex={-1} key={what} onClick={act}><Key>{key}</Key> {what}</button>
      ))}
    </div>
  );
}
