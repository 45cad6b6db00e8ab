"""Links checked against values: one row a link, evidence, and proposals for reviewers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.errors import ValuesError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows, counted, title_of
from hummgraph.graph.elements import link_position
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.ids import id_strings
from hummgraph.warehouse.measure import Budget, PairMeasure, Reading, measure_pairs, needed_columns
from hummgraph.warehouse.values import Values
from hummgraph.warehouse.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.joins.places import Schemas
    from hummgraph.warehouse.values import Connections

__all__ = ["Verification", "verification_queries", "verify"]

_SHOWN: Final = ("source_path", "target_path", "status", "verdict", "cardinality", "reason")
_ORDER: Final = (Verdict.CONTRADICTED, Verdict.CANNOT_SAY, Verdict.SUPPORTED)
_PROPOSED: Final = {Verdict.SUPPORTED: "APPROVED", Verdict.CONTRADICTED: "REJECTED"}
_DIGITS: Final = 6
"""Decimals of shares, so that a frame and the evidence say the same."""


@dataclass(frozen=True, eq=False, repr=False)
class Verification(Shows):
    """Comparison of links with values: counts and verdicts, never a value.

    Parameters
    ----------
    graph
        The graph whose links were checked.
    links
        Positions of the links, in increasing order: shape (n,).
    measures
        Measures of each link; parallel links share one.
    sample
        Share of the values of each pair of columns that was counted, in (0, 1].

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> records = hg.datasets.demo_records(n_persons=100)
    >>> checked = hg.verify(graph, records.tables, links=[0, 1, 2])
    >>> len(checked), sorted(checked.counts)[0]
    (3, <Verdict.CANNOT_SAY: 'cannot say'>)
    """

    graph: LinkGraph
    links: NDArray[np.int64]
    measures: tuple[PairMeasure, ...] = field(repr=False)
    sample: float = 1.0

    def __len__(self) -> int:
        """Return the number of links."""
        return len(self.measures)

    @cached_property
    def counts(self) -> dict[Verdict, int]:
        """Number of links by verdict."""
        found = Counter(measure.verdict for measure in self.measures)
        return {verdict: found[verdict] for verdict in Verdict}

    def to_frame(self) -> Frame:
        """Return one row a link, in the order of the graph's links.

        Columns are ``link_id``, ``source_path``, ``target_path``, ``status``, ``verdict``,
        ``reason``, ``normal`` (the form that values were compared in), ``cardinality`` and
        ``agreement`` (beyond chance, in [0, 1]) of ``agreement_rows`` pairs of rows; for either
        end ``rows``, ``values`` (rows with one), ``distinct`` and ``overlap`` (share of the
        distinct values that the other end has); and ``shared``, the number of those. Missing
        measures are null.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = hg.datasets.demo_records(n_persons=100).tables
        >>> checked = hg.verify(graph, tables, links=[0])
        >>> checked.to_frame().columns[:5]
        ['link_id', 'source_path', 'target_path', 'status', 'verdict']
        """
        facts = [_facts(measure) for measure in self.measures]
        columns = {
            "verdict": pa.array([str(measure.verdict) for measure in self.measures], pa.string()),
            "reason": pa.array([measure.reason for measure in self.measures], pa.string()),
            **{
                name: pa.array([fact.get(name) for fact in facts], kind)
                for name, kind in _FACTS.items()
            },
        }
        return Frame(pa.table({**self._ends(), **columns}))

    def _ends(self) -> dict[str, pa.Array]:
        arrays = self.graph.arrays
        ends, nodes = arrays.links.ends, arrays.nodes
        status = arrays.links.status[self.links]
        return {
            "link_id": id_strings(arrays.link_ids[self.links]),
            "source_path": nodes.path.take(pa.array(ends.source[self.links])),
            "target_path": nodes.path.take(pa.array(ends.target[self.links])),
            "status": pa.array([arrays.statuses[code] for code in status.tolist()], pa.string()),
        }

    def for_review(self) -> Frame:
        """Return the rows of :meth:`to_frame` in the order in which to review them.

        Contradicted links come first, then those that values cannot judge, then
        supported ones; within each by the names of their columns.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = hg.datasets.demo_records(n_persons=100).tables
        >>> list(hg.verify(graph, tables, links=[0, 1, 8]).for_review()["verdict"])
        ['contradicted', 'supported', 'supported']
        """
        frame = self.to_frame()
        verdicts = [_ORDER.index(measure.verdict) for measure in self.measures]
        names = (frame["source_path"], frame["target_path"], frame["link_id"])
        ranked = sorted(zip(verdicts, *names, range(len(self)), strict=True))
        return Frame(frame.to_arrow().take(pa.array([row[-1] for row in ranked], pa.int64())))

    @property
    def proposals(self) -> Frame:
        """Decisions that values suggest: ``link_id``, ``status`` and ``why``, one row per link.

        Supported links are proposed as APPROVED and contradicted ones as REJECTED, unless they are
        that already. They are proposals, not decisions: nothing is applied.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = hg.datasets.demo_records(n_persons=100).tables
        >>> hg.verify(graph, tables, links=[0, 1]).proposals.columns
        ['link_id', 'status', 'why']
        """
        arrays = self.graph.arrays
        done = {
            int(row): {APPROVED: "APPROVED", REJECTED: "REJECTED"}.get(int(code), "")
            for row, code in zip(self.links, arrays.links.status[self.links], strict=True)
        }
        ids = id_strings(arrays.link_ids[self.links]).to_pylist()
        rows = [
            (link_id, _PROPOSED[measure.verdict], measure.reason)
            for link_id, row, measure in zip(ids, self.links.tolist(), self.measures, strict=True)
            if _PROPOSED.get(measure.verdict, done[row]) != done[row]
        ]
        columns = zip(*rows, strict=True) if rows else ((), (), ())
        names = ("link_id", "status", "why")
        return Frame(
            pa.table(
                {
                    name: pa.array(list(column), pa.string())
                    for name, column in zip(names, columns, strict=True)
                }
            )
        )

    @property
    def cardinalities(self) -> Mapping[tuple[int, int], str]:
        """Cardinality of each pair of columns, by positions from source to target.

        ``"1:1"``, ``"1:n"``, ``"n:1"`` or ``"n:m"``; pairs that share no value are left out.
        """
        return {
            measure.columns: measure.cardinality for measure in self.measures if measure.cardinality
        }

    def to_graph(self) -> LinkGraph:
        """Return the graph with the measures as evidence of its links, under ``values``.

        Other evidence, statuses and confidences stay as they are. Evidence that is not an object is
        kept under ``evidence``.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = hg.datasets.demo_records(n_persons=100).tables
        >>> checked = hg.verify(graph, tables, links=[0]).to_graph()
        >>> checked.link(0).evidence["values"]["verdict"] in set(hg.Verdict)
        True
        """
        data = self.graph.arrays
        rows = data.links.row[self.links].tolist()
        stored = data.snapshot.links.column("evidence").to_pylist()
        for row, measure in zip(rows, self.measures, strict=True):
            known = json.loads(stored[row]) if stored[row] else {}
            if not isinstance(known, dict):
                known = {"evidence": known}
            stored[row] = json.dumps(
                {**known, "values": self._evidence(measure)}, ensure_ascii=False
            )
        table = data.snapshot.links
        at = table.schema.get_field_index("evidence")
        table = table.set_column(at, table.schema.field(at), pa.array(stored, pa.large_string()))
        # The replies hold the evidence as it was sent.
        snapshot = replace(data.snapshot, links=table, replies=None)
        return LinkGraph.from_arrays(replace(data, snapshot=snapshot, whole=None))

    def _evidence(self, measure: PairMeasure) -> dict[str, Any]:
        known = {name: value for name, value in _facts(measure).items() if value is not None}
        sampled = {} if self.sample >= 1 else {"sample": self.sample}
        return {"verdict": str(measure.verdict), "reason": measure.reason, **known, **sampled}

    def to_dict(self) -> dict[str, Any]:
        """Return the verification as plain data: counts, and one row a link.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = hg.datasets.demo_records(n_persons=100).tables
        >>> sorted(hg.verify(graph, tables, links=[0]).to_dict())
        ['counts', 'links', 'sample']
        """
        return {
            "counts": {str(verdict): n for verdict, n in self.counts.items()},
            "sample": self.sample,
            "links": list(self.to_frame()),
        }

    def __repr__(self) -> str:
        parts = ", ".join(f"{self.counts[verdict]:,} {verdict}" for verdict in Verdict)
        return f"<Verification of {counted(len(self), 'link')}: {parts}>"

    def _card_(self) -> Card:
        frame = self.for_review().to_arrow().slice(0, 100)
        return Card(
            title_of(self), table=Frame(frame).select(*_SHOWN), things="links", total=len(self)
        )


_FACTS: Final = {
    "normal": pa.string(),
    "cardinality": pa.string(),
    "agreement": pa.float64(),
    "agreement_rows": pa.int64(),
    "shared": pa.int64(),
    **{
        f"{side}_{name}": kind
        for side in ("source", "target")
        for name, kind in (
            ("rows", pa.int64()),
            ("values", pa.int64()),
            ("distinct", pa.int64()),
            ("overlap", pa.float64()),
        )
    },
}


def _facts(measure: PairMeasure) -> dict[str, Any]:
    """Return the measured values by name, without those that were not measured."""
    overlap, agreement = measure.overlap, measure.agreement
    if overlap is None:
        return {}
    found: dict[str, Any] = {
        "normal": str(measure.normal),
        "cardinality": measure.cardinality or None,
        "shared": overlap.shared,
    }
    if agreement is not None:
        found |= {
            "agreement": round(agreement.share, _DIGITS),
            "agreement_rows": agreement.rows,
        }
    for side, end in zip(("source", "target"), overlap.ends, strict=True):
        share = round(overlap.shared / end.distinct, _DIGITS) if end.distinct else None
        found |= {
            f"{side}_rows": end.rows,
            f"{side}_values": end.filled,
            f"{side}_distinct": end.distinct,
            f"{side}_overlap": share,
        }
    return found


def verify(
    graph: LinkGraph,
    connections: Connections,
    *,
    links: Iterable[str | UUID | int] | None = None,
    schemas: Schemas | None = None,
    sample: float = 1.0,
    budget: Budget | None = None,
    progress: Callable[[Reading], None] | None = None,
) -> Verification:
    """Check links between columns against the values of their tables.

    Values of both systems meet in a database in memory on this machine, which is closed at the end;
    counts are kept, and no value is written, printed or part of an error.

    Equal values alone say little: many columns hold small numbers, days or states. Only long or
    many values, such as addresses and ids, are evidence by themselves. For all others, agreement of
    rows decides, and it must exceed chance. There are two ways to find it. Rows that share a value
    are compared in the other linked columns of the two tables. Rows that a key joins, directly or
    over other tables, are compared in the columns of the link, if the values support that key.

    Parameters
    ----------
    graph
        The graph.
    connections
        Sources of values, by the name of a system: a folder of one Parquet or CSV file for each
        table, named as the table is in its system, or a connection of DB-API, ADBC or DuckDB. By
        the path of a table: these, a file, a relation of DuckDB, or a table, reader or stream of
        Arrow. Or the path of one folder that has a folder for each system. Connections should be
        for this only: what fails is rolled back.
    links
        Ids or positions of links; all links between columns by default.
    schemas
        Places of tables in databases, as for :func:`join_paths`; by default, the schema and name of
        the catalogue.
    sample
        Share of the values of each pair of columns to count, in (0, 1]. It depends on the values
        which ones are counted, so that they are the same in both systems.
    budget
        Limits of rows read and queries sent; the tables of most links come first, and the links of
        tables that were not read have the verdict ``"cannot say"``.
    progress
        Called with a `Reading` while rows arrive, and after each table and pair of tables.

    Returns
    -------
    Verification
        One row a link with verdict and reason; proposals for reviewers; a graph with the counts as
        evidence.

    Raises
    ------
    ArgumentError
        If an argument is invalid, or nothing can read a connection.
    NodeNotFoundError, AmbiguousNodeError
        If a key of ``connections`` names no system or table, or several.
    LinkNotFoundError
        If the graph has no such link.
    MissingDependencyError
        If DuckDB is not installed.

    Notes
    -----
    O(n p) for n rows and p linked pairs of columns of two tables, in memory: sample large tables.
    Only columns that links need are read; a table that cannot be read, or lacks a column, is the
    reason of its links' verdict. Agreement beyond chance is Cohen's kappa [1]_. Thresholds were
    chosen on generated organisations.

    References
    ----------
    .. [1] Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
       Psychological Measurement 20, 37-46.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> tables = hg.datasets.demo_records(n_persons=200).tables
    >>> between = graph.where(between=("Stripe/customers", "HubSpot/contacts"))
    >>> [link.link_id for link in map(between.link, range(1))] != []
    True
    >>> checked = hg.verify(between, tables)
    >>> checked.to_frame().filter(source_path="Stripe/customers.email")["verdict"]
    ['supported']
    """
    check_graph(graph, "verify")
    rows = _rows_of(graph, links)
    values = Values.of(graph, connections, schemas)
    ends = graph.arrays.links.ends
    pairs = list(zip(ends.source[rows].tolist(), ends.target[rows].tolist(), strict=True))
    found = measure_pairs(graph, values, pairs, sample=sample, budget=budget, progress=progress)
    return Verification(graph, rows, tuple(found), float(sample))


def verification_queries(
    graph: LinkGraph,
    connections: Connections,
    *,
    links: Iterable[str | UUID | int] | None = None,
    schemas: Schemas | None = None,
) -> Frame:
    """Return the queries that :func:`verify` would send to databases, without reading anything.

    Parameters
    ----------
    graph, connections, links, schemas
        The same as for :func:`verify`.

    Returns
    -------
    Frame
        One row a query, in their order: ``table``, ``columns`` (how many are read) and ``query``,
        null where a table is not connected, which ``problem`` says. Names are those of the
        catalogue; where the data spell one otherwise, so does the query that is sent.

    Raises
    ------
    ArgumentError, NodeNotFoundError, AmbiguousNodeError, LinkNotFoundError
        The same as in :func:`verify`.

    Examples
    --------
    >>> import sqlite3
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> with sqlite3.connect(":memory:") as connection:
    ...     asked = hg.verification_queries(graph, {"Stripe": connection}, links=[3])
    >>> asked.columns
    ['table', 'columns', 'query', 'problem']
    """
    check_graph(graph, "verification_queries")
    rows = _rows_of(graph, links)
    values = Values.of(graph, connections, schemas)
    ends = graph.arrays.links.ends
    pairs = list(zip(ends.source[rows].tolist(), ends.target[rows].tolist(), strict=True))
    needed, _ = needed_columns(graph, pairs)
    found: list[tuple[str, int, str | None, str | None]] = []
    for table, columns in needed.items():
        path = graph.arrays.nodes.path[table].as_py()
        try:
            queries = values.statements(table, columns)
        except ValuesError as error:
            found.append((path, len(columns), None, error.message))
        else:
            found += [(path, len(columns), query, None) for query in queries]
    names = {
        "table": pa.string(),
        "columns": pa.int64(),
        "query": pa.string(),
        "problem": pa.string(),
    }
    return Frame(
        pa.table(
            {
                name: pa.array([row[at] for row in found], kind)
                for at, (name, kind) in enumerate(names.items())
            }
        )
    )


def _rows_of(graph: LinkGraph, links: Iterable[str | UUID | int] | None) -> NDArray[np.int64]:
    """Return the positions of links between columns, in increasing order."""
    columns = graph.link_levels == 2
    if links is None:
        return np.flatnonzero(columns)
    asked = [links] if isinstance(links, str) else links
    return np.array(sorted({link_position(graph.arrays, link) for link in asked}), dtype=np.int64)
