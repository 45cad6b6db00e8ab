"""Tests of a whole fetch: links, validation, names, progress and catalogue."""

from __future__ import annotations

import gc
import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import anyio.from_thread
import httpx
import pyarrow as pa
import pytest

from hummgraph.client.catalogue_calls import LinkEnds
from hummgraph.client.client import AsyncClient, Client, Limits, Progress
from hummgraph.datasets import load_demo
from hummgraph.datasets.server import serve
from hummgraph.errors import (
    AuthenticationError,
    ConfigError,
    ContractError,
    LookupsLostError,
    OutputError,
    PagedReplyError,
)
from hummgraph.records.catalogue import Lookup
from hummgraph.records.quarantine import Reason
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.spool import Spool
from tests.support.builders import ORGANIZATION, TIME, record, uid
from tests.support.client_fakes import (
    LINKS,
    ORGANIZATION_PATH,
    Api,
    Drive,
    Pauses,
    Turns,
    every_client,
    organization_record,
)

CRM, SHOP = uid("crm"), uid("shop")
LINK = record("crm/contact.email", "shop/customer.email")


def saas_link(source: str, target: str) -> dict[str, Any]:
    """Return a link between SaaS fields, ``system/object.field`` each."""
    link = record(source, target)
    for side in ("source", "target"):
        for table, saas in (("table_id", "saas_object_id"), ("column_id", "field_id")):
            if f"{side}_{table}" in link:
                link[f"{side}_{saas}"] = link.pop(f"{side}_{table}")
    return link


def system(name: str, **other: Any) -> dict[str, Any]:
    """Return a system's record."""
    return {"id": uid(name), "name": name.upper(), **other}


def names_of(table: pa.Table) -> dict[str, str]:
    """Return names by id."""
    return dict(zip(ids_of(table), table.column("name").to_pylist(), strict=True))


def ids_of(table: pa.Table) -> list[str]:
    """Return the ids of a catalogue's table."""
    return [str(UUID(bytes=packed)) for packed in table.column("id").to_pylist()]


def rows_of(links: pa.Table) -> list[dict[str, Any]]:
    """Return links as dicts with parsed evidence."""
    return [{**row, "evidence": json.loads(row["evidence"] or "null")} for row in links.to_pylist()]


# --- links -----------------------------------------------------------------------------------


@every_client
def test_fetch_keeps_good_records_and_sets_bad_ones_aside(drive: Drive) -> None:
    """Every record is a link or in the quarantine, and the request is stored."""
    api = Api({LINKS: [LINK, {"id": "x"}, LINK]})
    snapshot = drive(lambda c: c.fetch(status="APPROVED", catalogue=False), transport=api.transport)
    report = snapshot.report

    assert (report.records, report.kept, report.quarantined, report.bad) == (3, 1, 2, 1)
    assert snapshot.origin == "api"
    assert str(snapshot.organization_id) == ORGANIZATION
    assert snapshot.request == {
        "organization_id": ORGANIZATION,
        "filters": {"status": "APPROVED"},
        "catalogue": False,
    }
    assert snapshot.started_at <= snapshot.finished_at
    assert api.paths() == [LINKS]
    with snapshot.replies.openers()[0]() as reply:
        assert json.load(reply) == [LINK, {"id": "x"}, LINK]


@every_client
def test_touching_merges_two_replies(drive: Drive) -> None:
    """A link found by both calls is kept once, and is not a bad record."""
    inner, out, back = (
        record("crm/a", "crm/b"),
        record("crm/a", "shop/b"),
        record("shop/b", "crm/a"),
    )

    def answer(request: Any) -> Any:
        if "source_integration_source_id" in request.url.params:
            return [inner, out]
        return [inner, back]

    api = Api({LINKS: answer})
    snapshot = drive(lambda c: c.fetch(touching=CRM, catalogue=False), transport=api.transport)
    assert snapshot.report.kept == 3
    assert snapshot.report.bad == 0
    assert [dict(request.url.params) for request in api.requests] == [
        {"source_integration_source_id": CRM},
        {"target_integration_source_id": CRM},
    ]


