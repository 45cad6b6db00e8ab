"""The command line: the library's verbs, for a terminal and for scripts."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress

from hummgraph import errors
from hummgraph.cli.app import EXIT_CODES, PipeClosed, app, exit_code
from hummgraph.cli.hints import error_text
from hummgraph.cli.printing import err, styled

# Importing a module adds its commands, and the help lists them in the order of these lines.
# Each is imported for that effect only, hence F401.
# isort: off
from hummgraph.cli import fetch as fetching  # noqa: F401
from hummgraph.cli import find as finding  # noqa: F401
from hummgraph.cli import links as listing_links  # noqa: F401
from hummgraph.cli import entities as mapping  # noqa: F401
from hummgraph.cli import clusters as clustering  # noqa: F401
from hummgraph.cli import evaluate as evaluating  # noqa: F401
from hummgraph.cli import paths as tracing  # noqa: F401
from hummgraph.cli import export as exporting  # noqa: F401
from hummgraph.cli import gc as tidying  # noqa: F401
# isort: on

__all__ = ["EXIT_CODES", "app", "exit_code", "main"]


def main() -> None:
    """Run the command line; errors of hummgraph become a message and an exit code.

    A reader that closes standard output early, as ``head`` does, is not an error.
    """
    code: str | int | None = 0
    try:
        code = _run_command()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (PipeClosed, BrokenPipeError):
        # Drop unwritten output, or the interpreter reports an error at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                with suppress(OSError, ValueError):  # a stream may have no descriptor
                    os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    sys.exit(code)


def _run_command() -> str | int | None:
    """Run one command and return its exit code."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _print_warning
            app()
    except errors.HummgraphError as error:
        err.print(styled(type(error).__name__, "red"), styled(f"[{error.code}]", "dim"))
        err.print(error_text(error, sys.argv[1:]), soft_wrap=True)
        return exit_code(error)
    except SystemExit as ended:
        return ended.code
    return 0  # pragma: no cover - typer ends by SystemExit


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning without the line of code that raised it."""
    err.print(f"Note: {message}", style="yellow")
