"""Identity tables made in a database: statements run one by one, and their counts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError, ValuesError
from hummgraph.errors.texts import quoted
from hummgraph.frames import Card, Frame, Shows, counted, visible
from hummgraph.warehouse.identity_script import (
    check_dialect,
    check_joinable,
    check_table_name,
    fan_outs,
    in_dialect,
    record_tables,
    relations_of,
    unknown_places,
)
from hummgraph.warehouse.identity_sql import (
    COLUMNS,
    check_statements,
    final_statement,
    first_statements,
    round_statements,
)

if TYPE_CHECKING:
    from hummgraph.warehouse.identity_plan import IdentityPlan
    from hummgraph.warehouse.identity_sql import Statement

__all__ = ["IdentityRun", "run"]

_PREFIX: Final = "hummgraph_step_"
_MOST_ROUNDS: Final = 200
"""Greatest number of rounds: a stop for databases that answer wrongly."""
_DIALECTS: Final = {
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "pg8000": "postgres",
    "snowflake": "snowflake",
    "redshift_connector": "redshift",
    "databricks": "databricks",
    "google": "bigquery",
}
"""Dialects by the first name of a connection's module."""
_VENDORS: Final = {"postgresql": "postgres", "duckdb": "duckdb", "snowflake": "snowflake"}
"""Dialects by the vendor that a connection of ADBC names."""
_PLAIN: Final = frozenset({"duckdb", "postgres"})
"""Dialects that read the statements as they are written."""
_BY_HAND: Final = "plan.to_sql() has the statements, to run by hand."
_TEMPORARY: Final = frozenset({*_PLAIN, "redshift", "snowflake"})
"""Dialects whose temporary tables last as long as the connection."""


@dataclass(frozen=True, eq=False, repr=False)
class IdentityRun(Shows):
    """Counts from making an identity table, without any value of the data.

    Parameters
    ----------
    entity
        Name of the entity.
    table
        Name of the identity table.
    n_records
        Number of its rows.
    n_entities
        Number of distinct ``entity_id``.
    n_joined
        Number of records that share their ``entity_id`` with another record.
    rounds
        Number of rounds after which nothing changed.
    tables
        One row a table: ``path``, ``rows``, ``without_key`` (rows whose record key is empty, and so
        are left out), ``repeated`` (rows with the record key of an earlier row, which are one
        record with it), ``records`` and ``joined``.
    keys
        One row a key: ``key``, ``shared_values`` (values of several records), ``joined_records``,
        ``stopped_values`` and ``stopped_records`` (values that more records of one table than
        ``fan_out`` share, and these records), and ``largest``, the most records of one table that
        share a value.
    sizes
        One row a size: ``records`` and ``entities``, the number of entities of so many records.

    Examples
    --------
    >>> import duckdb
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> plan = hg.identity_table(graph, "deal")
    >>> records = hg.datasets.demo_records(n_persons=100)
    >>> plan.run(duckdb.connect(), connections=records.tables).rounds
    1
    """

    entity: str
    table: str
    n_records: int
    n_entities: int
    n_joined: int
    rounds: int
    tables: Frame = field(repr=False)
    keys: Frame = field(repr=False)
    sizes: Frame = field(repr=False)

    def to_frame(self) -> Frame:
        """Return one row a table, as in ``tables``."""
        return self.tables

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return {
            "entity": self.entity,
            "table": self.table,
            "n_records": self.n_records,
            "n_entities": self.n_entities,
            "n_joined": self.n_joined,
            "rounds": self.rounds,
            "tables": list(self.tables),
            "keys": list(self.keys),
            "sizes": list(self.sizes),
        }

    def lost(self) -> list[str]:
        """Return sentences about rows that are no separate record, one for each table with some."""
        return [
            f"{row['repeated']:,} of {row['rows']:,} rows of {visible(row['path'])} have the record"
            " key of another row: they are one record with it."
            for row in self.tables
            if row["repeated"]
        ] + [
            f"{row['without_key']:,} of {row['rows']:,} rows of {visible(row['path'])} have no"
            " record key, and are left out."
            for row in self.tables
            if row["without_key"]
        ]

    def __repr__(self) -> str:
        return (
            f"<IdentityRun of {visible(self.entity)}: {counted(self.n_records, 'record')} of"
            f" {self.n_entities:,} {'entity' if self.n_entities == 1 else 'entities'} in"
            f" {visible(self.table)}>"
        )

    def _card_(self) -> Card:
        title = repr(self).removeprefix("<").removesuffix(">")
        notes = [
            f"{self.n_joined:,} records are joined, in {counted(self.rounds, 'round')}.",
            *self.lost(),
            *(
                f"{counted(row['stopped_values'], 'value')} of {visible(row['key'])} of up to"
                f" {row['largest']:,} records of one table joined none."
                for row in self.keys
                if row["stopped_values"]
            ),
        ]
        return Card(title, (), self.tables, "tables", len(self.tables), notes)


