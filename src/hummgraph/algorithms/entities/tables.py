"""Tables of an entity map: its members, keys, references and questions, and tables alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.entities.affinity import CONSTANTS
from hummgraph.algorithms.entities.columns import decided
from hummgraph.frames import Frame
from hummgraph.graph.policy import SUGGESTED
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.build import Builder
    from hummgraph.algorithms.entities.entity import Entity

__all__ = ["map_tables_as_frames"]

_TEXT, _NUMBER, _COUNT, _FLAG = pa.string(), pa.float64(), pa.int64(), pa.bool_()

_SCHEMAS: Final = {
    "tables": {
        "entity_id": _TEXT,
        "entity": _TEXT,
        "system": _TEXT,
        "table_id": _TEXT,
        "path": _TEXT,
        "copy_of": _TEXT,
        "keys": _TEXT,
        "confidence": _NUMBER,
        "deleted": _FLAG,
    },
    "keys": {
        "entity": _TEXT,
        "key": _TEXT,
        "system": _TEXT,
        "column_id": _TEXT,
        "path": _TEXT,
        "n_systems": _COUNT,
        "sure_links": _COUNT,
        "weakest": _NUMBER,
        "deleted": _FLAG,
    },
    "references": {
        "entity": _TEXT,
        "system": _TEXT,
        "column_id": _TEXT,
        "path": _TEXT,
        "target_path": _TEXT,
        "reason": _TEXT,
        "deleted": _FLAG,
    },
    "candidates": {
        "question": _TEXT,
        "linkage": _NUMBER,
        "path": _TEXT,
        "other_path": _TEXT,
        "alternative": _TEXT,
        "link_id": _TEXT,
        "source_path": _TEXT,
        "target_path": _TEXT,
        "settles": _FLAG,
    },
    "alone": {
        "system": _TEXT,
        "table_id": _TEXT,
        "path": _TEXT,
        "nearest": _TEXT,
        "linkage": _NUMBER,
        "n_links": _COUNT,
        "deleted": _FLAG,
    },
    "contradictions": {
        "entity": _TEXT,
        "level": _TEXT,
        "path": _TEXT,
        "other_path": _TEXT,
        "link_id": _TEXT,
    },
}


class _Near(NamedTuple):
    """Two groups that are nearly one."""

    a: str
    b: str
    linkage: float
    pair: int


def map_tables_as_frames(build: Builder, entities: tuple[Entity, ...]) -> dict[str, Frame]:
    """Return the tables of a map by the names of its fields."""
    near = _near_groups(build)
    rows = {
        "tables": _table_rows(build, entities),
        "keys": _key_rows(build, entities),
        "references": _reference_rows(build, entities),
        "candidates": _candidate_rows(build, near),
        "alone": _alone_rows(build, near),
        "contradictions": _contradiction_rows(build),
    }
    return {
        name: Frame(pa.Table.from_pylist(found, schema=pa.schema(_SCHEMAS[name])))
        for name, found in rows.items()
    }


def _table_rows(build: Builder, entities: tuple[Entity, ...]) -> list[dict[str, Any]]:
    joined = _first_joins(build)
    return [
        {
            "entity_id": entity.id,
            "entity": entity.name,
            **row,
            "confidence": joined.get(build.graph.index_of(row["table_id"]), 1.0),
        }
        for entity in entities
        for row in entity.to_frame()
    ]


def _first_joins(build: Builder) -> dict[int, float]:
    """Return for each table the linkage of the first join by which it was in a group, up to 1.

    A linkage is a mean of sums, of linked columns, names and table links: it can be above 1.
    """
    tables = build.mapped.affinity.tables
    groups: dict[int, list[int]] = {at: [at] for at in range(len(tables))}
    at_group = list(range(len(tables)))
    found: dict[int, float] = {}
    for join in build.mapped.grouping.joins:
        one, other = at_group[join.a], at_group[join.b]
        for group in (one, other):
            for at in groups[group]:
                found.setdefault(int(tables[at]), min(join.linkage, 1.0))
        if len(groups[one]) < len(groups[other]):
            one, other = other, one
        for at in groups.pop(other):
            groups[one].append(at)
            at_group[at] = one
    return found


def _key_rows(build: Builder, entities: tuple[Entity, ...]) -> list[dict[str, Any]]:
    nodes = build.graph.arrays.nodes
    rows = []
    for entity in entities:
        for key in entity.keys:
            for column, path in zip(key.columns, key.paths, strict=True):
                code = build.graph.index_of(column)
                rows.append(
                    {
                        "entity": entity.name,
                        "key": key.name,
                        "system": nodes.system[code].as_py(),
                        "column_id": column,
                        "path": path,
                        "n_systems": key.n_systems,
                        "sure_links": key.n_sure,
                        "weakest": key.weakest,
                        "deleted": bool(nodes.deleted[code]),
                    }
                )
    return rows


def _reference_rows(build: Builder, entities: tuple[Entity, ...]) -> list[dict[str, Any]]:
    nodes, roles = build.graph.arrays.nodes, build.mapped.roles
    rows = []
    for entity in entities:
        for column in entity.references:
            code = build.graph.index_of(column)
            rows.append(
                {
                    "entity": entity.name,
                    "system": nodes.system[code].as_py(),
                    "column_id": column,
                    "path": build.paths[code],
                    "target_path": build.paths[int(roles.target[code])],
                    "reason": roles.reason[code],
                    "deleted": bool(nodes.deleted[code]),
                }
            )
    return rows


def _near_groups(build: Builder) -> list[_Near]:
    """Return groups that are nearly one, by their names: entities, or tables alone."""
    found = []
    for _, _, linkage, pair in build.mapped.grouping.near:
        one, other = build.ends(pair)
        found.append(_Near(_group_name(build, one), _group_name(build, other), linkage, pair))
    return found


def _group_name(build: Builder, table: int) -> str:
    label = int(build.mapped.label[table])
    return build.names[label] if label >= 0 else build.paths[table]


def _candidate_rows(build: Builder, near: list[_Near]) -> list[dict[str, Any]]:
    by_group: dict[str, list[_Near]] = defaultdict(list)
    for one in near:
        by_group[one.a].append(one)
        by_group[one.b].append(one)
    links = build.graph.arrays.links
    rows = []
    for one in near:
        table, other = build.ends(one.pair)
        others = [
            (rival.linkage, *(name for name in rival[:2] if name != group), group)
            for group in (one.a, one.b)
            for rival in by_group[group]
            if rival is not one
        ]
        alternative = ""
        if others:
            linkage, name, group = max(others, key=lambda rival: (rival[0], rival[1]))
            alternative = f"or {group} and {name} ({linkage:.2f})"
        link, settles = _settling_link(build, one)
        rows.append(
            {
                "question": f"Are {one.a} and {one.b} the same? ({one.linkage:.2f})",
                "linkage": one.linkage,
                "path": build.paths[table],
                "other_path": build.paths[other],
                "alternative": alternative or None,
                "link_id": _link_id(build, link) if link >= 0 else None,
                "source_path": build.paths[int(links.ends.source[link])] if link >= 0 else None,
                "target_path": build.paths[int(links.ends.target[link])] if link >= 0 else None,
                "settles": settles,
            }
        )
    return rows


def _settling_link(build: Builder, one: _Near) -> tuple[int, bool]:
    """Return the link whose approval does most for two groups, and whether it joins them."""
    found, columns = build.mapped.affinity, build.mapped.columns
    links = build.graph.arrays.links
    t, u = found.t[one.pair], found.u[one.pair]
    base = min(found.mass[t], found.mass[u]) + CONSTANTS.damping
    best, gained = -1, 0.0
    for part, row in build.matches.get(one.pair, []):
        if links.status[columns.link[row]] == SUGGESTED and columns.weight[row] > 0:
            # Approval makes its weight 1, and doubles it.
            gain = part * (CONSTANTS.approved / float(columns.weight[row]) - 1.0) / base
            if gain > gained + 1e-12:
                best, gained = int(columns.link[row]), gain
    return best, best >= 0 and one.linkage + gained / CONSTANTS.best >= build.mapped.threshold


def _link_id(build: Builder, link: int) -> str:
    text: str = id_strings(build.graph.link_ids[link : link + 1])[0].as_py()
    return text


def _alone_rows(build: Builder, near: list[_Near]) -> list[dict[str, Any]]:
    nodes = build.graph.arrays.nodes
    table_of = nodes.ancestor[1]
    ends = build.graph.arrays.links.ends
    n_links: Counter[int] = Counter()
    both = table_of[ends.source].tolist(), table_of[ends.target].tolist()
    for here, there in zip(*both, strict=True):
        n_links.update({here, there})
    nearest: dict[str, _Near] = {}
    for one in near:
        for group in (one.a, one.b):
            nearest.setdefault(group, one)
    rows = []
    for table in build.mapped.affinity.tables.tolist():
        if build.mapped.label[table] >= 0:
            continue
        path = build.paths[table]
        closest = nearest.get(path)
        other = None if closest is None else closest.b if closest.a == path else closest.a
        rows.append(
            {
                "system": nodes.system[table].as_py(),
                "table_id": nodes.id_text[table].as_py(),
                "path": path,
                "nearest": other,
                "linkage": None if closest is None else closest.linkage,
                "n_links": n_links[table],
                "deleted": bool(nodes.deleted[table]),
            }
        )
    return rows


def _contradiction_rows(build: Builder) -> list[dict[str, Any]]:
    mapped, rows = build.mapped, []
    for level, pairs, chosen in (
        ("column", mapped.columns, mapped.refused.tolist()),
        ("table", mapped.tables, _forced_rows(build)),
    ):
        for row in chosen:
            a, b = int(pairs.a[row]), int(pairs.b[row])
            rejected = _rejected_link(build, a, b)
            rows.append(
                {
                    "entity": build.names[int(mapped.label[a])],
                    "level": level,
                    "path": build.paths[a],
                    "other_path": build.paths[b],
                    "link_id": _link_id(build, rejected),
                }
            )
    rows.sort(key=lambda row: (row["entity"], row["level"], row["path"], row["other_path"]))
    return rows


def _forced_rows(build: Builder) -> list[int]:
    """Return the rows of rejected pairs of tables that approved ones force together."""
    mapped = build.mapped
    refused = mapped.tables.rejected | mapped.tables.both
    together = mapped.label[mapped.tables.a] == mapped.label[mapped.tables.b]
    found: list[int] = np.flatnonzero(
        refused & together & (mapped.label[mapped.tables.a] >= 0)
    ).tolist()
    return found


def _rejected_link(build: Builder, a: int, b: int) -> int:
    ends = build.graph.arrays.links.ends
    _, rejected = decided(build.graph)
    here = ((ends.source == a) & (ends.target == b)) | ((ends.source == b) & (ends.target == a))
    return int(np.flatnonzero(here & rejected)[0])
