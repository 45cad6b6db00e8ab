// Concepts in a cell of a notebook: a list, and beside it the one that is open.

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { breakable, number } from "../app/parts";
import type { Props } from "../app/props";
import { clusterName } from "../model/clusters";
import { besidesName, conceptsOf, type Concepts } from "../model/listing";
import { unknownWords } from "../model/remote";
import { middle } from "../model/words";
import type { View } from "../model/types";
import { MARK_WORDS } from "./concepts-cells";
import { ConceptCell } from "./concept-cell";
import { NoConcepts, NoMatch } from "./concepts-none";
import { useVirtual } from "./virtual";

const ROW_HEIGHT = 46; // pixels
const MOST_SLOTS = 8; // systems that have a place of their own in a row
const MAX_NAME = 44; // characters

export function ConceptsCell(props: Props): JSX.Element {
  const { app, view } = props;
  const { focus } = view.state;
  const concepts = conceptsOf(view);
  if (view.clusters.sizes.length === 0 && focus?.kind !== "cluster") return <NoConcepts {...props} />;
  return (
    <div class="concepts-cell">
      <List app={app} view={view} concepts={concepts} />
      <div class="concepts-detail">
        {focus?.kind === "cluster" ? <ConceptCell {...props} /> : <NoneOpen view={view} concepts={concepts} />}
      </div>
    </div>
  );
}

function NoneOpen({ view, concepts }: { view: View; concepts: Concepts }): JSX.Element {
  return (
    <div class="concepts-none-open">
      <h1>{concepts.nShared === 1 ? "1 concept is" : `${number(concepts.nShared)} concepts are`} in several systems</h1>
      <p class="secondary">Choose one in the list: its fields, and what holds them together, are shown here.</p>
      {view.clusters.stale && <p class="warn">{unknownWords(view.pack, "")}</p>}
    </div>
  );
}

function List({ app, view, concepts }: { app: App; view: View; concepts: Concepts }): JSX.Element {
  const { labels } = concepts;
  const { clusters, state } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLUListElement>(null);
  const rows = useVirtual(scroller, body, labels, ROW_HEIGHT, () => 0);
  const open = state.focus?.kind === "cluster" ? clusters.labels[state.focus.member] : -1;
  const at = labels.indexOf(open);
  useLayoutEffect(() => {
    if (at >= 0) rows.reveal(at);
  }, [at]);
  const choose = (row: number): void => {
    const label = labels[row];
    // The keyboard stays in the list.
    if (label !== undefined) app.store.set({ focus: { kind: "cluster", member: clusters.members(label)[0] } }, "push");
  };
  const move = (row: number): void => {
    if (row < 0 || row >= labels.length) return;
    rows.reveal(row);
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-row="${row}"] button`)?.focus());
  };
  const first = at >= rows.begin && at < rows.end ? at : rows.begin;
  if (labels.length === 0) return <div class="concepts-list"><NoMatch app={app} view={view} concepts={concepts} /></div>;
  return (
    <div class="concepts-list">
      <div class="scroller" ref={scroller}>
        <ul ref={body} aria-label="Concepts" style={{ paddingTop: `${rows.above}px`, paddingBottom: `${rows.below}px` }}>
          {Array.from({ length: rows.end - rows.begin }, (_, place) => {
            const row = rows.begin + place;
            return (
              <li key={labels[row]} data-row={row} aria-posinset={row + 1} aria-setsize={labels.length}>
                <button
                  type="button"
                  aria-current={row === at ? "true" : undefined}
                  tabIndex={row === first ? 0 : -1}
                  onClick={() => choose(row)}
                  onKeyDown={(event) => {
                    const to = { ArrowDown: row + 1, ArrowUp: row - 1, Home: 0, End: labels.length - 1 }[event.key];
                    if (to === undefined) return;
                    move(to);
                    event.preventDefault();
                  }}
                >
                  <Row view={view} concepts={concepts} label={labels[row]} />
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      <p class="secondary">{number(rows.lastSeen - rows.firstSeen + 1)} of {number(labels.length)}{state.order === "identity" ? ", keys first" : ""}</p>
    </div>
  );
}

function Row({ view, concepts, label }: { view: View; concepts: Concepts; label: number }): JSX.Element {
  const { pack, clusters } = view;
  const row = concepts.crosswalk.row(label);
  const name = clusterName(clusters, label);
  const besides = besidesName(view, label);
  const mark = row.contradictions > 0 ? "rejected" : row.approved > 0 ? "approved" : "suggested";
  const sign = mark === "rejected" ? "contradiction" : mark;
  const has = new Set(row.cells.map(({ system }) => system));
  const slots = concepts.systems.length <= MOST_SLOTS ? concepts.systems : [...has].slice(0, MOST_SLOTS);
  return (
    <>
      <span class="line">
        <span class="name"><b><bdi>{breakable(middle(name, MAX_NAME))}</bdi></b>{besides && <span class="secondary"> <bdi>{middle(besides, 16)}</bdi></span>}</span>
        <Icon sign={sign} says={MARK_WORDS[mark]} />
        <span class="count-of">{number(clusters.sizes[label])}</span>
      </span>
      <span class="line">
        {slots.map((system) => (has.has(system) ? <Badge key={system} pack={pack} system={system} /> : <span key={system} class="no-badge" aria-hidden="true" />))}
        {has.size > slots.length && <span class="secondary">+{number(has.size - slots.length)}</span>}
      </span>
    </>
  );
}
