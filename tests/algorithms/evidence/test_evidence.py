"""Tests of evidence: flattened, as a table, and compared by decision."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

import hummgraph
from hummgraph.algorithms.evidence.evidence import (
    EvidenceComparison,
    compare_evidence,
    evidence_table,
    flatten_evidence,
)
from hummgraph.algorithms.evidence.rows import MAX_EVIDENCE_DEPTH, MAX_ITEMS, MAX_NAME_LENGTH
from hummgraph.errors import ArgumentError, LinkNotFoundError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import record, uid

Row = tuple[str, float | None, dict[str, Any] | None]


def link_records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a record for each status, confidence and evidence."""
    return [
        record(
            "a/t.x",
            f"b/t.y{number}",
            confidence,
            status=status,
            evidence=evidence,
            id=uid(f"link {number}"),
        )
        for number, (status, confidence, evidence) in enumerate(rows)
    ]


def graph_of(rows: Sequence[Row]) -> LinkGraph:
    """Build a graph from statuses, confidences and evidence."""
    return LinkGraph(read_links(link_records(rows)))


def decided(
    approved: Sequence[dict[str, Any] | None], rejected: Sequence[dict[str, Any] | None]
) -> LinkGraph:
    """Build a graph from the evidence of approved and rejected links."""
    return graph_of(
        [("APPROVED", 0.9, evidence) for evidence in approved]
        + [("REJECTED", 0.8, evidence) for evidence in rejected]
    )


def row_of(found: EvidenceComparison, key: str, kind: str | None = None) -> dict[str, Any]:
    """Return the only row of a key, and of a kind of value if it has several."""
    (row,) = (it for it in found.keys if it["key"] == key and kind in {None, it["kind"]})
    return row


# --- flattening ------------------------------------------------------------------------------


def test_objects_get_dotted_keys_and_lists_positions() -> None:
    """A key is the path to its value, in the order of the evidence."""
    flat = flatten_evidence(
        {"z": 1, "profile": {"entropy": 2.5, "top": ["a", {"b": None}, [True]]}, "a": "x"}
    )

    assert list(flat.items()) == [
        ("z", 1),
        ("profile.entropy", 2.5),
        ("profile.top[0]", "a"),
        ("profile.top[1].b", None),
        ("profile.top[2][0]", True),
        ("a", "x"),
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("plain name", "plain name"),
        ("naïve", "naïve"),
        ("~", "~"),
        ("", '""'),
        ("a.b", '"a.b"'),
        ("a[0]", '"a[0]"'),
        ("{}", '"{}"'),
        ('say "so"', r'"say \"so\""'),
        ("é.b", '"é.b"'),
        ("(confidence)", '"(confidence)"'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("a\nb", r'"a\nb"'),
        ("a\ud800", r'"a\ud800"'),
    ],
)
def test_names_are_quoted_where_they_would_be_misread(name: str, key: str) -> None:
    """A name that could be misread is quoted as in JSON."""
    assert list(flatten_evidence({name: 1})) == [key]


def test_empty_objects_and_lists_stay() -> None:
    """Empty objects and lists have rows that differ from those of any text."""
    assert flatten_evidence({"a": {}, "b": [], "c": [{}, []], "d": "{}"}) == {
        "a{}": "{}",
        "b[]": "[]",
        "c[0]{}": "{}",
        "c[1][]": "[]",
        "d": "{}",
    }


def test_no_evidence_has_no_rows() -> None:
    """Null and an empty object have no rows."""
    assert flatten_evidence(None) == flatten_evidence({}) == {}


def test_long_lists_say_how_much_is_shown() -> None:
    """A hundred items of a list are shown, and a row has the total of a longer list."""
    whole = flatten_evidence({"a": list(range(MAX_ITEMS))})
    cut = flatten_evidence({"a": list(range(4_096))})

    assert whole == {f"a[{i}]": i for i in range(100)}
    assert cut == whole | {"a[100...]": "shown 100 of 4,096"}


def test_deep_evidence_says_where_it_was_cut() -> None:
    """Thirty-two levels are followed, and deeper values are counted."""
    value: Any = {"x": 1, "y": 2}
    for _ in range(MAX_EVIDENCE_DEPTH - 1):
        value = {"a": value}
    assert flatten_evidence(value) == {"a." * 31 + "x": 1, "a." * 31 + "y": 2}
    assert flatten_evidence({"b": value}) == {
        "b" + ".a" * 31 + "{...}": "2 members, deeper than 32",
    }

    items: Any = [1]
    for _ in range(10_000):
        items = [items, {}]
    assert flatten_evidence({"a": items})["a" + "[0]" * 31 + "[...]"] == "2 items, deeper than 32"


