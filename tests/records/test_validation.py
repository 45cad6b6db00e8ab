"""Tests of validation: what is kept, what is set aside, and agreement with the reference."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hummgraph.errors import ContractError, InvalidRecordError
from hummgraph.records import validation
from hummgraph.records.models import EntityLink, LinkType, Status, TableRecord
from hummgraph.records.quarantine import REASON_CODES, Drift, QuarantinedRecord, Reason, reasons_of
from hummgraph.records.schema import LINK_SCHEMA
from hummgraph.records.strict_json import printable, strict_json
from hummgraph.records.validation import validate_links
from hummgraph.records.verdicts import ValidatedLinks, validate_record
from tests.support.places import SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence

ORGANIZATION = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
OTHER_ORGANIZATION = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a02"
CRM = "11111111-1111-4111-8111-111111111111"
SHOP = "22222222-2222-4222-8222-222222222222"
TABLE = "33333333-3333-4333-8333-333333333333"
OBJECT = "44444444-4444-4444-8444-444444444444"
COLUMN = "55555555-5555-4555-8555-555555555555"
FIELD = "66666666-6666-4666-8666-666666666666"
CANARY = "ada@example.com"
CHUNK_SIZES = (1, 100, 2_000, 1 << 20)


def link_id(number: int) -> str:
    """Return an id by number."""
    return str(UUID(int=number + (1 << 100)))


def fields(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a record's fields in the order of the wire; ``...`` removes a field."""
    record: dict[str, Any] = {
        "organization_id": ORGANIZATION,
        "source_integration_source_id": CRM,
        "target_integration_source_id": SHOP,
        "id": link_id(number),
        "created_at": "2026-01-05T09:30:00Z",
        "updated_at": "2026-01-06T10:00:00Z",
        "source_table_id": TABLE,
        "source_saas_object_id": None,
        "source_column_id": COLUMN,
        "source_field_id": None,
        "target_table_id": None,
        "target_saas_object_id": OBJECT,
        "target_column_id": None,
        "target_field_id": FIELD,
        "link_type": "PROBABILISTIC",
        "status": "SUGGESTED",
        "confidence_score": 0.87,
        "evidence": {"method": "similarity", "name_similarity": 0.8},
    } | changes
    return {name: value for name, value in record.items() if value is not ...}


def wire(number: int = 1, **changes: Any) -> bytes:
    """Write a record as the API does."""
    return json.dumps(fields(number, **changes), separators=(",", ":")).encode()


def with_text(field: str, text: str, number: int = 1) -> bytes:
    """Write a record with the JSON text of one value as given."""
    return wire(number, **{field: "@"}).replace(b'"@"', text.encode(errors="surrogatepass"))


def array(*records: bytes) -> bytes:
    """Build a reply of records."""
    return b"[" + b",".join(records) + b"]"


def validated(
    *replies: bytes, organization: str | None = None, chunk_size: int = 1 << 20
) -> ValidatedLinks:
    """Validate replies, and check properties that hold for every result."""
    result = validation._validate(
        [lambda reply=reply: io.BytesIO(reply) for reply in replies],  # type: ignore[misc]
        None if organization is None else UUID(organization),
        chunk_size,
    )
    assert result.n_records == result.links.num_rows + len(result.quarantine)
    assert result.links.schema == LINK_SCHEMA
    result.links.validate(full=True)
    places = [(record.reply, record.index) for record in result.quarantine]
    assert places == sorted(set(places))
    assert {r.code for q in result.quarantine for r in q.reasons} <= REASON_CODES.keys()
    return result


def reasons(record: bytes) -> list[tuple[str, str]]:
    """Return the reference's reasons against a record, which fast validation must equal."""
    with pytest.raises(InvalidRecordError) as caught:
        validate_record(record)
    assert CANARY not in str(caught.value)
    (quarantined,) = validated(array(record)).quarantine
    assert quarantined.record == record
    assert [(r.code, r.pointer) for r in quarantined.reasons] == list(caught.value.reasons)
    return list(caught.value.reasons)


def codes(result: ValidatedLinks) -> list[str]:
    """Return the first reason of every record set aside."""
    return [record.reasons[0].code for record in result.quarantine]


# One record ---------------------------------------------------------------------------------------


def test_a_good_record_is_read() -> None:
    """A record that keeps the contract is returned with its values."""
    link = validate_record(wire())
    assert link.id == UUID(link_id(1))
    assert link.confidence_score == 0.87
    assert link.evidence == {"method": "similarity", "name_similarity": 0.8}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (b"", ("not_json", "")),
        (b"{", ("not_json", "")),
        (b"\xff", ("not_utf8", "")),
        (b"[" * 101 + b"]" * 101, ("too_deep", "")),
        (b"[" * 100_000, ("too_deep", "")),
    ],
)
def test_what_is_no_json(record: bytes, expected: tuple[str, str]) -> None:
    """Text that is not JSON is refused before any other check."""
    with pytest.raises(InvalidRecordError) as caught:
        validate_record(record)
    assert caught.value.reasons == (expected,)


