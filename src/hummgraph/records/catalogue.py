"""The catalogue: what systems, tables and columns there are, and what they are called."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import pyarrow as pa
from pydantic import ValidationError

from hummgraph.errors import ArgumentError, ConfigError, ContractError
from hummgraph.errors.arguments import check_mapping
from hummgraph.frames import Card, Frame, Listing, Shows, counted, title_of, visible
from hummgraph.records.ids import parse_id
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
from hummgraph.records.quarantine import QuarantinedRecord, Reason, reasons_of
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


@dataclass(frozen=True, slots=True)
class Lookup(Shows):
    """How often a catalogue call was made with one outcome.

    Parameters
    ----------
    call
        The call, with its path's ids left as names.
    outcome
        ``"ok"``, an HTTP status such as ``"404"``, or an error's code.
    count
        How often; at least 1.

    Examples
    --------
    >>> Lookup("GET /integration-sources", "404", 1).outcome
    '404'
    """

    call: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Catalogue(Shows):
    """Systems, tables and columns with their names, whether links touch them or not.

    Every table has the schema that :mod:`hummgraph.records.schema` states. Sample values,
    connection settings and other secrets were dropped before anything was kept.

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
    """Names given by the user, by the sixteen bytes of an id; they win over the catalogue's."""
    lookups: tuple[Lookup, ...] = ()
    quarantine: tuple[QuarantinedRecord, ...] = ()
    n_records: int = 0
    """How many records came; each is a row of a table or in ``quarantine``."""
    unknown_fields: Mapping[str, int] = field(default_factory=dict)
    """Fields that the contract does not name, as ``kind.field``, with how often they came."""
    declared: pa.Table | None = None
    """Relationships and associations whose columns are told already, where they did not come as
    records; they stand in place of ``relationships`` and ``associations``."""

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
        """Return a catalogue that knows nothing.

        Examples
        --------
        >>> Catalogue.empty().organization_name is None
        True
        """
        return CatalogueBuilder().build()

    @classmethod
    def from_records(cls, records: Mapping[str, Any]) -> Catalogue:
        """Build a catalogue of records as the API sends them.

        Parameters
        ----------
        records
            For each kind of `CATALOGUE_KINDS` that there is, a list of records (or one record).

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
        """Return the same catalogue with names added that the user knows.

        Parameters
        ----------
        names
            Id (of a system, table, object, column or field) to name.

        Raises
        ------
        ConfigError
            If a key is not an id, or a name is not a non-empty text.

        Examples
        --------
        >>> len(Catalogue.empty().with_names({"11111111-1111-4111-8111-111111111111": "CRM"}).names)
        1
        """
        hint = "read_links(..., names=path) reads a file."
        check_mapping(names, "with_names", "names by id", hint)
        added = dict(self.names)
        for key, name in names.items():
            packed = parse_id(key)
            if packed is None:
                raise ConfigError(
                    f"The names hold the key {key!r}, which is not an id.",
                    hint='Names are an object of id to name: {"3c90c3cc-...": "customers"}.',
                )
            if not isinstance(name, str) or not name:
                raise ConfigError(f"The name given for {key!r} is not a non-empty text.")
            try:
                name.encode()
            except UnicodeEncodeError:
                raise ConfigError(
                    f"The name given for {key!r} holds half of a surrogate pair."
                ) from None
            added[packed] = name
        return replace(self, names=added)


class CatalogueBuilder:
    """Collects replies to catalogue calls and makes a `Catalogue` of them.

    Examples
    --------
    >>> builder = CatalogueBuilder()
    >>> builder.add(
    ...     "integration_sources",
    ...     b'[{"id": "11111111-1111-4111-8111-111111111111", "name": "CRM"}]',
    ... )
    >>> builder.note_lookup("GET /integration-sources", "ok")
    >>> builder.build().lookups
    (Lookup(call='GET /integration-sources', outcome='ok', count=1),)
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[bytes, dict[str, Any]]] = {kind: {} for kind in _SCHEMAS}
        self._organization: OrganizationRecord | None = None
        self._lookups: Counter[tuple[str, str]] = Counter()
        self._unknown: Counter[str] = Counter()
        self._quarantine: list[QuarantinedRecord] = []
        self._n_records = 0
        self._n_replies: Counter[str] = Counter()

    def add(
        self,
        kind: str,
        body: bytes,
        *,
        integration_source_id: UUID | None = None,
        origin: str = "",
    ) -> None:
        """Take in the body of a reply, or the content of a file.

        Parameters
        ----------
        kind
            One of `CATALOGUE_KINDS`.
        body
            JSON: an array of records, or one record.
        integration_source_id
            The system whose tables or columns these are, for records that do not say so.
        origin
            What errors call that which is read; the reply for this kind when not given.

        Raises
        ------
        ArgumentError
            If there is no such kind.
        ContractError
            If the body is not JSON, or neither array nor object.

        Examples
        --------
        >>> CatalogueBuilder().add("tables", b"<html>")
        Traceback (most recent call last):
            ...
        hummgraph.errors.ContractError: The reply for 'tables' is not JSON.
        """
        try:
            # Not as strict as for links: a NaN among statistics that are dropped does no harm.
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            where = ""
            if origin and isinstance(error, json.JSONDecodeError):
                where = f": line {error.lineno:,}, column {error.colno:,}"
            origin = origin or f"The reply for {kind!r}"
            raise ContractError(f"{origin} is not JSON{where}.") from None
        self._add_content(kind, content, integration_source_id, origin or f"The reply for {kind!r}")

    def add_records(
        self, kind: str, content: object, *, integration_source_id: UUID | None = None
    ) -> None:
        """Take in records that are Python objects already.

        Parameters
        ----------
        kind
            One of `CATALOGUE_KINDS`.
        content
            A list of records, or one record.
        integration_source_id
            The system whose tables or columns these are, for records that do not say so.

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
        hummgraph.errors.ArgumentError: No catalogue kind 'views'; there are organization, ...
        """
        self._add_content(kind, content, integration_source_id, f"The value for {kind!r}")

    def _add_content(
        self, kind: str, content: object, integration_source_id: UUID | None, origin: str
    ) -> None:
        if kind not in _MODELS:
            raise ArgumentError(
                f"No catalogue kind {kind!r}; there are {', '.join(CATALOGUE_KINDS)}."
            )
        if isinstance(content, dict):
            content = [content]
        if not isinstance(content, list):
            raise ContractError(f"{origin} is neither an array nor an object.")
        reply = self._n_replies[kind]
        self._n_replies[kind] += 1
        for index, item in enumerate(content):
            self._n_records += 1
            reasons = self._take(kind, item, integration_source_id)
            if reasons:
                self._quarantine.append(
                    QuarantinedRecord(kind, reply, index, reasons, _safe_json(kind, item))
                )

    def _take(
        self, kind: str, item: object, integration_source_id: UUID | None
    ) -> tuple[Reason, ...]:
        model = _MODELS[kind]
        try:
            record: BaseModel = model.model_validate(item)
        except ValidationError as error:
            return reasons_of(error)
        odd = [name for name, value in record if isinstance(value, str) and not _is_unicode(value)]
        if odd:
            return tuple(Reason("not_unicode", f"/{name}") for name in odd)
        known = model.model_fields.keys() | model.left_out
        names = cast("dict[str, Any]", item).keys()  # nothing else passes a model
        self._unknown.update(f"{kind}.{name[:40]}" for name in names - known)
        if isinstance(record, OrganizationRecord):
            self._organization = record
            return ()
        target, row = _row(record, integration_source_id)
        rows = self._rows[target]
        if row["id"] in rows:
            return (Reason("duplicate" if rows[row["id"]] == row else "duplicate_conflict", "/id"),)
        rows[row["id"]] = row
        return ()

    def note_lookup(self, call: str, outcome: str) -> None:
        """Note how a call ended.

        Parameters
        ----------
        call
            The call, with its path's ids left as names.
        outcome
            ``"ok"``, an HTTP status such as ``"404"``, or an error's code.

        Examples
        --------
        >>> CatalogueBuilder().note_lookup("GET /integration-sources", "404")
        """
        self._lookups[call, outcome] += 1

    def has_integration_source(self, integration_source_id: UUID) -> bool:
        """Return whether a system's record has come.

        Examples
        --------
        >>> CatalogueBuilder().has_integration_source(UUID(int=1))
        False
        """
        return integration_source_id.bytes in self._rows["integration_sources"]

    def integration_source_kinds(self) -> dict[UUID, str]:
        """Return each system's ``source_type`` as it was sent, empty when it was not.

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
        """Return the ids of a system's objects, in the order in which they came.

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
        """Build the catalogue of all that was taken in, rows sorted by id.

        Examples
        --------
        >>> CatalogueBuilder().build().tables.num_rows
        0
        """
        organization = self._organization
        return Catalogue(
            **{kind: self._table(kind) for kind in _SCHEMAS},
            organization_id=organization.id if organization else None,
            organization_name=organization.name if organization else None,
            lookups=tuple(
                Lookup(call, outcome, count)
                for (call, outcome), count in sorted(self._lookups.items())
            ),
            quarantine=Listing(self._quarantine),
            n_records=self._n_records,
            unknown_fields=dict(sorted(self._unknown.items())),
        )

    def _table(self, kind: str) -> pa.Table:
        rows = dict(self._rows[kind])
        if kind == "tables":
            # A column's system is known through the call that brought it, even when nothing can
            # be learnt about its table: such tables stand here without a name.
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


def _row(record: BaseModel, integration_source_id: UUID | None) -> tuple[str, dict[str, Any]]:
    """Name the table that a record belongs to, and its row."""
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


def _safe_json(kind: str, item: object) -> bytes:
    """Write a refused record down without the fields that are never kept."""
    if isinstance(item, dict):
        item = {name: value for name, value in item.items() if name not in _MODELS[kind].left_out}
    return json.dumps(item, default=str).encode()
