"""Quality of single cells: what was dropped, and the thresholds on the distributions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from innervate.report.figures.style import (
    BLUE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    palette,
    styled,
)
from innervate.report.text import counted

PALE = "#d9d9d9"
HATCHES = ("", "//", "--", "xx", "||", "++", "\\\\")
BINS = 40
RASTER = 12
"""Samples above which the distributions are drawn as pixels."""
SAMPLES = 40
"""Samples up to which distributions are drawn; of more, those that lost the largest share."""
HEIGHT = 0.85
"""Of a distribution, in rows."""


class Metric(NamedTuple):
    """A column of the cells' quality, how it is called, and whether its axis is logarithmic."""

    column: str
    title: str
    log: bool = False


METRICS = (
    Metric("n_counts", "Counts (log scale)", log=True),
    Metric("n_genes", "Genes (log scale)", log=True),
    Metric("mito_fraction", "Mitochondrial share"),
    Metric("doublet_score", "Doublet score"),
)


@styled
def sample_quality(qc: pd.DataFrame) -> Chart:
    """Draw what became of each sample's cells.

    Parameters
    ----------
    qc
        Contract ``cell_qc``.
    """
    reasons = [name for name in qc.columns if name.startswith("n_")]
    reasons = [name for name in reasons if name not in ("n_cells", "n_kept")]
    reasons = [name for name in reasons if qc[name].fillna(0).gt(0).any()]
    whole = qc["n_cells"].clip(lower=1).to_numpy(dtype=float)
    figure, grid = canvas(7.2, 1.4 + 0.22 * len(qc))
    axes = grid[0, 0]
    left = np.zeros(len(qc))
    for place, (name, (color, _)) in enumerate(palette(reasons, reasons).items()):
        width = 100 * qc[name].fillna(0).to_numpy(dtype=float) / whole
        words = name.removeprefix("n_").replace("_", " ")
        axes.barh(np.arange(len(qc)), width, left=left, color=color, label=words, height=0.72,
                  hatch=HATCHES[place % len(HATCHES)], edgecolor="white", linewidth=0)  # fmt: skip
        left += width
    rows = zip(qc["sample"], qc["n_kept"], qc["n_cells"], strict=True)
    names = [f"{label(name, 26)} ({kept:,} of {n:,})" for name, kept, n in rows]
    axes.set_yticks(range(len(qc)), names)
    axes.set_ylim(len(qc) - 0.4, -0.6)
    axes.set_xlim(0, max(1.0, 1.08 * float(left.max(initial=0))))
    axes.set_xlabel("Cells that were dropped, %")
    axes.grid(visible=False, axis="y")
    if reasons:
        figure.legend(loc="outside lower left", ncols=4, columnspacing=1.2)
    kept, total = int(qc["n_kept"].sum()), int(qc["n_cells"].sum())
    title = f"{kept:,} of {total:,} cells were kept."
    note = (
        f"n = {counted(len(qc), 'sample')}, a bar each, with the cells that were kept in brackets; "
        "color and hatching are the first reason for which a cell was dropped. Thresholds are "
        "each sample's own. No test is made."
    )
    return chart(figure, title, note, table="single_cell/qc.tsv")


@styled
def distributions(cells: pd.DataFrame, thresholds: pd.DataFrame) -> Chart | None:
    """Draw each metric of each sample's cells, with the sample's thresholds.

    Parameters
    ----------
    cells
        All cells of the input: ``sample``, the metrics, ``drop_reason`` (empty where kept).
    thresholds
        ``sample, metric, low, high``.

    Returns
    -------
    Chart or None
        None where no metric was measured.
    """
    metrics = [one for one in METRICS if one.column in cells and cells[one.column].notna().any()]
    dropped = cells["drop_reason"].fillna("").ne("")
    lost = dropped.groupby(cells["sample"]).mean().sort_values(ascending=False, kind="stable")
    if not metrics or lost.empty:
        return None
    samples = sorted(lost.index[:SAMPLES])
    figure, grid = canvas(7.4, 1.0 + 0.36 * len(samples), 1, len(metrics))
    for axes, metric in zip(grid[0], metrics, strict=True):
        _ridges(axes, cells, thresholds, metric, samples)
    grid[0, 0].set_yticks(range(len(samples)), [label(name, 20) for name in samples], va="bottom")
    grid[0, 0].tick_params(axis="y", length=0)
    more = ""
    if len(lost) > len(samples):
        more = f" The {len(samples)} samples of {len(lost)} that lost the largest share are drawn."
    title = f"{int(dropped.sum()):,} of {counted(len(cells), 'cell')} were dropped, each sample by "
    title += "thresholds of its own."
    note = (
        f"n = {counted(len(cells), 'cell')} of {counted(len(lost), 'sample')}. A shape is the "
        "distribution over the cells of a sample before any was dropped, its top at one height; "
        "vermillion bars are the sample's thresholds (median absolute deviations, or fixed), and "
        "what lies beyond them is vermillion. Doublets are called by Scrublet among the cells "
        f"that pass the rest.{more} No test is made."
    )
    return chart(figure, title, note, table="single_cell/thresholds.tsv")


def _ridges(
    axes: Axes, cells: pd.DataFrame, thresholds: pd.DataFrame, metric: Metric, samples: list[str]
) -> None:
    values = cells[metric.column].astype(float)
    if metric.log:
        values = np.log10(values.clip(lower=1))
    limits = thresholds[thresholds["metric"] == metric.column].set_index("sample")
    known = values[np.isfinite(values)]
    low, high = float(known.min()), float(known.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    for row, name in enumerate(samples):
        mine = values[(cells["sample"] == name).to_numpy()].dropna()
        heights = np.histogram(mine, edges)[0]
        heights = row - HEIGHT * heights / max(heights.max(initial=0), 1)
        axes.stairs(heights, edges, baseline=row, fill=True, facecolor="#a9c6dc", edgecolor=BLUE,
                    linewidth=0.6, rasterized=len(samples) > RASTER)  # fmt: skip
        for end in ("low", "high"):
            bound = float(limits[end].get(name, np.nan))
            if metric.log and np.isfinite(bound):
                bound = np.log10(max(bound, 1.0))
            if not low < bound < high:
                continue
            middles = (edges[1:] + edges[:-1]) / 2
            beyond = middles < bound if end == "low" else middles > bound
            axes.stairs(np.where(beyond, heights, row), edges, baseline=row, fill=True,
                        color=VERMILLION, linewidth=0,
                        rasterized=len(samples) > RASTER)  # fmt: skip
            axes.plot([bound, bound], [row, row - HEIGHT], color=VERMILLION, linewidth=1.4)
        axes.axhline(row, color=GRAY, linewidth=0.5)
    if metric.log:
        firsts = (1,) if high - low > 1.5 else (1, 3)
        ticks = [first * 10.0**power for power in range(9) for first in firsts]
        ticks = [tick for tick in ticks if low <= np.log10(tick) <= high]
        axes.set_xticks(np.log10(ticks), [f"{tick:,.0f}" for tick in ticks])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.set_ylim(len(samples) - 0.5, -1.0)
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_title(metric.title, fontsize=8.5)
