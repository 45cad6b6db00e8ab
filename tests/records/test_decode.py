"""Tests of the two fast readers of records, and of the limits of both."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.records.decode import times as times_of_decoder
from hummgraph.records.decode.chunks import read_chunks, read_records
from hummgraph.records.decode.layout import RecordLayout
from hummgraph.records.strict_json import (
    canonical_json,
    count_members,
    elements,
    find_cuts,
    member_text,
    most_members,
)
from tests.records.test_validation import array, codes, fields, link_id, validated, wire, with_text

if TYPE_CHECKING:
    from collections.abc import Callable


def layout() -> RecordLayout:
    """Return the layout of the documented reply."""
    found = RecordLayout.of(wire())
    assert found is not None
    return found


# One layout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        wire(id=...),
        wire(**{"n" * 101: 1}),
        wire(**{"a\0b": 1}),
        wire().replace(b'"id"', rb'"\ud800":1,"id"'),
        wire(evidence={"long": "x" * (1 << 16)}),
    ],
)
def test_other_layouts_are_not_learnt(text: bytes) -> None:
    """A layout has all documented fields; its keys are short, and so is the first record."""
    assert RecordLayout.of(text) is None


def compact(record: dict[str, Any]) -> bytes:
    """Write a record as the API does, without white space."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


