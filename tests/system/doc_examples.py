"""Run the examples of the pages: ``python -m tests.system.doc_examples`` writes their outputs anew.

The ``python`` and ``sh`` blocks of a page run in order in one empty folder, against the bundled
organisation on a server of this machine. A ``text`` block is what the examples since the one before
have printed.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hummgraph.datasets import load_demo
from hummgraph.datasets.server import serve
from tests.support.places import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGES", "README", "account", "run_page"]


README = ROOT / "README.md"

PAGES = (
    README,
    *sorted(DOCS.glob("tutorial/*.md")),
    *sorted(DOCS.glob("how-to/*.md")),
    DOCS / "identity" / "settings.md",
    DOCS / "start" / "migrate.md",
    DOCS / "reference" / "snapshot.md",
)
"""The pages whose examples run."""

_BLOCK = re.compile(
    r"^```(?P<kind>python|sh|text)\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE
)


@contextlib.contextmanager
def account() -> Iterator[None]:
    """Set the environment as somebody with an account has it, to the bundled organisation."""
    with serve(load_demo(), token="demo-token") as server:
        settings = {
            "HUMM_PAT": server.token,
            "ORG_ID": server.organization_id,
            "HUMM_BASE_URL": server.base_url,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def run_page(page: str, name: str) -> str:
    """Run the examples of a page and give its text with what they print.

    Of the README only Python runs, beside the snapshot of the demo: its commands install hummgraph.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed: list[str] = []

    def run(block: re.Match[str]) -> str:
        kind, content = block["kind"], block["content"]
        if kind == "text":
            if not printed:  # shows something that no example prints
                return block[0]
            output = "".join(printed)
            printed.clear()
            return f"```text\n{output}```"
        line = page.count("\n", 0, block.start()) + 1
        if kind == "sh" and name == README.name:
            return block[0]
        if kind == "sh":
            printed.append(_run_shell(content, f"{name}:{line}"))
        else:
            out = io.StringIO()
            # Lines of a traceback are then those of the page.
            code = compile("\n" * line + content, name, "exec")
            with contextlib.redirect_stdout(out):
                exec(code, namespace)  # noqa: S102 - the project's own pages
            printed.append(out.getvalue())
        return block[0]

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        if name == README.name:
            Path("demo").mkdir()
            load_demo().snapshot().write("demo/links.hummgraph")
        return _BLOCK.sub(run, page)


def _run_shell(script: str, place: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise AssertionError(f"{place} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    with account():
        for path in PAGES:
            text = path.read_text(encoding="utf-8")
            path.write_text(run_page(text, path.name), encoding="utf-8")
