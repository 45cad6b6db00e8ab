"""The command that looks at versions, extras, settings, and the way to the API."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from typing import TYPE_CHECKING, Annotated, Any, Final

import pyarrow as pa
import typer

from hummgraph import errors
from hummgraph.cli.app import FOUND, command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import ListFile, Listing, print_list, refuse_list_in_json
from hummgraph.cli.network import Route
from hummgraph.cli.options import AsJson, BaseUrl, OrganizationId, Token
from hummgraph.cli.printing import print_json, remark
from hummgraph.client.arguments import check_base_url, check_id, cleaned
from hummgraph.client.client import DEFAULT_BASE_URL, Client
from hummgraph.client.config import RetryPolicy, Timeouts
from hummgraph.client.network import proxy_for
from hummgraph.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["doctor"]

_OK: Final = "ok"
_ABSENT: Final = "absent"
_FAULT: Final = "fault"
"""States of a finding; only the last one is a reason for another exit code than 0."""

_SECONDS: Final = 15.0
"""Time that the API has for one answer."""

_LEAST_ROOM: Final = 1 << 30
"""Bytes in the folder for temporary files below which a large fetch may fail."""

_NO_TOKEN: Final = "doctor"  # noqa: S105 - it opens nothing
_NO_ORGANIZATION: Final = "00000000-0000-4000-8000-000000000000"
"""Organisation for calls without a setting: the API refuses it, which shows that it was reached."""

_REQUIREMENT: Final = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*\(?(?P<bounds>[^;)]*)\)?"
    r"(?:;.*extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"])?"
)
_BOUND: Final = re.compile(r"(?P<how>>=|<)\s*(?P<version>[0-9.]+)")


@dataclass(frozen=True, slots=True)
class _Finding:
    """One row: the subject, the finding, and advice on it."""

    part: str
    name: str
    found: str
    state: str = _OK
    advice: str = ""


@command
def doctor(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask the API: nothing is sent.")
    ] = False,
    token: Token = None,
    organization: OrganizationId = None,
    base_url: BaseUrl = DEFAULT_BASE_URL,
    as_json: AsJson = False,
    output: ListFile = None,
    listing: Listing,
    route: Route,
) -> None:
    """Check the installation, the settings and the connection to the API.

    A fault ends it with exit code 11. The token is neither printed nor sent anywhere but to the
    API. Without a token and an organisation the API is asked too, with invented ones, to see
    whether it can be reached.
    """
    if offline:
        refuse_idle("with --offline", "ca_bundle")  # a proxy is looked at
    if as_json:
        refuse_list_in_json(file=True)
    listing.chosen(output)
    found = [*_versions(), *_extras(), *_settings(token, organization, base_url, route)]
    if not offline and not any(one.part == "settings" and one.state == _FAULT for one in found):
        found.append(_api(token, organization, base_url, route))
    faults = [one for one in found if one.state == _FAULT]
    if as_json:
        print_json({"faults": len(faults), "findings": [_as_row(one) for one in found]})
    else:
        rows = [_as_row(one) for one in found]
        columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}
        if listing.limit is None:
            listing = replace(listing, limit=0)  # the last rows are what a person looks for
        title, shown = "Installation", ("part", "name", "state", "found")
        print_list(Frame(pa.table(columns)), listing, title=title, shown=shown, output=output)
        console = listing.console(output)
        for one in faults:
            remark(f"{one.name}: {one.found} {one.advice}".rstrip(), console=console, style="red")
        remark("" if faults else "No fault.", console=console, style="")
    if faults:
        raise typer.Exit(FOUND)


def _as_row(one: _Finding) -> dict[str, str | None]:
    return {
        "part": one.part,
        "name": one.name,
        "state": one.state,
        "found": one.found,
        "advice": one.advice or None,
    }


# --- what is installed -----------------------------------------------------------------------


def _versions() -> Iterator[_Finding]:
    """Check the versions of hummgraph, Python and the packages that hummgraph cannot do without."""
    yield _Finding("installed", "hummgraph", version("hummgraph"))
    python = f"{platform.python_version()} ({platform.python_implementation()})"
    yield _Finding("installed", "Python", f"{python} on {platform.system()} {platform.machine()}")
    for name, bounds, extra in _requirements():
        if not extra:
            yield _package("installed", name, bounds, "python -m pip install --upgrade hummgraph")


def _extras() -> Iterator[_Finding]:
    """Check the packages of each extra; they may be missing."""
    for name, bounds, extra in _requirements():
        if extra:
            advice = f'python -m pip install "hummgraph[{extra}]"'
            found = _package(f"extra {extra}", name, bounds, advice)
            if found.found == _MISSING:
                found = _Finding(found.part, found.name, found.found, _ABSENT, found.advice)
            yield found


_MISSING: Final = "not installed"


def _requirements() -> Iterator[tuple[str, str, str]]:
    """Return the name, the bounds and the extra of each package that hummgraph names."""
    for text in requires("hummgraph") or ():
        found = _REQUIREMENT.match(text)
        if found is not None:
            yield found["name"], found["bounds"].strip(), found["extra"] or ""


def _package(part: str, name: str, bounds: str, advice: str) -> _Finding:
    try:
        has = distribution(name).version
    except PackageNotFoundError:
        return _Finding(part, name, _MISSING, _FAULT, advice)
    if _is_within(has, bounds):
        return _Finding(part, name, has)
    return _Finding(part, name, f"{has}, which is not {bounds}", _FAULT, advice)


def _is_within(has: str, bounds: str) -> bool:
    """Return whether a version keeps the bounds of a requirement, ``>=`` and ``<``.

    Examples
    --------
    >>> _is_within("2.10.1", ">=2.9,<3"), _is_within("3.0", ">=2.9,<3"), _is_within("9", "")
    (True, False, True)
    """
    for bound in _BOUND.finditer(bounds):
        below = _release(has) < _release(bound["version"])
        if below != (bound["how"] == "<"):
            return False
    return True


def _release(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, without zeros at its end."""
    parts = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in parts[0].split(".")] if parts else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