@pytest.mark.parametrize("record", [b"1", b"null", b'"x"', b"[]", b"[{}]", b"true"])
def test_what_is_no_object(record: bytes) -> None:
    """A record that is not an object is refused."""
    assert reasons(record) == [("not_object", "")]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (wire(id=...), ("missing_field", "/id")),
        (wire(id=None), ("invalid_uuid", "/id")),
        (wire(id=7), ("invalid_uuid", "/id")),
        (wire(id=CANARY), ("invalid_uuid", "/id")),
        (wire(source_table_id=""), ("invalid_uuid", "/source_table_id")),
        (wire(source_table_id="g" + TABLE[1:]), ("invalid_uuid", "/source_table_id")),
        (wire(created_at=1_767_605_400), ("date_time", "/created_at")),
        (wire(created_at="2026-01-05"), ("date_time", "/created_at")),
        (wire(created_at="2026-02-30T00:00:00Z"), ("date_time", "/created_at")),
        (wire(updated_at="0001-01-01T00:00:00+01:00"), ("date_time", "/updated_at")),
        (wire(status=None), ("wrong_type", "/status")),
        (wire(link_type=3), ("wrong_type", "/link_type")),
        (with_text("status", '"\\ud800"'), ("not_unicode", "/status")),
        (wire(confidence_score="0.9"), ("wrong_type", "/confidence_score")),
        (wire(confidence_score=True), ("wrong_type", "/confidence_score")),
        (wire(confidence_score=1.01), ("confidence_range", "/confidence_score")),
        (wire(confidence_score=-1), ("confidence_range", "/confidence_score")),
        (with_text("confidence_score", "NaN"), ("not_finite", "/confidence_score")),
        (with_text("confidence_score", "1e999"), ("not_finite", "/confidence_score")),
        (with_text("confidence_score", "-Infinity"), ("not_finite", "/confidence_score")),
        (wire(evidence=[1]), ("wrong_type", "/evidence")),
        (wire(evidence=CANARY), ("wrong_type", "/evidence")),
        (with_text("evidence", '{"a":[0,{"b":1e999}]}'), ("not_finite", "/evidence/a/1/b")),
        (with_text("evidence", '{"a":{"b":1,"b":1}}'), ("duplicate_key", "/evidence/a/b")),
        (with_text("evidence", '{"a":%s}' % ("1" * 4301)), ("integer_too_long", "/evidence/a")),
        (with_text("evidence", '{"a/b~c":NaN}'), ("not_finite", "/evidence/a~1b~0c")),
        (
            with_text("evidence", '{"\\u001b\\ud800":NaN}'),
            ("not_finite", "/evidence/\\u001b\\ud800"),
        ),
        (with_text("evidence", '{"a":' * 99 + "{}" + "}" * 99), ("too_deep", "")),
        (wire()[:-1] + b',"id":"' + CANARY.encode() + b'"}', ("duplicate_key", "/id")),
        (wire()[:-1] + b',"\\u0069d":1}', ("duplicate_key", "/id")),
        (wire()[:-1] + b',"new":{"x":NaN}}', ("not_finite", "/new/x")),
        (wire(source_saas_object_id=OBJECT), ("ambiguous_endpoint", "/source")),
        (wire(target_column_id=COLUMN), ("ambiguous_endpoint", "/target")),
    ],
)
def test_reasons(record: bytes, expected: tuple[str, str]) -> None:
    """Each fault has its code and its place in the record."""
    assert reasons(record) == [expected]


def test_every_reason_is_given() -> None:
    """A record with several faults has a reason for each, in the order of its fields."""
    record = wire(id=..., created_at="x", confidence_score="1")
    assert reasons(record) == [
        ("missing_field", "/id"),
        ("date_time", "/created_at"),
        ("wrong_type", "/confidence_score"),
    ]


def test_the_documented_sample_breaks_the_contract_three_times() -> None:
    """The documented sample has ids of both families on both sides, and a confidence of 123."""
    both: dict[str, Any] = {
        f"{side}_{end}": TABLE
        for side in ("source", "target")
        for end in ("table_id", "saas_object_id", "column_id", "field_id")
    }
    expected = [
        ("ambiguous_endpoint", "/source"),
        ("ambiguous_endpoint", "/target"),
        ("confidence_range", "/confidence_score"),
    ]
    assert reasons(wire(**both, confidence_score=123, evidence={})) == expected


def test_the_documentation_itself() -> None:
    """The documentation's own sample is refused, if it is available beside the project."""
    sample = SHARED / "contract" / "entity_link_sample.json"
    if not sample.exists():
        pytest.skip("needs the documentation's sample beside the project")
    (quarantined,) = validated(sample.read_bytes()).quarantine
    assert [reason.code for reason in quarantined.reasons] == [
        "ambiguous_endpoint",
        "ambiguous_endpoint",
        "confidence_range",
    ]


def test_a_real_organisation_is_kept_whole(real_organization: Path) -> None:
    """Eight thousand generated links are all kept and none of them is odd."""
    reply = gzip.decompress((real_organization / "entity_links.json.gz").read_bytes())
    result = validated(reply)
    assert (result.links.num_rows, len(result.quarantine)) == (8_338, 0)
    assert not any(result.flags.values())


def test_pointers_are_cut_at_100_characters() -> None:
    """A long key does not make a reason longer than 100 characters."""
    ((_, pointer),) = reasons(with_text("evidence", '{"%s":{"b":NaN}}' % ("k" * 500)))
    assert len(pointer) == 100


def test_neither_errors_nor_quarantine_show_values() -> None:
    """Errors and the repr of the quarantine do not show values of a record."""
    record = wire(id=CANARY, status=CANARY)
    with pytest.raises(InvalidRecordError) as caught:
        validate_record(record)
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert CANARY not in repr(validated(array(record)))


def test_every_code_is_documented() -> None:
    """Each reason code has a description."""
    assert all(re.fullmatch(r"[A-Z].*\.", sentence) for sentence in REASON_CODES.values())


