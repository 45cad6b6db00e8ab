"""Batches of checked links, and the builder of the link table."""

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
from hummgraph.records.limits import MemoryBudget
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
"""Fields that hold one of a few words, with the words of the contract."""

ID_LENGTH: Final = 36

NO_TIME: Final = np.iinfo(np.int64).min
"""Number for an unknown time; no time is so early."""

_DASHES: Final = [8, 13, 18, 23]
_DIGITS: Final = [i for i in range(ID_LENGTH) if i not in _DASHES]

# Links per batch of the table: enough to make the look-up of ids worth its
# preparation, while the copy that joins them stays small compared with the table.
_BATCH_ROWS: Final = 1 << 15


# Bytes of a link besides its evidence: an id, eighteen codes, numbers and times, and their masks;
# as much again while ids are compared and codes are written again.
_LINK_BYTES: Final = 2 * (16 + 18 * 8)


class Ids(NamedTuple):
    """Column of ids: their bytes, shape (n, 16), and a mask of those given; the others are null."""

    raw: NDArray[np.uint8]
    given: NDArray[np.bool_]


class Texts(NamedTuple):
    """Column of texts, and a mask of those given; the others are null and empty."""

    pieces: list[bytes]
    given: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LinkBatch:
    """Batch of n links as columns.

    Parameters
    ----------
    link_id
        Shape (n, 16).
    ids
        Repeated ids, by column.
    words
        Codes of types and states.
    confidence
        NaN for null.
    evidence
        JSON objects as received, or null.
    created_at, updated_at
        Microseconds since 1970 in UTC, or `NO_TIME`.
    naive_time
        Whether a time had no offset.
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

    def n_bytes(self) -> int:
        """Return an upper bound of the memory that the links take in the table and for its end."""
        return len(self) * _LINK_BYTES + sum(map(len, self.evidence.pieces))

    def take(self, rows: NDArray[np.int64]) -> LinkBatch:
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

    def replace_rows(self, rows: NDArray[np.int64], other: LinkBatch) -> LinkBatch:
        """Return the links with some rows replaced, in all columns that `other` has."""

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
        """Return a mask of links that break the contract: a wrong score, or mixed ids on a side."""
        # NaN fails both comparisons.
        found = (self.confidence < 0) | (self.confidence > 1)
        for side in SIDES:
            table, saas_object, column, saas_field = (
                self.ids[f"{side}_{end}"].given for end in END_FIELDS
            )
            found |= (table | column) & (saas_object | saas_field)
        return found


def read_ids(matrix: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return ids in the usual spelling, shape (n, 36), as bytes; ``None`` if one differs."""
    if not (matrix[:, _DASHES] == ord("-")).all():
        return None
    try:
        # Strict, unlike bytes.fromhex, which would skip blanks and shift the ids.
        raw = binascii.unhexlify(matrix[:, _DIGITS].tobytes())
    except binascii.Error:
        return None
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, 16)


class WordCodes(dict[Any, int]):
    """Codes of words: known words first, then others in order of appearance."""

    def __init__(self, known: type[StrEnum]) -> None:
        self.words = [str(word) for word in known]
        self._known = known
        super().__init__({word: code for code, word in enumerate(self.words)})

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self.words)
        self.words.append(word)
        return code

    def canonical_codes(self) -> list[int]:
        """Return for each code that of the known word in any case, or the code itself."""
        words = (known_word(word, self._known) for word in self.words)
        return [code if word is None else self[word] for code, word in enumerate(words)]


def _concatenate_ids(columns: Iterable[Ids]) -> Ids:
    raw, given = zip(*columns, strict=True)
    return Ids(np.concatenate(raw), np.concatenate(given))


class _IdCodes:
    """Codes of ids, roughly in order of appearance."""

    def __init__(self) -> None:
        self.known = arrow_ids(np.empty((0, 16), dtype=np.uint8))

    def encode(self, columns: Sequence[Ids]) -> list[NDArray[np.int32]]:
        """Return the codes of some columns; a new id gets the next code."""
        raw, given = _concatenate_ids(columns)
        # Distinct ids first, so that only these are looked up among the known ids.
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
    """Builder of the link table, which grows batch by batch."""

    def __init__(self, memory: MemoryBudget | None = None) -> None:
        self._memory = memory or MemoryBudget()
        self.words = {name: WordCodes(known) for name, known in WORDS.items()}
        self._codes = {family: _IdCodes() for family in dict.fromkeys(FAMILIES.values())}
        self._batches: list[pa.RecordBatch] = []
        self._pending: list[LinkBatch] = []

    def add(self, columns: LinkBatch) -> None:
        """Store some links.

        Raises
        ------
        MemoryLimitError
            If they do not fit into the memory allowed.
        """
        self._memory.take(columns.n_bytes(), "The links")
        self._pending.append(columns)
        if sum(map(len, self._pending)) >= _BATCH_ROWS:
            self._build_batch()

    def _build_batch(self) -> None:
        """Build one batch of the pending links, with codes for ids."""
        pending = self._pending
        if not pending:
            return
        arrays: dict[str, pa.Array] = {}
        for family, coder in self._codes.items():
            names = [name for name in FAMILIES if FAMILIES[name] == family]
            codes = coder.encode(
                [_concatenate_ids(columns.ids[name] for columns in pending) for name in names]
            )
            arrays |= {n: arrow_array(c, pa.int32()) for n, c in zip(names, codes, strict=True)}
        for name in WORDS:
            words = np.concatenate([columns.words[name] for columns in pending])
            arrays[name] = arrow_array(words, pa.int32())
        for name in ("created_at", "updated_at"):
            times = np.concatenate([getattr(columns, name) for columns in pending])
            known = times != NO_TIME
            arrays[name] = arrow_array(
                np.where(known, times, 0), STORED.field(name).type, valid=known
            )
        naive = np.concatenate([columns.naive_time for columns in pending])
        arrays["naive_time"] = arrow_array(naive, pa.bool_())
        arrays["link_id"] = arrow_ids(np.concatenate([columns.link_id for columns in pending]))
        confidence = np.concatenate([columns.confidence for columns in pending])
        arrays["confidence"] = arrow_array(confidence, pa.float64(), ~np.isnan(confidence))
        pieces = list(chain.from_iterable(columns.evidence.pieces for columns in pending))
        given = np.concatenate([columns.evidence.given for columns in pending])
        arrays["evidence"] = arrow_texts(pieces, pa.large_string(), given)
        self._pending = []
        self._batches.append(
            pa.record_batch([arrays[name] for name in STORED.names], schema=STORED)
        )

    def finish(self) -> LinkTable:
        """Return the table of all stored links, and release them."""
        self._build_batch()
        batches, self._batches = self._batches, []
        return LinkTable(
            batches,
            ids={family: codes.known for family, codes in self._codes.items()},
            words={name: codes.words for name, codes in self.words.items()},
            canonical={name: codes.canonical_codes() for name, codes in self.words.items()},
        )
