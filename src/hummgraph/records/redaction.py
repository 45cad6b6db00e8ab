"""What a file keeps of evidence and descriptions: one setting for every format."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PLACEHOLDER", "KeptEvidence", "as_kept_evidence", "redact_evidence", "redact_members"]

PLACEHOLDER = "[redacted]"
"""What stands where a value of evidence was."""

_PLACEHOLDER_JSON = f'"{PLACEHOLDER}"'


class KeptEvidence(StrEnum):
    """How much of evidence and descriptions a file holds.

    ``vocabulary`` keeps the keys of evidence, its numbers, truth values and nulls, and puts a
    placeholder where a text or a list was. ``full`` keeps everything. ``none`` leaves evidence and
    descriptions out.

    Examples
    --------
    >>> KeptEvidence("vocabulary").describe()
    'Texts and lists in evidence were replaced by "[redacted]"; ...'
    """

    VOCABULARY = "vocabulary"
    FULL = "full"
    NONE = "none"

    def describe(self) -> str:
        """Return a sentence for the reader of the file: what was left out.

        Examples
        --------
        >>> KeptEvidence.NONE.describe()
        'Evidence and descriptions were left out.'
        """
        return _LEFT_OUT[self]


_LEFT_OUT = {
    KeptEvidence.FULL: "Nothing was left out.",
    KeptEvidence.VOCABULARY: f"Texts and lists in evidence were replaced by {_PLACEHOLDER_JSON};"
    " its keys, numbers and truth values were kept.",
    KeptEvidence.NONE: "Evidence and descriptions were left out.",
}


def as_kept_evidence(evidence: KeptEvidence | str) -> KeptEvidence:
    """Read a setting.

    Raises
    ------
    ArgumentError
        If there is no such setting.

    Examples
    --------
    >>> as_kept_evidence("none")
    <KeptEvidence.NONE: 'none'>
    """
    try:
        return KeptEvidence(evidence)
    except ValueError:
        allowed = ", ".join(repr(str(known)) for known in KeptEvidence)
        raise ArgumentError(f"evidence is {evidence!r}; it must be one of {allowed}.") from None


def redact_evidence(
    evidence: Iterable[str | None], kept_evidence: KeptEvidence
) -> list[str | None]:
    """Leave out of evidence what a setting says.

    Parameters
    ----------
    evidence
        JSON objects as text; null where a link has none.
    kept_evidence
        The setting.

    Returns
    -------
    list[str | None]
        One text each. With ``full`` it is the very text that was given.

    Notes
    -----
    O(n) for n characters.

    Examples
    --------
    >>> redact_evidence(['{"score": 0.5, "sample": ["jane@example.com"]}'], KeptEvidence.VOCABULARY)
    ['{"score":0.5,"sample":"[redacted]"}']
    """
    if kept_evidence is KeptEvidence.FULL:
        return list(evidence)
    if kept_evidence is KeptEvidence.NONE:
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


def redact_members(members: Mapping[str, Any], kept_evidence: KeptEvidence) -> dict[str, Any]:
    """Leave out of one link's evidence, as an object, what a setting says.

    Examples
    --------
    >>> redact_members({"score": 0.5, "sample": "jane@example.com"}, KeptEvidence.VOCABULARY)
    {'score': 0.5, 'sample': '[redacted]'}
    """
    if kept_evidence is KeptEvidence.NONE:
        return {}
    return dict(members) if kept_evidence is KeptEvidence.FULL else _without_texts(members)


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
