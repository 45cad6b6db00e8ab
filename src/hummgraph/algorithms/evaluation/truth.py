"""Truth: nodes that are known to be the same, and known not to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.algorithms.evaluation.tokens import Tokens
from hummgraph.algorithms.evaluation.truth_file import count_noun, read_truth
from hummgraph.errors import ArgumentError, FormatError, NodeNotFoundError
from hummgraph.errors.arguments import check_path, check_true_clusters
from hummgraph.errors.texts import quoted
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, title_of
from hummgraph.graph.elements import Node

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["PlacedTruth", "Truth", "place_truth", "truth_remarks"]

RIGHT: Final = 1
WRONG: Final = 0
SILENT: Final = -1

_MISSING_OPTIONS = ("raise", "skip")
_MAX_SHOWN = 3


@dataclass(frozen=True, eq=False, repr=False)
class Truth(Shows):
    """True clusters of nodes, of all or part of an organisation.

    A pair of nodes is *right* if any cluster has both. Otherwise it is *wrong* if the two are in
    different clusters of one family; without families all clusters are one family. Any other pair
    is not judged and not counted.

    Clusters may overlap, as in mappings written by people: a column that holds both the account's
    id and the customer's may be in the clusters of both, and is the same as each member of both.
    The two clusters stay two: pairs of their other members are wrong.

    Parameters
    ----------
    clusters
        Ids or names of the members of each cluster. A cluster of one node differs from all others
        of its family.
    families
        Family of each cluster; ``None`` for a single family. Clusters whose own family is ``None``
        form one family.
    complete
        Whether each node outside all clusters is an entity of its own, so that all pairs of one
        level are judged; without families only.
    notes
        Remarks on parts of the input that were changed or ignored; remarks on ignored members and
        clusters are added.

    Raises
    ------
    ArgumentError
        If a cluster is not a list, a member is neither text nor empty, no cluster has a member that
        is not empty, the numbers of families and clusters differ, or a truth with families is
        complete.

    Notes
    -----
    Members without an id or name, repeated members and repeated clusters are ignored, and counted
    in ``notes``.

    Examples
    --------
    >>> Truth.from_clusters([["Stripe/customers.email", "Zendesk/users.email"], ["Jira/issue.id"]])
    <Truth: 2 clusters of 3 nodes>
    >>> Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.x", "c/t.x"]]).n_overlapping
    1
    """

    clusters: tuple[tuple[str, ...], ...]
    families: tuple[str | None, ...] | None = None
    complete: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_true_clusters(self.clusters, "Truth")
        object.__setattr__(self, "clusters", _member_lists(self.clusters))
        if isinstance(self.families, str) or not isinstance(self.families, Iterable | None):
            raise ArgumentError(
                f"families is {quoted(self.families)}; it must be a list of one family a cluster."
            )
        if self.families is not None:
            object.__setattr__(self, "families", tuple(self.families))
        if self.families is not None and len(self.families) != len(self.clusters):
            raise ArgumentError(
                f"There are {len(self.families):,} families for {len(self.clusters):,} clusters;"
                " the numbers must be equal."
            )
        if self.families is not None and self.complete:
            raise ArgumentError(
                "A complete truth judges every pair, and one with families does not; pass either"
                " families or complete=True."
            )
        families = [_family_name(family) for family in self.families or [None] * len(self.clusters)]
        kept: dict[tuple[str | None, frozenset[str]], tuple[str, ...]] = {}
        n_nameless = n_repeated = n_empty = 0
        for number, (members, family) in enumerate(zip(self.clusters, families, strict=True)):
            named = [_member_text(member, number) for member in members]
            own = tuple(dict.fromkeys(name for name in named if name))
            n_nameless += named.count("")
            n_repeated += len(named) - named.count("") - len(own)
            n_empty += not own
            if own:
                kept.setdefault((family, frozenset(own)), own)
        if n_nameless and not kept:
            raise ArgumentError("No member of the clusters has an id or a name.")
        ignored = [
            count_noun(n, noun)
            for noun, n in (
                ("nameless member", n_nameless),
                ("repeated member", n_repeated),
                ("empty cluster", n_empty),
                ("repeated cluster", len(self.clusters) - n_empty - len(kept)),
            )
            if n
        ]
        said = (f"Ignored: {', '.join(ignored)}.",) if ignored else ()
        object.__setattr__(self, "clusters", tuple(kept.values()))
        object.__setattr__(self, "notes", (*self.notes, *said))
        if self.families is not None:
            object.__setattr__(self, "families", tuple(family for family, _ in kept))

    @classmethod
    def from_clusters(
        cls,
        clusters: Iterable[Iterable[str | UUID | Node]],
        families: Iterable[str | None] | None = None,
        *,
        complete: bool = False,
    ) -> Truth:
        """Build a truth from clusters of nodes.

        Parameters
        ----------
        clusters
            Members of each: ids, names ``system/[schema.]table[.column]``, or nodes. ``None``, NaN
            and blank texts are ignored, and counted in ``notes``.
        families
            Family of each cluster, in the same order; ``None`` for clusters of the default family.
            Two nodes in different clusters of one family are a wrong pair, unless another cluster
            has both; pairs of different families are not judged.
        complete
            Whether nodes outside all clusters are entities of their own.

        Raises
        ------
        ArgumentError
            If a cluster is not a list, a member is not an id, a name or a node, no member has an id
            or a name, or the families do not match the clusters.

        Notes
        -----
        O(n) for n members.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> Truth.from_clusters(load_demo().truth, complete=True)
        <Truth: 90 clusters of 376 nodes, complete>
        """
        check_true_clusters(clusters, "Truth.from_clusters")
        own = None if families is None else cast("tuple[str | None, ...]", families)
        return cls(cast("tuple[tuple[str, ...], ...]", clusters), own, complete)

    @classmethod
    def read(cls, path: str | PathLike[str], *, complete: bool = False) -> Truth:
        r"""Read a truth from a file of JSON or CSV, gzipped if its name ends in ``.gz``.

        Parameters
        ----------
        path
            ``.json``: a list of lists of ids or names, or an object whose ``clusters`` is such a
            list, or a list of objects with ``members`` (texts, or objects with ``id``) and an
            optional ``family``; other keys are ignored. ``.csv``: columns ``node_id``, ``entity``
            and an optional ``family``, in any order and case, separated by commas, semicolons or
            tabs; other columns are ignored. Text is UTF-8, or UTF-16 with a mark; any other CSV is
            read as Windows-1252, with a remark in ``notes``.
        complete
            Whether nodes outside all clusters are entities of their own.

        Raises
        ------
        FormatError
            If the name ends in neither ``.json`` nor ``.csv``.
        ArgumentError
            If the file cannot be read, does not have this form, or has no cluster with a member.

        Notes
        -----
        Lines of CSV without a node or an entity, and lines with more cells than columns, are
        ignored, and counted in ``notes``. O(n) for n members.

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
        check_path(path, "Truth.read", "a file of JSON or CSV")
        try:
            content = read_truth(path)
            made = cls.from_clusters(content.clusters, content.families, complete=complete)
        except FormatError:
            raise
        except ArgumentError as error:
            raise ArgumentError(
                f"{str(path)!r} is not a truth: {error.message}", hint=error.hint
            ) from error
        return replace(made, notes=(*content.notes, *made.notes))

    @property
    def n_nodes(self) -> int:
        """Number of distinct ids and names."""
        return len({member for members in self.clusters for member in members})

    @cached_property
    def n_overlapping(self) -> int:
        """Number of nodes in several clusters of one family."""
        families = self.families or [None] * len(self.clusters)
        seen: set[tuple[str, str | None]] = set()
        several: set[str] = set()
        for members, family in zip(self.clusters, families, strict=True):
            several.update(member for member in members if (member, family) in seen)
            seen.update((member, family) for member in members)
        return len(several)

    def __len__(self) -> int:
        return len(self.clusters)

    def _card_(self) -> Card:
        shown = self.clusters[:MAX_ROWS]
        columns = {
            "size": [len(members) for members in shown],
            "members": ["; ".join(map(str, members)) for members in shown],
        }
        table = Frame(pa.table(columns))
        return Card(title_of(self), table=table, things="clusters", total=len(self))

    def __repr__(self) -> str:
        parts = [f"{count_noun(len(self), 'cluster')} of {count_noun(self.n_nodes, 'node')}"]
        if self.families is not None:
            parts.append(count_noun(len(set(self.families)), "family"))
        if self.n_overlapping:
            within = "" if self.families is None else " of one family"
            parts.append(f"{self.n_overlapping:,} in several clusters{within}")
        if self.complete:
            parts.append("complete")
        return (
            " ".join([f"<Truth: {', '.join(parts)}{'.' if self.notes else ''}", *self.notes]) + ">"
        )


