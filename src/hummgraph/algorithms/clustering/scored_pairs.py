"""Scored pairs of anything, as a clustering problem: decisions, groups, and quality of clusters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.choice import of_records, of_sources
from hummgraph.algorithms.clustering.cluster import id_of_members
from hummgraph.algorithms.clustering.clustering import PLAIN, setting_of
from hummgraph.algorithms.clustering.expected import expected_precision
from hummgraph.algorithms.clustering.problem import LevelLinks, Problem
from hummgraph.errors import ArgumentError
from hummgraph.errors.texts import quoted
from hummgraph.frames import counted
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, PROBABILISTIC, REJECTED, UNIT, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.choice import Evidence
    from hummgraph.algorithms.clustering.setting import Setting

__all__ = [
    "GroupShape",
    "PairProblem",
    "ScoredPairs",
    "choose_by_groups",
    "cluster_ids",
    "pair_links",
    "pair_problem",
    "quality_table",
]


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs:
    """Rows of a table of pairs as arrays of shape (n_rows,), in any order, and their nodes."""

    texts: pa.Array
    """Ids of the nodes as texts, in the order of their codes, which is that of the ids."""
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    """Codes of the two ends."""
    score: NDArray[np.float64]
    """Scores in [0, 1], NaN for null."""
    status: NDArray[np.int8]
    """SUGGESTED, APPROVED or REJECTED."""
    group: NDArray[np.int32] | None
    """Code of each node's group, -1 where it has none: shape (n_nodes,); ``None`` without groups.
    """
    groups: tuple[str, ...] = ()
    """Names of the groups by code, sorted."""

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.texts)


@dataclass(frozen=True, eq=False)
class PairProblem(Problem):
    """Scored pairs, as clustering methods see them under a setting.

    A group takes the place of a system.
    """

    groups: tuple[str, ...] | None

    RULES: ClassVar[Mapping[Level | None, str]] = MappingProxyType(
        {
            None: "No rule of one node each",
            Level.INTEGRATION_SOURCE: "A cluster takes one node of a group",
        }
    )

    def check(self, setting: Setting) -> None:
        """Raise if the setting's rule does not suit the pairs."""
        if setting.one_per is Level.TABLE:
            raise ArgumentError(
                "The setting has the rule one_per='table', but pairs have groups, not tables.",
                hint="dataclasses.replace(setting, one_per=None) removes it.",
            )
        if setting.one_per is not None and self.groups is None:
            raise ArgumentError(
                "A cluster is to take one node of a group, but the groups are not known.",
                hint="Name the two columns that have them: groups=('source_group',"
                " 'target_group').",
            )
        self.exempt(setting.many_in)

    def exempt(self, many_in: Iterable[str | UUID]) -> tuple[str, ...]:
        """Return the groups in ``many_in``, sorted; raise if one does not occur."""
        names = [many_in] if isinstance(many_in, str) else many_in
        exempt = sorted(map(str, names))
        for name in exempt:
            if name not in (self.groups or ()):
                known = ", ".join(map(quoted, (self.groups or ())[:8])) or "none"
                raise ArgumentError(f"many_in has {quoted(name)}; the groups are {known}.")
        return tuple(exempt)


def pair_problem(pairs: ScoredPairs, setting: Setting | None, **arguments: Any) -> PairProblem:
    """Return the problem of some pairs, under a setting or the one that arguments describe.

    Parameters
    ----------
    pairs
        Rows in any order.
    setting
        A setting to hold, or ``None``.
    **arguments
        The same as for :func:`setting_of`.

    Notes
    -----
    O(n log n) for n rows. Rows are put in the order of their nodes, so that neither their order nor
    the direction of a pair matters.
    """
    links = pair_links(
        pairs.source,
        pairs.target,
        pairs.score,
        pairs.status,
        pairs.n_nodes,
        group=pairs.group,
        groups=pairs.groups,
        id_bytes=partial(_joined_texts, pairs.texts),
    )
    plain = PairProblem(links, PLAIN, None if pairs.group is None else pairs.groups)

    def choose(evidence: Evidence) -> tuple[Setting, str]:
        return choose_by_groups(GroupShape.of(plain), evidence)

    return plain.with_setting(setting_of(plain, choose, setting, **arguments))


def pair_links(
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    score: NDArray[np.float64],
    status: NDArray[np.int8],
    n_nodes: int,
    *,
    group: NDArray[np.int32] | None,
    groups: Sequence[str],
    id_bytes: Callable[[NDArray[np.int32]], bytes],
) -> LevelLinks:
    """Return rows of pairs as links, in the order of their nodes: O(n log n) for n rows."""
    a, b = np.minimum(source, target), np.maximum(source, target)
    order = np.lexsort((status, -score, b, a))
    a, b, score, status = a[order], b[order], score[order], status[order]
    policy = Policy()
    link_type = np.full(len(a), PROBABILISTIC, dtype=np.int8)
    nowhere = np.full(n_nodes, -1, dtype=np.int32)
    known = {name: code for code, name in enumerate(groups)}
    return LevelLinks(
        source=a,
        target=b,
        here=a != b,
        confidence=score,
        weight=policy.weights(score, status, link_type),
        status=status,
        link_type=link_type,
        fair=np.ones(len(a), dtype=bool),
        policy=policy,
        first=0,
        n_nodes=n_nodes,
        system=nowhere if group is None else group,
        table=nowhere,
        system_code=known.__getitem__,
        id_bytes=id_bytes,
    )


