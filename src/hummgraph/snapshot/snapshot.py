"""Snapshot: validated links and catalogue, the only input of a graph."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import ArgumentError, LookupsLostError, TooManyBadRecordsError
from hummgraph.errors.arguments import check_path, check_target
from hummgraph.frames import Card, Shows, title_of, visible
from hummgraph.records.limits import MemoryBudget, checked_limits
from hummgraph.records.names import CatalogueNames
from hummgraph.records.nodes import code_ends
from hummgraph.records.redaction import KeptEvidence
from hummgraph.records.schema import END_FIELDS
from hummgraph.records.validation import validate_links
from hummgraph.records.vocabulary import Vocabulary, shown_places, shown_values
from hummgraph.snapshot.on_disk import write_folder
from hummgraph.snapshot.reading import n_links_at, read_folder
from hummgraph.snapshot.report import Report

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from datetime import datetime

    import duckdb

    from hummgraph.records.catalogue import Catalogue
    from hummgraph.records.limits import Limits
    from hummgraph.records.quarantine import Drift, Quarantine
    from hummgraph.records.verdicts import ValidatedLinks
    from hummgraph.snapshot.spool import Spool

__all__ = [
    "EmptySnapshotWarning",
    "Snapshot",
    "read_snapshot",
    "snapshot_from_validated",
    "validate_spool",
]


# Control characters, and invisible ones that reorder or join texts. Not those that belong to
# words: the joiners of Persian or of emoji.
_HIDDEN_CHARACTERS = (
    r"[\p{Cc}\x{ad}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}]"
)


class EmptySnapshotWarning(UserWarning):
    """Warning that a snapshot without links has replaced one with links.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("error", EmptySnapshotWarning)
    """


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot(Shows):
    """Validated entity links and catalogue, as of one time.

    Create one with :meth:`Client.fetch`, :func:`read_snapshot` or :func:`read_links`; it is the
    only input of :class:`LinkGraph`.

    Parameters
    ----------
    links
        Columns of the kept links, in the original order of the records.
    catalogue
        Systems, tables and columns, with their names.
    quarantine
        Records of links set aside, with reasons: a sample, with the counts of all.
    origin
        ``"api"`` or ``"records"``.
    request
        Parameters of the fetch, without the token.
    started_at, finished_at
        Beginning and end of the fetch, in UTC; ``None`` for a snapshot of records.

    Examples
    --------
    >>> from hummgraph import read_links
    >>> read_links([])
    <Snapshot of records: 0 links, 0 quarantined>
    """

    links: pa.Table
    catalogue: Catalogue
    quarantine: Quarantine
    n_records: int
    flags: Mapping[str, int]
    drift: Drift
    origin: str = "records"
    organization_id: UUID | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    replies: Spool | None = None
    """The raw replies, if any."""
    decided: Vocabulary | None = None
    """Vocabulary of evidence, if links were read with it; see :attr:`vocabulary`."""

    @property
    def organization_name(self) -> str:
        """Name of the organisation, else its id, else an empty text."""
        return self.catalogue.organization_name or str(self.organization_id or "")

    @property
    def slices(self) -> tuple[Mapping[str, Any], ...]:
        """Slices of a fetch in slices: query, times and bytes of each.

        Empty for a fetch in one call. A snapshot of several slices is not a view of one point in
        time: a change made during the fetch may be in some of them and not in others.

        Examples
        --------
        >>> from hummgraph import read_links
        >>> read_links([]).slices
        ()
        """
        return tuple(self.request.get("slices", ()))

    def with_names(self, names: Mapping[str, str] | str | os.PathLike[str]) -> Snapshot:
        """Return the same snapshot with names added, for nodes that have none.

        Parameters
        ----------
        names
            Names by id, or the path of a JSON file of them, as ``hummgraph names`` writes it.

        Raises
        ------
        ConfigError
            If the file does not exist or is not of this form, a key is not an id, or a name is not
            a non-empty text.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> snapshot = load_demo().snapshot()
        >>> named = snapshot.with_names({"11111111-1111-4111-8111-111111111111": "CRM"})
        >>> list(named.catalogue.names.values())
        ['CRM']
        """
        from hummgraph.snapshot.link_readers import read_names

        return replace(self, catalogue=self.catalogue.with_names(read_names(names)))

    @property
    def kept_evidence(self) -> KeptEvidence:
        """Amount of the evidence that is kept: less than all if it was read from a shared file.

        Examples
        --------
        >>> from hummgraph import read_links
        >>> read_links([]).kept_evidence
        <KeptEvidence.FULL: 'full'>
        """
        found = self.request.get("kept_evidence")
        return KeptEvidence(found) if found in list(KeptEvidence) else KeptEvidence.FULL

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Vocabulary of the evidence shown and written by default, decided once for all links.

        Notes
        -----
        O(n) for n characters of evidence the first time, unless it was read with the links.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> found = load_demo().snapshot().vocabulary
        >>> sorted(found.evidence.members["connector"].texts)
        ['fivetran']
        """
        decided = self.label_vocabulary
        evidence = decided.evidence
        if evidence is None:
            column = self.links.column("evidence")
            texts = (text for chunk in column.chunks for text in chunk.to_pylist())
            evidence = shown_places(texts, len(column))
        return replace(decided, evidence=evidence)

    @cached_property
    def label_vocabulary(self) -> Vocabulary:
        """The part of the vocabulary for which no evidence is read: statuses, types and names."""
        return replace(
            self.decided
            or Vocabulary(
                statuses=shown_values(self.links.column("status")),
                link_types=shown_values(self.links.column("link_type")),
            ),
            names=CatalogueNames(self.catalogue),
        )

    @cached_property
    def report(self) -> Report:
        """Counts of records, oddities and missing names."""
        catalogue = self.catalogue
        counts = self.quarantine.counts
        return Report(
            organization=self.organization_name,
            records=self.n_records,
            kept=self.links.num_rows,
            quarantined=counts.records,
            bad=counts.bad,
            reasons=counts.reasons,
            links_by_status=_value_counts(self.links.column("status")),
            links_by_type=_value_counts(self.links.column("link_type")),
            flags=self.flags,
            unknown_fields={
                **self.drift.unknown_fields,
                **{f"catalogue {name}": n for name, n in catalogue.unknown_fields.items()},
            },
            unknown_values=self.drift.unknown_values,
            catalogue={
                "systems": catalogue.integration_sources.num_rows,
                "tables": catalogue.tables.num_rows,
                "columns": catalogue.columns.num_rows,
                "relationships": catalogue.relationships.num_rows,
                "associations": catalogue.associations.num_rows,
            },
            catalogue_quarantined=catalogue.quarantine.counts.records,
            unnamed=self._count_unnamed(),
            lookups=catalogue.lookups,
            hidden_names=self._count_hidden_names(),
            n_slices=max(1, len(self.slices)),
            n_lost=sum(one.count for one in catalogue.lookups if one.is_lost),
            of_others=sum(
                one.reasons.get("wrong_org", 0) for one in (counts, catalogue.quarantine.counts)
            ),
            vocabulary=self.label_vocabulary,
            kept_evidence=self.kept_evidence,
            **self._count_deleted(),
        )

    def _count_deleted(self) -> dict[str, Any]:
        """Return the number of inactive nodes by level, and of links that end at them."""
        catalogue = self.catalogue
        levels = {
            "systems": catalogue.integration_sources,
            "tables": catalogue.tables,
            "columns": catalogue.columns,
        }
        nothing = {"deleted": dict.fromkeys(levels, 0), "links_to_deleted": 0}
        # If every node is active, the nodes need not be built.
        if not any(
            pc.any(pc.invert(table.column("is_active"))).as_py() for table in levels.values()
        ):
            return nothing
        nodes, ends = code_ends(self.links, catalogue)
        counts = np.bincount(nodes.depth[nodes.deleted], minlength=len(levels)).tolist()
        gone = nodes.deleted[ends.source] | nodes.deleted[ends.target]
        return {
            "deleted": dict(zip(levels, counts, strict=True)),
            "links_to_deleted": int(np.count_nonzero(gone)),
        }

    def _count_unnamed(self) -> dict[str, int]:
        """Return the number of nodes in links that have no name, by level."""
        catalogue = self.catalogue
        ends: dict[str, tuple[pa.Table, tuple[str, ...]]] = {
            "systems": (catalogue.integration_sources, ("integration_source_id",)),
            "tables": (catalogue.tables, END_FIELDS[:2]),
            "columns": (catalogue.columns, END_FIELDS[2:]),
        }
        unnamed = {}
        for level, (table, fields) in ends.items():
            named = set(table.filter(pc.is_valid(table.column("name"))).column("id").to_pylist())
            used = {
                packed
                for side in ("source", "target")
                for end in fields
                for packed in pc.unique(self.links.column(f"{side}_{end}")).to_pylist()
                if packed is not None
            }
            unnamed[level] = len(used - named - catalogue.names.keys())
        return unnamed

    def _count_hidden_names(self) -> int:
        """Return the number of names with invisible characters, which could reorder others."""
        catalogue = self.catalogue
        names = [catalogue.organization_name or "", *catalogue.names.values()]
        given = [
            table.column("name")
            for table in (catalogue.integration_sources, catalogue.tables, catalogue.columns)
        ]
        return sum(
            pc.sum(pc.match_substring_regex(column, _HIDDEN_CHARACTERS)).as_py() or 0
            for column in (pa.chunked_array([names], pa.string()), *given)
        )

    def require(self, *, max_bad: float, complete: bool = False) -> Snapshot:
        """Return the snapshot itself, unless too much of it is bad or missing.

        Parameters
        ----------
        max_bad
            Greatest share of bad records, in [0, 1). Exact duplicates are not bad.
        complete
            Whether no catalogue call may be lost: ended by a rate limit, a failing server, a
            timeout, a broken connection or a reply that is not whole JSON. Calls that the API does
            not offer are not lost.

        Raises
        ------
        TooManyBadRecordsError
            If the share is larger.
        LookupsLostError
            If a catalogue call is lost and `complete` is set.
        ArgumentError
            If ``max_bad`` is outside its range.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> load_demo().snapshot().require(max_bad=0.001)
        Traceback (most recent call last):
            ...
        hummgraph.errors.TooManyBadRecordsError: 2 of 1,493 records (0.134 %) break ...
        """
        if not 0.0 <= max_bad < 1.0:
            raise ArgumentError(f"max_bad is {max_bad!r}; it must be in [0, 1).")
        report = self.report
        if report.bad_share > max_bad:
            reasons = ", ".join(
                f"{n:,} {code}" for code, n in report.reasons.items() if code != "duplicate"
            )
            raise TooManyBadRecordsError(
                f"{report.bad:,} of {report.records:,} records ({report.bad_share * 100:.3g} %)"
                f" break the contract, more than the {max_bad * 100:.3g} % allowed: {reasons}.",
                share=report.bad_share,
                limit=max_bad,
                hint="Look at the quarantine, or allow a larger share.",
            )
        if complete and report.n_lost:
            raise _lookups_lost_error(report)
        return self

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the snapshot as a folder, completely or not at all.

        Parameters
        ----------
        path
            The folder to create. A snapshot at this path is replaced; anything else is not, and
            neither is a snapshot with files that its manifest does not list.
        overwrite
            Whether to write even if something else is at the path. Only files of a
            snapshot are removed: other files stay in the folder, and what is in the way is kept
            beside it as ``NAME.old-1``.

        Raises
        ------
        OutputError
            If the folder cannot be written, or has files that hummgraph did not write.

        Warns
        -----
        OthersKeptWarning
            If something was in the way and is kept next to it.

        Notes
        -----
        O(n) for n links. Only the owner may read the files: evidence may quote data.
        Replacing a snapshot that has links by one without emits an
        :class:`~hummgraph.snapshot.snapshot.EmptySnapshotWarning`.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from hummgraph import read_links, read_snapshot
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     read_links([]).write(Path(folder) / "acme.hummgraph")
        ...     read_snapshot(Path(folder) / "acme.hummgraph")
        <Snapshot of records: 0 links, 0 quarantined>
        """
        check_target(path, "Snapshot.write", "a folder")
        n_before = 0 if self.links.num_rows else n_links_at(path)
        write_folder(self, path, overwrite=overwrite)
        if n_before:
            warnings.warn(
                f"{str(path)!r} has no links now; the snapshot before it had {n_before:,}.",
                EmptySnapshotWarning,
                stacklevel=2,
            )

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None, *, prefix: str = ""
    ) -> duckdb.DuckDBPyConnection:
        """Register the tables as views in DuckDB, as in the Parquet files of a written snapshot.

        ``links``, and the catalogue's ``integration_sources``, ``tables``, ``columns``,
        ``relationships`` and ``associations``, become views; so does ``declared``, where
        relationships were not read from records. Ids are of DuckDB's type UUID.

        Parameters
        ----------
        connection
            Connection to register at; when not given, a new database in memory.
        prefix
            Text before the names of the views.

        Returns
        -------
        duckdb.DuckDBPyConnection
            The connection. A query of these views returns what the same query of the files of a
            written snapshot returns.

        Raises
        ------
        ArgumentError
            If the database has tables or views of these names, which would be hidden.
        MissingDependencyError
            If duckdb is not installed.

        Notes
        -----
        O(n) for n links: their ids are decoded. Nothing else is copied.

        Examples
        --------
        >>> from hummgraph.datasets import load_demo
        >>> connection = load_demo().snapshot().to_duckdb()
        >>> connection.sql("SELECT kind, count(*) FROM tables GROUP BY ALL ORDER BY 1").fetchall()
        [('saas_object', 36), ('table', 27)]
        """
        from hummgraph.snapshot.duckdb import snapshot_to_duckdb

        return snapshot_to_duckdb(self, connection, prefix=prefix)

    def __repr__(self) -> str:
        return (
            f"<Snapshot of {visible(self.organization_name or self.origin)}:"
            f" {self.links.num_rows:,} links, {self.quarantine.counts.records:,} quarantined>"
        )

    def _card_(self) -> Card:
        return Card(title_of(self), self.report.rows(), things="findings")


def read_snapshot(path: str | os.PathLike[str], *, limits: Limits | None = None) -> Snapshot:
    """Read a snapshot from a folder.

    Parameters
    ----------
    path
        The folder. It may be of any origin: everything is checked before it is read.
    limits
        Limits on memory (`memory`); those of `Limits()` by default.

    Returns
    -------
    Snapshot
        The snapshot, equal in all its content to the one written.

    Raises
    ------
    SnapshotNotFoundError
        If there is no snapshot.
    SnapshotVersionError
        If a newer hummgraph wrote it.
    SnapshotDamagedError
        If a file is missing, differs from the one written (every byte is checked), or holds what
        no snapshot holds.
    MemoryLimitError
        If it needs more memory than `limits` allow; the error has the number of bytes needed.

    Notes
    -----
    O(n) for n links.

    Examples
    --------
    >>> read_snapshot("no-such.hummgraph")
    Traceback (most recent call last):
        ...
    hummgraph.errors.SnapshotNotFoundError: There is no snapshot at 'no-such.hummgraph'. ...
    """
    check_path(path, "read_snapshot", "a snapshot")
    return Snapshot(**read_folder(path, MemoryBudget(checked_limits(limits))))


def validate_spool(
    spool: Spool, *, organization_id: UUID | None = None, memory: MemoryBudget | None = None
) -> ValidatedLinks:
    """Validate the replies in a spool; see :func:`hummgraph.records.validation.validate_links`."""
    return validate_links(spool.openers(), organization_id=organization_id, memory=memory)


def snapshot_from_validated(
    validated: ValidatedLinks,
    *,
    catalogue: Catalogue,
    organization_id: UUID | None = None,
    spool: Spool | None = None,
    request: Mapping[str, Any] | None = None,
    started_at: datetime | None = None,
    finished_at: datetime | None = None,
    names: Mapping[str, str] | None = None,
) -> Snapshot:
    """Return the snapshot of validated links and a catalogue."""
    if names:
        catalogue = catalogue.with_names(names)
    if organization_id is None:
        organization_id = catalogue.organization_id or _organization_of(validated.links)
    if catalogue.organization_id is None:
        catalogue = replace(catalogue, organization_id=organization_id)
    return Snapshot(
        links=validated.links,
        catalogue=catalogue,
        quarantine=validated.quarantine,
        n_records=validated.n_records,
        flags=validated.flags,
        drift=validated.drift,
        origin="records" if spool is None else "api",
        organization_id=organization_id,
        request=dict(request or {}),
        started_at=started_at,
        finished_at=finished_at,
        replies=spool,
    )


def _lookups_lost_error(report: Report) -> LookupsLostError:
    lost = [one for one in report.lookups if one.is_lost]
    outcomes: Counter[str] = Counter()
    for one in lost:
        outcomes[one.outcome] += one.count
    shown = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(outcomes.items()))
    return LookupsLostError(
        f"{report.n_lost:,} catalogue call{'s' * (report.n_lost != 1)} failed after all retries"
        f" ({shown}): names are missing.",
        n_lost=report.n_lost,
        hint="Fetch again later, or accept missing names: complete=False.",
    )


def _organization_of(links: pa.Table) -> UUID | None:
    if not links.num_rows:
        return None
    found = UUID(bytes=links.column("organization_id")[0].as_py())
    return found if found.int else None  # links between names have the nil UUID


def _value_counts(column: pa.ChunkedArray) -> dict[str, int]:
    counts = {
        entry["values"]: entry["counts"]
        for entry in pc.value_counts(column.cast(pa.string())).to_pylist()
    }
    return dict(sorted(counts.items()))
