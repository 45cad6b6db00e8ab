"""Tests of previews: what decisions would change, against clustering anew."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.clustering.audit import audit
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.joins.keys import JoinKey, Meanings
from hummgraph.algorithms.review.choosing import decide_suggestions, take_out
from hummgraph.algorithms.review.effects import Named
from hummgraph.algorithms.review.preview import Preview, preview
from hummgraph.algorithms.review.regrouping import regroupings
from hummgraph.errors import ArgumentError, DecisionError
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import (
    OTHERS,
    TREES,
    decided_graphs,
    decisions_for,
    settings_of,
)
from tests.support.builders import Row, catalogue, graph, record, uid

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph

HALF = Setting(method="components", threshold=0.5)


def held(linked: LinkGraph, setting: Setting = HALF) -> Clusters:
    """Return clusters under a setting."""
    return cluster(linked, setting=setting)


def would(linked: LinkGraph, status: str, *links: int, setting: Setting = HALF) -> Preview:
    """Return what another status of some links would change."""
    chosen = {uid(f"link {number}"): status for number in links}
    return preview(linked, chosen, clusters=held(linked, setting))


# --- against clustering anew -------------------------------------------------------------------


def check_tables(found: Preview, anew: Clusters) -> None:
    """Compare each table of a preview with what two results say."""
    before, after = found.before, found.after
    assert np.array_equal(after.labels, anew.labels)
    assert after.names == anew.names

    def kept(one: Clusters) -> set[str]:
        return {contradiction.link_id for contradiction in one.contradictions}

    changes = Counter(
        zip(found.contradictions["change"], found.contradictions["link_id"], strict=True)
    )
    assert changes == Counter(
        [("made", link) for link in kept(anew) - kept(before)]
        + [("resolved", link) for link in kept(before) - kept(anew)]
    )

    def members(one: Clusters) -> set[frozenset[str]]:
        return {frozenset(ids) for ids in one.members}

    parts = found.regroupings
    first = before.problem.first
    named = before.graph.arrays.nodes.id_text
    listed = {named[int(at) + first].as_py() for part in parts for at in part.nodes}
    different = members(before) ^ members(anew)
    assert listed >= set().union(*different) if different else not listed
    ids = {one for cell in found.changes["before_ids"] if cell for one in cell.split("; ")}
    assert ids == set(before.ids) - set(anew.ids)
    ids = {one for cell in found.changes["after_ids"] if cell for one in cell.split("; ")}
    assert ids == set(anew.ids) - set(before.ids)
    assert sum(found.changes["moved"]) == len(found.moves)
    for row in found.moves:
        old, new = (one.cluster_of(row["node_id"]) for one in (before, anew))
        assert row["cluster_before"] == (None if old is None else before.names[old])
        assert row["cluster_after"] == (None if new is None else anew.names[new])

    def violations(one: Clusters) -> Counter[tuple[str, str]]:
        if one.one_per is None:
            return Counter()
        made = audit(one, one_per=one.one_per).violations
        return Counter((row.group_path, "; ".join(row.member_paths)) for row in made)

    for change, more, less in (("made", anew, before), ("resolved", before, anew)):
        rows = found.violations.filter(change=change)
        listed_rows = Counter(zip(rows["group_path"], rows["member_paths"], strict=True))
        assert listed_rows == violations(more) - violations(less)

    def joinable(one: Clusters) -> set[frozenset[str]]:
        keys, nodes = Meanings(one.graph), one.graph.arrays.nodes
        pairs = set()
        for ids_of in one.members:
            at = [one.graph.index_of(node) for node in ids_of]
            at = [node for node in at if keys.of(node).quality is JoinKey.IDENTIFYING]
            tables = {nodes.path[int(nodes.ancestor[1][node])].as_py() for node in at}
            pairs |= {frozenset(two) for two in combinations(sorted(tables), 2)}
        return pairs

    assert list(found.cells) == whole_cells(found)
    for change, more, less in (("appears", anew, before), ("vanishes", before, anew)):
        rows = found.joins.filter(change=change)
        tables = zip(rows["source_table"], rows["target_table"], strict=True)
        assert {frozenset(two) for two in tables} == joinable(more) - joinable(less)


def whole_cells(found: Preview) -> list[dict[str, str | None]]:
    """Return the cells that differ between the whole crosswalks before and after."""
    before, after = found.before, found.after
    heirs: dict[int, int] = {}
    for one in found.regroupings:
        named = Named(found, one)
        heirs |= {label: named.heir.get(label, -1) for label in named.after}
    old_of = dict(zip(after.ids, after.ids, strict=True))
    old_of |= {after.ids[new]: before.ids[old] if old >= 0 else "" for new, old in heirs.items()}
    rows: list[dict[str, dict[str, str | None]]] = []
    for clusters in (before, after):
        frame = clusters.crosswalk()
        systems = frame.columns[5:]
        rows.append({row["cluster_id"]: {name: row[name] for name in systems} for row in frame})
    compared = [(old_of[new], new) for new in rows[1]]
    compared += [(old, "") for old in rows[0] if old not in old_of.values()]
    names = [dict(zip(one.ids, one.names, strict=True)) for one in (before, after)]
    return [
        {
            "cluster_before": names[0].get(old),
            "cluster_after": names[1].get(new),
            "system": system,
            "before": cells[0].get(system),
            "after": cells[1].get(system),
        }
        for old, new in compared
        for cells in [(rows[0].get(old, {}), rows[1].get(new, {}))]
        for system in sorted({*cells[0], *cells[1]})
        if cells[0].get(system) != cells[1].get(system)
    ]


def check_preview(data: st.DataObject, methods: tuple[str, ...]) -> None:
    """Preview drawn decisions, and the reverse."""
    linked = data.draw(decided_graphs())
    setting = data.draw(settings_of(methods))
    decisions = data.draw(decisions_for(linked))
    found = preview(linked, decisions, clusters=held(linked, setting))
    anew = held(linked.with_decisions(decisions), setting)

    check_tables(found, anew)
    back = preview(found.graph, found.reverse, clusters=found.after)
    assert np.array_equal(back.after.labels, found.before.labels)
    assert np.array_equal(back.graph.arrays.links.status, linked.arrays.links.status)


@given(data=st.data())
def test_a_preview_is_clustering_anew(data: st.DataObject) -> None:
    """Decisions, several at once and taken back, by all methods with a tree."""
    check_preview(data, TREES)


@given(data=st.data())
def test_a_preview_of_other_methods_is_clustering_anew(data: st.DataObject) -> None:
    """The other methods answer alike."""
    check_preview(data, OTHERS)


def test_a_preview_of_leiden_is_clustering_anew() -> None:
    """A method with a seed is held with it."""
    pytest.importorskip("graspologic_native")
    linked = graph([("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.8), ("d/t.x", "c/t.x", 0.9)])
    setting = cluster(linked, method="leiden").setting
    found = would(linked, "REJECTED", 1, setting=setting)

    assert np.array_equal(found.after.labels, held(found.graph, setting).labels)


def test_cells_are_those_of_both_crosswalks(demo_graph: LinkGraph) -> None:
    """The list is the difference of the two tables, cluster by cluster."""
    clusters = cluster(demo_graph)
    found = preview(demo_graph, {clusters.contradictions[0].cut[0]: "REJECTED"}, clusters=clusters)

    rows = list(found.cells)
    assert len(rows) == 4
    for row in rows:
        for side, result in (("before", found.before), ("after", found.after)):
            (cells,) = result.crosswalk().filter(cluster_name=row[f"cluster_{side}"])
            assert cells[row["system"]] == row[side]
    assert rows[0] == {
        "cluster_before": "person email",
        "cluster_after": "person email",
        "system": "Stripe",
        "before": "customers.email (0.91)",
        "after": None,
    }


def test_cells_of_clusters_that_vanish_and_appear() -> None:
    """Every cell of such a cluster is listed, with nothing on the other side."""
    linked = graph([("a/t.x", "b/t.x", 0.9), ("c/t.y", "d/t.y", 0.3)])
    gone, new = would(linked, "REJECTED", 0), would(linked, "APPROVED", 1)

    assert gone.cells["before"] == ["t.x (0.90)", "t.x (0.90)"]
    assert gone.cells["after"] == [None, None]
    assert gone.cells["cluster_after"] == [None, None]
    assert new.cells["before"] == [None, None]
    assert new.cells["after"] == ["t.y (0.30)", "t.y (0.30)"]
    assert new.cells["system"] == ["c", "d"]


def test_a_cell_changes_with_its_confidence_alone() -> None:
    """Members stay, but what holds them is surer."""
    linked = graph([("a/t.x", "b/t.x", 0.8), ("b/t.x", "a/t.x", None)])
    found = would(linked, "APPROVED", 1)

    assert found.changes.shape[0] == 0
    assert found.cells["before"] == ["t.x (0.80)", "t.x (0.80)"]
    assert found.cells["after"] == ["t.x (1.00)", "t.x (1.00)"]


# --- what happens to clusters ------------------------------------------------------------------

PAIR, OTHER = ("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.9)


@pytest.mark.parametrize(
    ("rows", "status", "link", "change", "sentence"),
    [
        (
            [PAIR, OTHER, ("b/t.x", "c/t.x", 0.3)],
            "APPROVED",
            2,
            "merged",
            "Clusters: t x (2), t x (a) (2) become one, x (4).",
        ),
        (
            [PAIR, OTHER, ("b/t.x", "c/t.x", 0.9, "APPROVED")],
            "REJECTED",
            2,
            "split",
            "Clusters: x (4) falls apart into t x (2), t x (a) (2).",
        ),
        ([PAIR, OTHER], "REJECTED", 0, "vanished", "Clusters: t x (a) (2) vanishes."),
        ([("a/t.x", "b/t.x", 0.3)], "APPROVED", 0, "appeared", "Clusters: t x (2) appears."),
        (
            [PAIR, ("b/t.x", "c/t.x", 0.3)],
            "APPROVED",
            1,
            "grew",
            "Clusters: t x (2) grows to t x (3).",
        ),
        (
            [PAIR, ("b/t.x", "c/t.x", 0.9)],
            "REJECTED",
            1,
            "shrank",
            "Clusters: t x (3) shrinks to t x (2).",
        ),
    ],
)
def test_each_kind_of_change(
    rows: list[Any], status: str, link: int, change: str, sentence: str
) -> None:
    """One link and the word for what it does."""
    found = would(graph(rows), status, link)

    assert found.changes["change"] == [change]
    assert sentence in found.sentences
    assert found.n_clusters_by_change[change] == 1
    assert sum(found.n_clusters_by_change.values()) == 1
    assert "; 1 cluster " in repr(found)


def test_one_for_another_is_a_regrouping() -> None:
    """A cluster that wins a member and loses one neither grew nor shrank."""
    rows = [("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/t.y", 0.8)]
    setting = Setting(method="average", threshold=0.5, one_per=hg.Level.TABLE)
    found = would(graph(rows), "REJECTED", 0, setting=setting)

    assert found.changes["change"] == ["regrouped"]
    assert sorted(found.moves["path"]) == ["b/t.x", "b/t.y"]
    assert repr(found) == "<Preview: 1 link decided; 1 cluster regroups>"


def test_the_smaller_part_moves() -> None:
    """A new cluster continues the old one with which it shares most members."""
    rows = [("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.9), ("c/t.x", "d/t.x", 0.3)]
    rows.append(("d/t.x", "e/t.x", 0.9))
    found = would(graph(rows), "APPROVED", 2)

    assert found.changes["members"] == [5]
    assert sorted(found.moves["path"]) == ["d/t.x", "e/t.x"]
    assert found.moves["cluster_after"] == [found.after.names[0]] * 2


def test_heirs_are_chosen_by_what_most_share() -> None:
    """Of two new clusters the larger part continues, of two equal ones the first."""
    label = np.array([7, 7, 7, 7, 7, 9, 9])
    group = np.array([0, 0, 0, 1, 1, 1, 1])
    (found,) = regroupings(np.arange(7), label, group)

    assert (found.kind, found.before, found.after) == ("regrouped", (7, 9), (1, 0))
    assert found.heir == {0: 7, 1: 9}
    assert regroupings(np.arange(0), label[:0], group[:0]) == []
    assert regroupings(np.arange(2), label[:2], group[:2]) == []


# --- contradictions and rules ------------------------------------------------------------------


def test_a_contradiction_is_made_and_resolved() -> None:
    """A rejection inside approved links is a contradiction, though no member moves."""
    rows = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("b/t.x", "c/t.x", 0.9, "APPROVED")]
    linked = graph([*rows, ("a/t.x", "c/t.x", 0.9)])
    found = would(linked, "REJECTED", 2)
    back = preview(found.graph, found.reverse, clusters=found.after)

    assert found.contradictions["change"] == ["made"]
    assert found.contradictions["source_path"] == ["a/t.x"]
    assert found.sentences[1:] == (
        "Clusters: none changes its members.",
        "1 contradiction is made.",
    )
    assert repr(found) == "<Preview: 1 link decided; 1 contradiction made>"
    assert str(found).splitlines()[0] == "Preview: 1 link decided; 1 contradiction made"
    assert "Clusters: " not in str(found)
    assert back.contradictions["change"] == ["resolved"]
    assert back.sentences[-1] == "1 contradiction is resolved."


def test_a_violation_of_the_rule_is_made() -> None:
    """Approvals may unite two columns of a table, against the rule."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("b/t.x", "a/t.y", 0.9)]
    setting = Setting(method="average", threshold=0.5, one_per=hg.Level.TABLE)
    found = would(graph(rows), "APPROVED", 1, setting=setting)

    assert list(found.violations) == [
        {
            "change": "made",
            "cluster_name": found.after.names[0],
            "group_path": "a/t",
            "members": 2,
            "member_paths": "a/t.x; a/t.y" if uid("a/t.x") < uid("a/t.y") else "a/t.y; a/t.x",
        }
    ]
    assert "1 violation of the rule is made." in found.sentences


