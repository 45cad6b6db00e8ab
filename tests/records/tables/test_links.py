"""Tests of tables of links in every library, which must equal the records."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.datasets import Organization, generate_organization, load_demo
from hummgraph.errors import ArgumentError, FormatError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.models import EntityLink
from hummgraph.records.tables.cells import _NULL_TEXTS, Kind, is_null, wire_value
from hummgraph.records.tables.rows import BLOCK_ROWS
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import Snapshot
from tests.support.builders import record, uid

Records = list[dict[str, Any]]
TIMES = ("created_at", "updated_at")
HALF = "\ud800"


def with_text(links: Records) -> Records:
    """Return records with their evidence as JSON text."""
    return [
        {**link, "evidence": None if link["evidence"] is None else json.dumps(link["evidence"])}
        for link in links
    ]


def with_values(links: Records) -> Records:
    """Return records with UUIDs and datetimes."""
    return [
        {
            name: UUID(value)
            if value is not None and name.endswith("id")
            else dt.datetime.fromisoformat(value)
            if name in TIMES
            else value
            for name, value in link.items()
        }
        for link in links
    ]


def as_pandas(links: Records, _: Path) -> Any:
    """A pandas frame with evidence as dicts and pandas' own nulls."""
    return pytest.importorskip("pandas").DataFrame(links)


def as_pandas_values(links: Records, _: Path) -> Any:
    """A pandas frame with UUIDs, moments and categories."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(with_values(links))
    for name in ("status", "link_type"):
        frame[name] = frame[name].astype("category")
    for name in TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def as_dicts(links: Records, path: Path) -> Any:
    """Dicts with NaN for null."""
    return as_pandas(links, path).to_dict("records")


def as_typed_dicts(links: Records, path: Path) -> Any:
    """Dicts with UUIDs and pandas moments, NaN and NaT for null."""
    return as_pandas_values(links, path).to_dict("records")


def as_polars(links: Records, _: Path) -> Any:
    """A polars frame with evidence as a struct."""
    return pytest.importorskip("polars").DataFrame(links, infer_schema_length=None)


def as_lazy(links: Records, path: Path) -> Any:
    """A lazy polars frame."""
    return as_polars(links, path).lazy()


def as_polars_objects(links: Records, _: Path) -> Any:
    """A polars frame that holds Python's UUIDs."""
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(with_text(links), infer_schema_length=None)
    return frame.with_columns(
        pl.Series("id", [UUID(link["id"]) for link in links], dtype=pl.Object)
    )


def as_arrow(links: Records, _: Path) -> Any:
    """An Arrow table with evidence as a struct."""
    return pa.Table.from_pylist(links)


def as_arrow_values(links: Records, _: Path) -> Any:
    """An Arrow table with ids of sixteen bytes, moments in nanoseconds and dictionaries."""
    table = pa.Table.from_pylist(with_text(links))
    for place, name in enumerate(table.column_names):
        column = table.column(name)
        if name.endswith("id"):
            column = pa.array(
                [None if text is None else UUID(text).bytes for text in column.to_pylist()],
                pa.binary(16),
            ).dictionary_encode()
        elif name in TIMES:
            moments = [dt.datetime.fromisoformat(text) for text in column.to_pylist()]
            column = pa.array(moments, pa.timestamp("ns", tz="Europe/Paris"))
        elif name in {"status", "link_type"}:
            column = column.cast(pa.string_view())
        table = table.set_column(place, name, column)
    return table


def as_stream(links: Records, path: Path) -> Any:
    """An Arrow stream, which can be read once."""
    return as_arrow(links, path).to_reader()


def as_duckdb(links: Records, path: Path) -> Any:
    """A DuckDB relation with ids as UUIDs."""
    duckdb = pytest.importorskip("duckdb")
    return duckdb.from_arrow(as_arrow(links, path)).project("* REPLACE (id::uuid AS id)")


def as_parquet(links: Records, path: Path) -> Any:
    """A Parquet file."""
    pq.write_table(as_arrow(links, path), path / "links.parquet", row_group_size=100)
    return path / "links.parquet"


def as_csv(links: Records, path: Path) -> Any:
    """A CSV file with evidence as JSON."""
    as_pandas(with_text(links), path).to_csv(path / "links.csv", index=False)
    return path / "links.csv"


