"""Tests of signals in this process; `tests/system/test_signals.py` sends them to others."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import cli
from hummgraph.cli.signals import _ENDING, _ignore, catch_signals, release_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The handlers and the hook of the tests' process, as before."""
    before = [signal.getsignal(number) for number in _ENDING]
    hook = sys.unraisablehook
    yield
    sys.unraisablehook = hook
    for number, handler in zip(_ENDING, before, strict=True):
        signal.signal(number, handler)


def send(number: int) -> None:
    """Send a signal to this process, and wait for it."""
    os.kill(os.getpid(), number)
    signal.sigtimedwait([], 0.01)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_command_once(
    run: Any, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    """It cleans up, and those that come meanwhile do not interrupt it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where tests run in background
    cleaned = []

    def command() -> None:
        try:
            send(number)
        finally:
            send(signal.SIGTERM)
            send(signal.SIGHUP)
            cleaned.append(True)

    monkeypatch.setattr(cli, "_run_command", command)
    try:
        assert run("formats").code == code
    finally:
        signal.signal(signal.SIGHUP, before)
    assert cleaned == [True]


@pytest.mark.parametrize("kind", ["finalize", "__del__", "gc"])
def test_a_signal_in_a_finalizer_ends_the_command_after_it(
    run: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """An error there is lost: it is raised again afterwards, and nothing of it is printed."""
    done = []

    class Thing:
        if kind == "__del__":

            def __del__(self) -> None:
                send(signal.SIGTERM)

    def collected(*_: object) -> None:
        gc.callbacks.remove(collected)
        send(signal.SIGTERM)

    def command() -> None:
        thing = Thing()
        if kind == "finalize":
            weakref.finalize(thing, send, signal.SIGTERM)
        if kind == "gc":
            gc.callbacks.append(collected)
        del thing
        gc.collect()
        done.append("went on")
        for _ in range(500):
            time.sleep(0.01)
        done.append("not ended")

    monkeypatch.setattr(cli, "_run_command", command)
    hook = sys.unraisablehook
    answer = run("formats")
    assert answer.code == 143
    assert not answer.err
    assert sys.unraisablehook is hook
    assert done in (["went on"], [])


def test_other_lost_errors_are_printed_as_before(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of other finalizers."""
    lost: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: lost.append(one.exc_type))

    class Thing:
        def __del__(self) -> None:
            raise ValueError

    def command() -> None:
        Thing()

    monkeypatch.setattr(cli, "_run_command", command)
    assert run("formats").code == 0
    assert lost == [ValueError]


def test_ctrl_c_at_any_moment_has_its_code(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no command runs any more, or not yet."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run_command", interrupted)
    assert run("formats").code == 130


def test_handlers_are_as_before(run: Any) -> None:
    """A program that calls a command has its own handlers again."""

    def mine(*_: object) -> None:
        pass

    signal.signal(signal.SIGTERM, mine)
    assert run("formats").code == 0
    assert signal.getsignal(signal.SIGTERM) is mine


def test_ignored_signals_are_not_caught() -> None:
    """A parent process that ignores a signal, as nohup does, means it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    received: list[int] = []
    before: dict[int, Any] = {}
    catch_signals(received, before)
    assert list(before) == [signal.SIGTERM]
    send(signal.SIGHUP)
    assert received == []
    release_signals(before)


def test_other_threads_catch_no_signals() -> None:
    """Python lets only the main thread do so; a command in another one runs without."""
    before: dict[int, Any] = {}
    thread = threading.Thread(target=catch_signals, args=([], before))
    thread.start()
    thread.join()
    assert before == {}


def test_the_end_of_a_process_is_not_interrupted() -> None:
    """The removal of temporary files at the end runs with both ignored."""
    _ignore()
    assert {signal.getsignal(number) for number in _ENDING} == {signal.SIG_IGN}