def test_model_errors_of_other_kinds_are_translated_too() -> None:
    """Errors of the catalogue's models are translated to the same codes, each once."""
    with pytest.raises(ValidationError) as caught:
        TableRecord.model_validate({"id": "x", "name": 3})
    assert reasons_of(caught.value) == (
        Reason("invalid_uuid", "/id"),
        Reason("wrong_type", "/name"),
    )


def test_brackets_in_a_text_are_no_nesting() -> None:
    """Nothing is left of it outside of the text; an escape that JSON does not have is no JSON."""
    assert strict_json(b'"' + b"[" * 200 + b'"') == "[" * 200
    with pytest.raises(InvalidRecordError, match="not_json"):
        strict_json(b'"\\x' + b"[" * 200 + b'"')


def test_strict_json_reads_any_value() -> None:
    """Strict reading accepts any value that JSON allows."""
    assert strict_json(b' [1, -2.5e1, "\\u0000", null] ') == [1, -25.0, "\0", None]


# Many records -------------------------------------------------------------------------------------


def test_columns_hold_the_values() -> None:
    """Every field of a record is stored in its column."""
    row = validated(array(wire())).links.to_pylist()[0]
    assert row.pop("created_at").isoformat() == "2026-01-05T09:30:00+00:00"
    assert row.pop("updated_at").isoformat() == "2026-01-06T10:00:00+00:00"
    assert row == {
        "link_id": UUID(link_id(1)).bytes,
        "organization_id": UUID(ORGANIZATION).bytes,
        "source_integration_source_id": UUID(CRM).bytes,
        "target_integration_source_id": UUID(SHOP).bytes,
        "source_table_id": UUID(TABLE).bytes,
        "source_saas_object_id": None,
        "source_column_id": UUID(COLUMN).bytes,
        "source_field_id": None,
        "target_table_id": None,
        "target_saas_object_id": UUID(OBJECT).bytes,
        "target_column_id": None,
        "target_field_id": UUID(FIELD).bytes,
        "link_type": "PROBABILISTIC",
        "status": "SUGGESTED",
        "confidence": 0.87,
        "evidence": '{"method":"similarity","name_similarity":0.8}',
    }


@pytest.mark.parametrize("text", ['{ "a" : [1,\t2] }', '{"a":"\\ud800\\u0000"}', "{}"])
def test_evidence_is_kept_as_it_came(text: str) -> None:
    """The bytes of evidence are kept unchanged."""
    result = validated(array(with_text("evidence", text)))
    assert result.links["evidence"].to_pylist() == [text]


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
def test_many_records_in_several_replies(chunk_size: int) -> None:
    """Replies are read one after the other, and rows keep the order of the records."""
    replies = [array(*(wire(n) for n in range(start, start + 40))) for start in (100, 0)]
    result = validated(*replies, chunk_size=chunk_size)
    expected = [UUID(link_id(n)).bytes for n in (*range(100, 140), *range(40))]
    assert result.links["link_id"].to_pylist() == expected


