"""Options given on the command line: those without an effect are refused, not ignored."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from hummgraph import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["note_given", "refuse_idle"]

_GIVEN: Final[ContextVar[Mapping[str, str] | None]] = ContextVar("given", default=None)
"""Options given to the running command, by parameter."""


def note_given(context: Any) -> None:
    """Keep the names of the options that a person typed; the environment's are not among them."""
    given = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name)
        if source is not None and source.name == "COMMANDLINE":
            negative = context.params[parameter.name] is False
            words = parameter.secondary_opts if negative else parameter.opts
            given[parameter.name] = max(words or parameter.opts, key=len)
    _GIVEN.set(given)


def refuse_idle(where: str, *names: str, hint: str = "") -> None:
    """Raise an error for options that have no effect.

    Parameters
    ----------
    where
        The combination, as ``"with --json"``: the end of a sentence.
    names
        Parameters of the command.
    hint
        Advice, if it is not to leave the options out.

    Raises
    ------
    ConfigError
        If any of the options is given.
    """
    given = _GIVEN.get() or {}
    idle = [given[name] for name in names if name in given]
    if idle:
        verb, them = ("has", "it") if len(idle) == 1 else ("have", "them")
        raise errors.ConfigError(
            f"{' and '.join(idle)} {verb} no effect {where}.", hint=hint or f"Leave {them} out."
        )
