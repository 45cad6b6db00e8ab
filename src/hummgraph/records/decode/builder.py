"""Checked records as columns, and the growing table that they are added to."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.records.decode.arrow import arrow_array, arrow_ids, arrow_texts, numbers_of
from hummgraph.records.decode.table import FAMILIES, NULL, SIDES, STORED, LinkTable
from hummgraph.records.models import LinkType, Status, known_word
from hummgraph.records.schema import END_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from numpy.typing import NDArray

__all__ = [
    "ID_LENGTH",
    "NO_TIME",
    "WORDS",
    "Ids",
    "LinkBatch",
    "LinkTableBuilder",
    "Texts",
    "WordCodes",
    "read_ids",
]

WORDS: Final[dict[str, type[StrEnum]]] = {"link_type": LinkType, "status": Status}
"""The fields that hold one of a few words, and those that the contract names."""

ID_LENGTH: Final = 36

NO_TIME: Final = np.iinfo(np.int64).min
"""Stands for a time that is not known; no time is so early."""

_DASHES: Final = [8, 13, 18, 23]
_DIGITS: Final = [i for i in range(ID_LENGTH) if i not in _DASHES]

# How many links become one batch of the table: enough to make the look-up of ids worth its
# preparation, while the copy that joins them stays small beside the table.
_BATCH_ROWS: Final = 1 << 15


class Ids(NamedTuple):
    """A column of ids: their bytes, shape (n, 16), and which are given; the others are null."""

    raw: NDArray[np.uint8]
    given: NDArray[np.bool_]


class Texts(NamedTuple):
    """A column of texts, and which are given; the others are null and empty."""

    pieces: list[bytes]
    given: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LinkBatch:
    """Some links as columns of n values.

    Parameters
    ----------
    link_id
        Shape (n, 16).
    ids
        The ids that repeat, by column.
    words
        Codes of types and states.
    confidence
        NaN for null.
    evidence
        JSON objects as they came, or null.
    created_at, updated_at
        Microseconds since 1970 in UTC, or `NO_TIME`.
    naive_time
        Whether a time came without an offset.
    """

    link_id: NDArray[np.uint8]
    ids: dict[str, Ids]
    words: dict[str, NDArray[np.int32]]
    confidence: NDArray[np.float64]
    evidence: Texts
    created_at: NDArray[np.int64]
    updated_at: NDArray[np.int64]
    naive_time: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.link_id)

    def taken(self, rows: NDArray[np.int64]) -> LinkBatch:
        """Return some of the links."""
        return LinkBatch(
            link_id=self.link_id[rows],
            ids={name: Ids(ids.raw[rows], ids.given[rows]) for name, ids in self.ids.items()},
            words={name: codes[rows] for name, codes in self.words.items()},
            confidence=self.confidence[rows],
            evidence=Texts(
                [self.evidence.pieces[row] for row in rows.tolist()], self.evidence.given[rows]
            ),
            created_at=self.created_at[rows],
            updated_at=self.updated_at[rows],
            naive_time=self.naive_time[rows],
        )

    def patched(self, rows: NDArray[np.int64], other: LinkBatch) -> LinkBatch:
        """Return the links with some rows taken from others, as far as those have the columns."""

        def put(mine: NDArray[Any], theirs: NDArray[Any]) -> NDArray[Any]:
            changed = mine.copy()
            changed[rows] = theirs
            return changed

        pieces = list(self.evidence.pieces)
        for row, piece in zip(rows.tolist(), other.evidence.pieces, strict=True):
            pieces[row] = piece
        return LinkBatch(
            link_id=put(self.link_id, other.link_id),
            ids={
                name: Ids(put(ids.raw, other.ids[name].raw), put(ids.given, other.ids[name].given))
                if name in other.ids
                else ids
                for name, ids in self.ids.items()
            },
            words={name: put(codes, other.words[name]) for name, codes in self.words.items()},
            confidence=put(self.confidence, other.confidence),
            evidence=Texts(pieces, put(self.evidence.given, other.evidence.given)),
            created_at=put(self.created_at, other.created_at),
            updated_at=put(self.updated_at, other.updated_at),
            naive_time=put(self.naive_time, other.naive_time),
        )

    def out_of_contract(self) -> NDArray[np.bool_]:
        """Return links that break the contract: a score in [0, 1], one kind of id a side."""
        # NaN is on neither side.
        found = (self.confidence < 0) | (self.confidence > 1)
        for side in SIDES:
            table, saas_object, column, saas_field = (
                self.ids[f"{side}_{end}"].given for end in END_FIELDS
            )
            found |= (table | column) & (saas_object | saas_field)
        return found


def read_ids(matrix: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Read ids in the usual spelling, shape (n, 36), as bytes; ``None`` if one is not such."""
    if not (matrix[:, _DASHES] == ord("-")).all():
        return None
    try:
        # Strict, unlike bytes.fromhex, which would skip blanks and let ids shift.
        raw = binascii.unhexlify(matrix[:, _DIGITS].tobytes())
    except binascii.Error:
        return None
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, 16)


