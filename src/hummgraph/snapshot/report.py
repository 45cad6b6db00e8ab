"""Report of a snapshot: counts of records, oddities and missing names."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from hummgraph.frames import Card, Shows
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    shown_counts,
)
from hummgraph.records.vocabulary import NO_VOCABULARY, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.records.catalogue import Lookup

__all__ = ["Report"]

_MAX_SHOWN = 40
"""Counts in one line of the report."""
_SHOWN: Final = KeptEvidence.VOCABULARY
_KEPT: Final = {True: kept_statuses, False: kept_link_types}

_FLAG_TEXTS = {
    "null_confidence": "without a confidence",
    "self_link": "from a node to itself",
    "self_table": "between columns of one table",
    "system_level": "ending at a system",
    "orphan_column": "naming a column or field without its table",
    "updated_before_created": "updated before created",
    "naive_time": "with a time without offset, read as UTC",
    "future_time": "with a time in the future",
    "large_evidence": "with evidence of over 1 MiB",
    "respelled": "with a status or type in other letters, read as the contract writes it",
}


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shows):
    """Counts of a snapshot; ``records == kept + quarantined`` always holds.

    Parameters
    ----------
    organization
        Name or id of the organisation, empty when unknown.
    records, kept, quarantined
        Entity links received, kept as rows, and set aside.
    bad
        Number of quarantined records that break the contract; exact duplicates do not.
    reasons
        Number of records set aside, by reason code; a record may have several.
    links_by_status, links_by_type
        Kept links by value, as sent.
    flags
        Kept links that are unusual, by flag.
    unknown_fields, unknown_values
        Fields and values that the contract does not name, with counts.
    catalogue
        Catalogue rows by table.
    catalogue_quarantined
        Catalogue records set aside.
    unnamed
        Nodes in links that have no name, by level.
    lookups
        Catalogue calls by outcome.
    hidden_names
        Names with invisible characters: control characters and marks of direction.
    n_slices
        Number of calls that returned the links, one after the other; 1 for one point in time.
    deleted
        Inactive nodes, or nodes in an inactive table or system, by level.
    links_to_deleted
        Kept links that end at a deleted node.
    of_others
        Records of another organisation, of links and of the catalogue; they are in quarantine.
    n_lost
        Number of catalogue calls whose names may come another time; see :attr:`Lookup.is_lost`.
    vocabulary
        Vocabulary of the shown unknown statuses and types.
    kept_evidence
        Amount of the evidence that is kept: less than all if it was read from a shared file.

    Examples
    --------
    >>> from hummgraph import read_links
    >>> read_links([]).report.kept
    0
    """

    organization: str
    records: int
    kept: int
    quarantined: int
    bad: int
    reasons: Mapping[str, int]
    links_by_status: Mapping[str, int]
    links_by_type: Mapping[str, int]
    flags: Mapping[str, int]
    unknown_fields: Mapping[str, int]
    unknown_values: Mapping[str, int]
    catalogue: Mapping[str, int]
    catalogue_quarantined: int
    unnamed: Mapping[str, int]
    lookups: tuple[Lookup, ...]
    hidden_names: int = 0
    n_slices: int = 1
    deleted: Mapping[str, int] = field(default_factory=dict)
    links_to_deleted: int = 0
    of_others: int = 0
    n_lost: int = 0
    vocabulary: Vocabulary = field(default=NO_VOCABULARY, compare=False)
    kept_evidence: KeptEvidence = KeptEvidence.FULL

    @property
    def bad_share(self) -> float:
        """Share of records that break the contract, in [0, 1]; 0 without records."""
        return self.bad / self.records if self.records else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a plain dict.

        Examples
        --------
        >>> from hummgraph import read_links
        >>> read_links([]).report.to_dict()["records"]
        0
        """
        plain = asdict(replace(self, vocabulary=NO_VOCABULARY))
        del plain["vocabulary"]
        plain["kept_evidence"] = str(self.kept_evidence)
        return plain

    def shown(self) -> Report:
        """Return the report as it is shown: with ``[redacted]`` for values that may quote data.

        Examples
        --------
        >>> from hummgraph import read_links
        >>> report = read_links([]).report
        >>> report.shown() == report
        True
        """
        unknown: Counter[str] = Counter()
        for value, n in self.unknown_values.items():
            field_name, _, text = value.partition("=")
            (kept,) = _KEPT[field_name == "status"]([text], _SHOWN, self.vocabulary)
            unknown[f"{field_name}={kept}"] += n
        return replace(
            self,
            links_by_status=shown_counts(self.links_by_status, kept_statuses, self.vocabulary),
            links_by_type=shown_counts(self.links_by_type, kept_link_types, self.vocabulary),
            unknown_values=dict(unknown),
        )

    def rows(self) -> list[tuple[str, str]]:
        """Return the report as pairs of subject and finding.

        Examples
        --------
        >>> from hummgraph import read_links
        >>> read_links([]).report.rows()[0]
        ('Entity links', '0 records = 0 kept + 0 quarantined')
        """
        shown = self.shown()
        records = f"{self.records:,} record{'s' * (self.records != 1)}"
        kept = f"{self.kept:,} kept + {self.quarantined:,} quarantined"
        rows = [("Entity links", f"{records} = {kept}")]
        if self.n_slices > 1:
            rows.append(("Not a point in time", f"came in {self.n_slices:,} slices"))
        if self.kept:
            rows.append(("By status", _join_counts(shown.links_by_status)))
            rows.append(("By type", _join_counts(shown.links_by_type)))
        if self.quarantined:
            rows.append(("Quarantined for", _join_counts(self.reasons)))
        if self.of_others:
            records = f"{self.of_others:,} record{'s' * (self.of_others != 1)}, set aside"
            rows.append(("Other organisation", records))
        if self.kept_evidence is not KeptEvidence.FULL:
            rows.append(("Left out", self.kept_evidence.describe()))
        odd = {meaning: self.flags.get(flag, 0) for flag, meaning in _FLAG_TEXTS.items()}
        if any(odd.values()):
            rows.append(("Odd, but kept", _join_counts(odd)))
        for label, found in (
            ("Unknown fields", self.unknown_fields),
            ("Unknown values", shown.unknown_values),
        ):
            if found:
                rows.append((label, _join_counts(found)))
        return rows + self._catalogue_rows()

    def _catalogue_rows(self) -> list[tuple[str, str]]:
        rows = []
        if any(self.catalogue.values()):
            rows.append(("Catalogue", _count_things(self.catalogue)))
        if self.catalogue_quarantined:
            rows.append(("Catalogue quarantined", f"{self.catalogue_quarantined:,}"))
        if any(self.unnamed.values()):
            rows.append(("Without a name", _count_things(self.unnamed)))
        if any(self.deleted.values()):
            n = self.links_to_deleted
            links = f"{n:,} link ends" if n == 1 else f"{n:,} links end"
            rows.append(("Deleted", f"{_count_things(self.deleted)}; {links} at something deleted"))
        if self.hidden_names:
            names = "name" if self.hidden_names == 1 else "names"
            rows.append(("Hidden characters", f"in {self.hidden_names:,} {names}, shown as \ufffd"))
        if self.n_lost:
            calls = f"{self.n_lost:,} catalogue call{'s' * (self.n_lost != 1)}"
            rows.append(("Names lost", f"{calls} failed; fetch again for the names"))
        rows.extend(
            ("Not answered", f"{lookup.call}: {lookup.outcome} ({lookup.count:,}x)")
            for lookup in self.lookups
            if lookup.outcome != "ok"
        )
        return rows

    def _card_(self) -> Card:
        return Card(self.organization, self.rows(), things="findings")

    def __repr__(self) -> str:
        return str(self)


def _count_things(counts: Mapping[str, int]) -> str:
    """Return counts with the names of things, singular for one."""
    return _join_counts(
        {name.removesuffix("s") if n == 1 else name: n for name, n in counts.items()}
    )


def _join_counts(counts: Mapping[str, int]) -> str:
    found = [f"{n:,} {name}" for name, n in counts.items() if n]
    # What strangers name may be many.
    more = [f"and {len(found) - _MAX_SHOWN:,} more"] if len(found) > _MAX_SHOWN else []
    return ", ".join(found[:_MAX_SHOWN] + more)
