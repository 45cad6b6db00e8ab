"""Tests of the order of small whole numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.kernels.components import order_of

sizes = st.sampled_from([1, 2, 300, 1 << 16, (1 << 16) + 1, 1 << 40])


@given(
    st.data(),
    sizes,
    st.integers(1, 3),
    st.integers(0, 40),
    st.sampled_from([np.int32, np.int64, np.uint64]),
)
def test_order_is_that_of_tuples(
    data: st.DataObject, n: int, n_columns: int, n_rows: int, dtype: type[np.integer]
) -> None:
    """Rows are ordered as tuples are; equal rows keep their order."""
    n = min(n, np.iinfo(dtype).max)
    number = st.integers(0, n - 1)
    rows = data.draw(st.lists(st.tuples(*[number] * n_columns), min_size=n_rows, max_size=n_rows))
    columns = np.array(rows, dtype=dtype).reshape(n_rows, n_columns).T

    assert order_of(n, *columns).tolist() == sorted(range(n_rows), key=rows.__getitem__)
