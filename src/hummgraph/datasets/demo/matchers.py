"""Three plain matchers, and reviewers who know the truth: where the demo's links come from.

The matchers see names, types and shares of common values, and are as wrong about ``created_at``,
``name`` and ``status`` as an untuned pipeline is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from hummgraph.datasets.demo.description import Node, draw, plain

__all__ = ["Proposal", "propose"]

# How many pairs the matchers keep, right and wrong; with parallel links, reversed twins and the
# links written by hand this comes to about 1,500 records.
_N_RIGHT: Final = 520
_N_WRONG: Final = 630
_N_PARALLEL: Final = 200
_N_TWINS: Final = 110


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair of nodes with what a matcher says of it."""

    source: Node
    target: Node
    matcher: str
    confidence: float | None
    evidence: dict[str, Any] | None
    link_type: str = "PROBABILISTIC"
    status: str = "SUGGESTED"

    @property
    def words(self) -> tuple[str, ...]:
        return (self.source.path, self.target.path, self.matcher)


def _likeness(a: str, b: str) -> float:
    """Return Dice's coefficient of the letter pairs of two names, in [0, 1]."""
    left, right = (
        {padded[i : i + 2] for i in range(len(padded) - 1)}
        for padded in (f"^{plain(a)}$", f"^{plain(b)}$")
    )
    return 2 * len(left & right) / (len(left) + len(right))


def _pairs(nodes: dict[str, Node]) -> list[tuple[Node, Node]]:
    """Return the pairs of columns of two systems, or of two schemas of one."""
    columns = [node for node in nodes.values() if node.column and "deleted" not in node.marks]
    return [
        (a, b) for a, b in combinations(columns, 2) if (a.system, a.schema) != (b.system, b.schema)
    ]


def _pick(pairs: list[tuple[Node, Node]], n: int) -> list[tuple[Node, Node]]:
    """Choose n of the pairs; the choice of each does not depend on the others."""
    return sorted(pairs, key=lambda pair: draw("pick", pair[0].path, pair[1].path))[:n]


def propose(nodes: dict[str, Node]) -> list[Proposal]:
    """Return all links that the matchers find, reviewed in part."""
    pairs = _pairs(nodes)
    right = _pick([(a, b) for a, b in pairs if a.meaning == b.meaning], _N_RIGHT)
    wrong = _pick(_lookalikes([(a, b) for a, b in pairs if a.meaning != b.meaning]), _N_WRONG)
    found = [_match(a, b) for a, b in _in_flow(right + wrong)]
    # A second matcher finds many pairs again: parallel links, with another confidence.
    again = sorted(found, key=lambda it: draw("again", *it.words))[:_N_PARALLEL]
    found += [_match_again(it) for it in again]
    twins = sorted(found, key=lambda it: draw("twin", *it.words))[:_N_TWINS]
    return found + [_twin(it) for it in twins]


