"""Tests of places: where tables lie in a warehouse, and what their columns are called there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import LinkGraph, read_links
from hummgraph.algorithms.joins.places import Places
from hummgraph.errors import AmbiguousNodeError, ArgumentError
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path


def _databases() -> LinkGraph:
    """Return two schemas of a database with tables of one name, and a system without schemas."""
    records = catalogue(["db/users.id", "db/members.id", "db/orders.id", "crm/lead.id"])
    for table, name, schema in zip(
        records["tables"], ("users", "users", "orders"), ("public", "auth", "public"), strict=False
    ):
        table |= {"name": name, "schema_name": schema}
    return LinkGraph(read_links([], catalogue=records))


def _parts(found: Places, place: str) -> tuple[str, ...] | None:
    return found.parts(found.graph.index_of(uid(place)))


@pytest.mark.parametrize(
    ("schemas", "users", "lead"),
    [
        (None, None, None),
        ({"db": ""}, ("public", "users"), None),
        ({"db": "app"}, ("app", "public", "users"), None),
        ({"db/public": "raw.app"}, ("raw", "app", "users"), None),
        ({"crm": "raw.crm"}, None, ("raw", "crm", "lead")),
        ({"crm": "raw"}, None, ("raw", "lead")),
        ({"crm": ' "my ""own"" lake"."a.b" '}, None, ('my "own" lake', "a.b", "lead")),
        ({"crm/lead": "leads", "crm": "raw"}, None, ("leads",)),
        ({"crm": "raw", "crm/lead": "x.y.leads"}, None, ("x", "y", "leads")),
        ({"db": "app", "db/public": "a", "db/public.users": "u"}, ("u",), None),
        ({"db/public": "a", "db": "app"}, ("a", "users"), None),
        ({uid("crm"): "raw"}, None, ("raw", "lead")),
    ],
)
def test_a_table_lies_where_the_nearest_place_says(
    schemas: Any, users: tuple[str, ...] | None, lead: tuple[str, ...] | None
) -> None:
    """The place of a table goes before that of its schema, and that before its system's."""
    found = Places.of(_databases(), schemas)

    assert _parts(found, "db/users") == users
    assert _parts(found, "crm/lead") == lead


def test_a_part_is_exact_if_it_is_quoted_or_of_the_catalogue() -> None:
    """Only parts in quotes and names of the catalogue keep their case."""
    found = Places.of(_databases(), {"db": '"App"', "crm": "raw"})

    exact = [
        [part.exact for part in found.placed[found.graph.index_of(uid(place))]]
        for place in ("db/users", "crm/lead")
    ]
    assert exact == [[True, True, True], [False, True]]


@pytest.mark.parametrize(
    ("schemas", "message"),
    [
        ({"erp": "raw"}, r"schemas has 'erp', which is not .*; the systems are 'crm', 'db'\."),
        ({"db/nowhere": "raw"}, "schemas has 'db/nowhere', which is not"),
        ({"crm/lead.id": "raw"}, "schemas has 'crm/lead.id', which is a column"),
        ({"db": "raw.app"}, "'db/.*.users' would both lie at 'raw.app.users'"),
        ({"crm": "a.b.c"}, "the place 'a.b.c' for 'crm'; the place of a system has at most two"),
        ({"crm/lead": "a.b.c.d"}, "a table's name has one to three parts"),
        ({"crm/lead": ""}, "a table's name has one to three parts"),
        ({"crm": "a..b"}, "a part is empty"),
        ({"crm": 'a"b'}, "a part is empty or has a quote inside"),
        ({"crm": "a."}, "parts are separated by dots"),
        ({"crm": '"a"b'}, "parts are separated by dots"),
        ({"crm": '"a'}, "a quote is not closed"),
        ({"crm": '"a""'}, "a quote is not closed"),
        ({"crm": 1}, "both of them texts, not to a value of type int"),
        ({1: "crm"}, "both of them texts, not to a value of type int"),
        (["crm"], "not a value of type list"),
    ],
)
def test_wrong_places_are_refused(schemas: Any, message: str) -> None:
    """Each wrong place is refused with its reason."""
    with pytest.raises(ArgumentError, match=message):
        Places.of(_databases(), schemas)


def test_two_tables_of_one_name_are_placed_by_their_ids() -> None:
    """A name of two tables is ambiguous; an id is not."""
    records = catalogue(["a/t.x", "a/u.x"])
    for table in records["tables"]:
        table["name"] = "lead"
    linked = LinkGraph(read_links([], catalogue=records))

    with pytest.raises(AmbiguousNodeError):
        Places.of(linked, {"a/lead": "raw"})
    assert _parts(Places.of(linked, {uid("a/t"): "raw"}), "a/t") == ("raw",)


