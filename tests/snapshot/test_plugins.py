"""Tests of readers of other packages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hummgraph.errors import ConfigError, FormatError, PluginError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.plugins import reader_of
from tests.support.plugin_packages import install, install_example

if TYPE_CHECKING:
    from collections.abc import Mapping

LINKS = '[{"source": "a/t.x", "target": "b/t.x", "confidence": 0.5}]'
CODE = """
class One:
    about = "Odd files"
    suffixes = (".odd",)

    def read(self, path):
        {body}
"""


def reader(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    body: str,
    *,
    package: str = "odd_package",
    points: Mapping[str, str] | None = None,
) -> None:
    """Install a reader."""
    entries = points or {"odd": f"{package}:One"}
    install(monkeypatch, folder, package, {"hummgraph.readers": entries}, CODE.format(body=body))


def test_a_plugin_reads_files_of_its_suffix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Other files and content in memory are read without loading it."""
    install_example(monkeypatch, tmp_path)
    path = tmp_path / "links.json"
    path.write_text(LINKS)
    read_links(path)
    read_links(LINKS.encode())
    assert "hummgraph_pairs" not in sys.modules
    (tmp_path / "links.PAIRS").write_text("a/t.x\tb/t.x\t0.5\n")
    for given in (tmp_path / "links.PAIRS", str(tmp_path / "links.PAIRS")):
        assert LinkGraph(read_links(given)) == LinkGraph(read_links(path))


def test_what_it_returns_is_read_as_always(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A table, the content of a file, or a path to another file; with columns."""
    path = tmp_path / "x.odd"
    path.write_text(LINKS)
    expected = LinkGraph(read_links(LINKS.encode()))
    for number, body in enumerate(
        (
            "import pyarrow, json; return pyarrow.Table.from_pylist(json.loads(path.read_text()))",
            "return path.read_bytes()",
        )
    ):
        with monkeypatch.context() as patch:
            reader(patch, tmp_path, body, package=f"odd_{number}")
            assert LinkGraph(read_links(path)) == expected


def test_errors_name_the_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also those that come while its links are taken one by one."""
    path = tmp_path / "x.odd"
    path.write_text("")
    for package, body in (("one", "raise KeyError('k')"), ("two", "yield 1 / 0")):
        with monkeypatch.context() as patch:
            reader(patch, tmp_path, body, package=package)
            with pytest.raises(PluginError, match=f"'odd' of {package} 1.0 failed") as caught:
                read_links(path)
            assert isinstance(caught.value.__cause__, KeyError | ZeroDivisionError)
    reader(monkeypatch, tmp_path, "return 3")
    with pytest.raises(PluginError, match="TypeError"):
        read_links(path)


def test_a_damaged_plugin_is_said_if_nothing_else_reads_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Hummgraph reads a file that it recognises by its content, whatever its suffix."""
    reader(monkeypatch, tmp_path, "pass", points={"odd": "odd_package:Two"})
    path = tmp_path / "x.odd"
    path.write_text(LINKS)
    assert read_links(path).report.kept == 1
    path.write_bytes(b"\x00odd")
    unusable = r"Unusable plug-ins: The plug-in 'odd' of odd_package .* AttributeError"
    with pytest.raises(FormatError, match=unusable):
        read_links(path)
    with pytest.raises(ConfigError):
        read_links(tmp_path / "none.odd")


def test_a_missing_file_is_no_fault_of_the_plugin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error is that of any other missing file."""
    reader(monkeypatch, tmp_path, "return path.read_bytes()")
    with pytest.raises(ConfigError, match=r"none\.odd"):
        read_links(tmp_path / "none.odd")
    with pytest.raises(ConfigError, match="name too long"):
        read_links(f"{'a' * 5000}.odd")


def test_two_readers_of_one_suffix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error names both."""
    both = {"one": "odd_package:One", "two": "odd_package:One"}
    reader(monkeypatch, tmp_path, "return []", points=both)
    with pytest.raises(PluginError, match=r"'one' of odd_package .* and 'two' of odd"):
        reader_of(Path("x.odd"))


def test_own_suffixes_have_no_plugin() -> None:
    """Nor has a file without one."""
    assert reader_of(Path("x.csv")) == reader_of(Path("x")) == (None, [])
