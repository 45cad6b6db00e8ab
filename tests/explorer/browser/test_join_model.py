"""Tests that what the page says of ways to join is what Python says."""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.explorer.joins import pairs_with_a_choice
from hummgraph.explorer.pack import pack
from hummgraph.explorer.results import graph_and_result
from tests.explorer.browser.test_model import bundled
from tests.support.builders import graph

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.graph.linkgraph import LinkGraph
    from tests.support.builders import Row

N_RANDOM = 20
STATUSES = ["SUGGESTED", "APPROVED", "REJECTED"]
PLACES = [f"{table}.{column}" for table in ("a/t", "b/u", "c/v") for column in ("id", "email")]


def random_graph(random: Random) -> LinkGraph:
    """Return three tables, of whose links a third is rejected."""
    rows: list[Row] = [("a/t.id", "b/u.email", 0.9), ("b/u.id", "c/v.email", 0.8, "APPROVED")]
    while len(rows) < 12:
        one, other = random.sample(PLACES, 2)
        if one[:3] != other[:3]:
            rows.append((one, other, random.choice([0.6, 0.9, None]), random.choice(STATUSES)))
    return graph(rows, also=PLACES)


def linked_directly(of: LinkGraph, one: int, other: int) -> set[str]:
    """Return the ids of the links between columns of two tables."""
    nodes, ends = of.arrays.nodes, of.arrays.links.ends
    tables = np.sort(np.stack([nodes.ancestor[1][ends.source], nodes.ancestor[1][ends.target]]), 0)
    columns = (nodes.depth[ends.source] == 2) & (nodes.depth[ends.target] == 2)
    chosen = columns & (tables[0] == min(one, other)) & (tables[1] == max(one, other))
    return {of.link(at).link_id for at in np.flatnonzero(chosen).tolist()}


def test_the_page_says_what_python_says(tmp_path: Path, demo_graph: LinkGraph) -> None:
    """Rejected and approved links, and those that join two tables directly."""
    script, folder = bundled("join-answers.ts", tmp_path), tmp_path / "asked"
    folder.mkdir()
    random = Random(5)
    graphs = [random_graph(random) for _ in range(N_RANDOM)]
    wanted: list[dict[str, Any]] = []
    for at, of in enumerate([*graphs, demo_graph]):
        if of is demo_graph:
            a, b = pairs_with_a_choice(of)[0]
            found = join_paths(of, *(of.arrays.nodes.id_text[end].as_py() for end in (a, b)))
        else:
            a, b = of.index_of("a/t"), of.index_of("c/v")
            found = join_paths(of, "a/t", "c/v", keys="any", k=8)
        result = graph_and_result(found)[1]
        (folder / f"{at}.pack").write_bytes(pack(of, result=result))
        (folder / f"{at}.json").write_text(json.dumps([[a, b]]), encoding="utf-8")
        ways = [
            {
                "rejected": [link.link_id for link in path.rejected],
                "approved": all(
                    link.kind != "link" or link.status == "APPROVED"
                    for chain in path.chains
                    for link in chain
                ),
            }
            for path in found
        ]
        direct = linked_directly(of, a, b)
        wanted.append({"ends": [a, b], "ways": ways, "direct": direct})
    subprocess.run(["node", str(script), str(folder)], check=True)
    for at, one in enumerate(wanted):
        told = json.loads((folder / f"{at}.answers.json").read_text("utf-8"))
        assert told["ways"] == [{"ends": one["ends"], "ways": one["ways"]}]
        assert len(told["direct"][0]) == len(one["direct"])
        assert set(told["direct"][0]) == one["direct"]
    said = [way for one in wanted for way in one["ways"]]
    assert (
        {bool(way["rejected"]) for way in said}
        == {way["approved"] for way in said}
        == {True, False}
    )
