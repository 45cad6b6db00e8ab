"""Tests of exporters of other packages."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import pytest

from hummgraph.errors import ArgumentError, FormatError, PluginError
from hummgraph.export import FORMATS, write
from hummgraph.export.plugins import exporters
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.plugin_packages import install, install_example

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = builders.graph([("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/t.y", 0.25)])
CODE = """
class One:
    about = "Nothing much"
    suffixes = {suffixes}
    carries = frozenset({carries})
    options = ()

    def chunks(self, rows):
        {body}
"""


def exporter(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    name: str = "odd",
    *,
    package: str = "odd_package",
    suffixes: str = '(".odd",)',
    carries: str = "()",
    body: str = "yield b'x'",
) -> None:
    """Install an exporter."""
    code = CODE.format(suffixes=suffixes, carries=carries, body=body)
    points = {"hummgraph.exporters": {name: f"{package}:One"}}
    install(monkeypatch, folder, package, points, code)


def test_the_example_writes_what_it_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By its suffix or its name, with its options, and back by its reader."""
    install_example(monkeypatch, tmp_path)
    path = write(GRAPH, tmp_path / "links.pairs")
    assert sorted(path.read_text().splitlines()) == ["a/t.x\tb/t.x\t0.9", "a/t.x\tb/t.y\t0.25"]
    again = LinkGraph(read_links(path))
    assert sorted(again.links["target_path"]) == sorted(GRAPH.links["target_path"])
    assert sorted(again.links["confidence"]) == [0.25, 0.9]
    named = write(GRAPH, tmp_path / "named.txt", format="pairs", least="0.5")
    assert named.read_text() == "a/t.x\tb/t.x\t0.9\n"
    with pytest.raises(ArgumentError, match="pairs has no option 'most'"):
        write(GRAPH, tmp_path / "x.pairs", most=1)
    with pytest.raises(ArgumentError, match="pairs cannot hold node_attributes="):
        write(GRAPH, tmp_path / "x.pairs", node_attributes={"rank": {}})


