"""Checks of a catalogue: their searches and their findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.audit import audit
from hummgraph.algorithms.clustering.calibration import CONFIDENCES, SHARES, probability
from hummgraph.algorithms.clustering.choice import Evidence
from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.algorithms.clustering.crosswalk import MAX_EXPLAINED
from hummgraph.algorithms.clustering.problem import LevelLinks, level_constraints
from hummgraph.algorithms.evaluation.reliability import bin_links
from hummgraph.algorithms.review.findings import Finding, listed
from hummgraph.algorithms.review.losses import Loss, losses
from hummgraph.algorithms.review.shifts import shifts
from hummgraph.frames import counted
from hummgraph.graph.policy import APPROVED, REJECTED, Policy, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["CHECKS", "MIN_JUDGED", "Checked", "Finding", "Kind", "Outcome"]

MAX_SYSTEMS: Final = 3
"""Systems that the check of coverage names."""

MIN_JUDGED: Final = 20
"""Fewest decided links by which a calibration is checked."""

N_BINS: Final = 10
"""Bins of scores within which a calibration is checked."""


class Outcome(NamedTuple):
    """Result of a check; if it did not run, ``value`` is ``None`` and ``reason`` says why."""

    value: float | None
    findings: Sequence[Finding] = ()
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Checked:
    """Clusters to check, and those of an earlier state under the same setting."""

    clusters: Clusters
    before: Clusters | None
    one_per: Level | str | None
    many_in: Iterable[str | UUID]

    @property
    def graph(self) -> LinkGraph:
        """The graph that is checked."""
        return self.clusters.graph

    @cached_property
    def broken(self) -> NDArray[np.int64]:
        """REJECTED links whose ends APPROVED links join, whether or not the policy binds."""
        read = self.graph.with_policy(Policy())
        constraints = level_constraints(LevelLinks.of(read, self.clusters.level))
        return constraints.cannot_link[constraints.broken]

    @cached_property
    def losses(self) -> list[Loss]:
        """Decided links that the graph does not have any more, by link id."""
        return losses(self.graph, None if self.before is None else self.before.graph)

    @cached_property
    def shifts(self) -> Mapping[str, Sequence[Finding]]:
        """Clusters that split and merged without a decision."""
        return {} if self.before is None else shifts(self.before, self.clusters)

    def of_link(self, link: int, text: str, *names: str) -> Finding:
        """Return a finding about a link, whose ends are the first two names."""
        ends, nodes = self.graph.arrays.links.ends, self.graph.arrays.nodes
        at = int(ends.source[link]), int(ends.target[link])
        source, target = nodes.path.take(pa.array(at)).to_pylist()
        label, other = self.clusters.labels[list(at)].tolist()
        return Finding(
            text,
            (source, target, *names),
            self.graph.link(link).link_id,
            source,
            target,
            self.clusters.names[label] if label == other >= 0 else None,
        )


# --- decisions ---------------------------------------------------------------------------------


def _contradictions(checked: Checked) -> Outcome:
    # Their cuts do not depend on the policy, which may let no decision bind.
    problem = checked.clusters.problem.with_policy(Policy())
    found = []
    for at, index in enumerate(checked.broken.tolist()):
        text = "{} = {} is REJECTED, but APPROVED links make them one."
        names: tuple[str, ...] = ()
        if at < MAX_EXPLAINED:
            link = problem.graph.link(index)
            one = Contradiction("", link.link_id, link.source, link.target, problem, index)
            links, names = listed(one.cut)
            text += f" Take the rejection back, or the least sure approvals: {links}."
        found.append(checked.of_link(index, text, *names))
    return Outcome(len(found), found)


def _rejected_together(checked: Checked) -> Outcome:
    rejected = checked.clusters.internal_links & (checked.graph.arrays.links.status == REJECTED)
    rejected[checked.broken] = False
    text = "{} = {} is REJECTED, and both are in one cluster. The policy lets no rejection bind."
    found = [checked.of_link(index, text) for index in np.flatnonzero(rejected).tolist()]
    return Outcome(len(found), found)


def _violations(checked: Checked) -> Outcome:
    setting = checked.clusters.setting
    rule = checked.one_per or setting.one_per
    if rule is None:
        return Outcome(None, reason="The setting has no rule, and one_per names none.")
    many_in = checked.many_in if checked.one_per else setting.many_in
    found = []
    for at, one in enumerate(audit(checked.clusters, one_per=rule, many_in=many_in).violations):
        members, shown = listed(one.marked)
        text = f"{{}} has {len(one.members):,} members of {{}}: {members}."
        names = one.cluster_name, one.group_path, *shown
        if at < MAX_EXPLAINED and one.cut:
            cut, links = listed(one.cut)
            text += f" The least sure links to reject: {cut}."
            names += links
        elif at < MAX_EXPLAINED:
            text += " APPROVED links unite them."
        found.append(Finding(text, names, cluster_name=one.cluster_name))
    return Outcome(len(found), found)


def _vanished(checked: Checked) -> Outcome:
    decisions = checked.graph.arrays.decisions
    if checked.before is None and not (decisions.decisions or decisions.skipped):
        return Outcome(None, reason="There is no earlier state and no file of decisions.")
    found = [one.finding() for one in checked.losses if not one.by_deletion]
    return Outcome(len(found), found)


def _deleted(checked: Checked) -> Outcome:
    graph, nodes = checked.graph, checked.graph.arrays.nodes
    approved = graph.links_to_deleted & (graph.arrays.links.status == APPROVED)
    found = []
    for index in np.flatnonzero(approved).tolist():
        link = graph.link(index)
        ends = [graph.index_of(end) for end in (link.source, link.target)]
        gone = [nodes.path[end].as_py() for end in ends if nodes.deleted[end]]
        text = f"{{}} = {{}} is APPROVED, but {' and '.join(['{}'] * len(gone))}"
        found.append(
            checked.of_link(index, f"{text} {'is' if len(gone) == 1 else 'are'} deleted.", *gone)
        )
    found += [one.finding() for one in checked.losses if one.by_deletion]
    return Outcome(len(found), found)


# --- clusters ----------------------------------------------------------------------------------


def _coverage(checked: Checked) -> Outcome:
    clusters, nodes = checked.clusters, checked.graph.arrays.nodes
    first, end = nodes.first[[clusters.level.depth, clusters.level.depth + 1]].tolist()
    living = ~nodes.deleted[first:end]
    total = int(np.count_nonzero(living))
    if not total:
        # An empty catalogue covers nothing, which is what a limit is to find.
        return Outcome(0.0, [Finding(f"There is no {_noun(clusters.level)} that is not deleted.")])
    covered = living & (clusters.labels[first:end] >= 0)
    number = int(np.count_nonzero(covered))
    text = (
        f"{number:,} of {counted(total, _noun(clusters.level))} ({number / total:.1%}) are in a"
        " cluster."
    )
    system = nodes.ancestor[0][first:end]
    known = system >= 0
    several = np.bincount(system[living & known], minlength=int(nodes.first[1]))
    some = np.bincount(system[covered & known], minlength=int(nodes.first[1]))
    share = np.divide(some, several, out=np.ones(len(some)), where=several > 0)
    least = np.lexsort((-several, share))[:MAX_SYSTEMS]
    least = least[share[least] < 1]
    names = tuple(nodes.path.take(pa.array(least)).to_pylist())
    if names:
        parts = [f"{{}} ({int(some[at]):,} of {int(several[at]):,})" for at in least]
        text += f" Least covered: {', '.join(parts)}."
    return Outcome(rounded(number / total), [Finding(text, names)])


def _noun(level: Level) -> str:
    return str(level).replace("integration_source", "system")


def _calibration(checked: Checked) -> Outcome:
    """Return the distance of scores from the truth, beyond chance."""
    problem = checked.clusters.problem
    setting, evidence = problem.setting, Evidence.of(problem)
    right = evidence.decided.right
    if setting.calibrate == "competition":
        return Outcome(None, reason="Scores of competition are not probabilities.")
    what = "Confidences"
    score = evidence.confidence
    if setting.weights is not None:
        what = "Probabilities"
        curve = CONFIDENCES
        if setting.calibrate == "both":
            score, curve = evidence.decided_shares(setting.no_match), SHARES
        score = probability(score, curve, setting.weights)
    if len(right) < MIN_JUDGED:
        return Outcome(
            None,
            reason=f"{counted(len(right), 'link')} of {MIN_JUDGED} that it takes are decided and"
            " were not chosen for their value.",
        )
    bins, *_ = bin_links(score, right, N_BINS)
    off = sum(
        part.n * max(0.0, part.low - part.mean_confidence, part.mean_confidence - part.high)
        for part in bins
        if part.low is not None and part.high is not None and part.mean_confidence is not None
    )
    value = rounded(off / len(right))
    hits, expected = int(np.count_nonzero(right)), float(np.sort(score).sum())
    text = (
        f"{what} are off by {value:.3f}, beyond chance: of {counted(len(right), 'decided link')},"
        f" {hits:,} are right, and {expected:,.1f} were expected."
    )
    return Outcome(value, [Finding(text)])


# --- changes of clusters -----------------------------------------------------------------------


def _changes(checked: Checked, kind: str) -> Outcome:
    found = checked.shifts[kind]
    return Outcome(len(found), found)


@dataclass(frozen=True, slots=True)
class Kind:
    """A check: its search, and the condition under which it fails."""

    run: Callable[[Checked], Outcome]
    what: str
    """Findings of the check, in the words of the reference."""
    limit: float | None = 0
    """Limit by default: greatest number or distance, or lowest share; ``None`` for none."""
    is_share: bool = False
    """Whether value and limit are in [0, 1], not whole numbers."""
    is_lowest: bool = False
    """Whether values below the limit fail, not those above."""
    compares: bool = False
    """Whether it needs an earlier state."""

    def exceeds(self, value: float, limit: float) -> bool:
        """Return whether a value is on the wrong side of a limit."""
        return value < limit if self.is_lowest else value > limit


CHECKS: Final[Mapping[str, Kind]] = {
    "contradictions": Kind(_contradictions, "REJECTED links whose ends APPROVED links make one"),
    "violations": Kind(
        _violations,
        "systems or tables with several members in one cluster, against the rule `one_per`: that"
        " of the setting, or another",
    ),
    "rejected_together": Kind(
        _rejected_together,
        "other REJECTED links with both ends in one cluster, which only a policy allows that lets"
        " no rejection bind",
    ),
    "vanished": Kind(
        _vanished,
        "APPROVED and REJECTED links that are gone, where no other link between the same two nodes"
        " has the same status",
    ),
    "deleted": Kind(
        _deleted,
        "APPROVED links with an end that is deleted, and those that are gone with an end that the"
        " catalogue does not have any more",
    ),
    "split": Kind(
        partial(_changes, kind="split"),
        "clusters of the earlier state that became several, without a decision among the causes",
        compares=True,
    ),
    "merged": Kind(
        partial(_changes, kind="merged"),
        "clusters of the earlier state that became one, without a decision among the causes;"
        " several that became several others are split and merged",
        compares=True,
    ),
    "coverage": Kind(
        _coverage,
        "the share of the members of the level, deleted ones left out, that are in a cluster",
        limit=None,
        is_share=True,
        is_lowest=True,
    ),
    "calibration": Kind(
        _calibration,
        "the mean distance, over decided links, from the mean score of their bin of ten to the 95 %"
        " interval of the share of right links there",
        limit=0.1,
        is_share=True,
    ),
}
"""The checks, in the order in which they are listed."""