def as_csv_of_dicts(links: Records, path: Path) -> Any:
    """A CSV file as pandas writes it: dicts and moments in Python's spelling, with an index."""
    frame = as_pandas_values(links, path)
    frame.to_csv(path / "links.csv", sep=";")
    return path / "links.csv"


def as_own(links: Records, _: Path) -> Any:
    """A stream of another library."""

    class Own:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.Table.from_pylist(links).__arrow_c_stream__(requested_schema)

    return Own()


KINDS: list[Callable[[Records, Path], Any]] = [
    as_pandas,
    as_pandas_values,
    as_dicts,
    as_typed_dicts,
    as_polars,
    as_lazy,
    as_polars_objects,
    as_arrow,
    as_arrow_values,
    as_stream,
    as_duckdb,
    as_parquet,
    as_csv,
    as_csv_of_dicts,
    as_own,
]
by_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def demo() -> Organization:
    """The bundled organisation, with parallel links, nulls and three records set aside."""
    return load_demo()


@by_kind
def test_a_table_gives_the_graph_of_its_records(
    kind: Callable[[Records, Path], Any], demo: Organization, tmp_path: Path
) -> None:
    """A table gives the graph of its records, and sets the same records aside."""
    expected = demo.snapshot()
    found = read_links(kind(demo.links, tmp_path), catalogue=demo.catalogue)

    assert LinkGraph(found) == LinkGraph(expected)
    assert found.flags == expected.flags
    assert [(q.index, q.reasons) for q in found.quarantine] == [
        (q.index, q.reasons) for q in expected.quarantine
    ]
    assert found.report.records == found.report.kept + found.report.quarantined


@by_kind
def test_tables_of_many_blocks(kind: Callable[[Records, Path], Any], tmp_path: Path) -> None:
    """Rows are read in blocks, and each result belongs to its own row."""
    links = generate_organization(n_links=300, seed=3).links
    links = [dict(link) for link in links]
    links[7]["confidence_score"] = 2.0
    links[250]["id"] = links[3]["id"]
    expected = read_links(links)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("rows", "csv"):
            patch.setattr(f"hummgraph.records.tables.{module}.BLOCK_ROWS", 64)
        found = read_links(kind(links, tmp_path))

    assert BLOCK_ROWS > 64
    assert LinkGraph(found) == LinkGraph(expected)
    assert [(q.index, q.reasons) for q in found.quarantine] == [
        (q.index, q.reasons) for q in expected.quarantine
    ]


@pytest.mark.parametrize("spelling", [str.lower, str.title, " {} ".format])
@by_kind
def test_words_in_other_letters_are_read_and_counted(
    kind: Callable[[Records, Path], Any], spelling: Callable[[str], str], tmp_path: Path
) -> None:
    """Words in another case are read as the contract's, and counted in the report."""
    links = [dict(link) for link in load_demo().links[:40]]
    expected = read_links(links)
    links[3]["status"] = spelling(links[3]["status"])
    links[5]["link_type"] = spelling(links[5]["link_type"])
    found = read_links(kind(links, tmp_path))

    assert LinkGraph(found) == LinkGraph(expected)
    assert found.flags["respelled"] == 2
    assert not found.drift.unknown_values
    assert "2 with a status or type in other letters" in " ".join(str(found.report).split())


def test_records_that_differ_in_letters_only_are_duplicates() -> None:
    """Records that differ only in the case of words are exact duplicates."""
    one = record("a/t.x", "b/u.y", status="APPROVED")
    found = read_links([one, {**one, "status": "approved"}])

    assert (found.report.kept, dict(found.report.reasons)) == (1, {"duplicate": 1})


def test_a_written_snapshots_links_are_a_table(demo_snapshot: Snapshot, tmp_path: Path) -> None:
    """The links of a written snapshot are read, although two fields have other names."""
    demo_snapshot.write(tmp_path / "demo.hummgraph")
    for links in (demo_snapshot.links, tmp_path / "demo.hummgraph" / "links.parquet"):
        found = read_links(links, catalogue=demo_snapshot.catalogue)
        assert LinkGraph(found) == LinkGraph(demo_snapshot)


