"""Conversion of ids between their sixteen bytes and their text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "id_array",
    "id_bytes",
    "id_hashes",
    "id_order",
    "id_pairs",
    "id_strings",
    "parse_id",
    "unpacked",
]

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype="S2")
# Positions of the 32 digits of a UUID among its 36 characters.
_DIGIT_POSITIONS = np.array([i for i in range(36) if i not in (8, 13, 18, 23)])


def id_bytes(ids: pa.Array) -> NDArray[np.uint8]:
    """Return the bytes of a binary(16) array without nulls, shape (n, 16), without copying."""
    if len(ids) == 0:
        return np.empty((0, 16), dtype=np.uint8)
    flat = np.frombuffer(ids.buffers()[1], dtype=np.uint8)
    return flat.reshape(-1, 16)[ids.offset : ids.offset + len(ids)]


def id_array(raw: NDArray[np.uint8]) -> pa.Array:
    """Return bytes of shape (n, 16) as a binary(16) array."""
    packed = np.ascontiguousarray(raw)
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(packed), [None, pa.py_buffer(packed)]
    )


def id_pairs(raw: NDArray[np.uint8]) -> NDArray[np.void]:
    """Return bytes of shape (n, 16) as n values that sort and compare like the ids."""
    return np.ascontiguousarray(raw).view([("high", ">u8"), ("low", ">u8")]).reshape(-1)


def id_order(raw: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the positions that sort ids, bytes of shape (n, 16); equal ids stay in order."""
    pairs = id_pairs(raw)
    high = pairs["high"].astype(np.uint64)
    order = np.argsort(high)
    # Random ids nearly always differ in the first eight bytes; sorting by both takes three times
    # as long.
    ordered = high[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((pairs["low"].astype(np.uint64), high))
    return order


def id_hashes(raw: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each id, bytes of shape (n, 16), that depends on all of its bytes."""
    halves = np.ascontiguousarray(raw).view(np.uint64)
    mixed: NDArray[np.uint64] = halves[:, 0] ^ halves[:, 1]
    return mixed


def id_strings(raw: NDArray[np.uint8]) -> pa.StringArray:
    """Return ids, bytes of shape (n, 16), as the API's text: lower case, with dashes.

    At most 59 million ids: Arrow's text has 32-bit offsets.
    """
    n = len(raw)
    text = np.full((n, 36), ord("-"), dtype=np.uint8)
    text[:, _DIGIT_POSITIONS] = _HEX[raw].view(np.uint8).reshape(n, 32)
    offsets = np.arange(0, (n + 1) * 36, 36, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(text))


def parse_id(text: str) -> bytes | None:
    """Return the bytes of an id in any spelling; ``None`` if the text is not an id."""
    try:
        return UUID(text).bytes
    except ValueError:
        return None


def unpacked(value: Any) -> Any:
    """Return the :class:`~uuid.UUID` that sixteen bytes are, and any other value as it is.

    Examples
    --------
    >>> unpacked(bytes(16)), unpacked("x")
    (UUID('00000000-0000-0000-0000-000000000000'), 'x')
    """
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.shape == (16,):
        return UUID(bytes=value.tobytes())
    return UUID(bytes=value) if isinstance(value, bytes) and len(value) == 16 else value
