"""Tests of replies that are not the expected answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.client.arguments import Token
from hummgraph.client.responses import (
    ArrayEnds,
    check_no_next_page,
    check_total,
    detail_of,
    request_id_of,
    total_of,
)
from hummgraph.client.retry import AttemptError
from hummgraph.errors import ContractError, PagedReplyError, ProtocolError
from tests.support.client_fakes import TOKEN

SECRET = Token(TOKEN)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"detail": "Not enough rights"}', "Not enough rights"),
        (b'{"detail": "two\\nlines\\t\\u001b[31mred \\u202egniht"}', "two lines [31mred gniht"),
        (b'{"detail": [{"loc": ["query"], "msg": "bad", "type": "x"}]}', ""),
        (b'{"detail": {"a": 1}}', ""),
        (b'{"error": "x"}', ""),
        (b'["detail"]', ""),
        (b"<html>", ""),
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"[" * 100_000, ""),
        (f'{{"detail": "bad token {TOKEN}!"}}'.encode(), "bad token \u2022\u2022\u2022!"),
    ],
)
def test_detail_of_an_error(body: bytes, shown: str) -> None:
    """Only a short, printable text of the API without the token is shown."""
    assert detail_of(body, SECRET) == shown


@given(st.text(max_size=400), st.integers(0, 400), st.sampled_from(["", "\u200b", "\n"]))
def test_detail_is_short_printable_and_without_the_token(text: str, at: int, between: str) -> None:
    """The detail is short, printable and without the token, even if its parts were separated."""
    broken = TOKEN[:5] + between + TOKEN[5:]
    shown = detail_of(json.dumps({"detail": text[:at] + broken + text[at:]}).encode(), SECRET)

    assert len(shown) <= 200
    assert shown.isprintable() or not shown
    assert TOKEN not in shown


def test_a_short_token_is_blotted_out_once() -> None:
    """The replacement of a token is not searched for the token again."""
    shown = detail_of(b'{"detail": "not found"}', Token("t"))

    assert shown == "no\u2022\u2022\u2022 found"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-request-id": "a1-b2"}, "a1-b2"),
        ({"x-correlation-id": "c"}, "c"),
        ({"x-request-id": "two words", "request-id": "r"}, "r"),
        ({"x-request-id": "x" * 101}, None),
        ({"x-request-id": TOKEN}, "\u2022\u2022\u2022"),
        ({}, None),
    ],
)
def test_request_id(headers: dict[str, str], found: str | None) -> None:
    """The server's id of a request is used if it is a plain word."""
    assert request_id_of(headers, SECRET) == found


def passes(pieces: list[bytes], content_type: str = "application/json") -> None:
    """Pass a reply through the checker in pieces."""
    array = ArrayEnds(content_type, SECRET)
    for piece in pieces:
        array.feed(piece)
    array.finish()


@pytest.mark.parametrize("body", [b"[]", b"[1]\n", b"\xef\xbb\xbf [ ] \r\n", b" " * 9000 + b"[]"])
def test_arrays_pass(body: bytes) -> None:
    """An array is accepted, with a byte order mark and blanks, in any pieces."""
    passes([body])
    passes([body[at : at + 1] for at in range(len(body))])


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        (b"", ContractError, "empty body"),
        (b"\xef\xbb\xbf", ContractError, "empty body"),
        (b"[1,", ProtocolError, "cut off"),
        (b'{"detail": "closed for today"}', ContractError, 'saying "closed for today"'),
        (b"{" + b" " * 9000, ContractError, "other than a JSON array"),
        (b"null", ContractError, "other than a JSON array"),
        (b"\xff\xfe[\x00]\x00", ContractError, "other than a JSON array"),
        (b"<!doctype html>", ContractError, "got text/html"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 5000])
def test_other_bodies_do_not(body: bytes, kind: Any, shown: str, size: int) -> None:
    """Other bodies raise their own errors in any pieces, and only a truncated one is retried."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    with pytest.raises(AttemptError, match=shown) as caught:
        passes(pieces, "text/html; charset=utf-8")
    assert caught.value.kind is kind
    assert caught.value.again == (kind is ProtocolError)


def test_markup_of_no_stated_type() -> None:
    """An invalid media type is not repeated in the error."""
    with pytest.raises(AttemptError, match="got markup"):
        passes([b"<html>"], f"{TOKEN}<script>")


@pytest.mark.parametrize("kind", ["application/json", "application/problem+json; charset=utf-8"])
def test_markup_that_is_labelled_as_json(kind: str) -> None:
    """The error does not say that JSON came instead of JSON."""
    with pytest.raises(AttemptError, match="got markup instead of JSON"):
        passes([b"<html>"], kind)


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({}, False),
        ({"link": '<https://h.example/x?page=2>; rel="next"'}, True),
        ({"link": "<x>; rel=next"}, True),
        ({"link": "<y>; rel='next'"}, True),
        ({"link": '<x>; rel="prev", <y>; title="a"; rel="last next"'}, True),
        ({"link": '<x>; REL = "Next"'}, True),
        ({"link": '<x>; rel="prev"'}, False),
        ({"link": '<x>; rel="nextpage"'}, False),
        ({"link": "</style.css>; rel=preload; as=style"}, False),
        ({"link": '<x?rel=next>; rel="self"'}, False),
        ({"link": "<x>; rel=nexte"}, False),
        ({"x-next-page": "2"}, True),
        ({"x-next-page": ""}, False),
        ({"x-next-page": "null"}, False),
    ],
)
def test_headers_that_announce_a_page(headers: dict[str, str], more: bool) -> None:
    """A further page is an error of its own; other links are not."""
    if not more:
        check_no_next_page(headers)
        return
    with pytest.raises(AttemptError, match="only a part of its records") as caught:
        check_no_next_page(headers)
    assert caught.value.kind is PagedReplyError
    assert not caught.value.again


@pytest.mark.parametrize(
    ("headers", "total"),
    [
        ({}, None),
        ({"x-total-count": "7"}, 7),
        ({"x-total": " 7 "}, 7),
        ({"total-count": "7", "x-total-count": "9"}, 9),
        ({"x-pagination-total-count": "7"}, 7),
        ({"content-range": "items 0-99/500"}, 500),
        ({"content-range": "items 0-99/*"}, None),
        ({"x-total-count": "many"}, None),
        ({"x-total-count": "-7"}, None),
        ({"x-total-count": "7" * 50}, None),
        ({"x-total-count": "7, 7"}, None),
    ],
)
def test_totals(headers: dict[str, str], total: int | None) -> None:
    """Numbers of records in headers are understood where they are numbers."""
    assert total_of(headers) == total


def test_fewer_records_than_announced() -> None:
    """More records than came are an error; fewer, or as many, are not."""
    for announced in (None, 0, 6, 7):
        check_total(announced, 7)
    with pytest.raises(AttemptError, match="announces 1,000 records and has 7"):
        check_total(1000, 7)
