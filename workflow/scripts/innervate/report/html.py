"""The report of a cohort: one HTML file with nothing outside it and no script in it."""

from __future__ import annotations

from pathlib import Path

import jinja2

from innervate.config.circuit import Circuit
from innervate.config.cohort import Cohort
from innervate.config.settings import Settings
from innervate.report import summary
from innervate.report.context import Context
from innervate.report.data import CohortResults
from innervate.report.sections import SECTIONS
from innervate.report.text import plain

TEMPLATES = Path(__file__).parent / "templates"


def render(results: CohortResults, cohort: Cohort, settings: Settings, circuit: Circuit) -> str:
    """Render the report.

    Names and values of the results are a user's text: they are escaped wherever they stand.
    Patients' clinical values are not shown.

    Parameters
    ----------
    results
        From `innervate.report.data.load_results`.
    cohort
        The cohort file.
    settings
        The settings that the cohort was run with.
    circuit
        The circuit that was asked for.

    Returns
    -------
    str
        A whole HTML document; equal arguments give equal bytes.
    """
    context = Context(results, cohort, settings, circuit)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html.j2").render(
        title=plain(cohort.title),
        question=summary.question(context),
        size=summary.size(context),
        findings=summary.findings(context),
        limits=summary.limits(context),
        sections=[(part.anchor, part.title, part.blocks(context)) for part in SECTIONS],
    )
