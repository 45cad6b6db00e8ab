"""Draw the pictures of docs/how-to/cookbook.md: ``python docs/images/cookbook.py``.

Tables stand in a circle, system by system; what is drawn is read from the file of a recipe.
"""

from __future__ import annotations

import json
import math
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx

import hummgraph as hg
from hummgraph.datasets import load_demo

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
SIZE, RADIUS = 760, 250
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#7F7F7F")
GREY, RED = "#9AA5B1", "#C0392B"


def pictures() -> dict[str, str]:
    """Return the pictures by the names of their files."""
    graph = hg.LinkGraph(load_demo().snapshot())
    strong = graph.where(min_confidence=0.9, status=("APPROVED", "SUGGESTED"))
    tables = strong.project("table")
    with tempfile.TemporaryDirectory() as folder:
        ranks = _pagerank(tables, Path(folder) / "ranks.graphml")
        communities = _communities(tables, Path(folder) / "communities.graphml")
        bridges = _bridges(strong, Path(folder) / "bridges.cyjs")
    largest = max(ranks.values())
    plain = 5.0
    return {
        "cookbook-pagerank.svg": _drawn(
            tables,
            "PageRank of tables",
            size=lambda node: 3 + 15 * ranks[node] / largest,
            colour=lambda _: COLOURS[0],
        ),
        "cookbook-communities.svg": _drawn(
            tables,
            "Communities of tables",
            size=lambda _: plain,
            colour=lambda node: COLOURS[communities[node]] if node in communities else GREY,
        ),
        "cookbook-bridges.svg": _drawn(
            tables,
            "Tables with a link that is a bridge",
            size=lambda _: plain,
            colour=lambda _: GREY,
            red=bridges,
        ),
    }


def _pagerank(tables: hg.Projection, path: Path) -> dict[str, float]:
    ranks = nx.pagerank(tables.to_networkx(), weight="weight")
    hg.write(tables, path, profile="gephi", node_attributes={"pagerank": ranks})
    return _read(path, "pagerank")


def _communities(tables: hg.Projection, path: Path) -> dict[str, int]:
    edges = tables.edges
    made = igraph.Graph.TupleList(
        zip(edges["source"], edges["target"], edges["n_links"], strict=True), weights=True
    )
    made = made.simplify(combine_edges="sum")
    found = made.community_fastgreedy(weights="weight").as_clustering()
    community = dict(zip(made.vs["name"], found.membership, strict=True))
    hg.write(tables, path, profile="yed", node_attributes={"community": community})
    # The largest has the first colour.
    read: dict[str, int] = _read(path, "community")
    members = [sorted(node for node in read if read[node] == one) for one in set(read.values())]
    order = sorted(members, key=lambda nodes: (-len(nodes), nodes))
    return {
        node: min(place, len(COLOURS) - 1) for place, nodes in enumerate(order) for node in nodes
    }


def _bridges(graph: hg.LinkGraph, path: Path) -> set[tuple[str, str]]:
    view = graph.to_networkx()
    found = {frozenset(pair) for pair in nx.bridges(nx.Graph(view))}
    alone = {
        key: frozenset((source, target)) in found and view.number_of_edges(source, target) == 1
        for source, target, key in view.edges(keys=True)
    }
    hg.write(graph, path, link_attributes={"bridge": alone})
    elements = json.loads(path.read_text(encoding="utf-8"))["elements"]
    table = {
        one["data"]["id"]: one["data"]["parent_id"]
        if one["data"]["level"] == "column"
        else one["data"]["id"]
        for one in elements["nodes"]
    }
    return {
        (table[one["data"]["source"]], table[one["data"]["target"]])
        for one in elements["edges"]
        if one["data"]["bridge"]
    }


def _read(path: Path, name: str) -> dict[str, Any]:
    nodes, _ = hg.read_graphml_attributes(path)
    rows = zip(nodes["node_id"], nodes[name], strict=True)
    return {node: value for node, value in rows if value is not None}


def _drawn(
    tables: hg.Projection,
    title: str,
    *,
    size: Callable[[str], float],
    colour: Callable[[str], str],
    red: set[tuple[str, str]] | None = None,
) -> str:
    rows = sorted(tables.nodes, key=lambda row: (row["system"] or "", row["path"]))
    place = {}
    for at, row in enumerate(rows):
        angle = 2 * math.pi * at / len(rows) - math.pi / 2
        place[row["node_id"]] = (
            SIZE / 2 + RADIUS * math.cos(angle),
            SIZE / 2 + RADIUS * math.sin(angle),
            math.degrees(angle),
        )
    lines, bold = [], []
    for row in tables.edges:
        ends = row["source"], row["target"]
        if ends[0] == ends[1]:
            continue
        (x1, y1, _), (x2, y2, _) = place[ends[0]], place[ends[1]]
        middle = SIZE / 2
        marked = red is not None and ends in red
        style = f'stroke="{RED}" stroke-width="2"' if marked else f'stroke="{GREY}" opacity=".6"'
        (bold if marked else lines).append(
            f'<path d="M{x1:.0f} {y1:.0f}Q{middle:.0f} {middle:.0f} {x2:.0f} {y2:.0f}" {style}/>'
        )
    nodes = []
    for row in rows:
        x, y, degrees = place[row["node_id"]]
        left = x < SIZE / 2
        turned = degrees + 180 if left else degrees
        away = -22 if left else 22
        anchor = "end" if left else "start"
        nodes.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size(row["node_id"]):.1f}"'
            f' fill="{colour(row["node_id"])}"/>'
            f'<text x="{away}" y="3" text-anchor="{anchor}"'
            f' transform="translate({x:.0f} {y:.0f}) rotate({turned:.0f})">'
            f"{escape(row['path'].rpartition('.')[2].rpartition('/')[2])}</text>"
        )
    content = "\n".join([*lines, *bold, *nodes])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>text{font:9px system-ui,sans-serif;fill:#5B6770}</style>\n"
        '<g fill="none" stroke-linecap="round">\n'
        f"{content}\n</g>\n</svg>\n"
    )


if __name__ == "__main__":
    for name, drawn in pictures().items():
        (FOLDER / name).write_text(drawn, encoding="utf-8")
