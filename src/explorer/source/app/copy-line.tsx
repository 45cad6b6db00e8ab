// A line to copy, for Python or a terminal.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { App } from "./app";

export function CopyLine({ app, name, text, note = "" }: { app: App; name: string; text: string; note?: string }): JSX.Element {
  const line = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState("");
  const copy = async () => setCopied((await copyText(app, text, line.current)) ? text : "");
  return (
    <div class="copy-line">
      <p class="secondary">{name}{note && <>. {note}</>}</p>
      <div>
        <code ref={line} tabIndex={0} role="textbox" aria-readonly="true" aria-label={`${name}: line to copy`}>{text}</code>
        <button type="button" onClick={() => void copy()}>{copied === text ? "Copied" : "Copy"}<span class="visually-hidden"> the line for {name}</span></button>
      </div>
    </div>
  );
}

/** Copy a text; where the page has no clipboard, select it in an element. */
export async function copyText(app: App, text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    app.setUi({ announcement: "Copied." });
    return true;
  } catch {
    // A page in a frame may have no clipboard.
    if (element) getSelection()?.selectAllChildren(element);
    app.setUi({ announcement: "This page may not use the clipboard: the text is selected, copy it by key." });
    return false;
  }
}
