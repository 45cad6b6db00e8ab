"""Tests of the cards of results: each fits a screen, and no name acts on it."""

from __future__ import annotations

import dataclasses
import inspect
import re
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest
from IPython.lib.pretty import pretty as ipython_pretty

import hummgraph as hg
from hummgraph.frames import Card, Frame, Listing, Shows, html_of
from tests.support.results import RESULTS

# Settings, clients, enumerations, errors, and a record of the API: no function returns them.
NO_RESULTS = {
    "AsyncClient",
    "Budget",
    "Client",
    "EntityLink",
    "HummgraphError",
    "JoinKey",
    "Level",
    "Limits",
    "LinkType",
    "Progress",
    "Reading",
    "RetryPolicy",
    "Role",
    "Status",
    "Timeouts",
    "Verdict",
}


class Elements(HTMLParser):
    """A parser that counts rows and elements, and keeps texts of titles, tables and notes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows = 0
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an element and its attributes."""
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.rows += tag in {"tr", "li"}


def pretty(value: object) -> str:
    """Return the text that IPython shows of a value."""
    shown: str = ipython_pretty(  # type: ignore[no-untyped-call]  # IPython has no types
        value, max_width=10_000
    )
    return shown


def classes() -> list[str]:
    """Return the public classes."""
    return [name for name in hg.__all__ if inspect.isclass(getattr(hg, name))]


def test_every_kind_of_result_is_looked_at() -> None:
    """Each public class except settings and enumerations has a card and is tested here."""
    made = {type(result()).__name__ for result in RESULTS.values()}

    assert set(classes()) - NO_RESULTS == made - {"Diagram", "Listing", "Quarantine"}
    for name in set(classes()) - NO_RESULTS:
        assert issubclass(getattr(hg, name), Shows | Frame), name


@pytest.mark.parametrize("name", RESULTS)
def test_text_fits_a_screen(name: str) -> None:
    """Text has ten rows and thirty lines of a hundred characters; nested results have one line."""
    result = RESULTS[name]()
    lines = str(result).splitlines()

    assert 0 < len(lines) <= 30
    assert max(map(len, lines)) <= 110
    assert all(line.isprintable() for line in lines)
    rules = [at for at, line in enumerate(lines) if line and not line.strip("-+")]
    for at in rules:
        below = lines[at + 1 :]
        table = below[: below.index("")] if "" in below else below
        assert sum(not line.startswith("shown ") for line in table) <= 10
    assert pretty(result) == str(result)


@pytest.mark.parametrize("name", RESULTS)
def test_html_is_short_and_nothing_in_it_acts(name: str) -> None:
    """HTML has ten rows at most, and no element or attribute that comes from a name."""
    html = RESULTS[name]()._repr_html_()
    found = Elements(html)

    assert found.rows <= 11
    assert not re.search(r"<(\w+)>(?:<b></b>)?\s*</\1>", html.replace("<td></td>", ""))
    assert len(html) < 120_000
    assert not found.names & {"script", "img", "iframe", "a", "link", "meta", "object", "input"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert "\u202e" not in html
    assert "\x1b" not in html


@pytest.mark.parametrize("name", ["links", "clusters", "decisions", "link_paths"])
def test_what_is_left_out_is_counted(name: str) -> None:
    """A table that is cut has the number of all rows."""
    result = RESULTS[name]()

    assert f"shown 10 of {len(result):,}" in str(result)
    assert f"of {len(result):,}" in result._repr_html_()


def test_a_value_inside_of_another_is_one_line() -> None:
    """A list of results is a list of lines, in IPython as well."""
    path = RESULTS["link_path"]()

    assert len(pretty([path]).splitlines()) == 1
    frame = Frame(pa.table({"a": [1, 2]}))
    assert pretty([frame]) == "[<Frame 2 x 1: a>]"


def test_a_card_without_a_table() -> None:
    """A card may have only a title; notes come last."""
    assert Card("Nothing").to_text() == "Nothing"
    assert Card("Path: none", notes=["No way.", "Stopped."]).to_text() == (
        "Path: none\n\nNo way. Stopped."
    )
    assert "<b>Path:</b> none" in Card("Path: none").to_html()


def test_long_facts_are_cut_to_two_lines() -> None:
    """A long fact has two lines; facts after the tenth are counted."""
    facts = [(f"subject {n}", "word " * 100) for n in range(12)]
    lines = Card("Facts", facts, things="facts").to_text().splitlines()

    assert len(lines) == 2 + 20 + 1
    assert lines[3].endswith("\u2026")
    assert lines[-1] == "shown 10 of 12 facts"


def test_a_page_with_a_style_of_its_own_gets_none() -> None:
    """A card for a page has no style element, since pages forbid foreign styles."""
    assert "<style>" not in html_of(RESULTS["summary"]())
    assert "<style>" in RESULTS["summary"]()._repr_html_()


def test_a_listing_is_a_tuple() -> None:
    """A listing compares and indexes like a tuple; only its display differs."""
    decisions = RESULTS["decisions"]()

    assert isinstance(decisions, tuple)
    assert decisions == tuple(decisions)
    assert decisions[:2] == (decisions[0], decisions[1])
    assert repr(decisions) == "<40 Decisions>"
    assert str(Listing()) == "0 values"
    assert repr(RESULTS["decisions_and_names"]()) == "<41 values>"


def test_secrets_of_a_value_are_not_shown() -> None:
    """Cards leave out the fields that a repr leaves out, such as evidence and records."""
    for name in ("link", "quarantined", "step"):
        value: Any = RESULTS[name]()
        hidden = {part.name for part in dataclasses.fields(value) if not part.repr}
        text = str(value)
        assert hidden
        assert not any(
            line.startswith(f"{field} ") for field in hidden for line in text.split("\n")
        )