def test_columns_are_mapped(demo: Organization, tmp_path: Path) -> None:
    """Mapped columns are read in all forms of input, and take precedence over names."""
    expected = LinkGraph(read_links(demo.links))
    renamed = [
        {("score" if name == "confidence_score" else name): value for name, value in link.items()}
        for link in demo.links
    ]
    (tmp_path / "links.json").write_text(json.dumps(renamed))
    both = [{**link, "confidence": 0.0} for link in renamed]
    for links in (renamed, pa.Table.from_pylist(renamed), tmp_path / "links.json", both):
        for field in ("confidence", "confidence_score"):
            assert LinkGraph(read_links(links, columns={"score": field})) == expected
    assert read_links(both, columns={"score": "confidence"}).drift.unknown_fields == {
        "confidence": len(both)
    }


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"scor": "confidence"}, r"has the key 'scor'.*Did you mean 'score'"),
        ({"elsewhere": "confidence"}, r"has the key 'elsewhere'.*it has 'source', 'target'"),
        ({"score": "confidenc"}, r"'confidenc', which is not a field.*Did you mean 'confidence'"),
        ({"score": "zzz"}, r"'zzz', which is not a field of a link; there are organization_id"),
        ({"score": "confidence", "other": "confidence_score"}, "both 'score' and 'other'"),
    ],
)
def test_wrong_mappings_are_refused(columns: dict[str, str], said: str) -> None:
    """The error for an invalid mapping lists the valid names."""
    table = {"source": ["a/b.c"], "target": ["b/c.d"], "score": [0.5], "other": [1]}
    with pytest.raises(ArgumentError, match=said):
        read_links(pa.table(table), columns=columns)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            {"src": ["a/b.c"], "Right": ["b/c.d"], "Similarity": [0.5]},
            r"'source', 'target' or 'confidence'; it has 'src', 'Right', 'Similarity'\. Did you",
        ),
        (
            {"source": ["a/b.c"], "target": ["b/c.d"], "score": [0.5]},
            r"no column 'confidence'.*Did you mean columns=\{'score': 'confidence'\}",
        ),
        ({"x": [1]}, r"it has 'x'\. Links need source, target and confidence, or the fields"),
        ({f"c{n}": [1] for n in range(25)}, "'c7' and 17 more"),
        ({"source_integration_source_id": [1]}, "no column 'organization_id', 'target_integ"),
        ({}, r"no column 'source', 'target' or 'confidence'; it has none\. Links need source"),
        ({"source": [], "x": []}, "no column 'target' or 'confidence'"),
    ],
)
def test_tables_without_the_columns_are_refused(table: dict[str, Any], said: str) -> None:
    """The error for missing columns lists the present and the required columns."""
    with pytest.raises(FormatError, match=said):
        read_links(pa.table(table))


def test_a_column_twice_is_refused() -> None:
    """A field in two columns is refused; two equal columns that are not a field are ignored."""
    columns = [["a/b.c"], ["b/c.d"], [0.5], [1], [2]]
    names = ["source", "target", "confidence", "note", "note"]
    assert read_links(pa.Table.from_arrays(columns, names)).report.kept == 1
    names[-1] = "target"
    with pytest.raises(FormatError, match="has the column 'target' more than once"):
        read_links(pa.Table.from_arrays(columns, names))


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"source": [], "target": [], "confidence": []},
        {name: [] for name in EntityLink.model_fields},
    ],
)
def test_empty_tables_of_the_right_shape_are_empty(given: Any) -> None:
    """A table with the right columns and no rows is valid."""
    table = pa.table(given) if isinstance(given, dict) else given
    assert read_links(table).report.records == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"confidence_score": 87.0}, "confidence_range at /confidence_score.*divide percent"),
        ({"id": "seven"}, "2 invalid_uuid at /id.*The first is record 0.*Ids are UUIDs"),
        ({"created_at": "yesterday"}, "date_time at /created_at.*A time reads"),
        ({"evidence": [1]}, "2 wrong_type at /evidence"),
        ({"id": None}, "2 missing_field at /id"),
    ],
)
@pytest.mark.parametrize("kind", [list, pa.Table.from_pylist])
def test_nothing_kept_is_an_error(
    kind: Callable[[Records], Any], changes: dict[str, Any], said: str
) -> None:
    """If no record can be kept, the error has the most frequent reasons and a hint."""
    links = [{**record("a/t.x", f"b/u.{n}"), **changes} for n in range(2)]
    with pytest.raises(FormatError, match=rf"2 records, and none can be kept: .*{said}"):
        read_links(kind(links))


