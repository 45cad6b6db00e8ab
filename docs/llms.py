"""Write ``llms.txt`` and each page as Markdown beside its HTML, for programs that read text.

The form is that of https://llmstxt.org: ``llms.txt`` lists the pages with what each answers, and
the text of ``how-to/fetch.html`` is in ``how-to/fetch.html.md``. Docstrings are taken in as autodoc
does. ``conf.py`` calls :func:`write` after a build.
"""

from __future__ import annotations

import enum
import inspect
import json
import re
from functools import cache
from importlib import import_module
from itertools import takewhile
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE: Final = Path(__file__).parent
NOTEBOOKS: Final = HERE.parent / "notebooks"

NOTES: Final = """\
Import it with `import hummgraph as hg`. Make a `LinkGraph` from a `Snapshot`; functions take the
graph first. `hummgraph.datasets.load_demo()` is an organisation to try things on, without an
account. `hummgraph mcp` answers an assistant's questions about a snapshot."""
OPTIONAL: Final = "development/index"
"""The section that can be left out where text must be short; the form calls it Optional."""

_FENCE: Final = re.compile(r"^(?P<mark>`{3,}|:{3,})\{(?P<name>[\w-]+)\} ?(?P<argument>.*)$")
_LINK: Final = re.compile(r"(\]\()(?!\w+:|#)([^)\s#]+)\.(?:md|rst|ipynb)(#[^)\s]*)?\)")
_PICTURE: Final = re.compile(r"(!\[[^\]]*\]\()(?:[^)\s]*/)?images/([\w.-]+)\)")
_ROLE: Final = re.compile(r"(?<!`)[:{](?:py:)?(\w+)[:}]`(?:([^`<]*?)\s*<([^`>]*)>|([^`<]+))`")
_UNDERLINES: Final = {"=": "#", "-": "##", "~": "###"}
_LISTS: Final = ("Parameters", "Attributes", "Raises", "Returns", "Yields", "Warns", "See Also")


def write(out: Path) -> list[Path]:
    """Write ``llms.txt`` and the Markdown of each page into a folder of HTML; return the paths."""
    texts = {"llms.txt": index()}
    texts.update((f"{page}.html.md", markdown(page)) for page in pages())
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in texts]


def index() -> str:
    """Return ``llms.txt``: title, summary, and the pages by section."""
    title, summary, *_ = _blocks(_source("index"))
    sections = [f"{title}\n\n> {' '.join(summary.replace('**', '').split())}\n\n{NOTES}\n"]
    for part in sorted(_children("index"), key=lambda part: part == OPTIONAL):
        heading = "Optional" if part == OPTIONAL else _title(part)
        listed = [f"- [{_title(page)}]({page}.html.md): {_about(page)}" for page in _family(part)]
        sections.append(f"## {heading}\n\n" + "\n".join(listed) + "\n")
    return "\n".join(sections)


def pages() -> list[str]:
    """Return the names of all pages, in the order of their tables of contents."""
    return list(dict.fromkeys(_family("index")))


def markdown(page: str) -> str:
    """Return a page as Markdown without directives."""
    text, suffix = _source(page), _path(page).suffix
    made = _from_rst(text, page) if suffix == ".rst" else _from_myst(text, page)
    return re.sub(r"\n{3,}", "\n\n", made).strip() + "\n"


# --- Pages -----------------------------------------------------------------------------------


def _path(page: str) -> Path:
    """Find the source of a page; notebooks are those that the build copies."""
    tried = (
        HERE / f"{page}.md",
        HERE / f"{page}.rst",
        NOTEBOOKS / f"{PurePosixPath(page).name}.ipynb",
    )
    return next(path for path in tried if path.exists())


def _source(page: str) -> str:
    """Return a page as it is written; of a notebook, its cells and what they print."""
    text = _path(page).read_text(encoding="utf-8")
    if _path(page).suffix != ".ipynb":
        return text.replace("](../../notebooks/", "](")  # their pages are beside the tutorial
    return "\n\n".join(_cells(json.loads(text))).replace("../docs/", "../")


