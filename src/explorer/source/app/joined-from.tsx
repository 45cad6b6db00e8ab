// Says from which score fields are joined, while that is not the score of Python.

import type { JSX } from "preact";
import { thresholdText } from "../model/words";
import type { PageName } from "../state/state";
import { toContent } from "./app";
import type { Props } from "./props";

/** Pages whose numbers depend on it. */
const PAGES: ReadonlySet<PageName> = new Set(["start", "concepts", "map", "table", "review"]);

export function JoinedFromLine({ app, view, ui }: Props): JSX.Element | null {
  const { pack, state } = view;
  const given = pack.clustering.threshold;
  if (state.threshold === given || ui.compact || !PAGES.has(state.page)) return null;
  const leave = () => {
    app.store.set({ threshold: given });
    toContent();
  };
  return (
    <div class="joined-from" role="note">
      <p>{pack.labels ? "Links count" : "Joined"} from <b>{thresholdText(state.threshold)}</b>, not {thresholdText(given)}.</p>
      <button type="button" onClick={leave}>Back to {thresholdText(given)}</button>
    </div>
  );
}
