"""Decoded records into columns, many at a time, with every check that the model makes.

A record that these checks do not understand is not refused but named *odd*: the reference judges
it. So nothing is wrong here by being too strict, and everything is by being too lenient.
"""

from __future__ import annotations

import binascii
import re
from array import array
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from hummgraph._decode_stream import LinkRow
from hummgraph._decode_table import (
    CODED,
    FAMILIES,
    NULL,
    SIDES,
    STORED,
    LinkTable,
    arrow_array,
)
from hummgraph._decode_times import matrix_of, read_times
from hummgraph._ids import id_array
from hummgraph.columns import END_FIELDS
from hummgraph.models import LinkType, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from numpy.typing import NDArray


__all__ = ["Examined", "LinkColumns"]

# Codes that stand for no value of a column, beside NULL.
_ODD: Final = -2
_ABSENT: Final = -3

_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID_LENGTH: Final = 36
_ID_DASHES: Final = [8, 13, 18, 23]
_ID_DIGITS: Final = [i for i in range(_ID_LENGTH) if i not in _ID_DASHES]
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"

# How many records become one batch of the table: enough to make batches few, while the copy that
# joins them stays small beside the table.
_BATCH_ROWS: Final = 1 << 16
_WORDS: Final[dict[str, type[StrEnum]]] = {"link_type": LinkType, "status": Status}
_ENDS: Final = {
    side: (f"{side}_integration_source_id", *(f"{side}_{end}" for end in END_FIELDS))
    for side in SIDES
}
_REST: Final = ("organization_id", *_WORDS)
_SINGLE: Final = ("id", "created_at", "updated_at", "confidence_score", "evidence")

_PLAIN: Final = (*CODED, "created_at", "updated_at", "naive_time")
"""Columns that arrays become as they are."""

_EVIDENCE: Final = msgspec.json.Decoder(list[dict[str, None | bool | int | float | str] | None])


class _IdCodes(dict[Any, int]):
    """Codes of ids, in the order in which they appear."""

    when_absent = NULL

    def __init__(self) -> None:
        super().__init__({None: NULL, msgspec.UNSET: _ABSENT})
        self.ids = bytearray()

    def __missing__(self, text: str) -> int:
        if not _ID.fullmatch(text):
            return _ODD
        plain = text.lower()
        code = self.get(plain)
        if code is None:
            code = self[plain] = len(self.ids) // 16
            self.ids += bytes.fromhex(plain.replace("-", ""))
        self[text] = code
        return code


class _WordCodes(dict[Any, int]):
    """Codes of words: the known ones first, then others in the order in which they appear."""

    def __init__(self, known: type[StrEnum], default: str) -> None:
        self.words = [str(word) for word in known]
        super().__init__({word: code for code, word in enumerate(self.words)})
        self.when_absent = self[default]
        self[msgspec.UNSET] = _ABSENT

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self.words)
        self.words.append(word)
        return code


class _Combinations(dict[tuple[Any, ...], int]):
    """The codes of several fields at once, such as the five of one end of a link.

    The same combination comes in many records: it is checked once, and found again by one look-up
    instead of one a field.
    """

    def __init__(self, coders: Sequence[_IdCodes | _WordCodes]) -> None:
        super().__init__()
        self._coders = coders
        width = len(coders)
        # A row of codes for each combination, and last how many of the fields did not come. First
        # come the rows of all that is odd, where only this number matters.
        self._rows = array("i")
        for n_absent in range(width + 1):
            self._rows.extend([_ODD] * width + [n_absent])

    def __missing__(self, values: tuple[Any, ...]) -> int:
        codes = [coder[value] for coder, value in zip(self._coders, values, strict=True)]
        n_absent = codes.count(_ABSENT)
        for position, coder in enumerate(self._coders):
            if codes[position] == _ABSENT:
                codes[position] = coder.when_absent
        if _ODD in codes or self._is_ambiguous(codes):
            return n_absent  # not remembered: there may be no end of them
        self[values] = row = len(self._rows) // (len(codes) + 1)
        self._rows.extend([*codes, n_absent])
        return row

    def _is_ambiguous(self, codes: list[int]) -> bool:
        """Whether an end is on the database side and on the SaaS side, which is for the reference."""
        if len(codes) != len(_ENDS["source"]):
            return False
        _, table, saas_object, column, saas_field = codes
        return max(table, column) != NULL and max(saas_object, saas_field) != NULL

    def read(self, values: Iterable[tuple[Any, ...]], n: int) -> NDArray[np.int32]:
        """Give the codes of n combinations, shape (fields + 1, n)."""
        found = np.fromiter(map(self.__getitem__, values), dtype=np.intp, count=n)
        rows = np.frombuffer(self._rows, dtype=np.int32).reshape(-1, len(self._coders) + 1)
        return np.ascontiguousarray(rows[found].T)


