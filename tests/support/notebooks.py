"""A stand-in for a notebook: it runs the widget's own script, and passes messages to Python."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from hummgraph.explorer.page import read_asset

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Frame

    from hummgraph.explorer.widget.explorer import Explorer

__all__ = ["Notebook", "seen", "sent"]

ADDRESS = "http://notebook.test/"

HOST = """<!doctype html><meta charset="utf-8"><body style="margin:0"><script type="module">
const text = new Blob([await scriptOf()], { type: "text/javascript" });
const script = (await import(URL.createObjectURL(text))).default;
const values = JSON.parse(await valuesOf());
const listeners = {};
const heard = (name, ...parts) => (listeners[name] ?? []).forEach((listener) => listener(...parts));
window.model = {
  get: (name) => values[name],
  set(name, value) { values[name] = value; heard(`change:${name}`); },
  save_changes: () => toPython(JSON.stringify({ seen: values._seen })),
  send: (content) => toPython(JSON.stringify({ message: content })),
  on: (name, listener) => (listeners[name] ??= []).push(listener),
  off(name, listener) { listeners[name] = listeners[name].filter((one) => one !== listener); },
};
window.hear = (text) => {
  const { told, message, buffers } = JSON.parse(text);
  if (told) model.set("_told", told);
  const views = (buffers ?? []).map((buffer) => {
    const bytes = Uint8Array.from(atob(buffer), (character) => character.charCodeAt(0));
    return new DataView(bytes.buffer);
  });
  if (message) heard("msg:custom", message, views);
};
window.show = () => {
  const el = document.createElement("div");
  document.body.append(el);
  const end = script.render({ model, el });
  return () => { end(); el.remove(); };
};
window.shown = [show()];
</script></body>"""


def sent(widget: Explorer) -> list[dict[str, Any]]:
    """Collect what a widget sends, in place of a notebook that is not there."""
    found: list[dict[str, Any]] = []

    def take(content: Any, buffers: Any = None) -> None:
        found.append({"message": content, "buffers": list(buffers or [])})

    widget.send = take
    return found


def seen(widget: Explorer, **changes: Any) -> dict[str, Any]:
    """Return the state that a page would tell of itself."""
    return {
        "token": widget._token,
        "view": "v",
        "seq": 1,
        "followed": widget._told.get("n", 0),
        "threshold": widget.threshold,
        "page": "start",
        "focus": "",
        "journal": "",
    } | changes


class Notebook:
    """A widget in a page of a browser."""

    def __init__(self, context: BrowserContext, widget: Explorer, *, answers: bool = True) -> None:
        self.widget = widget
        self.answers = answers
        self.complaints: list[str] = []
        self.page = context.new_page()
        self._sent = sent(widget)
        self._heard: list[dict[str, Any]] = []
        widget.observe(lambda change: self._sent.append({"told": change.new}), "_told")
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        values = ["_page", "_token", "_title", "_height", "_told", "_seen"]
        self.page.expose_function("scriptOf", lambda: read_asset("built/widget.js"))
        self.page.expose_function(
            "valuesOf", lambda: json.dumps({name: getattr(widget, name) for name in values})
        )
        self.page.expose_function("toPython", lambda text: self._heard.append(json.loads(text)))
        self.page.route(ADDRESS, lambda route: route.fulfill(body=HOST, content_type="text/html"))
        self.page.goto(ADDRESS)
        self.page.wait_for_selector("iframe")
        self.frame = self.frames()[0]
        self.settled()

    def frames(self) -> list[Frame]:
        """Return the frames of the views, ready."""
        found = [frame for frame in self.page.frames if frame.parent_frame is not None]
        for frame in found:
            frame.wait_for_selector("html[data-ready]")
        return found

    def settled(self, *, turns: int = 6) -> Notebook:
        """Pass messages on until there are none for a while."""
        quiet = 0
        while quiet < turns:
            # By the clock of the page: one that is busy is waited for.
            page = self.page if self.frame.is_detached() else self.frame
            page.evaluate("new Promise((done) => setTimeout(done, 40))")
            quiet += 1
            while self._heard:
                quiet = 0
                self._to_python(self._heard.pop(0))
            while self._sent:
                quiet = 0
                self._to_page(self._sent.pop(0))
        return self

    def until(self, condition: str, *, seconds: float = 10.0) -> None:
        """Pass messages on until a condition of the page holds."""
        end = time.monotonic() + seconds
        while not self.settled(turns=2).ask(condition):
            assert time.monotonic() < end, condition
        self.settled()

    def _to_python(self, content: dict[str, Any]) -> None:
        if not self.answers:
            return
        if "seen" in content:
            self.widget._seen = content["seen"]
        else:
            self.widget._on_message(None, content["message"], [])

    def _to_page(self, content: dict[str, Any]) -> None:
        buffers = [base64.b64encode(one).decode() for one in content.get("buffers", [])]
        self.page.evaluate("(text) => hear(text)", json.dumps(content | {"buffers": buffers}))

    def ask(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression of ``h``, the page's handle for scripts, and ``x``."""
        return self.frame.evaluate(
            f"(x) => {{ const h = window.hummgraph; return {expression}; }}", argument
        )
