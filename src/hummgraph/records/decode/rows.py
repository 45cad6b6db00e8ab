"""Records of any layout, decoded one by one and checked many at a time.

A record that these checks cannot read is not refused but marked *odd*: the reference validates it.
So a check may be too strict, but never too lenient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from hummgraph.records.decode.builder import ID_LENGTH, Ids, LinkBatch, Texts, read_ids
from hummgraph.records.decode.table import FAMILIES
from hummgraph.records.decode.times import matrix_of, read_times, text_groups
from hummgraph.records.models import LinkType, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.records.decode.builder import WordCodes

__all__ = ["REFUSALS", "Examined", "LinkRow", "examine", "n_flat_members", "read_texts_of_ids"]

REFUSALS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Exceptions of the decoder: for bad JSON and wrong types, for bad UTF-8, for deep nesting."""

_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"
_DEFAULTS: Final = {"link_type": LinkType.PROBABILISTIC, "status": Status.SUGGESTED}

_OptionalText = str | msgspec.UnsetType | None


class LinkRow(msgspec.Struct, gc=False):
    """One record as the decoder reads it: texts unchecked, evidence unread.

    The fields are those of `EntityLink`, in its order; a missing field is ``UNSET``, and missing
    evidence is empty.
    """

    organization_id: str
    source_integration_source_id: str
    target_integration_source_id: str
    id: str
    created_at: str
    updated_at: str
    source_table_id: _OptionalText = msgspec.UNSET
    source_saas_object_id: _OptionalText = msgspec.UNSET
    source_column_id: _OptionalText = msgspec.UNSET
    source_field_id: _OptionalText = msgspec.UNSET
    target_table_id: _OptionalText = msgspec.UNSET
    target_saas_object_id: _OptionalText = msgspec.UNSET
    target_column_id: _OptionalText = msgspec.UNSET
    target_field_id: _OptionalText = msgspec.UNSET
    link_type: str | msgspec.UnsetType = msgspec.UNSET
    status: str | msgspec.UnsetType = msgspec.UNSET
    confidence_score: float | msgspec.UnsetType | None = msgspec.UNSET
    evidence: msgspec.Raw = msgspec.Raw(b"")


_FLAT: Final = msgspec.json.Decoder(dict[str, bool | int | float | str | None])


@dataclass(frozen=True, slots=True)
class Examined:
    """Records as columns, with the records that need the reference.

    Parameters
    ----------
    columns
        The columns; their values are undefined where a record is odd.
    odd
        Records that the reference must validate.
    n_members
        Number of documented fields present, over all records.
    evidence
        Evidence of all records that have any, as received.
    """

    columns: LinkBatch
    odd: NDArray[np.bool_]
    n_members: int
    evidence: list[bytes]


def n_flat_members(evidence: Sequence[bytes]) -> int | None:
    """Return the number of members of flat objects; ``None`` if one is not flat or not one."""
    try:
        return sum(map(len, map(_FLAT.decode, evidence)))
    except REFUSALS:
        return None


def examine(rows: Sequence[LinkRow], words: Mapping[str, WordCodes]) -> Examined:
    """Check records and convert them to columns."""
    n = len(rows)
    odd = np.zeros(n, dtype=np.bool_)
    n_absent = 0

    def field(name: str) -> tuple[list[Any], NDArray[np.bool_]]:
        nonlocal n_absent
        values = list(map(attrgetter(name), rows))
        absent = np.fromiter((value is msgspec.UNSET for value in values), np.bool_, n)
        n_absent += int(np.count_nonzero(absent))
        return values, absent

    ids = {}
    for name in (*FAMILIES, "id"):
        ids[name], bad = read_texts_of_ids(field(name)[0])
        odd |= bad
    codes = {}
    for name, coder in words.items():
        values, absent = field(name)
        if absent.any():
            values = [_DEFAULTS[name] if value is msgspec.UNSET else value for value in values]
        codes[name] = np.fromiter(map(coder.__getitem__, values), dtype=np.int32, count=n)
    scores, absent = field("confidence_score")
    if absent.any():
        scores = [None if value is msgspec.UNSET else value for value in scores]
    times = [*field("created_at")[0], *field("updated_at")[0]]
    micros, naive, ok = read_times(len(times), text_groups(times))
    odd |= ~(ok[:n] & ok[n:])
    evidence = [bytes(row.evidence) for row in rows]
    n_absent += evidence.count(b"")
    given = np.fromiter((text not in (b"", b"null") for text in evidence), np.bool_, n)
    odd |= given & np.fromiter((not text.startswith(b"{") for text in evidence), np.bool_, n)
    if not given.all():
        evidence = [text if there else b"" for text, there in zip(evidence, given, strict=True)]
    columns = LinkBatch(
        link_id=ids.pop("id").raw,
        ids=ids,
        words=codes,
        confidence=np.array(scores, dtype=np.float64),
        evidence=Texts(evidence, given),
        created_at=micros[:n],
        updated_at=micros[n:],
        naive_time=naive[:n] | naive[n:],
    )
    odd |= columns.out_of_contract()
    n_members = n * len(LinkRow.__struct_fields__) - n_absent
    return Examined(columns, odd, n_members, [text for text in evidence if text])


def read_texts_of_ids(values: Sequence[Any]) -> tuple[Ids, NDArray[np.bool_]]:
    """Return a column of ids, and a mask of those not in the usual spelling."""
    n = len(values)
    given = np.fromiter((isinstance(value, str) for value in values), np.bool_, n)
    texts = [value if isinstance(value, str) else _NO_ID for value in values]
    bad = np.zeros(n, dtype=np.bool_)
    matrix = matrix_of(texts, ID_LENGTH)
    raw = None if matrix is None else read_ids(matrix)
    if raw is None:
        bad = np.fromiter((_ID.fullmatch(text) is None for text in texts), np.bool_, n)
        spelled = [_NO_ID if odd else text for text, odd in zip(texts, bad, strict=True)]
        raw = np.frombuffer(bytes.fromhex("".join(spelled).replace("-", "")), dtype=np.uint8)
        raw = raw.reshape(-1, 16)
    return Ids(raw, given), bad
