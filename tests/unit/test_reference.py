"""Reference pages: each key and column in words, each link to a heading that is there."""

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from innervate.config.base import Fraction, Name, Strict
from innervate.generate import reference_pages
from innervate.reference import anchor, key_page, sections, type_name


class Inner(Strict):
    """A part. And more.

    Of no interest here.
    """

    share: Fraction = 0.5
    """A share."""


class Outer(Strict):
    """A file that goes on
    in a second line."""

    inner: Inner
    parts: dict[Name, Inner] = {}
    """Some parts | others."""


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (Any, "any value"),
        (Name, "name"),
        (Fraction, "number, at least 0, at most 1"),
        (list[str] | None, "list of text"),
        (Literal["a", "b", "c"], "`a`, `b` or `c`"),
        (dict[Literal["a"], list[int]], "mapping from `a` to list of integer"),
        (tuple[float, float], "2 values: number, number"),
        (Annotated[int, Field(gt=0, lt=5000)], "integer, above 0, below 5,000"),
    ],
)
def test_type(annotation, words):
    assert type_name(annotation) == words


def test_page():
    assert key_page("# Head", sections(Outer, "a.yaml")).splitlines() == [
        "# Head", "",
        "## a.yaml", "",
        "A file that goes on in a second line.", "",
        "| key | type | default | meaning |",
        "|---|---|---|---|",
        "| `inner` | [Inner](#inner) | required | A part. And more. |",
        "| `parts` | mapping from name to [Inner](#inner) | `{}` | Some parts \\| others. |", "",
        "## inner", "",
        "A part. And more.", "",
        "| key | type | default | meaning |",
        "|---|---|---|---|",
        "| `share` | number, at least 0, at most 1 | `0.5` | A share. |",
    ]  # fmt: skip


@pytest.mark.parametrize("path", reference_pages(), ids=lambda path: path.name)
def test_pages(path):
    text = reference_pages()[path]
    headings = [anchor(title) for title in re.findall(r"^## (.*)$", text, re.M)]
    assert len(set(headings)) == len(headings)
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= set(headings)
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in re.findall(r"^\| `.*$", text, re.M)]
    assert len(rows) > 50
    assert all(len(row) == 4 and row[1].strip() and row[3].strip() for row in rows)
    assert not re.search(r"typing|FieldInfo|StringConstraints|NoneType|<class|<function", text)
