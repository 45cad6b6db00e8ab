"""A truth: which nodes are known to be the same thing, and about which pairs that says nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.elements import Node
from hummgraph.errors import ArgumentError, FormatError, NodeNotFoundError

if TYPE_CHECKING:
    from os import PathLike
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.elements import Level
    from hummgraph.graph import LinkGraph

__all__ = ["PlacedTruth", "Truth", "place"]

RIGHT: Final = 1
WRONG: Final = 0
SILENT: Final = -1

_MISSING = ("raise", "skip")
_SHOWN = 3
_COLUMNS = ({"node_id", "entity"}, {"node_id", "entity", "family"})


@dataclass(frozen=True, eq=False, repr=False)
class Truth:
    """True clusters of nodes, of a part of an organisation or of all of it.

    A pair of nodes is *right* if one cluster has both. Else it is *wrong* if the two are in
    different clusters of one family, and without families all clusters are one family. About any
    other pair the truth is silent: it counts neither way.

    Parameters
    ----------
    clusters
        Ids or names of the members of each cluster. A cluster of one says that the node is like
        none of its family.
    families
        Family of each cluster; ``None`` where all are one. A node may be in one cluster of each
        family.
    complete
        Whether each node that no cluster has is an entity of its own, so that all pairs of one
        level are right or wrong; without families only.

    Raises
    ------
    ArgumentError
        If a node is in two clusters of one family, a member is empty, there are not as many
        families as clusters, or a truth with families is called complete.

    Examples
    --------
    >>> Truth.from_clusters([["Stripe/customers.email", "Zendesk/users.email"], ["Jira/issue.id"]])
    <Truth: 2 clusters of 3 nodes>
    """

    clusters: tuple[tuple[str, ...], ...]
    families: tuple[str, ...] | None = None
    complete: bool = False

    def __post_init__(self) -> None:
        if self.families is not None and len(self.families) != len(self.clusters):
            raise ArgumentError(
                f"There are {len(self.families):,} families for {len(self.clusters):,} clusters;"
                " give one a cluster."
            )
        if self.families is not None and self.complete:
            raise ArgumentError(
                "A complete truth has an answer to every pair, one with families has not; give"
                " families or complete=True."
            )
        seen: dict[tuple[str, str | None], int] = {}
        for number, members in enumerate(self.clusters):
            family = None if self.families is None else self.families[number]
            for member in members:
                if not member:
                    raise ArgumentError(f"Cluster {number} has a member without an id or name.")
                if seen.setdefault((member, family), number) != number:
                    raise _in_two(member, family)

    @classmethod
    def from_clusters(
        cls,
        clusters: Iterable[Iterable[str | UUID | Node]],
        families: Iterable[str] | None = None,
        *,
        complete: bool = False,
    ) -> Truth:
        """Make a truth of clusters of nodes.

        Parameters
        ----------
        clusters
            Members of each: ids, names ``system/[schema.]table[.column]``, or nodes.
        families
            Family of each cluster, in the same order. Two nodes in different clusters of one family
            are a wrong pair; of different families, silent.
        complete
            Whether nodes that no cluster has are entities of their own.

        Raises
        ------
        ArgumentError
            If a node is in two clusters of one family, a cluster is a text or has an empty member,
            or families do not fit.

        Notes
        -----
        O(n) for n members.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> Truth.from_clusters(load_demo().truth, complete=True)
        <Truth: 90 clusters of 376 nodes, complete>
        """
        groups: list[tuple[str, ...]] = []
        for members in clusters:
            if isinstance(members, str) or not isinstance(members, Iterable):
                raise ArgumentError(
                    f"Cluster {len(groups)} is {members!r}; it must be a list of ids or names."
                )
            groups.append(
                tuple(
                    member.node_id if isinstance(member, Node) else str(member)
                    for member in members
                )
            )
        return cls(tuple(groups), None if families is None else tuple(families), complete)

    @classmethod
    def read(cls, path: str | PathLike[str], *, complete: bool = False) -> Truth:
        r"""Read a truth from a file of JSON or CSV, gzipped if its name ends in ``.gz``.

        Parameters
        ----------
        path
            ``.json``: a list of lists of ids or names, or an object whose ``clusters`` is such a
            list, or a list of objects with ``members`` (texts, or objects with ``id``) and, all or
            none of them, ``family``; other keys are not read. ``.csv``: columns ``node_id``,
            ``entity`` and, if wanted, ``family``.
        complete
            Whether nodes that no cluster has are entities of their own.

        Raises
        ------
        FormatError
            If the name ends in neither ``.json`` nor ``.csv``.
        ArgumentError
            If the file cannot be read, is not such a file, or contradicts itself.

        Notes
        -----
        O(n) for n members.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "truth.csv"
        ...     _ = path.write_text("node_id,entity\nStripe/customers.email,email\n")
        ...     Truth.read(path)
        <Truth: 1 cluster of 1 node>
        """
        name = Path(path).name.lower().removesuffix(".gz")
        if not name.endswith((".json", ".csv")):
            raise FormatError(
                f"{str(path)!r} is no truth by its name; it must end in .json or .csv, or in"
                " .json.gz or .csv.gz."
            )
        text = _read_text(Path(path))
        try:
            clusters, families = _from_json(text) if name.endswith(".json") else _from_csv(text)
            return cls.from_clusters(clusters, families, complete=complete)
        except ArgumentError as error:
            raise ArgumentError(f"{str(path)!r} is not a truth: {error}") from error

    @property
    def n_nodes(self) -> int:
        """Number of nodes named, each id or name once."""
        return len({member for members in self.clusters for member in members})

    def __len__(self) -> int:
        return len(self.clusters)

    def __repr__(self) -> str:
        families = "" if self.families is None else f", {_count(len(set(self.families)), 'famil')}"
        return (
            f"<Truth: {_count(len(self), 'cluster')} of {_count(self.n_nodes, 'node')}"
            f"{families}{', complete' if self.complete else ''}>"
        )


@dataclass(frozen=True, eq=False)
class PlacedTruth:
    """A truth by positions in a graph: one row for each node and cluster that it is in.

    Arrays of shape (n_rows,), sorted by node, then family.
    """

    node: NDArray[np.int64]
    """Node, counted from the first of the level."""
    entity: NDArray[np.int64]
    """Number of the true cluster."""
    family: NDArray[np.int64]
    """Number of the cluster's family."""
    n_missing: int
    """Nodes that the graph does not have."""
    n_other_level: int
    """Nodes that stand at another level."""

    def verdicts(self, a: NDArray[Any], b: NDArray[Any], n_nodes: int) -> NDArray[np.int8]:
        """Say which pairs of nodes are RIGHT, WRONG or SILENT: O(n_rows + k) for k pairs."""
        verdicts = np.full(len(a), SILENT, dtype=np.int8)
        verdicts[self._share(self.family, a, b, n_nodes)] = WRONG
        verdicts[self._share(self.entity, a, b, n_nodes)] = RIGHT
        return verdicts

    def _share(
        self, token: NDArray[np.int64], a: NDArray[Any], b: NDArray[Any], n_nodes: int
    ) -> NDArray[np.bool_]:
        """Say which pairs have a token in common."""
        from scipy.sparse import csr_array

        shape = (n_nodes, int(token.max(initial=0)) + 1)
        table = csr_array((np.ones(len(token), dtype=np.int8), (self.node, token)), shape=shape)
        shared: NDArray[np.bool_] = np.asarray(table[a].multiply(table[b]).sum(axis=1)).ravel() > 0
        return shared


