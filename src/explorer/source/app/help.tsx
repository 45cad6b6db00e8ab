// The dialog that explains the keys.

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./app";

const KEYS: [string, string][] = [
  ["/", "find a system, table or column; Enter goes from match to match"],
  ["Click", "look at a thing and its neighbours"],
  ["Double-click", "what is up- and downstream, two steps"],
  ["N  U  D  B", "neighbours, upstream, downstream, both"],
  ["1 \u2013 9", "within so many steps"],
  ["P, then click", "the strongest path to another thing, clicked or found; or Shift-click"],
  ["O", "open or close a table"],
  ["Esc", "go back"],
  ["Arrows, Enter", "in the picture: go from thing to thing, look at it"],
  ["Shift-arrows, + \u2212 0", "in the picture: move, zoom, show everything"],
  ["F", "show everything"],
  ["T", "the same content as tables"],
  ["Ctrl+Z", "undo the last decision"],
  ["A  R  S  Z", "in a review: approve, reject, skip, undo"],
  ["J  K", "in a review: the question below or above in the list"],
  ["Shift+A  Shift+R", "in a review: approve or reject all that are chosen between two tables"],
];

export function Help({ app }: { app: App }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  // In a layout effect: no key may go elsewhere before the dialog is open.
  useLayoutEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  const close = () => app.setUi({ help: false });
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <>
            <dt><kbd>{key}</kbd></dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <p class="note">
        Everything stays in this file: nothing is sent anywhere. Decisions last until the page is closed; save them to keep them.
      </p>
      <button type="button" onClick={() => dialog.current?.close()}>Close</button>
    </dialog>
  );
}
