"""Check the built documentation: ``python docs/check.py``, after ``scripts/docs`` has built it.

Links within it must lead somewhere, and axe must find nothing serious on a page of each kind, in
the light and in the dark theme. The second needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

BUILT = Path(__file__).parent / "_build" / "html"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PAGES = (
    "index.html",
    "start/index.html",
    "start/gallery.html",
    "start/glossary.html",
    "tutorial/index.html",
    "tutorial/identity.html",
    "identity/settings.html",
    "how-to/clusters.html",
    "operate/troubleshooting.html",
    "reference/clusters.html",
    "reference/command-line.html",
    "explanation/performance.html",
)
"""One page of each kind."""


class _Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what it leads to, and what leads to it."""
        for name, value in attrs:
            if value and ((name == "href" and tag == "a") or name == "src"):
                self.links.add(value)
            if value and name in ("id", "name"):
                self.anchors.add(value)


def broken_links(folder: Path) -> list[str]:
    """Return links within a folder of pages that lead nowhere."""
    pages: dict[Path, _Page] = {}
    for path in sorted(set(folder.rglob("*.html")) - set((folder / "_static").rglob("*"))):
        pages[path] = _Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    broken = []
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not there.exists() or (
                anchor and there in pages and anchor not in pages[there].anchors
            ):
                broken.append(f"{path.relative_to(folder)}: {link}")
    return broken


def serious_findings(folder: Path) -> list[str]:
    """Return what axe finds on the pages, of serious or critical impact."""
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for theme in ("light", "dark"):
            page = browser.new_page(color_scheme=theme)
            page.route(re.compile("^https?:"), lambda route: route.abort())
            page.add_init_script(f"localStorage.setItem('mode', '{theme}')")
            for name in PAGES:
                page.goto((folder / name).as_uri())
                found += [
                    f"{name}, {theme}: {fault['id']}: {fault['nodes'][0]['html'][:160]}"
                    for fault in Axe().run(page).response["violations"]
                    if fault["impact"] in ("serious", "critical")
                ]
        browser.close()
    return found


if __name__ == "__main__":
    faults = [*broken_links(BUILT), *serious_findings(BUILT)]
    sys.exit("\n".join(faults) or None)
