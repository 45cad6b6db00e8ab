"""The command line: the library's verbs, for a terminal and for scripts."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import warnings
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from typer.main import get_command

from hummgraph import errors
from hummgraph.cli.app import EXIT_CODES, PipeClosed, app, exit_code
from hummgraph.cli.hints import error_text
from hummgraph.cli.printing import err, styled
from hummgraph.cli.signals import catch_signals, release_signals

# Importing a module adds its commands, and the help lists them in the order of these lines.
# Each is imported for that effect only, hence F401.
# isort: off
from hummgraph.cli import fetch as fetching  # noqa: F401
from hummgraph.cli import find as finding  # noqa: F401
from hummgraph.cli import links as listing_links  # noqa: F401
from hummgraph.cli import entities as mapping  # noqa: F401
from hummgraph.cli import clusters as clustering  # noqa: F401
from hummgraph.cli import pairs as pairing  # noqa: F401
from hummgraph.cli import evaluate as evaluating  # noqa: F401
from hummgraph.cli import diff as comparing  # noqa: F401
from hummgraph.cli import check as checking  # noqa: F401
from hummgraph.cli import verify as verifying  # noqa: F401
from hummgraph.cli import review as reviewing  # noqa: F401
from hummgraph.cli import decide as deciding  # noqa: F401
from hummgraph.cli import paths as tracing  # noqa: F401
from hummgraph.cli import identity as identifying  # noqa: F401
from hummgraph.cli import splink as matching  # noqa: F401
from hummgraph.cli import export as exporting  # noqa: F401
from hummgraph.cli import assistants as assisting  # noqa: F401
from hummgraph.cli import doctor as examining  # noqa: F401
from hummgraph.cli import gc as tidying  # noqa: F401
# isort: on

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EXIT_CODES", "app", "exit_code", "main"]


def main() -> None:
    """Run the command line; errors of hummgraph become a message and an exit code.

    A reader that closes standard output early, as ``head`` does, is not an error. A character that
    the console's code page does not have is replaced. SIGTERM and SIGHUP end a command as Ctrl-C
    does: it removes incomplete files before it ends.
    """
    _replace_unknown_characters()
    received: list[int] = []
    before: dict[int, Any] = {}
    hook = sys.unraisablehook
    try:
        catch_signals(received, before)
        code = _run_and_flush()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    finally:
        sys.unraisablehook = hook
    if received:
        sys.exit(_SIGNALLED + received[0])  # both are ignored until the end
    release_signals(before)
    sys.exit(code)


_INTERRUPTED: Final = 130
_SIGNALLED: Final = 128
"""Number that shells add to that of the signal that ended a command."""


_NEVER_RAISE: Final = frozenset(
    {"backslashreplace", "ignore", "namereplace", "replace", "xmlcharrefreplace"}
)
"""Handlers of characters that an encoding does not have."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a standard output that takes no more."""


def _run_and_flush() -> str | int | None:
    """Run one command, write its output, and return its exit code."""
    code: str | int | None = 0
    try:
        code = _run_command()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (PipeClosed, BrokenPipeError):
        _drop_unwritten()
    except OSError as error:
        # Errors of files have a name or are errors of hummgraph: it was standard output.
        if error.filename is not None or error.errno not in _FULL:
            raise
        _drop_unwritten()
        code = _print_error(
            errors.OutputError(
                f"Cannot write to standard output: {error.strerror}.",
                hint="Make room there, or write somewhere else.",
            )
        )
    return code


def _drop_unwritten() -> None:
    """Drop output that cannot be written, since the interpreter would report an error at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # a stream may have no descriptor
                os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _replace_unknown_characters() -> None:
    """Make output of any encoding replace what it cannot write, where Python would raise.

    In the C locale Python sets ``surrogateescape``, with which other encodings than UTF-8 still
    raise for letters that they do not have.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors not in _NEVER_RAISE:
            is_utf8 = codecs.lookup(stream.encoding).name == "utf-8"
            if not (is_utf8 and stream.errors == "surrogateescape"):
                stream.reconfigure(errors="replace")


def _run_command() -> str | int | None:
    """Run one command and return its exit code."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _print_warning
            _command_line()()
    except errors.HummgraphError as error:
        return _print_error(error)
    except SystemExit as ended:
        return ended.code
    return 0  # pragma: no cover - typer ends by SystemExit


@cache
def _command_line() -> Callable[[], Any]:
    """Return the parser of all commands: typer makes it anew for each call of an application."""
    made: Callable[[], Any] = get_command(app)
    return made


def _print_error(error: errors.HummgraphError) -> int:
    """Print an error in the words of the command line, and return its exit code."""
    err.print(styled(type(error).__name__, "red"), styled(f"[{error.code}]", "dim"))
    err.print(error_text(error, sys.argv[1:]), soft_wrap=True)
    return exit_code(error)


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning without the line of code that raised it."""
    err.print(f"Note: {message}", style="yellow")
