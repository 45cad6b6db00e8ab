"""The command that answers an assistant, over the Model Context Protocol."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from hummgraph import errors
from hummgraph.cli.answers import ABOUT, TOOLS, Answers
from hummgraph.cli.app import command
from hummgraph.cli.options import DecisionsPath, SettingPath, SnapshotPath
from hummgraph.cli.printing import is_terminal
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.errors.texts import quoted
from hummgraph.frames import visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult
    from pydantic import ValidationError

__all__ = ["answer_text", "mcp"]

_STDIN: Final = 0
_CHUNK: Final = 1 << 16

_INSTRUCTIONS: Final = (
    "A catalogue of an organisation's systems, tables and columns, and the links between them that"
    " say what is the same thing. All tools only read. Take names and ids from find; a name is"
    " SYSTEM/TABLE.COLUMN. A link is APPROVED or REJECTED by a person, or SUGGESTED; say which when"
    " you rely on one. Where an answer shows part of a list, its member shown says of how many."
    f" {ABOUT}"
)


@command
def mcp(
    snapshot: SnapshotPath,
    *,
    setting: SettingPath = None,
    decisions: DecisionsPath = None,
    reading: Reading,
) -> None:
    """Answer an assistant's questions about a snapshot; needs hummgraph[mcp].

    The assistant's program starts it, and asks over standard input and output by the Model Context
    Protocol. It only reads: nothing is decided, written or sent anywhere.
    """
    if sys.stdin is None or is_terminal(sys.stdin):
        raise errors.ConfigError(
            "Standard input is a terminal; an assistant's program must start this command.",
            hint="Add it to the program's configuration as command 'hummgraph', arguments 'mcp' and"
            " the path of the snapshot.",
        )
    try:
        import mcp.server.mcpserver  # noqa: F401 - before the snapshot is read
    except ImportError as error:
        raise errors.MissingDependencyError.of("mcp") from error
    answers = Answers(graph_from(snapshot, reading, decisions=decisions), setting)
    answers.warm()
    try:
        asyncio.run(_serve(_server(answers)))
    except* BrokenPipeError as gone:
        raise BrokenPipeError from gone


def _server(answers: Answers) -> MCPServer[Any]:
    """Return a server whose tools are the methods of the answers."""
    from importlib.metadata import version

    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations
    from pydantic import ValidationError

    class Server(MCPServer[Any]):
        async def call_tool(self, name: str, arguments: Any, context: Any = None) -> Any:
            method = getattr(answers, name) if name in TOOLS else None
            taken = list(signature(method).parameters) if method is not None else []
            unknown = [one for one in arguments if method is not None and one not in taken]
            if unknown:
                text = f"{name} has no argument {quoted(unknown[0])}; it has {', '.join(taken)}."
                return _refusal(errors.ArgumentError(text))
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                if isinstance(error.__cause__, ValidationError):
                    return _refusal(errors.ArgumentError(_faults(error.__cause__)))
                raise

    server = Server(
        "hummgraph",
        instructions=_INSTRUCTIONS,
        version=version("hummgraph"),
        log_level="ERROR",
    )
    one_at_a_time = threading.Lock()
    for name in TOOLS:
        server.add_tool(
            _tool(getattr(answers, name), one_at_a_time),
            name=name,
            annotations=ToolAnnotations(
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
            structured_output=False,
        )
    return server


def _tool(method: Callable[..., dict[str, Any]], lock: threading.Lock) -> Callable[..., Any]:
    """Return a tool: a function of the same parameters, whose result the protocol can carry."""
    from mcp.types import CallToolResult, TextContent

    def tool(**given: Any) -> CallToolResult:
        try:
            with lock:
                content = method(**given)
        except errors.HummgraphError as error:
            return _refusal(error)
        return CallToolResult(content=[TextContent(type="text", text=answer_text(content))])

    hints = get_type_hints(method, include_extras=True)
    parameters = [
        Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=hints[one.name])
        for one in signature(method).parameters.values()
    ]
    tool.__signature__ = Signature(parameters, return_annotation=CallToolResult)  # type: ignore[attr-defined]  # functions have it
    tool.__annotations__ = {one.name: one.annotation for one in parameters}
    tool.__doc__ = method.__doc__
    return tool


def _refusal(error: errors.HummgraphError) -> CallToolResult:
    """Return the answer that says why there is none."""
    from mcp.types import CallToolResult, TextContent

    said = visible(f"{type(error).__name__} [{error.code}]: {error}")
    return CallToolResult(content=[TextContent(type="text", text=said)], is_error=True)


def _faults(error: ValidationError) -> str:
    """Return the names of wrong arguments, each with the reason."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
    )


def answer_text(content: dict[str, Any]) -> str:
    """Return one JSON object on one line, with unprintable characters escaped."""
    line = json.dumps({"schema": 1, "about": ABOUT, **content}, ensure_ascii=False, default=str)
    if line.isprintable():
        return line
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1] for character in line
    )


async def _serve(server: MCPServer[Any]) -> None:
    """Answer until standard input ends."""
    from mcp.server.stdio import stdio_server

    protocol = server._lowlevel_server  # noqa: SLF001 - its own run() waits for a line to end
    async with stdio_server(stdin=_Lines()) as (messages, answers):  # type: ignore[arg-type]  # it only iterates
        await protocol.run(messages, answers, protocol.create_initialization_options())


class _Lines:
    """The lines of standard input, read by a thread that does not keep the command from ending."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        rest = b""
        while chunk := os.read(_STDIN, _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._put(line.decode("utf-8", errors="replace"))
        self._put(None)

    def _put(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._lines.get()) is not None:
            yield line
