"""GraphML that networkx, igraph, Gephi and others read: streamed, one type an attribute.

Every node and link is there, with its id. Rules that readers need, each for a reason:

- An attribute has one type over the whole file; a confidence is a double even where it is 1.
- A null has no element. Where a reader would put 0 or false in its place, a companion says so:
  ``has_confidence``, ``has_weight`` and ``has_is_active`` are always there.
- Times are ISO 8601 texts and evidence is JSON text; GraphML knows neither times nor objects.
- A character that XML cannot carry becomes U+FFFD and is counted in ``replaced_characters``.

The standard has no multigraph flag: networkx gives a graph without parallel links back as a
``DiGraph``, unless asked with ``networkx.read_graphml(path, force_multigraph=True)``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph._ids import id_strings
from hummgraph.export.redaction import Redaction, redact_evidence
from hummgraph.graph import Level, LinkGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering import Clusters
    from hummgraph.projection import Projection

__all__ = ["NO_CLUSTER", "graphml_chunks"]

NO_CLUSTER: Final = -1
"""Cluster of a node that is in none, as in ``Clusters.labels``."""

_BATCH = 8_192  # rows formatted at once: some megabytes, whatever the graph's size
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd">\n'
)
# Markup, a carriage return (readers make a newline of it unless it is escaped), and everything
# outside the production Char of XML 1.0.
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_UNCARRIED = "\ufffd"

_NODE_TEXTS = (
    "level",
    "name",
    "label",
    "path",
    "parent_id",
    "system",
    "table",
    "kind",
    "schema_name",
    "api_identifier",
    "data_type",
    "description",
)


class _Writer:
    """Declares attributes and formats their values; counts what XML could not carry."""

    def __init__(self) -> None:
        self.replaced = 0
        self.declarations: list[str] = []
        self._tags: dict[tuple[str, str], str] = {}

    def declare(self, domain: str, kind: str, *names: str) -> None:
        """Declare attributes of nodes, edges or the graph."""
        for name in names:
            key = f"{domain[0]}{sum(known == domain for known, _ in self._tags)}"
            self._tags[domain, name] = f'<data key="{key}">'
            self.declarations.append(
                f'  <key id="{key}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n'
            )

    def escape(self, text: str) -> str:
        return _SPECIAL.sub(self._entity, text) if _SPECIAL.search(text) else text

    def _entity(self, match: re.Match[str]) -> str:
        entity = _ENTITIES.get(match[0])
        if entity is None:
            self.replaced += 1
            return _UNCARRIED
        return entity

    def texts(self, domain: str, name: str, values: Iterable[str | None]) -> list[str]:
        """Format texts; a null gives nothing."""
        tag, escape = self._tags[domain, name], self.escape
        return ["" if text is None else f"{tag}{escape(text)}</data>" for text in values]

    def plain(self, domain: str, name: str, values: Iterable[object | None]) -> list[str]:
        """Format numbers, and texts of our own making; a null gives nothing."""
        tag = self._tags[domain, name]
        return ["" if value is None else f"{tag}{value}</data>" for value in values]

    def coded(
        self, domain: str, name: str, codes: NDArray[np.integer[Any]], names: Sequence[str]
    ) -> list[str]:
        """Format values of which there are few."""
        tag = self._tags[domain, name]
        few = [f"{tag}{self.escape(text)}</data>" for text in names]
        if len(codes) and _UNCARRIED in "".join(few):
            # Counted by occurrence, like every other character.
            lost = [len(_lost(text)) for text in names]
            self.replaced += int(np.bincount(codes, minlength=len(names)) @ lost) - sum(lost)
        return [few[code] for code in codes.tolist()]

    def flags(self, domain: str, name: str, values: NDArray[np.bool_]) -> list[str]:
        return self.coded(domain, name, values.astype(np.int8), ("false", "true"))

    def nullable(
        self, domain: str, name: str, values: NDArray[np.float64]
    ) -> tuple[list[str], list[str]]:
        """Format numbers of which NaN stands for null, and the companion that says which do."""
        present = ~np.isnan(values)
        numbers = [value if here else None for value, here in zip(values.tolist(), present.tolist(), strict=True)]
        return self.plain(domain, name, numbers), self.flags(domain, f"has_{name}", present)
