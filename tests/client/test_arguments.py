"""Tests of the arguments of a client."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.client.arguments import Token, check_base_url, check_id, is_loopback, link_request
from hummgraph.errors import ArgumentError, ConfigError
from hummgraph.records.models import LinkType, Status
from tests.support.builders import uid

CRM, SHOP = uid("crm"), uid("shop")


def test_token_is_stripped() -> None:
    """Blanks and line ends around a token, as left by copying, are removed."""
    assert Token(" pat_x\r\n").header() == "Bearer pat_x"


@pytest.mark.parametrize("text", ["", "  \n", None, 7, b"pat_x"])
def test_missing_token(text: Any) -> None:
    """A client without a token is refused, with a hint at where to create one."""
    with pytest.raises(ConfigError, match=r"empty.*Settings > API Tokens"):
        Token(text)


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_token_goes_whole_or_not_at_all_and_is_never_shown(text: str) -> None:
    """A token that no header can hold is refused by an error that does not contain it."""
    token = "pat_7f3e" + text + "9acd"
    if token.isascii() and token.isprintable() and " " not in token:
        accepted = Token(token)
        assert accepted.header() == f"Bearer {token}"
        assert "7f3e" not in repr(accepted) + str(accepted)
        return
    with pytest.raises(ConfigError) as caught:
        Token(token)
    assert "pat_7f3e" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_token_is_not_copied(take: Any) -> None:
    """A token cannot be pickled, as it would be written to a file."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        take(Token("pat_x"))


def test_token_is_blotted_out() -> None:
    """A token is replaced by bullets in texts of other programs."""
    assert (
        Token("pat_x").redacted_from("a pat_x b pat_x")
        == "a \u2022\u2022\u2022 b \u2022\u2022\u2022"
    )


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://config.heyhumm.ai/api", None),
        ("https://config.heyhumm.ai/api//", "https://config.heyhumm.ai/api"),
        (" https://h.example:8443 ", "https://h.example:8443"),
        ("http://127.0.0.1:80/api", None),
        ("http://localhost/api", None),
        ("http://[::1]:9/api", None),
        ("HTTPS://H.example/api", None),
    ],
)
def test_base_url(url: str, kept: str | None) -> None:
    """Base URLs use TLS, or plain http on this machine; trailing slashes are removed."""
    assert check_base_url(url) == (kept or url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://config.heyhumm.ai/api", "read the token"),
        ("http://localhost.evil.example/api", "read the token"),
        ("http://127.0.0.1.evil.example/", "read the token"),
        ("ftp://h.example/", "not 'ftp"),
        ("config.heyhumm.ai/api", "not 'config"),
        ("https:///api", "not 'https"),
        ("https://h.example/a b", "no blanks"),
        ("https://h.\u00e9xample/", "ASCII"),
        ("https://h.example/\n", None),
        ("https://h.example:99999/", "not a valid URL"),
        ("https://[::1/", "not a valid URL"),
        ("https://user:s3cret@h.example/", "without user"),
        ("https://h.example/?key=s3cret", "without user"),
        ("https://h.example/#s3cret", "without user"),
        ("", "no blanks"),
        (None, "no blanks"),
    ],
)
def test_unusable_base_url(url: Any, shown: str | None) -> None:
    """An invalid base URL is refused with the reason, without parts that may hold a secret."""
    if shown is None:
        assert check_base_url(url)
        return
    with pytest.raises(ConfigError, match="must look like") as caught:
        check_base_url(url)
    assert shown in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_loopback_is_told_by_name() -> None:
    """Loopback hosts are recognised by name and number, without a name server."""
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.9.9.9", "::1"]))
    assert not any(map(is_loopback, ["", "10.0.0.1", "0.0.0.0", "example.org"]))


def test_ids() -> None:
    """Ids are accepted in every spelling, and anything else is refused before it enters a path."""
    assert check_id("x", UUID(CRM)) == check_id("x", CRM.upper()) == UUID(CRM)
    for bad in ("../../admin", "", 7, None):
        with pytest.raises(ArgumentError, match="is not an id"):
            check_id("link_id", bad)  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        check_id("organization_id", "acme", error=ConfigError)


def request(**filters: Any) -> Any:
    """Return the request for these filters only."""
    names = ("source_integration_source_id", "target_integration_source_id")
    every = dict.fromkeys((*names, "status", "link_type", "touching"))
    return link_request(**{**every, **filters})


def test_no_filters_take_one_call() -> None:
    """A request without filters makes one call without a query."""
    assert request().queries == ({},)
    assert request().asked == {}


def test_all_filters_go_into_the_query() -> None:
    """All filters are in the query: enum members like their texts, ids in the API's spelling."""
    asked = request(
        source_integration_source_id=UUID(CRM),
        target_integration_source_id=SHOP.upper(),
        status=Status.APPROVED,
        link_type="DETERMINISTIC",
    )
    assert asked.queries == (asked.asked,)
    assert asked.asked == {
        "source_integration_source_id": CRM,
        "target_integration_source_id": SHOP,
        "status": "APPROVED",
        "link_type": "DETERMINISTIC",
    }
    assert request(link_type=LinkType.DETERMINISTIC) == request(link_type="DETERMINISTIC")


def test_touching_takes_a_call_for_each_side() -> None:
    """The filter `touching` makes two calls, as the API's filters are directional."""
    asked = request(touching=CRM, status="REJECTED")

    assert asked.queries == (
        {"source_integration_source_id": CRM, "status": "REJECTED"},
        {"target_integration_source_id": CRM, "status": "REJECTED"},
    )
    assert asked.asked == {"touching": CRM, "status": "REJECTED"}


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({"status": "approved"}, "'SUGGESTED', 'APPROVED', 'REJECTED'"),
        ({"link_type": 7}, "'DETERMINISTIC', 'PROBABILISTIC'"),
        ({"touching": "crm"}, "touching='crm'"),
        ({"touching": CRM, "source_integration_source_id": SHOP}, "cannot be combined"),
        ({"touching": CRM, "target_integration_source_id": SHOP}, "cannot be combined"),
    ],
)
def test_filters_that_are_not_allowed(filters: dict[str, Any], shown: str) -> None:
    """The error for an invalid filter lists the valid values."""
    with pytest.raises(ArgumentError) as caught:
        request(**filters)
    assert shown in str(caught.value)


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        " {} ",
        "{}\r",
        "{}\r\n",
        "'{}'",
        '"{}"',
        '"{}"\r',
        "\ufeff{}",
        "\u201c{}\u201d",
        "' {} '",
    ],
)
def test_what_env_files_leave_around_a_value(around: str) -> None:
    """Blanks, ends of lines and quotes around token, id and base URL are not of them."""
    assert Token(around.format("pat_x")).header() == "Bearer pat_x"
    assert check_id("organization_id", around.format(CRM)) == UUID(CRM)
    assert check_base_url(around.format("https://h.example/api/")) == "https://h.example/api"


@pytest.mark.parametrize("text", ["''", '""', "\r", " \ufeff"])
def test_value_of_which_nothing_is_left(text: str) -> None:
    """Quotes around nothing are nothing."""
    with pytest.raises(ConfigError, match="The token is empty"):
        Token(text)
    with pytest.raises(ConfigError, match="no blanks"):
        check_base_url(text)
