"""SQL of join paths: a skeleton, quoted for a dialect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hummgraph.algorithms.kernels.steps import format_confidence
from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.frames import visible
from hummgraph.graph.elements import Level
from hummgraph.records.display import shown_label

if TYPE_CHECKING:
    from sqlglot import expressions as exp

    from hummgraph.algorithms.joins.join_paths import JoinPath
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["sql_of"]

# Characters that some SQL parser may treat as the end of a line, and so of a comment.
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def sql_of(path: JoinPath, dialect: str | None) -> str:
    """Return a join path as a query; see :meth:`JoinPath.to_sql`."""
    try:
        import sqlglot
    except ImportError as error:
        raise MissingDependencyError(
            "sqlglot is not installed.", hint="pip install 'hummgraph[sql]'"
        ) from error
    try:
        sqlglot.Dialect.get_or_raise(dialect)
    except ValueError:
        raise ArgumentError(
            f"dialect is {dialect!r}, which is unknown to sqlglot;"
            " it knows 'snowflake', 'postgres', 'bigquery', 'duckdb' and others."
        ) from None
    graph = path.graph
    tables = [graph.index_of(table) for table in path.tables]
    query = sqlglot.select(*(f"t{number}.*" for number in range(1, len(tables) + 1)))
    query = query.from_(_table_expression(graph, tables[0], 1))
    for number, step in enumerate(path.steps, start=1):
        left = _column_expression(graph, graph.index_of(step.source), number)
        right = _column_expression(graph, graph.index_of(step.target), number + 1)
        condition = left.eq(right) if left and right else sqlglot.exp.false()
        query = query.join(_table_expression(graph, tables[number], number + 1), on=condition)
    return "\n".join([*_build_comments(path, tables), query.sql(dialect=dialect, pretty=True)])


def _build_comments(path: JoinPath, tables: list[int]) -> list[str]:
    nodes = path.graph.arrays.nodes
    systems = list(dict.fromkeys(nodes.system.take(tables).to_pylist()))
    lines = []
    if len(systems) > 1:
        names = ", ".join(str(system) for system in systems)
        lines.append(f"Tables of several systems, to be brought into one database: {names}.")
    for step in path.steps:
        remarks = ", ".join(
            filter(
                None, (shown_label(step.status or step.link_type), format_confidence(step.weight))
            )
        )
        lines.append(f"{' = '.join(step.marked)}: {remarks}")
        ends = (path.graph.node(end) for end in (step.source, step.target))
        if any(end.level is not Level.COLUMN for end in ends):
            lines.append("Which columns that compares is not known: fill in ON FALSE.")
    if _has_hidden(path, tables):
        lines.append("Names with characters that are not seen are written with \ufffd for each.")
    return ["-- " + visible(_LINE_BREAKS.sub(" ", line)) for line in lines]


def _has_hidden(path: JoinPath, tables: list[int]) -> bool:
    """Return whether a name in the query holds a character that is not seen."""
    graph = path.graph
    ends = [graph.index_of(end) for step in path.steps for end in (step.source, step.target)]
    names = [_native_name(graph, node) for node in (*tables, *ends)]
    schemas = [graph.arrays.nodes.schema_name[node].as_py() or "" for node in tables]
    return not all(name.isprintable() for name in (*names, *schemas))


def _table_expression(graph: LinkGraph, node: int, number: int) -> exp.Table:
    from sqlglot import expressions as exp

    nodes = graph.arrays.nodes
    schema = nodes.schema_name[node].as_py()
    return exp.Table(
        this=exp.to_identifier(visible(_native_name(graph, node)), quoted=True),
        db=exp.to_identifier(visible(schema), quoted=True) if schema else None,
        alias=exp.TableAlias(this=exp.to_identifier(f"t{number}")),
    )


def _column_expression(graph: LinkGraph, node: int, number: int) -> exp.Column | None:
    from sqlglot import expressions as exp

    if graph.arrays.nodes.depth[node] != Level.COLUMN.depth:
        return None
    return exp.Column(
        this=exp.to_identifier(visible(_native_name(graph, node)), quoted=True),
        table=exp.to_identifier(f"t{number}"),
    )


def _native_name(graph: LinkGraph, node: int) -> str:
    """Return the name of a node in its own system."""
    nodes = graph.arrays.nodes
    name: str = nodes.api_identifier[node].as_py() or nodes.name[node].as_py()
    return name
