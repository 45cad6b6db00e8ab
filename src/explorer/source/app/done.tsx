// What was just done, in words, and the way back: seen for a while on every page.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { undo, type App, type Ui } from "./app";
import { Key } from "./icons";
import { reviewOf } from "./review";

const SEEN = 10_000; // milliseconds, if nobody points at it

/** `within` is for a page that has its own place for it, where it covers nothing. */
export function Done({ app, ui, within = false }: { app: App; ui: Ui; within?: boolean }): JSX.Element | null {
  const hasPlace = app.store.state.page === "review" && reviewOf(app).shown !== null;
  const done = hasPlace === within ? ui.done : null;
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
  const takeBack = (event: MouseEvent) => reviewOf(app).once(event, () => {
    if (app.store.state.page === "review") reviewOf(app).undo();
    else undo(app);
  });
  return (
    <div class={`done${within ? " is-within" : ""}`} ref={box} role="region" aria-label="What was done">
      <span>{done.said}</span>
      {done.undoes && !within && <button type="button" onClick={takeBack}>Undo <Key>Z</Key></button>}
      <button type="button" class="close" aria-label="Close" onClick={() => app.setUi({ done: null })}>{"\u00d7"}</button>
    </div>
  );
}