def test_empty_ones_are_never_too_deep() -> None:
    """An empty object or list at the greatest depth is shown as such."""
    value: Any = {"x": {}, "y": []}
    for _ in range(MAX_EVIDENCE_DEPTH - 1):
        value = {"a": value}

    assert list(flatten_evidence(value).values()) == ["{}", "[]"]


def test_long_names_are_cut_and_still_told_apart() -> None:
    """The key of a long name has its beginning and a digest of the whole."""
    name = "n" * MAX_NAME_LENGTH
    flat = flatten_evidence({name: 0, name + "a": 1, name + "\ud800": 2})

    assert next(iter(flat)) == name
    assert len(flat) == 3
    assert all(re.fullmatch(r'"n{80}"~[0-9a-f]{16}', key) for key in list(flat)[1:])


def test_derived_classes_and_tuples_are_taken() -> None:
    """Derived classes of texts and numbers, and tuples, are accepted."""
    kind = StrEnum("kind", ["EXACT"])

    assert flatten_evidence({"a": np.float64(0.5), "b": (1, kind.EXACT)}) == {
        "a": 0.5,
        "b[0]": 1,
        "b[1]": "exact",
    }


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ([1], "takes a JSON object, not a value of type list"),
        ({"a": {1, 2}}, "holds a set"),
        ({"a": [b"x"]}, "holds a bytes"),
        ({1: "a"}, "named by a int"),
    ],
)
def test_what_is_no_json_object(evidence: Any, message: str) -> None:
    """A value that is not a JSON object is refused by its type, without being quoted."""
    with pytest.raises(ArgumentError, match=message):
        flatten_evidence(evidence)


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text('ab.[]{}"0(\\ ~', max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.text('ab.[]{}"0(\\ ~', max_size=4) | st.text(), values, max_size=5)

_STEP = re.compile(r'\.?(?P<name>"(?:[^"\\]|\\.)*"|[^.\[\]{}"]+)|\[(?P<index>\d+)\]')


def unflatten(flat: dict[str, Any]) -> dict[str, Any]:
    """Build the object with these keys and values."""
    root: dict[str, Any] = {}
    for key, value in flat.items():
        leaf = {"{}": {}, "[]": []}[key[-2:]] if key.endswith(("{}", "[]")) else value
        way = key[:-2] if key.endswith(("{}", "[]")) else key
        steps: list[str | int] = []
        at = 0
        while at < len(way):
            step = _STEP.match(way, at)
            assert step
            name = step["name"]
            if name is None:
                steps.append(int(step["index"]))
            else:
                steps.append(json.loads(name) if name.startswith('"') else name)
            at = step.end()
        here: Any = root
        for step_taken, following in zip(steps, [*steps[1:], None], strict=True):
            below = leaf if following is None else [] if isinstance(following, int) else {}
            if isinstance(here, list):
                if step_taken == len(here):
                    here.append(below)
            else:
                here.setdefault(step_taken, below)
            here = here[step_taken]
    return root


@given(objects)
def test_flat_keys_tell_the_evidence(evidence: dict[str, Any]) -> None:
    """The object can be rebuilt from its rows, with order and types."""
    assert json.dumps(unflatten(flatten_evidence(evidence))) == json.dumps(evidence)


# --- the table -------------------------------------------------------------------------------

TABLED = graph_of(
    [
        ("APPROVED", 0.9, {"score": 0.5, "n": 3, "exact": True, "by": "hash", "note": None}),
        ("SUGGESTED", 0.9, None),
        ("REJECTED", 0.9, {"by": {"rule": "names"}, "n": 10**400}),
        ("SUGGESTED", 0.9, {}),
    ]
)