@given(st.permutations(list(fields())))
def test_any_order_of_the_fields_is_a_layout(names: list[str]) -> None:
    """The first record has the order."""
    records = (fields(1), fields(2, confidence_score=None, source_table_id=None))
    text = b",".join(compact({name: record[name] for name in names}) for record in records)
    found = RecordLayout.of(text)
    assert found is not None
    columns = found.read(text)
    assert columns is not None
    assert columns.link_id.tobytes() == UUID(link_id(1)).bytes + UUID(link_id(2)).bytes
    assert columns.ids["source_table_id"].given.tolist() == [True, False]
    assert columns.evidence.pieces == [compact(record["evidence"]) for record in records]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text("aé{}[],: ", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("aé{", max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(
    st.permutations([*fields(), "new", "other é"]),
    st.lists(st.tuples(PLAIN, PLAIN, st.none() | st.dictionaries(st.text(), PLAIN)), min_size=1),
)
def test_further_fields_are_of_a_layout_too(
    names: list[str], values: list[tuple[object, object, dict[str, object] | None]]
) -> None:
    """Whatever is in them, in whatever order: the outcome is that of the other decoder."""
    records = [
        fields(n, evidence=evidence) | {"new": new, "other é": other}
        for n, (new, other, evidence) in enumerate(values)
    ]
    reply = array(*(compact({name: record[name] for name in names}) for record in records))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordLayout, "of", lambda _: None)
        expected = validated(reply)
    found = validated(reply)
    assert found.links.equals(expected.links)
    assert found.drift == expected.drift
    assert found.drift.unknown_fields == {"new": len(values), "other é": len(values)}
    assert not found.quarantine


def test_further_fields_do_not_leave_the_fast_way() -> None:
    """Nor does a layout that changes between two chunks of a reply."""
    plain = b",".join(compact(fields(n)) for n in range(9))
    longer = b",".join(compact(fields(n) | {"new": {"a": [1, "x,y"]}}) for n in range(9, 18))
    reply = b"[" + plain + b"," + longer + b"]"
    first, *others = read_chunks(io.BytesIO(reply), len(plain) + 30)
    assert first.columns is not None
    assert first.unknown_fields == ()
    assert all(chunk.columns is not None for chunk in others)
    assert {chunk.unknown_fields for chunk in others} == {("new",)}
    assert len(first) + sum(map(len, others)) == 18


@pytest.mark.parametrize(
    "value",
    ['{"a":1,"a":2}', "1,2", '"a":1', "[1", "NaN", '{"a":' * 99 + "{}" + "}" * 99, "1 2", ""],
)
def test_values_of_further_fields_are_proven(value: str) -> None:
    """A further field holds one JSON value, in which no key comes twice."""
    good = compact(fields(1) | {"new": 1} | {"last": 2})
    bad = compact(fields(2) | {"new": "?"} | {"last": 2}).replace(b'"?"', value.encode())
    found = RecordLayout.of(good)
    assert found is not None
    assert found.read(good + b"," + good) is not None
    assert found.read(good + b"," + bad) is None


def test_records_of_one_layout_are_read_without_the_other_decoder() -> None:
    """Nulls, words, scores and times of all common widths fit one layout."""
    times_of_decoder._first_days.cache_clear()  # days of months are computed once
    times = [
        "2026-01-05T09:30:00Z",
        "2026-01-05T09:30:00.123456Z",
        "2026-01-05T09:30:00.123Z",
        "2026-01-05T09:30:00+02:00",
        "2026-01-05T09:30:00.123456+02:00",
        "2026-01-05T09:30:00",
    ]
    records = [
        wire(1, evidence={}),
        wire(2, evidence=None, confidence_score=None),
        wire(3, evidence={"a": [{"b": {"é": '}{":'}}], "c": 1}),
        wire(4, link_type="DETERMINISTIC", status="REJECTED", confidence_score=1),
        wire(5, source_table_id=None, target_field_id=None, confidence_score=0.1234567890123456),
        *(wire(10 + n, created_at=time, updated_at=times[0]) for n, time in enumerate(times)),
    ]
    records[2] = records[2].replace(rb"}{\":", b"}{:")
    columns = layout().read(b",".join(records))
    assert columns is not None
    assert len(columns) == len(records)
    assert columns.naive_time.tolist() == [False] * 10 + [True]


@pytest.mark.parametrize(
    "odd",
    [
        wire(2).replace(b":", b": ", 1),
        wire(2).replace(b",", b" ,", 1),
        wire(2)[:-1] + b" }",
        wire(2)[:-1] + b',"id":1}',
        wire(2, id="x"),
        wire(2, id=None),
        wire(2, source_table_id=7),
        wire(2, source_table_id="g" + link_id(3)[1:]),
        wire(2, source_table_id=link_id(3).replace("-", "_")),
        with_text("source_table_id", "nul1", 2),
        wire(2, source_saas_object_id=link_id(3)),
        wire(2, created_at=None),
        wire(2, created_at="2026-01-05"),
        wire(2, created_at="2026-13-05T09:30:00Z"),
        wire(2, created_at="2026-01-05T09:30:0Z"),
        wire(2, created_at="2026-01-05T09:30:0+00:00"),
        wire(2, created_at="2026-01-05T09:30+00:00"),
        wire(2, created_at="2026-01-05T+00:00"),
        wire(2, status="ARCHIVED"),
        wire(2, status=None),
        wire(2, confidence_score="0.9"),
        wire(2, confidence_score=1.5),
        with_text("confidence_score", "", 2),
        with_text("confidence_score", "NaN", 2),
        with_text("confidence_score", "0.5,0.5", 2),
        with_text("confidence_score", "0." + "1" * 40, 2),
        with_text("evidence", "", 2),
        with_text("evidence", "[1]", 2),
        with_text("evidence", '"{}"', 2),
        with_text("evidence", '{"a":1,"a":2}', 2),
        with_text("evidence", '{"a":{"b":1,"b":2}}', 2),
        with_text("evidence", '{"a":[1e999]}', 2),
        with_text("evidence", '{"a":"\\":"}', 2),
        with_text("evidence", "[{}]", 2),
        with_text("evidence", '{"a":1},"b":{}', 2),
        with_text("evidence", '{"a":' * 99 + "{}" + "}" * 99, 2),
        with_text("evidence", '{"a":[' + wire(8).decode() + "," + wire(9).decode() + "]}", 2),
        b"1",
        b"{}",
        b"",
        wire(2)[:-1],
    ],
)
def test_what_departs_from_the_layout_is_not_read(odd: bytes) -> None:
    """One record that is not proven valid leaves the whole text to the other decoder."""
    for records in ([wire(1), odd, wire(3)], [odd, wire(1)], [wire(1), odd]):
        assert layout().read(b",".join(records)) is None


def test_ids_that_only_look_repeated() -> None:
    """Ids are compared as a whole, not only by the bits that are sorted."""
    one = UUID(bytes=bytes(7) + b"\1" + bytes(7) + b"\2")
    two = UUID(bytes=bytes(7) + b"\2" + bytes(7) + b"\1")
    result = validated(array(wire(id=str(one)), wire(id=str(two))))
    assert result.links["link_id"].to_pylist() == [one.bytes, two.bytes]


def test_nulls_of_duplicates_are_compared() -> None:
    """Duplicates are equal if both have a null, or -0.0 and 0.0."""
    pair: list[dict[str, Any]] = [
        {"source_table_id": None, "evidence": None, "confidence_score": None},
        {"confidence_score": 0.0, "evidence": {}},
        {"confidence_score": -0.0, "evidence": {}},
    ]
    result = validated(array(*(wire(n // 2, **pair[n // 2 + n // 3]) for n in range(4))))
    assert codes(result) == ["duplicate"] * 2


# Text ---------------------------------------------------------------------------------------------

TEXTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just('\\"},{":')),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
WRITERS: list[Callable[[Any], str]] = [
    json.dumps,
    lambda value: json.dumps(value, indent=1),
    lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    lambda value: json.dumps(value, separators=(" , ", "\t: ")),
]


def encoded(text: str) -> bytes:
    """Return a text's bytes; half surrogate pairs are never escaped here."""
    return text.encode(errors="replace")


@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(WRITERS))
def test_an_array_is_cut_into_its_elements(values: list[Any], write: Callable[[Any], str]) -> None:
    """Commas and brackets inside strings do not separate elements."""
    text = encoded(write(values))[1:-1]
    assert [json.loads(element) for element in elements(text)] == json.loads(encoded(write(values)))
    assert find_cuts(text).close is None
    assert find_cuts(text + b"] ,").close == len(text)
    assert find_cuts(text).n_whole == len(values)


@given(st.dictionaries(st.text(max_size=3), TEXTS, max_size=4), st.sampled_from(WRITERS))
def test_a_members_text_is_found(value: dict[str, Any], write: Callable[[Any], str]) -> None:
    """The text of a member is its JSON exactly, and a missing member is not found."""
    record = encoded(write(value))
    for name, item in json.loads(record).items():
        text = member_text(record, name)
        assert text is not None
        assert json.loads(text) == item
        assert text == text.strip()
    assert member_text(record, "none such") is None


@given(TEXTS, st.sampled_from(WRITERS))
def test_members_are_never_counted_too_low(value: object, write: Callable[[Any], str]) -> None:
    """There are at least as many colons after quotes and white space as members."""
    value = [value]
    text = encoded(write(value))
    assert most_members(text) >= count_members(json.loads(text))


def test_count_members_stops_at_its_depth() -> None:
    """Values nested too deep are refused without descending into them."""
    assert count_members([{"a": {"b": []}}], 4) == 2
    with pytest.raises(RecursionError):
        count_members([{"a": {"b": []}}], 3)


@pytest.mark.parametrize("texts", [["1", "1.0", "1e0", "10E-1"], ["-0", "0", "-0.0"]])
def test_equal_numbers_are_written_alike(texts: list[str]) -> None:
    """Equal numbers have one canonical form, whatever their spelling."""
    for one, other in pairwise(texts):
        assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "true"), ("1", '"1"'), ("9007199254740993", "9007199254740992"), ("[]", "{}")],
)
def test_different_values_are_written_differently(one: str, other: str) -> None:
    """Different values have different canonical forms."""
    assert canonical_json(one) != canonical_json(other)


