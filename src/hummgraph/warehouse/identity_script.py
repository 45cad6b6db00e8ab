"""Identity plans as SQL scripts, for a dialect."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.frames import counted, visible
from hummgraph.warehouse.identity_sql import (
    JoinedColumn,
    RecordTable,
    check_statements,
    final_statement,
    first_statements,
    identifier,
    round_statements,
    temporary_names,
)
from hummgraph.warehouse.normal import JAVA, Normal, normal_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.algorithms.joins.places import Part
    from hummgraph.warehouse.identity_plan import IdentityPlan
    from hummgraph.warehouse.identity_sql import Statement

__all__ = [
    "ROUNDS",
    "check_dialect",
    "check_joinable",
    "check_rounds",
    "check_table_name",
    "default_table",
    "fan_outs",
    "in_dialect",
    "record_tables",
    "relations_of",
    "script",
    "steps",
    "table_sql",
    "unknown_places",
]

ROUNDS: Final = 8
"""Rounds of a script by default: chains of thousands of records are joined by them."""

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SLUG: Final = re.compile(r"[^a-z0-9]+")
# Characters that some SQL parser may treat as the end of a line, and so of a comment.
_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TEMPORARY: Final = frozenset({"bigquery", "duckdb", "postgres", "redshift", "snowflake"})
"""Dialects with temporary tables; elsewhere those of the script are dropped at its end."""
# Words that are quoted though a place has them without quotes: nothing reads them as names.
_WORDS: Final = frozenset(
    """
    all and any as asc between by case cast check column create cross current default desc distinct
    drop else end except exists false fetch for from full grant group having in inner insert
    intersect into is join key left like limit natural not null of on or order outer primary
    references right select set table then to true union unique update user using values view when
    where with
    """.split()  # noqa: SIM905 - a list of literals would take a line for each word
)


def check_dialect(dialect: object) -> str:
    """Return the name of a dialect; raise if sqlglot does not know it, or is not installed."""
    try:
        import sqlglot
    except ImportError as error:
        raise MissingDependencyError(
            "sqlglot is not installed.", hint="pip install 'hummgraph[sql]'"
        ) from error
    unknown = ArgumentError(
        f"dialect is {dialect!r}, which is unknown to sqlglot;"
        " it knows 'snowflake', 'postgres', 'bigquery', 'duckdb' and others."
    )
    if not isinstance(dialect, str) or not dialect:
        raise unknown
    try:
        sqlglot.Dialect.get_or_raise(dialect)
    except ValueError:
        raise unknown from None
    return dialect


def check_joinable(plan: IdentityPlan) -> None:
    """Raise if no key joins the tables of a plan."""
    if not plan.keys:
        raise ArgumentError(
            f"No key joins the tables of {plan.entity.name!r}: each record would be alone.",
            hint="plan.left_out says why; keys= names columns.",
        )


def check_rounds(rounds: object) -> int:
    """Return a number of rounds, the default for ``None``; raise if it is not one."""
    if rounds is None:
        return ROUNDS
    if isinstance(rounds, bool) or not isinstance(rounds, int) or not 1 <= rounds <= 64:
        raise ArgumentError(f"rounds is {rounds!r}; it must be a whole number from 1 to 64.")
    return rounds


def default_table(plan: IdentityPlan) -> str:
    """Return the name of the identity table of a plan."""
    return f"identity_{_SLUG.sub('_', plan.entity.name.lower()).strip('_') or 'table'}"


def check_table_name(plan: IdentityPlan, table: object) -> str:
    """Return SQL of the identity table's name; raise if it is not one."""
    if table is None:
        return default_table(plan)
    parts = table.split(".") if isinstance(table, str) else []
    if not 1 <= len(parts) <= 3 or not all(part.strip() for part in parts):
        raise ArgumentError(
            f"table is {table!r}; it must be a name of one to three parts, separated by dots.",
            hint="For example: table='analytics.identity_person'",
        )
    return table_sql([(part, False) for part in parts])


def table_sql(parts: Sequence[Part | tuple[str, bool]]) -> str:
    """Return SQL of a name: quoted as far as it must be, so that a warehouse folds its case."""
    return ".".join(
        identifier(name) if exact or not _BARE.fullmatch(name) or name.lower() in _WORDS else name
        for name, exact in parts
    )


def fan_outs(plan: IdentityPlan) -> list[int]:
    """Return the largest number of records of one table that a value joins, by key."""
    return [
        1 if not key.repeats else min(plan.fan_out, 2) if key.copies_only else plan.fan_out
        for key in plan.keys
    ]


def unknown_places(plan: IdentityPlan) -> list[str]:
    """Return the paths of the tables whose place is not known."""
    return [table.path for table in plan.tables if table.index not in plan.places.placed]


def relations_of(plan: IdentityPlan) -> dict[int, str]:
    """Return SQL of the tables' names by position; those of unknown place stand in for them."""
    return {
        table.index: table_sql(plan.places.placed[table.index])
        if table.index in plan.places.placed
        else identifier(f"hummgraph place {number}")
        for number, table in enumerate(plan.tables, start=1)
    }


