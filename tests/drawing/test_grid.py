"""A table as a picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.drawing.grid import Grid
from hummgraph.errors import ArgumentError
from tests.support.browsing import PAYLOADS

SVG = "{http://www.w3.org/2000/svg}"


def test_names_are_in_their_cells() -> None:
    """Each text stands once, and whole under a pointer."""
    grid = Grid("Acme", "Entity", ("CRM", "Shop"), (("person", ("contacts", "")),), ("a note",))

    root = ET.fromstring(grid.to_svg())  # noqa: S314 - our own

    shown = [text.text for text in root.iter(f"{SVG}text")]
    assert shown == ["Acme", "Entity", "CRM", "Shop", "person", "contacts", "a note"]
    assert [one.text for one in root.iter(f"{SVG}title")][1:] == shown[1:-1]
    assert root.findtext(f"{SVG}desc") == "person: CRM: contacts"


def test_each_row_has_a_text_for_each_column() -> None:
    """A short row would stand under the wrong heading."""
    with pytest.raises(ArgumentError, match="a text for each column"):
        Grid("", "", ("one",), (("row", ()),))


def test_its_size_is_said() -> None:
    """As of every value of the library."""
    assert repr(Grid("x", "", (), ())) == "<Grid 'x': 0 rows, 0 columns>"
    assert repr(Grid("x", "", ("c",), (("r", ("t",)),))) == "<Grid 'x': 1 row, 1 column>"


def test_a_long_name_loses_its_middle() -> None:
    """Names mostly differ at their ends."""
    names = ("RAW_SALESFORCE_ACCOUNT_HISTORY_OLD", "RAW_SALESFORCE_ACCOUNT_HISTORY_NEW")
    long = f"begin{'x' * 500}end"
    grid = Grid("", "", ("CRM",), ((long, (names[0],)), ("b", (names[1],))))

    root = ET.fromstring(grid.to_svg())  # noqa: S314 - our own

    shown = [text.text or "" for text in root.iter(f"{SVG}text")]
    cut = [text for text in shown if "\u2026" in text]
    assert [text[-3:] for text in cut] == ["end", "OLD", "NEW"]
    assert all(text.startswith(("begin", "RAW")) for text in cut)


def test_what_has_no_room_is_an_ellipsis() -> None:
    """Characters wider than any column can leave nothing of a name."""
    from hummgraph.drawing.grid import _cut

    assert _cut("WWW", 12, 14.0) == "\u2026"


def test_it_has_colours_for_a_dark_page() -> None:
    """The rules are of this picture alone."""
    svg = Grid("x", "Entity", ("CRM",), (("person", ("contacts",)),)).to_svg()
    style = re.search("<style>(.*)</style>", svg)

    assert style is not None
    assert style[1].startswith("@media (prefers-color-scheme:dark){")
    rules = re.findall(r"([^{}]+)\{(?:fill|stroke):#", style[1].partition("{")[2])
    assert rules
    assert all(rule.startswith(".hummgraph-grid ") for rule in rules)


@given(st.lists(st.sampled_from(PAYLOADS) | st.text(max_size=40), min_size=3, max_size=6))
def test_no_text_is_markup(texts: list[str]) -> None:
    """Whatever names are, the picture has the same elements."""
    title, corner, *columns = texts
    plain = Grid("x", "x", ("x",) * len(columns), (("x", ("x",) * len(columns)),), ("x",))
    grid = Grid(title, corner, tuple(columns), ((title, tuple(columns)),), (corner,))

    found = {one.tag for one in ET.fromstring(grid.to_svg()).iter()}  # noqa: S314 - our own

    assert found <= {one.tag for one in ET.fromstring(plain.to_svg()).iter()} | {f"{SVG}svg"}  # noqa: S314
    assert grid.to_svg() == grid.to_svg()
