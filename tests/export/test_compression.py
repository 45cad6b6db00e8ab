"""Tests of files as gzip."""

from __future__ import annotations

import gzip
import io

from hypothesis import given
from hypothesis import strategies as st

from hummgraph.export.compression import gzipped


@given(st.lists(st.binary(max_size=200)))
def test_any_content_comes_back(chunks: list[bytes]) -> None:
    """Python's reader gives the content back, and the file has neither name nor time."""
    packed = b"".join(gzipped(iter(chunks)))

    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        assert file.read() == b"".join(chunks)
        assert file.mtime == 0
    assert packed == b"".join(gzipped(chunks))
