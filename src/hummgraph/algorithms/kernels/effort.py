"""Effort: how much a search looks at before it answers with what it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["MAX_WORK", "Effort", "stopped_after", "stopped_note"]

MAX_WORK: Final = 1_000_000
"""Links that a search tries at most unless asked otherwise: about ten seconds."""


@dataclass(slots=True, eq=False)
class Effort:
    """Work that a search may do and has done, counted in links tried: the same on every machine.

    Examples
    --------
    >>> effort = Effort(2)
    >>> effort.spend(1), effort.spend(1), effort.spend(1), effort.stopped_at
    (True, True, False, 2)
    """

    limit: int
    spent: int = 0
    stopped: bool = False

    def spend(self, n: int) -> bool:
        """Count work that is about to be done, unless the limit has been reached before."""
        if self.spent >= self.limit:
            self.stopped = True
            return False
        self.spent += n
        return True

    @property
    def stopped_at(self) -> int | None:
        """The limit where it ended the search, else ``None``."""
        return self.limit if self.stopped else None


def stopped_note(stopped_at: int | None, left: str) -> str:
    """Write that a search was stopped and what may be missing; nothing where it was not.

    Examples
    --------
    >>> stopped_note(1_000, "there may be more paths")
    'Stopped after 1,000 links (max_work): there may be more paths.'
    >>> stopped_note(None, "there may be more paths")
    ''
    """
    if stopped_at is None:
        return ""
    return f"Stopped {stopped_after(stopped_at)} (max_work): {left}."


def stopped_after(stopped_at: int) -> str:
    """Write after how many links a search was stopped.

    Examples
    --------
    >>> stopped_after(1), stopped_after(1_000)
    ('after 1 link', 'after 1,000 links')
    """
    return f"after {stopped_at:,} link{'s' * (stopped_at != 1)}"
