"""The command that tidies up after killed writers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from hummgraph import errors
from hummgraph.cli.app import command
from hummgraph.cli.printing import err, out
from hummgraph.snapshot.atomic import output_error
from hummgraph.snapshot.leftovers import abandoned_spools, aside, remove_leftover, stale

__all__ = ["gc"]


@command
def gc(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Folder where snapshots and exports are written.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ],
    *,
    older_than: Annotated[
        float,
        typer.Option(
            "--older-than",
            metavar="MINUTES",
            help="Keep files younger than this: a writer may still be at work.",
        ),
    ] = 60.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the changes without making them.")
    ] = False,
) -> None:
    """Remove files that killed writers left, and restore those that they had moved.

    Replies of a killed fetch are removed from the folder for temporary files too. Files of a living
    process are kept, and so are all that hummgraph did not write.
    """
    if older_than < 0:
        raise errors.ConfigError(f"--older-than is {older_than:g}; it must be 0 or more.")
    seconds = 60 * older_than
    try:
        for entry, place in aside(folder, older_than=seconds):
            if not dry_run:
                entry.rename(place)
            _print_line(f"put back {place}")
        temporary = Path(tempfile.gettempdir())
        found = stale(folder, older_than=seconds)
        found += abandoned_spools(temporary, older_than=seconds)
    except OSError as error:
        raise output_error(folder, error) from error
    for entry in found:
        if dry_run or remove_leftover(entry):
            _print_line(f"removed {entry}")
        else:
            err.print(f"left {entry}: it cannot be removed, or holds other files.", soft_wrap=True)


def _print_line(text: str) -> None:
    out.print(text, soft_wrap=True)
