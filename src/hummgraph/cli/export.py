"""Commands that write the graph for other programs and people: export, formats and show."""

from __future__ import annotations

import json
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import pyarrow as pa
import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import AUTO, cluster
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list, refuse_list_in_json
from hummgraph.cli.options import (
    ActiveOnly,
    AsJson,
    Calibrate,
    Calibration,
    DecisionsPath,
    Evidence,
    Floor,
    Method,
    MinConfidence,
    OnePer,
    Overwrite,
    Rule,
    SettingPath,
    SnapshotPath,
    Threshold,
    cluster_arguments,
)
from hummgraph.cli.printing import err, print_json, print_path, remark
from hummgraph.cli.reading import Reading, attributes_from, graph_from, text_of
from hummgraph.export import FEATURES, FORMATS, NAME_A_FORMAT, KeptEvidence, write
from hummgraph.export.format import by_suffix
from hummgraph.export.formats import folder_format
from hummgraph.export.plugins import exporters
from hummgraph.frames import Frame
from hummgraph.graph.elements import Level
from hummgraph.snapshot.atomic import written_into

__all__ = ["export", "formats", "show"]


_NOT_ASKED: Final = (None, False)
_DRAW_CONTAINMENT: Final = frozenset({"dot", "gexf", "graphml", "node-link"})
"""Formats that can write containment as edges."""


class _Engine(StrEnum):
    EXPLORER = "explorer"
    PYVIS = "pyvis"


def _stop(text: str) -> float | str:
    """Return the threshold that a text names: a number, or auto."""
    if text == AUTO:
        return AUTO
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a number nor auto.") from None


@command
def export(
    snapshot: SnapshotPath,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File or folder to write, in the format of its suffix; '-' is standard output. An"
            " existing file is replaced; a folder that holds other files needs --overwrite.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="Format, if the suffix does not name it; 'hummgraph formats' lists them.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        Level | None,
        typer.Option(
            "--level",
            metavar="LEVEL",
            help="Lift the links to a level: table or integration_source.",
            show_default=False,
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    threshold: Annotated[
        Any,
        typer.Option(
            "--clusters",
            metavar="THRESHOLD",
            parser=_stop,
            help="Add the clusters at this threshold, in [0, 1]; auto for that of the setting.",
            show_default=False,
        ),
    ] = None,
    method: Method = AUTO,
    setting: SettingPath = None,
    containment: Annotated[
        bool, typer.Option("--containment", help="Add edges from systems to tables to columns.")
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="TOOL",
            help="GraphML for one tool: gephi, yed, cytoscape or neo4j.",
            show_default=False,
        ),
    ] = None,
    nested: Annotated[
        bool, typer.Option("--nested", help="GraphML with tables in systems, columns in tables.")
    ] = False,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw",
            help="CSV without the apostrophe before cells that a spreadsheet runs as formulas.",
        ),
    ] = False,
    lineage: Annotated[
        Path | None,
        typer.Option(
            "--lineage",
            metavar="FILE",
            help="OpenLineage: a file with the ids of links that are data flows, one per line.",
            show_default=False,
        ),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(
            "--system",
            metavar="SYSTEM",
            help="dbt: the warehouse, by name or id.",
            show_default=False,
        ),
    ] = None,
    platforms: Annotated[
        Path | None,
        typer.Option(
            "--platforms",
            metavar="FILE",
            help="DataHub: its names of systems and tables, as a JSON object or TOML.",
            show_default=False,
        ),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option(
            "--env",
            metavar="NAME",
            help="DataHub: environment of the datasets; PROD without it.",
            show_default=False,
        ),
    ] = None,
    suggested: Annotated[
        bool, typer.Option("--suggested", help="DataHub: SUGGESTED links as well.")
    ] = False,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="An option of a plug-in, as text; may be repeated.",
            show_default=False,
        ),
    ] = None,
    node_attributes: Annotated[
        Path | None,
        typer.Option(
            "--node-attributes",
            metavar="FILE",
            help="Add attributes of nodes: CSV or Parquet with a column node_id, of ids or names.",
            show_default=False,
        ),
    ] = None,
    link_attributes: Annotated[
        Path | None,
        typer.Option(
            "--link-attributes",
            metavar="FILE",
            help="Add attributes of links: CSV or Parquet with a column link_id.",
            show_default=False,
        ),
    ] = None,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    overwrite: Overwrite = False,
    decisions: DecisionsPath = None,
    reading: Reading,
) -> None:
    """Write the graph for another tool, such as GraphML; 'hummgraph formats' lists them."""
    if threshold is None:
        refuse_idle("without --clusters", "method", "setting", hint="Add --clusters auto.")
    if lineage is not None:
        refuse_idle("with --lineage, whose links are APPROVED and count 1", "min_confidence")
    _refuse_unheld_parts(output, to, evidence)
    graph = graph_from(snapshot, reading, decisions=decisions)
    found = None
    if threshold is not None:
        chosen = cluster_arguments(setting=setting, method=method)
        stop = None if threshold == AUTO else threshold
        found = cluster(graph, threshold=stop, max_memory=reading.max_memory, **chosen)
    kept = graph.where(min_confidence=min_confidence, active=active_only or None)
    options: dict[str, Any] = {
        "profile": profile,
        "nested": nested,
        "raw": raw,
        "lineage": lineage and text_of(lineage).split(),
        "system": system,
        "platforms": platforms and _names_from(platforms),
        "env": env,
        "suggested": suggested,
    }
    try:
        write(
            kept if level is None else kept.project(level),
            output,
            format=to,
            clusters=found,
            containment=containment,
            evidence=evidence,
            overwrite=overwrite,
            node_attributes=node_attributes and attributes_from(node_attributes),
            link_attributes=link_attributes and attributes_from(link_attributes),
            **{name: value for name, value in options.items() if value not in _NOT_ASKED},
            **_options_of(given or []),
        )
    except errors.FormatError as error:
        if to is None and (kind := folder_format(output)) is not None:
            hint = f"Name the folder: --to {kind} -o {output.with_suffix('')}"
            raise errors.FormatError(error.message, hint=hint) from None
        if error.hint != NAME_A_FORMAT:
            raise
        hint = "Or name one with --to."
        if output.suffix.lower() == ".hummgraph":
            hint = f"A snapshot is written by: hummgraph run {snapshot} -o DIR"
        raise errors.FormatError(error.message, hint=hint) from None
    print_path(output)


