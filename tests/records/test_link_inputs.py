"""Tests of real inputs of links: unusual cells, column names, and errors that name the input."""

from __future__ import annotations

import bz2
import lzma
import os
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from hummgraph.cli.reading import Reading, graph_from
from hummgraph.errors import ArgumentError, ConfigError, FormatError, HummgraphError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import record

Records = list[dict[str, Any]]

LINKS: Records = [
    {"source": "a/t.x", "target": "b/u.y", "confidence": 0.5, "status": "APPROVED"},
    {"source": "a/t.x", "target": "b/u.z", "confidence": 0.25, "status": "SUGGESTED"},
]
CSV = "source,target,confidence,status\na/t.x,b/u.y,0.5,APPROVED\na/t.x,b/u.z,0.25,SUGGESTED\n"
TABLE = pa.Table.from_pylist(LINKS)
EXPECTED = LinkGraph(read_links(LINKS))
FIELDS = dict(enumerate(LINKS[0]))

ITSELF: dict[str, Any] = {}
ITSELF["a"] = ITSELF


def objects(links: Records) -> Any:
    """A pandas frame that holds Python objects."""
    return pytest.importorskip("pandas").DataFrame(links, dtype=object)


def kind_of(value: object) -> str:
    """Return the name of a case, as some values are too long to be printed."""
    return type(value).__name__


# --- columns as Arrow may lay them out -------------------------------------------------------


def test_polars_categories() -> None:
    """Categories and enumerations of polars are read in every kind of field."""
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(LINKS).with_columns(
        pl.col("source").cast(pl.Categorical),
        pl.col("target").cast(pl.Enum(["b/u.z", "b/u.y"])),
        pl.col("status").cast(pl.Categorical),
        pl.col("confidence").cast(pl.String).cast(pl.Categorical),
    )
    assert LinkGraph(read_links(frame)) == EXPECTED
    times = frame.with_columns(
        pl.lit("2026-01-05").cast(pl.Categorical).alias("created_at"),
        pl.lit('{"a": 1}').cast(pl.Categorical).alias("evidence"),
    )
    assert read_links(times).links.column("evidence").to_pylist() == ['{"a": 1}'] * 2


@pytest.mark.parametrize("name", ["source", "status"])
@pytest.mark.parametrize(
    "laid_out",
    [
        lambda column: column.cast(pa.string_view()),
        lambda column: pa.DictionaryArray.from_arrays(
            pa.array([0, 1]), column.cast(pa.string_view())
        ),
        pc.run_end_encode,
    ],
    ids=["views", "a dictionary of views", "runs"],
)
def test_texts_however_they_are_laid_out(laid_out: Callable[[Any], Any], name: str) -> None:
    """Texts are read alike from every Arrow layout."""
    place = TABLE.column_names.index(name)
    column = laid_out(TABLE.column(name).combine_chunks())
    assert LinkGraph(read_links(TABLE.set_column(place, name, column))) == EXPECTED


def test_ids_as_views_of_bytes() -> None:
    """Ids in views of bytes are read like ids in fixed-size bytes."""
    links = [record("a/t.x", "b/u.y"), record("a/t.x", "b/u.z")]
    ids = pa.array([UUID(link["id"]).bytes for link in links], pa.binary_view())
    table = pa.Table.from_pylist(links)
    table = table.set_column(table.column_names.index("id"), "id", ids)
    assert LinkGraph(read_links(table)) == LinkGraph(read_links(links))


# --- one bad cell ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [list, objects])
@pytest.mark.parametrize("form", ["names", "ids"])
@pytest.mark.parametrize(
    ("field", "value", "reasons"),
    [
        ("confidence", 10**400, {"wrong_type", "confidence_range"}),
        ("confidence", -(10**400), {"wrong_type", "confidence_range"}),
        ("confidence", 10**5_000, {"wrong_type", "confidence_range"}),
        ("confidence", Decimal("Infinity"), {"not_finite"}),
        ("evidence", {("a", "b"): 3}, {"wrong_type"}),
        ("evidence", {"a": 10**5_000}, {"wrong_type"}),
        ("evidence", ITSELF, {"wrong_type"}),
        ("status", ITSELF, {"wrong_type"}),
        ("created_at", {("a",): 1}, {"date_time"}),
        ("id", 10**5_000, {"invalid_uuid"}),
    ],
    ids=kind_of,
)
def test_one_bad_cell_is_set_aside(
    kind: Callable[[Records], Any], form: str, field: str, value: object, reasons: set[str]
) -> None:
    """A bad cell sets its row aside, and the other rows are read."""
    links = LINKS if form == "names" else [record("a/t.x", "b/u.y"), record("a/t.x", "b/u.z")]
    if form == "ids" and field == "confidence":
        field = "confidence_score"
    found = read_links(kind([links[0], {**links[1], field: value}]))
    (quarantined,) = found.quarantine
    assert (found.report.kept, quarantined.index) == (1, 1)
    assert {reason.code for reason in quarantined.reasons} <= reasons


