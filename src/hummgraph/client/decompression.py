"""Bounded decompression that checks the end of the stream.

The HTTP library's own decompression is unbounded, treats a cut gzip stream as a shorter body, and
drops all but the first member of a stream with several.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from hummgraph.client.retry import AttemptError
from hummgraph.errors import ProtocolError, ResponseTooLargeError
from hummgraph.frames import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.client.config import Limits

__all__ = ["Inflater"]

# Largest piece returned at a time, which bounds the memory that a bomb can take.
_MAX_PIECE_BYTES = 1 << 20
_GZIP_WINDOW = 31  # zlib's number for a gzip wrapper with the largest window


class Inflater:
    """Decompressor for the bytes of one reply, as they arrive."""

    def __init__(self, encoding: str, *, limit: int, limits: Limits) -> None:
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise AttemptError(
                ProtocolError,
                "arrived in a content encoding that was not requested",
                hint="Check whether a proxy compresses replies.",
            )
        self.is_plain = not encoding.endswith("gzip")
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._begun = False
        self._limit = limit
        self._limits = limits
        self.n_in = 0
        self.n_out = 0

    def expect(self, n_bytes: int) -> None:
        """Raise if a plain body declares a length above the limit."""
        if n_bytes > self._limit:
            raise self._too_large_error()

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Yield the content of ``raw``, in pieces of at most a mebibyte."""
        self.n_in += len(raw)
        if self.is_plain:
            self._check_size(len(raw))
            yield raw
            return
        more = bool(raw)
        while more:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._begun = True
            try:
                piece = self._member.decompress(raw, _MAX_PIECE_BYTES)
            except zlib.error:
                raise AttemptError(ProtocolError, "arrived as damaged gzip", again=True) from None
            self._check_size(len(piece))
            if self._member.eof:
                raw = self._member.unused_data
                more = bool(raw)
            else:
                raw = self._member.unconsumed_tail
                # After a full piece zlib may hold more output even if all input was consumed.
                more = bool(raw) or len(piece) == _MAX_PIECE_BYTES
            yield piece

    def finish(self) -> None:
        """Raise unless the body is complete."""
        if self._begun and not self._member.eof:
            raise AttemptError(ProtocolError, "arrived as truncated gzip", again=True)

    def _check_size(self, n_bytes: int) -> None:
        self.n_out += n_bytes
        if self.n_out > self._limit:
            raise self._too_large_error()
        if self.n_out > self._limits.ratio_from and self.n_out > self.n_in * self._limits.ratio:
            raise AttemptError(
                ResponseTooLargeError,
                f"grew to more than {self._limits.ratio:g} times its size when decompressed",
                hint="Real replies stay far below; for one that does not, raise Limits(ratio=...).",
            )

    def _too_large_error(self) -> AttemptError:
        return AttemptError(
            ResponseTooLargeError,
            f"returned more than the {counted(self._limit, 'byte')} allowed",
            hint="Raise the limit with Limits(...), or fetch fewer links with filters.",
        )
