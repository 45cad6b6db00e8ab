"""Tests of the database in memory that values are brought together in."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from hummgraph.warehouse.sources import open_database


def test_a_notebook_that_can_draw_no_bar_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB refuses to switch its progress bar off where ipywidgets is missing."""

    class Refusing:
        def execute(self, statement: str) -> None:
            assert statement == "SET enable_progress_bar = false"
            raise duckdb.InvalidInputException("required package 'ipywidgets' is missing")

    connection: Any = Refusing()
    settings: dict[str, Any] = {}
    monkeypatch.setattr(duckdb, "connect", lambda _, config: settings.update(config) or connection)

    assert open_database() is connection
    assert settings["temp_directory"] == ""
