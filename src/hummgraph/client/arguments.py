"""What the caller gives a client, checked before it goes anywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from hummgraph.errors import ArgumentError, ConfigError
from hummgraph.records.models import LinkType, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

__all__ = ["LinkRequest", "Token", "check_base_url", "check_id", "is_loopback", "link_request"]

# Visible ASCII: what a header may carry without quoting, and all that a token is made of.
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class Token:
    """The access token: it shows itself to nobody but the transport."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        stripped = text.strip() if isinstance(text, str) else ""
        if not stripped:
            raise ConfigError(
                "The token is empty.",
                hint="Make one in Humm under Settings > API Tokens and set HUMM_PAT.",
            )
        if not _VISIBLE.fullmatch(stripped):
            # Without the text, nor the place of the bad character in it.
            raise ConfigError(
                "The token holds a blank, a control character or a letter outside ASCII.",
                hint="Copy it again, alone and whole.",
            )
        self._text = stripped

    def __repr__(self) -> str:
        return "<token>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A token is not pickled: it would end up in a file.")

    def header(self) -> str:
        """Return the value of the ``Authorization`` header."""
        return f"Bearer {self._text}"

    def redacted_from(self, text: str) -> str:
        """Return the text with the token, should it be there, blotted out."""
        # Not ASCII, as every token is: nothing of the mark can be taken for the token again.
        return text.replace(self._text, "\u2022\u2022\u2022")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by its name alone, without asking a name server."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_base_url(base_url: str) -> str:
    """Return the base URL without a slash at its end, or say why it cannot be used."""
    refusal = "The base URL must look like 'https://config.heyhumm.ai/api'"
    if not isinstance(base_url, str) or not _VISIBLE.fullmatch(base_url.strip()):
        raise ConfigError(f"{refusal}: no blanks, ASCII only.")
    text = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # reading the port checks it
    except ValueError:
        raise ConfigError(f"{refusal}; this one cannot be read as a URL.") from None
    if parts.username is not None or parts.password is not None or "?" in text or "#" in text:
        # Not shown: such parts may hold a secret.
        raise ConfigError(f"{refusal}, without user, password, query or fragment.")
    if not host or parts.scheme not in {"http", "https"}:
        raise ConfigError(f"{refusal}, not {text!r}.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"{refusal}, not {text!r}: over plain http, all on the way could read the token.",
            hint="Use https; http is allowed only for 127.0.0.1, ::1 and localhost.",
        )
    return text


def check_id(
    name: str, value: str | UUID, *, error: type[ArgumentError | ConfigError] = ArgumentError
) -> UUID:
    """Return the id as a UUID, or say that it is none."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise error(
            f"{name}={value!r} is not an id.",
            hint="Ids look like '3c90c3cc-0d44-4b50-8888-8dd25736052a'.",
        ) from None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Which links are asked for: one call for each of ``queries``."""

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
    """Turn filters into the calls that they take."""
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
        asked["status"] = _member("status", status, Status)
    if link_type is not None:
        asked["link_type"] = _member("link_type", link_type, LinkType)
    query = {name: value for name, value in asked.items() if name != "touching"}
    if touching is None:
        return LinkRequest((query,), asked)
    if len(query.keys() & ids.keys()):
        raise ArgumentError(
            "'touching' goes without 'source_integration_source_id' and "
            "'target_integration_source_id'.",
            hint="It asks for the links that have the system on either side.",
        )
    # The API's two filters are directional; a link that answers to both calls is kept once.
    return LinkRequest(
        tuple(
            {f"{side}_integration_source_id": asked["touching"], **query}
            for side in ("source", "target")
        ),
        asked,
    )


def _member(name: str, value: str, kind: type[StrEnum]) -> str:
    try:
        return str(kind(value))
    except ValueError:
        allowed = ", ".join(repr(str(member)) for member in kind)
        raise ArgumentError(f"{name}={value!r} is not one of {allowed}.") from None
