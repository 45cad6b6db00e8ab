"""Way to the API: proxy and certificates, as given or from the environment.

The HTTP library reads the same variables, but fails on many of their values with an exception of
its own, or long after the client was made. Here each has its meaning, or an error that names it. No
error holds the value of a proxy's variable, which may have a password in it.
"""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from hummgraph.client.arguments import is_loopback
from hummgraph.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Proxy", "proxy_for", "ssl_context"]

_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252})")
_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
# Named in errors; anything else before "://" may be a secret that stands in the wrong place.
_KNOWN_SCHEMES: Final = ("socks", "socks4", "socks4a", "ftp", "file", "ws", "wss")
_EXAMPLE: Final = "A proxy looks like 'http://proxy.example.org:3128'"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Proxy to use.

    Parameters
    ----------
    url
        URL of the proxy, with user and password if it needs them.
    shown
        Kind, host and port, and where they are set; safe to print.
    """

    url: str = field(repr=False)
    shown: str


def proxy_for(base_url: str, proxy: str | None) -> Proxy | None:
    """Return the proxy for a base URL: the one given, or that of the environment.

    For this machine none is used that is not given. ``NO_PROXY`` counts for the environment's.
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    if proxy is not None:
        if parts.scheme == "http":
            raise ConfigError(
                "proxy is given for a base URL of plain http: the proxy would read the token.",
                hint="Leave proxy out; this machine needs none.",
            )
        return _parsed("proxy", proxy)
    if is_loopback(host):
        return None
    name, value = _of_environment()
    if not value or _is_excepted(host, parts.port or 443):
        return None
    return _parsed(name, value)


def _of_environment() -> tuple[str, str]:
    """Return the variable that sets a proxy for https, and its value; empty without one.

    Names in small letters win, also with an empty value.
    """
    for kind in ("https_proxy", "all_proxy"):
        name = next((one for one in (kind, kind.upper()) if one in os.environ), "")
        if name and os.environ[name].strip():
            return name, os.environ[name]
    if any(name.lower() in {"https_proxy", "all_proxy"} for name in os.environ):
        return "", ""
    # Windows and macOS have settings of their own.
    found = getproxies()
    return "The proxy of the system's settings", found.get("https") or found.get("all") or ""


def _is_excepted(host: str, port: int) -> bool:
    """Return whether ``NO_PROXY`` names the host."""
    name = next((one for one in ("no_proxy", "NO_PROXY") if one in os.environ), "")
    entries = re.split(r"[\s,;]+", os.environ.get(name, ""))
    return any(_names(entry.lower(), host.lower(), port) for entry in entries if entry)


def _names(entry: str, host: str, port: int) -> bool:
    """Return whether an entry of ``NO_PROXY`` names a host; one that is not understood does not."""
    if entry == "*":
        return True
    entry = entry.partition("://")[2] or entry
    try:
        # Brackets go, unless a port stands after them.
        bare = entry if "]:" in entry else re.sub(r"[\[\]]", "", entry)
        network = ip_network(bare, strict=False)
    except ValueError:
        pass
    else:
        try:
            return ip_address(host) in network
        except ValueError:
            return False
    name, mark, number = entry.rpartition(":")
    if mark and number.isdecimal():
        if int(number) != port:
            return False
        entry = name.strip("[]")
    entry = entry.lstrip("*").strip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _parsed(name: str, value: str) -> Proxy:
    """Return the proxy that a setting names."""
    text = value.strip().strip("\"'")
    if not _VISIBLE.fullmatch(text):
        raise ConfigError(
            f"{name} is empty, or holds a blank or a letter outside ASCII.", hint=f"{_EXAMPLE}."
        )
    text = text if "://" in text else f"http://{text}"
    encode = "percent-encode special characters of user and password"
    invalid = ConfigError(f"{name} is not a valid URL of a proxy.", hint=f"{_EXAMPLE}; {encode}.")
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        raise invalid from None
    if scheme not in _SCHEMES:
        kind = f" of the kind {scheme}" if scheme in _KNOWN_SCHEMES else ""
        raise ConfigError(
            f"{name} names a proxy{kind}, which is not one of {', '.join(_SCHEMES)}.",
            hint=f"{_EXAMPLE}.",
        )
    if not host or port == 0 or not _is_host(host, bracketed="[" in parts.netloc):
        raise invalid
    # httpx resolves names at the proxy in any case, and older versions know only the short scheme.
    scheme = scheme.removesuffix("h") if scheme.startswith("socks") else scheme
    url = f"{scheme}://{parts.netloc}"
    # httpx imports it as it makes the connections.
    if scheme == "socks5" and find_spec("socksio") is None:
        raise ConfigError(
            f"{name} names a SOCKS proxy, for which a package is missing.",
            hint="pip install 'hummgraph[socks]'",
        )
    shown = f"[{host}]" if ":" in host else host
    where = f"{scheme}://{shown}" + ("" if port is None else f":{port}")
    return Proxy(url, where if name == "proxy" else f"{where} of {name}")


def _is_host(host: str, *, bracketed: bool) -> bool:
    """Return whether a text is the name or address of a host."""
    if not bracketed:
        return _HOST.fullmatch(host) is not None
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def ssl_context(
    ca_bundle: str | os.PathLike[str] | None,
    *,
    plain: bool,
    default: Callable[[], ssl.SSLContext] = ssl.create_default_context,
) -> ssl.SSLContext:
    """Return a context that always verifies; ``default`` makes it where nothing is set."""
    if plain and ca_bundle is None:
        # Never used. It trusts nobody, and saves reading all authorities.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        _check_key_log()
        context = _verifying(ca_bundle) or default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _verifying(ca_bundle: str | os.PathLike[str] | None) -> ssl.SSLContext | None:
    if ca_bundle is not None:
        return _trusting("ca_bundle", ca_bundle)
    if file := os.environ.get("SSL_CERT_FILE"):
        return _trusting("SSL_CERT_FILE", file)
    if folder := os.environ.get("SSL_CERT_DIR"):
        if not any(map(os.path.isdir, folder.split(os.pathsep))):
            raise ConfigError(
                f"SSL_CERT_DIR={folder!r} is not a folder.",
                hint="Unset it, or name a folder of certificates made with 'openssl rehash'.",
            )
        return ssl.create_default_context(capath=folder)
    return None


def _trusting(name: str, file: str | os.PathLike[str]) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{name}={str(file)!r} is not a readable file of certificates.",
            hint="The file must hold one or more certificates in PEM form.",
        ) from error


def _check_key_log() -> None:
    """Raise if keys of TLS are to be logged where they cannot be."""
    file = os.environ.get("SSLKEYLOGFILE")
    if not file:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = file
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"SSLKEYLOGFILE={file!r} cannot be written.",
            hint="Unset it: the file only serves to inspect one's own connections.",
        ) from error