def test_many_batches_share_their_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are joined, and each column has a single dictionary."""
    monkeypatch.setattr("hummgraph.records.decode.builder._BATCH_ROWS", 10)
    records = [wire(n, source_column_id=link_id(500 + n % 17)) for n in range(95)]
    links = validated(array(*records), chunk_size=2_000).links
    column = links["source_column_id"]
    assert column.num_chunks > 2
    assert len({chunk.dictionary.to_pylist().__repr__() for chunk in column.chunks}) == 1
    assert column.to_pylist() == [UUID(link_id(500 + n % 17)).bytes for n in range(95)]


def test_absent_fields_have_their_defaults() -> None:
    """A record with only the six required fields is kept, with defaults for the others."""
    names = list(fields())[6:]
    absent: dict[str, Any] = dict.fromkeys(names, ...)
    result = validated(array(wire(**absent), wire(2)))
    row = result.links.to_pylist()[0]
    assert (row["link_type"], row["status"]) == ("PROBABILISTIC", "SUGGESTED")
    assert [row[name] for name in names[:8]] == [None] * 8
    assert (row["confidence"], row["evidence"]) == (None, None)
    assert result.flags["system_level"] == 1


def test_nulls_stay_null() -> None:
    """A null stays null, and is valid where the contract allows it."""
    result = validated(array(wire(confidence_score=None, evidence=None), wire(2)))
    assert result.links["confidence"].to_pylist() == [None, 0.87]
    assert result.links["evidence"].null_count == 1
    assert result.flags["null_confidence"] == 1


def test_integers_are_numbers() -> None:
    """A score of 1 equals a score of 1.0."""
    assert validated(array(wire(confidence_score=1))).links["confidence"].to_pylist() == [1.0]


@pytest.mark.parametrize(
    "spelling",
    [
        COLUMN.upper(),
        f"urn:uuid:{COLUMN}",
        f"{{{COLUMN}}}",
        COLUMN.replace("-", ""),
    ],
)
def test_ids_in_other_spellings_are_the_same_ids(spelling: str) -> None:
    """Ids in upper case, as URN, in braces and without dashes are read as the same id."""
    records = [wire(1), wire(2, source_column_id=spelling), wire(3, id=spelling)]
    links = validated(array(*records)).links
    assert len(set(links["source_column_id"].to_pylist())) == 1
    assert links["link_id"].to_pylist()[2] == UUID(COLUMN).bytes


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-05T09:30:00", "2026-01-05T09:30:00+00:00"),
        ("2026-01-05t09:30:00z", "2026-01-05T09:30:00+00:00"),
        ("2026-01-05T09:30:00.5Z", "2026-01-05T09:30:00.500000+00:00"),
        ("2026-01-05T09:30:00.123456789Z", "2026-01-05T09:30:00.123456+00:00"),
        ("2026-01-05T09:30:00.25+02:00", "2026-01-05T07:30:00.250000+00:00"),
        ("2024-02-29T23:30:00-05:30", "2024-03-01T05:00:00+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_times_in_all_forms(text: str, moment: str) -> None:
    """RFC 3339 times are read to the microsecond in UTC, also next to times in the usual form."""
    links = validated(array(wire(1), wire(2, created_at=text), wire(3))).links
    assert links["created_at"].to_pylist()[1].isoformat() == moment
    assert links["created_at"].to_pylist()[2].isoformat() == "2026-01-05T09:30:00+00:00"


def test_a_time_in_other_digits_is_refused_alone() -> None:
    """A time in other digits sets its record aside, and the other times are read."""
    times = ["2026-01-05T09:30:00Z", "2026-01-05T09:30:00.5Z", "\u0662026-01-05T09:30:00.5Z"]
    records = [wire(n, created_at=time) for n, time in enumerate(times)]
    result = validated(array(*records))
    assert [r.reasons for r in result.quarantine] == [(Reason("date_time", "/created_at"),)]
    assert result.quarantine[0].index == 2


def test_words_are_in_the_order_of_the_contract() -> None:
    """The dictionary has known states first and then others sorted, all kept as sent."""
    states = ["ZEBRA", "REJECTED", "ARCHIVED", "SUGGESTED", "ZEBRA"]
    result = validated(array(*(wire(n, status=state) for n, state in enumerate(states))))
    assert result.links["status"].to_pylist() == states
    dictionary = result.links["status"].chunk(0).dictionary.to_pylist()
    assert dictionary == [*map(str, Status), "ARCHIVED", "ZEBRA"]
    assert result.links["link_type"].chunk(0).dictionary.to_pylist() == list(map(str, LinkType))
    assert result.drift.unknown_values == {"status=ZEBRA": 2, "status=ARCHIVED": 1}


def test_drift_is_cut_and_printable() -> None:
    """Names and values in the drift are cut and printable, so they cannot confuse a terminal."""
    record = wire(status="\x1b" + "x" * 100, **{"y\u202e" + "z" * 200: 1})
    drift = validated(array(record)).drift
    assert drift.unknown_values == {"status=\\u001b" + "x" * 39: 1}
    assert drift.unknown_fields == {"y\\u202e" + "z" * 98: 1}


def test_drift_that_is_cut_alike_is_counted_together() -> None:
    """Values that are equal when cut are counted together."""
    records = [wire(n, status="x" * (50 + n)) for n in range(3)]
    assert validated(array(*records)).drift.unknown_values == {"status=" + "x" * 40: 3}


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
def test_unknown_fields_are_counted(chunk_size: int) -> None:
    """Unknown fields are counted exactly, also in chunks with records that the reference checks."""
    records = [
        wire(1, new=1),
        wire(2, new={"nested": [{"id": 1}]}, other=None),
        wire(3),
        wire(4, new=1, id="bad"),
        wire(5, new=2, id=link_id(5).upper().replace("-", "")),
    ]
    result = validated(array(*records), chunk_size=chunk_size)
    assert result.drift == Drift({"new": 3, "other": 1}, {})


@pytest.mark.parametrize("n_bad", [1, 7])
def test_a_bad_record_costs_only_itself(n_bad: int) -> None:
    """A bad record does not affect its neighbours in the chunk, and its bytes are kept."""
    bad = with_text("evidence", ' {"a":NaN}')
    records = [bad if n % 10 < n_bad else wire(n) for n in range(30)]
    result = validated(array(*records))
    assert result.links.num_rows == 30 - 3 * n_bad
    assert {record.record for record in result.quarantine} == {bad}
    assert codes(result) == ["not_finite"] * 3 * n_bad


def test_flags() -> None:
    """Valid but unusual links are counted by flag."""
    column = {"target_saas_object_id": None, "target_field_id": None}
    tomorrow = (datetime.now(UTC) + timedelta(hours=23)).isoformat()
    bare = dict.fromkeys([name for name in fields() if re.match("(source|target)_[^i]", name)])
    records = [
        wire(1, **column, target_table_id=TABLE, target_column_id=COLUMN),  # one column
        wire(2, **column, target_column_id=COLUMN),  # one column, once without its table
        wire(3, **column, target_table_id=TABLE, target_column_id=FIELD),  # one table
        wire(4, **column, target_table_id=TABLE, source_column_id=None),  # a table and itself
        wire(5, **bare, target_integration_source_id=CRM),  # a system and itself
        wire(6, target_saas_object_id=None),  # a field without its object
        wire(7, created_at="2026-01-06T10:00:01Z", updated_at="2026-01-06T10:00:00"),
        wire(8, **bare),  # two systems
        wire(9, confidence_score=None),
        wire(10, updated_at="9999-12-31T23:59:59Z"),
        wire(11, created_at=tomorrow, updated_at=tomorrow),  # a clock ahead, or another date
        wire(12, evidence={"quote": "x" * (1 << 20)}),
        wire(13, status=" Approved", link_type="deterministic"),
    ]
    assert validated(array(*records)).flags == {
        "self_link": 4,
        "self_table": 1,
        "system_level": 2,
        "orphan_column": 2,
        "updated_before_created": 1,
        "naive_time": 1,
        "future_time": 1,
        "large_evidence": 1,
        "null_confidence": 1,
        "respelled": 1,
    }


# Records against each other -----------------------------------------------------------------------


def test_an_exact_duplicate_is_set_aside_and_not_bad() -> None:
    """The first of exact duplicates is kept; spelling and 1 against 1.0 make no difference."""
    first = with_text("evidence", '{"a":1,"b":[2.0,"x"]}')
    again = json.dumps(fields(evidence={"b": [2, "x"], "a": 1.0}), indent=1).encode()
    other = with_text("evidence", '{"a":true,"b":[2,"x"]}', number=2)
    result = validated(array(first, other, again), array(again))
    assert result.links.num_rows == 2
    assert [(r.reply, r.index, r.record) for r in result.quarantine] == [
        (0, 2, again),
        (1, 0, again),
    ]
    assert codes(result) == ["duplicate"] * 2
    assert not any(record.is_bad for record in result.quarantine)


def test_true_is_not_one() -> None:
    """Evidence is compared as JSON, where true and 1 differ."""
    records = [with_text("evidence", text) for text in ('{"a":1}', '{"a":true}')]
    assert codes(validated(array(*records))) == ["duplicate_conflict"]


def test_the_newest_of_conflicting_records_wins() -> None:
    """Of conflicting records the one updated last is kept, whatever the order."""
    old, new = wire(status="APPROVED"), wire(status="REJECTED", updated_at="2026-02-01T00:00:00Z")
    for records in ((old, new), (new, old)):
        result = validated(array(*records))
        assert result.links["status"].to_pylist() == ["REJECTED"]
        assert codes(result) == ["duplicate_conflict"]
        assert result.quarantine[0].record == old
        assert result.quarantine[0].is_bad


def test_ties_do_not_depend_on_the_order() -> None:
    """Of equally new records the same one is kept in any order, in one reply or two."""
    records = [wire(confidence_score=score) for score in (0.1, None, 0.3)]
    kept = {
        str(validated(*replies).links["confidence"].to_pylist())
        for order in itertools.permutations(records)
        for replies in ([array(*order)], [array(order[0]), array(*order[1:])])
    }
    assert len(kept) == 1


def test_duplicates_are_found_again_in_every_layout() -> None:
    """The text of a duplicate is exact in arrays and lines, across chunks and replies."""
    twins = [wire(n, evidence={"n": n}) for n in range(30)]
    lines = b"\r\n".join(twins) + b"\r\n"
    pretty = json.dumps([json.loads(twin) for twin in twins], indent=2).encode()
    for chunk_size in CHUNK_SIZES:
        result = validated(array(*twins), lines, pretty, chunk_size=chunk_size)
        assert result.links.num_rows == 30
        assert codes(result) == ["duplicate"] * 60
        assert [r.record for r in result.quarantine if r.reply == 1] == twins
        assert [json.loads(r.record) for r in result.quarantine if r.reply == 2] == [
            json.loads(twin) for twin in twins
        ]


def test_records_of_another_organisation_are_set_aside() -> None:
    """The requested organisation is kept, else the one with most links, else the smallest id."""
    ours, other = wire(1), [wire(n, organization_id=OTHER_ORGANIZATION) for n in (2, 3)]
    result = validated(array(ours, *other), organization=ORGANIZATION)
    assert [record.reasons for record in result.quarantine] == [
        (Reason("wrong_org", "/organization_id"),)
    ] * 2
    assert [record.record for record in result.quarantine] == other
    assert result.links["organization_id"].chunk(0).dictionary.to_pylist() == [
        UUID(ORGANIZATION).bytes
    ]
    assert codes(validated(array(ours, *other))) == ["wrong_org"]
    (quarantined,) = validated(array(other[0], ours)).quarantine
    assert quarantined.record == other[0]


def test_a_refused_record_says_all_that_is_wrong() -> None:
    """Every fault has its code and place; a fault of the whole record has no place."""
    with pytest.raises(InvalidRecordError) as caught:
        validate_record(wire(id="x", created_at=5))
    assert str(caught.value).startswith(
        "The record breaks the contract: invalid_uuid at /id, date_time at /created_at."
    )
    with pytest.raises(InvalidRecordError, match=r"breaks the contract: not_json\."):
        validate_record(b"{")


def test_only_links_of_another_organisation_are_an_alarm() -> None:
    """Links that all belong to another organisation raise an error that does not name it."""
    with pytest.raises(ContractError, match="All 1 links belong to another organisation") as caught:
        validated(array(wire(), b"{}"), organization=OTHER_ORGANIZATION)
    assert caught.value.hint == "Check the organisation id and the organisation of the token."


def test_no_links_are_no_alarm() -> None:
    """A reply without links is valid, as an organisation may have none."""
    result = validated(b"[]", b" [ ] ", organization=ORGANIZATION)
    assert (result.n_records, result.links.num_rows) == (0, 0)
    assert validate_links([]).n_records == 0


# Whole replies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (b"", "The reply is empty"),
        (b" \n" * 50, "The reply is empty"),
        (b"\xef\xbb\xbf", "The reply is empty"),
        (b" <!DOCTYPE html>", "starts like HTML"),
        (b"null", "neither a JSON array"),
        (b'"a"', "neither a JSON array"),
        (b'{"detail":"Not a member."}', 'the API says: "Not a member."'),
        (b'{"detail":[{"loc":["x"],"msg":"bad"},{"msg":"worse"},3]}', '"bad; worse"'),
        (b'{"detail":"' + b"x" * 500 + b'"}', '"x{200}"'),
        (b'{"detail":"\\u001b[31m"}', r'"\\u001b'),
        (b'{"items":[]}', "one object, not an array"),
        (b'{"items":[' + wire() + b"]}", "one object, not an array"),
        (b'{\n"items":\n[\n' + wire() + b",\n" + wire(2) + b"\n]}", "one object"),
        (b"[", "ends after 0 complete records"),
        (array(wire(1), wire(2))[:-1], "ends after 2 complete records"),
        (array(wire(1), wire(2))[:-2], "ends after 1 complete record\\."),
        (array(wire(1), wire(2))[:-30], "ends after 1 complete record\\."),
        (array(wire(1), b'{"a":"'), "ends after 1 complete record\\."),
        (array(wire(1)) + b"[]", "The reply goes on after its array"),
        (array(wire(1)) + b" " * 300 + b"[" + wire(2) + b"]", "The reply goes on after its array"),
        (array(wire(1), b"{}}"), "The reply goes on after its array"),
        (wire(1) + b"\n" + wire(2)[:-1], "ends after 1 complete record\\."),
        (b"[" * 100_000, "ends after 0 complete records"),
        (array(wire(1), wire(2)).decode().encode("utf-16"), "UTF-16"),
        (array(wire(1), wire(2)).decode().encode("utf-16-be"), "UTF-16"),
        (array(wire(1), wire(2)).decode().encode("utf-32-le"), "UTF-16 or UTF-32"),
        (array(wire(1), wire(2, status="@")).replace(b"@", b"\xe9"), "not UTF-8: byte"),
    ],
)
def test_replies_that_are_not_what_the_contract_describes(
    reply: bytes, message: str, chunk_size: int
) -> None:
    """A reply that breaks the contract as a whole raises an error with the reason."""
    if chunk_size == 1 and len(reply) > 10_000:
        chunk_size = 100
    with pytest.raises(ContractError, match=message) as caught:
        validated(reply, chunk_size=chunk_size)
    assert not isinstance(caught.value, InvalidRecordError)
    assert link_id(2) not in str(caught.value)


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
def test_the_offset_of_what_is_not_utf_8_is_told(chunk_size: int) -> None:
    """The error names the offset, also of a character that is cut off."""
    good = b'["\xc3\xa9",'
    for bad in (b"\xe9", b"\xc3(", b"\xe2\x82x"):
        with pytest.raises(ContractError, match=rf"byte {len(good)} cannot be decoded"):
            validated(good + bad + b"]", chunk_size=chunk_size)


def test_a_record_may_not_be_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record has a maximum size, so that memory is bounded even if a string never ends."""
    monkeypatch.setattr("hummgraph.records.decode.chunks._MAX_RECORD_BYTES", 1_000)
    with pytest.raises(ContractError, match="longer than"):
        validated(b'["' + b"x" * 5_000, chunk_size=100)


