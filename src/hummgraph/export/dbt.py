"""YAML for dbt: sources with ``relationships`` tests, and exposures, of APPROVED links.

dbt tests what lies in one warehouse. A link between two of its tables becomes a ``relationships``
test, from the link's source to its target; one that leaves it for another system says that this
system shows the same field, which is an exposure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.export._plain import link_rows, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export._rows import Rows

__all__ = ["dbt_chunks"]


def dbt_chunks(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - sources tell it in any case
    system: str | None = None,
) -> Iterator[bytes]:
    """Give the APPROVED links of a warehouse as a properties file of dbt.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect.
    system
        The warehouse: name or id of a system.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Raises
    ------
    ArgumentError
        If no system is named, or the links are lifted.
    NodeNotFoundError, AmbiguousNodeError
        If the system cannot be told.
    MissingDependencyError
        If PyYAML is not installed.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export._rows import Rows
    >>> from hummgraph.redaction import Redaction
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, Redaction.VALUES)
    >>> next(dbt_chunks(rows, system="Snowflake")).decode().splitlines()[3]
    'version: 2'
    """
    if rows.lifted is not None:
        raise ArgumentError("dbt tests columns; the links are lifted.", hint="Give the graph.")
    if system is None:
        raise ArgumentError("dbt works in one warehouse.", hint="Name it: system='Snowflake', say.")
    warehouse = rows.whole.node(system)
    if find_spec("yaml") is None:
        raise MissingDependencyError(
            "PyYAML is not installed.", hint="pip install 'hummgraph[yaml]'"
        )
    import yaml

    content, n_nameless, n_deleted = _content(rows, warehouse.index)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    about = f"# Of APPROVED entity links of {_words(warehouse.name)}.\n# {rows.facts['left_out']}\n"
    if n_nameless:
        about += f"# Left out: {n_nameless:,} links with tables or columns that have no name.\n"
    if n_deleted:
        about += f"# Left out: {n_deleted:,} links with deleted tables or columns.\n"
    yield about.encode() + text.encode()


def _content(rows: Rows, warehouse: int) -> tuple[dict[str, Any], int, int]:
    """Give what the file says, and how many links have an end that nobody named, or is deleted."""
    nodes = {row["node_id"]: row for row in node_rows(rows)}
    system = rows.whole.arrays.nodes.ancestor[0]
    index = {node_id: code for code, node_id in enumerate(nodes)}
    tests: dict[str, dict[str, dict[str, list[Any]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    shown: dict[str, set[tuple[str, str]]] = defaultdict(set)
    n_nameless = n_deleted = 0
    for link in link_rows(rows):
        source, target = nodes[link["source"]], nodes[link["target"]]
        inside = [system[index[link[end]]] == warehouse for end in ("source", "target")]
        columns = all(end["level"] == "column" and end["table"] for end in (source, target))
        if link["status"] != "APPROVED" or not columns or not any(inside):
            continue
        # A test of a column that is gone would stop the whole project.
        if source["deleted"] or target["deleted"]:
            n_deleted += 1
            continue
        within = [end for end, here in zip((source, target), inside, strict=True) if here]
        if not all(end["resolved"] and nodes[end["parent_id"]]["resolved"] for end in within):
            n_nameless += 1
            continue
        if all(inside):
            schema, table = _place(source)
            other_schema, other = _place(target)
            tests[schema][table][source["name"]].append(
                {
                    "relationships": {
                        "to": f"source({_literal(other_schema)}, {_literal(other)})",
                        "field": target["name"],
                    }
                }
            )
        else:
            here, there = (source, target) if inside[0] else (target, source)
            shown[there["system"] or "?"].add(_place(here))
            tests[_place(here)[0]][_place(here)[1]][here["name"]] += []
    content = {
        "version": 2,
        "sources": [_source(schema, tables) for schema, tables in sorted(tests.items())],
        "exposures": [_exposure(name, tables) for name, tables in sorted(shown.items())],
    }
    return content, n_nameless, n_deleted


def _place(node: dict[str, Any]) -> tuple[str, str]:
    """Give schema and table of a column; what has no schema lies in one called after its system."""
    schema, _, table = node["table"].rpartition(".")
    return schema or node["system"] or "?", table


def _source(schema: str, tables: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
    return {
        "name": schema,
        "tables": [
            {
                "name": table,
                "columns": [
                    {"name": column, "tests": tests} if tests else {"name": column}
                    for column, tests in sorted(columns.items())
                ],
            }
            for table, columns in sorted(tables.items())
        ],
    }


def _exposure(system: str, tables: set[tuple[str, str]]) -> dict[str, Any]:
    return {
        "name": re.sub(r"\W+", "_", system.casefold()).strip("_") or "system",
        "label": system,
        "type": "application",
        "owner": {"name": system},
        "depends_on": [
            f"source({_literal(schema)}, {_literal(table)})" for schema, table in sorted(tables)
        ],
    }


def _literal(text: str) -> str:
    """Write a text in quotes, as the template language of dbt reads it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _words(text: str) -> str:
    """Give a text for a comment: on one line."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