@pytest.mark.parametrize("kind", [list, objects])
def test_signalling_nan_is_null(kind: Callable[[Records], Any]) -> None:
    """A signalling NaN is null, like any other NaN."""
    found = read_links(kind([LINKS[0], {**LINKS[1], "confidence": Decimal("sNaN")}]))
    assert sorted(map(str, found.links.column("confidence").to_pylist())) == ["0.5", "None"]


@pytest.mark.parametrize("value", [{("a",): 1}, 10**5_000, ITSELF], ids=kind_of)
def test_rows_with_any_value_are_written_down(value: object) -> None:
    """A row set aside may hold any value, and is written to the quarantine."""
    found = read_links(objects([LINKS[0], {**LINKS[1], "confidence": 7, "note": value}]))
    assert dict(found.report.reasons) == {"confidence_range": 1}
    assert b'"b/u.z"' in found.quarantine[0].record


@pytest.mark.parametrize("good", [LINKS[0], record("a/t.x", "b/u.y")])
@pytest.mark.parametrize("place", [0, 2])
def test_what_is_not_a_record_is_set_aside(place: int, good: dict[str, Any]) -> None:
    """A value that is not a record is set aside, at any position and in any form of links."""
    records: list[Any] = [None, 3, "x", object()]
    records.insert(place, good)
    found = read_links(records)
    assert found.report.kept == 1
    assert [q.index for q in found.quarantine] == [n for n in range(5) if n != place]
    assert dict(found.report.reasons) == {"not_object": 4}


# --- which column is which -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["a"], "columns must be a dict .* not a value of type list"),
        ("x", "not a value of type str"),
        ({"score": ["confidence"]}, "columns maps 'score' to a value of type list"),
        ({"score": 3}, "columns maps 'score' to a value of type int"),
    ],
)
@pytest.mark.parametrize("links", [LINKS, TABLE, CSV.encode()])
def test_columns_is_a_dict_of_texts(links: Any, columns: Any, said: str) -> None:
    """The error for invalid `columns` shows the form of the argument."""
    with pytest.raises(ArgumentError, match=rf"{said}.*Write columns=\{{'score': 'confidence'"):
        read_links(links, columns=columns)


@pytest.mark.parametrize("kind", [list, pa.Table.from_pylist, objects])
def test_a_column_that_another_displaces(kind: Callable[[Records], Any]) -> None:
    """A column with a field's name is only counted if another is mapped to the field."""
    mine = "7b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
    links = [{**LINKS[0], "id": "x", "status": mine}]
    found = read_links(kind(links), columns={"status": "id"})
    assert found.links.column("link_id").to_pylist() == [UUID(mine).bytes]
    assert dict(found.report.unknown_fields) == {"id": 1}