class WordCodes(dict[Any, int]):
    """Codes of words: the known ones first, then others in the order in which they appear."""

    def __init__(self, known: type[StrEnum]) -> None:
        self.words = [str(word) for word in known]
        self._known = known
        super().__init__({word: code for code, word in enumerate(self.words)})

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self.words)
        self.words.append(word)
        return code

    def meant(self) -> list[int]:
        """Return for each code that of the known word in other letters, else the code itself."""
        words = (known_word(word, self._known) for word in self.words)
        return [code if word is None else self[word] for code, word in enumerate(words)]


def _joined(columns: Iterable[Ids]) -> Ids:
    raw, given = zip(*columns, strict=True)
    return Ids(np.concatenate(raw), np.concatenate(given))


class _IdCodes:
    """Codes of ids, in about the order in which they appear."""

    def __init__(self) -> None:
        self.known = arrow_ids(np.empty((0, 16), dtype=np.uint8))

    def of(self, columns: Sequence[Ids]) -> list[NDArray[np.int32]]:
        """Return the codes of some columns; an id that is new gets the next one."""
        raw, given = _joined(columns)
        # First the different ids, so that only these are looked up among those known.
        local = arrow_ids(raw, given).dictionary_encode()
        codes = pc.index_in(local.dictionary, value_set=self.known)
        if codes.null_count:
            new = local.dictionary.filter(codes.is_null())
            self.known = pa.concat_arrays([self.known, new])
            codes = pc.index_in(local.dictionary, value_set=self.known)
        found = np.full(len(raw), NULL, dtype=np.int32)
        found[given] = numbers_of(codes)[numbers_of(local.indices)[given]]
        return np.split(found, np.cumsum([len(ids.raw) for ids in columns[:-1]]))


class LinkTableBuilder:
    """The columns of the link table while they grow."""

    def __init__(self) -> None:
        self.words = {name: WordCodes(known) for name, known in WORDS.items()}
        self._codes = {family: _IdCodes() for family in dict.fromkeys(FAMILIES.values())}
        self._batches: list[pa.RecordBatch] = []
        self._young: list[LinkBatch] = []

    def add(self, columns: LinkBatch) -> None:
        """Store some links."""
        self._young.append(columns)
        if sum(map(len, self._young)) >= _BATCH_ROWS:
            self._settle()

    def _settle(self) -> None:
        """Build one batch of the youngest links, with codes for ids."""
        young = self._young
        if not young:
            return
        arrays: dict[str, pa.Array] = {}
        for family, coder in self._codes.items():
            names = [name for name in FAMILIES if FAMILIES[name] == family]
            codes = coder.of([_joined(columns.ids[name] for columns in young) for name in names])
            arrays |= {n: arrow_array(c, pa.int32()) for n, c in zip(names, codes, strict=True)}
        for name in WORDS:
            words = np.concatenate([columns.words[name] for columns in young])
            arrays[name] = arrow_array(words, pa.int32())
        for name in ("created_at", "updated_at"):
            times = np.concatenate([getattr(columns, name) for columns in young])
            known = times != NO_TIME
            arrays[name] = arrow_array(
                np.where(known, times, 0), STORED.field(name).type, valid=known
            )
        naive = np.concatenate([columns.naive_time for columns in young])
        arrays["naive_time"] = arrow_array(naive, pa.bool_())
        arrays["link_id"] = arrow_ids(np.concatenate([columns.link_id for columns in young]))
        confidence = np.concatenate([columns.confidence for columns in young])
        arrays["confidence"] = arrow_array(confidence, pa.float64(), ~np.isnan(confidence))
        pieces = list(chain.from_iterable(columns.evidence.pieces for columns in young))
        given = np.concatenate([columns.evidence.given for columns in young])
        arrays["evidence"] = arrow_texts(pieces, pa.large_string(), given)
        self._young = []
        self._batches.append(
            pa.record_batch([arrays[name] for name in STORED.names], schema=STORED)
        )

    def finish(self) -> LinkTable:
        """Return all that has been stored, and let go of it."""
        self._settle()
        batches, self._batches = self._batches, []
        return LinkTable(
            batches,
            ids={family: codes.known for family, codes in self._codes.items()},
            words={name: codes.words for name, codes in self.words.items()},
            meant={name: codes.meant() for name, codes in self.words.items()},
        )
