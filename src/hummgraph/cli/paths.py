"""Commands that follow links from one place to another: path, join, lineage and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import DEFAULT_METHOD, cluster
from hummgraph.algorithms.explain.why import why as explanation
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood, upstream
from hummgraph.algorithms.paths.paths import strongest_path, strongest_paths
from hummgraph.cli.app import app
from hummgraph.cli.options import (
    ActiveOnly,
    AsJson,
    Calibrate,
    CataloguePath,
    Columns,
    DecisionsPath,
    Ends,
    EndsOption,
    Evidence,
    Method,
    MinConfidence,
    NamesPath,
    OnePer,
    SnapshotPath,
    Threshold,
)
from hummgraph.cli.printing import err, marked_names, out, print_json, print_path, rich_table
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.export import KeptEvidence, write
from hummgraph.records.redaction import redact_members
from hummgraph.snapshot.atomic import is_standard_output, write_atomically

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.explorer.results import Showable

__all__ = ["join", "lineage", "path", "why"]

_Start = Annotated[str, typer.Argument(metavar="A", help="A node, by name or id.")]
_End = Annotated[str, typer.Argument(metavar="B", help="Another node, by name or id.")]
_Count = Annotated[int, typer.Option("-k", help="How many ways to show at most.")]
_Directed = Annotated[
    bool, typer.Option("--directed", help="Follow links from source to target only.")
]
_Picture = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Draw the best: .svg, or .mmd for Mermaid.",
        show_default=False,
    ),
]
_Html = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write a page of the whole graph that opens on what was found.",
        show_default=False,
    ),
]


@app.command()
def path(
    snapshot: SnapshotPath,
    start: _Start,
    end: _End,
    *,
    k: _Count = 1,
    directed: _Directed = False,
    relationships: Annotated[
        bool,
        typer.Option("--relationships", help="Follow foreign keys and associations too."),
    ] = False,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    output: _Picture = None,
    html: _Html = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
) -> None:
    """Find the strongest path from one column, table or system to another."""
    graph = graph_from(snapshot, Reading(columns, ends, catalogue, names), decisions=decisions)
    graph = graph.where(min_confidence=min_confidence, active=active_only or None)
    how: dict[str, Any] = {"directed": directed, "relationships": relationships}
    found = strongest_paths(graph, start, end, k=k, **how)
    if not found:
        # Raises, and says how far either side reaches.
        strongest_path(graph, start, end, **how)
    if output is not None:
        draw(found[0].diagram(), output)
    if html is not None:
        _write_page(found[0], html, evidence=evidence)
    if _is_printed(html):
        return
    if as_json:
        print_json(_with_kept_evidence(found.to_dict(), evidence))
        return
    for one in found:
        steps = marked_names(one.to_frame()).select(
            "source_path", "target_path", "kind", "status", "weight"
        )
        title = f"Confidence {one.confidence:.3f}, {len(one)} step{'s' * (len(one) != 1)}"
        out.print(rich_table(steps, title=title))
    _print_note(found.note)


@app.command()
def join(
    snapshot: SnapshotPath,
    table_a: Annotated[str, typer.Argument(metavar="A", help="A table, by name or id.")],
    table_b: Annotated[str, typer.Argument(metavar="B", help="Another table, by name or id.")],
    *,
    k: _Count = 3,
    keys: Annotated[
        str,
        typer.Option(help="first: columns that tell rows apart before others; only them; or any."),
    ] = "first",
    sql: Annotated[
        str | None,
        typer.Option(
            "--sql",
            metavar="DIALECT",
            help="Print the best as SQL, for snowflake, postgres ...; needs hummgraph[sql].",
            show_default=False,
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    output: _Picture = None,
    html: _Html = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
) -> None:
    """Find ways to join two tables, over links, foreign keys and associations."""
    if sql is not None and as_json:
        raise errors.ConfigError("--sql and --json print different things; give one.")
    graph = graph_from(snapshot, Reading(columns, ends, catalogue, names), decisions=decisions)
    graph = graph.where(min_confidence=min_confidence, active=active_only or None)
    found = join_paths(graph, table_a, table_b, k=k, keys=keys)  # type: ignore[arg-type]  # checked there
    if as_json and not _is_printed(html):
        print_json(_with_kept_evidence(found.to_dict(), evidence))
    if not found.paths:
        raise errors.NoPathError(found.advice)
    best = found.paths[0]
    if output is not None:
        draw(best.diagram(), output)
    if html is not None:
        _write_page(found, html)
    if _is_printed(html):
        return
    if sql is not None:
        # Plain print: a console would wrap and colour what a database reads.
        typer.echo(best.to_sql(dialect=sql))
    elif not as_json:
        shown = ("source_path", "target_path", "key", "kind", "status", "weight")
        for one in found:
            title = f"Confidence {one.confidence:.3f}"
            out.print(rich_table(marked_names(one.to_frame()).select(*shown), title=title))
        _print_note(found.note)


@app.command()
def lineage(
    snapshot: SnapshotPath,
    node: Annotated[
        str, typer.Argument(metavar="NODE", help="A column, table or system, by name or id.")
    ],
    *,
    down: Annotated[
        bool, typer.Option("--down", help="What links lead to; both ways if neither is given.")
    ] = False,
    up: Annotated[bool, typer.Option("--up", help="What links come from.")] = False,
    depth: Annotated[int, typer.Option("--depth", help="How many links far.")] = 3,
    level: Annotated[
        str | None,
        typer.Option(help="Lift links first: integration_source or table.", show_default=False),
    ] = None,
    per_hop: Annotated[
        int | None,
        typer.Option(
            "--per-hop",
            metavar="N",
            help="Most nodes at each depth, best first.",
            show_default=False,
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    output: _Picture = None,
    html: _Html = None,
    as_json: AsJson = False,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
) -> None:
    """List what lies downstream and upstream of a node, as links run."""
    graph = graph_from(snapshot, Reading(columns, ends, catalogue, names), decisions=decisions)
    graph = graph.where(min_confidence=min_confidence, active=active_only or None)
    follow = neighborhood if down == up else downstream if down else upstream
    found = follow(
        graph,
        node,
        max_depth=depth,
        level=level,
        max_per_hop=per_hop,
    )
    if output is not None:
        draw(found.diagram(), output)
    if html is not None:
        _write_page(found, html)
    if _is_printed(html):
        return
    if as_json:
        print_json(found.to_dict())
        return
    nodes = marked_names(found.nodes).select("path", "depth", "confidence")
    out.print(rich_table(nodes, title=repr(found)[1:-1]))
    out.print(rich_table(found.impact, title="By system and table"))
    out.print(found.note, highlight=False, markup=False, style="dim")


@app.command()
def why(
    snapshot: SnapshotPath,
    start: _Start,
    end: _End,
    *,
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    output: _Picture = None,
    html: _Html = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
) -> None:
    """Say why two columns are in one cluster, or what keeps them apart."""
    graph = graph_from(snapshot, Reading(columns, ends, catalogue, names), decisions=decisions)
    clusters = cluster(
        graph,
        level=graph.node(start).level,
        threshold=threshold,
        method=method,
        one_per=one_per,
        calibrate=calibrate,
    )
    found = explanation(graph, start, end, clusters=clusters)
    if output is not None:
        draw(found.diagram(), output)
    if html is not None:
        _write_page(found, html, clusters, evidence=evidence)
    if _is_printed(html):
        return
    sentences = list(found.to_sentences(evidence=evidence))
    if as_json:
        print_json(_with_kept_evidence(found.to_dict(), evidence) | {"sentences": sentences})
        return
    for said in sentences:
        out.print(said, highlight=False, markup=False, soft_wrap=True)


def _is_printed(page: Path | None) -> bool:
    """Whether a page went to standard output, where nothing else may stand then."""
    return page is not None and is_standard_output(page)


def _print_note(note: str) -> None:
    """Print that a search was stopped, if it was."""
    if note:
        err.print(note, highlight=False, markup=False, soft_wrap=True)


def draw(diagram: Diagram, output: Path) -> None:
    """Write a picture, as the suffix of its file says."""
    suffix = output.suffix.lower()
    if suffix not in {".svg", ".mmd"}:
        what = f"as {suffix!r}" if suffix else f"to {str(output)!r}, which has no suffix"
        raise errors.FormatError(f"No picture is written {what}; name an .svg or an .mmd.")
    with write_atomically(output) as file:
        file.write((diagram.to_svg() if suffix == ".svg" else diagram.to_mermaid()).encode())
    print_path(output, console=err)


def _write_page(
    found: Showable,
    path: Path,
    clusters: Clusters | None = None,
    *,
    evidence: KeptEvidence = KeptEvidence.VOCABULARY,
) -> None:
    """Write a page that opens on a result."""
    write(found, path, format="html", clusters=clusters, evidence=evidence)
    print_path(path, console=err)


def _with_kept_evidence(content: dict[str, Any], evidence: KeptEvidence) -> dict[str, Any]:
    """Redact every member named ``evidence``, at any depth."""
    return {
        name: _kept_value(name, value, evidence)
        for name, value in content.items()
        if name != "evidence" or evidence is not KeptEvidence.NONE
    }


def _kept_value(name: str, value: Any, evidence: KeptEvidence) -> Any:
    """Return a member as it may be printed."""
    if isinstance(value, dict):
        if name == "evidence":
            return redact_members(value, evidence)
        return _with_kept_evidence(value, evidence)
    if isinstance(value, list):
        return [_kept_value(name, part, evidence) for part in value]
    return value
