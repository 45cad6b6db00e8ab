"""Errors and notes of the library in the words of the command line."""

from __future__ import annotations

import re
import shlex
from ast import literal_eval
from inspect import signature
from typing import TYPE_CHECKING, Final, get_args

from hummgraph.cli.app import app
from hummgraph.warehouse.values import CONNECTIONS_HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hummgraph.errors import HummgraphError

__all__ = ["READING", "error_text", "options_of", "with_option_names"]

_SETTING = re.compile(r"\b(?P<name>[a-z_]+)=(?P<value>'[^']*'|\{'[^{}]*'\}|True|False)")
_BARE = re.compile(r"\b(?P<name>[a-z_]+)=(?=[ .,;:]|$)")
_SUBJECT = re.compile(r"^(?P<name>[a-z]+(?:_[a-z]+)*)(?P<verb> (?:is|names|has|have) |: )")
_PARAMETER = re.compile(r"\b(?P<name>max_depth|max_per_hop)\b")

_OTHER_SETTINGS: Final = {
    "with Timeouts(fetch=...)": "with --deadline",
    "as ca_bundle=...": "with --ca-bundle",
    CONNECTIONS_HINT: "A folder of values has a folder of each system, with a file of each table.",
    "Write schemas={": "Write a file for --schemas of {",
}
"""Settings of the library that have an option of another form."""

_OTHER_NAMES: Final = {
    "max_depth": "depth",
    "max_per_hop": "per_hop",
    "connections": "values",
    "dialect": "sql",
}
"""Parameters of the library whose options have other names."""

READING: Final = {"columns": "--map", "level": "--ends"}
"""Options of parameters of :func:`read_links` that share names with other parameters."""


def options_of(arguments: Sequence[str]) -> dict[str, str]:
    """Return the options of the command in a command line: longest name by parameter."""
    named = _command_functions()
    command = next((named[word] for word in arguments if word in named), None)
    if command is None:
        return {}
    found = {}
    for name, parameter in signature(command).parameters.items():
        info = get_args(parameter.annotation)[1]
        # Annotated has the first name of an option in the place of the default.
        words = [word for word in (info.default, *(info.param_decls or ())) if word is not ...]
        if parameter.kind is parameter.KEYWORD_ONLY:
            found[name] = max(words, key=len).partition("/")[0]
    return found


def _command_functions() -> dict[str, Callable[..., None]]:
    """Return the function of each command, by name."""
    registered = (one.callback for one in app.registered_commands)
    functions = [function for function in registered if function is not None]
    return {function.__name__.replace("_", "-"): function for function in functions}


def error_text(error: HummgraphError, arguments: Sequence[str]) -> str:
    """Return the text of an error, with the options of the command that ran.

    A hint about a parameter for which no command has an option is left out.
    """
    options = options_of(arguments)
    message = with_option_names(error.message, options)
    known = {name for command in _command_functions() for name in options_of([command])}
    asked = {_OTHER_NAMES.get(one["name"], one["name"]) for one in _SETTING.finditer(error.hint)}
    if not asked <= known:
        return message
    return f"{message} {with_option_names(error.hint, options)}".rstrip()


def with_option_names(text: str, options: Mapping[str, str]) -> str:
    """Return a text with parameters replaced by their options.

    Examples
    --------
    >>> with_option_names("level='table' takes them together.", {"level": "--level"})
    '--level table takes them together.'
    >>> with_option_names("There is one with directed=False.", {"directed": "--directed"})
    'There is one without --directed.'
    >>> with_option_names("threshold is 1.5; it must be in [0, 1].", {"threshold": "--threshold"})
    '--threshold is 1.5; it must be in [0, 1].'
    >>> with_option_names("Write columns={'left': 'source', 'my score': 'confidence'}.", READING)
    "Write --map left=source --map 'my score=confidence'."
    >>> with_option_names("Stopped after 9 links (max_work).", {"max_work": "--max-work"})
    'Stopped after 9 links (--max-work allows more).'
    >>> with_option_names("Links lifted to level='table'.", {})
    "Links lifted to level 'table'."
    """
    return _SETTING.sub(r"\g<name> \g<value>", _replace_parameters(text, options))


def _replace_parameters(text: str, options: Mapping[str, str]) -> str:
    """Replace parameters that have an option."""

    def named(found: re.Match[str]) -> str | None:
        name = found["name"]
        return options.get(name) or options.get(_OTHER_NAMES.get(name, ""))

    def as_option(found: re.Match[str]) -> str:
        option, value = named(found), found["value"]
        if option is None:
            return found[0]
        if value in {"True", "False"}:
            return option if value == "True" else f"without {option}"
        if value.startswith("{"):
            pairs = literal_eval(value).items()
            return " ".join(f"{option} {shlex.quote(f'{one}={other}')}" for one, other in pairs)
        return f"{option} {shlex.quote(value.strip(chr(39)))}"

    def subject(found: re.Match[str]) -> str:
        option = named(found)
        return found[0] if option is None else f"{option}{found['verb']}"

    for written, option in _OTHER_SETTINGS.items():
        text = text.replace(written, option)
    effort = options.get("max_work")
    more = f" ({effort} allows more)" if effort else ""
    text = text.replace("with directed=False", "directed=False").replace(" (max_work)", more)
    text = _SETTING.sub(as_option, _SUBJECT.sub(subject, text))
    text = _BARE.sub(lambda found: named(found) or found[0], text)
    return _PARAMETER.sub(lambda found: named(found) or found[0], text)
