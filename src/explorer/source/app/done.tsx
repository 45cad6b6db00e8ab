// What was just done, in words, and the way back: seen for a while on every page.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { undo, type App, type Ui } from "./app";
import { Key } from "./icons";
import { reviewOf } from "./review";

const SEEN = 10_000; // milliseconds, if nobody points at it

export function Done({ app, ui }: { app: App; ui: Ui }): JSX.Element | null {
  const { done } = ui;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!done) return undefined;
    const leave = () => {
      if (box.current?.matches(":hover, :focus-within")) waiting = setTimeout(leave, SEEN);
      else if (app.ui.done === done) app.setUi({ done: null });
    };
    let waiting = setTimeout(leave, SEEN);
    return () => clearTimeout(waiting);
  }, [done]);
  if (!done) return null;
  const takeBack = () => {
    if (app.store.state.page === "review") reviewOf(app).undo();
    else undo(app);
  };
  return (
    <div class="done" ref={box} role="region" aria-label="What was done">
      <span>{done.said}</span>
      {done.undoes && <button type="button" onClick={takeBack}>Undo <Key>Z</Key></button>}
      <button type="button" class="close" aria-label="Close" onClick={() => app.setUi({ done: null })}>{"\u00d7"}</button>
    </div>
  );
}
