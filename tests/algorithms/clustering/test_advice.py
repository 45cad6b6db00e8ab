"""Tests of the advice on one_per."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hummgraph.algorithms.clustering.advice import MIN_GROUPS, suggest_one_per
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, catalogue, graph, record


def approved(*ends: str) -> list[Row]:
    """Return approvals along a chain."""
    return [(a, b, 0.9, "APPROVED") for a, b in pairwise(ends)]


def groups(n: int, *, of: str = "s", twice: int = 0, same_table: bool = False) -> list[Row]:
    """Return groups of approved links between two systems, some with two members of the first."""
    rows = []
    for number in range(n):
        first = f"{of}1/t{number}.x"
        rows += approved(first, f"{of}2/t{number}.x")
        if number < twice:
            other = f"{of}1/t{number}.y" if same_table else f"{of}1/u{number}.x"
            rows += approved(f"{of}2/t{number}.x", other)
    return rows


def test_one_per_system_where_groups_have_one() -> None:
    """If hardly any group has two members of one system, the rule is advised with the numbers."""
    advice = suggest_one_per(graph(groups(40, twice=2)))

    assert advice.one_per is Level.INTEGRATION_SOURCE
    assert advice.many_in == ()
    assert advice.reason == (
        "2 of 40 groups of APPROVED links (5.0%) have two members of one system."
    )
    assert str(advice) == f"one_per='integration_source': {advice.reason}"
    assert list(advice.evidence.head(1)) == [
        {
            "links": "APPROVED",
            "one_per": "integration_source",
            "groups": 40,
            "with_several": 2,
            "share": 0.05,
        }
    ]
    assert {row["system"]: (row["groups"], row["several"]) for row in advice.systems} == {
        "s1": (40, 2),
        "s2": (40, 0),
    }


def test_one_system_is_left_out() -> None:
    """If one system breaks the rule, the advice names it."""
    rows = groups(40) + groups(20, of="w", twice=20)
    advice = suggest_one_per(graph(rows))

    assert (advice.one_per, advice.many_in) == (Level.INTEGRATION_SOURCE, ("w1",))
    assert "33.3%" in advice.reason
    assert "0.0% outside" in advice.reason
    assert "many_in=['w1']" in str(advice)
    assert advice.to_dict()["many_in"] == ["w1"]


def test_one_per_table_where_systems_have_several() -> None:
    """The rule is one per table if systems hold the same thing in several tables, once each."""
    rows = groups(30, twice=30)
    rows += [row for n in range(30) for row in approved(f"s1/t{n}.x", f"s2/v{n}.x")]
    advice = suggest_one_per(graph(rows))

    assert (advice.one_per, advice.many_in) == (Level.TABLE, ())


def test_no_rule_where_tables_have_several() -> None:
    """No rule is advised if tables hold the same thing twice as well."""
    rows = groups(30, twice=30, same_table=True)
    rows += [row for n in range(30) for row in approved(f"s1/t{n}.x", f"s2/t{n}.y")]
    advice = suggest_one_per(graph(rows))

    assert advice.one_per is None
    assert "tear right clusters apart" in advice.reason
    assert str(advice).startswith("one_per=None: 30 of 30 groups")


def test_too_few_groups_give_no_advice() -> None:
    """No rule is advised for few groups or none."""
    advice = suggest_one_per(graph(groups(MIN_GROUPS - 1)))

    assert advice.one_per is None
    assert advice.reason == (
        "APPROVED or DETERMINISTIC links make 19 groups, too few to tell; advice takes 20."
    )
    assert suggest_one_per(graph([])).evidence["share"] == [None] * 6


def test_deterministic_links_help_where_approvals_are_few() -> None:
    """DETERMINISTIC links are counted if approvals are few; REJECTED links are not."""
    ends = [(f"a/t{n}.x", f"b/t{n}.x") for n in range(25)]
    records = [record(a, b, link_type="DETERMINISTIC") for a, b in ends]
    records += [
        record(b, f"a/u{n}.x", link_type="DETERMINISTIC", status="REJECTED")
        for n, (_, b) in enumerate(ends)
    ]
    places = [row for pair in ends for row in pair] + [f"a/u{n}.x" for n in range(25)]
    advice = suggest_one_per(LinkGraph(read_links(records, catalogue=catalogue(places))))

    assert advice.one_per is Level.INTEGRATION_SOURCE
    assert "25 groups of APPROVED or DETERMINISTIC links" in advice.reason


def test_tables_have_systems_only_above_them() -> None:
    """At the level of tables there is one rule to advise on; systems have none."""
    rows: list[Row] = [(f"a/t{n}", f"b/t{n}", 0.9, "APPROVED") for n in range(20)]
    advice = suggest_one_per(graph(rows), level="table")

    assert advice.one_per is Level.INTEGRATION_SOURCE
    assert set(advice.evidence["one_per"]) == {"integration_source"}
    with pytest.raises(ArgumentError, match="no level above"):
        suggest_one_per(graph(rows), level="integration_source")


def test_half_of_the_systems_may_be_left_out() -> None:
    """At most half of the systems are exempt from the rule; the advice lists them as plain data."""
    several = groups(40, of="a", twice=40)
    advice = suggest_one_per(graph(several))
    assert advice.one_per is Level.INTEGRATION_SOURCE
    assert len(advice.many_in) == 1
    assert advice.to_dict()["one_per"] == "integration_source"
    assert advice.reason.endswith("but 0.0% outside the systems of many_in.")
    both = [
        *several,
        *[row for n in range(40) for row in approved(f"a2/t{n}.x", f"a2/v{n}.x")],
    ]
    assert suggest_one_per(graph(both)).to_dict()["one_per"] == "table"


def test_advice_has_a_card(demo_graph: LinkGraph) -> None:
    """A notebook shows what the decided links say, and the counts."""
    advice = suggest_one_per(demo_graph)
    assert "OnePerAdvice" in advice._repr_html_()
