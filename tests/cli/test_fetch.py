"""Tests of the commands that fetch links: run, demo, fetch, info."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.datasets import load_demo
from hummgraph.datasets.demo import api
from hummgraph.datasets.server import DemoServer
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot
from tests.cli.conftest import CANARY, rows_of
from tests.support.builders import record, uid
from tests.support.raw_server import HOLD, head, raw_server

if TYPE_CHECKING:
    from pathlib import Path


def test_demo_does_the_whole_job(run: Any, tmp_path: Path) -> None:
    """One command fetches, clusters, shows and exports, and prints a summary."""
    answer = run("run", "--demo", "-o", tmp_path / "out")

    assert answer.code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "links.hummgraph",
        "links.html",
        "links.graphml",
        "crosswalk.csv",
    }
    kept = read_snapshot(tmp_path / "out" / "links.hummgraph")
    assert kept.origin == "api"
    assert kept.report == kept.require(max_bad=0.01).report
    found, expected = LinkGraph(kept), LinkGraph(load_demo().snapshot())
    for column in ("link_id", "source_path", "target_path", "status", "confidence"):
        assert found.links[column] == expected.links[column]
    lines = answer.out.splitlines()
    assert lines[:3] == [
        (
            "1,490 links between 7 systems: 105 approved, 80 rejected, 1,305 suggested;"
            " 3 of 1,493 records are in quarantine."
        ),
        "9 entities in 38 tables: person, company, invoice, deal, subscription, ticket, ...",
        "102 clusters of 432 columns; 100 in several systems.",
    ]
    # Then the advice of the clusters, word for word.
    listed = run("clusters", tmp_path / "out" / "links.hummgraph")
    assert lines[3 : lines.index("")] == listed.err.splitlines()
    assert "links.html" in answer.out


def test_a_run_without_anything_says_so(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No links, one link and a bad record are said in as many words."""
    one = [record("a/t.x", "b/u.y", 0.95)]
    for given, first in (
        ([], "0 links between 0 systems."),
        (one, "1 link between 2 systems: 1 suggested."),
        (
            [*one, {"id": "nonsense"}],
            "1 link between 2 systems: 1 suggested; 1 of 2 records is in quarantine.",
        ),
    ):
        read = read_links(given)
        monkeypatch.setattr("hummgraph.cli.fetch._fetch_snapshot", lambda *_, **__: read)  # noqa: B023 - called in this turn
        answer = run("run", "-o", tmp_path / f"out-{len(given)}-{len(first)}", "--max-bad", "0.9")
        assert answer.out.splitlines()[0] == first
        if not given:
            assert answer.out.splitlines()[1:3] == ["No entities.", "0 clusters of 0 columns."]