def _joined_texts(texts: pa.Array, codes: NDArray[np.int32]) -> bytes:
    return "\n".join(texts.take(pa.array(codes)).to_pylist()).encode()


@dataclass(frozen=True, slots=True)
class GroupShape:
    """Facts about the groups of paired nodes."""

    given: bool
    """Whether groups are known at all."""
    n_pairs: int
    """Number of rows between two nodes."""
    n_within: int
    """Number of these inside a group."""
    complete: bool
    """Whether each of their nodes has a group."""
    n_groups: int
    """Number of groups that they have."""

    @classmethod
    def of(cls, problem: PairProblem) -> GroupShape:
        """Return the shape of a problem's groups: O(n log n) for n rows."""
        links = problem.links
        source, target = links.source[links.here], links.target[links.here]
        mine, other = links.system[source], links.system[target]
        return cls(
            given=problem.groups is not None,
            n_pairs=len(source),
            n_within=int(np.count_nonzero(mine == other)),
            complete=bool(np.all(mine >= 0) and np.all(other >= 0)),
            n_groups=len(np.union1d(mine, other)),
        )


def choose_by_groups(shape: GroupShape, evidence: Evidence) -> tuple[Setting, str]:
    """Return the setting that suits the groups of some pairs, and a description of them."""
    if not shape.given:
        return of_records(evidence, "No groups are given")
    if not shape.n_pairs:
        return of_records(evidence, "No pair joins two nodes")
    if not shape.complete:
        return of_records(evidence, "Not all groups of the paired nodes are known")
    if shape.n_within:
        within = f"{counted(shape.n_within, 'pair')} of {shape.n_pairs:,}"
        return of_records(evidence, f"Groups that may hold a thing twice: {within} inside a group")
    n_groups = counted(shape.n_groups, "group")
    structure = f"Groups without duplicates: {n_groups}, and no pair inside a group"
    return of_sources(evidence, structure, PairProblem.RULES[Level.INTEGRATION_SOURCE])


def cluster_ids(texts: pa.Array, label: NDArray[np.int32]) -> pa.Array:
    """Return the id of each cluster by label: sixteen hexadecimal digits made of its members' ids.

    O(n log n) for n nodes.
    """
    import pyarrow.compute as pc

    rank = np.empty(len(texts), dtype=np.int64)
    rank[pc.sort_indices(texts).to_numpy()] = np.arange(len(texts))
    order = np.lexsort((rank, label))
    sizes = np.bincount(label)
    ends = np.cumsum(sizes)
    members = texts.take(pa.array(order)).to_pylist()
    spans = zip((ends - sizes).tolist(), ends.tolist(), strict=True)
    made = [id_of_members(members[begin:end]) for begin, end in spans]
    return pa.array(made, pa.string())


def quality_table(problem: PairProblem, label: NDArray[np.int32], ids: pa.Array) -> pa.Table:
    """Return one row a cluster of at least two nodes, the largest first.

    Parameters
    ----------
    problem
        The pairs.
    label
        Cluster of each node, numbered by first nodes.
    ids
        Id of each cluster.
    """
    links, pairs = problem.links, problem.confident_pairs
    sizes = np.bincount(label)
    chosen = np.flatnonzero(sizes > 1)
    chosen = chosen[np.argsort(-sizes[chosen], kind="stable")]
    place = np.full(len(sizes), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    at, n, members = place[label], len(chosen), sizes[chosen]
    inside = (at[pairs.a] == at[pairs.b]) & (at[pairs.a] >= 0)
    where, score = at[pairs.a[inside]], pairs.score[inside]
    held = np.bincount(where, minlength=n)
    # Whole billionths, so that no sum depends on its order.
    total = np.bincount(where, weights=np.rint(score * UNIT), minlength=n)
    least = np.ones(n)
    np.minimum.at(least, where, score)
    mean = np.divide(total / UNIT, held, out=np.zeros(n), where=held > 0)
    right = expected_precision(problem, at, n)
    columns: dict[str, Any] = {"cluster_id": ids.take(pa.array(chosen)), "members": members}
    if problem.groups is not None:
        has = (at >= 0) & (links.system >= 0)
        rows = np.unique(np.column_stack((at[has], links.system[has])), axis=0)
        columns["groups"] = np.bincount(rows[:, 0], minlength=n)
    columns |= {
        "pairs": held,
        "density": held / (members * (members - 1) / 2),
        "min_score": pa.array(least, mask=held == 0),
        "mean_score": pa.array(np.round(mean, 9), mask=held == 0),
    }
    for name, code in (("approved", APPROVED), ("rejected", REJECTED)):
        decided = links.here & (links.status == code) & (at[links.source] == at[links.target])
        decided &= at[links.source] >= 0
        ends = np.unique(np.column_stack((links.source[decided], links.target[decided])), axis=0)
        columns[name] = np.bincount(at[ends[:, 0]], minlength=n)
    columns["expected_precision"] = np.round(right, 9)
    return pa.table(columns)
