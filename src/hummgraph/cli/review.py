"""The command that asks what to decide next, or lists these questions."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import cluster, cluster_setting
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.queue import review_queue
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.interview import Journal, interview
from hummgraph.cli.listing import ListFile, Listing, print_list, refuse_list_in_json
from hummgraph.cli.options import AsJson, SettingPath, SnapshotPath
from hummgraph.cli.printing import is_terminal, number, out, print_json, remark
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.graph.journal import read_decisions
from hummgraph.records.tables.files import is_pipe

if TYPE_CHECKING:
    from hummgraph.algorithms.review.queue import ReviewQueue

__all__ = ["review"]

_MAIN = ("source_path", "target_path", "group", "probability", "approving", "rejecting")
_LIST_ONLY = ("output", "as_json", "sort", "columns", "format")


class Order(StrEnum):
    """Values of --order."""

    UNCERTAINTY = "uncertainty"
    FLIPS = "flips"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class _Questions(Listing):
    """Options of a list whose limit holds for an interview, too."""

    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            help="Ask or list N questions at most, 0 for all; without it, all, and a list in a"
            " terminal has 25.",
            show_default=False,
        ),
    ] = None


@command
def review(
    snapshot: SnapshotPath,
    *,
    list_: Annotated[
        bool, typer.Option("--list", help="List the questions instead of asking them.")
    ] = False,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="The journal for the answers, with earlier ones if there are any; by default next"
            " to SNAPSHOT, with a name that ends in .decisions.jsonl.",
            show_default=False,
        ),
    ] = None,
    order: Annotated[
        Order,
        typer.Option(
            "--order",
            metavar="ORDER",
            help="Order after contradictions and exact rules: uncertainty, the least certain first;"
            " flips, the answer that is expected to change most pairs first; or random, of all.",
        ),
    ] = Order.UNCERTAINTY,
    random_share: Annotated[
        float,
        typer.Option(
            "--random-share",
            metavar="SHARE",
            help="Share of questions drawn at random, in [0, 1]; only these calibrate confidences.",
        ),
    ] = 0.5,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Seed of what is drawn at random.")
    ] = 0,
    who: Annotated[
        str | None,
        typer.Option(
            "--who", metavar="NAME", help="Who decides, for the journal.", show_default=False
        ),
    ] = None,
    setting: SettingPath = None,
    output: ListFile = None,
    as_json: AsJson = False,
    listing: _Questions,
    reading: Reading,
) -> None:
    """Ask about the links that are most worth a decision, and keep the answers.

    Contradictions come first, then suggestions. Each question has its evidence and what either
    answer would do. Each answer is written to a journal at once, so that you can end a review at
    any time and continue it later. Nothing is sent anywhere.
    """
    if list_:
        refuse_idle("with --list, which asks nothing", "who")
    else:
        refuse_idle("without --list", *_LIST_ONLY, hint="Add --list.")
        _refuse_without_terminal()
    if as_json:
        refuse_list_in_json(file=output is not None)
    listing.chosen(output)
    base = graph_from(snapshot, reading, decisions=None)
    kept = _journal(snapshot, journal, is_new=not list_)
    # That of the snapshot alone: a review that goes on is the one that was ended.
    held = cluster_setting(base) if setting is None else Setting.read(setting)
    graph = base.with_decisions(list(kept.earlier), missing="by_ends")
    queue = review_queue(
        graph,
        clusters=cluster(graph, setting=held, max_memory=reading.max_memory),
        order=order,
        random_share=random_share,
        seed=seed,
        limit=None if list_ else listing.limit or None,
    )
    if as_json:
        print_json(queue.to_dict(sys.maxsize))
    elif list_:
        _print_queue(queue, listing, output)
        remark(kept.remark(graph), console=listing.console(output))
    else:
        remark(kept.remark(graph), console=out)
        interview(queue, kept, who=who, limit=listing.limit or None)


def _refuse_without_terminal() -> None:
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if stream is None or not is_terminal(stream):
            raise errors.ConfigError(
                f"A review asks questions in a terminal, and standard {name} is not one.",
                hint="--list prints the questions.",
            )


def _journal(snapshot: Path, given: Path | None, *, is_new: bool) -> Journal:
    """Return the journal of a review, with its content so far.

    Raises
    ------
    ConfigError
        If there is no place for one.
    DecisionError
        If it cannot be read.
    """
    path = given
    if path is None:
        if is_pipe(snapshot):
            if is_new:
                raise errors.ConfigError(
                    "A pipe has no folder for a journal.", hint="Name one with --journal."
                )
            return Journal(None, ())
        place = snapshot if snapshot.name not in {"", ".."} else snapshot.resolve()
        path = place.with_suffix(".decisions.jsonl")
    if not path.exists() and (is_new or given is None):
        return Journal(path, ())
    return Journal(path, tuple(read_decisions(path)))


def _print_queue(queue: ReviewQueue, listing: Listing, output: Path | None) -> None:
    """Print the questions; only those that are shown are previewed."""
    total = queue.n_questions
    most = None if listing.sort else listing.most(output)
    frame = queue.to_frame(total if most is None else most)
    print_list(frame, listing, title="Questions", shown=_MAIN, output=output, total=total)
    n_open, questions = number(queue.n_open, "open suggestion"), number(total, "question")
    remark(
        f"{n_open} in {questions}; each answer may settle others.",
        console=listing.console(output),
    )
