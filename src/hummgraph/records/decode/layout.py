"""Reader for records of one layout, straight from the bytes of the reply.

An API writes all its records alike: the same fields in the same order, without white space. So the
bytes of a thousand records are compared with the expected bytes field by field, for all records at
once. Ids, times and words then become columns of bytes. A record with another layout is left to the
other decoder.
"""

from __future__ import annotations

import binascii
import json
import re
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from hummgraph.records.decode.builder import WORDS, Ids, LinkBatch, Texts
from hummgraph.records.decode.rows import REFUSALS, LinkRow, n_flat_members
from hummgraph.records.decode.table import FAMILIES, SIDES
from hummgraph.records.decode.times import read_times
from hummgraph.records.schema import END_FIELDS
from hummgraph.records.strict_json import MAX_DEPTH, count_members, most_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["RecordLayout", "n_nested_members"]

_FIELDS: Final = LinkRow.__struct_fields__
_IDS: Final = frozenset({"id", *FAMILIES})
_TIMES: Final = frozenset({"created_at", "updated_at"})
_NULLABLE: Final = frozenset(f"{side}_{end}" for side in SIDES for end in END_FIELDS)
_NULL: Final = b"null"
_DIGIT: Final = "#"  # stands for a hexadecimal digit; occurs in no field name
_ID_PATTERN: Final = b'"########-####-####-####-############"'
_QUOTED: Final = len(_ID_PATTERN)
# Whole seconds, milliseconds or microseconds, in UTC, with an offset or with neither. The shortest
# is tried first: the first quote found then ends the text.
_TIME_WIDTHS: Final = (19, 20, 23, 24, 25, 26, 27, 29, 32)
_SCORE_WIDTH: Final = 24  # a double in full and a comma: 0.12345678901234567,
_MARGIN: Final = b" " * 1024  # more than all keys and ids of a record: nothing is read past the end
_MAX_NAME: Final = 100  # characters of a key, so that it is shorter than the margin
_MAX_RECORD: Final = 1 << 16  # bytes in which the first record must end

_SCORES_DECODER: Final = msgspec.json.Decoder(list[float | None])
_ANY_DECODER: Final = msgspec.json.Decoder()


class RecordLayout:
    """The order of a record's fields, without white space between them.

    All documented fields are among them, and any further ones, which are only proven to be JSON.
    """

    def __init__(self, names: list[str]) -> None:
        self._keys = [(name, f",{_quoted(name)}:".encode()) for name in names]
        self._keys[0] = (names[0], f"{{{_quoted(names[0])}:".encode())
        self.unknown_fields = tuple(name for name in names if name not in _FIELDS)
        """Names of fields that the contract does not have."""

    @classmethod
    def of(cls, text: bytes) -> RecordLayout | None:
        """Read the layout of the first record of a text, if it has all documented fields."""
        try:
            record, _ = json.JSONDecoder().raw_decode(text[:_MAX_RECORD].decode(errors="ignore"))
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict) or not record.keys() >= set(_FIELDS):
            return None
        if any(len(name) > _MAX_NAME or not name.isprintable() for name in record):
            return None
        return cls(list(record))

    def read(self, text: bytes) -> LinkBatch | None:
        """Read records separated by commas; ``None`` if one is not proven valid.

        Valid means: the whole text consists of such records in JSON, no key occurs twice, and every
        check of the model holds.
        """
        try:
            return self._read_batch(text)
        except _OtherLayoutError:
            return None

    def _read_batch(self, text: bytes) -> LinkBatch:
        cursor = _Cursor(text, opening=self._keys[0][1])
        following = dict(pairwise([*(key for _, key in self._keys), b""]))
        ids: dict[str, Ids] = {}
        words = {}
        times = {}
        for is_id, run in groupby(self._keys, key=lambda item: item[0] in _IDS):
            if is_id:
                ids |= cursor.ids(dict(run))
                continue
            for name, key in run:
                cursor.expect(key)
                if name == "evidence":
                    evidence = cursor.evidence(following[key])
                elif name == "confidence_score":
                    confidence = cursor.scores(b"," if following[key] else b"}")
                elif name in WORDS:
                    words[name] = cursor.words(list(WORDS[name]))
                elif name in _TIMES:
                    times[name] = cursor.times()
                else:
                    cursor.skip_values(following[key])
        cursor.expect_end()
        batch = LinkBatch(
            link_id=ids.pop("id").raw,
            ids=ids,
            words=words,
            confidence=confidence,
            evidence=evidence,
            created_at=times["created_at"][0],
            updated_at=times["updated_at"][0],
            naive_time=times["created_at"][1] | times["updated_at"][1],
        )
        _require(not batch.out_of_contract().any())
        return batch


