"""The catalogue: systems, tables and columns, with their names."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import pyarrow as pa
from pydantic import ValidationError

from hummgraph.errors import ArgumentError, ContractError
from hummgraph.errors.arguments import check_mapping
from hummgraph.errors.texts import json_fault
from hummgraph.frames import Card, Frame, Shows, counted, title_of, visible
from hummgraph.records.given_names import checked_names
from hummgraph.records.ids import parse_id
from hummgraph.records.json_stream import TooManyValuesError, array_items
from hummgraph.records.limits import MemoryBudget
from hummgraph.records.lookups import Lookup
from hummgraph.records.models import (
    AssociationRecord,
    ColumnRecord,
    IntegrationSourceRecord,
    OrganizationRecord,
    Record,
    RelationshipRecord,
    SaasFieldRecord,
    SaasObjectRecord,
    TableRecord,
)
from hummgraph.records.quarantine import (
    NameCounts,
    Quarantine,
    QuarantinedRecord,
    QuarantineSample,
    Reason,
    reasons_of,
)
from hummgraph.records.schema import (
    ASSOCIATION_SCHEMA,
    COLUMN_SCHEMA,
    INTEGRATION_SOURCE_SCHEMA,
    RELATIONSHIP_SCHEMA,
    TABLE_SCHEMA,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["CATALOGUE_KINDS", "Catalogue", "CatalogueBuilder", "Lookup"]

_MODELS: Final[dict[str, type[Record]]] = {
    "organization": OrganizationRecord,
    "integration_sources": IntegrationSourceRecord,
    "tables": TableRecord,
    "saas_objects": SaasObjectRecord,
    "columns": ColumnRecord,
    "saas_fields": SaasFieldRecord,
    "associations": AssociationRecord,
    "relationships": RelationshipRecord,
}

CATALOGUE_KINDS: Final = tuple(_MODELS)
"""Kinds of catalogue records, as :meth:`Catalogue.from_records` names them."""

_SCHEMAS: Final = {
    "integration_sources": INTEGRATION_SOURCE_SCHEMA,
    "tables": TABLE_SCHEMA,
    "columns": COLUMN_SCHEMA,
    "associations": ASSOCIATION_SCHEMA,
    "relationships": RELATIONSHIP_SCHEMA,
}


_ROW_BYTES: Final = 2_000
"""Bytes of a row besides its texts: a dictionary of its values, and a row of the table."""

_ID_BYTES: Final = 100
"""Bytes of an id in a set."""

_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"
"""Bytes that may precede JSON: a mark of UTF-8, and white space."""

_MAX_REMEMBERED: Final = 1_000
_OF_OTHERS: Final = frozenset({"duplicate", "duplicate_conflict"})
"""Reasons that depend on other records."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Catalogue(Shows):
    """Systems, tables and columns with their names, whether links touch them or not.

    Every table has its schema from :mod:`hummgraph.records.schema`. Sample values, connection
    settings and other secrets are dropped on reading.

    Examples
    --------
    >>> catalogue = Catalogue.from_records(
    ...     {"integration_sources": [{"id": "11111111-1111-4111-8111-111111111111", "name": "CRM"}]}
    ... )
    >>> catalogue.integration_sources.column("name").to_pylist()
    ['CRM']
    >>> Catalogue.empty().columns.num_rows
    0
    """

    integration_sources: pa.Table
    tables: pa.Table
    columns: pa.Table
    associations: pa.Table
    relationships: pa.Table
    organization_id: UUID | None = None
    organization_name: str | None = None
    names: Mapping[bytes, str] = field(default_factory=dict)
    """Names given by the user, by the sixteen bytes of an id; they precede the catalogue's."""
    lookups: tuple[Lookup, ...] = ()
    quarantine: Quarantine = field(default_factory=Quarantine)
    """A sample of the records set aside, with the counts of all."""
    n_records: int = 0
    """Number of records received; each is a row of a table or counted in ``quarantine``."""
    unknown_fields: Mapping[str, int] = field(default_factory=dict)
    """Number of records by field that the contract does not name, as ``kind.field``."""
    declared: pa.Table | None = None
    """Relationships and associations with known columns, if not received as records; they replace
    ``relationships`` and ``associations``."""

    def __repr__(self) -> str:
        named = f" of {visible(self.organization_name)}" if self.organization_name else ""
        systems, tables, columns = (
            table.num_rows for table in (self.integration_sources, self.tables, self.columns)
        )
        return (
            f"<Catalogue{named}: {counted(systems, 'system')}, {counted(tables, 'table')},"
            f" {counted(columns, 'column')}>"
        )

    def _card_(self) -> Card:
        table = self.integration_sources.select(["name", "connector_type"])
        return Card(title_of(self), table=Frame(table), things="systems")

    @classmethod
    def empty(cls) -> Catalogue:
        """Return a catalogue without any entries.

        Examples
        --------
        >>> Catalogue.empty().organization_name is None
        True
        """
        return CatalogueBuilder().build()

    @classmethod
    def from_records(cls, records: Mapping[str, Any]) -> Catalogue:
        """Build a catalogue from records as the API sends them.

        Parameters
        ----------
        records
            A list of records (or one record) for each kind of `CATALOGUE_KINDS` that exists.

        Raises
        ------
        ArgumentError
            If a kind is not one of `CATALOGUE_KINDS`.
        ContractError
            If the value of a kind is neither a record nor a list.

        Notes
        -----
        O(n) for n records; one that breaks the contract is kept in ``quarantine``.

        Examples
        --------
        >>> Catalogue.from_records({"tables": [{"id": "nonsense"}]}).quarantine[0].reasons
        (Reason(code='invalid_uuid', pointer='/id'),)
        """
        check_mapping(
            records,
            "Catalogue.from_records",
            "records by kind",
            "read_catalogue(folder) reads files.",
        )
        builder = CatalogueBuilder()
        for kind, items in records.items():
            builder.add_records(kind, items)
        return builder.build()

    def with_names(self, names: Mapping[str, str]) -> Catalogue:
        """Return the same catalogue with names added.

        Parameters
        ----------
        names
            Id (of a system, table, object, column or field) to name.

        Raises
        ------
        ConfigError
            If a key is not an id or occurs twice, or a name is not a text of 1 to 10,000
            characters.

        Examples
        --------
        >>> len(Catalogue.empty().with_names({"11111111-1111-4111-8111-111111111111": "CRM"}).names)
        1
        """
        hint = "read_links(..., names=path) reads a file."
        check_mapping(names, "with_names", "names by id", hint)
        return replace(self, names={**self.names, **checked_names(names)})


