"""Arguments and options that commands share: one name, one meaning, one help text."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from hummgraph.algorithms.clustering.clustering import METHODS
from hummgraph.errors import ConfigError
from hummgraph.export import KeptEvidence
from hummgraph.graph.elements import Level

__all__ = [
    "ActiveOnly",
    "AsJson",
    "BaseUrl",
    "Calibrate",
    "Complete",
    "DecisionsPath",
    "Evidence",
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
    "SnapshotPath",
    "Threshold",
    "Token",
    "memory_bytes",
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


class _OnePer(StrEnum):
    INTEGRATION_SOURCE = "integration_source"
    TABLE = "table"


class _Calibrate(StrEnum):
    COMPETITION = "competition"


def _methods(incomplete: str) -> list[str]:
    """Return the clustering methods that a word may become, for a shell."""
    return [name for name in METHODS if name.startswith(incomplete)]


SnapshotPath = Annotated[
    Path,
    typer.Argument(
        metavar="SNAPSHOT",
        help="A snapshot folder, a file of links (JSON, CSV or Parquet), or GraphML.",
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
        help="Apply the review decisions of a JSON file to the links.",
        show_default=False,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        "-t",
        metavar="NUMBER",
        help="Lowest score of a link that joins, in [0, 1]; by default that of the method.",
        show_default=False,
    ),
]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME",
        help=f"Clustering method: {', '.join(METHODS)}.",
        autocompletion=_methods,
    ),
]
OnePer = Annotated[
    _OnePer | None,
    typer.Option(
        "--one-per",
        metavar="LEVEL",
        help="integration_source or table: a cluster takes at most one member of each.",
        show_default=False,
    ),
]
Calibrate = Annotated[
    _Calibrate | None,
    typer.Option(
        "--calibrate",
        metavar="HOW",
        help="competition: score links against their rivals in the same system.",
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
        help="vocabulary: evidence without what may be personal data; full: all of it; or none.",
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
        help="Write also where other files are; they are kept, and so is what is in the way.",
    ),
]
