"""The command line: the library's verbs, for a terminal and for scripts."""

from __future__ import annotations

import sys
import warnings

from hummgraph import errors
from hummgraph.cli.app import EXIT_CODES, app, exit_code
from hummgraph.cli.printing import err

# Importing a module adds its commands, and the help lists them in the order of these lines.
# isort: off
from hummgraph.cli import fetch as fetching  # noqa: F401
from hummgraph.cli import clusters as clustering  # noqa: F401
from hummgraph.cli import paths as tracing  # noqa: F401
from hummgraph.cli import export as exporting  # noqa: F401
from hummgraph.cli import gc as tidying  # noqa: F401
# isort: on

__all__ = ["EXIT_CODES", "app", "exit_code", "main"]


def _remark(message: Warning | str, *_: object, **__: object) -> None:
    """Say a warning as a person would, without the line of code it came from."""
    err.print(f"Note: {message}", style="yellow", markup=False, highlight=False)


def main() -> None:
    """Run the command line; every error of hummgraph's own becomes a message and an exit code."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _remark
            app()
    except errors.HummgraphError as error:
        err.print(f"[red]{type(error).__name__}[/red] [dim]\\[{error.code}][/dim]")
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(exit_code(error))
