"""Texts that must be JSON objects, checked many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow.compute as pc

from hummgraph.records.strict_json import MAX_DEPTH, strict_json

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["first_invalid_object"]

_OBJECTS: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
# Numbers that the decoder reads and others may not: more digits, or a larger exponent, than any
# number of sixty-four bits has.
_LONG_NUMBER: Final = r"[0-9]{300}|[eE][+]?[0-9]{3}"
_AT_ONCE: Final = 1 << 16


def first_invalid_object(texts: pa.Array) -> int | None:
    """Return the place of the first text that is not a JSON object by the strict rules, if any.

    Nulls are valid. An object may hold a key twice here, which harms nobody: the last one counts.

    Examples
    --------
    >>> import pyarrow as pa
    >>> first_invalid_object(pa.array(['{"a": 1}', None, "[]"]))
    2
    """
    given = texts.drop_null()
    # Many links have the same evidence.
    parts = (given.slice(at, _AT_ONCE).unique() for at in range(0, len(given), _AT_ONCE))
    if all(map(_are_objects, parts)):
        return None
    for place, text in enumerate(texts.to_pylist()):
        if text is not None and not _is_object(text):
            return place
    return None


def _are_objects(texts: pa.Array) -> bool:
    """Return whether all texts are certain to be valid; of some it cannot tell."""
    depth = pc.add(pc.count_substring(texts, "{"), pc.count_substring(texts, "["))
    if (
        pc.max(depth).as_py() > MAX_DEPTH
        or pc.any(pc.match_substring_regex(texts, _LONG_NUMBER)).as_py()
    ):
        return False
    joined = ",".join(texts.to_pylist())
    try:
        # A text of two objects would be two elements.
        return len(_OBJECTS.decode(f"[{joined}]")) == len(texts)
    except (msgspec.MsgspecError, RecursionError):
        return False


def _is_object(text: str) -> bool:
    try:
        return isinstance(strict_json(text.encode()), dict)
    except ValueError:
        return False