@dataclass(frozen=True, slots=True)
class Examined:
    """Records as columns, checked; nothing is stored yet.

    Parameters
    ----------
    odd
        Which records the reference must judge; the columns hold nothing of use for them.
    n_members
        How many of the documented fields came, over all records.
    raw_evidence
        Each record's evidence as it came, empty where it did not come.
    """

    columns: dict[str, Any]
    odd: NDArray[np.bool_]
    n_members: int
    raw_evidence: Sequence[msgspec.Raw]

    def n_evidence_members(self) -> int | None:
        """Count the members of the evidence, if none of it nests; ``None`` if some does."""
        text = b",".join(filter(len, self.raw_evidence))
        try:
            return sum(map(len, filter(None, _EVIDENCE.decode(b"[" + text + b"]"))))
        except (msgspec.MsgspecError, RecursionError):
            return None


class LinkColumns:
    """The columns of the link table while they grow."""

    def __init__(self) -> None:
        self._ids = {family: _IdCodes() for family in dict.fromkeys(FAMILIES.values())}
        self._words = {
            "link_type": _WordCodes(LinkType, LinkType.PROBABILISTIC),
            "status": _WordCodes(Status, Status.SUGGESTED),
        }
        ends = _Combinations([self._ids[FAMILIES[name]] for name in _ENDS["source"]])
        rest = _Combinations([self._ids["organization_id"], *self._words.values()])
        self._combinations = ((_ENDS["source"], ends), (_ENDS["target"], ends), (_REST, rest))
        self._batches: list[pa.RecordBatch] = []
        self._young: list[pa.RecordBatch] = []
        self._n_young = 0

    def examine(self, rows: Sequence[LinkRow]) -> Examined:
        """Check records and turn them into columns."""
        n = len(rows)
        odd = np.zeros(n, dtype=np.bool_)
        n_absent = 0
        columns: dict[str, Any] = {}
        for names, combinations in self._combinations:
            codes = combinations.read(map(attrgetter(*names), rows), n)
            odd |= codes[0] == _ODD
            n_absent += int(codes[-1].sum())
            columns |= zip(names, codes[:-1], strict=True)
        fields = {name: list(map(attrgetter(name), rows)) for name in _SINGLE}
        columns["link_id"], ok = _read_ids(fields["id"])
        odd |= ~ok
        micros, naive, ok = read_times(fields["created_at"] + fields["updated_at"])
        odd |= ~(ok[:n] & ok[n:])
        columns["created_at"], columns["updated_at"] = micros[:n], micros[n:]
        columns["naive_time"] = naive[:n] | naive[n:]
        columns["confidence"], n_missing = _read_confidence(fields["confidence_score"])
        n_absent += n_missing
        odd |= (columns["confidence"] < 0) | (columns["confidence"] > 1)
        columns["evidence"], ok, n_missing = _read_evidence(fields["evidence"])
        odd |= ~ok
        n_absent += n_missing
        return Examined(
            columns, odd, n * len(LinkRow.__struct_fields__) - n_absent, fields["evidence"]
        )

    def append(self, examined: Examined) -> None:
        """Store columns in which nothing is odd."""
        columns = examined.columns
        arrays = {
            **{name: arrow_array(columns[name], STORED.field(name).type) for name in _PLAIN},
            "link_id": id_array(columns["link_id"]),
            "confidence": arrow_array(
                columns["confidence"], pa.float64(), valid=~np.isnan(columns["confidence"])
            ),
            "evidence": columns["evidence"],
        }
        self._young.append(pa.record_batch([arrays[name] for name in STORED.names], schema=STORED))
        self._n_young += len(columns["link_id"])
        if self._n_young >= _BATCH_ROWS:
            self._settle()

    def _settle(self) -> None:
        """Join small batches into one."""
        if self._young:
            self._batches += pa.Table.from_batches(self._young).combine_chunks().to_batches()
            self._young = []
            self._n_young = 0

    def finish(self) -> LinkTable:
        """Give all that has been stored, and let go of it."""
        self._settle()
        batches, self._batches = self._batches, []
        return LinkTable(
            batches,
            ids={
                name: np.frombuffer(self._ids[family].ids, dtype=np.uint8).reshape(-1, 16)
                for name, family in FAMILIES.items()
            },
            words={name: codes.words for name, codes in self._words.items()},
            n_known={name: len(kind) for name, kind in _WORDS.items()},
        )