def test_plugins_are_not_loaded_for_formats_of_hummgraph(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Their code runs only for a name or suffix that is not built in."""
    install_example(monkeypatch, tmp_path)
    write(GRAPH, tmp_path / "x.graphml")
    write(GRAPH, tmp_path / "x", format="csv")
    assert "hummgraph_pairs" not in sys.modules
    write(GRAPH, tmp_path / "x.pairs")
    assert "hummgraph_pairs" in sys.modules


def test_a_plugin_replaces_nothing_of_hummgraph(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a name nor a suffix; a suffix of its own still works."""
    exporter(monkeypatch, tmp_path, suffixes='(".graphml", ".odd")')
    assert write(GRAPH, tmp_path / "x.graphml").read_text().startswith("<?xml")
    assert write(GRAPH, tmp_path / "x.odd").read_text() == "x"
    exporter(monkeypatch, tmp_path, "dot", package="dot_package", suffixes='(".mine",)')
    assert write(GRAPH, tmp_path / "y", format="dot").read_text() != "x"
    formats, (error,) = exporters(FORMATS)
    assert [known.name for known in formats] == ["odd"]
    assert formats[0].suffixes == (".odd",)
    assert str(error.message) == (
        "The plug-in 'dot' of dot_package 1.0 has the name of a format of hummgraph."
    )


def test_errors_name_the_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its exception is the cause, nothing is written, and its own argument errors stay."""
    path = tmp_path / "x.odd"
    path.write_text("old")
    for package, body, message in (
        ("one", "raise KeyError('k')", "'odd' of one 1.0 failed: KeyError: 'k'"),
        ("two", "yield b'half'; raise OSError('disk')", "of two 1.0 failed: OSError: disk"),
        ("three", "yield 'text'", "of three 1.0 yielded a str, not bytes"),
        ("four", "return 3", "of four 1.0 failed: TypeError"),
    ):
        with monkeypatch.context() as patch:
            exporter(patch, tmp_path, package=package, body=body)
            with pytest.raises(PluginError, match=message):
                write(GRAPH, path)
    own = "from hummgraph.errors import ArgumentError; raise ArgumentError('No.')"
    exporter(monkeypatch, tmp_path, body=own)
    with pytest.raises(ArgumentError, match="No"):
        write(GRAPH, path)
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError"),
        ("One = 3", "does not have what hummgraph.export.plugins.Exporter requires"),
        (CODE.format(suffixes='("odd",)', carries="()", body="yield b''"), "does not have what"),
        (CODE.format(suffixes="()", carries="{'all'}", body="yield b''"), "carries 'all'"),
    ],
)
def test_unusable_plugins_are_said_where_one_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, message: str
) -> None:
    """They break nothing else, and the list of formats names them."""
    install(monkeypatch, tmp_path, "broken", {"hummgraph.exporters": {"bad": "broken:One"}}, code)
    write(GRAPH, tmp_path / "x.dot")
    with pytest.raises(PluginError, match=message):
        write(GRAPH, tmp_path / "x", format="bad")
    with pytest.raises(FormatError, match=rf"there are graphml .* Unusable plug-ins: .*{message}"):
        write(GRAPH, tmp_path / "x.bad")
    assert "The plug-in 'bad' of broken 1.0" in str(exporters(FORMATS)[1][0])
    exporter(monkeypatch, tmp_path)
    assert write(GRAPH, tmp_path / "x.odd").read_text() == "x"


def test_a_broken_plugin_is_blamed_only_for_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each name has its own reason, and an unknown name has none."""
    for name in ("boom", "missing"):
        points = {"hummgraph.exporters": {name: f"{name}_package:One"}}
        install(monkeypatch, tmp_path, f"{name}_package", points, f"import no_{name}")
        exporter(monkeypatch, tmp_path, package=f"odd_{name}", name=f"odd_{name}", suffixes="()")
    for name in ("boom", "missing"):
        with pytest.raises(PluginError, match=f"'{name}' .* No module named 'no_{name}'") as caught:
            write(GRAPH, tmp_path / "x", format=name)
        assert caught.value.plugin == name
    with pytest.raises(FormatError, match=r"no format 'other'; .*odd_boom \(by name\)") as unknown:
        write(GRAPH, tmp_path / "x", format="other")
    assert "no_boom" not in str(unknown.value)


def test_a_name_that_ends_in_gz_is_compressed_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A suffix before .gz selects the plug-in; one that has .gz itself compresses itself."""
    exporter(monkeypatch, tmp_path)
    packed = write(GRAPH, tmp_path / "x.odd.gz").read_bytes()
    assert gzip.decompress(packed) == b"x"
    exporter(monkeypatch, tmp_path, "own", package="own_package", suffixes='(".own.gz",)')
    assert write(GRAPH, tmp_path / "x.own.gz").read_bytes() == b"x"
    with pytest.raises(FormatError, match=r"has the suffix '\.other'"):
        write(GRAPH, tmp_path / "x.other.gz")


def test_two_plugins_of_one_suffix_or_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The suffix is ambiguous, the name is that of the first package."""
    exporter(monkeypatch, tmp_path, "one", package="one_package")
    exporter(monkeypatch, tmp_path, "two", package="two_package", body="yield b'two'")
    with pytest.raises(PluginError, match=r"one and two both have the suffix '\.odd'"):
        write(GRAPH, tmp_path / "x.odd")
    assert write(GRAPH, tmp_path / "x.odd", format="two").read_text() == "two"
    exporter(monkeypatch, tmp_path, "one", package="z_package", suffixes="()")
    formats, (error,) = exporters(FORMATS)
    assert [known.name for known in formats] == ["one", "two"]
    assert "has the name of one of one_package 1.0, which is used" in str(error)


def test_a_format_that_nobody_has(tmp_path: Path) -> None:
    """The error is the one without plug-ins."""
    with pytest.raises(FormatError, match=r"No format has the suffix '\.odd'"):
        write(GRAPH, tmp_path / "x.odd")
    with pytest.raises(FormatError, match="There is no format 'odd'"):
        write(GRAPH, tmp_path / "x", format="odd")


def test_evidence_is_redacted_for_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A plug-in gets rows in which only what the user asked for is left."""
    records = [builders.record("a/t.x", "b/t.x", 0.9, evidence={"sample": "jane@example.com"})]
    graph = LinkGraph(read_links(records))
    body = "yield from (str(batch.to_pylist()).encode() for batch in rows.links())"
    exporter(monkeypatch, tmp_path, body=body)
    assert "jane" not in write(graph, tmp_path / "x.odd").read_text()
    assert "jane" in write(graph, tmp_path / "x.odd", evidence="full").read_text()
