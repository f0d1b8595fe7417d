"""The report of a cohort: one HTML file with nothing outside it."""

from __future__ import annotations

from innervate.config.circuit import Circuit
from innervate.config.cohort import Cohort
from innervate.config.settings import Settings
from innervate.report import answer, summary
from innervate.report.context import Context
from innervate.report.data import CohortResults
from innervate.report.figures.circuit import drawing, key
from innervate.report.page import Answer, Page, Part, assemble
from innervate.report.sections import SECTIONS
from innervate.report.text import plain
from innervate.runtime.processes import side_by_side

INDEX = "../index.html"
"""The index of all reports, relative to a cohort's."""


def render(
    results: CohortResults,
    cohort: Cohort,
    settings: Settings,
    circuit: Circuit,
    processes: int = 1,
) -> str:
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
    processes
        How many draw the figures; the page is the same.

    Returns
    -------
    str
        A whole HTML document; equal arguments give equal bytes.
    """
    context = Context(results, cohort, settings, circuit)
    blocks = side_by_side(lambda i: SECTIONS[i].blocks(context), range(len(SECTIONS)), processes)
    page = Page(
        kind="Cohort report",
        title=plain(cohort.title),
        answer=_answer(context),
        facts=[
            ("Asked", [summary.question(context)]),
            ("Of", [summary.size(context)]),
            ("Found", summary.findings(context)),
            ("Limits", summary.limits(context)),
        ],
        parts=[
            Part(part.anchor, part.title, part.group, found)
            for part, found in zip(SECTIONS, blocks, strict=True)
        ],
        up=INDEX,
    )
    return assemble(page)


def _answer(context: Context) -> Answer:
    circuit = context.circuit
    steps = answer.steps(circuit, context.results.evidence.get("edges"))
    measured = set(context.node_rows.loc[context.node_rows["measured"], "node"])
    words = answer.in_words(steps)
    if steps:
        words.append(answer.meaning(circuit.evidence.supported))
    return Answer(
        verdict=answer.verdict(steps),
        words=[*words, summary.caution(context)],
        steps=steps,
        drawing=drawing(circuit, steps, measured) if steps else None,
        key=key(),
    )
