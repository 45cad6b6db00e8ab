"""Why two nodes are in one cluster or not, in plain sentences."""

from __future__ import annotations

import json
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from hummgraph.algorithms.evidence.evidence import flatten_evidence
from hummgraph.algorithms.kernels.effort import stopped_note
from hummgraph.algorithms.kernels.steps import shown
from hummgraph.frames import marked
from hummgraph.records.redaction import redact_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.algorithms.explain.search import Obstacle
    from hummgraph.algorithms.explain.why import Why
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.algorithms.paths.paths import LinkPath
    from hummgraph.records.redaction import KeptEvidence

__all__ = ["floored", "sentences_of"]

_EVIDENCE = 4
"""Items of evidence that a sentence quotes of a link."""

_LONGEST = 40
"""Characters of a quoted item."""

_LISTED = 5
"""Rejected links, and obstacles, that sentences name one by one."""


def sentences_of(why: Why, kept_evidence: KeptEvidence) -> tuple[str, ...]:
    """Explain line by line, the answer first."""
    return tuple((_together if why.together else _apart)(why, kept_evidence))


def floored(score: float) -> str:
    """Write a score to six places, never above what it is: a threshold it passes stays one.

    Examples
    --------
    >>> floored(0.85), floored(2 / 3), floored(1.0)
    ('0.85', '0.666666', '1')
    """
    places = Decimal(repr(score)).quantize(Decimal("1e-6"), rounding=ROUND_DOWN)
    return f"{places.normalize():f}"


def _together(why: Why, kept_evidence: KeptEvidence) -> Iterator[str]:
    a, b = why.marked
    yield f"{a} and {b} are in one cluster of {why.sizes[0]:,} members ({_made(why)})."
    if why.chain is None:
        yield "No chain of links inside the cluster leads from one to the other."
    else:
        yield f"{_counted(len(why.chain), 'link')} in the strongest chain: {_chain(why.chain)}."
        yield from (_step(step, kept_evidence) for step in why.chain.steps)
        yield _bridges(why)
        yield from (f"Alternative chain: {_chain(path)}." for path in why.alternatives)
        if why.stopped_at is not None:
            yield stopped_note(why.stopped_at, "there may be more chains")
    for step in why.rejected[:_LISTED]:
        yield f"In one cluster all the same: {_step(step, kept_evidence)}"
    yield from _more(len(why.rejected), "REJECTED link")
    yield _joins(why)


def _apart(why: Why, kept_evidence: KeptEvidence) -> Iterator[str]:
    a, b = why.marked
    yield f"{a} and {b} are not in one cluster ({_made(why)})."
    for name, size, cluster_id in zip(why.marked, why.sizes, why.cluster_ids, strict=True):
        if cluster_id is None:
            yield f"{name} is in no cluster."
        else:
            yield f"{name} is in a cluster of {size:,} members."
    if not why.direct:
        yield "No link joins the two directly."
    for step in why.direct[:_LISTED]:
        yield f"Between the two: {_step(step, kept_evidence)}"
    yield from _more(len(why.direct), "direct link")
    yield from _nearest(why)
    linked, pairs = why.linked
    if pairs > 1:
        yield f"Of the {pairs:,} pairs between the two sides, a link that counts joins {linked:,}."
    if why.other_level_names is not None:
        links = _counted(why.n_other_levels, "link")
        which = " and ".join(why.other_level_names)
        yield f"Not counted, as of another level: {links} between {which} or what lies in them."
    yield from why.leads_on
    for obstacle in why.forbidden_by[:_LISTED]:
        yield _obstacle(why, obstacle)
    yield from _more(len(why.forbidden_by), "such obstacle")
    yield _joins(why)


def _made(why: Why) -> str:
    return f"{why.method} at threshold {why.threshold:g}"


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


def _more(n: int, what: str) -> Iterator[str]:
    if n > _LISTED:
        yield f"And {_counted(n - _LISTED, f'more {what}')}."


def _chain(path: LinkPath) -> str:
    return f"{' > '.join(path.marked)}, confidence {shown(path.confidence)}"


def _step(step: Step, kept_evidence: KeptEvidence) -> str:
    """Tell the decision about a link, its confidence and what supports it."""
    confidence = "no confidence"
    if step.confidence is not None:
        confidence = f"confidence {shown(step.confidence)}"
    told = [f"{' > '.join(step.marked)}: {step.status}", confidence]
    if step.n_parallel:
        told.append(f"{step.n_parallel:,} more between the same two")
    return f"{', '.join(told)}{_evidence(step, kept_evidence)}."


def _evidence(step: Step, kept_evidence: KeptEvidence) -> str:
    items = flatten_evidence(redact_members(step.evidence or {}, kept_evidence))
    quoted = [f"{key} {_quoted(value)}" for key, value in list(items.items())[:_EVIDENCE]]
    if len(items) > _EVIDENCE:
        quoted.append(f"and {len(items) - _EVIDENCE:,} more")
    return f"; evidence: {', '.join(quoted)}" if quoted else ""


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _bridges(why: Why) -> str:
    if not why.bridges:
        return "No link of the chain is a bridge: without any one of them, others hold the two."
    assert why.chain is not None  # noqa: S101 - bridges lie on it
    bridges = set(why.bridges)
    ends = [" > ".join(step.marked) for step in why.chain.steps if step.link_id in bridges]
    return f"{_counted(len(ends), 'bridge')}, without which the two fall apart: {', '.join(ends)}."


def _nearest(why: Why) -> Iterator[str]:
    if why.nearest is None or why.weakest is None or why.weakest_score is None:
        yield "No chain of links that count leads from one to the other."
        return
    weakest = " > ".join(why.weakest.marked)
    yield f"Nearest chain: {_chain(why.nearest)}."
    score = f"Its weakest link, {weakest}, scores {floored(why.weakest_score)}"
    if why.weakest_score < why.threshold:
        yield f"{score}, below the threshold of {why.threshold:g}."
    elif why.forbidden_by:
        yield f"{score}, enough for the threshold of {why.threshold:g}; but a join is forbidden."
    else:
        yield (
            f"{score}, enough for the threshold of {why.threshold:g};"
            f" but {why.method} does not go by one chain alone."
        )


def _obstacle(why: Why, obstacle: Obstacle) -> str:
    one = marked(obstacle.source_path, deleted=obstacle.source_deleted)
    other = marked(obstacle.target_path, deleted=obstacle.target_deleted)
    ends = f"{one} and {other}"
    if obstacle.reason == "rejected":
        return f"Forbidden: the link between {ends} is REJECTED."
    return f"Forbidden by one_per={str(why.one_per)!r}: {ends} are both in {obstacle.place}."


def _joins(why: Why) -> str:
    by = why.joins_at_method
    if by != why.method:
        by = f"{by}, for {why.method} has no merge tree"
    if why.joins_at is None:
        return f"No threshold puts them in one cluster (by {by})."
    if why.joins_at == 1:
        return f"They are in one cluster at every threshold (by {by})."
    at = floored(why.joins_at)
    if why.together and why.joins_at_method == why.method:
        return f"They stay in one cluster up to a threshold of {at} (by {by})."
    return f"They would be in one cluster at a threshold of {at} or below (by {by})."