@every_client
def test_organization_without_links(drive: Drive) -> None:
    """An empty array is a valid reply."""
    snapshot = drive(lambda c: c.fetch(), transport=Api({LINKS: []}).transport)

    assert (snapshot.report.records, snapshot.links.num_rows) == (0, 0)


@every_client
@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"detail": "maintenance until noon"}', 'saying "maintenance until noon"'),
        (b'{"items": []}', "other than a JSON array"),
        (b"[1, 2] [3]", None),
        (b"[\xe9]", None),
        (json.dumps([{**LINK, "organization_id": uid("other")}]).encode(), "organi"),
    ],
)
def test_reply_that_is_not_the_contracts(drive: Drive, body: bytes, shown: str | None) -> None:
    """A complete but invalid reply raises an error and is not retried."""
    api = Api({LINKS: body})
    pauses = Pauses()
    with pytest.raises(ContractError) as caught:
        drive(lambda c: c.fetch(), transport=api.transport, retry=pauses.policy())
    assert (shown or "") in str(caught.value)
    assert pauses.taken == []


@every_client
@pytest.mark.parametrize(
    "record_text",
    [
        '{"id": NaN}',
        '{"id": 1e999}',
        '{"id": "a", "id": "b"}',
        '{"evidence": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"confidence_score": ' + "7" * 10_000 + "}",
        '{"id": "\\ud800"}',
        "null",
    ],
    ids=["nan", "infinite", "duplicate-key", "deep", "long-integer", "surrogate", "null"],
)
def test_monstrous_records(drive: Drive, record_text: str) -> None:
    """A hostile record affects at most itself."""
    gc.collect()  # what an earlier test left would be finalised where there is no stack left
    body = f"[{json.dumps(LINK)}, {record_text}]".encode()
    snapshot = drive(lambda c: c.fetch(catalogue=False), transport=Api({LINKS: body}).transport)

    assert (snapshot.report.kept, snapshot.report.bad) == (1, 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_validation_can_be_cancelled(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long validation ends soon after it is cancelled, and leaves nothing behind."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    filler = {**LINK, "evidence": {"text": "x" * 10_000}}
    api = Api({LINKS: [{**filler, "id": uid(str(i))} for i in range(1000)]})
    seen: list[Progress] = []

    async def run() -> None:
        async with AsyncClient(
            token="x", organization_id=ORGANIZATION, transport=api.transport
        ) as client:
            with anyio.CancelScope() as scope:

                def watch(event: Progress) -> None:
                    seen.append(event)
                    if event.stage == "validation":
                        anyio.from_thread.run_sync(scope.cancel)

                await client.fetch(progress=watch)
        assert scope.cancelled_caught

    anyio.run(run, backend=backend)
    validation = [event for event in seen if event.stage == "validation"]
    assert len(validation) == 1
    assert validation[0].done < (validation[0].total or 0)
    assert list(tmp_path.iterdir()) == []


@every_client
def test_names_win_and_are_checked_before_any_call(drive: Drive, tmp_path: Path) -> None:
    """Names are read from a mapping or a file, and invalid ones are refused before any call."""
    api = Api({LINKS: [LINK], "/integration-sources": [system("crm")]})
    path = tmp_path / "names.json"
    path.write_text(json.dumps({CRM: "Our CRM"}), encoding="utf-8")
    for names in ({CRM: "Our CRM"}, path, str(path)):
        snapshot = drive(lambda c, n=names: c.fetch(names=n), transport=api.transport)
        assert list(snapshot.catalogue.names.values()) == ["Our CRM"]

    api.requests.clear()
    for bad in ({"crm": "x"}, {CRM: ""}, tmp_path / "absent.json"):
        with pytest.raises(ConfigError):
            drive(lambda c, n=bad: c.fetch(names=n), transport=api.transport)
    assert api.requests == []


@every_client
def test_progress_of_a_fetch(drive: Drive) -> None:
    """Each stage reports its progress, which never decreases and ends with the total."""
    api = Api(
        {LINKS: [LINK, LINK], "/integration-sources": [system("crm", source_type="database")]}
    )
    seen: list[Progress] = []
    drive(lambda c: c.fetch(progress=seen.append), transport=api.transport)
    stages = list(dict.fromkeys(event.stage for event in seen))
    last = {event.stage: event for event in seen}

    assert stages == ["links", "validation", "catalogue"]
    for stage in stages:
        done = [event.done for event in seen if event.stage == stage]
        assert done == sorted(done)
        assert last[stage].done == last[stage].total
    assert last["links"].unit == last["validation"].unit == "bytes"
    assert (last["catalogue"].unit, last["catalogue"].done) == ("calls", len(api.requests) - 1)


@every_client
def test_progress_of_two_calls_has_no_known_whole(drive: Drive) -> None:
    """The total is unknown while a second reply is due."""
    api = Api({LINKS: [LINK]})
    seen: list[Progress] = []
    drive(
        lambda c: c.fetch(touching=CRM, catalogue=False, progress=seen.append),
        transport=api.transport,
    )
    links = [event for event in seen if event.stage == "links"]
    assert [event.total for event in links] == [None, None]
    assert links[1].done == 2 * links[0].done


@every_client
@pytest.mark.parametrize("stage", ["links", "validation", "catalogue"])
def test_error_in_the_callers_progress_goes_through(
    drive: Drive, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the caller's progress function is raised unchanged, and no file is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    api = Api({LINKS: [LINK], "/integration-sources": [system("crm")]})

    def fail(event: Progress) -> None:
        if event.stage == stage:
            raise KeyError(stage)

    with pytest.raises(KeyError, match=stage):
        drive(lambda c: c.fetch(progress=fail), transport=api.transport)
    assert list(tmp_path.iterdir()) == []


@every_client
def test_full_disk(drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that cannot be stored raises an output error, not a network error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def full(*_: object) -> None:
        raise OutputError("Cannot keep the reply on disk: No space left on device.")

    monkeypatch.setattr("hummgraph.snapshot.spool.ReplyWriter.write", full)
    pauses = Pauses()
    with pytest.raises(OutputError, match="No space left"):
        drive(lambda c: c.fetch(), transport=Api({LINKS: [LINK]}).transport, retry=pauses.policy())
    assert pauses.taken == []
    assert list(tmp_path.iterdir()) == []


@every_client
@pytest.mark.parametrize(
    "headers",
    [
        {"Link": '<https://h.example/x?page=2>; rel="next"'},
        {"X-Total-Count": "3"},
        {"X-Next-Page": "2"},
        {"Content-Range": "items 0-1/5"},
    ],
)
@pytest.mark.parametrize("call", ["fetch", "entity_links", "resume"])
def test_links_on_several_pages_are_an_error(
    drive: Drive, call: str, headers: dict[str, str], tmp_path: Path
) -> None:
    """A list of links that announces more than it has is never taken for all of them."""
    api = Api({LINKS: lambda _: httpx.Response(200, json=[LINK, LINK], headers=headers)})
    api.answers["/integration-sources"] = []

    def make(client: Any) -> Any:
        if call == "entity_links":
            return client.entity_links()
        return client.fetch(resume=tmp_path / "partial" if call == "resume" else None)

    with pytest.raises(PagedReplyError, match="only a part of its records") as caught:
        drive(make, transport=api.transport)
    assert f"GET https://config.heyhumm.ai/api{LINKS} returned" in str(caught.value)
    assert api.paths().count(LINKS) == 1
    assert not list(tmp_path.glob("partial/slice-*"))


@every_client
def test_links_that_are_all_there(drive: Drive) -> None:
    """Totals that are kept, duplicates counted, are no error; also of two calls together."""
    headers = {"X-Total-Count": "2", "Link": '<x>; rel="self"'}
    api = Api({LINKS: lambda _: httpx.Response(200, json=[LINK, LINK], headers=headers)})
    for touching in (None, CRM):
        snapshot = drive(
            lambda c, t=touching: c.fetch(catalogue=False, touching=t), transport=api.transport
        )
        assert snapshot.report.kept == 1


# --- the catalogue ---------------------------------------------------------------------------


def database_api(**other: Any) -> Api:
    """Return an API with one database and one SaaS system, in which all calls succeed."""
    crm, shop = f"/integration-sources/{CRM}", f"/integration-sources/{SHOP}"
    stamps = {"created_at": TIME, "updated_at": TIME}
    contact = {"id": uid("crm/contact"), "object_name": "Contact", **stamps}
    email = {"id": uid("crm/contact.email"), "field_name": "Email", **stamps}
    column = {"id": uid("shop/customer.email"), "table_id": uid("shop/customer"), **stamps}
    answers = {
        ORGANIZATION_PATH: organization_record(),
        LINKS: [saas_link("crm/contact.email", "crm/contact.email"), LINK],
        "/integration-sources": [
            system("crm", source_type="saas"),
            system("shop", source_type="database"),
        ],
        f"{crm}/saas-objects": [{**contact, "integration_source_id": CRM}],
        f"{crm}/saas-objects/{uid('crm/contact')}/saas-fields": [
            {**email, "saas_object_id": uid("crm/contact")}
        ],
        f"{crm}/saas-associations": [],
        f"{shop}/columns": [{**column, "name": "email"}],
        f"{shop}/tables": [{"id": uid("shop/customer"), "name": "customer"}],
        f"{shop}/relationships": [],
    }
    return Api(answers | other)


@every_client
def test_catalogue_of_both_kinds(drive: Drive) -> None:
    """Databases are asked for columns and tables, and other systems for objects and fields."""
    api = database_api()
    found = drive(lambda c: c.catalogue(), transport=api.transport)

    assert found.organization_name == "Acme"
    assert names_of(found.integration_sources) == {CRM: "CRM", SHOP: "SHOP"}
    assert names_of(found.tables) == {
        uid("crm/contact"): "Contact",
        uid("shop/customer"): "customer",
    }
    assert names_of(found.columns) == {
        uid("crm/contact.email"): "Email",
        uid("shop/customer.email"): "email",
    }
    assert {lookup.outcome for lookup in found.lookups} == {"ok"}
    assert set(api.paths()) == api.answers.keys() - {LINKS}
    assert max(Counter(api.paths()).values()) == 1


@every_client
def test_calls_for_200_systems_are_held_to_the_limit(drive: Drive) -> None:
    """Concurrent catalogue calls are limited, however many systems there are."""
    under_way: set[str] = set()
    most: list[int] = []

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            path = request.url.path
            under_way.add(path)
            most.append(len(under_way))
            await anyio.sleep(0.001)
            under_way.remove(path)
            listed = [
                {"id": uid(f"s{number}"), "name": f"S{number}", "source_type": "database"}
                for number in range(200)
            ]
            return httpx.Response(200, json=listed if path.endswith("integration-sources") else [])

    found = drive(lambda c: c.catalogue(), transport=Slow(), limits=Limits(concurrency=5))
    assert found.integration_sources.num_rows == 200
    assert len(most) >= 2 + 3 * 200
    assert max(most) == 5


@every_client
def test_queries_of_the_catalogue(drive: Drive) -> None:
    """The organisation is in the query if it is not in the path, and retired columns are read."""
    api = database_api()
    drive(lambda c: c.catalogue(), transport=api.transport)
    for request in api.requests:
        wanted = {} if ORGANIZATION in request.url.path else {"organization_id": ORGANIZATION}
        if request.url.path.endswith("/columns"):
            wanted["active_only"] = "false"
        assert dict(request.url.params) == wanted


@every_client
@pytest.mark.parametrize("answer", [403, 404, 405, 500, b"<html>", b"[1", b"", 302])
def test_every_lookup_may_fail(drive: Drive, answer: Any) -> None:
    """Links are fetched whatever the catalogue does; failed calls are counted by outcome."""
    api = database_api()
    api.answers = {LINKS: api.answers[LINKS]}
    api.otherwise = answer
    pauses = Pauses()
    snapshot = drive(lambda c: c.fetch(), transport=api.transport, retry=pauses.policy(attempts=2))
    outcome = str(answer) if isinstance(answer, int) else "protocol"
    noted = {lookup.call: lookup for lookup in snapshot.catalogue.lookups}

    assert snapshot.report.kept == 1 + 1
    assert noted["GET /integration-sources"] == Lookup("GET /integration-sources", outcome, 1)
    assert noted["GET /integration-sources/{source_id}"].count == 2
    assert {lookup.outcome for lookup in noted.values()} == {outcome}


RECORD = {"id": uid("shop"), "name": "Shop", "source_type": "database"}


@every_client
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, b"<html>maintenance</html>"), "protocol"),
        ((200, b""), "protocol"),
        ((200, b" \r\n"), "protocol"),
        ((200, json.dumps([RECORD, RECORD]).encode()[:-20]), "protocol"),
        ((200, b'[{"id": "' + uid("shop").encode() + b'", "name": "\xc3'), "protocol"),
        ((206, json.dumps([RECORD]).encode()), "protocol"),
        ((204, b""), "contract"),
        ((202, b"[]"), "contract"),
        ((200, b"5"), "contract"),
        ((200, b"[" * 100_000 + b"]" * 100_000), "contract"),
        ((200, b'[{"id": ' + b"9" * 5_000 + b"}]"), "contract"),
    ],
)
def test_a_reply_that_is_not_whole_json_is_asked_for_again(
    drive: Drive, answer: tuple[int, bytes], outcome: str
) -> None:
    """A catalogue call that is then answered is as if nothing was; else its names are lost."""
    status, body = answer
    api = database_api()
    whole = drive(lambda c: c.catalogue(), transport=api.transport)
    listed = api.answers["/integration-sources"]
    replies = iter([httpx.Response(status, content=body), httpx.Response(200, json=listed)])
    api.answers["/integration-sources"] = lambda _: next(replies)
    pauses = Pauses()
    found = drive(lambda c: c.catalogue(), transport=api.transport, retry=pauses.policy())
    by_call = {(one.call, one.outcome): one for one in found.lookups}
    if outcome == "protocol":
        assert by_call["GET /integration-sources", "ok"].count == 1
        assert len(pauses.taken) == 1
        assert found.integration_sources.equals(whole.integration_sources)
        assert found.n_records == whole.n_records
        assert not found.quarantine.counts.records

    api.answers["/integration-sources"] = lambda _: httpx.Response(status, content=body)
    found = drive(lambda c: c.catalogue(), transport=api.transport, retry=pauses.policy(attempts=2))
    by_call = {(one.call, one.outcome): one for one in found.lookups}
    assert by_call["GET /integration-sources", outcome].is_lost == (outcome == "protocol")
    assert not found.quarantine.counts.records


