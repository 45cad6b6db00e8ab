"""Texts of others on a screen: nothing in them acts on it, and nothing in them stays unseen."""

from __future__ import annotations

__all__ = ["visible"]


def visible(text: str) -> str:
    """Show what cannot be seen, such as a line break or a mark that turns the text around.

    Characters that a terminal would obey are among these.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)
