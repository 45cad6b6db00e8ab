"""Tests that pairs have the clusters of a graph of the same links, whatever their order."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hummgraph import Setting, cluster_pairs, pairs_setting
from hummgraph.algorithms.clustering.clustering import METHODS, cluster, cluster_setting
from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import ORGANIZATION, TIME, uid

if TYPE_CHECKING:
    from collections.abc import Sequence

Pair = tuple[int, int, float | None, str]
STATUSES = ("SUGGESTED", "APPROVED", "REJECTED")


def table(pairs: Sequence[Pair]) -> dict[str, list[Any]]:
    """Return pairs as a dict of columns."""
    columns: Any = list(zip(*pairs, strict=True)) or [(), (), (), ()]
    return dict(zip(("source", "target", "score", "status"), map(list, columns), strict=True))


def graph_of(pairs: Sequence[Pair], group: Sequence[int] | None) -> LinkGraph:
    """Return the graph of pairs, with ids of nodes and links in the order of the pairs'.

    Without groups, each node is in a system of its own, and its table is not known.
    """

    def key(pair: Pair) -> tuple[Any, ...]:
        score = -1.0 if pair[2] is None else pair[2]
        return (min(pair[:2]), max(pair[:2]), -score, STATUSES.index(pair[3]))

    records = []
    for number, (a, b, score, status) in enumerate(sorted(pairs, key=key)):
        record = {
            "id": str(UUID(int=number)),
            "organization_id": ORGANIZATION,
            "created_at": TIME,
            "updated_at": TIME,
            "confidence_score": score,
            "status": status,
        }
        for side, node in (("source", a), ("target", b)):
            system = str(UUID(int=1000 + (node if group is None else group[node])))
            record[f"{side}_integration_source_id"] = system
            record[f"{side}_column_id"] = str(UUID(int=node))
            if group is not None:
                record[f"{side}_table_id"] = uid(f"table of {system}")
        records.append(record)
    return LinkGraph(read_links(records))


def partition_of_graph(graph: LinkGraph, **options: Any) -> set[frozenset[int]]:
    """Return the clusters of a graph of pairs, by the numbers of their nodes."""
    found = cluster(graph, **options)
    return {frozenset(UUID(member).int for member in members) for members in found.members}


def partition(pairs: Any, **options: Any) -> set[frozenset[Any]]:
    """Return the clusters of several nodes of a dict of columns."""
    found = cluster_pairs(pairs, status="status", **options)
    members: dict[str, set[Any]] = {}
    for node, cluster_id in zip(found["node"], found["cluster_id"], strict=True):
        members.setdefault(cluster_id, set()).add(node)
    return {frozenset(nodes) for nodes in members.values() if len(nodes) > 1}


SCORES = st.one_of(
    st.none(), st.sampled_from([0.0, 0.5, 0.8, 1.0]), st.floats(0.0, 1.0, allow_subnormal=False)
)


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[Pair], list[int]]:
    """Draw pairs of up to nine nodes, and a group for each."""
    node = st.integers(0, 8)
    status = st.sampled_from((*("SUGGESTED",) * 4, "APPROVED", "REJECTED"))
    pairs = draw(st.lists(st.tuples(node, node, SCORES, status), min_size=1, max_size=24))
    return pairs, draw(st.lists(st.integers(0, 3), min_size=9, max_size=9))


CASES = [
    (method, grouped)
    for method in ("auto", *METHODS)
    for grouped in (False, True)
    # It matches two groups, so that there must be some.
    if grouped or method != "assignment"
]


@pytest.mark.parametrize(("method", "grouped"), CASES)
@given(drawn=scored(), seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_clusters_are_those_of_the_graph(
    method: str, grouped: bool, drawn: tuple[list[Pair], list[int]], seed: int
) -> None:
    """Every method, rule and calibration has the clusters of the same links as a graph."""
    if method == "leiden":
        pytest.importorskip("graspologic_native")
    pairs, group = drawn
    if method == "assignment":
        group = [one % 2 for one in group]
    graph = graph_of(pairs, group if grouped else None)
    groups = {node: f"system {group[node]}" for node in range(9)} if grouped else None
    chance = random.Random(seed)
    options: dict[str, Any] = {
        "method": method,
        "calibrate": chance.choice(["auto", None, "competition", "decisions", "both"]),
        "floor": chance.choice(["auto", None, 0.4, "robust"]),
        "threshold": chance.choice([None, 0.0, 0.3, 0.7]),
    }
    rule: Any = chance.choice(["auto", True, False]) if grouped else "auto"
    one_per: Any = {True: "integration_source", False: None}.get(rule, "auto")

    try:
        expected = partition_of_graph(graph, one_per=one_per, **options)
    except ArgumentError:  # assignment, where all pairs are inside one group
        with pytest.raises(ArgumentError, match="matches two systems"):
            partition(table(pairs), groups=groups, one_per_group=rule, **options)
        return
    assert partition(table(pairs), groups=groups, one_per_group=rule, **options) == expected


@given(drawn=scored(), seed=st.integers(0, 2**32))
def test_order_direction_and_names_do_not_matter(
    drawn: tuple[list[Pair], list[int]], seed: int
) -> None:
    """Rows in another order, turned and repeated, have the same ids; other names the same sets."""
    pairs, group = drawn
    chance = random.Random(seed)
    other = [(b, a, *rest) if chance.random() < 0.5 else (a, b, *rest) for a, b, *rest in pairs]
    other += chance.choices(other, k=3)
    chance.shuffle(other)
    columns = {"status": "status", "groups": dict(enumerate(group))}

    assert cluster_pairs(table(other), **columns) == cluster_pairs(table(pairs), **columns)  # type: ignore[arg-type]


@given(drawn=scored(), seed=st.integers(0, 2**32))
def test_other_names_have_the_same_clusters(drawn: tuple[list[Pair], list[int]], seed: int) -> None:
    """If no two scores are equal, no name decides."""
    pairs, group = drawn
    chance = random.Random(seed)
    rows = [
        (a, b, score and (number + chance.random()) / len(pairs), status)
        for number, (a, b, score, status) in enumerate(pairs)
    ]
    new = dict(enumerate(chance.sample(range(100), 9)))
    renamed = [(str(new[a]), str(new[b]), *rest) for a, b, *rest in rows]

    found = partition(table(rows), groups=dict(enumerate(group)))
    other = partition(table(renamed), groups={str(new[n]): g for n, g in enumerate(group)})  # type: ignore[arg-type]

    assert other == {frozenset(str(new[node]) for node in nodes) for nodes in found}


def test_the_setting_is_that_of_the_graph() -> None:
    """Decisions calibrate as they do in a graph, and the reason is in the words of pairs."""
    chance = random.Random(4)
    pairs: list[Pair] = []
    for n in range(60):
        status = chance.choice(STATUSES) if n < 30 else "SUGGESTED"
        pairs.append((2 * n, 2 * n + 1, round(chance.uniform(0.3, 1), 3), status))
        pairs.append((2 * n, 2 * ((n + 1) % 60) + 1, round(chance.uniform(0, 0.7), 3), "SUGGESTED"))
    group = [n % 2 for n in range(120)]
    groups = {node: f"system {group[node]}" for node in range(120)}

    made = pairs_setting(table(pairs), status="status", groups=groups)

    theirs = cluster_setting(graph_of(pairs, group))
    assert (made.method, made.calibrate, made.weights) == (
        theirs.method,
        theirs.calibrate,
        theirs.weights,
    )
    assert made == theirs
    assert made.calibrate == "both"
    assert made.reason.startswith(
        "Groups without duplicates: 2 groups, and no pair inside a group. A cluster takes one node"
        " of a group. "
    )
    held = cluster_pairs(table(pairs), status="status", groups=groups, setting=made)
    assert held == cluster_pairs(table(pairs), status="status", groups=groups)


@pytest.mark.parametrize(
    ("pairs", "groups", "said"),
    [
        ([(1, 2, 0.9, "")], None, "No groups are given"),
        ([(1, 1, 0.9, "")], {1: "a"}, "No pair joins two nodes"),
        ([(1, 2, 0.9, "")], {1: "a"}, "Not all groups of the paired nodes are known"),
        ([(1, 2, 0.9, "")], {}, "Not all groups of the paired nodes are known"),
        (
            [(1, 2, 0.9, ""), (2, 3, 0.9, "")],
            {1: "a", 2: "a", 3: "b"},
            "Groups that may hold a thing twice: 1 pair of 2 inside a group",
        ),
    ],
)
def test_other_groups_are_of_records(pairs: list[Pair], groups: Any, said: str) -> None:
    """Without groups, or with pairs inside one, a thing may occur any number of times."""
    made = pairs_setting(table(pairs), status="status", groups=groups)

    assert made.one_per is None
    assert made.reason == f"{said}: no rule, no floor, and confidences as they are."


def test_a_reason_says_what_was_asked_for() -> None:
    """A rule that was asked for is in the words of pairs."""
    pairs = table([(1, 2, 0.9, "")])

    made = pairs_setting(pairs, groups={1: "a", 2: "a"}, one_per_group=True)
    assert "A cluster takes one node of a group, as asked for" in made.reason
    made = pairs_setting(pairs, groups={1: "a", 2: "b"}, one_per_group=None)
    assert "No rule of one node each, as asked for" in made.reason


def test_decisions_bind() -> None:
    """An approved pair is together whatever its score; a rejected one apart, unless forced."""
    rows: list[Pair] = [
        (1, 2, 0.01, "APPROVED"),
        (2, 3, 0.95, "SUGGESTED"),
        (1, 3, 0.99, "REJECTED"),
        (4, 5, None, "APPROVED"),
        (6, 7, None, "SUGGESTED"),
    ]
    assert partition(table(rows)) == {frozenset({1, 2}), frozenset({4, 5})}
    forced = [*rows, (2, 3, 0.5, "APPROVED")]

    clusters, quality = cluster_pairs(table(forced), status="status", quality=True)

    assert partition(table(forced)) == {frozenset({1, 2, 3}), frozenset({4, 5})}
    assert quality["members"] == [3, 2]
    assert quality["rejected"] == [1, 0]
    assert quality["approved"] == [2, 1]
    assert quality["cluster_id"] == [clusters["cluster_id"][0], clusters["cluster_id"][3]]
    assert set(clusters) == {"node", "cluster_id"}


def test_a_group_has_one_node_in_a_cluster() -> None:
    """The rule holds but in groups that are exempt."""
    rows = {"source": ["a", "c"], "target": ["b", "b"], "score": [0.9, 0.8]}
    groups = {"a": "crm", "b": "shop", "c": "crm"}
    options: Any = {"groups": groups, "method": "components", "threshold": 0.5}

    def sizes(**more: Any) -> list[int]:
        _, quality = cluster_pairs(rows, **options, **more, quality=True)
        return list(quality["members"])

    assert sizes() == [3]
    assert sizes(one_per_group=True) == [2]
    assert sizes(one_per_group=True, many_in="crm") == [3]
    assert sizes(one_per_group=True, many_in=["shop"]) == [2]
    assert sizes(one_per_group=False) == [3]


def test_quality_is_of_pairs_inside() -> None:
    """Each pair counts once, with its best score; groups and density are of the members."""
    rows = {
        "source": ["a", "b", "a", "d", "e"],
        "target": ["b", "a", "c", "c", "e"],
        "score": [0.9, 0.7, 0.8, 0.2, 1.0],
        "one": ["crm", "shop", "crm", None, "crm"],
        "two": ["shop", "crm", "crm", "crm", "crm"],
    }

    clusters, quality = cluster_pairs(
        rows, groups=("one", "two"), method="components", threshold=0.5, quality=True
    )

    assert clusters["node"] == ["a", "b", "c", "d", "e"]
    assert len(set(clusters["cluster_id"])) == 3
    assert {name: values[0] for name, values in quality.items()} == {
        "cluster_id": clusters["cluster_id"][0],
        "members": 3,
        "groups": 2,
        "pairs": 2,
        "density": pytest.approx(2 / 3),
        "min_score": 0.8,
        "mean_score": 0.85,
        "approved": 0,
        "rejected": 0,
        "expected_precision": pytest.approx(0.67, abs=0.1),
    }


def test_no_pairs_have_no_clusters() -> None:
    """Tables without rows are tables without rows again."""
    empty: dict[str, list[Any]] = {"source": [], "target": [], "score": []}

    assert cluster_pairs([]) == []
    assert cluster_pairs(empty) == {"node": [], "cluster_id": []}
    _, quality = cluster_pairs(empty, quality=True, groups={})
    assert quality["members"] == []


def test_cluster_ids_are_of_the_members() -> None:
    """Ids are those of clusters of a graph; a line break in an id is not one between two ids."""
    one, two = str(UUID(int=1)), str(UUID(int=2))
    graph = graph_of([(1, 2, 0.9, "SUGGESTED")], None)
    pairs = {"source": [UUID(one)], "target": [UUID(two)], "score": [0.9]}

    assert set(cluster_pairs(pairs)["cluster_id"]) == set(cluster(graph).ids)
    joined = {"source": ["a\nb", "a"], "target": ["a\nb", "b"], "score": [0.9, 0.9]}
    assert len(set(cluster_pairs(joined)["cluster_id"])) == 2
    text = {"source": ["2"], "target": ["10"], "score": [0.9]}
    number = {"source": [2], "target": [10], "score": [0.9]}
    assert set(cluster_pairs(text)["cluster_id"]) == set(cluster_pairs(number)["cluster_id"])


ROW = {"source": ["a"], "target": ["b"], "score": [0.9]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "magic"}, "method is 'magic'"),
        ({"method": "average", "speed": 3}, "has no parameter 'speed'"),
        ({"one_per_group": True}, "groups are not known"),
        ({"one_per_group": "table"}, "one_per_group is 'table'; it must be true, false or 'auto'."),
        ({"one_per_group": 3}, "one_per_group is 3"),
        ({"many_in": ["crm"]}, "many_in has 'crm'; the groups are none."),
        ({"many_in": 3}, "many_in is 3; it must be a list of groups, by name."),
        ({"many_in": ["x"], "groups": {"a": "crm", "b": "shop"}}, "the groups are 'crm', 'shop'"),
        ({"groups": "system"}, "groups is 'system'; it must be the names of two columns"),
        ({"groups": ("a", "b", "c")}, "it must be the names of two columns"),
        ({"source": 3}, "source is 3; it must be the name of a column."),
        ({"floor": "low"}, "floor is 'low'"),
        ({"setting": "x"}, "it must be a Setting"),
        (
            {"setting": Setting(method="components", threshold=0.5), "one_per_group": True},
            "one_per_group with setting",
        ),
        ({"setting": Setting(method="components", threshold=0.5), "floor": 0.3}, "floor with"),
        (
            {"setting": Setting(method="components", threshold=0.5, one_per="table")},  # type: ignore[arg-type]
            "pairs have groups, not tables",
        ),
    ],
)
def test_wrong_arguments_are_told(options: dict[str, Any], said: str) -> None:
    """An argument that does not fit is refused by name."""
    with pytest.raises(ArgumentError) as caught:
        cluster_pairs(ROW, **options)
    assert said in str(caught.value)


def test_assignment_is_between_two_groups() -> None:
    """Without groups, or with more than two, it is refused as for a graph."""
    with pytest.raises(ArgumentError, match="matches two systems"):
        cluster_pairs({"source": [1, 2], "target": [2, 3], "score": [1, 1]}, method="assignment")


def test_thresholds_are_in_the_unit_interval() -> None:
    """A threshold is checked as that of a graph."""
    with pytest.raises(ThresholdError):
        cluster_pairs(ROW, threshold=1.5)
    setting = Setting(method="components", threshold=0.95)
    assert len(set(cluster_pairs(ROW, setting=setting)["cluster_id"])) == 2
    assert len(set(cluster_pairs(ROW, setting=setting, threshold=0.9)["cluster_id"])) == 1


def test_many_pairs_are_the_graph_s() -> None:
    """A thousand records in three groups, with decisions, are clustered as in a graph."""
    rng = np.random.default_rng(5)
    group = rng.integers(0, 3, 600).tolist()
    pairs: list[Pair] = []
    for a, b, score, draw in zip(
        rng.integers(0, 600, 3000).tolist(),
        rng.integers(0, 600, 3000).tolist(),
        rng.random(3000).round(3).tolist(),
        rng.random(3000).tolist(),
        strict=True,
    ):
        if group[a] != group[b]:
            status = "APPROVED" if draw < 0.02 else "REJECTED" if draw < 0.04 else "SUGGESTED"
            pairs.append((a, b, score, status))
    graph = graph_of(pairs, group)

    found = partition(table(pairs), groups={n: f"system {g}" for n, g in enumerate(group)})

    assert found == partition_of_graph(graph)
