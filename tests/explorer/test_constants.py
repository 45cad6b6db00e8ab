"""Tests of the constants that the page shares with Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hummgraph.explorer import words
from hummgraph.records.nodes import Level
from tests.system.explorer_constants import PATH, generated

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_the_page_has_the_constants_of_python() -> None:
    """The committed file is what ``python -m tests.system.explorer_constants`` writes."""
    assert PATH.read_text(encoding="utf-8") == generated()


def test_a_constant_that_changes_changes_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed constant is in the generated text, so that the comparison fails."""
    renamed: Mapping[Level, str] = {**words.LEVEL_WORDS, Level.COLUMN: "field"}
    monkeypatch.setattr("tests.system.explorer_constants.LEVEL_WORDS", renamed)
    monkeypatch.setattr("hummgraph.explorer.pack.SCHEMA", 2)
    changed = generated()
    assert 'LEVEL_WORDS = ["system", "table", "field"]' in changed
    assert "PACK_SCHEMA = 2;" in changed
