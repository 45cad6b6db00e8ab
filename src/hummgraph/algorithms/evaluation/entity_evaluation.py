"""Evaluation of an entity map against tables that are known to hold one thing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_true_clusters, refuse
from hummgraph.frames import Card, Shows, counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from hummgraph.algorithms.entities.entity_map import EntityMap
    from hummgraph.graph.elements import Node

__all__ = ["EntityEvaluation", "evaluate_entities"]


@dataclass(frozen=True, slots=True, repr=False)
class EntityEvaluation(Shows):
    """Counts of right and wrong pairs in an entity map, over the tables that a truth names.

    Parameters
    ----------
    n_tables
        Number of tables that the truth names.
    right, wrong, missing
        Numbers of pairs of these tables that are rightly together, wrongly together, and wrongly
        apart.
    bcubed_precision, bcubed_recall
        Two shares of each table, as means over all tables, in [0, 1]: of the tables in its entity,
        those that belong with it; and of the tables that belong with it, those in its entity.

    Examples
    --------
    >>> EntityEvaluation(4, 1, 1, 0, 0.75, 1.0).precision
    0.5
    """

    n_tables: int
    right: int
    wrong: int
    missing: int
    bcubed_precision: float
    bcubed_recall: float

    @property
    def precision(self) -> float:
        """Share of the pairs that are together rightly, in [0, 1]; 1 if none are together."""
        together = self.right + self.wrong
        return self.right / together if together else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that are together, in [0, 1]; 1 if there are none."""
        true = self.right + self.missing
        return self.right / true if true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]."""
        return _harmonic_mean(self.precision, self.recall)

    @property
    def bcubed(self) -> float:
        """Harmonic mean of B-cubed precision and recall, in [0, 1]."""
        return _harmonic_mean(self.bcubed_precision, self.bcubed_recall)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data.

        Examples
        --------
        >>> EntityEvaluation(4, 1, 1, 0, 0.75, 1.0).to_dict()["f1"]
        0.6666666666666666
        """
        names = ("n_tables", "right", "wrong", "missing", "precision", "recall", "f1")
        more = ("bcubed_precision", "bcubed_recall", "bcubed")
        return {name: getattr(self, name) for name in (*names, *more)}

    def __repr__(self) -> str:
        return (
            f"<EntityEvaluation: {counted(self.n_tables, 'table')}, precision {self.precision:.3f},"
            f" recall {self.recall:.3f}, F1 {self.f1:.3f}, B-cubed {self.bcubed:.3f}>"
        )

    def _card_(self) -> Card:
        pairs = f"(precision {self.precision:.3f}, recall {self.recall:.3f})"
        tables = f"(precision {self.bcubed_precision:.3f}, recall {self.bcubed_recall:.3f})"
        facts = [
            ("pairs", f"{self.right:,} right, {self.wrong:,} wrong, {self.missing:,} missing"),
            ("pair F1", f"{self.f1:.3f} {pairs}"),
            ("B-cubed F1", f"{self.bcubed:.3f} {tables}"),
        ]
        return Card(f"EntityEvaluation: {counted(self.n_tables, 'table')}", facts, things="facts")


def _harmonic_mean(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def evaluate_entities(
    found: EntityMap, truth: Iterable[Iterable[str | UUID | Node]]
) -> EntityEvaluation:
    """Evaluate an entity map against a truth.

    Parameters
    ----------
    found
        The map.
    truth
        Groups of tables that hold one thing, by ids or names, such as
        ``Organization.entities``; a table that holds what no other does is a group of its own.
        Tables that it does not name are not judged.

    Raises
    ------
    ArgumentError
        If ``found`` is not an entity map, or a table is in two groups.
    NodeNotFoundError, AmbiguousNodeError
        If a table does not exist or a name is ambiguous.

    Notes
    -----
    O(n) for n tables.

    Examples
    --------
    >>> import hummgraph as hg
    >>> demo = hg.datasets.load_demo()
    >>> hg.evaluate_entities(hg.entities(hg.LinkGraph(demo.snapshot())), demo.entities)
    <EntityEvaluation: 61 tables, precision 1.000, recall 0.910, F1 0.953, B-cubed 0.977>
    """
    from hummgraph.algorithms.entities.entity_map import EntityMap

    if not isinstance(found, EntityMap):
        raise refuse(
            found,
            "evaluate_entities",
            "an EntityMap",
            "Write evaluate_entities(entities(graph), truth).",
        )
    check_true_clusters(truth, "evaluate_entities")
    group_of: dict[int, int] = {}
    for number, tables in enumerate(truth):
        for table in tables:
            code = found.graph.index_of(table)
            if group_of.setdefault(code, number) != number:
                raise ArgumentError(f"The table {str(table)!r} is in two groups of the truth.")
    # A table in no entity is a group of its own.
    entity_of = {
        code: label if (label := int(found.labels[code])) >= 0 else -1 - code for code in group_of
    }
    true = Counter(group_of.values())
    held = Counter(entity_of.values())
    both = Counter((group_of[code], entity_of[code]) for code in group_of)
    right, together, belonging = (
        sum(n * (n - 1) // 2 for n in counts.values()) for counts in (both, held, true)
    )
    n = max(len(group_of), 1)
    return EntityEvaluation(
        len(group_of),
        right,
        together - right,
        belonging - right,
        sum(n_both * n_both / held[entity] for (_, entity), n_both in both.items()) / n,
        sum(n_both * n_both / true[group] for (group, _), n_both in both.items()) / n,
    )
