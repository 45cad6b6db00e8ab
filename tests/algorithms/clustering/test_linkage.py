"""Tests of linkages and edges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.linkage import Edges, Linkage

MOST = 3_000_000_000
"""Most members of which two clusters still have less than 2**63 pairs."""


@given(st.integers(1, MOST), st.integers(1, MOST), st.integers(0, 2**53))
def test_means_of_huge_clusters_are_exact(x: int, y: int, total: int) -> None:
    """The mean over possible pairs is the nearest float, however many pairs are possible."""
    one = np.ones(1, dtype=np.int64)
    edges = Edges(one * 0, one, one * total, one, one)
    value = edges.value(Linkage.AVERAGE_POSSIBLE, np.array([x, y]))

    # The number of billionths is a float before it divides.
    assert value.tolist() == [float(Fraction(total) / Fraction(float(x * y * 10**9)))]
