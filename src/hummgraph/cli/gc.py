"""The command that tidies up after writers that were killed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from hummgraph.cli.app import app
from hummgraph.cli.printing import out
from hummgraph.snapshot.atomic import aside, stale

__all__ = ["gc"]


@app.command()
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
            min=0,
            help="Leave what is younger alone; a writer may be at work.",
        ),
    ] = 60.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
) -> None:
    """Remove what killed writers left behind, and put back what they had moved aside."""
    for entry, place in aside(folder):
        if not dry_run:
            entry.rename(place)
        _say(f"put back {place}")
    for entry in stale(folder, older_than=60 * older_than):
        if not dry_run:
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        _say(f"removed {entry}")


def _say(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)
