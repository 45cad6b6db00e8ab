"""Clustering: one function, several methods, decisions that bind in all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hummgraph.algorithms.clustering.agglomeration import agglomerate, averaged_over, linkage_of
from hummgraph.algorithms.clustering.choice import Evidence, choose, fitted_weights, reason_of
from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.algorithms.clustering.kruskal import joins_in_order
from hummgraph.algorithms.clustering.methods import (
    AUTO,
    METHODS,
    Method,
    checked_method,
    default_threshold,
)
from hummgraph.algorithms.clustering.problem import ClusteringProblem
from hummgraph.algorithms.clustering.review import robust
from hummgraph.algorithms.clustering.setting import (
    FITTED,
    Setting,
    check_calibration,
    checked_rule,
)
from hummgraph.algorithms.kernels.components import components, numbered
from hummgraph.errors import ArgumentError, MemoryLimitError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import counted, size_text
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import rounded
from hummgraph.records.nodes import as_level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints, Joins
    from hummgraph.algorithms.clustering.problem import Pairs, Problem
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

    Chooses: TypeAlias = Callable[[Evidence], tuple[Setting, str]]

__all__ = [
    "AUTO",
    "METHODS",
    "PLAIN",
    "Clusters",
    "Contradiction",
    "Method",
    "cluster",
    "cluster_setting",
    "labels_of",
    "setting_of",
]


ROBUST: Final = "robust"
"""The floor that allows for a review of right and wrong links unequally often."""

PLAIN: Final = Setting(method="components", threshold=0.0)
"""A setting of which nothing depends on the links, before one is chosen."""

# Measured with tracemalloc on random graphs of 20,000 links: at most 560 bytes a link.
_LINK_BYTES: Final = 600
_NODE_BYTES: Final = 200


def cluster(
    graph: LinkGraph,
    *,
    threshold: float | None = None,
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
) -> Clusters:
    """Group nodes that links say are the same thing, respecting reviewed decisions.

    The setting is chosen by the structure of the graph and calibrated by its decided links;
    ``clusters.setting`` is the setting, and ``clusters.choice`` says why. Pass it to keep it,
    because one more decision may change a setting that is chosen again.

    APPROVED links join before all others, whatever their confidence. No cluster then has a
    REJECTED pair, unless APPROVED links alone force it: that is a contradiction, and listed in the
    result with the links that cause it.

    Parameters
    ----------
    graph
        Links of any level; their direction is ignored.
    threshold
        The stop: least score of a join, in [0, 1], inclusive, on the scale that
        ``clusters.threshold_scale`` names. Thresholds and scores are compared to nine decimals.
        When not given, that of the setting; with a method given by name its constant in
        ``METHODS``, or for averages over present pairs 0.4, and 0.35 if calibrated.
    method
        ``"auto"``, or a method by name, which takes nothing from the setting: ``"auto"`` for
        another parameter then means ``None``.
        How links become groups:

        ``"components"``, ``"single"``
            Links join their ends, the best link first [1]_. One wrong link suffices to join two
            groups. ``single`` is the same by another name.
        ``"average"``
            Join the two groups with the highest mean link, and so on [2]_. With
            ``average_over="possible"`` all pairs of members count, those without a link as 0; with
            ``"present"`` those with a link. When not given it is ``"present"`` with
            ``one_per="integration_source"``, else ``"possible"``.
        ``"complete"``
            The same by the worst link; all members must be linked to each other [2]_.
        ``"gaec"``
            Correlation clustering: a link supports a join by its excess over the threshold, and
            opposes it by its shortfall [3]_.
        ``"best_links"``
            Each node keeps its best partner in each other system, one-to-one [4]_.
        ``"assignment"``
            One-to-one between two systems, with the highest sum of scores [5]_.
        ``"clip"``
            Links that are best from both sides first, then from one, one node per system [6]_.
        ``"markov"``
            Flow that is strengthened where it is strong, by ``inflation`` above 1 [7]_; a matrix
            above ``max_memory`` bytes is refused. Two nodes whose only link is weak
            compared with the flow that each keeps to itself, below about 0.3, stay apart.
        ``"leiden"``
            Groups whose density of links is above ``resolution``, in [0, 1], found from a ``seed``
            by the constant Potts model [8]_; needs the extra ``leiden``.
    one_per
        ``"integration_source"`` or ``"table"``: a cluster takes at most one member of each, except
        for members that APPROVED links unite. ``None`` sets no rule.
    many_in
        Systems, by name or id, in which ``one_per`` does not hold.
    calibrate
        ``"competition"`` scores a link against its rivals: how probable is it that this is *the*
        match in that system? ``"decisions"`` turns confidences into probabilities by decided links,
        and ``"both"`` does so with scores of competition. ``None`` takes confidences as they are.
    no_match
        With competition, the confidence in [0, 1] at which a lone candidate is as likely to match
        as not. When not given, the weakest among the graph's pairs.
    floor
        Links below this confidence, in [0, 1], count as absent, APPROVED ones excepted; ``None``
        sets no floor. ``"robust"`` computes one that allows for a review in which right links were
        reviewed more often than wrong ones, or less often; if there is no floor by default, it sets
        one only if links of both decisions calibrate it.
    setting
        A setting, used unchanged except for ``threshold`` if that is given.
    policy
        Meaning of null confidences, types and statuses; the graph's when not given.
    level
        Level of the members. Links with an end at another level are counted, not used.
    max_memory
        Greatest memory in bytes, at least 1, compared with what the method may need before it
        starts; ``markov`` compares it at each step, with 2 GiB when not given. Other methods need
        memory in proportion to the links, and have no limit when not given.
    **parameters
        The method's own parameters, as named above.

    Returns
    -------
    Clusters
        Groups of at least two nodes, largest first, with refused links and contradictions.

    Raises
    ------
    ThresholdError
        If ``threshold`` is not a number in [0, 1].
    ArgumentError
        If there is no such method, level, rule or parameter, or a parameter is out of range.
    NodeNotFoundError, AmbiguousNodeError
        If a system in ``many_in`` does not exist or its name is ambiguous.
    MemoryLimitError
        If it may need more than ``max_memory``; the error has the number of bytes needed.
    MissingDependencyError
        If ``method="leiden"`` and its extra is not installed.

    Notes
    -----
    O(m log m) for m links with ``components``, O(m log² m) with the other agglomerative methods.
    Ties go to the link that is APPROVED, then to the smaller link id, so that the order of records
    never matters.

    References
    ----------
    .. [1] J. Gower, G. Ross: Minimum spanning trees and single linkage cluster analysis. Applied
       Statistics 18(1), 1969. https://doi.org/10.2307/2346439. Constraints: K. Wagstaff et al.:
       Constrained k-means clustering with background knowledge. ICML 2001.
    .. [2] A. Saeedi, L. David, E. Rahm: Matching entities from multiple sources with hierarchical
       agglomerative clustering. KEOD 2021. https://doi.org/10.5220/0010649600003064
    .. [3] M. Keuper et al.: Efficient decomposition of image and mesh graphs by lifted multicuts.
       ICCV 2015. https://doi.org/10.1109/ICCV.2015.204. The problem: N. Bansal, A. Blum, S. Chawla:
       Correlation clustering. Machine Learning 56, 2004.
    .. [4] O. Hassanzadeh et al.: Framework for evaluating clustering algorithms in duplicate
       detection. PVLDB 2(1), 2009. https://doi.org/10.14778/1687627.1687771
    .. [5] H. Kuhn: The Hungarian method for the assignment problem. Naval Research Logistics 2,
       1955. https://doi.org/10.1002/nav.3800020109
    .. [6] A. Saeedi, E. Peukert, E. Rahm: Using link features for entity clustering in knowledge
       graphs. ESWC 2018. https://doi.org/10.1007/978-3-319-93417-4_37
    .. [7] S. van Dongen: Graph clustering by flow simulation. University of Utrecht, 2000.
    .. [8] V. Traag, L. Waltman, N. van Eck: From Louvain to Leiden. Scientific Reports 9, 2019.
       https://doi.org/10.1038/s41598-019-41695-z

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> clusters = cluster(graph)
    >>> chained = cluster(graph, method="components", threshold=0.7)
    >>> bool(chained.sizes[0] > 4 * clusters.sizes[0])
    True
    >>> cluster(graph, threshold=1.5)
    Traceback (most recent call last):
        ...
    hummgraph.errors.ThresholdError: threshold is 1.5; it must be a number in [0, 1].
    """
    check_graph(graph, "cluster", level=True)
    if method in METHODS and "max_memory" in METHODS[method].parameters:
        if max_memory is not None:
            parameters["max_memory"] = max_memory
    else:
        check_memory(graph, max_memory)
    problem = problem_of(
        graph if policy is None else graph.with_policy(policy),
        level=level,
        setting=setting,
        threshold=threshold,
        method=method,
        one_per=one_per,
        many_in=many_in,
        calibrate=calibrate,
        no_match=no_match,
        floor=floor,
        parameters=parameters,
    )
    return clustered(problem)


def cluster_setting(
    graph: LinkGraph,
    *,
    level: Level | str = Level.COLUMN,
    method: str = AUTO,
    one_per: Level | str | None = AUTO,
    many_in: Iterable[str | UUID] = (),
    calibrate: str | None = AUTO,
    no_match: float | None = None,
    floor: float | str | None = AUTO,
    **parameters: Any,
) -> Setting:
    """Return the setting that :func:`cluster` would use, without clustering.

    Parameters
    ----------
    graph, level, method, one_per, many_in, calibrate, no_match, floor
        The same as for :func:`cluster`.
    **parameters
        The method's own parameters, as ``cluster`` takes them.

    Notes
    -----
    O(n log n) for n links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> cluster_setting(graph) == cluster(graph).setting
    True
    """
    check_graph(graph, "cluster_setting", level=True)
    return problem_of(
        graph,
        level=level,
        setting=None,
        threshold=None,
        method=method,
        one_per=one_per,
        many_in=many_in,
        calibrate=calibrate,
        no_match=no_match,
        floor=floor,
        parameters=parameters,
    ).setting


def check_memory(graph: LinkGraph, max_memory: int | None) -> None:
    """Raise if clustering may need more memory than allowed, before any is used."""
    if max_memory is None:
        return
    if isinstance(max_memory, bool) or not isinstance(max_memory, int) or max_memory < 1:
        raise ArgumentError(f"max_memory is {max_memory!r}; it must be a whole number of bytes.")
    needed = graph.n_links * _LINK_BYTES + graph.n_nodes * _NODE_BYTES
    if needed > max_memory:
        raise MemoryLimitError(
            f"Clustering {counted(graph.n_links, 'link')} between {counted(graph.n_nodes, 'node')}"
            f" may need {size_text(needed, up=True)} of memory, and max_memory allows"
            f" {size_text(max_memory)}.",
            needed=needed,
            limit=max_memory,
            hint="Allow more (max_memory, or --memory), or filter the graph first.",
        )


def clustered(problem: ClusteringProblem) -> Clusters:
    """Return the clusters of a problem by its setting."""
    return clusters_of(problem, labels_of(problem))


def clusters_of(problem: ClusteringProblem, label: NDArray[np.integer[Any]]) -> Clusters:
    """Return the clusters of a problem whose labels are known: those of the level's nodes.

    Labels are numbered by their first nodes, and each node has one.
    """
    labels = numbered(label, problem.graph.arrays.nodes.deleted, problem.first)
    return Clusters(problem, labels, partial(_under_policy, problem))


def _under_policy(problem: ClusteringProblem, policy: Policy) -> Clusters:
    return clustered(problem.with_policy(policy))


def problem_of(
    graph: LinkGraph, *, level: Level | str, setting: Setting | None, **arguments: Any
) -> ClusteringProblem:
    """Return the problem that the arguments of :func:`cluster` describe, which are checked."""
    plain = ClusteringProblem.of(graph, as_level(level), PLAIN)
    return plain.with_setting(setting_of(plain, partial(choose, plain), setting, **arguments))


def setting_of(
    plain: Problem,
    choose: Chooses,
    setting: Setting | None,
    *,
    threshold: float | None,
    method: str,
    parameters: Mapping[str, Any],
    evidence: Callable[[], Evidence] | None = None,
    **rules: Any,
) -> Setting:
    """Return the setting that arguments describe, which are checked.

    Parameters
    ----------
    plain
        The links, under any setting without a rule.
    choose
        Function that returns the setting that suits the links' structure, and that in words.
    setting, threshold, method, parameters
        The same as for :func:`cluster`.
    evidence
        Function that returns the evidence for a setting; by default that of the links.
    **rules
        Its ``one_per``, ``many_in``, ``calibrate``, ``no_match`` and ``floor``.
    """
    if setting is not None:
        _refuse_beside_setting(setting, method=method, parameters=parameters, **rules)
        checked_method(setting.method, setting.options)
        return setting if threshold is None else replace(setting, threshold=threshold)
    check_arguments(method, parameters, **rules)
    found = Evidence.of(plain) if evidence is None else evidence()
    made = _new_setting(plain, choose, found, method, parameters, **rules)
    return made if threshold is None else replace(made, threshold=threshold)


def _refuse_beside_setting(setting: object, **others: Any) -> None:
    """Raise an error for arguments that a setting decides."""
    if not isinstance(setting, Setting):
        raise ArgumentError(
            f"setting is {setting!r}; it must be a Setting, as clusters.setting is.",
            hint="Setting.read(path) reads one.",
        )
    usual: dict[str, Any] = {"many_in": (), "no_match": None, "parameters": {}}
    given = [name for name, value in others.items() if value != usual.get(name, AUTO)]
    if given:
        raise ArgumentError(
            f"{' and '.join(given)} with setting: a setting decides all but the threshold.",
            hint="dataclasses.replace(setting, ...) makes another setting.",
        )


def check_arguments(
    method: object,
    parameters: Mapping[str, Any],
    *,
    calibrate: Any,
    floor: Any,
    **_: Any,
) -> None:
    """Raise an error for a method, parameter, calibration or floor that does not exist."""
    if method != AUTO:
        checked_method(method, parameters)
    if calibrate != AUTO:
        check_calibration(calibrate)
    if isinstance(floor, str) and floor not in {AUTO, ROBUST}:
        raise ArgumentError(
            f"floor is {floor!r}; it must be a number in [0, 1], 'auto', 'robust' or None."
        )


def _new_setting(
    plain: Problem,
    choose: Chooses,
    evidence: Evidence,
    method: str,
    parameters: Mapping[str, Any],
    **rules: Any,
) -> Setting:
    """Return the setting of a method, or the one that suits the graph, with given arguments."""
    auto = method == AUTO
    if isinstance(rules["many_in"], Iterable):
        exempt = rules["many_in"]
        rules["many_in"] = (exempt,) if isinstance(exempt, str) else tuple(map(str, exempt))
    if auto:
        made, structure = choose(evidence)
    else:
        structure = f"{method}, as asked for, with its own defaults"
        made = Setting(method=method, threshold=0.0, reason=f"{structure}.")
    made = replace(made, **_changes(plain, evidence, **rules))
    if not auto or parameters:
        chosen, options = checked_method(made.method, {**made.options, **parameters})
        if made.method == "average":
            options["average_over"] = averaged_over(options["average_over"], made.one_per)
        made = replace(made, parameters=tuple(options.items()))
        if not auto:
            made = replace(made, threshold=default_threshold(chosen, options, made.calibrate))
    if rules["floor"] == ROBUST:
        made = _with_robust_floor(evidence, made)
    asked = _asked(method, parameters, rules)
    if not asked:
        return made
    made = replace(made, asked=asked)
    return replace(made, reason=reason_of(made, structure, evidence.decided, plain.RULES))


def _changes(
    plain: Problem,
    evidence: Evidence,
    *,
    one_per: Level | str | None,
    many_in: Iterable[str | UUID],
    calibrate: str | None,
    no_match: float | None,
    floor: float | str | None,
) -> dict[str, Any]:
    """Return the changes that arguments make to a setting; they are checked."""
    changed: dict[str, Any] = {}
    if one_per != AUTO:
        changed["one_per"] = None if one_per is None else checked_rule(one_per)
        changed["many_in"] = ()
    exempt = plain.exempt(many_in)
    if exempt:
        changed["many_in"] = exempt
    plain.check(replace(PLAIN, one_per=changed.get("one_per")))
    if calibrate != AUTO:
        changed |= {"calibrate": calibrate, "weights": None, "no_match": None}
        if calibrate in FITTED:
            decided = evidence.decided
            changed["weights"] = fitted_weights(evidence, str(calibrate))
            changed |= {"n_approved": decided.n_approved, "n_rejected": decided.n_rejected}
            changed["decisions"] = decided.digest(plain.links)
    if no_match is not None:
        changed["no_match"] = no_match
    if not isinstance(floor, str):
        changed["floor"] = floor
    return changed


def _with_robust_floor(evidence: Evidence, setting: Setting) -> Setting:
    """Return a setting whose floor allows for how the review was drawn.

    A setting that has no floor of its own gets one only by decisions of both kinds.
    """
    decided = evidence.decided
    if setting.floor is None and not (decided.n_approved and decided.n_rejected):
        return setting
    weights, height = robust(evidence, setting)
    weighs = setting.calibrate == "decisions"
    return replace(setting, floor=height, weights=weights if weighs else setting.weights)


def _asked(method: str, parameters: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that are not the defaults, as plain data."""
    given = {"method": method, **rules, **parameters}
    asked = {name: value for name, value in given.items() if value != _USUAL.get(name, AUTO)}
    if isinstance(asked.get("one_per"), Level):
        asked["one_per"] = str(asked["one_per"])
    return asked


