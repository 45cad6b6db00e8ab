"""Run the notebooks and compare what they print with what is kept in them.

``python notebooks/check.py`` fails when a cell fails or an output differs;
``python notebooks/check.py --write`` keeps the outputs of this run.
"""

# ruff: noqa: INP001 - a script beside the notebooks that it checks

from __future__ import annotations

import sys
from difflib import unified_diff
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

_NOTEBOOKS = sorted(Path(__file__).parent.glob("*.ipynb"))
_LONGEST = 60  # seconds for the slowest cell


def main() -> int:
    """Run each, then write or compare; give the exit code."""
    return min(sum(_checked(path) for path in _NOTEBOOKS), 1)


def _checked(path: Path) -> int:
    """Run a notebook; give the number of cells that print something else than is kept."""
    kept = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    client = NotebookClient(
        fresh,
        timeout=_LONGEST,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # it warns that loopback is not encrypted
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in fresh.cells:
        _join_streams(cell)
        _leave_pages_out(cell)
    fresh.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if "--write" in sys.argv[1:]:
        nbformat.write(fresh, path)
        return 0
    changed = 0
    for number, (before, after) in enumerate(zip(kept.cells, fresh.cells, strict=True), start=1):
        difference = list(
            unified_diff(_lines(before), _lines(after), "kept", "now", n=0, lineterm="")
        )
        if difference:
            changed += 1
            shown = "\n".join(line[:200] for line in difference[:20])
            sys.stderr.write(
                f"Cell {number} of {path.name} prints something else than what is kept:\n{shown}\n"
            )
    if changed:
        sys.stderr.write("If that is right: python notebooks/check.py --write\n")
    return changed


def _join_streams(cell: Any) -> None:
    """Join what was printed: it comes in as many pieces as chance has it."""
    joined: list[Any] = []
    for output in cell.get("outputs", ()):
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    if "outputs" in cell:
        cell.outputs = joined


def _leave_pages_out(cell: Any) -> None:
    """Keep a shown page's text only: a code host does not draw it, and it is half a megabyte."""
    for output in cell.get("outputs", ()):
        if "<iframe" in output.get("data", {}).get("text/html", ""):
            del output.data["text/html"]


def _lines(cell: Any) -> list[str]:
    """Return what a cell printed and showed, as text."""
    texts = []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            texts.append(output.text)
        else:
            texts.extend(f"{kind}:\n{text}" for kind, text in sorted(output.data.items()))
    return "\n".join(texts).splitlines()


if __name__ == "__main__":
    sys.exit(main())
