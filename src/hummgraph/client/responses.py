"""Replies that are not the expected answer: errors, redirects, HTML pages, empty bodies."""

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
    PagedReplyError,
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

__all__ = [
    "BOM",
    "ArrayEnds",
    "check_no_next_page",
    "check_start",
    "check_total",
    "detail_of",
    "refusal",
    "request_id_of",
    "status_text",
    "total_of",
]

_ERRORS_BY_STATUS: Mapping[int, tuple[type[RequestError], str]] = {
    401: (
        AuthenticationError,
        "Check that HUMM_PAT is a complete, valid token; create one under Settings > API Tokens.",
    ),
    403: (
        PermissionDeniedError,
        "The token has the permissions of the user who created it.",
    ),
    404: (NotFoundError, "Check the id, the organisation (ORG_ID) and the base URL."),
    408: (RequestTimeoutError, ""),
    429: (RateLimitError, "Wait a while, or make fewer calls at once with Limits(concurrency=1)."),
}
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid")
_PLAIN_WORD = re.compile(r"[\w.:/=+-]{1,100}", re.ASCII)
_HOST = re.compile(r"[a-z0-9.:-]{1,253}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
BOM = b"\xef\xbb\xbf"  # of UTF-8: RFC 8259 allows readers to ignore it
_WHITESPACE = b" \t\r\n"
_MAX_DETAIL_LENGTH = 200
# One link of the header Link whose relations, one or several, include "next".
_NEXT_LINK = re.compile(
    r";\s*rel\s*=\s*(?:next(?=$|[\s;,])|\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|'(?:[^']*\s)?next(?:\s[^']*)?')",
    re.ASCII | re.IGNORECASE,
)
_NO_PAGE = ("", "0", "null", "none", "false")
_TOTAL_HEADERS = ("x-total-count", "x-total", "total-count", "x-pagination-total-count")
_TOTAL = re.compile(r"\d{1,15}", re.ASCII)
_START_BYTES = 4096  # more than an error's body has


def request_id_of(headers: Mapping[str, str], token: Token) -> str | None:
    """Return the server's id of the request, if it is a plain word."""
    for name in _REQUEST_ID_HEADERS:
        value = headers.get(name, "")
        if _PLAIN_WORD.fullmatch(value):
            return token.redacted_from(value)
    return None


def detail_of(body: bytes, token: Token) -> str:
    """Return the ``detail`` of an error's body: short and safe to print, or empty."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    detail = content.get("detail") if isinstance(content, dict) else None
    if not isinstance(detail, str):
        return ""
    # Category C holds control characters and those that change the reading direction.
    shown = "".join(
        " " if letter.isspace() else letter
        for letter in token.redacted_from(detail)
        if letter.isspace() or not unicodedata.category(letter).startswith("C")
    )
    # Redacted again: a character removed above may have split the token.
    shown = token.redacted_from(" ".join(shown.split()))
    return shown if len(shown) <= _MAX_DETAIL_LENGTH else f"{shown[: _MAX_DETAIL_LENGTH - 1]}…"


def refusal(
    status: int, headers: Mapping[str, str], *, url: str, detail: str, policy: RetryPolicy
) -> AttemptError:
    """Return the error for a status other than 200."""
    if 300 <= status < 400:
        return _redirect_error(status, headers, url)
    if status in {204, 205}:
        return AttemptError(ContractError, f"answered {status}: no content, instead of JSON")
    if status == 206:
        return AttemptError(ProtocolError, "answered 206: a part of the reply", again=True)
    if status < 400:
        return AttemptError(ContractError, f"answered {status} instead of 200")
    kind, hint = _ERRORS_BY_STATUS.get(status, (InvalidRequestError, ""))
    if status >= 500:
        kind, hint = ServerError, "The API is in trouble; try again later."
    pause = asked_pause(headers, status=status) if status in RETRIED_STATUSES else None
    text = f"answered {status_text(status)}"
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


def status_text(status: int) -> str:
    """Return a status with its standard phrase, whatever the server called it."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _redirect_error(status: int, headers: Mapping[str, str], url: str) -> AttemptError:
    try:
        host = urlsplit(urljoin(url, headers.get("location", ""))).hostname or ""
    except ValueError:
        host = ""
    # Only the host: paths and queries of login pages may hold secrets.
    shown = f"the host {host}" if _HOST.fullmatch(host) else "an invalid address"
    return AttemptError(
        RedirectError,
        f"answered {status} and points to {shown}",
        hint="Redirects are not followed, to keep the token on the configured host; if the API"
        " has moved, change the base URL.",
    )


def check_start(start: bytes, content_type: str, *, again: bool = False) -> None:
    """Raise if the first bytes of a body show that it is not JSON.

    With ``again`` that is a fault on the way to the API, and the call may be repeated.
    """
    kind = ProtocolError if again else ContractError
    first = start.removeprefix(BOM).lstrip(_WHITESPACE)
    if not first:
        raise AttemptError(
            kind,
            "answered with an empty body instead of JSON",
            hint="An organisation without links answers '[]'.",
            again=again,
        )
    if first.startswith(b"<"):
        media_type = content_type.partition(";")[0].strip().lower()
        is_plain = _MEDIA_TYPE.fullmatch(media_type) and "json" not in media_type
        raise AttemptError(
            kind,
            f"got {media_type if is_plain else 'markup'} instead of JSON",
            hint="Is the base URL right? It ends in /api.",
            again=again,
        )


def check_no_next_page(headers: Mapping[str, str]) -> None:
    """Raise if headers announce a further page."""
    link = headers.get("link", "")
    following = headers.get("x-next-page", "").strip().lower()
    if _NEXT_LINK.search(link):
        raise _paged_error("the header Link names a next page")
    if following not in _NO_PAGE:
        raise _paged_error("the header X-Next-Page names one")


def total_of(headers: Mapping[str, str]) -> int | None:
    """Return the number of records that headers announce; ``None`` without a valid one."""
    found = [headers.get(name, "").strip() for name in _TOTAL_HEADERS]
    found.append(headers.get("content-range", "").rpartition("/")[2].strip())
    numbers = [int(text) for text in found if _TOTAL.fullmatch(text)]
    return max(numbers, default=None)


def check_total(total: int | None, n_records: int) -> None:
    """Raise if there are fewer records than announced."""
    if total is not None and total > n_records:
        raise _paged_error(f"it announces {total:,} records and has {n_records:,}")


def _paged_error(how: str) -> AttemptError:
    return AttemptError(
        PagedReplyError,
        f"returned only a part of its records: {how}",
        hint="The API's documentation has no pages; please report this, with hummgraph's version.",
    )


class ArrayEnds:
    """Checker for both ends of a streamed reply, which should be one JSON array.

    Validation reads the whole reply later; this finds a truncated reply or an HTML page while the
    reply can still be requested again.
    """

    def __init__(self, content_type: str, token: Token) -> None:
        self._content_type = content_type
        self._token = token
        self._start = b""
        self._begun = False
        self._decided = False
        self._last = b""

    def feed(self, piece: bytes) -> None:
        """Check the next piece."""
        if not self._decided:
            self._check_first_bytes(self._start + piece)
        self._last = piece.rstrip(_WHITESPACE)[-1:] or self._last

    def finish(self) -> None:
        """Check the end."""
        if not self._decided:
            self._check_array()
        if self._last != b"]":
            raise AttemptError(ProtocolError, "was cut off before the end of the array", again=True)

    def _check_first_bytes(self, start: bytes) -> None:
        if not self._begun and not BOM.startswith(start):
            self._begun = True
            start = start.removeprefix(BOM)
        if self._begun:
            start = start.lstrip(_WHITESPACE)
            # Wait for more of an error object, to show its detail; anything else is decided at
            # once.
            self._decided = start[:1] not in {b"", b"{"} or len(start) >= _START_BYTES
        self._start = start[:_START_BYTES]
        if self._decided:
            self._check_array()

    def _check_array(self) -> None:
        check_start(self._start, self._content_type)
        if self._start.startswith(b"["):
            return
        detail = detail_of(self._start, self._token)
        said = f', saying "{detail}"' if detail else ""
        raise AttemptError(
            ContractError,
            f"returned something other than a JSON array of links{said}",
            hint="Is the base URL right? It ends in /api.",
        )
