"""Principal components of the bulk samples."""

from __future__ import annotations

import pandas as pd

from innervate.report.figures.interactive import plot, points
from innervate.report.figures.qc import TISSUES
from innervate.report.figures.style import (
    BLACK,
    DENSE,
    Chart,
    canvas,
    chart,
    label,
    palette,
    styled,
)
from innervate.report.text import counted, percent

PAIRS = (("pc1", "pc2"), ("pc3", "pc4"))


@styled
def components(pca: pd.DataFrame, outliers: set[str]) -> Chart:
    """Draw the first components, by tissue, with the outliers ringed.

    Parameters
    ----------
    pca
        Columns sample, tissue, pc1, pc2, ... and, where known, pc1_variance, ... (share, 0 to 1).
    outliers
        Samples that quality control flagged as outliers.
    """
    known = pca.dropna(axis="columns", how="all").columns
    pairs = [pair for pair in PAIRS if set(pair) <= set(known)]
    figure, grid = canvas(7.4 if len(pairs) > 1 else 4.6, 3.6, 1, max(1, len(pairs)))
    colors = palette(pca["tissue"], TISSUES)
    for axes, (x, y) in zip(grid.flat, pairs, strict=False):
        for name, (color, marker) in colors.items():
            here = pca[pca["tissue"].astype(str) == name]
            axes.scatter(here[x], here[y], s=16, color=color, marker=marker, alpha=0.75,
                         linewidths=0, rasterized=len(pca) * len(pairs) > DENSE,
                         label=label(name))  # fmt: skip
        ringed = pca[pca["sample"].isin(outliers)]
        if len(ringed):
            axes.scatter(ringed[x], ringed[y], s=60, facecolors="none", edgecolors=BLACK,
                         linewidths=1, label="outlier")  # fmt: skip
        axes.set_xlabel(axis_title(pca, x))
        axes.set_ylabel(axis_title(pca, y))
    grid.flat[0].legend(loc="best", handletextpad=0.2)
    shares = [variance(pca, name) for name in ("pc1", "pc2")]
    told = all(share is not None for share in shares)
    title = (
        f"The first two components hold {percent(sum(shares))} of the variance."
        if told
        else "The first two principal components of the samples."
    )
    note = (
        f"n = {counted(len(pca), 'sample')}; a point is a sample, its color and shape the tissue. "
        "No test is made."
    )
    x, y = pairs[0] if pairs else PAIRS[0]
    series = [
        points(here[x], here[y], name, color, marker, here["sample"])
        for name, (color, marker) in colors.items()
        if pairs and len(here := pca[pca["tissue"].astype(str) == name])
    ]
    plotted = plot(series, axis_title(pca, x), axis_title(pca, y)) if series else None
    return chart(figure, title, note, plot=plotted, table="bulk/pca.tsv")


def variance(pca: pd.DataFrame, component: str) -> float | None:
    """The share of variance of a component, where the table has it."""
    column = f"{component}_variance"
    return float(pca[column].iloc[0]) if column in pca and pca[column].notna().all() else None


def axis_title(pca: pd.DataFrame, component: str) -> str:
    """The name of a component with its share of variance."""
    share = variance(pca, component)
    name = component.upper()
    return name if share is None else f"{name} ({percent(share, 1)} of variance)"
