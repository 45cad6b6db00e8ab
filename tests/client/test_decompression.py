"""Tests of bounded decompression."""

from __future__ import annotations

import gzip
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.client.client import Limits
from hummgraph.client.decompression import Inflater
from hummgraph.client.retry import AttemptError
from hummgraph.errors import ProtocolError, ResponseTooLargeError


def inflate(pieces: list[bytes], encoding: str = "gzip", **limits: float) -> bytes:
    """Return the decompressed pieces of some input."""
    inflater = Inflater(
        encoding,
        limit=int(limits.pop("limit", 1 << 30)),
        limits=Limits(**limits),  # type: ignore[arg-type]
    )
    out = b"".join(part for piece in pieces for part in inflater.feed(piece))
    inflater.finish()
    assert inflater.n_out == len(out)
    return out


def cut(raw: bytes, sizes: list[int]) -> list[bytes]:
    """Return bytes cut into pieces of these sizes, and the rest."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(raw[at : at + size])
        at += size
    return [*pieces, raw[at:]]


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_plain_body_passes(encoding: str) -> None:
    """An uncompressed body is returned unchanged."""
    assert inflate([b"ab", b"", b"c"], encoding) == b"abc"


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip;q=1"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """Content encodings that were not requested are refused."""
    with pytest.raises(AttemptError) as caught:
        inflate([b""], encoding)
    assert caught.value.kind is ProtocolError
    assert not caught.value.again


@given(
    st.lists(st.binary(max_size=200), max_size=4),
    st.lists(st.integers(0, 40), max_size=20),
)
def test_members_and_pieces_do_not_matter(members: list[bytes], sizes: list[int]) -> None:
    """A body has the same content however it is split into gzip members and pieces."""
    raw = b"".join(gzip.compress(member) for member in members)

    assert inflate(cut(raw, sizes), "x-gzip") == b"".join(members)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_every_cut_is_found(body: bytes, data: st.DataObject) -> None:
    """A truncated gzip body is recognised, whatever number of bytes is missing."""
    raw = gzip.compress(body)
    n = data.draw(st.integers(1, len(raw) - 1))
    with pytest.raises(AttemptError) as caught:
        inflate([raw[:n]])
    assert caught.value.kind is ProtocolError
    assert caught.value.again


@given(st.binary(min_size=1, max_size=100))
def test_no_damage_goes_unnoticed(body: bytes) -> None:
    """A wrong checksum, and bytes after the end, are errors."""
    raw = gzip.compress(body)
    for bad in (raw[:-8] + bytes([raw[-8] ^ 1]) + raw[-7:], raw + b"\0", raw + b"junk"):
        with pytest.raises(AttemptError):
            inflate([bad])


def test_long_output_comes_in_bounded_pieces() -> None:
    """The output of a few bytes is complete, in pieces of a mebibyte."""
    body = bytes(5 << 20)
    inflater = Inflater("gzip", limit=1 << 30, limits=Limits())
    sizes = [len(piece) for piece in inflater.feed(gzip.compress(body))]

    assert max(sizes) == 1 << 20
    assert sum(sizes) == len(body)
    inflater.finish()


def test_bomb_is_found_in_bounded_memory() -> None:
    """A gibibyte of zeros is refused after some mebibytes, and never held."""
    bomb = gzip.compress(gzip.compress(bytes(1 << 24)) * 64)  # the outer one is small
    inner = gzip.decompress(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(AttemptError) as caught:
            inflate_discarding(inner)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.kind is ResponseTooLargeError
    assert peak < 16 << 20


def inflate_discarding(raw: bytes) -> None:
    """Feed network-sized pieces and keep no output."""
    inflater = Inflater("gzip", limit=1 << 33, limits=Limits())
    for at in range(0, len(raw), 65536):
        for _ in inflater.feed(raw[at : at + 65536]):
            pass


def test_ratio_is_not_held_against_short_texts() -> None:
    """Below ``ratio_from`` any ratio is allowed, and above it only ``ratio``."""
    raw = gzip.compress(b" " * 100_000)

    assert len(inflate([raw], ratio_from=100_000)) == 100_000
    with pytest.raises(AttemptError):
        inflate([raw], ratio_from=99_999)
    noise = os.urandom(100_000)
    assert inflate([gzip.compress(noise)], ratio=1.01, ratio_from=0) == noise


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_limit_is_the_largest_size_allowed(encoding: str) -> None:
    """A body may have exactly as many bytes as the limit."""
    body = b"x" * 1000
    raw = gzip.compress(body) if encoding else body

    assert inflate([raw], encoding, limit=1000) == body
    with pytest.raises(AttemptError) as caught:
        inflate([raw], encoding, limit=999)
    assert caught.value.kind is ResponseTooLargeError


def test_announced_size_is_checked_beforehand() -> None:
    """A plain body that declares a length above the limit is refused before it is read."""
    inflater = Inflater("", limit=10, limits=Limits())
    inflater.expect(10)
    with pytest.raises(AttemptError):
        inflater.expect(11)
