"""Sentences that explain why two nodes are in one cluster or not."""

from __future__ import annotations

import json
import re
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from hummgraph.algorithms.evidence.evidence import flatten_evidence
from hummgraph.algorithms.kernels.effort import stopped_note
from hummgraph.algorithms.kernels.steps import format_confidence
from hummgraph.frames import marked
from hummgraph.records.redaction import KeptEvidence, kept_statuses, redact_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.algorithms.explain.search import Obstacle
    from hummgraph.algorithms.explain.why import Why
    from hummgraph.algorithms.kernels.steps import Step
    from hummgraph.algorithms.paths.paths import LinkPath

__all__ = ["format_floored", "sentences_of"]

_MAX_EVIDENCE_ITEMS = 4
"""Greatest number of evidence items that a sentence quotes of a link."""

_MAX_ITEM_LENGTH = 40
"""Greatest number of characters of a quoted item."""

_HIDDEN = re.compile(r'"(\[redacted[^"]*\])"')
"""A hidden name, which is quoted in keys for its brackets."""

_MAX_LISTED = 5
"""Greatest number of rejected links, and of obstacles, that are named one by one."""


def sentences_of(why: Why, kept_evidence: KeptEvidence) -> tuple[str, ...]:
    """Return the explanation line by line: the answer, what decides it, and then the links."""
    return tuple((_sentences_together if why.together else _sentences_apart)(why, kept_evidence))


def format_floored(score: float) -> str:
    """Return a score with six places, rounded down, so that it still passes its threshold.

    Examples
    --------
    >>> format_floored(0.85), format_floored(2 / 3), format_floored(1.0)
    ('0.85', '0.666666', '1')
    """
    places = Decimal(repr(score)).quantize(Decimal("1e-6"), rounding=ROUND_DOWN)
    return f"{places.normalize():f}"


def _sentences_together(why: Why, kept_evidence: KeptEvidence) -> Iterator[str]:
    a, b = why.marked
    yield f"{a} and {b} are in one cluster of {why.sizes[0]:,} members ({_format_setting(why)})."
    for step in why.rejected[:_MAX_LISTED]:
        yield f"In one cluster nevertheless: {_format_step(why, step, kept_evidence)}"
    yield from _format_more(len(why.rejected), "REJECTED link")
    yield _format_join_height(why)
    if why.chain is None:
        yield "No chain of links inside the cluster leads from one to the other."
        return
    n_links = _format_count(len(why.chain), "link")
    yield f"{n_links} in the strongest chain: {_format_chain(why.chain)}."
    yield from (_format_step(why, step, kept_evidence) for step in why.chain.steps)
    yield _format_bridges(why)
    yield from (f"Alternative chain: {_format_chain(path)}." for path in why.alternatives)
    if why.stopped_at is not None:
        yield stopped_note(why.stopped_at, "there may be more chains")


def _sentences_apart(why: Why, kept_evidence: KeptEvidence) -> Iterator[str]:
    a, b = why.marked
    yield f"{a} and {b} are not in one cluster ({_format_setting(why)})."
    for obstacle in why.forbidden_by[:_MAX_LISTED]:
        yield _format_obstacle(why, obstacle)
    yield from _format_more(len(why.forbidden_by), "such obstacle")
    yield _format_join_height(why)
    if not why.direct:
        yield "No link joins the two directly."
    for step in why.direct[:_MAX_LISTED]:
        yield f"Between the two: {_format_step(why, step, kept_evidence)}"
    yield from _format_more(len(why.direct), "direct link")
    yield from _sentences_on_nearest(why)
    linked, pairs = why.linked
    if pairs > 1:
        yield f"Of the {pairs:,} pairs between the two sides, a link that counts joins {linked:,}."
    if why.other_level_names is not None:
        links = _format_count(why.n_other_levels, "link")
        which = " and ".join(why.other_level_names)
        yield f"Not counted, as of another level: {links} between {which} or what lies in them."
    yield from why.leads_on
    for name, size, cluster_id in zip(why.marked, why.sizes, why.cluster_ids, strict=True):
        if cluster_id is None:
            yield f"{name} is in no cluster."
        else:
            yield f"{name} is in a cluster of {size:,} members."


def _format_setting(why: Why) -> str:
    return f"{why.method} at threshold {why.threshold:g}"


def _format_count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


