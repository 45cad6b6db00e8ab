"""SQL of identity tables: connected records, by minima and pointer jumping, without recursion.

The statements are written in a SQL that DuckDB and PostgreSQL run, and translated for others. Each
makes one table from tables before it, so that no engine computes a part twice.

Records are numbered by the order of their hashes, which is the same in every engine: hexadecimal
digits sort alike under any collation. A value that records share joins each of them to the one of
the smallest number. A round then joins every record of an edge to its smallest neighbour, follows
two and two of these steps, and keeps the edges that are left between different records. After two
rounds at most half of the records of a component are left, so that ``2 * log2(n)`` rounds are
enough for components of ``n`` records; the edges of the last round are counted, and are none if
nothing is left to join.

The idea of contracting by minima in a database is that of Boegeholz, Brand and Todor, "In-database
connected component analysis", ICDE 2020, who use random numbers in place of minima.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "COLUMNS",
    "JoinedColumn",
    "RecordTable",
    "Statement",
    "check_statements",
    "final_statement",
    "first_statements",
    "identifier",
    "literal",
    "record_hash",
    "round_statements",
    "temporary_names",
]

COLUMNS: Final = (
    "entity_id",
    "system",
    "table_name",
    "record_key",
    "joined_by",
    "weakest_key",
)
"""Columns of an identity table."""


@dataclass(frozen=True, slots=True)
class JoinedColumn:
    """Column whose values join records.

    Parameters
    ----------
    key
        Number of its key, from 1; equal values of columns of one key join.
    value
        SQL of its normalised value: a text, null where there is nothing to join by.
    """

    key: int
    value: str


@dataclass(frozen=True, slots=True)
class RecordTable:
    """Table whose rows are records.

    Parameters
    ----------
    system, name
        Names that the identity table shows; no two tables have both alike.
    relation
        SQL that names the table.
    record_key
        SQL of the text that names a row.
    columns
        Columns that join records.
    """

    system: str
    name: str
    relation: str
    record_key: str
    columns: tuple[JoinedColumn, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Table to be made: its name without prefix, the query, and a description."""

    name: str
    query: str
    about: str