def _member_lists(clusters: Iterable[Any]) -> tuple[tuple[Any, ...], ...]:
    """Return the members of each cluster; raise if one is not a list."""
    groups: list[tuple[Any, ...]] = []
    for members in clusters:
        if isinstance(members, str | bytes | Mapping) or not isinstance(members, Iterable):
            raise ArgumentError(
                f"Cluster {len(groups)} is {quoted(members)}; it must be a list of ids or names.",
                hint="Truth.from_clusters() needs lists of nodes; Truth.read(path) reads a file.",
            )
        groups.append(tuple(members))
    return tuple(groups)


def _member_text(member: object, cluster: int) -> str:
    """Return a member's id or name; an empty text for an empty member."""
    if isinstance(member, Node):
        return member.node_id
    if isinstance(member, UUID):
        return str(member)
    if isinstance(member, str):
        # Half of a surrogate pair, which JSON can hold and a node's name cannot.
        return member.encode(errors="replace").decode() if member.strip() else ""
    if _is_null(member):
        return ""
    raise ArgumentError(
        f"Cluster {cluster} has the member {quoted(member)}; it must be an id, a name or a Node."
    )


def _family_name(family: object) -> str | None:
    """Return the name of a family; ``None`` for a cluster without one."""
    return None if _is_null(family) or not str(family).strip() else str(family)


