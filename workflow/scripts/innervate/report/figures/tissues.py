"""Node scores by tissue, with the circuit's call of each patient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from innervate.circuit.patients import NOT_MEASURED
from innervate.report.figures.patients import CALLS
from innervate.report.figures.style import (
    DENSE,
    GRAY,
    Chart,
    canvas,
    chart,
    jitter,
    label,
    styled,
)
from innervate.report.text import counted, listed, plain

REACH = 4.0
"""Largest z that is drawn as it is; farther ones stand at the edge."""


@styled
def scores_by_tissue(scores: pd.DataFrame, names: Mapping[str, str], calls: pd.Series) -> Chart:
    """Draw the primary score of each node in each sample, tissue by tissue.

    Parameters
    ----------
    scores
        Contract ``scores``, the primary rows with a value.
    names
        Nodes as they are to be shown, in their order.
    calls
        The circuit's call by patient.
    """
    scores = scores.assign(call=scores["patient"].map(calls).fillna(NOT_MEASURED))
    tissues = [t for t in ("tumor", "tdln") if (scores["tissue"] == t).any()]
    tissues += sorted(set(scores["tissue"]) - set(tissues))
    nodes = {t: [n for n in names if n in set(scores.loc[scores["tissue"] == t, "node"])]
             for t in tissues}  # fmt: skip
    heights = [len(nodes[t]) + 0.6 for t in tissues]
    figure, _ = canvas(7.2, 1.3 + 0.27 * sum(heights) + 0.3 * len(tissues))
    figure.clear()
    grid = figure.subplots(len(tissues), 1, sharex=True, squeeze=False, height_ratios=heights)
    for axes, tissue in zip(grid[:, 0], tissues, strict=True):
        here = scores[scores["tissue"] == tissue]
        rows = here["node"].map({name: i for i, name in enumerate(nodes[tissue])})
        here = here.assign(row=rows).dropna(subset=["row"]).sort_values(["row", "sample"])
        spread = here.groupby("row")["z"].transform(lambda column: jitter(len(column), 0.26))
        for call, (color, marker) in CALLS.items():
            mine = (here["call"] == call).to_numpy()
            axes.scatter(here["z"].clip(-REACH, REACH)[mine], (here["row"] + spread)[mine], s=11,
                         color=color, marker=marker, alpha=0.7,
                         linewidths=0.8 if marker == "x" else 0,
                         rasterized=len(scores) > DENSE)  # fmt: skip
        axes.axvline(0, color=GRAY, linewidth=0.8)
        axes.set_yticks(range(len(nodes[tissue])), [label(names[n], 40) for n in nodes[tissue]],
                        fontsize=8)  # fmt: skip
        axes.set_ylim(len(nodes[tissue]) - 0.4, -0.6)
        axes.set_xlim(-REACH * 1.05, REACH * 1.05)
        axes.grid(visible=False, axis="y")
        samples = here["sample"].nunique()
        axes.set_title(f"{label(tissue)} ({counted(samples, 'sample')})")
    grid[-1, 0].set_xlabel("Score (z over the samples of the tissue)")
    found = [call for call in CALLS if (scores["call"] == call).any()]
    handles = [grid[0, 0].scatter([], [], s=22, color=CALLS[c][0], marker=CALLS[c][1], label=c)
               for c in found]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower left", ncols=4, handletextpad=0.2,
                  title="Circuit of the patient", title_fontsize=8, alignment="left")  # fmt: skip
    parts = [f"{len(nodes[t])} in {plain(t)}" for t in tissues]
    title = f"{counted(sum(map(len, nodes.values())), 'node')} scored in samples: {listed(parts)}."
    far = int((scores["z"].abs() > REACH).sum())
    edge = f" {counted(far, 'point')} beyond {REACH:g} at the edge." if far else ""
    note = (
        f"n = {counted(scores['sample'].nunique(), 'sample')} of "
        f"{counted(scores['patient'].nunique(), 'patient')}; a point is a sample, its color and "
        "shape the call of its patient. Scores are standardized within the tissue, so that "
        "spread and outliers can be compared and means can't; nodes make the call, so that they "
        f"go with it by construction.{edge} No test is made."
    )
    return chart(figure, title, note, table="circuit/scores.tsv")


def primary(scores: pd.DataFrame) -> pd.DataFrame:
    """The primary rows with a value."""
    kept = scores[scores["primary"].astype(bool)] if "primary" in scores else scores
    return kept[np.isfinite(kept["z"].astype(float))]