@every_client
def test_a_system_of_another_organisation_is_counted_once(drive: Drive) -> None:
    """It is not asked for by its id after the list has it."""
    api = database_api()
    foreign = {**RECORD, "organization_id": uid("another organisation")}
    api.answers["/integration-sources"] = [foreign]
    api.answers[f"/integration-sources/{uid('shop')}"] = foreign
    snapshot = drive(lambda c: c.fetch(), transport=api.transport)
    assert snapshot.report.of_others == 1
    assert f"/integration-sources/{uid('shop')}" not in {
        request.url.path.removeprefix("/api") for request in api.requests
    }


@every_client
def test_lists_of_the_catalogue_on_several_pages_are_lost(drive: Drive) -> None:
    """The first page's names are kept and the call is counted as lost; one record has no pages."""
    api = database_api()
    for path in (f"/integration-sources/{SHOP}/columns", "/integration-sources", ORGANIZATION_PATH):
        content = api.answers[path]
        api.answers[path] = lambda _, content=content: httpx.Response(
            200, json=content, headers={"Link": '<x>; rel="next"', "X-Total-Count": "100"}
        )
    found = drive(lambda c: c.catalogue(), transport=api.transport)

    assert names_of(found.columns)[uid("shop/customer.email")] == "email"
    lost = {lookup.call for lookup in found.lookups if lookup.is_lost}
    assert {"GET /integration-sources", "GET /integration-sources/{source_id}/columns"} <= lost
    assert "GET /organization/{organization_id}" not in lost
    with pytest.raises(PagedReplyError):
        drive(lambda c: c.integration_sources(), transport=api.transport)


