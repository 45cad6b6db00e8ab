"""Errors and notes of the library in the words of the command line."""

from __future__ import annotations

import re
import shlex
from ast import literal_eval
from inspect import signature
from typing import TYPE_CHECKING, Final, get_args

from hummgraph.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hummgraph.errors import HummgraphError

__all__ = ["READING", "options_of", "spoken", "spoken_text"]

_SETTING = re.compile(r"\b(?P<name>[a-z_]+)=(?P<value>'[^']*'|\{'[^{}]*'\}|True|False)")
_SUBJECT = re.compile(r"^(?P<name>[a-z]+(?:_[a-z]+)*) (?P<verb>is|names) ")
_PARAMETER = re.compile(r"\b(?P<name>max_depth|max_per_hop)\b")

_OTHER_SETTINGS: Final = {
    "with Timeouts(fetch=...)": "with --deadline",
    "as ca_bundle=...": "with --ca-bundle",
}
"""Settings of the library that have an option of another form."""

_OTHER_NAMES: Final = {"max_depth": "depth", "max_per_hop": "per_hop"}
"""Parameters of the library whose options have other names."""

READING: Final = {"columns": "--map", "level": "--ends"}
"""Options of the parameters of :func:`read_links`, which other parameters are called like."""


def options_of(arguments: Sequence[str]) -> dict[str, str]:
    """Return the options of the command that a command line names: parameter to longest name."""
    named = _functions_by_command()
    command = next((named[word] for word in arguments if word in named), None)
    if command is None:
        return {}
    found = {}
    for name, parameter in signature(command).parameters.items():
        info = get_args(parameter.annotation)[1]
        # Within Annotated the first name of an option stands where a default would.
        words = [word for word in (info.default, *(info.param_decls or ())) if word is not ...]
        if parameter.kind is parameter.KEYWORD_ONLY:
            found[name] = max(words, key=len).partition("/")[0]
    return found


def _functions_by_command() -> dict[str, Callable[..., None]]:
    """Return the function of each command, by name."""
    registered = (one.callback for one in app.registered_commands)
    return {function.__name__: function for function in registered if function is not None}


def spoken(error: HummgraphError, arguments: Sequence[str]) -> str:
    """Return what an error says, with the options of the command that ran.

    A hint that asks for a parameter which no command has an option for is left out.
    """
    options = options_of(arguments)
    message = spoken_text(error.message, options)
    known = {name for command in _functions_by_command() for name in options_of([command])}
    asked = {_OTHER_NAMES.get(one["name"], one["name"]) for one in _SETTING.finditer(error.hint)}
    if not asked <= known:
        return message
    return f"{message} {spoken_text(error.hint, options)}".rstrip()


def spoken_text(text: str, options: Mapping[str, str]) -> str:
    """Return a text with the options that its parameters have.

    Examples
    --------
    >>> spoken_text("level='table' takes them together.", {"level": "--level"})
    '--level table takes them together.'
    >>> spoken_text("There is one with directed=False.", {"directed": "--directed"})
    'There is one without --directed.'
    >>> spoken_text("threshold is 1.5; it must be in [0, 1].", {"threshold": "--threshold"})
    '--threshold is 1.5; it must be in [0, 1].'
    >>> spoken_text("Write columns={'left': 'source', 'my score': 'confidence'}.", READING)
    "Write --map left=source --map 'my score=confidence'."
    >>> spoken_text("Links lifted to level='table'.", {})
    "Links lifted to level 'table'."
    """
    return _SETTING.sub(r"\g<name> \g<value>", _with_options(text, options))


def _with_options(text: str, options: Mapping[str, str]) -> str:
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
        return found[0] if option is None else f"{option} {found['verb']} "

    for written, option in _OTHER_SETTINGS.items():
        text = text.replace(written, option)
    text = text.replace("with directed=False", "directed=False").replace(" (max_work)", "")
    text = _SETTING.sub(as_option, _SUBJECT.sub(subject, text))
    return _PARAMETER.sub(lambda found: named(found) or found[0], text)
