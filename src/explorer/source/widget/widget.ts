// The widget's own script in the notebook: a frame with the page, and messages between it and Python.
//
// The page has an origin of its own, and can reach nothing of the notebook. What it says is read by
// `messages.ts`, and only if it comes from the window of its frame.

import { readFromPage, sealed, type FromPage, type ToPage, type Wish } from "./messages";

/** What the script uses of the model that a notebook gives it. */
interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(name: string, listener: (...parts: never[]) => void): void;
  off(name: string, listener: (...parts: never[]) => void): void;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const frame = el.ownerDocument.createElement("iframe");
  frame.style.cssText = `display:block;width:100%;height:${Number(model.get("_height")) || 480}px;border:1px solid #d6dce3;border-radius:10px;box-sizing:border-box`;
  const ends: (() => void)[] = [];
  ends.push(connect(model, window, frame, (): boolean => openFull(model, ends)));
  el.append(frame);
  return () => {
    for (const end of ends) end();
    frame.remove();
  };
}

/** Show the page in a frame of a window, and pass its messages on; the returned function ends that. */
function connect(model: Model, host: Window, frame: HTMLIFrameElement, full: () => boolean): () => void {
  const token = String(model.get("_token"));
  // A notebook without HTTPS has no randomUUID.
  const view = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("-");
  let isReady = false;
  frame.title = String(model.get("_title"));
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.srcdoc = String(model.get("_page"));
  const post = (message: ToPage): void => {
    // The frame has no origin that could be named; the message goes to its window alone.
    if (isReady) frame.contentWindow?.postMessage(sealed(token, message), "*");
  };
  const seen = (): Record<string, unknown> => (model.get("_seen") ?? {}) as Record<string, unknown>;
  const told = (): void => {
    const { n, set } = (model.get("_told") ?? {}) as { n?: number; set?: Wish };
    if (n !== undefined && set !== undefined) post({ kind: "told", n, set });
  };
  const follow = (): void => {
    const { view: by, threshold, page, focus, journal } = seen();
    if (by === undefined || by === view) return;
    post({ kind: "follow", set: { threshold, journal, address: `p=${String(page)}&f=${String(focus)}` } as Wish });
  };
  const heard = (message: FromPage): void => {
    if (message.kind === "ready") {
      isReady = true;
      // What other pages of the widget did comes first; what Python said since, after it.
      follow();
      told();
    } else if (message.kind === "state") {
      const { kind: _, ...state } = message;
      model.set("_seen", { ...state, token, view });
      model.save_changes();
    } else if (message.kind === "question") model.send({ ...message, token, view });
    else if (!full()) post({ kind: "blocked" });
  };
  const listen = (event: MessageEvent): void => {
    if (event.source !== frame.contentWindow) return;
    const message = readFromPage(event.data, token);
    if (message) heard(message);
  };
  const answered = (content: Record<string, unknown> | null, buffers: readonly (ArrayBuffer | DataView)[] = []): void => {
    if (content?.["token"] !== token || content["view"] !== view) return;
    if (content["kind"] === "got") post({ kind: "got", seq: Number(content["seq"]) });
    if (content["kind"] !== "answer") return;
    const labels = buffers.map(numbersOf);
    post({ kind: "answer", n: Number(content["n"]), labels, problem: String(content["problem"]).slice(0, 400) });
  };
  host.addEventListener("message", listen);
  model.on("change:_told", told);
  model.on("change:_seen", follow);
  model.on("msg:custom", answered as never);
  return () => {
    host.removeEventListener("message", listen);
    model.off("change:_told", told);
    model.off("change:_seen", follow);
    model.off("msg:custom", answered as never);
  };
}

/** The numbers in a buffer, whatever a notebook gives of it. */
function numbersOf(buffer: ArrayBuffer | DataView): Int32Array {
  const bytes = buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return new Int32Array(bytes.slice().buffer);
}

/** Open the page in a window of its own, where it stays in touch; false if the browser opens none. */
function openFull(model: Model, ends: (() => void)[]): boolean {
  const other = window.open("", "_blank");
  if (!other) return false;
  const { document } = other;
  document.title = String(model.get("_title"));
  document.body.style.margin = "0";
  const frame = document.createElement("iframe");
  frame.style.cssText = "display:block;width:100vw;height:100vh;border:0";
  ends.push(connect(model, other, frame, () => true));
  document.body.append(frame);
  return true;
}

export default { render };