class _Database:
    """A connection on which statements run, whose errors are without values."""

    def __init__(self, connection: Any, dialect: str | None) -> None:
        module = type(connection).__module__.partition(".")[0]
        self.is_duckdb = module in {"duckdb", "_duckdb"}
        if not self.is_duckdb and not callable(getattr(connection, "cursor", None)):
            raise ArgumentError(
                "connection must be a connection of DuckDB, DB-API or ADBC, not a value of type"
                f" {type(connection).__name__}."
            )
        self.dialect = dialect or _DIALECTS.get(module) or _vendor_of(connection)
        if self.dialect not in _PLAIN:
            if not self.dialect:
                raise ArgumentError(
                    f"The dialect of a connection of {type(connection).__module__} is not known.",
                    hint="Name it, as in dialect='snowflake'.",
                )
            check_dialect(self.dialect)
        self._connection = connection
        # Cursors of DuckDB are connections of their own, without the temporary tables of others.
        self._cursor = connection if self.is_duckdb else connection.cursor()

    def execute(self, statement: str, about: str, *, hint: str = _BY_HAND) -> None:
        """Run a statement.

        Raises
        ------
        ValuesError
            If the database refuses it; without the text of its error, which may quote values.
        """
        if self.dialect not in _PLAIN:
            statement = in_dialect(statement, self.dialect, pretty=False)
        try:
            self._cursor.execute(statement)
        except Exception as error:  # noqa: BLE001 - each driver has its own
            state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
            kind = type(error).__name__ + (f", SQLSTATE {state}" if state else "")
            raise ValuesError(
                f"The database refused the statement of {about} ({kind}).", hint=hint
            ) from None

    def counts(self, query: str, about: str, *, hint: str = _BY_HAND) -> list[tuple[Any, ...]]:
        """Return the rows of a query of counts."""
        self.execute(query, about, hint=hint)
        return [tuple(row) for row in self._cursor.fetchall()]

    def commit(self) -> None:
        """Commit, where that is needed."""
        if not self.is_duckdb:
            self._connection.commit()

    def rollback(self) -> None:
        """Roll back uncommitted statements, as far as the connection can."""
        if not self.is_duckdb:
            with suppress(Exception):
                self._connection.rollback()

    def close(self) -> None:
        """Close the cursor."""
        if not self.is_duckdb:
            with suppress(Exception):
                self._cursor.close()


def _vendor_of(connection: Any) -> str:
    """Return the dialect of a connection of ADBC; empty if it is not one, or not known."""
    info = getattr(connection, "adbc_get_info", None)
    if not callable(info):
        return ""
    return _VENDORS.get(str(info().get("vendor_name", "")).lower(), "")


def run(
    plan: IdentityPlan,
    connection: Any,
    *,
    connections: Any,
    table: str | None,
    dialect: str | None,
    replace: bool,
) -> IdentityRun:
    """Build an identity table; see :meth:`IdentityPlan.run`."""
    check_joinable(plan)
    if dialect is not None and dialect not in _PLAIN:
        check_dialect(dialect)
    target = check_table_name(plan, table)
    database = _Database(connection, dialect)
    _refuse_temporary(database, target)
    if connections is None:
        unknown = unknown_places(plan)
        if unknown:
            more = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
            raise ArgumentError(
                f"The place of {quoted(unknown[0])}{more} is not known.",
                hint='Write schemas={"Stripe": "raw.stripe", ...} when you make the plan.',
            )
        lies = _Lies(relations_of(plan))
    else:
        lies = _bring(plan, database, connection, connections)
    return _Run(plan, database, target, lies).all(replace=replace)


