"""The command that compares clusters and confidences with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import AUTO, cluster
from hummgraph.algorithms.evaluation.cross_validation import CrossValidation, cross_validate
from hummgraph.algorithms.evaluation.evaluation import Evaluation
from hummgraph.algorithms.evaluation.evaluation import evaluate as evaluate_clusters
from hummgraph.algorithms.evaluation.reliability import reliability
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import (
    Format,
    Listing,
    print_list,
    refuse_list_in_json,
    writes_list,
)
from hummgraph.cli.options import (
    AsJson,
    Calibrate,
    Calibration,
    DecisionsPath,
    Floor,
    MemberLevel,
    Method,
    OnePer,
    Rule,
    SettingPath,
    SnapshotPath,
    Threshold,
    cluster_arguments,
)
from hummgraph.cli.printing import err, out, print_json, print_written, styled
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.graph.elements import Level
from hummgraph.snapshot.atomic import write_atomically

__all__ = ["evaluate"]


@command
def evaluate(
    snapshot: SnapshotPath,
    *,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            metavar="FILE",
            help="A file of true clusters: .csv with node_id and entity, or .json, also as .gz."
            " Without it, hide some reviews and test whether the clusters predict them.",
            show_default=False,
        ),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete", help="The truth is complete: every other node is its own entity."
        ),
    ] = False,
    skip_settled: Annotated[
        bool, typer.Option("--skip-settled", help="Ignore pairs that decisions settle.")
    ] = False,
    skip_missing: Annotated[
        bool,
        typer.Option(
            "--skip-missing/--require-nodes",
            help="Ignore nodes of the truth that are missing from the snapshot, or fail.",
        ),
    ] = True,
    folds: Annotated[
        int, typer.Option("--folds", metavar="N", help="Number of parts to split reviews into.")
    ] = 5,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the split.")] = 0,
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per: OnePer = Rule.AUTO,
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: SettingPath = None,
    level: MemberLevel = Level.COLUMN,
    decisions: DecisionsPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Draw the reliability diagram as .svg, or write its list. An existing file"
            " is replaced.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    listing: Listing,
    reading: Reading,
) -> None:
    """Evaluate clusters and confidence calibration.

    The list has one row for each range of confidences; the default format is a report.
    """
    listed = writes_list(output, listing)
    _check_options(truth, seed, None if listed else output, as_json=as_json)
    graph = graph_from(snapshot, reading, decisions=decisions)
    missing = "skip" if skip_missing else "raise"
    options: dict[str, Any] = {
        "threshold": threshold,
        "level": level,
        "max_memory": reading.max_memory,
        **cluster_arguments(
            setting=setting, method=method, one_per=one_per, calibrate=calibrate, floor=floor
        ),
    }
    found: Evaluation | CrossValidation
    if truth is None:
        known = None
        found = cross_validate(graph, folds=folds, seed=seed, **options)
    else:
        known = Truth.read(truth, complete=complete)
        settled = "skip" if skip_settled else "count"
        found = evaluate_clusters(
            cluster(graph, **options),
            known,
            settled=settled,
            missing=missing,
        )
    sure = reliability(graph, truth=known, level=level, missing=missing)
    if output is not None and not listed:
        with write_atomically(output) as file:
            file.write(sure.to_svg().encode())
    if as_json:
        kind = "cross_validation" if truth is None else "evaluation"
        said = {} if known is None else {"truth": {"notes": list(known.notes)}}
        print_json({kind: found.to_dict(), "reliability": sure.to_dict(), **said})
        return
    elsewhere = output if listed else None
    console = listing.console(elsewhere, default=Format.TABLE)
    console.print()
    for part in (known, found):
        if part is not None:
            console.print(styled(repr(part).strip("<>")))
            console.print()
    if listing == Listing() and not listed:
        out.print(styled(str(sure)))
    else:
        title = "Links by confidence"
        print_list(sure.to_frame(), listing, title=title, output=elsewhere, default=Format.TABLE)
    if output is not None and not listed:
        print_written({output: "the reliability diagram"}, console=err)


def _check_options(truth: Path | None, seed: int, picture: Path | None, *, as_json: bool) -> None:
    """Raise an error for idle options, a negative seed, and a picture that is not SVG."""
    if as_json:
        refuse_list_in_json(file=picture is None)
    if truth is None:
        refuse_idle("without --truth", "complete", "skip_settled", "skip_missing")
    else:
        refuse_idle("with --truth, which hides no reviews", "folds", "seed")
    if seed < 0:
        raise errors.ConfigError(f"--seed is {seed}; it must be 0 or more.")
    if picture is not None and picture.suffix.lower() != ".svg":
        raise errors.FormatError(
            f"No reliability diagram is written to {str(picture)!r}; name an .svg.",
            hint="A list is written as .tsv, .csv, .json, .jsonl or .parquet.",
        )
