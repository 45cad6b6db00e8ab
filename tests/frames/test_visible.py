"""Tests of names with control characters: only visible characters reach a terminal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph import cli
from hummgraph.frames import visible
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from pathlib import Path

# Colours, a bell, a carriage return, a change of direction, no width, a C1 control, a newline.
HOSTILE = "\x1b[31mA\x07\r\u202eevil\u2066x\u200b\x9b2J\x7f\n\u2028B"
PLACES = ["crm/t.a", "shop/u.b", "desk/w.c", "lab/v.d"]


@pytest.fixture(scope="module")
def snapshot() -> hg.Snapshot:
    """Return an organisation in which every text is hostile."""
    records = [
        record(PLACES[0], PLACES[1], 0.9, status="APPROVED", evidence={HOSTILE: HOSTILE}),
        record(PLACES[1], PLACES[2], 0.8, status=HOSTILE),
        record(PLACES[1], PLACES[2], 0.85, id=uid("second"), link_type=HOSTILE),
        record(PLACES[0], PLACES[2], 0.7, status="REJECTED"),
        record("crm/t", "shop/u", 0.7),
        record(PLACES[2], PLACES[3], None, **{HOSTILE: 1}),
        record(PLACES[0], PLACES[3], 1.7),
    ]
    rows = catalogue(PLACES)
    for row in (row for table in rows.values() for row in table):
        row["name"] += HOSTILE
    return hg.read_links(records, catalogue={**rows, "organization": {"name": HOSTILE}})


def assert_inert(text: str) -> None:
    """Check that a text has only visible characters, line breaks and tabs in lists."""
    assert {char for char in text if not char.isprintable()} <= {"\n", "\t"}


@given(st.text())
def test_what_cannot_be_seen_is_marked(text: str) -> None:
    """Each invisible character is replaced by one mark, so that a text keeps its length."""
    shown = visible(text)

    assert len(shown) == len(text)
    assert shown.isprintable()
    for before, after in zip(text, shown, strict=True):
        assert after == (before if before.isprintable() else "\ufffd")


def test_no_repr_acts(snapshot: hg.Snapshot) -> None:
    """Reprs for a Python shell and for a notebook have visible characters only."""
    graph = hg.LinkGraph(snapshot)
    clusters = hg.cluster(graph, method="components", threshold=0.0)
    a, b, c = (uid(place) for place in PLACES[:3])
    results: list[Any] = [
        snapshot,
        snapshot.report,
        snapshot.quarantine,
        graph,
        graph.summary(),
        clusters,
        clusters.crosswalk(),
        clusters.quality,
        clusters.to_frame(),
        hg.audit(clusters, one_per="integration_source"),
        hg.why(graph, a, c, clusters=clusters),
        hg.merge_history(clusters, 0),
        hg.strongest_path(graph, a, b),
        hg.strongest_paths(graph, a, b, k=2),
        hg.disjoint_paths(graph, a, b),
        hg.join_paths(graph, uid("crm/t"), uid("shop/u")),
        hg.join_paths(graph, uid("crm/t"), uid("lab/v")),
        hg.downstream(graph, a),
        hg.compare_evidence(graph),
        hg.evidence_table(graph),
        hg.merge_tree(graph),
        hg.show(graph),
    ]
    for result in results:
        assert_inert(repr(result))
        assert_inert(str(result))
        if hasattr(result, "_repr_html_"):
            html = result._repr_html_()
            assert not {"\x1b", "\u202e", "\u2066", "\x9b"} & set(html), type(result)


COMMANDS = [
    ["info"],
    ["clusters", "-t", "0"],
    ["clusters", "-t", "0", "--quality"],
    ["clusters", "--method", "components", "-t", "0", "--audit", "--one-per", "integration_source"],
    [
        "clusters",
        "--method",
        "components",
        "-t",
        "0",
        "--repair",
        "--one-per",
        "integration_source",
    ],
    ["clusters", "--tree"],
    ["clusters", "--policies"],
    ["path", uid(PLACES[0]), uid(PLACES[1])],
    ["join", uid("crm/t"), uid("shop/u")],
    ["why", uid(PLACES[0]), uid(PLACES[2]), "-t", "0"],
    ["lineage", uid(PLACES[0])],
    ["why", "crm" + HOSTILE[:-3], "shop"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_acts(
    snapshot: hg.Snapshot,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    """Output for people and errors have visible characters only; JSON for programs is ASCII."""
    path = tmp_path / "s.hummgraph"
    snapshot.write(path)
    name, *others = command
    for more in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["hummgraph", name, str(path), *others, *more])
        with pytest.raises(SystemExit):
            cli.main()
        written = capsys.readouterr()
        assert written.out + written.err
        assert_inert(written.out)
        assert_inert(written.err)
        if more and written.out:
            assert json.loads(written.out)
            assert written.out.isascii()
