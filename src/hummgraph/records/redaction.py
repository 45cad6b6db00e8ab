"""What a file keeps of evidence and descriptions: one setting for every format."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PLACEHOLDER", "Redaction", "as_redaction", "redact_evidence", "redact_members"]

PLACEHOLDER = "[redacted]"
"""What stands where a value of evidence was."""

_PLACEHOLDER_JSON = f'"{PLACEHOLDER}"'


class Redaction(StrEnum):
    """How much of evidence and descriptions a file holds.

    ``none`` keeps everything. ``values`` keeps the keys of evidence, its numbers, truth values and
    nulls, and puts a placeholder where a text or a list was. ``all`` leaves evidence and
    descriptions out.

    Examples
    --------
    >>> Redaction("values").describe()
    'Texts and lists in evidence were replaced by "[redacted]"; ...'
    """

    NONE = "none"
    VALUES = "values"
    ALL = "all"

    def describe(self) -> str:
        """Say what was left out, in a sentence for the reader of the file.

        Examples
        --------
        >>> Redaction.ALL.describe()
        'Evidence and descriptions were left out.'
        """
        return _LEFT_OUT[self]


_LEFT_OUT = {
    Redaction.NONE: "Nothing was left out.",
    Redaction.VALUES: f"Texts and lists in evidence were replaced by {_PLACEHOLDER_JSON}; its keys,"
    " numbers and truth values were kept.",
    Redaction.ALL: "Evidence and descriptions were left out.",
}


def as_redaction(redact: Redaction | str) -> Redaction:
    """Read a setting.

    Raises
    ------
    ArgumentError
        If there is no such setting.

    Examples
    --------
    >>> as_redaction("all")
    <Redaction.ALL: 'all'>
    """
    try:
        return Redaction(redact)
    except ValueError:
        allowed = ", ".join(repr(str(known)) for known in Redaction)
        raise ArgumentError(f"redact is {redact!r}; it must be one of {allowed}.") from None


def redact_evidence(evidence: Iterable[str | None], redaction: Redaction) -> list[str | None]:
    """Leave out of evidence what a setting says.

    Parameters
    ----------
    evidence
        JSON objects as text; null where a link has none.
    redaction
        The setting.

    Returns
    -------
    list[str | None]
        One text each. With ``none`` it is the very text that was given.

    Notes
    -----
    O(n) for n characters.

    Examples
    --------
    >>> redact_evidence(['{"score": 0.5, "sample": ["jane@example.com"]}'], Redaction.VALUES)
    ['{"score":0.5,"sample":"[redacted]"}']
    """
    if redaction is Redaction.NONE:
        return list(evidence)
    if redaction is Redaction.ALL:
        return [None for _ in evidence]
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    redacted: list[str | None] = []
    for text in evidence:
        if text is None:
            redacted.append(None)
            continue
        try:
            redacted.append(encode(_without_texts(decode(text))).decode())
        except msgspec.DecodeError:
            # Half a surrogate pair is allowed in evidence, and this decoder refuses it.
            value = _without_texts(json.loads(text))
            redacted.append(json.dumps(value, separators=(",", ":")))
    return redacted


def redact_members(members: Mapping[str, Any], redaction: Redaction) -> dict[str, Any]:
    """Leave out of one link's evidence, as an object, what a setting says.

    Examples
    --------
    >>> redact_members({"score": 0.5, "sample": "jane@example.com"}, Redaction.VALUES)
    {'score': 0.5, 'sample': '[redacted]'}
    """
    if redaction is Redaction.ALL:
        return {}
    return dict(members) if redaction is Redaction.NONE else _without_texts(members)


def _without_texts(members: Mapping[str, Any]) -> dict[str, Any]:
    """Replace texts and lists in an object and in those within it; it nests at most 100 deep."""
    return {
        name: PLACEHOLDER
        if (kind := type(value)) is str or kind is list
        else _without_texts(value)
        if kind is dict
        else value
        for name, value in members.items()
    }
