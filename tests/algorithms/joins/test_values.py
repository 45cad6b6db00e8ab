"""Tests of joins over links whose values were checked."""

from __future__ import annotations

from typing import Any

import pytest

from hummgraph import JoinKey, LinkGraph, Verdict, join_paths, read_links, verify
from hummgraph.algorithms.joins.values import Checked, checked_in, checked_links
from hummgraph.datasets import demo_records, load_demo
from tests.support.builders import catalogue, record


def checked_graph(status: str = "SUGGESTED") -> LinkGraph:
    """Return two tables with two keys: values contradict the likelier, and support the other."""
    columns = ["a/t.email", "b/u.email", "a/t.login", "b/u.login"]
    wrong = {"values": {"verdict": "contradicted", "cardinality": "1:1"}}
    right = {"values": {"verdict": "supported", "cardinality": "1:n"}}
    links = [
        record(columns[0], columns[1], 0.95, evidence=wrong, status=status),
        record(columns[2], columns[3], 0.3, evidence=right),
    ]
    return LinkGraph(read_links(links, catalogue=catalogue(columns)))


def test_what_values_say_counts() -> None:
    """A supported link is as good as decided; a contradicted one is doubtful."""
    found = join_paths(checked_graph(), "a/t", "b/u", keys="describing")
    assert [(path.comparisons, path.key) for path in found] == [
        ("a/t.login = b/u.login", JoinKey.IDENTIFYING),
        ("a/t.email = b/u.email", JoinKey.DOUBTFUL),
    ]


def test_an_approval_outweighs_values() -> None:
    """The approver of a link has seen more than a sample."""
    found = join_paths(checked_graph(status="APPROVED"), "a/t", "b/u")
    assert [path.comparisons for path in found] == [
        "a/t.email = b/u.email",
        "a/t.login = b/u.login",
    ]


def test_cardinalities_are_seen_from_the_first_table() -> None:
    """They stand in the frame, in plain data and in the comment of the query."""
    linked = checked_graph()
    (there,) = join_paths(linked, "a/t", "b/u")
    (back,) = join_paths(linked, "b/u", "a/t")

    assert (there.to_frame()["cardinality"], back.to_frame()["cardinality"]) == (["1:n"], ["n:1"])
    assert there.to_dict()["steps"][0]["cardinality"] == "1:n"
    assert ", 1:n by values" in there.to_sql()
    assert (
        "by values" not in join_paths(load(), "Stripe/customers", "Zendesk/users").paths[0].to_sql()
    )


def load() -> LinkGraph:
    """Return the bundled organisation."""
    return LinkGraph(load_demo().snapshot())


def test_a_verification_reaches_the_joins() -> None:
    """Verdicts of ``verify`` are read from the graph that it returns."""
    graph = load()
    (path,) = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1)
    link = graph.link(str(path.steps[0].link_id)).link_index
    checked = verify(graph, demo_records(n_persons=100).tables, links=[link]).to_graph()

    assert list(checked_links(checked)) == [link]
    assert checked_links(graph) == {}
    (again,) = join_paths(checked, "Stripe/customers", "HubSpot/contacts", k=1)
    assert again.comparisons == path.comparisons
    assert again.to_frame()["cardinality"] == [checked_links(checked)[link].cardinality]


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        (None, None),
        ([], None),
        ({"values": 3}, None),
        ({"verdict": "supported"}, None),
        ({"values": {"verdict": "maybe"}}, None),
        ({"values": {"verdict": ["supported"]}}, None),
        ({"values": {"verdict": "cannot say"}}, Checked("cannot say", "")),
        ({"values": {"verdict": "supported", "cardinality": 1}}, Checked("supported", "")),
        ({"values": {"verdict": "supported", "cardinality": []}}, Checked("supported", "")),
        ({"values": {"verdict": "supported", "cardinality": "n:m"}}, Checked("supported", "n:m")),
    ],
)
def test_only_what_was_checked_is_read(evidence: Any, found: Checked | None) -> None:
    """Evidence of others may have the same words for something else."""
    assert checked_in(evidence) == found
    if found is not None:
        assert (found.seen(forward=True), found.seen(forward=False)) == (found.cardinality,) * 2


def test_verdicts_are_those_of_verify() -> None:
    """A verdict that ``verify`` writes is one that joins read."""
    for verdict in Verdict:
        assert checked_in({"values": {"verdict": str(verdict)}}) == Checked(str(verdict), "")


def test_evidence_with_the_word_verdict_is_no_check() -> None:
    """Evidence of others is left alone."""
    source, target = "a/t.email", "b/u.email"
    links = [record(source, target, 0.9, evidence={"verdict": "same", "values": [1]})]
    graph = LinkGraph(read_links(links, catalogue=catalogue([source, target])))
    assert checked_links(graph) == {}
