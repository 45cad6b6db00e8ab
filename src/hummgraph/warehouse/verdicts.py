"""Verdicts on pairs of columns, from counts alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from hummgraph.warehouse.normal import Normal

if TYPE_CHECKING:
    from hummgraph.warehouse.counting import End, Overlap

__all__ = [
    "THRESHOLDS",
    "Agreement",
    "Evidence",
    "Ground",
    "Thresholds",
    "Verdict",
    "contained",
    "is_key",
    "is_telling",
    "kappa",
    "verdict_of",
]


class Verdict(StrEnum):
    """Judgement of a link by the values of its two columns.

    Examples
    --------
    >>> Verdict("cannot say") is Verdict.CANNOT_SAY
    True
    """

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    CANNOT_SAY = "cannot say"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits for verdicts; chosen on generated organisations, as `benchmarks/verify.py` does.

    Parameters
    ----------
    agrees, differs
        Agreement at or above which a pair is supported, and below which it is contradicted.
    rows
        Least number of pairs of rows that are compared.
    telling
        Least share of values that two columns of ids or addresses share if they are the same.
    words
        The same as ``telling``, for columns of other texts.
    telling_apart, words_apart
        Shares of shared values below which such columns are contradicted.
    loosely, loose_rows
        Agreement below which a pair is contradicted where a shared key is on several rows of both
        tables, and least number of rows compared then.
    beyond
        Least share of the whole numbers that chance leaves.
    by_chance
        Share of them below which whole numbers that nothing else joins are contradicted.
    """

    agrees: float = 0.5
    differs: float = 0.25
    rows: int = 8
    telling: float = 0.08
    words: float = 0.3
    telling_apart: float = 0.05
    words_apart: float = 0.15
    loosely: float = 0.1
    loose_rows: int = 20
    beyond: float = 0.5
    by_chance: float = 0.1


THRESHOLDS: Final = Thresholds()

_BY_CHANCE: Final = frozenset({Normal.DAY, Normal.TRUTH, Normal.NUMBER})
"""Forms whose values are shared by columns that have nothing to do with each other."""
_FEW: Final = 8
"""Number of distinct values below which a column is an enumeration."""
_SEVERAL: Final = 4
"""Least number of rows with a value of which none is shared by columns that are the same."""
_MOST_LUCK: Final = 0.9
"""Share of values that are equal by chance from which nothing is left to tell."""
_WORDS: Final = 3
"""Least number of words of an enumeration that is more than yes and no."""
_DEVIATIONS: Final = 3.0
_BELOW: Final = 2.0
_COUNTED: Final = 50
"""Least number of distinct numbers whose share beyond chance is evidence."""
_LONG: Final = 8.0
"""Mean number of characters from which equal values are no coincidence, if there are several."""
_MANY: Final = 100
"""Number of distinct values from which shorter texts tell things apart."""
_SHORT: Final = 6.0
_MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of a pair of columns with another one, in rows joined by one of them.

    Parameters
    ----------
    rows
        Pairs of rows compared.
    equal
        Number of rows that agree.
    chance
        Share of rows drawn at random that would agree, in [0, 1].
    by
        The other pair of columns, by position: those that the joined rows agree on, or by which
        rows were joined.
    is_key
        Whether the pair itself joined the rows.
    through
        Whether rows were joined by way of other tables, ``by`` being where the way begins and ends.

    Examples
    --------
    >>> Agreement(rows=100, equal=75, chance=0.5, by=(3, 9), is_key=True).share
    0.5
    """

    rows: int
    equal: int
    chance: float
    by: tuple[int, int]
    is_key: bool = False
    through: bool = False

    @property
    def share(self) -> float:
        """Agreement beyond chance: 1 for all rows, 0 for as many as chance, or below it."""
        return kappa(self.rows, self.equal, self.chance)

    @property
    def is_sure(self) -> bool:
        """Whether so many equal rows are three standard deviations beyond chance."""
        spread = (self.rows * self.chance * (1 - self.chance)) ** 0.5
        return self.equal - self.rows * self.chance >= _DEVIATIONS * spread and self.equal > 0

    def is_below(self, share: float) -> bool:
        """Return whether so few equal rows are two standard deviations below a share.

        They are not where nearly all rows are equal by chance, as those of one currency.
        """
        expected = self.chance + share * (1 - self.chance)
        spread = math.sqrt(self.rows * expected * (1 - expected))
        return self.equal < self.rows * expected - _BELOW * spread


def kappa(rows: int, equal: int, chance: float) -> float:
    """Return agreement beyond chance, after Cohen: at most 1, and not below 0.

    Examples
    --------
    >>> kappa(10, 1, 0.5)
    0.0
    """
    if not rows or chance >= 1:
        return 0.0
    return max((equal / rows - chance) / (1 - chance), 0.0)


def _end_is_telling(end: End, normal: Normal) -> bool:
    if normal in _BY_CHANCE or end.counting or end.distinct < _FEW:
        return False
    if end.length >= _LONG:
        return True
    return end.distinct >= _MANY and end.length >= _SHORT


def is_telling(overlap: Overlap, normal: Normal) -> bool:
    """Return whether equal values of two columns are hardly a coincidence.

    They are long, or many and not short, and neither days, flags, amounts nor numbers that count
    rows.
    """
    return all(_end_is_telling(end, normal) for end in overlap.ends)


def is_key(overlap: Overlap, normal: Normal) -> bool:
    """Return whether rows may be joined by a pair of columns."""
    if normal in _BY_CHANCE:
        return False
    if is_telling(overlap, normal):
        return True
    return all(end.distinct >= 2 * _FEW for end in overlap.ends) and (
        max(end.unique for end in overlap.ends) >= 0.8
    )


def contained(overlap: Overlap) -> float:
    """Return the greater of the shares of the distinct values of an end that the other has."""
    return max((overlap.shared / end.distinct for end in overlap.ends if end.distinct), default=0.0)


class Ground(StrEnum):
    """Ground of a verdict."""

    EMPTY = "empty"
    FEW = "few"
    AGREES = "agrees"
    DIFFERS = "differs"
    NOTHING_SHARED = "nothing shared"
    TELLING = "telling"
    APART = "apart"
    BEYOND_CHANCE = "beyond chance"
    ALONE = "alone"
    UNJOINED = "unjoined"
    OPEN = "open"


def beyond_chance(overlap: Overlap) -> float | None:
    """Return the share of whole numbers in common beyond chance: at most 1, 0 for chance.

    ``None`` if the columns are others, have few values, or chance leaves next to nothing.
    """
    if not all(0 < end.luck <= _MOST_LUCK for end in overlap.ends):
        return None
    found = [
        (overlap.shared / end.distinct - end.luck) / (1 - end.luck)
        for end in overlap.ends
        if end.distinct >= _COUNTED
    ]
    return max(found, default=None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence from the values of a pair of columns.

    Parameters
    ----------
    overlap, normal
        Counts of the pair, and the form that its values were compared in.
    best
        The greatest agreement found, in rows joined by the pair or otherwise.
    joined
        The greatest agreement of the pair in rows that keys join which the data support.
    loose
        The same as ``joined``, for keys that are on several rows of both tables.
    alone
        Whether such keys were searched for, and none joins the two tables, though one of them is
        joined to others.
    things_differ
        Whether the two tables hold different things, by entities and names.
    """

    overlap: Overlap
    normal: Normal
    best: Agreement | None = None
    joined: Agreement | None = None
    loose: Agreement | None = None
    alone: bool = False
    things_differ: bool = False


