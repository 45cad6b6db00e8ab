"""The wire contract: the records of Humm's API, as pydantic models.

The models are strict where a wrong value would change an answer (no ``"0.9"`` for ``0.9``, no NaN,
no epoch seconds for a time) and open where the contract is open (unknown fields are counted,
unknown states are kept as sent). Their errors never hold a value of the record.

The score is called ``confidence_score`` only in this module, as on the wire; everywhere else it is
``confidence``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "AssociationRecord",
    "ColumnRecord",
    "EntityLink",
    "IntegrationSourceRecord",
    "LinkType",
    "OrganizationRecord",
    "Record",
    "RelationshipRecord",
    "SaasFieldRecord",
    "SaasObjectRecord",
    "Status",
    "TableRecord",
]


class Status(StrEnum):
    """Review state of a link.

    Examples
    --------
    >>> Status("APPROVED") is Status.APPROVED
    True
    """

    SUGGESTED = "SUGGESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class LinkType(StrEnum):
    """Method that found a link: an exact match, or a scored one.

    Examples
    --------
    >>> [str(kind) for kind in LinkType]
    ['DETERMINISTIC', 'PROBABILISTIC']
    """

    DETERMINISTIC = "DETERMINISTIC"
    PROBABILISTIC = "PROBABILISTIC"


# The date-time of RFC 3339, which is the meaning of `format: date-time` in a schema. pydantic
# also accepts dates, blanks and numbers in strings ("12" as twelve seconds after 1970).
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)


def _parse_date_time(value: object) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            raise PydanticCustomError("date_time", "no such date or time of day") from None
    else:
        raise PydanticCustomError("date_time", "not an RFC 3339 date-time string")
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("date_time", "outside the years 1 to 9999 in UTC") from None


def known_word(text: str, kind: type[StrEnum]) -> StrEnum | None:
    """Return the word of the contract equal to a text except for case and surrounding blanks.

    Examples
    --------
    >>> known_word(" Approved", Status)
    <Status.APPROVED: 'APPROVED'>
    """
    try:
        return kind(text.strip().upper())
    except ValueError:
        return None


def _parse_word(value: object, kind: type[StrEnum]) -> object:
    """Return the enum member of a known value; leave an unknown string unchanged."""
    if isinstance(value, str):
        word = known_word(value, kind)
        if word is not None:
            return word
        try:
            value.encode()
        except UnicodeEncodeError:
            raise PydanticCustomError("not_unicode", "half a surrogate pair") from None
    return value


Id = Annotated[UUID, Field(strict=False)]
"""A UUID, in any spelling that the standard library reads; written in lower case."""

DateTime = Annotated[datetime, BeforeValidator(_parse_date_time)]
"""A moment, read from an RFC 3339 string; without an offset it is taken as UTC."""

AnyStatus = Annotated[Status | str, BeforeValidator(lambda value: _parse_word(value, Status))]
AnyLinkType = Annotated[LinkType | str, BeforeValidator(lambda value: _parse_word(value, LinkType))]
Json = dict[str, Any]


_TIME_FIELDS = frozenset({"created_at", "updated_at"})
_DESCRIPTION_FIELDS = frozenset(
    {"description_version", "description_source", "description_generated_at"}
)
# Results of profiling. Sample values and signatures are taken from the customer's rows.
_PROFILE_FIELDS = frozenset(
    {
        "sample_values",
        "minhash_signature",
        "format_signature",
        "length_stats",
        "semantic_type_confidence",
        "enum_cardinality",
        "approx_distinct_count",
        "null_pct",
        "entropy",
        "role_confidence",
        "last_analyzed",
    }
)


class Record(BaseModel):
    """Base of all records: strict values, open to unknown fields, errors without values."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        # A pydantic error would print the invalid value, which may be personal data.
        hide_input_in_errors=True,
        # Validators are built on first use, so that importing the package does not wait for them.
        defer_build=True,
    )

    left_out: ClassVar[frozenset[str]] = frozenset()
    """Documented fields that are dropped on reading: secrets, customer data, plumbing."""


class EntityLink(Record):
    """Entity link, with exactly the eighteen fields of the documented reply.

    The range of the score, and the rule that a side is either a database side or a SaaS side, are
    part of the contract's prose and checked here.

    Examples
    --------
    >>> link = EntityLink(
    ...     id="33333333-3333-4333-8333-333333333333",
    ...     organization_id="0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01",
    ...     source_integration_source_id="11111111-1111-4111-8111-111111111111",
    ...     target_integration_source_id="22222222-2222-4222-8222-222222222222",
    ...     created_at="2026-01-05T09:30:00Z",
    ...     updated_at="2026-01-06T10:00:00Z",
    ...     confidence_score=0.87,
    ... )
    >>> link.status, link.link_type, link.confidence_score
    (<Status.SUGGESTED: 'SUGGESTED'>, <LinkType.PROBABILISTIC: 'PROBABILISTIC'>, 0.87)
    """

    organization_id: Id
    source_integration_source_id: Id
    target_integration_source_id: Id
    id: Id
    created_at: DateTime
    updated_at: DateTime
    source_table_id: Id | None = None
    source_saas_object_id: Id | None = None
    source_column_id: Id | None = None
    source_field_id: Id | None = None
    target_table_id: Id | None = None
    target_saas_object_id: Id | None = None
    target_column_id: Id | None = None
    target_field_id: Id | None = None
    link_type: AnyLinkType = LinkType.PROBABILISTIC
    status: AnyStatus = Status.SUGGESTED
    confidence_score: float | None = None
    evidence: Json | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _check_contract(self) -> Self:
        """Raise if the prose of the contract is broken; the first word is the reason code."""
        problems = list(self._contract_problems())
        if problems:
            raise PydanticCustomError(
                "contract_prose", "{problems}", {"problems": " ".join(problems)}
            )
        return self

    def _contract_problems(self) -> list[str]:
        problems = [
            f"ambiguous_endpoint:/{side}"
            for side in ("source", "target")
            if (getattr(self, f"{side}_table_id") or getattr(self, f"{side}_column_id"))
            and (getattr(self, f"{side}_saas_object_id") or getattr(self, f"{side}_field_id"))
        ]
        if self.confidence_score is not None and not 0.0 <= self.confidence_score <= 1.0:
            problems.append("confidence_range:/confidence_score")
        return problems


