"""Results of checks as text, Markdown and JUnit XML."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from hummgraph.algorithms.review.findings import shown_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hummgraph.algorithms.review.findings import Result

__all__ = ["headline", "junit_report", "markdown_report", "text_report"]

MAX_SHOWN: Final = 20
"""Findings of each check that a text shows; tables and JSON have all."""

MAX_CASES: Final = 100
"""Findings of each check in JUnit XML, whose readers show them on one page."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Time of snapshots whose time is not known."""


def headline(results: Sequence[Result]) -> str:
    """Return the number of failed checks, in a sentence."""
    number = {
        status: sum(one.status == status for one in results)
        for status in ("failed", "noted", "passed", "not run")
    }
    rest = [
        f"{number['noted']} noted" if number["noted"] else "",
        f"{number['passed']} passed",
        f"{number['not run']} not run" if number["not run"] else "",
    ]
    return f"{number['failed']} of {len(results)} checks failed; {', '.join(filter(None, rest))}."


def text_report(results: Sequence[Result]) -> str:
    """Return results as plain text: a line for each check, then the findings."""
    lines = [f"Check: {headline(results)}", ""]
    width = max(len(one.name) for one in results)
    lines += [f"{one.status:<7}  {one.name:<{width}}  {one.summary.sentence()}" for one in results]
    for one in results:
        if one.findings:
            lines += ["", f"{one.name}:", *(f"  {line}" for line in _shown(one, str, MAX_SHOWN))]
    return "\n".join(lines) + "\n"


def markdown_report(results: Sequence[Result]) -> str:
    """Return results as Markdown, for a pull request or the summary of a job.

    Names stand in code spans, in which no markup and no mention of a person has an effect.
    """
    lines = [f"## Check: {headline(results)}", "", "| Check | Result | Found | Limit |"]
    lines.append("| --- | --- | --- | --- |")
    for one in results:
        status = f"**{one.status}**" if one.status == "failed" else one.status
        found = shown_value(one.value)
        lines.append(f"| {one.name} | {status} | {found} | {shown_value(one.limit)} |")
    for one in results:
        if one.findings:
            lines += ["", f"### {one.name}", ""]
            lines += [f"- {line}" for line in _shown(one, _code, MAX_SHOWN)]
    not_run = [one for one in results if one.status == "not run"]
    if not_run:
        lines += ["", "### not run", ""]
        lines += [f"- {one.name}: {one.summary.sentence(_code)}" for one in not_run]
    return "\n".join(lines) + "\n"


def junit_report(results: Sequence[Result], time: datetime | None) -> str:
    """Return results as JUnit XML: a test case for each check.

    It is valid for the schemas of Ant and of Jenkins' xUnit. The time is that of the snapshot, so
    that equal results make equal bytes.
    """
    when = (time or _EPOCH).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    number = {status: sum(one.status == status for one in results) for status in _COUNTED}
    suite = {
        "name": "hummgraph check",
        "package": "hummgraph",
        "id": "0",
        "hostname": "localhost",
        "timestamp": when,
        "tests": str(len(results)),
        "failures": str(number["failed"]),
        "errors": "0",
        "skipped": str(number["not run"]),
        "time": "0",
    }
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    lines += [f"  <testsuite{_attributes(suite)}>", "    <properties/>"]
    for one in results:
        case = {"name": one.name, "classname": "hummgraph.check", "time": "0"}
        lines += _case(one, f"    <testcase{_attributes(case)}")
    said = [
        line for one in results if one.status == "noted" for line in _shown(one, str, MAX_CASES)
    ]
    lines.append(f"    <system-out>{escape(chr(10).join(said))}</system-out>")
    lines += ["    <system-err/>", "  </testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


_COUNTED: Final = ("failed", "not run")


def _case(one: Result, beginning: str) -> Iterator[str]:
    if one.status not in _COUNTED:
        yield f"{beginning}/>"
        return
    yield f"{beginning}>"
    message = one.summary.sentence()
    if one.status == "failed":
        about = _attributes({"message": message, "type": one.name})
        said = "\n".join(_shown(one, str, MAX_CASES))
        yield f"      <failure{about}>{escape(said)}</failure>"
    else:
        yield f"      <skipped{_attributes({'message': message})}/>"
    yield "    </testcase>"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())


def _shown(one: Result, quote: Callable[[str], str], limit: int) -> Iterator[str]:
    """Yield the first findings as sentences, and how many there are."""
    for found in one.findings[:limit]:
        yield found.sentence(quote)
    if len(one.findings) > limit:
        yield f"Shown {limit} of {len(one.findings):,}."


def _code(name: str) -> str:
    """Return a name as a code span of Markdown."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", name)), default=0))
    # One blank at either end is removed where both ends have one.
    edge = " " if name.startswith(("`", " ")) or name.endswith(("`", " ")) else ""
    return f"{ticks}{edge}{name}{edge}{ticks}"