@pytest.mark.parametrize("chunk_size", [100, 1 << 20])
def test_deep_nesting_is_a_bad_record(chunk_size: int) -> None:
    """A record nested a hundred thousand levels deep is set aside without a stack overflow."""
    deep = b"[" * 100_000 + b"]" * 100_000
    result = validated(array(wire(1), deep, wire(2)), chunk_size=chunk_size)
    assert codes(result) == ["too_deep"]
    assert result.links.num_rows == 2


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
def test_commas_too_many_are_bad_records(chunk_size: int) -> None:
    """A missing element between commas is counted and set aside."""
    reply = b"[," + wire(1) + b", ," + wire(2) + b" , ]"
    result = validated(reply, chunk_size=chunk_size)
    assert [(r.index, r.record) for r in result.quarantine] == [(0, b""), (2, b""), (4, b"")]
    assert codes(result) == ["not_json"] * 3


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b" \r\n"])
def test_layouts_of_a_reply(before: bytes, chunk_size: int) -> None:
    """Replies may be compact, pretty-printed or on lines, with a byte order mark or white space."""
    records = [fields(n) for n in range(8)]
    pretty = json.dumps(records, indent=4).encode()
    lines = b"\n\n".join(wire(n) for n in range(8))
    for reply in (array(*(wire(n) for n in range(8))), pretty, lines, lines + b"\n"):
        result = validated(before + reply, chunk_size=chunk_size)
        assert (result.links.num_rows, result.quarantine) == (8, ())


