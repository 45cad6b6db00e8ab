"""Pairs of graphs, one of which is the other with some changes, and graphs between them."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from random import Random

    from hummgraph.algorithms.review.diff import Diff
    from hummgraph.graph.policy import Policy

PLACES = [f"{system}/{table}.{name}" for system in "abc" for table in "tu" for name in "wxyz"]
STATUSES = ("SUGGESTED", "SUGGESTED", "SUGGESTED", "APPROVED", "REJECTED")
TYPES = ("DETERMINISTIC", "PROBABILISTIC")
MOVED = "moved"


@dataclass
class Side:
    """Links by id, columns by id with their table and name."""

    links: dict[str, dict[str, Any]]
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)

    def graph(self, policy: Policy | None = None, *, backwards: bool = False) -> LinkGraph:
        """Return the graph of the side."""
        known = catalogue(PLACES)
        known["columns"] = [
            {"id": id_, "name": name, "table_id": table}
            for id_, (table, name) in self.columns.items()
        ]
        records = list(self.links.values())
        if backwards:
            records.reverse()
            for rows in known.values():
                rows.reverse()
        return LinkGraph(read_links(records, catalogue=known), policy=policy)


@dataclass
class Pair:
    """Two sides, and the policy of their graphs."""

    old: Side
    new: Side
    policy: Policy | None = None

    def changed(self) -> list[str]:
        """Return the ids of links that differ in what clusters depend on."""
        ids = self.old.links.keys() | self.new.links.keys()
        return sorted(id_ for id_ in ids if self.old.links.get(id_) != self.new.links.get(id_))

    def moved(self) -> set[str]:
        """Return the columns that lie in another table."""
        both = self.old.columns.keys() & self.new.columns.keys()
        return {id_ for id_ in both if self.old.columns[id_][0] != self.new.columns[id_][0]}

    def between(self, causes: Iterable[str]) -> LinkGraph:
        """Return the new graph with some links, and perhaps all places, as they were."""
        links: dict[str, dict[str, Any]] = dict(self.new.links)
        columns = {**self.old.columns, **self.new.columns}
        for id_ in causes:
            if id_ == MOVED:
                columns |= {one: self.old.columns[one] for one in self.moved()}
            elif id_ in self.old.links:
                links[id_] = self.old.links[id_]
            else:
                del links[id_]
        return Side(links, columns).graph(self.policy)


def side_of(links: Iterable[Mapping[str, Any]]) -> Side:
    """Return links with the whole catalogue."""
    columns = {
        uid(place): (uid(place.partition(".")[0]), place.partition(".")[2]) for place in PLACES
    }
    return Side({link["id"]: dict(link) for link in links}, columns)


SETTING_OPTIONS: dict[str, list[Any]] = {
    "calibrate": [None, None, "competition", "decisions", "both"],
    "one_per": [None, "table", "integration_source"],
    "threshold": [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7],
    "floor": [None, None, 0.3, 0.5],
}


def random_setting(random: Random, methods: Sequence[str]) -> Setting:
    """Return a setting with any rule, calibration, floor and stop."""
    options: dict[str, Any] = {"method": random.choice(methods)}
    options |= {name: random.choice(values) for name, values in SETTING_OPTIONS.items()}
    if options["method"] == "average":
        options["parameters"] = {"average_over": random.choice(["present", "possible"])}
    if options["method"] == "markov":
        options["parameters"] = {"inflation": 2.0, "max_memory": 2**31}
    if options["calibrate"] in {"decisions", "both"}:
        options["weights"] = random.choice([(-1.13, 0.88), (0.2, 1.5)])
    if options["calibrate"] in {"competition", "both"}:
        options["no_match"] = random.choice([None, 0.3])
    return Setting(**options)


def random_pair(
    random: Random,
    *,
    n_links: int,
    n_changes: int,
    moves: bool = False,
    policy: Policy | None = None,
) -> Pair:
    """Return a random graph and a changed one."""
    places = random.choice([PLACES[:9], PLACES])
    grid = random.choice([10, 1_000])
    old = side_of(_random_link(random, places, grid, number) for number in range(n_links))
    new = deepcopy(old)
    for number in range(n_changes):
        _change(random, new, _random_link(random, places, grid, n_links + number))
    if moves and new.columns:
        id_ = random.choice(sorted(new.columns))
        new.columns[id_] = (uid(random.choice(["a/t", "b/u", "c/t"])), new.columns[id_][1])
    return Pair(old, new, policy)


def _random_link(random: Random, places: list[str], grid: int, number: int) -> dict[str, Any]:
    return record(
        random.choice(places),
        random.choice(places),
        None if random.random() < 0.15 else random.randint(0, grid) / grid,
        status=random.choice(STATUSES),
        link_type=random.choice(TYPES),
        id=uid(f"link {number}"),
    )


def _change(random: Random, side: Side, other: dict[str, Any]) -> None:
    """Change something of a side: add another link, or make one more like it."""
    what = random.choice(["add", "remove", "column", *_FIELDS])
    known = sorted(side.links)
    if what == "add" or not known:
        side.links[other["id"]] = other
        return
    chosen = random.choice(known)
    if what == "remove":
        del side.links[chosen]
    elif what == "column":
        gone = side.links[chosen]["source_column_id"]
        side.columns.pop(gone, None)
        side.links = {id_: one for id_, one in side.links.items() if not _touches(one, gone)}
    else:
        side.links[chosen] |= {name: other[name] for name in _FIELDS[what]}


_FIELDS: dict[str, tuple[str, ...]] = {
    "score": ("confidence_score",),
    "status": ("status",),
    "type": ("link_type",),
    "ends": ("target_integration_source_id", "target_table_id", "target_column_id"),
}


def _touches(link: Mapping[str, Any], column: str) -> bool:
    return column in {link["source_column_id"], link["target_column_id"]}


def members_of(graph: LinkGraph, labels: Iterable[int]) -> set[frozenset[str]]:
    """Return the clusters as sets of node ids."""
    found: dict[int, set[str]] = {}
    for label, node in zip(labels, graph.arrays.nodes.id_text.to_pylist(), strict=True):
        if label >= 0:
            found.setdefault(int(label), set()).add(node)
    return set(map(frozenset, found.values()))


# --- causes ------------------------------------------------------------------------------------


@dataclass
class Checked:
    """Results of putting links back, with graphs and clusters made anew each time."""

    faults: list[str] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    """Changes of clusters, by how few their causes are said to be."""
    n_subsets: int = 0
    """Smaller sets of causes that were tried."""


def checked_causes(found: Diff, pair: Pair, setting: Setting, *, max_subsets: int) -> Checked:
    """Put the causes of each change back, and all smaller sets of which there are not too many."""
    every = [*pair.changed(), *([MOVED] if pair.moved() else [])]
    rows = list(found.causes)
    checked = Checked()
    for number, change in enumerate(found.changes):
        causes = [row["link_id"] or MOVED for row in rows if row["row"] == number]
        old = _named(found.before.ids, found.before.members, change["before_ids"])
        new = _named(found.after.ids, found.after.members, change["after_ids"])
        involved = frozenset().union(*old, *new)
        smaller = list(combinations(causes, len(causes) - 1))
        if change["found"] == "smallest":
            for size in range(1, len(causes)):
                if comb(len(every), size) <= max_subsets:
                    smaller += combinations(every, size)
        undone = [members for members in _clustered(pair, causes, setting) if members & involved]
        if set(undone) != old:
            checked.faults.append(f"change {number} is not undone by its causes")
        for some in smaller:
            made = {one for one in _clustered(pair, some, setting) if one & involved}
            if made == old:
                checked.faults.append(f"change {number} is undone by {len(some)} causes")
        checked.found[change["found"]] += 1
        checked.n_subsets += len(smaller)
    return checked


def _clustered(pair: Pair, causes: Iterable[str], setting: Setting) -> set[frozenset[str]]:
    between = pair.between(causes)
    return members_of(between, cluster(between, setting=setting).labels)


def _named(
    ids: Iterable[str], members: Iterable[tuple[str, ...]], cell: str | None
) -> set[frozenset[str]]:
    """Return the clusters whose ids a cell has."""
    wanted = (cell or "").split("; ")
    return {frozenset(one) for id_, one in zip(ids, members, strict=True) if id_ in wanted}