def test_graphml_of_many_links_is_compressed(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the same graph, and the file of a run before, of the other kind, does not stay."""
    folder = tmp_path / "out"
    assert run("demo", "-o", folder, "-q").code == 0
    plain = (folder / "links.graphml").read_bytes()
    monkeypatch.setattr("hummgraph.cli.fetch._PLAIN_LINKS", 1_490)

    answer = run("demo", "-o", folder)
    assert "links.graphml.gz" in answer.out
    assert not (folder / "links.graphml").exists()
    assert gzip.decompress((folder / "links.graphml.gz").read_bytes()) == plain
    assert run("links", folder / "links.graphml.gz", "--limit", 1).code == 0

    assert run("run", "--demo", "-o", folder, "--no-graphml").code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "crosswalk.csv",
        "links.html",
        "links.hummgraph",
    ]


def test_a_file_of_links_is_run_like_a_fetch(run: Any, tmp_path: Path) -> None:
    """A file with its catalogue, and then its snapshot, give what the fetch of them gives."""
    demo = load_demo()
    file, named = tmp_path / "links.json", tmp_path / "catalogue"
    file.write_text(json.dumps(demo.links))
    named.mkdir()
    for kind, records in demo.catalogue.items():
        (named / f"{kind}.json").write_text(json.dumps(records))

    fetched = run("run", "--demo", "-o", tmp_path / "fetched")
    read = run("run", file, "--catalogue", named, "-o", tmp_path / "read")
    again = run("run", tmp_path / "read" / "links.hummgraph", "-o", tmp_path / "read")

    assert (read.code, again.code) == (0, 0)
    for answer in (read, again):
        lines = answer.out.replace(str(tmp_path / "read"), str(tmp_path / "fetched"))
        assert lines.splitlines() == fetched.out.splitlines()
    found = LinkGraph(read_snapshot(tmp_path / "read" / "links.hummgraph"))
    assert found == LinkGraph(read_links(demo.links, catalogue=demo.catalogue))
    same = "crosswalk.csv"
    assert (tmp_path / "read" / same).read_bytes() == (tmp_path / "fetched" / same).read_bytes()


def test_links_without_a_status_are_said(run: Any, tmp_path: Path) -> None:
    """With the fields that are not read; not where a link is decided."""
    file, out = tmp_path / "links.json", tmp_path / "out"
    rows = [record(f"a/t.{name}", f"b/t.{name}", 0.9) for name in "xyz"]
    bare = [{**{k: v for k, v in row.items() if k != "status"}, "state": "OK"} for row in rows]
    file.write_text(json.dumps(bare))
    said = "No link is approved or rejected; one without a status counts as suggested."
    asked = "The records have fields that are not read: 'state'. Is one of them the status?"
    assert f"{said} {asked}" in run("run", file, "-o", out).out.splitlines()
    file.write_text(json.dumps([{**bare[0], "status": "APPROVED"}, *bare[1:]]))
    assert "No link is decided" not in run("run", file, "-o", out).out


def test_links_without_names_are_said(run: Any, tmp_path: Path) -> None:
    """A run and a list of clusters say how names are added, instead of "unnamed"."""
    path = tmp_path / "links.json"
    ends = [("a/t", "b/u"), ("a/t.x", "b/u.x"), ("a/t.y", "b/u.y")]
    path.write_text(json.dumps([record(*pair, status="APPROVED") for pair in ends]))
    said = "No names are known: read the links with --catalogue DIR, or add names with --names"
    answer = run("run", path, "-o", tmp_path / "out")
    assert said in " ".join(answer.out.split())
    assert "unnamed" not in answer.out
    assert answer.out.count("No names are known") == 1
    assert said in run("clusters", tmp_path / "out" / "links.hummgraph").err
    named = run("run", "--demo", "-o", tmp_path / "demo")
    assert "No names" not in named.out


def test_links_without_a_confidence_are_said(run: Any, tmp_path: Path) -> None:
    """With the fields that are not read, one of which may be it; not where some links have one."""
    file = tmp_path / "links.json"
    rows = [record(f"a/t.{name}", f"b/t.{name}", None) for name in "xyz"]
    said = "No link has a confidence_score: only approved links join."
    file.write_text(json.dumps(rows))
    assert said in run("run", file, "-o", tmp_path / "out").out.splitlines()
    file.write_text(json.dumps([{**row, "score": 0.9} for row in rows]))
    lines = run("run", file, "-o", tmp_path / "out").out.splitlines()
    asked = "The records have fields that are not read: 'score'. Is one of them the score?"
    assert lines[1] == f"{said} {asked}"
    file.write_text(json.dumps([*rows, record("a/t.v", "b/t.v", 0.9)]))
    assert "confidence_score" not in run("run", file, "-o", tmp_path / "out").out


def test_a_file_of_links_that_cannot_be_read_leaves_no_folder(run: Any, tmp_path: Path) -> None:
    """A missing file, bad records or nothing to fetch is an error, and no folder is made."""
    assert run("run", tmp_path / "nothing.json", "-o", tmp_path / "out").code == 7
    file = tmp_path / "links.json"
    file.write_text(json.dumps([record("a/t.x", "b/u.y", 0.95), {"id": "nonsense"}]))
    assert run("run", file, "-o", tmp_path / "out").code == 3
    assert not any(path.name.startswith("links") for path in (tmp_path / "out").glob("*"))
    assert run("run", file, "-o", tmp_path / "out", "--max-bad", "0.9", "-q").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{file}", "--demo"], "--demo has no effect on '{file}', which is read"),
        (["{file}", "--token", "x"], "--token has no effect on '{file}', which is read"),
        (["--demo", "--catalogue", "x"], "--catalogue has no effect with --demo"),
        (["--ends", "table"], "--ends has no effect on links that are fetched"),
    ],
)
def test_options_of_another_source_are_refused(
    run: Any, records: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    """Options for a fetch, a file or the demo are wrong usage with another source."""
    answer = run("run", *(word.format(file=records) for word in words), "-o", tmp_path / "out")
    assert answer.code == 2
    assert said.format(file=records) in answer.err
    assert not (tmp_path / "out").exists()


def test_demo_command_is_the_same(run: Any, tmp_path: Path) -> None:
    """``demo -o DIR`` is ``run --demo -o DIR``."""
    assert run("demo", "-o", tmp_path / "out", "--quiet").code == 0
    assert (tmp_path / "out" / "links.graphml").exists()


def test_quiet_prints_nothing(run: Any, tmp_path: Path) -> None:
    """With --quiet only errors are printed."""
    answer = run("run", "--demo", "-o", tmp_path / "out", "-q")

    assert (answer.out, answer.err) == ("", "")


def test_same_demo_same_files(run: Any, tmp_path: Path) -> None:
    """Two runs write the same page, GraphML and crosswalk, byte for byte."""
    for name in ("one", "two"):
        assert run("demo", "-o", tmp_path / name, "-q").code == 0
    for file in ("links.html", "links.graphml", "crosswalk.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_settings_come_from_the_environment(
    run: Any, tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With HUMM_PAT and ORG_ID set the same command works on an account."""
    monkeypatch.setenv("HUMM_PAT", server.token)
    monkeypatch.setenv("ORG_ID", server.organization_id)
    monkeypatch.setenv("HUMM_BASE_URL", server.base_url)

    assert run("run", "-o", tmp_path / "out", "-q").code == 0
    answer = run("fetch", "-o", tmp_path / "acme.hummgraph")
    assert answer.code == 0
    assert answer.out.strip() == str(tmp_path / "acme.hummgraph")
    assert "records =" in answer.err


def test_info_says_what_is_there(run: Any, kept: Path) -> None:
    """The report lists the contents for people."""
    answer = run("info", kept)

    assert answer.code == 0
    assert "5 records = 5 kept + 0 quarantined" in answer.out
    assert "crm" in answer.out


def test_info_as_json(run: Any, kept: Path) -> None:
    """The JSON object has counts that add up."""
    found = run("info", kept, "--json").json

    assert found["schema"] == 1
    assert (found["records"], found["kept"], found["quarantined"]) == (5, 5, 0)
    assert found["links_by_status"] == {"SUGGESTED": 4, "APPROVED": 0, "REJECTED": 1}
    assert found["links_by_type"] == {"DETERMINISTIC": 0, "PROBABILISTIC": 5}
    assert found["nodes_by_level"] == {"integration_source": 3, "table": 3, "column": 5}


def test_missing_settings_say_what_to_set(run: Any, tmp_path: Path) -> None:
    """Without a token the error names the variable and the demo; nothing is written."""
    answer = run("fetch", "-o", tmp_path / "acme")

    assert answer.code == 2
    assert "HUMM_PAT is not set" in answer.err
    assert "hummgraph run LINKS --catalogue DIR" in answer.err
    assert answer.out == ""
    assert run("fetch", "-o", tmp_path / "acme", "--token", CANARY).code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_refused_token_is_its_own_code(run: Any, tmp_path: Path, server: DemoServer) -> None:
    """A wrong token and an unknown or forbidden organisation have one exit code."""
    where = ("--base-url", server.base_url, "-o", tmp_path / "acme", "-q")

    wrong = run("fetch", "--token", "wrong", "--organization", server.organization_id, *where)
    assert wrong.code == 4
    unknown = run("fetch", "--token", server.token, "--organization", uid("nobody"), *where)
    assert unknown.code == 4
    assert list(tmp_path.iterdir()) == []


def test_too_many_bad_records_write_nothing(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is 3, and no folder is written."""
    bad = read_links([record("a/t.x", "b/u.y"), {"id": "nonsense"}])

    def fetched(*_: object, **__: object) -> Snapshot:
        return bad

    monkeypatch.setattr("hummgraph.cli.fetch._fetch_snapshot", fetched)
    answer = run("fetch", "-o", tmp_path / "acme", "-q")
    assert answer.code == 3
    assert "50 %" in answer.err
    assert list(tmp_path.iterdir()) == []
    assert run("fetch", "-o", tmp_path / "acme", "-q", "--max-bad", "0.5").code == 0


def test_fetch_in_slices_goes_on(run: Any, tmp_path: Path, server: DemoServer) -> None:
    """Replies are kept if the snapshot cannot be written, and deleted once it is."""
    partial = tmp_path / "acme.partial"
    account = ("--token", server.token, "--organization", server.organization_id)
    command = ("fetch", "--base-url", server.base_url, "--resume", partial, "-q")

    refused = run(*command, *account, "-o", tmp_path / "acme", "--max-bad", "0")
    assert refused.code == 3
    assert f"kept in {partial}; the same command continues" in " ".join(refused.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["acme.partial"]
    kept = {path: path.stat().st_mtime_ns for path in partial.glob("reply-*")}
    assert len(kept) > 3

    nowhere = run(*command, *account, "-o", tmp_path / "no" / "acme")
    assert nowhere.code == 8
    assert {path: path.stat().st_mtime_ns for path in partial.glob("reply-*")} == kept

    other = json.loads((partial / "fetch.json").read_bytes())
    (partial / "fetch.json").write_text(json.dumps({**other, "base_url": "https://other.example"}))
    another = run(*command, *account, "-o", tmp_path / "acme")
    assert another.code == 2
    assert "slices of another fetch" in another.err
    assert "continues from there" not in another.err
    (partial / "fetch.json").write_text(json.dumps(other))

    assert run(*command, *account, "-o", tmp_path / "acme").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["acme"]
    assert json.loads(run("info", tmp_path / "acme", "--json").out)["n_slices"] == len(kept)
    assert "Not a point in time" in run("info", tmp_path / "acme").out


def test_fetch_in_slices_that_did_not_begin(run: Any, tmp_path: Path, server: DemoServer) -> None:
    """No message mentions kept replies if there are none."""
    partial = tmp_path / "acme.partial"
    where = ("--base-url", server.base_url, "-o", tmp_path / "acme", "-q", "--resume", partial)
    wrong = run("fetch", "--token", "wrong", "--organization", server.organization_id, *where)
    assert wrong.code == 4
    assert "continues from there" not in wrong.err


@pytest.fixture
def failing(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """Options for a server that fails for lists of columns, and offers no relationships."""
    answered = api.Api.answer

    def answer(self: api.Api, path: str, query: dict[str, str]) -> object:
        if path.endswith("/columns"):
            raise api.Refusal(501, "not today")
        if path.endswith("/relationships"):
            raise api.Refusal(405, "never")
        return answered(self, path, query)

    monkeypatch.setattr(api.Api, "answer", answer)
    where = ("--base-url", server.base_url, "--token", server.token)
    return (*where, "--organization", server.organization_id)


def test_lost_names_have_an_exit_code(
    run: Any, tmp_path: Path, failing: tuple[object, ...]
) -> None:
    """Lost calls are reported even with --quiet, the snapshot is written, and the code is 10."""
    answer = run("fetch", *failing, "-o", tmp_path / "acme", "-q")

    assert answer.code == 10
    assert answer.out.strip() == str(tmp_path / "acme")
    assert re.search(r"^2 catalogue calls failed after all retries; \d+ nodes in links", answer.err)
    assert "GET /integration-sources/{source_id}/columns: 501 (2x)" in answer.err
    assert "relationships" not in answer.err
    found = run("info", tmp_path / "acme", "--json").json
    assert found["n_lost"] == 2
    assert "Names lost" in run("info", tmp_path / "acme").out

    answer = run("run", *failing, "-o", tmp_path / "out", "-q")
    assert answer.code == 10
    assert (tmp_path / "out" / "links.html").exists()


def test_replies_against_the_contract_are_reported(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: DemoServer
) -> None:
    """Also with --quiet; they would come again, so that the exit code is 0."""
    answered = api.Api.answer

    def answer(self: api.Api, path: str, query: dict[str, str]) -> object:
        return 5 if path.endswith(("/columns", "/tables")) else answered(self, path, query)

    monkeypatch.setattr(api.Api, "answer", answer)
    where = ("--base-url", server.base_url, "--token", server.token, "-q")
    found = run("fetch", *where, "--organization", server.organization_id, "-o", tmp_path / "a")
    assert found.code == 0
    first, *calls = found.err.splitlines()
    assert first == (
        "4 catalogue calls were answered against the contract; their names are missing."
    )
    assert calls == [
        f"  GET /integration-sources/{{source_id}}/{kind} (2x)" for kind in ("columns", "tables")
    ]


def test_complete_writes_nothing_where_names_are_lost(
    run: Any, tmp_path: Path, failing: tuple[object, ...]
) -> None:
    """With --complete a lost call is an error like a list of links that did not come."""
    answer = run("fetch", *failing, "-o", tmp_path / "acme", "-q", "--complete")
    assert (answer.code, answer.out) == (5, "")
    assert "LookupsLostError [lookups-lost]" in answer.err
    assert "2 catalogue calls failed after all retries (2 501)" in answer.err
    assert "without --complete" in answer.err
    assert run("run", *failing, "-o", tmp_path / "out", "-q", "--complete").code == 5
    assert [path.name for path in tmp_path.rglob("*")] == ["out"]


def test_names_that_are_not_offered_are_complete(
    run: Any, tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that the API does not offer are normal: the code is 0, also with --complete."""
    answered = api.Api.answer

    def answer(self: api.Api, path: str, query: dict[str, str]) -> object:
        for end, status in (("/columns", 403), ("/tables", 404), ("/saas-objects", 405)):
            if path.endswith(end):
                raise api.Refusal(status, "no")
        return answered(self, path, query)

    monkeypatch.setattr(api.Api, "answer", answer)
    where = ("--base-url", server.base_url, "--token", server.token)
    account = (*where, "--organization", server.organization_id)
    assert run("fetch", *account, "-o", tmp_path / "acme", "-q", "--complete").code == 0


def test_deadline_ends_a_fetch(run: Any, tmp_path: Path) -> None:
    """A fetch that does not end in time is an error that names the option."""
    with raw_server([HOLD]) as silent:
        where = ("--base-url", silent.base_url, "--token", CANARY, "--organization", uid("acme"))
        began = time.monotonic()
        answer = run("fetch", *where, "-o", tmp_path / "acme", "-q", "--deadline", "0.4")
    assert time.monotonic() - began < 5
    assert answer.code == 5
    assert "did not finish within 0.4 s. Allow more time with --deadline" in answer.err
    assert run("fetch", *where, "-o", tmp_path / "acme", "--deadline", "-1").code == 2
    assert list(tmp_path.iterdir()) == []


def test_way_to_the_api_is_set_by_options(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy and certificates of the command line are used, and checked before any call."""
    account = ("--token", CANARY, "--organization", uid("acme"), "-o", tmp_path / "acme", "-q")
    for option, value, shown in (
        ("--proxy", "socks4://me:s3cret@h", "--proxy names a proxy of the kind socks4"),
        ("--proxy", "http://me:s3cret@h:x", "--proxy is not a valid URL of a proxy"),
        ("--ca-bundle", "no.pem", "--ca-bundle no.pem is not a readable file of certificates"),
    ):
        answer = run("fetch", *account, option, value)
        assert answer.code == 2
        assert shown in answer.err
        assert "s3cret" not in answer.err

    monkeypatch.setenv("HTTPS_PROXY", "socks4://me:s3cret@h")
    answer = run("fetch", *account)
    assert (answer.code, "HTTPS_PROXY names" in answer.err) == (2, True)
    with raw_server([head(status="407 Who")]) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        answer = run("fetch", *account, "--base-url", "https://humm.invalid", "--proxy", url)
    assert answer.code == 5
    assert (
        f"refused by the proxy with 407 Proxy Authentication Required (through the proxy {url})"
        in (answer.err)
    )
    assert len(proxy.requests) == 1
    assert run("run", "--demo", "-o", tmp_path / "out", "--proxy", url).code == 2


def test_settings_as_env_files_leave_them(
    run: Any, tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quotes, blanks and ends of lines around settings do no harm; nothing in quotes is nothing."""
    monkeypatch.setenv("HUMM_PAT", f'"{server.token}"\r')
    monkeypatch.setenv("ORG_ID", f" '{server.organization_id}'\r\n")
    monkeypatch.setenv("HUMM_BASE_URL", f"{server.base_url}\r")
    assert run("fetch", "-o", tmp_path / "acme", "-q").code == 0

    monkeypatch.setenv("ORG_ID", '""')
    answer = run("fetch", "-o", tmp_path / "acme", "-q")
    assert (answer.code, "ORG_ID is not set" in answer.err) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
@pytest.mark.parametrize("command", ["-m hummgraph", "script"])
@pytest.mark.parametrize("module", ["numpy", "pyarrow", "hummgraph.graph.linkgraph", "typer"])
def test_interrupt_ends_a_start_quietly(command: str, module: str, tmp_path: Path) -> None:
    """Ctrl-C while Python still reads the program: exit code 130, and no traceback."""
    script = tmp_path / "hummgraph"
    script.write_text("import sys\nfrom hummgraph.cli import main\nsys.exit(main())\n")
    words = command.split() if command != "script" else [str(script)]
    # Python reads this module first; it presses the key as another is imported.
    (tmp_path / "sitecustomize.py").write_text(
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    ended = subprocess.run(
        [sys.executable, *words, "formats"],
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_interrupt_ends_promptly(tmp_path: Path) -> None:
    """Ctrl-C while waiting for the API: exit code 130, nothing written."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        environment = {
            **os.environ,
            "HUMM_PAT": CANARY,
            "ORG_ID": uid("organisation"),
            "HUMM_BASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        # A shell's background jobs ignore Ctrl-C, and so would this one.
        code = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "from hummgraph.cli import main; main()"
        )
        command = [sys.executable, "-c", code]
        process = subprocess.Popen(
            [*command, "fetch", "-o", str(tmp_path / "acme"), "-q"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        time.sleep(0.2)  # the request is on its way
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
        connection.close()

    assert process.returncode == 130
    assert CANARY not in error
    assert list(tmp_path.iterdir()) == []


def test_a_run_replaces_an_earlier_run_only(run: Any, tmp_path: Path) -> None:
    """Results of others are refused by name before anything is fetched, or kept beside."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "crosswalk.csv").write_text("mine")
    answer = run("demo", "-o", folder, "-q")
    assert answer.code == 8
    assert "holds 'crosswalk.csv', and no snapshot that shows an earlier run" in answer.err
    assert "--overwrite" in answer.err
    assert [path.name for path in folder.iterdir()] == ["crosswalk.csv"]

    answer = run("demo", "-o", folder, "-q", "--overwrite")
    assert answer.code == 0
    assert "is kept as" in answer.err
    assert (folder / "crosswalk.csv.old-1").read_text() == "mine"
    assert (folder / "crosswalk.csv").read_text() != "mine"
    assert run("demo", "-o", folder, "-q").code == 0
    assert len(list(folder.iterdir())) == 5


def test_overwriting_a_snapshot_keeps_other_files(
    run: Any, tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the folder of a snapshot refuses the fetch before a call, and stays with it."""
    monkeypatch.setenv("HUMM_PAT", server.token)
    monkeypatch.setenv("ORG_ID", server.organization_id)
    monkeypatch.setenv("HUMM_BASE_URL", server.base_url)
    path = tmp_path / "acme"
    assert run("fetch", "-o", path, "-q").code == 0
    (path / "notes.txt").write_text("mine")
    with monkeypatch.context() as patched:
        patched.setattr("hummgraph.cli.fetch._fetch_snapshot", None)
        answer = run("fetch", "-o", path, "-q")
    assert answer.code == 8
    assert "it holds 'notes.txt', which hummgraph did not write" in answer.err
    assert run("fetch", "-o", path, "-q", "--overwrite").code == 0
    assert (path / "notes.txt").read_text() == "mine"
    assert run("info", path).code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["acme"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of this kind")
def test_a_full_disk_for_temporary_files(tmp_path: Path, server: DemoServer) -> None:
    """Exit code 8 with advice, no traceback, and nothing is left."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from hummgraph.cli import main; main()"
    )
    (tmp_path / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, "fetch", "-q", "-o", tmp_path / "acme"],
        env={
            **os.environ,
            "HUMM_PAT": server.token,
            "ORG_ID": server.organization_id,
            "HUMM_BASE_URL": server.base_url,
            "TMPDIR": str(tmp_path / "temporary"),
            # What it compiles would be cut at that size as well, for all that come later.
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 8
    assert "Traceback" not in done.stderr
    assert "Cannot write the reply to disk" in done.stderr
    assert "TMPDIR" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["temporary"]


def test_folders_are_no_standard_output(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A command that writes a folder refuses '-' before anything is fetched."""
    monkeypatch.chdir(tmp_path)
    for command in (("run", "--demo"), ("demo",), ("fetch",)):
        answer = run(*command, "-o", "-")
        assert answer.code == 8
        assert "'-' is standard output" in answer.err
    assert not list(tmp_path.iterdir())


def test_lists_about_a_snapshot(run: Any, kept: Path, tmp_path: Path) -> None:
    """Systems are listed by default; quarantine is listed without values."""
    info = ("info", kept, "--format", "json")
    assert [row["system"] for row in rows_of(run(*info))] == ["billing", "crm", "desk"]
    assert rows_of(run(*info)) == rows_of(run(*info, "--list", "systems"))
    nodes = rows_of(run(*info, "--list", "nodes"))
    assert {row["path"] for row in nodes} >= {"crm", "crm/contact", "crm/contact.email"}
    assert rows_of(run(*info, "--list", "unlinked")) == []
    assert rows_of(run(*info, "--list", "relationships")) == []
    path = tmp_path / "bad.json"
    bad = record("a/t.x", "b/u.y") | {"confidence_score": 7, "status": "canary"}
    path.write_text(json.dumps([record("a/t.x", "b/u.y", 0.9), bad]))
    answer = run("info", path, "--list", "quarantine", "--format", "json")
    (row,) = rows_of(answer)
    assert (row["index"], row["reasons"]) == (1, "confidence_range")
    assert "canary" not in answer.out
    assert run(*info, "--list", "rows").code == 2
