"""Tests of a fetch in slices: it can be resumed, and is published only when complete."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest

from hummgraph.client import checkpoints
from hummgraph.client.arguments import link_request
from hummgraph.client.checkpoints import Checkpoints, slices_of
from hummgraph.client.client import AsyncClient, Progress
from hummgraph.errors import ArgumentError, ContractError, OutputError, ServerError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.models import Status
from hummgraph.snapshot.folders import others_in
from hummgraph.snapshot.leftovers import aside
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot
from tests.support.builders import ORGANIZATION, record, uid
from tests.support.client_fakes import LINKS, TOKEN, Api, Drive, Pauses, every_client

SYSTEMS = ("crm", "shop", "desk")
LISTED = [{"id": uid(name), "name": name.upper()} for name in SYSTEMS]
RECORDS = [
    record(
        f"{source}/t.{number}",
        f"{target}/u.{number}",
        (number + 1) / 10,
        status=str(status),
        id=uid(f"{source} {target} {status} {number}"),
    )
    for source in SYSTEMS
    for target in SYSTEMS
    if source != target
    for status in Status
    for number in range(2)
]


def matching(request: Any) -> list[dict[str, Any]]:
    """Return the records that a query selects, as the API would."""
    wanted = dict(request.url.params)
    return [one for one in RECORDS if all(one[name] == value for name, value in wanted.items())]


class Failing:
    """An API that fails for some calls from a given one on."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.n_calls = 0
        self.queries: Counter[tuple[tuple[str, str], ...]] = Counter()

    def __call__(self, request: Any) -> Any:
        """Answer one call."""
        self.n_calls += 1
        if self.n_calls > self.after:
            return 500
        self.queries[tuple(sorted(request.url.params.items()))] += 1
        return matching(request)


def api(answer: Any = matching) -> Api:
    """Return an API with three systems."""
    return Api({LINKS: answer, "/integration-sources": LISTED})


def names(folder: Path) -> set[str]:
    """Return the names in a folder."""
    return {entry.name for entry in folder.iterdir()}