def place(truth: Truth, graph: LinkGraph, level: Level, *, missing: str) -> PlacedTruth:
    """Find the nodes of a truth in a graph; those of other levels are left out and counted."""
    if missing not in _MISSING:
        raise ArgumentError(f"missing is {missing!r}; it must be 'raise' or 'skip'.")
    nodes = graph.arrays.nodes
    first, end = int(nodes.first[level.depth]), int(nodes.first[level.depth + 1])
    sizes = np.array([len(members) for members in truth.clusters], dtype=np.int64)
    entity = np.repeat(np.arange(len(sizes)), sizes)
    position, n_missing = _positions(truth, graph, missing)
    found = position >= 0
    here = found & (position >= first) & (position < end)
    node, entity = position[here] - first, entity[here]
    if truth.complete:
        alone = np.setdiff1d(np.arange(end - first), node)
        node = np.append(node, alone)
        entity = np.append(entity, len(sizes) + np.arange(len(alone)))
    family = np.zeros(len(entity), dtype=np.int64)
    if truth.families is not None:
        names = {name: number for number, name in enumerate(sorted(set(truth.families)))}
        family = np.array([names[name] for name in truth.families], dtype=np.int64)[entity]
    # A node may be there by id and by name.
    rows = np.unique(np.column_stack((node, family, entity)), axis=0)
    twice = np.flatnonzero((rows[1:, :2] == rows[:-1, :2]).all(axis=1))
    if len(twice):
        path = nodes.path[first + int(rows[twice[0], 0])].as_py()
        name = None if truth.families is None else truth.families[int(rows[twice[0], 2])]
        raise _in_two(path, name)
    return PlacedTruth(
        rows[:, 0],
        rows[:, 2],
        rows[:, 1],
        n_missing=n_missing,
        n_other_level=len(np.unique(position[found & ~here])),
    )


