"""The nodes of the circuit over the patients, and the agreement of their measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from innervate.report.figures.style import DIVERGING, Chart, canvas, chart, label, styled
from innervate.report.text import counted

NAMED_PATIENTS = 70
"""Patients up to which each column of the heat map is named."""
LIMIT = 2.5


def score_matrix(scores: pd.DataFrame) -> pd.DataFrame:
    """Lay the primary scores out as (node, tissue) x patient, in z.

    A patient with several samples of a tissue is shown by their mean.
    """
    if "primary" in scores:
        scores = scores[scores["primary"].astype(bool)]
    return scores.pivot_table(
        index=["node", "tissue"], columns="patient", values="z", aggfunc="mean", sort=True
    )


@styled
def heat_map(
    scores: pd.DataFrame, rows: pd.DataFrame, patients: list[str], names: dict[str, str]
) -> Chart:
    """Draw the z score of each node in each patient; what was not measured is hatched.

    Parameters
    ----------
    scores
        Contract ``scores``.
    rows
        Columns node, tissue, measured (boolean), in the order of drawing.
    patients
        In the order of drawing.
    names
        Node as it is to be shown, by node.
    """
    keys = pd.MultiIndex.from_frame(rows[["node", "tissue"]])
    matrix = score_matrix(scores).reindex(index=keys, columns=patients)
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
        axes.add_patch(Rectangle(corner, width, 1, facecolor="#f2f2f2", edgecolor="#c9c9c9",
                                 hatch="////" if whole else None, linewidth=0))  # fmt: skip
    texts = [f"{label(names.get(node, node), 34)} · {label(tissue, 12)}" for node, tissue in keys]
    axes.set_yticks(range(len(rows)), texts)
    _name_patients(axes, patients)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, pad=0.015, aspect=25)
    bar.set_label("z within tissue")
    bar.outline.set_visible(False)
    measured = int(rows["measured"].sum())
    title = f"{measured} of {counted(len(rows), 'node')} could be measured in this cohort."
    note = (
        f"n = {counted(len(patients), 'patient')}, one a column, ordered by circuit index where "
        "there is one. Color is the z score over the tissue's samples, cut at ±2.5; a patient "
        "with several samples of a tissue is shown by their mean. Gray: no sample; hatched: not "
        "measurable in the cohort. No test is made."
    )
    return chart(figure, title, note)


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