def test_nothing_kept_of_what_is_no_record() -> None:
    """The error works for input without any records, which have no keys to suggest."""
    with pytest.raises(FormatError, match="2 records, and none can be kept: 2 not_json"):
        read_links(b'{"a": nope}\n{"b": nope}')


def test_nothing_kept_of_records_with_other_keys() -> None:
    """The keys of records are suggested like the columns of a table."""
    with pytest.raises(FormatError, match=r"missing_field.*Did you mean columns=\{'src': 'sou"):
        read_links([{"src": "a/b.c", "dst": "b/c.d", "score": 1}])
    with pytest.raises(FormatError, match=r"missing_field.*Links have the fields of the API"):
        read_links([{"some": "thing"}])
    with pytest.raises(FormatError, match="1 not_object"):
        read_links([5])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (5, "type int"),
        (None, "type NoneType"),
        ({"id": 1}, "from dict"),
        (pa.array([1]), "Int64Array is not a table"),
        ('[{"id": 1}]', "looks like JSON"),
    ],
)
def test_other_objects_are_refused(given: Any, said: str) -> None:
    """The error for other objects names their type and the accepted inputs."""
    with pytest.raises(ArgumentError, match=said):
        read_links(given)


def test_open_files_are_refused() -> None:
    """An open file is refused with a hint to pass its content."""
    with (
        Path(__file__).open("rb") as file,
        pytest.raises(ArgumentError, match=r"open file.*Pass its path"),
    ):
        read_links(file)


def test_other_series_are_refused() -> None:
    """A series is refused, as it is not a table."""
    with pytest.raises(ArgumentError, match="Series is not a table"):
        read_links(pytest.importorskip("pandas").Series([1]))


def test_rows_that_a_library_cannot_compute_have_its_reason() -> None:
    """The error for a table that fails while it is read has the library's reason."""
    pl, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")

    def fail(_: int) -> Any:
        raise OSError("the disk is gone.")

    schema = pa.schema([("source", pa.string())])
    reader = pa.RecordBatchReader.from_batches(schema, map(fail, [1]))
    with pytest.raises(FormatError, match=r"^Arrow cannot read the rows: .*the disk is gone\.$"):
        read_links(reader)
    with pytest.raises(FormatError, match=r"^polars cannot read the rows: .*source"):
        read_links(pl.LazyFrame({"target": ["b"]}).select("source"))
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT CAST(x AS INT) AS source FROM (VALUES ('zz')) AS t(x)")
        with pytest.raises(FormatError, match=r"^DuckDB cannot read the rows: .*'zz' to INT32"):
            read_links(relation)


def test_a_lack_of_memory_is_duckdb_s() -> None:
    """The error by which DuckDB says that its memory limit is too low comes as it is."""
    duckdb = pytest.importorskip("duckdb")

    class Relation:
        def __arrow_c_stream__(self, _: object = None) -> Any:
            raise duckdb.OutOfMemoryException("failed to allocate data")

    Relation.__module__ = "duckdb"
    with pytest.raises(duckdb.OutOfMemoryException, match="failed to allocate"):
        read_links(Relation())


# --- cells -----------------------------------------------------------------------------------


