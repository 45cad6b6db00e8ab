"""Steps of paths: links and relationships, and how nodes and steps are drawn."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.drawing.diagram.diagram import Box, Line, LineStyle
from hummgraph.frames import Shows, marked
from hummgraph.records.display import shown_field, shown_label, shown_repr
from hummgraph.records.ids import id_strings
from hummgraph.records.models import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "DIRECTION_NOTE",
    "LINK",
    "Step",
    "box_of",
    "format_confidence",
    "line_of",
    "step_of",
    "steps_of",
]

LINK: Final = "link"
"""Kind of a step over an entity link; the others are kinds of relationships."""

DIRECTION_NOTE: Final = "Direction is a link's source and target as sent, not proof of data flow."

_STYLES = {str(Status.APPROVED): LineStyle.APPROVED, str(Status.REJECTED): LineStyle.REJECTED}


@dataclass(frozen=True, slots=True)
class Step(Shows):
    """One link or relationship on a path, from the node before to the node after.

    Parameters
    ----------
    source, target
        Ids of the nodes before and after, in the path's direction.
    source_path, target_path
        Names of the ends.
    kind
        ``"link"``; or ``"relationship"`` or ``"association"``, declared by a system itself.
    link_id
        Id of the link, or of the relationship's record.
    forward
        Whether the path follows it from its own source to its own target.
    weight
        Weight of its confidence under the policy, in (0, 1].
    confidence
        Stored confidence in [0, 1], or ``None``. For a relationship, its score, whose scale is
        undocumented.
    status, link_type
        Type and status as sent, or ``None``.
    n_parallel
        Number of other links or relationships with a weight between the same two nodes, in either
        direction if the path may use either.
    evidence
        Its evidence: any JSON object, or ``None``.
    source_deleted, target_deleted
        Whether the node before, or after, is deleted: inactive, or in an inactive table or system.

    Examples
    --------
    >>> from hummgraph import LinkGraph, strongest_path
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> step = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email").steps[0]
    >>> step.kind, 0 < step.weight <= 1
    ('link', True)
    """

    source: str
    target: str
    source_path: str
    target_path: str
    kind: str
    link_id: str
    forward: bool
    weight: float
    confidence: float | None
    status: str | None
    link_type: str | None
    n_parallel: int = 0
    evidence: dict[str, Any] | None = field(default=None, repr=False)
    source_deleted: bool = False
    target_deleted: bool = False

    def __repr__(self) -> str:
        return shown_repr(self)

    def _shown_field_(self, name: str) -> Any:
        return shown_field(self, name)

    def to_dict(self) -> dict[str, Any]:
        """Return the step as plain data.

        Examples
        --------
        >>> step = Step("1", "2", "a/t.x", "b/u.y", "link", "3", True, 0.9, 0.9, "SUGGESTED", None)
        >>> step.to_dict()["target_path"]
        'b/u.y'
        """
        return asdict(self)

    @property
    def marked(self) -> tuple[str, str]:
        """Names of the nodes before and after, with ``(deleted)`` after deleted ones."""
        return (
            marked(self.source_path, deleted=self.source_deleted),
            marked(self.target_path, deleted=self.target_deleted),
        )


def step_of(graph: LinkGraph, item: int, begin: int, end: int, *, n_parallel: int = 0) -> Step:
    """Return the step of a link by position, or of a relationship by ``-1`` minus its position."""
    return steps_of(graph, [item], [begin], [end], [n_parallel])[0]


def steps_of(
    graph: LinkGraph,
    items: Sequence[int],
    begins: Sequence[int],
    ends: Sequence[int],
    n_parallel: Sequence[int] | None = None,
) -> list[Step]:
    """Return the steps of several links and relationships.

    Parameters
    ----------
    graph
        The graph of the links.
    items
        Positions of links; for a relationship ``-1`` minus its position.
    begins, ends
        Positions of the nodes before and after each.
    n_parallel
        Numbers of others between the same two nodes; 0 by default.

    Notes
    -----
    O(n log n) for n steps.
    """
    nodes = graph.arrays.nodes
    before, after = pa.array(begins, pa.int64()), pa.array(ends, pa.int64())
    taken = np.array(items, dtype=np.int64)
    source = np.where(
        taken >= 0,
        graph.arrays.links.ends.source[np.maximum(taken, 0)] if graph.n_links else -1,
        graph.relationships.source[np.maximum(-1 - taken, 0)] if (taken < 0).any() else -1,
    )
    values_by_item = _link_values(graph, taken[taken >= 0]) | _relationship_values(
        graph, taken[taken < 0]
    )
    columns = zip(
        items,
        nodes.id_text.take(before).to_pylist(),
        nodes.id_text.take(after).to_pylist(),
        nodes.path.take(before).to_pylist(),
        nodes.path.take(after).to_pylist(),
        nodes.deleted[np.array(begins, dtype=np.int64)].tolist(),
        nodes.deleted[np.array(ends, dtype=np.int64)].tolist(),
        (source == np.array(begins)).tolist(),
        n_parallel or [0] * len(items),
        strict=True,
    )
    return [
        Step(
            source=one,
            target=other,
            source_path=one_path,
            target_path=other_path,
            source_deleted=one_deleted,
            target_deleted=other_deleted,
            forward=forward,
            n_parallel=parallel,
            **values_by_item[item],
        )
        for (
            item,
            one,
            other,
            one_path,
            other_path,
            one_deleted,
            other_deleted,
            forward,
            parallel,
        ) in columns
    ]


def _link_values(graph: LinkGraph, index: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """Return the values of steps that stem from links, by position."""
    distinct = np.unique(index)
    if not len(distinct):
        return {}
    table = graph.take_links(distinct).links.to_arrow()
    names = ("link_id", "confidence", "status", "link_type", "evidence")
    columns = [table.column(name).to_pylist() for name in names]
    return {
        item: {
            "kind": LINK,
            "link_id": link_id,
            "weight": weight,
            "confidence": confidence,
            "status": status,
            "link_type": link_type,
            "evidence": None if evidence is None else json.loads(evidence),
        }
        for item, weight, link_id, confidence, status, link_type, evidence in zip(
            distinct.tolist(), graph.weights[distinct].tolist(), *columns, strict=True
        )
    }


def _relationship_values(graph: LinkGraph, items: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """Return the values of steps that stem from relationships, by ``-1`` minus their positions."""
    declared = graph.relationships if len(items) else None
    found = {}
    for item in np.unique(items).tolist():
        assert declared is not None  # noqa: S101 - there is at least one
        row = -1 - item
        score, evidence = float(declared.score[row]), declared.evidence[row].as_py()
        found[item] = {
            "kind": declared.kind[row].as_py(),
            "link_id": id_strings(declared.ids[row : row + 1])[0].as_py(),
            "weight": float(declared.weight[row]),
            "confidence": None if np.isnan(score) else score,
            "status": declared.status[row].as_py(),
            "link_type": declared.type[row].as_py(),
            "evidence": None if evidence is None else json.loads(evidence),
        }
    return found


def format_confidence(confidence: float) -> str:
    """Return a confidence as short text, never 1 or 0 unless it is exactly that."""
    text = f"{confidence:.3g}"
    if text == "1" and confidence < 1:
        return ">0.999"
    return text


def box_of(graph: LinkGraph, node: int, *, rank: int, emphasis: bool = False) -> Box:
    """Return the box of a node: its name over its table's, in the lane of its system."""
    nodes = graph.arrays.nodes
    table = nodes.table[node].as_py() if nodes.depth[node] > 1 else None
    return Box(
        key=nodes.id_text[node].as_py(),
        title=nodes.name[node].as_py(),
        subtitle=table or "",
        lane=nodes.system[node].as_py() or "?",
        rank=rank,
        emphasis=emphasis,
        deleted=bool(nodes.deleted[node]),
    )


def line_of(step: Step, *, directed: bool) -> Line:
    """Return the line of a step, in the link's own direction."""
    source, target = (step.source, step.target) if step.forward else (step.target, step.source)
    style = LineStyle.RELATIONSHIP
    if step.kind == LINK:
        style = _STYLES.get(step.status or "", LineStyle.SUGGESTED)
    return Line(
        source,
        target,
        label=format_confidence(step.weight),
        style=style,
        directed=directed or step.kind != LINK,
        title=" ".join(
            filter(
                None,
                (shown_label(step.link_type) or step.kind, shown_label(step.status), step.link_id),
            )
        ),
    )
