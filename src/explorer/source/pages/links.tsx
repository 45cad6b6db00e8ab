// All links, or those of a concept, a pair or a place, as a table.

import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { listLinks, scopeOf, type Listed, type Scope } from "../model/links";
import { openConcept, openOnMap, openPage, type App } from "../app/app";
import { tellAsked } from "../app/menu";
import { MAX_PRINTED, usePrinted } from "../app/media";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import type { View } from "../model/types";
import { linksCsv } from "../out/csv";
import { fileName, saveText } from "../out/save";
import { LinkFilters } from "./links-filters";
import { NoLinks } from "./links-none";
import { LinkRows } from "./links-rows";

/** Links that are listed at once. */
export const PART = 100;

export function Links({ app, view }: Props): JSX.Element {
  const { pack, state, status, clusters, contradictions } = view;
  const { query, hiddenStatuses, hiddenTypes, hiddenSystems, only, least, sort } = state;
  const scope = useMemo(() => scopeOf(view), [state.focus, clusters, view.seen]);
  const listed = useMemo(
    () => listLinks(view, scope),
    [scope, status, clusters, contradictions, state.decisions, query, hiddenStatuses, hiddenTypes, hiddenSystems, only, least, sort],
  );
  const top = useRef<HTMLDivElement>(null);
  const { links, all } = listed;
  const nParts = Math.max(1, Math.ceil(links.length / PART));
  const part = Math.min(state.part, nParts - 1);
  const isPrinted = usePrinted();
  const [begin, n] = isPrinted ? [0, MAX_PRINTED] : [part * PART, PART];
  const shown = Array.from(links.subarray(begin, begin + n));
  const turn = (to: number) => {
    app.store.set({ part: to });
    document.querySelector("#content")?.scrollTo(0, 0);
    requestAnimationFrame(() => requestAnimationFrame(() => top.current?.querySelector<HTMLElement>("tbody button")?.focus({ preventScroll: true })));
  };
  const rows = `${number(begin + 1)}\u2013${number(begin + shown.length)} of ${number(links.length)}`;
  return (
    <div class="links-page" ref={top}>
      <header class="links-head">
        <div>
          {scope.links && (
            <button type="button" class="link back-to" onClick={() => openPage(app, "links")}>{"\u2039"} All {counted(pack.nLinks, "link")}</button>
          )}
          <h1>{titleOf(scope, listed)}</h1>
          <p class="secondary">{subtitleOf(view, listed)}</p>
        </div>
        <div class="actions">
          <Elsewhere app={app} view={view} />
          <button type="button" disabled={!links.length} onClick={() => save(app, view, links)}>Save as CSV</button>
        </div>
      </header>
      {all > 0 && <LinkFilters app={app} view={view} listed={listed} />}
      <p class="visually-hidden" role="status">{counted(links.length, "link")} listed.</p>
      {links.length ? (
        <>
          <LinkRows app={app} view={view} links={shown} first={begin} n={links.length} />
          {isPrinted && links.length > MAX_PRINTED && (
            <p class="only-print">Printed are the first {number(MAX_PRINTED)} of {number(links.length)} links in this order. {"\u201c"}Save as CSV{"\u201d"} has all.</p>
          )}
          <div class="links-pager">
            <span class="secondary">{rows}</span>
            {nParts > 1 && (
              <>
                <button type="button" disabled={part === 0} onClick={() => turn(part - 1)}>Previous</button>
                <button type="button" disabled={part >= nParts - 1} onClick={() => turn(part + 1)}>Next</button>
              </>
            )}
          </div>
        </>
      ) : (
        <NoLinks app={app} view={view} scope={scope} listed={listed} />
      )}
    </div>
  );
}

function titleOf({ of }: Scope, { links, all }: Listed): string {
  const how = links.length === all ? counted(all, "link") : `${number(links.length)} of ${counted(all, "link")}`;
  return of ? `${how} ${of}` : how;
}

/** How many are in each state, in words. */
function subtitleOf(view: View, { byStatus, contradictions, all }: Listed): string {
  if (!all) return "";
  const words = ["suggested", "approved", "rejected"];
  const parts = byStatus.flatMap((n, code) => (n ? [`${number(n)} ${words[code] ?? view.pack.statuses[code]}`] : []));
  if (contradictions) parts.push(counted(contradictions, "contradiction"));
  return parts.join(", ");
}

/** Other pages about the same. */
function Elsewhere({ app, view }: { app: App; view: View }): JSX.Element | null {
  const { focus } = view.state;
  if (!focus) return null;
  return (
    <>
      {focus.kind === "cluster" && view.clusters.labels[focus.member] >= 0 && (
        <button type="button" onClick={() => openConcept(app, focus.member)}>Open the concept</button>
      )}
      <button type="button" onClick={() => openOnMap(app, focus)}>Show on the map</button>
    </>
  );
}

function save(app: App, view: View, links: Uint32Array): void {
  const name = fileName(`${view.pack.header.title} links`, "csv");
  saveText(name, "text/csv", linksCsv(view, Array.from(links)));
  tellAsked(app, name);
}
