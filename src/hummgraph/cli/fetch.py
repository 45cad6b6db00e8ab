"""Commands that bring links in and say what came: run, demo, fetch and info."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import DEFAULT_METHOD, cluster
from hummgraph.cli.app import app
from hummgraph.cli.options import (
    AsJson,
    BaseUrl,
    Calibrate,
    CataloguePath,
    Columns,
    Ends,
    EndsOption,
    MaxBad,
    Method,
    NamesPath,
    OnePer,
    OrganizationId,
    Quiet,
    SnapshotPath,
    Threshold,
    Token,
)
from hummgraph.cli.printing import (
    err,
    out,
    print_clusters,
    print_json,
    print_report,
    print_written,
)
from hummgraph.cli.reading import Reading, snapshot_from
from hummgraph.client.client import DEFAULT_BASE_URL, Client
from hummgraph.export import write
from hummgraph.export.crosswalk import write_crosswalk
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.atomic import check_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hummgraph.client import client as _client
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["demo", "fetch", "info", "run"]


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
    check_folder(output)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.OutputError(
            f"Cannot make the folder {str(output)!r}: {error.strerror}."
        ) from error
    if demo:
        from hummgraph.datasets import load_demo
        from hummgraph.datasets.server import serve

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
        print_report(snapshot, graph)
        print_clusters(clusters)
        print_written(
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
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            metavar="DIR",
            help="Fetch in slices, kept here until all have come; the same command goes on.",
            show_default=False,
        ),
    ] = None,
    token: Token = None,
    organization: OrganizationId = None,
    base_url: BaseUrl = DEFAULT_BASE_URL,
    quiet: Quiet = False,
) -> None:
    """Fetch links and catalogue, validate them and keep them as a snapshot.

    A snapshot that stands at the path is replaced only when the new one is complete.
    """
    check_folder(output)
    snapshot = None
    try:
        snapshot = _fetched(token, organization, base_url, names=names, quiet=quiet, resume=resume)
        snapshot.require(max_bad=max_bad).write(output)
    except (errors.HummgraphError, KeyboardInterrupt) as error:
        # What took long to come is not to be fetched again for a full disk or a bad record.
        if snapshot is not None and snapshot.replies is not None:
            snapshot.replies.give_back()
        # Wrong usage is what the folder of another fetch is: the same command would fail again.
        wrong_usage = isinstance(error, (errors.ArgumentError, errors.ConfigError))
        if resume is not None and not wrong_usage and any(resume.glob("slice-*.json")):
            err.print(
                f"What has come so far is kept in {resume}; the same command goes on from there.",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
        raise
    if not quiet:
        print_report(snapshot, LinkGraph(snapshot), console=err)
    out.print(str(output), highlight=False, markup=False, soft_wrap=True)


@app.command()
def info(
    snapshot: SnapshotPath,
    *,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
    as_json: AsJson = False,
) -> None:
    """Say what a snapshot holds: what came, what was odd, what is missing."""
    read = snapshot_from(snapshot, Reading(columns, ends, catalogue, names))
    graph = LinkGraph(read)
    if as_json:
        report = read.report.to_dict()
        summary = graph.summary().to_dict()
        print_json({**report, **summary, "bad_share": read.report.bad_share})
        return
    print_report(read, graph)


def _fetched(
    token: str | None,
    organization: str | None,
    base_url: str,
    *,
    names: Path | None,
    quiet: bool,
    resume: Path | None = None,
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
        return client.fetch(names=names, progress=progress, resume=resume)


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
        console=err,
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
