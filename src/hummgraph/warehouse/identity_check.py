"""Identity plans against data: the pairs of columns it supports, and open questions."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import permutations, product
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from hummgraph.errors import ArgumentError, ValuesError
from hummgraph.frames import Frame
from hummgraph.graph.policy import REJECTED
from hummgraph.warehouse.counting import Tables
from hummgraph.warehouse.identity_keys import key_of, name_by_columns, named_keys
from hummgraph.warehouse.identity_records import Names, name_counts
from hummgraph.warehouse.identity_repeats import (
    MAX_CHANCE,
    TELLS,
    Repeat,
    repeated,
    repeats_join,
    shared_values,
)
from hummgraph.warehouse.normal import Normal, Normals
from hummgraph.warehouse.sources import open_database
from hummgraph.warehouse.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hummgraph.warehouse.counting import Form, Overlap
    from hummgraph.warehouse.identity_keys import IdentityKey, IdentityTable
    from hummgraph.warehouse.identity_plan import IdentityPlan

__all__ = ["Judged", "Seen", "judge", "verified"]

Pair: TypeAlias = tuple[int, int]
Shares: TypeAlias = dict[Pair, tuple[float, int]]

_REPEATED: Final = "values that records of one table share, as these records are different things"

AGREES: Final = 0.7
"""Least share of records joined by a pair that agree by others, for a pair that data supports.

True pairs have .76 and more, where values are dirty; what only belongs to the same company has .6
and less between persons.
"""
FINER: Final = 0.95
"""Least agreement of a pair with a coarser one, and greatest of the coarser one with it."""
REPEATED: Final = 0.9
"""Greatest share of distinct values of a pair that is coarser than another."""
NONE: Final = 0.2
"""Greatest agreement of records that are not one, beyond chance."""
MIN_OVERLAP: Final = 0.02
"""Least share of the values of one end that the other has, of a pair that others are judged by."""
TIED: Final = 0.05
"""Greatest difference of two agreements of which neither is less than the other."""
MIN_WITNESSES: Final = 3
"""Fewest other columns that contradict a pair if records agree on none of them."""
MIN_COMPARED: Final = 5
"""Fewest records in an agreement."""
MIN_UNIQUE: Final = 0.8
"""Least share of distinct values of a pair that no other key agrees with."""
MIN_LENGTH: Final = 6
"""Least mean number of characters of values that only one thing has."""
MARKED: Final = 0.5
"""Least share of the values with a digit or an ``@`` of such a pair."""
MIN_SHARED: Final = 0.3
"""Least share of the values of one end that the other has, of a pair that nothing else tells of."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts of a pair of columns.

    Parameters
    ----------
    shared
        Number of distinct values that both have.
    unique
        Share of distinct values among the rows with one, of either end, in [0, 1].
    overlap
        Share of the distinct values of the smaller end that the other has, in [0, 1].
    plain
        Whether the values are numbers that count rows, or too short to be of one thing only.
    agreements
        Share of records joined by the pair that agree on another pair, beyond chance, and the
        number of records compared, by that pair.
    """

    shared: int
    unique: tuple[float, float]
    overlap: float
    plain: bool
    agreements: dict[Pair, tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdict on a pair of columns: ``"supported"``, ``"contradicted"`` or ``"cannot say"``."""

    verdict: str
    reason: str
    agreement: float | None = None
    compared: int = 0
    rivals: tuple[Pair, ...] = ()
    """Pairs of the same tables that disagree, where data cannot tell which is wrong."""


def judge(seen: dict[Pair, Seen]) -> dict[Pair, Judged]:
    """Return the verdicts on the pairs of two tables.

    Among pairs that disagree, the one that agrees least with all others is wrong, and leaves; this
    is repeated until the rest agree. A pair that agrees with few others and they with it leaves,
    too: it is coarser, as a website is that colleagues share.

    Parameters
    ----------
    seen
        Counts of each pair; agreements also with pairs that do not join records.

    Notes
    -----
    O(p^3) for p pairs.
    """
    court = _Court(seen)
    court.remove_wrong()
    wrong = set(court.judged)
    for pair, one in seen.items():
        if pair not in wrong:
            found = court.by_keys(pair), court.by_others(pair)
            court.judged[pair] = _judge_alone(one, *found, wrong)
    return court.judged


