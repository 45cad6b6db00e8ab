"""Output of commands other than lists: reports, remarks, JSON.

Texts are not markup: a name with brackets or colons is printed unchanged.
"""

from __future__ import annotations

import io
import json
import sys
from typing import IO, TYPE_CHECKING, Any, Final

from rich.console import Console, ConsoleDimensions
from rich.text import Text

from hummgraph.frames import visible
from hummgraph.snapshot.atomic import written_into

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

__all__ = [
    "err",
    "is_terminal",
    "json_text",
    "number",
    "out",
    "plain_cell",
    "print_block",
    "print_json",
    "print_path",
    "print_written",
    "remark",
    "styled",
    "unbroken",
]

_UNBROKEN_WIDTH: Final = 1_000_000
"""Width of pipes and files, where no line is broken or cut."""


def is_terminal(stream: IO[str]) -> bool:
    """Return whether a stream is a terminal."""
    return stream.isatty()


def styled(text: str, style: str = "") -> Text:
    """Return a text without markup and without control characters."""
    return Text("\n".join(map(visible, text.split("\n"))), style=style)


class _SafeConsole(Console):
    """A console that prints names as visible text, without markup or control characters."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)
        # COLUMNS in the environment is for a terminal, where `size` reads it again.
        self._width = None

    def render_str(self, text: str, **options: Any) -> Text:
        """Build a text of line breaks and visible characters."""
        return super().render_str("\n".join(map(visible, text.split("\n"))), **options)

    def on_broken_pipe(self) -> None:
        """Raise the error again, so that the command handles it; rich would exit at once."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error

    @property
    def size(self) -> ConsoleDimensions:
        """Columns and rows of a terminal; pipes and files get unbroken lines."""
        found = super().size
        if self._width is None and not is_terminal(self.file):
            return ConsoleDimensions(_UNBROKEN_WIDTH, found.height)
        return found

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size


# Only the answer goes to standard output.
out = _SafeConsole()
err = _SafeConsole(stderr=True)


def json_text(content: dict[str, Any]) -> str:
    """Return one JSON object as text, with the version of its schema."""
    return json.dumps({"schema": 1, **content}, indent=2, default=str) + "\n"


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object, with the version of its schema."""
    # Plain print: a console would wrap and colour what a program reads.
    sys.stdout.write(json_text(content))


def print_block(block: RenderableType, *, console: Console = out) -> None:
    """Print a table; in pipes and files without blanks at the ends of lines."""
    if is_terminal(console.file):
        console.print(block)
    else:
        console.file.write(unbroken(block))


def unbroken(block: RenderableType) -> str:
    """Return the text of a table as wide as it must be, without styles."""
    text = io.StringIO()
    plain = Console(file=text, width=_UNBROKEN_WIDTH, color_system=None, markup=False, emoji=False)
    plain.print(block)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def print_path(path: Path, *, console: Console = out) -> None:
    """Print the path of a file, unless it was standard output."""
    if not written_into(path):
        console.print(str(path), soft_wrap=True)


def remark(text: str, *, console: Console, style: str = "dim") -> None:
    """Print a remark, if it is not empty."""
    if text:
        console.print(styled(text, style))


def number(n: int, thing: str) -> str:
    """Return a number with its noun, as ``2 links``."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def plain_cell(cell: object) -> str:
    """Return the text of a cell of a table: empty for null and false."""
    if cell is None or cell is False:
        return ""
    if cell is True:
        return "yes"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return "; ".join(map(str, cell)) if isinstance(cell, list) else str(cell)


def print_written(files: dict[Path, str], *, console: Console = out) -> None:
    """Print the files that were written, with their purposes."""
    width = max(len(str(path)) for path in files)
    console.print()
    for path, meaning in files.items():
        # Never wrapped: a person copies the path.
        name = styled(str(path).ljust(width), "bold")
        console.print(name.append(f"  {meaning}", style="dim not bold"), soft_wrap=True)
