"""Attributes that files can hold: text, numbers and truth values; a null is left out."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HAS_ESCAPES", "UNCARRIED", "flat_attributes"]

HAS_ESCAPES: Final = "has_escapes"
"""Attribute of a node or link with texts that are escaped, which some formats do not undo."""

UNCARRIED: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
"""Characters outside the production Char of XML 1.0, as a class of a regular expression has them.

A carriage return is inside it, but a reader makes a newline of one that is not written as a
reference.
"""

# Text that looks like an escape is escaped itself.
_ESCAPED: Final = re.compile(f"[{UNCARRIED}]|_(?=x[0-9A-F]{{4}}_)")


def flat_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    r"""Return attributes that GraphML, GEXF, GML and JSON can hold.

    Parameters
    ----------
    attributes
        Values by name: scalars, times, and what JSON has.

    Returns
    -------
    dict of str to bool, int, float or str
        Nulls are left out. A time is ISO 8601 text in UTC, an object or list is JSON text, and a
        character that XML cannot carry is written ``_xHHHH_``, as the plain profile of GraphML
        writes it; ``has_escapes`` is true then.

    Notes
    -----
    O(n) for n characters.

    Examples
    --------
    >>> flat_attributes({"name": "a\x00", "kind": None, "policy": {"null": 1}, "weight": 0.5})
    {'name': 'a_x0000_', 'policy': '{"null": 1}', 'weight': 0.5, 'has_escapes': True}
    """
    flat = {name: _plain(value) for name, value in attributes.items() if value is not None}
    made = {name: escaped(v) if isinstance(v, str) else v for name, v in flat.items()}
    return made if made == flat else made | {HAS_ESCAPES: True}


def escaped(text: str) -> str:
    r"""Return a text with the characters that XML cannot carry written ``_xHHHH_``.

    Examples
    --------
    >>> escaped("a\x00_x0041_")
    'a_x0000__x005F_x0041_'
    """
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _plain(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value if isinstance(value, str) else json.dumps(value)