@pytest.mark.parametrize(
    ("outcome", "lost"),
    [
        *((one, True) for one in ("407", "408", "425", "429", "500", "503", "526", "599")),
        *((one, True) for one in ("connection", "paged", "protocol", "rate-limit", "timeout")),
        *((one, False) for one in ("ok", "400", "403", "404", "405", "422", "contract", "5x")),
    ],
)
def test_outcomes_that_are_lost(outcome: str, lost: bool) -> None:
    """Calls that may succeed another time are lost; those that are not offered are not."""
    assert Lookup("GET /x", outcome, 1).is_lost == lost


@every_client
def test_lost_lookups_are_counted_and_may_be_refused(drive: Drive) -> None:
    """The report counts lost calls apart from those that are not offered; ``complete`` refuses."""
    api = database_api()
    crm, shop = f"/integration-sources/{CRM}", f"/integration-sources/{SHOP}"
    api.answers[f"{shop}/columns"] = 500
    api.answers[f"{shop}/tables"] = httpx.ReadError("x")
    api.answers[f"{crm}/saas-associations"] = 405
    snapshot = drive(lambda c: c.fetch(), transport=api.transport, retry=Pauses().policy())

    assert snapshot.report.n_lost == 2
    rows = dict(snapshot.report.rows())
    assert rows["Names lost"] == "2 catalogue calls failed; fetch again for the names"
    assert snapshot.require(max_bad=0.0) is snapshot
    with pytest.raises(
        LookupsLostError, match=r"^2 catalogue calls .* \(1 500, 1 connection\)"
    ) as e:
        snapshot.require(max_bad=0.0, complete=True)
    assert e.value.n_lost == 2

    api.answers[f"{shop}/columns"] = api.answers[f"{shop}/tables"] = 404
    snapshot = drive(lambda c: c.fetch(), transport=api.transport)
    assert snapshot.report.n_lost == 0
    assert snapshot.require(max_bad=0.0, complete=True) is snapshot


