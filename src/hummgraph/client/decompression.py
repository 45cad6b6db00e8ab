"""Decompression within bounds, with its end checked.

The HTTP library's own decompression has no bound, takes a cut gzip stream for a shorter body, and
drops all but the first member of one that has several.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from hummgraph.client.retry import AttemptError
from hummgraph.errors import ProtocolError, ResponseTooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.client.config import Limits

__all__ = ["Inflater"]

# Largest piece given at once: what bounds the memory while a bomb is found out.
_PIECE = 1 << 20
_GZIP = 31  # zlib's number for a gzip wrapper with the largest window


class Inflater:
    """Turns the bytes of one reply, as they come, into those that were meant."""

    def __init__(self, encoding: str, *, limit: int, limits: Limits) -> None:
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise AttemptError(
                ProtocolError,
                "came in a content encoding that was not asked for",
                hint="Is there a proxy in between that compresses?",
            )
        self.is_plain = not encoding.endswith("gzip")
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False
        self._limit = limit
        self._limits = limits
        self.n_in = 0
        self.n_out = 0

    def expect(self, n_bytes: int) -> None:
        """Refuse a plain body that says beforehand that it is too long."""
        if n_bytes > self._limit:
            raise self._too_large()

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Return what ``raw`` adds to the body, in pieces of at most a mebibyte."""
        self.n_in += len(raw)
        if self.is_plain:
            self._count(len(raw))
            yield raw
            return
        more = bool(raw)
        while more:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            self._begun = True
            try:
                piece = self._member.decompress(raw, _PIECE)
            except zlib.error:
                raise AttemptError(
                    ProtocolError, "came as gzip that is damaged", again=True
                ) from None
            self._count(len(piece))
            if self._member.eof:
                raw = self._member.unused_data
                more = bool(raw)
            else:
                raw = self._member.unconsumed_tail
                # A full piece may have left output behind in zlib even when all input is taken.
                more = bool(raw) or len(piece) == _PIECE
            yield piece

    def finish(self) -> None:
        """Check that the body came to its end."""
        if self._begun and not self._member.eof:
            raise AttemptError(ProtocolError, "came as gzip that is cut off", again=True)

    def _count(self, n_bytes: int) -> None:
        self.n_out += n_bytes
        if self.n_out > self._limit:
            raise self._too_large()
        if self.n_out > self._limits.ratio_from and self.n_out > self.n_in * self._limits.ratio:
            raise AttemptError(
                ResponseTooLargeError,
                f"grew to more than {self._limits.ratio:g} times its size when decompressed",
                hint="No real reply does; if this one is meant, raise Limits(ratio=...).",
            )

    def _too_large(self) -> AttemptError:
        return AttemptError(
            ResponseTooLargeError,
            f"brought more than the {self._limit:,} bytes allowed",
            hint="Raise the limit with Limits(...), or ask for less with filters.",
        )
