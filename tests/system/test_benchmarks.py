"""Tests that the figures of the page are those that the benchmarks print."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.rows import BENCHMARKS, HEAD, Row, filled, print_rows, shown
from tests.support.places import ROOT

PROGRAMS = ROOT / "benchmarks"
PAGE = ROOT / "docs" / "explanation" / "performance.md"

# Some have their figures in other pages, and some measure nothing.
WITHOUT_ROWS = {
    *("joined_rows", "joins", "page", "quality", "review", "rows", "strangers", "verify"),
}

# Small sizes, so that each program runs in seconds.
SMALL = {
    "assistants": "--links 2000 --rounds 1",
    "clusters": "--links 500 1000 --whole 3000",
    "connectivity": "--share 0.01 --rounds 1",
    "dispatch": "--links 2000 --rounds 1",
    "diff": "--pairs 3 --links 1000",
    "decode": "--links 1000 --runs 1",
    "engines": "--links 3000 --combinations 2 --pairs 20000 --memory 500MB",
    "entities": "--share 0.02",
    "explorer": "--links 60 80 100 --rounds 1 --seconds 0.1",
    "exports": "--links 500 1000 --rounds 1",
    "fetch": "--links 1000 --peer 500 --runs 1",
    "graph": "--links 2000 --rounds 1",
    "identity": "--seeds 1 --persons 100 --random 2 --records 3000",
    "imports": "--rounds 1",
    "limits": "--systems 8 --faster 10",
    "map": "--links 3000 --systems 12 --rounds 1 --seconds 0.2",
    "paths": "--links 40000",
    "previews": "--links 2000",
}


def block(page: str, name: str) -> str:
    """Return what stands between the markers of a benchmark."""
    return page.partition(f"<!-- rows: {name} -->\n")[2].partition("<!-- end of rows -->")[0]


def cells_of(text: str) -> list[list[str]]:
    """Return the cells of the rows of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# --- the page ------------------------------------------------------------------------------------


def test_every_program_has_rows() -> None:
    """Each program is declared with its rows, and its rows have a place in the page."""
    programs = {path.stem for path in PROGRAMS.glob("*.py")}
    places = re.findall(r"<!-- rows: (\w+) -->", PAGE.read_text(encoding="utf-8"))

    assert programs - WITHOUT_ROWS == set(BENCHMARKS)
    assert sorted(places) == sorted(BENCHMARKS)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_page_has_the_declared_rows(name: str) -> None:
    """Names, peers and targets of the page are those declared: run ``benchmarks/page.py NAME``."""
    text = block(PAGE.read_text(encoding="utf-8"), name)

    assert text.strip().startswith(HEAD)
    assert f"`python benchmarks/{name}.py`" in text
    assert [cells[:3] for cells in cells_of(text)] == [
        [row.what, row.peer, row.target] for row in BENCHMARKS[name].rows
    ]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_missed_stands_where_a_target_is_missed(name: str) -> None:
    """The figure in the page is compared with the target, and the page has the answer."""
    found = cells_of(block(PAGE.read_text(encoding="utf-8"), name))

    for row, (*_, cell) in zip(BENCHMARKS[name].rows, found, strict=True):
        figure, _, note = cell.partition(" (")
        assert figure.endswith(": missed") == row.misses(cell), row.what
        assert "missed" not in note


def test_no_figure_is_outside_the_rows() -> None:
    """The text around the rows has no figure that nobody measures again."""
    page = re.sub(r"<!-- rows.*?<!-- end of rows -->", "", PAGE.read_text("utf-8"), flags=re.DOTALL)

    assert not re.findall(r"\d[\d.,]*\s*(?:%|ms|s|MB|microseconds|seconds|times|sorts)\b", page)
    assert not re.findall(r"\d+\.\d+", page)
    assert "|" not in page


def test_names_are_unique() -> None:
    """No two rows have the same name and peer, and no two of a program the same key."""
    rows = [row for benchmark in BENCHMARKS.values() for row in benchmark.rows]

    assert len({(row.what, row.peer) for row in rows}) == len(rows)
    for benchmark in BENCHMARKS.values():
        assert len({row.key for row in benchmark.rows}) == len(benchmark.rows)


# --- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "unit", "value", "cell"),
    [
        ("at most 1/10", "", 0.0961, "0.096"),
        ("at most 1/10", "", 0.111, "0.11: missed"),
        ("at most 0.7", "", 0.7, "0.70"),
        ("at most 300 bytes a link", "bytes a link", 1280.4, "1,280 bytes a link: missed"),
        ("at least 8 times as soon", "times as soon", 11.46, "11.5 times as soon"),
        ("at least 8 times as soon", "times as soon", 7.9, "7.90 times as soon: missed"),
        ("reported", "s", 412.0, "412 s"),
        ("reported", "", 3, "3"),
        ("reported", "", 0.0, "0.00"),
    ],
)
def test_a_figure_is_compared_with_its_target(
    target: str, unit: str, value: float, cell: str
) -> None:
    """Printed values are compared, so that the page never contradicts itself."""
    row = Row("a", "What", "Peer", target, unit)

    assert row.measured(value) == cell
    assert row.measured(value, "a note") == f"{cell} (a note)"
    assert row.misses(cell) == cell.endswith("missed")