def test_the_table_has_a_row_for_each_link_and_key() -> None:
    """Each row has the value as text, the number if it is one, and the kind."""
    link = TABLED.link(uid("link 0"))
    frame = evidence_table(TABLED, [link.link_id])

    assert frame.columns == [
        "link_id",
        "source_path",
        "target_path",
        "source_deleted",
        "target_deleted",
        "status",
        "key",
        "value",
        "number",
        "kind",
    ]
    assert set(frame["link_id"]) == {link.link_id}
    assert set(frame["source_path"]) == {TABLED.node(link.source).path}
    assert set(frame["target_path"]) == {TABLED.node(link.target).path}
    assert set(frame["status"]) == {"APPROVED"}
    assert [tuple(row.values())[6:] for row in frame] == [
        ("score", "0.5", 0.5, "number"),
        ("n", "3", 3.0, "number"),
        ("exact", "true", 1.0, "boolean"),
        ("by", "hash", None, "text"),
        ("note", None, None, "null"),
    ]


def test_the_table_has_all_links_by_position() -> None:
    """Links without evidence have no row, and a number too large for a float is a text."""
    frame = evidence_table(TABLED)
    of_link = dict.fromkeys(frame["link_id"])

    assert list(of_link) == sorted([uid("link 0"), uid("link 2")])
    (huge,) = (row for row in frame if row["value"] == str(10**400))
    assert (huge["number"], huge["kind"], huge["status"]) == (None, "text", "REJECTED")


def test_links_are_given_by_id_or_position() -> None:
    """Links may be given by id or position, one or several, in any order, each counted once."""
    wanted = TABLED.link(uid("link 2")).link_index
    one = evidence_table(TABLED, wanted)
    ways: list[Any] = [
        uid("link 2"),
        UUID(uid("link 2")),
        np.int64(wanted),
        [wanted, wanted],
        np.array([wanted]),
        iter([uid("link 2").upper(), wanted]),
    ]

    assert len(one) == 2
    for way in ways:
        assert evidence_table(TABLED, way) == one
    assert evidence_table(TABLED, range(3, -1, -1)) == evidence_table(TABLED)
    assert len(evidence_table(TABLED, [])) == 0


@pytest.mark.parametrize("link", [-1, 4, np.int64(4), "nonsense", uid("link 9")])
def test_unknown_links(link: Any) -> None:
    """An unknown link is refused."""
    with pytest.raises(LinkNotFoundError):
        evidence_table(TABLED, [link])


def test_the_table_is_of_the_graph_asked() -> None:
    """The table uses the positions and statuses of the filtered graph, and the same evidence."""
    graph = TABLED.where(status="REJECTED").with_decisions({uid("link 2"): "APPROVED"})
    frame = evidence_table(graph)

    assert frame["status"] == ["APPROVED", "APPROVED"]
    assert frame["key"] == ["by.rule", "n"]


def test_half_surrogate_pairs_are_written_out(tmp_path: Path) -> None:
    """Half surrogate pairs are escaped, as a table cannot hold them."""
    records = link_records([("APPROVED", 0.9, {"a\ud800": "b\udc00", "c": None})])
    (tmp_path / "links.json").write_text(json.dumps(records), encoding="utf-8")
    graph = LinkGraph(read_links(tmp_path / "links.json"))

    assert evidence_table(graph)["key"] == [r'"a\ud800"', "c"]
    assert evidence_table(graph)["value"] == [r"b\udc00", None]
    assert compare_evidence(graph).values["value"] == [r"b\udc00"]


# --- the comparison --------------------------------------------------------------------------


def test_counts_and_shares_are_of_all_decided_links() -> None:
    """Suggested links are ignored, and links without the key count in the share."""
    found = compare_evidence(
        graph_of(
            [
                ("APPROVED", 0.9, {"a": 1}),
                ("APPROVED", 0.9, None),
                ("REJECTED", 0.9, {"a": 2}),
                ("SUGGESTED", 0.9, {"a": 3, "b": 4}),
            ]
        )
    )
    row = row_of(found, "a")

    assert (found.n_approved, found.n_rejected) == (2, 1)
    assert found.keys["key"] == ["(confidence)", "a"]
    assert (row["approved"], row["approved_share"]) == (1, 0.5)
    assert (row["rejected"], row["rejected_share"]) == (1, 1.0)
    assert row["presence"] == 0.25


def test_decisions_laid_over_the_graph_count() -> None:
    """Decisions applied to the graph determine the statuses."""
    graph = decided([{"a": 1}], [{"a": 0}])
    turned = graph.with_decisions({uid("link 0"): "REJECTED", uid("link 1"): "APPROVED"})

    assert row_of(compare_evidence(graph), "a")["separation"] == 1.0
    assert row_of(compare_evidence(turned), "a")["separation"] == 0.0


