"""A preview in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hummgraph.algorithms.review.effects import Named, sized
from hummgraph.frames import counted, visible

if TYPE_CHECKING:
    from hummgraph.algorithms.review.preview import Preview
    from hummgraph.algorithms.review.regrouping import Regrouping

__all__ = ["preview_sentences"]

MAX_CLUSTERS: Final = 8
"""Changes of clusters that are described one by one."""


def preview_sentences(found: Preview) -> tuple[str, ...]:
    """Return the sentences of a preview; see :attr:`Preview.sentences`."""
    said = [_decided(found)]
    shown = found.regroupings[:MAX_CLUSTERS]
    said += [f"Clusters: {_change(found, one)}." for one in shown]
    if len(found.regroupings) > len(shown):
        said.append(f"Clusters: shown {len(shown)} of {len(found.regroupings):,} changes.")
    if not shown:
        said.append("Clusters: none changes its members.")
    moved = len(found.moves)
    if moved:
        said.append(f"{counted(moved, 'member')} would be in another cluster or in none.")
    said += _counts(found)
    return tuple(map(visible, said))


def _decided(found: Preview) -> str:
    statuses = found.decided["status"]
    number = counted(len(statuses), "link")
    if not statuses:
        return "No link would have another status."
    by_status = [
        f"{statuses.count(status):,} {status}" for status in dict.fromkeys(sorted(statuses))
    ]
    return f"{number} would have another status: {', '.join(by_status)}."


def _change(found: Preview, one: Regrouping) -> str:
    named = Named(found, one)
    before, after = sized(found.before, named.before), sized(found.after, named.after)
    alone = int((named.label_after < 0).sum())
    rest = f", with {counted(alone, 'member')} left alone" if alone else ""
    words = {
        "appeared": f"{after} appears",
        "vanished": f"{before} vanishes",
        "merged": f"{before} become one, {after}{rest}",
        "split": f"{before} falls apart into {after}{rest}",
        "regrouped": f"{before} become {after}{rest}",
        "grew": f"{before} grows to {after}",
        "shrank": f"{before} shrinks to {after}",
    }
    return words[one.kind]


def _counts(found: Preview) -> list[str]:
    said = []
    for one, several, frame in (
        ("contradiction is", "contradictions are", found.contradictions),
        ("violation of the rule is", "violations of the rule are", found.violations),
    ):
        changes = frame["change"]
        said += [
            f"{number:,} {one if number == 1 else several} {change}."
            for change in ("resolved", "made")
            if (number := changes.count(change))
        ]
    if len(found.cells):
        said.append(f"{counted(len(found.cells), 'cell')} of the crosswalk would change.")
    changes = found.joins["change"]
    for change, words in (
        ("appears", "can be joined that could not"),
        ("vanishes", "can no longer be joined"),
    ):
        if number := changes.count(change):
            said.append(f"{counted(number, 'pair')} of tables {words}.")
    return said
