"""Reads pages of the explorer back: what a browser does first, in a few lines of Python."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = ["Packed", "packed_of", "passing", "readable"]

TYPES = {"u8": "<u1", "u16": "<u2", "u32": "<u4", "i32": "<i4", "f64": "<f8"}


class Packed:
    """A pack, taken apart by what its header says."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        (length,) = struct.unpack_from("<I", packed)
        self.header: dict[str, Any] = json.loads(packed[4 : 4 + length])
        body = 4 + length + -(4 + length) % 8
        self.arrays: dict[str, NDArray[Any]] = {}
        ends = [0]
        for name, (kind, offset, count) in self.header["arrays"].items():
            dtype = np.dtype(TYPES[kind])
            # As a browser has it: a typed array begins at a multiple of its width.
            assert (body + offset) % 8 == 0
            assert offset >= ends[-1]
            self.arrays[name] = np.frombuffer(packed, dtype, count, body + offset)
            ends.append(offset + count * dtype.itemsize)
        assert len(packed) - body == ends[-1] + -ends[-1] % 8

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return numbers by their codes, NaN for the one behind all values."""
        found: NDArray[np.float64] = np.append(self.arrays["values"], np.nan)[self.arrays[name]]
        return found

    def texts(self, name: str, codes: str) -> list[str | None]:
        """Return texts by their codes, nothing for one beyond them."""
        known = [*self.header[name], *[None] * 65_536]
        return [known[code] for code in self.arrays[codes].tolist()]

    def evidence(self) -> list[str | None]:
        """Return the evidence of each link."""
        text, ends = self.arrays["evidence_text"].tobytes(), self.arrays["evidence"].tolist()
        return [text[begin:end].decode() if end > begin else None for begin, end in pairwise(ends)]

    def labels(self, threshold: float) -> NDArray[np.int64]:
        """Cut the tree: label nodes by their smallest companion, -1 for those without any."""
        first, level = self.header["first"], self.header["clustering"]["level"]
        parent = list(range(first[3]))

        def find(node: int) -> int:
            while parent[node] != node:
                node = parent[node]
            return node

        a, b, status = (self.arrays[name].tolist() for name in ("source", "target", "status"))
        pairs = []
        if self.header["policy"]["approved"] == "accept":
            pairs += [(x, y) for x, y, decided in zip(a, b, status, strict=True) if decided == 1]
        heights = self.arrays["heights"][self.arrays["tree_height"]]
        assert (np.diff(heights) <= 0).all()
        stands = int(np.count_nonzero(heights >= threshold))
        pairs += zip(
            self.arrays["tree_a"][:stands].tolist(),
            self.arrays["tree_b"][:stands].tolist(),
            strict=True,
        )
        begin, end = first[level], first[level + 1]
        for x, y in pairs:
            if begin <= min(x, y) and max(x, y) < end:
                one, other = sorted((find(x), find(y)))
                parent[other] = one
        label = np.array([find(node) for node in range(first[3])], dtype=np.int64)
        alone = np.bincount(label, minlength=1)[label] < 2
        return np.where(alone, -1, label)


def passing(clusters: Clusters, threshold: float) -> NDArray[np.bool_]:
    """Return which links a page shows at a threshold, on the scale of its clusters."""
    graph, problem = clusters.graph, clusters.problem
    links, floor = graph.arrays.links, clusters.setting.floor
    score = np.where(np.isnan(links.confidence), graph.weights, links.confidence)
    if problem.calibrate is not None or floor is not None:
        if floor is not None:
            score[rounded(score) < floor] = 0.0
        # A link from a node to itself joins nothing, and is not scored.
        scored = ~np.isnan(problem.link_scores) & (links.ends.source != links.ends.target)
        score[scored] = problem.link_scores[scored]
    # A threshold of 0 asks for nothing: links without a score pass too.
    shown: NDArray[np.bool_] = graph.policy.accepts(score, links.status, threshold)
    return shown | (threshold == 0)


def packed_of(page: str) -> Packed:
    """Take the data out of a page."""
    found = re.search(r'<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', page)
    assert found is not None
    return Packed(zlib.decompress(base64.b64decode(found[1]), -zlib.MAX_WBITS))


def readable(content: str) -> str:
    """Return a file with what a page packs unpacked, so that words can be looked for in it."""
    if 'id="data">' not in content:
        return content
    return content + packed_of(content).packed.decode(errors="replace")
