"""Tests that the page's own model says exactly what the library says."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]

from hummgraph.algorithms.clustering.clustering import cluster, cluster_setting
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.clustering.quality import rests_on
from hummgraph.algorithms.entities import traits as found_traits
from hummgraph.algorithms.entities.columns import ROLES
from hummgraph.algorithms.explain.why import why
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood, upstream
from hummgraph.algorithms.paths.paths import strongest_path
from hummgraph.errors import ArgumentError, NoPathError
from hummgraph.explorer.pack import pack
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.export.graphml.writer import graphml_chunks
from hummgraph.export.rows import Rows
from hummgraph.graph.decisions import Asked, Decision, GivenName
from hummgraph.graph.journal import write_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    redact_evidence,
)
from hummgraph.snapshot.link_readers import read_links
from tests.export.graphml.test_writer import check_schema
from tests.support.browsing import hostile
from tests.support.builders import catalogue, record, uid
from tests.support.explorer_pages import passing
from tests.support.places import EXPLORER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.lineage.lineage import Lineage

pytestmark = pytest.mark.usefixtures("without_joins")

ESBUILD = EXPLORER / "node_modules" / ".bin" / "esbuild"
METHODS = ["components", "average", "complete", "single"]
STATUSES = ["SUGGESTED", "APPROVED", "REJECTED"]
TEXTS = ["", 'said "no"', "caf\u00e9\n\u2028\x7f\x01"]
CONFIDENCES = [0, 1, 1e-9, 0.00001, 0.123456789, 0.5]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of nodes a page has no other names, and texts only where nothing is left out.
NOT_IN_PAGE = ["api_identifier", "description", "n_link_ends"]
PLAIN_NAMES = (list("abcde"), list("tu"), list("vwxyz"))
REAL_NAMES = (
    ["crm", "shop", "desk", "mart", "web"],
    ["contacts", "orders", "stg_crm_contacts"],
    [
        "id",
        "crm_contact_id",
        "external_id",
        "email",
        "crm_email",
        "city",
        "contact_city",
        "notes",
        "42",
    ],
)
N_GRAPHS = 20
N_THRESHOLDS = 60
_FOLLOWED: dict[str, Callable[..., Lineage]] = {
    "down": downstream,
    "up": upstream,
    "both": neighborhood,
    "near": neighborhood,
}


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's model as one script."""
    return bundled("answers.ts", tmp_path_factory.mktemp("model"))


def bundled(name: str, folder: Path) -> Path:
    """Return a program of the explorer's tests as one script, which node runs."""
    if shutil.which("node") is None:
        pytest.skip("needs node")
    if not ESBUILD.exists():
        pytest.skip("needs the explorer's packages: run npm ci in src/explorer")
    script = folder / "answers.mjs"
    subprocess.run(
        [
            str(ESBUILD),
            str(EXPLORER / "test" / name),
            "--bundle",
            "--platform=node",
            "--format=esm",
            "--log-level=warning",
            f"--outfile={script}",
        ],
        check=True,
    )
    return script


@dataclass
class Case:
    """A graph, how it is clustered, and what is asked of it under each set of decisions."""

    graph: LinkGraph
    options: dict[str, Any]
    clusters: Clusters
    questions: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def held(self) -> dict[str, Any]:
        """Return the level and the setting, which decisions do not change."""
        return {"level": self.clusters.level, "setting": self.clusters.setting}

    @property
    def is_plain(self) -> bool:
        """Return whether scores are confidences, none of which counts as absent."""
        return self.clusters.problem.calibrate is None and self.clusters.setting.floor is None

    def decided(self, question: dict[str, Any]) -> LinkGraph:
        """Return the graph with the decisions of a question.

        A page holds the roles and entities that it was made with, as it holds the setting.
        """
        made: list[Decision | GivenName] = [*self.decisions(question), *self.names(question)]
        graph = self.graph.with_decisions(made)
        found_traits._known.of(graph, lambda _: found_traits.traits(self.graph))
        return graph

    def decisions(self, question: dict[str, Any]) -> list[Decision]:
        """Return the decisions of a question, as the page writes them."""
        return [
            Decision(
                self.graph.link(link).link_id,
                STATUSES[made["status"]],
                time_of(made),
                made["note"] or None,
                self.graph.link(link).source,
                self.graph.link(link).target,
                **{name: made.get(name) for name in ("who", "asked", "confidence")},
            )
            for link, made in question["decisions"]
        ]

    def names(self, question: dict[str, Any]) -> list[GivenName]:
        """Return the names of a question."""
        return [
            GivenName(node_id, made["name"], time_of(made), made.get("who"), made.get("note"))
            for node_id, made in question["names"]
        ]


