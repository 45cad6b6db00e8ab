"""What came instead of the answer: refusals, redirects, pages for people, nothing at all."""

from __future__ import annotations

import json
import re
import unicodedata
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from hummgraph.client.retry import RETRIED_STATUSES, AttemptError, asked_pause
from hummgraph.errors import (
    AuthenticationError,
    ContractError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    RedirectError,
    RequestError,
    RequestTimeoutError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hummgraph.client.arguments import Token
    from hummgraph.client.config import RetryPolicy

__all__ = ["BOM", "ArrayEnds", "check_start", "detail_of", "refusal", "request_id_of"]

_KINDS: Mapping[int, tuple[type[RequestError], str]] = {
    401: (
        AuthenticationError,
        "Is HUMM_PAT the whole token, and still valid? It is made under Settings > API Tokens.",
    ),
    403: (
        PermissionDeniedError,
        "The token acts for the user who made it; that one's role counts.",
    ),
    404: (NotFoundError, "Check the id, the organisation (ORG_ID) and the base URL."),
    408: (RequestTimeoutError, ""),
    429: (RateLimitError, "Wait a while, or ask for less at once with Limits(concurrency=1)."),
}
_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid")
_PLAIN = re.compile(r"[\w.:/=+-]{1,100}", re.ASCII)
_HOST = re.compile(r"[a-z0-9.:-]{1,253}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
BOM = b"\xef\xbb\xbf"  # of UTF-8: allowed to be ignored, RFC 8259
_BLANK = b" \t\r\n"
_DETAIL_LENGTH = 200
_START = 4096  # more than an error's body has


def request_id_of(headers: Mapping[str, str], token: Token) -> str | None:
    """Return the server's name for the request, unless it is not a plain word."""
    for name in _REQUEST_IDS:
        value = headers.get(name, "")
        if _PLAIN.fullmatch(value):
            return token.redacted_from(value)
    return None


def detail_of(body: bytes, token: Token) -> str:
    """Return the ``detail`` text of an error's body: short, harmless to print, or empty."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    detail = content.get("detail") if isinstance(content, dict) else None
    if not isinstance(detail, str):
        return ""
    # Category C holds control characters, and those that turn the reading direction.
    shown = "".join(
        " " if letter.isspace() else letter
        for letter in token.redacted_from(detail)
        if letter.isspace() or not unicodedata.category(letter).startswith("C")
    )
    # Once more: what was taken out may have stood inside a token.
    shown = token.redacted_from(" ".join(shown.split()))
    return shown if len(shown) <= _DETAIL_LENGTH else f"{shown[: _DETAIL_LENGTH - 1]}…"


def refusal(
    status: int, headers: Mapping[str, str], *, url: str, detail: str, policy: RetryPolicy
) -> AttemptError:
    """Say what a status other than 200 means."""
    if 300 <= status < 400:
        return _redirect(status, headers, url)
    if status in {204, 205}:
        return AttemptError(ContractError, f"answered {status}: nothing, where JSON should be")
    if status < 400:
        return AttemptError(ContractError, f"answered {status}, where 200 should be")
    kind, hint = _KINDS.get(status, (InvalidRequestError, ""))
    if status >= 500:
        kind, hint = ServerError, "The API is in trouble; try again later."
    pause = asked_pause(headers, status=status) if status in RETRIED_STATUSES else None
    text = f"answered {_named(status)}"
    if detail:
        text += f', saying "{detail}"'
    if pause is not None and pause > policy.retry_after_limit:
        return AttemptError(
            RateLimitError,
            f"{text}, and asks to wait {pause:,.0f} s",
            hint=f"That is more than the {policy.retry_after_limit:g} s that "
            "RetryPolicy(retry_after_limit=...) allows; try again then.",
            pause=pause,
        )
    return AttemptError(kind, text, hint=hint, again=status in RETRIED_STATUSES, pause=pause)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _redirect(status: int, headers: Mapping[str, str], url: str) -> AttemptError:
    try:
        host = urlsplit(urljoin(url, headers.get("location", ""))).hostname or ""
    except ValueError:
        host = ""
    # Only the host: paths and queries of login pages carry secrets.
    shown = f"the host {host}" if _HOST.fullmatch(host) else "an address that cannot be read"
    return AttemptError(
        RedirectError,
        f"answered {status} and points to {shown}",
        hint="Redirects are not followed, so that the token stays at home; if that is where the "
        "API lives now, change the base URL.",
    )


def check_start(start: bytes, content_type: str) -> None:
    """Refuse a body whose first bytes show that it is not JSON; say what it seems to be."""
    first = start.removeprefix(BOM).lstrip(_BLANK)
    if not first:
        raise AttemptError(
            ContractError,
            "answered with an empty body, where JSON should be",
            hint="An organisation without links answers '[]'.",
        )
    if first.startswith(b"<"):
        media_type = content_type.partition(";")[0].strip().lower()
        shown = media_type if _MEDIA_TYPE.fullmatch(media_type) else "markup"
        raise AttemptError(
            ContractError,
            f"got {shown} instead of JSON",
            hint="Is the base URL right? It ends in /api.",
        )


class ArrayEnds:
    """Looks at both ends of a reply that passes by, which should be one JSON array.

    The validation reads the whole of it; this finds a cut or a wrong page while the reply can still
    be asked for again.
    """

    def __init__(self, content_type: str, token: Token) -> None:
        self._content_type = content_type
        self._token = token
        self._start = b""
        self._begun = False
        self._judged = False
        self._last = b""

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        if not self._judged:
            self._look_at_start(self._start + piece)
        self._last = piece.rstrip(_BLANK)[-1:] or self._last

    def finish(self) -> None:
        """Look at the end."""
        if not self._judged:
            self._judge()
        if self._last != b"]":
            raise AttemptError(ProtocolError, "was cut off before the array's end", again=True)

    def _look_at_start(self, start: bytes) -> None:
        if not self._begun and not BOM.startswith(start):
            self._begun = True
            start = start.removeprefix(BOM)
        if self._begun:
            start = start.lstrip(_BLANK)
            # An error's object is wanted as whole as it comes; anything else shows at once.
            self._judged = start[:1] not in {b"", b"{"} or len(start) >= _START
        self._start = start[:_START]
        if self._judged:
            self._judge()

    def _judge(self) -> None:
        check_start(self._start, self._content_type)
        if self._start.startswith(b"["):
            return
        detail = detail_of(self._start, self._token)
        said = f', saying "{detail}"' if detail else ""
        raise AttemptError(
            ContractError,
            f"brought something other than a JSON array of links{said}",
            hint="Is the base URL right? It ends in /api.",
        )
