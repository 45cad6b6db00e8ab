"""Draw the pictures of docs/start/gallery.md by the lines that the page shows.

The last line of a block of Python before a picture is an expression: the text of that picture.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "start" / "gallery.md"
_BLOCK = re.compile(
    r"^```(?:python\n(?P<code>.*?)|\{image\} pictures/(?P<name>[\w-]+\.svg)\n.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


def pictures() -> dict[str, str]:
    """Return the pictures of the page, by the names of their files."""
    names: dict[str, Any] = {}
    drawn: dict[str, str] = {}
    shown: Any = None
    for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["name"]:
            drawn[block["name"]] = str(shown)
            continue
        lines = ast.parse(block["code"])
        last = lines.body[-1]
        result = lines.body.pop() if isinstance(last, ast.Expr) else None
        exec(compile(lines, str(PAGE), "exec"), names)  # noqa: S102 - the lines of our own page
        if isinstance(result, ast.Expr):
            expression = compile(ast.Expression(result.value), str(PAGE), "eval")
            shown = eval(expression, names)  # noqa: S307 - the same
    return drawn


def main() -> None:
    """Write the pictures beside the page."""
    folder = PAGE.parent / "pictures"
    folder.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        (folder / name).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
