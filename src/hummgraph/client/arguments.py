"""Validation of the arguments of a client."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from hummgraph.errors import ArgumentError, ConfigError
from hummgraph.records.models import LinkType, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

__all__ = [
    "LinkRequest",
    "Token",
    "check_base_url",
    "check_id",
    "cleaned",
    "is_loopback",
    "link_request",
]

# Visible ASCII: the characters that a header can hold unquoted, and those of every token.
_TOKEN_PATTERN = re.compile(r"[\x21-\x7e]+")


# What env files and copying leave around a value: blanks, ends of lines, quotes, byte order marks.
_AROUND: Final = (
    f"{string.whitespace}\x85\xa0\u200b\u2028\u2029\u2060\ufeff\"'\u2018\u2019\u201c\u201d"
)


def cleaned(text: str) -> str:
    """Return the value of a setting without what env files leave around it.

    Examples
    --------
    >>> cleaned(' "pat_x" ')
    'pat_x'
    """
    return text.strip(_AROUND)


class Token:
    """Access token, shown only to the transport."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        stripped = cleaned(text) if isinstance(text, str) else ""
        if not stripped:
            raise ConfigError(
                "The token is empty.",
                hint="Create one in Humm under Settings > API Tokens and set HUMM_PAT.",
            )
        if not _TOKEN_PATTERN.fullmatch(stripped):
            # The error holds neither the text nor the position of the bad character.
            raise ConfigError(
                "The token holds a blank, a control character or a letter outside ASCII.",
                hint="Copy the token again, without anything around it.",
            )
        self._text = stripped

    def __repr__(self) -> str:
        return "<token>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A token cannot be pickled: it would end up in a file.")

    def header(self) -> str:
        """Return the value of the ``Authorization`` header."""
        return f"Bearer {self._text}"

    def redacted_from(self, text: str) -> str:
        """Return a text with every occurrence of the token replaced by bullets."""
        # Not ASCII, unlike every token: the bullets cannot become part of the token again.
        return text.replace(self._text, "\u2022\u2022\u2022")


def is_loopback(host: str) -> bool:
    """Return whether a host name means this machine, without a name server."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_base_url(base_url: str) -> str:
    """Return the base URL without a trailing slash; raise if it is invalid."""
    refusal = "The base URL must look like 'https://config.heyhumm.ai/api'"
    if not isinstance(base_url, str) or not _TOKEN_PATTERN.fullmatch(cleaned(base_url)):
        raise ConfigError(f"{refusal}: no blanks, ASCII only.")
    text = cleaned(base_url).rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # reading the port checks it
    except ValueError:
        raise ConfigError(f"{refusal}; this one is not a valid URL.") from None
    if parts.username is not None or parts.password is not None or "?" in text or "#" in text:
        # Not shown: these parts may hold a secret.
        raise ConfigError(f"{refusal}, without user, password, query or fragment.")
    if not host or parts.scheme not in {"http", "https"}:
        raise ConfigError(f"{refusal}, not {text!r}.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"{refusal}, not {text!r}: over plain http, anyone on the way could read the token.",
            hint="Use https; http is allowed only for 127.0.0.1, ::1 and localhost.",
        )
    return text


def check_id(
    name: str, value: str | UUID, *, error: type[ArgumentError | ConfigError] = ArgumentError
) -> UUID:
    """Return an id as a UUID; raise if it is not one."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(cleaned(value))
    except (ValueError, TypeError, AttributeError):
        raise error(
            f"{name}={value!r} is not an id.",
            hint="Ids look like '3c90c3cc-0d44-4b50-8888-8dd25736052a'.",
        ) from None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Links requested from the API: one call for each of ``queries``."""

    queries: tuple[Mapping[str, str], ...]
    asked: Mapping[str, str]


def link_request(
    *,
    source_integration_source_id: str | UUID | None,
    target_integration_source_id: str | UUID | None,
    status: Status | str | None,
    link_type: LinkType | str | None,
    touching: str | UUID | None,
) -> LinkRequest:
    """Return the request for some filters."""
    asked: dict[str, str] = {}
    ids = {
        "source_integration_source_id": source_integration_source_id,
        "target_integration_source_id": target_integration_source_id,
        "touching": touching,
    }
    for name, value in ids.items():
        if value is not None:
            asked[name] = str(check_id(name, value))
    if status is not None:
        asked["status"] = _check_word("status", status, Status)
    if link_type is not None:
        asked["link_type"] = _check_word("link_type", link_type, LinkType)
    query = {name: value for name, value in asked.items() if name != "touching"}
    if touching is None:
        return LinkRequest((query,), asked)
    if len(query.keys() & ids.keys()):
        raise ArgumentError(
            "'touching' cannot be combined with 'source_integration_source_id' or "
            "'target_integration_source_id'.",
            hint="It selects the links that have the system on either side.",
        )
    # The API's two filters are directional; a link found by both calls is kept once.
    return LinkRequest(
        tuple(
            {f"{side}_integration_source_id": asked["touching"], **query}
            for side in ("source", "target")
        ),
        asked,
    )


def _check_word(name: str, value: str, kind: type[StrEnum]) -> str:
    try:
        return str(kind(value))
    except ValueError:
        allowed = ", ".join(repr(str(member)) for member in kind)
        raise ArgumentError(f"{name}={value!r} is not one of {allowed}.") from None
