// What the table of links is filtered by.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge } from "../app/icons";
import { counted, number } from "../app/parts";
import { ScoreBox } from "../app/score-box";
import { APPROVED, REJECTED } from "../generated";
import { filtersSet, type Listed } from "../model/links";
import { statusWord, typeWord } from "../model/statuses";
import type { View } from "../model/types";
import { listed } from "../model/words";
import { flip, type State } from "../state/state";

/** Filters of links as they are without any. */
export const NO_FILTERS: Partial<State> = {
  query: "",
  hiddenStatuses: new Set(),
  hiddenTypes: new Set(),
  hiddenSystems: new Set(),
  only: "",
  least: 0,
  part: 0,
};

export function LinkFilters({ app, view, listed: found }: { app: App; view: View; listed: Listed }): JSX.Element {
  const { pack, state } = view;
  const set = (change: Partial<State>) => app.store.set({ ...change, part: 0 });
  const n = filtersSet(state);
  // On narrow screens all but the text is behind a button.
  const [open, setOpen] = useState(false);
  const toggle = (only: State["only"]) => set({ only: state.only === only ? "" : only });
  return (
    <div class={`links-filters${open ? " is-open" : ""}`} role="group" aria-label="Filters">
      <input
        type="search"
        aria-label="Filter by the name of a field, table, system or concept"
        placeholder="Filter by field, table or concept"
        value={app.store.state.query}
        onInput={(event) => set({ query: event.currentTarget.value })}
      />
      <button type="button" class="links-more" aria-expanded={open} onClick={() => setOpen(!open)}>
        Filters{n > 0 && <span class="count">{number(n)}</span>}
      </button>
      <OneOf
        label="Status"
        any="Any status"
        names={pack.statuses.map((_, code) => statusWord(pack, code))}
        counts={found.byStatus}
        groups={[{ name: "decided", codes: [APPROVED, REJECTED] }]}
        hidden={state.hiddenStatuses}
        onChange={(hiddenStatuses) => set({ hiddenStatuses })}
      />
      <OneOf
        label="Found by"
        any="Exact rules and estimates"
        names={pack.types.map((_, code) => typeWord(pack, code))}
        counts={found.byType}
        hidden={state.hiddenTypes}
        onChange={(hiddenTypes) => set({ hiddenTypes })}
      />
      <Systems app={app} view={view} onChange={set} />
      <label class="links-least">
        Score from{" "}
        <ScoreBox label="Score from" value={String(state.least || "")} placeholder="0" step="0.05" onType={(least) => set({ least })} />
      </label>
      {(found.contradictions > 0 || state.only === "contradiction") && (
        <button type="button" aria-pressed={state.only === "contradiction"} onClick={() => toggle("contradiction")}>
          Contradictions <span class="count">{number(found.contradictions)}</span>
        </button>
      )}
      {(found.decided > 0 || state.only === "decided") && (
        <button type="button" aria-pressed={state.only === "decided"} onClick={() => toggle("decided")}>
          Decided here <span class="count">{number(found.decided)}</span>
        </button>
      )}
      {state.only === "settled" && (
        <button type="button" aria-pressed={state.only === "settled"} title="Decisions settle them, or no concept rests on them" onClick={() => toggle("settled")}>
          Need no answer <span class="count">{number(found.settled)}</span>
        </button>
      )}
      {n > 0 && (
        <button type="button" class="link links-clear" onClick={() => app.store.set(NO_FILTERS)}>Clear {n === 1 ? "the filter" : `${n} filters`}</button>
      )}
    </div>
  );
}

interface OneOfProps {
  label: string;
  any: string;
  names: readonly string[];
  counts: readonly number[];
  /** Several at once. */
  groups?: readonly { name: string; codes: readonly number[] }[];
  hidden: ReadonlySet<number>;
  onChange: (hidden: ReadonlySet<number>) => void;
}

/** A choice of one kind or all; what else is hidden, as on the map, is kept until another is chosen. */
function OneOf({ label, any, names, counts, groups = [], hidden, onChange }: OneOfProps): JSX.Element {
  const all = names.map((_, code) => code);
  const left = all.filter((code) => !hidden.has(code)).join();
  const choices = [
    ...all.map((code) => ({ name: names[code], codes: [code] })),
    ...groups.map(({ name, codes }) => ({ name, codes: codes.filter((code) => code < all.length) })),
  ].filter(({ codes }) => codes.some((code) => counts[code] > 0) || codes.join() === left);
  const isKnown = left === all.join() || choices.some(({ codes }) => codes.join() === left);
  return (
    <select
      aria-label={label}
      value={left}
      onChange={(event) => {
        const chosen = event.currentTarget.value.split(",");
        onChange(new Set(all.filter((code) => !chosen.includes(String(code)))));
      }}
    >
      <option value={all.join()}>{any}</option>
      {choices.map(({ name, codes }) => (
        <option key={codes.join()} value={codes.join()}>{`Only ${name} (${number(codes.reduce((n, code) => n + counts[code], 0))})`}</option>
      ))}
      {!isKnown && <option value={left}>{listed(all.filter((code) => !hidden.has(code)).map((code) => names[code])) || "None"}</option>}
    </select>
  );
}

/** Which systems are left out: a link with an end in one of them is not listed. */
function Systems({ app, view, onChange }: { app: App; view: View; onChange: (change: Partial<State>) => void }): JSX.Element | null {
  const { pack, state } = view;
  const { hiddenSystems: hidden } = state;
  const box = useRef<HTMLDetailsElement>(null);
  const systems = Array.from({ length: pack.first[1] }, (_, system) => system);
  if (systems.length < 2) return null;
  const close = () => {
    if (!box.current?.open) return;
    box.current.open = false;
    box.current.querySelector("summary")?.focus();
  };
  return (
    <details
      class="links-systems"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !box.current?.open) return;
        close();
        event.preventDefault();
        event.stopPropagation();
      }}
      onFocusOut={({ relatedTarget }) => {
        // A click on a word gives the keyboard to what is around: that is no leaving.
        if (box.current && relatedTarget instanceof Node && !box.current.contains(relatedTarget) && !relatedTarget.contains(box.current)) box.current.open = false;
      }}
    >
      <summary>{hidden.size ? `${number(systems.length - hidden.size)} of ${counted(systems.length, "system")}` : "All systems"}</summary>
      <div class="links-choices">
        <p class="secondary">Links with an end in a system that is not ticked are left out.</p>
        <div class="actions">
          <button type="button" onClick={() => onChange({ hiddenSystems: new Set() })}>All</button>
          <button type="button" onClick={() => onChange({ hiddenSystems: new Set(systems) })}>None</button>
        </div>
        {systems.map((system) => (
          <label key={system}>
            <input type="checkbox" checked={!hidden.has(system)} onChange={() => onChange(flip(app.store, "hiddenSystems", system))} />
            <Badge pack={pack} system={system} named />{"\u00a0"}{pack.name[system]}
          </label>
        ))}
      </div>
    </details>
  );
}
