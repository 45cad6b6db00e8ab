"""Tests of reliability: bins, scores and the diagram."""

from __future__ import annotations

import json
from math import isnan, sqrt

import numpy as np
import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.evaluation.reliability import _wilson_interval, bin_links, reliability
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from tests.support.builders import graph

judged = st.lists(
    st.tuples(st.floats(0, 1) | st.integers(0, 20).map(lambda n: n / 20), st.booleans()),
    max_size=25,
)

REVIEWED = graph(
    [
        ("a/t.x", "b/t.x", 0.95, "APPROVED"),
        ("b/t.x", "a/t.x", 0.91, "REJECTED"),
        ("a/t.x", "c/t.x", 0.2, "REJECTED"),
        ("a/t.x", "d/t.x", None, "APPROVED"),
        ("a/t.x", "e/t.x", 0.5),
        ("a/t.x", "a/t.x", 0.5, "APPROVED"),
        ("a/t", "b/t", 0.4, "APPROVED"),
        ("a/t", "b/t.x", 0.4, "APPROVED"),
    ]
)


def test_reviewers_say_what_is_right() -> None:
    """By reviews, APPROVED is right and REJECTED wrong; links of other levels are left out."""
    found = reliability(REVIEWED)

    assert (found.n_links, found.n_judged, found.n_right) == (5, 3, 1)
    assert (found.n_without_confidence, found.n_missing) == (1, 0)
    assert found.judged_by == "review"
    assert [(part.lower, part.n, part.share_right) for part in found.bins if part.n] == [
        (0.2, 1, 0.0),
        (0.9, 2, 0.5),
    ]
    assert found.bins[9].mean_confidence == pytest.approx(0.93)
    assert found.brier == pytest.approx((0.05**2 + 0.91**2 + 0.2**2) / 3)
    assert found.calibration_error == pytest.approx((0.2 + 2 * 0.43) / 3)


def test_links_of_another_level() -> None:
    """The level selects the links."""
    found = reliability(REVIEWED, level="table")

    assert (found.n_links, found.n_judged, found.n_right) == (1, 1, 1)


def test_the_policy_plays_no_part() -> None:
    """Stored confidences are used, whatever the policy."""
    other = REVIEWED.with_policy(Policy(null_confidence=0.3, rejected="score"))

    assert reliability(other) == reliability(REVIEWED)


def test_a_truth_says_what_is_right() -> None:
    """A truth judges links of any status, except those about which it is silent."""
    truth = Truth.from_clusters([["a/t.x", "c/t.x", "d/t.x"], ["b/t.x"]])
    found = reliability(REVIEWED, truth=truth)

    assert found.judged_by == "truth"
    assert (found.n_links, found.n_judged, found.n_right) == (5, 3, 1)
    assert found.n_without_confidence == 1
    assert found.bins[2].share_right == 1.0
    assert found.bins[9].share_right == 0.0


def test_a_truth_with_unknown_nodes() -> None:
    """Nodes of the truth missing from the graph are refused or counted."""
    truth = Truth.from_clusters([["a/t.x", "z/t.x"]])

    found = reliability(REVIEWED, truth=truth)
    assert found.n_missing == 1
    assert "Nodes of the truth: 1 not in the graph." in repr(found)
    with pytest.raises(NodeNotFoundError):
        reliability(REVIEWED, truth=truth, missing="raise")


