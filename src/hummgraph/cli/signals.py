"""SIGTERM and SIGHUP, which end a command as Ctrl-C does: it cleans up before it ends."""

from __future__ import annotations

import atexit
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

__all__ = ["catch_signals", "finished_first", "release_signals"]

_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that end a command; Windows has only the first."""

_LATER: Final = 0.01  # seconds


class _EndError(KeyboardInterrupt):
    """Raised where a signal is received.

    The class is a separate one: Python ends itself as if by Ctrl-C, whatever the exit code, if a
    plain ``KeyboardInterrupt`` once left code that was run by ``exec``, as some modules do.
    """


def catch_signals(received: list[int], before: dict[int, Any]) -> None:
    """Raise ``KeyboardInterrupt`` where a signal is received that ends a process.

    A signal that the parent process had set to be ignored, as ``nohup`` does, stays ignored. After
    the first one both are ignored, so that nothing interrupts the cleanup.

    An exception raised while a finalizer runs is lost: Python calls ``sys.unraisablehook``, and
    goes on. A signal that is received there is sent again a moment later; the caller restores the
    hook.

    Parameters
    ----------
    received
        Gets the signal.
    before
        Gets what handled each signal before, for :func:`release_signals`.
    """

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        _ignore()
        raise _EndError

    def lose(lost: Any) -> None:
        if not isinstance(lost.exc_value, _EndError):
            print_lost(lost)
            return
        number = received.pop()
        for each in before:
            signal.signal(each, end)
        later = threading.Timer(_LATER, _send_to_main_thread, (number,))
        later.daemon = True
        later.start()

    print_lost = sys.unraisablehook
    if threading.current_thread() is threading.main_thread():
        sys.unraisablehook = lose
        for number in _ENDING:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, end)


def release_signals(before: Mapping[int, Any]) -> None:
    """Handle signals as before; ignore them while the process ends and removes its files."""
    # Registered last, it runs first, before what removes temporary files.
    atexit.unregister(_ignore)
    atexit.register(_ignore)
    for number, handler in before.items():
        signal.signal(number, handler)


@contextmanager
def finished_first() -> Iterator[None]:
    """Finish the block before Ctrl-C, SIGTERM or SIGHUP ends the command.

    Examples
    --------
    >>> with finished_first():
    ...     print("written")
    written
    """
    received: list[int] = []
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, *_ENDING):
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, lambda number, _: received.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])


def _send_to_main_thread(number: int) -> None:
    """Send a signal that interrupts the wait of the main thread."""
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:  # pragma: no cover - it cannot be interrupted there
        signal.raise_signal(number)
    else:
        signal.pthread_kill(main, number)


def _ignore() -> None:
    """Ignore the signals, so that nothing interrupts the end of this process."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
