"""Several paths between two nodes, and where their search stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa

from hummgraph.algorithms.kernels.effort import stopped_after, stopped_note
from hummgraph.algorithms.kernels.steps import format_confidence
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, title_of
from hummgraph.records.display import SHOWN_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hummgraph.algorithms.paths.paths import LinkPath

__all__ = ["LinkPaths", "card_of_paths"]


@dataclass(frozen=True, slots=True, repr=False)
class LinkPaths(Shows):
    """Strongest paths between two nodes, strongest first.

    Parameters
    ----------
    paths
        The paths.
    stopped_at
        Number of links tried when the search stopped before finding k paths; ``None`` if it did not
        stop early.
    no_path
        Reason why there is no path, as in :class:`NoPathError`; empty if there is one.

    Examples
    --------
    >>> from hummgraph import LinkGraph, strongest_paths
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = strongest_paths(graph, "Stripe/customers.email", "Zendesk/users.email", k=3)
    >>> found
    <LinkPaths: 3, the strongest 0.84>
    >>> found[0].confidence >= found[1].confidence
    True
    """

    paths: tuple[LinkPath, ...]
    stopped_at: int | None = None
    no_path: str = ""

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[LinkPath]:
        return iter(self.paths)

    @overload
    def __getitem__(self, index: int) -> LinkPath: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LinkPath, ...]: ...
    def __getitem__(self, index: int | slice) -> LinkPath | tuple[LinkPath, ...]:
        return self.paths[index]

    @property
    def note(self) -> str:
        """Reason why there is no path, or where the search stopped; else empty.

        Examples
        --------
        >>> LinkPaths((), stopped_at=1_000).note
        'Stopped after 1,000 links (max_work): there may be more paths.'
        """
        return self.no_path or stopped_note(self.stopped_at, "there may be more paths")

    def to_frame(self) -> Frame:
        """Return one row a step: number of the path and of the step, then the columns of one path.

        Examples
        --------
        >>> from hummgraph import LinkGraph, strongest_paths
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> found = strongest_paths(graph, "Stripe/customers.email", "Zendesk/users.email", k=2)
        >>> found.to_frame().columns[:4]
        ['path', 'step', 'source', 'target']
        """
        tables = []
        for number, path in enumerate(self.paths):
            table = path.to_frame().to_arrow()
            at = pa.array(range(len(path)), pa.int64())
            table = table.add_column(0, "step", at)
            tables.append(table.add_column(0, "path", pa.array([number] * len(path), pa.int64())))
        whole = pa.concat_tables(tables) if tables else pa.table({})
        return Frame(whole, display=SHOWN_LABELS)

    def to_dict(self) -> dict[str, Any]:
        """Return the paths as plain data.

        Examples
        --------
        >>> LinkPaths(()).to_dict()
        {'paths': [], 'stopped_at': None, 'note': ''}
        """
        return {
            "paths": [path.to_dict() for path in self.paths],
            "stopped_at": self.stopped_at,
            "note": self.note,
        }

    def __repr__(self) -> str:
        counts = f"{len(self.paths):,}"
        if self.paths:
            counts += f", the strongest {format_confidence(self.paths[0].confidence)}"
        if self.stopped_at is not None:
            counts += f", stopped {stopped_after(self.stopped_at)}"
        return f"<LinkPaths: {counts}>"

    def _card_(self) -> Card:
        return card_of_paths(self, self.paths, self.note)


def card_of_paths(result: object, paths: Sequence[LinkPath], note: str) -> Card:
    """Build a card of several paths: one row each, and the first of them as a picture."""
    first = paths[:MAX_ROWS]
    columns = {
        "confidence": [format_confidence(path.confidence) for path in first],
        "steps": [len(path) for path in first],
        "path": [" > ".join(path.marked) for path in first],
    }
    return Card(
        title_of(result),
        table=Frame(pa.table(columns)) if paths else None,
        things="paths",
        total=len(paths),
        notes=[note] if note else [],
        picture=paths[0].to_svg() if paths else "",
    )