@every_client
def test_records_of_another_organisation_are_reported(drive: Drive) -> None:
    """Links, systems and the organisation itself of another one are set aside and counted."""
    other = uid("another organisation")
    api = database_api()
    api.answers[LINKS] = [LINK, {**record("crm/a.b", "shop/c.d"), "organization_id": other}]
    api.answers["/integration-sources"] = [
        {**system("crm", source_type="saas"), "organization_id": ORGANIZATION.upper()},
        {**system("shop", source_type="database"), "organization_id": other},
    ]
    api.answers[ORGANIZATION_PATH] = organization_record(id=other)
    snapshot = drive(lambda c: c.fetch(), transport=api.transport)

    assert names_of(snapshot.catalogue.integration_sources) == {CRM: "CRM"}
    assert snapshot.catalogue.organization_name is None
    assert snapshot.report.of_others == 3
    assert dict(snapshot.report.rows())["Other organisation"] == "3 records, set aside"
    assert [one.reasons[0] for one in snapshot.catalogue.quarantine] == [
        Reason("wrong_org", "/id"),
        Reason("wrong_org", "/organization_id"),
    ]


@every_client
def test_refused_token_ends_the_catalogue(drive: Drive) -> None:
    """A token refused during the catalogue raises, and is not counted as a failed call."""
    api = database_api(**{f"/integration-sources/{SHOP}/columns": 401})
    with pytest.raises(AuthenticationError):
        drive(lambda c: c.catalogue(), transport=api.transport)