class _Court:
    """Pairs of two tables, of which those that others contradict leave."""

    def __init__(self, seen: dict[Pair, Seen]) -> None:
        self.judged: dict[Pair, Judged] = {}
        self._seen = seen
        # Other columns tell something if they agree with one of the pairs.
        self._telling = {
            other
            for one in seen.values()
            for other, (share, n) in one.agreements.items()
            if other not in seen and n >= MIN_COMPARED and share >= TELLS
        }
        self._alive = [pair for pair, one in seen.items() if one.overlap >= MIN_OVERLAP]

    def by_keys(self, pair: Pair) -> Shares:
        """Return the agreements of a pair by those that are left."""
        found = self._seen[pair].agreements
        return {
            key: found[key] for key in self._alive if key in found and found[key][1] >= MIN_COMPARED
        }

    def by_others(self, pair: Pair) -> Shares:
        """Return the agreements of a pair by other columns that tell something."""
        found = self._seen[pair].agreements.items()
        return {key: one for key, one in found if key in self._telling and one[1] >= MIN_COMPARED}

    def _is_coarse(self, pair: Pair) -> bool:
        return min(self._seen[pair].unique) <= REPEATED and any(
            share < FINER <= self._seen[other].agreements.get(pair, (0.0, 0))[0]
            for other, (share, _) in self.by_keys(pair).items()
        )

    def _doubtful(self) -> dict[Pair, float]:
        """Return the mean agreement of each pair that another contradicts."""
        means: dict[Pair, float] = {}
        for pair in self._alive:
            found = [share for share, _ in self.by_keys(pair).values()]
            if found and (min(found) < AGREES or self._is_coarse(pair)):
                every = [*found, *(share for share, _ in self.by_others(pair).values())]
                means[pair] = sum(every) / len(every)
        return means

    def remove_wrong(self) -> None:
        """Remove the pair that agrees least, and those that agree as little, until none is left."""
        while means := self._doubtful():
            least = min(means.values())
            worst = [pair for pair, mean in means.items() if mean <= least + TIED]
            for pair in worst:
                agreements = self._seen[pair].agreements
                rivals = tuple(
                    other
                    for other in worst
                    if other != pair and agreements.get(other, (1.0, 0))[0] < AGREES
                )
                share, n = min(self.by_keys(pair).values())
                reason = f"{share:.0%} of {n:,} records that it joins agree by another key"
                self.judged[pair] = Judged("contradicted", reason, share, n, rivals)
            self._alive = [pair for pair in self._alive if pair not in worst]


def _judge_alone(  # noqa: PLR0911 - one rule after the other
    one: Seen, keys: Shares, others: Shares, wrong: set[Pair]
) -> Judged:
    """Return the verdict on a pair that no other key of its tables contradicts.

    Parameters
    ----------
    one
        Counts of the pair.
    keys, others
        Agreements by other keys, and by other columns that tell something.
    wrong
        Pairs that were judged to be wrong.
    """
    if not one.shared:
        return Judged("cannot say", "no value is in both")
    if keys:
        return _by_agreement(*min(keys.values()), "other keys")
    unique = min(one.unique) >= MIN_UNIQUE
    if others and unique and max(others.values())[0] >= AGREES:
        return _by_agreement(*max(others.values()), "other columns")
    left = {pair: found for pair, found in one.agreements.items() if found[1] >= MIN_COMPARED}
    finer = max((found for pair, found in left.items() if pair in wrong), default=(0.0, 0))
    if finer[0] >= FINER:
        return _by_agreement(*finer, "another key, which joins more")
    if len(left) >= MIN_WITNESSES and max(left.values())[0] <= NONE:
        return _by_agreement(*max(left.values()), "other columns")
    if unique and one.overlap >= MIN_SHARED and not one.plain:
        reason = f"{one.overlap:.0%} of the values, which are long and distinct, are in both"
        return Judged("supported", reason)
    return Judged("cannot say", "no other column tells whether the records are one")


