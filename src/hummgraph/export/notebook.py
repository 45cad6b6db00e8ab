"""A page as a notebook shows it: in a frame of its own, with a plain table beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from hummgraph.frames import counted, html_of, visible

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Shown", "shown"]


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A page as a notebook shows it; make one with :func:`hummgraph.show`.

    Parameters
    ----------
    page
        The whole page, as :func:`hummgraph.write` writes it.
    summary
        The same numbers as a plain table, for where scripts are not trusted.
    text
        The same in a line.
    height
        Height of the frame, in pixels.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links, show
    >>> show(LinkGraph(read_links([])))
    <Shown: 0 systems, 0 tables, 0 columns, 0 links; a notebook draws them>
    """

    page: str = field(repr=False)
    summary: str = field(repr=False)
    text: str
    height: int

    def __repr__(self) -> str:
        return f"<Shown: {visible(self.text)}; a notebook draws them>"

    def _repr_html_(self) -> str:
        # The frame has an origin of its own: what it runs can reach neither the notebook nor the
        # frames of other cells.
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" title="Entity links"'
            f' style="width:100%;height:{self.height}px;border:1px solid #dde3e8"'
            f' srcdoc="{escape(self.page, quote=True)}"></iframe>'
            f"<details><summary>The same as a table</summary>{self.summary}</details>"
            "<p><small>No picture above? A notebook that is not trusted runs no scripts: trust it"
            " (in JupyterLab, the command &ldquo;Trust Notebook&rdquo;), or write the page to a"
            " file with <code>hummgraph.write(graph, 'links.html')</code>.</small></p>"
        )


def shown(graph: LinkGraph, page: str, height: int) -> Shown:
    """Make what a notebook shows.

    Parameters
    ----------
    graph
        What the table counts.
    page
        The page.
    height
        Height of the frame, in pixels.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> shown(LinkGraph(read_links([])), "<p>none</p>", 300).page
    '<p>none</p>'
    """
    levels = ", ".join(
        counted(n, what)
        for n, what in zip(
            [*graph.n_nodes_by_level.values(), graph.n_links],
            ("system", "table", "column", "link"),
            strict=True,
        )
    )
    return Shown(page, html_of(graph.summary()), levels, height)
