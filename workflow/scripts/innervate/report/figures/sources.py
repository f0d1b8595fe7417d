"""Which cells express the circuit's ligands, receptors and programs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from innervate.report.figures.style import (
    BLACK,
    BLUE,
    DENSE,
    Chart,
    canvas,
    chart,
    jitter,
    label,
    styled,
)
from innervate.report.text import counted


@styled
def sources(frame: pd.DataFrame, names: Mapping[str, str], title: str) -> Chart:
    """Draw one reported measure by cell type, a point a sample.

    Parameters
    ----------
    frame
        Rows of one measure of contract ``by_cell_type``.
    names
        How cell types read.
    title
        A sentence.
    """
    middle = frame.groupby("cell_type")["value"].median().sort_values(ascending=False)
    figure, grid = canvas(7.2, 1.1 + 0.24 * len(middle))
    axes = grid[0, 0]
    for row, kind in enumerate(middle.index):
        here = frame[frame["cell_type"] == kind].sort_values("sample")
        axes.scatter(here["value"], row + jitter(len(here), 0.28), s=14, color=BLUE, alpha=0.7,
                     linewidths=0, rasterized=len(frame) > DENSE)  # fmt: skip
        axes.plot([middle[kind]] * 2, [row - 0.35, row + 0.35], color=BLACK, linewidth=1.4)
    axes.set_yticks(range(len(middle)), [label(names.get(kind, kind), 40) for kind in middle.index])
    axes.invert_yaxis()
    unit = frame["unit"].iloc[0] if len(frame) else ""
    axes.set_xlabel(unit)
    note = (
        f"n = {counted(frame['sample'].nunique(), 'sample')} of {frame['tissue'].iloc[0]}; a point "
        "is a cell type of a sample (its cells summed), the line the median; types with few cells "
        "in a sample have no point there and stand among the exclusions. No test is made."
    )
    return chart(figure, title, note, table="circuit/by_cell_type.tsv")
