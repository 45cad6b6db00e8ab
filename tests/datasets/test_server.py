"""Tests of the local copy of the API."""

from __future__ import annotations

import gzip
import json
import socket
from http.client import HTTPConnection, HTTPResponse
from threading import enumerate as running_threads
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from hummgraph.datasets import Organization, load_demo
from hummgraph.datasets.server import DemoServer, _Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "demo-token"


@pytest.fixture(scope="module")
def demo() -> Organization:
    """Load the bundled organisation."""
    return load_demo()


@pytest.fixture(scope="module")
def server(demo: Organization) -> Iterator[DemoServer]:
    """Serve the organisation for all tests."""
    with serve(demo, token=TOKEN) as running:
        yield running


class Reply:
    """A complete reply of a closed connection."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        """The content, decompressed if needed."""
        compressed = self.headers.get("Content-Encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if compressed else self.body)


def ask(
    server: DemoServer,
    path: str,
    *,
    method: str = "GET",
    token: str | None = TOKEN,
    **headers: str,
) -> Reply:
    """Make one request on its own connection."""
    address = urlsplit(server.base_url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, address.path + path, headers=headers)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def get(server: DemoServer, path: str) -> Any:
    """Return the content of a successful reply."""
    reply = ask(server, path)
    assert reply.status == 200
    return reply.json


def links_path(server: DemoServer, query: str = "") -> str:
    """Return the path of the list of links."""
    return f"/organization/{server.organization_id}/entity-links{query}"


def system_id(demo: Organization, name: str) -> str:
    """Return the id of the system of that name."""
    found = [it["id"] for it in demo.catalogue["integration_sources"] if it["name"] == name]
    return str(found[0])


def test_links_are_a_bare_array_as_stored(demo: Organization, server: DemoServer) -> None:
    """Without filters all links are returned in order, including invalid ones."""
    assert get(server, links_path(server)) == demo.links


@pytest.mark.parametrize(
    ("name", "value"), [("status", "REJECTED"), ("link_type", "DETERMINISTIC")]
)
def test_links_are_filtered_by_word(
    demo: Organization, server: DemoServer, name: str, value: str
) -> None:
    """The filters `status` and `link_type` select links by their values."""
    expected = [link for link in demo.links if link[name] == value]
    assert expected
    assert get(server, links_path(server, f"?{name}={value}")) == expected


def test_system_filters_are_directional_and_join_by_and(
    demo: Organization, server: DemoServer
) -> None:
    """Both system filters are directional, and combined by and."""
    source, target = system_id(demo, "Stripe"), system_id(demo, "Snowflake")
    query = f"?source_integration_source_id={source}&target_integration_source_id={target.upper()}"
    found = get(server, links_path(server, query))
    assert found == [
        link
        for link in demo.links
        if link["source_integration_source_id"] == source
        and link["target_integration_source_id"] == target
    ]
    assert found


def test_trailing_ids_are_no_filters(demo: Organization, server: DemoServer) -> None:
    """Undocumented ids in the query are ignored."""
    query = f"?integration_source_id={uuid4()}&source_id={uuid4()}&job_id={uuid4()}"
    assert len(get(server, links_path(server, query))) == len(demo.links)


def test_one_link_is_found_by_id(demo: Organization, server: DemoServer) -> None:
    """A link's path returns its record."""
    link = demo.links[7]
    assert get(server, f"{links_path(server)}/{link['id']}") == link


def test_organization_is_served(demo: Organization, server: DemoServer) -> None:
    """The organisation's path returns its record."""
    path = f"/organization/{server.organization_id}"
    assert [get(server, path)] == demo.catalogue["organization"]


@pytest.mark.parametrize("query", ["", "?organization_id={}"])
def test_systems_are_listed(demo: Organization, server: DemoServer, query: str) -> None:
    """All systems are listed, with and without the organisation's id."""
    path = "/integration-sources" + query.format(server.organization_id)
    assert get(server, path) == demo.catalogue["integration_sources"]


def test_one_system_is_found_by_id(demo: Organization, server: DemoServer) -> None:
    """A system's path returns its record."""
    path = f"/integration-sources/{system_id(demo, 'Zendesk')}"
    assert get(server, path)["name"] == "Zendesk"


def test_databases_are_an_empty_list(demo: Organization, server: DemoServer) -> None:
    """The list of databases is empty."""
    assert get(server, f"/integration-sources/{system_id(demo, 'Snowflake')}/databases") == []


