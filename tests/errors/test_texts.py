"""Tests of texts of strangers in messages of errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import hummgraph as hg
from hummgraph.errors import ConfigError, HummgraphError
from hummgraph.errors.texts import MAX_MESSAGE, bounded, json_fault, quoted
from hummgraph.records.given_names import MAX_NAME_LENGTH
from tests.support.builders import uid

if TYPE_CHECKING:
    from pathlib import Path

LONG = "x" * 300_000


def test_a_message_keeps_both_ends() -> None:
    """Of a long one the middle is left out; others stay as they are."""
    assert bounded("x" * MAX_MESSAGE) == "x" * MAX_MESSAGE
    cut = bounded(f"It is '{LONG}'; it must be short.")
    assert cut.startswith("It is 'xxx")
    assert cut.endswith("xxx'; it must be short.")
    assert len(cut) == MAX_MESSAGE


def test_every_error_is_bounded() -> None:
    """Message and hint, whatever is put into them."""
    error = ConfigError(f"It is {LONG}.", hint=f"Try {LONG}.")
    assert (len(error.message), len(error.hint)) == (MAX_MESSAGE, MAX_MESSAGE)
    assert str(error) == f"{error.message} {error.hint}"


@pytest.mark.parametrize("value", [LONG, [LONG] * 50, {LONG: LONG}, 10**4_000, None, "a\x1b[31m"])
def test_quoted_values_are_short_and_printable(value: object) -> None:
    """A value of any kind has the length of a line or few."""
    assert len(quoted(value)) < MAX_MESSAGE
    assert quoted(value).isprintable()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[" * 100_000, "it nests too deep"),
        ("9" * 5_000, "a number in it has too many digits"),
        ('{"a": \n 1,}', "at line 2, column 4"),
        (b'{"a": "\xff"}', "it is not UTF-8 text"),
    ],
)
def test_what_is_wrong_with_json_is_said(text: str | bytes, fault: str) -> None:
    """Not by the name of an exception of Python."""
    with pytest.raises((ValueError, RecursionError)) as caught:
        json.loads(text)
    assert fault in json_fault(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        {LONG: "Customers"},
        {uid("a"): LONG},
        {uid("a"): {LONG: 1}},
    ],
)
def test_long_texts_of_names_are_not_quoted(content: dict[str, Any], tmp_path: Path) -> None:
    """Keys and names of a file."""
    path = tmp_path / "names.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigError) as caught:
        hg.read_links([], names=path)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "content",
    [
        [[LONG]],
        [[LONG, [LONG]]],
        {"clusters": [{"members": [LONG], "family": [LONG]}]},
        [[{"id": {LONG: 1}}]],
    ],
)
def test_long_texts_of_true_clusters_are_not_quoted(content: Any, tmp_path: Path) -> None:
    """Members and families, also where a node must exist."""
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(content))
    clusters = hg.cluster(hg.LinkGraph(hg.read_links([])), threshold=0.5)
    with pytest.raises(HummgraphError) as caught:
        hg.evaluate(clusters, hg.Truth.read(path))
    assert len(str(caught.value)) < 700
    path = tmp_path / "truth.csv"
    path.write_text(f"node_id,entity,{LONG},node_id\n")
    with pytest.raises(HummgraphError) as caught:
        hg.Truth.read(path)
    assert len(str(caught.value)) < 700


def test_long_ids_that_are_no_nodes_are_not_quoted() -> None:
    """Of true clusters and decisions whose nodes and links must exist."""
    graph = hg.LinkGraph(hg.read_links([{"source": "a/b.c", "target": "d/e.f", "confidence": 1}]))
    clusters = hg.cluster(graph, threshold=0.5)
    truth = hg.Truth(((LONG, f"{LONG}y"), ("a/b.c", f"{LONG}z")))
    for read in (
        lambda: hg.evaluate(clusters, truth, missing="raise"),
        lambda: graph.node(LONG),
        lambda: graph.link(LONG),
    ):
        with pytest.raises(HummgraphError) as caught:
            read()
        assert len(str(caught.value)) < 700


def test_a_name_is_given_once_and_is_short(tmp_path: Path) -> None:
    """An id that occurs twice, also in another spelling, and a name that no person reads."""
    path = tmp_path / "names.json"
    one, other = uid("a"), uid("a").upper()
    for text, said in (
        (f'{{"{one}": "a", "{one}": "b"}}', f"hold the key '{one}' twice"),
        (f'{{"{one}": "a", "{other}": "b"}}', f"hold the id '{one}' twice"),
        (json.dumps({one: "x" * (MAX_NAME_LENGTH + 1)}), "10,001 characters; a name has at most"),
        ("[" * 100_000, "not a JSON object: it nests too deep"),
        ("9" * 5_000, "not a JSON object: a number in it has too many digits"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=said):
            hg.read_links([], names=path)
    path.write_text(json.dumps({one: "x" * MAX_NAME_LENGTH}))
    hg.read_links([], names=path)


def test_a_damaged_file_of_names_is_wrong_usage(tmp_path: Path) -> None:
    """As damaged decisions and true clusters are."""
    path = tmp_path / "names.json.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00garbage")
    with pytest.raises(ConfigError, match="starts like a gzip file, but is damaged"):
        hg.read_links([], names=path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_people_have_the_marks_of_their_editors(tmp_path: Path, encoding: str) -> None:
    """Names, true clusters and settings; a mark before what is something else is refused."""
    path = tmp_path / "file.json"
    path.write_bytes(json.dumps({uid("a"): "caf\u00e9"}).encode(encoding))
    hg.read_links([], names=path)
    path.write_bytes(json.dumps([["a/b.c", "d/e.f"]]).encode(encoding))
    assert len(hg.Truth.read(path).clusters) == 1
    setting = hg.cluster(hg.LinkGraph(hg.read_links([])), method="components").setting
    setting.write(path)
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    assert hg.Setting.read(path) == setting
    path.write_bytes(b"\xff\xfe{")
    for read in (lambda file: hg.read_links([], names=file), hg.Truth.read, hg.Setting.read):
        with pytest.raises(HummgraphError):
            read(path)
