"""Commands that write the graph for something else to read: export and show."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hummgraph._cli._app import app
from hummgraph._cli._options import (
    Calibrate,
    CataloguePath,
    DecisionsPath,
    Method,
    MinConfidence,
    NamesPath,
    OnePer,
    Redact,
    SnapshotPath,
    Threshold,
)
from hummgraph._cli._printing import out
from hummgraph._cli._reading import graph_from
from hummgraph.algorithms.clustering import DEFAULT_METHOD, cluster
from hummgraph.export import Redaction, write

__all__ = ["export", "show"]


class _Engine(StrEnum):
    EXPLORER = "explorer"
    PYVIS = "pyvis"


@app.command()
def export(
    snapshot: SnapshotPath,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="File to write; its suffix says how.", show_default=False
        ),
    ],
    to: Annotated[
        str | None,
        typer.Option("--to", help="Format, where the suffix does not say.", show_default=False),
    ] = None,
    min_confidence: MinConfidence = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--clusters",
            metavar="THRESHOLD",
            help="Add the clusters at this threshold.",
            show_default=False,
        ),
    ] = None,
    method: Method = DEFAULT_METHOD,
    containment: Annotated[
        bool, typer.Option("--containment", help="Add what contains what as edges.")
    ] = False,
    redact: Redact = Redaction.VALUES,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
) -> None:
    """Write the graph for another tool, such as GraphML."""
    graph = graph_from(snapshot, catalogue=catalogue, names=names, decisions=decisions)
    found = None if threshold is None else cluster(graph, threshold=threshold, method=method)
    write(
        graph.where(min_confidence=min_confidence),
        output,
        format=to,
        clusters=found,
        containment=containment,
        redact=redact,
    )
    out.print(str(output), highlight=False, markup=False, soft_wrap=True)


@app.command()
def show(
    snapshot: SnapshotPath,
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="HTML", help="Page to write.", show_default=False),
    ],
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    min_confidence: MinConfidence = None,
    redact: Redact = Redaction.VALUES,
    engine: Annotated[
        _Engine,
        typer.Option(
            help="explorer: a page for any size. pyvis: a plain picture, comfortable to 300 nodes."
        ),
    ] = _Engine.EXPLORER,
    open_page: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
) -> None:
    """Write an interactive page with the clusters at a threshold: one file, no network."""
    graph = graph_from(snapshot, catalogue=catalogue, names=names, decisions=decisions)
    found = cluster(graph, threshold=threshold, method=method, one_per=one_per, calibrate=calibrate)
    write(
        graph.where(min_confidence=min_confidence),
        output,
        format="html",
        engine=engine,
        clusters=found,
        redact=redact,
    )
    out.print(str(output), highlight=False, markup=False, soft_wrap=True)
    if open_page:
        typer.launch(str(output))
