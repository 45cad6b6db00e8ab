"""The choice of a setting: by the structure of the graph, and by its decided links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np

from hummgraph.algorithms.clustering.calibration import (
    CONFIDENCES,
    SHARES,
    competition,
    fitted,
    probability,
)
from hummgraph.algorithms.clustering.problem import level_pairs, pair_scores
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.frames import counted
from hummgraph.graph.decisions import Asked
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED, rounded
from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import ClusteringProblem, Pairs
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "Decided",
    "Evidence",
    "choose",
    "chosen_setting",
    "decided_shares",
    "fair_links",
    "fitted_weights",
    "reason_of",
    "usual_floor",
]

MIN_DECIDED: Final = 20
"""Fewest decided links that calibrate scores of competition."""

MAX_SHARE_WITHIN: Final = 0.02
"""A share of links within one table from which a table may hold a thing twice."""

MIN_APPROVED: Final = 20
"""Fewest APPROVED links of which that share is looked at, too."""

PRIOR_FLOOR: Final = 0.7
PRIOR_WEIGHT: Final = 10.0
"""The floor without decisions, and how many decided links it is worth."""

CATALOGUE_STOP: Final = 0.1
SHARES_STOP: Final = 0.4
FITTED_SHARES_STOP: Final = 0.2
RECORDS_STOP: Final = 0.1
"""Stops of the settings: of catalogues, of sources without duplicates, without and with decided
links, and of records of sources that may hold a thing twice."""

FAIR: Final = (None, Asked.RANDOM, Asked.IMPORTED)
"""Ways of asking by which a decision may calibrate; ``None`` where it is not recorded."""

POSSIBLE: Final = (("average_over", "possible"),)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Decided links that calibrate: those of a level that bind and have a confidence."""

    link_index: NDArray[np.int64]
    """Positions among the graph's links, shape (n,)."""
    right: NDArray[np.bool_]
    """Whether each is APPROVED, shape (n,)."""

    @property
    def n_approved(self) -> int:
        """Number of APPROVED ones."""
        return int(np.count_nonzero(self.right))

    @property
    def n_rejected(self) -> int:
        """Number of REJECTED ones."""
        return len(self.right) - self.n_approved

    def digest(self, graph: LinkGraph) -> str:
        """Return sixteen hexadecimal digits made of the links' ends and what was decided."""
        ends, ids = graph.arrays.links.ends, graph.arrays.nodes.ids
        made = blake2b(self.right.tobytes(), digest_size=8)
        for end in (ends.source, ends.target):
            made.update(ids[end[self.link_index]].tobytes())
        return made.hexdigest()

    @classmethod
    def of(cls, graph: LinkGraph, level: Level) -> Decided:
        """Return the decided links of a level that were fairly chosen: O(n) for n links."""
        links, policy = graph.arrays.links, graph.policy
        binds = np.zeros(graph.n_links, dtype=bool)
        if policy.approved == "accept":
            binds |= links.status == APPROVED
        if policy.rejected == "refuse":
            binds |= links.status == REJECTED
        binds &= (graph.link_levels == level.depth) & (links.ends.source != links.ends.target)
        binds &= ~np.isnan(links.confidence)
        index = np.flatnonzero(binds & fair_links(graph))
        return cls(index, links.status[index] == APPROVED)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a setting is chosen by: the pairs of a level, its constraints, and decided links."""

    graph: LinkGraph
    level: Level
    pairs: Pairs
    """The pairs of the level by their confidences, best first."""
    constraints: Constraints
    """Decisions; no rule."""
    decided: Decided

    @classmethod
    def of(cls, problem: ClusteringProblem) -> Evidence:
        """Return the evidence of a problem, whatever its setting."""
        graph, level = problem.graph, problem.level
        decided = Decided.of(graph, level)
        return cls(graph, level, problem.confident_pairs, problem.constraints, decided)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Confidences of the decided links."""
        return rounded(self.graph.arrays.links.confidence[self.decided.link_index])

    def undecided(self) -> NDArray[np.float64]:
        """Return the confidences of the pairs that decisions leave open, falling."""
        unit = self.constraints.unit
        score: NDArray[np.float64] = self.pairs.score[unit[self.pairs.a] != unit[self.pairs.b]]
        return score


def chosen_setting(evidence: Evidence) -> Setting:
    """Return the setting that suits the structure of a graph.

    Parameters
    ----------
    evidence
        Pairs and decisions of the level.

    Returns
    -------
    Setting
        One of three: of a catalogue of columns, of sources that hold a thing once, or of records of
        sources that may hold a thing twice. The last is for members of unknown tables, too, and for
        clusters of tables and systems.

    Notes
    -----
    O(n log n) for n links.
    """
    return choose(evidence)[0]


