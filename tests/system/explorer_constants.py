"""Constants of the page: ``python -m tests.system.explorer_constants`` writes them.

They are kept in ``source/generated.ts`` of the explorer, so that the page is built and tested
without Python; a test compares.
"""

from __future__ import annotations

import json
import re
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from hummgraph.algorithms.clustering import calibration, choice, identity, problem
from hummgraph.algorithms.clustering.agglomeration import AVERAGES
from hummgraph.algorithms.clustering.cluster import LOW_SHARE
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.merge_tree import REFERENCE
from hummgraph.algorithms.clustering.quality import BASES
from hummgraph.algorithms.entities import traits as node_traits
from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, ROLES
from hummgraph.algorithms.entities.words import read_words
from hummgraph.algorithms.explain import sentences
from hummgraph.algorithms.joins.keys import JoinKey
from hummgraph.algorithms.review.diff import diff
from hummgraph.datasets import load_demo
from hummgraph.explorer import pack as packs
from hummgraph.explorer import traits as packed_traits
from hummgraph.explorer.words import ADDRESS_KEYS, LEVEL_WORDS
from hummgraph.export.graphml.writer import graphml_chunks
from hummgraph.export.rows import Rows
from hummgraph.frames import DELETED
from hummgraph.graph import decisions, journal, policy
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.models import LinkType, Status
from hummgraph.records.nodes import Level
from hummgraph.records.redaction import KeptEvidence
from tests.support.explorer_pages import Packed
from tests.support.places import EXPLORER

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PATH", "generated"]

PATH = EXPLORER / "source" / "generated.ts"

_HEAD = """\
// Constants that the page shares with Python.
//
// `python -m tests.system.explorer_constants` writes this file; do not edit it.
"""
_TYPES = {bool: "boolean", float: "number", int: "number", str: "string", NoneType: "null"}
_WIDEST = 110  # characters of a line
_KEY = re.compile(
    r'<key id="\w+" for="(?P<of>\w+)" attr\.name="(?P<name>\w+)" attr\.type="(?P<type>\w+)"/>'
)


def generated() -> str:
    """Return the text of the file."""
    graph = LinkGraph(load_demo().snapshot())
    return "\n".join(
        [
            _HEAD,
            "/** Levels as files and other libraries name them; a level's code is its position. */",
            _constant("LEVELS", [str(level) for level in Level]),
            "/** What the page calls them. */",
            _constant("LEVEL_WORDS", [LEVEL_WORDS[level] for level in Level]),
            "/** Settings that a page begins with, as its address has them. */",
            _constant("ADDRESS_KEYS", dict(ADDRESS_KEYS)),
            "/** Review states of a link, in the order of their codes; others come behind. */",
            _constant("STATUSES", [str(status) for status in Status]),
            *(_constant(str(status), getattr(policy, status)) for status in Status),
            "/** How a link was found, in the order of the codes. */",
            _constant("LINK_TYPES", [str(kind) for kind in LinkType]),
            *(_constant(str(kind), getattr(policy, kind)) for kind in LinkType),
            _policy(),
            "/** Version of the pack. */",
            _constant("PACK_SCHEMA", packs.SCHEMA),
            "/** Arrays of the pack, with the type of their numbers. */",
            _constant("PACK_ARRAYS", _arrays(graph)),
            "/** Qualities of ways that join tables, the best first; what to know of each. */",
            _constant("JOIN_KEYS", [key.name.lower() for key in JoinKey]),
            "/** Version of the journal of decisions, and of the older file. */",
            _constant("JOURNAL_SCHEMA", journal.SCHEMA),
            _constant("DECISIONS_SCHEMA", journal.FILE_SCHEMA),
            "/** Members of decisions and names there. */",
            _constant("JOURNAL_DECISION_FIELDS", list(journal.FIELDS["decision"])),
            _constant("JOURNAL_NAME_FIELDS", list(journal.FIELDS["name"])),
            _constant("DECISION_FIELDS", list(journal.FILE_FIELDS)),
            "/** How a reviewer was asked. */",
            _constant("ASKED", [str(how) for how in decisions.Asked]),
            "/** Ways of asking whose decisions calibrate, as do those of an unknown way. */",
            _constant("FAIR", [str(how) for how in problem.FAIR if how is not None]),
            "/** Greatest length of a name that a person gives, in characters. */",
            _constant("MAX_NAME", decisions.MAX_NAME),
            "/** Parts of one: scores are compared in whole billionths. */",
            _constant("SCORE_UNIT", policy.UNIT),
            "/** Parts of one: the cost of a step is -ln(weight) in so many. */",
            _constant("COST_UNIT", packs._COST_UNIT),
            "/** What an average is taken over: the links that there are, or all pairs. */",
            _constant("AVERAGES", list(AVERAGES)),
            "/** Weight of a lead in confidence, in a competition. */",
            _constant("COMPETITION_SHARPNESS", calibration.SHARPNESS),
            "/** Priors of curves over confidences, and over scores of competition. */",
            _constant("CONFIDENCE_CURVE", _curve(calibration.CONFIDENCES)),
            _constant("SHARE_CURVE", _curve(calibration.SHARES)),
            _constant("MIN_SLOPE", calibration.MIN_SLOPE),
            "/** The floor without decisions, and how many decided links it is worth. */",
            _constant("PRIOR_FLOOR", choice.PRIOR_FLOOR),
            _constant("PRIOR_FLOOR_WEIGHT", choice.PRIOR_WEIGHT),
            *_identity(),
            "/** The method that stands in for one without a merge tree. */",
            _constant("REFERENCE_METHOD", REFERENCE),
            "/** Links and obstacles that a sentence names one by one. */",
            _constant("MAX_NAMED", sentences._MAX_LISTED),
            "/** What follows the name of a deleted node, wherever a name is only text. */",
            _constant("DELETED_MARK", DELETED),
            *_graphml(graph),
        ]
    )


