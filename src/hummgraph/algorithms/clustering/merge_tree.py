"""The merge tree: clusters at every threshold, from one pass."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.agglomeration import agglomerate, linkage_of
from hummgraph.algorithms.clustering.clustering import check_memory, clustered, problem_of
from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.clustering.expected import expected_of
from hummgraph.algorithms.clustering.forest import Forest, profile_frame
from hummgraph.algorithms.clustering.kruskal import joins_in_order
from hummgraph.algorithms.clustering.methods import AUTO, METHODS, checked_method
from hummgraph.algorithms.kernels.components import numbered
from hummgraph.algorithms.kernels.level_note import level_note
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, title_of
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import check_threshold
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Joins
    from hummgraph.algorithms.clustering.expected import Expected
    from hummgraph.algorithms.clustering.problem import ClusteringProblem
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["REFERENCE", "MergeTree", "Proposal", "joins_of", "merge_tree"]

REFERENCE: Final = "components"
"""The method whose merge tree replaces that of a method without one."""


@dataclass(frozen=True, slots=True)
class Proposal(Shows):
    """A threshold that the tree proposes, or none, with the reason.

    Parameters
    ----------
    threshold
        In [0, 1]; ``None`` if the tree proposes nothing.
    precision, recall, f1
        Expected shares of the cut over pairs that decisions leave open, in [0, 1], from the
        probabilities of links; ``None`` without a proposal.
    reason
        The reason as a sentence.

    Examples
    --------
    >>> Proposal(None, None, None, None, "Chains.").threshold is None
    True
    """

    threshold: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class MergeTree(Shows):
    """Every join that a method makes, with the link that made it: clusters at any threshold.

    Parameters
    ----------
    problem
        The links that join, and the setting.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> tree = merge_tree(graph)
    >>> tree.cut(0.7).members == cluster(graph, threshold=0.7).members
    True
    """

    problem: ClusteringProblem
    _joins: Joins

    @property
    def setting(self) -> Setting:
        """The setting that makes the clusters; its stop is the threshold of ``cluster``."""
        return self.problem.setting

    @property
    def method(self) -> str:
        """``"components"``, ``"single"``, ``"average"`` or ``"complete"``."""
        return self.setting.method

    @property
    def parameters(self) -> dict[str, Any]:
        """Other parameters of the method, by name."""
        return self.setting.options

    @property
    def graph(self) -> LinkGraph:
        """The graph whose links join."""
        return self.problem.graph

    @property
    def threshold_scale(self) -> str:
        """Scale of the thresholds: ``"confidence"``, ``"competition"`` or ``"probability"``."""
        return self.problem.scale

    @property
    def n_joins(self) -> int:
        """Number of joins at threshold 0, not counting those that APPROVED links make."""
        return len(self._joins)

    @cached_property
    def note(self) -> str:
        """Reason why there is no join, if all links join nodes of other levels; otherwise empty."""
        return level_note(self.graph, self.problem.level)

    @property
    def heights(self) -> NDArray[np.float64]:
        """Highest threshold of each join, not increasing: shape (n_joins,)."""
        return self._joins.height

    def cut(self, threshold: float) -> Clusters:
        """Return the clusters at a threshold, equal to those of :func:`cluster`.

        Parameters
        ----------
        threshold
            In [0, 1], inclusive.

        Raises
        ------
        ThresholdError
            If it is not a number in [0, 1].

        Notes
        -----
        O(n) for n nodes.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> tree = merge_tree(LinkGraph(load_demo().snapshot()))
        >>> tree.cut(0.05).n_links_used > tree.cut(0.8).n_links_used
        True
        """
        height = check_threshold("threshold", threshold)
        problem = self.problem.with_setting(replace(self.setting, threshold=height))
        clusters = Clusters(
            problem,
            numbered(
                self._joins.labels(height),
                self.graph.arrays.nodes.deleted,
                self.problem.first,
            ),
            partial(_under_policy, problem),
        )
        _known[clusters] = self.method, self._joins
        return clusters

    @cached_property
    def joins(self) -> Frame:
        """The joins, highest first: one row each.

        ``height`` is the highest threshold of the join, ``link_id`` the best link
        between both sides, ``source`` and ``target`` its ends, ``size`` how many members the new
        cluster has, ``smaller`` how many the smaller side had.
        """
        pairs, nodes = self.problem.pairs, self.graph.arrays.nodes
        pair = self._joins.pair
        link_index = pairs.link_index[pair]
        ends = self.graph.arrays.links.ends
        forest = self._forest
        return Frame(
            pa.table(
                {
                    "height": self.heights,
                    "link_id": id_strings(self.graph.link_ids[link_index]),
                    "source": nodes.id_text.take(pa.array(ends.source[link_index])),
                    "target": nodes.id_text.take(pa.array(ends.target[link_index])),
                    "source_path": nodes.path.take(pa.array(ends.source[link_index])),
                    "target_path": nodes.path.take(pa.array(ends.target[link_index])),
                    **nodes.deleted_ends(ends.source[link_index], ends.target[link_index]),
                    "size": forest.size,
                    "smaller": forest.smaller,
                }
            )
        )

    @cached_property
    def _forest(self) -> Forest:
        return Forest.of(self._joins)

    @cached_property
    def profile(self) -> Frame:
        """Counts of the clusters at each threshold where they change: one row a height, falling.

        ``n_clusters`` counts clusters of at least two members and ``n_clustered`` their members;
        ``largest`` is the size of the largest. ``contradictions`` counts REJECTED pairs inside,
        which is the same at every threshold, because APPROVED links alone make it.
        ``systems_twice`` and ``tables_twice`` count clusters that have two members of one system,
        or of one table. The first row, without a threshold, counts the clusters of APPROVED links
        alone.
        """
        return profile_frame(self.problem, self._joins, self._forest)

    def at(self, thresholds: Iterable[float]) -> Frame:
        """Return the profile at chosen thresholds: one row each, in the order given.

        Parameters
        ----------
        thresholds
            In [0, 1].

        Raises
        ------
        ThresholdError
            If one is not a number in [0, 1].

        Notes
        -----
        O(log n) for each, after the profile.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> tree = merge_tree(LinkGraph(load_demo().snapshot()))
        >>> tree.at([0.5])["n_clusters"] == [tree.cut(0.5).n_clusters]
        True
        """
        wanted = [check_threshold("threshold", threshold) for threshold in thresholds]
        table = self.profile.to_arrow()
        rising = table.column("threshold").to_numpy()[1:]
        rows = np.searchsorted(-rising, -np.array(wanted, dtype=np.float64), side="right")
        place = table.schema.get_field_index("threshold")
        return Frame(
            table.take(pa.array(rows)).set_column(
                place, "threshold", pa.array(wanted, pa.float64())
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as plain data, as ``hummgraph clusters --tree --json`` prints it.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> sorted(merge_tree(LinkGraph(load_demo().snapshot())).to_dict()["proposal"])
        ['f1', 'precision', 'reason', 'recall', 'threshold']
        """
        problem = self.problem
        return {
            "method": self.method,
            "parameters": self.parameters,
            "setting": self.setting.to_dict(),
            "threshold_scale": self.threshold_scale,
            "calibrate": problem.calibrate,
            "no_match": problem.no_match,
            "one_per": None if problem.one_per is None else str(problem.one_per),
            "many_in": list(problem.many_in),
            "many_in_names": problem.exempt_names,
            "level": str(problem.level),
            "policy": self.graph.policy.to_dict(),
            "note": self.note or None,
            "proposal": asdict(self.proposal),
            "profile": list(self.profile),
            "joins": list(self.joins),
        }

    @cached_property
    def persistence(self) -> Frame:
        """Range of thresholds of every cluster: one row each, the longest first.

        ``born`` is the highest threshold at which it exists, ``gone`` the one at which it joins
        another (0 where it never does), and ``persistence`` the difference, as in [1]_. Clusters
        that exist at no threshold, because another join follows at the same height, are left out;
        those that APPROVED links make alone are born at 1.

        References
        ----------
        .. [1] R. Campello, D. Moulavi, J. Sander: Density-based clustering based on hierarchical
           density estimates. PAKDD 2013. https://doi.org/10.1007/978-3-642-37456-2_14
        """
        constraints = self.problem.constraints
        n = constraints.n_units
        left, right = self._forest.left, self._forest.right
        gone = np.zeros(n + len(left))
        gone[left] = self.heights
        gone[right] = self.heights
        born = np.concatenate((np.where(constraints.unit_size > 1, 1.0, 0.0), self.heights))
        size = np.concatenate((constraints.unit_size, self._forest.size))
        lasts = np.flatnonzero((born > gone) & (size > 1))
        # The cluster's best known member: the first node of any of its units.
        first_unit = np.arange(n + len(left))
        for join, (x, y) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            first_unit[n + join] = min(first_unit[x], first_unit[y])
        _, first_node = np.unique(constraints.unit, return_index=True)
        member = first_node[first_unit[lasts]] + self.problem.first
        order = np.lexsort((member, -size[lasts], -(born - gone)[lasts]))
        lasts, member = lasts[order], member[order]
        nodes = self.graph.arrays.nodes
        return Frame(
            pa.table(
                {
                    "node_id": nodes.id_text.take(pa.array(member)),
                    "path": nodes.path.take(pa.array(member)),
                    "deleted": pa.array(nodes.deleted[member]),
                    "size": size[lasts],
                    "born": born[lasts],
                    "gone": gone[lasts],
                    "persistence": born[lasts] - gone[lasts],
                }
            )
        )

    @cached_property
    def expected(self) -> Expected:
        """Expected precision and recall after each number of joins: shape (n_joins + 1,) each."""
        return expected_of(self.problem, self._joins, self._forest)

    @cached_property
    def proposal(self) -> Proposal:
        """The threshold with the highest expected F1, or that of the setting.

        Where the setting has a floor or a calibration, its stop is proposed, which was measured to
        be better; elsewhere the cut with the highest expected F1: the probability of each link
        comes from a curve that is fitted to decided links, and a pair without a link counts as in
        `expected`. Nothing is proposed for chains: on a tree of components or single linkage no
        such cut is good.
        """
        if not len(self.heights):
            said = self.note or "No link joins anything: every threshold is the same."
            return Proposal(None, None, None, None, f"Nothing is proposed. {said}")
        if self.method in {"components", "single"}:
            return Proposal(
                None,
                None,
                None,
                None,
                f"Nothing is proposed: {self.method} joins by single links, and no cut through"
                " chains can be recommended. The default method has a tree with a proposal.",
            )
        own = self.setting.floor is not None or self.setting.calibrate is not None
        if own:
            n = self._joins.count(self.setting.threshold)
            threshold = self.setting.threshold
            why = "The stop of the setting"
        else:
            # Only the last join at a height is a cut.
            ends = np.flatnonzero(np.append(self.heights[1:] != self.heights[:-1], True))
            best = int(ends[int(np.argmax(self.expected.f1[ends + 1]))])
            n = best + 1
            below = float(self.heights[n]) if n < len(self.heights) else 0.0
            threshold = _between(below, float(self.heights[best]))
            why = "The cut with the highest expected F1"
        precision, recall, f1 = (
            None if np.isnan(share) else float(share)
            for share in (self.expected.precision[n], self.expected.recall[n], self.expected.f1[n])
        )
        said = ", ".join(
            f"{name} {share:.2f}"
            for name, share in (("precision", precision), ("recall", recall), ("F1", f1))
            if share is not None
        )
        expected = f": expected {said}" if said else ""
        return Proposal(threshold, precision, recall, f1, f"{why}{expected}.")

    def __len__(self) -> int:
        return self.n_joins

    def to_svg(self) -> str:
        """Draw the profile and the proposed threshold, as an SVG document.

        Four counts are steps over the threshold: clusters, the largest one, contradictions, and
        clusters with two members of one system. The same tree gives the same bytes.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> merge_tree(LinkGraph(load_demo().snapshot())).to_svg()[:4]
        '<svg'
        """
        from hummgraph.algorithms.clustering.merge_tree_diagram import draw

        return draw(self)

    def _card_(self) -> Card:
        table = self.at([step / 10 for step in range(MAX_ROWS, 0, -1)])
        notes = [self.proposal.reason]
        return Card(title_of(self), table=table, notes=notes, picture=self.to_svg())

    def __repr__(self) -> str:
        joins = f"{self.n_joins:,} joins by {self.method} on {self.threshold_scale}"
        at = self.proposal.threshold
        proposed = "" if at is None else f"; proposes {at:g}"
        return f"<MergeTree: {joins}{proposed}{'. ' + self.note if self.note else ''}>"


