"""Graphs read back from the two Parquet files of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from hummgraph import Limits, cluster, read_links, read_parquet, write
from hummgraph.errors import ConfigError, FormatError, MemoryLimitError
from hummgraph.export.parquet_reader import is_export
from tests.export.graphml.test_writer import graphs
from tests.support.builders import graph

if TYPE_CHECKING:
    from pathlib import Path

    import hummgraph as hg

ROWS = [("a/t.x", "b/t.x", 0.9), ("b/t.x", "c/t.y", 0.8)]


@given(graphs())
def test_a_graph_comes_back(tmp_path_factory: pytest.TempPathFactory, given: hg.LinkGraph) -> None:
    """With all evidence it is equal, whatever its texts, and from either file's path."""
    folder = tmp_path_factory.mktemp("back") / "export"
    write(given, folder, format="parquet", evidence="full")
    assert read_parquet(folder) == given
    assert read_parquet(folder / "links.parquet") == given


def test_clusters_and_redaction(tmp_path: Path) -> None:
    """Columns of clusters are ignored; redacted evidence stays known as such."""
    given = graph(ROWS)
    write(given, tmp_path / "x", format="parquet", clusters=cluster(given, threshold=0.5))
    again = read_parquet(tmp_path / "x")
    assert again.nodes["path"] == given.nodes["path"]
    assert again.snapshot.kept_evidence == "vocabulary"


def test_faults_name_the_file(tmp_path: Path) -> None:
    """A missing, damaged or other file is an error with its path."""
    folder = tmp_path / "x"
    with pytest.raises(ConfigError, match=r"There is no file .*nodes\.parquet"):
        read_parquet(folder)
    write(graph(ROWS), folder, format="parquet")
    links = folder / "links.parquet"
    whole = pq.read_table(links)
    pq.write_table(whole.drop_columns("link_id"), links)
    with pytest.raises(FormatError, match=r"x': .*link_id"):
        read_parquet(folder)
    assert not is_export(folder)
    about = {**whole.schema.metadata, b"organization": b"\xff"}
    pq.write_table(whole.replace_schema_metadata(about), links)
    with pytest.raises(FormatError, match="cannot be read as Parquet"):
        read_parquet(folder)
    links.write_bytes(b"PAR1")
    with pytest.raises(FormatError, match=r"links\.parquet' cannot be read as Parquet"):
        read_parquet(folder)
    assert not is_export(folder)


def test_few_bytes_cannot_fill_memory(tmp_path: Path) -> None:
    """Texts that a file holds once and names often are counted before they are decoded."""
    folder = tmp_path / "x"
    write(graph(ROWS), folder, format="parquet")
    nodes = pq.read_table(folder / "nodes.parquet")
    large = pa.DictionaryArray.from_arrays([0] * nodes.num_rows, ["x" * 1_000_000])
    place = nodes.schema.get_field_index("description")
    pq.write_table(nodes.set_column(place, "description", large), folder / "nodes.parquet")
    with pytest.raises(MemoryLimitError, match=r"The table in .*nodes\.parquet"):
        read_parquet(folder, limits=Limits(memory=2_000_000))


def test_folders_are_told_apart(tmp_path: Path) -> None:
    """The errors of other readers name the one for this folder."""
    folder = tmp_path / "x"
    write(graph(ROWS), folder, format="parquet")
    for path in (folder, folder / "links.parquet"):
        with pytest.raises((ConfigError, FormatError), match=r"read_parquet\(\)"):
            read_links(path)
    assert not is_export(tmp_path)


def test_an_empty_graph_comes_back(tmp_path: Path) -> None:
    """A graph without nodes and links is two files without rows."""
    given = graph(ROWS).where(min_confidence=1.0)
    write(given, tmp_path / "x", format="parquet", evidence="full")
    assert read_parquet(tmp_path / "x") == given
