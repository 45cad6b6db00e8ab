"""Tests of ``llms.txt`` and of the pages as Markdown, which the build writes for programs."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any

import pytest

import hummgraph
from tests.support.places import DOCS

if TYPE_CHECKING:
    from pathlib import Path

SPEC = importlib.util.spec_from_file_location("llms", DOCS / "llms.py")
assert SPEC is not None
assert SPEC.loader is not None
llms: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(llms)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write everything, as the build does after its HTML."""
    folder = tmp_path_factory.mktemp("html")
    llms.write(folder)
    return folder


def prose_of(path: Path) -> str:
    """Return a text without what stands in fences."""
    return re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def test_the_index_has_the_form_of_llms_txt(built: Path) -> None:
    """A title, a summary, then sections of links with a note each; the last may be left out."""
    text = (built / "llms.txt").read_text(encoding="utf-8")
    title, summary, _, *sections = text.split("\n\n")

    assert title == "# hummgraph"
    assert summary.startswith("> Humm links the columns")
    headings = [part[3:] for part in sections if part.startswith("## ")]
    assert headings[0] == "Start"
    assert headings[-1] == "Optional"
    links = [line for part in sections if not part.startswith("## ") for line in part.splitlines()]
    assert all(re.fullmatch(r"- \[[^\]]+\]\(\S+\.html\.md\): \S.*", line) for line in links if line)


def test_every_page_is_written(built: Path) -> None:
    """Each source of the documentation and each notebook has its Markdown, and is in the index."""
    sources = {
        path.relative_to(DOCS).with_suffix("").as_posix()
        for path in DOCS.rglob("*")
        if path.suffix in {".md", ".rst"} and "_build" not in path.parts
    }
    notebooks = {f"tutorial/{path.stem}" for path in (DOCS.parent / "notebooks").glob("*.ipynb")}
    index = (built / "llms.txt").read_text(encoding="utf-8")

    assert sources | notebooks == set(llms.pages())
    for page in llms.pages():
        assert (built / f"{page}.html.md").stat().st_size > 100
        assert page == "index" or f"({page}.html.md)" in index


def test_links_lead_to_pages(built: Path) -> None:
    """Links between pages lead to Markdown that is there; pictures are those of the HTML."""
    for path in built.rglob("*.md"):
        for target in re.findall(r"\]\((?!\w+:|#)([^)\s#]+)", prose_of(path)):
            assert "_images/" in target or (path.parent / target).exists(), (path, target)


def test_no_markup_of_sphinx_is_left(built: Path) -> None:
    """No directive, role, marker of a generated table or address of an object is in a text."""
    for path in built.rglob("*.md"):
        found = re.findall(
            r"^\.\. .*|^:::.*|[{:][\w:]+[}:]`.*|^<!--.*|\w`_.*| at 0x.*",
            prose_of(path),
            re.MULTILINE,
        )
        assert found == [], path


def test_every_public_name_is_described(built: Path) -> None:
    """Functions and classes have a heading, how they are called, and their docstring."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in built.rglob("*.md"))
    described = {
        name.rpartition(".")[2] for name in re.findall(r"^### `([\w.]+)`$", text, re.MULTILINE)
    }

    assert set(hummgraph.__all__) - described <= {"datasets", "errors"}
    clusters = (built / "reference/clusters.html.md").read_text(encoding="utf-8")
    assert "```python\ncluster(graph: LinkGraph, *, threshold: float | None = None," in clusters
    assert "\n- `threshold`: " in clusters
    assert '\n  - `"complete"`: ' in clusters
    assert "\n#### `Clusters.crosswalk`\n" in clusters
    assert "```pycon\n>>> from hummgraph import LinkGraph" in clusters


def test_markup_becomes_markdown() -> None:
    """Directives, roles, labels and tables of both markups, one of each."""
    myst = """\
(a-label)=
## Kept

See {py:func}`~hummgraph.write`, {py:class}`pages
<hummgraph.Cluster>`, {doc}`/how-to/ci`, {term}`link` and [a page](../start/index.md#x).

```{warning}
Not `this`.
```

```{image} ../images/explorer.png
:alt: A page.
```

![Plain.](../images/explorer.png)

```python
print("](a.md)")
```
"""
    made = llms._from_myst(myst, "reference/files")

    assert '<a id="a-label"></a>\n\n## Kept' in made
    assert "See `write`, `pages`, [Use hummgraph in CI](../how-to/ci.html.md), link" in made
    assert "[a page](../start/index.html.md#x)" in made
    assert "**Warning.** Not `this`." in made
    assert "![A page.](../_images/explorer.png)" in made
    assert "![Plain.](../_images/explorer.png)" in made
    assert '```python\nprint("](a.md)")\n```' in made

    rst = """\
Title
=====

.. list-table::
   :header-rows: 1

   * - One
     - Two
   * - ``a``
     - b
       and more
"""
    made = llms._from_rst(rst, "reference/files")
    assert made.startswith("# Title\n\n| One | Two |\n| --- | --- |\n| `a` | b and more |\n")