numbers = st.lists(st.integers(-3, 3) | st.floats(-2, 2), min_size=1, max_size=12)


@given(numbers, numbers)
def test_separation_of_numbers_is_that_of_all_pairs(
    approved: list[float], rejected: list[float]
) -> None:
    """The separation of numbers is U over the number of pairs, with ties counting half."""
    row = row_of(
        compare_evidence(decided([{"a": x} for x in approved], [{"a": x} for x in rejected])), "a"
    )
    pairs = [(x > y) + (x == y) / 2 for x, y in product(approved, rejected)]
    test = mannwhitneyu(approved, rejected)

    assert row["separation"] == sum(pairs) / len(pairs)
    assert row["separation"] == pytest.approx(test.statistic / len(pairs))
    assert row["distinct"] == len({*approved, *rejected})
    assert row["approved_mean"] == pytest.approx(mean(approved), abs=1e-12)
    assert row["rejected_mean"] == pytest.approx(mean(rejected), abs=1e-12)
    assert row["approved_median"] == pytest.approx(median(approved), abs=1e-12)
    assert row["rejected_median"] == pytest.approx(median(rejected), abs=1e-12)


@given(numbers, numbers)
def test_chance_is_that_of_the_test(approved: list[float], rejected: list[float]) -> None:
    """Values beyond the chance are significant at 5 % by the normal approximation."""
    row = row_of(
        compare_evidence(decided([{"a": x} for x in approved], [{"a": x} for x in rejected])), "a"
    )
    chance = row["separation_chance"]
    if row["distinct"] == 1:
        assert chance == pytest.approx(0, abs=1e-7)
        return
    p = mannwhitneyu(approved, rejected, method="asymptotic", use_continuity=False).pvalue
    if abs(p - 0.05) > 1e-9:
        assert (abs(row["separation"] - 0.5) > chance) == (p < 0.05)


@given(st.lists(st.booleans(), min_size=1), st.lists(st.booleans(), min_size=1))
def test_separation_of_truth_values_is_that_of_ones_and_zeros(
    approved: list[bool], rejected: list[bool]
) -> None:
    """True is above false, without a mean, and the counts are among the values."""
    found = compare_evidence(
        decided([{"a": x} for x in approved], [{"a": x} for x in rejected]),
    )
    row = row_of(found, "a")
    counts = {it["value"]: (it["approved"], it["rejected"]) for it in found.values}

    assert row["kind"] == "boolean"
    assert row["separation"] == pytest.approx(0.5 + (mean(approved) - mean(rejected)) / 2)
    assert row["approved_mean"] is row["rejected_median"] is row["value"] is None
    assert counts == {
        text: (approved.count(it), rejected.count(it))
        for text, it in (("true", True), ("false", False))
        if it in approved or it in rejected
    }


words = st.lists(st.sampled_from(["a", "b", "c", "A"]), min_size=1, max_size=10)


@given(words, words)
def test_separation_of_texts_is_by_the_one_that_tells_most(
    approved: list[str], rejected: list[str]
) -> None:
    """The separation of texts is that of the text whose shares differ most."""
    found = compare_evidence(decided([{"a": x} for x in approved], [{"a": x} for x in rejected]))
    row = row_of(found, "a")
    apart = {
        text: approved.count(text) / len(approved) - rejected.count(text) / len(rejected)
        for text in {*approved, *rejected}
    }

    assert abs(apart[row["value"]]) == pytest.approx(max(map(abs, apart.values())))
    pairs = [
        ((x == row["value"]) - (y == row["value"]) + 1) / 2 for x, y in product(approved, rejected)
    ]
    assert row["separation"] == pytest.approx(sum(pairs) / len(pairs))
    assert row["approved_mean"] is row["approved_median"] is None
    assert {it["value"]: (it["approved"], it["rejected"]) for it in found.values} == {
        text: (approved.count(text), rejected.count(text)) for text in apart
    }


def test_of_equally_telling_texts_the_first_is_named() -> None:
    """Of equally separating texts the first is named."""
    row = row_of(compare_evidence(decided([{"a": "y"}] * 3, [{"a": "x"}, {"a": "y"}])), "a")

    assert (row["value"], row["separation"]) == ("x", 0.25)


