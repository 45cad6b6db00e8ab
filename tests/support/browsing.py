"""Shared parts of tests of pages: a browser, a watched page, and texts that attack it."""

from __future__ import annotations

import contextlib
import shutil
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

__all__ = ["PAYLOADS", "Explorer", "Visit", "explorer", "hostile", "page_of", "started_browser"]

# The first is the same engine without windows: a new page costs it a quarter of the CPU.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

TABLES = "#p=tables"
"""Address of the picture of all tables."""

# Each would set the sentinel if any part of it were ever taken for markup, script or style.
RUN = "window.PWNED=1"
PAYLOADS = [
    # markup, and ways out of whatever markup the text stands in
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</SCRIPT ><script>{RUN}</script>",
    f"</script\n><script>{RUN}</script>",
    f"<!--<script>{RUN}</script>",
    f"--><script>{RUN}</script>",
    f"--!><script>{RUN}</script>",
    f"<![CDATA[><script>{RUN}</script>]]>",
    f"]]><script>{RUN}</script>",
    f"<?xml version='1.0'?><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</noscript><script>{RUN}</script>",
    f"</iframe><script>{RUN}</script>",
    f"</select><script>{RUN}</script>",
    f"</template><script>{RUN}</script>",
    f"</table><script>{RUN}</script>",
    f"</button></li></ul><script>{RUN}</script>",
    f"</canvas><script>{RUN}</script>",
    f"<script src=data:text/javascript,{RUN}></script>",
    f"<script type=module>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script/x>{RUN}</script>",
    f"<script\x0c>{RUN}</script>",
    f"<<script>{RUN}</script>",
    # attributes that run
    f"<img src=x onerror={RUN}>",
    f"<img/src=x/onerror={RUN}>",
    f"<img src=x:x onerror={RUN}//",
    f"<image src=x onerror={RUN}>",
    f"<img srcset=x onerror={RUN}>",
    f'"><img src=x onerror="{RUN}">',
    f"'><img src=x onerror='{RUN}'>",
    f"`><img src=x onerror=`{RUN}`>",
    f'" onmouseover="{RUN}" x="',
    f"' onfocus='{RUN}' autofocus='",
    f'" style="animation-name:x" onanimationstart="{RUN}',
    f"x onpointerenter={RUN} ",
    f"<body onload={RUN}>",
    f"<body onpageshow={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<textarea autofocus onfocus={RUN}>",
    f"<button popovertarget=x onclick={RUN}>x</button><p popover id=x onbeforetoggle={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<marquee onstart={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<video src=x onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}></audio>",
    f"<xss contenteditable onfocus={RUN} autofocus tabindex=1>",
    f"<style>@keyframes x{{}}</style><b style=animation-name:x onanimationstart={RUN}>",
    f"<div onscrollend={RUN} style=overflow:scroll>",
    # other languages in markup
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href=data:text/javascript,{RUN} /></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x>",
    f"<svg><set onbegin={RUN} attributeName=x>",
    f"<svg><a><animate attributeName=href values=javascript:{RUN} /><text y=9>x</text></a></svg>",
    f"<svg><foreignObject><img src=x onerror={RUN}></foreignObject></svg>",
    f"<svg><use href=data:image/svg+xml,<svg/onload={RUN}> /></svg>",
    f"<svg><style><img src=x onerror={RUN}></style></svg>",
    f"<math><mtext><img src=x onerror={RUN}>",
    f"<math href=javascript:{RUN}>x</math>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={RUN}>'>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={RUN}>",
    # what loads, leads away, or says where from
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<iframe src=javascript:parent.{RUN}>",
    f"<iframe src='data:text/html,<script>parent.{RUN}</script>'>",
    f"<a href=javascript:{RUN}>href</a>",
    f"<a href=' &#1; javascript:{RUN}'>href</a>",
    f"<area href=javascript:{RUN}>",
    f"<form action=javascript:{RUN}><input type=submit></form>",
    f"<button formaction=javascript:{RUN}>x</button>",
    f"<isindex action=javascript:{RUN} type=submit>",
    f"<object data=javascript:{RUN}>",
    f"<embed src=javascript:{RUN}>",
    f"<meta http-equiv=refresh content='0;javascript:{RUN}'>",
    "<meta http-equiv=refresh content='0;//example.invalid/'>",
    f"<base href=//example.invalid/><script src=x.js>{RUN}</script>",
    f"<link rel=stylesheet href='data:text/css,*{{}}' onload={RUN}>",
    "<link rel=preload as=image href=//example.invalid/x.png>",
    "<link rel=dns-prefetch href=//example.invalid>",
    "<img src=//example.invalid/x.png>",
    "<style>@import url(//example.invalid/x.css);</style>",
    "<b style='background:url(//example.invalid/x.png)'>",
    "url(//example.invalid/x.png)",
    "@import '//example.invalid/x.css';",
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "https://example.invalid/?steal",
    # script, and ways out of a string in it
    f"';{RUN};'",
    f'";{RUN};"',
    f"\\';{RUN};//",
    f'\\";{RUN};//',
    f"`${{{RUN}}}`",
    f"*/{RUN}/*",
    f"\n{RUN}\n//",
    f"\u2028{RUN}\u2029",
    f"\\u003cscript>{RUN}</script>",
    f"\\x3cscript>{RUN}</script>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
    f"\x00<script>{RUN}</script>",
    f"\u202e<script>{RUN}</script>\u202c",
    # templates, and names that mean something to a program
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"{{% {RUN} %}}<%= {RUN} %>",
    f"${{title}}$content<script>{RUN}</script>",
    f"#{{{RUN}}}",
    "$&$`$'$1",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
]


