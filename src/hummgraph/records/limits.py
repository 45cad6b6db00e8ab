"""Limits on reading: sizes of replies, concurrent calls, and memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

from hummgraph.errors import ArgumentError, MemoryLimitError
from hummgraph.frames import size_text

__all__ = ["Limits", "MemoryBudget", "check_number", "checked_limits"]

_MIB: Final = 1 << 20


def check_number(name: str, value: float, *, least: float) -> None:
    """Raise unless the value is a finite number of at least ``least``; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < inf:
        raise ArgumentError(f"{name}={value!r} is not a finite number of at least {least:g}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on the size of replies and files, on memory, and on the number of concurrent calls.

    Parameters
    ----------
    catalogue_bytes
        Greatest size of a catalogue reply or file, after decompression; at least 1.
    links_bytes
        Greatest size of a list of links, after decompression; at least 1.
    ratio
        Greatest ratio of decompressed to compressed size, at least 1. Real replies stay below 30; a
        decompression bomb reaches a thousand.
    ratio_from
        Number of bytes after decompression from which `ratio` applies, as short texts may compress
        well.
    concurrency
        Number of concurrent calls; at least 1.
    memory
        Greatest size in bytes of what a fetch or a reader keeps in memory: links, catalogue and
        names; at least 1. The size is computed before memory is allocated. Records set aside are
        limited by themselves, see :class:`hummgraph.records.quarantine.Quarantine`.

    Raises
    ------
    ArgumentError
        If a value is not a finite number in its range.

    Examples
    --------
    >>> Limits(concurrency=2).catalogue_bytes
    67108864
    """

    catalogue_bytes: int = 64 * _MIB
    links_bytes: int = 8 * 1024 * _MIB
    ratio: float = 200.0
    ratio_from: int = 16 * _MIB
    concurrency: int = 4
    memory: int = 8 * 1024 * _MIB

    def __post_init__(self) -> None:
        for name in ("catalogue_bytes", "links_bytes", "ratio", "concurrency", "memory"):
            check_number(name, getattr(self, name), least=1)
        check_number("ratio_from", self.ratio_from, least=0)


def checked_limits(limits: Limits | None) -> Limits:
    """Return limits, by default those of `Limits()`.

    Raises
    ------
    ArgumentError
        If the value is not a `Limits`.
    """
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise ArgumentError(
            f"limits is a {type(limits).__name__}; it must be a Limits.",
            hint="Write limits=Limits(memory=2**31), for example.",
        )
    return limits


class MemoryBudget:
    """Memory that one reading may use, counted before it is allocated.

    Examples
    --------
    >>> budget = MemoryBudget(Limits(memory=1000))
    >>> budget.take(600, "The links")
    >>> budget.take(600, "The catalogue")
    Traceback (most recent call last):
        ...
    hummgraph.errors.MemoryLimitError: The catalogue would need at least 1,200 bytes ...
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.used = 0

    def take(self, n_bytes: int, what: str) -> None:
        """Count memory that is needed next.

        Raises
        ------
        MemoryLimitError
            If it is more than is left; ``what`` is what needs it, as the first words of a sentence.
        """
        needed, limit = self.used + n_bytes, int(self.limits.memory)
        if needed > limit:
            raise MemoryLimitError(
                f"{what} would need at least {size_text(needed, up=True)} of memory in all, and"
                f" {size_text(limit)} {'is' if limit == 1 else 'are'} allowed.",
                needed=needed,
                limit=limit,
                hint="If the data can be trusted, allow more: Limits(memory=...), or --memory.",
            )
        self.used = needed