def _positions(truth: Truth, graph: LinkGraph, missing: str) -> tuple[NDArray[np.int64], int]:
    """Give the position of each member of each cluster, -1 where the graph has none, and how many.

    A member of several clusters is missing once.
    """
    members = pa.array([member for group in truth.clusters for member in group], pa.string())
    found = pc.index_in(members, value_set=graph.arrays.nodes.id_text).fill_null(-1)
    position: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    unknown: dict[str, NodeNotFoundError] = {}
    # What is not an id as the graph writes it is a name, or the id in another spelling.
    for row in np.flatnonzero(position < 0).tolist():
        try:
            position[row] = graph.index_of(members[row].as_py())
        except NodeNotFoundError as error:
            unknown[members[row].as_py()] = error
    if unknown and missing == "raise":
        some = ", ".join(map(repr, list(unknown)[:_SHOWN]))
        near = next(iter(unknown.values())).near
        raise NodeNotFoundError(
            f"{_count(len(unknown), 'node')} of the truth the graph does not have: {some}"
            f"{' ...' if len(unknown) > _SHOWN else '.'}",
            near=near,
            hint="missing='skip' leaves them out and counts them.",
        )
    return position, len(unknown)


# --- reading ---------------------------------------------------------------------------------


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise ArgumentError(
            f"Cannot read a truth from {str(path)!r}: it is no whole gzip file."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ArgumentError(f"Cannot read a truth from {str(path)!r}: {why}.") from error


def _from_json(text: str) -> tuple[list[Any], list[str] | None]:
    """Read clusters and their families."""
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArgumentError(f"it is not JSON: {error}.") from error
    groups = content.get("clusters") if isinstance(content, Mapping) else content
    if not isinstance(groups, list):
        raise ArgumentError("it must be a list of clusters, or an object with 'clusters'.")
    if not any(isinstance(group, Mapping) for group in groups):
        return [_members(number, group) for number, group in enumerate(groups)], None
    if not all(isinstance(group, Mapping) for group in groups):
        raise ArgumentError("some clusters are objects and some are not.")
    clusters = [_members(number, group.get("members")) for number, group in enumerate(groups)]
    families = [group.get("family") for group in groups]
    if not any(family is not None for family in families):
        return clusters, None
    for number, family in enumerate(families):
        if not isinstance(family, str):
            raise ArgumentError(
                f"cluster {number} has the family {family!r}; it must be text, in all or none."
            )
    return clusters, families


def _members(number: int, members: object) -> list[str]:
    """Read the members of one cluster."""
    if not isinstance(members, list):
        raise ArgumentError(f"cluster {number} is not a list of members.")
    ids: list[str] = []
    for given in members:
        member = given.get("id") if isinstance(given, Mapping) else given
        if not isinstance(member, str):
            raise ArgumentError(f"cluster {number} has the member {member!r}; it must be text.")
        ids.append(member)
    return ids


def _from_csv(text: str) -> tuple[list[list[str]], list[str] | None]:
    """Read clusters, in the order of their first rows, and their families."""
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(rows, [])]
    if set(header) not in _COLUMNS or len(set(header)) < len(header):
        raise ArgumentError(
            f"its columns are {', '.join(header) or 'none'}; they must be node_id, entity and, if"
            " wanted, family."
        )
    clusters: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if not row:
            continue
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if len(row) != len(header) or not all(cells.values()):
            raise ArgumentError(f"line {rows.line_num} does not fill each column once.")
        clusters.setdefault((cells["entity"], cells.get("family", "")), []).append(cells["node_id"])
    families = [family for _, family in clusters] if "family" in header else None
    return list(clusters.values()), families


def _in_two(node: str, family: str | None) -> ArgumentError:
    where = "" if family is None else f" of the family {family!r}"
    return ArgumentError(f"{node!r} is in two clusters{where}; it can be in one.")


def _count(n: int, noun: str) -> str:
    if noun == "famil":
        return f"{n:,} {'family' if n == 1 else 'families'}"
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
