"""Tests of evaluation against a count over all pairs."""

from __future__ import annotations

import json
from itertools import combinations
from math import comb, isnan

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.clustering.problem import ClusteringProblem
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.evaluation.evaluation import Evaluation, evaluate
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.algorithms.kernels.components import first_seen, numbered
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from tests.support.builders import graph

NAMES = [f"s{number}/t.x" for number in range(8)]
PAIRS = list(combinations(range(8), 2))
LINKED = graph([(NAMES[a], NAMES[b], 0.5) for a, b in PAIRS])
LINKS = {
    frozenset((LINKED.link(index).source, LINKED.link(index).target)): LINKED.link(index).link_id
    for index in range(LINKED.n_links)
}
FIRST = int(LINKED.arrays.nodes.first[2])
IDS = [LINKED.node(name).node_id for name in NAMES]
PLACE = [LINKED.index_of(name) - FIRST for name in NAMES]

labelings = st.lists(st.integers(0, 3), min_size=8, max_size=8)
decisions = st.dictionaries(
    st.sampled_from(PAIRS), st.sampled_from(["APPROVED", "REJECTED"]), max_size=8
)
# Which clusters of each of three families a node is in; none where the truth does not know it.
families = st.lists(
    st.lists(st.frozensets(st.integers(0, 2)), min_size=8, max_size=8), min_size=1, max_size=3
)


def clusters_of(label: list[int], decided: dict[tuple[int, int], str] | None = None) -> Clusters:
    """Build clusters from labels, whatever the decisions."""
    changes = {LINKS[frozenset((IDS[a], IDS[b]))]: it for (a, b), it in (decided or {}).items()}
    problem = ClusteringProblem.of(
        LINKED.with_decisions(changes), Level.COLUMN, Setting(method="by hand", threshold=0.5)
    )
    placed = np.empty(8, dtype=np.int64)
    placed[PLACE] = label
    labels = numbered(first_seen(placed), LINKED.arrays.nodes.deleted, FIRST)
    made = cluster(problem.graph)
    return Clusters(problem, labels, made.remake)


def truth_of(drawn: list[list[frozenset[int]]]) -> Truth:
    """Build a truth from the clusters drawn for each family and node."""
    groups: dict[tuple[int, int], list[str]] = {}
    for family, entities in enumerate(drawn):
        for node, several in enumerate(entities):
            for entity in sorted(several):
                groups.setdefault((family, entity), []).append(NAMES[node])
    return Truth.from_clusters(groups.values(), [f"f{family}" for family, _ in groups])


def settled_pairs(decided: dict[tuple[int, int], str]) -> set[tuple[int, int]]:
    """Return the pairs that decisions settle, directly or by transitivity."""
    approved: nx.Graph[int] = nx.Graph()
    approved.add_nodes_from(range(8))
    approved.add_edges_from(pair for pair, it in decided.items() if it == "APPROVED")
    unit = {
        node: number for number, c in enumerate(nx.connected_components(approved)) for node in c
    }
    apart = {frozenset((unit[a], unit[b])) for (a, b), it in decided.items() if it == "REJECTED"}
    return {
        (a, b) for a, b in PAIRS if unit[a] == unit[b] or frozenset((unit[a], unit[b])) in apart
    }