def _cells(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield the cells of a notebook; pictures are left out."""
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield text
        else:
            yield f"```python\n{text}\n```"
        for output in cell.get("outputs", ()):
            printed = output.get("text") or output.get("data", {}).get("text/plain", ())
            if printed and "image/png" not in output.get("data", {}):
                yield f"```text\n{''.join(printed).rstrip()}\n```"


def _children(page: str) -> list[str]:
    """Return the pages that the tables of contents of a page list."""
    folder = PurePosixPath(page).parent
    return [
        _normal(folder / line)
        for block in re.findall(
            r"^```\{toctree\}\n(.*?)^```$", _source(page), re.DOTALL | re.MULTILINE
        )
        for line in block.split()
        if not line.startswith(":") and _exists(folder / line)
    ]


def _exists(path: PurePosixPath) -> bool:
    """Whether a word of a table of contents is a page, and not an option."""
    try:
        return _path(_normal(path)).exists()
    except StopIteration:
        return False


def _normal(path: PurePosixPath) -> str:
    """Return a path without ``..``."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _family(page: str) -> Iterator[str]:
    """Yield a page and all pages below it."""
    yield page
    for child in _children(page):
        yield from _family(child)


def _blocks(text: str) -> list[str]:
    """Return the paragraphs of a text."""
    return [block.strip() for block in text.split("\n\n") if block.strip()]


def _title(page: str) -> str:
    """Return the title of a page, as plain text."""
    lines = _source(page).splitlines()
    found = next((line[2:] for line in lines if line.startswith("# ")), lines[0])
    return found.replace("`", "")


def _about(page: str) -> str:
    """Return the question of a page, how a notebook begins, or the names that a page describes."""
    text = _source(page)
    if question := re.search(r"^\*([^*]+\?)\*$", text, re.MULTILINE):
        return " ".join(question[1].split())
    if _path(page).suffix == ".ipynb":
        return " ".join(_blocks(text)[1].split())
    found = re.findall(r"^\.\. auto(function|class|module):: (\S+)", text, re.MULTILINE)
    named = [name if kind == "module" else name.rpartition(".")[2] for kind, name in found]
    return ", ".join(f"`{name}`" for name in named)


# --- Markdown of Sphinx ----------------------------------------------------------------------


def _from_myst(text: str, page: str) -> str:
    """Return a page of MyST without directives, roles, labels and comments."""
    made: list[str] = []
    plain: list[str] = []

    def end_of_text() -> None:
        made.append(_roles(_links(_pictures("\n".join(plain), page)), page))
        plain.clear()

    rest = iter(text.splitlines())
    for line in rest:
        if fence := _FENCE.match(line):
            end_of_text()
            inside = _until(rest, fence["mark"])
            made.append(_directive(fence["name"], fence["argument"], inside, page))
        elif line.startswith("```"):
            end_of_text()
            made.append("\n".join((line, *_until(rest, "```"), "```")))
        elif label := re.fullmatch(r"\(([\w-]+)\)=", line):
            plain.append(f'<a id="{label[1]}"></a>\n')
        elif not re.fullmatch(r"<!--.*-->", line):
            plain.append(line)
    end_of_text()
    return "\n".join(made)


def _until(lines: Iterator[str], mark: str) -> list[str]:
    """Take the lines before the one that ends what the mark began."""
    return list(takewhile(lambda line: line != mark, lines))


def _pictures(text: str, page: str) -> str:
    """Lead pictures of Markdown to where the build puts them."""
    return _PICTURE.sub(rf"\1{'../' * page.count('/')}_images/\2)", text)


def _links(text: str) -> str:
    """Lead links to pages to their Markdown."""
    return _LINK.sub(lambda link: f"{link[1]}{link[2]}.html.md{link[3] or ''})", text)


def _roles(text: str, page: str) -> str:
    """Return roles, of both markups, as links to pages or as code."""
    return _ROLE.sub(lambda found: _role(found[1], found[2], found[3] or found[4], page), text)


def _role(kind: str, shown: str | None, target: str, page: str) -> str:
    """Return what a role shows."""
    up = "../" * page.count("/")
    match kind:
        case "doc":
            folder = PurePosixPath() if target.startswith("/") else PurePosixPath(page).parent
            there = _normal(folder / target.lstrip("/"))
            return f"[{shown or _title(there)}]({up}{there}.html.md)"
        case "ref":
            there, title = _labels()[target]
            return f"[{shown or title}]({up}{there}.html.md#{target})"
        case "term":
            return shown or target
        case _:
            return f"`{shown or (target[1:].rpartition('.')[2] if target[0] == '~' else target)}`"


@cache
def _labels() -> dict[str, tuple[str, str]]:
    """Return the page and the heading of each label."""
    return {
        found[1]: (page, found[2].replace("`", ""))
        for page in pages()
        for found in re.finditer(r"^\(([\w-]+)\)=\n+#+ (.*)$", _source(page), re.MULTILINE)
    }


def _directive(name: str, argument: str, inside: list[str], page: str) -> str:
    """Return what a directive of MyST says, in plain Markdown."""
    options = {
        found[1]: found[2] for line in inside if (found := re.fullmatch(r":([\w-]+): ?(.*)", line))
    }
    body = [line for line in inside if not re.fullmatch(r":[\w-]+:.*", line)]
    made = ""
    match name:
        case "toctree" if "hidden" not in options:
            folder = PurePosixPath(page).parent
            made = "\n".join(
                f"- [{_title(_normal(folder / entry))}]({entry}.html.md)"
                for entry in filter(None, body)
            )
        case "image":
            picture = "../" * page.count("/") + f"_images/{PurePosixPath(argument).name}"
            made = f"![{options.get('alt', '')}]({picture})"
        case "eval-rst":
            made = _from_rst("\n".join(inside), page)
        case "code-block":
            made = "\n".join((f"```{argument}", *body, "```"))
        case "glossary":
            made = _from_myst("\n".join(body), page)
        case "warning" | "note" | "tip":
            made = f"**{name.capitalize()}.** " + _from_myst("\n".join(body).strip(), page)
    return made


# --- reStructuredText ------------------------------------------------------------------------


def _from_rst(text: str, page: str) -> str:
    """Return reStructuredText as Markdown, with the docstrings that it takes in."""
    lines, made, module = text.splitlines(), [], "hummgraph"
    while lines:
        line = lines.pop(0)
        if found := re.match(r"\.\. (?:py:)?([\w-]+):: ?(.*)", line):
            body = _indented(lines)
            if found[1] == "currentmodule":
                module = found[2]
            made.append(f"{_rst_directive(found[1], found[2], body, module)}\n")
        elif lines and re.fullmatch(r"([=~-])\1{2,}", lines[0]) and line.strip():
            made.append(f"{_UNDERLINES[lines.pop(0)[0]]} {_inline(line)}")
        elif re.fullmatch(r"=+( +=+)+", line):
            table = [line]
            while lines and lines[0].strip():
                table.append(lines.pop(0))
            made.append("\n".join(("```text", *table, "```")))
        elif line.endswith("::"):
            made.append(_inline(line[:-1]) if line != "::" else "")
            made.append("\n".join(("", "```python", *_indented(lines), "```", "")))
        else:
            made.append(_inline(line))
    return _roles("\n".join(made), page)


def _indented(lines: list[str]) -> list[str]:
    """Take the block that is indented below a line, without its indentation."""
    taken = []
    while lines and (not lines[0].strip() or lines[0].startswith(" ")):
        taken.append(lines.pop(0))
    return inspect.cleandoc("\n" + "\n".join(taken)).splitlines()


def _rst_directive(name: str, argument: str, body: list[str], module: str) -> str:
    """Return what a directive of reStructuredText says."""
    match name:
        case "autofunction" | "autoclass":
            only = next((line[10:].split(", ") for line in body if line[:10] == ":members: "), None)
            return _described(argument, _named(argument, module), "##", only)
        case "automodule":
            named = import_module(argument)
            members = [] if ":no-members:" in body else getattr(named, "__all__", [])
            parts = [_docstring(named)]
            parts += [_described(f"{argument}.{one}", getattr(named, one), "##") for one in members]
            return "\n\n".join(parts)
        case "code-block":
            return "\n".join((f"```{argument}", *body, "```"))
        case "list-table":
            return "\n".join(_listed_table([line for line in body if not line.startswith(":")]))
        case _:
            return ""


def _listed_table(body: list[str]) -> Iterator[str]:
    """Yield the rows of a ``list-table``."""
    rows: list[list[str]] = []
    for line in filter(str.strip, body):
        if line.startswith("* - "):
            rows.append([line[4:]])
        elif line.startswith("  - "):
            rows[-1].append(line[4:])
        else:
            rows[-1][-1] += f" {line.strip()}"
    for n, row in enumerate(rows):
        yield "| " + " | ".join(map(_inline, row)) + " |"
        if n == 0:
            yield "| " + " | ".join("---" for _ in row) + " |"


def _inline(text: str) -> str:
    """Return code and footnotes of reStructuredText as Markdown has them."""
    return re.sub(r"(\[\d+\])_\b", r"\1", text.replace("``", "`"))


# --- Docstrings ------------------------------------------------------------------------------


def _named(name: str, module: str) -> Any:
    """Return the object of a name, within the module that is current or the one that it gives."""
    if name.startswith("hummgraph."):
        module, _, name = name.rpartition(".")
    return getattr(import_module(module), name)


def _described(name: str, target: Any, level: str, only: list[str] | None = None) -> str:
    """Return heading, signature and docstring of a function or class, and its members."""
    short = name.rpartition(".")[2]
    parts = [f"{level}# `{name}`", _signature(short, target), _docstring(target)]
    if isinstance(target, type):
        if issubclass(target, enum.Enum):
            parts.append("\n".join(f"- `{one.name}`: `{one.value!r}`" for one in target))
        parts += [
            _described(f"{short}.{member}", found, f"{level}#")
            for member, found in _members(target)
            if only is None or member in only
        ]
    return "\n\n".join(filter(None, parts))


def _members(target: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class, and of its bases in this package."""
    seen = set()
    for base in target.__mro__:
        if base.__module__.startswith("hummgraph") and base.__name__ != "Shows":
            for name, found in list(vars(base).items()):
                function = (
                    found.__func__ if isinstance(found, (classmethod, staticmethod)) else found
                )
                kind = (
                    isinstance(function, property)
                    or callable(function)
                    or hasattr(function, "func")
                )
                if name.startswith("_") or name in seen or not kind or isinstance(function, type):
                    continue
                seen.add(name)
                if inspect.getdoc(function):
                    yield name, property(function.func) if hasattr(function, "func") else function


def _signature(name: str, target: Any) -> str:
    """Return how something is called."""
    if isinstance(target, (property, ModuleType)) or not callable(target):
        return ""
    if isinstance(target, type) and (
        issubclass(target, enum.Enum) or hasattr(target, "model_fields")
    ):
        return ""
    try:
        shown = str(inspect.signature(target))
    except (TypeError, ValueError):
        return ""
    shown = re.sub(r"(: |-> )'([^']*)'", r"\1\2", re.sub(r"<[^<>]*>", "...", shown))
    return f"```python\n{name}{shown}\n```"


def _docstring(target: Any) -> str:
    """Return a docstring of numpydoc as Markdown."""
    text = inspect.getdoc(target) or ""
    sections = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, flags=re.MULTILINE)
    made = [_prose(sections[0])]
    for heading, body in zip(sections[1::2], sections[2::2], strict=True):
        form: Callable[[str], str] = _items if heading in _LISTS else _prose
        made.append(f"**{heading}**\n\n{form(body)}")
    return "\n\n".join(made).strip()


def _items(body: str) -> str:
    """Return parameters, or what is like them, as a list, and values with a text each below."""
    made: list[str] = []
    lines = [line for line in body.splitlines() if line.strip()]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        depth, deeper = (len(one) - len(one.lstrip()) for one in (line, after))
        if depth == 0:
            made.append(f"- `{line}`:")
        elif depth == 4 and deeper > 4:
            made.append(f"  - {_inline(line.strip())}:")
        else:
            made[-1] += f" {_inline(line.strip())}"
    return "\n".join(made)


def _prose(body: str) -> str:
    """Return paragraphs, with examples and literal blocks in fences."""
    made = []
    for block in re.split(r"\n{2,}", body.strip("\n")):
        if block.lstrip().startswith(">>>"):
            made.append(f"```pycon\n{inspect.cleandoc(block)}\n```")
        elif block.startswith("    "):
            made.append(f"```python\n{inspect.cleandoc(block)}\n```")
        elif block.startswith(".. ["):
            made.append("\n".join("- " + " ".join(one.split()) for one in block.split(".. ")[1:]))
        else:
            made.append(_inline(re.sub(r"::$", ":", block)))
    return "\n\n".join(made)