def merge_tree(
    graph: LinkGraph,
    *,
    method: str = AUTO,
    one_per: Level | str | None = AUTO,
    many_in: Iterable[str | UUID] = (),
    calibrate: str | None = AUTO,
    no_match: float | None = None,
    floor: float | str | None = AUTO,
    setting: Setting | None = None,
    policy: Policy | None = None,
    level: Level | str = Level.COLUMN,
    max_memory: int | None = None,
    **parameters: Any,
) -> MergeTree:
    """Compute all joins once, for the clusters at every threshold.

    Parameters
    ----------
    graph
        Links of any level; their direction is ignored.
    method
        ``"auto"``, or ``"components"``, ``"single"``, ``"average"`` or ``"complete"``: those whose
        joins do not depend on the threshold.
    one_per, many_in, calibrate, no_match, floor, setting, policy, level, max_memory
        The same as for :func:`cluster`.
    **parameters
        The method's own parameters, as ``cluster`` takes them.

    Returns
    -------
    MergeTree
        The tree; ``cut(t)`` equals the clusters of :func:`cluster` at t.

    Raises
    ------
    ArgumentError
        If there is no such method, level, rule or parameter, or the method has no tree.
    NodeNotFoundError, AmbiguousNodeError
        If a system in ``many_in`` does not exist or its name is ambiguous.
    MemoryLimitError
        If it may need more than ``max_memory``; the error has the number of bytes needed.

    Notes
    -----
    O(m log m) for m links with ``components``, where the tree is a maximum spanning forest [1]_ cut
    short by decisions; O(m log² m) with the others.

    References
    ----------
    .. [1] J. Gower, G. Ross: Minimum spanning trees and single linkage cluster analysis. Applied
       Statistics 18(1), 1969. https://doi.org/10.2307/2346439

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> tree = merge_tree(LinkGraph(load_demo().snapshot()), method="components")
    >>> tree.joins["height"][0] >= tree.joins["height"][-1]
    True
    """
    check_graph(graph, "merge_tree", level=True)
    check_memory(graph, max_memory)
    wanted = method if setting is None else getattr(setting, "method", AUTO)
    if wanted != AUTO and not checked_method(wanted, parameters)[0].tree:
        allowed = ", ".join(repr(name) for name, known in METHODS.items() if known.tree)
        raise ArgumentError(f"method={wanted!r} has no merge tree; {allowed} have one.")
    problem = problem_of(
        graph if policy is None else graph.with_policy(policy),
        level=level,
        setting=setting,
        threshold=None,
        method=method,
        one_per=one_per,
        many_in=many_in,
        calibrate=calibrate,
        no_match=no_match,
        floor=floor,
        parameters=parameters,
    )
    return MergeTree(problem, _method_joins(problem, problem.setting.method))


def joins_of(clusters: Clusters) -> tuple[str, Joins]:
    """Return all joins down to threshold 0, and their method.

    It is the method of the clusters if that has a merge tree, otherwise `REFERENCE`.
    """
    if clusters not in _known:
        method = clusters.method if METHODS[clusters.method].tree else REFERENCE
        _known[clusters] = method, _method_joins(clusters.problem, method)
    return _known[clusters]


# Clusters never change, so their joins are computed once.
_known: WeakKeyDictionary[Clusters, tuple[str, Joins]] = WeakKeyDictionary()


def _method_joins(problem: ClusteringProblem, method: str) -> Joins:
    if method == "components":
        return joins_in_order(problem.pairs, problem.constraints)
    return agglomerate(problem.pairs, problem.constraints, linkage_of(problem.setting))


def _under_policy(problem: ClusteringProblem, policy: Policy) -> Clusters:
    return clustered(problem.with_policy(policy))


def _between(low: float, high: float) -> float:
    """Return a short number in (low, high]."""
    middle = round((low + high) / 2, 3)
    return middle if low < middle <= high else high
