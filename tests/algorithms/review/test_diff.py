"""Tests of diffs: what changed, and that putting the causes back undoes it."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.diff import Diff, diff
from tests.algorithms.review.strategies import OTHERS, POLICIES, TREES
from tests.support.builders import Row, graph
from tests.support.changed_graphs import (
    MOVED,
    Pair,
    members_of,
    random_pair,
    random_setting,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
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
    every = [*pair.changed(), *([MOVED] if pair.moved() else [])]
    rows = list(found.causes)
    assert [row["row"] for row in rows] == sorted(row["row"] for row in rows)
    for number, change in enumerate(found.changes):
        causes = [row["link_id"] or MOVED for row in rows if row["row"] == number]
        old, new = (
            {
                frozenset(members)
                for id_, members in zip(one.ids, one.members, strict=True)
                if id_ in (change[side] or "").split("; ")
            }
            for one, side in ((found.before, "before_ids"), (found.after, "after_ids"))
        )
        involved = frozenset().union(*old, *new)

        def undone(
            chosen: Iterable[str],
            old: set[frozenset[str]] = old,
            involved: frozenset[str] = involved,
        ) -> bool:
            between = pair.between(chosen)
            made = members_of(between, cluster(between, setting=setting).labels)
            return {members for members in made if members & involved} == old

        assert change["found"] in {"smallest", "minimal"}
        assert change["causes"] == len(causes) > 0
        assert not undone([])
        assert undone(causes)
        assert not any(undone(some) for some in combinations(causes, len(causes) - 1))
        if change["found"] == "smallest":
            for size in range(1, len(causes)):
                if comb(len(every), size) <= MAX_SUBSETS:
                    assert not any(undone(some) for some in combinations(every, size))


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