@given(
    labelings,
    families,
    decisions,
    st.sampled_from(["count", "skip"]),
    st.sampled_from([1, 2, 10]),
)
def test_counts_are_those_of_all_pairs(
    label: list[int],
    drawn: list[list[frozenset[int]]],
    decided: dict[tuple[int, int], str],
    settled: str,
    most: int,
) -> None:
    """Every count and mean equals that of a loop over all pairs of nodes.

    Also where true clusters overlap, and however many clusters a node may be in before its pairs
    are listed.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hummgraph.algorithms.evaluation.tokens.MAX_TOKENS", most)
        patch.setattr("hummgraph.algorithms.evaluation.tokens._BLOCK_PAIRS", most)
        found = evaluate(clusters_of(label, decided), truth_of(drawn), settled=settled)

    known = [node for node in range(8) if any(row[node] for row in drawn)]
    judged: dict[tuple[int, int], bool] = {}
    for a, b in combinations(known, 2):
        both = [(row[a], row[b]) for row in drawn if row[a] and row[b]]
        if both:
            judged[a, b] = any(x & y for x, y in both)
    clusters = [
        [frozenset(n for n in known if entity in row[n]) for entity in range(3)] for row in drawn
    ]
    assert found.n_overlapping == sum(
        any(len({own[e] for e in row[node]}) > 1 for row, own in zip(drawn, clusters, strict=True))
        for node in known
    )
    known_before = settled_pairs(decided)
    assert found.n_settled == len(judged.keys() & known_before)
    if settled == "skip":
        judged = {pair: right for pair, right in judged.items() if pair not in known_before}
    assert found.n_nodes == len(known)
    assert found.n_judged == len(judged)
    assert found.n_true == sum(judged.values())
    assert found.n_found == sum(label[a] == label[b] for a, b in judged)
    assert found.n_right == sum(label[a] == label[b] and it for (a, b), it in judged.items())

    precisions, recalls = [], []
    for node in known:
        own = {pair: right for pair, right in judged.items() if node in pair}
        right = 1 + sum(label[a] == label[b] and it for (a, b), it in own.items())
        precisions.append(right / (1 + sum(label[a] == label[b] for a, b in own)))
        recalls.append(right / (1 + sum(own.values())))
    assert found.bcubed_precision == pytest.approx(
        np.mean(precisions) if known else np.nan, nan_ok=True
    )
    assert found.bcubed_recall == pytest.approx(np.mean(recalls) if known else np.nan, nan_ok=True)


@given(labelings, st.lists(st.frozensets(st.integers(0, 2), min_size=1), min_size=8, max_size=8))
def test_overlapping_precision_is_the_extended_one(
    label: list[int], true: list[frozenset[int]]
) -> None:
    """B-cubed precision is that of Amigó et al. (2009), which counts shared clusters.

    Recall is theirs too, but that a pair counts once however many true clusters have both.
    """
    found = evaluate(clusters_of(label), truth_of([true]))

    precisions, recalls = [], []
    for one in range(8):
        together = [other for other in range(8) if label[other] == label[one]]
        precisions.append(np.mean([min(1, len(true[one] & true[other])) for other in together]))
        same = [other for other in range(8) if true[one] & true[other]]
        recalls.append(np.mean([label[other] == label[one] for other in same]))
    assert found.bcubed_precision == pytest.approx(np.mean(precisions))
    assert found.bcubed_recall == pytest.approx(np.mean(recalls))


def test_clusters_that_overlap() -> None:
    """A node of two true clusters is right with either, and their other members are wrong pairs."""
    truth = Truth.from_clusters([NAMES[:2], NAMES[1:3]])
    found = evaluate(clusters_of([0, 0, 0, 1, 2, 3, 4, 5]), truth)

    assert (found.n_judged, found.n_true, found.n_right, found.n_overlapping) == (3, 2, 2, 1)
    assert found.bcubed_recall == 1.0
    assert repr(found).endswith("\n  Nodes of the truth: 1 in several true clusters.>")
    assert "1 in several true clusters" in found._repr_html_()
    assert found.to_dict()["n_overlapping"] == 1


def test_a_truth_of_nothing_here_is_refused() -> None:
    """A truth without any node of the graph is refused with the reasons."""
    clusters = clusters_of([0] * 8)
    with pytest.raises(ArgumentError, match=r"of 3 names 1 are not .* and 2 are at another"):
        evaluate(clusters, Truth.from_clusters([["s0", "s1/t", "nowhere"]], complete=True))
    with pytest.raises(ArgumentError, match=r"of 1 name 1 are not .*The first is 'nowhere'"):
        evaluate(clusters, Truth.from_clusters([["nowhere"]]))


@given(labelings, labelings)
def test_adjusted_rand_of_a_complete_truth(label: list[int], true: list[int]) -> None:
    """With a complete truth the adjusted Rand index is that of the contingency table."""
    groups = [[NAMES[i] for i in range(8) if true[i] == entity] for entity in set(true)]
    truth = Truth.from_clusters([group for group in groups if len(group) > 1], complete=True)
    found = evaluate(clusters_of(label), truth)

    cells = np.zeros((4, 4), dtype=int)
    np.add.at(cells, (label, true), 1)
    index = sum(comb(int(n), 2) for n in cells.ravel())
    rows, columns = (sum(comb(int(n), 2) for n in cells.sum(axis=axis)) for axis in (0, 1))
    expected, most = rows * columns / comb(8, 2), (rows + columns) / 2
    assert found.n_judged == comb(8, 2)
    assert found.adjusted_rand == (
        pytest.approx((index - expected) / (most - expected)) if most != expected else 1.0
    )


@given(labelings, families, decisions, st.permutations(range(8)))
def test_names_and_order_do_not_matter(
    label: list[int],
    drawn: list[list[frozenset[int]]],
    decided: dict[tuple[int, int], str],
    order: list[int],
) -> None:
    """The evaluation does not depend on the names of nodes."""
    there = {old: new for new, old in enumerate(order)}
    moved = {
        (min(there[a], there[b]), max(there[a], there[b])): it for (a, b), it in decided.items()
    }
    one = evaluate(clusters_of(label, decided), truth_of(drawn), settled="skip")
    other = evaluate(
        clusters_of([label[i] for i in order], moved),
        truth_of([[row[i] for i in order] for row in drawn]),
        settled="skip",
    )

    assert one.to_dict() == pytest.approx(other.to_dict())


def test_clusters_that_are_the_truth() -> None:
    """Clusters equal to the truth score 1 in every measure."""
    truth = Truth.from_clusters([NAMES[:3], NAMES[3:5]], complete=True)
    found = evaluate(clusters_of([0, 0, 0, 1, 1, 2, 3, 4]), truth)

    assert (found.precision, found.recall, found.f1) == (1.0, 1.0, 1.0)
    assert (found.bcubed_f1, found.adjusted_rand) == (1.0, 1.0)


def test_nothing_found() -> None:
    """Without found pairs, precision is NaN and recall and F1 are 0."""
    found = evaluate(clusters_of(list(range(8))), Truth.from_clusters([NAMES[:2]]))

    assert isnan(found.precision)
    assert (found.recall, found.f1) == (0.0, 0.0)
    assert (found.bcubed_precision, found.bcubed_recall) == (1.0, 0.5)
    assert found.to_dict()["precision"] is None
    assert found.to_frame()["precision"] == [None]


def test_an_empty_truth() -> None:
    """An empty truth leaves every measure undefined."""
    found = evaluate(clusters_of([0] * 8, {(0, 1): "REJECTED"}), Truth.from_clusters([]))
    measures = ("precision", "recall", "f1", "bcubed_f1", "adjusted_rand")

    assert all(isnan(getattr(found, name)) for name in measures)
    assert (found.n_nodes, found.n_judged) == (0, 0)


def test_nodes_that_are_missing_or_elsewhere_are_counted() -> None:
    """Nodes missing from the graph or at another level are counted separately."""
    truth = Truth.from_clusters(
        [[*NAMES[:2], "s0", "s0/t", "nowhere"], ["s0", "nowhere"]], families=["f", "g"]
    )
    found = evaluate(clusters_of([0] * 8), truth)

    assert (found.n_nodes, found.n_missing, found.n_other_level) == (2, 1, 2)
    assert repr(found).endswith("Nodes of the truth: 1 not in the graph, 2 at another level.>")


def test_clusters_of_tables() -> None:
    """Clusters of tables are evaluated at the level of tables."""
    linked = graph([("a/t", "b/t", 0.9), ("a/u", "b/u", 0.9, "APPROVED")])
    found = evaluate(
        cluster(linked, level="table", threshold=0.5),
        Truth.from_clusters([["a/t", "b/t"], ["a/u", "b/u"]]),
        settled="skip",
    )

    assert (found.n_nodes, found.n_judged, found.n_settled) == (4, 5, 1)
    assert (found.n_true, found.n_right) == (1, 1)


def test_arguments() -> None:
    """Invalid values of ``settled`` and ``missing`` are refused."""
    clusters = clusters_of([0] * 8)
    with pytest.raises(ArgumentError, match="settled is 'drop'"):
        evaluate(clusters, Truth.from_clusters([]), settled="drop")
    with pytest.raises(ArgumentError, match="missing is 'drop'"):
        evaluate(clusters, Truth.from_clusters([]), missing="drop")


def test_a_node_may_be_in_many_clusters() -> None:
    """Nodes in more than ten families or clusters are counted correctly."""
    many = Truth.from_clusters([NAMES[:2]] * 30, [str(number) for number in range(30)])
    found = evaluate(clusters_of([0] * 8), many)

    assert (found.n_judged, found.n_right, found.n_overlapping) == (1, 1, 0)
    crossed = Truth.from_clusters([[NAMES[0], name] for name in NAMES[1:]] * 2)
    assert crossed.notes == ("Ignored: 7 repeated clusters.",)
    assert evaluate(clusters_of([0] * 8), crossed).n_true == 7


def test_how_it_shows_itself() -> None:
    """Text, page, plain data and table have the same numbers."""
    found = evaluate(
        clusters_of([0, 0, 0, 1, 2, 3, 4, 5], {(0, 1): "APPROVED"}),
        Truth.from_clusters([NAMES[:2], NAMES[2:4]]),
        settled="skip",
    )

    assert repr(found) == (
        "<Evaluation: 5 judged pairs of 4 nodes; 1 settled by decisions, left out; adjusted Rand"
        " index -0.364\n"
        "  pairs    precision 0.000  recall 0.000  F1 0.000\n"
        "  B-cubed  precision 0.583  recall 0.750  F1 0.656>"
    )
    assert "left out" in found._repr_html_()
    assert "<td>0.656</td>" in found._repr_html_()
    assert next(iter(found.to_frame())) == found.to_dict()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()
    assert "5 judged pairs of 4 nodes; 1 settled by decisions, counted" in repr(
        Evaluation("count", 4, 0, 0, 1, 5, 1, 0, 0, 1.0, 0.5)
    )


def test_large_clusters_are_counted_not_listed() -> None:
    """Clusters with a million pairs are counted in time linear in their nodes."""
    links = [(f"a/t.x{number}", f"a/t.x{number + 1}", 0.9) for number in range(1_500)]
    linked = graph(links)
    names = [f"a/t.x{number}" for number in range(1_501)]
    found = evaluate(
        cluster(linked, method="components", threshold=0.5),
        Truth.from_clusters([names[:1_000], names[1_000:]]),
    )

    assert found.n_judged == found.n_found == comb(1_501, 2)
    assert found.n_right == found.n_true == comb(1_000, 2) + comb(501, 2)
