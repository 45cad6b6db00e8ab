// What depends on a concept is what depends on one of its fields: the reader says which.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { openDependents, startSearch, type App } from "../app/app";
import { Popover } from "../app/popover";
import { number } from "../app/parts";
import { byDependents } from "../model/dependents";
import { followed } from "../model/followed";
import { fieldsName } from "../model/sentence";
import type { View } from "../model/types";
import { counted } from "../model/words";
import { initialState } from "../state/hash";
import { Field } from "./concept-parts";

const MAX_LISTED = 8;
const TITLE = "What depends on it";

export function Dependents({ app, view, members }: { app: App; view: View; members: readonly number[] }): JSX.Element {
  const { pack } = view;
  const found = useMemo(() => byDependents(followed(view, initialState(pack).threshold), members), [view.status, view.passes, members.join()]);
  const some = found.filter(({ n }) => n > 0);
  if (some.length <= 1) {
    const { node } = some[0] ?? found[0];
    return <button type="button" aria-keyshortcuts="D" title={pack.marked(node)} onClick={() => openDependents(app, node)}>{TITLE}</button>;
  }
  return (
    <Popover label={TITLE} title={TITLE} isActive={false} keys="D">
      {() => (
        <>
          <p class="secondary">Of which field?</p>
          <ul class="dependents-list">
            {some.slice(0, MAX_LISTED).map(({ node, n }) => (
              <li key={node}>
                <button type="button" class="link" onClick={() => openDependents(app, node)}>
                  <Field pack={pack} node={node} />
                  <span class="value" title={`${counted(n, "dependent")} in one step`}>{number(n)}</span>
                </button>
              </li>
            ))}
          </ul>
          {some.length > MAX_LISTED && (
            <button type="button" class="link act" onClick={() => startSearch(app, "depends")}>Another of {number(some.length)} {fieldsName(pack)}{"\u2026"}</button>
          )}
        </>
      )}
    </Popover>
  );
}
