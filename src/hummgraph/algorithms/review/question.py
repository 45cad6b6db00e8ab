"""Questions of a review: a link, what supports it, and what either answer would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.evidence.evidence import evidence_table
from hummgraph.algorithms.review.regrouping import regroupings
from hummgraph.frames import Card, Shows, counted, marked, visible
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.display import shown_label

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.review.held import Change, Held
    from hummgraph.algorithms.review.regrouping import Regrouping
    from hummgraph.frames import Frame
    from hummgraph.graph.elements import Link, Node

__all__ = ["QUESTION_SCHEMA", "Question"]

MAX_CHANGES: Final = 3
"""Changes of clusters that a sentence names."""


@dataclass(frozen=True, eq=False, repr=False)
class Question(Shows):
    """A question of a review, about whether a link is right.

    Parameters
    ----------
    link
        The link.
    source, target
        Ends of the link, with names and types.
    group
        ``"contradiction"``, ``"exact rule"``, ``"scored"`` or ``"unscored"``.
    asked
        Reason why the link was chosen, as a :class:`Decision` records it.
    probability
        Probability that the link is right by the calibration in force, in [0, 1]; ``None`` where it
        has no score.
    reason
        Reason why it is asked now, as a sentence.

    Examples
    --------
    >>> from hummgraph import LinkGraph, review_queue
    >>> from hummgraph.datasets import load_demo
    >>> question = next(review_queue(LinkGraph(load_demo().snapshot())))
    >>> question.group, question.link.status
    ('contradiction', 'APPROVED')
    """

    link: Link
    source: Node
    target: Node
    group: str
    asked: str
    probability: float | None
    reason: str
    _before: Clusters = field(repr=False)
    _held: Held = field(repr=False)

    @property
    def evidence(self) -> Frame:
        """The evidence of the link: one row a key, as :func:`evidence_table` returns it."""
        return evidence_table(self._before.graph, [self.link.link_index])

    @cached_property
    def clusters(self) -> tuple[str | None, str | None]:
        """Names of the clusters of both ends; ``None`` for an end in no cluster.

        A cluster keeps the name that it had at the beginning, as long as it has most of the
        members; others are called after one of theirs.
        """
        first = self._before.problem.first
        one, other = (
            cluster_name(self._before, self._held, int(self._held.label[node.index - first]))
            for node in (self.source, self.target)
        )
        return one, other

    @cached_property
    def approving(self) -> str:
        """Effect of APPROVED on the clusters, as a sentence."""
        return self._effect(APPROVED)

    @cached_property
    def rejecting(self) -> str:
        """Effect of REJECTED on the clusters, as a sentence."""
        return self._effect(REJECTED)

    def change(self, status: int) -> Change:
        """Return the change that a status, as a code, would make."""
        return self._held.change(
            np.array([self.link.link_index]), np.array([status], dtype=self._held.status.dtype)
        )

    def _effect(self, status: int) -> str:
        held, change = self._held, self.change(status)
        parts = regroupings(change.nodes, held.label[change.nodes], change.group)
        said = [self._sentence(one) for one in parts[:MAX_CHANGES]]
        if len(parts) > MAX_CHANGES:
            said.append(f"{counted(len(parts) - MAX_CHANGES, 'more change')}")
        for more, what in (
            (held.contradictions_made(change), "contradiction"),
            (held.violations_made(change), "violation"),
        ):
            if more:
                of = " of the rule" if what == "violation" else ""
                said.append(f"{counted(abs(more), what)}{of} {'made' if more > 0 else 'resolved'}")
        return visible("; ".join(said) or "no cluster changes") + "."

    def _sentence(self, one: Regrouping) -> str:
        label = self._held.label
        named = [
            f"{cluster_name(self._before, self._held, old)}"
            f" ({int((label[one.nodes] == old).sum()):,})"
            for old in one.before
        ]
        before = _listed(named)
        sizes = [int((one.groups == group).sum()) for group in one.after]
        after = _listed([f"{size:,}" for size in sorted(sizes, reverse=True)])
        alone = len(one.nodes) - sum(sizes)
        rest = f", with {counted(alone, 'member')} left alone" if alone else ""
        words = {
            "appeared": f"a cluster of {after} appears",
            "vanished": f"{before} vanishes",
            "merged": f"{before} become one of {after}{rest}",
            "split": f"{before} falls apart into {after}{rest}",
            "regrouped": f"{before} become {after}{rest}",
            "grew": f"{before} grows to {after}",
            "shrank": f"{before} shrinks to {after}",
        }
        return words[one.kind]

    def to_dict(self) -> dict[str, Any]:
        """Return the question as plain data, without evidence.

        Examples
        --------
        >>> from hummgraph import LinkGraph, review_queue
        >>> from hummgraph.datasets import load_demo
        >>> question = next(review_queue(LinkGraph(load_demo().snapshot())))
        >>> question.to_dict()["asked"]
        'contradiction'
        """
        return {
            "link_id": self.link.link_id,
            "group": self.group,
            "asked": self.asked,
            "source_path": self.source.path,
            "target_path": self.target.path,
            "source_type": self.source.data_type,
            "target_type": self.target.data_type,
            "source_deleted": self.source.deleted,
            "target_deleted": self.target.deleted,
            "source_cluster": self.clusters[0],
            "target_cluster": self.clusters[1],
            "link_type": self.link.link_type,
            "status": self.link.status,
            "confidence": self.link.confidence,
            "probability": self.probability,
            "approving": self.approving,
            "rejecting": self.rejecting,
            "reason": self.reason,
        }

    def __repr__(self) -> str:
        return f"<Question: {self.ends}? ({self.group})>"

    @property
    def ends(self) -> str:
        """Both ends by name, deleted ones marked, as ``crm/user.email = shop/buyer.email``."""
        one, other = (
            visible(marked(node.path, deleted=node.deleted)) for node in (self.source, self.target)
        )
        return f"{one} = {other}"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Facts that a reviewer needs besides the evidence: pairs of a subject and a statement."""
        link = self.link
        sure = "unknown" if link.confidence is None else f"{link.confidence:.3g}"
        right = ""
        if self.probability is not None:
            right = f", right with probability {self.probability:.2f}"
        facts = [
            (
                end,
                f"{visible(node.path)} {visible(node.data_type or '')}".strip()
                + (f", in {visible(name)}" if name else ", in no cluster"),
            )
            for end, node, name in (
                ("source", self.source, self.clusters[0]),
                ("target", self.target, self.clusters[1]),
            )
        ]
        return [
            *facts,
            ("link", f"{shown_label(link.link_type)}, {shown_label(link.status)}"),
            ("confidence", f"{sure}{right}"),
            ("approve", self.approving),
            ("reject", self.rejecting),
            ("why now", visible(self.reason)),
        ]

    def _card_(self) -> Card:
        shown = self.evidence
        table = shown.select("key", "value") if len(shown) else None
        title = f"Question: {self.ends}?"
        return Card(title, self.facts, table=table, things="rows of evidence")