class CatalogueBuilder:
    """Builder of a `Catalogue` from replies to catalogue calls.

    Parameters
    ----------
    organization_id
        The organisation whose records these should be; others are set aside. Without it, those of
        any organisation are kept.

    Examples
    --------
    >>> builder = CatalogueBuilder()
    >>> builder.add(
    ...     "integration_sources",
    ...     b'[{"id": "11111111-1111-4111-8111-111111111111", "name": "CRM"}]',
    ... )
    1
    >>> builder.note_lookup("GET /integration-sources", "ok")
    >>> builder.build().lookups
    (Lookup(call='GET /integration-sources', outcome='ok', count=1),)
    """

    def __init__(
        self, memory: MemoryBudget | None = None, organization_id: UUID | None = None
    ) -> None:
        self._memory = memory or MemoryBudget()
        self._organization_id = organization_id
        self._rows: dict[str, dict[bytes, dict[str, Any]]] = {kind: {} for kind in _SCHEMAS}
        self._organization: OrganizationRecord | None = None
        self._foreign: set[bytes] = set()
        self._lookups: Counter[tuple[str, str]] = Counter()
        self._unknown = NameCounts()
        self._sample = QuarantineSample()
        self._refusals: dict[str, tuple[Reason, ...]] = {}
        self._n_records = 0
        self._n_replies: Counter[str] = Counter()

    def add(
        self,
        kind: str,
        body: bytes,
        *,
        integration_source_id: UUID | None = None,
        origin: str = "",
    ) -> int | None:
        """Add the body of a reply, or the content of a file.

        Parameters
        ----------
        kind
            One of `CATALOGUE_KINDS`.
        body
            JSON: an array of records, or one record.
        integration_source_id
            System of these tables or columns, for records that do not name it.
        origin
            Name of the input in errors; the reply for this kind by default.

        Returns
        -------
        int or None
            Number of records of an array; ``None`` for one record.

        Raises
        ------
        ArgumentError
            If there is no such kind.
        ContractError
            If the body is not JSON, or neither array nor object; nothing is added then.
        MemoryLimitError
            If the records do not fit into the memory allowed.

        Examples
        --------
        >>> CatalogueBuilder().add("tables", b"<html>")
        Traceback (most recent call last):
            ...
        hummgraph.errors.ContractError: The reply for 'tables' is not JSON.
        """
        self._check_kind(kind)
        name = origin or f"The reply for {kind!r}"
        try:
            # To the end first: of a body that is cut off nothing is added, since it may come again.
            # Less strict than for links: a NaN in statistics that are dropped does no harm.
            n_records = sum(1 for _ in array_items(body))
        except TooManyValuesError as error:
            raise ContractError(f"{name} has a record with too many values: {error}.") from None
        except TypeError:
            raise ContractError(f"{name} is neither an array nor an object.") from None
        except (ValueError, RecursionError) as error:
            # Of a reply the message of the parser says nothing that helps.
            plain = isinstance(error, json.JSONDecodeError) and not origin
            why = "" if plain else f": {json_fault(error)}"
            raise ContractError(f"{name} is not JSON{why}.") from None
        reply = self._next_reply(kind)
        for index, (text, item) in enumerate(array_items(body)):
            self._take((kind, reply, index), item, integration_source_id, text)
        return n_records if body.lstrip(_BLANKS).startswith(b"[") else None

    def add_records(
        self, kind: str, content: object, *, integration_source_id: UUID | None = None
    ) -> None:
        """Add records that are Python objects.

        Parameters
        ----------
        kind
            One of `CATALOGUE_KINDS`.
        content
            A list of records, or one record.
        integration_source_id
            System of these tables or columns, for records that do not name it.

        Raises
        ------
        ArgumentError
            If there is no such kind.
        ContractError
            If the content is neither list nor record.

        Examples
        --------
        >>> CatalogueBuilder().add_records("views", [])
        Traceback (most recent call last):
            ...
        hummgraph.errors.ArgumentError: There is no catalogue kind 'views'; the kinds are ...
        """
        self._check_kind(kind)
        if isinstance(content, dict):
            content = [content]
        if not isinstance(content, list):
            raise ContractError(f"The value for {kind!r} is neither an array nor an object.")
        reply = self._next_reply(kind)
        for index, item in enumerate(content):
            self._take((kind, reply, index), item, integration_source_id)

    @staticmethod
    def _check_kind(kind: str) -> None:
        if kind not in _MODELS:
            raise ArgumentError(
                f"There is no catalogue kind {kind!r}; the kinds are {', '.join(CATALOGUE_KINDS)}."
            )

    def _next_reply(self, kind: str) -> int:
        reply = self._n_replies[kind]
        self._n_replies[kind] += 1
        return reply

    def _take(
        self,
        place: tuple[str, int, int],
        item: object,
        integration_source_id: UUID | None,
        text: str = "",
    ) -> None:
        """Add one record, or set it aside; ``text`` is that of a short one, else empty."""
        kind = place[0]
        self._n_records += 1
        known = self._refusals.get(f"{kind} {text}") if text else None
        reasons = known or self._add_record(kind, item, integration_source_id)
        if not reasons:
            return
        self._sample.count(reasons)
        if text and known is None and reasons[0].code not in _OF_OTHERS:
            if len(self._refusals) >= _MAX_REMEMBERED:
                self._refusals.clear()
            self._refusals[f"{kind} {text}"] = reasons
        if self._sample.takes(reasons, 0):
            record = _json_without_secrets(kind, item)
            if self._sample.takes(reasons, len(record)):
                self._sample.add(QuarantinedRecord(*place, reasons, record))

    def _add_record(
        self, kind: str, item: object, integration_source_id: UUID | None
    ) -> tuple[Reason, ...]:
        model = _MODELS[kind]
        try:
            record: BaseModel = model.model_validate(item)
        except ValidationError as error:
            return reasons_of(error)
        if self._is_foreign(record, cast("dict[str, Any]", item)):
            if isinstance(record, IntegrationSourceRecord):
                self._memory.take(_ID_BYTES, "The catalogue")
                self._foreign.add(record.id.bytes)
            pointer = "/id" if isinstance(record, OrganizationRecord) else "/organization_id"
            return (Reason("wrong_org", pointer),)
        odd = [name for name, value in record if isinstance(value, str) and not _is_unicode(value)]
        if odd:
            return tuple(Reason("not_unicode", f"/{name}") for name in odd)
        known = model.model_fields.keys() | model.left_out
        names = cast("dict[str, Any]", item).keys()  # only a mapping passes a model
        self._unknown.update(f"{kind}.{name[:40]}" for name in names - known)
        if isinstance(record, OrganizationRecord):
            self._organization = record
            return ()
        target, row = _table_row(record, integration_source_id)
        rows = self._rows[target]
        if row["id"] in rows:
            return (Reason("duplicate" if rows[row["id"]] == row else "duplicate_conflict", "/id"),)
        texts = sum(len(value) for value in row.values() if isinstance(value, str))
        self._memory.take(_ROW_BYTES + 4 * texts, "The catalogue")
        rows[row["id"]] = row
        return ()

    def _is_foreign(self, record: BaseModel, item: Mapping[str, Any]) -> bool:
        """Return whether a record is of another organisation; most records name none."""
        if self._organization_id is None:
            return False
        if isinstance(record, OrganizationRecord):
            return record.id != self._organization_id
        text = item.get("organization_id")
        named = parse_id(text) if isinstance(text, str) else None
        return named is not None and named != self._organization_id.bytes

    def note_lookup(self, call: str, outcome: str) -> None:
        """Count the outcome of a call.

        Parameters
        ----------
        call
            The call, with placeholders for the ids in its path.
        outcome
            ``"ok"``, an HTTP status such as ``"404"``, or an error's code.

        Examples
        --------
        >>> CatalogueBuilder().note_lookup("GET /integration-sources", "404")
        """
        self._lookups[call, outcome] += 1

    def has_integration_source(self, integration_source_id: UUID) -> bool:
        """Return whether the record of a system was received, be it of another organisation.

        Examples
        --------
        >>> CatalogueBuilder().has_integration_source(UUID(int=1))
        False
        """
        packed = integration_source_id.bytes
        return packed in self._rows["integration_sources"] or packed in self._foreign

    def integration_source_kinds(self) -> dict[UUID, str]:
        """Return each system's ``source_type`` as received; empty for a system without one.

        Examples
        --------
        >>> CatalogueBuilder().integration_source_kinds()
        {}
        """
        return {
            UUID(bytes=packed): row["source_type"] or ""
            for packed, row in self._rows["integration_sources"].items()
        }

    def saas_object_ids(self, integration_source_id: UUID) -> list[UUID]:
        """Return the ids of a system's objects, in the order received.

        Examples
        --------
        >>> CatalogueBuilder().saas_object_ids(UUID(int=1))
        []
        """
        return [
            UUID(bytes=packed)
            for packed, row in self._rows["tables"].items()
            if row["kind"] == "saas_object"
            and row["integration_source_id"] == integration_source_id.bytes
        ]

    def build(self) -> Catalogue:
        """Build the catalogue of all records added, with rows sorted by id.

        Examples
        --------
        >>> CatalogueBuilder().build().tables.num_rows
        0
        """
        organization = self._organization
        return Catalogue(
            **{kind: self._build_table(kind) for kind in _SCHEMAS},
            organization_id=organization.id if organization else None,
            organization_name=organization.name if organization else None,
            lookups=tuple(
                Lookup(call, outcome, count)
                for (call, outcome), count in sorted(self._lookups.items())
            ),
            quarantine=self._sample.build(),
            n_records=self._n_records,
            unknown_fields=dict(sorted(self._unknown.items())),
        )

    def _build_table(self, kind: str) -> pa.Table:
        rows = dict(self._rows[kind])
        if kind == "tables":
            # A column's system is known from its call, even if its table has no record: such tables
            # are added without a name.
            for column in self._rows["columns"].values():
                rows.setdefault(column["table_id"], _nameless_table(column))
        ordered = [rows[packed] for packed in sorted(rows)]
        return pa.Table.from_pylist(ordered, schema=_SCHEMAS[kind])


