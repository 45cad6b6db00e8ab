"""The command line: the library's verbs, for a terminal and for scripts."""

from __future__ import annotations

import json
import shlex
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from hummgraph import errors
from hummgraph._files import write_atomically
from hummgraph.algorithms.advice import advise_one_per
from hummgraph.algorithms.audit import Audit
from hummgraph.algorithms.audit import audit as audit_clusters
from hummgraph.algorithms.clustering import DEFAULT_METHOD, METHODS, Clusters, cluster
from hummgraph.algorithms.cross_validation import CrossValidation, cross_validate
from hummgraph.algorithms.evaluation import Evaluation
from hummgraph.algorithms.evaluation import evaluate as evaluate_clusters
from hummgraph.algorithms.merge_tree import MergeTree, merge_tree
from hummgraph.algorithms.reliability import reliability
from hummgraph.algorithms.repair import Repair
from hummgraph.algorithms.repair import repair as repair_clusters
from hummgraph.algorithms.truth import Truth
from hummgraph.client import DEFAULT_BASE_URL, Client
from hummgraph.elements import Level
from hummgraph.export import write
from hummgraph.export.crosswalk import write_crosswalk
from hummgraph.graph import LinkGraph
from hummgraph.readers import read_links
from hummgraph.snapshot import Snapshot, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hummgraph import client as _client
    from hummgraph.frames import Frame

__all__ = ["app", "main"]

EXIT_CODES = {
    0: "done",
    1: "any other error of hummgraph's own",
    2: "wrong usage: an option, setting, threshold, name of a node or format",
    3: "more bad records than --max-bad allows, nothing was written",
    4: "the API refused the token, or has no such organisation for its user",
    5: "the API could not be reached, or failed",
    6: "a reply or file is not what the contract describes",
    7: "a snapshot is missing, damaged or of a newer version",
    8: "the output cannot be written, what stood there still stands",
    130: "interrupted",
}

_CODES: tuple[tuple[int, tuple[type[errors.HummgraphError], ...]], ...] = (
    (
        2,
        (
            errors.ConfigError,
            errors.ArgumentError,
            errors.NodeError,
            errors.LinkNotFoundError,
            errors.FormatError,
            errors.DecisionError,
        ),
    ),
    (3, (errors.TooManyBadRecordsError,)),
    (4, (errors.AuthenticationError, errors.PermissionDeniedError, errors.NotFoundError)),
    (5, (errors.RequestError,)),
    (6, (errors.ContractError,)),
    (7, (errors.SnapshotError,)),
    (8, (errors.OutputError,)),
)

_EPILOG = "[bold]Exit codes:[/bold] " + "; ".join(
    f"[bold]{code}[/bold] {meaning}" for code, meaning in EXIT_CODES.items()
)

app = typer.Typer(
    name="hummgraph",
    help="Fetch Humm's entity links, cluster them, show and export them.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Only the answer goes to standard output.
_out = Console(soft_wrap=False)
_err = Console(stderr=True)

_SHOWN = 15


class _OnePer(StrEnum):
    INTEGRATION_SOURCE = "integration_source"
    TABLE = "table"


class _Calibrate(StrEnum):
    COMPETITION = "competition"


class _Redact(StrEnum):
    NONE = "none"
    VALUES = "values"
    ALL = "all"


SnapshotPath = Annotated[
    Path,
    typer.Argument(
        metavar="SNAPSHOT",
        help="A snapshot folder, or a JSON or NDJSON file of link records.",
        show_default=False,
    ),
]
CataloguePath = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        help="For a file of records: a folder of catalogue files (tables.json, columns.json ...).",
        show_default=False,
    ),
]
NamesPath = Annotated[
    Path | None,
    typer.Option(
        "--names", help="A JSON file of id to name, for what has none.", show_default=False
    ),
]
DecisionsPath = Annotated[
    Path | None,
    typer.Option(
        "--decisions", help="A JSON file of review decisions to lay over.", show_default=False
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        "-t",
        help="How sure a join must be, in [0, 1]; when not given, the method's constant.",
        show_default=False,
    ),
]
Method = Annotated[
    str, typer.Option("--method", "-m", help=f"How links become groups: {', '.join(METHODS)}.")
]
OnePer = Annotated[
    _OnePer | None,
    typer.Option(
        "--one-per",
        metavar="LEVEL",
        help="integration_source or table: let a cluster take one member of each at most.",
        show_default=False,
    ),
]
Calibrate = Annotated[
    _Calibrate | None,
    typer.Option(
        "--calibrate",
        metavar="HOW",
        help="competition: score links by how they stand against rivals in that system.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")]