# --- joins -------------------------------------------------------------------------------------


def test_joins_appear_by_columns_that_identify_rows() -> None:
    """Tables that share an e-mail can be joined; those that share a status cannot."""
    rows = [("a/user.email", "b/person.email", 0.3), ("a/user.status", "b/person.status", 0.3)]
    found = would(graph(rows), "APPROVED", 0, 1)

    (row,) = found.joins
    assert row["change"] == "appears"
    assert {row["source_table"], row["target_table"]} == {"a/user", "b/person"}
    assert {row["source"], row["target"]} == {"a/user.email", "b/person.email"}
    assert "1 pair of tables can be joined that could not." in found.sentences
    back = preview(found.graph, found.reverse, clusters=found.after)
    assert "1 pair of tables can no longer be joined." in back.sentences


def test_tables_that_other_clusters_join_stay_joined() -> None:
    """Of two clusters with keys of both tables one falls apart: the tables can still be joined."""
    rows = [("a/user.email", "b/person.email", 0.9), ("a/user.id", "b/person.user_id", 0.9)]
    found = would(graph(rows), "REJECTED", 0)

    assert found.n_clusters_by_change["vanished"] == 1
    assert not len(found.joins)


def test_a_join_appears_by_a_role_alone() -> None:
    """A text that an approved link makes a reference identifies rows of clusters as they were."""
    rows = [
        ("a/deal.buyer", "b/customer.customer_id", 0.9),
        ("a/deal.buyer", "c/visit.visitor", 0.9),
    ]
    found = would(graph(rows), "APPROVED", 0)

    assert not found.regroupings
    assert {row["source_table"] for row in found.joins} | {
        row["target_table"] for row in found.joins
    } >= {"a/deal", "b/customer"}


