"""The command that plans, verifies and makes identity tables."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummgraph import errors
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import (
    Listing,
    print_list,
    refuse_list,
    refuse_list_in_json,
    writes_list,
)
from hummgraph.cli.options import (
    AsJson,
    DecisionsPath,
    Overwrite,
    RecordKeys,
    SchemasGiven,
    record_keys_of,
    schemas_of,
)
from hummgraph.cli.printing import err, number, out, print_json, print_path, remark
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.atomic import write_atomically
from hummgraph.warehouse.identity import FAN_OUT, identity_table

if TYPE_CHECKING:
    from hummgraph.frames import Frame
    from hummgraph.warehouse.identity_plan import IdentityPlan
    from hummgraph.warehouse.identity_run import IdentityRun

__all__ = ["identity"]


class _Part(StrEnum):
    """Lists of an identity plan, and of its counts."""

    COLUMNS = "columns"
    TABLES = "tables"
    LEFT_OUT = "left-out"
    QUESTIONS = "questions"
    RECORDS = "records"
    KEYS = "keys"
    SIZES = "sizes"


_TITLES = {
    _Part.COLUMNS: "Columns that join records",
    _Part.TABLES: "Tables whose rows are records",
    _Part.LEFT_OUT: "Left out",
    _Part.QUESTIONS: "Questions",
    _Part.RECORDS: "Records by table",
    _Part.KEYS: "Values by key",
    _Part.SIZES: "Entities by number of records",
}
_COUNTED = {_Part.RECORDS: "tables", _Part.KEYS: "keys", _Part.SIZES: "sizes"}
_DEMO_ENTITY = "person"


@command
def identity(
    snapshot: Annotated[
        str | None,
        typer.Argument(
            metavar="[SNAPSHOT]",
            help="A snapshot folder, a file of links, or GraphML; none with --demo.",
            show_default=False,
        ),
    ] = None,
    entity: Annotated[
        str | None,
        typer.Argument(
            metavar="ENTITY",
            help="An entity, by its name, a word of it, or a table in it.",
            show_default=False,
        ),
    ] = None,
    *,
    values: Annotated[
        Path | None,
        typer.Option(
            "--values",
            metavar="FOLDER",
            help="Verify the keys by these values, and count: SYSTEM/TABLE.parquet or .csv.",
            show_default=False,
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="FILE",
            help="Make the table in a database of DuckDB; it has the keys of your records.",
            show_default=False,
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="With --into, replace an existing table."),
    ] = False,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Show all steps with the bundled demo and its records."),
    ] = False,
    schemas: SchemasGiven = None,
    keys: Annotated[
        list[str],
        typer.Option(
            "--key",
            metavar="NAME",
            help="Use this key only; repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    record_keys: RecordKeys = [],  # noqa: B006 - typer makes a new one
    fan_out: Annotated[
        int,
        typer.Option(
            "--fan-out",
            metavar="N",
            help="Largest number of records of one table that a value joins.",
        ),
    ] = FAN_OUT,
    sql: Annotated[
        str | None,
        typer.Option(
            "--sql",
            metavar="DIALECT",
            help="Print the script for snowflake, postgres ...; needs hummgraph[sql].",
            show_default=False,
        ),
    ] = None,
    part: Annotated[
        _Part | None,
        typer.Option(
            "--list",
            metavar="WHAT",
            help=f"List {', '.join(_Part)}; columns by default, the last three with --values.",
            show_default=False,
        ),
    ] = None,
    decisions: DecisionsPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="With --sql, write the script to a .sql file, or models of dbt to a folder;"
            " without it, the list as .csv ... An existing file is replaced; a folder that holds"
            " other files needs --overwrite.",
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    listing: Listing,
    reading: Reading,
) -> None:
    """Plan a table that says which records of which systems are one thing.

    With --values, leave out what the values do not support, and count what is joined. Values are
    read on this machine, and none is printed.
    """
    if as_json:
        refuse_list_in_json(file=writes_list(output, listing))
        refuse_idle("with --json, which prints all lists", "part")
    if sql is None:
        refuse_idle("without --sql DIALECT", "overwrite")
    if values is None and not demo:
        refuse_idle("without --values FOLDER", "into")
    if into is None:
        refuse_idle("without --into FILE", "replace")
    graph, name, connections = _read(snapshot, entity, values, reading, decisions, demo=demo)
    plan = identity_table(
        graph,
        name,
        keys=keys or None,
        schemas=schemas_of(schemas),
        record_keys=record_keys_of(graph, record_keys),
        fan_out=fan_out,
    )
    run = None
    if connections is not None:
        plan = plan.verify(connections)
        run = _made(plan, connections, into, demo=demo, replace=replace)
    if sql is not None:
        refuse_list("with --sql, which prints a script", file=False)
        refuse_idle("with --sql, which prints a script", "part", "as_json")
        _write_script(plan, sql, output, overwrite=overwrite)
    elif as_json:
        counted = {} if run is None else {"run": run.to_dict()}
        print_json({"plan": plan.to_dict(), **counted})
    else:
        _print(plan, run, part or _Part.COLUMNS, listing, output)


def _read(
    snapshot: str | None,
    entity: str | None,
    values: Path | None,
    reading: Reading,
    decisions: Path | None,
    *,
    demo: bool,
) -> tuple[LinkGraph, str, Any]:
    """Return the graph, the name of the entity, and where values come from."""
    if not demo:
        if snapshot is None or entity is None:
            raise errors.ConfigError(
                "A snapshot and an entity are needed.",
                hint="For example: hummgraph identity acme.hummgraph person",
            )
        return graph_from(Path(snapshot), reading, decisions=decisions), entity, values
    refuse_idle("with --demo, which has its own records", "values", "decisions")
    if entity is not None:
        raise errors.ConfigError("--demo has its own snapshot.", hint="Name an entity only.")
    from hummgraph.datasets import demo_records, load_demo

    graph = LinkGraph(load_demo().snapshot())
    return graph, snapshot or _DEMO_ENTITY, demo_records().tables


def _made(
    plan: IdentityPlan, connections: Any, into: Path | None, *, demo: bool, replace: bool
) -> IdentityRun | None:
    """Build the identity table, in memory or in a file of DuckDB; return its counts."""
    if not plan.keys:
        return None
    from contextlib import closing

    try:
        import duckdb
    except ImportError as error:
        raise errors.MissingDependencyError.of("duckdb") from error
    try:
        connection = duckdb.connect(":memory:" if into is None else str(into))
    except duckdb.Error as error:
        raise errors.OutputError(
            f"{str(into)!r} cannot be opened as a database of DuckDB ({type(error).__name__})."
        ) from None
    with closing(connection):
        run = plan.run(connection, connections=connections, replace=replace)
        if demo:
            _print_truth(connection, run)
    if into is not None:
        print_path(into, console=err)
    return run


def _write_script(plan: IdentityPlan, sql: str, output: Path | None, *, overwrite: bool) -> None:
    if output is not None and output.suffix.lower() != ".sql" and str(output) != "-":
        if output.suffix:
            raise errors.FormatError(
                f"No script is written as {output.suffix!r}; name a .sql file, or a folder for"
                " models of dbt."
            )
        write(plan, output, dialect=sql, overwrite=overwrite)
        print_path(output, console=err)
        return
    refuse_idle("without a folder for models of dbt", "overwrite")
    text = plan.to_sql(sql)
    if output is None or str(output) == "-":
        out.file.write(text)
        return
    with write_atomically(output) as file:
        file.write(text.encode())
    print_path(output, console=err)


def _print(
    plan: IdentityPlan,
    run: IdentityRun | None,
    part: _Part,
    listing: Listing,
    output: Path | None,
) -> None:
    """Print one list, and notes on the plan."""
    console = listing.console(output)
    print_list(
        _frame_of(plan, run, part), listing, title=_TITLES[part], shown=_MAIN[part], output=output
    )
    remark(
        f"{number(len(plan.tables), 'table')}, {number(len(plan.keys), 'key')}.", console=console
    )
    if not plan.verified:
        remark("Not verified: wrong columns join different things. Add --values.", console=console)
    if run is not None:
        remark(
            f"{run.n_records:,} records of {run.n_entities:,} entities; {run.n_joined:,} records"
            f" are joined, in {number(run.rounds, 'round')}.",
            console=console,
        )
        for sentence in run.lost():
            remark(sentence, console=console)
        for row in run.keys:
            if row["stopped_values"]:
                remark(
                    f"{number(row['stopped_values'], 'value')} of {row['key']} joined none: up to"
                    f" {row['largest']:,} records of one table share it.",
                    console=console,
                )
    if part is not _Part.LEFT_OUT and len(plan.left_out):
        remark(f"Left out: {len(plan.left_out):,}; see --list left-out.", console=console)
    if part is not _Part.QUESTIONS:
        for question in plan.questions["question"][:3]:
            remark(question, console=console)


_MAIN = {
    _Part.COLUMNS: ("key", "path", "normal", "weakest", "agreement"),
    _Part.TABLES: ("path", "system", "record_key"),
    _Part.LEFT_OUT: ("what", "path", "key", "reason"),
    _Part.QUESTIONS: ("question", "path", "other_path", "link_id"),
    _Part.RECORDS: ("path", "rows", "without_key", "repeated", "records", "joined"),
    _Part.KEYS: (
        "key",
        "shared_values",
        "joined_records",
        "stopped_values",
        "stopped_records",
        "largest",
    ),
    _Part.SIZES: ("records", "entities"),
}


def _frame_of(plan: IdentityPlan, run: IdentityRun | None, part: _Part) -> Frame:
    if part in _COUNTED:
        if run is None:
            raise errors.ConfigError(
                f"--list {part} is of records, and none were joined.", hint="Add --values FOLDER."
            )
        frame: Frame = getattr(run, _COUNTED[part])
        return frame
    if part is _Part.COLUMNS:
        return plan.to_frame()
    if part is _Part.TABLES:
        return plan.tables_frame()
    return plan.left_out if part is _Part.LEFT_OUT else plan.questions


def _print_truth(connection: Any, run: IdentityRun) -> None:
    """Print how right the identity table of the demo is, by the truth of its records."""
    from hummgraph.datasets import demo_records

    truth = demo_records().truth.to_arrow()
    connection.register("hummgraph_truth", truth)
    ((both, joined, true),) = connection.execute(
        f"""
        WITH known AS (
            SELECT entity_id AS e, truth.entity || ':' || truth.thing AS t
            FROM {run.table} JOIN hummgraph_truth AS truth
            ON system || '/' || table_name = truth."table"
            AND {run.table}.record_key = truth.record_key
        ), pairs AS (
            SELECT e, t, COUNT(*) * (COUNT(*) - 1) / 2 AS n FROM known
            GROUP BY GROUPING SETS ((e, t), (e), (t))
        )
        SELECT SUM(n) FILTER (e IS NOT NULL AND t IS NOT NULL), SUM(n) FILTER (t IS NULL),
            SUM(n) FILTER (e IS NULL) FROM pairs
        """  # noqa: S608 - the name is that of our own table
    ).fetchall()
    connection.unregister("hummgraph_truth")
    remark(
        f"Of the pairs of records that are joined, {both / joined:.1%} are one by the demo's truth;"
        f" {both / true:.1%} of those that are one are joined.",
        console=err,
    )