def _quoted(name: str) -> str:
    """Write a key as most writers of JSON do; a record with another spelling is not proven."""
    return json.dumps(name, ensure_ascii=False)


class _OtherLayoutError(Exception):
    """A record has another layout."""


def _require(holds: object) -> None:
    if not holds:
        raise _OtherLayoutError


def n_nested_members(objects: list[bytes]) -> int | None:
    """Return the number of members at all levels; ``None`` if one is too deep or not an object."""
    try:
        values = [_ANY_DECODER.decode(piece) for piece in objects]
        # Evidence is the second level of a record, which the list stands for here.
        return count_members(values, MAX_DEPTH) if all(type(v) is dict for v in values) else None
    except REFUSALS:
        return None


class _Cursor:
    """Position in each record of a text, which moves as fields are read."""

    def __init__(self, text: bytes, opening: bytes) -> None:
        self._text = text
        self._padded = text + _MARGIN
        self._raw = np.frombuffer(self._padded, dtype=np.uint8)
        at = np.flatnonzero(self._raw == ord("{"))
        starts = at[self._windows(at, len(opening)) == opening]
        _require(len(starts) and starts[0] == 0)
        stops = np.append(starts[1:] - 1, len(text))
        _require((self._raw[stops[:-1]] == ord(",")).all())
        _require((self._raw[stops - 1] == ord("}")).all())
        self._at = starts
        self._stops = stops - 1  # positions of the closing braces

    def __len__(self) -> int:
        return len(self._at)

    def _windows(self, at: NDArray[np.int64], width: int) -> NDArray[np.bytes_]:
        """Return `width` bytes from each position."""
        n = len(self._padded) - width + 1
        return np.ndarray((n,), f"S{width}", self._padded, strides=(1,))[at]

    def _matrix(self, at: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
        return self._windows(at, width).view(np.uint8).reshape(-1, width)

    def expect(self, key: bytes) -> None:
        """Skip a key."""
        _require((self._windows(self._at, len(key)) == key).all())
        self._at = self._at + len(key)

    def ids(self, keys: dict[str, bytes]) -> dict[str, Ids]:
        """Read several consecutive fields that are ids or nulls, with their keys."""
        n = len(self)
        start = self._at
        given = {}
        pattern = np.zeros(n, dtype=np.int64)
        for bit, (name, key) in enumerate(keys.items()):
            at = self._at + len(key)
            given[name] = np.ones(n, dtype=np.bool_)
            if name in _NULLABLE:
                given[name] = self._raw[at] != _NULL[0]
            self._at = at + (len(_NULL) + (_QUOTED - len(_NULL)) * given[name])
            pattern += given[name] * (1 << bit)
        found = np.zeros((n, len(keys)), dtype="V16")
        for code in np.unique(pattern).tolist():
            # Where the same fields are null, all other bytes have the same positions.
            rows = np.flatnonzero(pattern == code)
            here = [bit for bit in range(len(keys)) if code >> bit & 1]
            found[np.ix_(rows, np.array(here, dtype=np.intp))] = self._read_equal_ids(
                start[rows], keys, here
            )
        raw = found.view(np.uint8).reshape(n, len(keys), 16)
        return {name: Ids(raw[:, bit], given[name]) for bit, name in enumerate(keys)}

    def _read_equal_ids(
        self, at: NDArray[np.int64], keys: dict[str, bytes], given: list[int]
    ) -> NDArray[np.void]:
        """Read ids of records in which the same ones are given, shape (n, given)."""
        text = b"".join(
            key + (_ID_PATTERN if bit in given else _NULL) for bit, key in enumerate(keys.values())
        )
        model = np.frombuffer(text, dtype=np.uint8)
        is_digit = model == ord(_DIGIT)
        matrix = self._windows(at, len(text)).view(np.uint8).reshape(-1, len(text))
        _require(not ((matrix ^ model) & np.where(is_digit, 0, 0xFF).astype(np.uint8)).any())
        try:
            # Strict, unlike bytes.fromhex, which would skip blanks and shift the ids.
            raw = binascii.unhexlify(matrix[:, is_digit].tobytes())
        except binascii.Error:
            raise _OtherLayoutError from None
        return np.frombuffer(raw, dtype="V16").reshape(len(at), len(given))

    def times(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Read times: microseconds, and a mask of times without an offset."""
        widths = np.zeros(len(self), dtype=np.int64)
        micros, naive, ok = read_times(len(self), self._time_groups(widths))
        _require(ok.all())
        self._at = self._at + widths + 2
        return micros, naive

    def _time_groups(
        self, widths: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
        rows = np.arange(len(self))
        _require((self._raw[self._at] == ord('"')).all())
        for width in _TIME_WIDTHS:
            ends = self._raw[self._at[rows] + width + 1] == ord('"')
            if ends.any():
                widths[rows[ends]] = width
                yield rows[ends], self._matrix(self._at[rows[ends]] + 1, width)
                rows = rows[~ends]
                if not len(rows):
                    return

    def words(self, known: list[str]) -> NDArray[np.int32]:
        """Read words of the contract, as codes."""
        codes = np.full(len(self), -1, dtype=np.int32)
        widths = np.zeros(len(self), dtype=np.int64)
        for code, word in enumerate(known):
            quoted = f'"{word}"'.encode()
            here = self._windows(self._at, len(quoted)) == quoted
            codes[here] = code
            widths[here] = len(quoted)
        _require((codes >= 0).all())
        self._at = self._at + widths
        return codes

    def scores(self, end: bytes) -> NDArray[np.float64]:
        """Read numbers or nulls up to the next comma or brace; NaN for null."""
        texts = self._matrix(self._at, _SCORE_WIDTH)
        widths = (texts == end[0]).argmax(axis=1)
        _require(widths.all())  # 0 where there is no such byte, or nothing before it
        # What follows becomes commas and white space, so that all rows together are one array:
        # without a comma in any, each is one value exactly if all together are so many.
        texts[np.arange(len(texts)), widths] = ord(",")
        texts[np.arange(_SCORE_WIDTH) > widths[:, np.newaxis]] = ord(" ")
        texts[-1, widths[-1]] = ord(" ")
        try:
            scores = _SCORES_DECODER.decode(b"[" + texts.tobytes() + b"]")
        except REFUSALS:
            raise _OtherLayoutError from None
        _require(len(scores) == len(self))
        self._at = self._at + widths
        return np.array(scores, dtype=np.float64)

    def evidence(self, following: bytes) -> Texts:
        """Read objects or nulls up to the key that follows, or to the record's closing brace."""
        at = self._at
        pieces = self._pieces(following)
        given = np.ones(len(self), dtype=np.bool_)
        if b"null" in pieces:
            given = np.fromiter((piece != b"null" for piece in pieces), np.bool_, len(pieces))
            pieces = [b"" if piece == b"null" else piece for piece in pieces]
        is_object = (self._raw[at] == ord("{")) & (self._raw[self._at - 1] == ord("}"))
        _require((is_object == given).all())
        objects = [piece for piece in pieces if piece]
        n_members = n_flat_members(objects)
        if n_members is None:
            n_members = n_nested_members(objects)
        _require(n_members == most_members(b"".join(objects)))
        return Texts(pieces, given)

    def skip_values(self, following: bytes) -> None:
        """Prove that the text up to the next key, or to the closing brace, is JSON values."""
        pieces = self._pieces(following)
        try:
            values = [_ANY_DECODER.decode(piece) for piece in pieces]
            # The values are the second level of a record, as they are of this list.
            n_members = count_members(values, MAX_DEPTH)
        except REFUSALS:
            raise _OtherLayoutError from None
        _require(n_members == most_members(b",".join(pieces)))

    def expect_end(self) -> None:
        """Demand that every record ends here."""
        _require((self._at == self._stops).all())

    def _pieces(self, following: bytes) -> list[bytes]:
        """Return the bytes up to the next key, or to the closing brace, and go there.

        Within a value the same key may come sooner; the text before it is not JSON then.
        """
        stops = self._stops
        if following:
            keys = np.array(
                [found.start() for found in re.finditer(re.escape(following), self._text)]
            )
            _require(len(keys))
            place = np.searchsorted(keys, self._at)
            _require(place[-1] < len(keys))
            stops = keys[place]
            _require((stops < self._stops).all())
        text = self._text
        pieces = [text[a:b] for a, b in zip(self._at.tolist(), stops.tolist(), strict=True)]
        self._at = stops
        return pieces
