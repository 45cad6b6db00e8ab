"""Tests of two-terminal reliability against enumeration, for values, samples and bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.paths.sampling import _draw_edges
from hummgraph.algorithms.paths.series_parallel import reduce_network
from hummgraph.algorithms.paths.two_terminal import Network, bounds, two_terminal
from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def enumerated(network: Network, start: int, end: int) -> float:
    """Return the sum over all states of the edges in which the end is reached."""
    m = len(network.source)
    states = np.arange(1 << m)
    works = (states[None, :] >> np.arange(m)[:, None]) & 1 == 1
    chance = np.ones(len(states))
    for edge, p in enumerate(network.probability.tolist()):
        chance *= np.where(works[edge], p, 1 - p)
    reached = np.zeros((network.n_nodes, len(states)), dtype=bool)
    reached[start] = True
    ends = list(zip(network.source.tolist(), network.target.tolist(), strict=True))
    for _ in range(network.n_nodes):
        for edge, (one, other) in enumerate(ends):
            reached[other] |= reached[one] & works[edge]
            if not network.directed:
                reached[one] |= reached[other] & works[edge]
    return float(chance[reached[end]].sum())


def random_network(rng: np.random.Generator, n: int, m: int, *, directed: bool) -> Network:
    """Return random edges, some of them certain and some impossible."""
    chance: NDArray[np.float64] = rng.uniform(0, 1, m)
    chance[rng.random(m) < 0.1] = 1.0
    chance[rng.random(m) < 0.05] = 0.0
    return Network(n, rng.integers(0, n, m), rng.integers(0, n, m), chance, directed)


def grid(side: int, p: float) -> Network:
    """Return a square grid of undirected edges."""
    node = np.arange(side * side).reshape(side, side)
    source = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    target = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    return Network(side * side, source, target, np.full(len(source), p), directed=False)


_CHANCES = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])


@given(st.data(), st.integers(1, 5), st.integers(0, 10), st.booleans())
def test_factoring_equals_enumeration(data: Any, n: int, m: int, directed: bool) -> None:
    """Factoring equals enumeration for loops, parallel, certain and impossible edges."""
    node = st.integers(0, n - 1)
    ends = np.array(data.draw(st.lists(node, min_size=2 * m, max_size=2 * m)), np.int64)
    chance = np.array(data.draw(st.lists(_CHANCES, min_size=m, max_size=m)), np.float64)
    network = Network(n, ends[:m], ends[m:], chance, directed)
    start, end = data.draw(node), data.draw(node)

    wanted = enumerated(network, start, end)
    found = two_terminal(network, start, end)
    assert found.method == "exact"
    assert found.value == found.low == found.high == pytest.approx(wanted, abs=1e-12)
    low, high = bounds(network, start, end)
    assert low - 1e-12 <= wanted <= high + 1e-12


def test_bounds_where_nothing_leads() -> None:
    """Without a path the bounds are 0, and between a node and itself they are 1."""
    network = Network(3, np.array([1, 2]), np.array([0, 2]), np.array([0.5, 0.5]), directed=True)
    assert bounds(network, 0, 1) == (0.0, 0.0)
    assert bounds(network, 2, 2) == (1.0, 1.0)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_twenty_edges_are_exact(seed: int, directed: bool) -> None:
    """Networks of twenty edges are always computed exactly."""
    network = random_network(np.random.default_rng(seed), 8, 20, directed=directed)
    found = two_terminal(network, 0, 7)
    assert found.method == "exact"
    assert found.value == pytest.approx(enumerated(network, 0, 7), abs=1e-12)


def test_the_interval_covers() -> None:
    """Intervals contain the true value in at least 93 of 100 cases."""
    rng = np.random.default_rng(2026)
    covered = 0
    for seed in range(1000):
        network = random_network(rng, 5, 9, directed=bool(seed % 2))
        wanted = two_terminal(network, 0, 4).value
        found = two_terminal(network, 0, 4, method="monte_carlo", n_samples=400, seed=seed)
        assert (found.method, found.n_samples, found.confidence_level) == ("monte_carlo", 400, 0.95)
        covered += found.low - 1e-12 <= wanted <= found.high + 1e-12
    assert covered >= 930


def test_edges_work_as_often_as_they_should() -> None:
    """Edges work with exactly their probability, to the last binary digit."""
    wanted = np.array([0, 1e-12, 3 * 2.0**-9, 0.3, 0.5 + 2.0**-8, 1 - 2.0**-9, 1 - 2.0**-40, 1])
    drawn = _draw_edges(wanted, 40_000, np.random.default_rng(5))
    n = drawn.shape[1] * 64
    found = np.array([np.unpackbits(row.view(np.uint8)).sum() / n for row in drawn])
    assert np.all(np.abs(found - wanted) <= 5 * np.sqrt(wanted * (1 - wanted) / n) + 1e-12)
    assert found[0] == 0
    assert found[-1] == 1


def test_the_order_of_edges_does_not_matter() -> None:
    """The order of edges does not change a bit of any method's result."""
    rng = np.random.default_rng(5)
    network = random_network(rng, 8, 24, directed=False)
    order = rng.permutation(24)
    parts = (network.source[order], network.target[order], network.probability[order])
    other = Network(8, *parts, directed=False)
    for method in ("auto", "exact", "monte_carlo"):
        assert two_terminal(network, 0, 7, method=method) == two_terminal(
            other, 0, 7, method=method
        )


