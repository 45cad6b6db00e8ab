"""The explorer against pyvis in a real browser: how soon, how large, how smooth.

Run ``python benchmarks/explorer.py [--links 2000 10000 50000] [--rounds 3]``. Organisations are
generated from a seed, with UUIDs and evidence as matchers give it. Both pages hold the same links.
pyvis gets positions and has its physics off, and its requests for style sheets are refused at once,
so that it does not wait for them. The explorer is measured as it opens, on its start; on all its
tables, these closed; and there with everything open: every column with a link, every line.
Figures are medians of the rounds, but pyvis with physics, and its ``from_nx`` with ``write_html``,
which take minutes, run once.

"Ready" is the time from the start of the navigation to the end of the first complete frame. Frames
are counted while the page is panned or zoomed for two seconds, unless ``--seconds`` is given, and
for five frames at least: the explorer by events of a pointer and a wheel, pyvis by calls of
``moveTo``; of the explorer the slower of both states counts.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from playwright.sync_api import sync_playwright
from pyvis.network import Network
from rows import print_rows, progress, shown

from hummgraph import LinkGraph, merge_tree, write
from hummgraph.datasets import generate_organization
from hummgraph.records.ids import id_strings
from hummgraph.snapshot.link_readers import read_links

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SEED = 7
SYSTEMS = {2_000: 8, 10_000: 16, 50_000: 40}
LEAST = min(SYSTEMS)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
COLOURS = ("#b45f06", "#0063a6", "#a8285e")
SIZE = {"width": 1440, "height": 900}

# The frames a second while a function is called in each of them, and the worst pause.
FRAMES = """
async (act) => {
  const times = [];
  const begin = performance.now();
  let frame = 0;
  await new Promise((done) => {
    // Not the time that the browser gives to a frame, which is that of its plan: a frame that takes
    // seconds would count as one that is on time.
    const step = () => {
      times.push(performance.now());
      if (times.length > 5 && times.at(-1) - begin > MILLISECONDS) return done();
      act(frame++);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  return [(times.length - 1) / ((times.at(-1) - times[0]) / 1000), Math.max(...gaps)];
}
"""

OURS = {
    "pan": """
        const stage = document.querySelector("#stage canvas").parentElement;
        const at = (type, x) => stage.dispatchEvent(new PointerEvent(type, { pointerId: 1,
          pointerType: "mouse", button: 0, clientX: 600 + x, clientY: 400 + x / 3,
          bubbles: true }));
        stage.setPointerCapture = () => {};
        at("pointerdown", 0);
        const frames = await (FRAMES)((frame) => at("pointermove", 220 * Math.sin(frame / 25)));
        at("pointerup", 0);
        return frames;
    """,
    "zoom": """
        const stage = document.querySelector("#stage canvas").parentElement;
        return (FRAMES)((frame) => stage.dispatchEvent(new WheelEvent("wheel", { clientX: 600,
          clientY: 400, deltaY: 60 * Math.cos(frame / 20), bubbles: true, cancelable: true })));
    """,
}
THEIRS = {
    "pan": """
        const { x, y } = network.getViewPosition();
        const width = 400 / network.getScale();
        return (FRAMES)((frame) => network.moveTo({ animation: false,
          position: { x: x + width * Math.sin(frame / 25), y } }));
    """,
    "zoom": """
        const scale = network.getScale();
        return (FRAMES)((frame) => network.moveTo({ animation: false,
          scale: scale * Math.exp(1.2 * Math.sin(frame / 20)) }));
    """,
}


def make_graph(n_links: int) -> LinkGraph:
    """Generate an organisation whose links carry evidence as a matcher gives it."""
    organization = generate_organization(
        n_links=n_links, n_systems=SYSTEMS.get(n_links, 20), seed=SEED
    )
    random = np.random.default_rng(SEED)
    for link in organization.links:
        link["evidence"] = {
            "matcher": "minhash",
            "name_similarity": round(float(random.random()), 4),
            "value_overlap": round(float(random.random()), 4),
            "sampled_rows": int(random.integers(100, 100_000)),
            "type_compatible": bool(random.random() < 0.9),
        }
    return LinkGraph(read_links(organization.links, catalogue=organization.catalogue))


def plain_network(graph: LinkGraph, *, physics: bool = False) -> Network:
    """Build the page of somebody who uses pyvis well: filled in one pass, positions given.

    It has the same facts about each node and link as the explorer.
    """
    arrays = graph.arrays
    nodes, links = arrays.nodes, arrays.links
    ids, paths = nodes.id_text.to_pylist(), nodes.path.to_pylist()
    kinds, types = nodes.kind.to_pylist(), nodes.data_type.to_pylist()
    systems = nodes.system.to_pylist()
    used = np.unique(np.concatenate([links.ends.source, links.ends.target])).tolist()
    side = int(len(used) ** 0.5) + 1
    network = Network(height="900px", width="100%", directed=True, cdn_resources="in_line")
    network.toggle_physics(physics)
    for place, node in enumerate(used):
        network.add_node(
            ids[node],
            label=paths[node].rpartition(".")[2],
            title=f"{paths[node]}\n{kinds[node]}, {types[node]}",
            group=systems[node],
            shape="dot",
            size=6,
            **({} if physics else {"x": 60 * (place % side), "y": 60 * (place // side)}),
        )
    link_ids = id_strings(graph.link_ids).to_pylist()
    facts = graph.snapshot.links.select(["evidence", "created_at", "updated_at"]).to_pydict()
    rows = zip(
        links.ends.source.tolist(),
        links.ends.target.tolist(),
        links.status.tolist(),
        links.link_type.tolist(),
        links.confidence.tolist(),
        links.row.tolist(),
        link_ids,
        strict=True,
    )
    # add_edge looks at every node for every edge; this is what it would append.
    network.edges = [
        {
            "from": ids[source],
            "to": ids[target],
            "arrows": "to",
            "color": COLOURS[status],
            "width": 1,
            "title": f"{paths[source]} > {paths[target]}\n{arrays.statuses[status]},"
            f" {arrays.link_types[kind]}, {confidence}\n{facts['evidence'][row]}\n"
            f"{facts['created_at'][row]}, {facts['updated_at'][row]}\n{link_id}",
        }
        for source, target, status, kind, confidence, row, link_id in rows
    ]
    return network


def write_plain(network: Network, path: Path) -> None:
    """Write pyvis' page, with a script that notes when its first frame is drawn."""
    noted = (
        "drawGraph();\nnetwork.once('afterDrawing', () => requestAnimationFrame(() =>"
        " setTimeout(() => { window.drawn = performance.now(); }, 0)));"
    )
    page = network.generate_html()
    head, call, tail = page.rpartition("drawGraph();")
    if not call:
        raise RuntimeError("pyvis draws its graph in another way than it did.")
    path.write_text(f"{head}{noted}{tail}", encoding="utf-8")


def opened(browser: Browser, path: Path, ready: str, fragment: str = "") -> tuple[Page, float]:
    """Open a page, and return it and the milliseconds until its first complete frame."""
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    page.route("**/*", _local)
    page.goto(f"{path.as_uri()}{fragment}", wait_until="commit")
    # The explorer's policy lets nobody evaluate text in it, so it is asked from outside.
    while (moment := page.evaluate(ready)) is None:
        page.wait_for_timeout(50)
    return page, float(moment)


def _local(route: Any) -> None:
    if route.request.url.startswith("file:"):
        route.continue_()
    else:
        route.abort()


def measure(
    browser: Browser, graph: LinkGraph, folder: Path, rounds: int, seconds: float
) -> dict[str, dict[str, float]]:
    """Return the medians of each page of one graph: bytes, milliseconds, frames a second."""
    ours, theirs = folder / "ours.html", folder / "theirs.html"
    write(graph, ours)
    write_plain(plain_network(graph), theirs)
    counts = graph.n_nodes_by_level
    progress(f"{graph.n_links:,} links, {counts['table']:,} tables, {counts['column']:,} columns")
    pages = {
        "pyvis": (theirs, DRAWN, "", THEIRS),
        "start": (ours, READY, "", {}),
        "closed": (ours, READY, CLOSED, OURS),
        "open": (ours, READY, OPEN, OURS),
    }
    found: dict[str, dict[str, list[float]]] = {name: {} for name in pages}
    frames_of = FRAMES.replace("MILLISECONDS", f"{1_000 * seconds:.0f}")
    for turn in range(rounds):
        # Another order each time, so that a slow moment of the machine hits no page alone.
        first = turn % len(pages)
        for name in [*list(pages)[first:], *list(pages)[:first]]:
            path, ready, fragment, actions = pages[name]
            page, time_to_frame = opened(browser, path, ready, fragment)
            found[name].setdefault("ready", []).append(time_to_frame)
            page.wait_for_timeout(250 * seconds)
            for action, script in actions.items():
                frames, worst = page.evaluate(
                    f"async () => {{ {script.replace('FRAMES', frames_of)} }}"
                )
                found[name].setdefault(action, []).append(frames)
                found[name].setdefault(f"{action} pause", []).append(worst)
            if name == "closed":
                for what, script in STEPS.items():
                    found[name].setdefault(what, []).append(page.evaluate(script))
            page.close()
    medians = {}
    for name, taken in found.items():
        medians[name] = {what: median(numbers) for what, numbers in taken.items()}
        medians[name]["size"] = pages[name][0].stat().st_size
        figures = ", ".join(f"{what} {number:,.1f}" for what, number in medians[name].items())
        progress(f"  {name}: {figures}")
    return medians


READY = (
    "document.documentElement.dataset.ready && performance.getEntriesByName('ready')[0]?.startTime"
)
DRAWN = "window.drawn ?? null"
CLOSED = "#p=tables"
OPEN = f"{CLOSED}&v=column&all=1"

# Milliseconds from what a reader does until the picture is painted again.
STEPS = {
    "a table is opened": """
        async () => {
          const { set, state, picture, view } = hummgraph;
          const { pack } = view();
          set({ level: 1 });
          let table = pack.first[1];
          for (let node = table; node < pack.first[2]; node += 1)
            if (pack.linksOf(node).length > pack.linksOf(table).length) table = node;
          const begin = performance.now();
          set({ toggled: new Set([table]) });
          const shown = performance.now() - begin;
          set({ toggled: new Set() });
          return shown;
        }
    """,
    "the threshold is moved": """
        async () => {
          const times = [];
          for (let step = 0; step < 20; step += 1) {
            const begin = performance.now();
            hummgraph.clustersAt(step / 20 + 0.013);
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b)[10];
        }
    """,
    "the threshold is moved, with all that is shown": """
        async () => {
          const times = [];
          for (let step = 0; step < 10; step += 1) {
            const begin = performance.now();
            hummgraph.set({ threshold: step / 10 + 0.017 });
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b)[5];
        }
    """,
    "the next suggestion is there after an answer": """
        async () => {
          const queue = hummgraph.review();
          queue.next();
          const times = [];
          for (let step = 0; step < 21; step += 1) {
            const begin = performance.now();
            queue.answer(1 + (step % 2));
            const question = queue.next();
            question.effect(1);
            question.effect(2);
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b)[10];
        }
    """,
    "a search is answered": """
        async () => {
          hummgraph.search("customer", 20);
          const times = [];
          for (const query of ["customer id", "email adress", "order date", "name", "total"]) {
            const begin = performance.now();
            hummgraph.search(query, 20);
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b)[2];
        }
    """,
    "a decision is made, and all joined anew": """
        async () => {
          const { pack } = hummgraph.view();
          let link = 0;
          while (pack.status[link] !== 0) link += 1;
          const begin = performance.now();
          hummgraph.decide(pack.linkId(link), "REJECTED");
          return performance.now() - begin;
        }
    """,
}


def with_physics(browser: Browser, graph: LinkGraph, folder: Path) -> float:
    """Return the milliseconds until pyvis' physics have settled."""
    page = folder / "physics.html"
    settled = (
        "network.once('stabilizationIterationsDone', () => { window.drawn = performance.now(); })"
    )
    html = plain_network(graph, physics=True).generate_html()
    page.write_text(html.replace("drawGraph();", f"drawGraph();\n{settled};"), encoding="utf-8")
    opened_page, took = opened(browser, page, DRAWN)
    opened_page.close()
    return took


def in_python(graph: LinkGraph, folder: Path, rounds: int) -> dict[str, float]:
    """Return the seconds that a page takes in Python, ours and the usual way from networkx."""
    ours = folder / "ours.html"
    times: dict[str, list[float]] = {"python": [], "python clustered": []}
    clusters = merge_tree(graph, method="average").cut(0.0)
    write(graph, ours, clusters=clusters)  # what is kept about clusters and graph is made now
    for _ in range(rounds):
        for what, given in (("python", None), ("python clustered", clusters)):
            begin = time.perf_counter()
            write(graph, ours, clusters=given)
            times[what].append(time.perf_counter() - begin)
    plain = nx.DiGraph()
    view = graph.to_networkx()
    plain.add_nodes_from(view.nodes())
    plain.add_edges_from((source, target) for source, target in view.edges())
    begin = time.perf_counter()
    network = Network(directed=True, cdn_resources="in_line")
    network.from_nx(plain)
    network.write_html(str(folder / "theirs.html"))
    found = {what: median(taken) for what, taken in times.items()}
    found["pyvis"] = time.perf_counter() - begin
    progress(f"pages in Python, {graph.n_links:,} links, seconds: {found}")
    return found


def main() -> None:
    """Measure pages of all sizes, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, nargs=3, default=list(SYSTEMS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="how long frames are counted")
    chosen = parser.parse_args()
    figures: dict[str, float | tuple[float, str]] = {}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as player:
        folder = Path(name)
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size, n_links in zip(SYSTEMS, chosen.links, strict=True):
            graph = make_graph(n_links)
            found = measure(browser, graph, folder, chosen.rounds, chosen.seconds)
            plain, closed, all_open = found["pyvis"], found["closed"], found["open"]
            figures[f"{size} size"] = (
                closed["size"] / plain["size"],
                f"{shown(closed['size'] / 1e6)} MB",
            )
            figures[f"{size} start"] = (
                found["start"]["ready"] / closed["ready"],
                f"{shown(found['start']['ready'])} ms",
            )
            for state in ("closed", "open"):
                ready = found[state]["ready"]
                figures[f"{size} {state}"] = (plain["ready"] / ready, f"{shown(ready)} ms")
            if size == LEAST:
                took = with_physics(browser, graph, folder)
                figures["physics"] = (took / closed["ready"], f"pyvis {shown(took / 1e3)} s")
                continue
            for action in OURS:
                frames = min(closed[action], all_open[action])
                figures[f"{size} {action}"] = (
                    float(frames),
                    f"pyvis {shown(float(plain[action]))}",
                )
        browser.close()
        # These are of the largest.
        for key, step in zip(("opened", "clusters", "threshold"), STEPS, strict=False):
            figures[key] = closed[step]
        seconds = in_python(graph, folder, chosen.rounds)
    for key in ("python", "python clustered"):
        figures[key] = (seconds[key] / seconds["pyvis"], f"{shown(seconds[key])} s")
    print_rows("explorer", figures)


if __name__ == "__main__":
    main()
