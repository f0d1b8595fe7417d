"""The sections of the report, in order.

A section is a function from the context to its blocks (see `innervate.report.block`): sentences,
figures, tables. What a cohort does not have is said in a sentence. A new section is a function
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
    patients,
    response,
    run,
    single_cell,
)


class Section(NamedTuple):
    """A part of the report: its anchor, its heading, its place in the navigation, its blocks."""

    anchor: str
    title: str
    group: str
    blocks: Callable[[Context], list[Block]]


SECTIONS = (
    Section("edges", "Evidence for each edge", "Evidence", evidence.edges),
    Section("chains", "Chains and hypotheses", "Evidence", evidence.chains),
    Section("patients", "Patients", "Patients", patients.patients),
    Section("groups", "Nodes by clinical group", "Patients", patients.groups),
    Section("clinical", "Clinical associations", "Clinic", clinical.associations),
    Section("pain", "Pain", "Clinic", pain.pain),
    Section("response", "Response to treatment", "Clinic", response.response),
    Section("biomarkers", "Biomarkers", "Clinic", biomarkers.biomarkers),
    Section("missing", "Missing data", "Clinic", missing.missing),
    Section(
        "actionable",
        "What could be acted on (research use only)",
        "Clinic",
        actionability.actionability,
    ),
    Section("nodes", "Circuit scores", "Tumor and lymph node", circuit.nodes),
    Section(
        "polarization", "Macrophage polarization", "Tumor and lymph node", circuit.polarization
    ),
    Section("cell-types", "Cell types", "Tumor and lymph node", single_cell.types),
    Section("cell-states", "Macrophages, cell by cell", "Tumor and lymph node", single_cell.states),
    Section("cell-sources", "Who makes what", "Tumor and lymph node", single_cell.who_makes_what),
    Section("ligands", "Ligands and receptors", "Tumor and lymph node", single_cell.interactions),
    Section("contrasts", "Contrasts of samples", "Differential expression", bulk.contrasts),
    Section(
        "cell-contrasts",
        "Contrasts of cell types",
        "Differential expression",
        single_cell.pseudobulk,
    ),
    Section("went-in", "What went in", "Quality control", inputs.went_in),
    Section("quality", "Samples", "Quality control", bulk.quality),
    Section("components", "Principal components", "Quality control", bulk.principal_components),
    Section("cell-quality", "Cells", "Quality control", single_cell.quality),
    Section("exclusions", "Exclusions", "Quality control", excluded.exclusions),
    Section("methods", "Methods", "Methods and provenance", run.methods_text),
    Section("changes", "Since the previous run", "Methods and provenance", run.changes),
    Section("provenance", "Provenance", "Methods and provenance", run.provenance),
    Section("downloads", "Tables and figures", "Methods and provenance", run.downloads),
)
