"""Tests of the wire contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from hummgraph.records.models import EntityLink, LinkType, Status
from hummgraph.records.schema import LINK_SCHEMA
from tests.support.builders import record, uid

FIELDS = [
    "organization_id",
    "source_integration_source_id",
    "target_integration_source_id",
    "id",
    "created_at",
    "updated_at",
    "source_table_id",
    "source_saas_object_id",
    "source_column_id",
    "source_field_id",
    "target_table_id",
    "target_saas_object_id",
    "target_column_id",
    "target_field_id",
    "link_type",
    "status",
    "confidence_score",
    "evidence",
]


def read(**changes: Any) -> EntityLink:
    """Read a record from JSON."""
    return EntityLink.model_validate_json(json.dumps(record("a/t.x", "b/u.y") | changes))


def test_exactly_the_documented_fields() -> None:
    """A link has the eighteen documented fields in the documented order."""
    assert list(EntityLink.model_fields) == FIELDS
    assert len(FIELDS) == 18


def test_each_field_is_a_column() -> None:
    """Every field of a link has a column, two of them under another name."""
    renamed = {"id": "link_id", "confidence_score": "confidence"}

    assert {renamed.get(name, name) for name in FIELDS} == set(LINK_SCHEMA.names)


def test_defaults_are_the_contracts() -> None:
    """Optional fields have the documented defaults."""
    short = record("a", "b")
    del short["confidence_score"]
    link = EntityLink.model_validate_json(json.dumps(short))

    assert (link.status, link.link_type) == (Status.SUGGESTED, LinkType.PROBABILISTIC)
    assert (link.confidence_score, link.evidence, link.source_table_id) == (None, None, None)


@pytest.mark.parametrize("confidence", ["0.9", True, float("nan"), float("inf"), [0.5], {}])
def test_confidence_is_a_finite_number(confidence: object) -> None:
    """Values that are not finite numbers are refused, not converted."""
    with pytest.raises(ValidationError):
        read(confidence_score=confidence)


@pytest.mark.parametrize("confidence", [0, 1, 0.0, 1.0, 0.5, None])
def test_confidence_in_range_is_kept(confidence: float | None) -> None:
    """Both ends of the range of confidences are valid."""
    assert read(confidence_score=confidence).confidence_score == confidence


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-05T09:30:00Z",
        "2026-01-05t09:30:00z",
        "2026-01-05T09:30:00",
        "2026-01-05T10:30:00+01:00",
        "2026-01-05T09:30:00.000000Z",
    ],
)
def test_times_are_read_into_utc(time: str) -> None:
    """Times with any offset are converted to UTC, and times without one are taken as UTC."""
    assert read(created_at=time).created_at.isoformat() == "2026-01-05T09:30:00+00:00"


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-05",
        1767605400,
        "1767605400",
        "12",
        "",
        None,
        "2026-01-05 09:30:00Z",
        "2026-01-05T25:00:00Z",
        "2026-02-30T09:30:00Z",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-05:00",
        "\u0662026-01-05T09:30:00Z",
    ],
)
def test_other_times_are_refused(time: object) -> None:
    """Dates, numbers, and moments that do not exist or lie outside the calendar are refused."""
    with pytest.raises(ValidationError):
        read(created_at=time)


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        ("2026-01-05", "not an RFC 3339 date-time string"),
        ("2026-02-30T09:30:00Z", "no such date or time of day"),
        ("0001-01-01T00:00:00+23:00", "outside the years 1 to 9999 in UTC"),
    ],
)
def test_a_refused_time_says_why(time: str, problem: str) -> None:
    """The error for an invalid time has a reason and does not hold the value."""
    with pytest.raises(ValidationError) as caught:
        read(created_at=time)

    assert [found["msg"] for found in caught.value.errors()] == [problem]


def test_a_link_can_be_made_in_python() -> None:
    """A link can be built from datetimes in any zone and from the words of the contract."""
    zone = timezone(timedelta(hours=1))
    came = EntityLink.model_validate(record("a/t.x", "b/u.y")).model_dump()
    came |= {
        "created_at": datetime(2026, 1, 5, 10, 30, tzinfo=zone),
        "updated_at": datetime(2026, 1, 5, 9, 30),  # noqa: DTZ001 — without a zone it is UTC
        "status": Status.APPROVED,
    }
    link = EntityLink(**came)

    assert link.created_at == link.updated_at == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    assert link.created_at.tzinfo is link.updated_at.tzinfo is UTC
    assert link.status is Status.APPROVED
    assert read(status="REJECTED", link_type="DETERMINISTIC").status is Status.REJECTED
    assert link.source_field_id == came["source_field_id"]


def test_half_a_surrogate_pair_is_no_word() -> None:
    """Half a surrogate pair is not a valid state or type, as it cannot be written."""
    with pytest.raises(ValidationError) as caught:
        EntityLink.model_validate(record("a", "b") | {"status": "\ud800"})

    (found,) = caught.value.errors(include_input=False)
    assert (found["loc"], found["msg"]) == (("status",), "half a surrogate pair")


def test_unknown_states_are_kept_as_sent() -> None:
    """An unknown state is kept if it is a text, and refused otherwise."""
    link = read(status="ARCHIVED", link_type="GUESSED")

    assert (link.status, link.link_type) == ("ARCHIVED", "GUESSED")
    for wrong in (None, 5, ["APPROVED"]):
        with pytest.raises(ValidationError):
            read(status=wrong)


@pytest.mark.parametrize("spelling", ["upper", "hex", "urn"])
def test_ids_are_one_in_every_spelling(spelling: str) -> None:
    """An id in any spelling is written in lower case with dashes."""
    one = uid("x")
    came = {"upper": one.upper(), "hex": one.replace("-", ""), "urn": f"urn:uuid:{one}"}

    assert str(read(id=came[spelling]).id) == one


def test_evidence_is_an_object_or_null() -> None:
    """Evidence may be any JSON object or null, and nothing else."""
    assert read(evidence={"a": [1, {"b": None}]}).evidence == {"a": [1, {"b": None}]}
    wrongs: list[object] = [[], "x", 5]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            read(evidence=wrong)


def test_prose_of_the_contract_is_held() -> None:
    """The score's range and the single family of ids a side are checked, and all faults listed."""
    with pytest.raises(ValidationError) as caught:
        read(confidence_score=123, source_field_id=uid("f"), target_saas_object_id=uid("o"))
    text = str(caught.value)

    for code in ("ambiguous_endpoint:/source", "ambiguous_endpoint:/target", "confidence_range"):
        assert code in text


def test_errors_hold_no_values() -> None:
    """Errors do not hold values of the record, as they may be printed."""
    with pytest.raises(ValidationError) as caught:
        read(confidence_score="canary@example.com", id="canary@example.com", status=[1, "canary"])

    assert "canary" not in str(caught.value)
    assert "canary" not in repr(caught.value)


def test_unknown_fields_do_no_harm() -> None:
    """Fields that the contract does not name are ignored by the model."""
    assert not hasattr(read(novel=1), "novel")
