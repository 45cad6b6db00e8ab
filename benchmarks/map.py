"""The explorer's map of a large organisation in a real browser: how soon it is there, how smooth.

Run ``python benchmarks/map.py [--links 142334] [--systems 42] [--rounds 3] [--seconds 2]``. The
organisation is generated from a seed, with UUIDs and evidence as matchers give it. Its page is
opened on the map, which is a matrix of systems; on the two systems that have most in common, side
by side; and on all its tables, closed, and open with every column that has a link and every line.
Matrix and two systems are scrolled, the picture of all tables is panned by events of a pointer.

"Ready" and frames are as in ``explorer.py``. Beside the frames stands what all processes of the
browser take of a processor for one of them, which is nearly the same on a busy machine; without a
graphics card the processor draws too. Figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import sync_playwright
from rows import print_rows, progress, shown

from explorer import ARGUMENTS, CHROMIUM, FRAMES, OURS, READY, SEED, opened
from hummgraph import LinkGraph, write
from hummgraph.datasets import generate_organization
from hummgraph.snapshot.link_readers import read_links

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

SCROLL = """
    const box = document.querySelector(".map-scroll, .map-two");
    const down = Math.min(380, (box.scrollHeight - box.clientHeight) / 2);
    const across = Math.min(140, (box.scrollWidth - box.clientWidth) / 2);
    return (FRAMES)((frame) => {
      box.scrollTop = down * (1 + Math.sin(frame / 25));
      box.scrollLeft = across * (1 + Math.sin(frame / 25));
    });
"""
# Page, what is pressed there, and how it is moved.
PAGES = {
    "map": ("#p=map", "", SCROLL),
    "two": ("#p=map", ".map-open", SCROLL),
    "closed": ("#p=tables&v=table", "", OURS["pan"]),
    "open": ("#p=tables&v=column&all=1", "", OURS["pan"]),
}


def make_graph(n_links: int, n_systems: int) -> LinkGraph:
    """Generate an organisation whose links carry evidence as a matcher gives it."""
    organization = generate_organization(n_links=n_links, n_systems=n_systems, seed=SEED)
    random = np.random.default_rng(SEED)
    for link in organization.links:
        link["evidence"] = {
            "matcher": "minhash",
            "name_similarity": round(float(random.random()), 4),
            "value_overlap": round(float(random.random()), 4),
        }
    return LinkGraph(read_links(organization.links, catalogue=organization.catalogue))


def processor_seconds(session: CDPSession) -> float:
    """Return the seconds that the processes of the browser have taken of a processor."""
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(process["cpuTime"] for process in found))


def measure(
    browser: Browser, path: Path, rounds: int, seconds: float
) -> dict[str, dict[str, float]]:
    """Return the medians of each page: milliseconds, frames a second, milliseconds a frame."""
    session = browser.new_browser_cdp_session()
    frames_of = FRAMES.replace("MILLISECONDS", f"{1_000 * seconds:.0f}")
    found: dict[str, dict[str, list[float]]] = {name: {} for name in PAGES}
    for turn in range(rounds):
        first = turn % len(PAGES)
        for name in [*list(PAGES)[first:], *list(PAGES)[:first]]:
            fragment, pressed, script = PAGES[name]
            page, ready = opened(browser, path, READY, fragment)
            if pressed:
                page.locator(pressed).click()
            page.wait_for_timeout(1_000 * min(1, seconds))
            before = processor_seconds(session)
            begin = page.evaluate("performance.now()")
            frames, worst = page.evaluate(
                f"async () => {{ {script.replace('FRAMES', frames_of)} }}"
            )
            took = (page.evaluate("performance.now()") - begin) / 1_000
            cost = 1_000 * (processor_seconds(session) - before) / (frames * took)
            page.close()
            for what, figure in (("ready", ready), ("pan", frames), ("cost", cost)):
                found[name].setdefault(what, []).append(figure)
            progress(
                f"  {name}: ready {ready:,.0f} ms, {frames:.1f} frames a second,"
                f" worst {worst:.0f} ms, {cost:.1f} ms of a processor a frame"
            )
    session.detach()
    return {
        name: {what: median(taken) for what, taken in figures.items()}
        for name, figures in found.items()
    }


def main() -> None:
    """Measure the page, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=142_334)
    parser.add_argument("--systems", type=int, default=42)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="how long frames are counted")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        graph = make_graph(chosen.links, chosen.systems)
        path = write(graph, Path(folder) / "page.html")
        progress(f"{graph.n_links:,} links, {graph.n_nodes_by_level}")
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        found = measure(browser, path, chosen.rounds, chosen.seconds)
        browser.close()
    figures: dict[str, float | tuple[float, str]] = {"ready": found["map"]["ready"]}
    for name, measured in found.items():
        figures[f"{name} pan"] = (
            measured["pan"],
            f"{shown(measured['cost'])} ms of a processor a frame",
        )
    print_rows("map", figures)


if __name__ == "__main__":
    main()
