"""Commands that follow links: path, join, lineage and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import AUTO, cluster
from hummgraph.algorithms.explain.why import why as explanation
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.joins.path import by_remark
from hummgraph.algorithms.joins.planner import MAX_JOIN_WORK
from hummgraph.algorithms.kernels.effort import MAX_WORK
from hummgraph.algorithms.lineage.lineage import downstream, neighborhood, upstream
from hummgraph.algorithms.paths.paths import strongest_path, strongest_paths
from hummgraph.cli.app import command
from hummgraph.cli.completion import complete_words
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.hints import options_of, with_option_names
from hummgraph.cli.listing import (
    Listing,
    list_table,
    print_list,
    refuse_list,
    refuse_list_in_json,
    writes_list,
)
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
    PageFile,
    Rule,
    SchemasGiven,
    SettingPath,
    SnapshotPath,
    Threshold,
    WordsPath,
    cluster_arguments,
    schemas_of,
)
from hummgraph.cli.printing import (
    err,
    number,
    out,
    print_block,
    print_json,
    print_path,
    remark,
    styled,
)
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.cli.reports import with_kept_members
from hummgraph.export import KeptEvidence, write
from hummgraph.frames import marked
from hummgraph.snapshot.atomic import is_standard_output, write_atomically

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.joins.path import JoinPaths
    from hummgraph.algorithms.lineage.result import Lineage
    from hummgraph.drawing.diagram.diagram import Diagram
    from hummgraph.explorer.results import Showable

__all__ = ["join", "lineage", "path", "why"]

_Start = Annotated[str, typer.Argument(metavar="A", help="A node, by name or id.")]
_End = Annotated[str, typer.Argument(metavar="B", help="Another node, by name or id.")]
_Count = Annotated[
    int, typer.Option("-k", metavar="N", help="Largest number of paths to find, best first.")
]
_Work = Annotated[
    int,
    typer.Option("--max-work", metavar="N", help="Number of links that the search tries."),
]
_Directed = Annotated[
    bool, typer.Option("--directed", help="Follow links only from source to target.")
]
_Picture = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Draw the best result as .svg or .mmd (Mermaid), or write the list as .csv ... An"
        " existing file is replaced.",
        show_default=False,
    ),
]
_PictureOnly = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Draw the answer, as .svg or .mmd (Mermaid). An existing file is replaced.",
        show_default=False,
    ),
]


@command
def path(
    snapshot: SnapshotPath,
    start: _Start,
    end: _End,
    *,
    k: _Count = 1,
    directed: _Directed = False,
    relationships: Annotated[
        bool,
        typer.Option("--relationships", help="Also follow foreign keys and associations."),
    ] = False,
    max_work: _Work = MAX_WORK,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    output: _Picture = None,
    html: PageFile = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """Find the strongest path from one column, table or system to another."""
    _check_outputs(html, output, listing, as_json=as_json)
    options = options_of(["path"])
    graph = graph_from(snapshot, reading, decisions=decisions)
    graph = graph.where(min_confidence=min_confidence, active=active_only or None)
    how: dict[str, Any] = {"directed": directed, "relationships": relationships}
    found = strongest_paths(graph, start, end, k=k, max_work=max_work, **how)
    if not found:
        # Raises an error that has the reach of either side.
        strongest_path(graph, start, end, **how)
    elsewhere = draw(found[0].diagram(), output, listing)
    if html is not None:
        _write_page(found[0], html, evidence=evidence)
    if _is_printed(html):
        return
    if as_json:
        print_json(with_kept_members(found.to_dict(), evidence, graph.snapshot))
        return
    sure = " and ".join(f"{one.confidence:.3f}, {number(len(one), 'step')}" for one in found)
    shown = ["path"] * (len(found) > 1) + ["source_path", "target_path", "kind", "status", "weight"]
    title = f"Confidence {sure}"
    print_list(found.to_frame(), listing, title=title, shown=shown, output=elsewhere)
    _print_note(found.note, options)


@command
def join(
    snapshot: SnapshotPath,
    table_a: Annotated[str, typer.Argument(metavar="A", help="A table, by name or id.")],
    table_b: Annotated[str, typer.Argument(metavar="B", help="Another table, by name or id.")],
    *,
    k: _Count = 5,
    keys: Annotated[
        str,
        typer.Option(
            "--keys",
            metavar="WHICH",
            help="identifying; describing: also doubtful ways, names and shared values; or any.",
            autocompletion=complete_words("identifying", "describing", "any"),
        ),
    ] = "identifying",
    sql: Annotated[
        str | None,
        typer.Option(
            "--sql",
            metavar="DIALECT",
            help="Print the best join as SQL for snowflake, postgres ...; needs hummgraph[sql].",
            show_default=False,
        ),
    ] = None,
    schemas: SchemasGiven = None,
    words: WordsPath = None,
    max_work: _Work = MAX_JOIN_WORK,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    output: _Picture = None,
    html: PageFile = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """Find ways to join two tables, over links, foreign keys and associations."""
    if sql is not None and as_json:
        raise errors.ConfigError("--sql and --json print different things; choose one.")
    if sql is None and schemas:
        refuse_idle("without --sql, which prints a statement", "schemas")
    _check_outputs(html, output, listing, as_json=as_json)
    if sql is not None:
        refuse_list(
            "with --sql, which prints a statement",
            file=writes_list(output, listing),
            hint="Redirect standard output to write the statement to a file.",
        )
    options = options_of(["join"])
    graph = graph_from(snapshot, reading, decisions=decisions)
    graph = graph.where(min_confidence=min_confidence, active=active_only or None)
    how: dict[str, Any] = {"keys": keys, "words": words, "max_work": max_work}
    found = join_paths(graph, table_a, table_b, k=k, **how)
    if as_json and not _is_printed(html):
        print_json(with_kept_members(found.to_dict(), evidence, graph.snapshot))
    if not found.paths:
        raise errors.NoPathError(found.advice)
    best = found.paths[0]
    elsewhere = draw(best.diagram(), output, listing)
    if html is not None:
        _write_page(found, html, evidence=evidence)
    if _is_printed(html):
        return
    if sql is not None:
        # Plain print: a console would wrap and colour what a database reads.
        statement = best.to_sql(dialect=sql, schemas=schemas_of(schemas))
        typer.echo(with_option_names(statement, options))
    elif not as_json:
        columns = ("source_path", "target_path", "key", "kind", "status", "weight")
        shown = ["path"] * (len(found.paths) > 1) + list(columns)
        shown += ["via"] * any(len(chain) > 1 for path in found for chain in path.chains)
        title = f"Confidence {' and '.join(f'{one.confidence:.3f}' for one in found)}"
        print_list(found.to_frame(), listing, title=title, shown=shown, output=elsewhere)
        _print_join_notes(found, options)


_WITHOUT_COLUMNS: Final = (
    "system", "table", "depth", "confidence", "n_links", "n_deleted"
)  # fmt: skip
"""Columns of the impact of links lifted to a level, of which none is a column's."""


