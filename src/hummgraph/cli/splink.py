"""The command that writes settings of Splink."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hummgraph import errors
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import Listing, print_list, refuse_list, refuse_list_in_json
from hummgraph.cli.options import (
    AsJson,
    DecisionsPath,
    RecordKeys,
    SchemasGiven,
    SnapshotPath,
    record_keys_of,
    schemas_of,
)
from hummgraph.cli.printing import print_json, print_path, remark
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.snapshot.atomic import write_atomically
from hummgraph.warehouse.splink import splink_settings

__all__ = ["splink"]


@command
def splink(
    snapshot: SnapshotPath,
    entity: Annotated[
        str,
        typer.Argument(
            metavar="ENTITY",
            help="An entity, by its name, a word of it, or a table in it.",
            show_default=False,
        ),
    ],
    *,
    tables: Annotated[
        list[str],
        typer.Option(
            "--table",
            metavar="TABLE",
            help="A table of the entity to link; two or more.",
            show_default=False,
        ),
    ],
    schemas: SchemasGiven = None,
    record_keys: RecordKeys = [],  # noqa: B006 - typer makes a new one
    dedupe: Annotated[
        bool, typer.Option("--dedupe", help="A table may have a thing several times.")
    ] = False,
    decisions: DecisionsPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the settings, which Splink loads, as .json, and the queries as .sql"
            " beside them. Existing files are replaced.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    listing: Listing,
    reading: Reading,
) -> None:
    """Write Splink settings that link the records of an entity's tables.

    Without -o, list which columns are compared, how, and by which pairs are found.
    """
    if output is not None and output.suffix.lower() != ".json":
        raise errors.FormatError(
            f"No settings are written as {output.suffix or output.name!r}; name a .json file."
        )
    graph = graph_from(snapshot, reading, decisions=decisions)
    found = splink_settings(
        graph,
        entity,
        tables=tables,
        schemas=schemas_of(schemas),
        record_keys=record_keys_of(graph, record_keys),
        link_type="link_and_dedupe" if dedupe else "link_only",
    )
    console = listing.console(None)
    if output is not None:
        refuse_list("with -o, which writes settings", file=False)
        refuse_idle("with -o, which writes settings", "as_json")
        for path, text in (
            (output, found.to_json()),
            (output.with_suffix(".sql"), found.to_sql()),
        ):
            with write_atomically(path) as file:
                file.write(text.encode())
            print_path(path)
    elif as_json:
        refuse_list_in_json(file=False)
        print_json(found.to_dict())
    else:
        shown = ("comparison", "kind", "blocks", "path")
        print_list(found.columns, listing, title="Columns that Splink compares", shown=shown)
    for note in found.notes:
        remark(note, console=console)
