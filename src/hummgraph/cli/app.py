"""The application to which every command belongs, and the exit codes in which every one ends."""

from __future__ import annotations

from typing import Annotated

import typer

from hummgraph import errors
from hummgraph.cli.printing import out

__all__ = ["EXIT_CODES", "app", "exit_code"]

EXIT_CODES = {
    0: "done",
    1: "any other error of hummgraph's own",
    2: "wrong usage: an option, setting, threshold, name of a node or format",
    3: "more bad records than --max-bad allows, nothing was written",
    4: "the API refused the token, or has no such organisation for its user",
    5: "the API could not be reached, or failed",
    6: "a reply or file is not what the contract describes",
    7: "a snapshot is missing, damaged or of a newer version",
    8: "the output cannot be written, what stood there still stands",
    9: "nothing leads from one to the other",
    130: "interrupted",
}

_CODES: tuple[tuple[int, tuple[type[errors.HummgraphError], ...]], ...] = (
    (
        2,
        (
            errors.ConfigError,
            errors.ArgumentError,
            errors.NodeError,
            errors.LinkNotFoundError,
            errors.FormatError,
            errors.DecisionError,
        ),
    ),
    (3, (errors.TooManyBadRecordsError,)),
    (4, (errors.AuthenticationError, errors.PermissionDeniedError, errors.NotFoundError)),
    (5, (errors.RequestError,)),
    (6, (errors.ContractError,)),
    (7, (errors.SnapshotError,)),
    (8, (errors.OutputError,)),
    (9, (errors.NoPathError,)),
)

_EPILOG = "[bold]Exit codes:[/bold] " + "; ".join(
    f"[bold]{code}[/bold] {meaning}" for code, meaning in EXIT_CODES.items()
)

app = typer.Typer(
    name="hummgraph",
    help="Fetch Humm's entity links, cluster them, show and export them.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        from importlib.metadata import version

        out.print(f"hummgraph {version('hummgraph')}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Entity links between an organisation's systems, as a graph."""


def exit_code(error: errors.HummgraphError) -> int:
    """Return the exit code of an error."""
    return next((code for code, kinds in _CODES if isinstance(error, kinds)), 1)