def _options_of(given: list[str]) -> dict[str, Any]:
    """Return the options of a plug-in by name."""
    pairs = [one.partition("=") for one in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise typer.BadParameter(f"{name!r} is not NAME=VALUE.", param_hint="'--option'")
    return {name: value for name, _, value in pairs}


def _names_from(path: Path) -> dict[str, Any]:
    """Read names by name from JSON or TOML."""
    text = text_of(path)
    try:
        found = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except ValueError as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise errors.ConfigError(f"{str(path)!r} is not {kind}: {error}.") from None
    if not isinstance(found, dict):
        raise errors.ConfigError(f"{str(path)!r} is not an object of names.")
    return found


def _refuse_unheld_parts(output: Path, to: str | None, evidence: KeptEvidence) -> None:
    """Raise an error for options for parts of a graph that the format does not hold."""
    suffixed = by_suffix(output, FORMATS)  # of plug-ins, write() says what they cannot hold
    for known in FORMATS:
        if known.name == to if to is not None else known is suffixed:
            where = f"for {known.name}, which does not hold {{}}"
            hint = "'hummgraph formats' lists what each format cannot hold."
            if "clusters" not in known.carries:
                refuse_idle(where.format("clusters"), "threshold", hint=hint)
            if "lifted links" not in known.carries:
                refuse_idle(where.format("lifted links"), "level", hint=hint)
            if known.name not in _DRAW_CONTAINMENT:
                drawing = ", ".join(sorted(_DRAW_CONTAINMENT))
                refuse_idle(
                    f"for {known.name}, which does not write it as edges",
                    "containment",
                    hint=f"Formats that do are {drawing}.",
                )
            if not known.files:
                refuse_idle(f"for {known.name}, which is one file and replaces a file", "overwrite")
            if "evidence" not in known.carries and evidence is KeptEvidence.FULL:
                refuse_idle(where.format("evidence"), "evidence", hint=hint)


@command
def formats(*, output: ListFile = None, as_json: AsJson = False, listing: Listing) -> None:
    """List the formats of a graph, and the parts that each cannot hold."""
    added, unusable = exporters(FORMATS)
    for error in unusable:
        remark(error.message, console=err)
    if as_json:
        refuse_list_in_json(file=True)
        print_json(
            {
                "formats": [
                    {
                        "name": known.name,
                        "for": known.about,
                        "suffixes": known.suffixes,
                        "files": known.files,
                        "options": known.options,
                        "carries": {name: name in known.carries for name in FEATURES},
                    }
                    for known in (*FORMATS, *added)
                ]
            }
        )
        return
    rows = [
        {
            "format": known.name,
            "suffix": "a folder" if known.files else " ".join(known.suffixes),
            "for": known.about,
            "does_not_hold": ", ".join(name for name in FEATURES if name not in known.carries),
            "files": " ".join(known.files),
            "options": " ".join(f"--{name}" for name in known.options),
        }
        for known in (*FORMATS, *added)
    ]
    shown = ("format", "suffix", "for", "does_not_hold")
    frame = Frame(pa.Table.from_pylist(rows))
    print_list(frame, listing, title="Formats", shown=shown, output=output)


@command
def show(
    snapshot: SnapshotPath,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Page to write. An existing file is replaced.",
            show_default=False,
        ),
    ],
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per: OnePer = Rule.AUTO,
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: SettingPath = None,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    engine: Annotated[
        _Engine,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="explorer: a page for any size; pyvis: a plain picture, good for 300 nodes.",
        ),
    ] = _Engine.EXPLORER,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
    decisions: DecisionsPath = None,
    reading: Reading,
) -> None:
    """Write an interactive page with the clusters at a threshold: one file, no network."""
    if written_into(output):
        refuse_idle(f"with --output {output}: a browser opens files", "open_page")
    graph = graph_from(snapshot, reading, decisions=decisions)
    chosen = cluster_arguments(
        setting=setting, method=method, one_per=one_per, calibrate=calibrate, floor=floor
    )
    found = cluster(graph, threshold=threshold, max_memory=reading.max_memory, **chosen)
    write(
        graph.where(min_confidence=min_confidence, active=active_only or None),
        output,
        format="html",
        engine=engine,
        clusters=found,
        evidence=evidence,
    )
    print_path(output)
    if open_page:
        typer.launch(str(output))
