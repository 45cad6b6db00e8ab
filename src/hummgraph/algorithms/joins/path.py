"""Results of the search for joins: ways between two tables, or the missing links."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.joins.keys import JoinKey
from hummgraph.algorithms.joins.rejected import rejected_among
from hummgraph.algorithms.joins.values import BY_REFERENCES, cardinality_of
from hummgraph.algorithms.kernels.effort import stopped_after, stopped_note
from hummgraph.algorithms.kernels.steps import box_of, format_confidence, line_of
from hummgraph.drawing.diagram.diagram import Diagram, Line, LineStyle
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, title_of, visible
from hummgraph.records.display import SHOWN_LABELS, shown_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hummgraph.algorithms.joins.places import Schemas
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["CHAIN", "DETOUR", "JoinPath", "JoinPaths", "by_remark", "via_of"]

CHAIN: Final = "chain"
"""Kind of a step that several links make, over columns of other tables."""

DETOUR: Final = 0.8
"""Default factor of each step beyond the first in the ranking."""

_STEP_SCHEMA = pa.schema(
    [
        pa.field("path", pa.int64()),
        pa.field("step", pa.int64()),
        pa.field("source_path", pa.string()),
        pa.field("target_path", pa.string()),
        pa.field("source_deleted", pa.bool_()),
        pa.field("target_deleted", pa.bool_()),
        pa.field("key", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("status", pa.string()),
        pa.field("link_type", pa.string()),
        pa.field("weight", pa.float64()),
        pa.field("confidence", pa.float64()),
        pa.field("n_parallel", pa.int64()),
        pa.field("link_id", pa.string()),
        pa.field("via", pa.string()),
        pa.field("cardinality", pa.string()),
        pa.field("rejected", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, repr=False)
class JoinPath(Shows):
    """Path that joins two tables: pairs of columns to compare, table by table.

    Parameters
    ----------
    tables
        Ids of the tables, in order.
    steps
        Joins between consecutive tables. Ends of a step are columns, or a whole table whose column
        is unknown. Moving between two columns of one table is not a step.
    keys
        Quality of each step.
    key
        Quality of the whole: that of its worst step, or worse.
    chains
        Links that make each step: one, or several where columns of other tables between the two
        are the same. Those tables are not joined. Such a step has the ``kind`` ``"chain"``, the
        product of the weights, and status and id of the link that is least certain.
    refers
        Whether the first column of each step, and the second, refers to a row elsewhere.
    peak
        For a way that joins all rows that refer to one row: what that row is called, empty if that
        is unknown. ``None`` for other ways.

    Examples
    --------
    >>> from hummgraph import LinkGraph, join_paths
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
    <JoinPath: Stripe/customers.email = HubSpot/contacts.email, confidence 0.87>
    """

    tables: tuple[str, ...]
    steps: tuple[Step, ...]
    keys: tuple[JoinKey, ...]
    key: JoinKey
    chains: tuple[tuple[Step, ...], ...]
    graph: LinkGraph = field(compare=False)
    refers: tuple[tuple[bool, bool], ...] = ()
    peak: str | None = None

    @property
    def confidence(self) -> float:
        """Product of the weights of all steps, in (0, 1]; 0 or NaN with a link without weight."""
        return prod(step.weight for step in self.steps)

    @property
    def comparisons(self) -> str:
        """Columns to compare, step by step, as text.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0].comparisons
        'Stripe/customers.email = HubSpot/contacts.email'
        """
        return "; ".join(" = ".join(step.marked) for step in self.steps)

    @property
    def rejected(self) -> tuple[Step, ...]:
        """REJECTED links between columns that one step takes as the same, or between the ends.

        The ends are the first and the last column, and the first and the last table. A path may
        follow another link between the same two columns, or a chain past them.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> (path,) = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1)
        >>> path.rejected
        ()
        """
        at = self.graph.index_of
        stops = [
            [at(chain[0].source), *(at(link.target) for link in chain)] for chain in self.chains
        ]
        ends = [[stops[0][0], stops[-1][-1]], [at(self.tables[0]), at(self.tables[-1])]]
        return rejected_among(self.graph, [*stops, *ends])

    @property
    def note(self) -> str:
        """Rejected links between columns that the path joins as the same; empty without any.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> (path,) = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1)
        >>> path.note
        ''
        """
        found = [f"{' and '.join(link.marked)} (link {link.link_id})" for link in self.rejected]
        return f"REJECTED as the same: {'; '.join(found)}." if found else ""

    @property
    def remark(self) -> str:
        """Warning of a path that does not identify rows; empty if it does.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> (path,) = join_paths(graph, "Stripe/subscriptions", "Salesforce/Opportunity", k=1)
        >>> path.remark
        'Joins each Stripe/subscriptions with all Salesforce/Opportunity of the same account.'
        """
        if self.key is not JoinKey.RELATED:
            return _REMARKS[self.key]
        one, other = self._ends
        same = f"of the same {self.peak}" if self.peak else "that refer to the same row"
        return f"Joins each {one} with all {other} {same}."

    @property
    def _ends(self) -> tuple[str, str]:
        """Marked paths of the two tables that are joined."""
        path, at = self.graph.arrays.nodes.marked_path, self.graph.index_of
        return path[at(self.tables[0])].as_py(), path[at(self.tables[-1])].as_py()

    @property
    def cardinalities(self) -> tuple[str | None, ...]:
        """Numbers of rows that meet in each step, such as ``"n:1"``; ``None`` if unknown.

        They are those of checked values; without any, of references: many rows may refer to one.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> (path,) = join_paths(graph, "Stripe/customers", "Stripe/invoices", k=1)
        >>> path.cardinalities
        ('1:n',)
        """
        refers = self.refers or ((False, False),) * len(self.steps)
        return tuple(
            cardinality_of(chain)
            or (BY_REFERENCES.get(ends) if key is JoinKey.IDENTIFYING else None)
            for chain, key, ends in zip(self.chains, self.keys, refers, strict=True)
        )

    def __len__(self) -> int:
        return len(self.steps)

    def to_sql(self, *, dialect: str | None = None, schemas: Schemas | None = None) -> str:
        """Return the join as a SQL query.

        Parameters
        ----------
        dialect
            A dialect of sqlglot, such as ``"snowflake"``, ``"postgres"`` or ``"bigquery"``;
            ``None`` for standard SQL.
        schemas
            Places of tables: a mapping such as ``{"Salesforce": "raw.salesforce"}`` of systems,
            their schemas or tables, or the path of a JSON or TOML file of the same. A system's
            place is a prefix, a table's its whole name. Parts without quotes are written as they
            are, others are quoted.

        Returns
        -------
        str
            The query, with names quoted as the catalogue spells them. A table whose place is
            unknown has ``"<system>"`` for one, which no database has: the query does not run before
            it is replaced, and comments say what is missing. Tables of one database need no place.
            Where the catalogue knows the columns of all tables, each is selected by a name that no
            other has; columns of different types are compared as text. Where columns of a step are
            unknown, the condition is ``ON FALSE``, to be replaced.

        Raises
        ------
        ArgumentError
            If the dialect is unknown to sqlglot, or ``schemas`` are invalid.
        MissingDependencyError
            If sqlglot is not installed.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/products", "Salesforce/Product2", k=1).paths[0]
        >>> sql = path.to_sql(dialect="duckdb", schemas={"Stripe": "stripe", "Salesforce": "crm"})
        >>> print(sql[sql.index("FROM") :])
        FROM stripe."products" AS t1
        JOIN crm."Product2" AS t2
          ON t1."id" = t2."Stripe_Product_Id__c"
        """
        from hummgraph.algorithms.joins.sql import sql_of

        return sql_of(self, dialect, schemas)

    def to_frame(self) -> Frame:
        """Return one row a step; ``key`` and ``rejected`` are those of the path.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> path.to_frame()["key"]
        ['identifying']
        """
        return _steps_frame([self])

    def to_dict(self) -> dict[str, Any]:
        """Return the path as plain data.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> path.to_dict()["key"]
        'identifying'
        """
        return {
            "tables": list(self.tables),
            "table_paths": [self.graph.node(table).path for table in self.tables],
            "key": self.key.name.lower(),
            "confidence": _none_if_nan(self.confidence),
            "note": self.note,
            "remark": self.remark,
            "rejected": [
                link.to_dict() | {"weight": _none_if_nan(link.weight)} for link in self.rejected
            ],
            "steps": [
                step.to_dict()
                | {
                    "key": key.name.lower(),
                    "weight": _none_if_nan(step.weight),
                    "cardinality": cardinality,
                    "links": [link.to_dict() for link in chain] if len(chain) > 1 else [],
                }
                for step, key, chain, cardinality in zip(
                    self.steps, self.keys, self.chains, self.cardinalities, strict=True
                )
            ],
        }

    def diagram(self) -> Diagram:
        """Return the picture of the path: columns, joins, moves within a table.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> [box.title for box in path.diagram().boxes]
        ['email', 'email']
        """
        links = [link for chain in self.chains for link in chain]
        stops = [links[0].source]
        lines = []
        for before, after in pairwise(links):
            stops.append(before.target)
            if after.source != before.target:
                stops.append(after.source)
                moved = Line(before.target, after.source, "", LineStyle.WITHIN, directed=False)
                lines.append(moved)
        stops.append(links[-1].target)
        ends = (0, len(stops) - 1)
        boxes = tuple(
            box_of(self.graph, self.graph.index_of(node), rank=rank, emphasis=rank in ends)
            for rank, node in enumerate(stops)
        )
        lines += [line_of(link, directed=False) for link in links]
        one, other = self._ends
        return Diagram(f"Join {one} to {other}", boxes, tuple(lines))

    def to_svg(self) -> str:
        """Return the path as SVG.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> path.to_svg().startswith("<svg ")
        True
        """
        return self.diagram().to_svg()

    def to_mermaid(self) -> str:
        """Return the path as a Mermaid flowchart.

        Examples
        --------
        >>> from hummgraph import LinkGraph, datasets, join_paths
        >>> graph = LinkGraph(datasets.load_demo().snapshot())
        >>> path = join_paths(graph, "Stripe/customers", "HubSpot/contacts", k=1).paths[0]
        >>> "flowchart LR" in path.to_mermaid()
        True
        """
        return self.diagram().to_mermaid()

    def __repr__(self) -> str:
        return (
            f"<JoinPath: {visible(self.comparisons)},"
            f" confidence {format_confidence(self.confidence)}"
            f"{', REJECTED as the same' if self.rejected else ''}>"
        )

    def _card_(self) -> Card:
        table = _steps_frame([self]).select(*_SHOWN_STEPS)
        notes = [note for note in (self.remark, self.note) if note]
        return Card(title_of(self), table=table, things="steps", notes=notes, picture=self.to_svg())


@dataclass(frozen=True, slots=True, repr=False)
class JoinPaths(Shows):
    """Paths that join two tables, the best first; without any, a hint at missing links.

    Parameters
    ----------
    paths
        The paths.
    other
        If no path identifies rows: the best path of those that do not, which ``keys`` left out.
    missing
        If there is no path: the nearest one over links without a weight, which are REJECTED or have
        no confidence; such steps weigh NaN or 0. If there is only ``other``: a single link without
        a weight that would identify rows if it were approved.
    alike
        If there is none of these: pairs of identifying columns with equal names. One is in a table
        that the first table can be joined with, the other in one that the second can be joined
        with. Pairs with ``(deleted)`` after a name are last.
    stopped_at
        Number of links tried when the search stopped before finding k paths; ``None`` if it did not
        stop early.
    n_other_levels
        If there is no path: number of links between whole tables or systems that lead on from the
        tables that were reached. They name no columns, so they join nothing.
    keys, detour
        Arguments by which paths were ranked, as in :func:`join_paths`.

    Examples
    --------
    >>> from hummgraph import LinkGraph, join_paths
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = join_paths(graph, "Stripe/customers", "Zendesk/tickets", k=3)
    >>> len(found), found.missing
    (3, None)
    """

    paths: tuple[JoinPath, ...]
    other: JoinPath | None = None
    missing: JoinPath | None = None
    alike: tuple[tuple[str, str], ...] = ()
    stopped_at: int | None = None
    n_other_levels: int = 0
    keys: str = "identifying"
    detour: float = DETOUR

    @property
    def note(self) -> str:
        """Number of links after which the search stopped, as a sentence; empty if it did not.

        Examples
        --------
        >>> JoinPaths((), stopped_at=1_000).note
        'Stopped after 1,000 links (max_work): there may be more ways.'
        """
        first = "; the best are looked for first" if self.paths else ""
        return stopped_note(self.stopped_at, f"there may be more ways{first}")

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[JoinPath]:
        return iter(self.paths)

    @property
    def advice(self) -> str:
        """Return hints at missing links, as sentences; empty if there are paths.

        Examples
        --------
        >>> JoinPaths(()).advice
        'No way to join them, and no link that would make one.'
        """
        if self.paths:
            return ""
        if self.other is not None:
            return (
                f"No way identifies rows. The best of the others {_FAULTS[self.other.key]}:"
                f" {self.other.comparisons}, confidence {format_confidence(self.other.confidence)}."
                f"{self._uncounted} keys='describing' finds such ways. {self.note}"
            ).rstrip()
        if self.missing is not None:
            links = self._wanting
            return f"No way to join them. They could be joined if this counted: {links}."
        sentences = ["No way to join them, and no link that would make one."]
        if self.stopped_at is not None:
            sentences = ["No way to join them was found.", self.note]
        if self.n_other_levels:
            n = self.n_other_levels
            sentences.append(
                "1 link of a whole table or system leads on from there, but names no columns."
                if n == 1
                else f"{n:,} links of whole tables or systems lead on from there, but name no"
                " columns."
            )
        if self.alike:
            sentences.append(f"Called alike: {'; '.join(f'{a} and {b}' for a, b in self.alike)}.")
        return " ".join(sentences)

    @property
    def _uncounted(self) -> str:
        """Return the link that would identify rows, as a sentence with a space before it."""
        if self.missing is None:
            return ""
        return f" This link would identify rows if it were approved: {self._wanting}."

    @property
    def _wanting(self) -> str:
        """Return the links of the nearest path that do not count."""
        steps = () if self.missing is None else self.missing.steps
        return "; ".join(
            f"{' = '.join(step.marked)} ({_reason_left_out(step)}, link {step.link_id})"
            for step in steps
            if not step.weight > 0
        )

    def to_frame(self) -> Frame:
        """Return one row a step of each path; ``key`` and ``rejected`` are those of the path.

        Examples
        --------
        >>> JoinPaths(()).to_frame().shape[0]
        0
        """
        return _steps_frame(list(self.paths))

    def to_dict(self) -> dict[str, Any]:
        """Return the paths, or the missing links, as plain data.

        Examples
        --------
        >>> JoinPaths(()).to_dict()["paths"]
        []
        """
        return {
            "paths": [path.to_dict() for path in self.paths],
            "other": None if self.other is None else self.other.to_dict(),
            "missing": None if self.missing is None else self.missing.to_dict(),
            "alike": [list(pair) for pair in self.alike],
            "advice": self.advice,
            "stopped_at": self.stopped_at,
            "n_other_levels": self.n_other_levels,
        }

    def __repr__(self) -> str:
        if not self.paths:
            return f"<JoinPaths: {visible(self.advice)}>"
        stopped = "" if self.stopped_at is None else f", stopped {stopped_after(self.stopped_at)}"
        return f"<JoinPaths: {len(self.paths):,}{stopped}, the best is {self.paths[0]!r}>"

    def _card_(self) -> Card:
        if not self.paths:
            return Card(title_of(self))
        first = self.paths[:MAX_ROWS]
        columns = {
            "confidence": [format_confidence(path.confidence) for path in first],
            "key": [path.key.name.lower() for path in first],
            "join": [path.comparisons for path in first],
        }
        table, picture = Frame(pa.table(columns)), first[0].to_svg()
        notes = [self.note] if self.note else []
        notes += by_remark(first, "Way", 1)
        notes += [
            shorten(f"Way {at}: {path.note}", MAX_NOTE, placeholder=" …")
            for at, path in enumerate(first, 1)
            if path.note
        ]
        return Card(title_of(self), (), table, "ways", len(self), notes, picture)


MAX_NOTE: Final = 160
"""Characters of a way's note in the list of all ways; the way itself has the whole."""

