"""How sure it is that two nodes are the same, by all links at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hummgraph import pair_confidence
from hummgraph.errors import ArgumentError
from tests.builders import graph
from tests.test_two_terminal import enumerated

if TYPE_CHECKING:
    from hummgraph import LinkGraph
    from tests.builders import Row

SQUARE: list[Row] = [
    ("a/t.x", "b/u.y", 0.9),
    ("b/u.y", "d/w.p", 0.8),
    ("a/t.x", "c/v.z", 0.7),
    ("c/v.z", "d/w.p", 0.6),
]


def test_two_ways_are_surer_than_one() -> None:
    """Independent ways add up; the answer says what it assumes."""
    found = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p")

    assert found.reliability == found.low == found.high == pytest.approx(1 - 0.28 * 0.58)
    assert (found.method, found.confidence_level, found.n_samples) == ("exact", None, None)
    assert found.path is not None
    assert found.path.confidence == pytest.approx(0.72)
    assert found.supports.n == 2
    assert (found.n_links, found.n_links_used) == (4, 4)
    assert found.note.endswith("it is an upper guess.")
    assert repr(found) == (
        "<PairConfidence: 0.838 exactly, strongest path 0.72, 2 independent ways>"
    )
    assert found.to_dict()["path"]["confidence"] == found.path.confidence


def test_no_path_is_no_confidence() -> None:
    """Nothing speaks for them."""
    found = pair_confidence(graph([*SQUARE, ("e/s.q", "e/s.r", 0.9)]), "a/t.x", "e/s.q")
    assert (found.reliability, found.path, found.supports.n) == (0.0, None, 0)
    assert repr(found) == "<PairConfidence: 0, no path>"
    assert found.to_dict()["path"] is None
    backward = pair_confidence(graph(SQUARE), "d/w.p", "a/t.x", directed=True)
    assert backward.reliability == 0.0


def test_links_that_lead_nowhere_are_not_counted() -> None:
    """Where direction is followed; where not, one can go there and come back."""
    rows: list[Row] = [*SQUARE, ("a/t.x", "e/s.q", 0.9), ("d/w.p", "b/u.y", 0.9)]
    assert pair_confidence(graph(rows), "a/t.x", "d/w.p", directed=True).n_links == 4
    assert pair_confidence(graph(rows), "a/t", "d/w").n_links == len(rows)


def test_what_is_not_counted_is_told() -> None:
    """The strongest ways count first; the upper bound is that of all links."""
    found = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", max_links=2)
    assert (found.n_links, found.n_links_used) == (4, 2)
    assert found.reliability == found.low == pytest.approx(0.72)
    assert found.high >= 1 - 0.28 * 0.58
    assert "Counted 2 of 4 links" in found.note


def test_sampling_is_seeded() -> None:
    """Same seed, same answer; the interval is named."""
    options: Any = {"method": "monte_carlo", "n_samples": 2_000, "seed": 5}
    found = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", **options)
    again = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", **options)
    assert (found.reliability, found.low, found.high) == (again.reliability, again.low, again.high)
    assert (found.n_samples, found.confidence_level, found.seed) == (2_000, 0.95, 5)
    assert found.low < 1 - 0.28 * 0.58 < found.high
    assert " to " in repr(found)


@pytest.mark.parametrize("seed", range(12))
def test_up_to_twenty_links_it_is_exact(seed: int) -> None:
    """By default, whatever the links, for a pair of tables too."""
    rng = np.random.default_rng(seed)
    places = [f"{system}/t.{column}" for system in "abcd" for column in "xy"]
    rows: list[Row] = [
        (*rng.choice(places, 2).tolist(), float(rng.uniform(0.05, 1))) for _ in range(20)
    ]
    linked: LinkGraph = graph(rows, also=places)
    from hummgraph.algorithms.paths import Terminals
    from hummgraph.algorithms.two_terminal import Network

    for directed in (True, False):
        ends = Terminals.of(linked, "a/t", "d/t.y", directed=directed, relationships=False)
        edges = ends.contracted()
        network = Network(edges.n_nodes, edges.source, edges.target, edges.weight, directed)
        found = pair_confidence(linked, "a/t", "d/t.y", directed=directed)
        assert found.method == "exact"
        assert found.reliability == pytest.approx(enumerated(network, 0, 1), abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [{"method": "guess"}, {"max_links": 0}, {"n_samples": 0.5}, {"seed": -1}],
)
def test_arguments_are_checked(options: Any) -> None:
    """Each says what is wrong."""
    with pytest.raises(ArgumentError, match=next(iter(options))):
        pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", **options)