def _read_ids(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Read ids that do not repeat, as bytes of shape (n, 16)."""
    ok = np.ones(len(texts), dtype=np.bool_)
    matrix = matrix_of(texts, _ID_LENGTH)
    if matrix is not None and (matrix[:, _ID_DASHES] == ord("-")).all():
        try:
            # Strict, unlike bytes.fromhex, which would skip blanks and let ids shift.
            raw = binascii.unhexlify(matrix[:, _ID_DIGITS].tobytes())
            return np.frombuffer(raw, dtype=np.uint8).reshape(-1, 16), ok
        except binascii.Error:
            pass
    # Something is no id in the usual spelling: look one by one, and put a stand-in there.
    ok = np.fromiter((_ID.fullmatch(text) is not None for text in texts), np.bool_, len(texts))
    spelled = [text if good else _NO_ID for text, good in zip(texts, ok.tolist(), strict=True)]
    raw = binascii.unhexlify("".join(spelled).replace("-", ""))
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, 16), ok


def _read_confidence(
    values: Sequence[float | msgspec.UnsetType | None],
) -> tuple[NDArray[np.float64], int]:
    """Give the scores, NaN for null, and how many did not come."""
    try:
        return np.array(values, dtype=np.float64), 0
    except TypeError:  # UNSET is no number
        present = [None if value is msgspec.UNSET else value for value in values]
        return np.array(present, dtype=np.float64), sum(v is msgspec.UNSET for v in values)


def _read_evidence(
    pieces: Sequence[msgspec.Raw],
) -> tuple[pa.LargeStringArray, NDArray[np.bool_], int]:
    """Give the evidence as text, whether each is an object or null, and how many did not come."""
    n = len(pieces)
    lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=n)
    text = b"".join(pieces)
    first = np.zeros(n, dtype=np.uint8)
    came = lengths > 0
    starts = np.cumsum(lengths) - lengths
    first[came] = np.frombuffer(text, dtype=np.uint8)[starts[came]]
    is_object = first == ord("{")
    if not is_object.all():
        lengths[~is_object] = 0
        text = b"".join(pieces[row] for row in np.flatnonzero(is_object).tolist())
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    valid = np.packbits(is_object, bitorder="little")
    buffers = [pa.py_buffer(part) for part in (valid, offsets, text)]
    array = pa.Array.from_buffers(pa.large_string(), n, buffers)
    return array, is_object | ~came | (first == ord("n")), n - int(np.count_nonzero(came))