# --- arguments and words -----------------------------------------------------------------------


def test_nothing_changes_without_decisions(demo_graph: LinkGraph) -> None:
    """A preview of nothing has the columns of all tables, and no rows."""
    found = preview(demo_graph, {})

    assert repr(found) == "<Preview: 0 links decided; no cluster changes>"
    assert found.sentences[0] == "No link would have another status."
    for name in ("decided", "changes", "moves", "contradictions", "violations", "cells", "joins"):
        frame = getattr(found, name)
        assert len(frame) == 0
        assert len(frame.columns) > 3
    assert found.to_dict()["clusters_before"] == found.to_dict()["clusters_after"]


def test_a_decision_that_says_the_same_changes_nothing() -> None:
    """Only links whose status differs count as decided."""
    found = would(graph([("a/t.x", "b/t.x", 0.9, "APPROVED")]), "APPROVED", 0)

    assert len(found.decisions) == 1
    assert len(found.decided) == 0
    assert found.reverse == ()


def test_many_changes_are_counted() -> None:
    """Sentences name the largest changes and count the others."""
    rows = [(f"a/t.x{number}", f"b/t.x{number}", 0.9) for number in range(12)]
    found = would(graph(rows), "REJECTED", *range(12))

    assert "Clusters: shown 8 of 12 changes." in found.sentences
    assert len(found.changes) == 12
    assert "12 clusters vanish" in repr(found)
    assert found.sentences[0] == "12 links would have another status: 12 REJECTED."