@pytest.mark.parametrize("name", ["places.json", "places.toml"])
def test_places_are_read_from_a_file(tmp_path: Path, name: str) -> None:
    """A JSON or TOML file has the same pairs as a mapping."""
    file = tmp_path / name
    pairs = {"crm": "raw.crm", "db/public.users": "raw.users"}
    toml = "\n".join(f'"{key}" = "{place}"' for key, place in pairs.items())
    file.write_text(toml if file.suffix == ".toml" else json.dumps(pairs))

    for path in (file, str(file)):
        found = Places.of(_databases(), path)
        assert _parts(found, "crm/lead") == ("raw", "crm", "lead")
        assert _parts(found, "db/users") == ("raw", "users")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.json", None, "cannot be read: No such file"),
        ("bytes.json", b"\xff", "cannot be read: it is not UTF-8"),
        ("list.json", b"[]", "are not a JSON object"),
        ("deep.json", b"[" * 100_000, "are not a JSON object"),
        ("text.toml", b"crm: raw", "are not TOML"),
    ],
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    """A file that is not one of places is refused with its reason."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ArgumentError, match=message):
        Places.of(_databases(), tmp_path / name)


def _landed(*also: tuple[str, str], kind: str = "saas") -> LinkGraph:
    """Return a table with four columns, and a copy of it in a warehouse, in other letters."""
    names = ("Email", "FirstName", "Id", "own name")
    copied = ("EMAIL", "FIRST_NAME", "ID", "OWN")
    places = [f"{kind}/Contact.{name}" for name in names]
    places += [f"lake/CONTACT.{name}" for name in copied]
    pairs = [(places[at], places[at + 4]) for at in range(3)]
    records = catalogue([*places, *(place for pair in also for place in pair)])
    for table in records["tables"]:
        if table["name"] == "CONTACT":
            table["schema_name"] = "RAW_CRM"
    links = [
        record(one, other, 0.99, link_type="DETERMINISTIC", status="APPROVED")
        for one, other in [*pairs, *also]
    ]
    return LinkGraph(read_links(links, catalogue=records))


def test_landed_copies_are_proposed() -> None:
    """A copy that the links show is proposed as the place of its original."""
    linked = _landed()
    proposed = Places.of(linked, None).proposed

    original, copy = sorted(("saas/Contact", "lake/RAW_CRM.CONTACT"))
    assert len(proposed) == 2
    assert set(proposed) <= {"saas", "lake", original, copy}
    placed = Places.of(linked, proposed)
    assert _parts(placed, "saas/Contact") == _parts(placed, "lake/CONTACT")


def test_columns_of_a_landed_copy_have_its_names() -> None:
    """If a table lies at a copy, columns are called as there; others as in their system."""
    linked = _landed()
    proposed = dict(Places.of(linked, None).proposed)
    (original,) = (key for key in proposed if "/" in key)
    system = original.partition("/")[0]
    expected = {
        "saas": ["EMAIL", "FIRST_NAME", "ID", "own name"],
        "lake": ["Email", "FirstName", "Id", "OWN"],
    }[system]
    table = {"saas": "saas/Contact", "lake": "lake/CONTACT"}[system]
    own = {
        "saas": ("Email", "FirstName", "Id", "own name"),
        "lake": ("EMAIL", "FIRST_NAME", "ID", "OWN"),
    }[system]

    found = Places.of(linked, proposed)
    names = [found.name_of(linked.index_of(uid(f"{table}.{name}"))) for name in own]
    assert names == expected
    elsewhere = Places.of(linked, {original: "x.y"})
    assert [elsewhere.name_of(linked.index_of(uid(f"{table}.{name}"))) for name in own] == list(own)
    unplaced = Places.of(linked, None)
    assert [unplaced.name_of(linked.index_of(uid(f"{table}.{name}"))) for name in own] == list(own)


def test_of_two_databases_the_one_with_most_copies_is_proposed() -> None:
    """Copies lie in one place together; a copy within its own system is none."""
    names = ("email", "first_name", "phone")
    copies = [
        ("crm/t", "lake/t"),
        ("crm/u", "lake/u"),
        ("crm/v", "swamp/v"),
        ("crm/t", "crm/stg_t"),
    ]
    links = [
        record(f"{one}.{name}", f"{other}.{name}", 1.0, link_type="DETERMINISTIC")
        for one, other in copies
        for name in names
    ]
    places = [f"{table}.{name}" for pair in copies for table in pair for name in names]
    records = catalogue(places)
    linked = LinkGraph(read_links(links, catalogue=records))
    systems = {
        key.partition("/")[0]
        for key, place in Places.of(linked, None).proposed.items()
        if not place
    }
    assert len(systems) == 1
    assert len(Places.of(linked, None).proposed) == 3


def test_without_copies_nothing_is_proposed() -> None:
    """A graph without copies proposes no places."""
    assert not Places.of(graph([("a/t.x", "b/u.x", 0.9)]), None).proposed


def test_the_demo_proposes_its_raw_tables(demo_graph: LinkGraph) -> None:
    """Raw tables of the warehouse are proposed for the objects that they are copies of."""
    proposed = Places.of(demo_graph, None).proposed

    assert proposed["Snowflake"] == ""
    assert proposed["Stripe/invoices"] == '"RAW_STRIPE"."INVOICE"'
    placed = Places.of(demo_graph, proposed)
    email = demo_graph.index_of("Salesforce/Contact.Email")
    assert placed.name_of(email) == "EMAIL"
