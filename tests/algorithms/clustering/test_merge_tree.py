"""Tests of the merge tree."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.expected import unit_pairs
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.kernels.components import components
from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, graph, record, uid

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters

TREES = ["components", "single", "average", "complete"]
places = st.sampled_from([f"{system}/t.{column}" for system in "abc" for column in "xyz"])
rows = st.lists(
    st.tuples(
        places,
        places,
        st.none() | st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1),
        st.sampled_from(["SUGGESTED", "SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=25,
)
one_pers = st.sampled_from([None, "table", "integration_source"])


@pytest.mark.parametrize("method", TREES)
@given(rows, one_pers, st.sampled_from([None, "competition"]))
def test_cut_equals_clustering(
    method: str, links: list[Row], one_per: str | None, calibrate: str | None
) -> None:
    """At and between all heights, the cut equals the clusters of cluster()."""
    linked = graph(links)
    options = {"method": method, "one_per": one_per, "calibrate": calibrate}
    tree = merge_tree(linked, **options)  # type: ignore[arg-type]
    heights = np.unique(np.concatenate((tree.heights, [0.0, 1.0])))
    for threshold in [*heights, *(heights[1:] + heights[:-1]) / 2]:
        found = cluster(linked, threshold=float(threshold), **options)  # type: ignore[arg-type]
        assert tree.cut(float(threshold)).to_dict() == found.to_dict()


def twice(found: Clusters, column: str) -> int:
    """Count the clusters that have two members of one system or table."""
    rows = {row["node_id"]: (row["system"], row[column]) for row in found.graph.nodes}
    return sum(len({rows[m] for m in members}) < len(members) for members in found.members)


@given(rows, one_pers)
def test_profile_is_what_the_cuts_are(links: list[Row], one_per: str | None) -> None:
    """Every row of the profile counts the clusters of the cut at its threshold."""
    tree = merge_tree(graph(links), one_per=one_per)
    first, *others = tree.profile

    assert first["threshold"] is None
    assert first["contradictions"] == len(tree.cut(1.0).contradictions)
    for row in others:
        found = tree.cut(row["threshold"])
        assert row == {
            "threshold": row["threshold"],
            "n_clusters": found.n_clusters,
            "n_clustered": int(found.sizes.sum()),
            "largest": int(found.sizes.max()),
            "contradictions": len(found.contradictions),
            "systems_twice": twice(found, "system"),
            "tables_twice": twice(found, "table"),
        }


def test_a_system_is_twice_wherever_its_columns_come_in() -> None:
    """The first and the last of a chain count as two of one system at any distance."""
    links: list[Row] = [
        ("a/t.x", "b/t.x", 0.9),
        ("b/t.x", "c/t.x", 0.8),
        ("c/t.x", "d/t.x", 0.7),
        ("d/t.x", "a/t.y", 0.6),
    ]
    profile = merge_tree(graph(links), method="components").profile
    assert profile["threshold"] == [None, 0.9, 0.8, 0.7, 0.6]
    assert profile["systems_twice"] == profile["tables_twice"] == [0, 0, 0, 0, 1]


def test_profile_at_chosen_thresholds() -> None:
    """The profile has rows at the thresholds given, in that order."""
    links: list[Row] = [("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.7)]
    tree = merge_tree(graph(links), method="components")
    found = tree.at([0.95, 0.5, 0.7, 0.8])
    assert found.columns == tree.profile.columns
    assert found["threshold"] == [0.95, 0.5, 0.7, 0.8]
    assert found["n_clustered"] == [0, 3, 3, 2]


@given(rows)
def test_persistence_is_how_long_a_cluster_stands(links: list[Row]) -> None:
    """A cluster exists at the threshold of its birth, and not at that of its end."""
    tree = merge_tree(graph(links))
    for row in tree.persistence:
        assert row["persistence"] == row["born"] - row["gone"] > 0
        for threshold in (row["born"], (row["born"] + row["gone"]) / 2):
            if threshold > row["gone"]:
                found = tree.cut(threshold)
                label = found.cluster_of(row["node_id"], missing="raise")
                assert found.sizes[label] == row["size"]
        if row["gone"] > 0:
            found = tree.cut(row["gone"])
            assert found.sizes[found.cluster_of(row["node_id"], missing="raise")] > row["size"]


def test_joins_name_their_links() -> None:
    """A join has the link that made it, the new size, and the size of the smaller side."""
    tree = merge_tree(
        graph([("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.8), ("b/t.x", "c/t.x", 0.7)]),
        method="components",
    )

    assert tree.joins["height"] == [0.9, 0.8, 0.7]
    assert tree.joins["link_id"] == [uid("link 0"), uid("link 1"), uid("link 2")]
    assert tree.joins["size"] == [2, 2, 4]
    assert tree.joins["smaller"] == [1, 1, 2]
    assert len(tree) == tree.n_joins == 3
    assert repr(tree) == "<MergeTree: 3 joins by components on confidence>"


def test_nothing_is_proposed_for_chains() -> None:
    """A tree of single links proposes no threshold, and says why."""
    linked = graph([("a/t.x", "b/t.x", 0.95), ("c/t.x", "d/t.x", 0.9), ("b/t.x", "c/t.x", 0.3)])
    for method in ("components", "single"):
        proposal = merge_tree(linked, method=method).proposal

        assert proposal.threshold is proposal.precision is proposal.f1 is None
        assert f"Nothing is proposed: {method} joins by single links" in proposal.reason


def test_the_cut_with_the_highest_expected_f1_is_proposed() -> None:
    """Without a calibration the proposal follows from the probabilities of links."""
    linked = graph([("a/t.x", "b/t.x", 0.95), ("c/t.x", "d/t.x", 0.9), ("b/t.x", "c/t.x", 0.3)])
    tree = merge_tree(linked, method="average")
    proposal = tree.proposal

    assert proposal.threshold is not None
    assert 0.1 < proposal.threshold <= 0.9
    assert proposal.f1 == max(tree.expected.f1[1:])
    assert repr(tree).endswith(f"proposes {proposal.threshold:g}>")
    assert proposal.reason.startswith("The cut with the highest expected F1: expected precision")


def test_a_calibrated_tree_proposes_its_own_stop() -> None:
    """A setting that is calibrated or has a floor has a stop of its own."""
    linked = graph([("a/t.x", "b/u.x", 0.95), ("a/v.x", "b/u.x", 0.9), ("b/w.x", "a/t.y", 0.3)])
    tree = merge_tree(linked)

    assert tree.proposal.threshold == tree.setting.threshold == 0.1
    assert tree.proposal.reason.startswith("The stop of the setting: expected precision")


@given(rows, st.sampled_from(["average", "complete"]))
def test_expected_counts_are_those_of_all_pairs(links: list[Row], method: str) -> None:
    """Along the tree, expected counts are the sums over all pairs of units in each cluster."""
    tree = merge_tree(graph(links), method=method)
    constraints, joins = tree.problem.constraints, tree._joins
    found = unit_pairs(tree.problem)
    right = {
        (min(x, y), max(x, y)): q
        for x, y, q in zip(found.x.tolist(), found.y.tolist(), found.right.tolist(), strict=True)
    }
    size = constraints.unit_size.tolist()
    total = sum(q * size[x] * size[y] for (x, y), q in right.items())
    for n in range(len(joins) + 1):
        unit = components(constraints.n_units, joins.left[:n], joins.right[:n])
        sure = pairs = absent_worth = 0.0
        for label in set(unit.tolist()):
            inside = list(combinations(np.flatnonzero(unit == label).tolist(), 2))
            every = sum(size[x] * size[y] for x, y in inside)
            linked = [(x, y) for x, y in inside if (x, y) in right]
            q = sum(right[pair] * size[pair[0]] * size[pair[1]] for pair in linked)
            n_linked = sum(size[x] * size[y] for x, y in linked)
            absent_worth += (every - n_linked) * (q / every) ** 0.5 if every else 0.0
            sure += q
            pairs += every
        assert tree.expected.found[n] == pytest.approx(pairs)
        assert tree.expected.right[n] == pytest.approx(sure + absent_worth)
        assert tree.expected.total[n] == pytest.approx(total + absent_worth)


def test_nothing_to_join_is_said() -> None:
    """A tree without joins proposes nothing, with the reason."""
    tree = merge_tree(graph([("a/t.x", "b/t.x", 0.9, "APPROVED")]))

    assert tree.proposal.threshold is None
    assert "every threshold is the same" in tree.proposal.reason
    assert tree.profile["n_clusters"] == [1]
    assert tree.persistence["size"] == [2]
    assert len(merge_tree(graph([])).profile) == 1


def test_tables_have_systems_only_above_them() -> None:
    """Clusters of tables cannot have two members of one table."""
    tree = merge_tree(graph([("a/t", "b/t"), ("b/t", "a/u")]), level="table")

    assert tree.profile["tables_twice"][-1] == 0
    assert tree.profile["systems_twice"][-1] == 1


def test_columns_of_no_known_table_are_not_twice_in_one() -> None:
    """Columns without a known table do not count as members of one table."""
    rows = [("a/t.x", "b/t.x"), ("b/t.x", "c/t.x")]
    records = [record(source, target) for source, target in rows]
    for row in records:
        del row["source_table_id"], row["target_table_id"]
    tree = merge_tree(LinkGraph(read_links(records)))

    assert tree.profile["largest"][-1] == 3
    assert tree.profile["tables_twice"][-1] == 0


def test_the_picture_shows_the_profile() -> None:
    """The picture is well-formed and deterministic, with the proposal and each count's maximum."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9),
        ("b/t.x", "a/t.y", 0.4),
        ("c/t.x", "d/t.x", 0.8),
        ("a/t.x", "a/t.y", 0.2, "REJECTED"),
    ]
    tree = merge_tree(graph(rows), method="components", policy=Policy(rejected="score"))
    picture = tree.to_svg()
    texts = [
        "".join(text.itertext())
        for text in ET.fromstring(picture).iter()  # noqa: S314 - ours
        if text.tag.endswith("text")
    ]

    assert (
        picture
        == merge_tree(graph(rows), method="components", policy=Policy(rejected="score")).to_svg()
    )
    assert texts[0] == "Nothing is proposed"
    assert "Proposed: 0.1 (expected F1 " in merge_tree(graph(rows), calibrate="decisions").to_svg()
    assert texts.index("largest cluster") - 2 == texts.index("3")
    assert tree.proposal.reason in tree._repr_html_()
    assert merge_tree(graph([])).to_svg().endswith("</svg>\n")


def test_policy_counts() -> None:
    """A policy passed to the tree applies to that call only."""
    linked = graph([("a/t.x", "b/t.x", None)])

    assert merge_tree(linked).n_joins == 0
    assert merge_tree(linked, policy=Policy(null_confidence=0.5)).heights.tolist() == [0.5]


def test_bad_arguments_are_refused() -> None:
    """A method without a tree is refused, and so is a threshold outside its range."""
    with pytest.raises(ArgumentError, match="'gaec' has no merge tree; 'components', 'single'"):
        merge_tree(graph([]), method="gaec")
    with pytest.raises(ThresholdError, match=r"threshold is 1\.5"):
        merge_tree(graph([])).cut(1.5)


def test_a_cut_under_another_policy() -> None:
    """The clusters of a cut are made again, at the same threshold."""
    linked = graph([("a/t.x", "b/t.x", 0.9, "REJECTED"), ("c/t.x", "d/t.x", 0.9)])
    free = Policy(rejected="score")
    cut = merge_tree(linked, method="components").cut(0.5)
    assert len(cut) == 1
    assert (
        cut.with_policy(free).ids
        == merge_tree(linked, method="components", policy=free).cut(0.5).ids
    )