@pytest.mark.parametrize(
    ("target", "unit"), [("below 3", ""), ("at most 3 s", ""), ("at most 3", "s"), ("", "")]
)
def test_a_target_is_one_that_can_be_checked(target: str, unit: str) -> None:
    """A bound is written in one way, with the unit of the figure."""
    with pytest.raises(ValueError, match="What: the target"):
        Row("a", "What", "Peer", target, unit)


def test_what_is_no_figure_is_refused() -> None:
    """Neither a division by nothing nor a cell of words counts as measured."""
    with pytest.raises(ValueError, match="nan is not a figure"):
        shown(float("nan"))
    with pytest.raises(ValueError, match="does not start with a figure"):
        Row("a", "What", "Peer", "at most 3").misses("fast")


def test_all_declared_rows_are_printed_and_no_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is missing, or that nobody declared, is an error; nothing is printed then."""
    monkeypatch.setattr(sys, "argv", ["imports.py"])
    whole: dict[str, float | tuple[float, str]]
    rest = {row.key: 0.1 for row in BENCHMARKS["imports"].rows if row.key != "more"}
    whole = rest | {"more": (0.3, "note")}

    with pytest.raises(ValueError, match=r"not declared \['other'\], not measured none"):
        print_rows("imports", whole | {"other": 1.0})
    with pytest.raises(ValueError, match=r"not declared none, not measured \['more'\]"):
        print_rows("imports", dict(rest))
    assert not capsys.readouterr().out

    print_rows("imports", whole)
    printed = capsys.readouterr().out
    assert "| 0.30 s (note) |" in printed
    assert len(cells_of(printed)) == len(BENCHMARKS["imports"].rows)


# --- writing the page ----------------------------------------------------------------------------

TWO_PLACES = """\
Above.

<!-- rows: graph -->
of the graph
<!-- end of rows -->

Between.

<!-- rows: imports -->
old
<!-- end of rows -->

Below.
"""


def test_only_the_rows_of_one_program_change() -> None:
    """Prose and the rows of others stay as they are."""
    printed = ["first", "<!-- rows: imports -->", r"new \1", "<!-- end of rows -->", "last"]

    assert filled(TWO_PLACES, "imports", printed) == TWO_PLACES.replace("old", r"new \1")


def test_rows_of_other_sizes_are_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that was run with options prints rows that no page takes."""
    monkeypatch.setattr(sys, "argv", ["imports.py", "--rounds", "1"])
    print_rows("imports", {row.key: 0.3 for row in BENCHMARKS["imports"].rows})
    printed = capsys.readouterr().out

    assert "Not for the page: --rounds 1" in printed
    with pytest.raises(ValueError, match=r"benchmarks/imports\.py printed no rows for the page"):
        filled(TWO_PLACES, "imports", printed.splitlines())


def test_a_page_without_the_place_is_refused() -> None:
    """Rows are not lost in silence."""
    with pytest.raises(ValueError, match="has no line <!-- rows: paths -->"):
        filled(TWO_PLACES, "paths", ["<!-- rows: paths -->", "<!-- end of rows -->"])


def test_the_page_is_written_after_each_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output of a program is written; a program that fails leaves its rows as they were."""
    monkeypatch.syspath_prepend(str(PROGRAMS))
    program = importlib.import_module("page")
    page = tmp_path / "performance.md"
    page.write_text(TWO_PLACES, encoding="utf-8")
    monkeypatch.setattr(program, "PAGE", page)
    monkeypatch.setattr(program, "HERE", tmp_path)
    (tmp_path / "graph.py").write_text("raise SystemExit(3)", encoding="utf-8")
    (tmp_path / "imports.py").write_text(
        "print('<!-- rows: imports -->\\nnew\\n<!-- end of rows -->')", encoding="utf-8"
    )
    monkeypatch.setattr(sys, "argv", ["page.py", "graph", "imports"])

    with pytest.raises(SystemExit, match="Failed, rows not written: graph"):
        program.main()

    assert page.read_text(encoding="utf-8") == TWO_PLACES.replace("old", "new")


# --- programs ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_program_prints_its_rows(name: str) -> None:
    """It runs, and prints every row that is declared for it."""
    if name == "decode":
        pytest.importorskip("orjson")
    command = [sys.executable, str(PROGRAMS / f"{name}.py"), *SMALL[name].split()]

    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert [cells[0] for cells in cells_of(printed)] == [row.what for row in BENCHMARKS[name].rows]