class OrganizationRecord(Record):
    """Organisation; only the fields that label a graph are kept."""

    left_out = _TIME_FIELDS | {
        "is_active",
        "default_thread_sharing",
        "data_storage_mode",
        "ontology_version",
        "ontology_updated_at",
        "business_ontology",
        "context_modules_config",
        "customer_s3_bucket",
        "customer_s3_region",
        "customer_aws_access_key_id",
        "has_customer_aws_secret_access_key",
        "customer_iam_role_arn",
        "entity_definitions_config",
        "agent_lab_config",
    }

    id: Id
    name: str
    description: str | None = None


class IntegrationSourceRecord(Record):
    """Connected system, such as a CRM or a warehouse."""

    left_out = (
        _TIME_FIELDS
        | _DESCRIPTION_FIELDS
        | {
            "organization_id",
            "is_system",
            "is_sync",
            "capabilities",
            "connection_status",
            "last_connection_test",
            "last_sync_at",
            "last_sync_status",
            "last_sync_row_count",
            "configuration",
            "legacy_data_source_id",
            "system_source_id",
            "airbyte_source_id",
            "airbyte_connection_id",
            "airbyte_connection_ids",
            "airbyte_destination_id",
            "selected_streams",
        }
    )

    id: Id
    name: str
    source_type: str | None = None
    connector_type: str | None = None
    instance_label: str | None = None
    description: str | None = None
    is_active: bool | None = None


class TableRecord(Record):
    """Table of a database. Humm documents no fields of it: only the id is certain."""

    left_out = _TIME_FIELDS | _DESCRIPTION_FIELDS | {"database_id"}

    id: Id
    name: str | None = None
    schema_name: str | None = None
    integration_source_id: Id | None = None
    description: str | None = None
    is_active: bool | None = None


class SaasObjectRecord(Record):
    """Object of a SaaS system, such as Contact."""

    left_out = (
        _TIME_FIELDS
        | _DESCRIPTION_FIELDS
        | {
            "field_null_pct",
            "field_distinct_pct",
            "null_pct_overall",
            "earliest_timestamp",
            "latest_timestamp",
            "date_grain",
            "last_load_timestamp",
            "load_frequency",
            "data_latency_minutes",
            "is_staging_table",
        }
    )

    id: Id
    integration_source_id: Id
    object_name: str
    api_identifier: str | None = None
    description: str | None = None
    is_active: bool | None = None


class ColumnRecord(Record):
    """Column of a table. Sample values and hash signatures are dropped."""

    left_out = _TIME_FIELDS | _DESCRIPTION_FIELDS | _PROFILE_FIELDS

    id: Id
    table_id: Id
    name: str
    data_type: str | None = None
    description: str | None = None
    is_primary_key: bool | None = None
    is_nullable: bool | None = None
    ordinal_position: int | None = None
    semantic_type: str | None = None
    role: str | None = None
    distinct_pct: float | None = None
    is_active: bool | None = None


class SaasFieldRecord(Record):
    """Field of a SaaS object. Sample values and hash signatures are dropped."""

    left_out = _TIME_FIELDS | _DESCRIPTION_FIELDS | _PROFILE_FIELDS

    id: Id
    saas_object_id: Id
    field_name: str
    api_identifier: str | None = None
    data_type: str | None = None
    description: str | None = None
    is_required: bool | None = None
    is_unique: bool | None = None
    semantic_type: str | None = None
    role: str | None = None
    distinct_pct: float | None = None
    is_active: bool | None = None


class AssociationRecord(Record):
    """Association between two objects of one SaaS system."""

    left_out = _TIME_FIELDS | {"metadata_"}

    id: Id
    integration_source_id: Id
    from_object_id: Id
    to_object_id: Id
    association_type_id: str | None = None
    association_label: str | None = None
    association_category: str | None = None
    relationship_type: str | None = None
    status: AnyStatus | None = None
    score: float | None = None
    evidence: Json | None = Field(default=None, repr=False)
    is_active: bool | None = None


class RelationshipRecord(Record):
    """Relationship inside one database: from a column to a column of a table, by name."""

    left_out = _TIME_FIELDS

    id: Id
    integration_source_id: Id
    from_column_id: Id
    to_table_id: Id
    to_column_name: str
    type: str | None = None
    status: AnyStatus | None = None
    score: float | None = None
    evidence: Json | None = Field(default=None, repr=False)
