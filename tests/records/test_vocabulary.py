"""Texts, keys and numbers of evidence that are vocabulary: the rule, and planted data."""

from __future__ import annotations

import functools
import json
import pickle
import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hummgraph.records.catalogue import Catalogue
from hummgraph.records.names import CatalogueNames
from hummgraph.records.redaction import (
    PLACEHOLDER,
    KeptEvidence,
    as_kept_evidence,
    hidden_name,
    kept_link_types,
    kept_statuses,
    redact_evidence,
    redact_members,
    redact_value,
    shown_counts,
)
from hummgraph.records.vocabulary import (
    NO_VOCABULARY,
    UNKNOWN,
    Place,
    Vocabulary,
    has_form,
    is_key_word,
    is_long_number,
    shown_places,
    shown_values,
    vocabulary_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = KeptEvidence.VOCABULARY


def shown(evidence: Sequence[Any], vocabulary: Vocabulary | None = None) -> list[Any]:
    """Return evidence as it is shown by default, as objects."""
    texts = [None if value is None else json.dumps(value) for value in evidence]
    known = vocabulary_of(texts) if vocabulary is None else vocabulary
    return [
        None if text is None else json.loads(text) for text in redact_evidence(texts, SHOWN, known)
    ]


def texts_of(values: Sequence[Any], key: str = "tag") -> list[Any]:
    """Return what is shown of values of one key, one a link."""
    return [found.get(key) for found in shown([{key: value} for value in values])]


# --- the thresholds ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_links", "n_distinct", "is_vocabulary"),
    [
        (20, 5, True),
        (20, 6, False),  # more than a quarter
        (80, 20, True),
        (79, 20, False),
        (84, 21, False),  # more than 20, and than 2 %
        (1_050, 21, True),  # 2 %
        (1_049, 21, False),
        (2_000, 40, True),
        (2_000, 41, False),
    ],
)
def test_texts_of_a_key_with_few_values(n_links: int, n_distinct: int, is_vocabulary: bool) -> None:
    """At least 20 links, and at most 20 values or 2 %, and a quarter, make vocabulary."""
    values = [f"v{number % n_distinct}" for number in range(n_links)]
    assert set(texts_of(values, "type")) == (set(values) if is_vocabulary else {PLACEHOLDER})


def test_links_of_the_key_count() -> None:
    """A key that 19 of many links have has no vocabulary; of 20 it has."""
    for n, found in ((19, PLACEHOLDER), (20, "exact")):
        evidence = [{"rule": "exact"}] * n + [{"score": 0.5}] * 100
        assert shown(evidence)[0] == {"rule": found}


def test_numbers_of_a_key_are_values_too() -> None:
    """A text among many distinct numbers is no vocabulary."""
    assert texts_of(["none"] * 10 + list(range(90)), "value")[0] == PLACEHOLDER
    assert texts_of(["none"] * 90 + list(range(10)), "value")[0] == "none"


def test_items_of_lists_are_values_of_their_key() -> None:
    """Items of lists count for the key, once for each link, and are shown one by one."""
    assert texts_of([["a", "b"]] * 20, "type") == [["a", "b"]] * 20
    assert texts_of([["a"] * 30], "note") == [PLACEHOLDER]
    assert texts_of([["x@y", "exact"]] * 20, "type")[0] == [PLACEHOLDER, "exact"]
    assert texts_of([["x@y", "y@z"]] * 20, "type")[0] == PLACEHOLDER
    assert texts_of([[], [[]], [1, [2.5]]], "type") == [[], [[]], [1, [2.5]]]
    assert texts_of([[{"name": "x@y", "score": 3}]] * 20, "type")[0] == [
        {"name": PLACEHOLDER, "score": 3}
    ]


