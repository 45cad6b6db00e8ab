"""Tests of diffs: what changed, and that putting the causes back undoes it."""

from __future__ import annotations

import sys
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.diff import Diff, diff
from hummgraph.algorithms.review.matched import LINK_CHANGES
from hummgraph.errors import ArgumentError
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import OTHERS, POLICIES, TREES
from tests.support.builders import Row, catalogue, graph, record, uid
from tests.support.changed_graphs import Pair, checked_causes, random_pair, random_setting

if TYPE_CHECKING:
    from random import Random

    from hummgraph.graph.linkgraph import LinkGraph

HALF = Setting(method="components", threshold=0.5)

MAX_SUBSETS = 300
"""Smaller sets of causes that are tried for each change."""


def compared(old: list[Row], new: list[Row], setting: Setting = HALF) -> Diff:
    """Return what changed between literal graphs, whose links have equal ids by position."""
    return diff(graph(old), graph(new), setting=setting)


# --- against graphs between both ---------------------------------------------------------------


def check_links(found: Diff, pair: Pair) -> None:
    """Apply the tables of links and nodes to the old graph, and get the new one."""
    links = {id_: _plain(one) for id_, one in pair.old.links.items()}
    for row in found.links:
        if row["change"] == "removed":
            del links[row["link_id"]]
        else:
            links[row["link_id"]] = tuple(
                row[name] for name in ("source", "target", "confidence", "status", "link_type")
            )
    assert links == {id_: _plain(one) for id_, one in pair.new.links.items()}
    assert found.links["link_id"] == pair.changed()
    assert sum(found.n_links_by_change.values()) == len(found.links)
    for row in found.links:
        before, after = (side.links.get(row["link_id"]) for side in (pair.old, pair.new))
        assert (row["previous_status"], row["status"]) == (_status(before), _status(after))

    def ids(one: LinkGraph) -> set[str]:
        return set(one.arrays.nodes.id_text.to_pylist())

    before_ids, after_ids = ids(found.old), ids(found.new)
    assert set(found.nodes.filter(change="added")["node_id"]) == after_ids - before_ids
    assert set(found.nodes.filter(change="removed")["node_id"]) == before_ids - after_ids


def _plain(link: dict[str, Any]) -> tuple[Any, ...]:
    ends = link["source_column_id"], link["target_column_id"]
    return (*ends, link["confidence_score"], link["status"], link["link_type"])


def _status(link: dict[str, Any] | None) -> str | None:
    return None if link is None else str(link["status"])


def check_members(found: Diff) -> None:
    """Apply the tables of clusters to the old clusters, and get the new ones."""
    continued = {row["before_id"]: row["after_id"] for row in found.continuity}
    place = {
        node: continued[id_]
        for id_, members in zip(found.before.ids, found.before.members, strict=True)
        for node in members
    }
    place |= {row["node_id"]: row["cluster_after_id"] for row in found.moves}
    made: dict[str, set[str]] = {}
    for node, id_ in place.items():
        if id_ is not None:
            made.setdefault(id_, set()).add(node)
    expected = zip(found.after.ids, map(set, found.after.members), strict=True)
    assert made == dict(expected)
    assert sum(found.changes["moved"]) == len(found.moves)
    # What both have is in no change.
    changed = {id_ for cell in found.changes["before_ids"] if cell for id_ in cell.split("; ")}
    assert changed == set(found.before.ids) - set(found.after.ids)
    changed = {id_ for cell in found.changes["after_ids"] if cell for id_ in cell.split("; ")}
    assert changed == set(found.after.ids) - set(found.before.ids)


def check_causes(found: Diff, pair: Pair, setting: Setting) -> None:
    """Put the causes of each change back, and fewer; graphs are made anew each time."""
    checked = checked_causes(found, pair, setting, max_subsets=MAX_SUBSETS)

    assert checked.faults == []
    assert set(checked.found) <= {"smallest", "minimal"}
    assert checked.found == Counter(found.changes["found"])
    rows = found.causes["row"]
    assert rows == sorted(rows)
    assert found.changes["causes"] == [rows.count(row) for row in range(len(found.changes))]


