"""The choice of a setting: by the structure of the graph, and by its decided links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

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
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.constraints import Constraints
    from hummgraph.algorithms.clustering.problem import (
        ClusteringProblem,
        LevelLinks,
        Pairs,
        Problem,
    )

__all__ = [
    "Decided",
    "Evidence",
    "choose",
    "chosen_setting",
    "fitted_weights",
    "of_records",
    "of_sources",
    "reason_of",
    "usual_floor",
]

MIN_DECIDED: Final = 20
"""Fewest decided links that calibrate scores of competition."""

MAX_SHARE_WITHIN: Final = 0.02
"""A share of links within one table from which a table may hold a thing twice."""

MIN_APPROVED: Final = 20
"""Fewest APPROVED links whose share is checked as well."""

PRIOR_FLOOR: Final = 0.7
PRIOR_WEIGHT: Final = 10.0
"""The floor without decisions, and how many decided links it is worth."""

CATALOGUE_STOP: Final = 0.1
SHARES_STOP: Final = 0.4
FITTED_SHARES_STOP: Final = 0.2
RECORDS_STOP: Final = 0.1
"""Stops of the settings: of catalogues, of sources without duplicates, without and with decided
links, and of records of sources that may hold a thing twice."""

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

    def digest(self, links: LevelLinks) -> str:
        """Return sixteen hexadecimal digits made of the links' ends and decisions."""
        made = blake2b(self.right.tobytes(), digest_size=8)
        for end in (links.source, links.target):
            made.update(links.id_bytes(end[self.link_index]))
        return made.hexdigest()

    @classmethod
    def of(cls, links: LevelLinks) -> Decided:
        """Return the decided links of a level that were fairly chosen: O(n) for n links."""
        binds = np.zeros(len(links.here), dtype=bool)
        if links.policy.approved == "accept":
            binds |= links.status == APPROVED
        if links.policy.rejected == "refuse":
            binds |= links.status == REJECTED
        index = np.flatnonzero(binds & links.here & links.fair & ~np.isnan(links.confidence))
        return cls(index, links.status[index] == APPROVED)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence for the choice of a setting: pairs of a level, constraints and decided links."""

    links: LevelLinks
    pairs: Pairs
    """The pairs of the level by their confidences, best first."""
    constraints: Constraints
    """Decisions; no rule."""
    decided: Decided

    @classmethod
    def of(cls, problem: Problem) -> Evidence:
        """Return the evidence of a problem, whatever its setting."""
        links = problem.links
        return cls(links, problem.confident_pairs, problem.constraints, Decided.of(links))

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Confidences of the decided links."""
        return rounded(self.links.confidence[self.decided.link_index])

    def weakest(self) -> float:
        """Return the lowest confidence among the pairs, decided or not."""
        return float(self.neutral().score.min(initial=1.0))

    def neutral(self) -> Pairs:
        """Return the pairs as though nothing was decided."""
        policy = replace(self.links.policy, approved="score", rejected="score")
        pairs = level_pairs(self.links.with_policy(policy))
        return replace(pairs, approved=np.zeros(len(pairs), dtype=bool))

    def decided_shares(self, no_match: float | None = None) -> NDArray[np.float64]:
        """Return the scores of competition that decided links had before their decisions: (n,)."""
        links, chosen = self.links, self.decided.link_index
        pairs = competition(self.neutral(), links.system, no_match=no_match)
        source, target = links.source[chosen] - links.first, links.target[chosen] - links.first
        return pair_scores(pairs, source, target)

    def undecided(self) -> NDArray[np.float64]:
        """Return the confidences of the pairs that decisions leave open, falling."""
        unit = self.constraints.unit
        score: NDArray[np.float64] = self.pairs.score[unit[self.pairs.a] != unit[self.pairs.b]]
        return score