def links_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the links in an order of their own."""
    rows: list[dict[str, Any]] = snapshot.links.to_pylist()
    return sorted(rows, key=lambda row: row["link_id"])


# --- what it gives ---------------------------------------------------------------------------


@every_client
def test_slices_bring_what_one_call_brings(drive: Drive, tmp_path: Path) -> None:
    """Slices hold every link once; the folder is removed at the end, and the slices recorded."""
    folder = tmp_path / "acme.partial"
    found = api()
    snapshot = drive(lambda c: c.fetch(resume=folder, catalogue=False), transport=found.transport)
    whole = drive(lambda c: c.fetch(catalogue=False), transport=api().transport)

    assert links_of(snapshot) == links_of(whole)
    assert (snapshot.report.records, snapshot.report.quarantined) == (len(RECORDS), 0)
    asked = [dict(request.url.params) for request in found.requests if "entity" in str(request.url)]
    assert len(asked) == len(SYSTEMS) * len(Status) == len(snapshot.slices)
    assert [dict(one["query"]) for one in snapshot.slices] == asked
    assert {tuple(sorted(query)) for query in asked} == {("source_integration_source_id", "status")}
    assert not folder.exists()


@every_client
def test_not_a_point_in_time(drive: Drive, tmp_path: Path) -> None:
    """The report of a fetch in slices warns of it, also after the snapshot is written and read."""
    before = datetime.now(UTC)
    snapshot = drive(
        lambda c: c.fetch(resume=tmp_path / "partial", catalogue=False), transport=api().transport
    )
    snapshot.write(tmp_path / "acme.hummgraph")
    again = read_snapshot(tmp_path / "acme.hummgraph")

    for one in (snapshot, again):
        assert one.report.n_slices == 9
        assert ("Not a point in time", "came in 9 slices") in one.report.rows()
        assert one.started_at is not None
        assert one.finished_at is not None
        assert before <= one.started_at <= one.finished_at
        starts = [datetime.fromisoformat(piece["started_at"]) for piece in one.slices]
        ends = [datetime.fromisoformat(piece["finished_at"]) for piece in one.slices]
        assert one.started_at == starts[0]
        assert all(start <= end for start, end in zip(starts, ends, strict=True))
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert again.slices == snapshot.slices
    assert again.request == snapshot.request
    assert LinkGraph(again) == LinkGraph(snapshot)
    whole = drive(lambda c: c.fetch(catalogue=False), transport=api().transport)
    assert whole.slices == ()
    assert "Not a point in time" not in dict(whole.report.rows())
    # The replies are in it as they came, under the names of their slices.
    replies = [path for path in names(tmp_path / "acme.hummgraph") if path.startswith("reply-")]
    assert len(replies) == 9
    assert TOKEN not in json.dumps(again.request)


@every_client
@pytest.mark.parametrize("after", [0, 1, 4, 8])
def test_goes_on_where_it_ended(drive: Drive, tmp_path: Path, after: int) -> None:
    """A resumed fetch requests no slice twice, and nothing is published before the last."""
    folder = tmp_path / "partial"
    answer = Failing(after)
    with pytest.raises(ServerError):
        drive(
            lambda c: c.fetch(resume=folder, catalogue=False),
            transport=api(answer).transport,
            retry=Pauses().policy(attempts=2),
        )
    assert len(list(folder.glob("slice-*.json"))) == after
    assert {name for name in names(folder) if name.endswith(".tmp")} == set()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("reply-*")} <= {0o600}

    answer.after = 100
    snapshot = drive(
        lambda c: c.fetch(resume=folder, catalogue=False), transport=api(answer).transport
    )
    assert snapshot.report.kept == len(RECORDS)
    assert set(answer.queries.values()) == {1}
    assert len(answer.queries) == 9
    assert not folder.exists()


@every_client
def test_catalogue_that_fails_loses_no_slice(drive: Drive, tmp_path: Path) -> None:
    """A failure after the last slice loses no slice for the next run."""
    folder = tmp_path / "partial"
    answer = Failing(100)

    def fail(event: Progress) -> None:
        if event.stage == "validation":
            raise RuntimeError

    with pytest.raises(RuntimeError):
        drive(lambda c: c.fetch(resume=folder, progress=fail), transport=api(answer).transport)
    n_calls = answer.n_calls
    assert n_calls == 9
    assert drive(
        lambda c: c.fetch(resume=folder, catalogue=False), transport=api(answer).transport
    ).report.kept == len(RECORDS)
    assert answer.n_calls == n_calls


@every_client
def test_progress_counts_slices(drive: Drive, tmp_path: Path) -> None:
    """Progress counts slices fetched now or before, of all slices."""
    told: list[Progress] = []
    drive(
        lambda c: c.fetch(resume=tmp_path / "partial", catalogue=False, progress=told.append),
        transport=api().transport,
    )
    slices = [event for event in told if event.stage == "slices"]
    assert [event.done for event in slices] == list(range(10))
    assert {(event.total, event.unit) for event in slices} == {(9, "calls")}
    assert {event.stage for event in told} == {"slices", "validation"}
    last = [event for event in told if event.stage == "validation"][-1]
    assert last.done == last.total
    assert last.done > 0


# --- which slices ----------------------------------------------------------------------------


def queries(**filters: Any) -> list[dict[str, str]]:
    """Return the queries of the slices of a request over two systems."""
    given = dict.fromkeys(
        (
            "source_integration_source_id",
            "target_integration_source_id",
            "status",
            "link_type",
            "touching",
        )
    )
    request = link_request(**{**given, **filters})
    systems = [UUID(record["id"]) for record in LISTED[:2]]
    return [dict(piece.query) for piece in slices_of(request, systems)]


def test_filters_make_fewer_slices() -> None:
    """A filter of the request is part of every slice, and reduces their number."""
    assert len(queries()) == 6
    assert len(queries(status="APPROVED")) == 2
    assert len(queries(source_integration_source_id=uid("crm"))) == 3
    both = queries(source_integration_source_id=uid("crm"), status="REJECTED")
    assert both == [{"source_integration_source_id": uid("crm"), "status": "REJECTED"}]
    typed = queries(link_type="PROBABILISTIC", target_integration_source_id=uid("shop"))
    assert len(typed) == 6
    assert {(one["link_type"], one["target_integration_source_id"]) for one in typed} == {
        ("PROBABILISTIC", uid("shop"))
    }
    # Links from the system, and to it from each system.
    assert len(queries(touching=uid("crm"))) == 3 + 6


def test_slices_have_names_of_their_own() -> None:
    """Each slice of a fetch has a file of its own, whose name cannot be a path."""
    given: dict[str, Any] = dict.fromkeys(
        ("source_integration_source_id", "target_integration_source_id", "status", "link_type")
    )
    request = link_request(**given, touching=uid("crm"))
    slices = slices_of(request, [UUID(uid("crm")), UUID(uid("shop"))])
    found = [piece.name for piece in slices]
    assert found == sorted(set(found))
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") for name in found)
    assert [piece.name for piece in slices_of(link_request(**given, touching=None), [])] == [
        "all_approved",
        "all_rejected",
        "all_suggested",
    ]


@every_client
def test_organisation_without_systems(drive: Drive, tmp_path: Path) -> None:
    """An organisation without systems is fetched by review state alone."""
    found = Api({LINKS: matching, "/integration-sources": []})
    snapshot = drive(
        lambda c: c.fetch(resume=tmp_path / "partial", catalogue=False), transport=found.transport
    )
    assert snapshot.report.kept == len(RECORDS)
    assert snapshot.report.n_slices == 3


@every_client
def test_link_that_is_decided_on_meanwhile(drive: Drive, tmp_path: Path) -> None:
    """A link reviewed during the fetch is in two slices: the later state is kept."""
    early = record("crm/t.x", "shop/u.x", status="APPROVED")
    late = {**early, "status": "SUGGESTED", "updated_at": "2026-01-06T00:00:00Z"}

    def answer(request: Any) -> Any:
        query = dict(request.url.params)
        if query["source_integration_source_id"] != uid("crm"):
            return []
        return [one for one in (early, late) if one["status"] == query["status"]]

    snapshot = drive(
        lambda c: c.fetch(resume=tmp_path / "partial", catalogue=False),
        transport=api(answer).transport,
    )
    assert snapshot.links.column("status").to_pylist() == ["SUGGESTED"]
    assert [reason.code for one in snapshot.quarantine for reason in one.reasons] == [
        "duplicate_conflict"
    ]


# --- what is not trusted ---------------------------------------------------------------------


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A folder of a fetch that ended after four slices."""
    folder = tmp_path / "partial"
    with pytest.raises(ServerError):
        fetched(folder, Failing(4))
    return folder