def _is_null(value: object) -> bool:
    """Return whether a value is None, NaN, or pandas' null."""
    nan = isinstance(value, float) and value != value  # noqa: PLR0124 - NaN
    return value is None or nan or type(value).__name__ in {"NAType", "NaTType"}


@dataclass(frozen=True, eq=False)
class PlacedTruth:
    """Truth by positions in a graph: clusters and families of each node."""

    entity: Tokens
    """The true clusters of each node, and in a complete truth one for each other node."""
    family: Tokens
    """The families of each node's clusters."""
    n_missing: int
    """Number of names that are not in the graph."""
    n_ambiguous: int
    """Number of names that fit several nodes."""
    n_other_level: int
    """Number of nodes at another level."""
    n_overlapping: int
    """Number of nodes in several clusters of one family."""

    def verdicts(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int8]:
        """Return for each pair of nodes RIGHT, WRONG or SILENT: O(n_rows + k) for k pairs."""
        verdicts = np.full(len(a), SILENT, dtype=np.int8)
        verdicts[self.family.shared(a, b)] = WRONG
        verdicts[self.entity.shared(a, b)] = RIGHT
        return verdicts


def truth_remarks(*, overlapping: int, missing: int, ambiguous: int, other_level: int = 0) -> str:
    """Return remarks on the nodes of a truth as a sentence; empty without any."""
    odd = (
        (overlapping, "in several true clusters"),
        (missing, "not in the graph"),
        (ambiguous, "of a name that fits several nodes"),
        (other_level, "at another level"),
    )
    said = [f"{n:,} {what}" for n, what in odd if n]
    return f"Nodes of the truth: {', '.join(said)}." if said else ""