def _by_agreement(share: float, n: int, by: str) -> Judged:
    verdict = "supported" if share >= AGREES else "contradicted"
    return Judged(verdict, f"{share:.0%} of {n:,} records agree by {by}", share, n)


def verified(plan: IdentityPlan, connections: Any) -> IdentityPlan:
    """Return a plan with only the keys that data supports; see :meth:`IdentityPlan.verify`."""
    graph = plan.graph
    values = replace(Values.of(graph, connections), places=plan.places)
    there = tuple(table for table in plan.tables if _has_data(values, table))
    if len(there) < 2:
        raise ArgumentError(
            f"connections have {len(there)} of the {len(plan.tables)} tables of"
            f" {plan.entity.name!r}; at least 2 are compared.",
            hint=f"The tables are {', '.join(repr(table.path) for table in plan.tables)}.",
        )
    names = Names(there)
    seen, repeats, spelt = _count(plan, values, names)
    normals = Normals(graph, spelt)
    there = names.kept(graph)
    judged: dict[Pair, Judged] = {}
    for pairs in seen.values():
        judged.update(judge(pairs))
    flat = {pair: one for pairs in seen.values() for pair, one in pairs.items()}
    groups = _supported_groups(plan, judged)
    keys = []
    for columns in groups:
        inside = [one for pair, one in judged.items() if set(columns).issuperset(pair)]
        least = min(
            (one.agreement for one in inside if one.verdict == "supported" and one.agreement),
            default=None,
        )
        key = key_of(graph, columns, normals, least)
        joins = [
            repeats_join(
                [repeats.get((at, many), []) for at in columns], 1 if many else MIN_COMPARED
            )
            for many in (False, True)
        ]
        keys.append(replace(key, repeats=joins[0], copies_only=not joins[1]))
    made = named_keys(graph, keys, _namer(plan))
    paths = graph.arrays.nodes.path
    joining = {paths[column].as_py() for key in made for column in key.index}
    for key in made:
        joining.update(f"{one} = {other}" for one, other in permutations(key.paths, 2))
    left_out = [
        # What was left out before may join records now: by a link between columns of two keys.
        *(row for row in plan.left_out if row["what"] != "rows" and row["path"] not in joining),
        *(
            {"what": "table", "path": table.path, "key": "", "reason": "it is not connected"}
            for table in plan.tables
            if table.index not in names.tables
        ),
        *names.left_out(graph),
        *_unsupported(plan, keys, judged),
        *(
            {"what": "values", "path": key.paths[0], "key": key.name, "reason": _REPEATED}
            for key in made
            if not key.repeats or key.copies_only
        ),
    ]
    evidence = [
        {
            "path": paths[pair[0]].as_py(),
            "other_path": paths[pair[1]].as_py(),
            "verdict": one.verdict,
            "reason": one.reason,
            "shared": flat[pair].shared,
            "unique": flat[pair].unique[0],
            "other_unique": flat[pair].unique[1],
            "agreement": one.agreement,
            "compared": one.compared,
        }
        for pair, one in sorted(judged.items())
    ]
    return replace(
        plan,
        tables=there,
        keys=made,
        verified=True,
        left_out=_framed(left_out, plan.left_out),
        questions=_framed(
            [
                *_questions(plan, judged),
                *shared_values(plan.graph, plan.entity.name, made, repeats),
            ],
            plan.questions,
        ),
        evidence=_framed(evidence, plan.evidence),
    )


def _has_data(values: Values, table: IdentityTable) -> bool:
    """Return whether a table is connected, by a file of its own if its system is a folder."""
    if not values.has(table.index):
        return False
    try:
        values.statements(table.index, [table.key_index])
    except ValuesError:
        return False
    return True


def _framed(rows: list[dict[str, Any]], like: Frame) -> Frame:
    return Frame(pa.Table.from_pylist(rows, like.to_arrow().schema))


