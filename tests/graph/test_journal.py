"""Tests of files of decisions and names."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hummgraph.errors import DecisionError
from hummgraph.graph.decisions import Asked, Decision, GivenName, Record
from hummgraph.graph.journal import journal_of, journal_records, read_decisions, write_decisions
from tests.support.builders import graph, uid

if TYPE_CHECKING:
    from pathlib import Path

ONE, A, B = uid("link 1"), uid("b/t.x"), uid("c/t.x")
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
FULL = Decision(
    ONE, "REJECTED", NOON, 'said "no"\n\u2028', A, B, who="Ada", asked="flips", confidence=0.75
)
NAMED = GivenName(A, "person email", NOON + timedelta(microseconds=1), "Bob", "shorter")

times = st.none() | st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
node_ids = st.sampled_from([A, B, f"column:{A}", f"table:{B}"])
links = st.sampled_from([uid(f"link {number}") for number in range(4)])
statuses = st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"])
old_decisions = st.builds(Decision, links, statuses, times, texts)
decisions = old_decisions | st.builds(
    Decision,
    links,
    statuses,
    times,
    texts,
    source=node_ids,
    target=node_ids,
    who=texts,
    asked=st.none() | st.sampled_from(list(Asked)),
    confidence=st.none() | st.floats(0, 1),
)
names = st.builds(
    GivenName,
    node_ids,
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=200),
    times,
    texts,
    texts,
)


@example([Decision(ONE, "APPROVED", None, ""), Decision(ONE, "APPROVED")], Random(1))
@example([NAMED, FULL, Decision(ONE, "APPROVED", confidence=1e-9)], Random(1))
@given(st.lists(decisions | names, max_size=6), st.randoms(use_true_random=False))
def test_a_journal_keeps_decisions_and_names(
    tmp_path_factory: pytest.TempPathFactory, written: list[Record], random: Any
) -> None:
    """Written decisions are read; the order does not matter to the bytes."""
    path = tmp_path_factory.mktemp("decisions") / "decisions.jsonl"
    write_decisions(written, path)
    first = path.read_bytes()

    assert Counter(read_decisions(path)) == Counter(written)
    assert first.count(b"\n") == len(written)
    assert all(json.loads(line)["schema"] == 2 for line in first.split(b"\n")[:-1])
    random.shuffle(written)
    write_decisions(written, path)
    assert path.read_bytes() == first


@example([Decision(ONE, "APPROVED", None, ""), Decision(ONE, "APPROVED")], Random(1))
@given(st.lists(old_decisions, max_size=6), st.randoms(use_true_random=False))
def test_an_older_file_keeps_decisions(
    tmp_path_factory: pytest.TempPathFactory, written: list[Decision], random: Any
) -> None:
    """A path that ends in .json has them in the older format."""
    path = tmp_path_factory.mktemp("decisions") / "decisions.JSON"
    write_decisions(written, path)
    first = path.read_bytes()

    assert json.loads(first)["schema"] == 1
    assert Counter(read_decisions(path)) == Counter(written)
    random.shuffle(written)
    write_decisions(written, path)
    assert path.read_bytes() == first


def test_a_journal_has_a_line_for_each(tmp_path: Path) -> None:
    """Lines stand by time, then by id; what is not known is left out, and numbers are plain."""
    path = tmp_path / "decisions.jsonl"
    least = Decision(uid("link 2"), "APPROVED", confidence=1e-9)
    more = [Decision(uid("link 2"), "APPROVED", NOON, confidence=c) for c in (1, 0, -0.0)]
    write_decisions([NAMED, FULL, least, *more], path)

    head, two = '{"schema": 2, "kind": "decision", "link_id"', uid("link 2")
    assert path.read_text(encoding="utf-8").split("\n") == [
        f'{head}: "{two}", "status": "APPROVED", "confidence": 0.000000001}}',
        (
            f'{head}: "{ONE}", "source": "{A}", "target": "{B}", "status": "REJECTED",'
            ' "decided_at": "2026-01-31T12:00:00Z", "who": "Ada",'
            ' "note": "said \\"no\\"\\n\u2028", "asked": "flips", "confidence": 0.75}'
        ),
        *(
            f'{head}: "{two}", "status": "APPROVED", "decided_at": "2026-01-31T12:00:00Z",'
            f' "confidence": {text}}}'
            for text in "001"
        ),
        (
            f'{{"schema": 2, "kind": "name", "node_id": "{A}", "name": "person email",'
            ' "decided_at": "2026-01-31T12:00:00.000001Z", "who": "Bob", "note": "shorter"}'
        ),
        "",
    ]


def test_nothing_is_an_empty_journal(tmp_path: Path) -> None:
    """No decisions are a file without bytes, which is read."""
    path = tmp_path / "decisions.jsonl"
    write_decisions([], path)

    assert path.read_bytes() == b""
    assert read_decisions(path) == ()


@pytest.mark.parametrize("name", ["decisions.json", "decisions.txt", "x"])
def test_the_content_tells_the_formats_apart(tmp_path: Path, name: str) -> None:
    """A journal of any name is read as one, with its members in any order and nulls."""
    path = tmp_path / name
    path.write_text(
        f'\n{{"kind": "decision", "note": null, "status": "APPROVED", "link_id": "{ONE}",'
        ' "schema": 2}\r\n\n'
        f'{{"kind": "name", "schema": 2, "name": " x ", "node_id": "{A.upper()}"}}'
    )
    assert read_decisions(path) == (Decision(ONE, "APPROVED"), GivenName(A, "x"))
    path.write_text(
        json.dumps({"schema": 1, "decisions": [{"link_id": ONE, "status": "APPROVED"}]})
    )
    assert read_decisions(path) == (Decision(ONE, "APPROVED"),)


@pytest.mark.parametrize(
    "end", ["{", '{"sch', '{"schema": 2, "ki', '{"schema": 2, "kind": "name", "name": "J\u00f6']
)
@pytest.mark.parametrize("n_before", [0, 1])
def test_a_line_that_is_cut_off_is_an_error(tmp_path: Path, end: str, n_before: int) -> None:
    """A writer that was interrupted leaves the beginning of a line, perhaps half a character."""
    path = tmp_path / "decisions.jsonl"
    write_decisions([FULL][:n_before], path)
    path.write_bytes(path.read_bytes() + end.encode()[:-1] + (end[-1:].encode()[:1]))

    with pytest.raises(
        DecisionError, match=f"Line {n_before + 1}, the last, is not finished"
    ) as caught:
        read_decisions(path)
    assert "remove the line" in caught.value.hint
    assert str(path) in str(caught.value)


LINE = f'{{"schema": 2, "kind": "decision", "link_id": "{ONE}", "status": "APPROVED"}}\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Line 2 is not JSON: Expecting property name"),
        ("[]", "Line 2: it is not an object"),
        (LINE.strip() + LINE.strip(), "Line 2 is not JSON: Extra data"),
        ('{"a": 1, "a": 2}', "Line 2: A JSON object has the member 'a' twice"),
        ('{"kind": "name"}', "Line 2: its schema is None; this version reads lines of schema 2"),
        ('{"schema": true, "kind": "name"}', "Line 2: its schema is True"),
        ('{"schema": 3, "kind": "name"}', "Line 2: its schema is 3"),
        ('{"schema": 2}', "Line 2: its kind is None; it must be one of decision, name"),
        ('{"schema": 2, "kind": []}', r"Line 2: its kind is \[\]"),
        ('{"schema": 2, "kind": "cluster"}', "Line 2: its kind is 'cluster'"),
        (
            '{"schema": 2, "kind": "name", "link_id": ""}',
            "Line 2: it has the member 'link_id'; .*node_id",
        ),
        ('{"schema": 2, "kind": "name"}', "Line 2: node_id is ''"),
        ('{"schema": 2, "kind": "decision"}', "Line 2: link_id is ''"),
        (f'{{"schema": 2, "kind": "name", "node_id": "{A}"}}', "Line 2: name is empty"),
        (
            f'{{"schema": 2, "kind": "name", "node_id": "{A}", "name": 7}}',
            "Line 2: name must be text",
        ),
        (LINE.replace("}", ', "asked": "nicely"}'), "Line 2: asked is 'nicely'"),
        (LINE.replace("}", ', "confidence": NaN}'), "Line 2: confidence is nan"),
        (LINE.replace("}", ', "decided_at": "noon"}'), "Line 2: decided_at is 'noon'"),
        (LINE.replace("}", f', "source": "{A}"}}'), "Line 2: Only source is given"),
        (LINE.replace("}", ', "note": "\\ud800"}'), "Line 2: note holds half of a surrogate pair"),
    ],
)
def test_a_bad_line_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """The error names the line and what was expected."""
    path = tmp_path / "decisions.jsonl"
    path.write_text(LINE + line.strip() + "\n" + LINE)
    with pytest.raises(DecisionError, match=message):
        read_decisions(path)


def test_a_line_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """The error names the line of bytes that are not UTF-8."""
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(LINE.encode() + b'{"schema": 2, "kind": "\xff"}\n')
    with pytest.raises(DecisionError, match="Line 2 is not UTF-8 text"):
        read_decisions(path)


def test_a_journal_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many lines, and too many values of one line, are refused before they are read."""
    monkeypatch.setattr("hummgraph.graph.journal._MAX_LINES", 3)
    path = tmp_path / "decisions.jsonl"
    path.write_text('{"kind": 1}\n' * 4)
    with pytest.raises(DecisionError, match="more than 3 lines"):
        read_decisions(path)
    path.write_text('{"kind": [1, 2, 3]}\n')
    with pytest.raises(DecisionError, match="Line 1 has more than 3 values"):
        read_decisions(path)
    monkeypatch.setattr("hummgraph.graph.journal._MAX_VALUES", 3)
    path.write_text('{"decisions": [1, 2, 3]}')
    with pytest.raises(DecisionError, match="It has more than 3 values"):
        read_decisions(path)


