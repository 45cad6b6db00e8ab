"""The command that cleans up after writers that were killed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from hummgraph import errors
from hummgraph.cli.app import command
from hummgraph.cli.printing import out
from hummgraph.snapshot.atomic import aside, stale

__all__ = ["gc"]


@command
def gc(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Where snapshots and exports are written.",
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
            help="Leave what is younger alone: a writer may be at work.",
        ),
    ] = 60.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
) -> None:
    """Remove what killed writers left behind, and restore what they had moved aside."""
    if older_than < 0:
        raise errors.ConfigError(f"--older-than is {older_than:g}; it must be 0 or more.")
    for entry, place in aside(folder):
        if not dry_run:
            entry.rename(place)
        _print_line(f"put back {place}")
    for entry in stale(folder, older_than=60 * older_than):
        if not dry_run:
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        _print_line(f"removed {entry}")


def _print_line(text: str) -> None:
    out.print(text, soft_wrap=True)
