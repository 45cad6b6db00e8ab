"""Tests of lists: their options, their formats, and where they go."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from inspect import signature
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.cli import app
from hummgraph.cli.completion import columns_of, complete_columns
from hummgraph.cli.listing import Format, Listing, _as_json_lines, _as_tsv, _escape_text, print_list
from hummgraph.frames import Frame
from tests.support.builders import snapshot

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = ["[bold]name", "[sql]", ":smile:", "back\\slash", "[a-z]"]

VALUES = "values"
"""Name of a folder of values beside the snapshot; it has none."""

PAIRS = "pairs.csv"
"""Name of a file of pairs beside the snapshot."""

LATER = "later.hummgraph"
"""Name of another snapshot, of fewer links."""

LISTS = {
    "clusters": [],
    "clusters --tree": ["--tree"],
    "clusters --quality": ["--quality"],
    "clusters --bridges": ["--bridges"],
    "clusters --refused": ["--refused"],
    "clusters --audit": ["--audit", "--one-per", "integration_source"],
    "clusters --repair": ["--repair", "--one-per", "integration_source"],
    "clusters --policies": ["--policies"],
    "clusters --of": ["--of", "crm/contact.email"],
    "pairs": [],
    "pairs --quality": ["--quality"],
    "links": [],
    "find": ["email"],
    "info": ["--list", "nodes"],
    "evaluate": ["--folds", "2"],
    "path": ["crm/contact.email", "shop/customer.email"],
    "join": ["crm/contact", "shop/customer"],
    "lineage": ["crm/contact.email"],
    "entities": [],
    "roles": [],
    "verify": ["--values", VALUES],
    "review": ["--list"],
    "diff": [LATER, "--list", "links"],
    "identity": ["a", "--list", "left-out"],
}
"""Every list, and the arguments that ask for it."""

ONLY_LISTS = {"links", "find", "roles", "pairs", "pairs --quality"}
"""Lists of commands without ``--json``."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links between columns of three systems, some of them reviewed."""
    rows: list[Any] = [
        ("crm/contact.email", "shop/customer.email", 0.95),
        ("shop/customer.email", "desk/user.email", 0.92),
        ("crm/contact.email", "crm/lead.email", 0.9),
        *((f"crm/a{n}.x", f"shop/b{n}.x", 0.9, "APPROVED") for n in range(8)),
        ("crm/a0.x", "shop/b1.x", 0.4, "REJECTED"),
        ("crm/a1.x", "shop/b0.x", 0.3, "REJECTED"),
        ("crm/a0.x", "shop/b1.x", 0.9),
    ]
    path = tmp_path_factory.mktemp("lists") / "shop.hummgraph"
    snapshot(rows).write(path)
    snapshot(rows[:-2]).write(path.with_name(LATER))
    path.with_name(VALUES).joinpath("crm").mkdir(parents=True)
    lines = [",".join(map(str, row[:3])) for row in rows[:3]]
    path.with_name(PAIRS).write_text("\n".join(["source,target,score", *lines]))
    return path


def asked(name: str, shop: Path) -> list[object]:
    """Return the command line of a list."""
    command = name.partition(" ")[0]
    given = [shop.with_name(part) if part in {VALUES, LATER} else part for part in LISTS[name]]
    return [command, shop.with_name(PAIRS) if command == "pairs" else shop, *given]