def one(**changes: Any) -> Any:
    """Read one record of the API as a table of Python values, and return its only link."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame([record("a/t.x", "b/u.y")], dtype=object)
    for name, value in changes.items():
        frame[name] = pd.Series([value], dtype=object)
    return read_links(frame).links.to_pylist()[0]


class Kinds(Enum):
    """Types of links as an enumeration of a user's program."""

    SURE = "DETERMINISTIC"


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"id": UUID(uid("l"))}, "link_id", UUID(uid("l")).bytes),
        ({"id": UUID(uid("l")).bytes}, "link_id", UUID(uid("l")).bytes),
        ({"id": uid("l").upper()}, "link_id", UUID(uid("l")).bytes),
        ({"id": UUID(uid("l")).hex}, "link_id", UUID(uid("l")).bytes),
        ({"id": f" {uid('l')} "}, "link_id", UUID(uid("l")).bytes),
        ({"confidence_score": "0.25"}, "confidence", 0.25),
        ({"confidence_score": " 0,25"}, "confidence", 0.25),
        ({"confidence_score": Decimal("0.25")}, "confidence", 0.25),
        ({"confidence_score": np.float32(0.25)}, "confidence", 0.25),
        ({"confidence_score": np.int8(1)}, "confidence", 1.0),
        ({"confidence_score": "NA"}, "confidence", None),
        ({"confidence_score": Decimal("NaN")}, "confidence", None),
        ({"confidence_score": np.float32("nan")}, "confidence", None),
        ({"link_type": Kinds.SURE}, "link_type", "DETERMINISTIC"),
        ({"link_type": np.str_("DETERMINISTIC")}, "link_type", "DETERMINISTIC"),
        ({"link_type": None}, "link_type", "PROBABILISTIC"),
        ({"status": float("nan")}, "status", "SUGGESTED"),
        ({"status": "None"}, "status", "SUGGESTED"),
        ({"evidence": '{"a": 1}'}, "evidence", '{"a": 1}'),
        ({"evidence": "{'a': None}"}, "evidence", '{"a": null}'),
        ({"evidence": {"a": np.int64(1), "b": float("nan")}}, "evidence", '{"a": 1, "b": null}'),
        ({"evidence": {"a": np.array([1]), "u": UUID(int=1)}}, "evidence",
         '{"a": [1], "u": "00000000-0000-0000-0000-000000000001"}'),
        ({"evidence": "null"}, "evidence", None),
        ({"evidence": {"a": np.datetime64("NaT")}}, "evidence", '{"a": null}'),
        ({"evidence": {"a": [float("nan"), Decimal(1)]}}, "evidence", '{"a": [null, 1.0]}'),
        ({"evidence": '{"a": {"b": [{"c": 1}]}}'}, "evidence", '{"a": {"b": [{"c": 1}]}}'),
        ({"evidence": '{"a": ":b\\":c"}'}, "evidence", '{"a": ":b\\":c"}'),
    ],
)  # fmt: skip
def test_values_of_other_types(changes: dict[str, Any], field: str, value: object) -> None:
    """A field is read from every type that its values may have."""
    assert one(**changes)[field] == value


MOMENT = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        MOMENT.replace(tzinfo=None),
        np.datetime64("2026-01-05T09:30"),
        np.datetime64("2026-01-05T09:30:00.000000000"),
        "2026-01-05T09:30:00Z",
        "2026-01-05 09:30:00",
        "2026-01-05 09:30:00 UTC",
        "2026-01-05 10:30:00+01",
        "2026-01-05 10:30:00.000+0100",
        "2026-01-05 10:30:00+01:00",
    ],
)
def test_times_as_libraries_write_them(value: object) -> None:
    """Times with a blank for the T, without a zone, or with hours alone are the same moment."""
    assert one(updated_at=value)["updated_at"] == MOMENT


