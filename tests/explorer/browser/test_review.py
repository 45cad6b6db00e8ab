"""Tests that the page's review asks what the library asks, and tells what it tells."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hummgraph.algorithms.clustering.clustering import METHODS, cluster
from hummgraph.algorithms.kernels.components import first_seen
from hummgraph.algorithms.review.choosing import decisions_of
from hummgraph.algorithms.review.held import held_clusters
from hummgraph.algorithms.review.preview import preview
from hummgraph.algorithms.review.question import cluster_name
from hummgraph.algorithms.review.queue import review_queue
from hummgraph.algorithms.review.ranking import GROUPS, ORDERS
from hummgraph.explorer.pack import pack
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.models import Status
from hummgraph.snapshot.link_readers import read_links
from tests.explorer.browser.test_model import (
    STATUSES,
    bundled,
    positions,
    random_cases,
    random_graph,
)
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.review.question import Question
    from hummgraph.algorithms.review.queue import ReviewQueue

pytestmark = pytest.mark.usefixtures("without_joins")

N_ACTS = 14
N_PLANNED = 6


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's review as one script."""
    return bundled("review-answers.ts", tmp_path_factory.mktemp("review"))


def random_walk(random: Random, graph: LinkGraph, n_acts: int = N_ACTS) -> dict[str, Any]:
    """Choose a queue, what is done at its questions, and links to decide together."""
    acts = random.choices(["skip", "undo", 0, 1, 2], [2, 2, 1, 5, 5], k=n_acts)
    links = random.sample(range(graph.n_links), min(5, graph.n_links))
    return {
        "order": random.choice(ORDERS),
        "randomShare": random.choice([0, 0.5, 1]),
        "seed": random.choice([0, 1, 2**32 - 1, 2**40 + 7]),
        "limit": random.choice([None, None, 9]),
        "acts": acts,
        "preview": [sorted(links), random.randrange(3)],
        "plan": N_PLANNED,
    }