def test_the_most_valuable_clusters_come_first() -> None:
    """Changes are sorted by what clusters are worth, not by size."""
    rows = [(f"{one}/t.created_at", f"{other}/t.created_at", 0.9) for one, other in ("ab", "bc")]
    rows.append(("a/user.email", "b/user.email", 0.9))
    found = would(graph(rows), "REJECTED", 0, 1, 2)

    assert [name.split(" (")[0] for name in found.changes["before"]] == ["email", "created at"]


def test_clusters_of_another_graph_are_refused(demo_graph: LinkGraph) -> None:
    """A setting is held for the graph that it was made of."""
    with pytest.raises(ArgumentError, match="belong to another graph, or to other decisions"):
        preview(graph([("a/t.x", "b/t.x")]), {}, clusters=cluster(demo_graph))


def test_links_that_are_missing_are_refused_or_skipped() -> None:
    """As with_decisions has it."""
    linked = graph([("a/t.x", "b/t.x")])
    with pytest.raises(DecisionError, match="that the graph does not have"):
        preview(linked, {uid("other"): "APPROVED"})
    assert len(preview(linked, {uid("other"): "APPROVED"}, missing="skip").decided) == 0


def test_a_status_of_strangers_cannot_be_restored() -> None:
    """No decision has a status that the contract does not name; the message does not quote it."""
    records = [record("a/t.x", "b/t.x", status="call Jane", id=uid("link 0"))]
    linked = hg.LinkGraph(read_links(records, catalogue=catalogue(["a/t.x", "b/t.x"])))
    found = would(linked, "APPROVED", 0)

    assert "call Jane" not in str(found.decided)
    with pytest.raises(ArgumentError, match="no decision restores it") as raised:
        _ = found.reverse
    assert "Jane" not in str(raised.value)