@command
def lineage(
    snapshot: SnapshotPath,
    node: Annotated[
        str, typer.Argument(metavar="NODE", help="A column, table or system, by name or id.")
    ],
    *,
    down: Annotated[
        bool,
        typer.Option("--down", help="List only what is downstream: where links lead to."),
    ] = False,
    up: Annotated[
        bool, typer.Option("--up", help="List only what is upstream: where links come from.")
    ] = False,
    depth: Annotated[
        int, typer.Option("--depth", metavar="N", help="Largest number of links to follow.")
    ] = 3,
    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            metavar="LEVEL",
            help="Lift links to a level first: table or integration_source.",
            show_default=False,
            autocompletion=complete_words("table", "integration_source"),
        ),
    ] = None,
    per_hop: Annotated[
        int | None,
        typer.Option(
            "--per-hop",
            metavar="N",
            help="Largest number of nodes at each depth, best first.",
            show_default=False,
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    active_only: ActiveOnly = False,
    output: _Picture = None,
    html: PageFile = None,
    as_json: AsJson = False,
    decisions: DecisionsPath = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """List what is downstream and upstream of a node.

    Both directions are listed, one after the other, unless --down or --up is given. In a list of
    both, depths upstream are negative, and a node of both directions is in the nearer one.
    """
    _check_outputs(html, output, listing, as_json=as_json)
    options = options_of(["lineage"])
    graph = graph_from(snapshot, reading, decisions=decisions)
    graph = graph.where(min_confidence=min_confidence, active=active_only or None)
    follow = neighborhood if down == up else downstream if down else upstream
    found = follow(
        graph,
        node,
        max_depth=depth,
        level=level,
        max_per_hop=per_hop,
    )
    elsewhere = draw(found.diagram(), output, listing)
    if html is not None:
        _write_page(found, html)
    if _is_printed(html):
        return
    if as_json:
        print_json(found.to_dict())
        return
    console = listing.console(elsewhere)
    if console is out:
        if down or not up:
            _print_side(found, listing, "Downstream", "where links lead to", 1)
        if up or not down:
            # Of one direction alone, depths are positive.
            sign = -1 if down == up else 1
            _print_side(found, listing, "Upstream", "where links come from", sign)
        impact = found.impact if level is None else found.impact.select(*_WITHOUT_COLUMNS)
        print_block(list_table(impact, title="By system and table"))
    else:
        print_list(found.nodes, listing, output=elsewhere)
    remark(with_option_names(found.note, options), console=console)


def _print_side(found: Lineage, listing: Listing, side: str, where: str, sign: int) -> None:
    """Print the nodes downstream or upstream, the nearest first; without the node itself."""
    depths = found.nodes["depth"]
    nodes = found.nodes.filter([depth * sign > 0 for depth in depths])
    if sign < 0:  # the farthest are first in the frame, by depth
        nodes = nodes.sort_by("depth", descending=True)
    start = found.graph.node(found.start)
    name = marked(start.path, deleted=start.deleted)
    title = f"{side} of {name}, {where}: {number(len(nodes), 'node')}"
    if found.direction == "neighborhood":
        every = len(found.searches[sign < 0][1]) - depths.count(0)
        if elsewhere := every - len(nodes):
            other = "downstream" if sign < 0 else "upstream"
            title += f", and {elsewhere:,} that {'are' if elsewhere > 1 else 'is'} nearer {other}"
    if len(nodes):
        print_list(nodes, listing, title=title, shown=("path", "depth", "confidence"))
    else:
        out.print(styled(title, "bold"))
    out.print()


@command
def why(
    snapshot: SnapshotPath,
    start: _Start,
    end: _End,
    *,
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per: OnePer = Rule.AUTO,
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: SettingPath = None,
    output: _PictureOnly = None,
    html: PageFile = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    decisions: DecisionsPath = None,
    reading: Reading,
) -> None:
    """Explain why two columns are in one cluster, or why not."""
    _check_outputs(html, output)
    graph = graph_from(snapshot, reading, decisions=decisions)
    clusters = cluster(
        graph,
        level=graph.node(start).level,
        threshold=threshold,
        max_memory=reading.max_memory,
        **cluster_arguments(
            setting=setting, method=method, one_per=one_per, calibrate=calibrate, floor=floor
        ),
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
        content = with_kept_members(found.to_dict(), evidence, graph.snapshot)
        print_json(content | {"sentences": sentences})
        return
    for said in sentences:
        out.print(said, soft_wrap=True)


def _is_printed(page: Path | None) -> bool:
    """Return whether a page goes to standard output, which takes nothing else then."""
    return page is not None and is_standard_output(page)


def _check_outputs(
    html: Path | None, output: Path | None, listing: Listing | None = None, *, as_json: bool = False
) -> None:
    """Raise an error for options of results that are not printed."""
    file = listing is not None and writes_list(output, listing)
    if _is_printed(html):
        where = f"with --html {html}, which prints the page"
        refuse_idle(where, "as_json", "sql")
        if listing is not None:
            refuse_list(where, file=file)
    if as_json and listing is not None:
        refuse_list_in_json(file=file)
    if listing is not None and html is None and not as_json:
        refuse_idle("on a list", "evidence", hint="Add --json or --html, which have evidence.")


def _print_note(note: str, options: dict[str, str]) -> None:
    """Print a note on a search, such as that it was stopped."""
    if note:
        err.print(styled(with_option_names(note, options)), soft_wrap=True)


def _print_join_notes(found: JoinPaths, options: dict[str, str]) -> None:
    """Print notes on the search, on rows that paths join, and on rejected links between columns."""
    for note in (found.note, *by_remark(found.paths, "Path", 0)):
        _print_note(note, options)
    for at, path in enumerate(found):
        _print_note(f"Path {at}: {path.note}" if path.note else "", {})


def draw(diagram: Diagram, output: Path | None, listing: Listing | None = None) -> Path | None:
    """Write a picture in the format of its suffix, or return the file if it takes a list."""
    if output is None or (listing is not None and writes_list(output, listing)):
        return output
    suffix = output.suffix.lower()
    if suffix not in {".svg", ".mmd"}:
        what = f"as {suffix!r}" if suffix else f"to {str(output)!r}, which has no suffix"
        raise errors.FormatError(f"No picture is written {what}; name an .svg or an .mmd.")
    with write_atomically(output) as file:
        file.write((diagram.to_svg() if suffix == ".svg" else diagram.to_mermaid()).encode())
    print_path(output, console=err)
    return None


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