def test_one_record_is_a_reply_of_one_line() -> None:
    """A single record is read as a reply of one line, even if it is printed over several lines."""
    for reply in (wire(), json.dumps(fields(), indent=1).encode()):
        assert validated(reply).links.num_rows == 1
    assert codes(validated(wire(id="x"))) == ["invalid_uuid"]


@pytest.mark.parametrize("chunk_size", CHUNK_SIZES)
def test_a_line_is_a_record(chunk_size: int) -> None:
    """Two records on a line, or one on two lines, are set aside, and the others are kept."""
    one, two, three = wire(1), wire(2), wire(3)
    split = wire(4).replace(b',"status"', b'\n,"status"')
    pairs = one + b"\n" + two + two + b"\n" + split + b"\n" + three + b"\n"
    result = validated(pairs, chunk_size=chunk_size)
    assert result.links.num_rows == 2
    assert codes(result) == ["not_json"] * 3


# The fast way and the reference -------------------------------------------------------------------

SPELLINGS = st.sampled_from(
    [
        "{}".format,
        str.upper,
        str.title,
        "urn:uuid:{}".format,
        "{{{}}}".format,
        " {}".format,
        "{}0".format,
        "{}\n".format,
        lambda text: text.replace("-", ""),
        lambda text: text.replace("-", " "),
        lambda text: text[:-1],
        lambda text: "g" + text[1:],
        lambda text: "\u0665" + text[1:],
        lambda text: text[:-1] + "\n" + text[:-1],
        lambda text: text[:8] + text[9:] + "-",
        lambda text: text[:7] + "-" + text[7:],
        lambda _: "",
    ]
)
TIME_TEXTS = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(
        [
            "2026-01-05T09:30:00",
            "2026-01-05t09:30:00z",
            "2026-01-05 09:30:00Z",
            "2026-01-05",
            "2026-01-05T09:30Z",
            "2026-01-05T24:00:00Z",
            "2026-01-05T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-05T09:60:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-01-05T09:30:00.Z",
            "2026-01-05T09:30:00.1",
            "2026-01-05T09:30:00.123456789+05:30",
            "2026-01-05T09:30:00.1234567891Z",
            "2026-01-05T09:30:00+24:00",
            "2026-01-05T09:30:00+05:60",
            "2026-01-05T09:30:00+0530",
            "2026-01-05T09:30:00+05:30:15",
            "\u0662026-01-05T09:30:00Z",
            "2026-01-05T09:30:00\u017a",
            "2026-01-05T09:30:00Z\n",
            "1767605400",
            "",
        ]
    ),
)
SCORES = st.one_of(
    st.floats(0, 1).map(repr),
    st.sampled_from(
        [
            "0",
            "1",
            "-0",
            "0.0",
            "-0.0",
            "1.0",
            "1.0000000000000002",
            "2",
            "-1e-9",
            "1e-400",
            "1E0",
            "0.5e+0",
            "123",
            "null",
            "true",
            "false",
            '"0.9"',
            "NaN",
            "Infinity",
            "-Infinity",
            "1e999",
            "-1e999",
            "[]",
            "{}",
            "1e400",
            "01",
            "1.",
            ".5",
            "+1",
            "0x1",
            "1_0",
        ]
    ),
    st.just("0." + "3" * 400),
    st.just("1" * 400),
    st.just("1" * 4_301),
)
NAMES = st.sampled_from(
    ["a", "id", "evidence", "é", 'q\\"', "\\u0061", "\\ud800", "", "a:b", "\\\\"]
)
STRINGS = st.sampled_from(
    [
        "x",
        "},{",
        '\\"},{\\"id\\":',
        '\\":',
        " :",
        ": ",
        "]",
        "[{",
        "\\\\",
        "\\\\\\\\",
        "\\ud800",
        "\\u0000",
        "\\ud83d\\ude00",
        "é😀",
        "\\/",
        "1e5",
        "\u2028",
    ]
)
BAD_STRINGS = st.sampled_from(["\\q", "\\u12", "\t", "\x01"])
JSON_TEXTS = st.recursive(
    st.one_of(
        STRINGS.map('"{}"'.format),
        BAD_STRINGS.map('"{}"'.format),
        SCORES,
        st.integers().map(str),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(NAMES, inner), max_size=3).map(
            lambda items: "{" + ",".join(f'"{name}":{item}' for name, item in items) + "}"
        ),
    ),
    max_leaves=6,
)
EVIDENCE = st.one_of(
    JSON_TEXTS,
    st.just("null"),
    st.sampled_from([97, 98, 99, 100]).map(lambda n: '{"a":' * n + "1" + "}" * n),
    st.just('{"a":[' + wire().decode() + "," + wire().decode() + "]}"),
    st.just('{ "a" : 1 , "a": 2}'),
)
WORDS = st.one_of(
    st.sampled_from(
        ['"APPROVED"', '"ARCHIVED"', "null", "3", '""', '"\\u0041PPROVED"', '"\\ud800"']
    ),
    STRINGS.map('"{}"'.format),
)
SPACES = st.sampled_from(["", "", "", " ", "\t \r"])


