"""The command that searches by text."""

from __future__ import annotations

from typing import Annotated

import typer

from hummgraph.algorithms.clustering.clustering import AUTO, cluster
from hummgraph.cli.app import command
from hummgraph.cli.completion import complete_words
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list
from hummgraph.cli.options import (
    DecisionsPath,
    Method,
    SettingPath,
    SnapshotPath,
    Threshold,
    cluster_arguments,
)
from hummgraph.cli.printing import err, remark
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.graph.search import KINDS
from hummgraph.graph.search import find as find_in

__all__ = ["find"]

_MAIN = ("kind", "name", "n_links", "score")


@command
def find(
    snapshot: SnapshotPath,
    text: Annotated[
        list[str],
        typer.Argument(metavar="TEXT...", help="Words, a name, an id or its first six digits."),
    ],
    *,
    kind: Annotated[
        list[str],
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"Only these: {', '.join(KINDS)}; repeatable.",
            show_default=False,
            autocompletion=complete_words(*KINDS),
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    threshold: Threshold = None,
    method: Method = AUTO,
    setting: SettingPath = None,
    decisions: DecisionsPath = None,
    output: ListFile = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """Search systems, tables, columns, clusters and ids, best first.

    Clusters come first, unless the text is an id or a whole name. Case, accents and one typing
    error per word do not matter. If nothing has all words, the list has the best of the rest.
    """
    listing.chosen(output)
    graph = graph_from(snapshot, reading, decisions=decisions)
    wanted = " ".join(text)
    clusters = None
    if not kind or "cluster" in kind:
        chosen = cluster_arguments(setting=setting, method=method)
        clusters = cluster(graph, threshold=threshold, max_memory=reading.max_memory, **chosen)
    else:
        refuse_idle(
            "unless clusters are searched",
            *("threshold", "method", "setting"),
            hint="Add --kind cluster.",
        )
    found = find_in(graph, wanted, kinds=kind or None, clusters=clusters)
    if not len(found):
        found = find_in(graph, wanted, kinds=kind or None, clusters=clusters, partial=True)
        if len(found):
            remark(f"Nothing has all words of {wanted!r}. This has some:", console=err, style="")
    print_list(found, listing, title=f"Found for {wanted!r}", shown=_MAIN, output=output)
    if not len(found):
        remark(f"Nothing is called {wanted!r}.", console=err, style="")
