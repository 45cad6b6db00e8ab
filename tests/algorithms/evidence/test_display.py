"""Display of flattened evidence in tables."""

from __future__ import annotations

import json

import pytest

import hummgraph as hg
from hummgraph.algorithms.evidence.display import EvidenceDisplay
from hummgraph.records.display import DecidedVocabulary
from hummgraph.records.vocabulary import NO_VOCABULARY
from tests.support.builders import record, uid

LONG = "n" * 250


def table(evidence: dict[str, object]) -> list[tuple[str, str | None, float | None]]:
    """Return the shown keys, values and numbers of one link's evidence."""
    graph = hg.LinkGraph(hg.read_links([record("a/t.x", "b/t.y", evidence=evidence)]))
    frame = hg.evidence_table(graph).shown()
    return list(zip(frame["key"], frame["value"], frame["number"], strict=True))


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"matcher": "names"}, [("matcher", "names", None)]),
        ({"name": "Jane"}, [("name", "[redacted]", None)]),
        ({"jane": 3}, [("[redacted]", "3", 3.0)]),
        ({"tel": 4_915_112_345_678}, [("[redacted]", "[redacted]", None)]),
        ({"value": 10**400}, [("value", "[redacted]", None)]),
        ({"same": True, "note": None}, [("[redacted]", "true", 1.0), ("note", None, None)]),
        (
            {"of": {"a.b": ["Jane", {"type": "id"}]}},
            [
                ("of.[redacted][0]", "[redacted]", None),
                ("of.[redacted][1].type", "[redacted]", None),
            ],
        ),
        ({"type": {}, "rule": []}, [("type{}", "{}", None), ("rule[]", "[]", None)]),
        ({"(note)": 1, "": 2}, [("[redacted]", "1", 1.0), ("[redacted]", "2", 2.0)]),
        ({LONG: {"type": "id"}}, [("[redacted].type", "[redacted]", None)]),
        ({"jane\u202e\n": 1}, [("[redacted]", "1", 1.0)]),
        (
            {"sample": ["x"] * 101},
            [
                *((f"sample[{at}]", "[redacted]", None) for at in range(100)),
                ("sample[100...]", "shown 100 of 101", None),
            ],
        ),
    ],
)
def test_keys_and_values(
    evidence: dict[str, object], expected: list[tuple[str, str | None, float | None]]
) -> None:
    """Names that are hidden are replaced in keys, and marks of lists and objects stay."""
    assert table(evidence) == expected


def test_columns_without_keys_show_the_same() -> None:
    """Values are judged by their keys, whether these are among the columns or not."""
    evidence = {"matcher": "names", "sample": "Jane"}
    graph = hg.LinkGraph(hg.read_links([record("a/t.x", "b/t.y", evidence=evidence)]))
    frame = hg.evidence_table(graph)
    assert frame["value"] == ["names", "Jane"]
    assert frame.select("value").shown()["value"] == ["names", "[redacted]"]
    assert "Jane" not in frame.select("value").to_html()


def test_comparison_hides_statistics_of_hidden_numbers() -> None:
    """A mean of one number is that number."""
    rows = [
        record(
            f"a/t.x{at}",
            f"b/t.y{at}",
            id=uid(f"compared {at}"),
            status=("APPROVED", "REJECTED")[at % 2],
            evidence={"value": 10**9 + at, "score": at, "sample": f"Jane {at}", "joe": True},
        )
        for at in range(6)
    ]
    found = hg.compare_evidence(hg.LinkGraph(hg.read_links(rows)))
    plain = {row["key"]: row for row in found.keys}
    shown = {row["key"]: row for row in found.keys.shown()}
    assert plain["value"]["approved_mean"] > 10**9
    assert shown["value"]["approved_mean"] is None
    assert shown["value"]["rejected_median"] is None
    assert shown["score"]["approved_mean"] == plain["score"]["approved_mean"] == 2
    assert shown["sample"]["value"] == "[redacted]"
    assert plain["sample"]["value"].startswith("Jane")
    assert "(confidence)" in shown
    assert "Jane" in json.dumps(found.to_dict())
    everything = f"{found}{found!r}{found._repr_html_()}{found.keys}{found.values}"
    assert "Jane" not in everything + found.values.to_html() + found.keys.to_html()
    assert "joe" not in everything


def test_heads_are_those_of_the_table() -> None:
    """Only cells are replaced."""
    display = EvidenceDisplay(DecidedVocabulary(NO_VOCABULARY))
    assert display.heads(["key", "value"]) == ["key", "value"]
