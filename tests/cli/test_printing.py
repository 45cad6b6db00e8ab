"""Tests of output other than lists: JSON for programs, pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hummgraph import cluster
from hummgraph.graph.linkgraph import LinkGraph
from tests.cli.conftest import chained
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_page_stands_alone_on_standard_output(run: Any, tmp_path: Path) -> None:
    """No path and no table are printed with a page."""
    path = chained(tmp_path)
    ends = (uid("crm/contact.email"), uid("shop/customer.email"))
    for command in (("path", path, *ends), ("why", path, *ends), ("lineage", path, ends[0])):
        answer = run(*command, "--html", "-")
        assert answer.code == 0
        assert not answer.err
        assert answer.out.rstrip().endswith("</html>")


def test_names_stand_beside_ids_in_json(run: Any, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Every JSON object with the id of a node or a cluster has its name."""
    path = tmp_path / "demo.hummgraph"
    demo_graph.snapshot.write(path)
    found = cluster(demo_graph)
    names = dict(zip(demo_graph.nodes["node_id"], demo_graph.nodes["path"], strict=True))
    names |= dict(zip(found.ids, found.names, strict=True))
    ends = ("Stripe/customers.email", "Zendesk/users.email")
    rule = ("--one-per", "table", "--many-in", "Snowflake")
    seen = 0
    for arguments in (
        ("info", path),
        ("clusters", path),
        ("clusters", path, "--of", "Stripe"),
        ("clusters", path, "--bridges"),
        ("clusters", path, "--tree"),
        ("clusters", path, *rule, "--audit"),
        ("clusters", path, *rule, "--repair"),
        ("path", path, *ends, "-k", "2"),
        ("join", path, "Stripe/customers", "Zendesk/users"),
        ("lineage", path, ends[0]),
        ("why", path, *ends),
        ("why", path, ends[0], "Zendesk/users.name"),
    ):
        for each in objects(run(*arguments, "--json").json):
            texts = [text for value in each.values() for text in flat(value)]
            whole = "\n".join(texts)
            for text in texts:
                if text in names:
                    seen += 1
                    assert names[text] in whole, (arguments, each)
    assert seen > 1000


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the innermost objects of plain data, and the others without these."""
    if isinstance(value, dict):
        yield {name: one for name, one in value.items() if not holds_objects(one)}
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from objects(one)


def holds_objects(value: Any) -> bool:
    """Return whether a value is a list of objects."""
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def flat(value: Any) -> Iterator[str]:
    """Yield the texts in lists, and in objects in them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from flat(one)


def test_a_report_in_a_pipe_has_no_markup(run: Any, tmp_path: Path) -> None:
    """Words in brackets stay: statuses that the contract does not name are shown as such."""
    rows = [record("a/t.x", "b/t.x", status="MAYBE")]
    (tmp_path / "links.json").write_text(json.dumps(rows), encoding="utf-8")
    found = run("info", tmp_path / "links.json")
    assert found.code == 0
    (line,) = (line for line in found.out.splitlines() if line.startswith("By status"))
    assert line.split() == ["By", "status", "1", "[redacted]"]
