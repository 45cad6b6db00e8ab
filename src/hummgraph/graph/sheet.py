"""Decisions in a spreadsheet: links written as CSV, and what reviewers filled in, read back."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.errors import DecisionError, HummgraphError
from hummgraph.errors.arguments import check_graph, check_path, check_target
from hummgraph.errors.texts import quoted
from hummgraph.frames import FORMULA, Frame, Listing, counted
from hummgraph.graph.decisions import Asked, Decision
from hummgraph.records.display import LinkDisplay
from hummgraph.records.ids import id_strings, parse_id
from hummgraph.records.models import Status
from hummgraph.records.tables.csv import csv_rows
from hummgraph.records.tables.files import MAX_NAMES_BYTES, as_utf8, read_whole
from hummgraph.snapshot.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from os import PathLike

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.records.tables.rows import Rows

__all__ = ["read_decision_sheet", "write_decision_sheet"]

COLUMNS: Final = (
    "link_id",
    "source",
    "target",
    "link_type",
    "confidence",
    "status",
    "new_status",
    "note",
    "who",
)
_READ: Final = ("link_id", "source", "target", "status", "new_status", "note", "who")
_NEEDED: Final = ("link_id", "new_status")
_ALLOWED: Final = ", ".join(Status)
_SHOWN: Final = 3
_MARK: Final = "'"
_MARKED: Final = re.compile(f"{_MARK}+[{re.escape(''.join(FORMULA))}]")


def write_decision_sheet(graph: LinkGraph, path: str | PathLike[str]) -> None:
    r"""Write the links of a graph as CSV, for reviewers who use a spreadsheet.

    A row has the ``link_id``, both ends by name, ``link_type``, ``confidence`` and ``status`` of a
    link, and empty cells ``new_status``, ``note`` and ``who`` to be filled in. Links that the graph
    has decisions about have these there. :func:`read_decision_sheet` reads them back.

    Parameters
    ----------
    graph
        The links, which filters choose: ``graph.where(status="SUGGESTED")``, say. The surest come
        first.
    path
        Written whole or not at all, in UTF-8 with a mark, which spreadsheets need. A new file can
        be read by its owner only, since notes may quote data. An apostrophe is put before a text
        that a spreadsheet would run as a formula.

    Raises
    ------
    OutputError
        If the file cannot be written.

    Notes
    -----
    O(n log n) for n links.

    Examples
    --------
    >>> import tempfile
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot()).where(
    ...     between=("Stripe/customers", "Salesforce/Contact"), status="SUGGESTED"
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "review.csv"
    ...     write_decision_sheet(graph, path)
    ...     text = path.read_text(encoding="utf-8-sig")
    >>> text.splitlines()[0]
    'link_id,source,target,link_type,confidence,status,new_status,note,who'
    """
    check_graph(graph, "write_decision_sheet")
    check_target(path, "write_decision_sheet", "a file")
    text = Frame(_sheet(graph)).to_csv()
    with write_atomically(path, private=True) as file:
        file.write(text.encode("utf-8-sig"))


def read_decision_sheet(
    graph: LinkGraph,
    path: str | PathLike[str],
    *,
    who: str | None = None,
    decided_at: datetime | None = None,
    asked: str | None = Asked.CHOSEN,
) -> tuple[Decision, ...]:
    r"""Read the decisions that reviewers filled into a sheet of :func:`write_decision_sheet`.

    Parameters
    ----------
    graph
        A graph with these links, and with the decisions that are known: rows that repeat these are
        left out, so that reading a sheet twice decides nothing twice.
    path
        A CSV file in UTF-8, or in UTF-16 with a mark, with the columns ``link_id`` and
        ``new_status``; ``note``, ``who``, ``source``, ``target`` and ``status`` are read as well.
        Columns may be separated by commas, semicolons, tabs or bars, stand in any order, and be
        written in any case; others are ignored, and so are empty rows.
    who
        Name of the reviewer for rows without one.
    decided_at
        Time of the decisions, with a time zone.
    asked
        Reason why reviewers were asked; ``"chosen"`` by default, since links that people pick are
        no fair sample. See :class:`Decision`.

    Returns
    -------
    tuple[Decision, ...]
        One for each row with a ``new_status``, by link id, with ends and confidences.
        ``SUGGESTED`` takes a decision back; an empty cell decides nothing.

    Raises
    ------
    DecisionError
        If the file cannot be read, or any row is wrong: a link that the graph does not have, a
        status that does not exist, names that are not those of the link's ends, as after sorting
        some of the columns, a changed ``status``, a note without a ``new_status``, or two rows that
        say different things about one link. The message has the rows as a spreadsheet numbers
        them, the columns, the values and what is allowed. Nothing is read then.

    Notes
    -----
    O(n log n) for n links and rows.

    Examples
    --------
    >>> import tempfile
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> link_id = graph.where(status="SUGGESTED").link(0).link_id
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "review.csv"
    ...     _ = path.write_text(f"Link ID;New status;Note\n{link_id};rejected;other address\n")
    ...     (decision,) = read_decision_sheet(graph, path)
    >>> decision.status, decision.note
    ('REJECTED', 'other address')
    """
    check_graph(graph, "read_decision_sheet")
    check_path(path, "read_decision_sheet", "a sheet of decisions")
    about = {"decided_at": decided_at, "asked": asked, "who": who}
    Decision(str(UUID(int=0)), Status.APPROVED, **about)  # type: ignore[arg-type]  # checks them
    try:
        rows = _rows_of(Path(path))
        decisions, faults = _decided(rows, graph, about)
    except HummgraphError as error:
        raise DecisionError(
            f"Cannot read {str(path)!r}: {error.message}", hint=error.hint
        ) from error
    if faults:
        some = " ".join(
            f"{_capital(rows.place(fault.row))}, column {fault.column}: {fault.what}"
            for fault in faults[:_SHOWN]
        )
        more = len(faults) - _SHOWN
        raise DecisionError(
            f"{str(path)!r} has {counted(len(faults), 'cell')} that cannot be read. {some}"
            f"{f' And {more:,} more.' if more > 0 else ''}",
            hint="Nothing was read; correct the cells, or export the sheet again.",
        )
    return decisions


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- writing ---------------------------------------------------------------------------------


def _sheet(graph: LinkGraph) -> pa.Table:
    """Return the sheet of a graph, in the order of confidences, then of ids."""
    data, links = graph.arrays, graph.arrays.links
    order = np.argsort(-np.nan_to_num(links.confidence, nan=-1.0), kind="stable")
    known = {row.link_id: row for row in data.decisions.decisions}
    ids = id_strings(graph.link_ids[order])
    rows = [known.get(link_id) for link_id in ids.to_pylist()]
    fetched = _fetched_status(graph)[order]
    status = [
        str(row.status) if row else now if now != before else None
        for row, now, before in zip(
            rows,
            (data.statuses[code] for code in links.status[order].tolist()),
            fetched.tolist(),
            strict=True,
        )
    ]
    confidence = pa.array(links.confidence[order], from_pandas=True)
    types = [data.link_types[code] for code in links.link_type[order].tolist()]
    table = pa.table(
        {
            "link_id": ids,
            "source": data.nodes.path.take(pa.array(links.ends.source[order])),
            "target": data.nodes.path.take(pa.array(links.ends.target[order])),
            "link_type": pa.array(types, pa.string()),
            "confidence": confidence,
            "status": pa.array(fetched.tolist(), pa.string()),
            "new_status": pa.array(status, pa.string()),
            "note": pa.array([row.note if row else None for row in rows], pa.string()),
            "who": pa.array([row.who if row else None for row in rows], pa.string()),
        }
    )
    shown = Frame(table, display=LinkDisplay(graph.snapshot)).shown().to_arrow()
    for name in ("source", "target", "note", "who"):
        cells = [_twice_marked(cell) for cell in shown.column(name).to_pylist()]
        at = shown.schema.get_field_index(name)
        shown = shown.set_column(at, name, pa.array(cells, pa.string()))
    return shown


def _fetched_status(graph: LinkGraph) -> Any:
    """Return the status of each link as it was fetched, as an array of texts."""
    column = graph.snapshot.links.column("status").take(pa.array(graph.arrays.links.row))
    return np.array(column.to_pylist(), dtype=object)


def _twice_marked(cell: str | None) -> str | None:
    """Return a text with a mark more if reading would take its own for that of a formula."""
    return f"{_MARK}{cell}" if cell and _MARKED.match(cell) else cell


# --- reading ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    """Fault in a cell."""

    row: int
    column: str
    what: str


def _rows_of(path: Path) -> Rows:
    try:
        content = as_utf8(read_whole(path, MAX_NAMES_BYTES))
    except UnicodeDecodeError as error:
        raise DecisionError("It is not UTF-16 text, as its first bytes say.") from error
    if not content.strip():
        raise DecisionError("It is empty.", hint="write_decision_sheet() writes a sheet.")
    return csv_rows(lambda: io.BytesIO(content), "The sheet")


def _folded(name: str) -> str:
    return "_".join(name.casefold().replace("_", " ").split())


def _cells(rows: Rows) -> Iterator[dict[str, str]]:
    """Yield the cells that are read of each row, without blanks around ids and statuses."""
    names = [_folded(name) for name in rows.names]
    for name in _READ:
        if names.count(name) > 1:
            raise DecisionError(f"It has {names.count(name)} columns {name}; it must have one.")
    if missing := [name for name in _NEEDED if name not in names]:
        raise DecisionError(
            f"It has no column {' and none '.join(missing)}; its columns are"
            f" {quoted(', '.join(rows.names))}.",
            hint="A sheet has the columns link_id and new_status; write_decision_sheet() writes"
            " one.",
        )
    own = {name: rows.names[names.index(name)] for name in _READ if name in names}
    for block in rows.blocks():
        columns = {name: block.columns[given] for name, given in own.items()}
        texts = {name: column.to_pylist() for name, column in columns.items()}  # type: ignore[union-attr]
        for at in range(block.n_rows):
            yield {name: _unmarked(text[at]) for name, text in texts.items()}


def _unmarked(text: str) -> str:
    """Return a cell without the mark of a text that looks like a formula, and empty for blanks."""
    text = text[1:] if _MARKED.match(text) else text
    return text if text.strip() else ""


def _decided(
    rows: Rows, graph: LinkGraph, about: Mapping[str, Any]
) -> tuple[tuple[Decision, ...], list[_Fault]]:
    """Return the new decisions of a sheet, and its faults."""
    sheet = _Links.of(graph)
    found: dict[str, tuple[int, Decision, bool]] = {}
    faults: list[_Fault] = []
    for at, row in enumerate(_cells(rows)):
        wrong = list(sheet.faults(row)) if any(row.values()) else []
        faults += [_Fault(at, column, what) for column, what in wrong]
        if wrong or not row["new_status"]:
            continue
        decision, is_new = sheet.decision(row, about)
        earlier, same, _ = found.setdefault(decision.link_id, (at, decision, is_new))
        if same != decision:
            what = f"{rows.place(earlier)} says something else about {decision.link_id}; a link has"
            faults.append(_Fault(at, "link_id", f"{what} one decision."))
    ordered = (found[link_id] for link_id in sorted(found))
    return Listing(decision for _, decision, is_new in ordered if is_new), faults


@dataclass(frozen=True, slots=True)
class _Links:
    """The links of a graph as in a sheet, by id."""

    graph: LinkGraph
    place: Mapping[str, int]
    status: Any
    known: Mapping[str, Decision]

    @classmethod
    def of(cls, graph: LinkGraph) -> _Links:
        ids = id_strings(graph.link_ids).to_pylist()
        known = {row.link_id: row for row in graph.arrays.decisions.decisions}
        place = {link_id: at for at, link_id in enumerate(ids)}
        return cls(graph, place, _fetched_status(graph), known)

    def faults(self, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the wrong columns of a row, with their faults."""
        status = row["new_status"].strip().upper()
        if status and status not in list(Status):
            yield "new_status", f"{quoted(row['new_status'])} is none of {_ALLOWED}."
        if row.get("note") and not status:
            yield "new_status", f"it is empty beside a note; it must be one of {_ALLOWED}."
        link_id = _id_of(row["link_id"])
        if link_id is None:
            yield "link_id", f"{quoted(row['link_id'])} is not the id of a link, a UUID."
        elif link_id in self.place:
            yield from self._changed(row, self.place[link_id])
        elif status:
            yield "link_id", f"the graph does not have link {link_id}."

    def _changed(self, row: Mapping[str, str], at: int) -> Iterator[tuple[str, str]]:
        """Yield the columns that differ from the graph about a link."""
        ends = self.graph.arrays.links.ends
        for name, end in (("source", ends.source), ("target", ends.target)):
            if name in row:
                path = self.graph.arrays.nodes.path[int(end[at])].as_py()
                if _spaced(row[name]) not in {_spaced(path), _spaced(_unmarked(path))}:
                    what = f"{quoted(row[name])} is not the {name} of the link, {quoted(path)};"
                    yield name, f"{what} sort all columns together."
        given = row.get("status", "").strip().upper()
        now = str(self.status[at])
        if given and given in list(Status) and given != now:
            what = f"{given} is not what the graph has, {quoted(now)};"
            yield "status", f"{what} write decisions into new_status."

    def decision(self, row: Mapping[str, str], about: Mapping[str, Any]) -> tuple[Decision, bool]:
        """Return the decision of a row without faults, and whether it is not known already."""
        link_id = _id_of(row["link_id"]) or ""
        at, links, nodes = self.place[link_id], self.graph.arrays.links, self.graph.arrays.nodes
        known = self.known.get(link_id)
        status, note, who = row["new_status"].strip().upper(), row.get("note"), row.get("who")
        said = known is not None and (known.status, _spaced(known.note)) == (status, _spaced(note))
        # A cell that still has who decided before does not say who decided otherwise.
        is_theirs = known is not None and _spaced(who) == _spaced(known.who)
        by = about["who"] if not who or (is_theirs and about["who"]) else who
        confidence = float(links.confidence[at])
        made = Decision(
            link_id,
            status,
            note=note or None,
            source=nodes.id_text[int(links.ends.source[at])].as_py(),
            target=nodes.id_text[int(links.ends.target[at])].as_py(),
            confidence=None if math.isnan(confidence) else confidence,
            **{**about, "who": by},
        )
        is_same_person = known is not None and (is_theirs or by == known.who)
        return made, not (said and is_same_person)


def _id_of(cell: str) -> str | None:
    """Return the id in a cell in the API's spelling; ``None`` if there is none."""
    packed = parse_id(cell.strip())
    return None if packed is None else str(UUID(bytes=packed))


def _spaced(text: str | None) -> str:
    """Return a text with single blanks: spreadsheets write other line breaks."""
    return " ".join((text or "").split())
