"""Decisions and given names applied to the links and nodes of a graph."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError, DecisionError
from hummgraph.frames.text import counted
from hummgraph.graph.decisions import DIGITS, latest
from hummgraph.records.ids import id_order, id_pairs, id_strings
from hummgraph.records.nodes import Level, find_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.graph.decisions import Decision, GivenName
    from hummgraph.records.nodes import Nodes

__all__ = [
    "Found",
    "KnownLinks",
    "Overlay",
    "check_missing",
    "overlay",
    "placed_names",
    "raise_if_missing",
]

_SHOWN: Final = 3


class Found(StrEnum):
    """Outcome of the search for a decision's link in a graph."""

    ID = "id"
    """The link was found by its id."""
    ENDS = "ends"
    """The link was found by the nodes that it joins: it has another id now."""
    AMBIGUOUS = "ambiguous"
    """Several links join these nodes, and it is not known which it is: it changes nothing."""
    SUPERSEDED = "superseded"
    """All links that join these nodes have decisions of their own: it changes nothing."""
    MISSING = "missing"
    """No link was found: it changes nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Decisions that changed a graph, by link: arrays of shape (n,), sorted by link id."""

    decisions: tuple[Decision, ...]
    """Decisions with the ids that the graph's links have."""
    previous: tuple[str, ...]
    """Status of each link before."""
    skipped: tuple[Decision, ...]
    """Decisions about links that the graph does not have."""
    asked: Mapping[str, str | None] = field(default_factory=dict)
    """Reason why each decided link was asked about, by link id; of earlier overlays, too."""
    given_ids: Mapping[Decision, str] = field(default_factory=dict)
    """Ids in decisions whose links were found by their ends."""
    why: Mapping[Decision, Found] = field(default_factory=dict)
    """Reasons for skipped decisions, unless their links are missing."""

    def to_table(self) -> pa.Table:
        """Return one row a decision."""
        rows = [*self.decisions, *self.skipped]
        known = len(self.decisions)
        text = ("who", "note", "asked")
        found = [
            *(Found.ENDS if row in self.given_ids else Found.ID for row in self.decisions),
            *(self.why.get(row, Found.MISSING) for row in self.skipped),
        ]
        return pa.table(
            {
                "link_id": pa.array([row.link_id for row in rows], pa.string()),
                "status": pa.array([row.status for row in rows], pa.string()),
                "previous_status": pa.array(
                    [*self.previous, *[None] * len(self.skipped)], pa.string()
                ),
                "decided_at": pa.array(
                    [row.decided_at for row in rows], pa.timestamp("us", tz="UTC")
                ),
                **{
                    name: pa.array([getattr(row, name) for row in rows], pa.string())
                    for name in text
                },
                "confidence": pa.array([row.confidence for row in rows], pa.float64()),
                "in_graph": pa.array([index < known for index in range(len(rows))], pa.bool_()),
                "found": pa.array(found, pa.string()),
                "given_id": pa.array([self.given_ids.get(row) for row in rows], pa.string()),
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class KnownLinks:
    """Links of a graph, sorted by id: arrays of shape (n,)."""

    ids: NDArray[np.uint8]
    """Sixteen bytes each, shape (n, 16)."""
    status: NDArray[np.integer[Any]]
    """Codes."""
    statuses: list[str]
    """Names of the codes."""
    confidence: NDArray[np.float64]
    source: NDArray[np.integer[Any]]
    """Position of a node."""
    target: NDArray[np.integer[Any]]
    nodes: Nodes
    fetched_ids: Callable[[], NDArray[np.uint8]]
    """Function to the ids of all links of the snapshot, even if a filter left them out: (m, 16)."""


def overlay(
    decisions: Iterable[Decision], links: KnownLinks, *, missing: str
) -> tuple[NDArray[np.integer[Any]], Overlay]:
    """Return the status codes after decisions, and what these changed."""
    chosen = latest(decisions)
    n_chosen = len(chosen)
    given_ids: dict[Decision, str] = {}
    why: dict[Decision, Found] = {}
    place = _positions(chosen, links.ids)
    if missing == "by_ends":
        placed, why = _by_ends(chosen, place, links)
        given_ids = {new: old.link_id for old, new in placed.items()}
        chosen = latest([placed.get(row, row) for row in chosen])
        place = _positions(chosen, links.ids)
    skipped = tuple(row for row, at in zip(chosen, place.tolist(), strict=True) if at < 0)
    if missing == "raise":
        raise_if_missing(
            "decision",
            ("is about a link", "are about links"),
            [row.link_id for row in skipped],
            n_chosen,
        )
    decided = tuple(row for row, at in zip(chosen, place.tolist(), strict=True) if at >= 0)
    rows = place[place >= 0]
    changed = links.status.copy()
    changed[rows] = [links.statuses.index(row.status) for row in decided]
    previous = tuple(links.statuses[code] for code in links.status[rows].tolist())
    asked = {row.link_id: row.asked for row in decided}
    check_ends(decided, links.source[rows], links.target[rows], links.nodes)
    return changed, Overlay(decided, previous, skipped, asked, given_ids, why)


def _positions(decisions: Sequence[Decision], link_ids: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the position of the link of each decision among sorted ids, -1 for missing ones."""
    packed = b"".join(UUID(row.link_id).bytes for row in decisions)
    wanted = id_pairs(np.frombuffer(packed, dtype=np.uint8).reshape(-1, 16))
    known = id_pairs(link_ids)
    place = np.searchsorted(known, wanted)
    found = place < len(known)
    found[found] = known[place[found]] == wanted[found]
    return np.where(found, place, -1)


def _by_ends(
    decisions: Sequence[Decision], place: NDArray[np.int64], links: KnownLinks
) -> tuple[dict[Decision, Decision], dict[Decision, Found]]:
    """Return decisions about links with other ids than they give, and why others are about none.

    A decision of which the snapshot has the link, which a filter left out, is about no other. Links
    with a decision of their own keep it. Among several other links that join the same nodes, it is
    the one with the confidence that the link had.
    """
    fetched = links.fetched_ids()
    fetched = fetched[id_order(fetched)]
    lost = [
        row
        for row, at in zip(decisions, place.tolist(), strict=True)
        if at < 0 and row.source is not None
    ]
    gone = _positions(lost, fetched) < 0
    lost = [row for row, is_gone in zip(lost, gone.tolist(), strict=True) if is_gone]
    one = places([str(row.source) for row in lost], links.nodes)
    other = places([str(row.target) for row in lost], links.nodes)
    keys = _keys(links.source, links.target, len(links.nodes))
    order = np.argsort(keys, kind="stable")
    wanted = np.where((one < 0) | (other < 0), -1, _keys(one, other, len(links.nodes)))
    begin = np.searchsorted(keys[order], wanted, side="left").tolist()
    end = np.searchsorted(keys[order], wanted, side="right").tolist()
    decided = np.zeros(len(links.ids), dtype=bool)
    decided[place[place >= 0]] = True
    position: dict[Decision, int] = {}
    why: dict[Decision, Found] = {}
    for row, first, last in zip(lost, begin, end, strict=True):
        if first == last:
            continue
        free = [at for at in order[first:last].tolist() if not decided[at]]
        if len(free) > 1:
            same = [at for at in free if _confidence(links, at) == row.confidence]
            free = same if len(same) == 1 else free
        if len(free) == 1:
            position[row] = free[0]
        else:
            why[row] = Found.AMBIGUOUS if free else Found.SUPERSEDED
    ids = id_strings(links.ids[[*position.values()]]).to_pylist()
    placed = {
        row: replace(row, link_id=link_id) for row, link_id in zip(position, ids, strict=True)
    }
    return placed, why


def _confidence(links: KnownLinks, at: int) -> float:
    """Return the confidence of a link, rounded as a decision rounds it."""
    return round(float(links.confidence[at]), DIGITS)


def _keys(
    one: NDArray[np.integer[Any]], other: NDArray[np.integer[Any]], n_nodes: int
) -> NDArray[np.int64]:
    """Return one number for the two ends of each link, whatever their order."""
    keys: NDArray[np.int64] = np.minimum(one, other).astype(np.int64) * n_nodes
    keys += np.maximum(one, other)
    return keys


def raise_if_missing(record: str, about: tuple[str, str], missing: list[str], n: int) -> None:
    """Raise if some of ``n`` records are about things that the graph does not have.

    Parameters
    ----------
    record
        Name of a record, such as "decision".
    about
        What one is about, such as "is about a link", and what several are about.
    missing
        Ids of the things, in order.
    n
        Number of all records.

    Raises
    ------
    DecisionError
        If there are any; it names the first.
    """
    if missing:
        some = ", ".join(missing[:_SHOWN])
        raise DecisionError(
            f"{len(missing):,} of {counted(n, record)} {about[len(missing) > 1]} that the graph"
            f" does not have: {some}{' ...' if len(missing) > _SHOWN else '.'}",
            hint="missing='skip' leaves them out, and missing='by_ends' finds links that have other"
            " ids now; graph.decisions lists the decisions among them.",
        )


def check_missing(missing: str) -> None:
    """Raise unless a value of ``missing`` exists.

    Raises
    ------
    ArgumentError
        If it does not.
    """
    if missing not in {"raise", "skip", "by_ends"}:
        raise ArgumentError(f"missing is {missing!r}; it must be 'raise', 'skip' or 'by_ends'.")


def check_ends(
    decisions: tuple[Decision, ...],
    source: NDArray[np.integer[Any]],
    target: NDArray[np.integer[Any]],
    nodes: Nodes,
) -> None:
    """Raise unless the ends in decisions are those of their links.

    Parameters
    ----------
    decisions
        Decisions about links of the graph.
    source, target
        Positions of the nodes that these links join, shape (n,).
    nodes
        The nodes of the graph.

    Raises
    ------
    DecisionError
        If one has other ends, in either order; it names both.
    """
    given = [at for at, row in enumerate(decisions) if row.source is not None]
    one = places([str(decisions[at].source) for at in given], nodes)
    other = places([str(decisions[at].target) for at in given], nodes)
    a, b = source[given], target[given]
    wrong = np.flatnonzero(~(((one == a) & (other == b)) | ((one == b) & (other == a))))
    if len(wrong):
        row = decisions[given[wrong[0]]]
        ends = [nodes.id_text[int(end[wrong[0]])].as_py() for end in (a, b)]
        raise DecisionError(
            f"{len(wrong):,} of {len(given):,} decisions give ends that their links do not have:"
            f" {row.link_id} joins {ends[0]} and {ends[1]}, not {row.source} and {row.target}.",
            hint="Remove source and target if the decision is about that link.",
        )


def places(node_ids: Sequence[str], nodes: Nodes) -> NDArray[np.int64]:
    """Return the positions of nodes by id, shape (n,); -1 for a missing or ambiguous id."""
    parts = [node_id.rpartition(":") for node_id in node_ids]
    ids = np.frombuffer(b"".join(UUID(part[2]).bytes for part in parts), dtype=np.uint8)
    found = np.full(len(parts), -1, dtype=np.int64)
    times = np.zeros(len(parts), dtype=np.int64)
    for level in Level:
        begin, end = nodes.first[[level.depth, level.depth + 1]].tolist()
        place = find_ids(ids.reshape(-1, 16), nodes.ids[begin:end])
        here = (place >= 0) & np.array([part[0] in {"", level} for part in parts], dtype=bool)
        found[here] = place[here] + begin
        times += here
    found[times != 1] = -1
    return found


def placed_names(names: Sequence[GivenName], nodes: Nodes) -> tuple[GivenName | None, ...]:
    """Return names with the ids that the graph's nodes have; ``None`` for missing nodes."""
    return tuple(
        replace(name, node_id=nodes.id_text[place].as_py()) if place >= 0 else None
        for name, place in zip(
            names, places([name.node_id for name in names], nodes).tolist(), strict=True
        )
    )
