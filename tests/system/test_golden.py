"""Displays of results, compared with the files in ``tests/system/golden``."""

from __future__ import annotations

import pytest

from tests.system.golden_results import FOLDER, RESULTS, told


@pytest.mark.parametrize("name", RESULTS)
def test_result_looks_as_it_did(name: str) -> None:
    """Texts, plain data, tables and pictures are those of the files in ``golden``."""
    assert told(RESULTS[name]()) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_every_file_is_of_a_result() -> None:
    """None is left over."""
    assert {path.stem for path in FOLDER.iterdir()} == set(RESULTS)
