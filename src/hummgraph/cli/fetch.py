"""Commands that fetch links and report on them: run, demo, fetch and info."""

from __future__ import annotations

import os
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import pyarrow as pa
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
from hummgraph.algorithms.clustering.clustering import AUTO, cluster
from hummgraph.cli.app import LOST, command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list, refuse_list_in_json
from hummgraph.cli.network import Network
from hummgraph.cli.options import (
    AsJson,
    BaseUrl,
    Calibrate,
    Calibration,
    Complete,
    Floor,
    MaxBad,
    Memory,
    Method,
    NamesPath,
    OnePer,
    OrganizationId,
    Overwrite,
    Quiet,
    Rule,
    SettingPath,
    SnapshotPath,
    Threshold,
    Token,
    cluster_arguments,
    memory_bytes,
)
from hummgraph.cli.printing import err, number, out, print_json, print_written, styled
from hummgraph.cli.reading import Reading, snapshot_from
from hummgraph.cli.reports import (
    print_cluster_advice,
    print_findings,
    print_report,
    remark_on_clusters,
)
from hummgraph.client.arguments import cleaned
from hummgraph.client.client import DEFAULT_BASE_URL, Client
from hummgraph.export import write
from hummgraph.export.crosswalk_files import write_crosswalk
from hummgraph.frames import Frame
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.limits import Limits
from hummgraph.snapshot.atomic import check_folder
from hummgraph.snapshot.folders import check_replaceable, free_path
from hummgraph.snapshot.on_disk import SNAPSHOT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hummgraph.client import client as _client
    from hummgraph.client.async_client import Options
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = ["demo", "fetch", "info", "run"]

_PLAIN_LINKS: Final = 50_000
"""Number of links from which the GraphML file of a run is compressed."""

NoGraphml = Annotated[
    bool,
    typer.Option(
        "--no-graphml",
        help=f"Write no GraphML; otherwise links.graphml, from {_PLAIN_LINKS:,} links on"
        " links.graphml.gz.",
    ),
]


@command
def run(
    links: Annotated[
        Path | None,
        typer.Argument(
            metavar="[LINKS]",
            help="A file of links (JSON, CSV or Parquet), or a snapshot, instead of a fetch.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the files. Those of an earlier run are replaced; a folder that holds"
            " other files needs --overwrite.",
        ),
    ] = Path("hummgraph-out"),
    demo: Annotated[
        bool, typer.Option("--demo", help="Use the bundled organisation, which needs no account.")
    ] = False,
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per: OnePer = Rule.AUTO,
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: SettingPath = None,
    no_graphml: NoGraphml = False,
    max_bad: MaxBad = 0.01,
    token: Token = None,
    organization: OrganizationId = None,
    base_url: BaseUrl = DEFAULT_BASE_URL,
    complete: Complete = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    network: Network,
    reading: Reading,
) -> None:
    """Fetch or read links, cluster them, and write a snapshot, a page and exports.

    The folder gets a snapshot, an interactive page, a GraphML file and a crosswalk; those of an
    earlier run are replaced. What was found is printed in a few lines.
    """
    chosen = cluster_arguments(
        setting=setting, method=method, one_per=one_per, calibrate=calibrate, floor=floor
    )
    _refuse_other_sources(links, demo=demo)
    check_folder(output)
    stem = output / "links"
    page, crosswalk = stem.with_suffix(".html"), output / "crosswalk.csv"
    graphmls = [stem.with_suffix(".graphml"), stem.with_suffix(".graphml.gz")]
    results = [page, *graphmls, crosswalk]
    others = _others_among(results, stem.with_suffix(".hummgraph"), overwrite=overwrite)
    read = None if links is None else snapshot_from(links, reading)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.OutputError(
            f"Cannot make the folder {str(output)!r}: {error.strerror}."
        ) from error
    if read is not None:
        snapshot = read
    elif demo:
        from hummgraph.datasets import load_demo
        from hummgraph.datasets.server import serve

        with serve(load_demo(), token="demo-token") as server:  # noqa: S106 - opens nothing else
            snapshot = _fetch_snapshot(
                server.token,
                server.organization_id,
                server.base_url,
                names=reading.names,
                quiet=quiet,
                memory=reading.memory,
            )
    else:
        snapshot = _fetch_snapshot(
            token,
            organization,
            base_url,
            names=reading.names,
            quiet=quiet,
            memory=reading.memory,
            network=network,
        )
    snapshot.require(max_bad=max_bad, complete=complete)
    for path in others:
        kept = free_path(path)
        path.rename(kept)
        err.print(f"Note: {path} was not of an earlier run, and is kept as {kept}.", style="yellow")
    snapshot.write(stem.with_suffix(".hummgraph"), overwrite=overwrite)
    graph = LinkGraph(snapshot)
    clusters = cluster(graph, threshold=threshold, max_memory=reading.max_memory, **chosen)
    written = {page: "open it in a browser"}
    write(graph, page, clusters=clusters)
    if not no_graphml:
        graphml = graphmls.pop(graph.n_links >= _PLAIN_LINKS)
        write(graph, graphml, clusters=clusters)
        written[graphml] = "for networkx, igraph, Gephi, yEd ..."
    for stale in graphmls:  # of an earlier run: it would show other links than the rest
        stale.unlink(missing_ok=True)
    write_crosswalk(clusters, crosswalk)
    written[crosswalk] = "one row a cluster, one column a system"
    written[stem.with_suffix(".hummgraph")] = "the snapshot: hummgraph info, entities, clusters ..."
    if not quiet:
        print_findings(snapshot, clusters)
        remark_on_clusters(clusters, console=out)
        print_cluster_advice(clusters)
        print_written(written)
    _end_as_lost(snapshot)


