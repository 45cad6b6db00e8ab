"""Quiet end of the command line where Ctrl-C comes before it has begun.

Reading the package takes longer than a person's second thought, and Python would print where in it
the key was pressed. Only the command's own process is concerned: in any other, Ctrl-C while the
package is imported is for the program that imports it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

__all__ = ["end_quietly", "is_command"]

_INTERRUPTED: Final = 130


def is_command(words: Sequence[str]) -> bool:
    """Return whether the command line of a Python process is that of ``hummgraph``.

    Examples
    --------
    >>> is_command(["python3", "-m", "hummgraph", "fetch"])
    True
    >>> is_command(["python3", "/usr/bin/hummgraph", "clusters", "-m", "average"])
    True
    >>> is_command(["python3", "-m", "notebook", "hummgraph"])
    False
    """
    named = (os.path.basename(word) for word in words[:2])  # noqa: PTH119 - pathlib is slow to import
    if any(os.path.splitext(name)[0] == "hummgraph" for name in named):  # noqa: PTH122 - as above
        return True
    return "-m" in words and words[words.index("-m") + 1 :][:1] == ["hummgraph"]


def end_quietly(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """End the process for Ctrl-C; show other exceptions as Python does."""
    if issubclass(kind, KeyboardInterrupt):
        os._exit(_INTERRUPTED)
    sys.__excepthook__(kind, error, trace)


if is_command(sys.orig_argv):
    sys.excepthook = end_quietly
