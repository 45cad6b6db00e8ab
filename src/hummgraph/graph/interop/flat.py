"""Attributes that files can hold: text, numbers and truth values; a null is left out."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNCARRIED", "flat_attributes"]

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
        writes it.

    Notes
    -----
    O(n) for n characters.

    Examples
    --------
    >>> flat_attributes({"name": "a\x00", "kind": None, "policy": {"null": 1}, "weight": 0.5})
    {'name': 'a_x0000_', 'policy': '{"null": 1}', 'weight': 0.5}
    """
    return {name: _flat_value(value) for name, value in attributes.items() if value is not None}


def _flat_value(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    text = value if isinstance(value, str) else json.dumps(value)
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
