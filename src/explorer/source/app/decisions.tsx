// What there is to say about decisions: whether they are in a file, and what a new setting changed.

import type { JSX } from "preact";
import { confirmSaved, copyDecisions, FILE_NAME, textOfDecisions, undo, type App } from "./app";
import type { State } from "../state/state";
import { Icon } from "./icons";
import { counted } from "./parts";
import type { Props } from "./props";

/** A bar below the head, shown only while it has something to say. */
export function DecisionsBar({ app, view, ui }: Props): JSX.Element | null {
  const { decisions, names } = view.state;
  const recalibrated = isTrue(view.state, ui.recalibrated?.of) ? ui.recalibrated!.said : "";
  if (!ui.saving && !recalibrated) return null;
  return (
    <div class="decided" role="region" aria-label="Decisions">
      {recalibrated && !ui.saving && (
        <>
          <p role="status">{recalibrated}</p>
          <button type="button" onClick={() => undo(app)}>Take it back</button>
          <button type="button" onClick={() => app.setUi({ recalibrated: null })}>Close</button>
        </>
      )}
      {ui.saving === "asked" && (
        <>
          <p role="status">The browser was asked to save {FILE_NAME}. Did the file come?</p>
          <button type="button" onClick={() => confirmSaved(app)}>Yes, it is there</button>
          <button type="button" onClick={() => app.setUi({ saving: "text" })}>No: show the text</button>
        </>
      )}
      {(ui.saving === "text" || ui.saving === "copied") && (
        <TextToCopy app={app} n={decisions.size + names.size} copied={ui.saving === "copied"} />
      )}
    </div>
  );
}

/** Whether what was said of a recalibration still holds where the reader is. */
function isTrue(now: State, then: State | undefined): boolean {
  return then !== undefined && (["page", "decisions", "names", "setting", "threshold"] as const).every((what) => now[what] === then[what]);
}

/** The file as text, for where the page may save none. */
function TextToCopy({ app, n, copied }: { app: App; n: number; copied: boolean }): JSX.Element {
  return (
    <section class="not-saved">
      <h2><Icon sign="contradiction" /> This page may not save files here</h2>
      <p role="status">
        {copied
          ? `Copied. Paste the text into a file ${FILE_NAME}: until then the decisions are in no file.`
          : `Your ${counted(n, "decision")} ${n === 1 ? "is" : "are"} not saved. Copy the text and paste it into a file ${FILE_NAME}.`}
      </p>
      <textarea readOnly rows={4} aria-label={`Text of ${FILE_NAME}`} value={textOfDecisions(app)} onFocus={(event) => event.currentTarget.select()} />
      <div class="actions">
        <button type="button" class="primary" onClick={() => void copyDecisions(app)}>Copy decisions</button>
        <button type="button" onClick={() => document.querySelector<HTMLTextAreaElement>(".decided textarea")?.select()}>Select all</button>
        <button type="button" onClick={() => confirmSaved(app)}>They are in a file now</button>
        <button type="button" onClick={() => app.setUi({ saving: "" })}>Close</button>
      </div>
    </section>
  );
}
