"""The application, its commands and their exit codes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from hummgraph import errors
from hummgraph.cli.given import note_given
from hummgraph.cli.groups import expand_groups
from hummgraph.cli.printing import out
from hummgraph.cli.sections import EXAMPLES, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EXIT_CODES", "FOUND", "LOST", "PipeClosed", "app", "command", "exit_code"]

EXIT_CODES = {
    0: "done, or the reader of the output closed it early",
    1: "any other error of hummgraph",
    2: "wrong usage: an option, setting, threshold, name of a node or format",
    3: "more bad records than --max-bad allows, nothing was written",
    4: "the API refused the token, or its user is not in the organisation",
    5: "the API could not be reached, or failed",
    6: "a reply or file is not what the contract describes",
    7: "a snapshot is missing, damaged or of a newer version",
    8: "the output cannot be written, files there before are unchanged",
    9: "no path leads from one to the other",
    10: "written, but catalogue calls were lost and names are missing",
    11: "a check found something",
    129: "its terminal was closed (SIGHUP)",
    130: "interrupted (Ctrl-C)",
    143: "ended by another program (SIGTERM)",
}

LOST: Final = 10
"""Exit code of a command that wrote its files without some names."""

FOUND: Final = 11
"""Exit code of checks that found something; nothing else ends with it."""

_UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""Class of typer's errors for wrong usage; not every version of typer has a public name for it."""

_CODES: tuple[tuple[int, tuple[type[errors.HummgraphError], ...]], ...] = (
    (
        2,
        (
            errors.ConfigError,
            errors.ArgumentError,
            errors.NodeError,
            errors.LinkNotFoundError,
            errors.FormatError,
            errors.DecisionError,
        ),
    ),
    (3, (errors.TooManyBadRecordsError,)),
    (4, (errors.AuthenticationError, errors.PermissionDeniedError, errors.NotFoundError)),
    (5, (errors.RequestError,)),
    (6, (errors.ContractError,)),
    (7, (errors.SnapshotError,)),
    (8, (errors.OutputError,)),
    (9, (errors.NoPathError,)),
)


# Click does not wrap a paragraph that begins with \b.
_EPILOG = "\b\nExit codes:\n" + "\n".join(
    f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items()
)


class PipeClosed(Exception):  # noqa: N818 - it ends a command, as typer's Exit does
    """Raised if standard output was closed by its reader, before typer ends with its own code."""


def _write_sections(command: Any, context: Any, formatter: Any) -> None:
    """Write arguments and options, group by group."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            rows.setdefault("Arguments", []).append((parameter.metavar, parameter.help))
        elif (row := parameter.get_help_record(context)) is not None:
            group = getattr(parameter, "rich_help_panel", None) or "Options"
            rows.setdefault(group, []).append(row)
    first = {name: rows.pop(name) for name in ("Arguments", "Options") if name in rows}
    for group, records in (first | rows).items():
        with formatter.section(group):
            formatter.write_dl(records)


_OTHER_WORDS: Final = {"--format": "--to", "--to": "--format"}
"""Options that some commands have under another name."""

_SIMILAR: Final = 0.7
"""Lowest similarity of two names of options, in [0, 1], at which one may be a slip for another."""


def _explain(error: Any, command: Any) -> None:
    """Make the message of wrong usage name the option that was meant, and nothing of Python's."""
    error.message = error.message.replace("Value error, ", "")
    asked = getattr(error, "option_name", None)
    if asked is not None:
        known = {word for parameter in command.params for word in parameter.opts}
        other = _OTHER_WORDS.get(asked)
        near = get_close_matches(asked, known, n=2, cutoff=_SIMILAR)
        error.possibilities = [other] if other in known else near


class _Command(TyperCommand):
    """A command whose help is plain text: brackets are kept, and flags show no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; see :func:`_explain` for their faults."""
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            _explain(error, self)
            raise

    def invoke(self, ctx: Any) -> Any:
        """Note the options that were given, and run the command."""
        note_given(ctx)
        return super().invoke(ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, group by group."""
        _write_sections(self, ctx, formatter)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, arguments first."""
        arguments = [one for one in self.get_params(ctx) if one.param_type_name == "argument"]
        return [*(str(one.metavar) for one in arguments), "[OPTIONS]"]


class _Group(TyperGroup):
    """The command line itself."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options, then commands."""
        _write_sections(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the parser's signature
        """Write each command with its first sentence, by task."""
        width = max(map(len, self.commands))
        for task, names in SECTIONS.items():
            # Blanks make the column of sentences begin at the same place in all sections.
            rows = [
                (name.ljust(width), str(self.commands[name].help).partition("\n\n")[0])
                for name in names
            ]
            with formatter.section(task):
                formatter.write_dl(rows)

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line, and print help or version if asked."""
        try:
            return super().make_context(*arguments, **options)
        except BrokenPipeError as error:
            raise PipeClosed from error

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosed from error


app = typer.Typer(
    name="hummgraph",
    cls=_Group,
    help="Fetch Humm's entity links, cluster them, show and export them. 'hummgraph demo' tries it"
    " without an account; -h after a command prints its options and examples.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Add a command to the application; its groups of options become options of their own."""
    examples = EXAMPLES[function.__name__]
    heading = "Example" if len(examples) == 1 else "Examples"
    epilog = f"\b\n{heading}:\n" + "\n".join(f"  {line}" for line in examples)
    app.command(cls=_Command, epilog=epilog)(expand_groups(function))
    return function


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer passes it by position
    if value:
        from importlib.metadata import version

        out.print(f"hummgraph {version('hummgraph')}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Entity links between an organisation's systems, as a graph."""


def exit_code(error: errors.HummgraphError) -> int:
    """Return the exit code of an error."""
    return next((code for code, kinds in _CODES if isinstance(error, kinds)), 1)
