"""Effort: limits of the work of a search, after which it returns the results so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["MAX_WORK", "Effort", "stopped_after", "stopped_note"]

MAX_WORK: Final = 1_000_000
"""Default limit of links that a search tries: about ten seconds."""


@dataclass(slots=True, eq=False)
class Effort:
    """Work that a search may do and has done, in links tried: the same on every machine.

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
        """Count work about to be done; return false if the limit was reached before."""
        if self.spent >= self.limit:
            self.stopped = True
            return False
        self.spent += n
        return True

    @property
    def stopped_at(self) -> int | None:
        """The limit if it ended the search, else ``None``."""
        return self.limit if self.stopped else None


def stopped_note(stopped_at: int | None, left: str) -> str:
    """Return a sentence on a stopped search and its omissions; empty if it was not stopped.

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
    """Return the number of links after which a search stopped, as text.

    Examples
    --------
    >>> stopped_after(1), stopped_after(1_000)
    ('after 1 link', 'after 1,000 links')
    """
    return f"after {stopped_at:,} link{'s' * (stopped_at != 1)}"
