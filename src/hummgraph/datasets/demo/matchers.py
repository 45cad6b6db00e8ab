"""Three simple matchers and reviewers who know the truth: the origin of the demo's links.

The matchers see names, types and shares of common values, and are as wrong about ``created_at``,
``name`` and ``status`` as an untuned pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from hummgraph.datasets.demo.description import SchemaNode, draw, plain

__all__ = ["MatchProposal", "propose"]

# Numbers of pairs that the matchers keep, right and wrong; with parallel links, reversed twins
# and the links written by hand there are about 1,500 records.
_N_RIGHT: Final = 520
_N_WRONG: Final = 630
_N_PARALLEL: Final = 200
_N_TWINS: Final = 110


@dataclass(frozen=True, slots=True)
class MatchProposal:
    """Pair of nodes proposed by a matcher, with type, confidence and evidence."""

    source: SchemaNode
    target: SchemaNode
    matcher: str
    confidence: float | None
    evidence: dict[str, Any] | None
    link_type: str = "PROBABILISTIC"
    status: str = "SUGGESTED"

    @property
    def words(self) -> tuple[str, ...]:
        return (self.source.path, self.target.path, self.matcher)


def _dice_coefficient(a: str, b: str) -> float:
    """Return Dice's coefficient of the letter pairs of two names, in [0, 1]."""
    left, right = (
        {padded[i : i + 2] for i in range(len(padded) - 1)}
        for padded in (f"^{plain(a)}$", f"^{plain(b)}$")
    )
    return 2 * len(left & right) / (len(left) + len(right))


def _candidate_pairs(nodes: dict[str, SchemaNode]) -> list[tuple[SchemaNode, SchemaNode]]:
    """Return the pairs of columns of two systems, or of two schemas of one."""
    columns = [node for node in nodes.values() if node.column and "deleted" not in node.marks]
    return [
        (a, b) for a, b in combinations(columns, 2) if (a.system, a.schema) != (b.system, b.schema)
    ]


def _pick_pairs(
    pairs: list[tuple[SchemaNode, SchemaNode]], n: int
) -> list[tuple[SchemaNode, SchemaNode]]:
    """Return n of the pairs; the choice of each does not depend on the others."""
    return sorted(pairs, key=lambda pair: draw("pick", pair[0].path, pair[1].path))[:n]


def propose(nodes: dict[str, SchemaNode]) -> list[MatchProposal]:
    """Return all links that the matchers find, some of them reviewed."""
    pairs = _candidate_pairs(nodes)
    right = _pick_pairs([(a, b) for a, b in pairs if a.meaning == b.meaning], _N_RIGHT)
    wrong = _pick_pairs(
        _similar_wrong_pairs([(a, b) for a, b in pairs if a.meaning != b.meaning]), _N_WRONG
    )
    found = [_match_pair(a, b) for a, b in _orient_pairs(right + wrong)]
    # A second matcher finds many pairs again: parallel links with another confidence.
    again = sorted(found, key=lambda it: draw("again", *it.words))[:_N_PARALLEL]
    found += [_match_again(it) for it in again]
    twins = sorted(found, key=lambda it: draw("twin", *it.words))[:_N_TWINS]
    return found + [_reverse(it) for it in twins]


def _similar_wrong_pairs(
    pairs: list[tuple[SchemaNode, SchemaNode]],
) -> list[tuple[SchemaNode, SchemaNode]]:
    """Return wrong pairs that look right by name: for each column, two in each other system."""
    best: dict[tuple[str, str], list[tuple[float, SchemaNode, SchemaNode]]] = {}
    likeness: dict[tuple[str, str], float] = {}
    for a, b in pairs:
        names = (plain(a.column), plain(b.column))
        if names not in likeness:
            likeness[names] = _dice_coefficient(*names)
        if likeness[names] < 0.6 or (a.family == "flag") != (b.family == "flag"):
            continue
        rank = (
            likeness[names]
            + 0.2 * _dice_coefficient(a.table, b.table)
            + (a.family == b.family) * 0.1
        )
        for end, other in ((a, b), (b, a)):
            best.setdefault((end.path, other.system), []).append((rank, a, b))
    chosen: dict[tuple[str, str], tuple[SchemaNode, SchemaNode]] = {}
    for found in best.values():
        found.sort(key=lambda it: (-it[0], it[1].path, it[2].path))
        chosen.update({(a.path, b.path): (a, b) for _, a, b in found[:2]})
    return list(chosen.values())


def _orient_pairs(
    pairs: list[tuple[SchemaNode, SchemaNode]],
) -> list[tuple[SchemaNode, SchemaNode]]:
    """Return pairs of which most run towards the warehouse, by the order of the systems."""
    return [(b, a) if draw("flow", a.path, b.path) < 0.12 else (a, b) for a, b in pairs]