def check_diff(random: Random, methods: tuple[str, ...]) -> None:
    """Compare a random pair of graphs, under a random setting."""
    pair = random_pair(
        random,
        n_links=random.randint(0, 40),
        n_changes=random.randint(0, 7),
        moves=random.random() < 0.3,
        policy=random.choice(POLICIES),
    )
    setting = random_setting(random, methods)
    old, new = pair.old.graph(pair.policy), pair.new.graph()
    found = diff(old, new, setting=setting)

    assert np.array_equal(found.before.labels, cluster(old, setting=setting).labels)
    anew = cluster(pair.new.graph(pair.policy), setting=setting)
    assert np.array_equal(found.after.labels, anew.labels)
    check_links(found, pair)
    check_members(found)
    check_causes(found, pair, setting)
    shuffled = diff(
        pair.old.graph(pair.policy, backwards=True), pair.new.graph(backwards=True), setting=setting
    )
    assert shuffled.to_dict() == found.to_dict()
    assert len(found.sentences) <= 10


@given(random=st.randoms(use_true_random=False))
def test_causes_put_back_undo_each_change(random: Random) -> None:
    """Applied to the old graph a diff gives the new one; its causes are as few as it says."""
    check_diff(random, TREES)


@given(random=st.randoms(use_true_random=False))
def test_causes_put_back_undo_each_change_by_other_methods(random: Random) -> None:
    """Methods without a merge tree answer alike."""
    check_diff(random, OTHERS)


def test_causes_under_leiden() -> None:
    """A method with a seed is held with it, on both sides."""
    pytest.importorskip("graspologic_native")
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.8), ("d/t.x", "c/t.x", 0.9)]
    setting = cluster(graph(rows), method="leiden").setting
    found = compared(rows, rows[:1], setting)

    assert found.changes["found"] == ["smallest"] * len(found.changes)
    assert len(found.changes)


def test_causes_under_a_method_of_two_systems() -> None:
    """Columns of both sides may be of three, which it does not take: then no cause is known."""
    setting = Setting(method="assignment", threshold=0.5)
    known = compared([AB], [("a/t.x", "b/t.y", 0.9)], setting)
    third = compared([AB], [("a/t.x", "c/t.x", 0.9)], setting)

    assert known.changes["change"] == third.changes["change"] == ["regrouped"]
    assert (known.changes["found"], known.causes["cause"]) == (["smallest"], ["re-linked"])
    assert (third.changes["found"], third.changes["causes"]) == (["none"], [0])
    assert third.sentences[2].endswith("became t x (2), with 1 member left out.")


# --- what happens to clusters, and why ---------------------------------------------------------

AB: Row = ("a/t.x", "b/t.x", 0.9)
BC: Row = ("b/t.x", "c/t.x", 0.9)
CD: Row = ("c/t.x", "d/t.x", 0.9)
WEAK: Row = ("b/t.x", "c/t.x", 0.3)


def causes_of(found: Diff) -> list[tuple[str, str]]:
    """Return what changed and the source of each cause."""
    return list(zip(found.causes["cause"], found.causes["link_id"], strict=True))


def test_graphs_that_are_equal_have_no_changes() -> None:
    """Nothing is listed, and the text says so."""
    rows = [AB, BC]
    found = compared(rows, rows)

    assert found.is_empty
    assert repr(found) == "<Diff: nothing changed>"
    assert found.sentences[:2] == (
        "Links: none changed.",
        "Clusters: 1 before, 1 after, 1 of them the same.",
    )
    frames = (found.links, found.nodes, found.changes, found.causes, found.moves)
    assert [len(frame) for frame in frames] == [0] * 5
    assert len(found.contradictions) == 0
    assert found.continuity["overlap"] == [1.0]


