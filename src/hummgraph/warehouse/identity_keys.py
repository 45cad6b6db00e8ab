"""Keys and tables of identity plans, as values; what a key is called, and how strong it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.entities.tokens import split_name
from hummgraph.algorithms.entities.words import read_words
from hummgraph.frames import Shows
from hummgraph.graph.policy import APPROVED, DETERMINISTIC
from hummgraph.warehouse.normal import Normal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.normal import Normals

__all__ = ["IdentityKey", "IdentityTable", "key_of", "name_by_columns", "named_keys"]

# The form of the first that applies to a column of a key is that of the key.
_SPECIAL_FIRST: Final = (
    Normal.UUID,
    Normal.SALESFORCE,
    Normal.TELEPHONE,
    Normal.EMAIL,
    Normal.TRUTH,
    Normal.DAY,
    Normal.NUMBER,
    Normal.CASE_AND_BLANKS,
    Normal.LEADING_ZEROS,
    Normal.EXACT,
)


@dataclass(frozen=True, slots=True)
class IdentityTable(Shows):
    """Table whose rows are records of an entity.

    Parameters
    ----------
    table_id
        Id of the table.
    path
        Path of the table.
    system
        Name of its system.
    record_key
        Name of the column that names a record, as in its system.
    index
        Position of the table among the nodes of the graph.
    key_index
        Position of the column that names a record.
    others
        Positions of other columns that may name a record, the likeliest first.
    given
        Whether the caller named the column.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> hg.identity_table(graph, "deal").tables[1].path
    'Salesforce/Opportunity'
    """

    table_id: str
    path: str
    system: str
    record_key: str
    index: int = field(repr=False)
    key_index: int = field(repr=False)
    others: tuple[int, ...] = field(default=(), repr=False)
    given: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class IdentityKey(Shows):
    """Columns of several tables whose equal values join records.

    Parameters
    ----------
    name
        The name of most of the columns; unique in its plan.
    columns
        Ids of the columns, sorted by path.
    paths
        Paths of the columns.
    normal
        Normal form in which values are compared.
    weakest
        Weight of the weakest link that is needed to connect the columns, in [0, 1]; ``None`` if
        links with a weight do not connect them.
    n_sure
        Number of approved or deterministic links between the columns.
    agreement
        Smallest agreement at which data supports a pair that joined the columns, in [0, 1];
        ``None`` before :meth:`IdentityPlan.verify`.
    repeats
        Whether a value joins several records of one table, which then are copies of one another.
        It is ``False`` if data shows that such records are different: their value joins nothing.
    copies_only
        Whether a value joins at most two records of one table, a record and its copy, because data
        shows that three or more records with one value are different.
    index
        Positions of the columns among the nodes of the graph.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> key = hg.identity_table(graph, "person", keys=["email"]).keys[0]
    >>> key.normal, len(key.columns)
    (<Normal.EMAIL: 'e-mail'>, 11)
    """

    name: str
    columns: tuple[str, ...]
    paths: tuple[str, ...]
    normal: Normal
    weakest: float | None
    n_sure: int
    agreement: float | None = None
    repeats: bool = True
    copies_only: bool = False
    index: tuple[int, ...] = field(default=(), repr=False)


def key_of(
    graph: LinkGraph,
    columns: Sequence[int],
    normals: Normals,
    agreement: float | None = None,
) -> IdentityKey:
    """Return the key that columns make, by position."""
    nodes = graph.arrays.nodes
    columns = sorted(columns, key=lambda at: (nodes.path[at].as_py(), at))
    forms = {normals.of_pair(one, other) for one, other in combinations(columns, 2)}
    normal = next(form for form in _SPECIAL_FIRST if form in forms)
    weakest, n_sure = _held_by(graph, columns)
    place = pa.array(columns, pa.int64())
    return IdentityKey(
        "",
        tuple(nodes.id_text.take(place).to_pylist()),
        tuple(nodes.path.take(place).to_pylist()),
        normal,
        weakest,
        n_sure,
        agreement,
        index=tuple(columns),
    )


def _held_by(graph: LinkGraph, columns: Sequence[int]) -> tuple[float | None, int]:
    """Return the smallest weight among the links that connect columns, and how many are sure.

    Columns may be connected by way of others; the largest smallest weight counts.
    """
    links, weights = graph.arrays.links, graph.weights
    wanted = np.zeros(graph.n_nodes, dtype=bool)
    wanted[list(columns)] = True
    inside = wanted[links.ends.source] & wanted[links.ends.target]
    sure = (links.status == APPROVED) | (links.link_type == DETERMINISTIC)
    n_sure = int((inside & sure & (np.nan_to_num(weights) > 0)).sum())
    usable = np.flatnonzero(np.nan_to_num(weights) > 0)
    parent = {column: column for column in columns}

    def root(node: int) -> int:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    n_left = len(columns) - 1
    holds = dict.fromkeys(columns, 1)
    for row in usable[np.argsort(-weights[usable], kind="stable")].tolist():
        one, other = root(int(links.ends.source[row])), root(int(links.ends.target[row]))
        if one == other:
            continue
        parent[one] = other
        both = holds.pop(one, 0), holds.get(other, 0)
        holds[other] = sum(both)
        n_left -= all(both)
        if not n_left:
            return float(weights[row]), n_sure
    return None, n_sure


def name_by_columns(key: IdentityKey, entity: str) -> str:
    """Return the name of most columns of a key that have more than ``id`` for a name."""
    names = Counter(path.rpartition(".")[2] for path in key.paths)
    ids = read_words(None).roles["id"]
    telling = {name: n for name, n in names.items() if not ids.issuperset(split_name(name))}
    if not telling:
        return f"{entity} id"
    return min(telling, key=lambda name: (-telling[name], name))


def named_keys(
    graph: LinkGraph,
    keys: Sequence[IdentityKey],
    name_of: Callable[[IdentityKey], str],
    others: Sequence[str] = (),
) -> tuple[IdentityKey, ...]:
    """Return keys with distinct names that are not among others, the strongest first.

    Those that data supports best come first, then those of the largest weight, of most sure links
    and of most tables.
    """
    table = graph.arrays.nodes.ancestor[1]
    order = sorted(
        keys,
        key=lambda key: (
            -(key.agreement or 0.0),
            -(key.weakest or 0.0),
            -key.n_sure,
            -len({int(table[column]) for column in key.index}),
            key.paths,
        ),
    )
    taken = set(others)
    made = []
    for key in order:
        called = name_of(key)
        name, number = called, 1
        while name in taken:
            number += 1
            name = f"{called} ({number})"
        taken.add(name)
        made.append(replace(key, name=name))
    return tuple(made)