def _match_pair(a: SchemaNode, b: SchemaNode) -> MatchProposal:
    likeness = _dice_coefficient(a.column, b.column)
    is_right = a.meaning == b.meaning
    landed = is_right and plain(a.column) == plain(b.column) and "RAW_" in a.schema + b.schema
    if landed and plain(a.table).rstrip("s") == plain(b.table).rstrip("s"):
        matcher = _match_by_replication
    elif is_right and a.meaning.endswith("_id") and draw("declared", a.path, b.path) < 0.3:
        matcher = _match_by_key
    elif is_right and (likeness < 0.6 or draw("values", a.path, b.path) < 0.55):
        matcher = _match_by_values
    else:
        matcher = _match_by_name
    return _review(_drop_fields(matcher(a, b)))


def _match_again(first: MatchProposal) -> MatchProposal:
    """Return the proposal of another matcher for the same pair."""
    a, b = first.source, first.target
    if first.matcher != "name_similarity":
        return _drop_fields(_match_by_name(a, b))
    if a.family == "text" and draw("format", *first.words) < 0.5:
        return _drop_fields(_match_by_format(a, b))
    return _drop_fields(_match_by_values(a, b))


def _reverse(one: MatchProposal) -> MatchProposal:
    """Return the proposal of the same matcher in the other direction."""
    by_name = {
        "replication": _match_by_replication,
        "declared_key": _match_by_key,
        "value_overlap": _match_by_values,
        "name_similarity": _match_by_name,
        "format_signature": _match_by_format,
    }
    return _drop_fields(by_name[one.matcher](one.target, one.source))


def _clamp(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 4)


def _match_by_replication(a: SchemaNode, b: SchemaNode) -> MatchProposal:
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
    return MatchProposal(a, b, "replication", confidence, evidence, link_type="DETERMINISTIC")


def _match_by_key(a: SchemaNode, b: SchemaNode) -> MatchProposal:
    rate = _clamp(1.0 - 0.03 * draw("rate", a.path, b.path) ** 2, 0.0, 1.0)
    evidence = {
        "matcher": "declared_key",
        "declared_in": "dbt test" if "Snowflake" in {a.system, b.system} else "field description",
        "key": {"column": a.column, "refers_to": f"{b.system}.{b.table}.{b.column}"},
        "match_rate": rate,
    }
    confidence = rate if draw("declared null", a.path, b.path) < 0.8 else None
    return MatchProposal(a, b, "declared_key", confidence, evidence, link_type="DETERMINISTIC")


def _match_by_values(a: SchemaNode, b: SchemaNode) -> MatchProposal:
    """Return a match by sampled values: nearly all are shared if right, some otherwise."""
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
    likeness = _dice_coefficient(a.column, b.column)
    confidence = _clamp(0.1 + 0.78 * shared + 0.11 * likeness, 0.05, 0.99)
    return MatchProposal(a, b, "value_overlap", confidence, evidence)


def _match_by_name(a: SchemaNode, b: SchemaNode) -> MatchProposal:
    likeness = _dice_coefficient(a.column, b.column)
    tables = _dice_coefficient(a.table, b.table)
    same_family = a.family == b.family
    evidence = {
        "matcher": "name_similarity",
        "name_similarity": round(likeness, 4),
        "table_similarity": round(tables, 4),
        "type_compatible": same_family,
    }
    noise = 0.16 * (draw("noise", a.path, b.path) - 0.5)
    value = 0.28 + 0.46 * likeness + 0.08 * same_family + 0.08 * tables + noise
    # The matcher also reads descriptions, which favour a right pair.
    value += 0.07 if a.meaning == b.meaning else 0.0
    return MatchProposal(a, b, "name_similarity", _clamp(value, 0.05, 0.97), evidence)


def _match_by_format(a: SchemaNode, b: SchemaNode) -> MatchProposal:
    agreement = 0.99 if a.meaning == b.meaning else 0.4 + 0.5 * draw("format", a.path, b.path)
    signature = "<text>@<domain>" if "email" in plain(a.column) else "<text>"
    evidence = {
        "matcher": "format_signature",
        "signature": signature,
        "agreement": round(agreement, 3),
        "length": {"mean": round(6 + 20 * draw("length", a.path), 1), "max": 255},
    }
    confidence = _clamp(0.2 + 0.66 * agreement, 0.05, 0.95)
    return MatchProposal(a, b, "format_signature", confidence, evidence)


def _drop_fields(it: MatchProposal) -> MatchProposal:
    """Return a proposal without the fields that the pipeline sometimes omits."""
    blank = draw("blank", *it.words)
    confidence = None if blank < 0.03 and it.link_type == "PROBABILISTIC" else it.confidence
    evidence = None if 0.02 < blank < 0.06 else {} if 0.06 < blank < 0.08 else it.evidence
    return MatchProposal(it.source, it.target, it.matcher, confidence, evidence, it.link_type)


def _review(it: MatchProposal) -> MatchProposal:
    """Return a proposal with a decision for some of the right ones and of the likely wrong ones."""
    chance = draw("review", *it.words)
    status = it.status
    if it.source.meaning == it.target.meaning:
        share = 0.35 if it.link_type == "DETERMINISTIC" else 0.12
        status = "APPROVED" if chance < share else status
    elif (it.confidence or 0.0) > 0.75:
        status = "REJECTED" if chance < 0.15 else status
    return MatchProposal(
        it.source, it.target, it.matcher, it.confidence, it.evidence, it.link_type, status
    )
