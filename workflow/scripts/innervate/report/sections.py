"""The sections of the report, in order.

A section is a function from the context to its blocks: sentences (str), figures (`Chart`) and
tables (`Table`). What a cohort does not have is said in a sentence. A new section is a function
in `parts` and a line here; a new figure is a function in `figures` and a line in its section.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.parts import (
    actionability,
    biomarkers,
    bulk,
    circuit,
    clinical,
    evidence,
    excluded,
    inputs,
    missing,
    pain,
    response,
    run,
    single_cell,
)


class Section(NamedTuple):
    """A part of the report: its anchor, its heading, and what makes its blocks."""

    anchor: str
    title: str
    blocks: Callable[[Context], list[Block]]


SECTIONS = (
    Section("went-in", "What went in", inputs.went_in),
    Section("quality", "Quality control", bulk.quality),
    Section("components", "Principal components", bulk.principal_components),
    Section("contrasts", "Contrasts", bulk.contrasts),
    Section("cell-quality", "Single cells: quality", single_cell.quality),
    Section("cell-types", "Single cells: types", single_cell.types),
    Section("cell-contrasts", "Single cells: contrasts", single_cell.pseudobulk),
    Section("nodes", "Circuit scores", circuit.nodes),
    Section("edges", "Evidence for each edge", evidence.edges),
    Section("chains", "Chains and hypotheses", evidence.chains),
    Section("polarization", "Macrophage polarization", circuit.polarization),
    Section("cell-states", "Macrophages, cell by cell", single_cell.states),
    Section("cell-sources", "Who makes what", single_cell.who_makes_what),
    Section("ligands", "Ligands and receptors", single_cell.interactions),
    Section("patients", "Patients", circuit.patients),
    Section("pain", "Pain", pain.pain),
    Section("clinical", "Clinical associations", clinical.associations),
    Section("response", "Response to treatment", response.response),
    Section("biomarkers", "Biomarkers", biomarkers.biomarkers),
    Section("missing", "Missing data", missing.missing),
    Section(
        "actionable",
        "What could be acted on (research use only)",
        actionability.actionability,
    ),
    Section("exclusions", "Exclusions", excluded.exclusions),
    Section("methods", "Methods", run.methods_text),
    Section("provenance", "Provenance", run.provenance),
)
