"""Shapes of a diagram: boxes, and lines of several styles between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Box", "Line", "LineStyle"]


class LineStyle(StrEnum):
    """Style of a line by its meaning; each differs in shape as well as in colour.

    Examples
    --------
    >>> LineStyle("suggested") is LineStyle.SUGGESTED
    True
    """

    APPROVED = "approved"
    """A link that somebody approved: solid and thick."""
    SUGGESTED = "suggested"
    """A link that nobody decided on yet: dashed."""
    REJECTED = "rejected"
    """A link that somebody rejected: dashes and dots, with a cross at its middle."""
    RELATIONSHIP = "relationship"
    """A relationship that the systems themselves declare, such as a foreign key: double."""
    WITHIN = "within"
    """A free move between columns of one table: dotted, and never with an arrow head."""
    ADDED = "added"
    """A link that was added: solid and heavy."""
    REMOVED = "removed"
    """A link that was removed: short dashes."""
    OTHER = "other"
    """Anything else: solid and thin."""


@dataclass(frozen=True, slots=True)
class Box:
    """Picture of a node.

    Parameters
    ----------
    key
        Key by which lines name it; unique within the diagram, and not shown.
    title
        First line of its text, such as the name of a column.
    subtitle
        Second line of its text, such as the name of a table; may be empty.
    lane
        The system it belongs to.
    rank
        Place from left to right, lower ranks first. Only the order of ranks matters. Ignored if
        lanes are columns.
    emphasis
        Drawn with a heavy border, as the start or the end of a path.
    deleted
        ``(deleted)`` stands after its title, however long that is.

    Examples
    --------
    >>> Box("1", "email", "customers", "Stripe", 0).emphasis
    False
    """

    key: str
    title: str
    subtitle: str
    lane: str
    rank: int
    emphasis: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Picture of a link, or of a step of a path.

    Parameters
    ----------
    source, target
        Keys of the boxes at its ends.
    label
        Written on the line, such as a confidence; may be empty.
    style
        Style of the line.
    directed
        Whether it has an arrow head at its target.
    title
        Text that is shown where a pointer rests on it; by default its ends, style and label.

    Examples
    --------
    >>> Line("1", "2", "0.93", LineStyle.SUGGESTED).directed
    True
    """

    source: str
    target: str
    label: str
    style: LineStyle
    directed: bool = True
    title: str = ""
