"""Names that a user gives for ids, checked: they may come from a stranger's file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from hummgraph.errors import ConfigError
from hummgraph.errors.texts import quoted
from hummgraph.records.ids import parse_id

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_NAME_LENGTH", "checked_names", "without_repeats"]

MAX_NAME_LENGTH: Final = 10_000
"""Greatest number of characters of a name."""


def checked_names(names: Mapping[str, str]) -> dict[bytes, str]:
    """Return names by the sixteen bytes of their ids.

    Raises
    ------
    ConfigError
        If a key is not an id or occurs twice, or a name is not a text of 1 to 10,000 characters.

    Examples
    --------
    >>> len(checked_names({"11111111-1111-4111-8111-111111111111": "CRM"}))
    1
    """
    found: dict[bytes, str] = {}
    for key, name in names.items():
        packed = parse_id(key)
        if packed is None:
            raise ConfigError(
                f"The names hold the key {quoted(key)}, which is not an id.",
                hint='Names map ids to names: {"3c90c3cc-...": "customers"}.',
            )
        if not isinstance(name, str) or not name:
            raise ConfigError(f"The name of {key!r} is not a non-empty text.")
        if len(name) > MAX_NAME_LENGTH:
            raise ConfigError(
                f"The name of {key!r} has {len(name):,} characters; a name has at most"
                f" {MAX_NAME_LENGTH:,}.",
                hint="Name it as a person would.",
            )
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ConfigError(f"The name of {key!r} holds half of a surrogate pair.") from None
        if packed in found:
            raise ConfigError(
                f"The names hold the id {str(UUID(bytes=packed))!r} twice.",
                hint="Remove one of them.",
            )
        found[packed] = name
    return found


def without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object, for ``json.loads(object_pairs_hook=)``.

    Raises
    ------
    ConfigError
        If one occurs twice.

    Examples
    --------
    >>> without_repeats([("a", 1), ("b", 2)])
    {'a': 1, 'b': 2}
    """
    found = dict(members)
    if len(found) < len(members):
        ((repeated, _),) = Counter(name for name, _ in members).most_common(1)
        raise ConfigError(
            f"The names hold the key {quoted(repeated)} twice.", hint="Remove one of them."
        )
    return found
