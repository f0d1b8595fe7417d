"""What the principal components of the samples go with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.report.figures.style import ON_LIGHT, Chart, canvas, chart, label, styled
from innervate.report.text import counted, percent, plain


@styled
def explained(table: pd.DataFrame, alpha: float) -> Chart | None:
    """Draw the share of each component's variance that goes with each covariate.

    Parameters
    ----------
    table
        From `innervate.bulk.covariates.components_by_covariate`.
    alpha
        False discovery rate below which a cell is marked.

    Returns
    -------
    Chart or None
        None where nothing was estimated.
    """
    known = table.dropna(subset=["r2"])
    if known.empty:
        return None
    rows, columns = list(dict.fromkeys(known["covariate"])), list(dict.fromkeys(known["component"]))
    wide = known.pivot(index="covariate", columns="component", values="r2").loc[rows, columns]
    found = known.pivot(index="covariate", columns="component", values="fdr").loc[rows, columns]
    figure, grid = canvas(2.6 + 0.46 * len(columns), 1.1 + 0.3 * len(rows))
    axes = grid[0, 0]
    image = axes.imshow(100 * wide.to_numpy(float), aspect="auto", cmap="cividis_r", vmin=0,
                        vmax=100, interpolation="nearest")  # fmt: skip
    for (i, j), value in np.ndenumerate(100 * wide.to_numpy(float)):
        if np.isfinite(value):
            star = "*" if found.iloc[i, j] < alpha else ""
            axes.text(j, i, f"{value:.0f}{star}", ha="center", va="center", fontsize=8,
                      color="white" if value > 50 else ON_LIGHT)  # fmt: skip
    axes.set_xticks(range(len(columns)), [label(name).upper() for name in columns])
    axes.set_yticks(range(len(rows)), [label(name, 30) for name in rows])
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, aspect=18)
    bar.set_label("Variance explained, %")
    bar.outline.set_visible(False)
    first = known[known["component"] == columns[0]]
    top = first.loc[first["r2"].idxmax()]
    title = (
        f"{plain(top['covariate'])} goes with {percent(top['r2'])} of the variance of "
        f"{plain(columns[0]).upper()}."
    )
    low, high = int(known["n"].min()), int(known["n"].max())
    samples = counted(high, "sample") if low == high else f"{low:,} to {high:,} samples"
    note = (
        f"n = {samples}. A cell is the share of a component's variance that one covariate explains "
        "by itself (straight line, or means of groups); covariates that go together explain the "
        f"same variance. F test, Benjamini-Hochberg over cells; *: false discovery rate below "
        f"{percent(alpha)}."
    )
    return chart(figure, title, note, table="bulk/pca.tsv")