def _identity() -> list[str]:
    """Return what names and order of clusters are made by."""
    words = sorted(read_words(None).roles["other_id"])
    values = [node_traits.ROLE_VALUES[code] for code in range(len(ROLES))]
    return [
        "/** What clusters may be sorted by. */",
        _constant("ORDERS", list(identity.ORDERS)),
        "/** Roles of columns by their codes, and what each is worth, in hundredths. */",
        _constant("ROLES", [str(role) for role in ROLES]),
        _constant("ROLE_VALUES", values),
        _constant("LONG_TEXT_VALUE", node_traits.LONG_TEXT_VALUE),
        _constant("OTHER_VALUE", node_traits.OTHER_VALUE),
        "/** Worth from which a column identifies rows, its own or others, and its own. */",
        _constant("KEY_VALUE", identity.KEY_VALUE),
        _constant("OWN_KEY_VALUE", identity.OWN_KEY_VALUE),
        _constant("KEY_ROLES", [KEY, ALTERNATE_KEY]),
        "/** Bits of a packed trait above the role's code plus one. */",
        _constant("IS_ID", packed_traits.IS_ID),
        _constant("IS_LONG", packed_traits.IS_LONG),
        "/** Words that say nothing about what an id is of. */",
        _constant("OTHER_ID_WORDS", words),
        "/** Confidence of a cluster that no link with one holds. */",
        _constant("NO_CONFIDENCE", identity.NO_CONFIDENCE),
        "/** Share of members of one entity from which a cluster is named after it. */",
        _constant("ENTITY_SHARE", identity.ENTITY_SHARE),
        "/** Share of members that carry a name below which it is shown. */",
        _constant("LOW_SHARE", LOW_SHARE),
        "/** What a cluster rests on. */",
        _constant("BASES", list(BASES)),
    ]


def _curve(curve: calibration.Curve) -> dict[str, Any]:
    return {"means": list(curve.means), "deviations": list(curve.deviations)}


def _constant(name: str, value: Any) -> str:
    closed = " as const" if isinstance(value, list | dict) else ""
    return f"export const {name} = {_literal(value, len(name) + 30)}{closed};\n"


def _literal(value: Any, taken: int) -> str:
    """Return a value as TypeScript, on several lines where one would be too long."""
    if isinstance(value, list):
        return _enclosed("[", [json.dumps(item) for item in value], "]", taken)
    if isinstance(value, dict):
        items = [f"{name}: {json.dumps(item)}" for name, item in value.items()]
        return _enclosed("{", items, "}", taken)
    return json.dumps(value)


def _enclosed(begin: str, items: Iterable[str], end: str, taken: int) -> str:
    space = " " if begin == "{" else ""
    line = f"{begin}{space}{', '.join(items)}{space}{end}"
    if len(line) + taken <= _WIDEST:
        return line
    return "\n".join([begin, *(f"  {item}," for item in items), end])


def _policy() -> str:
    """Return the fields of a policy with their types, and the default policy."""
    fields = [f"  {name}: {_type(kind)};" for name, kind in get_type_hints(Policy).items()]
    return "\n".join(
        [
            "/** How confidences, types and statuses are read; see the Python class. */",
            "export interface Policy {",
            *fields,
            "}\n",
            f"export const DEFAULT_POLICY: Policy = {_literal(Policy().to_dict(), 0)};\n",
        ]
    )


def _type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " | ".join(map(json.dumps, get_args(kind)))
    if get_origin(kind) in {Union, UnionType}:
        return " | ".join(map(_type, get_args(kind)))
    return _TYPES[kind]


def _arrays(graph: LinkGraph) -> dict[str, str]:
    """Return the arrays of packs with a merge tree, with labels, scores and changes."""
    found: dict[str, str] = {}
    for clusters in (cluster(graph, calibrate="competition"), cluster(graph, method="clip")):
        packed = packs.pack(graph, clusters, diff=diff(graph, graph))
        arrays = Packed(packed).header["arrays"]
        types = {name: kind for name, (kind, _, _) in arrays.items()}
        assert all(found.setdefault(name, kind) == kind for name, kind in types.items())
    return found


def _graphml(graph: LinkGraph) -> list[str]:
    """Return what a file says before its content, and the attributes that it declares."""
    chunks = graphml_chunks(Rows(graph, cluster(graph), KeptEvidence.VOCABULARY))
    text = b"".join(chunks).decode()
    head = text[: text.index("  <key ")]
    keys: dict[str, dict[str, str]] = {}
    ids = {}
    for key in _KEY.finditer(text):
        keys.setdefault(key["of"], {})[key["name"]] = key["type"]
        ids[key["of"], key["name"]] = key[0].split('"')[1]
    profile, kind = (
        text.split(f'<data key="{ids[of, name]}">', 1)[1].split("<", 1)[0]
        for of, name in (("graph", "profile"), ("edge", "kind"))
    )
    return [
        "/** What a GraphML file begins with. */",
        "export const GRAPHML_HEAD =\n"
        + " +\n".join(f"  {json.dumps(line)}" for line in head.splitlines(keepends=True))
        + ";\n",
        "/** The profile of GraphML that is read back, and what a link is called there. */",
        _constant("GRAPHML_PROFILE", profile),
        _constant("GRAPHML_LINK", kind),
        "/** Attributes of GraphML with their types, as Python declares them. */",
        *(_constant(f"{of.upper()}_KEYS", keys[of]) for of in ("graph", "node", "edge")),
    ]


def main() -> None:
    """Write the file."""
    PATH.write_text(generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
