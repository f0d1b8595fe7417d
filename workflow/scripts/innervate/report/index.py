"""The index: all cohorts and their synthesis, each a link."""

from __future__ import annotations

from innervate.config.circuit import Circuit
from innervate.report.block import Block, Link, Links
from innervate.report.cohorts import CohortFacts, cohort_table
from innervate.report.figures.evidence_map import evidence_map
from innervate.report.page import Page, Part, assemble
from innervate.report.text import counted, plain


def render_index(cohorts: list[CohortFacts], circuit: Circuit, synthesis: bool) -> str:
    """Render the index; it lies in the results folder.

    Parameters
    ----------
    cohorts
        From `innervate.report.cohorts.cohort_facts`, in the order of the config.
    circuit
        The circuit that was asked for.
    synthesis
        Whether there is a synthesis of them.

    Returns
    -------
    str
        A whole HTML document; equal arguments give equal bytes.
    """
    blocks: list[Block] = [cohort_table(cohorts, "")]
    if circuit.edges:
        blocks.append(evidence_map(cohorts))
    parts = [Part("cohorts", "Cohorts", "Cohorts", blocks)]
    if synthesis:
        link = Link(
            "synthesis/report.html", "All cohorts together", "edges and associations pooled"
        )
        parts.append(Part("synthesis", "Synthesis", "Synthesis", [Links([link])]))
    patients = sum(cohort.patients for cohort in cohorts)
    samples = sum(cohort.samples for cohort in cohorts)
    facts = [
        ("Circuit", [plain(f"{circuit.title} (doi:{circuit.doi})")]),
        (
            "Of",
            [
                f"{counted(len(cohorts), 'cohort')}, {counted(patients, 'patient')}, "
                f"{counted(samples, 'sample')}."
            ],
        ),
    ]
    return assemble(Page("All reports", "All cohorts", None, facts, parts))
