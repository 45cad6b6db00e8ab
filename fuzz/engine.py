"""The loop of a fuzzer: Atheris where it is installed, else mutations alone."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for tests.support.hostile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

try:
    import atheris
except ImportError:
    atheris = None

_TOKENS = (
    *(b"{}", b"[]", b"[", b"{", b'"', b"\\", b",", b":", b"null", b"NaN", b"1e999", b"-1", b"\0"),
    *(b"\xff", b"\\ud800", b"9" * 400, b"[" * 200, b"\xe2\x80\xae", b"\x1b[31m", b"<", b"&", b"\n"),
)
_SMALL = 1 << 16  # bytes: longer seeds are read once, and not changed


def instrumented() -> contextlib.AbstractContextManager[object]:
    """Return a context in which imports of hummgraph are watched, if there is a watcher."""
    if atheris is None:
        return contextlib.nullcontext()
    context: contextlib.AbstractContextManager[object] = atheris.instrument_imports(
        include=["hummgraph"]
    )
    return context


def run(one_input: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Feed the seeds, then what comes of them, until the time is up or something foreign is raised.

    The command line takes ``-max_total_time=SECONDS``, ``-seed=NUMBER``, and files to feed once.
    """
    options = dict(a.lstrip("-").split("=", 1) for a in sys.argv[1:] if a.startswith("-"))
    files = [Path(a) for a in sys.argv[1:] if not a.startswith("-")]
    if files:
        for file in files:
            one_input(file.read_bytes())
        return
    pool = list(seeds)
    for seed in pool:
        _feed(one_input, seed)
    print(f"{Path(sys.argv[0]).name}: {len(pool)} seeds read", flush=True)
    if atheris is not None:
        folder = Path(tempfile.mkdtemp())
        for seed in pool:
            if len(seed) <= _SMALL:
                (folder / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
        seconds = options.get("max_total_time", "0")
        atheris.Setup([sys.argv[0], str(folder), f"-max_total_time={seconds}"], one_input)
        atheris.Fuzz()
        return
    draw = random.Random(int(options.get("seed", time.time_ns())))  # noqa: S311 - no secret
    pool = [seed for seed in pool if len(seed) <= _SMALL]
    end = time.monotonic() + float(options.get("max_total_time", "inf"))
    n_fed = 0
    while time.monotonic() < end:
        _feed(one_input, _mutated(draw, pool))
        n_fed += 1
    print(f"{Path(sys.argv[0]).name}: {n_fed} inputs read, nothing foreign raised", flush=True)


def _feed(one_input: Callable[[bytes], None], data: bytes) -> None:
    """Feed an input, and keep it in a file if something foreign is raised."""
    try:
        one_input(data)
    except BaseException:
        path = Path(f"crash-{hashlib.sha256(data).hexdigest()[:16]}")
        path.write_bytes(data)
        print(f"This input is kept in {path}.", file=sys.stderr)
        raise


def _mutated(draw: random.Random, pool: list[bytes]) -> bytes:
    """Return an input made of one or two others."""
    data = bytearray(draw.choice(pool))
    for _ in range(draw.randint(1, 6)):
        at = draw.randint(0, len(data))
        match draw.randrange(5):
            case 0:
                data[at:at] = draw.choice(_TOKENS)
            case 1:
                del data[at : at + draw.randint(1, 40)]
            case 2 if at < len(data):
                data[at] ^= 1 << draw.randrange(8)
            case 3:
                other = draw.choice(pool)
                cut = draw.randint(0, len(other))
                data[at:] = other[cut:]
            case _:
                data[at:at] = data[max(0, at - draw.randint(1, 40)) : at]
    return bytes(data)