def place_truth(truth: Truth, graph: LinkGraph, level: Level, *, missing: str) -> PlacedTruth:
    """Return a truth by positions in a graph; nodes of other levels are left out and counted."""
    if missing not in _MISSING_OPTIONS:
        raise ArgumentError(f"missing is {missing!r}; it must be 'raise' or 'skip'.")
    nodes = graph.arrays.nodes
    first, end = int(nodes.first[level.depth]), int(nodes.first[level.depth + 1])
    n_nodes = end - first
    names = list(dict.fromkeys(member for members in truth.clusters for member in members))
    position, unknown, ambiguous = _find_positions(names, graph)
    if missing == "raise":
        _check_all_found(graph, unknown, ambiguous)
    found = position >= 0
    here = found & (position >= first) & (position < end)
    n_other_level = len(np.unique(position[found & ~here]))
    if names and not here.any():
        raise ArgumentError(
            f"No node of the truth is a {level} of the graph: of {count_noun(len(names), 'name')}"
            f" {len(unknown):,} are not in the graph, {len(ambiguous):,} fit several nodes, and"
            f" {n_other_level:,} are at another level.",
            hint=f"The first is {quoted(names[0])}; names read 'system/table.column', and ids are"
            " UUIDs.",
        )
    number = {name: row for row, name in enumerate(names)}
    member = np.array([number[m] for group in truth.clusters for m in group], dtype=np.int64)
    sizes = np.array([len(members) for members in truth.clusters], dtype=np.int64)
    entity = np.repeat(np.arange(len(sizes)), sizes)
    kept = here[member]
    node, entity = position[member[kept]] - first, entity[kept]
    if truth.complete:
        alone = np.setdiff1d(np.arange(n_nodes), node)
        node = np.append(node, alone)
        entity = np.append(entity, len(sizes) + np.arange(len(alone)))
    # A node may be named both by id and by name.
    rows = np.unique(np.column_stack((node, entity)), axis=0)
    family = np.zeros(len(rows), dtype=np.int64)
    if truth.families is not None:
        code = {name: n for n, name in enumerate(dict.fromkeys(truth.families))}
        family = np.array([code[name] for name in truth.families], dtype=np.int64)[rows[:, 1]]
    families, times = np.unique(np.column_stack((rows[:, 0], family)), axis=0, return_counts=True)
    return PlacedTruth(
        Tokens(rows[:, 0], rows[:, 1], n_nodes),
        Tokens(families[:, 0], families[:, 1], n_nodes),
        n_missing=len(unknown),
        n_ambiguous=len(ambiguous),
        n_other_level=n_other_level,
        n_overlapping=len(np.unique(families[times > 1, 0])),
    )


def _find_positions(
    names: list[str], graph: LinkGraph
) -> tuple[NDArray[np.int64], list[str], list[str]]:
    """Return the position of each name (-1 for none or several), and unknown and ambiguous names.

    Similar names are not searched: that would take longer than everything else.
    """
    members = pa.array(names, pa.string())
    found = pc.index_in(members, value_set=graph.arrays.nodes.id_text).fill_null(-1)
    position: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    unknown: list[str] = []
    ambiguous: list[str] = []
    # A text that is not an id in the graph's spelling is a name, or an id in another spelling.
    for row in np.flatnonzero(position < 0).tolist():
        codes = graph.arrays.names.codes(names[row])  # index_of() without its error
        if len(codes) == 1:
            position[row] = codes[0]
        else:
            (ambiguous if codes else unknown).append(names[row])
    return position, unknown, ambiguous


def _check_all_found(graph: LinkGraph, unknown: list[str], ambiguous: list[str]) -> None:
    """Raise if any name fits no node, or several."""
    if unknown:
        near: tuple[str, ...] = ()
        try:
            graph.index_of(unknown[0])
        except NodeNotFoundError as error:
            near = error.near
        some = ", ".join(map(quoted, unknown[:_MAX_SHOWN]))
        raise NodeNotFoundError(
            f"{count_noun(len(unknown), 'node')} of the truth not found in the graph: {some}"
            f"{' ...' if len(unknown) > _MAX_SHOWN else '.'}",
            near=near,
            hint="missing='skip' ignores and counts them.",
        )
    if ambiguous:
        graph.index_of(ambiguous[0])