MaxBad = Annotated[
    float,
    typer.Option(
        "--max-bad", metavar="SHARE", help="Largest share of bad records accepted, in [0, 1)."
    ),
]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="HUMM_PAT", help="Personal access token.", show_default=False),
]
OrganizationId = Annotated[
    str | None,
    typer.Option("--organization", envvar="ORG_ID", help="Organisation's id.", show_default=False),
]
BaseUrl = Annotated[
    str, typer.Option("--base-url", envvar="HUMM_BASE_URL", help="Where the API is.")
]
Redact = Annotated[
    _Redact,
    typer.Option(
        help="What is left out of the file: nothing; values quoted in evidence; or all evidence."
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option("--min-confidence", help="Leave weaker links out.", show_default=False),
]


def _version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        from importlib.metadata import version

        _out.print(f"hummgraph {version('hummgraph')}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Entity links between an organisation's systems, as a graph."""


@app.command()
def run(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for what is made.")
    ] = Path("hummgraph-out"),
    demo: Annotated[
        bool, typer.Option("--demo", help="Use the bundled organisation; needs no account.")
    ] = False,
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    max_bad: MaxBad = 0.01,
    names: NamesPath = None,
    token: Token = None,
    organization: OrganizationId = None,
    base_url: BaseUrl = DEFAULT_BASE_URL,
    quiet: Quiet = False,
) -> None:
    """Do the whole job: fetch, keep, cluster, show, export.

    Writes a snapshot, an interactive page, a GraphML file and a crosswalk into one folder.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.OutputError(
            f"Cannot make the folder {str(output)!r}: {error.strerror}."
        ) from error
    if demo:
        from hummgraph.datasets import load_demo
        from hummgraph.demo_server import serve

        with serve(load_demo(), token="demo-token") as server:  # noqa: S106 - opens nothing else
            snapshot = _fetched(
                server.token, server.organization_id, server.base_url, names=names, quiet=quiet
            )
    else:
        snapshot = _fetched(token, organization, base_url, names=names, quiet=quiet)
    snapshot.require(max_bad=max_bad)
    stem = output / "links"
    snapshot.write(stem.with_suffix(".hummgraph"))
    graph = LinkGraph(snapshot)
    clusters = cluster(
        graph, threshold=threshold, method=method, one_per=one_per, calibrate=calibrate
    )
    write(graph, stem.with_suffix(".html"), clusters=clusters)
    write(graph, stem.with_suffix(".graphml"), clusters=clusters)
    write_crosswalk(clusters, output / "crosswalk.csv")
    if not quiet:
        _print_report(snapshot, graph)
        _print_clusters(clusters)
        _print_written(
            {
                stem.with_suffix(".html"): "open it in a browser",
                stem.with_suffix(".graphml"): "for networkx, igraph, Gephi, yEd ...",
                output / "crosswalk.csv": "one row a cluster, one column a system",
                stem.with_suffix(".hummgraph"): "the snapshot: hummgraph info, clusters, show ...",
            }
        )


@app.command()
def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for what is made.")
    ] = Path("hummgraph-demo"),
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    quiet: Quiet = False,
) -> None:
    """Do the whole job on the bundled organisation, served on this machine; needs no account."""
    run(
        output=output,
        demo=True,
        threshold=threshold,
        method=method,
        one_per=one_per,
        calibrate=calibrate,
        quiet=quiet,
    )


@app.command()
def fetch(
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="SNAPSHOT", help="Folder to write.", show_default=False
        ),
    ],
    max_bad: MaxBad = 0.01,
    names: NamesPath = None,
    token: Token = None,
    organization: OrganizationId = None,
    base_url: BaseUrl = DEFAULT_BASE_URL,
    quiet: Quiet = False,
) -> None:
    """Fetch links and catalogue, validate them and keep them as a snapshot.

    A snapshot that stands at the path is replaced only when the new one is complete.
    """
    snapshot = _fetched(token, organization, base_url, names=names, quiet=quiet)
    snapshot.require(max_bad=max_bad).write(output)
    if not quiet:
        _print_report(snapshot, LinkGraph(snapshot), console=_err)
    _out.print(str(output), highlight=False, markup=False, soft_wrap=True)


@app.command()
def info(
    snapshot: SnapshotPath,
    *,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    as_json: AsJson = False,
) -> None:
    """Say what a snapshot holds: what came, what was odd, what is missing."""
    read = _read(snapshot, catalogue=catalogue, names=names)
    graph = LinkGraph(read)
    if as_json:
        report = read.report.to_dict()
        summary = graph.summary().to_dict()
        _print_json({**report, **summary, "bad_share": read.report.bad_share})
        return
    _print_report(read, graph)


@app.command()
def clusters(
    snapshot: SnapshotPath,
    *,
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    many_in: Annotated[
        list[str],
        typer.Option(
            "--many-in", metavar="SYSTEM", help="A system in which --one-per does not hold."
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    level: Annotated[Level, typer.Option(help="Level of the members.")] = Level.COLUMN,
    tree: Annotated[
        bool, typer.Option("--tree", help="Say what the clusters are at every threshold.")
    ] = False,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit", help="Cluster without --one-per, and say what breaks it and what to cut."
        ),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Cluster without --one-per, and cut the cheapest links that break it."
        ),
    ] = False,
    quality: Annotated[
        bool, typer.Option("--quality", help="Say how well each cluster holds.")
    ] = False,
    policies: Annotated[
        bool,
        typer.Option("--policies", help="Say how many clusters would differ by other policies."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the crosswalk, one row a cluster and one column a system, as .csv or .html;"
            " or an identity map for programs, as .json or .yaml; with --tree, a picture as .svg.",
            show_default=False,
        ),
    ] = None,
    confidence: Annotated[
        bool, typer.Option(help="Write confidences into the cells of the crosswalk.")
    ] = True,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    as_json: AsJson = False,
) -> None:
    """Group columns that links say are the same thing; decisions bind.

    With --tree, say what the clusters are at every threshold instead, and propose one.
    """
    graph = _graph(snapshot, catalogue=catalogue, names=names, decisions=decisions)
    answer = _asked(tree=tree, audit=audit, repair=repair, quality=quality, policies=policies)
    arguments: dict[str, Any] = {"method": method, "calibrate": calibrate, "level": level}
    rule: dict[str, Any] = {"one_per": one_per, "many_in": many_in}
    if answer == "tree":
        if threshold is not None:
            raise errors.ConfigError("--tree has every threshold: leave --threshold out.")
        _answer_tree(merge_tree(graph, **arguments, **rule), output=output, as_json=as_json)
        return
    if answer in {"audit", "repair"}:
        if one_per is None:
            raise errors.ConfigError(f"--{answer} needs the rule: add --one-per.")
        found = cluster(graph, threshold=threshold, **arguments)
    else:
        found = cluster(graph, threshold=threshold, **arguments, **rule)
    said = _said(answer, found, rule)
    if output is not None:
        write_crosswalk(said.clusters, output, confidence=confidence)
    if as_json:
        _print_json(said.content())
        return
    said.show()
    if output is not None:
        _print_written({output: "one row a cluster, one column a system"}, console=_err)


def _answer_tree(tree: MergeTree, *, output: Path | None, as_json: bool) -> None:
    """Say what the clusters are at every threshold."""
    if output is not None:
        if output.suffix.lower() != ".svg":
            raise errors.ConfigError("--tree has no crosswalk: name an .svg, or leave -o out.")
        with write_atomically(output) as file:
            file.write(tree.to_svg().encode())
    if as_json:
        _print_json(tree.to_dict())
    else:
        _print_tree(tree)


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer about clusters, as data and as a table."""

    clusters: Clusters
    content: Callable[[], dict[str, Any]]
    show: Callable[[], None]


def _asked(**answers: bool) -> str | None:
    """Give the one answer that was asked for."""
    asked = [f"--{name}" for name, given in answers.items() if given]
    if len(asked) > 1:
        raise errors.ConfigError(f"{' and '.join(asked)} are different answers: ask for one.")
    return asked[0].removeprefix("--") if asked else None


def _said(answer: str | None, found: Clusters, rule: dict[str, Any]) -> _Said:
    """Work out an answer about clusters."""
    if answer == "audit":
        audited = audit_clusters(found, **rule)
        return _Said(found, audited.to_dict, lambda: _print_audit(audited))
    if answer == "repair":
        mended = repair_clusters(found, **rule)
        return _Said(mended.clusters, mended.to_dict, lambda: _print_repair(mended))
    if answer == "quality":
        return _Said(found, lambda: {"quality": list(found.quality)}, lambda: _print_quality(found))
    if answer == "policies":
        return _Said(
            found,
            lambda: {"policy": found.policy.to_dict(), "effect": list(found.policy_effect)},
            lambda: _print_policies(found),
        )

    def show() -> None:
        _print_clusters(found)
        if found.one_per is None and found.level is not Level.INTEGRATION_SOURCE:
            _print_advice(found.graph, found.level)

    return _Said(found, found.to_dict, show)


@app.command()
def evaluate(
    snapshot: SnapshotPath,
    *,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="A file of what is right: .csv with node_id and entity, or .json, also as .gz."
            " Without one, hide reviews from the clusters and see whether they foresee them.",
            show_default=False,
        ),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="The truth has all there is: others are alone.")
    ] = False,
    skip_settled: Annotated[
        bool, typer.Option("--skip-settled", help="Leave out pairs that decisions settle.")
    ] = False,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Leave out nodes that the snapshot has not.")
    ] = False,
    folds: Annotated[int, typer.Option(help="Parts into which reviews are split.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    level: Annotated[Level, typer.Option(help="Level of the members.")] = Level.COLUMN,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="SVG", help="Draw how sure is how right.", show_default=False
        ),
    ] = None,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    as_json: AsJson = False,
) -> None:
    """Say how right the clusters are, and whether links of a confidence are right that often."""
    graph = _graph(snapshot, catalogue=catalogue, names=names, decisions=decisions)
    missing = "skip" if skip_missing else "raise"
    options: dict[str, Any] = {
        "threshold": threshold,
        "method": method,
        "one_per": one_per,
        "calibrate": calibrate,
        "level": level,
    }
    found: Evaluation | CrossValidation
    if truth is None:
        known = None
        found = cross_validate(graph, folds=folds, seed=seed, **options)
    else:
        known = Truth.read(truth, complete=complete)
        settled = "skip" if skip_settled else "count"
        found = evaluate_clusters(
            cluster(graph, **options), known, settled=settled, missing=missing
        )
    sure = reliability(graph, truth=known, level=level, missing=missing)
    if output is not None:
        with write_atomically(output) as file:
            file.write(sure.to_svg().encode())
    if as_json:
        kind = "cross_validation" if truth is None else "evaluation"
        _print_json({kind: found.to_dict(), "reliability": sure.to_dict()})
        return
    _out.print()
    _out.print(repr(found).strip("<>"), markup=False, highlight=False)
    _out.print()
    _out.print(str(sure), markup=False, highlight=False)
    if output is not None:
        _print_written({output: "confidence against the share that is right"}, console=_err)


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
    redact: Redact = _Redact.VALUES,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
) -> None:
    """Write the graph for another tool, such as GraphML."""
    graph = _graph(snapshot, catalogue=catalogue, names=names, decisions=decisions)
    found = None if threshold is None else cluster(graph, threshold=threshold, method=method)
    write(
        graph.where(min_confidence=min_confidence),
        output,
        format=to,
        clusters=found,
        containment=containment,
        redact=redact.value,
    )
    _out.print(str(output), highlight=False, markup=False, soft_wrap=True)


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
    redact: Redact = _Redact.VALUES,
    open_page: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
) -> None:
    """Write an interactive page with the clusters at a threshold: one file, no network."""
    graph = _graph(snapshot, catalogue=catalogue, names=names, decisions=decisions)
    found = cluster(graph, threshold=threshold, method=method, one_per=one_per, calibrate=calibrate)
    write(
        graph.where(min_confidence=min_confidence),
        output,
        format="html",
        clusters=found,
        redact=redact.value,
    )
    _out.print(str(output), highlight=False, markup=False, soft_wrap=True)
    if open_page:
        typer.launch(str(output))