def test_the_policy_of_the_clusters_counts() -> None:
    """A preview reads links as the clusters do."""
    linked = graph([("a/t.x", "b/t.x", None)])
    clusters = held(linked.with_policy(hg.Policy(null_confidence=0.9)))
    found = preview(linked, {uid("link 0"): "REJECTED"}, clusters=clusters)

    assert found.changes["change"] == ["vanished"]


# --- lists of decisions ------------------------------------------------------------------------


def test_all_suggestions_between_two_tables_are_decided() -> None:
    """Decided links are left alone; each decision has what a journal keeps."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.6),
        ("a/t.y", "b/t.y", None),
        ("a/t.z", "b/t.z", 0.9, "REJECTED"),
    ]
    linked = graph([*rows, ("a/t.x", "c/t.x", 0.9)])
    found = decide_suggestions(
        linked.where(between=("a/t", "b/t")), "APPROVED", who="Ada", note="alike"
    )

    assert {one.link_id for one in found} == {uid("link 0"), uid("link 1")}
    for one in found:
        link = linked.link(one.link_id)
        assert (one.source, one.target, one.confidence) == (
            link.source,
            link.target,
            link.confidence,
        )
        assert (one.status, one.asked, one.who, one.note) == ("APPROVED", "chosen", "Ada", "alike")
    assert preview(linked, found).decided["status"] == ["APPROVED", "APPROVED"]


def test_a_member_is_taken_out_of_its_cluster() -> None:
    """Its links to other members are rejected, approved ones too, and no others."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9, "APPROVED"),
        ("a/t.x", "c/t.x", 0.9),
        ("b/t.x", "c/t.x", 0.9),
        ("a/t.x", "d/t.x", 0.1),
    ]
    linked = graph(rows)
    clusters = held(linked)
    out = take_out(clusters, "a/t.x")

    assert {one.link_id for one in out} == {uid("link 0"), uid("link 1")}
    found = preview(linked, out, clusters=clusters)
    assert found.moves["path"] == ["a/t.x"]
    assert found.changes["change"] == ["shrank"]
    assert take_out(found.after, "b/t.x")[0].link_id == uid("link 2")
    with pytest.raises(ArgumentError, match="is in no cluster"):
        take_out(clusters, "d/t.x")


