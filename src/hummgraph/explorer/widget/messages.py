"""Messages of the page in a notebook: all others are ignored.

The page is a stranger in its frame: names that it shows come from elsewhere. So each message has
the token of its widget, and a kind and shape that are known; the page checks what it hears in
``src/explorer/source/widget/messages.ts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, TypeGuard

from hummgraph.records.models import Status

__all__ = ["Question", "Seen", "World", "read_question", "read_seen"]

MAX_TEXT: Final = 400  # characters of a view, a page or a focus
MAX_JOURNAL: Final = 200_000_000  # characters: those of about a million decisions
MAX_NUMBER: Final = 2**53 - 1  # a whole number above is not exact in JavaScript
MAX_WORLDS: Final = 64  # questions that are asked at once
MAX_DECISIONS: Final = 1_000_000
_STATUSES: Final = frozenset(map(str, Status))


@dataclass(frozen=True, slots=True)
class Seen:
    """State of a page.

    Parameters
    ----------
    view
        The page, of several of one widget.
    seq
        Number of the message, from 1.
    followed
        Number of the last of Python's wishes that the page has followed.
    threshold
        Lowest score of a join, in [0, 1].
    page, focus
        Page and focus that are open, as in the page's address.
    journal
        Decisions and names, as the text of a journal.

    Examples
    --------
    >>> Seen("v", 1, 0, 0.1, "start", "", "").threshold
    0.1
    """

    view: str
    seq: int
    followed: int
    threshold: float
    page: str
    focus: str
    journal: str


@dataclass(frozen=True, slots=True)
class World:
    """Decisions and a threshold, of which a page asks for the clusters.

    Examples
    --------
    >>> World(0.1, ()).decisions
    ()
    """

    threshold: float
    decisions: tuple[tuple[str, str], ...]
    """Ids of links, and their statuses."""


@dataclass(frozen=True, slots=True)
class Question:
    """Worlds of which a page asks for the clusters, all at once.

    Examples
    --------
    >>> Question("v", 1, (World(0.1, ()),)).n
    1
    """

    view: str
    n: int
    worlds: tuple[World, ...]


def read_seen(value: object, token: str) -> Seen | None:
    """Return the state in a message, ``None`` for other messages.

    Examples
    --------
    >>> message = {"token": "t", "view": "v", "seq": 1, "followed": 0, "threshold": 0.1}
    >>> message |= {"page": "start", "focus": "", "journal": ""}
    >>> read_seen(message, "t").page
    'start'
    >>> read_seen(message | {"threshold": 2}, "t") is None
    True
    """
    if not (isinstance(value, dict) and _is_ours(value, token)):
        return None
    view, page, focus = value.get("view"), value.get("page"), value.get("focus")
    seq, followed, threshold = value.get("seq"), value.get("followed"), value.get("threshold")
    journal = value.get("journal")
    if not (_is_text(view) and _is_text(page) and _is_text(focus)):
        return None
    if not (_is_number(seq) and _is_number(followed) and _is_share(threshold)):
        return None
    if not (isinstance(journal, str) and len(journal) <= MAX_JOURNAL):
        return None
    return Seen(view, seq, followed, float(threshold), page, focus, journal)


def read_question(value: object, token: str) -> Question | None:
    """Return the question in a message, ``None`` for other messages.

    Examples
    --------
    >>> world = {"threshold": 0.1, "decisions": [["01890a5d", "APPROVED"]]}
    >>> message = {"kind": "question", "token": "t", "view": "v", "n": 1, "worlds": [world]}
    >>> read_question(message, "t").worlds[0].decisions
    (('01890a5d', 'APPROVED'),)
    >>> read_question(message, "another") is None
    True
    """
    if not (isinstance(value, dict) and _is_ours(value, token)):
        return None
    view, n, worlds = value.get("view"), value.get("n"), value.get("worlds")
    if value.get("kind") != "question" or not _is_text(view) or not _is_number(n):
        return None
    if not (isinstance(worlds, list) and 0 < len(worlds) <= MAX_WORLDS):
        return None
    found = [_read_world(world) for world in worlds]
    known = tuple(world for world in found if world is not None)
    return Question(view, n, known) if len(known) == len(found) else None


def _read_world(value: object) -> World | None:
    if not isinstance(value, dict) or not _is_share(value.get("threshold")):
        return None
    decisions = value.get("decisions")
    if not (isinstance(decisions, list) and len(decisions) <= MAX_DECISIONS):
        return None
    if not all(
        isinstance(pair, list)
        and len(pair) == 2
        and _is_text(pair[0])
        and _is_text(pair[1])
        and pair[1] in _STATUSES
        for pair in decisions
    ):
        return None
    return World(float(value["threshold"]), tuple((link, status) for link, status in decisions))


def _is_ours(value: dict[Any, Any], token: str) -> bool:
    return bool(token) and value.get("token") == token


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER


def _is_share(value: Any) -> TypeGuard[float]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and isfinite(value) and 0 <= value <= 1
