"""Texts of others on a screen: nothing in them acts on it, and nothing in them stays unseen."""

from __future__ import annotations

__all__ = ["DELETED", "marked", "visible"]

DELETED = " (deleted)"
"""What follows the name of a deleted node, wherever a name is only text."""


def visible(text: str) -> str:
    """Show what cannot be seen, such as a line break or a mark that turns the text around.

    Characters that a terminal would obey are among these.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def marked(name: str, *, deleted: bool) -> str:
    """Write a name with the mark of a deleted node where it is one."""
    return name + DELETED if deleted else name
