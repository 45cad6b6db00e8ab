"""Findings of checks, and their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hummgraph.frames import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Finding", "Result", "listed", "shown_value"]

MAX_NAMES: Final = 8
"""Names that a sentence lists."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Names are kept apart from the sentence, so that each format quotes them as it must.
    """

    text: str
    """A sentence or two, with ``{}`` in the place of each name."""
    names: tuple[str, ...] = ()
    link_id: str | None = None
    source_path: str | None = None
    target_path: str | None = None
    cluster_name: str | None = None

    def sentence(self, quote: Callable[[str], str] = str) -> str:
        """Return the sentence with its names, each quoted by a function."""
        return self.text.format(*map(quote, map(visible, self.names)))


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one check."""

    name: str
    status: str
    """``"passed"``, ``"failed"``, ``"noted"`` or ``"not run"``."""
    value: float | None
    """The value that was found; ``None`` if the check did not run."""
    limit: float | None
    """The limit; ``None`` for none."""
    summary: Finding
    """Summary of the findings, or the reason why the check did not run."""
    findings: tuple[Finding, ...] = ()
    """Single findings, if they are beyond the limit."""


def shown_value(value: float | None) -> str:
    """Return a value or limit as it is shown; empty for ``None``.

    Examples
    --------
    >>> shown_value(1234), shown_value(0.25), shown_value(None)
    ('1,234', '0.25', '')
    """
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def listed(names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the text of a list of names, and the names in it: the first ones."""
    shown = tuple(names[:MAX_NAMES])
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return ", ".join(["{}"] * len(shown)) + more, shown
