"""Tests of the words of docstrings, comments and errors: plain English, as CONTRIBUTING has it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE: Final = ROOT / "src" / "hummgraph"

OPENING: Final = re.compile(
    r"(?:Give|Say|Refuse|Tell|Let|Have|What|How|Where|Which|Why|When|Who|That"
    r"|Return (?:what|how|where|which|why|when|who))\b"
)
"""First words of no docstring: a summary begins with a verb or a noun, and names its subject."""

HOUSE_WORDS: Final = re.compile(
    r"\b(?:told|came|lest|all the same|passed over|beside the|where there (?:is|are) none)\b"
    r"|\bas (?:\w+ ){1,4}(?:has|have) (?:it|them)[,;:.]"
    r"|(?<![Tt]here )\bis no\b(?! (?:longer|more|less)\b)"
)


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a module, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the texts that stand as statements: docstrings, and those of constants and fields."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.lineno, node.value.value


def error_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the texts in calls of error classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "id", getattr(function, "attr", ""))
            if name.endswith("Error"):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.lineno, part.value


def faults(text: str) -> list[tuple[int, str]]:
    """Return lines and words of a module that break the rule."""
    tree = ast.parse(text)
    opened = [
        (line, found[0])
        for line, docstring in docstrings(tree)
        if (found := OPENING.match(docstring.lstrip()))
    ]
    said = [
        (line, found[0])
        for line, words in (*comments(text), *docstrings(tree), *error_texts(tree))
        for found in HOUSE_WORDS.finditer(" ".join(words.split()))
    ]
    return sorted({*opened, *said})


MODULES: Final = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_words_are_plain_english(path: Path) -> None:
    """Docstrings open with a verb or a noun, not with a clause; no text uses a house word."""
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        '"""Give the links."""\n',
        'def pick():\n    """Say which links count."""\n',
        'NAMES = 1\n"""Texts that were told."""\n',
        'NAMES = 1\n"""What the page calls links."""\n',
        'def pick():\n    """Return how links count."""\n',
        '"""The links as the page has them."""\n',
        "N = 1  # lest it fails\n",
        'raise ValueError(f"The target in row {1} is no node.")\n',
        'raise OutputError("Links", hint="are passed over")\n',
    ],
)
def test_a_house_word_is_found(text: str) -> None:
    """Each kind of text with a word that is not used is found."""
    assert faults(text)


def test_plain_words_are_no_fault() -> None:
    """A word inside another, a name in code, and common negations are allowed."""
    assert (
        faults('told = 1  # It became valid, and is no longer new.\n"""Givens are untold."""\n')
        == []
    )
