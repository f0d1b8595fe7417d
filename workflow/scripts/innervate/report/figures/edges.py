"""The edges of the circuit as a forest plot."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from innervate.config.evidence import SUGGESTIVE
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
from innervate.report.text import counted, tally

SCALES = {
    "partial_spearman": "partial rank correlation",
    "log_hazard_ratio_per_sd": "log hazard ratio per SD",
    "log_odds_ratio_per_sd": "log odds ratio per SD",
}
STATUS = {
    "supported": (VERMILLION, "o"),
    SUGGESTIVE: (ORANGE, "^"),
    "contradicted": (BLUE, "s"),
    "inconclusive": (GRAY, "D"),
}


@styled
def forest(edges: pd.DataFrame, names: Mapping[str, str]) -> Chart:
    """Draw the effect of each measurable edge, signed so that expected effects point right.

    Parameters
    ----------
    edges
        Contract ``edges``.
    names
        Ends as they are to be shown.
    """
    known = edges[edges["estimate"].notna()]
    kinds = [kind for kind in SCALES if (known["estimate_type"] == kind).any()]
    heights = [int((known["estimate_type"] == kind).sum()) for kind in kinds]
    figure, grid = canvas(
        7.4,
        0.8 * len(kinds) + 0.27 * sum(heights),
        len(kinds),
        1,
        height_ratios=[1 + height for height in heights],
    )
    for axes, kind in zip(grid[:, 0], kinds, strict=True):
        here = known[known["estimate_type"] == kind].iloc[::-1]
        sign = here["expected_sign"].to_numpy(float)
        ends = np.sort(here[["ci_low", "ci_high"]].to_numpy(float) * sign[:, None], axis=1)
        places = np.arange(len(here))
        for status, (color, marker) in STATUS.items():
            mine = (here["status"] == status).to_numpy()
            if mine.any():
                effect = (here["estimate"].to_numpy(float) * sign)[mine]
                axes.hlines(places[mine], ends[mine, 0], ends[mine, 1], color=color, linewidth=1.3)
                axes.scatter(effect, places[mine], s=26, color=color, marker=marker, zorder=3,
                             label=status)  # fmt: skip
        axes.axvline(0, color=GRAY, linewidth=0.8)
        text = [
            f"{label(names.get(row.source, row.source), 30)} to "
            f"{label(names.get(row.target, row.target), 30)} (n = {row.n})"
            for row in here.itertuples()
        ]
        axes.set_yticks(places, text, fontsize=7.5)
        axes.set_ylim(-0.6, len(here) - 0.4)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"{SCALES[kind]}, in the expected direction")
    grid[0, 0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    title = f"Evidence for {counted(len(known), 'measurable edge')}: {tally(known['status'])}."
    least, most = int(known["n"].min()), int(known["n"].max())
    span = f"{least}" if least == most else f"{least} to {most}"
    note = (
        f"n = {span} patients an edge; right of zero is what the circuit expects. Lines are 95% "
        "bootstrap intervals over patients; the test is by permutation, its p-values in the table."
    )
    return chart(figure, title, note, table="circuit/edges.tsv")
