"""Static figures for a paper: the main panels of the report, drawn by the same functions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from innervate.report import answer
from innervate.report.context import Context
from innervate.report.contracts import FIGURES
from innervate.report.figures.circuit import drawing
from innervate.report.figures.journal import Panel, for_journal, standalone
from innervate.report.sections import SECTIONS
from innervate.runtime.files import atomic_path, write_table
from innervate.runtime.processes import side_by_side

PANELS = (
    "edges",
    "patients",
    "groups",
    "clinical",
    "pain",
    "response",
    "nodes",
    "polarization",
    "cell-types",
    "cell-states",
    "ligands",
    "contrasts",
    "cell-contrasts",
)
"""Sections of the report whose figures become files, by anchor and in order."""


def panels(context: Context, processes: int = 1) -> dict[str, Panel]:
    """Draw the main panels.

    Parameters
    ----------
    context
        As of the report: what the settings suppress there is suppressed here.
    processes
        How many draw; the panels are the same.

    Returns
    -------
    dict
        By file name without its ending: the circuit, then ``{section}_{number}``.
    """
    found = {}
    circuit = context.circuit
    steps = answer.steps(circuit, context.results.evidence.get("edges"))
    if steps:
        measured = set(context.node_rows.loc[context.node_rows["measured"], "node"])
        svg = drawing(circuit, steps, measured)
        found["circuit_1"] = standalone(
            svg, answer.verdict(steps), " ".join(answer.in_words(steps))
        )
    sections = {section.anchor: section.blocks for section in SECTIONS}

    def of_section(anchor: str) -> list[Panel]:
        with for_journal() as drawn:
            sections[anchor](context)
        return drawn

    every = side_by_side(of_section, PANELS, processes)
    for anchor, drawn in zip(PANELS, every, strict=True):
        name = anchor.replace("-", "_")
        found |= {f"{name}_{i}": panel for i, panel in enumerate(drawn, start=1)}
    return found


def write_panels(found: dict[str, Panel], folder: str | Path) -> None:
    """Write each panel as SVG and PDF, and ``figures.tsv`` with titles, legends and sizes.

    Parameters
    ----------
    found
        From `panels`.
    folder
        Is replaced as a whole.
    """
    with atomic_path(folder) as partial:
        partial.mkdir()
        for name, panel in found.items():
            (partial / f"{name}.svg").write_bytes(panel.svg)
            (partial / f"{name}.pdf").write_bytes(panel.pdf)
        rows = [
            (name, panel.title, panel.note, panel.width_mm, panel.height_mm)
            for name, panel in found.items()
        ]
        columns = ["figure", "title", "legend", "width_mm", "height_mm"]
        write_table(pd.DataFrame(rows, columns=columns), partial / "figures.tsv", FIGURES)
        # A folder that is not empty can't be moved onto.
        shutil.rmtree(folder, ignore_errors=True)
