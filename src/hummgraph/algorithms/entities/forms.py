"""Forms of the values of columns that identify, by the words of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.words import Words

__all__ = ["ID", "are_apart", "stem_and_form"]

ID: Final = "id"
"""Form of a column that is called by no contact, such as an e-mail."""
_HASHED: Final = "hashed"


def stem_and_form(words: tuple[str, ...], lists: Words) -> tuple[tuple[str, ...], str]:
    """Return the words before those that say that a column identifies, and its form."""
    roles = lists.roles
    ids = roles["id"] | roles["weak_id"] | roles["number"]
    contact, tail = roles["contact"], roles["contact_tail"]
    at = len(words)
    while at and (words[at - 1] in ids or words[at - 1] in contact or words[at - 1] in tail):
        at -= 1
    said = [word for word in words[at:] if word in contact]
    if at == len(words):
        # `workspace_id__c`: what follows the id names nothing.
        at = next((at for at in range(len(words) - 1, -1, -1) if words[at] in roles["id"]), at)
    stem = tuple(word for word in words[:at] if word not in roles["other_id"])
    if not said:
        return stem, ID
    form = _form(said[-1], lists)
    return stem, form if roles["hashed"].isdisjoint(words) else f"{_HASHED} {form}"


def are_apart(one: str, other: str, lists: Words) -> bool:
    """Return whether values of two forms are never equal, as no e-mail is a domain or a hash.

    A code may be an id, a bar code or both: of other forms nothing is known.
    """
    known = {min(lists.roles[name]) for name in ("email_word", "web_word", "shared_contact")}
    plain = {form.removeprefix(f"{_HASHED} ") for form in (one, other)}
    return one != other and plain <= known


def _form(word: str, lists: Words) -> str:
    """Return one word for words of one form."""
    for name in ("email_word", "web_word", "login_word", "shared_contact"):
        if word in lists.roles[name]:
            return min(lists.roles[name])
    return word