def _format_more(n: int, what: str) -> Iterator[str]:
    if n > _MAX_LISTED:
        yield f"And {_format_count(n - _MAX_LISTED, f'more {what}')}."


def _format_chain(path: LinkPath) -> str:
    return f"{' > '.join(path.marked)}, confidence {format_confidence(path.confidence)}"


def _format_step(why: Why, step: Step, kept_evidence: KeptEvidence) -> str:
    """Return the decision on a link, its confidence and its evidence, as text."""
    confidence = "no confidence"
    if step.confidence is not None:
        confidence = f"confidence {format_confidence(step.confidence)}"
    (status,) = kept_statuses([step.status], kept_evidence, why.graph.snapshot.label_vocabulary)
    parts = [f"{' > '.join(step.marked)}: {status}", confidence]
    if step.n_parallel:
        parts.append(f"{step.n_parallel:,} more between the same two")
    return f"{', '.join(parts)}{_format_evidence(why, step, kept_evidence)}."


def _format_evidence(why: Why, step: Step, kept_evidence: KeptEvidence) -> str:
    if not step.evidence or kept_evidence is KeptEvidence.NONE:
        return ""
    members = redact_members(step.evidence, kept_evidence, why.graph.snapshot.vocabulary)
    items = flatten_evidence(members)
    quoted = [
        f"{_shown_key(key)} {_quote(value)}"
        for key, value in list(items.items())[:_MAX_EVIDENCE_ITEMS]
    ]
    if len(items) > _MAX_EVIDENCE_ITEMS:
        quoted.append(f"and {len(items) - _MAX_EVIDENCE_ITEMS:,} more")
    return f"; evidence: {', '.join(quoted)}" if quoted else ""


def _shown_key(key: str) -> str:
    """Return a key with hidden names as they are, not quoted for their brackets."""
    return _HIDDEN.sub(r"\1", key)


def _quote(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_ITEM_LENGTH else f"{text[:_MAX_ITEM_LENGTH]}..."


def _format_bridges(why: Why) -> str:
    if not why.bridges:
        return "No link of the chain is a bridge: without any one of them, others hold the two."
    assert why.chain is not None  # noqa: S101 - bridges lie on it
    bridges = set(why.bridges)
    ends = [" > ".join(step.marked) for step in why.chain.steps if step.link_id in bridges]
    n_bridges = _format_count(len(ends), "bridge")
    return f"{n_bridges}, without which the two fall apart: {', '.join(ends)}."


def _sentences_on_nearest(why: Why) -> Iterator[str]:
    if why.nearest is None or why.weakest is None or why.weakest_score is None:
        yield "No chain of links that count leads from one to the other."
        return
    weakest = " > ".join(why.weakest.marked)
    yield f"Nearest chain: {_format_chain(why.nearest)}."
    score = f"Its weakest link, {weakest}, scores {format_floored(why.weakest_score)}"
    if why.weakest_score < why.threshold:
        yield f"{score}, below the threshold of {why.threshold:g}."
    elif why.forbidden_by:
        yield f"{score}, enough for the threshold of {why.threshold:g}; but a join is forbidden."
    else:
        yield (
            f"{score}, enough for the threshold of {why.threshold:g};"
            f" but {why.method} does not go by one chain alone."
        )


def _format_obstacle(why: Why, obstacle: Obstacle) -> str:
    one = marked(obstacle.source_path, deleted=obstacle.source_deleted)
    other = marked(obstacle.target_path, deleted=obstacle.target_deleted)
    ends = f"{one} and {other}"
    if obstacle.reason == "rejected":
        return f"Forbidden: the link between {ends} is REJECTED."
    return f"Forbidden by one_per={str(why.one_per)!r}: {ends} are both in {obstacle.place}."


def _format_join_height(why: Why) -> str:
    by = why.joins_at_method
    if by != why.method:
        by = f"{by}, for {why.method} has no merge tree"
    if why.joins_at is None:
        return f"No threshold puts them in one cluster (by {by})."
    if why.joins_at == 1:
        return f"They are in one cluster at every threshold (by {by})."
    at = format_floored(why.joins_at)
    if why.together and why.joins_at_method == why.method:
        return f"They stay in one cluster up to a threshold of {at} (by {by})."
    return f"They would be in one cluster at a threshold of {at} or below (by {by})."
