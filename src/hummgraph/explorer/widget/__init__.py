"""Page in a notebook that talks to Python: messages both ways, checked on both sides."""

from __future__ import annotations

from hummgraph.explorer.widget.explore import explore

__all__ = ["explore"]