def time_of(made: dict[str, Any]) -> datetime | None:
    """Return when a decision or a name of a question was made."""
    return EPOCH + timedelta(milliseconds=made["at"]) if made["at"] else None


def asked(
    model: Path,
    folder: Path,
    cases: Sequence[Case],
    *,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
) -> None:
    """Return the answer of the page's model."""
    for number, case in enumerate(cases):
        packed = pack(case.graph, case.clusters, kept_evidence=kept_evidence)
        (folder / f"{number}.pack").write_bytes(packed)
        (folder / f"{number}.json").write_text(json.dumps(case.questions), encoding="utf-8")
    subprocess.run(["node", str(model), str(folder)], check=True)
    for number, case in enumerate(cases):
        text = (folder / f"{number}.answers.json").read_text(encoding="utf-8")
        case.answers = json.loads(text)


def random_graph(random: Random, policy: Policy) -> LinkGraph:
    """Make links of all levels, statuses and types, parallel ones and loops among them."""
    words = random.choice([PLAIN_NAMES, REAL_NAMES])
    columns = [
        f"{system}/{table}.{column}"
        for system in words[0][: random.randint(2, 5)]
        for table in random.sample(words[1], 2)
        for column in random.sample(words[2], random.randint(2, 5))
    ]
    tables = sorted({column.partition(".")[0] for column in columns})
    systems = sorted({table.partition("/")[0] for table in tables})
    records = []
    for number in range(random.randint(20, 120)):
        places = random.choices([columns, tables, systems], [12, 2, 1])[0]
        source, target = random.choice(places), random.choice(places)
        if random.random() < 0.1:
            target = random.choice(columns + tables)
        scores = [None, random.choice([0.0, 0.3, 0.5, 0.7, 0.9, 1.0]), random.random()]
        records.append(
            record(
                source,
                target,
                random.choices(scores, [1, 6, 6])[0],
                id=uid(f"link {number}"),
                status=random.choices([*STATUSES, "PARKED"], [20, 3, 2, 1])[0],
                link_type=random.choice(["DETERMINISTIC", "PROBABILISTIC", "GUESSED"]),
            )
        )
    places = [*columns, *tables, *systems]
    inactive = random.sample(places, random.randint(0, len(places) // 4))
    named = catalogue(columns, inactive=inactive)
    return LinkGraph(read_links(records, catalogue=named), policy=policy)


def random_time(random: Random) -> float:
    """Return milliseconds since 1970, perhaps before it; 0 for none."""
    return random.choice([0, -1.5, 1.75e12, 1.75e12 + 0.25, 1.75e12 + random.randrange(10**6)])


def random_parts(random: Random, **parts: list[Any]) -> dict[str, Any]:
    """Return some of the parts, each with one of its values."""
    return {name: random.choice(values) for name, values in parts.items() if random.random() < 0.5}


def random_question(
    random: Random, graph: LinkGraph, n_decisions: int, n_thresholds: int = N_THRESHOLDS
) -> dict[str, Any]:
    """Ask for clusters at many thresholds, and for paths and reaches at one."""
    links = random.sample(range(graph.n_links), min(n_decisions, graph.n_links))
    confidences = [score for score in graph.arrays.links.confidence.tolist() if score == score]  # noqa: PLR0124
    thresholds = [random.random() for _ in range(n_thresholds // 2)]
    thresholds += [random.choice([0.0, 1.0, *confidences]) for _ in range(n_thresholds // 2)]
    nodes = range(graph.n_nodes)
    kinds = list(_FOLLOWED)
    return {
        "decisions": [
            [
                link,
                {
                    "status": random.randrange(3),
                    "at": random_time(random),
                    "note": random.choice(TEXTS),
                    **random_parts(random, who=TEXTS, asked=list(Asked), confidence=CONFIDENCES),
                },
            ]
            for link in links
        ],
        "names": [
            [
                graph.node(node).node_id,
                {
                    "name": random.choice(["person email", 'the "id"', "\u540d\u524d", "x" * 200]),
                    "at": random_time(random),
                    **random_parts(random, who=TEXTS, note=TEXTS),
                },
            ]
            for node in random.sample(nodes, n_decisions // 4)
        ],
        "thresholds": thresholds,
        "every": 10,
        "at": random.choice([0.0, 0.2, 0.5, 0.7]),
        "paths": [random.sample(nodes, 2) for _ in range(10)],
        "reaches": [
            [random.choice(nodes), random.choice(kinds), random.randint(1, 3)] for _ in range(10)
        ],
    }


def random_cases(n_graphs: int = N_GRAPHS) -> list[Case]:
    """Make cases of every method that has a tree, with rules, policies and decisions."""
    cases = []
    for seed in range(n_graphs):
        random = Random(seed)
        policy = random.choice(
            [
                Policy(),
                Policy(),
                Policy(null_confidence=0.5),
                Policy(null_deterministic=1.0),
                Policy(approved="score"),
                Policy(rejected="score"),
            ]
        )
        graph = random_graph(random, policy)
        if seed % 2:  # Decisions before the page; some were asked for by their value.
            ways = [Asked.RANDOM, Asked.FLIPS, Asked.CHOSEN, None]
            rows = random.sample(list(graph.links), graph.n_links // 4)
            graph = graph.with_decisions(
                [
                    Decision(row["link_id"], random.choice(STATUSES), asked=random.choice(ways))
                    for row in rows
                ]
            )
        options: dict[str, Any] = {"method": [*METHODS, "auto"][seed % 5]}
        options["level"] = random.choice(["column", "column", "column", "table"])
        rules = [None, "integration_source"]
        options["one_per"] = random.choice(
            rules if options["level"] == "table" else [*rules, "table"]
        )
        if options["one_per"] is not None and random.random() < 0.5:
            options["many_in"] = [graph.arrays.nodes.id_text[0].as_py()]
        if options["method"] == "average":
            options["average_over"] = random.choice([None, "present", "possible"])
        if options["method"] == "auto":
            options = {"level": options["level"]}
        elif seed % 3:
            options["calibrate"] = [None, "competition", "decisions", "both"][seed % 4]
            options["floor"] = random.choice([None, 0.4, "robust"])
        case = Case(graph, options, cluster(graph, threshold=random.random(), **options))
        for n_decisions in (0, 1, 8):
            case.questions.append(random_question(random, graph, n_decisions))
        cases.append(case)
    return cases


@pytest.fixture(scope="session")
def cases(model: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Cases with their answers."""
    made = random_cases()
    asked(model, tmp_path_factory.mktemp("packs"), made)
    return made


def pairs(cases: Sequence[Case]) -> list[tuple[Case, dict[str, Any], dict[str, Any], LinkGraph]]:
    """Return every question with its answer and the graph that it is about."""
    return [
        (case, question, answer, case.decided(question))
        for case in cases
        for question, answer in zip(case.questions, case.answers, strict=True)
    ]


def test_clusters_are_the_same_at_every_threshold(cases: list[Case]) -> None:
    """Labels are equal, number by number, before and after decisions."""
    for case, question, answer, graph in pairs(cases):
        tree = merge_tree(graph, **case.held)
        for threshold, labels in zip(question["thresholds"], answer["labels"], strict=True):
            assert tree.cut(threshold).labels.tolist() == labels, (case.options, threshold)
        direct = cluster(graph, threshold=question["thresholds"][0], **case.held)
        assert direct.labels.tolist() == answer["labels"][0]


def check_identity(clusters: Clusters, mine: dict[str, Any]) -> None:
    """Compare worth, names, orders and bases of clusters with those of the page."""
    known = clusters.identity
    for by, order in mine["orders"].items():
        assert clusters.sort_by(by).order.tolist() == order, by
    assert mine["names"] == list(known.names)
    assert mine["value"] == known.value.tolist()
    assert mine["confidence"] == known.confidence.tolist()
    assert mine["systems"] == known.n_systems.tolist()
    carriers = np.array(mine["carriers"])
    np.testing.assert_array_equal(carriers / clusters.sizes, known.share)
    assert mine["also"] == list(known.also)
    roles = [None if code < 0 else str(ROLES[code]) for code in known.role.tolist()]
    assert mine["roles"] == roles
    assert mine["entities"] == list(known.entity)
    assert mine["bases"] == rests_on(clusters)
    check_crosswalk(clusters, mine)


def check_crosswalk(clusters: Clusters, mine: dict[str, Any]) -> None:
    """Compare the rows of the crosswalk, cell by cell, and what each cell rests on."""
    graph, order = clusters.graph, clusters.order.tolist()
    nodes = graph.arrays.nodes
    paths, systems = nodes.path.to_pylist(), nodes.system.to_pylist()
    internal = np.flatnonzero(clusters.internal_links)
    links = graph.arrays.links
    ends = list(
        zip(
            links.ends.source[internal].tolist(),
            links.ends.target[internal].tolist(),
            [graph.arrays.statuses[code] for code in links.status[internal].tolist()],
            strict=True,
        )
    )
    quality = clusters.quality
    assert [row["cluster"] for row in mine["rows"]] == order
    for row, theirs, facts in zip(mine["rows"], clusters.crosswalk(), quality, strict=True):
        assert row["restsOn"] == theirs["rests_on"]
        assert (row["links"], row["approved"]) == (facts["links"], facts["links_approved"])
        assert row["contradictions"] == theirs["contradictions"] == facts["links_rejected"]
        said: dict[str, list[tuple[bool, str]]] = {}
        for cell in row["cells"]:
            members = [node for node, _ in cell["members"]]
            assert {int(nodes.ancestor[0][node]) for node in members} == {cell["system"]}
            assert members == sorted(
                members,
                key=lambda node: (
                    bool(nodes.deleted[node]),
                    -(dict(cell["members"])[node] or 0),
                    dict(cell["members"])[node] is None,
                    paths[node],
                ),
            )
            marks = {node: mark_of(node, ends, clusters) for node in members}
            assert {node: mine["marks"][node] for node in members} == marks
            worst = [mark for mark in ("rejected", "approved") if mark in marks.values()]
            assert cell["mark"] == (worst or ["suggested"])[0]
            for node, sure in cell["members"]:
                system = systems[node] or "?"
                text = paths[node].removeprefix(f"{system}/")
                text += " (deleted)" if nodes.deleted[node] else ""
                text += "" if sure is None else f" ({sure:.2f})"
                said.setdefault(system, []).append((bool(nodes.deleted[node]), text))
        texts = {system: "; ".join(text for _, text in sorted(one)) for system, one in said.items()}
        assert texts == {name: theirs[name] for name in list(theirs)[5:] if theirs[name]}
    # Entity and role are of the entity map; the last columns are the page's own.
    table = list(csv.reader(io.StringIO(mine["csv"], newline="")))
    theirs_table = list(csv.reader(io.StringIO(clusters.crosswalk().to_csv(), newline="")))
    assert [[*row[:4], *row[6:-4]] for row in table] == theirs_table
    assert [row[-4:-2] for row in table[1:]] == [
        [str(row["links"]), str(row["approved"])] for row in mine["rows"]
    ]
    kinds = Counter(row["kind"] for row in mine["rows"])
    assert dict(kinds) == {kind: n for kind, n in mine["kinds"]["kinds"].items() if n}
    assert mine["kinds"]["undecided"] == quality["links_approved"].count(0)


def mark_of(node: int, ends: list[tuple[int, int, str]], clusters: Clusters) -> str:
    """Return what a member rests on: a rejection, approvals to another system, or neither."""
    if any(status == "REJECTED" and node in link for *link, status in ends):
        return "rejected"
    return "approved" if clusters.member_approved[node] else "suggested"


def test_names_and_orders_are_the_same(cases: list[Case]) -> None:
    """Name by name and in every order, at many thresholds, before and after decisions."""
    n_names, n_decided = 0, 0
    for case, question, answer, graph in pairs(cases):
        tree = merge_tree(graph, **case.held)
        asked_at = question["thresholds"][:: question["every"]]
        for threshold, mine in zip(asked_at, answer["identities"], strict=True):
            clusters = tree.cut(threshold)
            check_identity(clusters, mine)
            n_names += len(clusters)
            n_decided += len(clusters) if question["decisions"] else 0
    assert min(n_names - n_decided, n_decided) > 200


def test_scores_are_the_same(cases: list[Case]) -> None:
    """Each link has the score that it has in the library, before and after decisions."""
    n_scores = 0
    for case, _, answer, graph in pairs(cases):
        problem = cluster(graph, **case.held).problem
        if case.is_plain:
            assert answer["scores"] is None
            continue
        mine = [np.nan if score is None else score for score in answer["scores"]]
        ends = graph.arrays.links.ends
        scores = np.where(ends.source == ends.target, np.nan, problem.link_scores)
        np.testing.assert_array_equal(np.where(np.isnan(scores), np.nan, mine), scores)
        n_scores += int(np.count_nonzero(~np.isnan(scores)))
    assert n_scores > 100


def test_new_settings_are_the_same(cases: list[Case]) -> None:
    """A setting that the page makes by its decisions is the one that the library chooses."""
    n_settings = 0
    for case, question, answer, graph in pairs(cases):
        if answer["recalibrated"] is None:
            continue
        chosen = cluster_setting(graph, level=case.clusters.level)
        mine = answer["recalibrated"]
        assert (mine["weights"], mine["floor"]) == (list(chosen.weights or ()), chosen.floor)
        assert (mine["n_approved"], mine["n_rejected"]) == (chosen.n_approved, chosen.n_rejected)
        n_settings += len(question["decisions"]) > 0
    assert n_settings > 1


def test_weights_and_filters_are_the_same(cases: list[Case]) -> None:
    """A link weighs the same, and passes a threshold where the library lets it pass."""
    for case, question, answer, graph in pairs(cases):
        weights = [np.nan if weight is None else weight for weight in answer["weights"]]
        np.testing.assert_array_equal(weights, graph.weights)
        shown = passing(cluster(graph, **case.held), question["at"])
        np.testing.assert_array_equal(np.flatnonzero(answer["passes"]), np.flatnonzero(shown))
        if question["at"] > 0 and case.is_plain:
            kept = graph.where(min_confidence=question["at"]).arrays.links.index
            np.testing.assert_array_equal(np.flatnonzero(shown), kept)


def test_quality_is_the_same(cases: list[Case]) -> None:
    """Names, numbers, bridges and articulation points of every cluster are those of the frames."""
    for case, question, answer, graph in pairs(cases):
        found = merge_tree(graph, **case.held).cut(question["at"])
        links = positions(graph)
        nodes = {name: code for code, name in enumerate(graph.arrays.nodes.id_text.to_pylist())}
        assert answer["contradictions"] == [links[one.link_id] for one in found.contradictions]
        assert len(answer["clusters"]) == found.n_clusters
        mine = [answer["clusters"][label] for label in found.order]
        for row, told in zip(found.quality, mine, strict=True):
            mine = told["quality"]
            assert told["name"] == row["cluster_name"]
            assert told["sentences"] >= 3
            assert [graph.arrays.nodes.path[code].as_py() for code in mine["systems"]] == (
                row["systems_covered"].split("; ")
            )
            assert mine["linksByStatus"][:3] == [
                row["links_suggested"],
                row["links_approved"],
                row["links_rejected"],
            ]
            for name, column in (
                ("members", "members"),
                ("links", "links"),
                ("linksHolding", "links_holding"),
                ("density", "density"),
                ("minConfidence", "min_confidence"),
                ("meanConfidence", "mean_confidence"),
                ("determinismRatio", "determinism_ratio"),
            ):
                assert mine[name] == row[column], name
            weakest = row["weakest_link_id"]
            assert mine["weakestLink"] == (-1 if weakest is None else links[weakest])
            assert mine["centralNode"] == nodes[row["central_node_id"]]
            assert len(mine["contradictions"]) == row["contradictions"]
            assert len(mine["systemsTwice"]) == row["more_than_one_per_integration_source"]
            assert [
                (links[row["link_id"]], row["splits_off"]) for row in of(found.bridges, row)
            ] == [(bridge["link"], bridge["splitsOff"]) for bridge in mine["bridges"]]
            assert [nodes[row["node_id"]] for row in of(found.articulation_points, row)] == (
                mine["articulationPoints"]
            )


def of(frame: Any, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a frame's rows about one cluster."""
    return [other for other in frame if other["cluster_id"] == row["cluster_id"]]


def positions(graph: LinkGraph) -> dict[str, int]:
    """Return the position of each link by its id."""
    return {link_id: place for place, link_id in enumerate(graph.links["link_id"])}


def test_strongest_paths_are_the_same(cases: list[Case]) -> None:
    """The path, its ties, directions and confidence are those of the library."""
    n_found = 0
    for case, question, answer, graph in pairs(cases):
        if not case.is_plain:
            continue
        shown = graph.where(min_confidence=question["at"])
        links = positions(graph)
        ids = graph.arrays.nodes.id_text.to_pylist()
        for (begin, end), told in zip(question["paths"], answer["paths"], strict=True):
            try:
                path = strongest_path(shown, ids[begin], ids[end])
            except (NoPathError, ArgumentError):
                assert told is None
                continue
            n_found += 1
            steps = [
                (links[step.link_id], ids.index(step.source), ids.index(step.target), step.forward)
                for step in path.steps
            ]
            assert steps == [
                (step["link"], step["from"], step["to"], not step["against"])
                for step in told["steps"]
            ]
            assert told["confidence"] == path.confidence
    assert n_found > 50


def test_reaches_are_the_same(cases: list[Case]) -> None:
    """Nodes up- and downstream, their distances and their links are those of a lineage."""
    n_links = 0
    for case, question, answer, graph in pairs(cases):
        if not case.is_plain:
            continue
        shown = graph.where(min_confidence=question["at"])
        links = positions(graph)
        ids = graph.arrays.nodes.id_text.to_pylist()
        for (node, kind, hops), told in zip(question["reaches"], answer["reaches"], strict=True):
            found = _FOLLOWED[kind](shown, ids[node], max_depth=hops, directed=kind != "near")
            # A lineage counts upwards where it has one direction only; a page shows which.
            sign = -1 if kind == "up" else 1
            depths = {ids.index(row["node_id"]): sign * row["depth"] for row in found.nodes}
            taken = sorted(links[row["link_id"]] for row in found.links)
            mine = dict(told["distance"])
            n_links += len(taken)
            if kind == "near":
                # It also shows links without a weight, which lead no further.
                beside = set(told["links"]) - set(taken)
                assert set(taken) <= set(told["links"])
                assert not (graph.weights[sorted(beside)] > 0).any()
                assert depths == {code: mine[code] for code in depths}
            else:
                assert told["links"] == taken
                assert mine == depths
    assert n_links > 200


def test_decisions_are_written_alike(cases: list[Case], tmp_path: Path) -> None:
    """The journal has the bytes that Python writes, and is read back as it was."""
    path = tmp_path / "decisions.jsonl"
    n_names = 0
    for case, question, answer, graph in pairs(cases):
        names = case.names(question)
        write_decisions([*case.decisions(question), *names], path)
        assert path.read_bytes() == answer["file"].encode()
        mine_decisions, mine_names = answer["read"]
        assert sorted(mine_decisions) == sorted(question["decisions"])
        assert sorted(mine_names) == sorted(question["names"])
        from_file = case.graph.with_decisions(path)
        assert (from_file.arrays.links.status == graph.arrays.links.status).all()
        assert set(from_file.given_names.values()) == set(names)
        n_names += len(names)
    assert n_names > 20


def test_explanations_are_the_same(cases: list[Case]) -> None:
    """Chains, weakest links, bridges, obstacles and where two nodes meet are those of `why`."""
    prefixes = ("Nearest chain", "Its weakest link", "Forbidden: ", "No link of the chain", "They ")
    n_compared = 0
    for case, question, answer, graph in pairs(cases):
        found = merge_tree(graph, **case.held).cut(question["at"])
        ids = graph.arrays.nodes.id_text.to_pylist()
        depth = graph.arrays.nodes.depth
        of_level = [
            (a, b, meets)
            for (a, b), meets in zip(question["paths"], answer["meets"], strict=True)
            if depth[a] == depth[b] == found.level.depth
        ]
        for (a, b, meets), sentences in zip(of_level, answer["why"], strict=True):
            told = why(graph, ids[a], ids[b], clusters=found)
            assert meets == told.joins_at
            theirs = set(told.sentences)
            for sentence in sentences:
                if sentence.startswith(prefixes) or " in the strongest chain" in sentence:
                    n_compared += 1
                    assert sentence in theirs
    assert n_compared > 200


def test_why_answers_first(cases: list[Case]) -> None:
    """The first sentence says whether two nodes are together, as the clusters do."""
    for case, question, answer, graph in pairs(cases):
        depth = merge_tree(graph, **case.held).cut(0.0).level.depth
        labels = merge_tree(graph, **case.held).cut(question["at"]).labels
        level = graph.arrays.nodes.depth
        of_level = [two for two in question["paths"] if all(level[node] == depth for node in two)]
        for (a, b), sentences in zip(of_level, answer["why"], strict=True):
            together = labels[a] == labels[b] >= 0
            said = "are in one cluster" if together else "are not in one cluster"
            assert said in sentences[0]
            assert len(sentences) > 2


@pytest.mark.parametrize("method", ["clip", "gaec"])
def test_clusters_without_a_tree_stay(
    model: Path, tmp_path: Path, method: Literal["clip", "gaec"]
) -> None:
    """They are shown as they came at every threshold, before decisions and after."""
    random = Random(method)
    graph = random_graph(random, Policy())
    case = Case(graph, {}, cluster(graph, method=method))
    case.questions = [random_question(random, graph, n) for n in (0, 8)]
    asked(model, tmp_path, [case])

    for answer in case.answers:
        assert all(labels == case.clusters.labels.tolist() for labels in answer["labels"])
    for mine in case.answers[0]["identities"]:
        check_identity(case.clusters, mine)


def test_bundled_organisation(model: Path, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """The demo's clusters are the same at many thresholds, with and without decisions."""
    random = Random(0)
    case = Case(demo_graph, {"method": "average"}, cluster(demo_graph))
    case.questions = [random_question(random, demo_graph, n, 40) for n in (0, 20)]
    asked(model, tmp_path, [case])
    check_cuts(case)


def check_cuts(case: Case) -> None:
    """Compare labels at all thresholds, and names and orders at some of them."""
    for question, answer in zip(case.questions, case.answers, strict=True):
        tree = merge_tree(case.decided(question), **case.held)
        for threshold, labels in zip(question["thresholds"], answer["labels"], strict=True):
            assert tree.cut(threshold).labels.tolist() == labels
        asked_at = question["thresholds"][:: question["every"]]
        for threshold, mine in zip(asked_at, answer["identities"], strict=True):
            check_identity(tree.cut(threshold), mine)


def test_real_organisation(model: Path, tmp_path: Path, real_organization: Path) -> None:
    """The same for a large real catalogue: copies, references, and names of many words."""
    read = read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    graph = LinkGraph(read)
    case = Case(graph, {}, cluster(graph))
    case.questions = [
        random_question(Random(n), graph, n, 20) | {"paths": [], "reaches": []} for n in (0, 40)
    ]
    asked(model, tmp_path, [case])
    check_cuts(case)


def test_names_of_clusters_of_a_stronger_graph(model: Path, tmp_path: Path) -> None:
    """A page that draws fewer links than were clustered has the traits of all of them."""
    graph = random_graph(Random(5), Policy())
    clusters = cluster(graph, method="components", threshold=0.5, level="column")
    drawn = graph.where(min_confidence=0.5)
    case = Case(drawn, {}, clusters)
    case.questions = [{"decisions": [], "thresholds": [0.5], "every": 1, "at": 0.5}]
    case.questions[0] |= {"paths": [], "reaches": []}
    asked(model, tmp_path, [case])
    (mine,) = case.answers[0]["identities"]
    assert mine["roles"] == [
        None if code < 0 else str(ROLES[code]) for code in clusters.identity.role.tolist()
    ]
    assert mine["names"] == list(clusters.names)


def odd_graphs() -> dict[str, LinkGraph]:
    """Return graphs whose nodes, links or texts are unusual."""
    places = catalogue(["a/t.x", "b/u.y", "b/v.z"], inactive=["b", "b/v.z"])
    named = {kind: [dict(entry) for entry in entries] for kind, entries in places.items()}
    for entries in named.values():
        for entry in entries:
            entry["name"] = "\x00 \u202e_x0041_<&>\r\n"
    named["integration_sources"][0]["name"] = ""
    named["tables"][0] |= {"schema_name": "raw.v2", "name": "events.v2", "is_active": True}
    named["tables"][1] |= {"schema_name": ""}
    named["columns"][0] |= {"name": "", "data_type": "", "description": "a\tb"}
    named["organization"] = [{"id": uid("organisation"), "name": "\x1b[1mAcme\u202e"}]
    row = record("a/t.x", "b/u.y", None, evidence={"text": "\x00]]>"})
    return {
        "empty": LinkGraph(read_links([])),
        "without links": LinkGraph(read_links([], catalogue=places)),
        "odd names": LinkGraph(read_links([row], catalogue=named)),
        "inactive": LinkGraph(read_links([row, record("b/v.z", "b/u.y")], catalogue=places)),
        "without names": LinkGraph(read_links([row, record("a/t", "b", 1.0)])),
        "an id at two levels": LinkGraph(
            read_links([record("a/t.x", "b/u.y") | {"target_column_id": uid("a/t")}])
        ),
        "hostile": hostile(),
    }


def test_graphml_is_read_back(cases: list[Case], tmp_path: Path) -> None:
    """The file of a view is the graph of its links, with the decisions in it."""
    for _, _, answer, graph in pairs(cases):
        check_graphml(answer, graph, tmp_path / "shown.graphml")


@pytest.mark.parametrize("kept_evidence", list(KeptEvidence))
def test_graphml_of_an_odd_graph_is_read_back(
    model: Path, tmp_path: Path, kept_evidence: KeptEvidence
) -> None:
    """Names that XML cannot carry, nodes without a name and ids at two levels are no trouble."""
    graphs = odd_graphs()
    empty = ("decisions", "names", "thresholds", "paths", "reaches")
    question: dict[str, Any] = {"at": 0, "every": 1, **{name: [] for name in empty}}
    made = [Case(graph, {}, cluster(graph), [question]) for graph in graphs.values()]
    asked(model, tmp_path, made, kept_evidence=kept_evidence)
    for case, name in zip(made, graphs, strict=True):
        found = check_graphml(case.answers[0], case.graph, tmp_path / f"{name}.graphml")
        assert found.snapshot.organization_name == case.graph.snapshot.organization_name
        assert found.links["evidence"] == redact_evidence(
            case.graph.links["evidence"], kept_evidence, case.graph.snapshot.vocabulary
        )
        if kept_evidence is KeptEvidence.FULL:
            assert found.nodes["description"] == case.graph.nodes["description"]


def check_graphml(answer: dict[str, Any], graph: LinkGraph, path: Path) -> LinkGraph:
    """Compare what the page wrote with the graph of the links that it shows; read it back."""
    path.write_text(answer["graphml"], encoding="utf-8")
    check_schema(path.read_bytes())
    found = read_graphml(path)
    shown = graph.links.to_arrow().take(pa.array(np.flatnonzero(answer["passes"])))
    assert found.policy == graph.policy
    assert found.nodes.to_arrow().drop_columns(NOT_IN_PAGE) == (
        graph.nodes.to_arrow().drop_columns(NOT_IN_PAGE)
    )
    kept, known = found.snapshot.kept_evidence, graph.snapshot.label_vocabulary
    for name, rule in (("status", kept_statuses), ("link_type", kept_link_types)):
        cells = pa.array(rule(shown.column(name).to_pylist(), kept, known), pa.string())
        shown = shown.set_column(shown.schema.get_field_index(name), name, cells)
    assert found.links.to_arrow().drop_columns("evidence") == shown.drop_columns("evidence")
    if kept is not KeptEvidence.NONE:
        assert found.snapshot.vocabulary.to_dict() == graph.snapshot.vocabulary.to_dict()
    return found


def test_graphml_says_what_python_says(cases: list[Case]) -> None:
    """Every attribute that the page writes has the name, type and value of Python's own file."""
    for case, question, answer, graph in pairs(cases):
        if question["at"] > 0 and not case.is_plain:
            continue
        clusters = merge_tree(graph, **case.held).cut(question["at"])
        shown = graph.where(min_confidence=question["at"]) if question["at"] > 0 else graph
        # A page has times to the second.
        written = b"".join(graphml_chunks(Rows(shown, clusters, KeptEvidence.VOCABULARY))).replace(
            b".000000Z<", b"Z<"
        )
        wanted = attributes_of(written)
        found = attributes_of(answer["graphml"].encode())
        assert found["links"].pop("threshold") == ("double", question["at"])
        assert found.keys() == wanted.keys()
        for place, attributes in found.items():
            assert attributes == {name: wanted[place].get(name) for name in attributes}, place


def attributes_of(content: bytes) -> dict[str, dict[str, tuple[str, Any]]]:
    """Return type and value of each attribute of each element of GraphML, by ids and names."""
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.fromstring(content)
    keys = {
        key.attrib["id"]: (key.attrib["attr.name"], key.attrib["attr.type"])
        for key in root.iter(f"{space}key")
    }

    def attribute(data: Any) -> tuple[str, tuple[str, Any]]:
        name, kind = keys[data.attrib["key"]]
        text = data.text or ""
        if name in {"policy", "clusters"}:
            return name, (kind, json.loads(text))
        return name, (kind, float(text) if kind == "double" else text)

    return {
        element.attrib["id"]: dict(map(attribute, element.findall(f"{space}data")))
        for tag in ("graph", "node", "edge")
        for element in root.iter(space + tag)
    }