@given(data=st.data())
def test_a_member_that_is_taken_out_is_out(data: st.DataObject) -> None:
    """Whatever the method: unless approvals outside the cluster force it, it is with no member."""
    linked = data.draw(decided_graphs())
    clusters = held(linked, data.draw(settings_of(TREES)))
    if not len(clusters) or linked.policy.rejected != "refuse":
        return
    node = data.draw(st.sampled_from(clusters.members[0]))
    found = preview(linked, take_out(clusters, node), clusters=clusters)
    label = found.after.cluster_of(node)

    together = set() if label is None else set(found.after.members[label]) - {node}
    assert not together & set(clusters.members[0])


def test_a_violation_that_stays_is_not_listed() -> None:
    """Only what differs counts."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9, "APPROVED"),
        ("b/t.x", "a/t.y", 0.9, "APPROVED"),
        ("b/t.x", "b/t.y", 0.9),
    ]
    setting = Setting(method="average", threshold=0.5, one_per=hg.Level.TABLE)
    found = would(graph(rows), "APPROVED", 2, setting=setting)

    assert found.violations["group_path"] == ["b/t"]


def test_a_floor_counts_approved_links_by_their_scores_where_the_policy_says_so() -> None:
    """Under such a policy an approval below the floor is absent."""
    linked = graph(
        [("a/t.x", "b/t.x", 0.3), ("c/t.x", "d/t.x", 0.9)], policy=hg.Policy(approved="score")
    )
    setting = Setting(method="average", threshold=0.1, floor=0.5)
    found = would(linked, "APPROVED", 0, setting=setting)

    assert found.changes.shape[0] == 0
    assert np.array_equal(found.after.labels, held(found.graph, setting).labels)
