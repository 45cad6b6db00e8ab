"""The command that checks links against values."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummgraph import errors
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list, refuse_list, refuse_list_in_json
from hummgraph.cli.options import AsJson, DecisionsPath, SchemasGiven, schemas_of
from hummgraph.cli.printing import err, is_terminal, out, print_json, remark
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.warehouse.measure import Budget
from hummgraph.warehouse.measure import Reading as Progress
from hummgraph.warehouse.verification import verification_queries
from hummgraph.warehouse.verification import verify as verify_links

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["verify"]

_MAIN = ("source_path", "target_path", "status", "verdict", "cardinality", "reason")
_HINT = (
    'Lines read "Stripe" = "folder", or "PostgreSQL" = { driver = "psycopg", at = "$DSN" }; drivers'
    " are sqlite, duckdb, psycopg, adbc_sqlite and adbc_postgresql."
)


@command
def verify(
    snapshot: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SNAPSHOT]", help="Snapshot folder; not with --demo.", show_default=False
        ),
    ] = None,
    *,
    values: Annotated[
        Path | None,
        typer.Option(
            "--values",
            metavar="FOLDER",
            help="A folder for each system, with a .parquet or .csv file for each of its tables.",
            show_default=False,
        ),
    ] = None,
    connections: Annotated[
        Path | None,
        typer.Option(
            "--connections",
            metavar="FILE",
            help="A TOML or JSON file: systems and tables with folders, files or databases.",
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Verify the bundled organisation by invented records.")
    ] = False,
    schemas: SchemasGiven = None,
    link: Annotated[
        list[str],
        typer.Option(
            "--link", metavar="ID", help="Only this link; repeatable.", show_default=False
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    sample: Annotated[
        float,
        typer.Option(
            "--sample", metavar="SHARE", help="Share of the values to count, above 0, at most 1."
        ),
    ] = 1.0,
    budget_rows: Annotated[
        int | None,
        typer.Option(
            "--budget-rows", metavar="N", help="Read at most N rows in all.", show_default=False
        ),
    ] = None,
    budget_queries: Annotated[
        int | None,
        typer.Option(
            "--budget-queries",
            metavar="N",
            help="Send at most N queries to databases.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the queries, and read nothing.")
    ] = False,
    proposals: Annotated[
        bool, typer.Option("--proposals", help="List what a reviewer may decide, and why.")
    ] = False,
    decisions: DecisionsPath = None,
    output: ListFile = None,
    as_json: AsJson = False,
    listing: Listing,
    reading: Reading,
) -> None:
    """Check links against the values of their tables.

    Values stay on this machine, and are neither printed nor written: only counts are. What decides
    is whether rows that share a value agree in other columns too. The list has contradicted links
    first, then those that values cannot judge, then supported ones, each by name; --json has all in
    the order of the links.
    """
    if as_json:
        refuse_list_in_json(file=output is not None)
        refuse_idle("with --json, which prints the whole result", "proposals")
    graph = _graph(snapshot, reading, decisions, demo=demo)
    chosen = link or None
    with _connected(values, connections, demo=demo) as known:
        if dry_run:
            refuse_list("with --dry-run", file=output is not None)
            refuse_idle("with --dry-run", "proposals", "as_json", "sample")
            places = schemas_of(schemas)
            _print_queries(verification_queries(graph, known, links=chosen, schemas=places))
            return
        listing.chosen(output)
        with _progress() as told:
            found = verify_links(
                graph,
                known,
                links=chosen,
                schemas=schemas_of(schemas),
                sample=sample,
                budget=Budget(budget_rows, budget_queries),
                progress=told,
            )
    if as_json:
        print_json(found.to_dict())
        return
    if proposals:
        print_list(found.proposals, listing, title="Proposals", output=output)
    else:
        print_list(found.for_review(), listing, title="Links", shown=_MAIN, output=output)
    counts = ", ".join(f"{n:,} {verdict}" for verdict, n in found.counts.items())
    remark(f"{len(found):,} links: {counts}.", console=listing.console(output))


def _graph(
    snapshot: Path | None, reading: Reading, decisions: Path | None, *, demo: bool
) -> LinkGraph:
    if demo:
        if snapshot is not None:
            raise errors.ConfigError("--demo has its own links.", hint="Leave SNAPSHOT out.")
        from hummgraph.datasets import load_demo

        graph = LinkGraph(load_demo().snapshot())
        return graph if decisions is None else graph.with_decisions(decisions)
    if snapshot is None:
        raise errors.ConfigError(
            "SNAPSHOT is missing.", hint="Name a snapshot folder, or add --demo."
        )
    return graph_from(snapshot, reading, decisions=decisions)


@contextmanager
def _connected(values: Path | None, file: Path | None, *, demo: bool) -> Iterator[Any]:
    """Yield connections; those to databases are closed at the end."""
    if sum([values is not None, file is not None, demo]) != 1:
        raise errors.ConfigError(
            "Exactly one of --values, --connections and --demo is needed.",
            hint="hummgraph verify --demo shows an example.",
        )
    if demo:
        from hummgraph.datasets.records import demo_records

        yield demo_records().tables
    elif values is not None:
        yield values
    else:
        assert file is not None  # noqa: S101 - for the type checker: one of three is given
        with ExitStack() as stack:
            yield {key: _opened(key, value, file, stack) for key, value in _read(file).items()}


def _read(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise errors.ConfigError(f"{str(file)!r} cannot be read: {reason}.") from None
    try:
        found = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError):
        found = None  # its text may quote a password
    if not isinstance(found, dict) or not found:
        raise errors.ConfigError(f"{str(file)!r} has no connections.", hint=_HINT)
    return found


def _opened(key: str, value: Any, file: Path, stack: ExitStack) -> Any:
    """Return a path or an open connection; relative paths begin at the file's folder."""
    if isinstance(value, str):
        return file.parent / value
    if not isinstance(value, dict) or set(value) != {"driver", "at"}:
        raise errors.ConfigError(
            f"{str(file)!r}: {key!r} is neither a path nor a driver with a place.", hint=_HINT
        )
    driver, place = str(value["driver"]), str(value["at"])
    if driver not in _DRIVERS:
        raise errors.ConfigError(f"{str(file)!r}: the driver of {key!r} is unknown.", hint=_HINT)
    if place.startswith("$"):
        name = place[1:]
        if name not in os.environ:
            raise errors.ConfigError(f"{str(file)!r}: the environment has no {name}.", hint=_HINT)
        place = os.environ[name]
    elif driver in {"sqlite", "duckdb"}:
        place = str(file.parent / place)
    try:
        return stack.enter_context(closing(_DRIVERS[driver](place)))
    except ImportError:
        missing = f"The driver {driver} of {key!r} is not installed."
    except Exception as error:  # noqa: BLE001 - any class of any driver; its text may quote a password
        missing = f"{key!r} cannot be reached: {type(error).__name__}."
    raise errors.ValuesError(missing)