@st.composite
def hostile_records(draw: st.DrawFn, number: int) -> bytes:  # noqa: C901 - a branch a mutation
    """Draw a record of the wire with up to three things wrong or odd about it."""
    pairs = [
        (name, json.dumps(value, separators=(",", ":"))) for name, value in fields(number).items()
    ]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(pairs) - 1)) if pairs else 0
        kind = draw(st.integers(0, 10))
        names = [name for name, _ in pairs]
        if kind == 0 and pairs:
            del pairs[at]
        elif kind == 1 and pairs:
            pairs.insert(draw(st.integers(0, len(pairs))), pairs[at])
        elif kind == 2:
            pairs.insert(at, (draw(NAMES), draw(JSON_TEXTS)))
        elif kind == 3:
            pairs = draw(st.permutations(pairs))
        elif kind == 4 and pairs:
            pairs[at] = (pairs[at][0], draw(JSON_TEXTS))
        elif kind == 5 and "evidence" in names:
            pairs[names.index("evidence")] = ("evidence", draw(EVIDENCE))
        elif kind == 6 and "confidence_score" in names:
            pairs[names.index("confidence_score")] = ("confidence_score", draw(SCORES))
        elif kind == 7 and pairs:
            name = draw(st.sampled_from(["created_at", "updated_at"]))
            pairs = [(n, json.dumps(draw(TIME_TEXTS)) if n == name else v) for n, v in pairs]
        elif kind == 8:
            name = draw(st.sampled_from([name for name in fields() if name.endswith("id")]))
            own = {"id": link_id(number), "organization_id": ORGANIZATION}.get(name, COLUMN)
            text = json.dumps(draw(SPELLINGS)(own), ensure_ascii=False)
            pairs = [(n, text if n == name else v) for n, v in pairs]
        elif kind == 9:
            name = draw(st.sampled_from(["link_type", "status"]))
            pairs = [(n, draw(WORDS) if n == name else v) for n, v in pairs]
        elif kind == 10:
            return draw(
                st.sampled_from(
                    [
                        b"1",
                        b"null",
                        b"[]",
                        b"{}",
                        b'"},{"',
                        b'{"id" 1}',
                        b"{,}",
                        b"{}x",
                        b"nul",
                        b'{"a":1,}',
                    ]
                )
            )
    space = draw(SPACES)
    body = f"{space},{space}".join(
        f'{space}"{name}"{space}:{space}{value}' for name, value in pairs
    )
    return f"{{{body}{space}}}".encode(errors="surrogatepass")