def choose(evidence: Evidence) -> tuple[Setting, str]:
    """Return the setting that suits the structure of a graph, and that structure in words."""
    graph, level = evidence.graph, evidence.level
    if level is not Level.COLUMN:
        reason = f"Clusters of {level}s have no tables to go by"
        return _of_records(evidence, reason.replace("integration_source", "system"))
    nodes, links = graph.arrays.nodes, graph.arrays.links
    here = (graph.link_levels == level.depth) & (links.ends.source != links.ends.target)
    source, target = links.ends.source[here], links.ends.target[here]
    member = np.zeros(graph.n_nodes, dtype=bool)
    member[source] = member[target] = True
    system, table = nodes.ancestor[0], nodes.ancestor[1]
    known = np.unique(table[member & (table >= 0)])
    tables = np.bincount(system[known][system[known] >= 0], minlength=int(nodes.first[1]))
    if tables.max(initial=0) > 1:
        return _of_catalogue(evidence, tables, within=_within(table, source, target), here=here)
    if not len(source):
        return _of_records(evidence, "No links join two columns")
    if np.any(table[member] < 0) or np.any(system[member] < 0):
        return _of_records(evidence, "Not all tables of the linked columns are known")
    n_within = int(np.count_nonzero(system[source] == system[target]))
    if n_within:
        return _of_records(
            evidence,
            f"Each system has one table with linked columns, and {counted(n_within, 'link')} of"
            f" {len(source):,} within a system",
        )
    return _of_sources(evidence, int(np.count_nonzero(tables)))


def _within(
    group: NDArray[np.int32], source: NDArray[np.int32], target: NDArray[np.int32]
) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (group[source] == group[target]) & (group[source] >= 0)
    return found


def _of_catalogue(
    evidence: Evidence,
    tables: NDArray[np.int64],
    *,
    within: NDArray[np.bool_],
    here: NDArray[np.bool_],
) -> tuple[Setting, str]:
    graph, decided = evidence.graph, evidence.decided
    approved = graph.arrays.links.status[here] == APPROVED
    shares = [float(within.mean())]
    if np.count_nonzero(approved) >= MIN_APPROVED:
        shares.append(float(within[approved].mean()))
    twice = max(shares) >= MAX_SHARE_WITHIN
    most = int(np.argmax(tables))
    name = graph.arrays.nodes.path[most].as_py()
    rule = "a table may hold a thing twice" if twice else "a cluster takes one column of a table"
    setting = Setting(
        method="average",
        parameters=POSSIBLE,
        threshold=CATALOGUE_STOP,
        one_per=None if twice else Level.TABLE,
        calibrate="decisions",
        weights=fitted_weights(evidence, "decisions"),
        n_approved=decided.n_approved,
        n_rejected=decided.n_rejected,
        decisions=decided.digest(graph),
    )
    floor = usual_floor(evidence, setting)
    structure = (
        f"A catalogue: {name} has {int(tables[most]):,} tables with linked columns."
        f" {shares[0]:.1%} of {counted(len(within), 'link')} are within one table"
    )
    reason = (
        f"{structure}, so {rule}. {_calibrated_by(decided)} The floor is {floor:.3f}"
        f"{'' if decided.n_approved and decided.n_rejected else ', for want of both kinds'}."
    )
    return replace(setting, floor=floor, reason=reason), structure


def _calibrated_by(decided: Decided) -> str:
    if not len(decided.right):
        return "No decided link calibrates the confidences."
    return (
        f"{decided.n_approved:,} approved and {decided.n_rejected:,} rejected links calibrate the"
        " confidences."
    )


_RULES: Final = {
    None: "No rule of one column each",
    Level.TABLE: "A cluster takes one column of a table",
    Level.INTEGRATION_SOURCE: "A cluster takes one column of a system",
}


def reason_of(setting: Setting, structure: str, decided: Decided) -> str:
    """Return why a setting of which some was asked for is what it is, in sentences.

    Parameters
    ----------
    setting
        The setting, which says what was asked for.
    structure
        What its other parts were chosen by, without a full stop.
    decided
        The decided links that calibrate.
    """
    asked = dict(setting.asked)
    own = "method" in asked
    said = [structure]
    ruled = not asked.keys().isdisjoint({"one_per", "many_in"})
    if ruled or not own:
        said.append(_RULES[setting.one_per] + _as_asked(given=ruled))
    if not own or "calibrate" in asked or setting.calibrate is not None:
        what = {None: "Confidences are as they are", "competition": "Links compete"}.get(
            setting.calibrate
        ) or _calibrated_by(decided).removesuffix(".")
        said.append(what + _as_asked(given="calibrate" in asked))
    if not own or "floor" in asked:
        floor = (
            "There is no floor" if setting.floor is None else f"The floor is {setting.floor:.3f}"
        )
        if asked.get("floor") == "robust":
            why = "allows for how the review was drawn"
            if setting.floor is None:
                why = "would need links of both decisions"
            said.append(f"{floor}: a robust one {why}")
        else:
            said.append(floor + _as_asked(given="floor" in asked))
    return ". ".join(said) + "."


def _as_asked(*, given: bool) -> str:
    return ", as asked for" if given else ""