def in_terminal(*arguments: object, columns: int = 80) -> tuple[int, str]:
    """Run the command with a pseudo-terminal as standard output and error."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-m", "hummgraph", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm", "NO_COLOR": "1"},
    ) as running:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # so Linux ends a terminal
                break
            if not part:
                break
            parts.append(part)
        os.close(ours)
    return running.returncode, b"".join(parts).decode()


# --- every list --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_every_format(run: Any, shop: Path, tmp_path: Path, name: str) -> None:
    """All formats have the same rows and columns, and a file has the printed bytes."""
    command = asked(name, shop)
    answer = run(*command, "--format", "jsonl")
    assert answer.code == 0, answer.err
    rows = [json.loads(line) for line in answer.out.splitlines()]
    assert rows
    assert json.loads(run(*command, "--format", "json").out) == rows
    lines = run(*command, "--format", "tsv").out.split("\n")
    assert lines.pop() == ""
    assert [len(line.split("\t")) for line in lines] == [len(rows[0])] * (len(rows) + 1)
    assert lines[0].split("\t") == list(rows[0])
    table = list(csv.reader(io.StringIO(run(*command, "--format", "csv").out)))
    assert table[0] == list(rows[0])
    assert len(table) == len(rows) + 1
    file = tmp_path / "list.parquet"
    written = run(*command, "--format", "parquet", "-o", file)
    assert (written.code, written.out) == (0, "")
    assert str(file) in written.err
    kept = pq.read_table(file)
    assert (kept.num_rows, kept.column_names) == (len(rows), list(rows[0]))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_takes_limit_sort_and_columns(run: Any, shop: Path, name: str) -> None:
    """Rows are sorted first, then cut, and the rest is counted."""
    command = asked(name, shop)
    every = json.loads(run(*command, "--format", "json").out)
    column = next(iter(every[0]))
    answer = run(*command, "--format", "json", "--limit", 1, "--columns", column)
    assert json.loads(answer.out) == [{column: every[0][column]}]
    if len(every) > 1:
        assert f"1 of {len(every)} rows" in answer.err
    down = json.loads(run(*command, "--format", "json", "--sort", f"-{column}").out)
    values = [row[column] for row in every if row[column] is not None]
    assert [row[column] for row in down if row[column] is not None] == sorted(values, reverse=True)


@pytest.mark.parametrize("name", LISTS)
def test_a_shell_completes_the_columns_of_every_list(run: Any, shop: Path, name: str) -> None:
    """The names are those of the list; a crosswalk has its systems, too."""
    answer = run(*asked(name, shop), "--format", "csv", "--limit", 1)
    header = next(csv.reader(io.StringIO(answer.out)))
    command, *options = name.split()
    words = [*options, *LISTS[name]]
    completed = columns_of(command, dict(zip(words, [*words[1:], ""], strict=False)))
    assert completed == header[: len(completed)]
    assert len(completed) == len(header) or name == "clusters"


def test_columns_are_completed_from_high_to_low_too() -> None:
    """A minus and what stands before a comma stay."""
    option = SimpleNamespace(name="quality", opts=["--quality"])
    command = SimpleNamespace(name="clusters", params=[option])
    context = SimpleNamespace(command=command, params={"quality": True})
    assert complete_columns(context, "members,-dens") == ["members,-density"]
    assert columns_of("splink", {}) == []


def test_every_command_with_a_list_is_tried() -> None:
    """Every command with a list is in the table above."""
    commands = {
        one.callback.__name__
        for one in app.registered_commands
        if one.callback is not None and "limit" in signature(one.callback).parameters
    }
    assert commands == {name.partition(" ")[0] for name in LISTS} | {
        "formats",
        "names",
        "doctor",
        "splink",
    }


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_narrow_terminal_leaves_out_whole_columns(shop: Path, columns: int) -> None:
    """No cell is cut, ids stay whole, and what there is no room for is named."""
    code, out = in_terminal("clusters", shop, "--limit", 1, columns=columns)
    assert code == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", out.replace("\r\n", "\n"))
    assert re.search(r"^[0-9a-f]{16} ", text, re.MULTILINE)
    left = re.search(r"Too narrow for rests on:", text)
    assert (left is None) == (columns > 40)
    assert re.search(r"  keys *$", text, re.MULTILINE) or left
    assert all(len(line) <= columns for line in text.split("\n"))


@pytest.mark.parametrize("name", [name for name in LISTS if name not in ONLY_LISTS])
def test_whole_results_and_lists_are_not_mixed(run: Any, shop: Path, name: str) -> None:
    """``--json`` prints the whole result and refuses options of the list."""
    answer = run(*asked(name, shop), "--json", "--limit", 3, "--sort", "x")
    assert answer.code == 2
    assert "--limit and --sort have no effect with --json" in answer.err
    assert "--format json" in answer.err


# --- a terminal and a pipe ---------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_gets_a_table_and_a_pipe_gets_tsv(run: Any, shop: Path) -> None:
    """The table has the main columns, fits the terminal, and counts rows if cut."""
    code, shown = in_terminal("links", shop, "--limit", 3)
    lines = re.sub(r"\x1b\[\d*m|\r", "", shown).splitlines()
    assert code == 0
    assert lines[0].rstrip() == "Links: 3 of 14"
    assert " ".join(lines[1].split()) == "source path target path link type status confidence"
    assert len(lines) == 5
    assert max(map(len, lines)) <= 80
    piped = run("links", shop)
    assert piped.out.splitlines()[0].startswith("link_id\tsource\ttarget\tsource_path")
    assert len(piped.out.splitlines()) == 15
    assert piped.err == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_gets_the_first_rows(tmp_path: Path) -> None:
    """Twenty-five rows are shown with the number of all, or all with --limit 0."""
    rows: list[Any] = [(f"a/t{n}.x", f"b/u{n}.x", 0.9) for n in range(40)]
    path = tmp_path / "many.hummgraph"
    snapshot(rows).write(path)
    _, shown = in_terminal("links", path)
    assert "Links: 25 of 40" in shown
    assert shown.count("a/t") == 25
    _, shown = in_terminal("links", path, "--limit", 0)
    assert " of " not in shown
    assert shown.count("a/t") == 40


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_parquet_is_not_written_to_a_terminal(shop: Path) -> None:
    """The error suggests a file; a pipe gets the bytes."""
    code, shown = in_terminal("links", shop, "--format", "parquet")
    assert code == 2
    assert "which a terminal cannot show. Write it to a file with -o FILE." in " ".join(
        shown.split()
    )
    done = subprocess.run(
        [sys.executable, "-m", "hummgraph", "links", str(shop), "--format", "parquet"],
        capture_output=True,
        check=True,
    )
    assert pq.read_table(pa.BufferReader(done.stdout)).num_rows == 14


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "table"])
def test_no_name_acts_on_a_terminal(tmp_path: Path, form: str) -> None:
    """Escape sequences and marks of direction are not printed."""
    path = tmp_path / "links.csv"
    path.write_text('source,target,confidence\n"a/t\x1b[31m.x\u202e",b/u.y,0.5\n')
    code, shown = in_terminal("links", path, "--format", form, "--columns", "source_path")
    assert code == 0
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown
    assert "[31m.x" in shown


def test_no_line_is_wrapped_or_cut_in_a_pipe(run: Any, tmp_path: Path) -> None:
    """Long names are printed whole, and a table is as wide as needed."""
    name = "long " * 100
    path = tmp_path / "long.hummgraph"
    snapshot([(f"a/t.{name}", "b/u.y", 0.9), ("a/t.x", "b/u.y", 0.9, "REJECTED")]).write(path)
    for form in ("table", "tsv"):
        out = run("links", path, "--format", form, "--columns", "source_path,status").out
        assert any(f"a/t.{name}" in line for line in out.split("\n"))
        assert all(line == line.rstrip() for line in out.split("\n")) or form == "tsv"
    assert f"a/t.{name.strip()}" in run("why", path, "a/t.x", f"a/t.{name}").out


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_no_markup(run: Any, tmp_path: Path, name: str) -> None:
    """Brackets and colons are unchanged in tables, titles, notes and errors."""
    path = tmp_path / "odd.hummgraph"
    rows: list[Any] = [(f"{name}/{name}.{name}", f"b/{name}.y", 0.9)]
    snapshot(rows).write(path)
    whole = f"{name}/{name}.{name}"
    table = ("--format", "table")
    assert whole in run("links", path, *table).out
    assert whole in run("lineage", path, whole, *table).out.splitlines()[0]
    assert whole in run("path", path, whole, f"b/{name}.y", *table).out
    assert whole in run("clusters", path, "--of", whole, *table).out
    assert f"Clusters with a member in {name}" in run("clusters", path, "--of", name, *table).out
    assert f"{name!r}" in run("find", path, name, *table).out
    assert whole in run("why", path, whole, f"b/{name}.y").out
    assert name in run("info", path).out
    assert f"{whole}x" in run("lineage", path, f"{whole}x").err.replace("\\\\", "\\")
    assert name in run("lineage", path, whole, "-o", tmp_path / f"{name}.svg").err


def test_system_names_may_be_those_of_columns(run: Any, tmp_path: Path) -> None:
    """A count and a system of the same name are two columns."""
    path = tmp_path / "named.hummgraph"
    snapshot([("systems/t.x", "size/u.y", 0.9)]).write(path)
    (row,) = json.loads(run("clusters", path, "--format", "json").out)
    assert (row["systems"], row["systems (system)"]) == (2, "t.x (0.90)")
    assert row["size (system)"] == "u.y (0.90)"


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_tsv_can_be_read_back(cells: list[str]) -> None:
    """Each row is a line of printable characters, and nothing is lost."""
    text = b"".join(_as_tsv(Frame(pa.table({"a": cells, "b": cells})))).decode("utf-8")
    lines = text.split("\n")
    assert len(lines) == len(cells) + 2
    for line, cell in zip(lines[1:], cells, strict=False):
        one, other = line.split("\t")
        assert one == other
        assert one.isprintable()
        found = one.encode("latin-1", "backslashreplace").decode("unicode_escape")
        assert found == cell


@given(st.text())
def test_json_is_one_printable_line(text: str) -> None:
    """Unprintable characters are escaped, and are read back the same."""
    line = b"".join(_as_json_lines(Frame(pa.table({text: [text]})))).decode("utf-8")
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    assert json.loads(line) == {text: text}


def test_cells_of_every_kind_have_a_text() -> None:
    """Nulls are empty, lists have semicolons, times are ISO 8601, numbers are in full."""
    table = pa.table(
        {
            "list": [["a", "b"], None],
            "time": pa.array([0, None], pa.timestamp("s", "UTC")),
            "number": [0.1234567890123, float("nan")],
            "flag": [True, None],
        }
    )
    text = b"".join(_as_tsv(Frame(table))).decode()
    assert text == (
        "list\ttime\tnumber\tflag\n"
        "a; b\t1970-01-01T00:00:00+00:00\t0.1234567890123\ttrue\n\t\tnan\t\n"
    )
    rows = [json.loads(line) for line in b"".join(_as_json_lines(Frame(table))).splitlines()]
    assert rows[0]["list"] == ["a", "b"]
    assert rows[0]["time"] == "1970-01-01T00:00:00+00:00"
    assert rows[1] == {"list": None, "time": None, "number": None, "flag": None}
    assert _escape_text("a\\\t\u202e") == "a\\\\\\t\\u202e"


def test_evidence_is_an_object_in_json(run: Any, shop: Path) -> None:
    """Evidence is an object in JSON and a text in other formats."""
    frame = Frame(pa.table({"evidence": ['{"a": [1]}', None]}))
    rows = [json.loads(line) for line in b"".join(_as_json_lines(frame)).splitlines()]
    assert rows == [{"evidence": {"a": [1]}}, {"evidence": None}]
    assert "evidence" not in run("links", shop, "--evidence", "none").out


# --- options -----------------------------------------------------------------------------------


def test_columns_are_named_as_the_heading_has_them(run: Any, shop: Path) -> None:
    """Spaces, dashes and case do not matter; commas separate, and repeated options add."""
    line = "source_path\tstatus\tconfidence\n"
    for wanted in (
        ["--columns", "source_path,status,confidence"],
        ["--columns", "Source Path,STATUS", "--columns", "confidence"],
        ["--columns", "source-path, status, confidence, status"],
    ):
        assert run("links", shop, *wanted).out.startswith(line)


def test_an_unknown_column_lists_those_there_are(run: Any, shop: Path) -> None:
    """The error lists the columns and suggests a similar one."""
    for option in ("--columns", "--sort"):
        answer = run("links", shop, option, "confidnce")
        assert answer.code == 2
        assert f"{option} has 'confidnce', which is not a column of this list" in answer.err
        assert "Did you mean 'confidence'?" in answer.err
        assert "Did you mean" not in run("links", shop, option, "zzzz").err


def test_a_column_may_hold_a_comma(capsys: pytest.CaptureFixture[str]) -> None:
    """Names with commas and names that begin with a dash can be chosen."""
    frame = Frame(pa.table({"a, b": [1, 2], "-c": [3, 4], "a": [5, 6]}))
    print_list(frame, Listing(columns=["a, b"], sort=["-a, b"]))
    assert capsys.readouterr().out == "a, b\n2\n1\n"
    print_list(frame, Listing(columns=["-c"], sort=["--c"]))
    assert capsys.readouterr().out == "-c\n4\n3\n"
    print_list(frame, Listing(columns=["a"], sort=["-c"]))
    assert capsys.readouterr().out == "a\n5\n6\n"


def test_rows_are_sorted_by_several_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """The first column counts first; nulls are last, and equal rows keep their order."""
    frame = Frame(pa.table({"a": [1, 1, None, 0], "b": ["x", "y", "z", "y"], "n": [1, 2, 3, 4]}))
    for sort, expected in (
        (["a,-b"], [4, 2, 1, 3]),
        (["-a", "b"], [1, 2, 4, 3]),
        (["-b"], [3, 2, 4, 1]),
    ):
        print_list(frame, Listing(columns=["n"], sort=sort, format=Format.CSV))
        printed = capsys.readouterr().out.split()
        assert printed == ["n", *map(str, expected)]


def test_a_limit_is_not_negative(run: Any, shop: Path) -> None:
    """A negative limit is refused, and zero means all rows."""
    assert "--limit is -1; it must be 0 or more." in run("links", shop, "--limit=-1").err
    assert len(run("links", shop, "--limit", 0).out.splitlines()) == 15


def test_a_file_says_its_format(run: Any, shop: Path, tmp_path: Path) -> None:
    """The suffix or --format chooses the format; '-' is standard output."""
    for name in ("a.tsv", "a.csv", "a.json", "a.jsonl", "a.ndjson", "a.parquet", "a.TSV"):
        assert run("links", shop, "-o", tmp_path / name).code == 0
    assert (tmp_path / "a.tsv").read_bytes() == run("links", shop).out.encode()
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "a.ndjson").read_bytes()
    assert run("links", shop, "-o", "-").out == run("links", shop).out
    answer = run("links", shop, "-o", tmp_path / "a.txt")
    assert answer.code == 2
    assert "No list is written as '.txt'; there are .tsv, .csv" in answer.err
    assert run("links", shop, "-o", tmp_path / "a.txt", "--format", "table").code == 0
    assert (tmp_path / "a.txt").read_text().startswith("Links\nsource path")
    answer = run("links", shop, "-o", tmp_path / "nowhere" / "a.csv")
    assert answer.code == 8


def test_formats_can_be_sorted_too(run: Any) -> None:
    """The list of formats has the options of other lists."""
    rows = json.loads(run("formats", "--format", "json", "--sort", "format").out)
    assert [row["format"] for row in rows] == sorted(row["format"] for row in rows)
    assert run("formats", "--json", "--limit", 2).code == 2


def test_cells_that_a_spreadsheet_would_run_are_inert_in_csv(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """CSV has an apostrophe before formulas; other formats have the text itself."""
    frame = Frame(pa.table({"name": ["=1+1"]}))
    print_list(frame, Listing(format=Format.CSV))
    assert "'=1+1" in capsys.readouterr().out
    print_list(frame, Listing())
    assert capsys.readouterr().out == "name\n=1+1\n"
