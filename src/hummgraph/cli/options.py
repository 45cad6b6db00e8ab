"""Arguments and options that commands share: one name, one meaning, one help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hummgraph.algorithms.clustering.clustering import METHODS
from hummgraph.export import KeptEvidence
from hummgraph.graph.elements import Level

__all__ = [
    "ActiveOnly",
    "AsJson",
    "BaseUrl",
    "Calibrate",
    "DecisionsPath",
    "Evidence",
    "MaxBad",
    "MemberLevel",
    "Method",
    "MinConfidence",
    "NamesPath",
    "OnePer",
    "OrganizationId",
    "Quiet",
    "SnapshotPath",
    "Threshold",
    "Token",
]


class _OnePer(StrEnum):
    INTEGRATION_SOURCE = "integration_source"
    TABLE = "table"


class _Calibrate(StrEnum):
    COMPETITION = "competition"


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
        help="A JSON file of id to name, for what has none.",
        show_default=False,
    ),
]
DecisionsPath = Annotated[
    Path | None,
    typer.Option(
        "--decisions",
        metavar="FILE",
        help="Lay the review decisions of a JSON file over the links.",
        show_default=False,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        "-t",
        metavar="NUMBER",
        help="Lowest score of a link that joins, in [0, 1]; without it, the method's own.",
        show_default=False,
    ),
]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME",
        help=f"How links become clusters: {', '.join(METHODS)}.",
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
        "--max-bad", metavar="SHARE", help="Largest share of bad records to accept, in [0, 1)."
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
        help="Where the API is.",
        show_envvar=True,
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
        help="What the members are: column, table or integration_source.",
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
