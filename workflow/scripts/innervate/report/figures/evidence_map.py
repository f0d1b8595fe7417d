"""Which cohort says what of which step of the circuit."""

from __future__ import annotations

import numpy as np

from innervate.config.evidence import STATUSES, SUGGESTIVE
from innervate.report.cohorts import CohortFacts
from innervate.report.figures.style import (
    BLUE,
    GRAY,
    ORANGE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted

MARKS = {
    "supported": (VERMILLION, "o", 62),
    SUGGESTIVE: (ORANGE, "^", 46),
    "contradicted": (BLUE, "s", 52),
    "inconclusive": (GRAY, "D", 22),
    "not measurable": ("#b5b5b5", "x", 14),
}


@styled
def evidence_map(cohorts: list[CohortFacts]) -> Chart:
    """Draw a mark for each step of the circuit (row) in each cohort (column).

    Parameters
    ----------
    cohorts
        At least one, with the same steps.
    """
    steps = cohorts[0].steps
    figure, grid = canvas(max(6.4, 4 + 0.75 * len(cohorts)), 1.6 + 0.27 * len(steps))
    axes = grid[0, 0]
    status = np.array([[step.status for step in cohort.steps] for cohort in cohorts]).T
    for name in STATUSES:
        color, marker, size = MARKS[name]
        rows, columns = np.nonzero(status == name)
        axes.scatter(columns, rows, s=size, color=color, marker=marker, label=name)
    names = [f"{label(cohort.title, 26)} ({cohort.patients})" for cohort in cohorts]
    axes.set_xticks(np.arange(len(cohorts)), names, rotation=30, ha="left", fontsize=8)
    axes.set_yticks(np.arange(len(steps)), [label(step.title, 52) for step in steps])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.set_xlim(-0.6, len(cohorts) - 0.4)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    figure.legend(loc="outside lower left", ncols=len(STATUSES), handletextpad=0.2)
    title = f"What {counted(len(cohorts), 'cohort')} say of each step of the circuit."
    note = (
        "A mark is a step in a cohort, with n = patients of the cohort in brackets; fewer may be "
        "measured at both ends. Statuses rest on each cohort's own tests, and are not pooled here."
    )
    return chart(figure, title, note)
