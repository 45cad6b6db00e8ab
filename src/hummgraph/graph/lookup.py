"""Lookup of nodes by id, or by name: `system/[schema.]table[.column]`."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from numbers import Integral
from typing import TYPE_CHECKING
from uuid import UUID

from hummgraph.errors import AmbiguousNodeError, ArgumentError, NodeNotFoundError
from hummgraph.errors.texts import quoted
from hummgraph.frames import marked
from hummgraph.records.ids import parse_id
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.records.nodes import Nodes

__all__ = ["NameIndex"]

_SHOWN = 8
_NEAR = 3
"""Number of names that an error suggests."""


class NameIndex:
    """Index of the nodes of a graph by id and name, built at the first lookup."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._by_id: dict[bytes, list[int]] = defaultdict(list)
        for code, packed in enumerate(nodes.ids):
            self._by_id[packed.tobytes()].append(code)
        # A name may be read in several ways, because tables and columns may hold dots. Each
        # reading is kept with the length of the table in it: the longest known table wins.
        self._exact: dict[str, dict[int, int]] = defaultdict(dict)
        self._folded: dict[str, dict[int, int]] = defaultdict(dict)
        for code, table_length, name in self._readings():
            for index, key in ((self._exact, name), (self._folded, name.casefold())):
                index[key][code] = max(table_length, index[key].get(code, 0))

    def _readings(self) -> Iterator[tuple[int, int, str]]:
        nodes = self._nodes
        names = nodes.name.to_pylist()
        aliases = nodes.api_identifier.to_pylist()
        schemas = nodes.schema_name.to_pylist()
        systems = nodes.system.to_pylist()
        paths = nodes.path.to_pylist()
        spellings: dict[int, set[str]] = {}
        for code, depth in enumerate(nodes.depth.tolist()):
            own = {names[code], aliases[code] or names[code]}
            if depth == 0:
                yield code, 0, names[code]
                continue
            system = systems[code] or "?"
            if depth == 1:
                if schemas[code]:
                    own |= {f"{schemas[code]}.{name}" for name in own}
                spellings[code] = own
                for table in own:
                    yield code, len(table), f"{system}/{table}"
                continue
            yield code, 0, paths[code]
            for table in spellings.get(int(nodes.ancestor[1][code]), ()):
                for name in own:
                    yield code, len(table), f"{system}/{table}.{name}"

    def find(self, wanted: str | UUID) -> int:
        """Return the code of the node that an id or a name means."""
        if not isinstance(wanted, str | UUID):
            raise ArgumentError(
                f"A node is an id, a name or a Node, not a value of type {type(wanted).__name__}.",
                hint="graph.node() finds one by its position."
                if isinstance(wanted, Integral)
                else "",
            )
        codes = self.codes(wanted)
        named = not self._of_id(wanted)
        living = [code for code in codes if not self._nodes.deleted[code]]
        # A column that was deleted and made again has its name twice.
        if named and len(living) == 1:
            return living[0]
        if len(codes) == 1:
            return codes[0]
        if not codes:
            if isinstance(wanted, UUID):
                raise NodeNotFoundError(
                    f"No node has the id {quoted(str(wanted))} ({len(self._nodes):,} nodes)."
                )
            raise self._unknown(str(wanted))
        codes = [*living, *(code for code in codes if self._nodes.deleted[code])]
        texts = [f"{self._nodes.marked_path[code].as_py()} ({self.text(code)})" for code in codes]
        rest = f" and {len(texts) - _SHOWN:,} more" if len(texts) > _SHOWN else ""
        raise AmbiguousNodeError(
            f"{quoted(str(wanted))} may be {len(codes):,} nodes:"
            f" {', '.join(texts[:_SHOWN])}{rest}.",
            candidates=[self.text(code) for code in codes],
            hint="Write the id.",
        )

    def codes(self, wanted: str | UUID) -> list[int]:
        """Return the codes of all nodes that an id or a name may mean."""
        found = self._of_id(wanted)
        if found or isinstance(wanted, UUID):
            return found
        return _longest_readings(self._exact.get(wanted, {})) or _longest_readings(
            self._folded.get(wanted.casefold(), {})
        )

    def text(self, code: int) -> str:
        """Return a node's id as exports write it."""
        text: str = self._nodes.id_text[code].as_py()
        return text

    def _of_id(self, wanted: str | UUID) -> list[int]:
        if isinstance(wanted, UUID):
            return self._by_id.get(wanted.bytes, [])
        level, _, rest = wanted.partition(":")
        if rest and level in set(Level):
            depth = Level(level).depth
            return [
                code
                for code in self._by_id.get(parse_id(rest) or b"", [])
                if self._nodes.depth[code] == depth
            ]
        return self._by_id.get(parse_id(wanted) or b"", [])

    def _unknown(self, wanted: str) -> NodeNotFoundError:
        codes = self._that_end_with(wanted) or self._alike(wanted)
        gone = {code: bool(self._nodes.deleted[code]) for code in codes}
        codes.sort(key=gone.__getitem__)
        names = {code: self._nodes.path[code].as_py() for code in codes[:_NEAR]}
        texts = [marked(repr(name), deleted=gone[code]) for code, name in names.items()]
        hint = (
            f"Did you mean {' or '.join(dict.fromkeys(texts))}?"
            if texts
            else ("A name reads system/table or system/table.column; an id is a UUID.")
        )
        return NodeNotFoundError(
            f"No node is called {quoted(wanted)} ({len(self._nodes):,} nodes).",
            near=list(dict.fromkeys(names.values())),
            hint=hint,
        )

    def _that_end_with(self, wanted: str) -> list[int]:
        """Return nodes whose names end with a name, as one without its system, likeliest first."""
        inside = self._of_system(wanted) if "/" in wanted else []
        end = (wanted.partition("/")[2] if inside else wanted).replace("/", ".")
        folded = end.casefold()
        found: dict[int, tuple[bool, bool, int, str]] = {}
        for name in (inside or self._exact) if folded.strip(".") else ():
            below = (name.partition("/")[2] if inside else name).replace("/", ".")
            if not below.casefold().endswith(folded):
                continue
            before = below.casefold().removesuffix(folded)
            if before[-1:].isalnum():
                continue
            # A name in the same case, then one of whole parts, then the shortest.
            rank = not below.endswith(end), before[-1:] not in {"", "."}, before.count("."), name
            for code in self._exact[name]:
                found[code] = min(rank, found.get(code, rank))
        return sorted(found, key=found.__getitem__)

    def _alike(self, wanted: str) -> list[int]:
        """Return nodes with names that differ in few characters, the nearest first."""
        folded = {name.casefold(): name for name in self._of_system(wanted) or self._exact}
        near = get_close_matches(wanted.casefold(), folded, n=_NEAR)
        return list(dict.fromkeys(code for name in near for code in self._exact[folded[name]]))

    def _of_system(self, wanted: str) -> list[str]:
        """Return the names of the system that a name begins with; empty if it begins with none."""
        for sign in "/.":
            system = wanted.casefold().partition(sign)[0]
            inside = [one for one in self._exact if one.casefold().partition("/")[0] == system]
            if inside:
                return inside
        return []


def _longest_readings(readings: dict[int, int]) -> list[int]:
    """Keep the readings with the longest table."""
    longest = max(readings.values(), default=0)
    return [code for code, length in sorted(readings.items()) if length == longest]
