"""The command that tidies up after killed writers."""

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
    """Remove files that killed writers left, and restore those that they had moved."""
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