def _sqlite(place: str) -> Any:
    import sqlite3

    return sqlite3.connect(f"{Path(place).absolute().as_uri()}?mode=ro", uri=True)


def _duckdb(place: str) -> Any:
    import duckdb

    return duckdb.connect(place, read_only=True)


def _psycopg(place: str) -> Any:
    import psycopg

    return psycopg.connect(place)


def _adbc_sqlite(place: str) -> Any:
    from adbc_driver_sqlite import dbapi

    return dbapi.connect(place)


def _adbc_postgresql(place: str) -> Any:
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(place)


_DRIVERS = {
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "psycopg": _psycopg,
    "adbc_sqlite": _adbc_sqlite,
    "adbc_postgresql": _adbc_postgresql,
}


def _print_queries(queries: Any) -> None:
    """Print queries for a database, with comments on the tables that they read."""
    last = ""
    for row in queries:
        if row["table"] != last:
            out.print(f"-- {row['table']}: {row['columns']:,} columns", soft_wrap=True)
            last = row["table"]
        text = f"-- {row['problem']}" if row["query"] is None else f"{row['query']};"
        out.print(text, soft_wrap=True)


@contextmanager
def _progress() -> Iterator[Any]:
    """Yield what takes progress: a line on a terminal, else nothing."""
    if not is_terminal(err.file):
        yield None
        return
    with err.status("Reading") as status:

        def told(progress: Progress) -> None:
            status.update(
                f"{progress.done:,} of {progress.total:,} {progress.what},"
                f" {progress.rows:,} rows read"
            )

        yield told
