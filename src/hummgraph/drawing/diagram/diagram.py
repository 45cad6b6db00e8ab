"""Diagrams: small pictures of a path, a join path, a lineage or a cluster, as one value.

A :class:`Diagram` holds boxes, the lines between them, and lanes. It is rendered as SVG, for a
notebook or a README, and as Mermaid, for a pull request.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from hummgraph.drawing.diagram import mermaid as diagram_mermaid
from hummgraph.drawing.diagram import svg as diagram_svg
from hummgraph.drawing.diagram.shapes import Box, Line, LineStyle
from hummgraph.errors import ArgumentError
from hummgraph.frames import Card, Shows, title_of

__all__ = ["Box", "Diagram", "Line", "LineStyle"]

_LANES = ("rows", "columns")


@dataclass(frozen=True, slots=True)
class Diagram(Shows):
    """Boxes in the lanes of their systems, and lines between them.

    A notebook displays it.

    Parameters
    ----------
    title
        Title above the picture; may be empty.
    boxes
        The boxes; their order is kept unless lines suggest another.
    lines
        The lines between boxes; several may have the same ends, or one box at both.
    notes
        Small print under the picture, such as ``"shown 40 of 312 columns"``.
    lanes
        ``"rows"`` makes each system a band across the picture, in which ranks run from left to
        right: for paths and lineages. Bands are in the order in which boxes first name them.
        ``"columns"`` makes each system a column with its boxes below each other: for clusters.
        Columns are ordered so that linked boxes are near each other.

    Raises
    ------
    ArgumentError
        If two boxes have the same key, a line ends at no box, or ``lanes`` has another value.

    Examples
    --------
    >>> path = Diagram(
    ...     "From Stripe to HubSpot",
    ...     (
    ...         Box("1", "email", "customers", "Stripe", 0, emphasis=True),
    ...         Box("2", "email", "contacts", "HubSpot", 1, emphasis=True),
    ...     ),
    ...     (Line("1", "2", "0.93", LineStyle.APPROVED),),
    ... )
    >>> path
    <Diagram 'From Stripe to HubSpot': 2 boxes, 1 line>
    """

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    lanes: Literal["rows", "columns"] = "rows"

    def __post_init__(self) -> None:
        if self.lanes not in _LANES:
            raise ArgumentError(f"lanes is {self.lanes!r}; it must be 'rows' or 'columns'.")
        keys = Counter(box.key for box in self.boxes)
        # Keys are not quoted: they may be taken from a record.
        twice = sum(number > 1 for number in keys.values())
        if twice:
            raise ArgumentError(f"Keys of boxes must be unique; {twice:,} occur more than once.")
        loose = sum(not {line.source, line.target} <= keys.keys() for line in self.lines)
        if loose:
            raise ArgumentError(f"Lines must end at boxes; {loose:,} do not.")

    def __repr__(self) -> str:
        boxes, lines = len(self.boxes), len(self.lines)
        return (
            f"<Diagram {self.title!r}: {boxes:,} box{'es' * (boxes != 1)},"
            f" {lines:,} line{'s' * (lines != 1)}>"
        )

    def to_svg(self) -> str:
        """Return the picture as SVG, without scripts, style sheets or external content.

        Returns
        -------
        str
            One ``<svg>`` element, for use in a page among others or as a file of its own. Equal
            diagrams give equal bytes.

        Notes
        -----
        O(s (n + m) log(n + m) + m (n + p)) for n boxes, m lines, s sweeps (24 at most) and p points
        along all lines, one for every 6 pixels; a line counts once for every rank it crosses. If
        lanes are columns, k of them take O(k**2 m) for each round of changes that makes lines
        shorter. Boxes are ordered by the barycentre method [1]_.

        Names that are too long are cut, with an ellipsis, and shown whole under a pointer.
        Characters that do not print are shown as U+FFFD.

        References
        ----------
        .. [1] K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of hierarchical
           system structures. IEEE Transactions on Systems, Man and Cybernetics 11(2), 1981.

        Examples
        --------
        >>> svg = Diagram("Nothing", (), (), notes=("shown 0 of 0 columns",)).to_svg()
        >>> svg.startswith("<svg "), "shown 0 of 0 columns" in svg
        (True, True)
        """
        return diagram_svg.draw_svg(self)

    def to_mermaid(self) -> str:
        """Return the diagram as a Mermaid flowchart, the text of a fenced block ``mermaid``.

        Returns
        -------
        str
            Lines of text, each with a line end. Mermaid places the boxes; lanes are its subgraphs.

        Notes
        -----
        O(n + m). Texts are cut at 80 characters, with an ellipsis. By default Mermaid draws no more
        than 500 lines and 50 000 characters.

        Examples
        --------
        >>> boxes = (Box("a", "id", "users", "CRM", 0), Box("b", "user_id", "orders", "Shop", 1))
        >>> line = Line("a", "b", "0.9", LineStyle.SUGGESTED)
        >>> print(Diagram("", boxes, (line,)).to_mermaid(), end="")
        flowchart LR
          subgraph s0["CRM"]
            n0["id<br/>users"]
          end
          subgraph s1["Shop"]
            n1["user_id<br/>orders"]
          end
          n0 -.->|"0.9"| n1
        """
        return diagram_mermaid.write_mermaid(self)

    def _card_(self) -> Card:
        return Card(title_of(self), picture=self.to_svg())
