"""A workbook of clusters, for people who work in spreadsheets.

Every text is written as text: none becomes a formula, a link or a number, whatever it begins with.
The file holds no time of its making, so that equal clusters give equal bytes.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.export.attributes import attributes_of
from hummgraph.export.rows import moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = ["workbook"]

_MOST_ROWS: Final = 1_048_576  # of a sheet, with its head
_LONGEST: Final = 32_767  # characters of a cell
_EXACT: Final = 2**53  # beyond, a cell rounds whole numbers
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_WIDEST: Final = 60  # characters that a column shows


def workbook(clusters: Clusters, *, confidence: bool = True, node_attributes: Any = None) -> bytes:
    """Build a workbook of the crosswalk, the members, the clusters and the contradictions.

    Parameters
    ----------
    clusters
        Groups of fields.
    confidence
        Whether cells of the crosswalk have confidences.
    node_attributes
        Attributes of others for the members, as for :func:`hummgraph.write`.

    Returns
    -------
    bytes
        An ``.xlsx`` file. Equal clusters give equal bytes.

    Raises
    ------
    MissingDependencyError
        If XlsxWriter is not installed.
    FormatError
        If there are more rows than a sheet has.
    ArgumentError, NodeNotFoundError, AmbiguousNodeError
        If the attributes are not such.

    Notes
    -----
    A text longer than 32,767 characters, which no cell holds, ends in an ellipsis.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> workbook(cluster(LinkGraph(load_demo().snapshot())))[:2]
    b'PK'
    """
    if find_spec("xlsxwriter") is None:
        raise MissingDependencyError(
            "XlsxWriter is not installed.", hint="pip install 'hummgraph[excel]', or write .csv."
        )
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    # It asks for a time without a zone.
    book.set_properties({"title": "Crosswalk", "created": _MADE})
    bold = book.add_format({"bold": True})
    attributes = attributes_of(clusters.graph, node_attributes, None).nodes
    for name, columns, rows in _sheets(clusters, attributes, confidence=confidence):
        if len(rows) >= _MOST_ROWS:
            raise FormatError(
                f"{len(rows):,} rows of {name} are more than a sheet holds.", hint="Write .csv."
            )
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, bold)
            sheet.set_column(place, place, _width(column, (row[place] for row in rows[:200])))
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write(sheet, number, place, cell)
        sheet.autofilter(0, 0, len(rows), max(len(columns) - 1, 0))
    book.close()
    return out.getvalue()


def _sheets(
    clusters: Clusters, attributes: pa.RecordBatch, *, confidence: bool
) -> Iterable[tuple[str, Sequence[str], list[tuple[Any, ...]]]]:
    for name, frame in (
        ("crosswalk", clusters.crosswalk(confidence=confidence)),
        ("clusters", clusters.quality),
    ):
        yield name, frame.columns, [tuple(row.values()) for row in frame]
    nodes = clusters.graph.arrays.nodes
    paths, ids = nodes.path.to_pylist(), nodes.id_text.to_pylist()
    marks = ["yes" if gone else "no" for gone in nodes.deleted.tolist()]
    others = [
        moments(column) if pa.types.is_timestamp(column.type) else column.to_pylist()
        for column in attributes.columns
    ]
    members = [
        (
            clusters.ids[label],
            clusters.names[label],
            paths[code],
            ids[code],
            marks[code],
            *(column[code] for column in others),
        )
        for label, code in sorted(
            (int(clusters.labels[code]), code) for code in clusters.member_index.tolist()
        )
    ]
    own = ("cluster_id", "cluster_name", "member", "node_id", "deleted")
    if "member" in map(str.casefold, attributes.schema.names):
        raise ArgumentError(
            "node_attributes has an attribute 'member', which the sheet of members has already.",
            hint="Rename it.",
        )
    yield "members", (*own, *attributes.schema.names), members
    place = dict(zip(ids, nodes.marked_path.to_pylist(), strict=True))
    broken = [
        (found.cluster_id, place[found.source], place[found.target], found.link_id)
        for found in clusters.contradictions
    ]
    yield "contradictions", ("cluster_id", "source", "target", "link_id"), broken


def _write(sheet: Any, row: int, column: int, cell: object) -> None:
    """Write a cell as what it is; a null stays empty."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, float) or (isinstance(cell, int) and abs(cell) <= _EXACT):
        sheet.write_number(row, column, cell)
    else:
        text = "; ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
        shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\u2026"
        sheet.write_string(row, column, shown)


def _width(head: str, cells: Iterable[object]) -> int:
    longest = max((len(str(cell)) for cell in cells if cell is not None), default=0)
    return min(max(len(head), longest) + 2, _WIDEST)
