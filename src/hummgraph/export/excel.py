"""A workbook of clusters, for people who work in spreadsheets.

Every text is written as text: none becomes a formula, a link or a number, however it begins.
The file has a fixed time of creation, so that equal clusters give equal bytes.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.export.attributes import attributes_of
from hummgraph.export.rows import moments
from hummgraph.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.entities.entity_map import EntityMap

__all__ = ["with_entities", "workbook"]

_MAX_ROWS: Final = 1_048_576  # in a sheet, with the header
_MAX_CELL: Final = 32_767  # characters in a cell
_MAX_EXACT_INTEGER: Final = 2**53  # cells round whole numbers beyond it
_CREATED: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_MAX_WIDTH: Final = 60  # of a column, in characters


def with_entities(crosswalk: Frame, named: list[tuple[str | None, str | None]] | None) -> Frame:
    """Return a crosswalk with the entity and role of each cluster after its counts, if known.

    A system of one of these names gets ``(system)`` after it, as in the crosswalk itself.
    """
    if named is None:
        return crosswalk
    table = crosswalk.to_arrow()
    taken = {"entity", "role"}
    table = table.rename_columns(
        [f"{name} (system)" if name in taken else name for name in table.column_names]
    )
    for place, name in enumerate(("entity", "role")):
        cells = pa.array([row[place] for row in named], pa.string())
        table = table.add_column(4 + place, name, cells)
    return Frame(table)


def workbook(
    clusters: Clusters,
    *,
    confidence: bool = True,
    node_attributes: Any = None,
    named: list[tuple[str | None, str | None]] | None = None,
    entities: EntityMap | None = None,
) -> bytes:
    """Build a workbook of the crosswalk, the members, the clusters and the contradictions.

    Parameters
    ----------
    clusters
        Groups of fields.
    confidence
        Whether cells of the crosswalk have confidences.
    node_attributes
        Attributes to add to the members, as for :func:`hummgraph.write`.
    named
        Entity and role of each cluster, for the crosswalk.
    entities
        An entity map, for sheets of entities and their keys.

    Returns
    -------
    bytes
        An ``.xlsx`` file. Equal clusters give equal bytes.

    Raises
    ------
    MissingDependencyError
        If XlsxWriter is not installed.
    FormatError
        If a sheet would need more than 1,048,576 rows.
    ArgumentError
        If the attributes are invalid or reserved, or one is called ``member``.
    NodeNotFoundError, AmbiguousNodeError
        If the node of an attribute does not exist or its name is ambiguous.

    Notes
    -----
    A text of more than 32,767 characters, the limit of a cell, is cut and ends in an ellipsis.

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
    # XlsxWriter needs a time without a zone.
    book.set_properties({"title": "Crosswalk", "created": _CREATED})
    bold = book.add_format({"bold": True})
    attributes = attributes_of(clusters.graph, node_attributes, None).nodes
    sheets = _build_sheets(clusters, attributes, named=named, confidence=confidence)
    for name, columns, rows in chain(sheets, _entity_sheets(entities)):
        if len(rows) >= _MAX_ROWS:
            raise FormatError(
                f"The sheet {name!r} would have {len(rows):,} rows; a sheet holds up to"
                f" {_MAX_ROWS - 1:,}.",
                hint="Write .csv.",
            )
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, bold)
            sheet.set_column(
                place, place, _column_width(column, (row[place] for row in rows[:200]))
            )
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write_cell(sheet, number, place, cell)
        sheet.autofilter(0, 0, len(rows), max(len(columns) - 1, 0))
    book.close()
    return out.getvalue()


def _build_sheets(
    clusters: Clusters,
    attributes: pa.RecordBatch,
    *,
    named: list[tuple[str | None, str | None]] | None,
    confidence: bool,
) -> Iterable[tuple[str, Sequence[str], list[tuple[Any, ...]]]]:
    """Yield the name, header and rows of each sheet."""
    for name, frame in (
        ("crosswalk", with_entities(clusters.crosswalk(confidence=confidence), named)),
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
            "node_attributes has an attribute 'member', a name that the sheet of members uses.",
            hint="Rename the attribute.",
        )
    yield "members", (*own, *attributes.schema.names), members
    place = dict(zip(ids, nodes.marked_path.to_pylist(), strict=True))
    broken = [
        (found.cluster_id, place[found.source], place[found.target], found.link_id)
        for found in clusters.contradictions
    ]
    yield "contradictions", ("cluster_id", "source", "target", "link_id"), broken


def _entity_sheets(
    entities: EntityMap | None,
) -> Iterable[tuple[str, Sequence[str], list[tuple[Any, ...]]]]:
    """Yield the sheets of entities, their tables and their keys; none without a map."""
    if entities is not None:
        for name, frame in (
            ("entities", entities.to_frame()),
            ("tables of entities", entities.tables),
            ("keys of entities", entities.keys),
        ):
            yield name, frame.columns, [tuple(row.values()) for row in frame]


def _write_cell(sheet: Any, row: int, column: int, cell: object) -> None:
    """Write a cell by the type of its value; a null leaves it empty."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, float) or (isinstance(cell, int) and abs(cell) <= _MAX_EXACT_INTEGER):
        sheet.write_number(row, column, cell)
    else:
        text = "; ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
        shown = text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 1]}\u2026"
        sheet.write_string(row, column, shown)


def _column_width(head: str, cells: Iterable[object]) -> int:
    """Return the width of a column in characters."""
    longest = max((len(str(cell)) for cell in cells if cell is not None), default=0)
    return min(max(len(head), longest) + 2, _MAX_WIDTH)
