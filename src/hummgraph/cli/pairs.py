"""The command that groups the ends of anybody's scored pairs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hummgraph.algorithms.clustering.clustering import AUTO
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list
from hummgraph.cli.options import Calibrate, Calibration, Floor, Method, Threshold
from hummgraph.cli.printing import err, number, print_written, remark
from hummgraph.warehouse.pairs import cluster_pairs, pairs_setting

__all__ = ["pairs"]

_COLUMNS = "Columns of the file"


class GroupRule(StrEnum):
    """Values of --one-per-group."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


_RULES: dict[GroupRule, bool | str] = {
    GroupRule.AUTO: AUTO,
    GroupRule.YES: True,
    GroupRule.NO: False,
}


def _column(name: str, help: str) -> Any:  # noqa: A002 - typer's word
    return typer.Option(
        name, metavar="COLUMN", help=help, show_default=False, rich_help_panel=_COLUMNS
    )


@command
def pairs(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS", help="A file of pairs: Parquet, CSV or JSON, gzipped or not."
        ),
    ],
    *,
    source: Annotated[str, _column("--source", "Ids of one end; by default source.")] = "source",
    target: Annotated[
        str, _column("--target", "Ids of the other end; by default target.")
    ] = "target",
    score: Annotated[str, _column("--score", "Scores in [0, 1]; by default score.")] = "score",
    status: Annotated[
        str | None,
        _column("--status", "Decisions: APPROVED, REJECTED or SUGGESTED, or true and false."),
    ] = None,
    groups: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--groups",
            metavar="COLUMN COLUMN",
            help="Groups of both ends, such as the systems that records come from.",
            show_default=False,
            rich_help_panel=_COLUMNS,
        ),
    ] = None,
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per_group: Annotated[
        GroupRule,
        typer.Option(
            "--one-per-group",
            metavar="WHETHER",
            help="Whether a cluster takes at most one node of each group: yes, no or auto.",
        ),
    ] = GroupRule.AUTO,
    many_in: Annotated[
        list[str],
        typer.Option(
            "--many-in",
            metavar="GROUP",
            help="A group in which --one-per-group does not hold; repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: Annotated[
        Path | None,
        typer.Option(
            "--setting",
            metavar="FILE",
            help="Hold the setting of a JSON file; a file that is not there is written.",
            show_default=False,
        ),
    ] = None,
    quality: Annotated[
        bool,
        typer.Option(
            "--quality", help="List clusters of several nodes and their quality, instead of nodes."
        ),
    ] = False,
    output: ListFile = None,
    listing: Listing,
) -> None:
    """Group the ends of scored pairs; decisions bind.

    For pairs of bare ids that any matcher scored. Each node is one row, with the id of its cluster.
    """
    columns: dict[str, Any] = {
        "source": source,
        "target": target,
        "score": score,
        "status": status,
        "groups": groups,
    }
    if setting is not None and setting.exists():
        refuse_idle(
            f"with --setting {setting}, which has its own",
            *("method", "one_per_group", "many_in", "calibrate", "floor"),
        )
        chosen = Setting.read(setting)
    else:
        chosen = pairs_setting(
            file,
            **columns,
            method=method,
            one_per_group=_RULES[one_per_group],
            many_in=many_in,
            calibrate=None if calibrate == "none" else str(calibrate),
            floor=floor,
        )
        if setting is not None:
            chosen.write(setting)
            print_written({setting: "the setting, which --setting holds from now on"}, console=err)
    nodes, found = cluster_pairs(file, **columns, setting=chosen, threshold=threshold, quality=True)
    n_clusters = number(len(found), "cluster")
    title = f"{n_clusters} of several nodes, among {number(len(nodes), 'node')}"
    print_list(found if quality else nodes, listing, title=title, output=output)
    remark(chosen.reason, console=listing.console(output))
