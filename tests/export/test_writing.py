"""Tests of writing, with the rules that hold for every format."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import ArgumentError, FormatError, OutputError
from hummgraph.export import ENGINES, FORMATS, Format, show, write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import PLACEHOLDER, KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.explorer_pages import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

FORMAT_NAMES = [known.name for known in FORMATS]
ONE_FILE = [known for known in FORMATS if known.suffixes]
# Options without which these formats hold nothing.
OPTIONS: dict[str, dict[str, Any]] = {
    "openlineage": {"lineage": "approved"},
    "dbt": {"system": uid("crm")},
}
SILENT = {"openlineage", "datahub"}
"""Formats without a place for what was left out; neither holds evidence."""
CANARY = "jane.canary@example.com"


@pytest.fixture(params=FORMATS, ids=FORMAT_NAMES)
def known(request: pytest.FixtureRequest) -> Format:
    """Return each format in turn."""
    form: Format = request.param
    return form


def quoting() -> LinkGraph:
    """Return a graph whose evidence quotes data, at every depth and in every form."""
    evidence = {
        "score": 0.75,
        "same": True,
        "sample": CANARY,
        "list": [CANARY],
        "deep": {"er": {"text": CANARY, "list": [[{"a": CANARY}]]}},
        "\ud800": CANARY,
    }
    row = record("crm/contact.email", "shop/user.mail", 0.9, evidence=evidence)
    return LinkGraph(read_links([row], catalogue=builders.catalogue(["crm/contact.email"])))


def out(known: Format, graph: Any, path: Path, **options: Any) -> Path:
    """Write a graph in a format, with the options that the format needs."""
    return write(graph, path, format=known.name, **OPTIONS.get(known.name, {}), **options)


def content(path: Path) -> bytes:
    """Return all bytes of a file, or of the files of a folder."""
    files = [path] if path.is_file() else sorted(path.iterdir())
    return b"".join(file.read_bytes() for file in files)


def text(path: Path) -> str:
    """Return the readable text of a file or folder."""
    if (path / "links.parquet").is_file():
        tables = [pq.read_table(file) for file in sorted(path.iterdir())]
        return "".join(f"{table.to_pylist()}{table.schema.metadata}" for table in tables)
    return readable(content(path).decode())


# --- the table of formats ------------------------------------------------------------------------


def test_formats_do_not_share_names_or_suffixes() -> None:
    """A name or suffix belongs to one format only."""
    suffixes = [suffix for known in FORMATS for suffix in known.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert len(set(FORMAT_NAMES)) == len(FORMATS)


def test_suffix_decides(known: Format, tmp_path: Path) -> None:
    """A suffix in any case selects the same format as its name."""
    graph = quoting()
    named = content(out(known, graph, tmp_path / "named.xyz"))
    for suffix in known.suffixes:
        options = OPTIONS.get(known.name, {})
        path = write(graph, tmp_path / f"links{suffix.upper()}", **options)
        assert path == tmp_path / f"links{suffix.upper()}"
        assert path.read_bytes() == named


def test_equal_graphs_give_equal_bytes(known: Format, tmp_path: Path) -> None:
    """Records in another order, written on another day, give the same file."""
    rows = [record("crm/t.x", f"b/t.{number}", number / 10) for number in range(9)]
    one, other = (LinkGraph(read_links(some)) for some in (rows, rows[::-1]))
    first = out(known, one, tmp_path / "1", clusters=cluster(one, threshold=0.5))
    again = out(known, other, tmp_path / "2", clusters=cluster(other, threshold=0.5))
    assert content(first) == content(again)


def test_a_node_in_no_cluster_has_no_cluster_index(tmp_path: Path) -> None:
    """Tables have null, which cannot be taken for the number of a cluster."""
    linked = builders.graph([("a/t.x", "b/t.x", 0.9)], also=["c/t.y"])
    clusters = cluster(linked, threshold=0.5)
    write(linked, tmp_path / "tables", format="parquet", clusters=clusters)
    index = pq.read_table(tmp_path / "tables" / "nodes.parquet").column("cluster_index")

    assert index.to_pylist() == [None if label < 0 else label for label in clusters.labels.tolist()]
    assert index.null_count == linked.n_nodes - 2


def test_clusters_change_the_file(known: Format, tmp_path: Path) -> None:
    """Clusters change the file exactly if the format is listed to hold them."""
    graph = quoting()
    plain = out(known, graph, tmp_path / "plain")
    path = out(known, graph, tmp_path / "clusters", clusters=cluster(graph))
    assert (content(path) != content(plain)) == ("clusters" in known.carries)


def test_projection_is_written_too(known: Format, tmp_path: Path) -> None:
    """Links lifted to a level are written like a graph."""
    if "lifted links" in known.carries or known.name == "html":
        assert "contact" in text(out(known, quoting().project("table"), tmp_path / "tables"))
    else:
        with pytest.raises(ArgumentError, match="lifted"):
            out(known, quoting().project("table"), tmp_path / "tables")


def test_graph_without_links_is_written(known: Format, tmp_path: Path) -> None:
    """An empty graph is a valid graph in every format."""
    places = builders.catalogue(["crm"] if known.name == "dbt" else [])
    nothing = LinkGraph(read_links([], catalogue=places))
    # Without events the file is empty.
    assert bool(content(out(known, nothing, tmp_path / "none"))) == (known.name != "openlineage")


@pytest.mark.parametrize("known", ONE_FILE, ids=lambda known: known.name)
def test_failure_leaves_what_stood_there(
    known: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails halfway, the old file is unchanged and no other file remains."""
    path = tmp_path / f"links{known.suffixes[0]}"
    path.write_text("old")

    def chunks(_: Any) -> Any:
        yield b"half of it"
        raise RuntimeError

    broken = replace(known, chunks=chunks, options=())
    monkeypatch.setattr("hummgraph.export.formats.FORMATS", (broken,))
    with pytest.raises(RuntimeError):
        write(quoting(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_the_folder_that_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails halfway, the old folder is unchanged and no new file remains."""
    path = write(quoting(), tmp_path / "out", format="csv")
    before = {file.name: file.read_bytes() for file in path.iterdir()}

    def contents(_: Any) -> Any:
        yield "about.json", iter([b"new"])
        yield "nodes.csv", iter([b"half of it"])
        raise RuntimeError

    (known,) = (one for one in FORMATS if one.name == "csv")
    monkeypatch.setattr("hummgraph.export.formats.FORMATS", (replace(known, contents=contents),))
    with pytest.raises(RuntimeError):
        write(quoting(), path, format="csv")
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_path(known: Format, tmp_path: Path) -> None:
    """The error for a missing folder says so."""
    with pytest.raises(OutputError, match="Cannot write"):
        out(known, quoting(), tmp_path / "no" / "such" / "links")


def test_unknown_suffix_lists_the_formats(tmp_path: Path) -> None:
    """An unknown or missing suffix raises an error; no format is guessed."""
    with pytest.raises(FormatError, match=r"suffix '\.doc'; there are graphml \(\.graphml\), html"):
        write(quoting(), tmp_path / "links.doc")
    with pytest.raises(FormatError, match="links' has no suffix"):
        write(quoting(), tmp_path / "links")
    with pytest.raises(FormatError, match="no format 'doc'"):
        write(quoting(), tmp_path / "links.html", format="doc")
    assert not list(tmp_path.iterdir())


def test_clusters_of_another_graph_are_refused(known: Format, tmp_path: Path) -> None:
    """Clusters fit the nodes among which they were found, whichever links a filter keeps."""
    graph = builders.graph([("crm/t.x", "b/t.y"), ("crm/t.x", "b/t.z", 0.2)])
    clusters = cluster(graph, threshold=0.1)
    out(known, graph.where(min_confidence=0.5), tmp_path / "some", clusters=clusters)
    again = builders.graph([("crm/t.x", "b/t.y"), ("crm/t.x", "b/t.z", 0.9)])
    if "lifted links" in known.carries:
        out(known, again.project("table"), tmp_path / "again", clusters=clusters)
    with pytest.raises(ArgumentError, match="another graph: 7 nodes, not these 6"):
        other = builders.graph([("crm/t.x", "b/t.y")])
        out(known, other, tmp_path / "other", clusters=clusters)
    with pytest.raises(ArgumentError, match="another graph"):
        other = builders.graph([("crm/t.x", "b/t.y"), ("crm/t.x", "b/t.w")])
        show(other, clusters=clusters)


# --- kept evidence -------------------------------------------------------------------------------


def test_values_are_redacted_by_default(known: Format, tmp_path: Path) -> None:
    """By default a file has no text or list of evidence, and says so."""
    found = text(out(known, quoting(), tmp_path / "links"))
    assert "canary" not in found
    if "evidence" in known.carries:
        assert "0.75" in found
        assert PLACEHOLDER in found
        assert "in evidence that are no vocabulary were replaced" in found


def test_nothing_is_redacted_on_request(known: Format, tmp_path: Path) -> None:
    """``evidence="full"`` keeps every value."""
    found = text(out(known, quoting(), tmp_path / "links", evidence="full"))
    assert found.count("canary") == (5 if "evidence" in known.carries else 0)
    assert ("Nothing was left out" in found) == (known.name not in SILENT)


def test_all_is_redacted_on_request(known: Format, tmp_path: Path) -> None:
    """``evidence="none"`` leaves evidence out, numbers too."""
    found = text(out(known, quoting(), tmp_path / "links", evidence=KeptEvidence.NONE))
    assert "canary" not in found
    assert "0.75" not in found
    assert ("Evidence and descriptions were left out" in found) == (known.name not in SILENT)


def test_unknown_redaction_is_refused(known: Format, tmp_path: Path) -> None:
    """An unknown word raises an error and does not select the default."""
    with pytest.raises(
        ArgumentError, match="evidence is 'some'; it must be one of 'vocabulary', 'full'"
    ):
        out(known, quoting(), tmp_path / "links", evidence="some")


# --- in a notebook -------------------------------------------------------------------------------


def test_show_is_a_sandboxed_frame_and_a_table() -> None:
    """The page runs isolated from the notebook; without scripts there are a table and a reason."""
    shown = show(builders.graph([("a/t.x", "b/t.<i>y")]), height=333)
    html = shown._repr_html_()
    assert html.startswith('<iframe sandbox="allow-scripts allow-downloads"')
    assert "allow-same-origin" not in html
    assert "height:333px" in html
    frame, _, rest = html.partition("</iframe>")
    assert "<script" not in frame
    assert frame.count('"') == 8  # four attributes: nothing in the page ends the last one
    assert "<table" in rest
    assert "Trust Notebook" in rest


def test_show_as_text() -> None:
    """Without HTML, one line has the counts."""
    graph = builders.graph([("a/t.x", "b/t.y")])
    assert repr(show(graph)) == (
        "<Shown: 2 systems, 2 tables, 2 columns, 1 link; a notebook draws them>"
    )
    assert repr(show(graph.project("table"))) == repr(show(graph))


def test_show_carries_what_the_file_carries() -> None:
    """Clusters and ``evidence=`` have the same effect as in a file."""
    graph = quoting()
    for engine in ENGINES:
        assert "canary" not in readable(show(graph, engine=engine).page)
        assert "canary" in readable(show(graph, engine=engine, evidence="full").page)
    assert show(graph, clusters=cluster(graph)).page != show(graph).page


@pytest.mark.parametrize("height", [0, 199, True, 500.5, "640"])
def test_height_has_limits(height: Any) -> None:
    """A frame of less than 200 pixels raises an error."""
    with pytest.raises(ArgumentError, match="height is"):
        show(quoting(), height=height)


def modules_used(work: Callable[[], object]) -> set[str]:
    """Return the modules of hummgraph in which a function runs, without errors and frames."""
    found: set[str] = set()

    def look(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name.startswith("hummgraph."):
            found.add(name)

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return {name for name in found if name.split(".")[1] not in {"errors", "frames"}}


@pytest.mark.parametrize(("suffix", "most"), [(".graphml", 16), (".gexf", 15)])
def test_an_export_runs_through_few_modules(suffix: str, most: int, tmp_path: Path) -> None:
    """An export runs through sixteen modules at most, those of graph and evidence included."""
    path = tmp_path / f"x{suffix}"
    write(quoting(), path)  # imports what it needs
    graph = quoting()
    assert len(modules_used(lambda: write(graph, path))) <= most
