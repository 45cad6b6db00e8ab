"""Arguments and options that commands share: one name, one meaning, one help text."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hummgraph.algorithms.clustering.clustering import AUTO, METHODS, ROBUST
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.cli.completion import complete_words
from hummgraph.cli.given import refuse_idle
from hummgraph.errors import ConfigError
from hummgraph.export import KeptEvidence
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = [
    "ActiveOnly",
    "AsJson",
    "BaseUrl",
    "Calibrate",
    "Calibration",
    "Complete",
    "DecisionsPath",
    "Evidence",
    "Floor",
    "MaxBad",
    "MemberLevel",
    "Memory",
    "Method",
    "MinConfidence",
    "NamesPath",
    "OnePer",
    "OrganizationId",
    "Overwrite",
    "Quiet",
    "RecordKeys",
    "Rule",
    "SchemasGiven",
    "SettingPath",
    "SnapshotPath",
    "Threshold",
    "Token",
    "WordsPath",
    "cluster_arguments",
    "memory_bytes",
    "record_keys_of",
    "schemas_of",
]


_SIZE: Final = re.compile(r"([0-9]{1,12})(?:([kmgt])(?:i?b)?)?", re.IGNORECASE)


def memory_bytes(size: str | None) -> int | None:
    """Return the number of bytes that ``--memory`` allows; ``None`` without the option.

    Raises
    ------
    ConfigError
        If it is not a size.

    Examples
    --------
    >>> memory_bytes("2G")
    2147483648
    """
    if size is None:
        return None
    found = _SIZE.fullmatch(size.strip())
    n_bytes = int(found[1]) << 10 * " kmgt".index((found[2] or " ").lower()) if found else 0
    if not n_bytes:
        raise ConfigError(
            f"--memory is {size!r}; it must be a number of bytes, or one with K, M, G or T.",
            hint="For example: --memory 500M",
        )
    return n_bytes


class Rule(StrEnum):
    """Values of --one-per."""

    AUTO = "auto"
    NONE = "none"
    INTEGRATION_SOURCE = "integration_source"
    TABLE = "table"


class Calibration(StrEnum):
    """Values of --calibrate."""

    AUTO = "auto"
    NONE = "none"
    COMPETITION = "competition"
    DECISIONS = "decisions"
    BOTH = "both"


def _floor(text: str) -> float | str | None:
    """Return a floor as ``cluster`` takes it."""
    if text in {AUTO, ROBUST}:
        return text
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a number in [0, 1], auto, robust or none."
        ) from None


SnapshotPath = Annotated[
    Path,
    typer.Argument(
        metavar="SNAPSHOT",
        help="A snapshot folder, links (JSON, CSV or Parquet), GraphML, or an export in Parquet.",
        show_default=False,
    ),
]
NamesPath = Annotated[
    Path | None,
    typer.Option(
        "--names",
        metavar="FILE",
        help="A JSON file of names by id, for nodes without a name.",
        show_default=False,
    ),
]
DecisionsPath = Annotated[
    Path | None,
    typer.Option(
        "--decisions",
        metavar="FILE",
        help="Apply a file of review decisions, or a folder of journals, to the links.",
        show_default=False,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        "-t",
        metavar="NUMBER",
        help="Stop: lowest score of a join, in [0, 1]; by default that of the setting.",
        show_default=False,
    ),
]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME",
        help="Clustering method: auto, chosen with all else by the structure of the links; or"
        f" {', '.join(METHODS)}.",
        autocompletion=complete_words(AUTO, *METHODS),
    ),
]
OnePer = Annotated[
    Rule,
    typer.Option(
        "--one-per",
        metavar="LEVEL",
        help="integration_source or table: a cluster takes at most one member of each; none; or"
        " auto.",
    ),
]
Calibrate = Annotated[
    Calibration,
    typer.Option(
        "--calibrate",
        metavar="HOW",
        help="competition: score links against their rivals in the same system; decisions: make"
        " confidences probabilities by decided links; both; none; or auto.",
    ),
]
Floor = Annotated[
    Any,
    typer.Option(
        "--floor",
        metavar="NUMBER",
        parser=_floor,
        help="Links below this confidence count as absent; none; robust, for reviews that looked at"
        " right and wrong links unequally often; or auto.",
    ),
]
SettingPath = Annotated[
    Path | None,
    typer.Option(
        "--setting",
        metavar="FILE",
        help="Use the setting of a JSON file unchanged; 'hummgraph clusters --setting' writes it.",
        show_default=False,
    ),
]
WordsPath = Annotated[
    Path | None,
    typer.Option(
        "--words",
        metavar="FILE",
        help="Add words to the lists by which names are read, from a TOML file.",
        show_default=False,
    ),
]
SchemasGiven = Annotated[
    list[str] | None,
    typer.Option(
        "--schemas",
        metavar="PLACES",
        help="Where tables are: a JSON or TOML file, or SYSTEM=PREFIX or TABLE=PLACE; repeatable.",
        show_default=False,
    ),
]
RecordKeys = Annotated[
    list[str],
    typer.Option(
        "--record-key",
        metavar="COLUMN",
        help="The column that names the records of its table; repeatable.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole result as a JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress and no remarks.")]
MaxBad = Annotated[
    float,
    typer.Option(
        "--max-bad", metavar="SHARE", help="Largest accepted share of bad records, in [0, 1)."
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="Largest memory for what is read, and for clusters, as 500M or 8G; by default 8G.",
        show_default=False,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="HUMM_PAT",
        metavar="TEXT",
        help="Personal access token.",
        show_default=False,
        show_envvar=True,
    ),
]
OrganizationId = Annotated[
    str | None,
    typer.Option(
        "--organization",
        envvar="ORG_ID",
        metavar="ID",
        help="The organisation's id.",
        show_default=False,
        show_envvar=True,
    ),
]
BaseUrl = Annotated[
    str,
    typer.Option(
        "--base-url",
        envvar="HUMM_BASE_URL",
        metavar="URL",
        help="URL of the API.",
        show_envvar=True,
    ),
]
Complete = Annotated[
    bool,
    typer.Option(
        "--complete", help="Write nothing if catalogue calls are lost and names may be missing."
    ),
]
Evidence = Annotated[
    KeptEvidence,
    typer.Option(
        "--evidence",
        metavar="HOW",
        help="vocabulary: evidence without possible personal data; full: all of it; or none.",
    ),
]
PageFile = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write a page of the whole graph that opens on the result. An existing file is"
        " replaced.",
        show_default=False,
    ),
]
MemberLevel = Annotated[
    Level,
    typer.Option(
        "--level",
        metavar="LEVEL",
        help="Level of the members: column, table or integration_source.",
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        "--min-confidence",
        metavar="NUMBER",
        help="Leave out links below this confidence, in [0, 1].",
        show_default=False,
    ),
]
ActiveOnly = Annotated[
    bool,
    typer.Option("--active-only", help="Leave out links with a deleted node at an end."),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Write to a folder that holds other files too, and keep them. Without this, such a"
        " folder is not touched.",
    ),
]


def cluster_arguments(
    *,
    setting: Path | None = None,
    method: str = AUTO,
    one_per: Rule = Rule.AUTO,
    calibrate: Calibration = Calibration.AUTO,
    floor: float | str | None = AUTO,
) -> dict[str, Any]:
    """Return the arguments of ``cluster`` that options describe.

    Raises
    ------
    ConfigError
        If another option is given beside a setting, which has them all.
    ArgumentError
        If the file of the setting cannot be read.
    """
    if setting is not None:
        names = ("method", "one_per", "many_in", "calibrate", "floor")
        refuse_idle(f"with --setting {setting}, which has its own", *names)
        return {"setting": Setting.read(setting)}
    return {
        "method": method,
        "one_per": None if one_per == "none" else str(one_per),
        "calibrate": None if calibrate == "none" else str(calibrate),
        "floor": floor,
    }


def schemas_of(given: list[str] | None) -> dict[str, str] | str | None:
    """Return the places of tables that ``--schemas`` names, or the file of them."""
    if not given:
        return None
    if len(given) == 1 and "=" not in given[0]:
        return given[0]
    found: dict[str, str] = {}
    for pair in given:
        name, _, place = pair.rpartition("=")
        if not name or name in found:
            raise ConfigError(
                f"--schemas is {pair!r}; it must be one file, or NAME=PLACE, each name once.",
                hint="For example: --schemas Salesforce=raw.salesforce --schemas Stripe=raw.stripe",
            )
        found[name] = place
    return found


def record_keys_of(graph: LinkGraph, columns: list[str]) -> dict[str, str] | None:
    """Return the columns that name records, by their tables."""
    nodes = graph.arrays.nodes
    found: dict[str, str] = {}
    for column in columns:
        index = graph.index_of(column)
        table = int(nodes.ancestor[1][index])
        if nodes.depth[index] != Level.COLUMN.depth or table < 0:
            raise ConfigError(
                f"--record-key is {column!r}, which is not a column.",
                hint="For example: --record-key ERP/invoice.internal_id",
            )
        before = found.setdefault(nodes.id_text[table].as_py(), nodes.id_text[index].as_py())
        if before != nodes.id_text[index].as_py():
            raise ConfigError(
                f"--record-key names two columns of {nodes.path[table].as_py()!r}; records are"
                " named by one."
            )
    return found or None