@every_client
def test_systems_that_no_list_has_are_asked_for_one_by_one(drive: Drive) -> None:
    """Without a list of systems, those named by links are fetched, by the kind in the links."""
    api = database_api()
    del api.answers["/integration-sources"]
    api.answers[f"/integration-sources/{CRM}"] = system("crm")
    snapshot = drive(lambda c: c.fetch(), transport=api.transport)
    asked = set(api.paths())

    assert names_of(snapshot.catalogue.integration_sources) == {CRM: "CRM"}
    assert names_of(snapshot.catalogue.columns)[uid("shop/customer.email")] == "email"
    assert f"{ORGANIZATION_PATH}/integration-sources" in asked
    # The CRM has ends of both kinds, the shop only tables and columns.
    assert f"/integration-sources/{CRM}/columns" in asked
    assert f"/integration-sources/{CRM}/saas-objects" in asked
    assert f"/integration-sources/{SHOP}/saas-objects" not in asked


@every_client
def test_system_of_which_nothing_is_known_is_asked_both_ways(drive: Drive) -> None:
    """A system of unknown kind without ends below it is asked for columns and for objects."""
    link = record("crm", "shop/customer")
    api = Api({LINKS: [link], "/integration-sources": [system("crm", source_type=None)]})
    drive(lambda c: c.fetch(), transport=api.transport)
    asked = set(api.paths())

    assert {f"/integration-sources/{CRM}/{end}" for end in ("columns", "saas-objects")} <= asked


