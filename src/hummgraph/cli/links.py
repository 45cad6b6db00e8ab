"""The command that lists links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import pyarrow as pa
import typer

from hummgraph.cli.app import command
from hummgraph.cli.completion import complete_words
from hummgraph.cli.listing import ListFile, Listing, print_list
from hummgraph.cli.options import (
    ActiveOnly,
    DecisionsPath,
    Evidence,
    MinConfidence,
    SnapshotPath,
)
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.cli.reports import with_kept_evidence
from hummgraph.export import KeptEvidence
from hummgraph.frames import Frame
from hummgraph.graph.elements import Level
from hummgraph.records.display import LinkDisplay
from hummgraph.records.models import LinkType, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["as_sent_values", "links"]

_MAIN = ("source_path", "target_path", "link_type", "status", "confidence")


@command
def links(
    snapshot: SnapshotPath,
    *,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--between",
            metavar="A B",
            help="Only links between two systems, tables or columns, in either direction.",
            show_default=False,
        ),
    ] = None,
    of: Annotated[
        list[str],
        typer.Option(
            "--of",
            metavar="NODE",
            help="Only links of a system, table or column, or of anything in it; repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    status: Annotated[
        list[str],
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only links of a status: SUGGESTED, APPROVED or REJECTED; repeatable.",
            show_default=False,
            autocompletion=complete_words(*Status),
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    link_type: Annotated[
        list[str],
        typer.Option(
            "--type",
            metavar="TYPE",
            help="Only links of a type: DETERMINISTIC or PROBABILISTIC; repeatable.",
            show_default=False,
            autocompletion=complete_words(*LinkType),
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    system: Annotated[
        list[str],
        typer.Option(
            "--system",
            metavar="SYSTEM",
            help="Only links with an end in a system; repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            metavar="LEVEL",
            help="Only links with both ends at a level: column, table or integration_source.",
            show_default=False,
            autocompletion=complete_words(*Level),
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    max_confidence: Annotated[
        float | None,
        typer.Option(
            "--max-confidence",
            metavar="NUMBER",
            help="Leave out links above this confidence, and those without one.",
            show_default=False,
        ),
    ] = None,
    active_only: ActiveOnly = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    output: ListFile = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """List links, the surest first.

    Links must meet all conditions given.
    """
    listing.chosen(output)
    graph = graph_from(snapshot, reading, decisions=decisions)
    found = graph.where(
        between=between,
        nodes=of or None,
        status=as_sent_values(status, graph.n_links_by_status) or None,
        link_type=as_sent_values(link_type, graph.n_links_by_type) or None,
        system=system or None,
        level=level,
        min_confidence=min_confidence,
        max_confidence=max_confidence,
        active=active_only or None,
    )
    # Links without a weight are last; ids, the order of links, break ties.
    confidence = np.nan_to_num(found.arrays.links.confidence, nan=-1)
    order = np.lexsort((-confidence, -np.nan_to_num(found.weights, nan=-1)))
    table = found.links.to_arrow().take(pa.array(order))
    frame = with_kept_evidence(Frame(table, display=LinkDisplay(graph.snapshot)), evidence)
    title = (
        f"Links: {found.n_links:,} of {graph.n_links:,}"
        if found.n_links < graph.n_links
        else "Links"
    )
    shown = (*_MAIN, "evidence") if evidence is KeptEvidence.FULL else _MAIN
    print_list(frame, listing, title=title, shown=shown, output=output)


def as_sent_values(wanted: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return values as the API sends them, in whatever case they were typed."""
    folded = {value.casefold(): value for value in known}
    return [folded.get(value.casefold(), value) for value in wanted]