def test_the_order_of_records_and_their_evidence_do_not_matter() -> None:
    """Links are matched by their ids."""
    records = [record("a/t.x", "b/t.x"), record("b/t.x", "c/t.x")]
    other = [{**one, "evidence": {"note": "new"}} for one in reversed(records)]
    old, new = (hg.LinkGraph(read_links(one)) for one in (records, other))

    assert diff(old, new).is_empty


def test_a_link_that_gets_surer_merges_two_clusters() -> None:
    """The change has its one cause, and the merged cluster keeps the name of the larger part."""
    found = compared([AB, WEAK, CD, ("d/t.x", "e/t.x", 0.9)], [AB, BC, CD, ("d/t.x", "e/t.x", 0.9)])

    assert found.n_clusters_by_change["merged"] == 1
    assert causes_of(found) == [("re-scored", uid("link 1"))]
    (row,) = found.links
    assert (row["previous_confidence"], row["confidence"]) == (0.3, 0.9)
    (row,) = found.changes
    assert (row["change"], row["members"], row["moved"]) == ("merged", 5, 2)
    assert (row["found"], row["decided"]) == ("smallest", False)
    larger = max(found.before, key=lambda one: one.size)
    assert found.continuity["before_id"][0] == larger.id
    assert found.continuity["shared"] == [3, 0]
    assert found.moves["path"] == ["a/t.x", "b/t.x"]


def test_another_decision_splits_a_cluster() -> None:
    """A rejected link is the cause, and a decision."""
    found = compared([AB, BC, CD], [AB, ("b/t.x", "c/t.x", 0.9, "REJECTED"), CD])

    assert found.n_links_by_change["re-decided"] == 1
    assert causes_of(found) == [("re-decided", uid("link 1"))]
    assert found.changes["change"] == ["split"]
    assert found.changes["decided"] == [True]
    assert "fell apart into" in found.sentences[1]
    assert found.sentences[1].endswith("b/t.x = c/t.x re-decided to REJECTED.")


def test_a_member_that_is_left_out_is_counted() -> None:
    """The numbers of a change add up."""
    ab, cd, ce = ("a/t.x", "b/t.x", 0.9), ("c/t.x", "d/t.x", 0.9), ("c/t.x", "e/t.x", 0.9)
    found = compared([ab, cd, ce], [ab, ("b/t.x", "c/t.x", 0.9), cd, (*ce[:2], 0.1)])

    assert found.changes["change"] == ["merged"]
    assert "(4), with 1 member left out, because of " in found.sentences[1]


def test_two_links_that_left_together_are_one_cause_each() -> None:
    """Of parallel links either one would hold the cluster; none of two bridges alone would."""
    twice = compared([AB, BC, BC, CD], [AB, CD, CD, CD])
    chain = [AB, BC, CD]
    apart = compared(chain, [AB])
    side: list[Row] = [AB, ("a/t.x", "b/t.x", 0.2), ("a/t.x", "b/t.x", 0.1)]

    assert twice.n_links_by_change["re-linked"] == 2
    assert twice.changes["causes"] == [1]
    assert apart.n_links_by_change["removed"] == 2
    assert apart.changes["causes"] == [2]
    assert apart.changes["found"] == ["smallest"]
    assert compared(side, side[:1]).changes.shape[0] == 0


def test_columns_that_vanish_are_the_cause_of_what_their_links_did() -> None:
    """A link that was removed with its column says so, and columns are listed."""
    old = hg.LinkGraph(
        read_links(
            [record("a/t.x", "b/t.x"), record("b/t.x", "c/t.x")],
            catalogue=catalogue(["a/t.x", "b/t.x", "c/t.x"]),
        )
    )
    new = hg.LinkGraph(
        read_links([record("a/t.x", "b/t.x")], catalogue=catalogue(["a/t.x", "b/t.x"]))
    )
    found, back = diff(old, new, setting=HALF), diff(new, old, setting=HALF)

    assert found.nodes["path_before"] == ["c", "c/t", "c/t.x"]
    assert found.nodes["change"] == ["removed"] * 3
    assert found.nodes["path_after"] == [None] * 3
    assert found.n_nodes_by_change == {
        "column": {"removed": 1},
        "table": {"removed": 1},
        "integration_source": {"removed": 1},
    }
    assert found.causes["with_end"] == [True]
    assert found.changes["change"] == ["shrank"]
    assert found.moves["removed"] == [True]
    assert "b/t.x = c/t.x removed with its column." in found.sentences[2]
    assert found.sentences[1] == "Catalogue: 1 column removed, 1 table removed, 1 system removed."
    assert back.nodes["change"] == ["added"] * 3
    assert back.changes["change"] == ["grew"]
    assert back.moves["removed"] == [False]


