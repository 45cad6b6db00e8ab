"""Files as gzip: the same bytes from the same content, on every machine and day."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["gzipped"]

_HEAD: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""Header of a gzip file without name and time, from an unnamed system."""

_WORD: Final = 0xFFFFFFFF


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Return content as a gzip file, chunk by chunk.

    Parameters
    ----------
    chunks
        The content.

    Examples
    --------
    >>> import gzip
    >>> gzip.decompress(b"".join(gzipped([b"<graph", b"ml/>"])))
    b'<graphml/>'
    """
    yield _HEAD
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    size = check = 0
    for chunk in chunks:
        check = zlib.crc32(chunk, check)
        size += len(chunk)
        yield packer.compress(chunk)
    yield packer.flush()
    yield check.to_bytes(4, "little") + (size & _WORD).to_bytes(4, "little")
