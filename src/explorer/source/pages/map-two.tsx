// Two systems side by side, or one with itself: their tables, and what links them.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { openJoin, openLink, openPage, openTable, type App } from "../app/app";
import { Badge } from "../app/icons";
import { PHONE, useMedia } from "../app/media";
import { bestFirst, breakable, counted, number, StatusMark } from "../app/parts";
import type { Props } from "../app/props";
import { filtersInUse } from "../app/shown";
import { SUGGESTED } from "../generated";
import { overlapOf } from "../model/overlap";
import type { Pack } from "../model/pack";
import { twoSystems, type TablePair, type TwoSystems as Two } from "../model/table-pairs";
import { signBetween } from "../model/statuses";
import type { View } from "../model/types";
import { scoreText } from "../model/words";
import { initialState } from "../state/hash";
import { Bar, FiltersButton, Forms, onArrows, PairFacts, StatusCounts } from "./map-parts";
import { TablesPicture } from "./map-tables";
import { PairTable } from "./map-table";

interface TwoProps extends Props {
  left: number;
  right: number;
  /** Two tables whose links are listed. */
  chosen: readonly [number, number] | null;
}

export function TwoSystems({ app, view, ui, left, right, chosen }: TwoProps): JSX.Element {
  const { pack, state } = view;
  const isPhone = useMedia(PHONE);
  const atFirst = useMemo(() => initialState(pack), [pack]);
  const two = useMemo(() => twoSystems(view, left, right), [view.passes, view.status, left, right]);
  const [table, setTable] = useState(-1);
  const isOne = left === right;
  const pair = chosen && (two.pairs.find((one) => isOf(one, chosen)) ?? null);
  const isTable = state.layout === "matrix";
  const choose = (one: TablePair | null) => {
    setTable(-1);
    app.store.set({ focus: one ? { kind: "line", source: one.left, target: one.right } : { kind: "pair", left, right } });
  };
  const chooseTable = (one: number) => {
    app.store.set({ focus: { kind: "pair", left, right } });
    setTable(one === table ? -1 : one);
  };
  const at = table >= 0 && (two.left.nLinks.has(table) || two.right.nLinks.has(table)) ? table : -1;
  const between = overlapOf(view).between(left, right);
  const nothing = two.pairs.length === 0;
  return (
    <section class="map-page" aria-label="Two systems">
      <div class="map-main">
        <Bar
          back={<button type="button" class="text-button map-back" onClick={() => openPage(app, "map")}>{"\u2039"} All systems</button>}
          title={isOne ? <>Inside <bdi>{breakable(pack.marked(left))}</bdi></> : <><bdi>{breakable(pack.marked(left))}</bdi> and <bdi>{breakable(pack.marked(right))}</bdi></>}
          note={nothing ? "" : `${counted(two.pairs.length, "pair")} of tables${isTable || isPhone ? "" : ", a line = linked fields"}`}
        >
          {!nothing && !isPhone && <Forms app={app} second="Table" isSecond={isTable} />}
          {!isOne && <button type="button" aria-keyshortcuts="X" title="Swap sides (X)" onClick={() => app.store.set({ focus: { kind: "pair", left: right, right: left } })}>Swap sides</button>}
          <FiltersButton app={app} isOpen={ui.filters} active={filtersInUse(state, atFirst)} />
        </Bar>
        {isPhone && <PairFacts app={app} view={view} pair={between} open={false} />}
        {nothing ? (
          <NoLinks app={app} view={view} left={left} right={right} loose={two.loose} />
        ) : isTable || isPhone ? (
          <PairTable view={view} two={two} pair={pair} choose={choose} />
        ) : (
          <TablesPicture view={view} two={two} pair={pair} table={at} choose={choose} chooseTable={chooseTable} />
        )}
      </div>
      {(!isPhone || pair) && (
        <aside class={`map-side${pair ? " with-pair" : ""}`} aria-label="What is chosen">
          {pair ? (
            <TablePairFacts app={app} view={view} pair={pair} close={() => choose(null)} />
          ) : at >= 0 ? (
            <OneTable app={app} view={view} two={two} table={at} choose={choose} />
          ) : (
            <PairFacts app={app} view={view} pair={between} open={false} />
          )}
          {!pair && at < 0 && two.pairs.length > 0 && <Strongest pack={pack} two={two} choose={choose} />}
          {two.loose > 0 && !pair && <p class="secondary map-loose">{counted(two.loose, "link")} of the systems themselves, or of fields whose table is unknown: {two.loose === 1 ? "it is" : "they are"} in the <button type="button" class="text-button" onClick={() => openPage(app, "links", { focus: { kind: "pair", left, right } })}>table of links</button>.</p>}
        </aside>
      )}
    </section>
  );
}

