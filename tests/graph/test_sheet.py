"""Tests of sheets of decisions: written for spreadsheets, and read back as these save them."""

from __future__ import annotations

import csv
import gzip
import io
import stat
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.errors import ArgumentError, DecisionError, OutputError
from hummgraph.graph.decisions import Decision
from hummgraph.graph.sheet import COLUMNS, read_decision_sheet, write_decision_sheet
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.graph.linkgraph import LinkGraph

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
X, Y, Z = "a/t.x", "b/t.=x", 'c/t.Ünï; "x"'
ONE, TWO, THREE = (uid(f"link {number}") for number in range(3))
ROWS = [
    (X, Y, 0.9, "SUGGESTED"),
    (Y, Z, None, "APPROVED"),
    (X, Z, 0.95, "SUGGESTED"),
]


def linked() -> LinkGraph:
    """Return three links of columns with difficult names."""
    return graph(ROWS)


def cells(path: Path) -> list[dict[str, str]]:
    """Return the rows of a written sheet."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def filled(links: LinkGraph, path: Path, **by_link: dict[str, str]) -> list[dict[str, str]]:
    """Write a sheet, and return its rows with some cells filled in."""
    write_decision_sheet(links, path)
    return [row | by_link.get(row["link_id"], {}) for row in cells(path)]


def save(path: Path, rows: list[dict[str, str]], *, mark: str = ",", **options: Any) -> None:
    """Save rows as a spreadsheet does."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]], delimiter=mark, **options)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


# --- written -------------------------------------------------------------------------------------


def test_a_sheet_has_a_row_for_each_link(tmp_path: Path) -> None:
    """Ends by name, what is known, and cells to fill in; the surest link comes first."""
    path = tmp_path / "review.csv"
    write_decision_sheet(linked(), path)
    content = path.read_bytes()

    assert content.startswith(b"\xef\xbb\xbflink_id,")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = cells(path)
    assert tuple(rows[0]) == COLUMNS
    assert [row["link_id"] for row in rows] == [THREE, ONE, TWO]
    assert rows[1] == {
        "link_id": ONE,
        "source": X,
        "target": Y,
        "link_type": "PROBABILISTIC",
        "confidence": "0.9",
        "status": "SUGGESTED",
        "new_status": "",
        "note": "",
        "who": "",
    }
    write_decision_sheet(linked(), path)
    assert path.read_bytes() == content


def test_a_sheet_has_what_was_decided(tmp_path: Path) -> None:
    """Decisions stand in their own columns, next to the status that was fetched."""
    decided = linked().with_decisions(
        [Decision(ONE, "REJECTED", note="-no", who="=Ada"), Decision(TWO, "SUGGESTED")]
    )
    for links in (decided, decided.with_decisions({THREE: "APPROVED"}).where(system="c")):
        path = tmp_path / "review.csv"
        write_decision_sheet(links, path)
        rows = {row["link_id"]: row for row in cells(path)}
        if ONE in rows:
            assert (rows[ONE]["status"], rows[ONE]["new_status"]) == ("SUGGESTED", "REJECTED")
            assert (rows[ONE]["note"], rows[ONE]["who"]) == ("'-no", "'=Ada")
        else:
            assert rows[THREE]["new_status"] == "APPROVED"
        assert (rows[TWO]["status"], rows[TWO]["new_status"]) == ("APPROVED", "SUGGESTED")


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """Names, notes and people that begin as formulas do get an apostrophe."""
    names = ["=1+1", "+1", "-1", "@x", "\tx", "\uff1dx"]
    records = [record("a/t.x", f"b/t.{name}", id=uid(name)) for name in names]
    links = hg.LinkGraph(read_links(records, catalogue=catalogue(["a/t.x"])))
    path = tmp_path / "review.csv"
    decisions = [Decision(uid(name), "REJECTED", note=name, who=name) for name in names]
    write_decision_sheet(links.with_decisions(decisions), path)

    formulas = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    for row in cells(path):
        assert not any(cell.startswith(formulas) for cell in row.values())
    assert read_decision_sheet(links.with_decisions(decisions), path) == ()
    assert {row.note for row in read_decision_sheet(links, path)} == {*names}