@pytest.mark.parametrize(
    ("text", "looks_so"),
    [
        ("exact", True),
        ("Exact name, 4 digits 1234", True),
        ("ärztin", True),
        ("x" * 40, True),
        ("x" * 41, False),
        ("", False),
        (" exact", False),
        ("9 lives", False),
        ("+49 151", False),
        ("jane@example.com", False),
        ("jane\uff20example.com", False),
        ("id 12345", False),
        ("id 1234 5678", True),
        ("id \u0661\u0662\u0663\u0664\u0665", False),
    ],
)
def test_form_of_a_text(text: str, looks_so: bool) -> None:
    """Vocabulary is short, starts with a letter, and has no @ and no five digits in a row."""
    assert has_form(text) is looks_so
    assert shown([{"type": text}] * 20)[0] == {"type": text if looks_so else PLACEHOLDER}


def test_few_links_show_known_keys_only() -> None:
    """In fewer than 20 links, texts of five keys are shown, wherever they stand."""
    evidence = {
        "matcher": "names",
        "method": "exact",
        "connector": "fivetran",
        "type": "id",
        "rule": "r2",
        "name": "exact",
        "source": {"type": "id", "matcher": "jane@example.com"},
        "Jane": {"type": "her"},
    }
    found = {
        "matcher": "names",
        "method": "exact",
        "connector": "fivetran",
        "type": "id",
        "rule": "r2",
        "name": PLACEHOLDER,
        "source": {"type": "id", "matcher": PLACEHOLDER},
        PLACEHOLDER: {"type": PLACEHOLDER},
    }
    assert shown([evidence]) == [found]
    assert shown([evidence] * 19) == [found] * 19
    many = [{"matcher": f"m{number % 10}"} for number in range(25)]
    assert shown(many)[0] == {"matcher": PLACEHOLDER}  # the rule of many links holds again


# --- keys ----------------------------------------------------------------------------------------


def test_names_of_members_by_the_same_rule() -> None:
    """Names are values of their object: few of them in many objects are shown."""
    assert shown([{"per_region": {"north": 1, "south": 2}}] * 20)[0] == {
        "per_region": {"north": 1, "south": 2}
    }
    assert shown([{"counts": {"north": 1}}] * 19)[0] == {"counts": {PLACEHOLDER: 1}}
    people = [{"counts": {f"p{number}": 3, "total": 3}} for number in range(40)]
    assert shown(people)[7] == {"counts": {PLACEHOLDER: 3, "total": 3}}


def test_hidden_names_are_told_apart() -> None:
    """Hidden names are numbered in their order, so that no member is lost."""
    value = {"jane@x": 3, "name": None, "joe@x": {"ann@x": True, "bob@x": 0.5}}
    assert shown([value]) == [
        {
            PLACEHOLDER: 3,
            "name": None,
            "[redacted 2]": {PLACEHOLDER: True, "[redacted 2]": 0.5},
        }
    ]
    assert [hidden_name(number) for number in (1, 2, 3)] == [
        PLACEHOLDER,
        "[redacted 2]",
        "[redacted 3]",
    ]


def test_texts_below_hidden_names_are_no_vocabulary() -> None:
    """However few the texts below names of persons are, they say something of persons."""
    evidence = [{"of": {f"p{number}": {"type": "female"}}} for number in range(100)]
    assert shown(evidence)[0] == {"of": {PLACEHOLDER: {"type": PLACEHOLDER}}}


def test_names_beyond_all_bounds_are_hidden_in_any_order() -> None:
    """Names that are not even counted, being so many, are hidden as all others are."""
    evidence = [
        {"of": {f"p{number}": number % 7 + 4_000_000 * (number % 2)}} for number in range(900)
    ]
    found = shown(evidence)
    assert set(map(str, found)) <= {str({"of": {PLACEHOLDER: n}}) for n in range(7)} | {
        str({"of": {PLACEHOLDER: n + 4_000_000}}) for n in range(7)
    }
    assert vocabulary_of(map(json.dumps, evidence)) == vocabulary_of(
        map(json.dumps, reversed(evidence))
    )