def test_a_link_is_right_if_any_true_cluster_has_both_ends() -> None:
    """A link is right if any true cluster has both ends, and wrong between other members."""
    linked = graph([("a/t.x", "b/t.x", 0.9), ("a/t.x", "c/t.x", 0.9), ("b/t.x", "c/t.x", 0.9)])
    found = reliability(linked, truth=Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.x", "c/t.x"]]))

    assert (found.n_judged, found.n_right, found.n_overlapping) == (3, 2, 1)
    assert "Nodes of the truth: 1 in several true clusters." in repr(found)
    assert found.to_dict()["n_overlapping"] == 1


def test_an_edge_belongs_to_the_bin_above() -> None:
    """A confidence at the edge of two bins belongs to the upper one, and 1 to the last."""
    confidence = np.array([0.0, 0.29, 0.57, 0.58, 1.0])
    found, *_ = bin_links(confidence, np.ones(5, dtype=bool), 100)

    assert [part.lower for part in found if part.n] == [0.0, 0.29, 0.57, 0.58, 0.99]


@given(judged, st.integers(1, 12))
def test_bins_and_scores_are_those_of_their_links(
    rows: list[tuple[float, bool]], bins: int
) -> None:
    """Bins partition the links, and scores equal their definitions over single links."""
    confidence = np.array([c for c, _ in rows], dtype=np.float64)
    right = np.array([it for _, it in rows], dtype=bool)
    found, brier, error = bin_links(confidence, right, bins)

    assert (found[0].lower, found[-1].upper, len(found)) == (0.0, 1.0, bins)
    total = 0.0
    for number, part in enumerate(found):
        inside = [
            (c, it)
            for c, it in rows
            if part.lower <= c < part.upper or (c == 1.0 and number == bins - 1)
        ]
        assert part.n == len(inside)
        if not inside:
            assert part.mean_confidence is part.share_right is part.low is part.high is None
            continue
        assert part.mean_confidence == pytest.approx(np.mean([c for c, _ in inside]))
        assert part.share_right == pytest.approx(np.mean([it for _, it in inside]))
        assert part.low is not None
        assert part.share_right is not None
        assert part.high is not None
        assert 0.0 <= part.low <= part.share_right <= part.high <= 1.0
        total += abs(sum(c for c, _ in inside) - sum(it for _, it in inside))
    if rows:
        assert brier == pytest.approx(np.mean([(c - it) ** 2 for c, it in rows]))
        assert error == pytest.approx(total / len(rows))
    else:
        assert isnan(brier)
        assert isnan(error)


@given(judged, st.randoms(use_true_random=False))
def test_order_does_not_matter(rows: list[tuple[float, bool]], random: object) -> None:
    """The order of links does not change a bit of the result."""
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    one, other = (
        repr(bin_links(np.array([c for c, _ in it]), np.array([y for _, y in it], dtype=bool), 4))
        for it in (rows, shuffled)
    )

    assert one == other


@given(st.integers(0, 40), st.integers(1, 40))
def test_the_interval_holds_the_shares_that_do_not_wonder(hits: int, n: int) -> None:
    """Wilson's bounds are the shares p from which the observed one is 1.96 standard errors off."""
    hits = min(hits, n)
    low, high = _wilson_interval(hits, n)

    for p in (low, high):
        if 1e-9 < p < 1 - 1e-9:
            assert abs(hits / n - p) == pytest.approx(1.959964 * sqrt(p * (1 - p) / n), rel=1e-6)


def test_nothing_judged() -> None:
    """Without judged links the scores are undefined and not shown."""
    found = reliability(graph([("a/t.x", "b/t.x", 0.9)]), bins=2)

    assert isnan(found.brier)
    assert found.to_dict()["brier"] is found.to_dict()["calibration_error"] is None
    assert found.to_frame()["n"] == [0, 0]
    assert "circle" not in found.to_svg()
    assert "Brier" not in repr(found)
    assert reliability(graph([])).n_links == 0


@pytest.mark.parametrize("bins", [0, 1_001, 2.0, True, "10"])
def test_number_of_bins(bins: object) -> None:
    """The number of bins must be a whole number from 1 to 1000."""
    with pytest.raises(ArgumentError, match="1 to 1,000"):
        reliability(REVIEWED, bins=bins)  # type: ignore[arg-type]


def test_level() -> None:
    """An unknown level is refused."""
    with pytest.raises(ArgumentError, match="level is 'field'"):
        reliability(REVIEWED, level="field")


def test_how_it_shows_itself(demo_graph: LinkGraph) -> None:
    """Text and page warn that reviewed links are not a random sample, unless a truth is used."""
    found = reliability(REVIEWED)

    assert repr(found) == (
        "<Reliability: 3 of 5 links judged by reviewers, 1 right; 1 more without a confidence;"
        " Brier score 0.290, calibration error 0.353. Reviewed links are no random sample.>"
    )
    assert "no random sample" in found._repr_html_()
    assert found.to_svg() in found._repr_html_()
    assert "share_right" in str(found)
    judged_by_truth = reliability(REVIEWED, truth=Truth.from_clusters([]))
    assert "random sample" not in repr(judged_by_truth) + judged_by_truth._repr_html_()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()
    assert reliability(demo_graph).n_judged > 100


def test_diagram_is_well_formed_and_stable(demo_graph: LinkGraph) -> None:
    """The diagram is valid XML with a dot for each bin with links, and always the same."""
    found = reliability(demo_graph)
    svg = found.to_svg()
    root = ElementTree.fromstring(svg)
    dots = root.findall(".//{*}circle")
    width, height = (float(root.get(name)) for name in ("width", "height"))

    assert len(dots) == sum(part.n > 0 for part in found.bins)
    assert all(
        0 < float(dot.get("cx")) < width and 0 < float(dot.get("cy")) < height for dot in dots
    )
    assert svg == reliability(demo_graph).to_svg()
    assert "nan" not in svg
    assert "script" not in svg
