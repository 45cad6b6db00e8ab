"""Tests of the confidence that two nodes are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import pair_confidence
from hummgraph.errors import ArgumentError
from tests.algorithms.paths.test_two_terminal import enumerated
from tests.support.builders import chain_rows, graph, grid_rows

if TYPE_CHECKING:
    from hummgraph import LinkGraph
    from tests.support.builders import Row

SQUARE: list[Row] = [
    ("a/t.x", "b/u.y", 0.9),
    ("b/u.y", "d/w.p", 0.8),
    ("a/t.x", "c/v.z", 0.7),
    ("c/v.z", "d/w.p", 0.6),
]


def test_two_ways_are_surer_than_one() -> None:
    """Independent paths increase the reliability, and the answer has its assumption."""
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
    """Without a path the confidence is 0."""
    found = pair_confidence(graph([*SQUARE, ("e/s.q", "e/s.r", 0.9)]), "a/t.x", "e/s.q")
    assert (found.reliability, found.path, found.supports.n) == (0.0, None, 0)
    assert repr(found) == "<PairConfidence: 0, no path>"
    assert found.to_dict()["path"] is None
    backward = pair_confidence(graph(SQUARE), "d/w.p", "a/t.x", directed=True)
    assert backward.reliability == 0.0


def test_links_that_lead_nowhere_are_not_counted() -> None:
    """Links that lead nowhere are not counted if direction is followed."""
    rows: list[Row] = [*SQUARE, ("a/t.x", "e/s.q", 0.9), ("d/w.p", "b/u.y", 0.9)]
    assert pair_confidence(graph(rows), "a/t.x", "d/w.p", directed=True).n_links == 4
    assert pair_confidence(graph(rows), "a/t", "d/w").n_links == len(rows)


def test_what_is_not_counted_is_told() -> None:
    """The strongest path and the supports always count, and omitted links are reported."""
    assert pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", max_links=2).method == "exact"
    rows: list[Row] = [*SQUARE, ("b/u.y", "c/v.z", 0.5)]
    found = pair_confidence(graph(rows), "a/t.x", "d/w.p", max_links=2)
    whole = pair_confidence(graph(rows), "a/t.x", "d/w.p")
    assert (found.n_links, found.n_links_used, found.method) == (5, 4, "bounds")
    assert found.low == pytest.approx(1 - 0.28 * 0.58)
    assert found.low < whole.reliability < found.high
    assert found.reliability == (found.low + found.high) / 2
    assert "Counted 4 of 5 links" in found.note
    assert "exact" not in repr(found)
    interval = f"between {found.low:.3g} and {found.high:.3g} by 4 of 5 links"
    assert repr(found).startswith(f"<PairConfidence: {interval}, ")


def test_ways_that_cost_as_much_are_kept_whole() -> None:
    """Equally strong paths at the limit are kept whole."""
    linked = graph(grid_rows(40))
    found = pair_confidence(linked, "r0/t.c0", "r39/t.c39")
    assert (found.n_links, found.n_links_used, found.method) == (3_120, 2_000, "monte_carlo")
    assert found.path is not None
    assert found.path.confidence == pytest.approx(0.9**78)
    # The true value is close to that of one corner after the other: 0.99 each.
    assert 0.5 < found.low <= found.reliability <= found.high <= 0.99 + 1e-12
    certain = pair_confidence(linked, "r0/t.c0", "r39/t.c39", method="exact")
    assert certain.method == "bounds"
    assert certain.low > certain.path.confidence  # type: ignore[union-attr]
    assert "exact" not in f"{found!r}{found.note}{certain!r}{certain.note}"


def test_two_links_do_not_hide_a_path_of_three(demo_graph: LinkGraph) -> None:
    """The reliability is never below the strongest path, however few links are allowed."""
    ends = "Stripe/customers.email", "Zendesk/users.email"
    found = pair_confidence(demo_graph, *ends, max_links=2)
    assert found.path is not None
    assert len(found.path) > 2
    assert found.method == "bounds"
    assert found.path.confidence <= found.low <= found.reliability <= found.high


def test_a_link_that_leads_back_comes_last() -> None:
    """A link that only leads back is the last to be chosen."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.9), ("b/u.y", "d/w.p", 0.9)]
    rows += [("b/u.y", f"e/s.q{number}", 1.0) for number in range(5)]
    rows += [("a/t.x", "c/v.z", 0.5), ("c/v.z", "b/u.y", 0.5)]
    found = pair_confidence(graph(rows), "a/t.x", "d/w.p", max_links=4)
    assert (found.n_links, found.n_links_used) == (9, 4)
    assert found.low == pytest.approx(0.9 * (1 - 0.1 * 0.75))
    # With more room they count as well; a way that does not fit is left out whole.
    assert pair_confidence(graph(rows), "a/t.x", "d/w.p", max_links=7).n_links_used == 7
    assert pair_confidence(graph(rows), "a/t.x", "d/w.p", max_links=3).n_links_used == 3


def check_that_low_holds(linked: LinkGraph, a: str, b: str, **options: Any) -> None:
    """Check that bounds contain the strongest path, and that `exact` means all links."""
    found = pair_confidence(linked, a, b, **options)
    assert 0 <= found.low <= found.reliability <= found.high <= 1
    if found.path is not None:
        assert found.path.confidence <= found.low
    if found.n_links_used < found.n_links:
        assert found.method in {"bounds", "monte_carlo"}
    kept = {step.link_id for path in found.supports for step in path.steps}
    assert found.n_links_used >= min(len(kept), found.n_links)


_GRAPHS = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(2, 12),
    st.integers(1, 60),
    st.sampled_from([(0.05, 1.0), (0.9, 0.9), (1.0, 1.0), (1e-12, 1e-3)]),
)