# Streams ------------------------------------------------------------------------------------------


class Drip:
    """A stream that returns at most three bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return some bytes."""
        piece = self._content[self._at : self._at + min(3, size)]
        self._at += len(piece)
        return piece


def test_streams_may_give_less_than_asked_for() -> None:
    """A short read is not the end of a stream; only an empty one is."""
    reply = array(*(wire(n) for n in range(9)))
    chunks = list(read_chunks(Drip(reply), 1_000))  # type: ignore[arg-type]
    assert sum(map(len, chunks)) == 9
    extents = [(chunk.start, len(chunk.text), chunk.lines) for chunk in chunks[1:]]
    again = list(read_records(Drip(reply), extents))  # type: ignore[arg-type]
    assert [record for records in again for record in records] == [
        record for chunk in chunks[1:] for record in chunk.records()
    ]


def test_texts_without_dashes_are_no_ids() -> None:
    """Texts of 36 characters without dashes in their places are left to the reference."""
    import numpy as np

    from hummgraph.records.decode.builder import read_ids

    assert read_ids(np.frombuffer(b"0" * 36, dtype=np.uint8).reshape(1, 36)) is None


@pytest.mark.parametrize(("start", "between", "end"), [(b"[", b",", b"]"), (b"", b"\n", b"")])
def test_a_chunk_gives_plain_values(start: bytes, between: bytes, end: bytes) -> None:
    """A chunk returns undocumented fields too, from an array and from lines."""
    records = [fields(1) | {"new": 1}, fields(2)]
    reply = start + between.join(json.dumps(record).encode() for record in records) + end
    (chunk,) = read_chunks(io.BytesIO(reply), 10_000)
    assert chunk.values() == records