def renamed(column: str, table: str, *, moved: bool = False, **column_facts: Any) -> LinkGraph:
    """Return two linked columns, one of which has another name, table or fact."""
    known = catalogue(["a/t.x", "b/t.x", "b/u.y"])
    known["columns"][1] |= {"name": column, **column_facts}
    known["tables"][1]["name"] = table
    if moved:
        known["columns"][1]["table_id"] = uid("b/u")
    links = [record("a/t.x", "b/t.x", id=uid("one")), record("a/t.x", "b/u.y", id=uid("two"))]
    return hg.LinkGraph(read_links(links, catalogue=known))


def test_renamed_and_moved_columns_are_recognised_by_their_ids() -> None:
    """A column of a renamed table has another path, but is not listed itself."""
    old = renamed("x", "t")
    table, column, moved, gone = (
        diff(old, other, setting=HALF)
        for other in (
            renamed("x", "people"),
            renamed("email", "t"),
            renamed("x", "t", moved=True),
            renamed("x", "t", is_active=False),
        )
    )

    assert list(table.nodes) == [
        {
            "change": "renamed",
            "level": "table",
            "node_id": uid("b/t"),
            "path_before": "b/t",
            "path_after": "b/people",
        }
    ]
    assert column.nodes["path_after"] == ["b/t.email"]
    assert (moved.nodes["change"], moved.nodes["path_after"]) == (["moved"], ["b/u.x"])
    assert gone.nodes["change"] == ["deleted"]
    assert diff(gone.new, old).nodes["change"] == ["restored"]
    assert len(table.links) == 0
    assert len(table.changes) == 0
    assert not table.is_empty
    assert repr(moved) == "<Diff: 1 column moved>"


def test_a_name_that_is_not_known_is_not_another_name() -> None:
    """A column without a catalogue keeps its id only."""
    links = [record("a/t.x", "b/t.x")]
    named = hg.LinkGraph(read_links(links, catalogue=catalogue(["a/t.x", "b/t.x"])))

    assert diff(hg.LinkGraph(read_links(links)), named).is_empty


def test_columns_that_moved_may_be_the_cause() -> None:
    """By a rule of one member of each table a column may join where it lies now."""
    setting = Setting(method="components", threshold=0.5, one_per=hg.Level.TABLE)
    old, new = renamed("x", "t", moved=True), renamed("x", "t")
    found = diff(old, new, setting=setting)

    assert found.changes["change"] == ["grew"]
    assert found.causes["cause"] == ["moved"]
    assert found.causes["link_id"] == [None]
    assert found.changes["decided"] == [False]
    assert found.sentences[2].endswith("because of columns or tables lie elsewhere.")
    # Without a rule a place does not matter.
    assert diff(old, new, setting=HALF).changes.shape[0] == 0


def test_columns_that_moved_may_be_one_of_two_causes() -> None:
    """Here a link was removed, too, and either alone would not do."""
    known = catalogue(["a/t.x", "b/t.x", "b/u.y"])
    links = [record("a/t.x", "b/t.x", id=uid("one")), record("a/t.x", "b/u.y", id=uid("two"))]
    old = hg.LinkGraph(read_links(links, catalogue=known))
    known["columns"][1]["table_id"] = uid("b/u")
    new = hg.LinkGraph(read_links(links[:1], catalogue=known))
    found = diff(
        old, new, setting=Setting(method="components", threshold=0.5, one_per=hg.Level.TABLE)
    )

    assert found.changes["causes"] == [2]
    assert found.causes["cause"] == ["removed", "moved"]
    assert found.changes["found"] == ["smallest"]


