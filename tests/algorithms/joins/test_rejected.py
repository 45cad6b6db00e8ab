"""Tests of links that were rejected though a way joins by them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hummgraph import LinkGraph, join_paths, read_links
from hummgraph.graph.policy import Policy
from tests.support.builders import graph, record, uid

if TYPE_CHECKING:
    from tests.support.builders import Row

A, B, C = "a/t.email", "b/u.email", "c/v.email"
PLACES = [f"{table}.{column}" for table in ("a/t", "b/u", "c/v") for column in ("id", "email")]
ROWS = st.lists(
    st.tuples(
        *(st.sampled_from(PLACES),) * 2,
        st.just(0.9),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ).filter(lambda row: row[0].split(".")[0] != row[1].split(".")[0]),
    max_size=14,
)


def test_another_link_between_the_same_columns_was_rejected() -> None:
    """The way follows the suggestion, and says what was rejected wherever it is shown."""
    (path,) = join_paths(graph([(A, B, 0.9), (B, A, 0.7, "REJECTED")]), "a/t", "b/u")
    (link,) = path.rejected

    assert (link.source_path, link.target_path, link.status) == (B, A, "REJECTED")
    note = f"REJECTED as the same: {B} and {A} (link {link.link_id})."
    assert path.note == path.to_dict()["note"] == note
    assert path.to_dict()["rejected"] == [link.to_dict() | {"weight": None}]
    assert path.to_frame()["rejected"] == [link.link_id]
    assert repr(path).endswith(", confidence 0.9, REJECTED as the same>")
    assert f"-- {note}" in path.to_sql().splitlines()
    assert note in str(path)
    found = join_paths(path.graph, "a/t", "b/u")
    assert f"Way 1: {note}" in str(found)


def test_a_chain_says_what_was_rejected_within_it() -> None:
    """It never joins two columns that were rejected, but it may lead past them."""
    rows: list[Row] = [(A, B, 0.9), (B, C, 0.9), (C, "d/w.email", 0.9), (A, C, 0.2, "REJECTED")]
    found = join_paths(graph(rows), "a/t", "d/w", keys="any")
    chains = [path for path in found if len(path.chains[0]) == 3]

    assert [[link.target_path for link in path.rejected] for path in chains] == [[C]]


def test_the_ends_of_a_way_were_rejected() -> None:
    """The first and the last column, or the two tables."""
    links = [
        record("a/t.id", "b/u.a_id", 0.9),
        record("b/u.id", "c/v.u_id", 0.9),
        record("a/t.id", "c/v.u_id", 0.9, status="REJECTED"),
    ]
    tables = record("a/t", "c/v", 0.9, status="REJECTED")
    for given_links, n in ((links[:2], 0), (links, 1), ([*links, tables], 2)):
        found = join_paths(LinkGraph(read_links(given_links)), uid("a/t"), uid("c/v"), keys="any")
        paths = [path for path in found if len(path) == 2]
        assert [len(path.rejected) for path in paths] == [n]


def test_a_way_over_links_that_count_though_rejected() -> None:
    """A policy may weigh them: then the way says so too."""
    linked = graph([(A, B, 0.9, "REJECTED")])
    linked = LinkGraph(linked.snapshot, policy=Policy(rejected="score"))
    (path,) = join_paths(linked, "a/t", "b/u")
    assert [link.link_id for link in path.rejected] == [path.steps[0].link_id]


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_rejected_links_of_random_ways(rows: list[tuple[str, str, float, str]]) -> None:
    """They are those that a reader of all links finds."""
    linked = graph([("a/t.id", "c/v.email", 0.9), *rows], also=PLACES)
    for path in join_paths(linked, "a/t", "c/v", keys="any", k=4):
        same = {
            frozenset(pair)
            for chain in path.chains
            for pair in combinations([chain[0].source, *(link.target for link in chain)], 2)
        }
        same.add(frozenset((path.steps[0].source, path.steps[-1].target)))
        wanted = [
            link.link_id
            for link in map(linked.link, range(linked.n_links))
            if link.status == "REJECTED" and frozenset((link.source, link.target)) in same
        ]
        assert [link.link_id for link in path.rejected] == wanted
        assert bool(path.note) is bool(wanted)


def test_what_was_rejected_comes_after_what_was_not() -> None:
    """Of equal ways, whichever was named first."""
    ways: list[Row] = [
        ("a/t.email", "c/x.email", 0.9),
        ("c/x.email", "b/u.email", 0.9),
        ("a/t.work_email", "c/x.work_email", 0.9),
        ("c/x.work_email", "b/u.work_email", 0.9),
    ]

    def order(*rejected: Row, **options: Any) -> list[str]:
        found = join_paths(graph([*ways, *rejected]), "a/t", "b/u", **options)
        first = [path.steps[0].source_path.partition(".")[2] for path in found]
        return list(dict.fromkeys(first))

    for first, second in (("email", "work_email"), ("work_email", "email")):
        no: Row = (f"c/x.{first}", f"a/t.{first}", 0.1, "REJECTED")
        for keys in ("identifying", "describing", "any"):
            assert order(no, keys=keys) == [second, first]


def test_a_suggested_link_that_was_rejected_comes_after_detours() -> None:
    """Somebody said that the columns differ; an approval besides says that they do not."""
    direct: Row = ("a/t.email", "b/u.email", 0.9)
    around: list[Row] = [
        ("a/t.work_email", "c/x.work_email", 0.9),
        ("c/x.work_email", "b/u.work_email", 0.9),
    ]
    no: Row = ("b/u.email", "a/t.email", 0.9, "REJECTED")

    def first(*rows: Row) -> str:
        return join_paths(graph([*rows, *around]), "a/t", "b/u").paths[0].comparisons

    assert first(direct) == first((*direct, "APPROVED"), no) == "a/t.email = b/u.email"
    assert first(direct, no) == "a/t.work_email = b/u.work_email"


def test_a_short_way_may_come_before_a_detour_though_rejected() -> None:
    """A rejection halves what a way counts, and does not forbid it: an approval says otherwise."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9, "APPROVED"),
        ("b/u.id", "c/v.u_id", 0.9, "APPROVED"),
        ("a/t.work_email", "d/w.work_email", 0.9, "APPROVED"),
        ("d/w.id", "e/x.w_id", 0.9, "APPROVED"),
        ("e/x.id", "c/v.x_id", 0.9, "APPROVED"),
        ("a/t.email", "b/u.email", 0.1, "REJECTED"),
    ]

    def lengths(**options: Any) -> list[int]:
        return [len(path) for path in join_paths(graph(rows), "a/t", "c/v", **options)]

    assert lengths(keys="describing", detour=1.0) == [3, 2]
    assert lengths(keys="describing", detour=0.4) == [2, 3]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0.75, 0.85, 0.95]), min_size=2, max_size=4),
    st.sets(st.integers(0, 3)),
    st.sampled_from(["SUGGESTED", "APPROVED"]),
)
def test_ways_that_were_rejected_come_last(
    scores: list[float], rejected: set[int], status: str
) -> None:
    """Of ways of one length and standing, each part is in the order of its scores."""
    rows: list[Row] = []
    for at, score in enumerate(scores):
        here, there = f"a/t.{'abcd'[at]}_email", f"m{at}/x.email"
        rows += [(here, there, score, status), (f"m{at}/x.id", f"b/u.x{at}_id", 1.0, "APPROVED")]
        if at in rejected:
            rows.append((there, here, 0.1, "REJECTED"))
    found = [
        (bool(path.rejected), -path.steps[0].weight)
        for path in join_paths(graph(rows), "a/t", "b/u")
    ]
    assert len(found) == len(scores)
    assert found == sorted(found)
