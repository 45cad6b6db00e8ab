// The same thing everywhere: one row a concept, one column a system.

import type { JSX } from "preact";
import { conceptsOf, fieldsWord, filtersInUse, type Concepts as Listed } from "../model/listing";
import { visible } from "../model/pack";
import { unknownWords } from "../model/remote";
import type { View } from "../model/types";
import { crosswalkCsv } from "../out/crosswalk-csv";
import { fileName, isFramed, saveText } from "../out/save";
import type { App } from "../app/app";
import { MAX_PRINTED, PHONE, useMedia } from "../app/media";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { FilterBar, JoinedFrom, OrderChoice } from "./concepts-filters";
import { ConceptCards } from "./concepts-cards";
import { NoConcepts, NoMatch } from "./concepts-none";
import { ConceptTable } from "./concepts-table";


export function Concepts(props: Props): JSX.Element {
  const { app, view } = props;
  const isPhone = useMedia(PHONE);
  const concepts = conceptsOf(view);
  if (view.clusters.sizes.length === 0) return <NoConcepts {...props} />;
  const Rows = isPhone ? ConceptCards : ConceptTable;
  const tools = (
    <div class="concepts-tools">
      <JoinedFrom app={app} view={view} />
      <OrderChoice app={app} view={view} concepts={concepts} />
      <button type="button" disabled={concepts.labels.length === 0} title="These concepts with all their fields, for a spreadsheet" onClick={() => save(app, view, concepts)}>Save as CSV</button>
    </div>
  );
  return (
    <section class={`concepts${concepts.isDense ? " is-dense" : ""}`}>
      <header class="concepts-head">
        <div class="concepts-title">
          <h1>{titleOf(view, concepts)}</h1>
          <p class="secondary">{rest(view, concepts)}</p>
        </div>
        {!isPhone && tools}
      </header>
      {view.clusters.stale && (
        <p class="warn concepts-stale">
          {unknownWords(view.pack, `These are the concepts from before your decisions: ${view.clusters.method} runs in Python only. Save the decisions, and make the page again with them.`)}
        </p>
      )}
      <FilterBar app={app} view={view} concepts={concepts} isPhone={isPhone}>{tools}</FilterBar>
      <p class="visually-hidden" role="status">{counted(concepts.labels.length, "concept")} listed</p>
      {concepts.labels.length > MAX_PRINTED && (
        <p class="only-print">Printed are the first {number(MAX_PRINTED)} of {number(concepts.labels.length)} concepts in this order. {"\u201c"}Save as CSV{"\u201d"} has all.</p>
      )}
      {concepts.labels.length === 0 ? <NoMatch app={app} view={view} concepts={concepts} /> : <Rows app={app} view={view} concepts={concepts} />}
    </section>
  );
}

/** Keys that go to the list from elsewhere in the page: its title has the keyboard when the page opens. */
export function keysOfConcepts({ key, target }: KeyboardEvent): Record<string, () => void> {
  const isIdle = (target as HTMLElement).matches("body, main, h1");
  if (key === "j" || key === "k" || (isIdle && (key === "ArrowDown" || key === "ArrowUp"))) return { [key]: () => intoList(key) };
  return isIdle && key === "Enter" ? { Enter: () => firstOfList()?.click() } : {};
}

/** Where the table has the keyboard, or the first card. */
const firstOfList = (): HTMLElement | null =>
  document.querySelector<HTMLElement>(".concepts-table [data-at][tabindex='0'], .concepts-cards [data-row] button");

function intoList(key: string): void {
  const cards = [...document.querySelectorAll<HTMLElement>(".concepts-cards [data-row] button")];
  const at = cards.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? firstOfList() : cards[at + (key === "k" ? -1 : 1)];
  next?.focus();
}

/** What the list is, as a sentence. */
function titleOf({ state }: View, { labels, nAll, areSingle, entity }: Listed): string {
  const n = labels.length;
  const where = areSingle ? "in one system" : "in several systems";
  const of = entity ? ` of ${visible(entity.name)}` : "";
  const isWhole = filtersInUse({ ...state, only: areSingle ? "" : state.only, entity: -1 }) === 0;
  if (entity && isWhole) return `${counted(n, "concept")}${of} ${where}`;
  return isWhole ? `${counted(n, "concept")} ${where}` : `${number(n)} of ${counted(nAll, "concept")} ${where}`;
}

/** What else is to be known: how many fields these are, and what the list leaves out. */
function rest({ pack, state }: View, { labels, nShared, nSingle, nFields, areSingle, entity }: Listed): string {
  const { first, clustering } = pack;
  const all = first[clustering.level + 1] - first[clustering.level];
  if (entity) return `With a ${fieldsWord(pack, 1)} in one of its ${counted(entity.tables.length, "table")}.`;
  if (nShared === 0) return "No two systems have the same thing, as far as the links say.";
  if (areSingle) return `${counted(nShared, "concept")} ${nShared === 1 ? "is" : "are"} in several systems.`;
  if (labels.length === 0) return "";
  const hold = `${labels.length === nShared ? "They" : `All ${number(nShared)}`} hold ${number(nFields)} of ${number(all)} ${fieldsWord(pack, all)}.`;
  if (nSingle === 0 || state.only !== "") return hold;
  return `${hold} ${number(nSingle)} more ${nSingle === 1 ? "is" : "are"} in one system only.`;
}

function save(app: App, view: View, { labels }: Listed): void {
  const name = fileName(view.pack.header.title, "concepts.csv");
  saveText(name, "text/csv", crosswalkCsv(view, labels));
  const said = `The browser was asked to save ${name} with ${counted(labels.length, "concept")}.`;
  app.setUi({ announcement: said, ...(isFramed() ? { problem: `${said} If no file came, this frame may save none: open the page in a window of its own.` } : {}) });
}