@pytest.mark.parametrize(
    ("name", "is_word"),
    [
        ("name_similarity", True),
        ("nameSimilarity", True),
        ("match-rate.max", True),
        ("max", True),
        ("Max", False),
        ("MAX", False),
        ("jane", False),
        ("name_jane", False),
        ("", False),
        ("name_", False),
        ("_".join(["name"] * 9), False),
    ],
)
def test_words_of_keys(name: str, is_word: bool) -> None:
    """Names of usual words are shown in any number of links."""
    assert is_key_word(name) is is_word
    assert shown([{name: 0.5}]) == [{name if is_word else PLACEHOLDER: 0.5}]


# --- numbers -------------------------------------------------------------------------------------


def test_long_whole_numbers_are_hidden() -> None:
    """Numbers are hidden if most distinct ones of the key are whole and have seven digits."""
    tel = [4_915_100_000_000 + number for number in range(30)]
    assert texts_of(tel, "value") == [PLACEHOLDER] * 30
    assert texts_of([float(number) for number in tel], "value") == [PLACEHOLDER] * 30
    assert texts_of([tel[0]] * 30, "value") == [PLACEHOLDER] * 30
    assert texts_of([0] * 900 + tel, "value") == [PLACEHOLDER] * 930  # 0 is one value
    assert texts_of([9_999_999, 999_999, 5], "value") == [9_999_999, 999_999, 5]
    assert texts_of([9_999_999, 5], "value") == [9_999_999, 5]
    assert texts_of([1_000_000.5, -2_000_000.25], "value") == [1_000_000.5, -2_000_000.25]
    assert texts_of([-1_000_000, 2**80], "value") == [PLACEHOLDER] * 2
    assert [is_long_number(number) for number in (999_999, 10**6, -(10**6), 1e6, 1.5e6 + 0.5)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_very_many_long_numbers_are_hidden_whatever_else_there_is() -> None:
    """More long numbers than are counted are hidden, even among more short ones."""
    values = [10**7 + number for number in range(10_001)] + [n / 8 for n in range(30_000)]
    evidence = [{"value": values[at : at + 500]} for at in range(0, len(values), 500)]
    assert shown(evidence)[-1] == {"value": PLACEHOLDER}


def test_numbers_below_hidden_names() -> None:
    """Numbers below hidden names are judged together."""
    counts = [{"of": {f"p{number}": number}} for number in range(40)]
    assert shown(counts)[3] == {"of": {PLACEHOLDER: 3}}
    tel = [{"of": {f"p{number}": 10**9 + number}} for number in range(40)]
    assert shown(tel)[3] == {"of": {PLACEHOLDER: PLACEHOLDER}}
    deep = [{"of": {f"p{n}": {"tel": 10**9 + n, "name": {f"q{n}": 10**9 + n}}}} for n in range(40)]
    assert shown(deep)[3] == {
        "of": {PLACEHOLDER: {PLACEHOLDER: PLACEHOLDER, "name": {PLACEHOLDER: PLACEHOLDER}}}
    }


def test_places_that_no_link_has() -> None:
    """Without a decision, no text is shown, and no long number."""
    found = redact_members(
        {
            "matcher": "names",
            "score": 0.5,
            "n": 4_915_112_345_678,
            "equal": True,
            "of": {"jane": 1},
        },
        SHOWN,
    )
    assert found == {
        "matcher": PLACEHOLDER,
        "score": 0.5,
        "n": PLACEHOLDER,
        "equal": True,
        "of": {PLACEHOLDER: 1},
    }
    assert redact_value("x", UNKNOWN, NO_VOCABULARY) == PLACEHOLDER
    assert redact_value(None, UNKNOWN, NO_VOCABULARY) is None


# --- names of the catalogue ----------------------------------------------------------------------


def named() -> CatalogueNames:
    """Return the names of a small catalogue, one of them given by the user."""

    def uid(number: int) -> str:
        return f"00000000-0000-4000-8000-{number:012}"

    catalogue = Catalogue.from_records(
        {
            "integration_sources": [{"id": uid(1), "name": "My CRM", "connector_type": "hubspot"}],
            "tables": [
                {
                    "id": uid(2),
                    "integration_source_id": uid(1),
                    "schema_name": "raw.eu",
                    "name": "ACCOUNT",
                }
            ],
            "columns": [
                {"id": uid(3), "table_id": uid(2), "name": "first_name"},
                {"id": uid(4), "table_id": uid(2), "name": "jane"},
                {"id": uid(5), "table_id": uid(2), "name": "555"},
                {"id": uid(6), "table_id": uid(2), "name": "1234"},
            ],
        }
    )
    return CatalogueNames(catalogue.with_names({uid(4): "Mail"}))


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("ACCOUNT", True),
        ("account", True),
        ("my crm", True),
        ("hubspot", True),
        ("raw.eu", True),
        ("My CRM/raw.eu.ACCOUNT.first_name", True),
        ("account : FIRST_NAME", True),
        ("account_first_name", True),
        ("account.mail", True),
        ("account_first", False),
        ("account.jane", False),  # the user called it otherwise
        ("account-mail", False),
        ("account.", False),
        (".account", False),
        ("account mail jane", False),
        ("555", True),
        ("555 1234", False),
        ("account 555", True),
        ("", False),
        ("account " * 40 + "account", False),
        ("mail " + "x" * 400, False),
    ],
)
def test_names_of_the_catalogue(text: str, is_name: bool) -> None:
    """A name, or several joined, in any case; numbers alone are none."""
    assert named().holds(text) is is_name
    vocabulary = Vocabulary(UNKNOWN, names=named())
    assert shown([{"note": [text]}], vocabulary) == [{"note": [text] if is_name else PLACEHOLDER}]
    assert shown([{text: None}], vocabulary) == [{text if is_name else PLACEHOLDER: None}]


