"""Tests of the command that searches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.builders import uid

if TYPE_CHECKING:
    from pathlib import Path


def test_find_searches_names_and_ids(run: Any, kept: Path) -> None:
    """Systems, tables, columns, clusters and links, best first, with what they are."""
    found = json.loads(run("find", kept, "contct email", "--format", "json").out)
    assert (found[0]["kind"], found[0]["name"]) == ("column", "crm/contact.email")
    kinds = {row["kind"] for row in json.loads(run("find", kept, "email", "--format", "json").out)}
    assert kinds >= {"column", "cluster"}
    (link,) = json.loads(run("find", kept, uid("link 1")[:9], "--format", "json").out)
    assert (link["kind"], link["id"]) == ("link", uid("link 1"))


def test_words_need_no_quotes(run: Any, kept: Path) -> None:
    """Several words are one text."""
    assert run("find", kept, "contact", "email").out == run("find", kept, "contact email").out


def test_kinds_are_chosen(run: Any, kept: Path) -> None:
    """One or several kinds may be chosen; an unknown kind is wrong usage."""
    out = run("find", kept, "user", "--kind", "table", "--columns", "kind,name").out
    assert out == "kind\tname\ntable\tdesk/user\n"
    answer = run("find", kept, "user", "--kind", "row")
    assert (answer.code, "No kind 'row'" in answer.err) == (2, True)


def test_finding_nothing_is_an_answer(run: Any, kept: Path) -> None:
    """The list is empty, with a remark."""
    answer = run("find", kept, "zzzzzz")
    assert (answer.code, answer.out.count("\n")) == (0, 1)
    assert "Nothing is called 'zzzzzz'." in answer.err
    assert run("find", kept, "...").code == 2


def test_some_of_the_words_are_better_than_nothing(run: Any, kept: Path) -> None:
    """What has the most words is listed, with a remark."""
    answer = run("find", kept, "contact fax email", "--columns", "name", "--kind", "column")
    assert "Nothing has all words of 'contact fax email'. This has some:" in answer.err
    whole = run("find", kept, "contact email", "--columns", "name", "--kind", "column")
    assert answer.out == whole.out
    assert "Nothing" not in whole.err