def _listed(words: list[str]) -> str:
    """Return words with commas, and a word before the last."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def cluster_name(before: Clusters, held: Held, label: int) -> str | None:
    """Return the name of a cluster as it is now; ``None`` for a node alone.

    Parameters
    ----------
    before
        The clusters at the beginning, whose names are known.
    held
        The clusters now.
    label
        Label of the cluster there.
    """
    first = before.problem.first
    members = np.flatnonzero(held.label == label)
    if len(members) < 2:
        return None
    was = before.labels[first : first + len(held.label)]
    known = was[members][was[members] >= 0]
    if len(known):
        old = int(np.bincount(known).argmax())
        # Most of that cluster may be elsewhere now; of two halves the first has the name.
        parts, at, size = np.unique(held.label[was == old], return_index=True, return_counts=True)
        if parts[np.lexsort((at, -size))[0]] == label:
            return before.names[old]
    path = before.graph.arrays.nodes.path[int(members[0]) + first].as_py()
    return f"{path} and {len(members) - 1:,} more"


QUESTION_SCHEMA: Final = pa.schema(
    [
        *(
            pa.field(name, pa.string())
            for name in (
                "link_id",
                "group",
                "asked",
                "source_path",
                "target_path",
                "source_type",
                "target_type",
            )
        ),
        pa.field("source_deleted", pa.bool_()),
        pa.field("target_deleted", pa.bool_()),
        *(
            pa.field(name, pa.string())
            for name in ("source_cluster", "target_cluster", "link_type", "status")
        ),
        pa.field("confidence", pa.float64()),
        pa.field("probability", pa.float64()),
        *(pa.field(name, pa.string()) for name in ("approving", "rejecting", "reason", "evidence")),
    ]
)
"""Columns of a table of questions."""
