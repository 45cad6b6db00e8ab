"""Groups of options that commands share, as one parameter each."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["expand_groups"]


def expand_groups(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose dataclass parameters are replaced by an option for each field.

    Typer reads the options from the signature and the annotations; the command itself gets the
    group as one value.

    Parameters
    ----------
    function
        A command. The fields of a dataclass that annotates a parameter are annotated as options.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Paging:
    ...     page: int = 1
    ...     rows: int = 20
    >>> def listed(folder: str, *, paging: Paging) -> None:
    ...     print(folder, paging)
    >>> list(signature(expand_groups(listed)).parameters)
    ['folder', 'page', 'rows']
    >>> expand_groups(listed)("here", rows=5)
    here Paging(page=1, rows=5)
    """
    parameters: list[Parameter] = []
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    annotations = get_type_hints(function, include_extras=True)
    for name, parameter in signature(function).parameters.items():
        kind = annotations[name]
        if not (isinstance(kind, type) and is_dataclass(kind)):
            parameters.append(parameter.replace(annotation=kind))
            continue
        del annotations[name]
        hints = get_type_hints(kind, include_extras=True)
        groups[name] = kind, [one.name for one in fields(kind)]
        for one in fields(kind):
            default = one.default if one.default_factory is MISSING else one.default_factory()
            annotations[one.name] = hints[one.name]
            parameters.append(
                Parameter(
                    one.name,
                    Parameter.KEYWORD_ONLY,
                    default=default,
                    annotation=hints[one.name],
                )
            )

    @wraps(function)
    def command(*arguments: Any, **options: Any) -> None:
        for name, (kind, names) in groups.items():
            given = {one: options.pop(one) for one in names if one in options}
            options[name] = kind(**given)
        function(*arguments, **options)

    command.__signature__ = signature(function).replace(parameters=parameters)  # type: ignore[attr-defined]  # functions have it
    command.__annotations__ = annotations
    del command.__wrapped__  # typer would read the wrapped signature
    return command