def identifier(*parts: str) -> str:
    """Return a name of one or more parts, quoted.

    Examples
    --------
    >>> identifier("raw", 'an "odd" name')
    '"raw"."an ""odd"" name"'
    """
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str) -> str:
    """Return a text as a literal.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def record_hash(table: RecordTable, key: str) -> str:
    """Return SQL of the hash that names a record in every engine: its table and its key.

    Parameters
    ----------
    key
        SQL of the record's key.
    """
    # The lengths keep "a/b" + "c" and "a" + "b/c" apart.
    lengths = f"{len(table.system)}:{table.system}{len(table.name)}:{table.name}"
    return f"MD5({literal(lengths)} || {key})"


def _slots(tables: Sequence[RecordTable]) -> dict[int, int]:
    """Return for each key the largest number of its columns in one table."""
    slots: dict[int, int] = {}
    for table in tables:
        keys = [column.key for column in table.columns]
        for key in keys:
            slots[key] = max(slots.get(key, 0), keys.count(key))
    return dict(sorted(slots.items()))


def first_statements(
    tables: Sequence[RecordTable], *, fan_out: Sequence[int], prefix: str
) -> Iterator[Statement]:
    """Yield the statements from the tables to the first edges.

    Parameters
    ----------
    tables
        Tables of records.
    fan_out
        Largest number of records of one table that a value joins, by number of the key less 1.
    prefix
        SQL before each name of a table that is made.
    """
    slots = _slots(tables)
    yield Statement("rows", _rows_query(tables, slots), "one line a row, numbered by its hash")
    for key, n_columns in slots.items():
        shared = " UNION ALL ".join(
            f"SELECT n, t, v{key}_{slot} AS v FROM {prefix}rows WHERE v{key}_{slot} IS NOT NULL"
            for slot in range(1, n_columns + 1)
        )
        yield Statement(
            f"values_{key}",
            "SELECT v, MIN(low) AS low, SUM(records) AS records, MAX(records) AS most FROM ("
            "SELECT t, v, MIN(n) AS low, COUNT(*) AS records FROM ("
            f"SELECT DISTINCT n, t, v FROM ({shared}) AS a) AS b GROUP BY t, v) AS c"
            " GROUP BY v HAVING SUM(records) > 1",
            f"values of key {key} that several records share",
        )
    joined = " UNION ALL ".join(
        f"SELECT r.n, {key} AS k, s.low FROM {prefix}rows AS r JOIN {prefix}values_{key} AS s"
        f" ON r.v{key}_{slot} = s.v WHERE s.most <= {fan_out[key - 1]}"
        for key, n_columns in slots.items()
        for slot in range(1, n_columns + 1)
    )
    nothing = f"SELECT n, 0 AS k, n AS low FROM {prefix}rows WHERE 1 = 0"
    yield Statement("joined", joined or nothing, "records that a value joins, with its smallest")
    yield Statement(
        "edges_0",
        f"SELECT DISTINCT n AS u, low AS w FROM {prefix}joined WHERE n > low",
        "edges to smaller records",
    )


def _rows_query(tables: Sequence[RecordTable], slots: dict[int, int]) -> str:
    names = [(key, slot) for key, n_columns in slots.items() for slot in range(1, n_columns + 1)]
    parts = []
    for number, table in enumerate(tables, start=1):
        values: dict[tuple[int, int], str] = {}
        for column in table.columns:
            slot = 1 + sum(key == column.key for key, _ in values)
            values[column.key, slot] = column.value
        cells = "".join(
            f", {values.get(name, 'CAST(NULL AS TEXT)')} AS v{name[0]}_{name[1]}" for name in names
        )
        inner = f"SELECT {table.record_key} AS k{cells} FROM {table.relation} AS s"
        columns = "".join(f", v{key}_{slot}" for key, slot in names)
        parts.append(
            f"SELECT {record_hash(table, 'k')} AS h, {number} AS t, k{columns}"
            f" FROM ({inner}) AS p WHERE k IS NOT NULL AND k <> ''"
        )
    columns = "".join(f", v{key}_{slot}" for key, slot in names)
    every = " UNION ALL ".join(parts)
    return f"SELECT DENSE_RANK() OVER (ORDER BY h) AS n, t, k{columns} FROM ({every}) AS q"


def round_statements(number: int, *, prefix: str) -> Iterator[Statement]:
    """Yield the statements of a round, from the edges before it to those after it.

    Parameters
    ----------
    number
        Number of the round, from 1.
    prefix
        SQL before each name of a table that is made.
    """
    edges = f"{prefix}edges_{number - 1}"
    low = f"{prefix}low_{number}"
    yield Statement(
        f"low_{number}",
        "SELECT u AS n, MIN(w) AS low FROM ("
        f"SELECT u, w FROM {edges} UNION ALL SELECT w AS u, u AS w FROM {edges}) AS a"
        " GROUP BY u HAVING MIN(w) < u",
        f"round {number}: smallest neighbours",
    )
    hop = (
        f"SELECT x.n, COALESCE(y.low, x.low) AS low FROM {low} AS x"
        f" LEFT JOIN {low} AS y ON x.low = y.n"
    )
    yield Statement(
        f"step_{number}",
        f"SELECT a.n, COALESCE(b.low, a.low) AS low FROM ({hop}) AS a"
        f" LEFT JOIN ({hop}) AS b ON a.low = b.n",
        f"round {number}: four steps as one",
    )
    step = f"{prefix}step_{number}"
    yield Statement(
        f"edges_{number}",
        "SELECT DISTINCT CASE WHEN a > b THEN a ELSE b END AS u,"
        " CASE WHEN a > b THEN b ELSE a END AS w FROM ("
        f"SELECT COALESCE(x.low, e.u) AS a, COALESCE(y.low, e.w) AS b FROM {edges} AS e"
        f" LEFT JOIN {step} AS x ON e.u = x.n LEFT JOIN {step} AS y ON e.w = y.n"
        f" UNION ALL SELECT x.low AS a, y.low AS b FROM {step} AS x"
        f" JOIN {step} AS y ON x.low = y.n) AS c WHERE a <> b",
        f"round {number}: edges that are left",
    )


def final_statement(
    tables: Sequence[RecordTable],
    keys: Sequence[str],
    *,
    n_rounds: int,
    prefix: str,
    strength: Sequence[int] | None = None,
) -> str:
    """Return the query of the identity table.

    Parameters
    ----------
    tables
        Tables of records.
    keys
        Names of the keys, by number less 1.
    n_rounds
        Number of rounds.
    prefix
        SQL before each name of a table that is made.
    strength
        Numbers of the keys, the strongest first; their order by default.
    """
    label = f"SELECT DISTINCT n, t, k, n AS e FROM {prefix}rows"
    for number in range(1, n_rounds + 1):
        label = (
            f"SELECT l.n, l.t, l.k, COALESCE(m.low, l.e) AS e FROM ({label}) AS l"
            f" LEFT JOIN {prefix}step_{number} AS m ON l.e = m.n"
        )
    order = list(strength or range(1, len(keys) + 1))
    rank = {key: place for place, key in enumerate(order, start=1)}
    names = {key: literal(keys[key - 1]) for key in order}
    flags = "".join(f", MAX(CASE WHEN k = {key} THEN 1 ELSE 0 END) AS k{key}" for key in order)
    weakest = " ".join(f"WHEN {key} THEN {place}" for key, place in rank.items())
    worst = f", MAX(CASE k {weakest} ELSE 0 END) AS worst" if order else ", 0 AS worst"
    joined = f"SELECT n{flags}{worst} FROM {prefix}joined GROUP BY n"
    # Each name is preceded by a comma and a blank, of which the first is cut.
    listed = " || ".join(
        f"CASE WHEN j.k{key} = 1 THEN ', ' || {names[key]} ELSE '' END" for key in order
    )
    by = f"NULLIF(SUBSTRING({listed}, 3), '')" if order else "CAST(NULL AS TEXT)"
    named = " ".join(f"WHEN {place} THEN {names[key]}" for key, place in rank.items())
    weak = f"CASE j.worst {named} END" if order else "CAST(NULL AS TEXT)"

    def of_table(alias: str, texts: Sequence[str]) -> str:
        cases = " ".join(f"WHEN {number} THEN {text}" for number, text in enumerate(texts, start=1))
        return f"CASE {alias}.t {cases} END"

    entity = of_table("h", [record_hash(table, "h.k") for table in tables])
    system = of_table("l", [literal(table.system) for table in tables])
    name = of_table("l", [literal(table.name) for table in tables])
    return (
        f"SELECT {entity} AS entity_id, {system} AS system, {name} AS table_name,"
        f" l.k AS record_key, {by} AS joined_by, {weak} AS weakest_key"
        f" FROM ({label}) AS l"
        f" JOIN (SELECT DISTINCT n, t, k FROM {prefix}rows) AS h ON l.e = h.n"
        f" LEFT JOIN ({joined}) AS j ON l.n = j.n"
    )


def check_statements(
    tables: Sequence[RecordTable], *, fan_out: Sequence[int], n_rounds: int, prefix: str
) -> dict[str, str]:
    """Return the queries of counts: records left to join, lost rows, and values that join too many.

    Parameters
    ----------
    tables
        Tables of records.
    fan_out
        Largest number of records of one table that a value joins, by number of the key less 1.
    n_rounds
        Number of rounds.
    prefix
        SQL before each name of a table that is made.
    """
    found = {"left": f"SELECT COUNT(*) AS edges_left FROM {prefix}edges_{n_rounds}"}
    lost = " UNION ALL ".join(
        f"SELECT {number} AS place, {literal(table.system)} AS system, {literal(table.name)} AS"
        f" table_name, COUNT(*) AS row_count, COUNT(*) - COUNT(k) AS without_key,"
        f" COUNT(k) - COUNT(DISTINCT k) AS repeated FROM ("
        f"SELECT {table.record_key} AS k FROM {table.relation} AS s) AS p"
        for number, table in enumerate(tables, start=1)
    )
    found["rows"] = (
        "SELECT system, table_name, row_count, without_key, repeated"
        f" FROM ({lost}) AS a ORDER BY place"
    )
    parts = " UNION ALL ".join(
        f"SELECT {key} AS key_number, COUNT(*) AS shared_values,"
        f" COALESCE(SUM(CASE WHEN most > {fan_out[key - 1]} THEN 1 ELSE 0 END), 0)"
        f" AS stopped_values,"
        f" COALESCE(SUM(CASE WHEN most > {fan_out[key - 1]} THEN records ELSE 0 END), 0)"
        f" AS stopped_records,"
        f" COALESCE(MAX(most), 0) AS largest"
        f" FROM {prefix}values_{key}"
        for key in _slots(tables)
    )
    if parts:
        found["keys"] = f"SELECT * FROM ({parts}) AS a ORDER BY key_number"
    return found


def temporary_names(tables: Sequence[RecordTable], n_rounds: int) -> list[str]:
    """Return the names of all tables that are made besides the identity table."""
    names = ["rows", *(f"values_{key}" for key in _slots(tables)), "joined", "edges_0"]
    for number in range(1, n_rounds + 1):
        names += [f"{what}_{number}" for what in ("low", "step", "edges")]
    return names