def test_other_values_are_refused(tmp_path: Path) -> None:
    """A value that is no graph, and a place that cannot be written, are errors."""
    with pytest.raises(ArgumentError, match=r"write_decision_sheet\(\) takes"):
        write_decision_sheet("x", tmp_path / "review.csv")  # type: ignore[arg-type]
    with pytest.raises(OutputError):
        write_decision_sheet(linked(), tmp_path / "missing" / "review.csv")
    with pytest.raises(ArgumentError, match=r"read_decision_sheet\(\) takes"):
        read_decision_sheet("x", tmp_path / "review.csv")  # type: ignore[arg-type]


# --- read back -----------------------------------------------------------------------------------


def test_what_was_filled_in_is_decided(tmp_path: Path) -> None:
    """Rows with a new status become decisions with ends, confidences, and who decided when."""
    path = tmp_path / "review.csv"
    rows = filled(
        linked(),
        path,
        **{
            ONE: {"new_status": " rejected ", "note": "other\naddress"},
            TWO: {"new_status": "Suggested", "who": "Bob"},
        },
    )
    save(path, rows)
    found = read_decision_sheet(linked(), path, who="Ada", decided_at=NOON, asked="random")

    about = {"decided_at": NOON, "asked": "random"}
    assert found == tuple(
        sorted(
            [
                Decision(
                    ONE,
                    "REJECTED",
                    note="other\naddress",
                    source=uid(X),
                    target=uid(Y),
                    who="Ada",
                    confidence=0.9,
                    **about,  # type: ignore[arg-type]
                ),
                Decision(TWO, "SUGGESTED", source=uid(Y), target=uid(Z), who="Bob", **about),  # type: ignore[arg-type]
            ],
            key=lambda row: row.link_id,
        )
    )
    assert {row.asked for row in read_decision_sheet(linked(), path)} == {"chosen"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: gzip.compress(text.encode()),
        lambda text: b"sep=,\r\n" + text.encode(),
        lambda text: text.replace("\r\n", "\n").encode(),
        lambda text: (text + ",,,,,,,,\r\n" * 3).encode(),
        lambda text: text.replace("link_id", "Link ID", 1).replace("new_status", " New  Status "),
    ],
)
def test_what_spreadsheets_save_is_read(tmp_path: Path, change: Any) -> None:
    """Marks of encodings, separator lines, blank rows and headings in other spelling are read."""
    path = tmp_path / "review.csv"
    save(path, filled(linked(), path, **{ONE: {"new_status": "APPROVED", "note": "ü"}}))
    content = change(path.read_text(encoding="utf-8"))
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    (found,) = read_decision_sheet(linked(), path)
    assert (found.link_id, found.status, found.note) == (ONE, "APPROVED", "ü")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_separators_of_other_countries_are_read(tmp_path: Path, mark: str, quoting: int) -> None:
    """Semicolons, tabs and bars separate columns, which stand in any order, with others between."""
    path = tmp_path / "review.csv"
    rows = filled(linked(), path, **{ONE: {"new_status": "APPROVED", "note": "a;b,c|d\te"}})
    turned = [{"mine": "1,5", **dict(reversed(row.items())), "": ""} for row in rows]
    save(path, turned, mark=mark, quoting=quoting)

    (found,) = read_decision_sheet(linked(), path)
    assert (found.link_id, found.note) == (ONE, "a;b,c|d\te")