@contextlib.contextmanager
def started_browser() -> Iterator[Browser]:
    """Start a browser, or skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        except Error as error:  # pragma: no cover - depends on the machine
            pytest.skip(f"Chromium does not start: {error}")
        yield started
        started.close()


class Visit:
    """A page in the browser, with all that it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def ink(self) -> int:
        """Count the colours on the canvas; an empty one has one."""
        colours: int = self.page.evaluate(
            "() => { const { width, height } = document.querySelector('canvas');"
            " const copy = new OffscreenCanvas(width, height)"
            ".getContext('2d', { willReadFrequently: true });"
            " copy.drawImage(document.querySelector('canvas'), 0, 0);"
            " const { data } = copy.getImageData(0, 0, width, height);"
            " return new Set(new Uint32Array(data.buffer)).size; }"
        )
        return colours

    def ok(self) -> None:
        """Fail if the page asked for anything, complained, or ran something foreign."""
        # The first is the page itself, and a worker's script is made in it.
        assert [url for url in self.requests[1:] if not url.startswith("blob:")] == []
        assert self.complaints == []
        assert self.page.evaluate("window.PWNED") is None


class Explorer(Visit):
    """An explorer's page, driven as a person would, and asked what it shows."""

    def opened(self, path: Path, address: str = TABLES) -> Explorer:
        """Open a page on all its tables, or where an address leads, and wait until it is drawn."""
        self.page.goto(f"{path.as_uri()}{address}")
        self.page.wait_for_selector("html[data-ready]")
        return self

    def ask(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression of ``h``, the page's handle for scripts, and ``x``."""
        return self.page.evaluate(
            f"(x) => {{ const h = window.hummgraph; return {expression}; }}", argument
        )

    def settled(self) -> Explorer:
        """Wait until what was chosen is drawn."""
        self.page.evaluate(
            "async () => { const frame = () => new Promise(requestAnimationFrame);"
            " for (let n = 0; n < 4; n += 1) await frame();"
            " while (window.hummgraph.picture?.quiet === false) await frame(); }"
        )
        return self

    def state(self, name: str) -> Any:
        """Return what is chosen: one field of the page's state."""
        return self.ask("h.state()[x]", name)

    def links(self) -> list[str]:
        """Return the ids of the links that pass the filters, in the graph's order."""
        found: list[str] = self.ask(
            "(({pack, passes}) => Array.from(passes.keys()).filter((i) => passes[i])"
            ".map((i) => pack.linkId(i)))(h.view())"
        )
        return found

    def clusters_at(self, threshold: float | None = None) -> list[int]:
        """Label each node by its cluster, -1 for none: now, or at a threshold."""
        found: list[int] = self.ask("x === null ? h.labels() : h.clustersAt(x)", threshold)
        return found

    def node(self, wanted: str) -> Locator:
        """Look at a system, table or field in the picture and give what the page tells of it."""
        self.ask(
            "(({pack}) => { for (let node = 0; node < pack.nNodes; node += 1)"
            " if (pack.path(node) === x) {"
            " h.set({page: 'tables', focus: {kind: 'near', node, hops: 1}}); return; }"
            " throw new Error(`There is no ${x}.`); })(h.view())",
            wanted,
        )
        return self.settled().page.locator(".details")

    @property
    def saving(self) -> Locator:
        """The button that counts decisions, saves them, and says whether they are saved."""
        return self.page.locator(".head .save")

    def undo(self) -> None:
        """Undo the last decision by key."""
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press("Control+z")
        self.settled()

    def filters(self) -> Locator:
        """Open the filters of the picture, if they are closed."""
        panel = self.page.locator(".filters")
        if not panel.count():
            self.page.locator(".picture-bar").get_by_role("button", name="Filters").click()
        expect(panel).to_be_visible()
        return panel


def explorer(
    context: BrowserContext, shown: Any, folder: Path, *, address: str = TABLES, **options: Any
) -> Explorer:
    """Write a page as :func:`hummgraph.export.write` does and open it on all its tables."""
    if options or not isinstance(shown, LinkGraph):
        path = write(shown, folder / "page.html", **options)
    else:
        path = page_of(shown, folder / "page.html")
    return Explorer(context.new_page()).opened(path, address)


def page_of(graph: LinkGraph, path: Path) -> Path:
    """Write the page of a graph; that of an equal graph is not made again, only written."""
    path.write_bytes(_page_of(graph))
    return path


@lru_cache(maxsize=8)
def _page_of(graph: LinkGraph) -> bytes:
    with TemporaryDirectory() as folder:
        return write(graph, f"{folder}/page.html").read_bytes()


def hostile(payloads: Sequence[str] = PAYLOADS) -> LinkGraph:
    """Put every payload into every text that can reach a page."""
    catalogue: dict[str, list[dict[str, Any]]] = {
        "organization": [{"id": builders.ORGANIZATION, "name": "".join(payloads)}],
        "integration_sources": [],
        "tables": [],
        "columns": [],
    }
    rows = []
    for number, payload in enumerate(payloads):
        place = f"s{number}/t.c"
        names = builders.catalogue([place])
        for kind, entries in names.items():
            for entry in entries:
                entry |= {"name": payload, "description": payload}
            catalogue[kind] += entries
        catalogue["columns"][-1]["data_type"] = payload
        catalogue["integration_sources"][-1]["connector_type"] = payload
        rows.append(
            record(
                place,
                f"s{(number + 1) % len(payloads)}/t.c",
                0.95,
                status=payload,
                link_type=payload,
                evidence={payload: {"text": payload, "list": [payload]}},
            )
        )
        rows.append(record(place, f"s{(number + 1) % len(payloads)}/t.c", id=uid(payload)))
    return LinkGraph(read_links(rows, catalogue=catalogue))