def test_texts_that_never_repeat_tell_nothing() -> None:
    """Texts that never repeat, such as ids, separate nothing."""
    found = compare_evidence(
        decided(
            [{"id": f"x{i}", "by": "hash"} for i in range(100)],
            [{"id": f"y{i}", "by": "name"} for i in range(100)],
        )
    )
    row = row_of(found, "id")

    assert abs(row["separation"] - 0.5) < row["separation_chance"] < 0.02
    assert found.keys["key"] == ["(confidence)", "by", "id"]


def test_keys_of_one_side_have_a_presence() -> None:
    """A key on one side only has a presence and no separation."""
    found = compare_evidence(decided([{"a": 1, "t": "x"}] * 2 + [None] * 2, [{"b": 2}] * 4))

    for key, presence in (("a", 0.75), ("t", 0.75), ("b", 0.0)):
        row = row_of(found, key)
        assert row["presence"] == presence
        assert row["separation"] is row["separation_chance"] is row["value"] is None
    assert row_of(found, "a")["rejected_mean"] is None
    assert row_of(found, "a")["rejected_share"] == 0.0
    (text,) = found.values
    assert (text["approved_share"], text["rejected_share"]) == (1.0, None)


def test_a_key_has_a_row_for_each_kind_of_value() -> None:
    """A key has a row for each kind of value, and nulls have a presence only."""
    found = compare_evidence(
        decided([{"a": 3}, {"a": None}, {"a": "n/a"}], [{"a": 2}, {"a": 1}, {"a": None}])
    )

    assert sorted(row["kind"] for row in found.keys if row["key"] == "a") == [
        "null",
        "number",
        "text",
    ]
    assert row_of(found, "a", "number")["separation"] == 1.0
    assert row_of(found, "a", "number")["rejected"] == 2
    assert row_of(found, "a", "text")["separation"] is None
    assert row_of(found, "a", "null")["separation"] is None
    assert row_of(found, "a", "null")["presence"] == 0.5
    assert "1 key of" in str(found)


def test_confidence_comes_first_and_apart() -> None:
    """The confidence is always the first row, and evidence of that name is separate."""
    found = compare_evidence(
        graph_of(
            [
                ("APPROVED", 0.4, {"(confidence)": 1.0}),
                ("APPROVED", None, {"(confidence)": 1.0}),
                ("REJECTED", 0.8, {"(confidence)": 0.0}),
                ("REJECTED", 0.4, {"(confidence)": 0.0}),
            ]
        )
    )
    first = next(iter(found.keys))

    assert found.keys["key"] == ["(confidence)", '"(confidence)"']
    assert (first["approved"], first["rejected"], first["separation"]) == (1, 2, 0.25)
    assert first["rejected_mean"] == pytest.approx(0.6)


def test_what_rests_on_few_links_does_not_come_first() -> None:
    """Keys are ordered by difference beyond chance, then size, then name."""
    found = compare_evidence(
        decided(
            [{"sure": 0.9, "e": 1, "d": 1}] * 40 + [{"rare": 1, "sure": 0.3}],
            [{"sure": 0.4, "e": 1, "d": 1}] * 40 + [{"rare": 0, "sure": 0.7}],
        )
    )

    assert row_of(found, "rare")["separation"] == 1.0
    assert found.keys["key"] == ["(confidence)", "sure", "d", "e", "rare"]


def test_many_texts_are_cut_and_counted() -> None:
    """At most twenty texts are shown, those with the greatest difference, with the total."""
    found = compare_evidence(
        decided(
            [{"a": f"t{i:02}"} for i in range(30)] + [{"a": "often"}] * 30,
            [{"a": f"t{i:02}"} for i in range(29)] + [{"a": "t28"}],
        )
    )

    assert len(found.values) == 20
    assert set(found.values["shown"]) == {"20 of 31"}
    assert found.values["value"][0] == "often"
    assert row_of(found, "a")["distinct"] == 31


def test_numbers_at_the_ends_of_what_floats_hold() -> None:
    """Means and medians are finite, and a number too large for a float is a text."""
    most = 1.7976931348623157e308
    found = compare_evidence(
        decided([{"a": most, "b": 10**400}] * 3, [{"a": -most, "b": 10**400}] * 2)
    )
    row = row_of(found, "a")

    assert row["approved_mean"] == row["approved_median"] == most
    assert row["rejected_mean"] == row["rejected_median"] == -most
    assert row_of(found, "b")["kind"] == "text"


