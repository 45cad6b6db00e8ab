// The bar that shows how many decisions there are, and buttons to undo, to save and to recalibrate.

import type { JSX } from "preact";
import { confirmSaved, copyDecisions, exportDecisions, FILE_NAME, freshDecisions, openPage, recalibrate, textOfDecisions, undo, type App } from "./app";
import { counted } from "./parts";
import type { Props } from "./props";

export function DecisionsBar({ app, view, ui }: Props): JSX.Element | null {
  const n = view.state.decisions.size;
  if (!n && !ui.past.length && !ui.saving) return null;
  const { pack } = view;
  const fresh = freshDecisions(view);
  return (
    <div class="decided" role="group" aria-label="Decisions">
      <button type="button" class="link" onClick={() => listDecisions(app)}>
        <b>{counted(n, "decision")}</b> {n ? (ui.unsaved ? "not saved" : "saved") : ""}
      </button>
      <button type="button" class="small" title="Undo the last (Ctrl+Z)" onClick={() => undo(app)}>Undo the last</button>
      {(n > 0 || view.state.names.size > 0) && (
        <button type="button" class="small" onClick={() => void exportDecisions(app)}>Save {FILE_NAME}</button>
      )}
      {pack.clustering.recalibrates && fresh && (
        <button type="button" class="small" title="Make a new setting by all decisions; until then they change only what they are about" onClick={() => recalibrate(app)}>
          Recalibrate with {fresh}
        </button>
      )}
      {ui.recalibrated && !fresh && <span class="note">{ui.recalibrated}</span>}
      {ui.saving === "asked" && (
        <p class="note saving" role="status">
          The browser was asked to save {FILE_NAME}. Did the file come?{" "}
          <button type="button" class="small" onClick={() => confirmSaved(app)}>Yes, it is there</button>{" "}
          <button type="button" class="small" onClick={() => app.setUi({ saving: "text" })}>No: show the text</button>
        </p>
      )}
      {(ui.saving === "text" || ui.saving === "copied") && <TextToCopy app={app} copied={ui.saving === "copied"} />}
    </div>
  );
}

/** Open the table of decisions below the picture. */
function listDecisions(app: App): void {
  if (app.store.state.page === "map") app.store.set({ tab: "decisions" });
  else openPage(app, "map", { tab: "decisions" });
}

/** The file as text, for where the page may save none. */
function TextToCopy({ app, copied }: { app: App; copied: boolean }): JSX.Element {
  return (
    <div class="saving">
      <p class="note" role="status">
        {copied
          ? `Copied. Paste it into a file ${FILE_NAME}: until then the decisions are in no file.`
          : `If no file came, this page may save none here. Copy the text, and paste it into a file ${FILE_NAME}.`}
      </p>
      <textarea readOnly rows={4} aria-label={`Text of ${FILE_NAME}`} value={textOfDecisions(app)} onFocus={(event) => event.currentTarget.select()} />
      <div class="actions">
        <button type="button" class="small" onClick={() => void copyDecisions(app)}>Copy the decisions</button>
        <button type="button" class="small" onClick={() => confirmSaved(app)}>They are in a file now</button>
        <button type="button" class="small" onClick={() => app.setUi({ saving: "" })}>Close</button>
      </div>
    </div>
  );
}
