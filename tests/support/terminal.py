"""Programs that run in a pseudo-terminal, with somebody who reads it and types."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Terminal"]

_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_PATIENCE = 120
"""Seconds to wait for a text, on a machine that does other things."""


class Terminal:
    """A run of the command line, whose input and output are a pseudo-terminal.

    Parameters
    ----------
    arguments
        Arguments of the command line.
    columns
        Width of the terminal.
    folder
        Where it runs.
    environment
        What its environment has besides.
    """

    def __init__(
        self,
        *arguments: object,
        columns: int = 80,
        folder: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        import pty

        self._ours, theirs = pty.openpty()
        self.resize(columns)
        kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        self._running = subprocess.Popen(
            [sys.executable, "-m", "hummgraph", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=kept | {"TERM": "xterm"} | (environment or {"NO_COLOR": "1"}),
            start_new_session=True,
            preexec_fn=_owns_terminal,  # noqa: PLW1509 - tests have one thread here
        )
        os.close(theirs)
        self.shown = ""
        """All that was shown, without styles."""
        self._seen = 0
        self._open = True

    def resize(self, columns: int) -> None:
        """Change the width of the terminal."""
        import fcntl
        import termios

        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def wait_for(self, text: str) -> str:
        """Read until a text is shown that was not waited for yet; return what is new."""
        end = time.monotonic() + _PATIENCE
        while (place := self.shown.find(text, self._seen)) < 0:
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"{text!r} is not shown: {self.shown[self._seen :]!r}")
        new = self.shown[self._seen : place + len(text)]
        self._seen = place + len(text)
        return new

    def type(self, text: str) -> None:
        """Type a text as it is; Enter is a line break."""
        os.write(self._ours, text.encode())

    def ask(self, text: str, until: str = "quit: ") -> str:
        """Type a text and Enter, and return what is shown until another text."""
        self.type(f"{text}\n")
        return self.wait_for(until)

    def end(self) -> int:
        """Read what is left, and return the exit code."""
        end = time.monotonic() + _PATIENCE
        while self._read(end - time.monotonic()):
            pass
        return self._running.wait(_PATIENCE)

    def returned(self) -> int:
        """Wait for the end, and return the exit code."""
        return self._running.wait(_PATIENCE)

    def kill(self) -> None:
        """Kill the program, which can do nothing about it."""
        self._running.send_signal(signal.SIGKILL)
        self.end()

    def close(self) -> None:
        """Close the terminal, as when its window is closed."""
        if self._open:
            self._open = False
            os.close(self._ours)

    def _read(self, seconds: float) -> bool:
        """Read once; return whether there was something."""
        ready, _, _ = select.select([self._ours], [], [], max(seconds, 0))
        part = b""
        if ready:
            with suppress(OSError):  # so Linux ends a terminal
                part = os.read(self._ours, 65536)
        self.shown += _STYLES.sub("", part.decode(errors="replace")).replace("\r\n", "\n")
        return bool(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._running.poll() is None:
            self._running.kill()
        self._running.wait()
        self.close()


def _owns_terminal() -> None:
    """Make standard input the terminal of this process, so that its keys send signals.

    Tests that run in the background ignore these signals, and so would what they start.
    """
    import fcntl
    import termios

    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