# --- settings --------------------------------------------------------------------------------


def _settings(
    token: str | None, organization: str | None, base_url: str, route: Route
) -> Iterator[_Finding]:
    """Check the settings of the API, of the way to it, and of files; without secrets."""
    account = "Made in Humm under Settings, API Tokens; files of links need none."
    yield (
        _Finding("settings", "HUMM_PAT", "set")
        if cleaned(token or "")
        else _Finding("settings", "HUMM_PAT", "not set", _ABSENT, account)
    )
    if not cleaned(organization or ""):
        yield _Finding("settings", "ORG_ID", "not set", _ABSENT, "The organisation's id in Humm.")
    else:
        try:
            yield _Finding("settings", "ORG_ID", str(check_id("ORG_ID", organization or "")))
        except errors.ArgumentError as error:
            # Not shown: it may be the token, in the wrong place.
            yield _Finding("settings", "ORG_ID", "not an id", _FAULT, error.hint)
    try:
        checked = check_base_url(base_url)
    except errors.ConfigError as error:
        # What is wrong with it may be a password in it.
        yield _Finding("settings", "HUMM_BASE_URL", error.message, _FAULT, error.hint)
    else:
        yield _Finding("settings", "HUMM_BASE_URL", checked)
        try:
            proxy = proxy_for(checked, route.proxy)
        except errors.ConfigError as error:
            yield _Finding("settings", "proxy", error.message, _FAULT, error.hint)
        else:
            yield _Finding("settings", "proxy", "none" if proxy is None else proxy.shown)
    folder = tempfile.gettempdir()
    room = shutil.disk_usage(folder).free
    found = f"{folder}: {room / 1e9:,.1f} GB free"
    if not os.access(folder, os.W_OK):
        yield _Finding("settings", "TMPDIR", f"{folder}: not writable", _FAULT, "Set TMPDIR.")
    elif room < _LEAST_ROOM:
        advice = "Make room, or set TMPDIR: a fetch keeps its replies there until it ends."
        yield _Finding("settings", "TMPDIR", found, _FAULT, advice)
    else:
        yield _Finding("settings", "TMPDIR", found)


# --- the API ---------------------------------------------------------------------------------


def _api(token: str | None, organization: str | None, base_url: str, route: Route) -> _Finding:
    """Ask the API for the organisation, once."""
    known = bool(cleaned(token or "")) and bool(cleaned(organization or ""))
    options: dict[str, Any] = {
        "timeouts": Timeouts(total=_SECONDS, connect=_SECONDS),
        "retry": RetryPolicy(attempts=1),
        **route.options(),
    }
    try:
        with Client(
            token=(token or "") if known else _NO_TOKEN,
            organization_id=(organization or "") if known else _NO_ORGANIZATION,
            base_url=base_url,
            **options,
        ) as client:
            name = client.organization().name
    except (
        errors.AuthenticationError,
        errors.PermissionDeniedError,
        errors.NotFoundError,
    ) as error:
        if known:
            return _Finding("API", "organisation", error.message, _FAULT, error.hint)
        return _Finding("API", "reach", "reached, with an invented token, which it refused")
    except errors.HummgraphError as error:
        return _Finding("API", "reach", error.message, _FAULT, error.hint)
    return _Finding("API", "organisation", f"reached: {name}" if name else "reached")
