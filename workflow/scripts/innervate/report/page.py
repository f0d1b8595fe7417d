"""From blocks to one HTML file: the template, the page's script, and what it may do."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from innervate.report.answer import Step
from innervate.report.block import Block
from innervate.report.embed import packed, references, script_json

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("base.js", "tables.js", "figures.js", "circuit.js", "patients.js", "page.js")
"""In order; together they are one script of the page."""


@dataclass(frozen=True)
class Answer:
    """What stands first: the verdict, the drawing, each step, and a paragraph."""

    verdict: str
    words: list[str]
    """The paragraph, sentence by sentence."""
    steps: list[Step]
    drawing: Markup | None
    """None where the circuit has no edge."""
    key: list[tuple[str, Markup]]
    """Each status with a line as it is drawn."""


@dataclass(frozen=True)
class Part:
    """A section of the page."""

    anchor: str
    title: str
    group: str
    """Heading of the navigation that it stands under."""
    blocks: list[Block]


@dataclass(frozen=True)
class Page:
    """Everything that a page shows."""

    kind: str
    title: str
    answer: Answer | None
    facts: list[tuple[str, list[str]]]
    """Terms of the summary, each with a sentence or several."""
    parts: list[Part]
    up: str = ""
    """The index of all reports, relative to the page."""


def assemble(page: Page) -> str:
    """Render a page.

    The page may run the two scripts that are in it and no others, and may reach no network; see
    the policy in its head. plotly.js is embedded only where a figure can be explored.

    Parameters
    ----------
    page
        Names and values in it are a user's text: they are escaped wherever they stand.

    Returns
    -------
    str
        A whole HTML document; equal pages give equal bytes.

    Raises
    ------
    ValueError
        Where a plot names a column that the page does not hold, or would need code to be built
        from text in the page, which its policy forbids (a defect of the caller).
    """
    plots = _checked_plots(page)
    app = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    library = plotly_source() if plots else ""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["script_json"] = script_json
    return environment.get_template("report.html.j2").render(
        page=page,
        groups=list(dict.fromkeys(part.group for part in page.parts)),
        app=Markup(app),
        library=Markup(packed(library.encode())) if library else None,
        hashes=[_hash(text) for text in (app, library) if text],
    )


@cache
def plotly_source() -> str:
    """The plotly.js of the Python package, MIT license, with what a script element can hold."""
    data = importlib.resources.files("plotly") / "package_data" / "plotly.min.js"
    return data.read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _blocks(page: Page) -> Iterator[Block]:
    for part in page.parts:
        yield from part.blocks


def _checked_plots(page: Page) -> list[dict]:
    tables = {b.key: b for b in _blocks(page) if getattr(b, "kind", "") == "big_table"}
    embedded = {(k, c["name"]) for k, b in tables.items() for c in b.packed["columns"]}
    plots = [b.plot for b in _blocks(page) if getattr(b, "kind", "") == "chart" and b.plot]
    for plot in plots:
        lacking = references(plot) - embedded
        if lacking:
            raise ValueError(f"a plot names columns that are not on the page: {sorted(lacking)}")
        drawn = {str(trace.get("type", "scatter")) for trace in plot["data"]}
        # Traces on WebGL compile code from text, which needs 'unsafe-eval'.
        code = {kind for kind in drawn if kind.endswith("gl") or kind.startswith("parcoords")}
        if code:
            raise ValueError(f"plots of type {sorted(code)} do not run under the page's policy")
    return plots