# --- reading ---------------------------------------------------------------------------------


def _read(path: Path, *, catalogue: Path | None, names: Path | None) -> Snapshot:
    if path.is_file():
        return read_links(path, catalogue=catalogue, names=names)
    if catalogue is not None or names is not None:
        raise errors.ConfigError(
            "--catalogue and --names go with a file of records; a snapshot has its own.",
            hint="Give names to 'hummgraph fetch' instead.",
        )
    return read_snapshot(path)


def _graph(
    path: Path, *, catalogue: Path | None, names: Path | None, decisions: Path | None
) -> LinkGraph:
    graph = LinkGraph(_read(path, catalogue=catalogue, names=names))
    return graph if decisions is None else graph.with_decisions(decisions)


def _fetched(
    token: str | None,
    organization: str | None,
    base_url: str,
    *,
    names: Path | None,
    quiet: bool,
) -> Snapshot:
    for value, name in ((token, "HUMM_PAT"), (organization, "ORG_ID")):
        if not value:
            raise errors.ConfigError(
                f"{name} is not set.",
                hint=f"export {name}=..., or try the bundled organisation: hummgraph demo",
            )
    with (
        Client(token=token or "", organization_id=organization or "", base_url=base_url) as client,
        _progress(quiet=quiet) as progress,
    ):
        return client.fetch(names=names, progress=progress)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[_client.Progress], None] | None]:
    """Show the stages of a fetch on standard error."""
    if quiet:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns[:-1],
        _Amount(),
        columns[-1],
        console=_err,
        transient=True,
    ) as display:
        tasks: dict[str, Any] = {}

        def advance(event: _client.Progress) -> None:
            if event.stage not in tasks:
                tasks[event.stage] = display.add_task(
                    event.stage.capitalize(), total=event.total, unit=event.unit
                )
            display.update(tasks[event.stage], completed=event.done, total=event.total)

        yield advance