def test_days_are_their_first_moment() -> None:
    """A day, as date or as text, is read as its first moment."""
    for value in (dt.date(2026, 1, 5), "2026-01-05"):
        assert one(updated_at=value)["updated_at"] == MOMENT.replace(hour=0, minute=0)


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("id", pa.array([7]), "invalid_uuid"),
        ("id", pa.array(["x" * 36]), "invalid_uuid"),
        ("id", pa.array([b"seven"], pa.binary()), "invalid_uuid"),
        ("id", pa.array([None], pa.string()), "missing_field"),
        ("status", pa.array([7]), "wrong_type"),
        ("status", pa.array([["x"]]), "wrong_type"),
        ("created_at", pa.array([7]), "date_time"),
        ("created_at", pa.array([None], pa.timestamp("us")), "missing_field"),
        ("created_at", pa.array(["2026-13-05T09:30:00Z"]), "date_time"),
        ("created_at", pa.array([2**62], pa.int64()).cast(pa.timestamp("s")), "date_time"),
        ("created_at", pa.array([2**60], pa.int64()).cast(pa.timestamp("us")), "date_time"),
        ("confidence_score", pa.array([True]), "wrong_type"),
        ("confidence_score", pa.array([float("inf")]), "not_finite"),
        ("confidence_score", pa.array(["high"]), "wrong_type"),
        ("confidence_score", pa.array([["x"]]), "wrong_type"),
        ("evidence", pa.array(["some text"]), "wrong_type"),
        ("evidence", pa.array(["[1]"]), "wrong_type"),
        ("evidence", pa.array(['{"a": 1, "a": 2}']), "duplicate_key"),
        ("evidence", pa.array(['{"a": NaN}']), "not_finite"),
        ("evidence", pa.array(['{"a": ' * 200 + "1" + "}" * 200]), "too_deep"),
        ("evidence", pa.array(['{"a": ']), "wrong_type"),
        ("evidence", pa.array(["{'a': f()}"]), "wrong_type"),
        ("evidence", pa.array(["{'a': " + "[" * 200 + "]" * 200 + "}"]), "wrong_type"),
        ("evidence", pa.array([7]), "wrong_type"),
        ("evidence", pa.array([[("a", "1"), ("a", "2")]], pa.map_(pa.string(), pa.string())),
         "wrong_type"),
        ("source_table_id", pa.array(["x"]), "invalid_uuid"),
    ],
)  # fmt: skip
def test_values_that_are_wrong(name: str, column: pa.Array, reason: str) -> None:
    """A wrong value has the same reason as in a record of the API."""
    table = pa.Table.from_pylist([record("a/t.x", "b/u.z")])
    table = table.drop_columns([name]) if name in table.column_names else table
    with pytest.raises(FormatError, match=f"1 record, and none can be kept: 1 {reason}"):
        read_links(table.append_column(name, column))


def test_rows_are_set_aside_as_json() -> None:
    """A row set aside is written by its own columns, without nulls."""
    links = [
        record("a/t.x", "b/u.y", note="x"),
        record("a/t.x", "b/u.z", 2.0, note=None),
        record("a/t.x", "b/u.y", note="x"),
    ]
    found = read_links(
        pa.Table.from_pylist(links).rename_columns({"confidence_score": "confidence"})
    )
    expected = [
        {("confidence" if name == "confidence_score" else name): value}
        for link in links[1:]
        for name, value in link.items()
        if value is not None
    ]
    texts = [json.loads(quarantined.record) for quarantined in found.quarantine]
    assert [{name: value} for text in texts for name, value in text.items()] == expected


def test_half_a_surrogate_pair_is_set_aside() -> None:
    """Half a surrogate pair sets a row aside, as it is not Unicode."""
    pd = pytest.importorskip("pandas")
    links = [record("a/t.x", "b/u.y"), record("a/t.x", "b/u.z", status=HALF)]
    found = read_links(pd.DataFrame(links, dtype=object))
    assert dict(found.report.reasons) == {"not_unicode": 1}


def test_values_that_json_cannot_carry_are_set_aside() -> None:
    """A row with a value that JSON cannot hold is set aside, and the others are read."""
    pd = pytest.importorskip("pandas")
    links = [record("a/t.x", "b/u.y"), record("a/t.x", "b/u.z", evidence={"a": {1}}, id=object())]
    (quarantined,) = read_links(pd.DataFrame(links, dtype=object)).quarantine
    assert [reason.code for reason in quarantined.reasons] == ["invalid_uuid", "wrong_type"]
    assert json.loads(quarantined.record)["evidence"] == {"a": "{1}"}