def test_links_below_the_floor_cause_nothing() -> None:
    """Only what counts on either side is a candidate; APPROVED links always count."""
    setting = Setting(method="components", threshold=0.1, floor=0.5)
    low: Row = ("b/t.x", "c/t.x", 0.2)
    approved: Row = ("b/t.x", "c/t.x", 0.3, "APPROVED")
    found = compared([AB, low, ("c/t.x", "d/t.x", 0.3)], [AB, approved], setting)

    assert found.n_links_by_change["removed"] == 1
    assert causes_of(found) == [("re-decided", uid("link 1"))]


def test_clusters_that_appear_and_vanish() -> None:
    """They continue nothing, and nothing continues them."""
    found = compared([AB], [("a/t.x", "b/t.x", 0.1), CD])

    assert sorted(found.changes["change"]) == ["appeared", "vanished"]
    assert found.continuity["after_id"] == [None, found.after.ids[0]]
    assert found.continuity["before_id"] == [found.before.ids[0], None]
    assert found.continuity["overlap"] == [0.0, 0.0]
    assert found.n_clusters_by_change["appeared"] == 1


def test_a_cluster_keeps_its_name() -> None:
    """A cluster that continues an old one keeps its name."""
    old = graph([AB, BC])
    given = hg.GivenName(uid("a/t.x"), "identity")
    found = diff(old.with_decisions([given]), graph([AB, BC, CD]), setting=HALF)

    assert found.before.names == ("identity",)
    assert found.continuity["name"] == ["identity"]
    assert found.continuity["name_after"] == list(found.after.names) != ["identity"]
    assert found.changes["after"] == ["identity (4)"]


def test_contradictions_made_and_resolved() -> None:
    """They are matched by the ids of their links."""
    row: Row = ("a/t.x", "c/t.x", 0.9, "REJECTED")
    approved: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("b/t.x", "c/t.x", 0.9, "APPROVED")]
    found = compared([*approved, row], [approved[0], BC, row])

    assert list(found.contradictions) == [
        {
            "change": "resolved",
            "cluster_name": found.before.names[0],
            "link_id": uid("link 2"),
            "source_path": "a/t.x",
            "target_path": "c/t.x",
        }
    ]
    assert "Contradictions: 1 resolved." in found.sentences
    back = diff(found.new, found.old, setting=HALF)
    assert back.contradictions["change"] == ["made"]
    assert repr(back).endswith("1 contradiction made>")


def test_rejected_links_may_count_by_policy() -> None:
    """If their confidence decides, the new decision is the cause."""
    counts = Policy(rejected="score")
    new = graph([("a/t.x", "b/t.x", 0.2, "REJECTED")])
    found = diff(graph([AB], policy=counts), new, setting=HALF)

    assert found.changes["change"] == ["vanished"]
    assert found.causes["cause"] == ["re-decided"]


# --- settings ----------------------------------------------------------------------------------


def test_the_policy_of_the_old_graph_reads_both() -> None:
    """A policy is how a graph is read, not what changed."""
    rows: list[Row] = [("a/t.x", "b/t.x", None)]
    counts = Policy(null_confidence=0.9)
    found = diff(graph(rows, policy=counts), graph(rows), setting=HALF)

    assert found.new.policy == counts
    assert found.is_empty


def test_a_new_setting_is_a_section_of_its_own(demo_graph: LinkGraph) -> None:
    """Its further changes are the difference of two results of the new graph."""
    (one,) = cluster(demo_graph).contradictions
    new = demo_graph.with_decisions({one.cut[0]: "REJECTED"})
    found = diff(demo_graph, new)
    anew = cluster(new)

    assert found.new_setting == anew.setting != found.setting
    ids = {id_ for cell in found.setting_changes["after_ids"] for id_ in cell.split("; ")}
    assert ids == set(anew.ids) - set(found.after.ids)
    assert "causes" not in found.setting_changes.columns
    assert found.sentences[-1] == "A new setting would differ: 3 further changes of clusters."
    assert diff(new, new).sentences[-1] == "A new setting would be the same."


