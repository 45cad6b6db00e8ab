"""Arguments and options that commands share: one name, one meaning, one help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hummgraph.algorithms.clustering.clustering import METHODS
from hummgraph.export import KeptEvidence

__all__ = [
    "ActiveOnly",
    "AsJson",
    "BaseUrl",
    "Calibrate",
    "CataloguePath",
    "Columns",
    "DecisionsPath",
    "Ends",
    "EndsOption",
    "Evidence",
    "MaxBad",
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


class Ends(StrEnum):
    """What the names at the ends of links are of."""

    COLUMN = "column"
    TABLE = "table"


class _Calibrate(StrEnum):
    COMPETITION = "competition"


SnapshotPath = Annotated[
    Path,
    typer.Argument(
        metavar="SNAPSHOT",
        help="A snapshot folder; a file of links: JSON, CSV or Parquet; or GraphML.",
        show_default=False,
    ),
]
CataloguePath = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        help="For a file of records: a folder of catalogue files (tables.json, columns.json ...).",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--columns",
        metavar="YOURS=FIELD",
        help="For a file of links: which column is which field, as score=confidence; repeatable.",
        show_default=False,
    ),
]
EndsOption = Annotated[
    Ends,
    typer.Option(
        "--ends",
        metavar="LEVEL",
        help="For a file of links between names: column or table, what the names are of.",
    ),
]
NamesPath = Annotated[
    Path | None,
    typer.Option(
        "--names", help="A JSON file of id to name, for what has none.", show_default=False
    ),
]
DecisionsPath = Annotated[
    Path | None,
    typer.Option(
        "--decisions", help="A JSON file of review decisions to lay over.", show_default=False
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        "-t",
        help="How sure a join must be, in [0, 1]; when not given, the method's constant.",
        show_default=False,
    ),
]
Method = Annotated[
    str, typer.Option("--method", "-m", help=f"How links become groups: {', '.join(METHODS)}.")
]
OnePer = Annotated[
    _OnePer | None,
    typer.Option(
        "--one-per",
        metavar="LEVEL",
        help="integration_source or table: let a cluster take one member of each at most.",
        show_default=False,
    ),
]
Calibrate = Annotated[
    _Calibrate | None,
    typer.Option(
        "--calibrate",
        metavar="HOW",
        help="competition: score links by how they stand against rivals in that system.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")]
MaxBad = Annotated[
    float,
    typer.Option(
        "--max-bad", metavar="SHARE", help="Largest share of bad records accepted, in [0, 1)."
    ),
]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="HUMM_PAT", help="Personal access token.", show_default=False),
]
OrganizationId = Annotated[
    str | None,
    typer.Option("--organization", envvar="ORG_ID", help="Organisation's id.", show_default=False),
]
BaseUrl = Annotated[
    str, typer.Option("--base-url", envvar="HUMM_BASE_URL", help="Where the API is.")
]
Evidence = Annotated[
    KeptEvidence,
    typer.Option(
        "--evidence",
        help="How much evidence is shown: without the texts it quotes, in full, or none.",
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option("--min-confidence", help="Leave weaker links out.", show_default=False),
]
ActiveOnly = Annotated[
    bool,
    typer.Option("--active-only", help="Leave out links that end at something deleted."),
]