def test_columns_called_by_numbers() -> None:
    """Columns of a frame without names are mapped by number."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame([list(link.values()) for link in LINKS])
    for columns in (FIELDS, {str(name): field for name, field in FIELDS.items()}):
        assert LinkGraph(read_links(frame, columns=columns)) == EXPECTED
    keyed: list[Any] = [dict(enumerate(link.values())) for link in LINKS]
    assert LinkGraph(read_links(keyed, columns=FIELDS)) == EXPECTED


@pytest.mark.parametrize("kind", [list, pa.Table.from_pylist, objects])
def test_columns_in_other_letters(kind: Callable[[Records], Any]) -> None:
    """Case and blanks of column names are ignored if a single column fits the field."""
    spelled = {"source": "Source", "target": " TARGET ", "confidence": "Confidence Score"}
    links = [{spelled.get(name, name): value for name, value in link.items()} for link in LINKS]
    assert LinkGraph(read_links(kind(links))) == EXPECTED
    # The exact name wins, and the other is counted.
    found = read_links(kind([{**link, "Confidence": 1} for link in LINKS]))
    assert LinkGraph(found) == EXPECTED
    assert dict(found.report.unknown_fields) == {"Confidence": 2}


def test_columns_that_may_be_either() -> None:
    """Several columns that fit one field are refused, not guessed."""
    links = [{"source": "a/t.x", "target": "b/u.y", "Confidence": 1, "CONFIDENCE": 0}]
    with pytest.raises(FormatError, match="has no column 'confidence'"):
        read_links(links)


def test_an_index_is_not_a_column() -> None:
    """A field in the index is refused, as it would be lost silently."""
    pd = pytest.importorskip("pandas")
    for links in ([record("a/t.x", "b/u.y")], [{**LINKS[0], "id": 1}]):
        with pytest.raises(FormatError, match=r"'id' as its index.*frame\.reset_index\(\)"):
            read_links(pd.DataFrame(links).set_index("id"))
    named = pd.DataFrame(LINKS).rename_axis("row")
    assert LinkGraph(read_links(named)) == EXPECTED


def test_a_frame_without_columns_is_refused() -> None:
    """A frame without columns is refused, and an empty list of records is not."""
    pd = pytest.importorskip("pandas")
    with pytest.raises(FormatError, match="no column 'source', 'target' or 'confidence'"):
        read_links(pd.DataFrame())
    assert read_links([], columns={"a": "source"}).report.records == 0
    assert read_links(b"[]", columns={"a": "source"}).report.records == 0


# --- tables in pieces, and what holds tables -------------------------------------------------


@pytest.mark.parametrize("kind", [list, iter])
@pytest.mark.parametrize("pieces", [TABLE.to_batches(1), TABLE.to_batches(), [TABLE]])
def test_batches_are_one_table(kind: Callable[[Any], Any], pieces: list[Any]) -> None:
    """Batches of Arrow are read as one table."""
    assert LinkGraph(read_links(kind(pieces))) == EXPECTED


def test_batches_that_do_not_fit() -> None:
    """Batches whose columns differ in type are refused."""
    other = TABLE.set_column(2, "confidence", pa.array(["a", "b"]))
    with pytest.raises(ArgumentError, match="do not make one table"):
        read_links([TABLE, other])


def test_what_holds_a_table_says_how_it_is_had() -> None:
    """A query that is not executed is refused with the call that returns its table."""
    dataset = pytest.importorskip("pyarrow.dataset").dataset(TABLE)
    for given in (dataset, dataset.scanner()):
        with pytest.raises(ArgumentError, match=r"\.to_table\(\)\)"):
            read_links(given)
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection, pytest.raises(ArgumentError, match=r"con\.sql\("):
        read_links(connection)


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\n" + CSV.replace(",", ";"),
        "\ufeffsep=;\n" + CSV.replace(",", ";"),
        '"sep=|"\n' + CSV.replace(",", "|"),
        ",,,\n" + CSV,
        CSV.replace("\n", "\n,,,\n") + '"",,,\n , ,,\n,,,\n',
        CSV.replace("source,", "Source,"),
    ],
)
@pytest.mark.parametrize("name", ["links.csv", "links", "links.txt", "links.json"])
def test_csv_as_spreadsheets_write_it(content: str, name: str, tmp_path: Path) -> None:
    """CSV may name its separator in a first line and hold rows without values."""
    (tmp_path / name).write_text(content, "utf-8", newline="")
    assert LinkGraph(read_links(tmp_path / name)) == EXPECTED


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,id\n1,2\n", "has the column 'id' more than once. Rename"),
        (b"# my links\n" + CSV.encode(), "A CSV file begins with a header.*missing"),
        (b"a/t.x,b/u.y,0.5\n", "A CSV file begins with a header.*missing"),
        (bz2.compress(CSV.encode()), "is compressed by bzip2, which is not read"),
        (lzma.compress(CSV.encode()), "is compressed by xz"),
        (pa.compress(CSV.encode(), "zstd", asbytes=True), "is compressed by zstd"),
        (b"\x1f\x8b", "starts like a gzip file, but is damaged or cut off"),
    ],
)
def test_files_that_are_refused_say_why(content: bytes, said: str, tmp_path: Path) -> None:
    """Files of unsupported formats are refused by their content, whatever the suffix."""
    (tmp_path / "links.csv").write_bytes(content)
    for given in (content, tmp_path / "links.csv"):
        with pytest.raises(HummgraphError, match=said):
            read_links(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"source,target,confidence\nx,y,1\n", "row 2"),
        (b'sep=,\n\nsource,target,confidence\n\n,,\n"x\ny",y,1\n', "row 5"),
        (b'source,target,confidence\n"' + b"x" * 200_000 + b'",y,1\n', "record 0, counted from 0"),
        (b'\n\n{"source": "x", "target": "y", "confidence": 1}', "line 3"),
        (b'\n{"id": 1}\n\n{"id": 2}', "line 2"),
        (b'[\n{"id": 1}]', "record 0, counted from 0"),
        ([{"source": "x", "target": "y", "confidence": 1}], "record 0, counted from 0"),
    ],
)  # fmt: skip
def test_places_as_people_look_them_up(given: Any, said: str) -> None:
    """Errors name the row of a spreadsheet, the line of a text, or a number and its base."""
    with pytest.raises(FormatError, match=rf"The first is {said}\."):
        read_links(given)


def test_pipes_are_read(tmp_path: Path) -> None:
    """Pipes are read, although they can be read only once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reads: list[Callable[[], LinkGraph]] = [
        lambda: LinkGraph(read_links(pipe)),
        lambda: graph_from(pipe, Reading(), decisions=None),
    ]
    for read in reads:
        writer = threading.Thread(target=pipe.write_text, args=(CSV,))
        writer.start()
        assert read() == EXPECTED
        writer.join()
    with pytest.raises(HummgraphError, match="'/dev/null' is empty"):
        read_links("/dev/null")


def test_pipes_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for a pipe that cannot be read names its path."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def refuse(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        with pytest.raises(ConfigError, match=r"Cannot read .*pipe': Permission denied"):
            read_links(pipe)
    with pytest.raises(ConfigError, match=r"Cannot read 'x+.*: File name too long"):
        read_links("x" * 5_000)
