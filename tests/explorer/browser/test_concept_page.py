"""Tests of the page of one concept: what it says is Python's, and what a reader does there works."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.explain.merge_history import merge_history
from hummgraph.algorithms.review.choosing import take_out
from hummgraph.algorithms.review.preview import preview
from hummgraph.explorer.pack import pack
from tests.explorer.browser.test_model import STATUSES, bundled, positions, random_cases

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph

N_PAIRS = 12
# Words of Python and of the command line that no sentence of the page has.
NOT_IN_PAGE = re.compile(r"cluster|column|threshold|bridge|confidence|APPROVED|REJECTED|SUGGESTED")


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page knows of concepts, as one script."""
    return bundled("concept-answers.ts", tmp_path_factory.mktemp("concepts"))


def answers(
    script: Path, folder: Path, clusters: Clusters, questions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what the page says."""
    folder.mkdir()
    (folder / "0.pack").write_bytes(pack(clusters.graph, clusters))
    (folder / "0.json").write_text(json.dumps(questions), encoding="utf-8")
    subprocess.run(["node", str(script), str(folder)], check=True)
    found: list[dict[str, Any]] = json.loads((folder / "0.answers.json").read_text("utf-8"))
    return found


def check_history(clusters: Clusters, index: int, mine: dict[str, Any]) -> int:
    """Compare the joins of a cluster, and where it splits."""
    history = merge_history(clusters, index)
    links_of = positions(clusters.graph)
    assert mine["joins"] == [
        [join.height, links_of[join.link.link_id], join.source_size, join.target_size]
        for join in history.joins
    ]
    lowest, splits_off = mine["splits"]
    last = history.joins[-1]
    assert lowest == last.height
    if lowest is not None:
        assert splits_off == min(last.source_size, last.target_size)
    return len(history)


def check_ways(clusters: Clusters, mine: list[dict[str, Any]]) -> int:
    """Compare the ways out of contradictions, and what each resolves."""
    graph = clusters.graph
    links_of = positions(graph)
    assert len(mine) == len(clusters.contradictions)
    n_ways = 0
    for one, found in zip(mine, clusters.contradictions, strict=True):
        assert one["link"] == links_of[found.link_id]
        assert one["chain"] == [
            links_of[link] for link in (found.conflicts[0] if found.conflicts else ())
        ]
        ways = [(links, STATUSES[status]) for links, status, _ in one["ways"]]
        cut = [links_of[link] for link in found.cut]
        approving = ([one["link"]], "APPROVED")
        wanted = [(cut, "REJECTED"), approving, *(([link], "REJECTED") for link in one["chain"])]
        if len(cut) == 1:
            wanted = [way for at, way in enumerate(wanted) if way not in wanted[:at]]
        shown = []
        for links, status in wanted:
            resolved = resolved_by(clusters, links, status)
            if one["link"] in resolved or status == "APPROVED":
                shown.append((links, status))
                assert [*links, resolved] in [[*way[0], way[2]] for way in one["ways"]]
        assert ways == shown
        n_ways += len(shown)
    return n_ways


def resolved_by(clusters: Clusters, links: list[int], status: str) -> list[int]:
    """Return the contradictions that a decision resolves."""
    graph = clusters.graph
    links_of = positions(graph)
    decided = {graph.link(link).link_id: status for link in links}
    rows = preview(graph, decided, clusters=clusters).contradictions.filter(change="resolved")
    return sorted(links_of[row["link_id"]] for row in rows)


def check_taken_out(clusters: Clusters, members: list[int], mine: list[dict[str, Any]]) -> int:
    """Compare the links that taking a member out rejects, and whose clusters that changes."""
    graph = clusters.graph
    links_of = positions(graph)
    first = clusters.problem.first
    n_taken = 0
    for member, one in zip(members, mine, strict=True):
        if clusters.labels[member] < 0:
            assert one["links"] == []
            continue
        out = take_out(clusters, graph.node(member))
        assert one["links"] == sorted(links_of[decision.link_id] for decision in out)
        would = preview(graph, out, clusters=clusters)
        nodes = [node for found in would.regroupings for node in found.nodes.tolist()]
        assert one["nodes"] == nodes
        # It is said whom the effect reaches, and nothing is if there is none.
        stays = f"All {clusters.sizes[clusters.labels[member]]:,} "
        assert one["said"][0].startswith(stays) is (member - first not in nodes) or nodes
        n_taken += 1
    return n_taken


def test_concepts_are_pythons(script: Path, tmp_path: Path) -> None:
    """Joins, heights, splits, ways out and what takes a field out, with decisions of the reader."""
    seen: Counter[str] = Counter()
    for seed, case in enumerate(random_cases()):
        random = Random(seed)
        graph = case.graph
        questions = []
        for n_decisions in (0, 6):
            links = random.sample(range(graph.n_links), min(n_decisions, graph.n_links))
            made = [[link, {"status": random.randrange(3), "at": 0, "note": ""}] for link in links]
            questions.append(
                {
                    "threshold": random.choice([0.0, 0.2, 0.5]),
                    "decisions": made,
                    "members": random.sample(range(graph.n_nodes), min(8, graph.n_nodes)),
                    "pairs": [random.sample(range(graph.n_nodes), 2) for _ in range(N_PAIRS)],
                }
            )
        found = answers(script, tmp_path / str(seed), case.clusters, questions)
        for question, mine in zip(questions, found, strict=True):
            decided = graph.with_decisions(case.decisions({**question, "names": []}))
            clusters = cluster(decided, threshold=question["threshold"], **case.held)
            assert mine["labels"] == clusters.labels.tolist()
            for index, history in enumerate(mine["histories"]):
                seen["joins"] += check_history(clusters, index, history)
            seen["ways"] += check_ways(clusters, mine["ways"])
            seen["taken"] += check_taken_out(clusters, question["members"], mine["out"])
            for sentence in mine["said"]:
                assert not NOT_IN_PAGE.search(sentence), sentence
                seen["sentences"] += 1
    assert min(seen.values()) > 20, seen
    assert np.sum(list(seen.values())) > 1000


def test_concepts_of_the_demo(script: Path, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """The same of the bundled organisation, member by member of its largest cluster."""
    clusters = cluster(demo_graph)
    members = np.flatnonzero(clusters.labels == 0).tolist()
    question = {
        "threshold": clusters.threshold,
        "decisions": [],
        "members": members,
        "pairs": [[members[0], members[-1]]],
    }
    (mine,) = answers(script, tmp_path / "demo", clusters, [question])
    for index, history in enumerate(mine["histories"]):
        check_history(clusters, index, history)
    assert check_ways(clusters, mine["ways"]) >= 2
    assert check_taken_out(clusters, members, mine["out"]) == len(members)
