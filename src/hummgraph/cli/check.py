"""The command that checks a snapshot, for CI."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.check import COMPARING, CheckReport, check_options
from hummgraph.algorithms.review.check import check as check_graph
from hummgraph.algorithms.review.checks import CHECKS
from hummgraph.cli.app import FOUND, command
from hummgraph.cli.options import DecisionsPath, SettingPath, SnapshotPath
from hummgraph.cli.printing import err, json_text, out, print_path, remark
from hummgraph.cli.reading import Reading, names_graphml, snapshot_from, text_of
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.atomic import is_standard_output, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONFIG_KEYS", "check"]

CONFIG: Final = Path("hummgraph.toml")
"""The file of limits in the working directory, which is read if it is there."""

CONFIG_KEYS: Final = {
    "fail_on": "names of the checks that fail, as `--fail-on`",
    "one_per": "the rule that `violations` checks: `integration_source` or `table`",
    "many_in": "systems exempt from it, by name or id",
}
"""Keys of ``[check]`` besides the limits, and their meanings."""

_NONE: Final = "none"
_ALL: Final = "all"


class _Format(StrEnum):
    """Formats of a report."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"


_SUFFIXES: Final = {
    ".txt": _Format.TEXT,
    ".json": _Format.JSON,
    ".md": _Format.MARKDOWN,
    ".xml": _Format.JUNIT,
}


@command
def check(
    snapshot: SnapshotPath,
    *,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="OLD",
            help="An earlier snapshot, or an earlier file of links, to compare with.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        list[str],
        typer.Option(
            "--fail-on",
            metavar="CHECKS",
            help=f"Checks that fail: A,B of {', '.join(CHECKS)}; all, the default; or none."
            " The others are listed too.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help=f"A TOML file with limits; by default {CONFIG} in the working directory, if there"
            " is one.",
            show_default=False,
        ),
    ] = None,
    setting: SettingPath = None,
    decisions: DecisionsPath = None,
    format: Annotated[  # noqa: A002 - the name of the option
        _Format | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(_Format)}; by default that of the file's suffix, or text.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        list[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report to a file: .txt, .json, .md, or .xml for JUnit; repeatable."
            " An existing file is replaced.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    reading: Reading,
) -> None:
    """Check a snapshot against its decisions and an earlier one; exit with 11 if a check fails.

    Contradictions, decided links that are gone, clusters that split without a decision, and more:
    the reference has a table. Decisions are applied to both snapshots.
    """
    files = {file: _chosen_format(format, file) for file in output}
    options = _options(config)
    if fail_on:
        options["fail_on"] = _names([name.strip() for name in ",".join(fail_on).split(",")])
    graph = _graph(snapshot, reading, decisions)
    before = None if against is None else _graph(against, _reading_of(against, reading), decisions)
    if not fail_on and before is None:
        _leave_out_comparing(options, has_decisions=decisions is not None)
    report = check_graph(
        graph,
        against=before,
        setting=None if setting is None else Setting.read(setting),
        max_memory=reading.max_memory,
        **options,
    )
    if not files:
        # Not bytes: a console replaces what its code page does not have.
        out.file.write(_WRITERS[format or _Format.TEXT](report))
    for file, chosen in files.items():
        with write_atomically(file) as opened:
            opened.write(_WRITERS[chosen](report).encode())
    if files and not any(map(is_standard_output, files)):
        remark(report.headline, console=err, style="")
    for file in files:
        print_path(file, console=err)
    if report.failed:
        raise typer.Exit(FOUND)


def _leave_out_comparing(options: dict[str, Any], *, has_decisions: bool) -> None:
    """Leave out checks of a file that have nothing to compare with.

    The file holds for every night, the first one too, before which there was none.
    """
    named = options.get("fail_on", _ALL)
    names = {named} if isinstance(named, str) else set(named)
    if "fail_on" in options and names != set(CHECKS):
        idle = COMPARING - {"vanished"} if has_decisions else COMPARING
        options["fail_on"] = sorted(names - idle)


def _chosen_format(given: _Format | None, output: Path) -> _Format:
    """Return the format of the report in a file.

    Raises
    ------
    FormatError
        If neither the option nor the suffix names one.
    """
    if given is not None or is_standard_output(output):
        return given or _Format.TEXT
    found = _SUFFIXES.get(output.suffix.lower())
    if found is None:
        raise errors.FormatError(
            f"No report is written as {output.suffix or output.name!r}; there are"
            f" {', '.join(_SUFFIXES)}.",
            hint="Or name a format with --format.",
        )
    return found


def _graph(path: Path, reading: Reading, decisions: Path | None) -> LinkGraph:
    """Read a graph; decisions whose links it does not have are checked as well."""
    graph = LinkGraph(snapshot_from(path, reading))
    return graph if decisions is None else graph.with_decisions(decisions, missing="skip")


def _reading_of(path: Path, reading: Reading) -> Reading:
    """Return the options for an earlier state: a snapshot has no use for those of files."""
    is_file = path.is_file() and not names_graphml(path)
    return reading if is_file else Reading(memory=reading.memory, names=reading.names)


def _as_json(report: CheckReport) -> str:
    return json_text(report.to_dict())


_WRITERS: Final[dict[_Format, Callable[[CheckReport], str]]] = {
    _Format.TEXT: CheckReport.to_text,
    _Format.JSON: _as_json,
    _Format.MARKDOWN: CheckReport.to_markdown,
    _Format.JUNIT: CheckReport.to_junit,
}


# --- hummgraph.toml ----------------------------------------------------------------------------


def _options(config: Path | None) -> dict[str, Any]:
    """Return the arguments of the check that a file of limits has.

    Raises
    ------
    ConfigError
        If the file cannot be read, or has anything that is not allowed there.
    """
    if config is None:
        if not CONFIG.is_file():
            return {}
        remark(f"Limits are those of {CONFIG}.", console=err)
        config = CONFIG
    at = repr(str(config))
    try:
        content = tomllib.loads(text_of(config))
    except tomllib.TOMLDecodeError as error:
        raise errors.ConfigError(f"{at} is not TOML: {error}.") from error
    if unknown := sorted(content.keys() - {"check"}):
        raise errors.ConfigError(
            f"{at} has {unknown[0]!r}; there is [check] only.", hint="Write limits below [check]."
        )
    given = content.get("check", {})
    if not isinstance(given, dict):
        raise errors.ConfigError(f"{at}: check must be a table.", hint="Write it as [check].")
    if unknown := sorted(given.keys() - {*CHECKS, *CONFIG_KEYS}):
        allowed = [*CHECKS, *CONFIG_KEYS]
        near = get_close_matches(unknown[0], allowed, n=1)
        raise errors.ConfigError(
            f"{at}: [check] has {unknown[0]!r}; there are {', '.join(allowed)}.",
            hint=f"Did you mean {near[0]!r}?" if near else "",
        )
    found: dict[str, Any] = {
        "limits": {name: given[name] for name in CHECKS if name in given},
        **{name: given[name] for name in CONFIG_KEYS if name in given},
    }
    try:
        if "fail_on" in found:
            found["fail_on"] = _names(found["fail_on"])
        check_options(**found)
    except errors.ArgumentError as error:
        raise errors.ConfigError(f"{at}: {error.message}", hint=error.hint) from error
    return found


def _names(given: Any) -> Any:
    """Return names of checks, for which all and none stand too."""
    if isinstance(given, list) and len(given) == 1:
        (given,) = given
    return {_ALL: tuple(CHECKS), _NONE: ()}.get(given, given) if isinstance(given, str) else given