@pytest.mark.parametrize(
    ("record", "what"),
    [
        (GivenName(A, "x"), "A name does not fit"),
        (Decision(ONE, "APPROVED", source=A, target=B), "A decision with source does not fit"),
        (Decision(ONE, "APPROVED", who="Ada"), "A decision with who does not fit"),
        (Decision(ONE, "APPROVED", asked="random"), "A decision with asked does not fit"),
        (Decision(ONE, "APPROVED", confidence=0), "A decision with confidence does not fit"),
    ],
)
def test_the_older_format_refuses_what_it_cannot_hold(
    tmp_path: Path, record: Record, what: str
) -> None:
    """Nothing is left out silently; the file that was there stays as it was."""
    path = tmp_path / "decisions.json"
    path.write_text("old")
    with pytest.raises(DecisionError, match=what) as caught:
        write_decisions([record], path)
    assert caught.value.hint == "Write to a path that ends in .jsonl."
    assert path.read_text() == "old"


def test_a_path_is_read(tmp_path: Path) -> None:
    """A graph takes the path of a file, as text or as a path."""
    path = tmp_path / "decisions.jsonl"
    write_decisions([FULL, NAMED], path)
    linked = graph([("a/t.x", "b/t.x", None), ("b/t.x", "c/t.x", 0.8, "APPROVED")])

    for given_path in (path, str(path)):
        decided = linked.with_decisions(given_path)
        assert decided.link(ONE).status == "REJECTED"
        assert dict(decided.given_names) == {A: NAMED}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "not an object with 'schema'"),
        pytest.param("[" * 100_000, "is not JSON: it nests too deep", id="deep"),
        pytest.param(
            f'{{"schema": {"9" * 5_000}}}',
            "is not JSON: a number in it has too many digits",
            id="digits",
        ),
        ('{"schema": 1, "schema": 1}', "'schema' twice"),
        ('{"decisions": []}', "schema of the decisions is None"),
        (
            '{"schema": 2, "decisions": []}',
            "is 2; this version reads schema 1, and journals of schema 2",
        ),
        ('{"schema": true, "decisions": []}', "is True"),
        ('{"schema": 1}', "'decisions' must be a list"),
        ('{"schema": 1, "decisions": [1]}', "Decision 0: it is not an object"),
        ('{"schema": 1, "decisions": [{"id": 1}]}', "Decision 0: it has the member 'id'"),
        ('{"schema": 1, "decisions": [{"link_id": 1}]}', "Decision 0: link_id is 1"),
        ('{"schema": 1, "decisions": [{"status": "APPROVED"}]}', "link_id is ''"),
        (json.dumps({"schema": 1, "decisions": [{"link_id": ONE}]}), "status is ''"),
        (
            json.dumps(
                {
                    "schema": 1,
                    "decisions": [{"link_id": ONE, "status": "APPROVED", "decided_at": "noon"}],
                }
            ),
            "decided_at is 'noon'",
        ),
        (
            json.dumps(
                {
                    "schema": 1,
                    "decisions": [
                        {"link_id": ONE, "status": "APPROVED", "decided_at": "2026-01-31T12:00"}
                    ],
                }
            ),
            "no time zone",
        ),
        (
            json.dumps(
                {"schema": 1, "decisions": [{"link_id": ONE, "status": "APPROVED", "note": 1}]}
            ),
            "note must be text",
        ),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """The error says where and what was expected, and is one of hummgraph's own."""
    path = tmp_path / "decisions.json"
    path.write_text(content)
    with pytest.raises(DecisionError, match=message):
        read_decisions(path)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A missing file and one that is not text are said as such."""
    with pytest.raises(DecisionError, match="No such file"):
        read_decisions(tmp_path / "none.json")
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\xff")
    with pytest.raises(DecisionError, match="not UTF-8"):
        read_decisions(path)


def test_json_of_something_else_is_no_decisions(tmp_path: Path) -> None:
    """It is not called decisions of an unknown schema."""
    path = tmp_path / "records.json"
    path.write_text('{"nodes": []}')
    with pytest.raises(DecisionError, match=r"It holds no decisions\. A file of them reads"):
        read_decisions(path)
    path.write_text("[]")
    with pytest.raises(DecisionError, match="holds no decisions: it is not an object"):
        read_decisions(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["decisions.jsonl", "decisions.json"])
def test_marks_of_an_encoding_are_understood(tmp_path: Path, name: str, encoding: str) -> None:
    """Editors and shells of Windows write them, before a journal and before an older file."""
    path = tmp_path / name
    decision = Decision(ONE, "APPROVED", note="caf\u00e9")
    write_decisions([decision], path)
    marked = ("\ufeff" if encoding[-3:] in {"-le", "-be"} else "") + path.read_text("utf-8")
    path.write_bytes(marked.encode(encoding))
    assert read_decisions(path)[0].note == "caf\u00e9"


def test_a_broken_encoding_is_refused(tmp_path: Path) -> None:
    """A mark of UTF-16 before an odd number of bytes."""
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(DecisionError, match="is not UTF-16 text, as its first bytes say"):
        read_decisions(path)


def test_a_journal_can_be_a_text(tmp_path: Path) -> None:
    """The text of a file, and what it holds."""
    path = tmp_path / "decisions.jsonl"
    at = datetime(2026, 1, 31, tzinfo=UTC)
    records: list[Record] = [GivenName(A, "caf\u00e9"), Decision(ONE, "APPROVED", decided_at=at)]
    write_decisions(records, path)

    assert journal_of(records[::-1]) == path.read_text("utf-8")
    assert journal_records(journal_of(records)) == read_decisions(path)
    assert journal_records("") == ()


@pytest.mark.parametrize("text", ["nothing", "[]", '{"decisions": []}', "\ud800", "{}\n"])
def test_other_texts_are_not_journals(text: str) -> None:
    """Whatever they are, the error is that of a file."""
    with pytest.raises(DecisionError):
        journal_records(text)
