// Nothing to list: why, and what leads out of it.

import type { JSX } from "preact";
import { countWith, NO_FILTERS } from "../model/listing";
import { listed, thresholdText } from "../model/words";
import { openPage } from "../app/app";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { filterSentences, type Listing } from "./concepts-filters";

/** Filters that no concept passes. */
export function NoMatch({ app, view, concepts }: Listing): JSX.Element {
  const filters = filterSentences(view, concepts);
  const { single } = concepts.counts.only;
  const many = filters.length > 1;
  return (
    <div class="none">
      <h2 class="section-title">No concept {listed(filters.map(({ says }) => says))}.</h2>
      <p class="secondary">
        {counted(concepts.nShared, "concept")} {concepts.nShared === 1 ? "is" : "are"} in several systems
        {concepts.nSingle > 0 && `, ${number(concepts.nSingle)} in one`}, joined from {thresholdText(view.state.threshold)}.
      </p>
      <p class="ways">
        <button type="button" class="primary" onClick={() => app.store.set(NO_FILTERS)}>{many ? "Clear all filters" : "Show all concepts"}</button>
        {many && filters.map(({ way, without }) => {
          const n = countWith(view, without);
          return n > 0 && <button type="button" key={way} onClick={() => app.store.set(without)}>{way} <span class="count">{number(n)}</span></button>;
        })}
        {single > 0 && view.state.only !== "single" && (
          <button type="button" onClick={() => app.store.set({ only: "single" })}>{counted(single, "concept")} in one system</button>
        )}
      </p>
    </div>
  );
}

/** No two fields are joined at all. */
export function NoConcepts({ app, view }: Props): JSX.Element {
  const { pack, state } = view;
  const given = pack.clustering.threshold;
  const from = thresholdText(state.threshold);
  return (
    <section class="concepts">
      <div class="none">
        <h1>No concepts yet</h1>
        {pack.nLinks === 0 ? (
          <>
            <p>There are no links here, so no two fields are known to be the same.</p>
            <p class="ways"><button type="button" class="primary" onClick={() => openPage(app, "start")}>See systems and tables</button></p>
          </>
        ) : (
          <>
            <p>{pack.labels ? "No two fields were joined." : `No two fields are joined from a score of ${from}, and no approved link joins any.`}</p>
            <p class="ways">
              {!pack.labels && state.threshold !== given && (
                <button type="button" class="primary" onClick={() => app.store.set({ threshold: given })}>Join from {thresholdText(given)} again, as in Python</button>
              )}
              {!pack.labels && state.threshold > 0 && (
                <button type="button" onClick={() => app.store.set({ threshold: 0 })}>Join from any score</button>
              )}
              <button type="button" onClick={() => openPage(app, "review")}>Review {counted(pack.nLinks, "link")}</button>
            </p>
          </>
        )}
      </div>
    </section>
  );
}
