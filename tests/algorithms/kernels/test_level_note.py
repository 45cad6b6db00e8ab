"""Tests of the notes on graphs whose links join nodes of other levels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.kernels.level_note import level_note
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from tests.support.builders import graph

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = graph([("a/t.x", "b/t.x", 0.9), ("a/t.y", "b/t.y", 0.9)])
NOTE = "This graph has 2 links, between columns. Choose level 'column'."
PLACES = {Level.INTEGRATION_SOURCE: "{}", Level.TABLE: "{}/t", Level.COLUMN: "{}/t.x"}


@pytest.mark.parametrize(
    ("links", "level", "note"),
    [
        ([("a/t.x", "b/t.x")], "column", ""),
        ([], "column", ""),
        (
            [("a/t.x", "b/t.x")],
            "table",
            "This graph has 1 link, between columns. Choose level 'column'.",
        ),
        (
            [("a/t", "b/t")],
            "column",
            "This graph has 1 link, between tables. Choose level 'table'.",
        ),
        (
            [("a", "b"), ("a/t", "b/t"), ("a/t", "b/u")],
            "column",
            "This graph has 3 links: 1 between systems, 2 between tables. Choose level 'table'.",
        ),
        (
            [("a/t", "b/t.x"), ("a/u", "b/t.x")],
            "column",
            "This graph has 2 links, between nodes of different levels. No level has",
        ),
        (
            [("a/t", "b/t.x")],
            "table",
            "This graph has 1 link, between nodes of different levels. No level has",
        ),
        (
            [("a", "b/t.x")],
            "table",
            "This graph has 1 link, between nodes of different levels. No level",
        ),
    ],
)
def test_the_note(links: Any, level: str, note: str) -> None:
    """The note counts the links by level with advice, and is empty if nothing is unusual."""
    found = level_note(graph(links), Level(level))

    assert found.startswith(note)
    assert bool(found) == bool(note)


@given(
    st.lists(st.tuples(st.sampled_from(Level), st.sampled_from(Level)), max_size=6),
    st.sampled_from(Level),
)
def test_the_note_is_there_where_clusters_cannot_be(
    links: list[tuple[Level, Level]], level: Level
) -> None:
    """There is a note exactly if there are links and none joins nodes of the level."""
    rows = [
        (PLACES[one].format(f"a{n}"), PLACES[other].format(f"b{n}"), 0.9)
        for n, (one, other) in enumerate(links)
    ]
    clusters = hg.cluster(graph(rows), level=level)
    here = (level, level) in links

    assert bool(clusters.note) == (bool(links) and not here)
    assert bool(clusters.n_clusters) == here
    if clusters.note.partition("Choose level ")[2]:
        chosen = clusters.note.partition("Choose level '")[2].partition("'")[0]
        assert hg.cluster(clusters.graph, level=chosen).n_clusters


TABLES = hg.cluster(COLUMNS, level="table")
TRUTH = hg.Truth.from_clusters([["a/t", "b/t"]])

RESULTS: dict[str, Callable[[], Any]] = {
    "clusters": lambda: TABLES,
    "merge tree": lambda: hg.merge_tree(COLUMNS, level="table"),
    "audit": lambda: hg.audit(TABLES, one_per="integration_source"),
    "repair": lambda: hg.repair(TABLES, one_per="integration_source"),
    "evaluation": lambda: hg.evaluate(TABLES, TRUTH),
    "reliability": lambda: hg.reliability(COLUMNS, level="table"),
    "reliability by truth": lambda: hg.reliability(COLUMNS, level="table", truth=TRUTH),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_say_it(name: str) -> None:
    """Text, page and data of an empty result have the note."""
    found = RESULTS[name]()

    assert NOTE in repr(found)
    assert NOTE.replace("'", "&#x27;") in found._repr_html_()
    assert json.dumps(NOTE) in json.dumps(found.to_dict())
    assert NOTE not in repr(hg.cluster(COLUMNS))
    assert hg.cluster(COLUMNS).to_dict()["note"] is None


def test_empty_results_claim_no_number() -> None:
    """Empty results propose no threshold and have no scores."""
    tree = hg.merge_tree(COLUMNS, level="table")
    sure = hg.reliability(COLUMNS, level="table")

    assert "propose" not in repr(tree).lower()
    assert "Proposed" not in tree.to_svg()
    assert "nan" not in repr(sure)
    assert "nan" not in sure._repr_html_()
    assert "proposes" in repr(hg.merge_tree(COLUMNS))


def test_those_that_cannot_be_made_say_it_too() -> None:
    """Errors of advice and cross-validation have the note."""
    assert hg.suggest_one_per(COLUMNS, level="table").reason.endswith(NOTE)
    with pytest.raises(ArgumentError) as caught:
        hg.cross_validate(COLUMNS, level="table")
    assert caught.value.hint == NOTE
    with pytest.raises(ArgumentError, match="Review more links"):
        hg.cross_validate(COLUMNS)


def test_joins_go_over_columns() -> None:
    """Joins have the note if links join tables instead of columns."""
    linked = graph([("a/t", "b/t", 0.9)])
    found = hg.join_paths(linked, "a/t", "b/t")

    assert found.advice == (
        "No way to join them, and no link that would make one."
        " 1 link of a whole table or system leads on from there, but names no columns."
    )
    assert found.advice in repr(found)
    assert hg.join_paths(graph([("a/t.x", "b/t.x")], also=["c/t"]), "a/t", "c/t").note == ""
