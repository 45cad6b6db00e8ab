"""Identity plan: which tables hold an entity, by which keys their records are one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hummgraph.frames import Card, Frame, Shows, counted, visible

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.entity import Entity
    from hummgraph.algorithms.joins.places import Places
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.identity_keys import IdentityKey, IdentityTable
    from hummgraph.warehouse.identity_run import IdentityRun

__all__ = ["EVIDENCE", "LEFT_OUT", "QUESTIONS", "IdentityPlan"]

LEFT_OUT = pa.schema(
    [("what", pa.string()), ("path", pa.string()), ("key", pa.string()), ("reason", pa.string())]
)
EVIDENCE = pa.schema(
    [
        ("path", pa.string()),
        ("other_path", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
        ("shared", pa.int64()),
        ("unique", pa.float64()),
        ("other_unique", pa.float64()),
        ("agreement", pa.float64()),
        ("compared", pa.int64()),
    ]
)
QUESTIONS = pa.schema(
    [
        ("question", pa.string()),
        ("path", pa.string()),
        ("other_path", pa.string()),
        ("link_id", pa.string()),
    ]
)


@dataclass(frozen=True, eq=False, repr=False)
class IdentityPlan(Shows):
    """Plan of an identity table: its tables, its keys, and omissions.

    The identity table has one row a record: ``entity_id``, which records of one thing share;
    ``system``, ``table_name`` and ``record_key``, which name the record; ``joined_by``, the keys by
    which it shares a value with another record; and ``weakest_key``, the last of them in the order
    of ``keys``. An ``entity_id`` is the smallest hash of a record of the thing: it stays the same
    when records are added that have nothing to do with it.

    Parameters
    ----------
    graph
        The graph.
    entity
        The entity.
    tables
        Tables whose rows are records, sorted by path.
    keys
        Keys that join records, the strongest first.
    fan_out
        Largest number of records of one table that a value joins, at least 1.
    verified
        Whether values were read.
    left_out
        One row a table, column or pair of columns that is left out: ``what``, ``path``, ``key``
        and ``reason``. A ``"key"`` that is left out joins records if ``keys`` names it.
    questions
        Questions that data cannot settle, one row each: ``question``, ``path``, ``other_path`` and
        ``link_id``, the link to decide.
    places
        Places of tables in a warehouse.
    pairs
        Pairs of columns, by position, that may join records: of those, :meth:`verify` keeps what
        data supports.
    witnesses
        Pairs of columns, by position, whose values show whether records are one.
    evidence
        Evidence of data, one row per pair: ``path``, ``other_path``, ``verdict`` (``"supported"``,
        ``"contradicted"`` or ``"cannot say"``), ``reason``, ``shared`` (distinct values of both),
        ``unique`` and ``other_unique`` (share of distinct values, in [0, 1]), ``agreement`` (share
        of records joined by the pair that agree on other columns, in [0, 1]) and ``compared`` (the
        number of these). Empty before :meth:`verify`.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> hg.identity_table(graph, "invoice")
    <IdentityPlan of invoice: 4 tables by 2 keys, not verified>
    """

    graph: LinkGraph
    entity: Entity
    tables: tuple[IdentityTable, ...]
    keys: tuple[IdentityKey, ...]
    fan_out: int
    verified: bool
    left_out: Frame = field(repr=False)
    questions: Frame = field(repr=False)
    places: Places = field(repr=False)
    pairs: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    witnesses: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    evidence: Frame = field(default_factory=lambda: Frame(EVIDENCE.empty_table()), repr=False)

    def to_frame(self) -> Frame:
        """Return one row a column that joins records.

        Columns are ``key``, ``system``, ``table_path``, ``column_id``, ``path``, ``normal`` (how
        values are compared), ``weakest``, ``agreement`` and ``n_sure``, of the key.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> plan = hg.identity_table(graph, "deal")
        >>> plan.to_frame()["path"][0]
        'HubSpot/deals.salesforceopportunityid'
        """
        nodes = self.graph.arrays.nodes
        rows = [(key, at) for key in self.keys for at in key.index]
        table = [int(nodes.ancestor[1][at]) for _, at in rows]
        place = pa.array([at for _, at in rows], pa.int64())
        return Frame(
            pa.table(
                {
                    "key": pa.array([key.name for key, _ in rows], pa.string()),
                    "system": nodes.system.take(place),
                    "table_path": nodes.path.take(pa.array(table, pa.int64())),
                    "column_id": nodes.id_text.take(place),
                    "path": nodes.path.take(place),
                    "normal": pa.array([str(key.normal) for key, _ in rows], pa.string()),
                    "weakest": pa.array([key.weakest for key, _ in rows], pa.float64()),
                    "agreement": pa.array([key.agreement for key, _ in rows], pa.float64()),
                    "n_sure": pa.array([key.n_sure for key, _ in rows], pa.int64()),
                }
            )
        )

    def tables_frame(self) -> Frame:
        """Return one row a table: ``system``, ``table_id``, ``path`` and ``record_key``.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> hg.identity_table(graph, "deal").tables_frame()["record_key"]
        ['hs_object_id', 'Id', 'ID']
        """
        names = ("system", "table_id", "path", "record_key")
        return Frame(
            pa.table(
                {
                    name: pa.array([getattr(one, name) for one in self.tables], pa.string())
                    for name in names
                }
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> sorted(hg.identity_table(graph, "deal").to_dict())[:3]
        ['columns', 'entity', 'fan_out']
        """
        return {
            "entity": self.entity.name,
            "verified": self.verified,
            "fan_out": self.fan_out,
            "tables": list(self.tables_frame()),
            "columns": list(self.to_frame()),
            "left_out": list(self.left_out),
            "questions": list(self.questions),
        }

    def verify(self, connections: Any) -> IdentityPlan:
        """Return the plan with only the keys that data supports.

        Records that share a value of a pair of columns are compared by the other keys of their
        tables, and by other columns that are linked: where they disagree, the pair is left out.
        Where two pairs disagree and nothing else shows which is wrong, both are left out, and that
        is a question. Values stay on this machine, and only counts are kept.

        Parameters
        ----------
        connections
            Values by system or table, as for :func:`verify`.

        Returns
        -------
        IdentityPlan
            The plan, whose ``evidence`` has what data say of each pair. Tables that are not
            connected are left out.

        Raises
        ------
        ArgumentError
            If ``connections`` are something else, or fewer than two tables are connected.
        ValuesError
            If values cannot be read. The message has no value of the data.
        MissingDependencyError
            If DuckDB is not installed.

        Notes
        -----
        O(p n) for p pairs of columns and n rows.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> plan = hg.identity_table(graph, "invoice")
        >>> plan.verify(hg.datasets.demo_records().tables)
        <IdentityPlan of invoice: 4 tables by 1 key, verified>
        """
        from hummgraph.warehouse.identity_check import verified

        return verified(self, connections)

    def to_sql(
        self, dialect: str = "duckdb", *, table: str | None = None, rounds: int | None = None
    ) -> str:
        """Return a script that makes the identity table in a warehouse.

        Each step makes a table, a temporary one if the dialect has them; nothing is recursive.
        The last queries count what to check: rows of each table without a record key, or with that
        of another row; values of each key that too many records share; and records left to join,
        which are 0 unless there were too few rounds.

        Parameters
        ----------
        dialect
            Name of the dialect in sqlglot: ``"snowflake"``, ``"bigquery"``, ``"postgres"``,
            ``"duckdb"``, ``"databricks"``, ``"redshift"`` and others.
        table
            Name of the identity table, its parts separated by dots; by default ``identity_`` and
            the name of the entity.
        rounds
            Number of rounds, at least 1; by default 8. Each joins chains of records over twice and
            more as many records as the one before it.

        Returns
        -------
        str
            The script. A table without a known place is written ``<Stripe/customers>``, which does
            not run.

        Raises
        ------
        ArgumentError
            If the dialect is unknown, the name or the number of rounds is invalid, or no key joins
            the tables.
        MissingDependencyError
            If sqlglot is not installed.

        Notes
        -----
        ``2 * log2(n)`` rounds are enough for an entity of ``n`` records, and mostly half of them.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> plan = hg.identity_table(graph, "deal", schemas={"Salesforce": "raw.salesforce"})
        >>> "raw.salesforce" in plan.to_sql("snowflake")
        True
        """
        from hummgraph.warehouse.identity_script import script

        return script(self, dialect, table=table, rounds=rounds)

    def run(
        self,
        connection: Any,
        *,
        connections: Any = None,
        table: str | None = None,
        dialect: str | None = None,
        replace: bool = False,
    ) -> IdentityRun:
        """Build the identity table in a database, round by round until nothing changes.

        Parameters
        ----------
        connection
            A connection of DuckDB, or one by DB-API or ADBC, in which the tables lie and the
            identity table is made.
        connections
            Values by system or table, as for :func:`verify`, that are read into ``connection``,
            which is one of DuckDB then.
        table
            Name of the identity table, its parts separated by dots; by default ``identity_`` and
            the name of the entity.
        dialect
            Name of the dialect in sqlglot; by default that of the connection's package.
        replace
            Whether a table of that name may be replaced.

        Returns
        -------
        IdentityRun
            Counts, and no values.

        Raises
        ------
        ArgumentError
            If no key joins the tables, the place of a table is not known, or the dialect is
            unknown.
        ValuesError
            If the database refuses a statement. The message has no value of the data.

        Examples
        --------
        >>> import duckdb
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> plan = hg.identity_table(graph, "deal")
        >>> records = hg.datasets.demo_records(n_persons=100)
        >>> plan.run(duckdb.connect(), connections=records.tables)
        <IdentityRun of deal: 135 records of 50 entities in identity_deal>
        """
        from hummgraph.warehouse.identity_run import run

        return run(
            self,
            connection,
            connections=connections,
            table=table,
            dialect=dialect,
            replace=replace,
        )

    def __repr__(self) -> str:
        by = f"by {counted(len(self.keys), 'key')}" if self.keys else "that no key joins"
        state = "verified" if self.verified else "not verified"
        return (
            f"<IdentityPlan of {visible(self.entity.name)}: {counted(len(self.tables), 'table')}"
            f" {by}, {state}>"
        )

    def _card_(self) -> Card:
        title = repr(self).removeprefix("<").removesuffix(">")
        notes = []
        if len(self.left_out):
            notes.append(f"{counted(len(self.left_out), 'part')} left out: see plan.left_out.")
        if not self.verified:
            notes.append("Wrong columns join what is not one: plan.verify(connections) finds them.")
        notes += self.questions["question"][:3]
        table = self.to_frame().select("key", "path", "normal", "weakest", "agreement")
        return Card(title, (), table, "columns", len(table), notes)