def test_no_catalogue_has_no_names() -> None:
    """Without a catalogue nothing is a name; a pickled one forgets its catalogue."""
    assert not CatalogueNames().holds("account")
    assert not CatalogueNames(Catalogue.empty()).holds("")
    assert pickle.loads(pickle.dumps(named())).catalogue is None  # noqa: S301 - its own
    assert named().holds("account")


# --- statuses and types --------------------------------------------------------------------------


def test_statuses_and_types_by_the_same_rule() -> None:
    """Those of the contract are shown, and others if they are vocabulary."""
    many = pa.chunked_array([["OPEN"] * 30 + ["APPROVED"] * 30 + ["call 12345"] * 30 + [None]])
    assert shown_values(many) == {"OPEN"}
    assert shown_values(many.slice(0, 19)) == frozenset()
    assert shown_values(pa.chunked_array([[f"S{n}" for n in range(90)]])) == frozenset()
    known = Vocabulary(statuses=frozenset({"OPEN"}), link_types=frozenset({"FUZZY"}))
    texts = ["APPROVED", "OPEN", "call Jane"]
    assert kept_statuses(texts, KeptEvidence.VOCABULARY, known) == ["APPROVED", "OPEN", PLACEHOLDER]
    assert kept_statuses(texts, KeptEvidence.FULL, known) == texts
    assert kept_statuses(texts, KeptEvidence.NONE, known) == ["APPROVED", *[PLACEHOLDER] * 2]
    types = ["DETERMINISTIC", "FOREIGN_KEY", "FUZZY", "by Jane", None]
    assert kept_link_types(types, SHOWN, known) == [*types[:3], PLACEHOLDER, None]
    assert kept_link_types(types, KeptEvidence.FULL, known) == types
    assert kept_link_types(types, KeptEvidence.NONE, known)[2:] == [PLACEHOLDER, PLACEHOLDER, None]
    counts = {"APPROVED": 3, "Jane": 1, "OPEN": 2, "Joe": 4}
    assert shown_counts(counts, kept_statuses, known) == {"APPROVED": 3, PLACEHOLDER: 5, "OPEN": 2}


