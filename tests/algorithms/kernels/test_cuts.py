"""Tests of minimum cuts."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.cuts import cut_apart, near_side, prices

if TYPE_CHECKING:
    from numpy.typing import NDArray

N = 6
Edge = tuple[int, int, int]
edges = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.integers(1, 5)), max_size=9
)


def arrays(given_: list[Edge]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return edges as arrays."""
    table = np.array(given_, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def apart(
    a: NDArray[np.int64], b: NDArray[np.int64], cut: NDArray[np.bool_], terminals: list[int]
) -> bool:
    """Return whether no two terminals are connected without the edges of a cut."""
    label = components(N, a[~cut], b[~cut])[terminals]
    return len(set(label.tolist())) == len(terminals)


@given(edges)
def test_near_side_is_a_minimum_cut(given_: list[Edge]) -> None:
    """The near side has the cost of networkx' minimum cut, and is as small as possible."""
    a, b, price = arrays(given_)
    side = near_side(N, a, b, price, near=0, far=N - 1)
    net: nx.Graph[int] = nx.Graph()
    net.add_nodes_from(range(N))
    for x, y, cost in given_:
        before = net.edges[x, y]["cost"] if net.has_edge(x, y) else 0
        net.add_edge(x, y, cost=before + cost)
    net.remove_edges_from(list(nx.selfloop_edges(net)))
    value, _ = nx.minimum_cut(net, 0, N - 1, capacity="cost")

    assert side[0]
    assert not side[N - 1]
    assert price[side[a] != side[b]].sum() == value
    assert all(
        nx.has_path(net.subgraph(np.flatnonzero(side).tolist()), 0, node)
        for node in np.flatnonzero(side).tolist()
    )


# Either of two cuts would do where both are among those that isolate a terminal.
@example([(0, 4, 3), (0, 4, 1), (4, 1, 2), (4, 1, 2), (2, 3, 5)], 4)
@given(edges, st.integers(0, 4))
def test_cut_apart_sets_terminals_apart(given_: list[Edge], k: int) -> None:
    """A cut separates all terminals, is minimal, and costs within the bound of the cheapest."""
    a, b, price = arrays(given_)
    terminals = list(range(k))
    cut = cut_apart(N, a, b, price, np.array(terminals, dtype=np.int64))

    assert apart(a, b, cut, terminals)
    for edge in np.flatnonzero(cut):
        less = cut.copy()
        less[edge] = False
        assert not apart(a, b, less, terminals)
    everything = range(len(a))
    best = min(
        price[list(chosen)].sum()
        for chosen in chain.from_iterable(combinations(everything, r) for r in range(len(a) + 1))
        if apart(a, b, np.isin(everything, chosen), terminals)
    )
    assert best <= price[cut].sum() <= best * max(1, 2 - 2 / max(k, 1))


def test_prices_add_up() -> None:
    """The sum of prices fits in 32 bits, and depends on confidences and number of edges."""
    many = prices(np.ones(300_000))

    assert many.sum() < 2**31
    assert many.min() > 1_000
    assert prices(np.array([0.25, np.nan, 0.0])).tolist() == [250_001, 1_000_001, 1]
    assert prices(np.empty(0)).tolist() == []