def fetched(folder: Path | str, answer: Any = matching, **filters: Any) -> Snapshot:
    """Fetch in slices."""

    async def run() -> Snapshot:
        async with AsyncClient(
            token=TOKEN,
            organization_id=ORGANIZATION,
            transport=api(answer).transport,
            retry=Pauses().policy(attempts=1),
        ) as client:
            return await client.fetch(resume=folder, catalogue=False, **filters)

    return anyio.run(run)


def calls_to_end(folder: Path | str) -> int:
    """Resume a fetch to its end, and return the number of slices requested."""
    answer = Failing(100)
    snapshot = fetched(folder, answer)
    assert snapshot.report.kept == len(RECORDS)
    assert snapshot.replies is not None
    snapshot.replies.close()
    return answer.n_calls


def test_whole_slices_are_not_asked_for_again(begun: Path) -> None:
    """Complete slices are not requested again: five of nine remain."""
    assert calls_to_end(begun) == 5


@pytest.mark.parametrize(
    "harm",
    [
        lambda reply, _: reply.write_bytes(reply.read_bytes()[:-1]),
        lambda reply, _: reply.write_bytes(b"\0" + reply.read_bytes()[1:]),
        lambda reply, _: reply.unlink(),
        lambda _, about: about.unlink(),
        lambda _, about: about.write_bytes(about.read_bytes()[:20]),
        lambda _, about: about.write_text("[]"),
        lambda _, about: about.write_text("{}"),
    ],
    ids=["cut", "flipped", "no reply", "no word of it", "half a word", "list", "empty"],
)
def test_damaged_slice_is_asked_for_again(begun: Path, harm: Any) -> None:
    """A slice whose checksum does not match is requested again."""
    reply = min(begun.glob("reply-*"))
    harm(reply, begun / f"slice-{reply.name.removeprefix('reply-').removesuffix('.json.zst')}.json")
    assert calls_to_end(begun) == 6


