"""Redaction of evidence and descriptions: one setting for every format."""

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
"""Placeholder for a removed value of evidence."""

_PLACEHOLDER_JSON = f'"{PLACEHOLDER}"'


class KeptEvidence(StrEnum):
    """How much of evidence and descriptions a file keeps.

    ``vocabulary`` keeps the keys of evidence, its numbers, truth values and nulls, and replaces
    texts and lists by a placeholder. ``full`` keeps everything. ``none`` leaves evidence and
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
        """Return a sentence for readers of the file that states what was left out.

        Examples
        --------
        >>> KeptEvidence.NONE.describe()
        'Evidence and descriptions were left out.'
        """
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    KeptEvidence.FULL: "Nothing was left out.",
    KeptEvidence.VOCABULARY: f"Texts and lists in evidence were replaced by {_PLACEHOLDER_JSON};"
    " its keys, numbers and truth values were kept.",
    KeptEvidence.NONE: "Evidence and descriptions were left out.",
}


def as_kept_evidence(evidence: KeptEvidence | str) -> KeptEvidence:
    """Return a setting from its name.

    Raises
    ------
    ArgumentError
        If there is no setting of that name.

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
    """Return evidence with the values removed that a setting excludes.

    Parameters
    ----------
    evidence
        JSON objects as text; null where a link has none.
    kept_evidence
        The setting that decides what is kept.

    Returns
    -------
    list[str | None]
        One text each. With ``full`` it is the input text unchanged.

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
            redacted.append(encode(_replace_texts(decode(text))).decode())
        except msgspec.DecodeError:
            # Evidence may hold half a surrogate pair, which this decoder refuses.
            value = _replace_texts(json.loads(text))
            redacted.append(json.dumps(value, separators=(",", ":")))
    return redacted


def redact_members(members: Mapping[str, Any], kept_evidence: KeptEvidence) -> dict[str, Any]:
    """Return the evidence of one link, as an object, with excluded values removed.

    Examples
    --------
    >>> redact_members({"score": 0.5, "sample": "jane@example.com"}, KeptEvidence.VOCABULARY)
    {'score': 0.5, 'sample': '[redacted]'}
    """
    if kept_evidence is KeptEvidence.NONE:
        return {}
    return dict(members) if kept_evidence is KeptEvidence.FULL else _replace_texts(members)


def _replace_texts(members: Mapping[str, Any]) -> dict[str, Any]:
    """Replace texts and lists in an object and in nested objects, which nest at most 100 deep."""
    return {
        name: PLACEHOLDER
        if (kind := type(value)) is str or kind is list
        else _replace_texts(value)
        if kind is dict
        else value
        for name, value in members.items()
    }