def test_a_workbook_of_excel_keeps_the_cells(tmp_path: Path) -> None:
    """Cells that went through a workbook are what they were, marks of formulas included."""
    path = tmp_path / "review.csv"
    rows = filled(linked(), path, **{ONE: {"new_status": "REJECTED", "note": "'=1+1"}})
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*COLUMNS])
    for row in rows:
        sheet.append([*row.values()])
    book.save(tmp_path / "review.xlsx")
    again = openpyxl.load_workbook(tmp_path / "review.xlsx").active
    assert again is not None
    table = [["" if cell is None else str(cell) for cell in row] for row in again.values]
    save(path, [dict(zip(COLUMNS, row, strict=True)) for row in table[1:]], mark=";")

    (found,) = read_decision_sheet(linked(), path)
    assert (found.link_id, found.note) == (ONE, "=1+1")


@pytest.mark.parametrize("columns", [("link_id", "new_status"), ("new_status", "link_id", "who")])
def test_few_columns_are_enough(tmp_path: Path, columns: tuple[str, ...]) -> None:
    """The id and the new status are needed; a mark that a spreadsheet dropped is not."""
    path = tmp_path / "review.csv"
    values = {"link_id": f" {ONE.upper()} ", "new_status": "approved", "who": "=Ada"}
    save(path, [{name: values[name] for name in columns}])
    (found,) = read_decision_sheet(linked(), path)

    assert (found.link_id, found.who) == (ONE, "=Ada" if "who" in columns else None)


texts = st.none() | st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8
).map(lambda text: text.strip() or None)


@example([("'=", "''@x"), (None, "'"), ("=1", "a,b")])
@given(st.lists(st.tuples(texts, texts), min_size=3, max_size=3))
def test_a_round_trip_decides_the_same(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str | None, str | None]]
) -> None:
    """Decisions in a sheet are read as they are, and known ones are left out."""
    path = tmp_path_factory.mktemp("sheet") / "review.csv"
    decisions = [
        Decision(link_id, "REJECTED", note=note, who=who, asked="chosen")
        for link_id, (note, who) in zip((ONE, TWO, THREE), said, strict=True)
    ]
    decided = linked().with_decisions(decisions)
    write_decision_sheet(decided, path)
    found = read_decision_sheet(linked(), path)

    assert {replace(row, source=None, target=None, confidence=None) for row in found} == {
        *decisions
    }
    assert read_decision_sheet(decided, path) == ()
    assert read_decision_sheet(linked().with_decisions(found), path) == ()


def test_a_sheet_that_is_read_twice_decides_once(tmp_path: Path) -> None:
    """Known decisions are left out, also if --who named the reviewer; changed ones are not."""
    path = tmp_path / "review.csv"
    save(path, filled(linked(), path, **{ONE: {"new_status": "APPROVED"}}))
    first = read_decision_sheet(linked(), path, who="Ada", decided_at=NOON)
    decided = linked().with_decisions(first)

    assert read_decision_sheet(decided, path, who="Ada") == ()
    (other,) = read_decision_sheet(decided, path, who="Bob")
    assert (other.status, other.who) == ("APPROVED", "Bob")
    save(path, filled(decided, path, **{ONE: {"new_status": "REJECTED"}}))
    # The cell still names who decided before.
    assert [row.who for row in read_decision_sheet(decided, path, who="Bob")] == ["Bob"]
    assert [row.who for row in read_decision_sheet(decided, path)] == ["Ada"]
    save(path, filled(decided, path, **{ONE: {"note": "sure", "who": "Cid"}}))
    (noted,) = read_decision_sheet(decided, path, who="Bob")
    assert (noted.status, noted.note, noted.who) == ("APPROVED", "sure", "Cid")


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"new_status": "yes"}, r"Row 3, column new_status: 'yes' is none of SUGGESTED, APPROVED"),
        ({"note": "why"}, r"Row 3, column new_status: it is empty beside a note; it must be one"),
        ({"link_id": "x"}, r"Row 3, column link_id: 'x' is not the id of a link, a UUID\."),
        ({"link_id": ""}, r"Row 3, column link_id: '' is not the id of a link"),
        (
            {"link_id": uid("no link"), "new_status": "APPROVED"},
            rf"Row 3, column link_id: the graph does not have link {uid('no link')}\.",
        ),
        (
            {"source": "a/t.other"},
            r"column source: 'a/t.other' is not the source of the link, 'a/t.x'; sort all",
        ),
        ({"target": ""}, r"column target: '' is not the target of the link, 'b/t.=x'; sort all"),
        (
            {"status": "rejected"},
            r"column status: REJECTED is not what the graph has, 'SUGGESTED'; write decisions",
        ),
        (
            {"status": "REJECTED", "source": "x", "new_status": "yes", "note": "y"},
            r"has 3 cells that cannot be read\.",
        ),
    ],
)
def test_a_bad_row_is_refused(tmp_path: Path, cell: dict[str, str], message: str) -> None:
    """The error has the file, row, column, value and what is allowed; nothing else is read."""
    path = tmp_path / "review.csv"
    rows = filled(linked(), path, **{ONE: cell, TWO: {"new_status": "REJECTED"}})
    save(path, rows)
    with pytest.raises(DecisionError, match=message) as caught:
        read_decision_sheet(linked(), path)

    assert "review.csv" in caught.value.message
    assert "Nothing was read" in caught.value.hint


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    """The first are described; a row is numbered as a spreadsheet numbers it."""
    path = tmp_path / "review.csv"
    path.write_text("link_id,new_status,note\n" + "\n,,\n" + "x,APPROVED,\n" * 9)
    with pytest.raises(DecisionError, match="has 9 cells") as caught:
        read_decision_sheet(linked(), path)

    assert "Row 4, column link_id" in caught.value.message
    assert caught.value.message.endswith("And 6 more.")


