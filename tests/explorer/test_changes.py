"""Tests of the changes in a page: the tables of the diff, as positions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.diff import Diff, diff
from hummgraph.explorer.changes import changes_of
from hummgraph.explorer.pack import pack
from hummgraph.graph.decisions import Decision
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import OTHERS, POLICIES, TREES
from tests.support.builders import Row, catalogue, graph, record
from tests.support.changed_graphs import random_pair, random_setting
from tests.support.explorer_pages import Packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

HALF = Setting(method="components", threshold=0.5)
LEVELS = ("integration_source", "table", "column")


def told_of(found: Diff, kept: KeptEvidence = KeptEvidence.FULL) -> dict[str, Any]:
    """Return what a page gets."""
    told: dict[str, Any] = json.loads(changes_of(found, kept).tobytes())
    return told


def named(found: Diff, told: dict[str, Any]) -> Callable[[int], tuple[str, str, str]]:
    """Return a function that gives the id of a node, and its paths before and after."""
    nodes = found.new.arrays.nodes
    ids, paths = nodes.id_text.to_pylist(), nodes.path.to_pylist()
    past = {ref: place[1] for ref, *place in told["past"]}

    def node(ref: int) -> tuple[str, str, str]:
        if ref < 0:
            place = told["gone"][-1 - ref]
            return place[7], place[1], place[1]
        return ids[ref], past.get(ref, paths[ref]), paths[ref]

    return node


def check_tables(found: Diff, told: dict[str, Any]) -> None:
    """Compare everything in the page with the tables of the diff."""
    node = named(found, told)

    def sides(name: str, labels: list[int]) -> tuple[str | None, str | None]:
        chosen = [told[name][label] for label in labels]
        shown = ", ".join(f"{one} ({size:,})" for one, size, *_ in chosen)
        return shown or None, "; ".join(one[2] for one in chosen) or None

    changes = []
    for one in told["changes"]:
        (before, before_ids), (after, after_ids) = (
            sides("old", one["before"]),
            sides("new", one["after"]),
        )
        changes.append(
            {
                "change": told["kinds"][one["kind"]],
                "before": before,
                "after": after,
                "members": one["members"],
                "moved": one["moved"],
                "causes": len(one["causes"]),
                "decided": bool(one["decided"]),
                "found": told["found"][one["found"]],
                "before_ids": before_ids,
                "after_ids": after_ids,
            }
        )
    assert changes == list(found.changes)

    # What a concept is called on its own page.
    own = dict(zip(found.after.ids, found.after.names, strict=True))
    assert all(own[id_] == name for _, _, id_, name in told["new"])

    links = told["links"]
    lost = iter(links["ids"])
    link_ids = [next(lost) if link < 0 else found.new.link(link).link_id for link in links["link"]]
    assert link_ids == found.links["link_id"]
    assert [told["link_kinds"][kind] for kind in links["kind"]] == found.links["change"]
    for name, column in (
        ("old_status", "previous_status"),
        ("status", "status"),
        ("old_score", "previous_confidence"),
        ("score", "confidence"),
        ("old_type", "previous_link_type"),
        ("type", "link_type"),
        ("with_end", "with_end"),
    ):
        assert links[name] == found.links[column]
    for end in ("source", "target"):
        ends = [node(ref) for ref in links[end]]
        assert [id_ for id_, *_ in ends] == found.links[end]
        assert [path for *_, path in ends] == found.links[f"{end}_path"]

    causes = [
        (row, "moved" if cause < 0 else told["link_kinds"][links["kind"][cause]], cause)
        for row, one in enumerate(told["changes"])
        for cause in one["causes"]
    ]
    assert [cause[:2] for cause in causes] == list(
        zip(found.causes["row"], found.causes["cause"], strict=True)
    )
    assert [None if at < 0 else link_ids[at] for *_, at in causes] == found.causes["link_id"]

    moves = []
    for ref, old, new in told["moves"]:
        was = (None, 0, None) if old < 0 else told["old"][old]
        is_ = (None, 0, None) if new < 0 else told["new"][new]
        id_, _, path = node(ref)
        moves.append((id_, path, was[0], is_[0], ref < 0, was[2], is_[2]))
    assert moves == [tuple(row.values()) for row in found.moves]

    assert [
        (told["node_kinds"][kind], node(ref)[0], before, after)
        for kind, ref, before, after in told["nodes"]
    ] == [
        (row["change"], row["node_id"], row["path_before"], row["path_after"])
        for row in found.nodes
    ]
    for _, ref, before, after in told["nodes"]:
        assert before in {None, node(ref)[1]}
        assert after in {None, node(ref)[2]}

    contradictions = []
    for made, name, id_, *ends in told["contradictions"]:
        paths = [node(ref)[2 if made else 1] for ref in ends]
        contradictions.append(("made" if made else "resolved", name, id_, *paths))
    assert contradictions == [tuple(row.values()) for row in found.contradictions]
    assert told["setting"] == {
        "differs": found.new_setting != found.setting,
        "changes": len(found.setting_changes),
    }


def check_parts(found: Diff, told: dict[str, Any]) -> None:
    """Each member of a change is in one part, by its clusters; old clusters are in one piece."""
    node = named(found, told)
    sides = []
    for result in (found.before, found.after):
        ids = result.graph.arrays.nodes.id_text.to_pylist()
        sides.append(dict(zip(ids, result.labels.tolist(), strict=True)))
    moved = {row["node_id"] for row in found.moves}
    for one in told["changes"]:
        members: list[str] = []
        for old, new, is_moved, refs in one["parts"]:
            for ref in refs:
                id_ = node(ref)[0]
                members.append(id_)
                for side, name, label, result in (
                    (sides[0], "old", old, found.before),
                    (sides[1], "new", new, found.after),
                ):
                    position = side.get(id_, -1)
                    assert (position < 0) == (label < 0)
                    assert position < 0 or result.ids[position] == told[name][label][2]
                assert (id_ in moved) == bool(is_moved)
        assert len(members) == len(set(members)) == one["members"]
        olds = [old for old, _ in groupby(part[0] for part in one["parts"]) if old >= 0]
        assert olds == one["before"]
        assert {part[1] for part in one["parts"]} - {-1} == set(one["after"])


def check_changes(random: Random, methods: tuple[str, ...]) -> None:
    """Compare what a page gets of a random pair of graphs, under a random setting."""
    pair = random_pair(
        random,
        n_links=random.randint(0, 40),
        n_changes=random.randint(0, 9),
        moves=random.random() < 0.3,
        policy=random.choice(POLICIES),
    )
    old, new = pair.old.graph(pair.policy), pair.new.graph()
    found = diff(old, new, setting=random_setting(random, methods))
    told = told_of(found)
    check_tables(found, told)
    check_parts(found, told)
    assert (not told["changes"] and not told["links"]["kind"] and not told["nodes"]) == (
        found.is_empty
    )


@given(random=st.randoms(use_true_random=False))
def test_changes_are_those_of_the_diff(random: Random) -> None:
    """Every table of it, by positions in the new graph."""
    check_changes(random, TREES)


@given(random=st.randoms(use_true_random=False))
def test_changes_by_methods_without_a_tree(random: Random) -> None:
    """Both have the same description."""
    check_changes(random, OTHERS)


def test_only_a_diff_has_them() -> None:
    """A page of anything else has no such array."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9)]
    found = diff(graph(rows), graph(rows), setting=HALF)

    assert "changes" not in Packed(pack(found.new, found.after)).arrays
    arrays = Packed(pack(found.new, found.after, diff=found)).arrays
    assert json.loads(arrays["changes"].tobytes()) == told_of(found, KeptEvidence.VOCABULARY)


