"""The process and the event loop to which an asynchronous client belongs."""

from __future__ import annotations

import os
from typing import Final

from anyio.lowlevel import RunVar

from hummgraph.errors import ConfigError

__all__ = ["Home"]

_LOOP: Final[RunVar[object]] = RunVar("hummgraph-loop")
"""A value for each event loop."""


class Home:
    """Process and event loop of the first call of a client, to which its connections belong.

    A connection cannot be used from another loop, and must not be used from a forked process: its
    parent would lose parts of the replies.
    """

    def __init__(self) -> None:
        self._process: int | None = None
        self._loop: object = None

    def enter(self) -> None:
        """Note where the first call is made; raise if a later one is made elsewhere.

        Raises
        ------
        ConfigError
            If the process was forked, or the event loop is another.
        """
        if self._process not in {None, os.getpid()}:
            raise ConfigError(
                "This AsyncClient was used before the process was forked.",
                hint="Create a client in the new process, or use Client, which starts again there.",
            )
        loop = _LOOP.get(None)
        if loop is None:
            loop = object()
            _LOOP.set(loop)
        if self._process is None:
            self._process, self._loop = os.getpid(), loop
        elif self._loop is not loop:
            raise ConfigError(
                "This AsyncClient belongs to another event loop.",
                hint="Create one inside each asyncio.run(), or use Client, which works in any.",
            )

    def is_left(self) -> bool:
        """Return whether the process or the loop is another than that of the first call."""
        if self._process is None:
            return False
        return self._process != os.getpid() or self._loop is not _LOOP.get(None)