@given(st.data(), st.integers(2, 7), st.integers(0, 10), st.booleans())
def test_reduction_keeps_the_reliability(data: Any, n: int, m: int, directed: bool) -> None:
    """A network without chains and dead ends has the same reliability."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    network = random_network(rng, n, m, directed=directed)
    start, end = rng.choice(n, 2, replace=False).tolist()
    small = reduce_network(network.merged(), start, end)
    assert len(small.source) <= len(network.source)
    degree = np.zeros((small.n_nodes, small.n_nodes), dtype=bool)
    degree[small.source, small.target] = degree[small.target, small.source] = True
    assert (degree.sum(axis=0)[2:] > 2).all()
    assert enumerated(small, 0, 1) == pytest.approx(enumerated(network, start, end), abs=1e-12)


@pytest.mark.parametrize("certain", [(1.0, 0.5), (0.5, 1.0)])
def test_certain_ways_stay_certain(certain: tuple[float, float]) -> None:
    """A certain path next to an uncertain one stays certain in any order."""
    a, b = certain
    network = Network(
        4, np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3]), np.array([a, b, a, b]), directed=True
    )
    assert reduce_network(network, 0, 3).probability.tolist() == [1.0]


def test_a_row_of_triangles_is_exact() -> None:
    """Chains of parallel paths are computed exactly at any length."""
    n, at = 200, np.arange(200)
    network = Network(
        2 * n + 1,
        np.concatenate([at, at, at + n + 1]),
        np.concatenate([at + 1, at + n + 1, at + 1]),
        np.full(3 * n, 0.9),
        directed=False,
    )
    found = two_terminal(network, 0, n)
    assert found.method == "exact"
    assert found.value == pytest.approx((1 - 0.1 * (1 - 0.81)) ** n)


def test_large_networks_are_bounded_or_sampled() -> None:
    """Large networks have certain bounds on request, else samples within them."""
    network = grid(12, 0.6)
    exact = two_terminal(network, 0, 143, method="exact")
    assert exact.method == "bounds"
    assert 0 < exact.low < exact.value < exact.high < 1
    sampled = two_terminal(network, 0, 143, n_samples=40_000, seed=3)
    assert sampled.method == "monte_carlo"
    assert exact.low <= sampled.value <= exact.high
    assert sampled.high - sampled.low < 0.02
    assert sampled == two_terminal(network, 0, 143, n_samples=40_000, seed=3)


def test_very_large_networks_are_only_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks in which a single state takes too long have only bounds."""
    monkeypatch.setattr("hummgraph.algorithms.paths.two_terminal.MAX_EDGES_FACTORED", 20)
    network = grid(4, 0.6)
    found = two_terminal(network, 0, 15, method="exact")
    assert found.method == "bounds"
    assert (found.low, found.high) == bounds(network, 0, 15)
    assert found.value == (found.low + found.high) / 2


def test_near_bounds_need_no_samples() -> None:
    """Close bounds need no samples."""
    found = two_terminal(grid(6, 0.99), 0, 35)
    assert found.method in {"exact", "bounds"}
    assert found.high - found.low <= 1e-3


def test_what_hardly_ever_works_is_not_lost() -> None:
    """Probabilities too small to differ from 0 next to 1 are kept."""
    network = Network(2, np.array([0, 0]), np.array([1, 1]), np.array([1e-300, 2e-300]), True)
    assert two_terminal(network, 0, 1).value == pytest.approx(3e-300, rel=1e-12)


@pytest.mark.parametrize(("p", "hits"), [(1.0, 64), (0.0, 0)])
def test_all_samples_or_none(p: float, hits: int) -> None:
    """If all samples hit or none, the interval ends at 1 or 0."""
    network = Network(2, np.array([0]), np.array([1]), np.array([p]), directed=True)
    found = two_terminal(network, 0, 1, method="monte_carlo", n_samples=64)
    assert found.value * 64 == hits
    assert (found.low, found.high)[hits > 0] == p
    # One end of the interval is known; the other is that of a two-sided interval, after Clopper.
    assert found.high - found.low == pytest.approx(1 - 0.025 ** (1 / 64))


@pytest.mark.parametrize("seed", [-1, 1.0, True])
def test_seeds_are_whole_numbers(seed: Any) -> None:
    """A seed that is not a whole number from 0 is refused."""
    with pytest.raises(ArgumentError, match="seed is"):
        two_terminal(grid(2, 0.5), 0, 3, seed=seed)