def _refuse_temporary(database: _Database, target: str) -> None:
    """Raise if a temporary table of DuckDB would be meant by the name of the identity table."""
    schema, _, last = target.rpartition(".")
    # Temporary tables lie in a schema main too, which comes first.
    if not database.is_duckdb or schema.lower() not in {"", "main"}:
        return
    name = last.strip('"').replace('""', '"').replace("'", "''")
    ((hides,),) = database.counts(
        "SELECT COUNT(*) FROM (SELECT table_name AS name FROM duckdb_tables() WHERE temporary"
        " UNION ALL SELECT view_name FROM duckdb_views() WHERE temporary) AS own"
        f" WHERE lower(name) = lower('{name}')",
        target,
    )
    if hides:
        raise ArgumentError(
            f"The connection has a temporary table or view {target}, which hides another.",
            hint="Drop it, or write table= with another name or a schema.",
        )


@dataclass(frozen=True, slots=True)
class _Lies:
    """Places of a plan's tables: SQL of their names, and of their columns if they differ."""

    relations: dict[int, str]
    columns: dict[int, str] | None = None
    temporary: tuple[str, ...] = ()


def _bring(plan: IdentityPlan, database: _Database, connection: Any, connections: Any) -> _Lies:
    """Read the columns of a plan into a database of DuckDB."""
    if not database.is_duckdb:
        raise ArgumentError(
            "connections= are read into a database of DuckDB, and connection is not one.",
            hint="Write plan.run(duckdb.connect('identity.duckdb'), connections=...).",
        )
    from hummgraph.warehouse.values import Values

    values = Values.of(plan.graph, connections)
    owner = plan.graph.arrays.nodes.ancestor[1]
    relations: dict[int, str] = {}
    columns: dict[int, str] = {}
    for one in plan.tables:
        joining = {column for key in plan.keys for column in key.index}
        wanted = {column for column in joining if int(owner[column]) == one.index}
        found = values.relation(connection, one.index, sorted({one.key_index, *wanted}))
        if one.key_index in found.missing:
            raise ValuesError(
                f"The data of {quoted(one.path)} has no column {quoted(one.record_key)}, by which"
                " its records are named."
            )
        relations[one.index] = found.name
        columns.update(found.columns)
    return _Lies(relations, columns, tuple(relations.values()))


