"""Tests of the conversion of ids."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.records.ids import id_array, id_bytes, id_order, id_pairs, id_strings, parse_id

uuids = st.lists(st.uuids() | st.sampled_from([UUID(int=0), UUID(int=1), UUID(int=2**128 - 1)]))


def packed(ids: list[UUID]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the bytes of ids."""
    return np.frombuffer(b"".join(i.bytes for i in ids), dtype=np.uint8).reshape(-1, 16)


@given(uuids)
def test_text_is_that_of_the_standard_library(ids: list[UUID]) -> None:
    """Ids converted together have the text of ids converted one by one."""
    assert id_strings(packed(ids)).to_pylist() == [str(i) for i in ids]


@given(uuids, st.integers(0, 3))
def test_bytes_survive_arrow(ids: list[UUID], skipped: int) -> None:
    """Ids are unchanged by conversion to an Arrow array and from a slice of it."""
    array = id_array(packed(ids)).slice(skipped)

    assert array.to_pylist() == [i.bytes for i in ids[skipped:]]
    np.testing.assert_array_equal(id_bytes(array), packed(ids[skipped:]))


@given(uuids)
def test_order_is_that_of_the_ids(ids: list[UUID]) -> None:
    """Ids sort like their texts, and equal ids stay in order."""
    order = id_order(packed(ids)).tolist()

    assert order == sorted(range(len(ids)), key=lambda i: (ids[i].bytes, i))


def test_pairs_compare_as_ids() -> None:
    """Pairs of numbers compare like the ids that they stand for."""
    high, low = id_pairs(packed([UUID(int=(5 << 64) + 7)]))[0]

    assert (int(high), int(low)) == (5, 7)


def test_ids_are_read_in_all_spellings() -> None:
    """A text is an id exactly if the standard library reads it as a UUID."""
    one = UUID("3c90c3cc-0d44-4b50-8888-8dd25736052a")

    for text in (str(one), str(one).upper(), one.hex, f"{{{one}}}", one.urn):
        assert parse_id(text) == one.bytes
    assert parse_id("customers") is None


def test_no_ids() -> None:
    """An empty array of ids has no bytes."""
    assert id_bytes(pa.array([], pa.binary(16))).shape == (0, 16)
