"""Rows of the demo's tables, and which row is a record of which thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.datasets.demo.cells import COPIED, MEMBERS, arrow_type, cells
from hummgraph.datasets.demo.description import plain, read_description, read_nodes, uuid
from hummgraph.datasets.demo.things import BACKWARDS, invent_things
from hummgraph.datasets.truth_tables import references_table, truth_table
from hummgraph.datasets.words import times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hummgraph.datasets.demo.description import SchemaNode
    from hummgraph.datasets.demo.things import Things

__all__ = ["invent_rows"]

_COPIES: Final = 0.01


@dataclass(frozen=True, slots=True)
class _Rows:
    """Things that the rows of a table record."""

    table: Any
    kind: list[str]
    thing: NDArray[np.int64]
    copied: NDArray[np.bool_]


def invent_rows(seed: int, n_persons: int) -> tuple[dict[str, Any], Any, Any]:
    """Return Arrow tables by path, and the tables of the truth, as `Records` describes them."""
    rng = np.random.default_rng(seed)
    things = invent_things(rng, n_persons)
    columns: dict[str, list[SchemaNode]] = {}
    about: dict[str, SchemaNode] = {}
    for node in read_nodes(read_description()).values():
        if node.column and "deleted" not in node.marks:
            columns.setdefault(node.table_path, []).append(node)
        elif node.table and not node.column:
            about[node.table_path] = node
    rows: dict[str, _Rows] = {}
    for path, named in columns.items():
        original = about[path].record.get("lands")
        rows[path] = (
            _landed(rng, rows[original], named) if original else _filled(rng, things, path, named)
        )
    # A table that is not listed has no name; its path is made of its id, as the graph's is.
    paths = {
        path: path
        if about[path].record.get("listed", True)
        else f"{about[path].system}/{uuid(path)[:8]}"
        for path in rows
    }
    ordered = sorted(rows, key=paths.__getitem__)
    tables = {paths[path]: rows[path].table for path in ordered}
    truth = _truth({paths[path]: (rows[path], _key_of(columns[path])) for path in ordered})
    return tables, truth, _references(things)


def _key_of(named: list[SchemaNode]) -> str | None:
    return next((column.column for column in named if "pk" in column.marks), None)


def _filled(rng: np.random.Generator, things: Things, path: str, named: list[SchemaNode]) -> _Rows:
    """Return the rows of a table, in an order without meaning."""
    groups = []
    for kind, attribute, share in MEMBERS[path]:
        about = things.kinds[kind]
        members = about.has(attribute) if attribute else np.ones(about.n, dtype=bool)
        groups.append((kind, np.flatnonzero(members & (rng.random(about.n) < share))))
    table = pa.table({column.column: cells(rng, things, groups, column) for column in named})
    thing = np.concatenate([rows for _, rows in groups])
    group = np.repeat(np.arange(len(groups)), [len(rows) for _, rows in groups])
    copied = np.zeros(len(thing), dtype=bool)
    if path in COPIED:
        again = rng.permutation(len(thing))[: max(round(_COPIES * len(thing)), 1)]
        table = pa.concat_tables([table, _copies(rng, table, again, named)])
        thing, group = np.concatenate([thing, thing[again]]), np.concatenate([group, group[again]])
        copied = np.arange(len(thing)) >= len(copied)
    order = rng.permutation(len(thing))
    names = [name for name, _ in groups]
    return _Rows(
        table.take(pa.array(order)).combine_chunks(),
        [names[at] for at in group[order].tolist()],
        thing[order],
        copied[order],
    )


def _copies(
    rng: np.random.Generator, table: Any, again: NDArray[np.int64], named: list[SchemaNode]
) -> Any:
    """Return rows again, with keys of their own and all else alike."""
    rows = table.take(pa.array(again))
    key = _key_of(named)
    if pa.types.is_integer(table[key].type):
        new = pa.array(pc.max(table[key]).as_py() + 1 + rng.permutation(len(again)))
    else:
        # The letters of another key, the other way round after its prefix.
        new = pa.array([f"{it[:4]}{it[:3:-1]}" for it in rows[key].to_pylist()])
    made = {name: rows[name] for name in table.column_names}
    if "livemode" in made:
        made["livemode"] = pa.array([False] * len(again))
    return pa.table({**made, key: new})


def _landed(rng: np.random.Generator, original: _Rows, named: list[SchemaNode]) -> _Rows:
    """Return the replica of a table in the warehouse: the columns that it has, cell by cell."""
    n = len(original.thing)
    order = rng.permutation(n)
    source = original.table.take(pa.array(order)).combine_chunks()
    names = {plain(name): name for name in source.column_names}
    made = {}
    for column in named:
        to = arrow_type(column.data_type)
        if (name := names.get(plain(column.column))) is not None:
            made[column.column] = (
                source[name] if to == source.schema.field(name).type else source[name].cast(to)
            )
        elif column.family == "time":
            made[column.column] = pa.array(times(rng, n, "2025-11-01", 2.0)).cast(to)
        else:
            ids = source["metadata.workspace_id"].to_pylist()
            made[column.column] = pa.array([f'{{"workspace_id": "{it}"}}' for it in ids])
    kinds = [original.kind[at] for at in order.tolist()]
    return _Rows(pa.table(made), kinds, original.thing[order], original.copied[order])


def _truth(rows: Mapping[str, tuple[_Rows, str | None]]) -> Any:
    return truth_table(
        (held.kind, held.thing, path, held.table[key] if key else None, held.copied)
        for path, (held, key) in rows.items()
    )


def _references(things: Things) -> Any:
    return references_table(
        (kind, other, at)
        for kind, about in things.kinds.items()
        for other, at in about.links.items()
        if (kind, other) not in BACKWARDS
    )
