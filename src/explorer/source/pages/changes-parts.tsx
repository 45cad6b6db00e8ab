// Small pieces of the page of changes.

import type { ComponentChildren, JSX } from "preact";
import { openConcept, type App } from "../app/app";
import { Badge } from "../app/icons";
import { breakable, number } from "../app/parts";
import { DELETED_MARK } from "../generated";
import type { Changes, Place } from "../model/changes";
import { nowCalled, type Word } from "../model/changes-words";
import { visible, type Pack } from "../model/pack";

const SHAPES: Readonly<Record<string, string>> = {
  merged: "M2 4H5L9 8H14M2 12H5L9 8M11.5 5.5 14 8 11.5 10.5",
  split: "M2 8H6L10 4H14M6 8 10 12H14",
  regrouped: "M2 5H10L8 3M14 11H6L8 13",
  came: "M8 3V13M3 8H13",
  went: "M3 8H13",
  grew: "M8 13V3M4 7 8 3 12 7",
  shrank: "M8 3V13M4 9 8 13 12 9",
  moved: "M2 8H13M9 4 13 8 9 12",
  changed: "M3 6H12L9.5 3.5M13 10H4L6.5 12.5",
};

const SHAPE_OF: Readonly<Record<string, string>> = {
  appeared: "came",
  added: "came",
  joined: "came",
  restored: "came",
  made: "came",
  vanished: "went",
  removed: "went",
  left: "went",
  gone: "went",
  deleted: "went",
  resolved: "went",
};

/** What happened, as a sign beside its word. */
export function ChangeSign({ kind }: { kind: string }): JSX.Element {
  const shape = SHAPES[SHAPE_OF[kind] ?? kind] ?? SHAPES["changed"];
  return (
    <span class={`changes-sign is-${SHAPE_OF[kind] ?? kind}`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={shape} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
      </svg>
    </span>
  );
}

/** A node as it was or is: the badge of its system, its table and its name. */
export function PlaceOf({ pack, place }: { pack: Pack; place: Place }): JSX.Element {
  const { level, table, name, system, systemName } = place;
  const own = level === 1 ? (table ?? name) : name;
  return (
    <span class="changes-place">
      {system >= 0 ? <Badge pack={pack} system={system} /> : <LostBadge name={systemName} />}{" "}
      <span class="changes-name">
        {level === 2 && <><bdi class="above">{breakable(visible(table ?? "?"))}</bdi>{" "}</>}
        <bdi class="own">{breakable(visible(own))}</bdi>
        {place.deleted && DELETED_MARK}
      </span>
    </span>
  );
}

/** The badge of a system that the page does not have any more. */
function LostBadge({ name }: { name: string | null }): JSX.Element {
  const said = name === null ? "unknown system" : visible(name);
  return (
    <span class="badge-system" title={said}>
      <span aria-hidden="true">{name === null ? "?" : [...said.replace(/[^\p{L}\p{N}]/gu, "")].slice(0, 2).join("") || "?"}</span>
      <span class="visually-hidden">{said} </span>
    </span>
  );
}

/** A concept before, by its name and size. */
export function OldConcept({ changes, side }: { changes: Changes; side: number }): JSX.Element {
  const { name, size } = changes.old[side];
  return <><bdi class="own">{breakable(visible(name))}</bdi> <span class="changes-size">({number(size)})</span></>;
}

/** A concept after, which opens; `isTold` if it is said where its own page has another name. */
export function NewConcept({ app, changes, side, member, isTold = false }: { app: App; changes: Changes; side: number; member: number; isTold?: boolean }): JSX.Element {
  const { name, size } = changes.new[side];
  return (
    <>
      <button type="button" class="link own" title="Open the concept as it is now" onClick={() => openConcept(app, member)}><bdi>{breakable(visible(name))}</bdi></button>{" "}
      <span class="changes-size">({number(size)}{isTold && <bdi>{breakable(nowCalled(changes.new[side]))}</bdi>})</span>
    </>
  );
}

/** A sentence about changes. */
export function Said({ app, changes, words, memberOf }: {
  app: App;
  changes: Changes;
  words: readonly Word[];
  /** A member of a concept after. */
  memberOf?: (side: number) => number;
}): JSX.Element {
  const { pack } = app;
  const draw = (word: Word): ComponentChildren => {
    if (typeof word === "string") return word;
    if ("node" in word) return <PlaceOf pack={pack} place={word.past ? changes.placeBefore(word.node) : changes.placeAfter(word.node)} />;
    if ("old" in word) return <OldConcept changes={changes} side={word.old} />;
    return <NewConcept app={app} changes={changes} side={word.new} member={memberOf?.(word.new) ?? -1} isTold />;
  };
  return <>{words.map((word, at) => <span key={at}>{draw(word)}</span>)}</>;
}