def _refuse_other_sources(links: Path | None, *, demo: bool) -> None:
    """Raise an error for options of another source of links than the one that is used."""
    fetching = ("token", "organization", "base_url", "complete", "ca_bundle", "proxy", "deadline")
    reading = ("catalogue", "mapping", "ends")
    if links is not None:
        refuse_idle(f"on {str(links)!r}, which is read and not fetched", "demo", *fetching)
    elif demo:
        refuse_idle("with --demo", *fetching, *reading)
    else:
        refuse_idle(
            "on links that are fetched", *reading, hint="Name a file: hummgraph run LINKS -o DIR"
        )


def _others_among(results: list[Path], snapshot: Path, *, overwrite: bool) -> list[Path]:
    """Return files in the place of results that are not of an earlier run with a snapshot.

    Raises
    ------
    OutputError
        If there is any, and it is not to be overwritten.
    """
    check_replaceable(snapshot, SNAPSHOT_FOLDER, overwrite=overwrite)
    if snapshot.is_dir() and SNAPSHOT_FOLDER.written(snapshot):
        return []
    found = [path for path in results if os.path.lexists(path)]
    if found and not overwrite:
        named = ", ".join(repr(path.name) for path in found)
        raise errors.OutputError(
            f"{str(snapshot.parent)!r} holds {named}, and no snapshot that shows an earlier run.",
            hint="Choose another folder, or pass overwrite=True, which keeps what is there.",
        )
    return found