def test_tables_are_those_of_one_system(demo: Organization, server: DemoServer) -> None:
    """Only listed tables of the system are returned."""
    snowflake = system_id(demo, "Snowflake")
    names = {it["schema_name"] for it in get(server, f"/integration-sources/{snowflake}/tables")}
    assert names == {"RAW_SALESFORCE", "RAW_HUBSPOT", "RAW_STRIPE", "RAW_ZENDESK", "ANALYTICS"}


def test_columns_include_those_of_tables_that_no_list_has(
    demo: Organization, server: DemoServer
) -> None:
    """All columns are returned, including those of unlisted tables."""
    found = [
        column["id"]
        for name in ("PostgreSQL", "Snowflake")
        for column in get(
            server, f"/integration-sources/{system_id(demo, name)}/columns?active_only=false"
        )
    ]
    assert sorted(found) == sorted(column["id"] for column in demo.catalogue["columns"])


@pytest.mark.parametrize("query", ["", "?active_only=true", "?active_only=1"])
def test_inactive_columns_are_left_out_by_default(
    demo: Organization, server: DemoServer, query: str
) -> None:
    """Inactive columns are left out unless `active_only` is false."""
    path = f"/integration-sources/{system_id(demo, 'PostgreSQL')}/columns"
    active = get(server, path + query)
    every = get(server, f"{path}?active_only=False")
    assert {column["name"] for column in every if column not in active} == {"legacy_crm_id"}


def test_columns_of_an_inactive_table_are_inactive() -> None:
    """Columns of an inactive table are inactive."""
    system, table = str(uuid4()), str(uuid4())
    organization = Organization(
        "Small",
        str(uuid4()),
        [],
        {
            "integration_sources": [{"id": system, "name": "db"}],
            "tables": [{"id": table, "integration_source_id": system, "is_active": False}],
            "columns": [{"id": str(uuid4()), "table_id": table, "name": "a"}],
        },
        (),
    )
    with serve(organization, token=TOKEN) as running:
        path = f"/integration-sources/{system}/columns"
        assert get(running, path) == []
        assert len(get(running, f"{path}?active_only=0")) == 1


def test_objects_and_fields_are_those_of_their_parents(
    demo: Organization, server: DemoServer
) -> None:
    """Objects of a system, single objects and their fields are returned."""
    path = f"/integration-sources/{system_id(demo, 'Stripe')}/saas-objects"
    objects = get(server, path)
    customers = next(it for it in objects if it["object_name"] == "customers")
    fields = get(server, f"{path}/{customers['id']}/saas-fields")
    assert len(objects) == 9
    assert get(server, f"{path}/{customers['id']}") == customers
    assert {"id", "email", "address.country"} <= {it["field_name"] for it in fields}


def test_associations_are_filtered(demo: Organization, server: DemoServer) -> None:
    """Associations are filtered by objects, status and type."""
    path = f"/integration-sources/{system_id(demo, 'Zendesk')}/saas-associations"
    every = get(server, path)
    one = every[0]
    query = (
        f"?from_object_id={one['from_object_id']}&to_object_id={one['to_object_id']}"
        "&status=APPROVED&type=FOREIGN_KEY"
    )
    found = get(server, path + query)
    assert one in found
    assert len(found) < len(every)
    assert get(server, f"{path}?type=MANUAL") == []


def test_relationships_are_filtered(demo: Organization, server: DemoServer) -> None:
    """Relationships are filtered by status and type."""
    path = f"/integration-sources/{system_id(demo, 'PostgreSQL')}/relationships"
    every = get(server, path)
    assert every
    assert get(server, f"{path}?status=APPROVED&type=FOREIGN_KEY") == every
    assert get(server, f"{path}?status=REJECTED") == []


@pytest.mark.parametrize("token", [None, "wrong", "", "\xe9"])
def test_a_token_is_required(server: DemoServer, token: str | None) -> None:
    """Without the right token every request is answered with 401."""
    reply = ask(server, "/no-such-path", token=token)
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert isinstance(reply.json["detail"], str)


@pytest.mark.parametrize(
    "path",
    [
        "/organization/{other}",
        "/organization/{other}/entity-links",
        "/organization/{own}/entity-links/{other}",
        "/organization/{other}/entity-links/{other}",
        "/integration-sources?organization_id={other}",
        "/integration-sources/{other}",
        "/integration-sources/{other}/columns",
        "/integration-sources/{system}/saas-objects/{other}",
        "/integration-sources/{system}/saas-objects/{other}/saas-fields",
        "/integration-sources/{other}/relationships",
        "/organization/{own}/integration-sources",
        "/",
    ],
)
def test_what_is_not_there_is_404(demo: Organization, server: DemoServer, path: str) -> None:
    """Unknown ids and paths are answered with 404 and the same form of body."""
    ids = {"own": server.organization_id, "other": uuid4(), "system": system_id(demo, "Stripe")}
    reply = ask(server, path.format(**ids))
    assert reply.status == 404
    assert reply.json["detail"].lower().endswith("not found")


