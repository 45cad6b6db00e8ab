// The crosswalk on a phone: one card a concept.

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { openConcept, type App } from "../app/app";
import { Badge } from "../app/icons";
import { counted, number } from "../app/parts";
import { scoreText } from "../model/words";
import { ConceptName, Legend, MarkSign } from "./concepts-cells";
import type { Listing } from "./concepts-filters";
import { useVirtual } from "./virtual";

const CARD_HEIGHT = 104; // pixels, with the gap below; those of longer names are higher
const MAX_BADGES = 12;

const places = new WeakMap<App, { hash: string; top: number; row: number }>();

export function ConceptCards({ app, view, concepts }: Listing): JSX.Element {
  const { labels, crosswalk } = concepts;
  const { pack, clusters } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLUListElement>(null);
  const rows = useVirtual(scroller, body, labels, CARD_HEIGHT, () => 0);
  useLayoutEffect(() => {
    const place = places.get(app);
    places.delete(app);
    if (!place || place.hash !== app.history.hash || !scroller.current) return;
    scroller.current.scrollTop = place.top;
    rows.reveal(place.row);
  }, []);
  const listed = useRef(labels);
  useLayoutEffect(() => {
    if (listed.current === labels) return;
    listed.current = labels;
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [labels]);
  const open = (row: number): void => {
    places.set(app, { hash: app.history.hash, top: scroller.current?.scrollTop ?? 0, row });
    openConcept(app, clusters.members(labels[row])[0]);
  };
  return (
    <div class="concepts-cards" ref={scroller}>
      <ul ref={body} aria-label="Concepts" style={{ paddingTop: `${rows.above}px`, paddingBottom: `${rows.below}px` }}>
        {Array.from({ length: rows.end - rows.begin }, (_, at) => {
          const row = rows.begin + at;
          const found = crosswalk.row(labels[row]);
          return (
            <li key={labels[row]} data-row={row} aria-posinset={row + 1} aria-setsize={labels.length}>
              <button type="button" class="card" onClick={() => open(row)}>
                <ConceptName view={view} row={found} found={concepts.matches?.get(labels[row])?.()} />
                <span class="line badges">
                  {found.cells.slice(0, MAX_BADGES).map(({ system, mark, members }) => (
                    <span key={system}>
                      <Badge pack={pack} system={system} /> <MarkSign mark={mark} />
                      {members.length > 1 && <span class="value">{number(members.length)}</span>}
                    </span>
                  ))}
                  {found.cells.length > MAX_BADGES && <span class="value">+{number(found.cells.length - MAX_BADGES)}</span>}
                </span>
                <span class="secondary line">
                  {found.scored > 0 ? `strength ${scoreText(clusters.identity.confidence[labels[row]])}` : "no score"}
                  {" \u00b7 "}{number(found.approved)} of {counted(found.links, "link")} approved
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      <Legend />
    </div>
  );
}
