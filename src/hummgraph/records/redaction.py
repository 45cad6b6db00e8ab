"""Redaction of evidence and descriptions: one setting for every format."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from hummgraph.errors import ArgumentError
from hummgraph.records.vocabulary import NO_VOCABULARY, UNKNOWN, Vocabulary, decode_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hummgraph.records.vocabulary import Place

__all__ = [
    "PLACEHOLDER",
    "KeptEvidence",
    "as_kept_evidence",
    "hidden_name",
    "kept_link_types",
    "kept_statuses",
    "redact_evidence",
    "redact_members",
    "redact_value",
    "shown_counts",
]

Label = TypeVar("Label", str, str | None)

PLACEHOLDER = "[redacted]"
"""Placeholder for a removed value or name of evidence."""


class KeptEvidence(StrEnum):
    """Amount of evidence and descriptions that is shown or written.

    ``vocabulary`` keeps truth values, nulls, numbers and the texts and keys that are vocabulary,
    and replaces others by a placeholder. ``full`` keeps everything. ``none`` leaves evidence and
    descriptions out, and statuses and types that the contract does not name.

    Examples
    --------
    >>> KeptEvidence("none").describe()
    'Evidence and descriptions were left out.'
    """

    VOCABULARY = "vocabulary"
    FULL = "full"
    NONE = "none"

    def describe(self) -> str:
        """Return a sentence on the omissions, for readers of the file.

        Examples
        --------
        >>> KeptEvidence.FULL.describe()
        'Nothing was left out.'
        """
        return _DESCRIPTIONS[self]

    def stricter(self, other: KeptEvidence) -> KeptEvidence:
        """Return the setting that keeps less.

        Examples
        --------
        >>> KeptEvidence.FULL.stricter(KeptEvidence.VOCABULARY)
        <KeptEvidence.VOCABULARY: 'vocabulary'>
        """
        return max(self, other, key=_STRICTNESS.index)


_STRICTNESS = [KeptEvidence.FULL, KeptEvidence.VOCABULARY, KeptEvidence.NONE]

_DESCRIPTIONS = {
    KeptEvidence.FULL: "Nothing was left out.",
    KeptEvidence.VOCABULARY: "Texts, keys and long numbers in evidence that are no vocabulary were"
    f' replaced by "{PLACEHOLDER}".',
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
    evidence: Iterable[str | None], kept_evidence: KeptEvidence, vocabulary: Vocabulary
) -> list[str | None]:
    """Return evidence with the values removed that a setting excludes.

    Parameters
    ----------
    evidence
        JSON objects as text; null where a link has none.
    kept_evidence
        The setting for the evidence to keep.
    vocabulary
        The vocabulary of the snapshot.

    Returns
    -------
    list[str | None]
        One text each. With ``full`` it is the input text unchanged.

    Notes
    -----
    O(n) for n characters. Redacted texts are returned unchanged.

    Examples
    --------
    >>> from hummgraph.records.vocabulary import vocabulary_of
    >>> texts = ['{"matcher": "sampled", "score": 0.5, "sample": ["jane@example.com"]}'] * 20
    >>> redact_evidence(texts, KeptEvidence.VOCABULARY, vocabulary_of(texts))[0]
    '{"matcher":"sampled","score":0.5,"sample":"[redacted]"}'
    """
    if kept_evidence is KeptEvidence.FULL:
        return list(evidence)
    if kept_evidence is KeptEvidence.NONE:
        return [None for _ in evidence]
    encode = msgspec.json.Encoder().encode
    redacted: list[str | None] = []
    for text in evidence:
        if text is None:
            redacted.append(None)
            continue
        value = _redacted(decode_evidence(text), vocabulary.evidence or UNKNOWN, vocabulary)
        try:
            redacted.append(encode(value).decode())
        except (UnicodeEncodeError, OverflowError):
            # Names of the catalogue may hold what only this encoder writes.
            redacted.append(json.dumps(value, separators=(",", ":")))
    return redacted


def redact_members(
    members: Mapping[str, Any],
    kept_evidence: KeptEvidence,
    vocabulary: Vocabulary = NO_VOCABULARY,
) -> dict[str, Any]:
    """Return the evidence of one link, as an object, with excluded values removed.

    Examples
    --------
    >>> redact_members({"score": 0.5, "sample": "jane@example.com"}, KeptEvidence.VOCABULARY)
    {'score': 0.5, 'sample': '[redacted]'}
    """
    if kept_evidence is KeptEvidence.NONE:
        return {}
    if kept_evidence is KeptEvidence.FULL:
        return dict(members)
    found: dict[str, Any] = _redacted(dict(members), vocabulary.evidence or UNKNOWN, vocabulary)
    return found


def redact_value(value: Any, place: Place, vocabulary: Vocabulary) -> Any:
    """Return one text, number, truth value or null of evidence, or the placeholder.

    Examples
    --------
    >>> [redact_value(value, UNKNOWN, NO_VOCABULARY) for value in ("Jane", 0.5, True, None)]
    ['[redacted]', 0.5, True, None]
    """
    kind = type(value)
    if kind is str:
        return value if vocabulary.shows_text(value, place) else PLACEHOLDER
    if kind is bool or value is None:
        return value
    return value if vocabulary.shows_number(value, place) else PLACEHOLDER


def _redacted(value: Any, place: Place, vocabulary: Vocabulary) -> Any:
    """Redact a value and its content, which nests at most 100 deep."""
    if type(value) is list:
        items = [_redacted(item, place, vocabulary) for item in value]
        # How many values were hidden is nobody's business.
        return PLACEHOLDER if items and all(item == PLACEHOLDER for item in items) else items
    if type(value) is not dict:
        return redact_value(value, place, vocabulary)
    found: dict[str, Any] = {}
    n_hidden = 0
    known = place.members
    for name, member in value.items():
        below = known.get(name)
        kept = name
        if below is None:
            is_shown, below = vocabulary.member(name, place)
            if not is_shown:
                n_hidden += 1
                kept = hidden_name(n_hidden)
        # What most members are is answered without another call.
        kind = type(member)
        if kind is float or kind is int:
            shown = below.numbers is True
        else:
            shown = kind is bool or (kind is str and member in below.texts)
        found[kept] = member if shown else _redacted(member, below, vocabulary)
    return found


def hidden_name(number: int) -> str:
    """Return the name in place of a hidden one, the first, second, ... of an object.

    Examples
    --------
    >>> hidden_name(1), hidden_name(2)
    ('[redacted]', '[redacted 2]')
    """
    return PLACEHOLDER if number == 1 else f"{PLACEHOLDER[:-1]} {number}]"


# --- statuses and types --------------------------------------------------------------------------


def kept_statuses(
    statuses: Sequence[Label], kept_evidence: KeptEvidence, vocabulary: Vocabulary
) -> list[Label]:
    """Return statuses as they are shown.

    Examples
    --------
    >>> kept_statuses(["APPROVED", "call Jane"], KeptEvidence.VOCABULARY, NO_VOCABULARY)
    ['APPROVED', '[redacted]']
    """
    shown = _known(kept_evidence, vocabulary).shown_status
    return _kept_labels(statuses, kept_evidence, shown)


def kept_link_types(
    link_types: Sequence[Label], kept_evidence: KeptEvidence, vocabulary: Vocabulary
) -> list[Label]:
    """Return types of links and relationships as they are shown.

    Examples
    --------
    >>> kept_link_types(["DETERMINISTIC", "by Jane"], KeptEvidence.NONE, NO_VOCABULARY)
    ['DETERMINISTIC', '[redacted]']
    """
    shown = _known(kept_evidence, vocabulary).shown_link_type
    return _kept_labels(link_types, kept_evidence, shown)


def _known(kept_evidence: KeptEvidence, vocabulary: Vocabulary) -> Vocabulary:
    return NO_VOCABULARY if kept_evidence is KeptEvidence.NONE else vocabulary


def _kept_labels(
    labels: Sequence[Label], kept_evidence: KeptEvidence, shown: Callable[[Label], bool]
) -> list[Label]:
    if kept_evidence is KeptEvidence.FULL:
        return list(labels)
    return [text if shown(text) else PLACEHOLDER for text in labels]


def shown_counts(
    counts: Mapping[str, int],
    kept: Callable[[Sequence[str], KeptEvidence, Vocabulary], list[str]],
    vocabulary: Vocabulary,
) -> dict[str, int]:
    """Return counts by status or type with their names as they are shown; hidden ones as one.

    Examples
    --------
    >>> shown_counts({"APPROVED": 2, "Jane": 1, "Joe": 1}, kept_statuses, NO_VOCABULARY)
    {'APPROVED': 2, '[redacted]': 2}
    """
    found: dict[str, int] = {}
    names = kept([*counts], KeptEvidence.VOCABULARY, vocabulary)
    for name, n in zip(names, counts.values(), strict=True):
        found[name] = found.get(name, 0) + n
    return found
