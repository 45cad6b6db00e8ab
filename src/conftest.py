"""Lets the examples of docstrings, which begin with the bundled organisation, share it."""

from __future__ import annotations

import functools
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from hummgraph import datasets
from hummgraph.datasets import Organization, load_demo

if TYPE_CHECKING:
    from hummgraph.snapshot.snapshot import Snapshot


class _Demo(Organization):
    """The bundled organisation, whose links and catalogue are validated once."""

    @functools.cache  # noqa: B019 - there is one
    def snapshot(self) -> Snapshot:
        """Return the one snapshot: it is a value, which nobody changes."""
        return super().snapshot()

    __hash__ = object.__hash__


@functools.cache
def _demo() -> Organization:
    demo = load_demo()
    return _Demo(**{field.name: getattr(demo, field.name) for field in fields(demo)})


@pytest.fixture(autouse=True)
def _shared_demo(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Examples of the organisations themselves load it anew."""
    if not request.node.name.startswith("hummgraph.datasets"):
        monkeypatch.setattr(datasets, "load_demo", _demo)
