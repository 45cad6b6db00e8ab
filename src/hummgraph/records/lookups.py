"""Outcomes of catalogue calls, and which of them have lost names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hummgraph.frames import Shows

__all__ = ["Lookup"]

# 407 is of a proxy. The codes are those of errors.
_LOST_STATUSES: Final = frozenset({"407", "408", "425", "429"})
_LOST_CODES: Final = frozenset({"connection", "paged", "protocol", "rate-limit", "timeout"})


@dataclass(frozen=True, slots=True)
class Lookup(Shows):
    """Number of catalogue calls that had one outcome.

    Parameters
    ----------
    call
        The call, with placeholders for the ids in its path.
    outcome
        ``"ok"``, an HTTP status such as ``"404"``, or an error's code; ``"paged"`` for a reply that
        announced further pages, which were not read.
    count
        Number of calls; at least 1.

    Examples
    --------
    >>> Lookup("GET /integration-sources", "404", 1).outcome
    '404'
    """

    call: str
    outcome: str
    count: int

    @property
    def is_lost(self) -> bool:
        """Whether the calls may return names another time.

        They may after rate limits, failing servers, timeouts, broken connections, replies that are
        cut off or are not JSON, and further pages; not after calls that the API does not offer
        (403, 404, 405) or answers otherwise.

        Examples
        --------
        >>> [Lookup("GET /integration-sources", one, 1).is_lost for one in ("404", "429")]
        [False, True]
        """
        if self.outcome.isdecimal():
            return self.outcome in _LOST_STATUSES or self.outcome.startswith("5")
        return self.outcome in _LOST_CODES