def test_decisions_say_who_and_when() -> None:
    """With full evidence also why; without any evidence nothing of it."""
    old = graph([("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.x", 0.9), ("c/t.x", "d/t.x", 0.3)])
    links = old.links["link_id"]
    when = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
    new = old.with_decisions(
        [
            Decision(links[0], "REJECTED", when, note="another person", who="Ana"),
            Decision(links[1], "APPROVED"),
        ]
    )
    found = diff(old, new, setting=HALF)

    order = found.links["link_id"]
    ana, unknown = order.index(links[0]), order.index(links[1])
    rows: list[list[Any]] = [
        [ana, when.timestamp() * 1e3, "Ana", "another person"],
        [unknown, 0, None, None],
    ]
    assert told_of(found)["links"]["decisions"] == sorted(rows, key=lambda row: int(row[0]))
    kept = told_of(found, KeptEvidence.VOCABULARY)["links"]["decisions"]
    assert [row[2:] for row in kept if row[0] == ana] == [["Ana", None]]
    assert told_of(found, KeptEvidence.NONE)["links"]["decisions"] == []
    # A decision that is not what the link is now was about another state of it.
    back = diff(new, old, setting=HALF)
    assert told_of(back)["links"]["decisions"] == []


def test_evidence_of_links_that_are_gone() -> None:
    """It is kept as that of others is: whole, by the vocabulary, or not at all."""
    evidence = {"matcher": "value_overlap", "sample": {"rows": 10, "shared": 9}, "who": "Jane Doe"}
    rows = [record("a/t.x", "b/t.x", 0.9, evidence=evidence), record("b/t.x", "c/t.x", 0.9)]
    known = catalogue(["a/t.x", "b/t.x", "c/t.x"])
    old = LinkGraph(read_links(rows, catalogue=known))
    found = diff(old, LinkGraph(read_links([], catalogue=known)), setting=HALF)
    texts = {kept: told_of(found, kept)["links"]["evidence"] for kept in KeptEvidence}
    assert len(texts[KeptEvidence.FULL]) == 2
    (whole,) = [json.loads(text) for text in texts[KeptEvidence.FULL] if text is not None]
    assert whole == evidence
    (redacted,) = [text for text in texts[KeptEvidence.VOCABULARY] if text is not None]
    assert "Jane" not in redacted
    assert '"shared":9' in redacted.replace(" ", "")
    assert texts[KeptEvidence.NONE] == [None, None]


