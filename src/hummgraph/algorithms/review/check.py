"""Checks of a catalogue against its decisions, and against an earlier state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import checked_rule
from hummgraph.algorithms.explain.why import check_own_clusters
from hummgraph.algorithms.review.checks import CHECKS, Checked, Kind
from hummgraph.algorithms.review.findings import Finding, Result, shown_value
from hummgraph.algorithms.review.reports import (
    headline,
    junit_report,
    markdown_report,
    text_report,
)
from hummgraph.algorithms.review.worlds import fitting
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters_option, check_graph
from hummgraph.frames import Card, Frame, Shows, title_of
from hummgraph.graph.policy import rounded

if TYPE_CHECKING:
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["COMPARING", "CheckReport", "check", "check_options"]

_ALL: Final = tuple(CHECKS)


@dataclass(frozen=True, eq=False, repr=False)
class CheckReport(Shows):
    """Findings of the checks of a catalogue.

    Parameters
    ----------
    clusters
        The clusters that were checked.
    before
        Clusters of the earlier state, under the same setting; ``None`` without one.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> report = check(LinkGraph(load_demo().snapshot()))
    >>> "contradictions" in report.failed
    True
    """

    clusters: Clusters
    before: Clusters | None
    _results: tuple[Result, ...] = field(repr=False)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that failed; empty if none did."""
        return tuple(one.name for one in self._results if one.status == "failed")

    @property
    def headline(self) -> str:
        """Number of checks that failed, in a sentence."""
        return headline(self._results)

    @cached_property
    def checks(self) -> Frame:
        """The checks: one row each, in the order of the reference.

        ``status`` is ``"passed"``; ``"failed"``; ``"noted"`` for one that is beyond its limit and
        not among those that fail; or ``"not run"``. ``value`` is a number of findings or a number
        in [0, 1], and ``limit`` its limit.
        """
        rows = self._results
        return Frame(
            pa.table(
                {
                    "check": pa.array([row.name for row in rows], pa.string()),
                    "status": pa.array([row.status for row in rows], pa.string()),
                    "value": pa.array([row.value for row in rows], pa.float64()),
                    "limit": pa.array([row.limit for row in rows], pa.float64()),
                    "sentence": pa.array([row.summary.sentence() for row in rows], pa.string()),
                }
            )
        )

    @cached_property
    def findings(self) -> Frame:
        """Findings beyond a limit: one row each, by check, in its order.

        ``sentence`` names the fault and the remedy. ``link_id``, ``source_path``,
        ``target_path`` and ``cluster_name`` are null where it is not about a link or one cluster.
        """
        rows = [(row, found) for row in self._results for found in row.findings]
        texts = {
            "check": [row.name for row, _ in rows],
            "status": [row.status for row, _ in rows],
            "sentence": [found.sentence() for _, found in rows],
            **{name: [getattr(found, name) for _, found in rows] for name in _OF_LINK},
        }
        return Frame(
            pa.table({name: pa.array(cells, pa.string()) for name, cells in texts.items()})
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, as ``hummgraph check --format json`` prints it.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> check(LinkGraph(load_demo().snapshot())).to_dict()["checks"][0]["value"]
        1
        """
        return {
            "failed": list(self.failed),
            "setting": self.clusters.setting.to_dict(),
            "checks": [
                {
                    "check": row.name,
                    "status": row.status,
                    "value": row.value,
                    "limit": row.limit,
                    "sentence": row.summary.sentence(),
                }
                for row in self._results
            ],
            "findings": list(self.findings),
        }

    def to_text(self) -> str:
        """Return the report as plain text, with the first twenty findings of each check.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> print(check(LinkGraph(load_demo().snapshot())).to_text().partition(";")[0])
        Check: 2 of 9 checks failed
        """
        return text_report(self._results)

    def to_markdown(self) -> str:
        """Return the report as Markdown, for a pull request or the summary of a job.

        The first twenty findings of each check are shown. Names stand in code spans.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> check(LinkGraph(load_demo().snapshot())).to_markdown()[:9]
        '## Check:'
        """
        return markdown_report(self._results)

    def to_junit(self) -> str:
        """Return the report as JUnit XML: a test case for each check.

        A check that failed is a failure with its first hundred findings, and one that did not run
        is skipped. The time is that of the snapshot: equal reports give equal bytes.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> check(LinkGraph(load_demo().snapshot())).to_junit().count("<testcase ")
        9
        """
        snapshot = self.clusters.graph.snapshot
        return junit_report(self._results, snapshot.finished_at)

    def __repr__(self) -> str:
        return f"<CheckReport: {self.headline}>"

    def _card_(self) -> Card:
        notes = [found.sentence() for row in self._results for found in row.findings[:1]]
        table = self.checks.select("check", "status", "value", "limit")
        return Card(title_of(self), table=table, things="checks", notes=notes[:_NOTES])


_OF_LINK: Final = ("link_id", "source_path", "target_path", "cluster_name")
_NOTES: Final = 3


def check(
    graph: LinkGraph,
    *,
    against: LinkGraph | None = None,
    clusters: Clusters | None = None,
    setting: Setting | None = None,
    fail_on: Iterable[str] = _ALL,
    limits: Mapping[str, float | None] | None = None,
    one_per: Level | str | None = None,
    many_in: Iterable[str | UUID] = (),
    max_memory: int | None = None,
) -> CheckReport:
    """Check a catalogue against its decisions, and against an earlier state.

    Parameters
    ----------
    graph
        The graph to check. With ``with_decisions(..., missing="skip")``, the checks find decisions
        whose links are gone.
    against
        The earlier graph, which checks that compare need. Its clusters are made by the same
        setting.
    clusters
        Result of :func:`cluster` on the graph, whose setting is held.
    setting
        The setting to hold, if there are no clusters. By default the one that :func:`cluster`
        chooses for ``against``, or for the graph.
    fail_on
        Names of the checks that fail if they find something; all others run and are listed too.
        All by default; a named check must have its inputs.
    limits
        Limits by name of check, in the place of the defaults: a number of things, or a number in
        [0, 1] for ``"coverage"`` and ``"calibration"``; ``None`` for no limit.
    one_per
        Level of the rule that ``"violations"`` checks: ``"integration_source"`` or ``"table"``; by
        default the rule of the setting.
    many_in
        Systems exempt from ``one_per``, by name or id.
    max_memory
        Largest memory for clusters, in bytes, as :func:`cluster` takes it.

    Returns
    -------
    CheckReport
        Findings of each check; ``failed`` has the names of those that failed.

    Raises
    ------
    ArgumentError
        If a name of a check, a limit or ``one_per`` is something else, both ``clusters`` and a
        setting are given, the clusters belong to another graph, ``many_in`` is given without
        ``one_per``, or a check in ``fail_on`` lacks an earlier state or a limit.
    NodeNotFoundError, AmbiguousNodeError
        If a system in ``many_in`` does not exist or its name is ambiguous.

    Notes
    -----
    O(n log n) for n links, besides clustering. The reference has a table of the checks.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> check(graph, fail_on=["contradictions"], limits={"contradictions": 1})
    <CheckReport: 0 of 9 checks failed; 1 noted, 4 passed, 4 not run.>
    """
    check_graph(graph, "check")
    failing, allowed = check_options(
        fail_on=fail_on, limits=limits, one_per=one_per, many_in=many_in
    )
    if against is not None:
        check_graph(against, "check")
    found = _clusters(graph, against, clusters, setting, max_memory)
    before = None
    if against is not None:
        before = cluster(
            against,
            setting=fitting(found.setting, against),
            policy=found.policy,
            level=found.level,
            max_memory=max_memory,
        )
    checked = Checked(found, before, one_per, many_in)
    results = [
        _result(name, kind, checked, allowed[name], fails=name in failing)
        for name, kind in CHECKS.items()
    ]
    if failing != set(CHECKS):
        _check_run([one for one in results if one.name in failing])
    return CheckReport(found, before, tuple(results))


COMPARING: Final = frozenset({"vanished", "split", "merged"})
"""Checks that need an earlier state, or a file of decisions."""


def _check_run(named: list[Result]) -> None:
    """Raise if a check that somebody named, and so relies on, did not run."""
    idle = [
        one
        for one in named
        # A calibration may lack decisions today, and have them tomorrow.
        if one.status == "not run" and (one.name in COMPARING or one.value is not None)
    ]
    if idle:
        names = " and ".join(one.name for one in idle)
        raise ArgumentError(
            f"Checks that are to fail, {names}, cannot run: {idle[0].summary.text}",
            hint="Pass their inputs, or name other checks.",
        )


def _clusters(
    graph: LinkGraph,
    against: LinkGraph | None,
    clusters: Clusters | None,
    setting: Setting | None,
    max_memory: int | None,
) -> Clusters:
    """Return the clusters to check, under the setting in force."""
    if clusters is None:
        if setting is None and against is not None:
            setting = cluster(against, max_memory=max_memory).setting
        if setting is not None:
            setting = fitting(setting, graph)
        return cluster(graph, setting=setting, max_memory=max_memory)
    check_clusters_option(clusters)
    check_own_clusters(graph, clusters)
    if setting is not None:
        raise ArgumentError("Clusters have a setting; leave setting out, or clusters.")
    return clusters


def _result(name: str, kind: Kind, checked: Checked, limit: float | None, *, fails: bool) -> Result:
    """Run a check and return its result."""
    if kind.compares and checked.before is None:
        why = Finding("There is no earlier state to compare with.")
        return Result(name, "not run", None, limit, why)
    value, findings, reason = kind.run(checked)
    if value is None:
        return Result(name, "not run", None, limit, Finding(reason))
    if kind.is_share:
        (summary,) = findings
    elif limit is None:
        summary = Finding(f"{value:,} found.")
    else:
        summary = Finding(f"{value:,} found, at most {limit:,} allowed.")
    if limit is None and kind.is_lowest:
        nothing = Finding(f"There is no limit. {summary.text}", summary.names)
        return Result(name, "not run", value, limit, nothing)
    if limit is None or not kind.exceeds(value, limit):
        return Result(name, "passed", value, limit, summary)
    if kind.is_share:
        summary = Finding(f"{summary.text} The limit is {shown_value(limit)}.", summary.names)
        findings = [summary]
    return Result(name, "failed" if fails else "noted", value, limit, summary, tuple(findings))


def check_options(
    *,
    fail_on: Iterable[str] = _ALL,
    limits: Mapping[str, float | None] | None = None,
    one_per: Level | str | None = None,
    many_in: Iterable[str | UUID] = (),
) -> tuple[set[str], dict[str, float | None]]:
    """Return the checks that fail, and the limit of each check; raise for invalid ones."""
    if one_per is not None:
        checked_rule(one_per)
    elif many_in:
        raise ArgumentError(
            "many_in lists exceptions to one_per; without one_per it has no effect."
        )
    return _checked_names(fail_on), _checked_limits(limits)


def _checked_names(names: Iterable[str]) -> set[str]:
    """Return names of checks; raise for one that is none."""
    if isinstance(names, str):
        names = [names]
    if not isinstance(names, Iterable):
        raise ArgumentError(f"fail_on is {names!r}; it must be a list of names of checks.")
    found = list(names)
    for name in found:
        if name not in CHECKS:
            raise _unknown("fail_on", name)
    return set(found)


def _unknown(what: str, name: object) -> ArgumentError:
    near = get_close_matches(str(name), CHECKS, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else ""
    return ArgumentError(
        f"{what} names {name!r}, but there is no such check; there are {', '.join(CHECKS)}.",
        hint=hint,
    )


def _checked_limits(limits: Mapping[str, float | None] | None) -> dict[str, float | None]:
    """Return the limit of each check; raise for one that is not allowed."""
    if limits is not None and not isinstance(limits, Mapping):
        raise ArgumentError(
            f"limits is a value of type {type(limits).__name__}; it must be a mapping of names of"
            " checks to limits.",
            hint="For example: limits={'contradictions': 2}",
        )
    found = {name: kind.limit for name, kind in CHECKS.items()}
    for name, limit in (limits or {}).items():
        if name not in CHECKS:
            raise _unknown("limits", name)
        found[name] = None if limit is None else _checked_limit(name, limit)
    return found


def _checked_limit(name: str, limit: Any) -> float:
    is_share = CHECKS[name].is_share
    kinds = int | float if is_share else int
    if isinstance(limit, bool) or not isinstance(limit, kinds):
        allowed = False
    else:
        allowed = 0 <= limit <= 1 if is_share else limit >= 0
    if not allowed:
        what = "a number in [0, 1]" if is_share else "a whole number, 0 or more"
        raise ArgumentError(f"The limit of {name} is {limit!r}; it must be {what}.")
    return rounded(float(limit)) if is_share else limit
