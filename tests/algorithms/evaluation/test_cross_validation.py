"""Tests of cross-validation."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.evaluation.cross_validation import cross_validate
from hummgraph.errors import ArgumentError
from tests.support.builders import Row, graph, uid

places = st.sampled_from([f"{system}/t.{column}" for system in "abc" for column in "xyz"])
rows = st.lists(
    st.tuples(
        places,
        places,
        st.sampled_from([0.3, 0.5, 0.7, 1.0]),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=16,
)


@given(rows)
def test_leaving_one_out_is_what_it_says(links: list[Row]) -> None:
    """With a fold for each pair, each is tested on clusters of the graph without its reviews."""
    verdicts: dict[frozenset[str], set[str]] = {}
    ids: dict[frozenset[str], list[str]] = {}
    for number, (a, b, *rest) in enumerate(links):
        if a != b and rest[1] != "SUGGESTED":
            verdicts.setdefault(frozenset((a, b)), set()).add(str(rest[1]))
            ids.setdefault(frozenset((a, b)), []).append(uid(f"link {number}"))
    clear = {pair: found.pop() for pair, found in verdicts.items() if len(found) == 1}
    linked = graph(links)
    if len(clear) < 2:
        with pytest.raises(ArgumentError, match="fewer than 2 folds"):
            cross_validate(linked, folds=2)
        return
    found = cross_validate(linked, folds=len(clear), seed=3, method="components", threshold=0.5)

    expected = {"together": 0, "approved": 0, "rejected": 0, "apart": 0, "settled": 0}
    for pair, verdict in clear.items():
        hidden = linked.with_decisions(dict.fromkeys(ids[pair], "SUGGESTED"))
        a, b = sorted(pair)
        clusters = cluster(hidden, method="components", threshold=0.5)
        # What no confidence can change is settled.
        decided = hidden.where(status=["APPROVED", "REJECTED"])
        forced = cluster(decided, method="components", threshold=1)
        one, two = forced.cluster_of(a), forced.cluster_of(b)
        whole = {uid(a)} if one is None else set(forced.members[one])
        other = {uid(b)} if two is None else set(forced.members[two])
        barred = any(
            row["status"] == "REJECTED"
            and (
                (row["source"] in whole and row["target"] in other)
                or (row["source"] in other and row["target"] in whole)
            )
            for row in decided.links
        )
        if (one is not None and one == two) or barred:
            expected["settled"] += 1
            continue
        together = clusters.cluster_of(a) == clusters.cluster_of(b) is not None
        expected["approved"] += verdict == "APPROVED"
        expected["together"] += verdict == "APPROVED" and together
        expected["rejected"] += verdict == "REJECTED"
        expected["apart"] += verdict == "REJECTED" and not together
    assert {
        "together": sum(found.folds["approved_together"]),
        "approved": sum(found.folds["approved"]),
        "rejected": sum(found.folds["rejected"]),
        "apart": sum(found.folds["rejected_apart"]),
        "settled": sum(found.folds["settled"]),
    } == expected
    assert found.n_contradicted == len(verdicts) - len(clear)


def reviewed() -> list[Row]:
    """Return approvals of certain links and rejections of one certain and some uncertain links."""
    rows: list[Row] = [(f"a/t{n}.x", f"b/t{n}.x", 0.9, "APPROVED") for n in range(6)]
    rows += [(f"c/t{n}.x", f"d/t{n}.x", 0.2, "REJECTED") for n in range(3)]
    return [*rows, ("e/t.x", "f/t.x", 0.9, "REJECTED")]


def test_folds_are_five_unless_said() -> None:
    """There are five folds by default, with equal shares of the reviewed pairs."""
    found = cross_validate(graph(reviewed()), threshold=0.5, method="components")
    assert [
        a + r for a, r in zip(found.folds["approved"], found.folds["rejected"], strict=True)
    ] == ([2] * 5)


def test_measures_are_shares_over_all_folds() -> None:
    """Measures are shares over all folds, and each fold has both verdicts."""
    found = cross_validate(graph(reviewed()), folds=2, threshold=0.5, method="components")

    assert (found.recall, found.specificity) == (1.0, 0.75)
    assert found.precision == 6 / 7
    assert found.f1 == pytest.approx(12 / 13)
    assert found.folds["approved"] == [3, 3]
    assert found.to_dict()["f1"] == found.f1
    assert "no random sample" in repr(found)
    assert "no random sample" in found._repr_html_()
    assert (
        found.to_dict()
        == cross_validate(graph(reviewed()), folds=2, threshold=0.5, method="components").to_dict()
    )


def test_shares_of_nothing_are_undefined() -> None:
    """Specificity is undefined without rejections, and recall without approvals."""
    approved = cross_validate(graph(reviewed()[:6]), threshold=0.99, method="components")
    assert isnan(approved.specificity)
    assert isnan(approved.precision)
    assert approved.to_dict()["specificity"] is None
    rejected = cross_validate(graph(reviewed()[6:]), folds=2, threshold=0.99)
    assert isnan(rejected.recall)
    assert isnan(rejected.f1)


@pytest.mark.parametrize("folds", [1, True, 2.5])
def test_folds_are_two_or_more(folds: int) -> None:
    """Fewer than two folds are refused."""
    with pytest.raises(ArgumentError, match="2 or more"):
        cross_validate(graph(reviewed()), folds=folds)
