"""Tests of the quiet end before the command line has begun."""

from __future__ import annotations

import sys

import pytest

from hummgraph.errors import start


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        (["python", "-m", "hummgraph", "demo"], True),
        (["python", "-W", "error", "-m", "hummgraph"], True),
        (["/x/python", "/x/bin/hummgraph", "clusters", "-m", "average"], True),
        (["python", "hummgraph.exe"], True),
        (["hummgraph"], True),
        (["python", "-m", "pytest", "hummgraph"], False),
        (["python", "notes.py", "hummgraph"], False),
        (["python", "-m"], False),
        (["python"], False),
        ([], False),
    ],
)
def test_processes_of_the_command(words: list[str], is_one: bool) -> None:
    """Only the command's own process ends quietly, not a program that imports the package."""
    assert start.is_command(words) == is_one
    assert sys.excepthook is not start.end_quietly


def test_only_an_interrupt_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends with its code; other exceptions are shown as Python shows them."""
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)
    start.end_quietly(KeyError, KeyError("x"), None)
    assert (codes, capsys.readouterr().err) == ([], "KeyError: 'x'\n")
    # The process would have ended here.
    monkeypatch.setattr("sys.__excepthook__", lambda *_: None)
    start.end_quietly(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert codes == [130]