@every_client
def test_objects_that_no_list_has_are_asked_for_one_by_one(drive: Drive) -> None:
    """Objects that cannot be listed are fetched one by one, with fields, if links name them."""
    api = database_api()
    base = f"/integration-sources/{CRM}/saas-objects"
    api.answers[f"{base}/{uid('crm/contact')}"] = api.answers[base][0]
    api.answers[base] = 403
    snapshot = drive(lambda c: c.fetch(), transport=api.transport)

    assert names_of(snapshot.catalogue.tables)[uid("crm/contact")] == "Contact"
    assert names_of(snapshot.catalogue.columns)[uid("crm/contact.email")] == "Email"


def test_what_links_say_of_systems() -> None:
    """Systems, kinds and objects are read from both sides of all links."""
    rows = [
        saas_link("crm/contact.email", "desk/ticket"),
        record("shop/customer", "shop/customer.email"),
        record("bare", "shop"),
    ]
    rows[0].pop("source_saas_object_id")
    found = LinkEnds.of(read_links(rows).links)

    assert {str(s) for s in found.integration_sources} == set(
        map(uid, ("crm", "desk", "shop", "bare"))
    )
    assert {str(s) for s in found.databases} == {SHOP}
    assert {str(s): {str(o) for o in objects} for s, objects in found.objects.items()} == {
        CRM: set(),
        uid("desk"): {uid("desk/ticket")},
    }


# --- the bundled organisation ----------------------------------------------------------------


@every_client
def test_demo_organisation_over_real_sockets(drive: Drive) -> None:
    """The bundled organisation fetched over HTTP equals the one in memory."""
    demo = load_demo()
    with serve(demo, token="demo-token") as server:
        snapshot = drive(
            lambda c: c.fetch(),
            token=server.token,
            organization_id=server.organization_id,
            base_url=server.base_url,
            limits=Limits(concurrency=4),
        )
        with (
            pytest.raises(AuthenticationError),
            Client(
                token="wrong", organization_id=server.organization_id, base_url=server.base_url
            ) as stranger,
        ):
            stranger.fetch()
    expected = demo.snapshot()

    assert rows_of(snapshot.links) == rows_of(expected.links)
    for name in ("integration_sources", "columns", "associations", "relationships"):
        assert getattr(snapshot.catalogue, name).equals(getattr(expected.catalogue, name))
    assert snapshot.report.kept == expected.report.kept


def test_spool_of_a_snapshot_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary replies exist as long as the snapshot."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    api = Api({LINKS: Turns(503, [LINK])})
    with Client(
        token="x",
        organization_id=ORGANIZATION,
        transport=api.transport,
        retry=Pauses().policy(),
    ) as client:
        snapshot = client.fetch()
    assert isinstance(snapshot.replies, Spool)
    assert len(list(tmp_path.iterdir())) == 1
    del snapshot
    assert list(tmp_path.iterdir()) == []