@pytest.mark.parametrize(
    ("statuses", "note"),
    [
        (["APPROVED"], "Too little to compare: no REJECTED links."),
        (["REJECTED"], "Too little to compare: no APPROVED links."),
        (["SUGGESTED"], "Too little to compare: no APPROVED and no REJECTED links."),
        ([], "Too little to compare: no APPROVED and no REJECTED links."),
    ],
)
def test_too_little_to_compare(statuses: list[str], note: str) -> None:
    """Values that need both sides are null without one, and a note has the reason."""
    found = compare_evidence(
        graph_of([(status, 0.5, {"a": 1, "b": "x", "c": True}) for status in statuses])
    )

    assert found.note == note
    assert note in str(found)
    assert note in found._repr_html_()
    for name in ("presence", "presence_chance", "separation", "separation_chance", "value"):
        assert set(found.keys[name]) == {None}
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_decided_links_without_evidence() -> None:
    """Without evidence there is only the confidence, and no table of values."""
    found = compare_evidence(decided([None], [{}]))

    assert found.keys["key"] == ["(confidence)"]
    assert (
        repr(found) == "<EvidenceComparison: 1 approved and 1 rejected links, 0 keys of evidence>"
    )
    assert "rows" not in str(found)
    assert found._repr_html_().count("<table ") == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["APPROVED", "REJECTED"]),
            st.none() | st.floats(0, 1),
            st.dictionaries(
                st.sampled_from("abc"),
                st.floats(-2, 2) | st.sampled_from(["x", "y", None, True]),
            ),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter(rows: list[Row], random: Any) -> None:
    """The order of records does not change a bit of the comparison."""
    records = link_records(rows)
    shuffled = list(records)
    random.shuffle(shuffled)
    one, other = (compare_evidence(LinkGraph(read_links(it))) for it in (records, shuffled))

    assert one == other
    assert one.to_dict() == other.to_dict()


# --- how it shows itself ---------------------------------------------------------------------


def test_the_short_description_holds_no_values() -> None:
    """The short description has keys and counts, and only the tables have values."""
    found = compare_evidence(
        decided(
            [{"text": "<b>jane@example.com</b>", "jane@example.com": True}],
            [{"text": "joe@example.com", "jane@example.com": False}],
        )
    )

    assert repr(found) == (
        "<EvidenceComparison: 1 approved and 1 rejected links, 2 keys of evidence:"
        " [redacted], text>"
    )
    assert "<b>jane@example.com</b>" in found.values["value"]
    assert "jane" not in found._repr_html_() + found.values._repr_html_() + str(found.values)
    assert found.note in str(found)


def test_the_short_description_names_some_keys() -> None:
    """The short description names eight keys, and their number."""
    words = ("count", "key", "length", "match", "name", "rate", "ratio", "score", "size", "total")
    evidence = {word: i for i, word in enumerate(words)}

    assert "count, key, length, match, name, rate, ratio, score (shown 8 of 10)>" in repr(
        compare_evidence(decided([evidence], [evidence]))
    )


def test_as_plain_data(demo_graph: LinkGraph) -> None:
    """Plain data has the rows of both tables, counts and note, without NaN."""
    found = compare_evidence(demo_graph)
    data = found.to_dict()

    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["keys"] == list(found.keys)
    assert data["values"] == list(found.values)
    assert data["note"] == found.note


def test_the_bundled_organisation(demo_graph: LinkGraph) -> None:
    """The table has every key of the flattened evidence, link by link."""
    frame = evidence_table(demo_graph)
    links = [demo_graph.link(index) for index in range(demo_graph.n_links)]

    assert list(zip(frame["link_id"], frame["key"], strict=True)) == [
        (link.link_id, key) for link in links for key in flatten_evidence(link.evidence)
    ]


def test_a_real_organisation(real_organization: Path) -> None:
    """The counts of a key equal those of its values, and the confidence separates."""
    links = hummgraph.read_links(
        real_organization / "entity_links.json.gz", catalogue=real_organization
    )
    found = compare_evidence(LinkGraph(links))
    method = row_of(found, "method")
    values = [row for row in found.values if row["key"] == "method"]

    assert sum(row["approved"] for row in values) == method["approved"] == found.n_approved
    assert sum(row["rejected"] for row in values) == method["rejected"] == found.n_rejected
    assert row_of(found, "(confidence)")["separation"] > 0.9