def test_two_rows_about_a_link_must_agree(tmp_path: Path) -> None:
    """The same row twice is one decision; another answer names the row of the first."""
    path = tmp_path / "review.csv"
    path.write_text(f"link_id,new_status\n{ONE},APPROVED\n{ONE},approved\n")
    assert len(read_decision_sheet(linked(), path)) == 1
    path.write_text(f"link_id,new_status\n{ONE},APPROVED\n{TWO},APPROVED\n{ONE},REJECTED\n")
    with pytest.raises(DecisionError, match=r"Row 4, column link_id: row 2 says something else"):
        read_decision_sheet(linked(), path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "It is empty"),
        (b" \n", "It is empty"),
        (b"\xff\xfea", "not UTF-16"),
        ("link_id,new_status\nü,x\n".encode("latin-1"), "is not UTF-8"),
        (b"link_id,status\n", "It has no column new_status; its columns are 'link_id, status'"),
        (b"a,b\n", "It has no column link_id and none new_status"),
        (b"link_id,new_status,New Status\n", "It has 2 columns new_status; it must have one"),
        (b"link_id,new_status\na,b,c\n", "has 2 columns by its header, and 3 in"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """The error names the file, and what a sheet has."""
    path = tmp_path / "review.csv"
    path.write_bytes(content)
    with pytest.raises(DecisionError, match=message) as caught:
        read_decision_sheet(linked(), path)
    assert "review.csv" in caught.value.message


def test_a_missing_file_and_wrong_values_are_refused(tmp_path: Path) -> None:
    """A file that is not there, and values that fit no decision."""
    with pytest.raises(DecisionError, match="No such file"):
        read_decision_sheet(linked(), tmp_path / "review.csv")
    with pytest.raises(DecisionError, match="asked is 'magic'"):
        read_decision_sheet(linked(), tmp_path / "review.csv", asked="magic")


def test_only_filled_rows_need_a_link_of_the_graph(tmp_path: Path) -> None:
    """Rows without an answer may be about links that a filter has left out."""
    path = tmp_path / "review.csv"
    save(path, filled(linked(), path, **{ONE: {"new_status": "APPROVED"}}))
    (found,) = read_decision_sheet(linked().where(max_confidence=0.9), path)

    assert found.link_id == ONE
