"""SIGTERM and SIGHUP, which end a command as Ctrl-C does: it cleans up before it ends."""

from __future__ import annotations

import atexit
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["ended_by_signals"]

_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that end a command; Windows has only the first."""


@contextmanager
def ended_by_signals() -> Iterator[list[int]]:
    """Raise ``KeyboardInterrupt`` where a signal is received that ends a process.

    A signal that the parent process had set to be ignored, as ``nohup`` does, stays ignored. After
    the first one both are ignored, so that nothing interrupts the cleanup.

    Yields
    ------
    list of int
        The signal that was received; empty until then.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        _ignore()
        raise KeyboardInterrupt

    before: dict[int, Any] = {
        number: signal.signal(number, end)
        for number in _ENDING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield received
    finally:
        # Registered last, it runs first, before what removes temporary files.
        atexit.unregister(_ignore)
        atexit.register(_ignore)
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore() -> None:
    """Ignore the signals, so that nothing interrupts the end of this process."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
