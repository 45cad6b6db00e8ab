"""Shared parts of tests of the client: ways to drive it, an API as a table, a watched pause."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import anyio
import anyio.lowlevel
import httpx
import pytest

from hummgraph.client.client import AsyncClient, Client, RetryPolicy
from tests.support.builders import ORGANIZATION

TOKEN = "pat_canary-7f3e9a"
LINKS = f"/organization/{ORGANIZATION}/entity-links"
ORGANIZATION_PATH = f"/organization/{ORGANIZATION}"

Call: TypeAlias = Callable[[Any], Any]
Drive: TypeAlias = Callable[..., Any]


def drive_sync(call: Call, **options: Any) -> Any:
    """Build a client and do the call."""
    with Client(**_complete(options)) as client:
        return call(client)


def drive_async(backend: str, call: Call, **options: Any) -> Any:
    """Do the same with the asynchronous client."""

    async def run() -> Any:
        async with AsyncClient(**_complete(options)) as client:
            return await call(client)

    return anyio.run(run, backend=backend)


def _complete(options: dict[str, Any]) -> dict[str, Any]:
    return {"token": TOKEN, "organization_id": ORGANIZATION, **options}


every_client = pytest.mark.parametrize(
    "drive",
    [
        pytest.param(drive_sync, id="sync"),
        pytest.param(partial(drive_async, "asyncio"), id="asyncio"),
        pytest.param(partial(drive_async, "trio"), id="trio"),
    ],
)
"""Run a test with the synchronous client, and with the other one on both kinds of loop."""


class Pauses:
    """Waits for nothing, and keeps what was asked for; draws the longest pause allowed."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note a pause; let others run, as a real one would."""
        self.taken.append(seconds)
        await anyio.lowlevel.checkpoint()

    def policy(self, **options: Any) -> RetryPolicy:
        """Return a policy that pauses here."""
        return RetryPolicy(sleep=self.sleep, uniform=lambda _, high: high, **options)


class Api:
    """An API that is a table of paths; each answer is a reply, JSON, or several in turn."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.otherwise: Any = 404
        self.requests: list[httpx.Request] = []

    @property
    def transport(self) -> httpx.MockTransport:
        """The transport in place of the network."""
        return httpx.MockTransport(self._answer)

    def paths(self) -> list[str]:
        """Return the paths asked for, below the base URL."""
        return [request.url.path.removeprefix("/api") for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(request.url.path.removeprefix("/api"), self.otherwise)
        if isinstance(answer, Turns):
            answer = answer.next()
        if callable(answer):
            answer = answer(request)
        return reply(answer)


class Turns:
    """Answers given one after the other, the last one again and again."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def next(self) -> Any:
        """Return the next one."""
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def reply(answer: Any) -> httpx.Response:
    """Build a response of a response, a status, an exception, bytes or JSON."""
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, httpx.Response):
        return answer
    if isinstance(answer, int):
        return httpx.Response(answer, json={"detail": f"no luck: {answer}"})
    if isinstance(answer, bytes):
        return httpx.Response(200, content=answer)
    return httpx.Response(200, content=json.dumps(answer).encode())


def organization_record(**other: Any) -> dict[str, Any]:
    """Return the record of the test organisation."""
    return {"id": ORGANIZATION, "name": "Acme", **other}


def organization_id() -> UUID:
    """Return the id of the test organisation."""
    return UUID(ORGANIZATION)