const isOf = ({ left, right }: TablePair, [one, other]: readonly [number, number]): boolean =>
  (left === one && right === other) || (left === other && right === one);

function NoLinks({ app, view, left, right, loose }: { app: App; view: View; left: number; right: number; loose: number }): JSX.Element {
  const { pack, state } = view;
  const atFirst = initialState(pack);
  const isHidden = state.hiddenSystems.has(left) || state.hiddenSystems.has(right);
  const isFiltered = isHidden || filtersInUse(state, atFirst) > 0;
  const said = isHidden
    ? "One of the two is hidden."
    : isFiltered
      ? "No link between their tables passes the filters."
      : left === right ? "No link lies inside it." : "No link joins their tables.";
  return (
    <div class="map-empty">
      <p>{said}{loose > 0 && ` ${counted(loose, "link")} join the systems themselves.`}</p>
      <p class="map-acts">
        {isFiltered && <button type="button" class="primary" onClick={() => app.store.set({ threshold: atFirst.threshold, hiddenStatuses: new Set(), hiddenTypes: new Set(), hiddenSystems: new Set() })}>Clear the filters</button>}
        <button type="button" class={isFiltered ? "" : "primary"} onClick={() => openPage(app, "map")}>All systems</button>
      </p>
    </div>
  );
}

const MAX_STRONGEST = 8;

/** The pairs of tables with most links. */
function Strongest({ pack, two, choose }: { pack: Pack; two: Two; choose: (pair: TablePair) => void }): JSX.Element {
  return (
    <section class="map-pairs">
      <h2 class="section-title">Most linked tables</h2>
      <PairButtons pack={pack} pairs={two.pairs.slice(0, MAX_STRONGEST)} choose={choose} />
    </section>
  );
}

