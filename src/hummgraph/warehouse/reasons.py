"""Sentences that say what a verdict rests on, in counts and names of columns only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hummgraph.warehouse.verdicts import Ground, contained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.warehouse.counting import Overlap
    from hummgraph.warehouse.normal import Normal
    from hummgraph.warehouse.verdicts import Agreement

__all__ = ["reason_of"]


def reason_of(
    ground: Ground,
    names: Sequence[str],
    counts: tuple[Overlap, Normal],
    agreement: Agreement | None = None,
    by: Sequence[str] = (),
) -> str:
    """Return the reason of a verdict as a sentence.

    Parameters
    ----------
    ground
        Ground of the verdict.
    names
        Paths of the two columns.
    counts
        Counts, and the form that values were compared in.
    agreement
        The agreement that is shown, if any.
    by
        Paths of the columns of the agreement's other pair.
    """
    overlap, normal = counts
    empty = [name for name, end in zip(names, overlap.ends, strict=True) if not end.distinct]
    few = min(end.counted for end in overlap.ends)
    distinct = " and ".join(f"{end.distinct:,}" for end in overlap.ends)
    share = (
        f"{_percent(contained(overlap))} of the distinct values of one end are values of the other"
    )
    agreed = "" if agreement is None else _agreement(agreement, by)
    return {
        Ground.EMPTY: f"{' and '.join(empty)} {'has' if len(empty) == 1 else 'have'} no values to"
        " compare.",
        Ground.FEW: f"One end has {few:,} {'row' if few == 1 else 'rows'} with a value: too few.",
        Ground.AGREES: agreed,
        Ground.DIFFERS: agreed,
        Ground.NOTHING_SHARED: f"Of {distinct} distinct values ({normal}), none is shared.",
        Ground.TELLING: f"{share}, and such values are hardly equal by chance.",
        Ground.APART: f"Only {share}, though they would tell things apart.",
        Ground.BEYOND_CHANCE: f"{share}, many more than of numbers drawn from the same range.",
        Ground.ALONE: "The tables hold different things whose rows no key joins, directly or by way"
        f" of others, and equal values ({normal}) are no evidence: {share}.",
        Ground.UNJOINED: "No key joins rows of these tables, directly or by way of others, so that"
        f" none were compared; equal values ({normal}) are no evidence: {share}.",
        Ground.OPEN: f"{share}, which may be chance, and no rows that compare tell more."
        f" {agreed}".rstrip(),
    }[ground]


def _agreement(agreement: Agreement, by: Sequence[str]) -> str:
    counts = f"{agreement.equal:,} of {agreement.rows:,}"
    chance = f"{_percent(agreement.chance)} would by chance"
    pair = " = ".join(by)
    if agreement.is_key:
        return f"Rows that share a value agree on {pair} in {counts} cases; {chance}."
    if agreement.through:
        ends = " and ".join(by)
        return (
            f"Rows of one thing, to which {ends} lead by way of other tables, agree in {counts}"
            f" cases; {chance}."
        )
    return f"Rows joined by {pair} agree in {counts} cases; {chance}."


def _percent(share: float) -> str:
    """Return a share as a percentage that is 0 or 100 only if it is."""
    whole = round(100 * share)
    if share > 0 and whole == 0:
        return "under 1 %"
    if share < 1 and whole == 100:
        return "over 99 %"
    return f"{whole} %"