@pytest.mark.parametrize("change", [{"query": {"status": "X"}}, {"finished_at": "yesterday"}])
def test_slice_of_something_else_is_asked_for_again(begun: Path, change: dict[str, Any]) -> None:
    """A slice with the metadata of another one is requested again."""
    about = min(begun.glob("slice-*"))
    about.write_text(json.dumps({**json.loads(about.read_bytes()), **change}))
    assert calls_to_end(begun) == 6


@pytest.mark.parametrize(
    ("age", "n_calls"),
    [(timedelta(hours=23), 5), (timedelta(hours=25), 9), (timedelta(hours=-1), 9)],
)
def test_old_slices_are_asked_for_again(begun: Path, age: timedelta, n_calls: int) -> None:
    """A slice is requested again after a day, or if it is from the future."""
    for path in begun.glob("slice-*"):
        about = json.loads(path.read_bytes())
        about["finished_at"] = (datetime.now(UTC) - age).isoformat()
        path.write_text(json.dumps(about))
    assert calls_to_end(begun) == n_calls


@pytest.mark.parametrize("filters", [{"status": "APPROVED"}, {"link_type": "DETERMINISTIC"}])
def test_folder_of_another_fetch_is_refused(begun: Path, filters: dict[str, str]) -> None:
    """The folder of another fetch is refused, so that slices are never mixed."""
    with pytest.raises(ArgumentError, match="slices of another fetch"):
        fetched(begun, **filters)
    assert calls_to_end(begun) == 5


def test_plan_that_cannot_be_read_is_refused(begun: Path) -> None:
    """A folder whose request cannot be read is refused."""
    (begun / "fetch.json").write_text("{")
    with pytest.raises(ArgumentError, match="slices of another fetch"):
        fetched(begun)


def test_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A folder with other files, or a file, is refused and not changed."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"files that are not a fetch: 'notes\.txt'\."):
        fetched(tmp_path)
    assert names(tmp_path) == {"notes.txt"}
    with pytest.raises(OutputError, match="Cannot store slices"):
        fetched(tmp_path / "notes.txt")


def test_killed_writers_are_no_something_else(tmp_path: Path) -> None:
    """Incomplete files of killed writers are ignored, and removed with the folder."""
    folder = tmp_path / "partial"
    folder.mkdir()
    (folder / ".fetch.json.hummgraph-abcd1234.tmp").write_text("{")
    (folder / ".all_approved.hummgraph-abcd1234.tmp").write_text("[")
    assert calls_to_end(folder) == 9
    assert names(tmp_path) == set()


def test_folder_that_goes_meanwhile(tmp_path: Path) -> None:
    """An error is raised if the folder is removed during the fetch, and nothing is published."""
    folder = tmp_path / "partial"

    def answer(request: Any) -> Any:
        if folder.exists() and len(list(folder.glob("slice-*"))) == 2:
            folder.rename(tmp_path / "elsewhere")
        return matching(request)

    with pytest.raises(OutputError, match="Cannot store slices"):
        fetched(folder, answer)
    assert names(tmp_path) == {"elsewhere"}


@pytest.mark.parametrize(
    "body", [b"[1] [2]", b'[{"id": "x"}, ]]', b"[\xe9]", b"[" + b"[" * 200_000 + b"]"]
)
def test_slice_that_is_no_list_of_records_is_not_kept(tmp_path: Path, body: bytes) -> None:
    """A complete but invalid reply raises immediately, and the next run requests it again."""
    folder = tmp_path / "partial"
    wrong = [body]

    def answer(request: Any) -> Any:
        if request.url.params["status"] == "REJECTED" and wrong:
            return wrong.pop()
        return matching(request)

    with pytest.raises(ContractError):
        fetched(folder, answer)
    assert len(list(folder.glob("slice-*.json"))) == 1
    assert {name for name in names(folder) if name.endswith(".tmp")} == set()
    assert calls_to_end(folder) == 8


