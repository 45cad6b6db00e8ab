"""Tests of the command that looks at the installation."""

from __future__ import annotations

import json
import os
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.cli import doctor
from tests.cli.conftest import CANARY, rows_of
from tests.support.builders import uid
from tests.support.raw_server import head, raw_server

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.datasets.server import DemoServer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def _found(rows: list[dict[str, Any]], name: str) -> tuple[str, str]:
    """Return state and finding of a row."""
    (row,) = [row for row in rows if row["name"] == name]
    return row["state"], row["found"]


def test_offline_looks_at_what_is_here(run: Any) -> None:
    """Versions, extras and settings are found without the API; what is not set is no fault."""
    answer = run("doctor", "--offline", "--format", "json")

    rows = rows_of(answer)
    assert answer.code == 0
    assert _found(rows, "hummgraph") == ("ok", metadata.version("hummgraph"))
    assert _found(rows, "httpx") == ("ok", metadata.version("httpx"))
    assert _found(rows, "duckdb") == ("ok", metadata.version("duckdb"))
    assert _found(rows, "HUMM_PAT") == ("absent", "not set")
    assert _found(rows, "proxy") == ("ok", "none")
    assert "API" not in {row["part"] for row in rows}
    assert "No fault." in answer.err


def test_every_requirement_is_a_row() -> None:
    """Each package that the project names is looked at, once for each extra."""
    named = metadata.requires("hummgraph") or []

    assert len(list(doctor._requirements())) == len(named)


def test_the_organisation_is_asked_for(
    run: Any, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With token and organisation, the API answers with its name; the token is not printed."""
    monkeypatch.setenv("HUMM_PAT", server.token)
    monkeypatch.setenv("ORG_ID", server.organization_id)

    answer = run("doctor", "--base-url", server.base_url, "--json")

    assert answer.code == 0
    assert answer.json["faults"] == 0
    assert _found(answer.json["findings"], "organisation") == ("ok", "reached: Quillharbor")
    assert _found(answer.json["findings"], "ORG_ID") == ("ok", server.organization_id)


def test_a_refused_token_is_a_fault(run: Any, server: DemoServer) -> None:
    """A token that the API refuses ends with the code of a check that found something."""
    answer = run(
        "doctor",
        "--base-url",
        server.base_url,
        "--token",
        "x",
        "--organization",
        uid("a"),
        "--json",
    )

    assert answer.code == 11
    assert _found(answer.json["findings"], "organisation")[0] == "fault"


@pytest.mark.parametrize("given", [(), ("--token", CANARY), ("--organization", uid("a"))])
def test_half_an_account_is_not_sent(run: Any, given: tuple[str, ...]) -> None:
    """Without both settings the API gets neither: an invented token shows that it is there."""
    with raw_server([head("Content-Length: 0", status="401 Unauthorized")]) as api:
        answer = run("doctor", "--base-url", api.base_url, *given, "--json")

    assert answer.code == 0
    assert _found(answer.json["findings"], "reach")[0] == "ok"
    sent = b"".join(api.requests)
    assert sent
    assert CANARY.encode() not in sent
    assert uid("a").encode() not in sent


def test_an_unreachable_api_is_a_fault_with_advice(run: Any) -> None:
    """The reason is a line of its own beneath the table."""
    answer = run("doctor", "--base-url", "http://127.0.0.1:9/api", "--format", "table")

    assert answer.code == 11
    assert "reach: GET http://127.0.0.1:9/api/organization" in answer.out


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--base-url", "http://example.org/api"), "HUMM_BASE_URL"),
        (("--base-url", "https://me:secret-word@example.org/api"), "HUMM_BASE_URL"),
        (("--organization", "secret-word"), "ORG_ID"),
        (("--proxy", "http://me:secret-word@[/"), "proxy"),
    ],
)
def test_a_wrong_setting_is_a_fault_and_nothing_is_asked(
    run: Any, options: tuple[str, ...], name: str
) -> None:
    """Settings that cannot be used are faults, without what may be secret in them."""
    answer = run("doctor", *options, "--json")

    assert answer.code == 11
    assert _found(answer.json["findings"], name)[0] == "fault"
    assert "secret-word" not in answer.out + answer.err
    assert "API" not in {row["part"] for row in answer.json["findings"]}


def test_old_and_missing_packages(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package below its bound or not there is a fault; one of an extra is only absent."""
    asked = ["httpx>=99,<100", "no-such-package>=1", 'no-such-either>=2; extra == "more"']
    monkeypatch.setattr(doctor, "requires", lambda _: asked)

    answer = run("doctor", "--offline", "--json")

    rows = answer.json["findings"]
    assert answer.code == 11
    assert answer.json["faults"] == 2
    assert _found(rows, "httpx") == (
        "fault",
        f"{metadata.version('httpx')}, which is not >=99,<100",
    )
    assert _found(rows, "no-such-package") == ("fault", "not installed")
    assert _found(rows, "no-such-either") == ("absent", "not installed")
    assert json.dumps('python -m pip install "hummgraph[more]"') in answer.out


def test_a_full_or_closed_folder_for_temporary_files(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch needs room there, so that too little of it is a fault."""
    monkeypatch.setattr(doctor, "_LEAST_ROOM", 1 << 80)
    full = run("doctor", "--offline", "--json")
    assert _found(full.json["findings"], "TMPDIR")[0] == "fault"

    monkeypatch.setattr(os, "access", lambda *_: False)
    closed = run("doctor", "--offline", "--json")
    assert "not writable" in _found(closed.json["findings"], "TMPDIR")[1]
    assert closed.code == 11


def test_options_without_effect_are_refused(run: Any, tmp_path: Path) -> None:
    """Certificates have no effect where nothing is asked, nor have options of lists on --json."""
    assert run("doctor", "--offline", "--ca-bundle", tmp_path / "a.pem").code == 2
    assert run("doctor", "--offline", "--json", "--limit", 3).code == 2
    assert rows_of(run("doctor", "--offline", "--limit", 1, "--format", "json"))[0]["part"]
