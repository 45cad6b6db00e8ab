"""The command that groups the ends of anybody's scored pairs."""

from __future__ import annotations

from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import AUTO
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list
from hummgraph.cli.options import Calibrate, Calibration, Floor, Method, Threshold
from hummgraph.cli.printing import err, number, print_written, remark
from hummgraph.frames import Frame
from hummgraph.warehouse.engines.duckdb import reason
from hummgraph.warehouse.pairs import cluster_pairs, pairs_setting
from hummgraph.warehouse.pairs.clustering import engine_clusters
from hummgraph.warehouse.pairs.reading import PairColumns

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class EngineName(StrEnum):
    """Values of --engine."""

    DUCKDB = "duckdb"


@contextmanager
def _duckdb(memory_limit: str | None) -> Iterator[Any]:
    """Open a database of DuckDB whose files are gone in the end."""
    try:
        import duckdb
    except ImportError as error:
        raise errors.MissingDependencyError.of("duckdb") from error
    with TemporaryDirectory(prefix="hummgraph-") as folder:
        config: dict[str, Any] = {"temp_directory": folder}
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        try:
            connection = duckdb.connect(config=config)
        except duckdb.Error:
            raise errors.ConfigError(
                f"--memory-limit is {memory_limit!r}; it must be a size, such as 4GB."
            ) from None
        with closing(connection):
            try:
                yield connection
            except duckdb.OutOfMemoryException:
                raise errors.ConfigError(
                    "DuckDB has too little memory, or no room for its files.",
                    hint="Raise --memory-limit, or set TMPDIR to a folder with more room.",
                ) from None
            except duckdb.Error as error:
                raise errors.ConfigError(f"DuckDB stopped: {reason(error)}.") from error


def _column(name: str, help: str) -> Any:  # noqa: A002 - typer's word
    return typer.Option(
        name, metavar="COLUMN", help=help, show_default=False, rich_help_panel=_COLUMNS
    )


@command
def pairs(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A file of pairs: Parquet, CSV or JSON, gzipped or not; with --engine, also a"
            " folder or a pattern of Parquet files.",
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
            help="A group exempt from --one-per-group; repeatable.",
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
            help="Use the setting of a JSON file; write the file if it does not exist.",
            show_default=False,
        ),
    ] = None,
    quality: Annotated[
        bool,
        typer.Option(
            "--quality", help="List clusters of several nodes and their quality, instead of nodes."
        ),
    ] = False,
    engine: Annotated[
        EngineName | None,
        typer.Option(
            "--engine",
            metavar="ENGINE",
            help="duckdb: for more pairs than memory, with files for what does not fit.",
            show_default=False,
        ),
    ] = None,
    memory_limit: Annotated[
        str | None,
        typer.Option(
            "--memory-limit",
            metavar="SIZE",
            help="Memory of the engine, such as 4GB; without it, most of the machine's.",
            show_default=False,
        ),
    ] = None,
    output: ListFile = None,
    listing: Listing,
) -> None:
    """Group the ends of scored pairs; decisions bind.

    The ids may be any, and so may the matcher. Each node is one row, with the id of its cluster.
    """
    columns: dict[str, Any] = {
        "source": source,
        "target": target,
        "score": score,
        "status": status,
        "groups": groups,
    }
    rules: dict[str, Any] = {
        "method": method,
        "one_per_group": _RULES[one_per_group],
        "many_in": many_in,
        "calibrate": None if calibrate == "none" else str(calibrate),
        "floor": floor,
    }
    held = None
    if setting is not None and setting.exists():
        refuse_idle(f"with --setting {setting}, which has its own", *rules)
        held = Setting.read(setting)
    if engine is None:
        refuse_idle("without --engine", "memory_limit")
        chosen = held or pairs_setting(file, **columns, **rules)
        nodes, found = cluster_pairs(
            file, **columns, setting=chosen, threshold=threshold, quality=True
        )
    else:
        refuse_idle("with --engine, which keeps no pairs in memory", "quality")
        named = PairColumns(source, target, score, status)
        free = rules if held is None else {**dict.fromkeys(rules, AUTO), "many_in": ()}
        with _duckdb(memory_limit) as connection:
            made, chosen = engine_clusters(
                connection,
                str(file),
                named,
                groups,
                held,
                threshold=threshold,
                no_match=None,
                parameters={},
                **free,
            )
            nodes = Frame(made.to_arrow_table())
        found = _several(nodes)
    if setting is not None and held is None:
        chosen.write(setting)
        print_written({setting: "the setting, which --setting holds from now on"}, console=err)
    n_clusters = number(len(found), "cluster")
    title = f"{n_clusters} of several nodes, among {number(len(nodes), 'node')}"
    print_list(found if quality else nodes, listing, title=title, output=output)
    remark(chosen.reason, console=listing.console(output))


def _several(nodes: Frame) -> pa.Table:
    """Return the clusters of several nodes."""
    counts = pc.value_counts(nodes.to_arrow()["cluster_id"])
    return pa.Table.from_struct_array(counts.filter(pc.greater(counts.field("counts"), 1)))