def _count(
    plan: IdentityPlan, values: Values, names: Names
) -> tuple[
    dict[tuple[int, int], dict[Pair, Seen]],
    dict[tuple[int, bool], list[Repeat]],
    dict[frozenset[int], Normal],
]:
    """Return the counts of each pair, by the tables of its columns, and of repeated values.

    The second are, by column, and of all repeated values or of those on many rows, the agreements
    of records of its table that share a value, by each other column, and the numbers of values that
    were compared; the third are the forms that pairs were compared in. The columns that name
    records are counted, too: into ``names``.
    """
    graph, there = plan.graph, set(names.tables)
    owner = graph.arrays.nodes.ancestor[1]
    normals = Normals(graph)
    form_of: dict[Pair, tuple[Form, Form]] = {}
    by_tables: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for pair in dict.fromkeys([*plan.pairs, *plan.witnesses]):
        tables = (int(owner[pair[0]]), int(owner[pair[1]]))
        if there.issuperset(tables):
            normal = normals.of_pair(*pair)
            form_of[pair] = (pair[0], normal), (pair[1], normal)
            by_tables[tables].append(pair)
    joining = set(plan.pairs)
    found: dict[tuple[int, int], dict[Pair, Seen]] = {}
    repeats: dict[tuple[int, bool], list[Repeat]] = {}
    with closing(open_database()) as connection:
        counted = Tables(connection, 1.0)
        missing: set[int] = set()
        for table in sorted(there):
            forms = {
                form for pair in form_of for form in form_of[pair] if int(owner[form[0]]) == table
            }
            candidates = names.candidates(table)
            columns = sorted({*candidates, *(column for column, _ in forms)})
            relation = values.relation(connection, table, columns)
            missing.update(relation.missing)
            forms = {form for form in forms if form[0] not in relation.missing}
            names.see(table, name_counts(connection, relation, candidates))
            naming = names.naming(table)
            unsure = [(column, Normal.EXACT) for column in names.unsure(table)]
            counted.add(relation, forms.union(unsure))
            own = {form for pair in joining & form_of.keys() for form in form_of[pair]} & forms
            others = sorted(
                {
                    column: form for form in sorted(forms) if (column := form[0]) not in naming
                }.values()
            )
            for form in unsure:
                beside = [one for one in others if one[0] != form[0]]
                found_of = repeated(counted, table, form, beside, many=False)
                names.compare(table, form[0], repeats_join([found_of], 1) if found_of else None)
            for form, many in product(sorted(own), (False, True)):
                beside = [one for one in others if one[0] != form[0]]
                repeats.setdefault((form[0], many), []).extend(
                    repeated(counted, table, form, beside, many=many)
                )
        kept = {table.index for table in names.kept(graph)}
        for tables, pairs in sorted(by_tables.items()):
            if not kept.issuperset(tables):
                continue
            present = [pair for pair in pairs if missing.isdisjoint(pair)]
            mine = [pair for pair in present if pair in joining]
            if mine:
                found[tables] = _count_tables(counted, tables, mine, present, form_of)
    return found, repeats, {frozenset(pair): forms[0][1] for pair, forms in form_of.items()}


def _count_tables(
    counted: Tables,
    tables: tuple[int, int],
    mine: Sequence[Pair],
    present: Sequence[Pair],
    form_of: dict[Pair, tuple[Form, Form]],
) -> dict[Pair, Seen]:
    """Return the counts of the pairs between two tables."""
    overlaps = {}
    for pair in present:
        form_of[pair], overlaps[pair] = counted.fitting(tables, form_of[pair])
    found = {}
    for pair in mine:
        # Columns of the pair itself say nothing of it.
        others = [other for other in present if not set(other) & set(pair)]
        agreements = {}
        if overlaps[pair].shared and others:
            compared = counted.compared(form_of[pair], [form_of[other] for other in others])
            for other, one in zip(others, compared, strict=True):
                rows, equal = one.rows - one.copied, max(one.equal - one.copied, 0)
                chance = overlaps[other].chance
                if rows > 0 and chance < MAX_CHANCE:
                    share = max((equal / rows - chance) / (1 - chance), 0.0)
                    agreements[other] = (share, rows)
        found[pair] = _seen(overlaps[pair], agreements)
    return found