class _Run:
    """The making of one identity table."""

    def __init__(self, plan: IdentityPlan, database: _Database, target: str, lies: _Lies) -> None:
        self._plan = plan
        self._database = database
        self._target = target
        form = database.dialect
        self._tables = record_tables(plan, lies.relations, form, lies.columns)
        self._kind = "TEMPORARY TABLE" if form in _TEMPORARY else "TABLE"
        self._made = list(lies.temporary)

    def all(self, *, replace: bool) -> IdentityRun:
        """Build the table, and return its counts."""
        database = self._database
        reserved = False
        try:
            if not replace:
                # An earlier table of that name is found before the work, not after it.
                empty = ", ".join(f"CAST(NULL AS TEXT) AS {name}" for name in COLUMNS)
                database.execute(
                    f"CREATE TABLE {self._target} AS SELECT {empty} WHERE 1 = 0",
                    self._target,
                    hint="If the table exists, replace=True replaces it.",
                )
                reserved = True
            self._look_up()
            n_rounds = self._steps()
            names = [key.name for key in self._plan.keys]
            database.execute(f"DROP TABLE IF EXISTS {self._target}", self._target)
            reserved = False
            final = final_statement(self._tables, names, n_rounds=n_rounds, prefix=_PREFIX)
            database.execute(f"CREATE TABLE {self._target} AS {final}", self._target)
            found = self._counts(n_rounds)
            self._drop()
            database.commit()
        except BaseException:
            database.rollback()
            with suppress(ValuesError):
                if reserved:
                    database.execute(f"DROP TABLE IF EXISTS {self._target}", self._target)
                self._drop()
            raise
        finally:
            database.close()
        return found

    def _look_up(self) -> None:
        """Raise if a table cannot be read; the error names it, as no later one would."""
        for one, table in zip(self._plan.tables, self._tables, strict=True):
            values = ", ".join((table.record_key, *(column.value for column in table.columns)))
            self._database.counts(
                f"SELECT {values} FROM {table.relation} AS s WHERE 1 = 0",
                f"{quoted(one.path)}, which is {table.relation} there",
                hint="Does it exist, with the columns of the plan? schemas= says where tables lie.",
            )

    def _make(self, step: Statement) -> None:
        # A table of a run that was interrupted may still be there.
        name = f"{_PREFIX}{step.name}"
        self._database.execute(f"DROP TABLE IF EXISTS {name}", step.about)
        self._database.execute(f"CREATE {self._kind} {name} AS {step.query}", step.about)
        self._made.append(name)

    def _drop(self) -> None:
        while self._made:
            self._database.execute(f"DROP TABLE IF EXISTS {self._made.pop()}", "a table of a step")

    def _steps(self) -> int:
        for step in first_statements(self._tables, fan_out=fan_outs(self._plan), prefix=_PREFIX):
            self._make(step)
        n_rounds = 0
        while self._number(f"SELECT COUNT(*) FROM {_PREFIX}edges_{n_rounds}"):
            n_rounds += 1
            if n_rounds > _MOST_ROUNDS:
                raise ValuesError(
                    f"After {_MOST_ROUNDS} rounds records are left to join: the database answers"
                    " the same question differently."
                )
            for step in round_statements(n_rounds, prefix=_PREFIX):
                self._make(step)
        return n_rounds

    def _number(self, query: str) -> int:
        ((number,),) = self._database.counts(query, "a count")
        return int(number)

    def _counts(self, n_rounds: int) -> IdentityRun:
        plan, target, counts = self._plan, self._target, self._database.counts
        sizes = counts(
            "SELECT records, COUNT(*) FROM (SELECT entity_id, COUNT(*) AS records"
            f" FROM {target} GROUP BY entity_id) AS a GROUP BY records ORDER BY records",
            "sizes of entities",
        )
        records = {
            (system, name): (int(n), int(joined))
            for system, name, n, joined in counts(
                f"SELECT system, table_name, COUNT(*), COUNT(joined_by) FROM {target}"
                " GROUP BY system, table_name",
                "records by table",
            )
        }
        rows = dict(counts(f"SELECT t, COUNT(*) FROM {_PREFIX}rows GROUP BY t", "rows by table"))
        tables = []
        for number, (one, table) in enumerate(zip(plan.tables, self._tables, strict=True), 1):
            total = self._number(f"SELECT COUNT(*) FROM {table.relation} AS s")
            n, joined = records.get((table.system, table.name), (0, 0))
            named = int(rows.get(number, 0))
            tables.append((one.path, total, total - named, named - n, n, joined))
        joined_by = dict(
            counts(f"SELECT k, COUNT(DISTINCT n) FROM {_PREFIX}joined GROUP BY k", "records by key")
        )
        checks = check_statements(
            self._tables, fan_out=fan_outs(plan), n_rounds=n_rounds, prefix=_PREFIX
        )
        keys = [
            (
                plan.keys[int(key) - 1].name,
                int(shared),
                int(joined_by.get(key, 0)),
                int(stopped),
                int(stopped_records),
                int(largest),
            )
            for key, shared, stopped, stopped_records, largest in counts(
                checks["keys"], "values by key"
            )
        ]
        return IdentityRun(
            plan.entity.name,
            self._target,
            sum(int(size) * int(n) for size, n in sizes),
            sum(int(n) for _, n in sizes),
            sum(int(size) * int(n) for size, n in sizes if size > 1),
            n_rounds,
            _frame(tables, ("path", "rows", "without_key", "repeated", "records", "joined")),
            _frame(
                keys,
                (
                    "key",
                    "shared_values",
                    "joined_records",
                    "stopped_values",
                    "stopped_records",
                    "largest",
                ),
            ),
            _frame([(int(size), int(n)) for size, n in sizes], ("records", "entities")),
        )


def _frame(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> Frame:
    kinds = [pa.string() if name in {"path", "key"} else pa.int64() for name in names]
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds)]
    return Frame(pa.table(dict(zip(names, columns, strict=True))))