# --- as a value ----------------------------------------------------------------------------------


def test_settings() -> None:
    """The three settings by name, what they leave out, and which is stricter."""
    assert as_kept_evidence("vocabulary") is SHOWN
    assert KeptEvidence.NONE.stricter(KeptEvidence.FULL) is KeptEvidence.NONE
    assert SHOWN.stricter(KeptEvidence.FULL) is SHOWN
    assert redact_evidence(['{"a" : 1.0}', None], KeptEvidence.FULL, NO_VOCABULARY) == [
        '{"a" : 1.0}',
        None,
    ]
    assert redact_evidence(['{"a" : 1.0}', None], KeptEvidence.NONE, NO_VOCABULARY) == [None, None]
    assert redact_members({"jane": 1}, KeptEvidence.FULL) == {"jane": 1}
    assert redact_members({"jane": 1}, KeptEvidence.NONE) == {}


def test_half_a_surrogate_pair() -> None:
    """Half a surrogate pair is a text like others: JSON escapes it where it is shown."""
    assert redact_evidence(['{"\\ud800": "\\udfff"}'], SHOWN, NO_VOCABULARY) == [
        '{"[redacted]":"[redacted]"}'
    ]
    half = [json.dumps({"type": "a\ud800"})]
    assert redact_evidence(half, SHOWN, vocabulary_of(half)) == ['{"type":"a\\ud800"}']


def test_plain_data_of_others_is_checked() -> None:
    """A text unlike vocabulary is not shown, whoever wrote the file."""
    found = Vocabulary.from_dict(
        {
            "evidence": {
                "texts": ["exact", "jane@example.com"],
                "numbers": None,
                "members": {"jane@example.com": {}, "north": {"texts": ["a"]}, "n": {}},
                "others": {"numbers": False},
            },
            "statuses": ["OPEN", "1 call"],
            "link_types": ["FUZZY", ""],
        }
    )
    assert found.evidence == Place(
        frozenset({"exact"}),
        None,
        {"north": Place(frozenset({"a"})), "n": Place()},
        Place(numbers=False),
    )
    assert found.statuses == {"OPEN"}
    assert found.link_types == {"FUZZY"}
    assert Vocabulary.from_dict(found.to_dict()) == found
    assert Vocabulary.from_dict({}).evidence is None
    assert Vocabulary().to_dict() == {}
    for wrong in (3, {"evidence": 3}, {"statuses": "x"}, {"evidence": {"members": {"n": 1}}}):
        with pytest.raises(ValueError, match=r"Expected|expected"):
            Vocabulary.from_dict(wrong)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(-1e300, 1e300)
    | st.sampled_from(["exact", "names", "Jane", "a@b", "x 12345"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "score", "jane", "of"]) | st.text(max_size=4), inner
        )
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.none() | st.dictionaries(st.sampled_from(["type", "of", "n", "x"]), JSON))