def _seen(overlap: Overlap, agreements: Shares) -> Seen:
    one, other = overlap.ends
    smaller = min(one.distinct, other.distinct)
    # Many things have the same short values, and the same words.
    plain = min(one.length, other.length) < MIN_LENGTH or min(one.marked, other.marked) < MARKED
    return Seen(
        overlap.shared,
        (one.unique, other.unique),
        overlap.shared / smaller if smaller else 0.0,
        plain or one.counting or other.counting,
        agreements,
    )


def _supported_groups(plan: IdentityPlan, judged: dict[Pair, Judged]) -> list[list[int]]:
    """Return columns that supported pairs connect, the best first; none with a contradicted pair.

    A pair that data cannot judge is kept if it is approved or its columns are one key by others.
    """
    links = plan.graph.arrays.links
    apart: dict[int, set[int]] = defaultdict(set)
    for pair, one in judged.items():
        if one.verdict == "contradicted":
            apart[pair[0]].add(pair[1])
            apart[pair[1]].add(pair[0])
    ends = zip(links.ends.source.tolist(), links.ends.target.tolist(), strict=True)
    for row, (one_end, other_end) in enumerate(ends):
        if links.status[row] == REJECTED:
            apart[one_end].add(other_end)
            apart[other_end].add(one_end)
    good = [pair for pair, one in judged.items() if one.verdict == "supported"]
    good.sort(key=lambda pair: (-(judged[pair].agreement or 0.0), -judged[pair].compared, pair))
    group: dict[int, set[int]] = {}
    for one_end, other_end in good:
        one_group = group.setdefault(one_end, {one_end})
        other_group = group.setdefault(other_end, {other_end})
        if one_group is other_group or any(apart[c] & other_group for c in one_group):
            continue
        one_group |= other_group
        for column in other_group:
            group[column] = one_group
    distinct = {id(columns): columns for columns in group.values() if len(columns) > 1}
    return sorted(sorted(columns) for columns in distinct.values())


def _unsupported(
    plan: IdentityPlan, keys: Sequence[IdentityKey], judged: dict[Pair, Judged]
) -> Iterable[dict[str, str]]:
    """Yield the columns that joined records before and do not any more, with the reason."""
    paths = plan.graph.arrays.nodes.path
    kept = {column for key in keys for column in key.index}
    for key in plan.keys:
        for column in key.index:
            if column in kept:
                continue
            mine = [one for pair, one in judged.items() if column in pair]
            against = [one for one in mine if one.verdict == "contradicted"]
            why = max(against or mine, key=lambda one: one.compared, default=None)
            yield {
                "what": "column",
                "path": paths[column].as_py(),
                "key": key.name,
                "reason": "no data of it is connected" if why is None else why.reason,
            }


def _questions(plan: IdentityPlan, judged: dict[Pair, Judged]) -> list[dict[str, Any]]:
    """Return one question for each two pairs of which data cannot tell the wrong one."""
    graph = plan.graph
    paths = graph.arrays.nodes.path
    links = graph.arrays.links
    link_of: dict[frozenset[int], int] = {}
    ends = zip(links.ends.source.tolist(), links.ends.target.tolist(), strict=True)
    for row, pair in enumerate(ends):
        link_of.setdefault(frozenset(pair), row)
    found = []
    for pair, one in sorted(judged.items()):
        for rival in one.rivals:
            if rival < pair:
                continue
            text = [f"{paths[a].as_py()} = {paths[b].as_py()}" for a, b in (pair, rival)]
            link = link_of.get(frozenset(pair), link_of.get(frozenset(rival)))
            found.append(
                {
                    "question": f"Records disagree: which is wrong, {text[0]} or {text[1]}?",
                    "path": text[0],
                    "other_path": text[1],
                    "link_id": None if link is None else str(graph.link(link).link_id),
                }
            )
    return found


def _namer(plan: IdentityPlan) -> Callable[[IdentityKey], str]:
    """Return a function that calls a key as the one that has most of its columns."""

    def name_of(key: IdentityKey) -> str:
        columns = set(key.index)
        overlaps = [(len(columns & set(known.index)), known.name) for known in plan.keys]
        most, name = max(overlaps, key=itemgetter(0), default=(0, ""))
        return name if 2 * most > len(columns) else name_by_columns(key, plan.entity.name)

    return name_of