@given(
    _GRAPHS,
    st.sampled_from([1, 2, 5, 20, 2_000]),
    st.sampled_from(["auto", "exact", "monte_carlo"]),
    st.booleans(),
)
def test_low_is_never_below_the_strongest_path(
    sizes: Any, max_links: int, method: str, directed: bool
) -> None:
    """The lower bound of random graphs is never below the strongest path."""
    seed, n, m, (least, most) = sizes
    rng = np.random.default_rng(seed)
    places = [f"s{node}/t.x" for node in range(n)]
    rows: list[Any] = [
        (*rng.choice(places, 2).tolist(), float(rng.uniform(least, most))) for _ in range(m)
    ]
    options = {"max_links": max_links, "method": method, "n_samples": 64, "directed": directed}
    check_that_low_holds(graph(rows, also=places), places[0], places[-1], **options)


@pytest.mark.parametrize("side", [2, 3, 5, 9, 17, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_low_is_never_below_the_strongest_path_of_a_grid(side: int, weight: float) -> None:
    """The lower bound of a grid, with many ties, is never below the strongest path."""
    ends = "r0/t.c0", f"r{side - 1}/t.c{side - 1}"
    linked = graph(grid_rows(side, weight))
    for max_links in (1, 2 * side, 2_000):
        check_that_low_holds(linked, *ends, max_links=max_links, n_samples=256)


def test_sampling_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer samples are drawn if they take too long, never none, and the answer reports it."""
    monkeypatch.setattr("hummgraph.algorithms.paths.sampling.MAX_SAMPLING_WORK", 1)
    monkeypatch.setattr("hummgraph.algorithms.paths.sampling._BLOCK_WORDS", 8)
    found = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", method="monte_carlo")
    assert (found.n_samples, found.stopped_at) == (128, 128)
    assert found.note.endswith("Stopped at 128 samples: more would take too long.")
    assert found.to_dict()["stopped_at"] == 128


def test_drawing_is_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing samples counts as work, even if few links are followed at once."""
    monkeypatch.setattr("hummgraph.algorithms.paths.sampling.MAX_SAMPLING_WORK", 1 << 20)
    rows = SQUARE[:2]
    found = pair_confidence(graph(rows), "a/t.x", "d/w.p", method="monte_carlo", n_samples=10**10)
    assert found.stopped_at == found.n_samples == (1 << 18) // 2 * 64
    assert found.reliability == pytest.approx(0.72, abs=1e-3)


def test_long_chains_are_exact() -> None:
    """Long chains are computed exactly, as links in series are multiplied."""
    rows = chain_rows(900, 0.999)
    for method in ("exact", "auto"):
        found = pair_confidence(graph(rows), rows[0][0], rows[-1][1], method=method)
        assert found.path is not None
        assert (found.method, found.low, found.high) == ("exact", found.reliability, found.high)
        assert found.reliability == pytest.approx(found.path.confidence, rel=1e-12)
        assert found.high == pytest.approx(found.low, rel=1e-12)


def test_sampling_is_seeded() -> None:
    """Equal seeds give equal answers, with an interval."""
    options: Any = {"method": "monte_carlo", "n_samples": 2_000, "seed": 5}
    found = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", **options)
    again = pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", **options)
    assert (found.reliability, found.low, found.high) == (again.reliability, again.low, again.high)
    assert (found.n_samples, found.confidence_level, found.seed) == (2_000, 0.95, 5)
    assert found.low < 1 - 0.28 * 0.58 < found.high
    assert " to " in repr(found)


@pytest.mark.parametrize("seed", range(12))
def test_up_to_twenty_links_it_is_exact(seed: int) -> None:
    """Up to twenty links the default is exact, also for a pair of tables."""
    rng = np.random.default_rng(seed)
    places = [f"{system}/t.{column}" for system in "abcd" for column in "xy"]
    rows: list[Row] = [
        (*rng.choice(places, 2).tolist(), float(rng.uniform(0.05, 1))) for _ in range(20)
    ]
    linked: LinkGraph = graph(rows, also=places)
    from hummgraph.algorithms.paths.paths import Terminals
    from hummgraph.algorithms.paths.two_terminal import Network

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
    """Each invalid argument is refused with its reason."""
    with pytest.raises(ArgumentError, match=next(iter(options))):
        pair_confidence(graph(SQUARE), "a/t.x", "d/w.p", **options)


def test_a_way_that_does_not_fit_is_left_out_whole() -> None:
    """A path that does not fit the limit is left out as a whole."""
    rows: list[Row] = [("a/t.x", "d/w.p", 0.9), ("a/t.x", "b/u.y", 1.0), ("b/u.y", "d/w.p", 0.5)]
    rows += [("a/t.x", "c/v.z", 0.8), ("c/v.z", "b/u.y", 0.5), ("c/v.z", "e/s.q", 1.0)]
    rows += [("e/s.q", "d/w.p", 0.1)]
    found = pair_confidence(graph(rows), "a/t.x", "d/w.p", max_links=1, directed=True)
    assert (found.n_links, found.n_links_used) == (7, 6)  # all three supports, in any case
    chain: list[Row] = [(f"s{i}/t.x", f"s{i + 1}/t.x", 1.0) for i in range(4)]
    chain += [("s0/t.x", "r0/t.x", 0.5), ("r0/t.x", "r1/t.x", 0.5), ("r1/t.x", "s1/t.x", 0.5)]
    found = pair_confidence(graph(chain), "s0/t.x", "s4/t.x", max_links=6, directed=True)
    assert (found.n_links, found.n_links_used, found.supports.n) == (7, 4, 1)
    assert found.low == 1
