"""Tests of writing: what holds for every format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering import cluster
from hummgraph.errors import ArgumentError, FormatError, OutputError
from hummgraph.export import ENGINES, FORMATS, Format, show, write
from hummgraph.graph import LinkGraph
from hummgraph.readers import read_links
from hummgraph.redaction import PLACEHOLDER, Redaction, redact_evidence
from tests import builders
from tests.builders import record
from tests.explorer_pages import readable

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_NAMES = [known.name for known in FORMATS]
CANARY = "jane.canary@example.com"


@pytest.fixture(params=FORMATS, ids=FORMAT_NAMES)
def known(request: pytest.FixtureRequest) -> Format:
    """Each format in turn."""
    form: Format = request.param
    return form


def quoting() -> LinkGraph:
    """Give a graph whose evidence quotes data, at every depth and in every shape."""
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


# --- the table of formats ------------------------------------------------------------------------


def test_formats_do_not_share_names_or_suffixes() -> None:
    """A name or suffix leads to one format only."""
    suffixes = [suffix for known in FORMATS for suffix in known.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert len(set(FORMAT_NAMES)) == len(FORMATS)


def test_suffix_decides(known: Format, tmp_path: Path) -> None:
    """Every suffix of a format, in any case, gives the same file as naming the format."""
    graph = quoting()
    named = write(graph, tmp_path / "named.xyz", format=known.name).read_bytes()
    for suffix in known.suffixes:
        path = write(graph, tmp_path / f"links{suffix.upper()}")
        assert path == tmp_path / f"links{suffix.upper()}"
        assert path.read_bytes() == named


def test_equal_graphs_give_equal_bytes(known: Format, tmp_path: Path) -> None:
    """Records in another order, another day, the same file."""
    rows = [record("a/t.x", f"b/t.{number}", number / 10) for number in range(9)]
    one, other = (LinkGraph(read_links(some)) for some in (rows, rows[::-1]))
    first = write(one, tmp_path / "1", format=known.name, clusters=cluster(one, threshold=0.5))
    again = write(other, tmp_path / "2", format=known.name, clusters=cluster(other, threshold=0.5))
    assert first.read_bytes() == again.read_bytes()


def test_clusters_change_the_file(known: Format, tmp_path: Path) -> None:
    """What a format says that it carries, it carries."""
    graph = quoting()
    plain = write(graph, tmp_path / "plain", format=known.name).read_bytes()
    path = write(graph, tmp_path / "clusters", format=known.name, clusters=cluster(graph))
    assert (path.read_bytes() != plain) == ("clusters" in known.carries)


def test_projection_is_written_too(known: Format, tmp_path: Path) -> None:
    """Links lifted to a level are a graph like any other."""
    path = write(quoting().project("table"), tmp_path / "tables", format=known.name)
    assert "contact" in readable(path.read_text(encoding="utf-8"))


def test_graph_without_links_is_written(known: Format, tmp_path: Path) -> None:
    """Nothing is a valid graph."""
    assert write(LinkGraph(read_links([])), tmp_path / "none", format=known.name).stat().st_size


def test_failure_leaves_what_stood_there(
    known: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails half-way, the old file still stands and nothing else is left."""
    path = tmp_path / f"links{known.suffixes[0]}"
    path.write_text("old")

    def chunks(_: Any) -> Any:
        yield b"half of it"
        raise RuntimeError

    broken = replace(known, chunks=chunks)
    monkeypatch.setattr("hummgraph.export.FORMATS", (broken,))
    with pytest.raises(RuntimeError):
        write(quoting(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_path(known: Format, tmp_path: Path) -> None:
    """A folder that does not exist is an error that says so."""
    with pytest.raises(OutputError, match="Cannot write"):
        write(quoting(), tmp_path / "no" / "such" / f"links{known.suffixes[0]}")


def test_unknown_suffix_lists_the_formats(tmp_path: Path) -> None:
    """Neither an unknown suffix nor none is guessed at."""
    with pytest.raises(FormatError, match=r"suffix '\.doc'; there are graphml \(\.graphml\), html"):
        write(quoting(), tmp_path / "links.doc")
    with pytest.raises(FormatError, match="told by 'links'"):
        write(quoting(), tmp_path / "links")
    with pytest.raises(FormatError, match="no format 'doc'"):
        write(quoting(), tmp_path / "links.html", format="doc")
    assert not list(tmp_path.iterdir())


def test_clusters_of_another_graph_are_refused(known: Format, tmp_path: Path) -> None:
    """Clusters go with the nodes that they were found among, whichever links were kept since."""
    graph = builders.graph([("a/t.x", "b/t.y"), ("a/t.x", "b/t.z", 0.2)])
    clusters = cluster(graph, threshold=0.1)
    write(graph.where(min_confidence=0.5), tmp_path / "some", format=known.name, clusters=clusters)
    again = builders.graph([("a/t.x", "b/t.y"), ("a/t.x", "b/t.z", 0.9)])
    write(again.project("table"), tmp_path / "again", format=known.name, clusters=clusters)
    with pytest.raises(ArgumentError, match="another graph: 7 nodes, not these 6"):
        other = builders.graph([("a/t.x", "b/t.y")])
        write(other, tmp_path / "other", format=known.name, clusters=clusters)
    with pytest.raises(ArgumentError, match="another graph"):
        other = builders.graph([("a/t.x", "b/t.y"), ("a/t.x", "b/t.w")])
        show(other, clusters=clusters)


# --- redaction -----------------------------------------------------------------------------------


def test_values_are_redacted_by_default(known: Format, tmp_path: Path) -> None:
    """No text and no list of evidence gets into a file unless it is asked for; the file says so."""
    content = readable(write(quoting(), tmp_path / "links", format=known.name).read_text("utf-8"))
    assert "canary" not in content
    assert "0.75" in content
    assert PLACEHOLDER in content
    assert "Texts and lists in evidence were replaced" in content


def test_nothing_is_redacted_on_request(known: Format, tmp_path: Path) -> None:
    """``redact="none"`` keeps every value."""
    path = write(quoting(), tmp_path / "links", format=known.name, redact="none")
    content = readable(path.read_text(encoding="utf-8"))
    assert content.count("canary") == 5
    assert "Nothing was left out" in content


def test_all_is_redacted_on_request(known: Format, tmp_path: Path) -> None:
    """``redact="all"`` leaves evidence out, numbers too."""
    path = write(quoting(), tmp_path / "links", format=known.name, redact=Redaction.ALL)
    content = readable(path.read_text(encoding="utf-8"))
    assert "canary" not in content
    assert "0.75" not in content
    assert "Evidence and descriptions were left out" in content


def test_unknown_redaction_is_refused(known: Format, tmp_path: Path) -> None:
    """A word that means nothing is not taken for the default."""
    with pytest.raises(ArgumentError, match="redact is 'some'; it must be one of 'none', 'values'"):
        write(quoting(), tmp_path / "links", format=known.name, redact="some")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def redacted(value: object) -> object:
    """Say by the rule's own words what should be left."""
    if isinstance(value, dict):
        return {key: redacted(inner) for key, inner in value.items()}
    return PLACEHOLDER if isinstance(value, str | list) else value


@given(st.lists(st.none() | st.dictionaries(st.text(), JSON, max_size=4), max_size=4))
def test_redaction_keeps_keys_and_numbers(evidence: list[dict[str, Any] | None]) -> None:
    """Keys, numbers, truth values and nulls stay as they are; texts and lists do not."""
    texts = [None if value is None else json.dumps(value) for value in evidence]
    found = redact_evidence(texts, Redaction.VALUES)
    assert [None if text is None else json.loads(text) for text in found] == [
        redacted(value) for value in evidence
    ]


def test_redaction_of_none_and_all() -> None:
    """One gives the very text back, the other nothing."""
    assert redact_evidence(['{"a" : 1.0}', None], Redaction.NONE) == ['{"a" : 1.0}', None]
    assert redact_evidence(['{"a" : 1.0}', None], Redaction.ALL) == [None, None]


# --- in a notebook -------------------------------------------------------------------------------


def test_show_is_a_sandboxed_frame_and_a_table() -> None:
    """The page runs apart from the notebook; without scripts there is a table and a word on why."""
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
    """Where there is no HTML, one line tells what is there."""
    graph = builders.graph([("a/t.x", "b/t.y")])
    assert repr(show(graph)) == (
        "<Shown: 2 systems, 2 tables, 2 columns, 1 link; a notebook draws them>"
    )
    assert repr(show(graph.project("table"))) == repr(show(graph))


def test_show_carries_what_the_file_carries() -> None:
    """Clusters and redaction mean the same as in a file."""
    graph = quoting()
    for engine in ENGINES:
        assert "canary" not in readable(show(graph, engine=engine).page)
        assert "canary" in readable(show(graph, engine=engine, redact="none").page)
    assert show(graph, clusters=cluster(graph)).page != show(graph).page


@pytest.mark.parametrize("height", [0, 199, True, 500.5, "640"])
def test_height_has_limits(height: Any) -> None:
    """A frame too low to use is refused."""
    with pytest.raises(ArgumentError, match="height is"):
        show(quoting(), height=height)