def chosen_setting(problem: ClusteringProblem) -> Setting:
    """Return the setting that suits the structure of a graph.

    Parameters
    ----------
    problem
        Links of the level, under any setting.

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
    return choose(problem, Evidence.of(problem))[0]


def choose(problem: ClusteringProblem, evidence: Evidence) -> tuple[Setting, str]:
    """Return the setting that suits the structure of a graph, and that structure in words."""
    graph, level = problem.graph, problem.level
    if level is not Level.COLUMN:
        reason = f"Clusters of {level}s have no tables to go by"
        return of_records(evidence, reason.replace("integration_source", "system"))
    nodes, here = graph.arrays.nodes, evidence.links.here
    source, target = evidence.links.source[here], evidence.links.target[here]
    member = np.zeros(graph.n_nodes, dtype=bool)
    member[source] = member[target] = True
    system, table = nodes.ancestor[0], nodes.ancestor[1]
    known = np.unique(table[member & (table >= 0)])
    tables = np.bincount(system[known][system[known] >= 0], minlength=int(nodes.first[1]))
    if tables.max(initial=0) > 1:
        return _of_catalogue(problem, evidence, tables, _within(table, source, target))
    if not len(source):
        return of_records(evidence, "No links join two columns")
    if np.any(table[member] < 0) or np.any(system[member] < 0):
        return of_records(evidence, "Not all tables of the linked columns are known")
    n_within = int(np.count_nonzero(system[source] == system[target]))
    if n_within:
        return of_records(
            evidence,
            f"Each system has one table with linked columns, and {counted(n_within, 'link')} of"
            f" {len(source):,} within a system",
        )
    n_systems = counted(int(np.count_nonzero(tables)), "system")
    return of_sources(
        evidence,
        f"Sources without duplicates: {n_systems}, each with one table of linked columns, and no"
        " link within a system",
        problem.RULES[Level.INTEGRATION_SOURCE],
    )


def _within(
    group: NDArray[np.int32], source: NDArray[np.int32], target: NDArray[np.int32]
) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (group[source] == group[target]) & (group[source] >= 0)
    return found


def _of_catalogue(
    problem: ClusteringProblem,
    evidence: Evidence,
    tables: NDArray[np.int64],
    within: NDArray[np.bool_],
) -> tuple[Setting, str]:
    graph, links, decided = problem.graph, evidence.links, evidence.decided
    approved = links.status[links.here] == APPROVED
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
        decisions=decided.digest(links),
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


def reason_of(
    setting: Setting, structure: str, decided: Decided, rules: Mapping[Level | None, str]
) -> str:
    """Return the reasons for a setting of which a part was asked for, in sentences.

    Parameters
    ----------
    setting
        The setting, with the arguments that were given.
    structure
        Basis of the choice of its other parts, without a full stop.
    decided
        The decided links that calibrate.
    rules
        Meaning of each rule, in words.
    """
    asked = dict(setting.asked)
    own = "method" in asked
    said = [structure]
    ruled = not asked.keys().isdisjoint({"one_per", "many_in"})
    if ruled or not own:
        said.append(rules[setting.one_per] + _as_asked(given=ruled))
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


def of_sources(evidence: Evidence, structure: str, rule: str) -> tuple[Setting, str]:
    """Return the setting of sources that hold a thing once, and their structure in words."""
    decided = evidence.decided
    many = len(decided.right) >= MIN_DECIDED
    reason = f"{structure}. {rule}. {counted(len(decided.right), 'decided link')}" + (
        " calibrate the scores." if many else f", fewer than the {MIN_DECIDED} that calibrate."
    )
    setting = Setting(
        method="average",
        parameters=POSSIBLE,
        threshold=FITTED_SHARES_STOP if many else SHARES_STOP,
        one_per=Level.INTEGRATION_SOURCE,
        calibrate="both" if many else "competition",
        weights=fitted_weights(evidence, "both") if many else None,
        no_match=evidence.weakest(),
        n_approved=decided.n_approved,
        n_rejected=decided.n_rejected,
        reason=reason,
        decisions=decided.digest(evidence.links),
    )
    return setting, structure


def of_records(evidence: Evidence, structure: str) -> tuple[Setting, str]:
    """Return the setting of records of sources that may hold a thing twice, and the structure."""
    setting = Setting(
        method="average",
        parameters=POSSIBLE,
        threshold=RECORDS_STOP,
        n_approved=evidence.decided.n_approved,
        n_rejected=evidence.decided.n_rejected,
        reason=f"{structure}: no rule, no floor, and confidences as they are.",
        decisions=evidence.decided.digest(evidence.links),
    )
    return setting, structure


def fitted_weights(
    evidence: Evidence, calibrate: str, **options: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the weights of a calibration by decided links.

    Scores of competition are those that the links had before they were decided.
    """
    decided = evidence.decided
    if calibrate == "decisions":
        return fitted(evidence.confidence, decided.right, CONFIDENCES, **options)
    return fitted(evidence.decided_shares(), decided.right, SHARES)


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