_Found: TypeAlias = tuple[Verdict, Ground] | None


def verdict_of(evidence: Evidence, limits: Thresholds = THRESHOLDS) -> tuple[Verdict, Ground]:
    """Return the verdict on a pair of columns, and its ground: the first rule that applies.

    Agreement goes before everything, then rows that differ, then what values are worth alone.
    """
    rules = (_by_emptiness, _by_agreement, _by_number, _by_difference, _by_values, _by_isolation)
    found = (rule(evidence, limits) for rule in rules)
    return next(filter(None, found), (Verdict.CANNOT_SAY, Ground.OPEN))


def _by_emptiness(evidence: Evidence, _: Thresholds) -> _Found:
    if all(end.distinct for end in evidence.overlap.ends):
        return None
    return Verdict.CANNOT_SAY, Ground.EMPTY


def _by_agreement(evidence: Evidence, limits: Thresholds) -> _Found:
    best = evidence.best
    if best is None or best.share < limits.agrees or not best.is_sure:
        return None
    return Verdict.SUPPORTED, Ground.AGREES


def _by_number(evidence: Evidence, limits: Thresholds) -> _Found:
    least = min(end.counted for end in evidence.overlap.ends)
    if not evidence.overlap.shared and least >= _SEVERAL:
        return Verdict.CONTRADICTED, Ground.NOTHING_SHARED
    if least >= limits.rows:
        return None
    if evidence.alone and evidence.things_differ and evidence.normal in _BY_CHANCE:
        return Verdict.CONTRADICTED, Ground.ALONE
    return Verdict.CANNOT_SAY, Ground.FEW


def _by_difference(evidence: Evidence, limits: Thresholds) -> _Found:
    joined, loose = evidence.joined, evidence.loose
    if joined is not None:
        differs = joined.share < limits.differs and joined.is_below(limits.agrees)
    else:
        # Rows of two things that belong to a third may well differ; that hardly one agrees is rare.
        differs = (
            loose is not None
            and loose.rows >= limits.loose_rows
            and loose.share < limits.loosely
            and loose.is_below(limits.agrees)
            and not is_telling(evidence.overlap, evidence.normal)
        )
    return (Verdict.CONTRADICTED, Ground.DIFFERS) if differs else None


def _by_values(evidence: Evidence, limits: Thresholds) -> _Found:
    overlap, normal = evidence.overlap, evidence.normal
    if is_telling(overlap, normal):
        marked = min(end.marked for end in overlap.ends) >= _MOSTLY
        enough, apart = (
            (limits.telling, limits.telling_apart) if marked else (limits.words, limits.words_apart)
        )
        share = contained(overlap)
        if share >= enough:
            return Verdict.SUPPORTED, Ground.TELLING
        if share < apart:
            return Verdict.CONTRADICTED, Ground.APART
    beyond = beyond_chance(overlap)
    if normal not in _BY_CHANCE and beyond is not None and beyond >= limits.beyond:
        return Verdict.SUPPORTED, Ground.BEYOND_CHANCE
    return None


def _by_isolation(evidence: Evidence, limits: Thresholds) -> _Found:
    overlap, normal = evidence.overlap, evidence.normal
    if not evidence.alone or is_telling(overlap, normal):
        return None
    by_chance = normal in _BY_CHANCE
    if not by_chance and all(end.luck for end in overlap.ends):
        beyond = beyond_chance(overlap)
        by_chance = beyond is not None and beyond < limits.by_chance
    elif not by_chance:
        # Two enumerations of the same words may be one, and may be two.
        by_chance = not all(overlap.shared == end.distinct >= _WORDS for end in overlap.ends)
    if not by_chance:
        return None
    # A day or a state of one thing is none of another that no row of it has to do with. Of two
    # tables of one thing it may be, though no rows were compared.
    if evidence.things_differ:
        return Verdict.CONTRADICTED, Ground.ALONE
    return Verdict.CANNOT_SAY, Ground.UNJOINED