_USUAL: Final = {"many_in": (), "no_match": None}
"""Defaults of the arguments that are not ``"auto"``."""


def labels_of(problem: Problem) -> NDArray[np.int32]:
    """Return the cluster of each node of the level, numbered by first nodes."""
    constraints, setting = problem.constraints, problem.setting
    plain = setting.calibrate is None and setting.floor is None and constraints.free
    if setting.method == "components" and plain:
        return _plain_components(problem, setting.threshold)
    return labels_by(problem.pairs, constraints, problem.links.system, setting)


def labels_by(
    pairs: Pairs, constraints: Constraints, system: NDArray[np.int32], setting: Setting
) -> NDArray[np.int32]:
    """Return the cluster of each node by the method of a setting, numbered by first nodes.

    Parameters
    ----------
    pairs
        Scored pairs, the best first.
    constraints
        Decisions and rules that bind.
    system
        System of each node, -1 where it is not known.
    setting
        Setting whose method, parameters and threshold count.
    """
    method, threshold, options = setting.method, setting.threshold, setting.options
    if method not in {"markov", "leiden", "best_links", "assignment", "clip"}:
        return joins_to_stop(pairs, constraints, setting).labels(threshold)
    strong = pairs.at_least(threshold)
    # Methods that few use are imported where they are used.
    if method in {"markov", "leiden"}:
        from hummgraph.algorithms.clustering import communities

        by_community: Callable[..., NDArray[np.int32]] = getattr(communities, method)
        return by_community(strong, constraints, **options)
    from hummgraph.algorithms.clustering import matching

    by_match: Callable[..., NDArray[np.int32]] = getattr(matching, method)
    return by_match(strong, constraints, system)


def joins_to_stop(pairs: Pairs, constraints: Constraints, setting: Setting) -> Joins:
    """Return the joins of an agglomerative method down to the stop of its setting."""
    if setting.method == "components":
        return joins_in_order(pairs.at_least(setting.threshold), constraints)
    # Links below the threshold count against a join.
    return agglomerate(pairs, constraints, linkage_of(setting), threshold=setting.threshold)


def _plain_components(problem: Problem, threshold: float) -> NDArray[np.int32]:
    """Label the components of the links at or above a threshold, where no decision binds."""
    links, first = problem.links, problem.links.first
    strong = rounded(links.weight) >= threshold  # NaN compares false
    strong &= links.here
    return components(links.n_nodes, links.source[strong] - first, links.target[strong] - first)