def record_tables(
    plan: IdentityPlan,
    relations: Mapping[int, str],
    dialect: str,
    names: Mapping[int, str] | None = None,
) -> list[RecordTable]:
    """Return the tables of a plan for its SQL.

    Parameters
    ----------
    plan
        The plan.
    relations
        SQL of the tables' names, by position.
    dialect
        Dialect of the normal forms; the rest is what DuckDB and PostgreSQL read.
    names
        Names of the columns by position, those that there are; by default as they lie in the
        warehouse.
    """
    known = plan.places.name_of if names is None else names.__getitem__
    tables = []
    owner = plan.graph.arrays.nodes.ancestor[1]
    shown: set[tuple[str, str]] = set()
    for table in plan.tables:
        columns = tuple(
            JoinedColumn(number, normal_sql(key.normal, _text(known(column)), dialect=dialect))
            for number, key in enumerate(plan.keys, start=1)
            for column in key.index
            if int(owner[column]) == table.index and (names is None or column in names)
        )
        name = table.path.removeprefix(f"{table.system}/")
        if (table.system, name) in shown:
            name = f"{name} {table.table_id}"
        shown.add((table.system, name))
        tables.append(
            RecordTable(
                table.system,
                name,
                relations[table.index],
                normal_sql(Normal.EXACT, _text(known(table.key_index)), dialect=dialect),
                columns,
            )
        )
    return tables


def _text(column: str) -> str:
    return f"CAST(s.{identifier(column)} AS TEXT)"


def steps(
    tables: Sequence[RecordTable], fan_out: Sequence[int], n_rounds: int, prefix: str
) -> list[Statement]:
    """Return all statements before the identity table, for a number of rounds."""
    rounds = (round_statements(number, prefix=prefix) for number in range(1, n_rounds + 1))
    first = first_statements(tables, fan_out=fan_out, prefix=prefix)
    return [*first, *chain.from_iterable(rounds)]


def in_dialect(statement: str, dialect: str, *, pretty: bool = True) -> str:
    """Return a statement in a dialect."""
    import sqlglot

    if dialect in JAVA:
        statement = statement.replace("[[:space:]]", r"\s")
    (made,) = sqlglot.transpile(statement, read="duckdb", write=dialect, pretty=pretty)
    return made


def script(plan: IdentityPlan, dialect: str, *, table: str | None, rounds: int | None) -> str:
    """Return a plan as a script; see :meth:`IdentityPlan.to_sql`."""
    check_dialect(dialect)
    check_joinable(plan)
    n_rounds = check_rounds(rounds)
    target = check_table_name(plan, table)
    prefix = "hg_"
    tables = record_tables(plan, relations_of(plan), dialect)
    kind = "TEMPORARY TABLE" if dialect in _TEMPORARY else "TABLE"
    n_tables, n_keys = counted(len(plan.tables), "table"), counted(len(plan.keys), "key")
    state = "verified by data" if plan.verified else "not verified by data"
    lines = [
        f"Identity table of {plan.entity.name}: {n_tables} by {n_keys}; {state}.",
        *(
            f"Key {number}, {key.name} ({key.normal}): {', '.join(key.paths)}"
            for number, key in enumerate(plan.keys, start=1)
        ),
        f"A value of more than {plan.fan_out:,} records of one table joins none.",
    ]
    unknown = unknown_places(plan)
    if unknown:
        lines.append(f"Where these tables lie is not known: {', '.join(unknown)}.")
    parts = ["\n".join(map(_comment, lines))]

    def add(about: str, statement: str) -> None:
        parts.append(f"{_comment(about)}\n{in_dialect(statement, dialect)};")

    for step in steps(tables, fan_outs(plan), n_rounds, prefix):
        add(step.about, f"CREATE {kind} {prefix}{step.name} AS {step.query}")
    names = [key.name for key in plan.keys]
    final = final_statement(tables, names, n_rounds=n_rounds, prefix=prefix)
    add("The identity table: one row a record.", f"CREATE TABLE {target} AS {final}")
    counts = check_statements(tables, fan_out=fan_outs(plan), n_rounds=n_rounds, prefix=prefix)
    add(
        "Rows without a record key, and with that of another row: 0, or they are lost.",
        counts["rows"],
    )
    add("Values that too many records share, by key: counts.", counts["keys"])
    add("What is left to join: 0, or there were too few rounds.", counts["left"])
    if kind == "TABLE":
        for name in temporary_names(tables, n_rounds):
            parts.append(f"DROP TABLE {prefix}{name};")  # noqa: PERF401 - a loop like those above
    made = "\n\n".join(parts) + "\n"
    return _with_stand_ins(plan, made)


def _with_stand_ins(plan: IdentityPlan, made: str) -> str:
    """Write tables of unknown place so that the script does not run."""
    for number, one in enumerate(plan.tables, start=1):
        if one.index not in plan.places.placed:
            shown = _LINE_BREAKS.sub(" ", visible(one.path))
            for quote in ('""', "``", "[]"):
                name = f"{quote[0]}hummgraph place {number}{quote[1]}"
                made = made.replace(name, f"<{shown}>")
    return made


def _comment(line: str) -> str:
    return "-- " + visible(_LINE_BREAKS.sub(" ", line))