function PairButtons({ pack, pairs, choose }: { pack: Pack; pairs: readonly TablePair[]; choose: (pair: TablePair) => void }): JSX.Element {
  return (
    <ul data-roving onKeyDown={onArrows}>
      {pairs.map((pair, at) => (
        <li key={`${pair.left} ${pair.right}`}>
          <button type="button" data-stop tabIndex={at ? -1 : 0} onClick={() => choose(pair)}>
            <span class="map-names"><bdi>{breakable(pack.tableName(pair.left))}</bdi> {"\u2013"} <bdi>{breakable(pack.tableName(pair.right))}</bdi></span>
            <b class="map-n">{number(pair.links.length)}<span class="visually-hidden"> {pair.links.length === 1 ? "link" : "links"}</span></b>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** One table: with which tables of the other side it is linked. */
function OneTable({ app, view, two, table, choose }: { app: App; view: View; two: Two; table: number; choose: (pair: TablePair) => void }): JSX.Element {
  const { pack } = view;
  const pairs = two.pairs.filter(({ left, right }) => left === table || right === table);
  const n = pairs.reduce((sum, { links }) => sum + links.length, 0);
  const isLeft = two.left.nLinks.has(table) && pairs.some(({ left }) => left === table);
  const other = isLeft ? two.right.system : two.left.system;
  return (
    <>
      <section class="map-facts">
        <h2 class="section-title map-both"><Badge pack={pack} system={pack.system[table]} />{"\u00a0"}<bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</h2>
        <p class="secondary">{counted(n, "link")} with {counted(pairs.length, "table")}{two.left.system === two.right.system ? "" : ` of ${pack.name[other]}`}</p>
        <div class="map-two-acts">
          <button type="button" class="primary" onClick={() => openTable(app, table)}>Open the table</button>
          <button type="button" onClick={() => openPage(app, "links", { focus: { kind: "near", node: table, hops: 1 } })}>All its links</button>
        </div>
      </section>
      <section class="map-pairs">
        <h2 class="section-title">Linked tables</h2>
        <PairButtons pack={pack} pairs={pairs} choose={choose} />
      </section>
    </>
  );
}

const MAX_LINKS = 60;

/** The links of two tables, approved first. */
function TablePairFacts({ app, view, pair, close }: { app: App; view: View; pair: TablePair; close: () => void }): JSX.Element {
  const { pack, status } = view;
  const { left, right } = pair;
  const links = bestFirst(view, pair.links);
  const isOfTables = (link: number): boolean => pack.level(pack.source[link]) === 1 && pack.level(pack.target[link]) === 1;
  const ofTables = links.some(isOfTables);
  const waiting = links.filter((link) => status[link] === SUGGESTED);
  const leftFirst = (link: number): [number, number] => {
    const [x, y] = [pack.source[link], pack.target[link]];
    return pack.table[x] === left ? [x, y] : [y, x];
  };
  return (
    <>
      <section class="map-facts">
        <button type="button" class="icon map-shut" aria-label="Close" title="Close (Esc)" onClick={close}>{"\u00d7"}</button>
        <h2 class="section-title map-both">
          <Badge pack={pack} system={pack.system[left]} />{"\u00a0"}<bdi>{breakable(pack.tableName(left))}</bdi> <span class="secondary">and</span>{" "}
          <Badge pack={pack} system={pack.system[right]} />{"\u00a0"}<bdi>{breakable(pack.tableName(right))}</bdi>
        </h2>
        <p class="secondary">{counted(links.length, "link")} between {ofTables ? "them" : "their fields"}</p>
        <StatusCounts byStatus={pair.byStatus} />
        <div class="map-two-acts">
          {left !== right && <button type="button" onClick={() => openJoin(app, left, right)}>Join them</button>}
          {waiting.length > 0 && <button type="button" class="primary" onClick={() => openLink(app, waiting[0])}>{waiting.length === 1 ? "Review it" : `Review all ${number(waiting.length)}`}</button>}
        </div>
      </section>
      <section class="map-fields">
        <h2 class="section-title">{ofTables ? "Links" : "Fields"}</h2>
        <ul data-roving onKeyDown={onArrows}>
          {links.slice(0, MAX_LINKS).map((link, at) => {
            const [x, y] = leftFirst(link);
            return (
              <li key={link}>
                <button type="button" data-stop tabIndex={at ? -1 : 0} onClick={() => openLink(app, link)} title={`${pack.marked(x)} ${signBetween(status[link])} ${pack.marked(y)}`}>
                  <StatusMark view={view} status={status[link]} />
                  {isOfTables(link) ? (
                    <span class="map-names">the tables themselves</span>
                  ) : (
                    <span class="map-names"><bdi>{breakable(pack.name[x])}</bdi>{pack.mark(x)} <span class="secondary">{signBetween(status[link])}</span> <bdi>{breakable(pack.name[y])}</bdi>{pack.mark(y)}</span>
                  )}
                  <span class="value">{Number.isNaN(pack.confidence[link]) ? "no score" : scoreText(pack.confidence[link])}</span>
                </button>
              </li>
            );
          })}
        </ul>
        {links.length > MAX_LINKS && <button type="button" class="text-button" onClick={() => openPage(app, "links", { focus: { kind: "line", source: left, target: right } })}>All {number(links.length)} as a table</button>}
      </section>
    </>
  );
}
