"""Markers of an active circuit: sensitivity and specificity with their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.report.figures.style import (
    BLUE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, percent, plain

SERIES = {"sensitivity": (VERMILLION, "o"), "specificity": (BLUE, "s")}


@styled
def sensitivity_specificity(biomarkers: pd.DataFrame, names: dict[str, str]) -> Chart:
    """Draw sensitivity and specificity of each marker at its declared cut.

    Parameters
    ----------
    biomarkers
        Contract ``biomarkers``, rows that could be judged.
    names
        Marker as it is to be shown, by marker.
    """
    markers = list(biomarkers["marker"])
    figure, grid = canvas(6.8, 1.1 + 0.32 * len(markers))
    axes = grid[0, 0]
    for place, (measure, (color, shape)) in enumerate(SERIES.items()):
        y = np.arange(len(markers)) + (place - 0.5) * 0.3
        ends = [biomarkers[f"{measure}{end}"].to_numpy(float) for end in ("", "_low", "_high")]
        axes.hlines(y, ends[1], ends[2], color=color, linewidth=1.3)
        axes.scatter(ends[0], y, color=color, marker=shape, s=24, label=measure, zorder=3)
    axes.set_xlim(0, 1)
    axes.set_yticks(range(len(markers)), [label(names.get(name, name), 40) for name in markers])
    axes.set_ylim(len(markers) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("share of patients")
    figure.legend(loc="outside lower left", ncols=2)
    best = biomarkers.loc[biomarkers["auc"].astype(float).fillna(-1).idxmax()]
    title = (
        f"{names.get(best['marker'], best['marker'])} agrees most with the rest of the circuit: it "
        f"finds {percent(best['sensitivity'])} of the active patients and rules out "
        f"{percent(best['specificity'])} of the others."
    )
    low, high = int(biomarkers["n"].min()), int(biomarkers["n"].max())
    patients = counted(high, "patient") if low == high else f"{low:,} to {high:,} patients"
    note = (
        f"n = {patients}. A line is Wilson's 95% interval. Cuts were declared beforehand. Each "
        "marker is judged by the circuit index without it, so the reference differs from row to "
        "row; no test was made, and the highest of several markers is flattered by the choice."
    )
    return chart(figure, plain(title), note, table="clinical/biomarkers.tsv")
