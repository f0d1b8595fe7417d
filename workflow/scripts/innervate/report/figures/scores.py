"""The nodes of the circuit over the patients, and the agreement of their measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from innervate.report.figures.style import BLACK, DIVERGING, Chart, canvas, chart, label, styled
from innervate.report.text import counted

NAMED_PATIENTS = 70
"""Patients up to which each column of the heat map is named."""
LIMIT = 2.5
MISSING = "#b0b0b0"
"""Far from the middle of the color scale, which means zero."""


@styled
def heat_map(matrix: pd.DataFrame, rows: pd.DataFrame) -> Chart:
    """Draw the z score of each node in each patient; what was not measured is hatched.

    Parameters
    ----------
    matrix
        Z scores, nodes x patients, both in the order of drawing.
    rows
        Of the same nodes: columns name, control (boolean), measured (boolean).
    """
    patients = list(matrix.columns)
    figure, grid = canvas(7.4, 1.1 + 0.2 * len(rows) + (0.5 if _named(patients) else 0))
    axes = grid[0, 0]
    image = axes.imshow(
        matrix.to_numpy(dtype=float), aspect="auto", cmap=DIVERGING, vmin=-LIMIT, vmax=LIMIT,
        interpolation="nearest",
    )  # fmt: skip
    for row, column in np.argwhere(matrix.isna().to_numpy()):
        whole = not rows["measured"].iloc[row]
        if whole and column:
            continue
        corner, width = (column - 0.5, row - 0.5), len(patients) if whole else 1
        axes.add_patch(Rectangle(corner, width, 1, facecolor="#f2f2f2" if whole else MISSING,
                                 edgecolor="#c9c9c9", hatch="////" if whole else None,
                                 linewidth=0))  # fmt: skip
    axes.set_yticks(range(len(rows)), [label(name, 44) for name in rows["name"]])
    axes.axhline(int((~rows["control"]).sum()) - 0.5, color=BLACK, linewidth=0.8)
    _name_patients(axes, patients)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, pad=0.015, aspect=25)
    bar.set_label("z over patients")
    bar.outline.set_visible(False)
    note = (
        f"n = {counted(len(patients), 'patient')}, one a column, ordered by circuit index where "
        "there is one; controls stand below the line. Color is the z score over patients, cut at "
        f"±{LIMIT:g}. Gray: the patient has no value; hatched: not measurable in the cohort. No "
        "test is made."
    )
    return chart(figure, f"{coverage(rows)}.", note, table="circuit/patients.tsv")


def coverage(rows: pd.DataFrame) -> str:
    """How many nodes and controls could be measured, as a sentence without its point."""
    shares = []
    for is_control, noun in ((False, "node"), (True, "control")):
        part = rows.loc[rows["control"] == is_control, "measured"]
        if len(part):
            shares.append(f"{int(part.sum())} of {counted(len(part), noun)}")
    return f"{' and '.join(shares)} could be measured"


def _named(patients: list[str]) -> bool:
    return len(patients) <= NAMED_PATIENTS


def _name_patients(axes: object, patients: list[str]) -> None:
    if _named(patients):
        size = 7 if len(patients) <= 40 else 5
        axes.set_xticks(range(len(patients)), [label(name, 12) for name in patients],
                        rotation=90, fontsize=size)  # fmt: skip
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(patients):,} patients")