def _nameless_table(column: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": column["table_id"],
        "integration_source_id": column["_integration_source_id"],
        "kind": "table" if column["kind"] == "column" else "saas_object",
    }


def _table_row(record: BaseModel, integration_source_id: UUID | None) -> tuple[str, dict[str, Any]]:
    """Return the table that a record belongs to, and its row."""
    row: dict[str, Any] = {
        name: value.bytes if isinstance(value, UUID) else value for name, value in record
    }
    known_from_call = integration_source_id.bytes if integration_source_id else None
    target = "integration_sources"
    match record:
        case TableRecord():
            target = "tables"
            row["kind"] = "table"
            row["integration_source_id"] = row["integration_source_id"] or known_from_call
        case SaasObjectRecord():
            target = "tables"
            row |= {"kind": "saas_object", "name": record.object_name}
        case ColumnRecord():
            target = "columns"
            row |= {"kind": "column", "_integration_source_id": known_from_call}
        case SaasFieldRecord():
            target = "columns"
            row |= {
                "kind": "saas_field",
                "table_id": row["saas_object_id"],
                "name": record.field_name,
                "is_nullable": None if record.is_required is None else not record.is_required,
                "_integration_source_id": known_from_call,
            }
        case AssociationRecord():
            target = "associations"
            row |= {"type": record.relationship_type, "evidence": _evidence_json(record.evidence)}
        case RelationshipRecord():
            target = "relationships"
            row |= {"evidence": _evidence_json(record.evidence)}
    return target, row


def _is_unicode(text: str) -> bool:
    """Return whether a text is valid Unicode; JSON can escape half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _evidence_json(evidence: Mapping[str, Any] | None) -> str | None:
    return None if evidence is None else json.dumps(evidence, sort_keys=True)


def _json_without_secrets(kind: str, item: object) -> bytes:
    """Return an invalid record as JSON, without the fields that are never kept."""
    if isinstance(item, dict):
        item = {name: value for name, value in item.items() if name not in _MODELS[kind].left_out}
    return json.dumps(item, default=str).encode()