class _Amount(DownloadColumn):
    """How much of a stage is done: bytes as bytes, calls as counts."""

    _calls = MofNCompleteColumn()

    def render(self, task: Any) -> Any:
        if task.fields.get("unit") == "bytes":
            return super().render(task)
        return self._calls.render(task)


# --- printing --------------------------------------------------------------------------------


def _print_json(content: dict[str, Any]) -> None:
    # Plain print: a console would wrap and colour what a program reads.
    sys.stdout.write(json.dumps({"schema": 1, **content}, indent=2, default=str) + "\n")


def _print_report(snapshot: Snapshot, graph: LinkGraph, *, console: Console = _out) -> None:
    report = Table.grid(padding=(0, 2))
    report.add_column(style="dim", no_wrap=True)
    report.add_column()
    for subject, found in snapshot.report.rows():
        report.add_row(escape(subject), escape(found))
    console.print()
    console.print(f"[bold]{escape(snapshot.organization_name or 'Links')}[/bold]")
    console.print(report)
    console.print()
    console.print(_rich_table(graph.summary().systems, title="Systems"))


def _print_clusters(found: Clusters) -> None:
    shown = min(_SHOWN, found.n_clusters)
    table = Table(header_style="dim", box=None)
    table.add_column("id", style="dim")
    table.add_column("name", overflow="fold")
    table.add_column("size", justify="right")
    table.add_column("contradictions", justify="right")
    table.add_column("systems", justify="right")
    members = found.crosswalk().head(shown)
    systems = found.crosswalk().columns[4:]
    for row in members:
        table.add_row(
            row["cluster_id"],
            escape(row["cluster_name"]),
            f"{row['size']:,}",
            f"[red]{row['contradictions']:,}[/red]" if row["contradictions"] else "",
            str(sum(row[name] is not None for name in systems)),
        )
    _out.print()
    _out.print(
        f"[bold]Clusters by {found.method} at {found.threshold:g} {found.threshold_scale}:"
        f" shown {shown} of {found.n_clusters:,}[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    _out.print(table)
    if found.contradictions:
        pairs = _number(len(found.contradictions), "rejected pair")
        _out.print(f"[red]{pairs} inside a cluster all the same: approved links force it.[/red]")
    if found.n_links_refused:
        links = _number(found.n_links_refused, "link")
        _out.print(f"[dim]{links} at or above the threshold did not join.[/dim]")
    if found.n_links_other_level:
        links = _number(found.n_links_other_level, "link")
        _out.print(f"[dim]{links} with an end at another level than {found.level}: not used.[/dim]")


def _print_advice(graph: LinkGraph, level: Level) -> None:
    advice = advise_one_per(graph, level=level)
    if advice.one_per is not None:
        option = f"--one-per {advice.one_per}" + "".join(
            f" --many-in {shlex.quote(system)}" for system in advice.many_in
        )
        _out.print(f"[dim]{escape(f'Consider {option}: {advice.reason}')}[/dim]", highlight=False)


def _print_audit(found: Audit) -> None:
    table = Table(header_style="dim", box=None)
    for name in ("cluster", str(found.one_per).replace("_", " "), "members"):
        table.add_column(name, overflow="fold")
    for name in ("chain", "links to cut"):
        table.add_column(name, justify="right")
    for row in found.violations[:_SHOWN]:
        own = [path.removeprefix(f"{row.group_path}") for path in row.member_paths]
        tied = " (approved)" if row.tied else ""
        table.add_row(
            escape(row.cluster_name),
            escape(row.group_path),
            escape("; ".join(path.lstrip("/.") for path in own)),
            f"{max(map(len, row.paths)):,}",
            f"{len(row.cut):,}{tied}",
        )
    _out.print()
    _out.print(
        f"[bold]More than one of one {found.one_per}:"
        f" shown {min(_SHOWN, len(found))} of {len(found):,},"
        f" in {found.n_clusters:,} of {found.clusters.n_clusters:,} clusters[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    if found.violations:
        _out.print(table)
        _out.print("[dim]--repair cuts the cheapest links; --json has chains and cuts.[/dim]")


def _print_repair(mended: Repair) -> None:
    before = mended.audit
    _out.print()
    _out.print(
        f"[bold]Cut {_number(len(mended.cut), 'link')} in"
        f" {_number(before.n_clusters, 'cluster')};"
        f" {len(mended.left):,} of {_number(len(before), 'violation')} left, which approved links"
        " force[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    columns = ("cluster_name", "members", "violations", "links_cut", "clusters_after")
    divided = mended.to_frame().select(*columns, "violations_left")
    if len(divided):
        title = f"Divided: shown {min(_SHOWN, len(divided))} of {len(divided):,} clusters"
        _out.print(_rich_table(divided.head(_SHOWN), title=title))
    _print_clusters(mended.clusters)


def _print_quality(found: Clusters) -> None:
    shown = min(_SHOWN, found.n_clusters)
    table = Table(header_style="dim", box=None)
    table.add_column("name", overflow="fold")
    for name in ("size", "systems", "links", "density", "least", "mean", "sure", "bridges"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.quality.head(shown):
        shares = ("density", "min_confidence", "mean_confidence", "determinism_ratio")
        table.add_row(
            escape(row["cluster_name"]),
            *(f"{row[name]:,}" for name in ("members", "systems", "links_holding")),
            *("" if row[name] is None else f"{row[name]:.2f}" for name in shares),
            f"{row['bridges']:,}",
        )
    _out.print()
    _out.print(f"[bold]Quality: shown {shown} of {found.n_clusters:,} clusters[/bold]")
    _out.print(table)
    _out.print(
        "[dim]links hold the cluster; density is the share of pairs linked, least and mean are"
        " confidences, sure is the share that is DETERMINISTIC. --json has more.[/dim]",
        highlight=False,
    )


def _print_policies(found: Clusters) -> None:
    columns = ("policy", "clusters", "same", "gone", "new", "contradictions")
    _out.print()
    title = f"Against the {found.n_clusters:,} clusters of this policy"
    _out.print(_rich_table(found.policy_effect.select(*columns), title=title))


def _print_tree(tree: MergeTree) -> None:
    """Print the profile at round thresholds."""
    table = Table(header_style="dim", box=None)
    columns = ("threshold", "clusters", "members", "largest", "contradictions")
    for name in (*columns, "two of a system", "two of a table"):
        table.add_column(name, justify="right")
    for row in tree.at([step / 20 for step in range(20, -1, -1)]):
        table.add_row(f"{row.pop('threshold'):.2f}", *(f"{count:,}" for count in row.values()))
    _out.print()
    _out.print(
        f"[bold]Clusters by {tree.method} at every threshold of {tree.threshold_scale}[/bold]",
        highlight=False,
    )
    _out.print(table)
    _out.print(f"Proposed: {tree.proposal.threshold:g}. {tree.proposal.reason}", highlight=False)


def _number(n: int, thing: str) -> str:
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def _rich_table(frame: Frame, *, title: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", header_style="dim", box=None
    )
    for name in frame.columns:
        numbers = all(isinstance(cell, int | float | None) for cell in frame[name])
        heading = escape(name.replace("_", " "))
        table.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in frame:
        table.add_row(
            *(
                f"{cell:,}"
                if isinstance(cell, int)
                else f"{cell:.2f}"
                if isinstance(cell, float)
                else escape(str(cell or ""))
                for cell in row.values()
            )
        )
    return table


def _print_written(files: dict[Path, str], *, console: Console = _out) -> None:
    width = max(len(str(path)) for path in files)
    console.print()
    for path, meaning in files.items():
        # Never wrapped: a person copies the path.
        name = escape(str(path).ljust(width))
        console.print(f"[bold]{name}[/bold]  [dim]{meaning}[/dim]", soft_wrap=True, highlight=False)


# --- ending ----------------------------------------------------------------------------------


def exit_code(error: errors.HummgraphError) -> int:
    """Give the exit code of an error."""
    return next((code for code, kinds in _CODES if isinstance(error, kinds)), 1)


def _remark(message: Warning | str, *_: object, **__: object) -> None:
    """Say a warning as a person would, without the line of code it came from."""
    _err.print(f"Note: {message}", style="yellow", markup=False, highlight=False)


def main() -> None:
    """Run the command line; every error of hummgraph's own becomes a message and an exit code."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _remark
            app()
    except errors.HummgraphError as error:
        _err.print(f"[red]{type(error).__name__}[/red] [dim]\\[{error.code}][/dim]")
        _err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(exit_code(error))
