"""Tests that lineages of the page are those of Python: nodes, products, ways and impact."""

from __future__ import annotations

import csv
import json
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.kernels.steps import LINK
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood, upstream
from hummgraph.datasets import generate_organization
from hummgraph.explorer.opening import opening_of
from hummgraph.explorer.pack import pack
from hummgraph.explorer.results import graph_and_result
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from tests.explorer.browser.test_model import Case, bundled, positions, random_cases, random_graph
from tests.support.explorer_pages import passing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hummgraph.algorithms.lineage.lineage import Lineage

pytestmark = pytest.mark.usefixtures("without_joins")

FOLLOWED: dict[str, Callable[..., Lineage]] = {
    "down": downstream,
    "up": upstream,
    "both": neighborhood,
}
N_LINEAGES = 12
LEVELS = ["integration_source", "table", "column"]


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lineages of the page, as one script."""
    return bundled("lineage-answers.ts", tmp_path_factory.mktemp("lineages"))


def answers(script: Path, folder: Path, packed: bytes, questions: list[Any]) -> list[Any]:
    """Return what the page says."""
    folder.mkdir()
    (folder / "0.pack").write_bytes(packed)
    (folder / "0.json").write_text(json.dumps(questions), encoding="utf-8")
    subprocess.run(["node", str(script), str(folder)], check=True)
    found: list[Any] = json.loads((folder / "0.answers.json").read_text("utf-8"))
    return found


def relation_positions(graph: LinkGraph) -> dict[tuple[str, str], int]:
    """Return the positions of declared relationships, below 0 as links have them."""
    frame = graph.relationships.to_frame()
    keys = zip(frame["kind"], frame["relationship_id"], strict=True)
    return {key: -1 - place for place, key in enumerate(keys)}


def check_same(found: Lineage, mine: dict[str, Any]) -> int:
    """Compare nodes in their order, links, ways and the file of the impact."""
    graph = found.graph
    links_of, relations_of = positions(graph), relation_positions(graph)
    ids = {text: code for code, text in enumerate(graph.arrays.nodes.id_text.to_pylist())}
    # Python counts upwards where it has one direction only; a page has it on the left.
    sign = -1 if found.direction == "upstream" and found.directed else 1

    def place(kind: str, link_id: str) -> int:
        return links_of[link_id] if kind == LINK else relations_of[kind, link_id]

    assert mine["nodes"] == [
        [ids[row["node_id"]], sign * row["depth"], row["confidence"]] for row in found.nodes
    ]
    assert mine["links"] == [
        [place(row["kind"], row["link_id"]), sign * row["depth"]] for row in found.links
    ]
    for row, path in zip(found.nodes, mine["paths"], strict=True):
        assert path == [
            [place(step.kind, step.link_id), ids[step.source], ids[step.target], not step.forward]
            for step in found.path_to(row["node_id"])
        ]
    assert mine["csv"] == found.to_csv(by="table") == found.impact.to_csv()
    assert mine["fields"] == found.to_csv()
    return len(mine["nodes"])


def check_left(found: Lineage, whole: LinkGraph, mine: dict[str, Any]) -> None:
    """Compare what is not followed with what a reader of all links counts."""
    n_unweighted = mine["left"]["rejected"] + mine["left"]["unscored"]
    if whole.n_links == found.graph.n_links:
        assert n_unweighted == found.n_unweighted
        assert mine["left"]["hidden"] == 0
    assert n_unweighted >= found.n_unweighted
    other: dict[str, list[int]] = {}
    for row in found.other_levels:
        counts = other.setdefault(row["level"], [0, 0])
        counts[0] += row["n_links"]
        counts[1] += 1
    assert {
        LEVELS[one["level"]]: [one["links"], one["nodes"]] for one in mine["left"]["otherLevels"]
    } == other


def places(text: str) -> list[tuple[str, ...]]:
    """Return what the rows of a file say of systems, tables, fields or their number, and steps."""
    rows = csv.DictReader(text.splitlines())
    names = ("system", "table", "column", "n_columns", "depth")
    return sorted(tuple(row.get(name, "") for name in names) for row in rows)


def random_questions(random: Random, graph: LinkGraph) -> list[dict[str, Any]]:
    """Ask for lineages under several decisions, at several thresholds."""
    return [
        {
            "threshold": random.choice([0.0, 0.0, 0.2, 0.5]),
            "atFirst": random.choice([0.0, 0.2, 0.5]),
            "decisions": [
                [link, {"status": random.randrange(3), "at": 0, "note": ""}]
                for link in random.sample(range(graph.n_links), min(n, graph.n_links))
            ],
            "names": [],
            "lineages": [
                [
                    random.randrange(graph.n_nodes),
                    random.choice(list(FOLLOWED)),
                    random.choice([1, 2, 3, None]),
                    [],
                    random.random() < 1 / 4,
                ]
                for _ in range(N_LINEAGES)
            ],
        }
        for n in (0, 1, 12)
    ]


def check_questions(case: Case, told: list[Any], questions: list[dict[str, Any]]) -> int:
    """Compare lineages with those of the graph with the decisions, of the links that pass."""
    n_reached = 0
    for question, answer in zip(questions, told, strict=True):
        whole = case.decided(question)
        # The score from which the page joins at first limits concepts, not lineages.
        if question["threshold"] <= question.get("atFirst", 0):
            assert all(answer["passes"])
        shown = whole.take_links(np.flatnonzero(answer["passes"]))
        ids = whole.arrays.nodes.id_text.to_pylist()
        links_of = positions(whole)
        approved = shown.where(status="APPROVED")
        for (node, direction, hops, _, only), mine in zip(
            question["lineages"], answer["lineages"], strict=True
        ):
            followed = approved if only else shown
            found = FOLLOWED[direction](followed, ids[node], max_depth=hops)
            local = positions(followed)
            back = {links_of[link_id]: place for link_id, place in local.items()}
            mine["links"] = [[back[link], depth] for link, depth in mine["links"]]
            mine["paths"] = [[[back[step[0]], *step[1:]] for step in p] for p in mine["paths"]]
            n_reached += check_same(found, mine)
            check_left(found, whole, mine)
            check_stubs(followed, ids[node], direction, hops, mine)
            if only:
                asked = FOLLOWED[direction](shown, ids[node], max_depth=hops, statuses="APPROVED")
                assert mine["csv"] == asked.to_csv(by="table")
            else:
                assert mine["left"]["suggested"] == 0
    return n_reached


def check_stubs(
    shown: LinkGraph, start: str, direction: str, hops: int | None, mine: dict[str, Any]
) -> None:
    """Further nodes are those of one more step, and nodes behind those of the other direction."""
    ids = shown.arrays.nodes.id_text.to_pylist()
    reached = {code for code, _, _ in mine["nodes"]}
    if hops is not None and direction != "both":
        further = FOLLOWED[direction](shown, start, max_depth=hops + 1)
        more = {ids.index(row["node_id"]) for row in further.nodes} - reached
        assert mine["further"] == len(more)
        assert {code for _, some in mine["stubs"] for code in some} == more
    if direction != "both":
        other = FOLLOWED["up" if direction == "down" else "down"](shown, start, max_depth=1)
        assert mine["behind"] == len({ids.index(row["node_id"]) for row in other.nodes} - reached)
    else:
        assert mine["behind"] == 0


def test_lineages_are_pythons(script: Path, tmp_path: Path) -> None:
    """On random graphs, with rules and policies, decisions and thresholds of the page."""
    n_reached = 0
    for number, case in enumerate(random_cases()):
        questions = random_questions(Random(f"lineage {number}"), case.graph)
        packed = pack(case.graph, case.clusters)
        told = answers(script, tmp_path / str(number), packed, questions)
        n_reached += check_questions(case, told, questions)
    assert n_reached > 3000


def test_opened_stubs_are_a_step_further(script: Path, tmp_path: Path) -> None:
    """With every stub open, a lineage has what one more step reaches; behind the start too."""
    n_opened = 0
    for seed in range(8):
        random = Random(f"stubs {seed}")
        graph = random_graph(random, Policy())
        ids = graph.arrays.nodes.id_text.to_pylist()
        everything = list(range(graph.n_nodes))
        lineages: list[list[Any]] = []
        for _ in range(6):
            node = random.randrange(graph.n_nodes)
            others = [other for other in everything if other != node]
            direction = random.choice(["down", "up"])
            lineages += [[node, direction, 1, []], [node, direction, 1, others]]
            lineages.append([node, direction, 9, [node]])
        question = {"threshold": 0, "decisions": [], "lineages": lineages}
        packed = pack(graph, cluster(graph))
        (told,) = answers(script, tmp_path / str(seed), packed, [question])
        for at in range(0, len(lineages), 3):
            start, way, _, _ = lineages[at]
            closed, opened, behind = told["lineages"][at : at + 3]
            assert closed["opened"] == []
            assert opened["nodes"] == closed["nodes"]
            whole = FOLLOWED[str(way)](graph, ids[int(str(start))], max_depth=None)
            sign = -1 if way == "up" else 1
            depths = {ids.index(row["node_id"]): sign * row["depth"] for row in whole.nodes}
            told_of = [*opened["nodes"], *(one[:3] for one in opened["opened"])]
            assert {code: depth for code, depth, _ in told_of} == depths
            # What is opened is in the files.
            assert places(opened["fields"]) == places(whole.to_csv())
            assert places(opened["csv"]) == places(whole.to_csv(by="table"))
            for code, depth, confidence, path in opened["opened"]:
                assert len(path) == abs(depth)
                product = np.prod([graph.weights[link] for link in path])
                assert confidence == pytest.approx(product), code
            n_opened += len(opened["opened"])
            assert len(behind["opened"]) == behind["behind"]
            assert all(depth == -sign for _, depth, _, _ in behind["opened"])
            n_opened += len(behind["opened"])
    assert n_opened > 200


OPTIONS: list[dict[str, Any]] = [
    {"directed": False},
    {"relationships": True},
    {"max_per_hop": 2},
    {"level": "table"},
    {"level": "integration_source", "directed": False},
    {"min_confidence": 0.5},
    {"statuses": ["APPROVED", "SUGGESTED"]},
    {"max_work": 1},
    {"max_depth": None, "relationships": True, "directed": False},
    {},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: ",".join(options) or "usual")
def test_packed_lineages_are_pythons(
    script: Path, tmp_path: Path, options: dict[str, Any], demo_graph: LinkGraph
) -> None:
    """Whatever Python was asked, the page has its nodes, products, ways and impact."""
    random = Random(str(options))
    graphs = [random_graph(random, Policy()) for _ in range(4)]
    for number, graph in enumerate([*graphs, demo_graph]):
        node = random.choice(graph.links["source"])
        for direction, follow in FOLLOWED.items():
            found = follow(graph, node, **options)
            drawn, result = graph_and_result(found)
            assert isinstance(drawn, LinkGraph)
            packed = pack(drawn, cluster(drawn), result=result)
            question = {"threshold": 0, "decisions": [], "lineages": []}
            folder = tmp_path / f"{number} {direction}"
            (told,) = answers(script, folder, packed, [question])
            check_same(found, told["packed"])


def test_a_page_opens_on_what_it_finds_itself(demo_graph: LinkGraph) -> None:
    """A lineage with other options than steps is shown as Python found it."""
    start = demo_graph.node("Stripe/customers.email").node_id
    every = cluster(demo_graph, threshold=0)
    for direction, follow in FOLLOWED.items():
        for hops, said in ((1, "1"), (9, "9"), (None, "all"), (10, "")):
            opening = opening_of(follow(demo_graph, start, max_depth=hops), clusters=every)
            wanted = f"f={direction}:{start}:{said}" if said else "f=result"
            assert opening.start.startswith("p=lineage&")
            assert opening.start.endswith(wanted)
    for options in OPTIONS[:8]:
        assert opening_of(downstream(demo_graph, start, **options)).start.endswith("f=result")
    # Links that the page leaves out would be missing in its own answer.
    clusters = cluster(demo_graph, threshold=0.95)
    found = downstream(demo_graph, start, max_depth=1)
    assert opening_of(found, clusters=clusters).start.endswith("f=result")
    weakest = min(found.links["confidence"])
    held = cluster(demo_graph, threshold=weakest, calibrate=None)
    assert opening_of(found, clusters=held).start.endswith(":1")
    assert opening_of(found).start.endswith(":1")


def test_shown_links_are_those_of_the_page(script: Path, tmp_path: Path) -> None:
    """Python knows which links the page leaves out when it opens."""
    from hummgraph.explorer.clustering import shown_links

    for number, case in enumerate(random_cases(10)):
        threshold = case.clusters.threshold
        question = {"threshold": threshold, "decisions": [], "lineages": []}
        packed = pack(case.graph, case.clusters)
        (told,) = answers(script, tmp_path / str(number), packed, [question])
        shown = shown_links(case.graph, case.clusters)
        assert told["passes"] == shown.astype(int).tolist()
        assert (shown == passing(case.clusters, threshold)).all()


def test_large_organisation_is_searched_at_once(script: Path, tmp_path: Path) -> None:
    """Many links and every step: the same nodes, products and ways."""
    graph = LinkGraph(generate_organization(n_links=20_000, n_systems=20, seed=3).snapshot())
    case = Case(graph, {}, cluster(graph))
    node = graph.index_of(graph.links["source"][0])
    question = {
        "threshold": 0,
        "decisions": [],
        "names": [],
        "lineages": [[node, "down", 2, [], False], [node, "both", None, [], False]],
    }
    told = answers(script, tmp_path / "large", pack(graph, case.clusters), [question])
    assert check_questions(case, told, [question]) > 10
