"""Tests of the words of names, and of the lists that they are read by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import LinkGraph, read_links
from hummgraph.algorithms.entities import words as word_lists
from hummgraph.algorithms.entities.tokens import MIN_PART, _Splitter, node_words, split_name
from hummgraph.algorithms.entities.words import read_words
from hummgraph.errors import ArgumentError
from tests.support import builders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Stripe_Customer_Id__c", ("stripe", "customer", "id")),
        ("HTTPServerUrl", ("http", "server", "url")),
        ("address_2", ("address",)),
        ("companies", ("company",)),
        ("addresses", ("address",)),
        ("boxes", ("box",)),
        ("status", ("status",)),
        ("stati\u00eb", ("stati\u00eb",)),
        ("$insert_id", ("insert", "id")),
        ("_2024", ()),
    ],
)
def test_names_are_split_into_singular_words(name: str, words: tuple[str, ...]) -> None:
    """Words are split at signs and capitals, without digits, plurals and marks of custom fields."""
    assert split_name(name) == words


def test_words_written_together_are_taken_apart() -> None:
    """Parts are words of the lists, of systems, or such as stand apart in three names."""
    places = [
        "salesforce/contact.salesforcecontactid",
        "salesforce/contact.createdate",
        "salesforce/contact.dealstage",
        "salesforce/contact.transaction",
        "salesforce/contact.quillbarrel",
        *(f"salesforce/contact.{name}" for name in ("quill_a", "b_quill", "quill_c", "a_barrel")),
        *(f"salesforce/contact.{name}" for name in ("barrel_b", "barrel_c")),
        "warehouse/stg_salesforce__contacts.x",
        "warehouse/salesforce.y",
    ]
    found = builders.graph([], also=places)
    words = node_words(found, read_words(None))

    def of(place: str) -> tuple[str, ...]:
        return words.of[found.index_of(place)]

    assert of(places[0]) == ("salesforce", "contact", "id")
    assert of(places[1]) == ("create", "date")
    assert of(places[2]) == ("deal", "stage")
    assert of(places[3]) == ("transaction",)
    assert of(places[4]) == ("quill", "barrel")
    assert of("warehouse/stg_salesforce__contacts") == ("contact",)
    assert of("warehouse/salesforce") == ("salesforce",)


def test_a_known_ending_is_cut_from_an_unknown_word() -> None:
    """``lifecyclestage`` ends in a word of the lists; a short rest is left alone."""
    splitter = _Splitter(frozenset({"stage"}), frozenset(), ["stage"])

    assert splitter.split(("lifecyclestage",)) == ("lifecycle", "stage")
    assert splitter.split(("upstage", "backstage")) == ("upstage", "back", "stage")


def test_a_word_without_a_real_name_has_no_words() -> None:
    """A node that is called by its id says nothing."""
    found = LinkGraph(read_links([builders.record("a/t.x", "b/u.y")]))

    assert set(node_words(found, read_words(None)).of) == {()}


@given(st.lists(st.sampled_from(["invoice", "customer", "stage", "abcd"]), min_size=1, max_size=4))
def test_parts_make_up_the_word(parts: list[str]) -> None:
    """A word is taken apart into known parts of four letters and more."""
    known = frozenset({"invoice", "customer", "stage", "abcd"})
    word = "".join(parts)

    found = _Splitter(known, frozenset(), []).split((word,))

    assert "".join(found) == word
    assert found == (word,) or all(part in known and len(part) >= MIN_PART for part in found)


def test_words_are_added_to_lists_and_entities(tmp_path: Path) -> None:
    """A mapping and a TOML file add the same words."""
    path = tmp_path / "words.toml"
    path.write_text('[roles]\ntime = ["Datum"]\n[entities]\nshop = ["boutique"]\n', "utf-8")
    given = {"roles": {"time": ["datum"]}, "entities": {"shop": ["boutiques"]}}

    for words in (read_words(given), read_words(path), read_words(str(path))):
        assert "datum" in words.roles["time"]
        assert "created" in words.roles["time"]
        assert words.entities["shop"] == {"boutique"}
    assert "datum" not in read_words(None).roles["time"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"role": {}}, "words has a section 'role'; the sections are roles, tables, entities."),
        ({"roles": ["x"]}, "words['roles'] must map names of lists to lists of words"),
        ({"roles": {"tmie": ["x"]}}, "words has no list 'tmie' in 'roles'; the lists are id,"),
        ({"roles": {"time": "datum"}}, "words: roles.time must be a list of words."),
        ({"roles": {"time": 3}}, "words: roles.time must be a list of words."),
        ({"roles": {"time": ["due date"]}}, "words: roles.time has 'due date'; it must be one"),
        ({"roles": {"time": [7]}}, "words: roles.time has 7; it must be one word"),
        (3, "words must be a mapping of lists or the path of a TOML file, not a value of type int"),
    ],
)
def test_wrong_words_are_refused(given: Any, sentence: str) -> None:
    """The error says what was wrong and what is allowed."""
    with pytest.raises(ArgumentError) as caught:
        read_words(given)
    assert str(caught.value).startswith(sentence)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """A missing file and one that is not TOML are errors of their own."""
    with pytest.raises(ArgumentError, match="cannot be read: No such file"):
        read_words(tmp_path / "none.toml")
    path = tmp_path / "words.toml"
    path.write_text("time", encoding="utf-8")
    with pytest.raises(ArgumentError, match="are not TOML"):
        read_words(path)


def test_bundled_lists_are_read_once() -> None:
    """What is added for one graph does not change them."""
    word_lists._bundled.cache_clear()
    word_lists._bundled_words.cache_clear()
    bundled = read_words(None)
    added = read_words({"entities": {"person": ["kunde"]}})
    assert "kunde" in added.entities["person"]
    assert read_words(None) is bundled
    assert "kunde" not in bundled.entities["person"]