def test_bad_records_of_a_slice_are_kept_for_quarantine(tmp_path: Path) -> None:
    """Bad records of a slice are quarantined, and the other records are kept."""

    def answer(request: Any) -> Any:
        found = matching(request)
        other = {**found[0], "id": uid(found[0]["id"]), "organization_id": uid("other")}
        return [*found, {"id": "nonsense"}, other]

    report = fetched(tmp_path / "partial", answer).report
    assert (report.kept, report.quarantined) == (len(RECORDS), 2 * 9)
    assert report.reasons["wrong_org"] == 9


def test_full_disk_while_a_slice_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk raises an output error, and the next run continues."""
    folder = tmp_path / "partial"

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "sync_file", full)
        with pytest.raises(OutputError, match="No space left on device"):
            fetched(folder)
    assert calls_to_end(folder) == 9


def test_folder_that_cannot_be_handed_over(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the folder cannot be detached, all slices are kept for the next run."""

    def busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", busy)
        with pytest.raises(OutputError, match="busy"):
            fetched(begun)
    assert calls_to_end(begun) == 0


# --- whose the replies are -------------------------------------------------------------------


def test_replies_go_with_the_snapshot(tmp_path: Path) -> None:
    """A second fetch into the same folder starts anew while the first snapshot exists."""
    folder = tmp_path / "partial"
    first = fetched(folder)
    (held,) = tmp_path.iterdir()
    assert held.name.startswith(".partial.")
    assert aside(tmp_path) == []  # it is in use
    assert calls_to_end(folder) == 9
    assert first.replies is not None
    with first.replies.openers()[0]() as reply:
        assert isinstance(json.load(reply), list)
    first.replies.close()
    assert not held.exists()


def test_replies_can_be_given_back(tmp_path: Path) -> None:
    """If the snapshot cannot be written, the next run needs no call."""
    folder = tmp_path / "partial"
    snapshot = fetched(folder)
    assert snapshot.replies is not None
    assert snapshot.replies.give_back() == folder
    with snapshot.replies.openers()[0]() as reply:
        assert isinstance(json.load(reply), list)
    assert snapshot.replies.give_back() is None
    snapshot.replies.close()
    assert calls_to_end(folder) == 0


def test_replies_are_not_put_over_another_fetch(tmp_path: Path) -> None:
    """Replies are not moved back over a fetch that another process has begun."""
    folder = tmp_path / "partial"
    snapshot = fetched(folder)
    folder.mkdir()
    assert snapshot.replies is not None
    assert snapshot.replies.give_back() is None
    assert names(folder) == set()


