"""Tests of the way to the API: proxies and certificates of the environment."""

from __future__ import annotations

import os
import ssl
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hummgraph.client.client import AsyncClient, Client
from hummgraph.client.network import proxy_for, ssl_context
from hummgraph.errors import ConfigError
from tests.support.builders import ORGANIZATION
from tests.support.client_fakes import TOKEN

URL = "https://config.example.org/api"
SECRET = "s3cret"
NAMES = ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take settings from outside away."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def made(kind: Any, **options: Any) -> Any:
    """Build a client of the public API's base URL."""
    return kind(token=TOKEN, organization_id=ORGANIZATION, base_url=URL, **options)


# --- proxies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"socks4://me:{SECRET}@proxy:1080", "of the kind socks4"),
        (f"socks4a://me:{SECRET}@proxy", "of the kind socks4a"),
        (f"socks://me:{SECRET}@proxy", "of the kind socks"),
        (f"{SECRET}://proxy:3128", "names a proxy, which is not one of"),
        (f"ftp://me:{SECRET}@proxy", "of the kind ftp"),
        (f"http://me:{SECRET}@proxy:99999", "not a valid URL"),
        (f"http://me:{SECRET}@proxy:0", "not a valid URL"),
        (f"http://me:{SECRET}@proxy:port", "not a valid URL"),
        (f"http://me:{SECRET}@proxy:-1", "not a valid URL"),
        (f"http://me:{SECRET}/x@proxy:3128", "not a valid URL"),
        (f"http://me:{SECRET}@", "not a valid URL"),
        (f"http://me:{SECRET}@[::1", "not a valid URL"),
        (f"http://me:{SECRET}@[zz]:1", "not a valid URL"),
        (f"http://me:{SECRET}@pro xy:3128", "holds a blank"),
        (f"http://me:{SECRET}@pro\x07xy:3128", "holds a blank"),
        (f"http://me:{SECRET}@pr\u00f6xy:3128", "outside ASCII"),
        ("://", "names a proxy, which is not one of"),
        ("http://", "not a valid URL"),
        (":3128", "not a valid URL"),
    ],
)
def test_proxy_that_is_none_is_an_error_of_one_line(
    kind: Any, name: str, value: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the variable, in one line, and holds nothing of its value that is secret."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        made(kind)
    error = caught.value

    assert shown in str(error)
    assert str(error).startswith(name)
    assert "\n" not in str(error)
    assert SECRET not in "".join(traceback.format_exception(error))
    with pytest.raises(ConfigError, match=r"^proxy "):
        made(kind, proxy=value)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("proxy:3128", "http://proxy:3128"),
        ("proxy", "http://proxy"),
        (" 'http://proxy:3128'\r", "http://proxy:3128"),
        ("HTTP://proxy:3128/", "http://proxy:3128"),
        ("https://me:pw@proxy", "https://me:pw@proxy"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://10.0.0.1:3128", "http://10.0.0.1:3128"),
        ("http://me:p%40ss@proxy:3128", "http://me:p%40ss@proxy:3128"),
        ("http://me@proxy:", "http://me@proxy:"),
    ],
)
def test_proxies_in_all_their_spellings(
    value: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host alone is http, as everywhere; neither repr nor what is shown has user or password."""
    monkeypatch.setenv("HTTPS_PROXY", value)
    found = proxy_for(URL, None)

    assert found is not None
    assert found.url == url
    assert found.shown.endswith(" of HTTPS_PROXY")
    assert "me" not in f"{found!r}"
    for kind in (Client, AsyncClient):
        made(kind)


@pytest.mark.parametrize("value", ["socks5://me:pw@proxy:1080", "socks5h://me:pw@proxy:1080"])
def test_socks_proxies_need_a_package(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the package they are used; without it the error names variable and extra."""
    pytest.importorskip("socksio")
    monkeypatch.setenv("ALL_PROXY", value)
    found = proxy_for(URL, None)
    assert found is not None
    assert (found.url, found.shown) == (
        "socks5://me:pw@proxy:1080",
        "socks5://proxy:1080 of ALL_PROXY",
    )
    made(Client)

    monkeypatch.setattr("hummgraph.client.network.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"^ALL_PROXY names a SOCKS proxy.*hummgraph\[socks\]"):
        made(Client)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_proxy_that_httpx_does_not_take(kind: Any) -> None:
    """A value that only the HTTP library refuses is an error of ours, too, without the value."""
    with pytest.raises(ConfigError, match="The proxy http://proxy has no valid URL") as caught:
        made(kind, proxy=f"http://{SECRET * 20_000}@proxy")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_which_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one for https before the one for all, small letters first; empty is none."""
    assert proxy_for(URL, None) is None
    for name, value in (
        ("ALL_PROXY", "http://a"),
        ("all_proxy", "http://b"),
        ("HTTPS_PROXY", "http://c"),
        ("https_proxy", "http://d"),
    ):
        monkeypatch.setenv(name, value)
        found = proxy_for(URL, None)
        assert found is not None
        assert (found.url, found.shown) == (value, f"{value} of {name}")
    given = proxy_for(URL, "http://e")
    assert given is not None
    assert given.shown == "http://e"

    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setenv("all_proxy", " ")
    assert proxy_for(URL, None) is None


def test_this_machine_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to this machine use none of the environment, and plain http none at all."""
    monkeypatch.setenv("HTTPS_PROXY", "socks4://proxy")
    for url in ("http://127.0.0.1/api", "https://localhost/api", "https://[::1]:8443/api"):
        assert proxy_for(url, None) is None
    assert proxy_for("https://localhost/api", "http://proxy") is not None
    with pytest.raises(ConfigError, match="would read the token"):
        proxy_for("http://127.0.0.1/api", "http://proxy")


def test_settings_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a variable, Windows and macOS are asked."""
    monkeypatch.setattr(
        "hummgraph.client.network.getproxies", lambda: {"https": "http://proxy:3128"}
    )
    found = proxy_for(URL, None)
    assert found is not None
    assert "system's settings" in found.shown

    monkeypatch.setattr("hummgraph.client.network.getproxies", lambda: {"all": "socks4://x"})
    with pytest.raises(ConfigError, match=r"^The proxy of the system's settings names"):
        proxy_for(URL, None)


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("entries", "host", "excepted"),
    [
        ("*", "config.example.org", True),
        ("config.example.org", "config.example.org", True),
        ("CONFIG.Example.ORG", "config.example.org", True),
        ("example.org", "config.example.org", True),
        (".example.org", "config.example.org", True),
        ("*.example.org", "config.example.org", True),
        ("example.org.", "config.example.org", True),
        ("ample.org", "config.example.org", False),
        ("other.org, example.org", "config.example.org", True),
        ("other.org example.org", "config.example.org", True),
        ("example.org:443", "config.example.org", True),
        ("example.org:8443", "config.example.org", False),
        ("https://config.example.org", "config.example.org", True),
        ("::1", "config.example.org", False),
        ("[::1]", "config.example.org", False),
        ("[::1]:443", "config.example.org", False),
        ("fd00::1", "[fd00::1]", True),
        ("[fd00::1]", "[fd00::1]", True),
        ("[fd00::1]:443", "[fd00::1]", True),
        ("[fd00::1]:80", "[fd00::1]", False),
        ("fd00::/8", "[fd00::1]", True),
        ("[fd00::]/8", "[fd00::1]", True),
        ("fe00::/8", "[fd00::1]", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.9.9.9/8", "10.1.2.3", True),
        ("192.168.0.0/16", "10.1.2.3", False),
        ("192.168.0.0/16", "config.example.org", False),
        ("10.0.0.0/99", "10.1.2.3", False),
        ("<local>,,;[,]:,:1,::::,%,http://", "config.example.org", False),
    ],
)
def test_hosts_without_a_proxy(
    name: str, entries: str, host: str, excepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY has names, addresses and networks; what is not understood excepts nothing."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv(name, entries)

    assert (proxy_for(f"https://{host}/api", None) is None) == excepted
    made(Client)
    made(AsyncClient)


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(blacklist_characters="\0", codec="utf-8"), max_size=30))
def test_any_environment_is_a_setting_or_an_error(text: str) -> None:
    """Whatever stands in the variables, a client is made, or an error is ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "http://proxy")
        patch.setenv("NO_PROXY", text)
        proxy_for(URL, None)
        patch.setenv("NO_PROXY", "")
        for proxy in (text, f"http://{text}", f"socks5://{text}:1"):
            patch.setenv("HTTPS_PROXY", proxy)
            with suppress(ConfigError):
                made(AsyncClient)


# --- certificates ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "ca_bundle"])
@pytest.mark.parametrize("value", ["missing", "folder", "empty", "text", "under"])
def test_certificates_that_are_none(
    kind: Any, name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is missing, a folder, empty or something else is an error that names it."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("certificates")
    path = tmp_path / ("text/under" if value == "under" else value)
    fine = {"SSL_CERT_DIR": {"folder"}, "SSLKEYLOGFILE": {"missing", "empty", "text"}}
    options = {}
    if name == "ca_bundle":
        options["ca_bundle"] = path
    else:
        monkeypatch.setenv(name, str(path))
    if value in fine.get(name, ()):
        made(kind, **options)
        return
    with pytest.raises(ConfigError) as caught:
        made(kind, **options)

    assert str(caught.value).startswith(f"{name}={str(path)!r} ")
    assert "\n" not in str(caught.value)


def test_certificates_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file counts before a folder, several folders are a list, empty is not set."""
    usual = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.setenv("SSL_CERT_DIR", "")
    assert ssl_context(None, plain=False, default=lambda: usual) is usual

    monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join(["/nowhere", str(tmp_path)]))
    found = ssl_context(None, plain=False)
    assert found.get_ca_certs() == []
    assert found.verify_mode is ssl.CERT_REQUIRED
    assert found.minimum_version is ssl.TLSVersion.TLSv1_2

    monkeypatch.setenv("SSL_CERT_FILE", "nowhere.pem")
    with pytest.raises(ConfigError, match=r"SSL_CERT_FILE='nowhere\.pem'"):
        ssl_context(None, plain=False)
    # Not read where nothing is encrypted.
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    assert ssl_context(None, plain=True).get_ca_certs() == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are different on Windows")
def test_key_log_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of keys in a folder that is none is an error before any connection."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "no" / "keys"))
    with pytest.raises(ConfigError, match=r"SSLKEYLOGFILE=.* cannot be written"):
        made(Client)
