"""The circuit index of each patient, with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.circuit.patients import NOT_MEASURED
from innervate.report.figures.style import (
    BLACK,
    BLUE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, plain, tally

CALLS = {
    "active": (VERMILLION, "o"),
    "uncertain": (GRAY, "D"),
    "inactive": (BLUE, "s"),
    NOT_MEASURED: (BLACK, "x"),
}
"""Color and marker of each call."""
NAMED_PATIENTS = 70


@styled
def circuit_index(patients: pd.DataFrame) -> Chart:
    """Draw the patients in order of their circuit index.

    Parameters
    ----------
    patients
        Contract ``patients``.
    """
    shown = patients.dropna(subset=["circuit_index"])
    shown = shown.sort_values(["circuit_index", "patient"], kind="stable").reset_index(drop=True)
    figure, grid = canvas(7.4, 3.4)
    axes = grid[0, 0]
    axes.axhline(0, color=GRAY, linewidth=0.8)
    for call, here in shown.groupby("call", sort=True):
        color, marker = CALLS.get(call, (GRAY, "P"))
        x, y = here.index.to_numpy(), here["circuit_index"].to_numpy(dtype=float)
        low = here["circuit_index_low"].fillna(here["circuit_index"]).to_numpy(dtype=float)
        high = here["circuit_index_high"].fillna(here["circuit_index"]).to_numpy(dtype=float)
        axes.vlines(x, low, high, color=color, linewidth=1.1, alpha=0.6)
        axes.scatter(x, y, s=18, color=color, marker=marker, linewidths=0, zorder=3,
                     label=f"{label(call)} ({len(here)})")  # fmt: skip
    axes.set_ylabel("circuit index (mean z)")
    axes.grid(visible=False, axis="x")
    if len(shown) <= NAMED_PATIENTS:
        names = [label(name, 12) for name in shown["patient"]]
        size = 7 if len(shown) <= 40 else 5.5
        axes.set_xticks(np.arange(len(shown)), names, rotation=90, fontsize=size)
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(shown):,} patients")
    axes.margins(x=0.015)
    axes.legend(loc="upper left", ncols=3, handletextpad=0.2, columnspacing=1)
    title = f"Calls over {counted(len(patients), 'patient')}: {tally(patients['call'])}."
    note = (
        f"n = {counted(len(shown), 'patient')} with an index; a point is a patient, the line its "
        "95% bootstrap interval. The index is the mean z of the measured nodes, each signed as "
        "the circuit expects, so that it ranks the patients of this cohort and no others."
    )
    return chart(figure, plain(title), note, table="circuit/patients.tsv")