def _lookalikes(pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    """Keep the wrong pairs that look right by name: for each column, two in each other system."""
    best: dict[tuple[str, str], list[tuple[float, Node, Node]]] = {}
    likeness: dict[tuple[str, str], float] = {}
    for a, b in pairs:
        names = (plain(a.column), plain(b.column))
        if names not in likeness:
            likeness[names] = _likeness(*names)
        if likeness[names] < 0.6 or (a.family == "flag") != (b.family == "flag"):
            continue
        rank = likeness[names] + 0.2 * _likeness(a.table, b.table) + (a.family == b.family) * 0.1
        for end, other in ((a, b), (b, a)):
            best.setdefault((end.path, other.system), []).append((rank, a, b))
    chosen: dict[tuple[str, str], tuple[Node, Node]] = {}
    for found in best.values():
        found.sort(key=lambda it: (-it[0], it[1].path, it[2].path))
        chosen.update({(a.path, b.path): (a, b) for _, a, b in found[:2]})
    return list(chosen.values())


def _in_flow(pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    """Let most links run towards the warehouse, as the systems stand in the description."""
    return [(b, a) if draw("flow", a.path, b.path) < 0.12 else (a, b) for a, b in pairs]


def _match(a: Node, b: Node) -> Proposal:
    likeness = _likeness(a.column, b.column)
    is_right = a.meaning == b.meaning
    landed = is_right and plain(a.column) == plain(b.column) and "RAW_" in a.schema + b.schema
    if landed and plain(a.table).rstrip("s") == plain(b.table).rstrip("s"):
        matcher = _replication
    elif is_right and a.meaning.endswith("_id") and draw("declared", a.path, b.path) < 0.3:
        matcher = _declared_key
    elif is_right and (likeness < 0.6 or draw("values", a.path, b.path) < 0.55):
        matcher = _value_overlap
    else:
        matcher = _name_similarity
    return _reviewed(_blanked(matcher(a, b)))


def _match_again(first: Proposal) -> Proposal:
    """Let another matcher find a pair too."""
    a, b = first.source, first.target
    if first.matcher != "name_similarity":
        return _blanked(_name_similarity(a, b))
    if a.family == "text" and draw("format", *first.words) < 0.5:
        return _blanked(_format_signature(a, b))
    return _blanked(_value_overlap(a, b))


def _twin(one: Proposal) -> Proposal:
    """Let the same matcher find a pair the other way round."""
    matchers = (_replication, _declared_key, _value_overlap, _name_similarity, _format_signature)
    by_name = {matcher.__name__[1:]: matcher for matcher in matchers}
    return _blanked(by_name[one.matcher](one.target, one.source))


def _bounded(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 4)


def _replication(a: Node, b: Node) -> Proposal:
    copy = b if b.schema.startswith("RAW_") else a
    rows = 2_000 + int(draw("rows", a.path, b.path) * 60_000)
    evidence = {
        "matcher": "replication",
        "connector": "fivetran",
        "table": f"{copy.schema}.{copy.table}",
        "column": copy.column,
        "rows": {"compared": rows, "equal": rows - int(draw("unequal", a.path, b.path) ** 3 * 20)},
    }
    confidence = 1.0 if draw("replication", a.path, b.path) < 0.7 else None
    return Proposal(a, b, "replication", confidence, evidence, link_type="DETERMINISTIC")


def _declared_key(a: Node, b: Node) -> Proposal:
    rate = _bounded(1.0 - 0.03 * draw("rate", a.path, b.path) ** 2, 0.0, 1.0)
    evidence = {
        "matcher": "declared_key",
        "declared_in": "dbt test" if "Snowflake" in {a.system, b.system} else "field description",
        "key": {"column": a.column, "refers_to": f"{b.system}.{b.table}.{b.column}"},
        "match_rate": rate,
    }
    confidence = rate if draw("declared null", a.path, b.path) < 0.8 else None
    return Proposal(a, b, "declared_key", confidence, evidence, link_type="DETERMINISTIC")


def _value_overlap(a: Node, b: Node) -> Proposal:
    """Compare samples of values: nearly all are shared where the truth says so, some elsewhere."""
    chance = draw("overlap", a.path, b.path)
    shared = 1.0 - 0.3 * chance**2 if a.meaning == b.meaning else 0.15 + 0.55 * chance
    rows = 1_000 + int(draw("sample", a.path, b.path) * 9_000)
    evidence = {
        "matcher": "value_overlap",
        "sample": {"rows": rows, "shared": int(rows * shared)},
        "containment": {
            "source_in_target": round(shared, 3),
            "target_in_source": round(shared * (0.6 + 0.4 * draw("back", a.path, b.path)), 3),
        },
    }
    likeness = _likeness(a.column, b.column)
    confidence = _bounded(0.1 + 0.78 * shared + 0.11 * likeness, 0.05, 0.99)
    return Proposal(a, b, "value_overlap", confidence, evidence)


def _name_similarity(a: Node, b: Node) -> Proposal:
    likeness = _likeness(a.column, b.column)
    tables = _likeness(a.table, b.table)
    same_family = a.family == b.family
    evidence = {
        "matcher": "name_similarity",
        "name_similarity": round(likeness, 4),
        "table_similarity": round(tables, 4),
        "type_compatible": same_family,
    }
    noise = 0.16 * (draw("noise", a.path, b.path) - 0.5)
    value = 0.28 + 0.46 * likeness + 0.08 * same_family + 0.08 * tables + noise
    # The matcher also reads descriptions, which speak for a right pair.
    value += 0.07 if a.meaning == b.meaning else 0.0
    return Proposal(a, b, "name_similarity", _bounded(value, 0.05, 0.97), evidence)


def _format_signature(a: Node, b: Node) -> Proposal:
    agreement = 0.99 if a.meaning == b.meaning else 0.4 + 0.5 * draw("format", a.path, b.path)
    signature = "<text>@<domain>" if "email" in plain(a.column) else "<text>"
    evidence = {
        "matcher": "format_signature",
        "signature": signature,
        "agreement": round(agreement, 3),
        "length": {"mean": round(6 + 20 * draw("length", a.path), 1), "max": 255},
    }
    confidence = _bounded(0.2 + 0.66 * agreement, 0.05, 0.95)
    return Proposal(a, b, "format_signature", confidence, evidence)


def _blanked(it: Proposal) -> Proposal:
    """Take away what the pipeline sometimes does not give: the confidence, the evidence."""
    blank = draw("blank", *it.words)
    confidence = None if blank < 0.03 and it.link_type == "PROBABILISTIC" else it.confidence
    evidence = None if 0.02 < blank < 0.06 else {} if 0.06 < blank < 0.08 else it.evidence
    return Proposal(it.source, it.target, it.matcher, confidence, evidence, it.link_type)


def _reviewed(it: Proposal) -> Proposal:
    """Let reviewers, who know the truth, decide some links; of the wrong, those that look right."""
    chance = draw("review", *it.words)
    status = it.status
    if it.source.meaning == it.target.meaning:
        share = 0.35 if it.link_type == "DETERMINISTIC" else 0.12
        status = "APPROVED" if chance < share else status
    elif (it.confidence or 0.0) > 0.75:
        status = "REJECTED" if chance < 0.15 else status
    return Proposal(
        it.source, it.target, it.matcher, it.confidence, it.evidence, it.link_type, status
    )
