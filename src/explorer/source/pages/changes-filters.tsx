// What the page of changes lists: a section, a kind in it, a reason, and words.

import type { JSX } from "preact";
import type { App } from "../app/app";
import { number } from "../app/parts";
import { BECAUSE, countOf, groupText, kindsOf, SECTIONS, type Because, type Changes, type Found, type Group } from "../model/changes";
import { kindTitle, sectionName } from "../model/changes-words";
import type { View } from "../model/types";

const REASONS: Readonly<Record<Because, string>> = {
  decided: "a decision",
  added: "a link that came",
  removed: "a link that went",
  "re-scored": "another score",
  other: "another type, end or place",
  none: "nothing that was found",
};

export function ChangeFilters({ app, view, changes, group, found }: {
  app: App;
  view: View;
  changes: Changes;
  group: Group;
  found: Found;
}): JSX.Element {
  const { pack } = view;
  const open = (next: Partial<Group>): void => app.store.set({ group: groupText({ ...group, ...next }), part: 0 });
  const kinds = kindsOf(changes, group.section);
  const all = [...found.byKind.values()].reduce((sum, n) => sum + n, 0);
  return (
    <div class="changes-filters" role="group" aria-label="What is listed">
      <div class="changes-choice" role="group" aria-label="Part">
        {SECTIONS.filter((section) => countOf(changes, section) > 0).map((section) => (
          <button
            type="button"
            key={section}
            aria-pressed={group.section === section}
            onClick={() => app.store.set({ group: groupText({ section, kind: "", because: "" }), part: 0 })}
          >
            {sectionName(pack, section)} <span class="count">{number(countOf(changes, section))}</span>
          </button>
        ))}
      </div>
      <div class="changes-bar">
        <input
          type="search"
          aria-label="Filter by the name of a field, table, system or concept"
          placeholder="Filter by field, table or concept"
          value={view.state.query}
          onInput={(event) => app.store.set({ query: event.currentTarget.value, part: 0 })}
        />
        {kinds.size > 1 && (
          <div class="changes-choice" role="group" aria-label="What happened">
            <button type="button" aria-pressed={group.kind === ""} onClick={() => open({ kind: "" })}>All <span class="count">{number(all)}</span></button>
            {[...kinds.keys()].map((kind) => (
              <button type="button" key={kind} aria-pressed={group.kind === kind} onClick={() => open({ kind: group.kind === kind ? "" : kind })}>
                {kindTitle(kind)} <span class="count">{number(found.byKind.get(kind) ?? 0)}</span>
              </button>
            ))}
          </div>
        )}
        {group.section === "concepts" && (
          <select aria-label="Why it changed" value={group.because} onChange={(event) => open({ because: event.currentTarget.value as Because | "" })}>
            <option value="">Whatever the cause</option>
            {BECAUSE.filter((reason) => (found.byReason.get(reason) ?? 0) > 0 || group.because === reason).map((reason) => (
              <option key={reason} value={reason}>{`Because of ${REASONS[reason]} (${number(found.byReason.get(reason) ?? 0)})`}</option>
            ))}
          </select>
        )}
      </div>
    </div>
  );
}
