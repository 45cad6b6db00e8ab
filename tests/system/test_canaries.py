"""Secrets and personal data on their way from the API to every output.

Three marks travel: the token; what the catalogue holds that nobody needs, such as settings and
sample values; and what evidence quotes, which only a private snapshot keeps.
"""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import stat
import sys
import traceback
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hummgraph as hg
from hummgraph import cli
from hummgraph.client.arguments import Token
from hummgraph.client.client import AsyncClient, Client
from hummgraph.datasets import Organization
from hummgraph.datasets.server import DemoServer, serve
from hummgraph.export import FORMATS
from tests.export.test_formats import OPTIONS
from tests.support import builders
from tests.support.builders import ORGANIZATION, record, uid
from tests.support.explorer_pages import readable
from tests.support.places import NOTEBOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "pat-canary-5f3759df"
DROPPED = "canary-dropped-c0ffee"
QUOTED = "jane.canary@example.com"


def organization() -> Organization:
    """Return an organisation with a mark wherever the contract has room for one."""
    places = builders.catalogue(["crm/contact.email", "shop/user.mail", "desk/person.mail"])
    places["organization"] = [
        {
            "id": ORGANIZATION,
            "name": "Acme",
            "customer_aws_access_key_id": DROPPED,
            "customer_aws_secret_access_key": DROPPED,
            "aws_role_arn": DROPPED,
        }
    ]
    for system in places["integration_sources"]:
        system |= {"configuration": {"password": DROPPED}, "capabilities": [DROPPED]}
    for column in places["columns"]:
        column |= {
            "sample_values": [DROPPED],
            "minhash_signature": [DROPPED],
            "statistics": {"top": DROPPED},
        }
    # Records that are set aside are kept as they came, without what is dropped.
    places["columns"].append(
        {
            "id": "bad",
            "table_id": uid("crm/contact"),
            "sample_values": [DROPPED],
            "minhash_signature": DROPPED,
        }
    )
    places["relationships"] = [
        {
            "id": uid("key"),
            "integration_source_id": uid("crm"),
            "from_column_id": uid("crm/contact.email"),
            "to_table_id": uid("crm/contact"),
            "to_column_name": "email",
            "evidence": {"sample": QUOTED},
            "metadata_": {"secret": DROPPED},
        }
    ]
    evidence = {"sample": QUOTED, "deep": [{"values": [QUOTED]}], "score": 0.5}
    links = [
        record("crm/contact.email", "shop/user.mail", 0.9, status="APPROVED", evidence=evidence),
        record("shop/user.mail", "desk/person.mail", 0.95, evidence=evidence),
        record("crm/contact.email", "desk/person.mail", 0.7, status="REJECTED", evidence=evidence),
        record("crm/contact", "shop/user", 0.7, evidence=evidence),
        record("crm/contact.email", "desk/person.mail", 7.5, id=uid("bad"), evidence=evidence),
    ]
    return Organization("Acme", ORGANIZATION, links, places, ())


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """The organisation on loopback."""
    with serve(organization(), token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def snapshot(server: DemoServer) -> hg.Snapshot:
    """The snapshot of a fetch of it."""
    with Client(token=TOKEN, organization_id=ORGANIZATION, base_url=server.base_url) as client:
        return client.fetch()


@pytest.fixture(scope="module")
def graph(snapshot: hg.Snapshot) -> hg.LinkGraph:
    """The graph of it."""
    return hg.LinkGraph(snapshot)


def read(path: Path) -> str:
    """Return all that can be read in a file, whatever it is packed in."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return f"{table.to_pylist()}{table.schema.metadata}"
    data = path.read_bytes()
    if path.suffix == ".zst":
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            return bytes(stream.read()).decode()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return "".join(packed.read(name).decode() for name in packed.namelist())
    return readable(data.decode())


def files(folder: Path) -> dict[str, str]:
    """Read every file below a folder, with its name."""
    return {
        path.relative_to(folder).as_posix(): read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def holding(mark: str, texts: dict[str, str]) -> set[str]:
    """Name the texts that hold a mark."""
    return {name for name, text in texts.items() if mark in text}


# --- what came -------------------------------------------------------------------------------


def test_marks_are_sent(server: DemoServer) -> None:
    """The tests below would see them: the server does send each."""
    import httpx

    headers = {"Authorization": f"Bearer {TOKEN}"}
    sources = f"{server.base_url}/integration-sources"
    with httpx.Client(headers=headers, trust_env=False) as http:
        assert DROPPED in http.get(sources, params={"organization_id": ORGANIZATION}).text
        links = http.get(f"{server.base_url}/organization/{ORGANIZATION}/entity-links").text
    assert links.count(QUOTED) == 10


def test_snapshot_keeps_evidence_privately_and_nothing_else(
    snapshot: hg.Snapshot, tmp_path: Path
) -> None:
    """The raw reply, the columns and the quarantine have it; only their owner may read them."""
    snapshot.write(tmp_path / "acme.hummgraph")
    found = files(tmp_path)

    assert holding(TOKEN, found) == set()
    assert holding(DROPPED, found) == set()
    assert holding(QUOTED, found) == {
        f"acme.hummgraph/{name}"
        for name in (
            "links.parquet",
            "quarantine.jsonl",
            "relationships.parquet",
            "reply-001.json.zst",
        )
    }
    assert stat.S_IMODE((tmp_path / "acme.hummgraph").stat().st_mode) == 0o700
    assert {
        stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "acme.hummgraph").iterdir()
    } == {0o600}


def test_slices_keep_no_more_than_a_snapshot(server: DemoServer, tmp_path: Path) -> None:
    """A fetch that is kept half way holds replies, privately, and not the token."""

    class StopError(Exception):
        pass

    def stop(event: hg.Progress) -> None:
        if event.stage == "validation":
            raise StopError

    with (
        Client(token=TOKEN, organization_id=ORGANIZATION, base_url=server.base_url) as client,
        pytest.raises(StopError),
    ):
        client.fetch(resume=tmp_path / "partial", progress=stop)
    found = files(tmp_path)
    assert holding(TOKEN, found) == holding(DROPPED, found) == set()
    assert {Path(name).name.split("-")[0] for name in holding(QUOTED, found)} == {"reply"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "partial").iterdir()} == {
        0o600
    }


# --- what goes out ---------------------------------------------------------------------------


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_no_export_holds_a_mark(graph: hg.LinkGraph, tmp_path: Path, known: Any) -> None:
    """With the settings that a file has unless told otherwise."""
    options = OPTIONS.get(known.name, {})
    hg.write(
        graph,
        tmp_path / "links",
        format=known.name,
        **({"system": uid("shop")} if known.name == "dbt" else options),
    )
    found = files(tmp_path)
    assert found
    for mark in (TOKEN, DROPPED, QUOTED):
        assert holding(mark, found) == set()


def test_no_result_holds_a_mark(graph: hg.LinkGraph, tmp_path: Path) -> None:
    """Crosswalks, pages of results, pictures and what a notebook shows."""
    clusters = hg.cluster(graph, method="components", threshold=0.5)
    ends = uid("crm/contact.email"), uid("desk/person.mail")
    for name in ("links.csv", "links.html", "links.json", "links.yml", "links.xlsx"):
        hg.write_crosswalk(clusters, tmp_path / name)
    results: dict[str, Any] = {
        "why": hg.why(graph, *ends, clusters=clusters),
        "path": hg.strongest_path(graph, *ends),
        "lineage": hg.downstream(graph, ends[0]),
        "clusters": clusters,
        "joins": hg.join_paths(graph, uid("crm/contact"), uid("shop/user")),
    }
    for name, result in results.items():
        hg.write(result, tmp_path / f"{name}.html")
    hg.write(graph, tmp_path / "plain.html", engine="pyvis")
    found = files(tmp_path)
    assert len(found) == 11
    shown = {
        **results,
        "snapshot": graph.snapshot,
        "report": graph.snapshot.report,
        "summary": graph.summary(),
        "graph": graph,
        "quarantine": graph.snapshot.quarantine,
        "tree": hg.merge_tree(graph),
        "show": hg.show(graph),
    }
    for name, result in shown.items():
        found[f"repr of {name}"] = f"{result!r}{result}{readable(html_of(result))}"
    for mark in (TOKEN, DROPPED, QUOTED):
        assert holding(mark, found) == set()


def html_of(result: Any) -> str:
    """Return what a notebook shows, if it is more than text."""
    return result._repr_html_() if hasattr(result, "_repr_html_") else ""


def test_evidence_goes_out_when_it_is_asked_for(graph: hg.LinkGraph, tmp_path: Path) -> None:
    """So that the tests above look in the right place; the token and the rest never do."""
    for known in FORMATS:
        options: dict[str, Any] = OPTIONS.get(known.name, {})
        if known.name == "dbt":
            options = {"system": uid("shop")}
        hg.write(graph, tmp_path / known.name, format=known.name, evidence="full", **options)
    found = files(tmp_path)
    assert holding(TOKEN, found) == holding(DROPPED, found) == set()
    with_evidence = {known.name for known in FORMATS if "evidence" in known.carries}
    assert {name.split("/")[0] for name in holding(QUOTED, found)} == with_evidence


# --- what is said ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_holds_the_token_is_not_pickled_or_shown(kind: Any) -> None:
    """Clients, what they are made of, and tokens."""
    client = kind(token=TOKEN, organization_id=ORGANIZATION)
    holders = (client, Token(TOKEN))
    for holder in holders:
        assert TOKEN not in f"{holder!r}{holder}"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="cannot be pickled"):
                pickle.dumps(holder, protocol)
        with pytest.raises(TypeError, match="cannot be pickled"):
            copy.deepcopy(holder)


def test_no_line_of_a_log_holds_a_mark(
    server: DemoServer, caplog: pytest.LogCaptureFixture
) -> None:
    """At the lowest level of every logger, ours and those of the libraries below."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    with Client(token=TOKEN, organization_id=ORGANIZATION, base_url=server.base_url) as client:
        client.fetch()
        with pytest.raises(hg.errors.NotFoundError):
            client.entity_link(uid("nothing"))
    assert "httpcore" in {entry.name.split(".")[0] for entry in caplog.records}
    said = "".join(f"{entry.getMessage()}{entry.__dict__}" for entry in caplog.records)
    for mark in (TOKEN, DROPPED, QUOTED):
        assert mark not in said


def test_no_command_says_a_mark(
    server: DemoServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither standard output nor standard error, whatever is asked for, nor what they write."""
    monkeypatch.setenv("HUMM_PAT", TOKEN)
    monkeypatch.setenv("ORG_ID", ORGANIZATION)
    monkeypatch.setenv("HUMM_BASE_URL", server.base_url)
    kept = str(tmp_path / "acme.hummgraph")
    ends = [uid("crm/contact.email"), uid("desk/person.mail")]
    commands = [
        ["fetch", "-o", kept, "--max-bad", "0.5"],
        ["fetch", "-o", kept, "--max-bad", "0"],
        ["run", "-o", str(tmp_path / "run"), "--max-bad", "0.5"],
        ["info", kept],
        ["info", kept, "--json"],
        ["clusters", kept, "-t", "0.5", "--json"],
        ["clusters", kept, "--quality"],
        ["why", kept, *ends],
        ["why", kept, *ends, "--json"],
        ["path", kept, *ends, "--json"],
        ["lineage", kept, ends[0], "--json"],
        ["join", kept, uid("crm/contact"), uid("shop/user"), "--json"],
        ["export", kept, "-o", str(tmp_path / "links.graphml")],
        ["fetch", "-o", kept, "--organization", uid("nobody")],
        ["fetch", "-o", kept, "--names", "no-such-file.json"],
    ]
    said = {}
    for command in commands:
        monkeypatch.setattr(sys, "argv", ["hummgraph", *command])
        with pytest.raises(SystemExit):
            cli.main()
        written = capsys.readouterr()
        said[" ".join(command)] = written.out + written.err
    found = files(tmp_path)
    private = {name for name in found if ".hummgraph/" in name}
    assert holding(TOKEN, {**said, **found}) == holding(DROPPED, {**said, **found}) == set()
    assert holding(QUOTED, said) == set()
    assert holding(QUOTED, found) <= private
    assert holding(QUOTED, found)


def test_no_traceback_holds_the_token(server: DemoServer) -> None:
    """Nor does the error itself, whatever it carries."""
    with Client(token=TOKEN, organization_id=ORGANIZATION, base_url=server.base_url) as client:
        calls: list[Callable[[], object]] = [
            lambda: client.entity_link(uid("nothing")),
            lambda: client.entity_link("nonsense"),
            lambda: client.fetch(status="nonsense"),
        ]
        for call in calls:
            with pytest.raises(hg.HummgraphError) as caught:
                call()
            assert TOKEN not in "".join(traceback.format_exception(caught.value))
            assert TOKEN not in repr(vars(caught.value))
    for wrong in (f"{TOKEN}\nX-Evil: 1", f"{TOKEN}\u00e9", f"{TOKEN}\x00x", f"{TOKEN} {TOKEN}"):
        with pytest.raises(hg.errors.ConfigError) as refused:
            Client(token=wrong, organization_id=ORGANIZATION)
        assert TOKEN not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_output_of_a_notebook_holds_its_token(path: Path) -> None:
    """A kept notebook has the token where the reader typed it, and nowhere else."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = json.dumps([cell.get("outputs", []) for cell in cells])
    assert outputs != "[]"
    assert "demo-token" not in outputs
    assert "Bearer" not in outputs