def test_places_as_they_were() -> None:
    """Removed nodes keep their names; moved and renamed ones have their old names, too."""
    before, after = catalogue(["a/t.x", "b/t.x", "c/t.x"]), catalogue(["a/t.x", "b/t.x"])
    after["columns"][0]["name"] = "y"
    links = [record("a/t.x", "b/t.x", 0.9), record("b/t.x", "c/t.x", 0.9)]
    old = LinkGraph(read_links(links, catalogue=before))
    new = LinkGraph(read_links(links[:1], catalogue=after))
    told = told_of(diff(old, new, setting=HALF))

    assert [LEVELS[place[0]] for place in told["gone"]] == list(LEVELS)
    assert [place[1:7] for place in told["gone"]] == [
        ["c", "c", None, "c", 0, -1],
        ["c/t", "c", "t", "t", 0, -1],
        ["c/t.x", "c", "t", "x", 0, -1],
    ]
    ((ref, *place),) = told["past"]
    assert new.arrays.nodes.path[ref].as_py() == "a/t.y"
    assert place[:6] == [2, "a/t.x", "a", "t", "x", 0]
    assert new.arrays.nodes.path[place[6]].as_py() == "a"


def test_nothing_is_told_of_graphs_that_are_equal() -> None:
    """All lists are empty."""
    empty = hg.LinkGraph(hg.read_links([]))
    told = told_of(diff(empty, empty))

    assert [told[name] for name in ("gone", "past", "old", "new", "changes", "moves")] == [[]] * 6


def test_entities_that_became_one_are_said_where_names_change(demo_graph: LinkGraph) -> None:
    """One approval makes one of persons and companies; backwards they fall apart."""
    link = demo_graph.link("138449f3-e1ff-5561-8401-e8b9f8669865")
    ends = {demo_graph.node(end).path for end in (link.source, link.target)}
    assert ends == {"Salesforce/Account.Phone", "Zendesk/users.phone"}
    after = demo_graph.with_decisions([Decision(link.link_id, "APPROVED")])
    old, new = ({one.name for one in hg.entities(each)} for each in (demo_graph, after))
    assert old - new == {"company", "person"}
    (merged,) = new - old
    assert told_of(diff(demo_graph, after))["entities"] == [[["company", "person"], [merged]]]
    assert told_of(diff(after, demo_graph))["entities"] == [[[merged], ["company", "person"]]]
    assert told_of(diff(demo_graph, demo_graph))["entities"] == []