def _of_sources(evidence: Evidence, n_systems: int) -> tuple[Setting, str]:
    decided = evidence.decided
    many = len(decided.right) >= MIN_DECIDED
    structure = (
        f"Sources without duplicates: {counted(n_systems, 'system')}, each with one table of linked"
        " columns, and no link within a system"
    )
    reason = (
        f"{structure}. A cluster takes one column of a system."
        f" {counted(len(decided.right), 'decided link')}"
        + (" calibrate the scores." if many else f", fewer than the {MIN_DECIDED} that calibrate.")
    )
    setting = Setting(
        method="average",
        parameters=POSSIBLE,
        threshold=FITTED_SHARES_STOP if many else SHARES_STOP,
        one_per=Level.INTEGRATION_SOURCE,
        calibrate="both" if many else "competition",
        weights=fitted_weights(evidence, "both") if many else None,
        no_match=weakest(evidence),
        n_approved=decided.n_approved,
        n_rejected=decided.n_rejected,
        reason=reason,
        decisions=decided.digest(evidence.graph),
    )
    return setting, structure


def _of_records(evidence: Evidence, structure: str) -> tuple[Setting, str]:
    setting = Setting(
        method="average",
        parameters=POSSIBLE,
        threshold=RECORDS_STOP,
        n_approved=evidence.decided.n_approved,
        n_rejected=evidence.decided.n_rejected,
        reason=f"{structure}: no rule, no floor, and confidences as they are.",
        decisions=evidence.decided.digest(evidence.graph),
    )
    return setting, structure


def weakest(evidence: Evidence) -> float:
    """Return the lowest confidence among the pairs, decided or not."""
    return float(_neutral(evidence).score.min(initial=1.0))


def _neutral(evidence: Evidence) -> Pairs:
    """Return the pairs as though nothing was decided."""
    graph = evidence.graph
    policy = replace(graph.policy, approved="score", rejected="score")
    pairs = level_pairs(graph.with_policy(policy), evidence.level)
    return replace(pairs, approved=np.zeros(len(pairs), dtype=bool))


def fitted_weights(
    evidence: Evidence, calibrate: str, **options: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the weights of a calibration by decided links.

    Scores of competition are those that the links had before they were decided.
    """
    decided = evidence.decided
    if calibrate == "decisions":
        return fitted(evidence.confidence, decided.right, CONFIDENCES, **options)
    return fitted(decided_shares(evidence), decided.right, SHARES)


def decided_shares(evidence: Evidence, no_match: float | None = None) -> NDArray[np.float64]:
    """Return the scores of competition that decided links had before they were decided: (n,)."""
    decided, nodes = evidence.decided, evidence.graph.arrays.nodes
    first, end = nodes.first[[evidence.level.depth, evidence.level.depth + 1]].tolist()
    pairs = competition(_neutral(evidence), nodes.ancestor[0][first:end], no_match=no_match)
    ends = evidence.graph.arrays.links.ends
    return pair_scores(
        pairs, ends.source[decided.link_index] - first, ends.target[decided.link_index] - first
    )


def usual_floor(evidence: Evidence, setting: Setting) -> float:
    """Return the confidence below which links count as absent: O(n) for n pairs.

    The expected F1 of the pairs at or above a confidence is highest at some confidence [1]_, which
    the floor approaches the more links of both kinds are decided.

    References
    ----------
    .. [1] Z. Lipton, C. Elkan, B. Naryanaswamy: Optimal thresholding of classifiers to maximize F1
       measure. ECML PKDD 2014. https://doi.org/10.1007/978-3-662-44851-9_15
    """
    a, r = setting.n_approved, setting.n_rejected
    n = 4 * a * r / (a + r) if a + r else 0.0
    score = evidence.undecided()
    if not n or not len(score) or setting.weights is None:
        return PRIOR_FLOOR
    right = probability(score, CONFIDENCES, setting.weights)
    f1 = 2 * np.cumsum(right) / (np.arange(1, len(right) + 1) + right.sum())
    best = float(score[int(np.argmax(f1))])
    return rounded((n * best + PRIOR_WEIGHT * PRIOR_FLOOR) / (n + PRIOR_WEIGHT))


def fair_links(graph: LinkGraph) -> NDArray[np.bool_]:
    """Return a mask of the links whose decisions may calibrate: shape (n_links,).

    A decision that was asked for because of its value says nothing about links that were not: a
    calibration by such decisions alone spoils clusters. Statuses of the snapshot count as imported.
    """
    asked = graph.arrays.decisions.asked
    chosen = [UUID(link_id).bytes for link_id, how in asked.items() if how not in FAIR]
    fair = np.ones(graph.n_links, dtype=bool)
    if chosen:
        ids = np.frombuffer(b"".join(chosen), dtype=np.uint8).reshape(-1, 16)
        place = find_ids(ids, graph.link_ids)
        fair[place[place >= 0]] = False
    return fair
