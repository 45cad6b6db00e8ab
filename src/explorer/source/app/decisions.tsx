// The bar that shows how many decisions there are, and buttons to undo and to save them.

import type { JSX } from "preact";
import { exportDecisions, undo } from "./app";
import { counted } from "./parts";
import type { Props } from "./props";

export function DecisionsBar({ app, view, ui }: Props): JSX.Element | null {
  const n = view.state.decisions.size;
  if (!n) return null;
  return (
    <div class="decided" role="group" aria-label="Decisions">
      <button type="button" class="link" onClick={() => app.store.set({ tab: "decisions" })}>
        <b>{counted(n, "decision")}</b> {ui.unsaved ? "not exported" : "exported"}
      </button>
      <button type="button" class="small" onClick={() => undo(app)}>Undo the last</button>
      <button type="button" class="small" onClick={() => exportDecisions(app)}>Export decisions.json</button>
    </div>
  );
}
