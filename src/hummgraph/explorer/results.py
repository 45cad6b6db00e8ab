"""Results for a page: their nodes, links and sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.algorithms.clustering.clusters import Clusters
from hummgraph.algorithms.entities.entity_map import EntityMap
from hummgraph.algorithms.explain.why import Why
from hummgraph.algorithms.joins.path import JoinPath, JoinPaths, via_of
from hummgraph.algorithms.kernels.steps import LINK
from hummgraph.algorithms.lineage.result import Lineage
from hummgraph.algorithms.paths.link_paths import LinkPaths
from hummgraph.algorithms.paths.paths import DisjointPaths, LinkPath
from hummgraph.algorithms.review.diff import Diff
from hummgraph.errors import ArgumentError
from hummgraph.explorer.joins import Joined
from hummgraph.explorer.pack import Asked, Result, ShownPath
from hummgraph.explorer.words import page_note, page_score
from hummgraph.frames import counted, visible
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.projection import Projection
from hummgraph.records.display import shown_label
from hummgraph.records.models import Status
from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hummgraph.algorithms.kernels.steps import Step

__all__ = ["Showable", "graph_and_result"]

Showable = (
    LinkGraph
    | Projection
    | Clusters
    | LinkPath
    | LinkPaths
    | DisjointPaths
    | JoinPath
    | JoinPaths
    | Lineage
    | Why
    | EntityMap
    | Diff
)
"""Types that have a page."""

_DIRECTIONS: Final = {"downstream": "down", "upstream": "up", "neighborhood": "both"}
_DIRECTION_WORDS: Final = {
    "downstream": "Downstream of",
    "upstream": "Upstream of",
    "neighborhood": "Neighbourhood of",
}


def graph_and_result(thing: Showable) -> tuple[LinkGraph, Result | None]:
    """Return the graph of a thing, and the result to focus on.

    Parameters
    ----------
    thing
        A graph, its links lifted to a level, clusters, entities, a diff, or the result of a search.

    Returns
    -------
    tuple of LinkGraph and Result
        The graph and the result; ``None`` for the whole graph. Sentences quote no evidence: the
        page has it with each link, unless it is redacted.

    Raises
    ------
    ArgumentError
        If the search found nothing to show.

    Examples
    --------
    >>> from hummgraph import LinkGraph, strongest_path
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> path = strongest_path(graph, "Stripe/customers.email", "Zendesk/users.email")
    >>> graph_and_result(path)[1].title
    'Stripe/customers.email to Zendesk/users.email'
    """
    if isinstance(thing, LinkGraph):
        return thing, None
    if isinstance(thing, Projection | Clusters | EntityMap):
        return thing.graph, None
    if isinstance(thing, Diff):
        return thing.new, None
    made = next(made for kind, made in _RESULT_BUILDERS.items() if isinstance(thing, kind))
    found: tuple[LinkGraph, Result] = made(thing)
    return found


def _build_result(  # noqa: PLR0917 - one place for each field
    graph: LinkGraph,
    kind: str,
    title: str,
    said: Iterable[str],
    ways: Sequence[Sequence[Step]],
    nodes: Iterable[str] = (),
) -> Result:
    """Return a result of paths, step by step, and of other nodes by their ids."""
    steps = [step for way in ways for step in way]
    depths: dict[str, int] = {}
    for way in ways:
        for position, step in enumerate(way):
            # Of several paths, the first one that reaches a node determines its distance.
            for end, depth in ((step.source, position), (step.target, position + 1)):
                depths[end] = min(depth, depths.get(end, depth))
    for node in nodes:
        depths.setdefault(node, 0)
    return Result(
        kind,
        visible(title),
        [visible(sentence) for sentence in said],
        [graph.index_of(node) for node in depths],
        _link_positions(graph, [step.link_id for step in steps if step.kind == LINK]),
        _relation_positions(graph, [(s.kind, s.link_id) for s in steps if s.kind != LINK]),
        list(depths.values()),
    )


def _shown_path(path: LinkPath) -> ShownPath:
    """Return a path by positions."""
    graph, steps = path.graph, path.steps
    nodes = [steps[0].source, *(step.target for step in steps)]
    # A path uses a link once, so each has one position, in order.
    links = iter(_link_positions(graph, [step.link_id for step in steps if step.kind == LINK]))
    declared = [(step.kind, step.link_id) for step in steps if step.kind != LINK]
    relations = iter(_relation_positions(graph, declared))
    return ShownPath(
        path.confidence,
        [graph.index_of(node) for node in nodes],
        [next(links) if step.kind == LINK else -1 - next(relations) for step in steps],
        [step.weight for step in steps],
        [step.n_parallel for step in steps],
    )


def _link_positions(graph: LinkGraph, ids: list[str]) -> list[int]:
    """Return the positions of links by their ids, each once, without unknown ids.

    A page may draw fewer links than were clustered.
    """
    packed = bytes.fromhex("".join(ids).replace("-", ""))
    wanted = np.frombuffer(packed, dtype=np.uint8).reshape(-1, 16)
    found = find_ids(wanted, graph.link_ids).tolist()
    return [link for link in dict.fromkeys(found) if link >= 0]


def _relation_positions(graph: LinkGraph, wanted: list[tuple[str, str]]) -> list[int]:
    """Return the positions of declared relationships by kind and id, each once."""
    if not wanted:
        return []
    frame = graph.relationships.to_frame()
    rows = zip(frame["kind"], frame["relationship_id"], strict=True)
    position = {row: place for place, row in enumerate(rows)}
    return list(dict.fromkeys(position[row] for row in wanted))


_STATUSES: Final = {str(status): str(status).lower() for status in Status}
_TYPES: Final = {"DETERMINISTIC": "exact rule", "PROBABILISTIC": "estimate"}


def _describe_step(step: Step) -> str:
    """Return a step as text, without its evidence."""
    names = " > ".join(step.marked)
    link_type = shown_label(step.link_type)
    if step.kind == LINK:
        kind = _TYPES.get(link_type or "", link_type or step.kind)
    else:
        kind = f"{step.kind} {link_type or ''}".strip()
    status = shown_label(step.status)
    parts = [text for text in (_STATUSES.get(status or "", status), kind) if text]
    parts.append("no score" if step.confidence is None else f"score {page_score(step.confidence)}")
    if step.n_parallel:
        parts.append(f"{step.n_parallel:,} more between the same two")
    return f"{names}: {', '.join(parts)}."


def _path_result(path: LinkPath) -> tuple[LinkGraph, Result]:
    first, last = path.marked[0], path.marked[-1]
    product = ", the product of its steps" if len(path) > 1 else ""
    score = f"{counted(len(path), 'step')}, score {page_score(path.confidence)}{product}."
    said = [score, *map(_describe_step, path.steps)]
    title = f"{first} to {last}"
    made = _build_result(path.graph, "path", title, said, [path.steps])
    return path.graph, replace(made, paths=[_shown_path(path)])


def _paths_result(found: LinkPaths) -> tuple[LinkGraph, Result]:
    if not found.paths:
        raise ArgumentError("There is nothing to show: no path was found.")
    first = found.paths[0]
    title = f"{first.names[0]} to {first.names[-1]}: {counted(len(found), 'path')}"
    said = [f"{' > '.join(path.names)}: score {page_score(path.confidence)}." for path in found]
    note = page_note(found.note)
    said += [note] if note else []
    return first.graph, _paths_to_result(found, title, said, [note])


def _disjoint_result(found: DisjointPaths) -> tuple[LinkGraph, Result]:
    if not found.paths:
        raise ArgumentError("There is nothing to show: no path was found.")
    first = found.paths[0]
    title = f"{first.marked[0]} to {first.marked[-1]}: {counted(found.n, 'independent path')}"
    shown = f"Shown {len(found):,} of {found.n:,} paths that share no link."
    said = [shown]
    said += [f"{' > '.join(path.marked)}: score {page_score(path.confidence)}." for path in found]
    note = page_note(found.note)
    said += [note] if note else []
    return first.graph, _paths_to_result(found, title, said, [shown, note])


def _paths_to_result(
    found: LinkPaths | DisjointPaths, title: str, said: list[str], notes: list[str]
) -> Result:
    steps = [path.steps for path in found]
    made = _build_result(found.paths[0].graph, "paths", title, said, steps)
    paths = [_shown_path(path) for path in found]
    return replace(made, paths=paths, notes=[visible(note) for note in notes if note])


def _join_path_result(path: JoinPath) -> tuple[LinkGraph, Result]:
    links = [link for chain in path.chains for link in chain]
    said = [_describe_join(path), *map(_describe_step, links)]
    return path.graph, _joins_to_result([path], said)


def _join_paths_result(found: JoinPaths) -> tuple[LinkGraph, Result]:
    if found.paths:
        ways = f"{counted(len(found), 'way')} to join them, the best first. {found.note}".strip()
        said = [ways, *map(_describe_join, found)]
        return found.paths[0].graph, _joins_to_result(found.paths, said, found)
    nearest = found.other or found.missing
    if nearest is None:
        raise ArgumentError(f"There is nothing to show. {found.advice}")
    return nearest.graph, _joins_to_result([nearest], [found.advice], found)


def _describe_join(path: JoinPath) -> str:
    if not path.confidence > 0:
        return f"{path.comparisons}: not all of these links count."
    passed = filter(None, map(via_of, path.chains))
    via = f", by way of {'; '.join(passed)}" if any(len(c) > 1 for c in path.chains) else ""
    said = f"{path.comparisons}: score {page_score(path.confidence)}, {path.key.name.lower()}{via}."
    return f"{said} {path.note}".rstrip()


def _joins_to_result(
    paths: Sequence[JoinPath], said: list[str], found: JoinPaths | None = None
) -> Result:
    graph, tables = paths[0].graph, paths[0].tables
    names = graph.arrays.nodes.marked_path
    one, other = (graph.index_of(tables[end]) for end in (0, -1))
    # The ends of a step are columns: their distances are those of the tables on the path.
    ways = [[link for chain in path.chains for link in chain] for path in paths]
    title = f"Join {names[one].as_py()} to {names[other].as_py()}"
    made = _build_result(graph, "join path", title, said, ways)
    joined = Joined((one, other), paths)
    if found is not None:
        joined = Joined((one, other), paths, found.keys, found.detour, found.advice, found.note)
    return replace(made, joined=joined)


def _lineage_result(found: Lineage) -> tuple[LinkGraph, Result]:
    graph = found.graph
    name = graph.arrays.nodes.marked_path[graph.index_of(found.start)].as_py()
    links = found.links.select("kind", "link_id")
    rows = list(zip(links["kind"], links["link_id"], strict=True))
    hops = [row for row in found.hops if row["n_reached"] > row["n_shown"] and row["depth"]]
    relations = _relation_positions(graph, [row for row in rows if row[0] != LINK])
    asked = Asked(
        graph.index_of(found.start),
        _DIRECTIONS[found.direction],
        found.max_depth,
        [n_hops for n_hops, _ in found.searches],
        [nodes.tolist() for _, nodes in found.searches] if "max_per_hop" in found.asked else None,
        found.directed,
        None if found.level is None else found.level.depth,
        graph.relationships.weight[relations].tolist(),
        visible(found.call),
    )
    return graph, Result(
        "lineage",
        visible(f"{_DIRECTION_WORDS[found.direction]} {name}"),
        [
            *(f"Step {hop['depth']}: {hop['shown']}." for hop in hops),
            *map(page_note, found.notes),
        ],
        [graph.index_of(node) for node in found.nodes["node_id"]],
        _link_positions(graph, [link for kind, link in rows if kind == LINK]),
        relations,
        [-depth if found.direction == "upstream" else depth for depth in found.nodes["depth"]],
        asked=asked,
    )


def _why_result(found: Why) -> tuple[LinkGraph, Result]:
    said = found.to_sentences(evidence="none")
    answer = "together" if found.together else "apart"
    path = found.path
    others = [[step] for step in (*found.direct, *found.rejected)]
    ways = [*([] if path is None else [path.steps]), *others]
    title = f"Why {found.marked[0]} and {found.marked[1]} are {answer}"
    return found.graph, _build_result(found.graph, "why", title, said, ways, found.nodes)


_RESULT_BUILDERS: Final[Mapping[type, Callable[[Any], tuple[LinkGraph, Result]]]] = {
    LinkPath: _path_result,
    LinkPaths: _paths_result,
    DisjointPaths: _disjoint_result,
    JoinPath: _join_path_result,
    JoinPaths: _join_paths_result,
    Lineage: _lineage_result,
    Why: _why_result,
}
