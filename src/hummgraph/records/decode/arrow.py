"""Conversion between numpy and Arrow arrays without copies.

`pyarrow.array` and `to_numpy` import pandas, where it is installed, to check for a Series. The
import takes longer than validating a hundred thousand links.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["arrow_array", "arrow_ids", "arrow_texts", "numbers_of"]


_NUMPY_TYPES = {pa.int32(): np.int32, pa.float64(): np.float64}


def arrow_array(
    values: NDArray[Any], kind: pa.DataType, valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Build an Arrow array of numbers or flags."""
    content = np.packbits(values, bitorder="little") if pa.types.is_boolean(kind) else values
    buffers = [_validity_buffer(valid), pa.py_buffer(np.ascontiguousarray(content))]
    return pa.Array.from_buffers(kind, len(values), buffers)


def arrow_ids(raw: NDArray[np.uint8], given: NDArray[np.bool_] | None = None) -> pa.Array:
    """Build an Arrow array of ids, bytes of shape (n, 16), null where not given."""
    buffers = [_validity_buffer(given), pa.py_buffer(np.ascontiguousarray(raw))]
    return pa.Array.from_buffers(pa.binary(16), len(raw), buffers)


def arrow_texts(
    pieces: Sequence[bytes], kind: pa.DataType, given: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Build an Arrow array of texts, each UTF-8; texts not given must be empty."""
    n = len(pieces)
    width = np.int32 if kind == pa.string() else np.int64
    offsets = np.zeros(n + 1, dtype=width)
    np.cumsum(np.fromiter(map(len, pieces), dtype=width, count=n), out=offsets[1:])
    buffers = [_validity_buffer(given), pa.py_buffer(offsets), pa.py_buffer(b"".join(pieces))]
    return pa.Array.from_buffers(kind, n, buffers)


def _validity_buffer(valid: NDArray[np.bool_] | None) -> pa.Buffer | None:
    if valid is None or valid.all():
        return None
    return pa.py_buffer(np.packbits(valid, bitorder="little"))


def numbers_of(array: pa.Array) -> NDArray[Any]:
    """Return an Arrow array without nulls as numbers; flags become 0 and 1."""
    content = array.buffers()[1]
    window = slice(array.offset, array.offset + len(array))
    if pa.types.is_boolean(array.type):
        packed = np.frombuffer(content, dtype=np.uint8)
        return np.unpackbits(packed, bitorder="little")[window]
    return np.frombuffer(content, dtype=_NUMPY_TYPES.get(array.type, np.int64))[window]