def test_replies_that_cannot_be_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies that cannot be moved back stay where they are, with the snapshot."""
    snapshot = fetched(tmp_path / "partial")
    assert snapshot.replies is not None

    def busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", busy)
        assert snapshot.replies.give_back() is None
    with snapshot.replies.openers()[0]() as reply:
        assert isinstance(json.load(reply), list)
    snapshot.replies.close()
    assert names(tmp_path) == set()


def test_files_of_others_in_the_folder_stay(begun: Path, tmp_path: Path) -> None:
    """Only the files of the fetch are removed with it; the folder stays, with all else in it."""
    (begun / "notes.txt").write_text("mine")
    (begun / "more").mkdir()
    snapshot = fetched(begun)
    assert snapshot.replies is not None
    assert names(begun) == {"notes.txt", "more"}
    assert len(names(tmp_path)) == 2
    with snapshot.replies.openers()[0]() as reply:
        assert isinstance(json.load(reply), list)
    snapshot.replies.close()
    assert names(begun) == {"notes.txt", "more"}
    assert names(tmp_path) == {"partial"}


def test_replies_are_given_back_beside_files_of_others(begun: Path, tmp_path: Path) -> None:
    """The next run needs no call, and what was in the folder is in it."""
    (begun / "notes.txt").write_text("mine")
    snapshot = fetched(begun)
    assert snapshot.replies is not None
    assert snapshot.replies.give_back() == begun
    assert names(tmp_path) == {"partial"}
    assert (begun / "notes.txt").read_text() == "mine"
    with snapshot.replies.openers()[0]() as reply:
        assert isinstance(json.load(reply), list)
    assert calls_to_end(begun) == 0
    assert names(begun) == {"notes.txt"}


def test_replies_are_not_given_back_over_another_fetch(begun: Path) -> None:
    """Beside files of others too, a fetch that has begun meanwhile is left alone."""
    (begun / "notes.txt").write_text("mine")
    snapshot = fetched(begun)
    assert snapshot.replies is not None
    (begun / "fetch.json").write_text("{}")
    assert snapshot.replies.give_back() is None
    assert names(begun) == {"notes.txt", "fetch.json"}
    snapshot.replies.close()


def test_replies_are_given_back_where_the_folder_went(begun: Path, tmp_path: Path) -> None:
    """If the folder with files of others is moved meanwhile, a new one is made."""
    (begun / "notes.txt").write_text("mine")
    snapshot = fetched(begun)
    begun.rename(tmp_path / "moved")
    assert snapshot.replies is not None
    assert snapshot.replies.give_back() == begun
    assert calls_to_end(begun) == 0
    assert names(tmp_path / "moved") == {"notes.txt"}


def test_slices_that_cannot_be_moved_are_where_they_were(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a file cannot be moved out of a folder with files of others, those moved come back."""
    (begun / "notes.txt").write_text("mine")
    rename = Path.rename

    def busy(self: Path, target: Path) -> Path:
        if self.name == "fetch.json" and target.parent != begun:
            raise OSError(16, "Device or resource busy")
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", busy)
        with pytest.raises(OutputError, match="busy"):
            fetched(begun)
    assert calls_to_end(begun) == 0
    assert names(begun) == {"notes.txt"}
    assert names(tmp_path) == {"partial"}


@pytest.mark.skipif(os.name == "nt", reason="needs links and modes")
def test_folder_may_be_a_link(tmp_path: Path) -> None:
    """A link stays, and the folder that it leads to is used, created if missing."""
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(ServerError):
        fetched(tmp_path / "link", Failing(4))
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "real").iterdir()} == {0o600}
    snapshot = fetched(tmp_path / "link")
    assert snapshot.replies is not None
    assert snapshot.replies.give_back() == tmp_path / "real"
    assert calls_to_end(tmp_path / "link") == 0
    assert names(tmp_path) == {"link"}


def test_a_mark_of_something_else_is_no_fetch(tmp_path: Path) -> None:
    """A file of the name of the request shows a fetch by its content only."""
    folder = tmp_path / "partial"
    folder.mkdir()
    for content in ("[" * 100_000, "[1]", '{"format": "other"}'):
        (folder / "fetch.json").write_text(content)
        assert others_in(folder, checkpoints._FOLDER) == ["fetch.json"]


def test_a_killed_fetch_is_put_back(tmp_path: Path) -> None:
    """Slices of a killed process return to its folder, and are not fetched again."""
    snapshot = fetched(tmp_path / "partial")
    assert snapshot.replies is not None
    (held,) = tmp_path.iterdir()
    assert snapshot.replies._remove is not None
    detached = snapshot.replies._remove.detach()
    assert detached is not None
    os.close(detached[2][-1])  # the lock
    assert aside(tmp_path) == [(held, tmp_path / "partial")]
    held.rename(tmp_path / "partial")
    assert calls_to_end(tmp_path / "partial") == 0


def test_path_may_be_of_any_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be a text, a path object, or a relative path."""
    monkeypatch.chdir(tmp_path)
    assert calls_to_end("here") == 9
    assert calls_to_end(Path("there")) == 9


def test_checkpoints_are_of_one_base_url(tmp_path: Path) -> None:
    """The folder belongs to one base URL, as two copies of the API may differ."""
    asked = {"organization_id": ORGANIZATION, "base_url": "https://one.example", "filters": {}}
    Checkpoints(tmp_path / "partial", asked)
    Checkpoints(tmp_path / "partial", asked)
    with pytest.raises(ArgumentError, match="base URL"):
        Checkpoints(tmp_path / "partial", {**asked, "base_url": "https://two.example"})
