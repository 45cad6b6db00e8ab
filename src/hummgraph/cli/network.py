"""Options of commands that call the API: the way to it, and the time it may take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - typer reads the annotations of the group
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hummgraph.client.config import Timeouts

if TYPE_CHECKING:
    from hummgraph.client.async_client import Options

__all__ = ["Network", "Route"]

_GROUP: Final = "Network"


@dataclass(frozen=True, slots=True)
class Route:
    """The way to the API.

    Parameters
    ----------
    ca_bundle, proxy
        The same as for :class:`hummgraph.Client`.
    """

    ca_bundle: Annotated[
        Path | None,
        typer.Option(
            "--ca-bundle",
            metavar="FILE",
            help="Certificates to trust instead of the default ones, in PEM form.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None
    proxy: Annotated[
        str | None,
        typer.Option(
            "--proxy",
            metavar="URL",
            help="Proxy to use instead of that of HTTPS_PROXY: http://host:port, https or socks5.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None

    def options(self) -> Options:
        """Return the options of a client."""
        return {"ca_bundle": self.ca_bundle, "proxy": self.proxy}


@dataclass(frozen=True, slots=True)
class Network(Route):
    """The way to the API, and the time that a fetch may take.

    Parameters
    ----------
    ca_bundle, proxy
        The same as for :class:`hummgraph.Client`.
    deadline
        Seconds for the whole fetch.
    """

    deadline: Annotated[
        float | None,
        typer.Option(
            "--deadline",
            metavar="SECONDS",
            help="Longest time of the whole fetch; by default an hour.",
            show_default=False,
            rich_help_panel=_GROUP,
        ),
    ] = None

    def options(self) -> Options:
        """Return the options of a client."""
        found = Route.options(self)
        if self.deadline is not None:
            found["timeouts"] = Timeouts(fetch=self.deadline)
        return found
