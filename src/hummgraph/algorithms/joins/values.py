"""Verdicts of values on links, as :func:`hummgraph.verify` writes them into evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "BY_REFERENCES",
    "CONTRADICTED",
    "SUPPORTED",
    "Checked",
    "cardinality_of",
    "checked_in",
    "checked_links",
]

SUPPORTED: Final = "supported"
CONTRADICTED: Final = "contradicted"
_VERDICTS: Final = frozenset({SUPPORTED, CONTRADICTED, "cannot say"})
_TURNED: Final = {"1:1": "1:1", "1:n": "n:1", "n:1": "1:n", "n:m": "n:m"}
BY_REFERENCES: Final = {(True, False): "n:1", (False, True): "1:n", (True, True): "n:m"}
"""Numbers of rows that meet, by which of two columns refers to rows elsewhere."""


class Checked(NamedTuple):
    """Verdict of values on a link, from its source to its target.

    Parameters
    ----------
    verdict
        ``"supported"``, ``"contradicted"`` or ``"cannot say"``.
    cardinality
        ``"1:1"``, ``"1:n"``, ``"n:1"`` or ``"n:m"``; empty if it is unknown.
    """

    verdict: str
    cardinality: str

    def seen(self, *, forward: bool) -> str:
        """Return the cardinality from the source's end, or from the target's."""
        return self.cardinality if forward else _TURNED.get(self.cardinality, "")


def checked_in(evidence: Any) -> Checked | None:
    """Return the verdict of values in the evidence of a link; ``None`` without one."""
    found = evidence.get("values") if isinstance(evidence, dict) else None
    if not isinstance(found, dict):
        return None
    verdict, cardinality = found.get("verdict"), found.get("cardinality")
    if not isinstance(verdict, str) or verdict not in _VERDICTS:
        return None
    if not isinstance(cardinality, str) or cardinality not in _TURNED:
        cardinality = ""
    return Checked(verdict, cardinality)


def cardinality_of(chain: Sequence[Step]) -> str | None:
    """Return the numbers of rows that meet by one link with checked values; ``None`` if unknown."""
    checked = checked_in(chain[0].evidence) if len(chain) == 1 else None
    return (checked.seen(forward=chain[0].forward) or None) if checked else None


def checked_links(graph: LinkGraph) -> Mapping[int, Checked]:
    """Return verdicts of values on links, by position; O(m) for m links."""
    data = graph.arrays
    stored = data.snapshot.links.column("evidence").take(data.links.row)
    marked = pc.fill_null(pc.match_substring(stored, '"verdict"'), fill_value=False)
    found = {}
    for at in np.flatnonzero(marked.to_numpy(zero_copy_only=False)).tolist():
        checked = checked_in(json.loads(stored[at].as_py()))
        if checked is not None:
            found[at] = checked
    return found
