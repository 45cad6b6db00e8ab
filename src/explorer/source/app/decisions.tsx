// The bar that shows how many decisions there are, and buttons to undo, to save and to recalibrate.

import type { JSX } from "preact";
import { exportDecisions, FILE_NAME, freshDecisions, recalibrate, undo } from "./app";
import { counted } from "./parts";
import type { Props } from "./props";

export function DecisionsBar({ app, view, ui }: Props): JSX.Element | null {
  const n = view.state.decisions.size;
  if (!n) return null;
  const { pack } = view;
  const fresh = freshDecisions(view);
  return (
    <div class="decided" role="group" aria-label="Decisions">
      <button type="button" class="link" onClick={() => app.store.set({ tab: "decisions" })}>
        <b>{counted(n, "decision")}</b> {ui.unsaved ? "not exported" : "exported"}
      </button>
      <button type="button" class="small" onClick={() => undo(app)}>Undo the last</button>
      <button type="button" class="small" onClick={() => exportDecisions(app)}>Export {FILE_NAME}</button>
      {pack.clustering.recalibrates && fresh && (
        <button type="button" class="small" title="Make a new setting by all decisions; until then they change only what they are about" onClick={() => recalibrate(app)}>
          Recalibrate with {fresh}
        </button>
      )}
      {ui.recalibrated && !fresh && <span class="note">{ui.recalibrated}</span>}
    </div>
  );
}