_REMARKS: Final = {
    JoinKey.IDENTIFYING: "",
    JoinKey.DOUBTFUL: "Doubtful: the columns identify rows, but hardly the same.",
    JoinKey.DESCRIBING: "Compares texts, which may be equal by chance.",
    JoinKey.SHARED: "Compares what many rows share.",
}
_SHOWN_STEPS: Final = ("source_path", "target_path", "key", "confidence", "status")
_FAULTS: Final = {
    JoinKey.DOUBTFUL: "is doubtful",
    JoinKey.DESCRIBING: "compares texts",
    JoinKey.SHARED: "compares what many rows share",
}


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else value


def _reason_left_out(step: Step) -> str:
    if step.status == "REJECTED":
        return "REJECTED"
    lacking = "confidence" if step.confidence is None else "weight"
    return f"{shown_label(step.status)}, no {lacking}"


def _steps_frame(paths: list[JoinPath]) -> Frame:
    rows = [
        {name: getattr(step, name) for name in _STEP_SCHEMA.names if hasattr(step, name)}
        | {"path": number, "step": at, "key": path.key.name.lower(), "via": via_of(chain)}
        | {"cardinality": path.cardinalities[at], "rejected": rejected}
        for number, path in enumerate(paths)
        for rejected in [", ".join(link.link_id for link in path.rejected) or None]
        for at, (step, chain) in enumerate(zip(path.steps, path.chains, strict=True))
    ]
    return Frame(pa.Table.from_pylist(rows, schema=_STEP_SCHEMA), display=SHOWN_LABELS)


def by_remark(paths: Sequence[JoinPath], thing: str, first: int) -> list[str]:
    """Return the remarks on paths, each once, after the numbers of its paths if not all have it."""
    found: dict[str, list[str]] = {}
    for number, path in enumerate(paths, first):
        if path.remark:
            found.setdefault(path.remark, []).append(str(number))
    return [
        remark
        if len(numbers) == len(paths)
        else f"{thing}{'s' * (len(numbers) > 1)} {', '.join(numbers)}: {remark}"
        for remark, numbers in found.items()
    ]


def via_of(chain: Sequence[Step]) -> str | None:
    """Return the columns between both ends of a chain; ``None`` for one link."""
    return ", ".join(link.marked[1] for link in chain[:-1]) or None