def walked(
    script: Path, folder: Path, clusters: Clusters, walks: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what the page finds on each walk."""
    (folder / "0.pack").write_bytes(pack(clusters.graph, clusters))
    (folder / "0.json").write_text(json.dumps(walks), encoding="utf-8")
    subprocess.run(["node", str(script), str(folder)], check=True)
    found: list[dict[str, Any]] = json.loads((folder / "0.answers.json").read_text("utf-8"))
    return found


def queue_of(clusters: Clusters, walk: dict[str, Any]) -> ReviewQueue:
    """Return the queue of a walk."""
    return review_queue(
        clusters.graph,
        clusters=clusters,
        order=walk["order"],
        random_share=walk["randomShare"],
        seed=walk["seed"],
        limit=walk["limit"],
    )


def told(question: Question, *, effects: bool = True) -> dict[str, Any]:
    """Return a question as the page tells it."""
    return {
        "link": question.link.link_index,
        "group": question.group,
        "asked": question.asked,
        "reason": question.reason,
        "probability": question.probability,
        "clusters": list(question.clusters),
        "status": int(question._held.status[question.link.link_index]),
        "approving": question.approving if effects else None,
        "rejecting": question.rejecting if effects else None,
    }


def check_walk(clusters: Clusters, walk: dict[str, Any], mine: dict[str, Any]) -> Counter[str]:
    """Compare the questions of a walk, what is open at each, and the clusters after it."""
    queue = queue_of(clusters, walk)
    seen: Counter[str] = Counter()
    for act, step in zip(walk["acts"], mine["steps"], strict=True):
        assert step["open"]["nOpen"] == queue.n_open
        groups = queue._ranking.open(queue._held, queue._done).group
        numbers = np.bincount(groups, minlength=len(GROUPS))
        numbers[0] = len(queue._held.contradictions)
        assert step["open"]["counts"] == dict(zip(GROUPS, numbers.tolist(), strict=True))
        question = next(queue, None)
        assert step["asked"] == (None if question is None else told(question))
        if act == "undo":
            if queue._steps:
                queue.undo()
                seen["undone"] += 1
        elif question is not None and act == "skip":
            queue.skip()
        elif question is not None:
            queue.answer(STATUSES[act])
            seen["answered"] += 1
        assert step["labels"] == first_seen(queue._held.label).tolist()
        if question is not None:
            seen[question.group] += 1
            seen[question.asked] += 1
    assert mine["plan"] == [
        told(queue._question(pick)) for pick in queue._plan(n_planned(queue, walk))
    ]
    check_preview(queue, walk, mine["preview"])
    return seen


def n_planned(queue: ReviewQueue, walk: dict[str, Any]) -> int:
    """Return how many questions the end of a walk asks for."""
    if walk["limit"] is None:
        return int(walk["plan"])
    return max(min(int(walk["plan"]), int(walk["limit"]) - len(queue._steps)), 0)


def check_preview(queue: ReviewQueue, walk: dict[str, Any], mine: dict[str, Any]) -> None:
    """Compare the joint effect of several decisions."""
    links, status = walk["preview"]
    would = preview(
        queue.graph,
        decisions_of(queue.graph, np.array(links, dtype=np.int64), list(Status)[status]),
        clusters=queue.clusters,
    )
    first = would.before.problem.first
    after = held_clusters(would.before).after(would._change)
    assert [one["kind"] for one in mine["changes"]] == [one.kind for one in would.regroupings]
    for one, other in zip(mine["changes"], would.regroupings, strict=True):
        assert one["nodes"] == other.nodes.tolist()
        label = would.before.labels[other.nodes + first]
        assert one["before"] == [int((label == old).sum()) for old in other.before]
        assert one["after"] == [int((other.groups == group).sum()) for group in other.after]
        # A cluster is called as the question after these would call it.
        assert one["names"] == [
            cluster_name(
                queue._before, after, int(after.label[other.nodes[other.groups == group][0]])
            )
            for group in other.after
        ]
        alone = would.after.labels[other.nodes + first] < 0
        assert one["left"] == (other.nodes + first)[alone].tolist()
        assert one["comes"] == (other.nodes + first)[label < 0].tolist()
    moves = {row["node_id"] for row in would.moves}
    ids = would.graph.arrays.nodes.id_text
    moved = {ids[node + first].as_py() for one in mine["changes"] for node in one["moved"]}
    assert moved == moves
    links_of = positions(would.graph)
    for change in ("made", "resolved"):
        rows = would.contradictions.filter(change=change)
        assert mine[change] == sorted(links_of[row["link_id"]] for row in rows)


def test_questions_are_pythons(script: Path, tmp_path: Path) -> None:
    """Groups, orders, seeds, probabilities, effects and clusters, with answers of every kind."""
    seen: Counter[str] = Counter()
    for seed, case in enumerate(random_cases(15)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        random = Random(seed)
        walks = [random_walk(random, case.graph) for _ in range(4)]
        for walk, mine in zip(walks, walked(script, folder, case.clusters, walks), strict=True):
            seen += check_walk(case.clusters, walk, mine)
    kinds = ("contradiction", "exact rule", "scored", "unscored", *ORDERS, "answered", "undone")
    assert min(seen[kind] for kind in kinds) > 5, seen


@pytest.mark.parametrize("method", [name for name in METHODS if not METHODS[name].tree])
def test_questions_of_a_method_without_a_tree(script: Path, tmp_path: Path, method: str) -> None:
    """The first questions are Python's; what an answer does is unknown, and not guessed."""
    random = Random(method)
    graph = random_graph(random, Policy())
    while method == "assignment" and graph.n_nodes_by_level["integration_source"] != 2:
        graph = random_graph(random, Policy())  # It matches two systems.
    clusters = cluster(graph, method=method)
    walks = [random_walk(random, graph) | {"acts": ["skip"] * 4 + [1, "undo"]} for _ in range(4)]
    for walk, mine in zip(walks, walked(script, tmp_path, clusters, walks), strict=True):
        queue = queue_of(clusters, walk)
        labels = first_seen(queue._held.label).tolist()
        for act, step in zip(walk["acts"], mine["steps"], strict=True):
            assert step["labels"] == labels
            if act == "undo":
                continue  # Python has made other clusters by the answer before.
            question = next(queue, None)
            assert question is not None
            assert step["asked"] == told(question, effects=False)
        assert mine["preview"] is None


def test_bundled_organisation(script: Path, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """A long review of the demo is the same, contradiction and all."""
    clusters = cluster(demo_graph)
    random = Random(0)
    walks = [
        random_walk(random, demo_graph, 20) | {"order": order, "limit": None}
        for order in ("uncertainty", "flips")
    ]
    seen: Counter[str] = Counter()
    for walk, mine in zip(walks, walked(script, tmp_path, clusters, walks), strict=True):
        seen += check_walk(clusters, walk, mine)
    assert min(seen["contradiction"], seen["exact rule"], seen["scored"]) > 0


def test_real_organisation(script: Path, tmp_path: Path, real_organization: Path) -> None:
    """The same of a large real catalogue."""
    read = read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    clusters = cluster(LinkGraph(read))
    random = Random(1)
    walks = [
        random_walk(random, clusters.graph, 6) | {"order": order, "limit": None}
        for order in ("uncertainty", "flips")
    ]
    for walk, mine in zip(walks, walked(script, tmp_path, clusters, walks), strict=True):
        assert check_walk(clusters, walk, mine)["answered"] > 0


def test_approved_chains_are_pythons(script: Path, tmp_path: Path) -> None:
    """Of many chains and cuts that are as good, the same are asked about."""
    for seed in range(6):
        folder = tmp_path / str(seed)
        folder.mkdir()
        random = Random(seed)
        columns = [f"{system}/t.{column}" for system in "abcd" for column in "xyz"]
        records = []
        for number in range(random.randint(15, 60)):
            source, target = random.sample(columns, 2)
            confidence = random.choice([None, 0.5, 0.9, 1.0])
            status = random.choices(STATUSES, [1, 8, 3])[0]
            link_id = uid(f"link {number}")
            records.append(record(source, target, confidence, id=link_id, status=status))
        clusters = cluster(LinkGraph(read_links(records, catalogue=catalogue(columns))))
        walk = random_walk(random, clusters.graph) | {"limit": None, "plan": 10}
        walk["acts"] = [random.choice(["skip", "skip", 1, 2]) for _ in range(12)]
        (mine,) = walked(script, folder, clusters, [walk])
        check_walk(clusters, walk, mine)
