"""RFC 3339 date-times, many at a time.

Reads the same texts as the model, to the same microsecond; texts it cannot read are marked.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["matrix_of", "read_times", "text_groups"]

_SECONDS_WIDTH: Final = len("2026-01-05T09:30:00")
_OFFSET_WIDTH: Final = len("+00:00")
_MAX_WIDTH: Final = _SECONDS_WIDTH + len(".123456789") + _OFFSET_WIDTH
_PAIR_STARTS: Final = [0, 2, 5, 8, 11, 14, 17]  # two-digit groups of "YYYY-MM-DDThh:mm:ss"
_MARKS: Final = {4: "-", 7: "-", 10: "t", 13: ":", 16: ":"}
_LOWER_CASE_BIT: Final = 0x20  # the bit that makes an ASCII letter lower case
_SECONDS_PER_DAY: Final = 86_400
_MICROS_PER_SECOND: Final = 1_000_000
_MIN_MICROS: Final = -62_135_596_800 * _MICROS_PER_SECOND  # year 1, in microseconds since 1970
_MAX_MICROS: Final = 253_402_300_800 * _MICROS_PER_SECOND  # year 10000


def matrix_of(texts: Sequence[str], width: int) -> NDArray[np.uint8] | None:
    """Return ASCII texts of one width as an array (n, width); ``None`` if they are anything else.

    The column of line breaks that the join leaves proves that all texts have one width, if the
    caller finds no line break in the other columns.
    """
    joined = np.frombuffer(("\n".join(texts) + "\n").encode(), dtype=np.uint8)
    if len(joined) != len(texts) * (width + 1):
        return None
    matrix = joined.reshape(-1, width + 1)
    return matrix[:, :width] if (matrix[:, width] == ord("\n")).all() else None


def read_times(
    n: int, groups: Iterable[tuple[NDArray[np.int64], NDArray[np.uint8]]]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Read n date-times as microseconds since 1970 in UTC.

    Parameters
    ----------
    n
        Number of date-times.
    groups
        Texts of one width each: their positions among the n, and their characters, one text a row.

    Returns
    -------
    micros, naive, ok
        The moments; whether each had no offset; whether each could be read.
    """
    micros = np.zeros(n, dtype=np.int64)
    naive = np.zeros(n, dtype=np.bool_)
    ok = np.zeros(n, dtype=np.bool_)
    for rows, matrix in groups:
        # Column by column in memory, so that each operation below runs over neighbouring bytes.
        characters = np.ascontiguousarray(matrix.T)
        last = characters[-1] | _LOWER_CASE_BIT
        zulu = last == ord("z")
        signed = ~zulu & np.isin(characters[-_OFFSET_WIDTH], (ord("+"), ord("-")))
        for tail, form in ((1, zulu), (_OFFSET_WIDTH, signed), (0, ~zulu & ~signed)):
            if not form.any():
                continue
            chosen, at = (characters, rows) if form.all() else (characters[:, form], rows[form])
            width = len(chosen) - tail
            if width < _SECONDS_WIDTH:  # a digit is missing
                continue
            moment, good = _read_local(chosen[:width])
            if tail == _OFFSET_WIDTH:
                offset, good_offset = _read_offset(chosen[width:])
                moment = moment - offset
                good = good & good_offset
            micros[at] = moment
            naive[at] = tail == 0
            ok[at] = good & (moment >= _MIN_MICROS) & (moment < _MAX_MICROS)
    return micros, naive, ok


def text_groups(texts: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """Yield texts by width; most replies have a single width."""
    if _SECONDS_WIDTH <= len(texts[0]) <= _MAX_WIDTH:
        matrix = matrix_of(texts, len(texts[0]))
        if matrix is not None:
            yield np.arange(len(texts)), matrix
            return
    widths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    for width in np.unique(widths).tolist():
        rows = np.flatnonzero(widths == width)
        if _SECONDS_WIDTH <= width <= _MAX_WIDTH:
            matrix = matrix_of([texts[row] for row in rows.tolist()], width)
            if matrix is not None:
                yield rows, matrix


@cache
def _first_days() -> NDArray[np.int64]:
    """Return the first day of each month, in days since 1970, starting with month 0 of year 0."""
    months = np.arange(-12 * 1970 - 1, 12 * (10_000 - 1970) + 1).astype("M8[M]")
    return months.astype("M8[D]").astype(np.int64)


def _read_pairs(
    characters: NDArray[np.uint8], tens: list[int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Read numbers of two digits."""
    high = characters[tens] - ord("0")  # any other character wraps around to more than 9
    low = characters[[ten + 1 for ten in tens]] - ord("0")
    value: NDArray[np.uint8] = high * np.uint8(10) + low
    digits: NDArray[np.bool_] = np.all(np.maximum(high, low) <= 9, axis=0)
    return value, digits


def _read_local(
    characters: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read ``YYYY-MM-DDThh:mm:ss`` with up to nine decimals, given as rows of characters."""
    pairs, ok = _read_pairs(characters, _PAIR_STARTS)
    for position, mark in _MARKS.items():
        found = characters[position] | _LOWER_CASE_BIT if mark == "t" else characters[position]
        ok &= found == ord(mark)
    century, years, month, day, hour, minute, second = pairs.astype(np.int64)
    year = century * 100 + years
    ok &= (
        (year >= 1) & (month >= 1) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 59)
    )
    first_days = _first_days()
    number = np.minimum(year * 12 + month, len(first_days) - 2)
    first = first_days[number]
    ok &= (day >= 1) & (day <= first_days[number + 1] - first)
    seconds = (first + day - 1) * _SECONDS_PER_DAY + hour * 3600 + minute * 60 + second
    micros = seconds * _MICROS_PER_SECOND
    decimals = characters[_SECONDS_WIDTH:]
    if len(decimals):
        digits = decimals[1:] - ord("0")
        # A lone point, or more decimals than the model reads, is not a date-time.
        ok &= (decimals[0] == ord(".")) & (digits <= 9).all(axis=0) & (1 <= len(digits) <= 9)
        for place, digit in enumerate(digits[:6]):
            micros += digit.astype(np.int64) * 10 ** (5 - place)
    return micros, ok


def _read_offset(
    characters: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read ``+hh:mm`` as microseconds."""
    (hours, minutes), ok = _read_pairs(characters, [1, 4])
    ok &= (characters[3] == ord(":")) & (hours <= 23) & (minutes <= 59)
    offset = (hours.astype(np.int64) * 60 + minutes) * 60 * _MICROS_PER_SECOND
    return np.where(characters[0] == ord("-"), -offset, offset), ok