@pytest.mark.parametrize(
    ("path", "place", "name"),
    [
        ("/organization/nonsense/entity-links", "path", "organization_id"),
        ("/organization/{own}/entity-links/12", "path", "entity_link_id"),
        ("/organization/{own}/entity-links?status=DONE", "query", "status"),
        ("/organization/{own}/entity-links?status=", "query", "status"),
        ("/organization/{own}/entity-links?link_type=EXACT", "query", "link_type"),
        (
            "/organization/{own}/entity-links?source_integration_source_id=x",
            "query",
            "source_integration_source_id",
        ),
        ("/integration-sources?organization_id=x", "query", "organization_id"),
        ("/integration-sources/{system}/columns?active_only=maybe", "query", "active_only"),
        ("/integration-sources/{system}/saas-associations?from_object_id=x", "query", None),
        ("/integration-sources/{system}/relationships?type=OTHER", "query", "type"),
    ],
)
def test_malformed_parameters_are_422(
    demo: Organization, server: DemoServer, path: str, place: str, name: str | None
) -> None:
    """A 422 reply names the place, the fault and its kind."""
    ids = {"own": server.organization_id, "system": system_id(demo, "Stripe")}
    reply = ask(server, path.format(**ids))
    (detail,) = reply.json["detail"]
    assert reply.status == 422
    assert detail["loc"] == [place, name or "from_object_id"]
    assert set(detail) == {"loc", "msg", "type"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_only_get_is_allowed(server: DemoServer, method: str) -> None:
    """Methods other than GET are refused."""
    reply = ask(server, links_path(server), method=method)
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET"


def test_large_replies_are_compressed_on_request(server: DemoServer) -> None:
    """Large replies are compressed for clients that accept gzip."""
    packed = ask(server, links_path(server), **{"Accept-Encoding": "gzip, deflate"})
    plain = ask(server, links_path(server), **{"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert len(packed.body) < len(plain.body) / 3
    assert packed.json == plain.json


def test_small_replies_are_not_compressed(server: DemoServer) -> None:
    """Small replies are not compressed."""
    path = f"/organization/{server.organization_id}"
    reply = ask(server, path, **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers


def test_every_reply_has_its_own_request_id(server: DemoServer) -> None:
    """Every reply, including errors, has its own request id."""
    replies = [ask(server, path) for path in ("/integration-sources", "/nowhere")]
    replies.append(ask(server, "/integration-sources", token=None))
    assert len({reply.headers["x-request-id"] for reply in replies}) == 3


def test_leaving_stops_the_server_even_while_a_client_stays(demo: Organization) -> None:
    """An open connection does not keep the server from stopping."""
    before = set(running_threads())
    with serve(demo, token=TOKEN) as running:
        address = urlsplit(running.base_url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
        connection.request("GET", "/", headers={"Authorization": f"Bearer {TOKEN}"})
        assert connection.getresponse().read()
    assert set(running_threads()) <= before
    connection.close()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", address.port or 0)):  # noqa: PT011
        pass  # pragma: no cover


def test_a_client_that_hangs_up_is_no_news(
    demo: Organization, capfd: pytest.CaptureFixture[str]
) -> None:
    """A client that disconnects causes no output."""
    with serve(demo, token=TOKEN) as running:
        address = urlsplit(running.base_url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            # With this option, closing resets the connection instead of ending it.
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
            )
            path = f"/api{links_path(running)}"
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
            connection.sendall(head.encode() * 20)
        assert ask(running, "/nowhere").status == 404
    assert capfd.readouterr() == ("", "")


def test_repr_does_not_show_the_token(server: DemoServer) -> None:
    """The repr of a server does not show the token."""
    assert TOKEN not in repr(server)


def test_a_forked_process_leaves_the_server_alone(
    demo: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another process, the context ends without stopping the server."""
    left: list[_Server] = []

    def is_forked(server: _Server) -> bool:
        left.append(server)
        return True

    with monkeypatch.context() as patched:
        patched.setattr(_Server, "is_forked", is_forked)
        with serve(demo, token=TOKEN):
            pass
    assert left[0].socket.fileno() == -1
    left[0].shutdown()
    left[0].server_close()
