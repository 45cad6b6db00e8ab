"""Fixtures of the command line: runs of it, and small snapshots."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import cli
from hummgraph.cli.hints import options_of
from hummgraph.datasets import load_demo
from hummgraph.datasets.server import DemoServer, serve
from tests.support.builders import record, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "pat-canary-5f3759df"
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


class Answer:
    """Exit code and output of a run of the command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as JSON."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def check_options(arguments: tuple[object, ...], said: str) -> None:
    """Assert that options in a message are those of the command, or of one that it names."""
    words = list(map(str, arguments))
    known = {"--help", "--version", *(word.partition("=")[0] for word in words)}
    for command in [*words[:1], *re.findall(r"hummgraph (\w+)", said)]:
        known |= set(options_of([command]).values())
    unknown = set(_OPTION.findall(said)) - known
    assert not unknown, f"{unknown} in: {said}"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command in this process, without settings from outside."""
    for name in ("HUMM_PAT", "ORG_ID", "HUMM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["hummgraph", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        written = capsys.readouterr()
        assert CANARY not in written.out + written.err
        check_options(arguments, written.err)
        return Answer(int(code or 0), written.out, written.err)

    return call


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """The demo organisation, served on this machine."""
    with serve(load_demo(), token=CANARY) as running:
        yield running


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A small snapshot on disk."""
    path = tmp_path / "small.hummgraph"
    snapshot(
        [
            ("crm/contact.email", "billing/customer.email", 0.95),
            ("billing/customer.email", "desk/user.email", 0.95),
            ("crm/contact.email", "desk/user.email", 0.9, "REJECTED"),
            ("crm/contact.id", "desk/user.id", None),
            ("crm/contact", "desk/user", 0.9),
        ]
    ).write(path)
    return path


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A JSON file of link records."""
    path = tmp_path / "links.json"
    path.write_text(json.dumps([record("a/t.x", "b/u.y", 0.95)]))
    return path


def chained(tmp_path: Path) -> Path:
    """Write records that a chain makes one cluster with two columns of one system."""
    rows = [
        ("crm/contact.email", "shop/customer.email", 0.9),
        ("shop/customer.email", "crm/lead.email", 0.6),
        ("shop/customer.id", "crm/contact.key", None),
    ]
    path = tmp_path / "records.json"
    path.write_text(json.dumps([record(*row) for row in rows]))
    return path


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of a list that was printed as JSON."""
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found
