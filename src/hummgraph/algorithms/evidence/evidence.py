"""Evidence of any shape: flattened, as a table, and compared by decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.evidence.comparison import EvidenceComparison, compare_evidence
from hummgraph.algorithms.evidence.display import EvidenceDisplay
from hummgraph.algorithms.evidence.rows import (
    BOOLEAN,
    NUMBER,
    EvidenceRows,
    as_texts,
    kind_of,
    value_text,
)
from hummgraph.errors.arguments import check_graph, check_mapping
from hummgraph.frames import Frame
from hummgraph.graph.checks import as_position
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["EvidenceComparison", "compare_evidence", "evidence_table", "flatten_evidence"]


def flatten_evidence(
    evidence: Mapping[str, Any] | None,
) -> dict[str, str | float | int | bool | None]:
    r"""Return the numbers, texts, truth values and nulls of evidence by flat keys.

    Parameters
    ----------
    evidence
        Any JSON object, or ``None``.

    Returns
    -------
    dict[str, str | float | int | bool | None]
        Values by key, in the order of the evidence. A key is the path to its value: names of
        members separated by dots, and positions in lists as ``[0]``. An empty object is a row
        ``key{}`` with the text ``"{}"``, an empty list a row ``key[]`` with ``"[]"``.

    Raises
    ------
    ArgumentError
        If the evidence cannot be written as JSON.

    Notes
    -----
    A name is quoted as in JSON if it is empty, holds one of ``. [ ] { } "``, begins with a
    parenthesis, or would not be fully visible (white space at an end, unprintable characters). So
    keys and values determine the evidence: two different objects never flatten alike. The
    exceptions are these limits, each noted in a row of its own:

    - 100 items of a list: ``key[100...]`` is ``"shown 100 of 4,096"``;
    - 32 levels: ``key{...}`` or ``key[...]`` has the amount of deeper content;
    - 200 characters of a name: of a longer one, ``"beginning"~`` and a digest of the whole name.

    O(n) for n values, times the length of their keys.

    Examples
    --------
    >>> flatten_evidence({"profile": {"entropy": 2.5, "top": ["a", None]}})
    {'profile.entropy': 2.5, 'profile.top[0]': 'a', 'profile.top[1]': None}
    >>> flatten_evidence({"a.b": True, "tags": []})
    {'"a.b"': True, 'tags[]': '[]'}
    """
    if evidence is None:
        return {}
    hint = "Write flatten_evidence(link.evidence); json.loads() reads text."
    check_mapping(evidence, "flatten_evidence", "a JSON object", hint)
    rows = EvidenceRows()
    rows.add(evidence)
    return dict(zip(rows.keys, rows.values, strict=True))


def evidence_table(
    graph: LinkGraph, links: str | UUID | int | Iterable[str | UUID | int] | None = None
) -> Frame:
    """Return the evidence of links as a table: one row a link and key.

    Parameters
    ----------
    graph
        The links.
    links
        Ids or positions of links; all by default.

    Returns
    -------
    Frame
        A table with ``link_id``, ``source_path``, ``target_path``, ``status``, ``key`` (as in
        :func:`flatten_evidence`), ``value`` (text), ``number`` (1 and 0 for true and false, null
        for texts) and ``kind``: ``"number"``, ``"text"``, ``"boolean"`` or ``"null"``. Links are in
        order of position, each once; links without evidence have no row. A number too large for a
        float is a text.

    Raises
    ------
    LinkNotFoundError
        If the graph has no such link.

    Notes
    -----
    O(n) for n rows, times the length of their keys; finding a link by its id is O(log n_links).
    Cells are unchanged, and may quote data; printed and in notebooks, keys and values that are no
    vocabulary are ``[redacted]``.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> print(evidence_table(graph, [0]).select("key", "value", "kind"))
    key                          | value         | kind
    -----------------------------+---------------+-------
    matcher                      | value_overlap | text
    sample.rows                  | 9173          | number
    sample.shared                | 7404          | number
    containment.source_in_target | 0.807         | number
    containment.target_in_source | 0.775         | number
    """
    check_graph(graph, "evidence_table")
    arrays, nodes = graph.arrays, graph.arrays.nodes
    index = np.arange(graph.n_links)
    if links is not None:
        several = [links] if isinstance(links, str | UUID | int | np.integer) else links
        chosen = {_link_position(graph, link) for link in several}
        index = np.array(sorted(chosen), dtype=np.int64)
    rows = EvidenceRows.of(graph, index)
    each = np.repeat(np.arange(len(index)), rows.counts)
    ends = arrays.links.ends
    kinds = [kind_of(value) for value in rows.values]
    number = [
        float(value) if kind in {NUMBER, BOOLEAN} else None  # type: ignore[arg-type]
        for value, kind in zip(rows.values, kinds, strict=True)
    ]
    return Frame(
        pa.table(
            {
                "link_id": id_strings(graph.link_ids[index]).take(pa.array(each)),
                "source_path": nodes.path.take(pa.array(ends.source[index][each])),
                "target_path": nodes.path.take(pa.array(ends.target[index][each])),
                **nodes.deleted_ends(ends.source[index][each], ends.target[index][each]),
                "status": pa.array(arrays.statuses, pa.string()).take(
                    pa.array(arrays.links.status[index][each])
                ),
                "key": pa.array(rows.keys, pa.string()),
                "value": as_texts([value_text(value) for value in rows.values]),
                "number": pa.array(number, pa.float64()),
                "kind": pa.array(kinds, pa.string()),
            }
        ),
        display=EvidenceDisplay(graph.snapshot),
    )


def _link_position(graph: LinkGraph, link: str | UUID | int) -> int:
    """Return the position of a link; a position is returned without reading the link."""
    if not isinstance(link, str | UUID):
        link = as_position("link", link)
        if 0 <= link < graph.n_links:
            return link
    return graph.link(link).link_index
