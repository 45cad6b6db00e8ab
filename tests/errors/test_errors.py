"""Tests of the error tree."""

from __future__ import annotations

import inspect

from hummgraph import errors
from hummgraph.errors import HummgraphError


def classes() -> list[type[HummgraphError]]:
    """Return all error classes."""
    return [
        item
        for item in vars(errors).values()
        if inspect.isclass(item) and issubclass(item, HummgraphError)
    ]


def test_every_error_is_public_and_in_the_drawing() -> None:
    """The tree in the module's docstring has each public class once."""
    assert sorted(errors.__all__) == sorted(kind.__name__ for kind in classes())
    for kind in classes():
        assert kind.__name__ in str(errors.__doc__)


def test_codes_are_unique() -> None:
    """Each error class has its own code."""
    codes = [kind.code for kind in classes()]

    assert len(set(codes)) == len(codes)


def test_the_drawing_names_the_builtins() -> None:
    """The tree names the builtin base of each error."""
    drawing = str(errors.__doc__)
    for kind in classes():
        for base in kind.__bases__:
            if base.__module__ == "builtins" and base is not Exception:
                assert f"{kind.__name__} ({base.__name__})" in drawing


def test_message_and_hint_are_both_shown() -> None:
    """The text of an error is its message and its hint."""
    error = errors.OutputError("Cannot write 'x'.", hint="Choose another folder.")

    assert str(error) == "Cannot write 'x'. Choose another folder."
    assert (error.message, error.hint) == ("Cannot write 'x'.", "Choose another folder.")
    assert isinstance(error, OSError)


def test_request_errors_carry_what_is_known() -> None:
    """URL, status, attempts and the server's id are attributes of a request error."""
    error = errors.RateLimitError(
        "Too many.", retry_after=90.0, url="https://x/y", status=429, attempts=2, request_id="r1"
    )

    assert (error.retry_after, error.url, error.status) == (90.0, "https://x/y", 429)
    assert (error.attempts, error.request_id) == (2, "r1")