def test_a_new_setting_may_change_nothing() -> None:
    """Then that is said."""
    found = diff(graph([AB]), graph([AB]), setting=Setting(method="components", threshold=0.6))

    assert found.new_setting != found.setting
    assert found.sentences[-1] == "A new setting would differ, and change no cluster."


def test_a_system_exempt_from_the_rule_may_vanish() -> None:
    """The setting of the old graph names it; what was asked for does, too."""
    old = graph([AB, ("a/t.y", "b/t.x", 0.9)])
    setting = cluster(old, method="components", one_per="table", many_in=["a"]).setting
    new = graph([CD])
    found = diff(old, new, setting=setting)

    assert found.before.setting.many_in == (uid("a"),)
    assert found.after.setting.many_in == ()
    assert found.new_setting.many_in == ()
    assert sorted(found.changes["found"]) == ["smallest", "smallest"]


def test_clusters_of_tables() -> None:
    """Members of another level are compared alike."""
    found = diff(graph([("a/t", "b/t", 0.9)]), graph([]), setting=HALF, level="table")

    assert found.changes["change"] == ["vanished"]
    assert found.changes["causes"] == [1]


def test_wrong_arguments() -> None:
    """Errors say what was expected."""
    linked = graph([AB])
    with pytest.raises(ArgumentError, match=r"diff\(\) takes a LinkGraph"):
        diff(linked, "new.hummgraph")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="must be a Setting"):
        diff(linked, linked, setting=0.5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="max_rows is -1"):
        diff(linked, linked).to_markdown(max_rows=-1)
    with pytest.raises(ArgumentError, match=r"row is 0; .* none, for no cluster changed"):
        diff(linked, linked).diagram()
    with pytest.raises(ArgumentError, match=r"row is 1; .* 0 to 0"):
        compared([AB], [WEAK]).diagram(1)


# --- as text and pictures ----------------------------------------------------------------------


def islands(n: int, confidence: float) -> list[Row]:
    """Return pairs of columns that are linked with each other only."""
    return [(f"a/t.x{at}", f"b/t.x{at}", confidence) for at in range(n)]


def test_at_most_ten_sentences() -> None:
    """Changes that have no room are counted."""
    found = compared(islands(30, 0.9), islands(30, 0.2))

    assert len(found.sentences) == 10
    assert "Clusters: shown 5 of 30 changes." in found.sentences
    assert "60 members are in another cluster or in none." in found.sentences
    assert "Links: 30 re-scored." in found.sentences


def test_many_causes_are_counted() -> None:
    """Two links are named, and the others counted."""
    found = compared([AB, BC, CD, ("d/t.x", "e/t.x", 0.9)], [AB])

    assert found.changes["found"] == ["smallest"]
    assert "; and 1 more." in found.sentences[2]


def test_markdown_has_no_markup_of_names() -> None:
    """Names of a catalogue are text: no link, mention, cell or element."""
    name = "x|y`<b>[z](http://a.b)@team\nwww.c.d"
    known = catalogue(["a/t.x", "b/t.x"])
    known["columns"][0]["name"] = name
    links = [record("a/t.x", "b/t.x", 0.9)]
    old = hg.LinkGraph(read_links(links, catalogue=known))
    new = hg.LinkGraph(read_links([], catalogue=known))
    found = diff(old, new, setting=HALF)
    text = found.to_markdown()

    for part in ("`", "<b>", "[z]", "http://", "@team", "www.", "\ny"):
        assert part not in text
    rows = [line for line in text.splitlines() if line.startswith("| removed")]
    assert [line.count("|") for line in rows] == [9]
    assert "Shown 0 of 1 rows." in found.to_markdown(max_rows=0)


def test_markdown_keeps_lines_inside_words() -> None:
    """They are no markup there; at the ends of words they are."""
    text = compared([("a/credit_note.x", "b/t_.__x", 0.9)], []).to_markdown()

    assert "a/credit_note.x" in text
    assert "b/t&#95;.&#95;&#95;x" in text