def test_columns_that_arrow_cannot_hold_are_read_by_value() -> None:
    """A column that Arrow cannot hold is read value by value."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame([record("a/t.x", "b/u.y"), record("a/t.x", "b/u.z")])
    frame["status"] = pd.Series(["APPROVED", 5], dtype="category")
    found = read_links(frame)
    assert found.report.links_by_status == {"APPROVED": 1}
    assert dict(found.report.reasons) == {"wrong_type": 1}


def test_batches_without_rows_are_passed() -> None:
    """Batches without rows are ignored at any position of a stream."""
    (batch,) = pa.Table.from_pylist([record("a/t.x", "b/u.y")]).to_batches()
    batches = [batch.slice(0, 0), batch, batch.slice(0, 0)]
    assert read_links(pa.RecordBatchReader.from_batches(batch.schema, batches)).report.kept == 1


def test_unknown_columns_are_counted() -> None:
    """An unknown column is counted with the number of its rows that are not null."""
    pd = pytest.importorskip("pandas")
    links = [
        record("a/t.x", "b/u.y", note="x", other=None),
        record("a/t.x", "b/u.z", note=None, other=None),
    ]
    for table in (pa.Table.from_pylist(links), pd.DataFrame(links, dtype=object)):
        assert read_links(table).drift.unknown_fields == {"note": 1}


def test_evidence_of_structs_and_maps() -> None:
    """A null member of a struct counts as missing, and a map is an object."""
    links = [
        record("a/t.x", "b/u.y", evidence={"a": 1, "b": {"c": 2}, "d": [{"e": 1}, {"f": 2}]}),
        record("a/t.x", "b/u.z", evidence={"g": "x"}),
        record("a/t.x", "b/u.w", evidence=None),
    ]
    assert LinkGraph(read_links(pa.Table.from_pylist(links))) == LinkGraph(read_links(links))
    maps = pa.array([[("a", "x")], [], None], pa.map_(pa.string(), pa.string()))
    table = pa.Table.from_pylist(links).drop_columns(["evidence"]).append_column("evidence", maps)
    assert read_links(table).links.column("evidence").to_pylist() == ['{"a": "x"}', "{}", None]


@pytest.mark.parametrize("value", [None, float("nan"), np.datetime64("NaT"), np.float32("nan")])
def test_what_is_null(value: object) -> None:
    """Exactly the null values of all libraries are null."""
    assert is_null(value)
    assert wire_value(value, Kind.TIME) is None
    pd = pytest.importorskip("pandas")
    assert is_null(pd.NA)
    assert is_null(pd.NaT)
    plain: tuple[Any, ...] = (0, 0.0, "", "x", {}, [], np.array([1.0, float("nan")]), False)
    for other in plain:
        assert not is_null(other)


TEXTS = st.one_of(st.none(), st.text(max_size=4), st.sampled_from(["approved", "NA", uid("x")]))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.uuids().map(str),
                "status": TEXTS,
                "confidence_score": st.one_of(st.none(), st.floats(allow_infinity=False)),
                "source_table_id": st.one_of(st.none(), st.uuids().map(str), st.just("x")),
                "evidence": st.one_of(
                    st.none(), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
                ),
                "updated_at": st.one_of(
                    st.none(), st.sampled_from(["2026-01-05T09:30:00Z", "2026-01-05T09:30:00", "x"])
                ),
            }
        ),
        max_size=6,
        unique_by=lambda link: str(link["id"]),
    )
)
def test_records_and_tables_say_the_same(changes: Records) -> None:
    """Tables and records with the same values are kept, set aside and counted alike."""
    links = [record("a/t.x", "b/u.y"), *({**record("a/t.x", "b/u.z"), **c} for c in changes)]
    # In text that is all there is, some words stand for null; in a record they are words.
    links = [
        link for link in links if str(link.get("status", "x")).strip() not in {*_NULL_TEXTS, "None"}
    ]
    expected = read_links(links)
    found = read_links(pa.Table.from_pylist(with_text_of(links)))

    assert found.links.to_pylist() == expected.links.to_pylist()
    assert found.flags == expected.flags
    assert found.drift == expected.drift
    assert [(q.index, q.reasons) for q in found.quarantine] == [
        (q.index, q.reasons) for q in expected.quarantine
    ]


def with_text_of(links: Records) -> Records:
    """Return records that all have the same keys, with evidence as JSON text."""
    names = dict.fromkeys(name for link in links for name in link)
    whole = [{name: link.get(name) for name in (*names, "evidence")} for link in links]
    return with_text(whole)


@pytest.mark.parametrize("kind", [as_pandas, as_polars, as_arrow, as_duckdb, as_parquet, as_csv])
def test_a_real_organization_is_the_same_as_a_table(
    kind: Callable[[Records, Path], Any], real_organization: Path, tmp_path: Path
) -> None:
    """Thousands of links in a table give the nodes, links and evidence of the JSON."""
    path = real_organization / "entity_links.json.gz"
    expected = LinkGraph(read_links(path, catalogue=real_organization))
    links = json.loads(gzip.decompress(path.read_bytes()))
    found = read_links(kind(links, tmp_path), catalogue=real_organization)

    assert LinkGraph(found) == expected
