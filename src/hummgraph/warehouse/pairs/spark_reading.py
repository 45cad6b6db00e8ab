"""Pairs in a table of Spark, checked by Spark and coded for clustering."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.texts import quoted
from hummgraph.graph.policy import UNIT
from hummgraph.warehouse.pairs.ids import IdKind
from hummgraph.warehouse.pairs.reading import STATUS_WORDS, PairColumns, check_names
from hummgraph.warehouse.pairs.remote_reading import ENDS, RemoteTable, coded_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.warehouse.engines.spark import SparkEngine

__all__ = ["read_spark"]

_KINDS: Final = {
    "string": (IdKind.TEXT, "STRING", None),
    "binary": (IdKind.BYTES, "BINARY", None),
    "tinyint": (IdKind.NUMBER, "DECIMAL(20, 0)", pa.int8()),
    "smallint": (IdKind.NUMBER, "DECIMAL(20, 0)", pa.int16()),
    "int": (IdKind.NUMBER, "DECIMAL(20, 0)", pa.int32()),
    "bigint": (IdKind.NUMBER, "DECIMAL(20, 0)", pa.int64()),
}
"""Kind, stored type and type of Arrow of the ids by Spark's name of their type."""

_NUMBERS: Final = ("float", "double", "tinyint", "smallint", "int", "bigint", "void")


def read_spark(
    engine: SparkEngine,
    session: Any,
    given: Any,
    columns: PairColumns,
    groups: Mapping[Any, Any] | None,
) -> RemoteTable:
    """Read a table of pairs.

    Parameters
    ----------
    engine
        Engine of the tables.
    session
        The session that reads a path.
    given
        A table of Spark, or the path of Parquet files.
    columns
        Names of its columns.
    groups
        Group by node, where no columns have it.

    Raises
    ------
    ArgumentError
        If it is neither, or a node is in two groups.
    FormatError
        If a column is missing, or a value is not one of its column.
    """
    if isinstance(given, str | PathLike):
        given = session.read.parquet(fspath(given))
    if not hasattr(given, "createOrReplaceGlobalTempView"):
        raise ArgumentError(
            f"pairs is a {type(given).__name__}; with Spark it is a DataFrame of Spark, or the path"
            " of Parquet files.",
            hint="session.createDataFrame(table) makes one of a table of Arrow or pandas.",
        )
    needed = columns.needed
    check_names(given.columns, needed, "The table")
    types = dict(given.dtypes)
    kinds = [_kind(name, types[name]) for name in (columns.source, columns.target)]
    if kinds[0][0] is not kinds[1][0]:
        raise FormatError(
            f"{columns.source} has {kinds[0][0]} and {columns.target} has {kinds[1][0]}: no id of"
            " one can equal an id of the other.",
            hint="Cast one of them, so that equal ids are equal.",
        )
    engine.take("given_pairs", given.select(*map(_quoted, dict.fromkeys(needed.values()))))
    _check_ids(engine, columns)
    score = _score(engine, columns.score, types)
    status = _status(engine, columns.status)
    sides = [
        f"CAST({_quoted(name)} AS {stored}) AS {end}"
        for end, name, (_, stored, _) in zip(
            ENDS, (columns.source, columns.target), kinds, strict=True
        )
    ]
    named = columns.groups or (None, None)
    sides += [
        f"{'CAST(NULL AS STRING)' if name is None else _group(name)} AS {end}_group"
        for end, name in zip(ENDS, named, strict=True)
    ]
    engine.make(
        "pairs", f"SELECT {', '.join(sides)}, {score} AS u, {status} AS status FROM given_pairs"
    )
    engine.drop("given_pairs")
    own = kinds[0][2] if kinds[0][2] == kinds[1][2] else None
    return coded_pairs(engine, columns.groups is not None, groups, kinds[0][0], own)


def _quoted(name: str) -> str:
    """Return a name of a column as SQL."""
    return f"`{name.replace('`', '``')}`"


def _kind(name: str, type_name: str) -> tuple[IdKind, str, pa.DataType | None]:
    if type_name not in _KINDS:
        raise FormatError(
            f"{name} is of type {type_name}; ids are texts, whole numbers or bytes.",
            hint="Name the column that has the ids, or cast it to text.",
        )
    return _KINDS[type_name]


def _check_ids(engine: SparkEngine, columns: PairColumns) -> None:
    """Raise if an id is null or empty."""
    for name in (columns.source, columns.target):
        column = _quoted(name)
        found = (
            f"SELECT 1 AS one FROM given_pairs WHERE {column} IS NULL"
            f" OR CAST({column} AS STRING) = ''"
        )
        if any(len(batch) for batch in engine.rows(f"{found} LIMIT 1")):
            raise FormatError(
                f"{name} is null or empty in a row; each end of a pair needs an id.",
                hint="Drop such rows first, or give them ids.",
            )


def _score(engine: SparkEngine, name: str | None, types: Mapping[str, str]) -> str:
    """Return the SQL of scores in billionths; raise if one is not in [0, 1]."""
    if name is None:
        return "CAST(NULL AS BIGINT)"
    if types[name] not in _NUMBERS and not types[name].startswith("decimal"):
        raise FormatError(f"{name} is of type {types[name]}; a score is a number in [0, 1].")
    score = f"CAST({_quoted(name)} AS DOUBLE)"
    wrong = f"SELECT {score} AS score FROM given_pairs WHERE {score} < 0 OR {score} > 1"
    # Spark holds NaN above all numbers; it is what pandas makes of null.
    for batch in engine.rows(f"{wrong} AND NOT isnan({score}) LIMIT 1"):
        for value in batch.column("score").to_pylist():
            raise FormatError(
                f"{name} is {value} in a row; a score is a number in [0, 1].",
                hint="Divide percentages by 100, and turn a distance into a similarity.",
            )
    return f"CASE WHEN NOT isnan({score}) THEN CAST(rint({score} * {float(UNIT)!r}) AS BIGINT) END"


def _status(engine: SparkEngine, name: str | None) -> str:
    """Return the SQL of the codes of statuses; raise if one is unknown."""
    if name is None:
        return "0"
    text = f"lower(trim(CAST({_quoted(name)} AS STRING)))"
    words: dict[int, list[str]] = {}
    for word, code in STATUS_WORDS.items():
        words.setdefault(code, []).append(f"'{word}'")
    cases = " ".join(
        f"WHEN {text} IN ({', '.join(known)}) THEN {code}" for code, known in words.items()
    )
    status = f"CASE WHEN {_quoted(name)} IS NULL THEN 0 {cases} ELSE -1 END"
    unknown = f"SELECT CAST({_quoted(name)} AS STRING) AS word FROM given_pairs WHERE {status} < 0"
    for batch in engine.rows(f"{unknown} LIMIT 1"):
        for word in batch.column("word").to_pylist():
            raise FormatError(
                f"{name} is {quoted(word)} in a row; a status is APPROVED, REJECTED or SUGGESTED,"
                " or true, false or null.",
                hint="Replace other words first.",
            )
    return status


def _group(name: str) -> str:
    """Return the SQL of groups as texts; null for none."""
    return f"NULLIF(CAST({_quoted(name)} AS STRING), '')"