@command
def demo(
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the files. Those of an earlier run are replaced; a folder that holds"
            " other files needs --overwrite.",
        ),
    ] = Path("hummgraph-demo"),
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per: OnePer = Rule.AUTO,
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: SettingPath = None,
    no_graphml: NoGraphml = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Run the whole job on the bundled organisation, without an account."""
    run(
        output=output,
        demo=True,
        threshold=threshold,
        method=method,
        one_per=one_per,
        calibrate=calibrate,
        floor=floor,
        setting=setting,
        no_graphml=no_graphml,
        overwrite=overwrite,
        quiet=quiet,
        network=Network(),
        reading=Reading(),
    )


@command
def fetch(
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="SNAPSHOT",
            help="Folder to write. A snapshot there is replaced; a folder that holds other files"
            " needs --overwrite.",
            show_default=False,
        ),
    ],
    max_bad: MaxBad = 0.01,
    names: NamesPath = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            metavar="DIR",
            help="Fetch in slices and keep them here; the same command continues from there.",
            show_default=False,
        ),
    ] = None,
    token: Token = None,
    organization: OrganizationId = None,
    base_url: BaseUrl = DEFAULT_BASE_URL,
    complete: Complete = False,
    memory: Memory = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    network: Network,
) -> None:
    """Fetch links and catalogue, validate them and write a snapshot.

    A snapshot at the same path is replaced only once the new one is complete.
    """
    check_replaceable(output, SNAPSHOT_FOLDER, overwrite=overwrite)
    snapshot = None
    try:
        snapshot = _fetch_snapshot(
            token,
            organization,
            base_url,
            names=names,
            quiet=quiet,
            resume=resume,
            memory=memory,
            network=network,
        )
        snapshot.require(max_bad=max_bad, complete=complete).write(output, overwrite=overwrite)
    except (errors.HummgraphError, KeyboardInterrupt) as error:
        # Replies are kept for the next try, after a full disk or a bad record, say.
        if snapshot is not None and snapshot.replies is not None:
            snapshot.replies.give_back()
        # The folder of another fetch is wrong usage: the same command would fail again.
        wrong_usage = isinstance(error, (errors.ArgumentError, errors.ConfigError))
        if resume is not None and not wrong_usage and any(resume.glob("slice-*.json")):
            err.print(
                f"Replies so far are kept in {resume}; the same command continues from there.",
                soft_wrap=True,
            )
        raise
    if not quiet:
        print_report(snapshot, LinkGraph(snapshot), console=err)
    out.print(str(output), soft_wrap=True)
    _end_as_lost(snapshot)


def _end_as_lost(snapshot: Snapshot) -> None:
    """End with the exit code of lost catalogue calls, if there are any, even if quiet.

    Replies that break the contract are reported in the same way: they would come again as they are,
    so that they are no reason for another exit code.
    """
    report = snapshot.report
    odd = [one for one in report.lookups if one.outcome == errors.ContractError.code]
    if odd:
        calls = number(sum(one.count for one in odd), "catalogue call")
        was = "was" if sum(one.count for one in odd) == 1 else "were"
        err.print(
            styled(f"{calls} {was} answered against the contract; their names are missing.", "red"),
            soft_wrap=True,
        )
        for lookup in odd:
            err.print(f"  {lookup.call} ({lookup.count:,}x)", soft_wrap=True)
    if not report.n_lost:
        return
    n_unnamed = sum(report.unnamed.values())
    have = "has" if n_unnamed == 1 else "have"
    calls = f"{number(report.n_lost, 'catalogue call')} failed after all retries;"
    nodes = f"{number(n_unnamed, 'node')} in links {have} no name."
    err.print(styled(f"{calls} {nodes}", "bold red"), soft_wrap=True)
    for lookup in report.lookups:
        if lookup.is_lost:
            err.print(f"  {lookup.call}: {lookup.outcome} ({lookup.count:,}x)", soft_wrap=True)
    err.print("Fetch again for the names; --complete writes nothing instead.", soft_wrap=True)
    raise typer.Exit(LOST)


class _What(StrEnum):
    SYSTEMS = "systems"
    NODES = "nodes"
    RELATIONSHIPS = "relationships"
    UNLINKED = "unlinked"
    QUARANTINE = "quarantine"


@command
def info(
    snapshot: SnapshotPath,
    *,
    what: Annotated[
        _What | None,
        typer.Option(
            "--list",
            metavar="WHAT",
            help="Print one list instead of the report: systems, nodes, relationships, unlinked"
            " (tables without links) or quarantine.",
            show_default=False,
        ),
    ] = None,
    output: ListFile = None,
    as_json: AsJson = False,
    listing: Listing,
    reading: Reading,
) -> None:
    """Report on a snapshot: systems, quarantined records and missing names.

    Systems are listed, unless --list names another list.
    """
    if as_json:
        refuse_list_in_json(file=True)
        refuse_idle(
            "with --json, which prints the whole report",
            "what",
            hint="Use --format json for the rows of a list.",
        )
    read = snapshot_from(snapshot, reading)
    graph = LinkGraph(read)
    if as_json:
        report = read.report.shown().to_dict()
        summary = graph.summary().shown().to_dict()
        print_json({**report, **summary, "bad_share": read.report.bad_share})
        return
    if what is None and output is None and listing == Listing():
        print_report(read, graph)
        return
    frame, shown = _snapshot_list(what or _What.SYSTEMS, graph)
    title = str(what or _What.SYSTEMS).capitalize()
    print_list(frame, listing, title=title, shown=shown, output=output)


def _snapshot_list(what: _What, graph: LinkGraph) -> tuple[Frame, Sequence[str]]:
    """Return a list about a snapshot, and its main columns."""
    if what is _What.NODES:
        return graph.nodes, ("path", "level", "kind", "data_type", "n_link_ends")
    if what is _What.RELATIONSHIPS:
        return graph.relationships.to_frame(), (
            "source_path",
            "target_path",
            "kind",
            "status",
            "columns",
        )
    if what is _What.UNLINKED:
        tables = pa.array(graph.summary().unlinked_tables, pa.string())
        return Frame(pa.table({"path": tables})), ()
    if what is _What.QUARANTINE:
        return _quarantine_frame(graph.snapshot), ()
    return graph.summary().systems, ()


def _quarantine_frame(snapshot: Snapshot) -> Frame:
    """Return one row for each quarantined record, without its values."""
    rows = (*snapshot.quarantine, *snapshot.catalogue.quarantine)
    return Frame(
        pa.table(
            {
                "kind": pa.array([row.kind for row in rows], pa.string()),
                "reply": pa.array([row.reply for row in rows], pa.int64()),
                "index": pa.array([row.index for row in rows], pa.int64()),
                "reasons": pa.array(
                    ["; ".join(reason.code for reason in row.reasons) for row in rows],
                    pa.string(),
                ),
                "pointers": pa.array(
                    ["; ".join(reason.pointer for reason in row.reasons) for row in rows],
                    pa.string(),
                ),
            }
        )
    )


def _fetch_snapshot(
    token: str | None,
    organization: str | None,
    base_url: str,
    *,
    names: Path | None,
    quiet: bool,
    resume: Path | None = None,
    memory: str | None = None,
    network: Network | None = None,
) -> Snapshot:
    for value, name in ((token, "HUMM_PAT"), (organization, "ORG_ID")):
        if not cleaned(value or ""):
            raise errors.ConfigError(
                f"{name} is not set.",
                hint=f"export {name}=..., or read a file: hummgraph run LINKS --catalogue DIR,"
                " or try the bundled organisation: hummgraph demo",
            )
    allowed = memory_bytes(memory)
    options: Options = {} if network is None else network.options()
    options["limits"] = Limits() if allowed is None else Limits(memory=allowed)
    with (
        Client(
            token=token or "",
            organization_id=organization or "",
            base_url=base_url,
            **options,
        ) as client,
        _show_progress(quiet=quiet) as progress,
    ):
        return client.fetch(names=names, progress=progress, resume=resume)


@contextmanager
def _show_progress(*, quiet: bool) -> Iterator[Callable[[_client.Progress], None] | None]:
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
    """Progress of a stage: bytes as bytes, calls as counts."""

    _calls = MofNCompleteColumn()

    def render(self, task: Any) -> Any:
        if task.fields.get("unit") == "bytes":
            return super().render(task)
        return self._calls.render(task)