def test_a_picture_has_both_sides() -> None:
    """Links that were removed are dashed, added ones heavy, and others by their new status."""
    old: list[Row] = [AB, BC, CD, ("a/t.x", "c/t.x", 0.2), ("a/t.x", "a/t.x", 0.9)]
    new: list[Row] = [AB, ("b/t.x", "c/t.x", 0.9, "REJECTED"), CD]
    found = diff(
        graph(old),
        graph([*new, ("a/t.x", "c/t.x", None), CD, ("b/t.x", "d/t.x", 0.4)]),
        setting=HALF,
    )
    picture = found.diagram()

    lines = {(line.style.value, line.label) for line in picture.lines}
    assert lines == {
        ("other", "0.90"),
        ("rejected", "SUGGESTED 0.90 → REJECTED 0.90"),
        ("suggested", "SUGGESTED 0.20 → SUGGESTED"),
        ("suggested", "re-linked"),
        ("added", "SUGGESTED 0.40"),
    }
    assert sum(box.emphasis for box in picture.boxes) == 2
    assert picture.notes[0] == "shown 4 of 4 members"
    back = diff(found.new, found.old, setting=HALF).diagram()
    assert {line.style.value for line in back.lines} == {"other", "suggested", "removed"}
    assert found.diagram(max_boxes=2).notes[0] == "shown 2 of 4 members"


def test_plain_data_and_card() -> None:
    """All tables are there, and a notebook shows the changes."""
    found = compared([AB, BC], [AB])
    content = found.to_dict()

    assert content["changes"] == list(found.changes)
    assert content["links_before"] == 2
    assert content["new_setting"] == found.new_setting.to_dict()
    assert "Cluster changed" not in str(found)
    assert "shrank" in str(found)
    assert set(found.n_links_by_change) == set(LINK_CHANGES)


# --- many changes ------------------------------------------------------------------------------


def test_all_searches_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing may be tried, causes suffice, and are those near the clusters."""
    old: list[Row] = [(f"a/t.c{at}", f"b/u.c{at}", 0.4) for at in range(8)]
    new: list[Row] = [(f"a/t.c{at}", f"b/u.c{at}", 0.9) for at in range(8)]
    everything = compared(old, new)
    monkeypatch.setattr(sys.modules[Diff.__module__], "MAX_WORK", 0)
    bounded = compared(old, new)

    assert everything.changes["found"] == ["smallest"] * 8
    assert bounded.changes["found"] == ["smallest"] * 8  # one near link each is all there is
    assert list(bounded.causes) == list(everything.causes)


def test_a_search_without_trials_keeps_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several links near a change stay together, and are enough."""
    places = ("a/t.x", "b/t.x", "c/t.x")
    old: list[Row] = [(one, other, 0.4) for one, other in pairwise(places)]
    new: list[Row] = [(one, other, 0.9) for one, other in pairwise(places)]
    monkeypatch.setattr(sys.modules[Diff.__module__], "MAX_WORK", 0)
    found = compared(old, new)

    assert (found.changes["found"], found.changes["causes"]) == (["sufficient"], [2])


def test_a_contradiction_of_another_link_id_is_the_same() -> None:
    """It is neither made nor resolved if the rejected link has another id now."""
    places = ["a/t.x", "b/t.x", "c/t.x"]

    def with_rejected(name: str) -> LinkGraph:
        links = [record(one, other, 0.9, status="APPROVED") for one, other in pairwise(places)]
        links.append(record("a/t.x", "c/t.x", 0.5, status="REJECTED", id=uid(name)))
        return hg.LinkGraph(read_links(links, catalogue=catalogue(places)))

    found = diff(with_rejected("one"), with_rejected("other"))
    assert found.n_links_by_change["added"] == found.n_links_by_change["removed"] == 1
    assert len(found.before.contradictions) == len(found.after.contradictions) == 1
    assert len(found.contradictions) == 0