@st.composite
def replies(draw: st.DrawFn) -> list[bytes]:
    """Draw some records with distinct ids, few of them hostile."""
    n = draw(st.integers(1, 6))
    return [
        draw(hostile_records(number)) if draw(st.booleans()) else wire(number)
        for number in range(n)
    ]


def expected(records: Sequence[bytes]) -> tuple[list[EntityLink], list[tuple[int, Any]]]:
    """Return the reference's result for some records."""
    links, refused = [], []
    for index, record in enumerate(records):
        try:
            links.append(validate_record(record))
        except InvalidRecordError as error:
            refused.append((index, error.reasons))
    return links, refused


def agree(records: Sequence[bytes], result: ValidatedLinks) -> None:
    """Check a result against the reference, value by value."""
    links, refused = expected(records)
    assert [
        (r.index, tuple((reason.code, reason.pointer) for reason in r.reasons))
        for r in result.quarantine
    ] == refused
    assert [r.record for r in result.quarantine] == [records[index] for index, _ in refused]
    assert result.links.num_rows == len(links)
    unknown: Counter[str] = Counter()
    naive = 0
    for link, row in zip(links, result.links.to_pylist(), strict=True):
        assert row["link_id"] == link.id.bytes
        for name in LINK_SCHEMA.names:
            value = getattr(
                link, {"link_id": "id", "confidence": "confidence_score"}.get(name, name)
            )
            if name == "evidence":
                assert (None if row[name] is None else json.loads(row[name])) == value
            elif isinstance(value, UUID):
                assert row[name] == value.bytes
            else:
                assert row[name] == value
    for record in records:
        try:
            validate_record(record)
        except InvalidRecordError:
            continue
        value = json.loads(record)
        unknown.update(
            printable(name, 100) for name in value if name not in EntityLink.model_fields
        )
        ends = [value["created_at"], value["updated_at"]]
        naive += any(end[-1] not in "Zz" and end[-6] not in "+-" for end in ends)
    assert result.drift.unknown_fields == unknown
    assert result.flags["naive_time"] == naive


@given(replies(), st.sampled_from(CHUNK_SIZES), SPACES)
def test_arrays_are_judged_as_the_reference_judges(
    records: list[bytes], chunk_size: int, space: str
) -> None:
    """Fast validation of an array keeps and refuses the same records as the reference."""
    records = [record.strip() for record in records]
    between = (space + "," + space).encode()
    reply = b"[" + space.encode() + between.join(records) + space.encode() + b"]"
    try:
        reply.decode()
    except UnicodeDecodeError:
        return
    agree(records, validated(reply, chunk_size=chunk_size))


@given(replies(), st.sampled_from(CHUNK_SIZES), st.sampled_from([b"\n", b"\r\n", b"\n \n"]))
def test_lines_are_judged_as_the_reference_judges(
    records: list[bytes], chunk_size: int, line_break: bytes
) -> None:
    """Fast validation of lines keeps and refuses the same records as the reference."""
    records = [wire(99), *(record.strip() for record in records), wire(98)]
    agree(records, validated(line_break.join(records), chunk_size=chunk_size))


@given(TIME_TEXTS)
def test_times_are_read_as_the_model_reads_them(text: str) -> None:
    """Texts that are or resemble times are read as the model reads them."""
    records = [wire(1), wire(2, created_at=text)]
    agree(records, validated(array(*records)))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)), max_size=12))
def test_duplicates_are_judged_as_described(choices: list[tuple[int, int, int]]) -> None:
    """One link an id is kept, the newest, and the others are marked as equal or different."""
    records = [
        wire(number, updated_at=f"2026-01-0{day + 1}T00:00:00Z", status=list(Status)[state])
        for number, day, state in choices
    ]
    result = validated(array(*records))
    kept = {UUID(bytes=row["link_id"]): row for row in result.links.to_pylist()}
    assert len(kept) == result.links.num_rows == len({number for number, _, _ in choices})
    for record in result.quarantine:
        number, day, state = choices[record.index]
        winner = kept[UUID(link_id(number))]
        newest = max(d for n, d, _ in choices if n == number)
        assert winner["updated_at"].day == newest + 1
        same = (winner["updated_at"].day, winner["status"]) == (day + 1, list(Status)[state])
        assert record.reasons == (Reason("duplicate" if same else "duplicate_conflict", "/id"),)


def test_a_quarantined_record_is_bad_unless_it_is_a_copy() -> None:
    """A quarantined record is bad if it has any reason other than duplicate."""
    copy = Reason("duplicate", "/id")
    assert not QuarantinedRecord("entity_link", 0, 0, (copy,), b"").is_bad
    assert QuarantinedRecord("entity_link", 0, 0, (copy, Reason("wrong_org", "")), b"").is_bad