def scalars(value: Any, keys: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Return all scalars of a value with the names above them; items of lists are at their key."""
    if isinstance(value, dict):
        return [pair for name, part in value.items() for pair in scalars(part, (*keys, name))]
    if isinstance(value, list):
        return [pair for part in value for pair in scalars(part, keys)]
    return [(keys, value)]


def has_key(value: Any, keys: tuple[str, ...]) -> bool:
    """Return whether a value has a member by these names, through lists."""
    if not keys:
        return True  # also with an empty list
    if isinstance(value, list):
        return any(has_key(item, keys) for item in value)
    return isinstance(value, dict) and keys[0] in value and has_key(value[keys[0]], keys[1:])


@given(OBJECTS, st.integers(1, 30))
@example([{"n": ["exact"]}, {"n": []}], 10)
def test_shown_texts_are_those_of_the_rule(evidence: list[Any], times: int) -> None:
    """A text is shown exactly if its key has few values, counted by brute force."""
    evidence = evidence * times
    found = shown(evidence)
    n_links = len(evidence)

    @functools.cache
    def counts(keys: tuple[str, ...]) -> tuple[int, int]:
        having = [one for one in evidence if one is not None and has_key(one, keys)]
        distinct = {
            other
            for one in having
            for path, other in scalars(one)
            if path == keys and isinstance(other, str | int | float) and type(other) is not bool
        }
        return len(having), len(distinct)

    for value, kept in zip(evidence, found, strict=True):
        if value is None:
            assert kept is None
            continue
        for (keys, scalar), (kept_keys, shown_scalar) in zip(
            scalars(value), scalars(expanded(value, kept)), strict=True
        ):
            assert all(a == b or "[redacted" in b for a, b in zip(keys, kept_keys, strict=True))
            if not isinstance(scalar, str):
                continue
            whole = keys == kept_keys
            n_having, n_distinct = counts(keys)
            few = (
                n_having >= 20
                and (n_distinct <= 20 or n_distinct * 50 <= n_having)
                and n_distinct * 4 <= n_having
            )
            small = n_links < 20 and keys[-1] in {"matcher", "method", "connector", "type", "rule"}
            expected = whole and has_form(scalar) and (small if n_links < 20 else few)
            assert (shown_scalar == scalar != PLACEHOLDER) is expected


def expanded(value: Any, kept: Any) -> Any:
    """Return redacted evidence with a list for each list that was redacted as one."""
    if isinstance(value, dict):
        return {
            name: expanded(part, inner)
            for (part, (name, inner)) in zip(value.values(), kept.items(), strict=True)
        }
    if isinstance(value, list):
        if kept == PLACEHOLDER:
            return [expanded(item, PLACEHOLDER) for item in value]
        return [expanded(item, inner) for item, inner in zip(value, kept, strict=True)]
    return kept


@given(OBJECTS, st.integers(1, 30), st.randoms())
def test_decided_once(evidence: list[Any], times: int, rng: random.Random) -> None:
    """The order of links does not matter, a part answers as the whole, and twice is once."""
    texts = [None if value is None else json.dumps(value) for value in evidence * times]
    vocabulary = vocabulary_of(texts)
    mixed = rng.sample(texts, len(texts))
    assert vocabulary_of(mixed) == vocabulary
    assert Vocabulary.from_dict(json.loads(json.dumps(vocabulary.to_dict()))) == vocabulary
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary  # noqa: S301 - its own
    whole = redact_evidence(texts, SHOWN, vocabulary)
    assert redact_evidence(texts[:1], SHOWN, vocabulary) == whole[:1]
    assert redact_evidence(whole, SHOWN, vocabulary) == whole


def test_places_of_no_links() -> None:
    """Without links there is nothing to show."""
    assert shown_places([], 0) == Place()
    assert shown_places([None], 1) == Place()


def test_names_beyond_all_bounds_below_a_hidden_name() -> None:
    """Numbers of names that are not even counted are judged with all others."""
    people = {f"q{number}": 10**9 + number for number in range(400)}
    evidence = [{"of": {"Jane Doe": people, "Joe Doe": people}}] * 3
    hidden = {hidden_name(number): PLACEHOLDER for number in range(1, 401)}
    assert shown(evidence)[0] == {"of": {PLACEHOLDER: hidden, "[redacted 2]": hidden}}


def test_only_so_many_answers_are_kept() -> None:
    """Memory for texts that were asked for is bounded."""
    names = named()
    names._asked.update(dict.fromkeys(map(str, range(20_000)), False))
    assert names.holds("account")
    assert len(names._asked) == 20_000
