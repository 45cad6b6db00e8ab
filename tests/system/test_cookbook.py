"""Tests that the pictures of the cookbook show what its recipes compute."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]

from tests.support.places import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGES = DOCS / "images"


def pictures() -> dict[str, str]:
    """Draw them anew."""
    spec = importlib.util.spec_from_file_location("cookbook", IMAGES / "cookbook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    drawn: Callable[[], dict[str, str]] = module.pictures
    return drawn()


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """The pictures, drawn once."""
    return pictures()


def test_pictures_are_what_the_script_draws(drawn: dict[str, str]) -> None:
    """``python docs/images/cookbook.py`` writes them."""
    assert {path.name for path in IMAGES.glob("cookbook-*.svg")} == set(drawn)
    for name, picture in drawn.items():
        assert (IMAGES / name).read_text(encoding="utf-8") == picture


def test_the_page_shows_every_picture(drawn: dict[str, str]) -> None:
    """Each has a text for who does not see it."""
    page = (DOCS / "how-to" / "cookbook.md").read_text(encoding="utf-8")
    for name, picture in drawn.items():
        assert f"```{{image}} ../images/{name}\n:alt: " in page
        assert ElementTree.fromstring(picture).find("{*}title").text
