"""Macrophage states, cell by cell: density of M1 against M2, SPP1:CXCL9, shares."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats
from scipy.ndimage import gaussian_filter

from innervate.report.figures.interactive import drawn, plot, points, subsample
from innervate.report.figures.style import (
    BLACK,
    BLUE,
    DENSE,
    GRAY,
    PURPLE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    jitter,
    label,
    styled,
)
from innervate.report.text import counted, number, p_value, plain, tally
from innervate.scoring.sources import MIN_SAMPLES

CALLS = {
    "M1-like": (BLUE, "s", "--"),
    "M2-like": (VERMILLION, "o", "-"),
    "intermediate": (PURPLE, "D", "-."),
    "no call": (GRAY, "v", ":"),
}
"""Color, marker and line of each call."""
FEWEST_FOR_CONTOUR = 20
FEWEST_CELLS = 10
"""Macrophages of a call, or of a sample, below which a title does not rest on them."""
BINS = 60
INSIDE = 0.8
"""Share of a call's cells inside its contour."""
M1, M2 = "M1-like score (mean z over control genes)", "M2-like score (mean z over control genes)"


@styled
def state_density(cells: pd.DataFrame) -> Chart:
    """Draw how densely macrophages lie over the M1-like and the M2-like score, with the calls.

    Parameters
    ----------
    cells
        Macrophages: ``m1_score, m2_score, polarization, sample``.
    """
    shown = cells.dropna(subset=["m1_score", "m2_score"])
    figure, grid = canvas(6.8, 4.2)
    axes = grid[0, 0]
    dense = len(shown) > DENSE
    if dense:
        bins = axes.hexbin(shown["m1_score"], shown["m2_score"], gridsize=45, bins="log",
                           cmap="Greys", mincnt=1, linewidths=0, rasterized=True)  # fmt: skip
        bar = figure.colorbar(bins, ax=axes, shrink=0.6, pad=0.02, aspect=22)
        bar.set_label("Cells in a hexagon (log scale)")
        bar.outline.set_visible(False)
    for call, (color, marker, line) in CALLS.items():
        here = shown[shown["polarization"] == call]
        if here.empty:
            continue
        name = f"{call} ({len(here):,})"
        contour = _contour(axes, here, color, line)
        if not dense:
            axes.scatter(here["m1_score"], here["m2_score"], s=16, color=color, marker=marker,
                         alpha=0.75, linewidths=0, label=name)  # fmt: skip
        else:
            style = {"linestyle": line} if contour else {"linestyle": "", "marker": marker}
            axes.plot([], [], color=color, linewidth=1.8, label=name, **style)
            if not contour:
                axes.scatter(here["m1_score"], here["m2_score"], s=12, color=color, marker=marker)
    axes.set_xlabel(M1)
    axes.set_ylabel(M2)
    figure.legend(loc="outside lower left", ncols=2, handletextpad=0.4, columnspacing=1.2)
    title = f"Macrophages of the tumors: {tally(shown['polarization'])}."
    sample = subsample(shown)
    what = "shade: cells in a hexagon" if dense else "a point is a cell, its shape the call"
    note = (
        f"n = {counted(len(shown), 'macrophage')} of {counted(shown['sample'].nunique(), 'sample')}"
        f"; {what}; a line holds about {100 * INSIDE:.0f}% of the cells of a call with "
        f"{FEWEST_FOR_CONTOUR} or more. The call is the posterior of a mixture of states that is "
        f"fitted to both scores.{drawn(len(sample), len(shown))} No test is made."
    )
    series = [
        points(here["m1_score"], here["m2_score"], call, color, marker, here["sample"], 5)
        for call, (color, marker, _) in CALLS.items()
        if len(here := sample[sample["polarization"] == call])
    ]
    return chart(figure, title, note, plot=plot(series, M1, M2), table="single_cell/cells.parquet")


def _contour(axes: Axes, cells: pd.DataFrame, color: str, line: str) -> bool:
    """Draw the line inside which the density of cells is highest; False where there is none."""
    values = cells[["m1_score", "m2_score"]].to_numpy(dtype=float)
    if len(values) < FEWEST_FOR_CONTOUR or np.any(np.ptp(values, axis=0) == 0):
        return False
    spread = values.std(axis=0)
    ends = [(v.min() - s, v.max() + s) for v, s in zip(values.T, spread, strict=True)]
    counts, *edges = np.histogram2d(*values.T, bins=BINS, range=ends)
    # Scott's rule, in bins.
    width = [s * len(values) ** (-1 / 6) * BINS / (high - low)
             for s, (low, high) in zip(spread, ends, strict=True)]  # fmt: skip
    density = gaussian_filter(counts, width)
    ordered = np.sort(density, axis=None)[::-1]
    level = ordered[np.searchsorted(np.cumsum(ordered), INSIDE * ordered.sum())]
    if not 0 < level < density.max():
        return False
    middles = [(edge[1:] + edge[:-1]) / 2 for edge in edges]
    axes.contour(*middles, density.T, levels=[level], colors=[color], linestyles=[line],
                 linewidths=1.6)  # fmt: skip
    return True


@styled
def spp1_cxcl9(samples: pd.DataFrame, cells: pd.DataFrame | None) -> Chart | None:
    """Draw the polarity SPP1:CXCL9 beside M2 over M1: by sample, and by call of the cells.

    Parameters
    ----------
    samples
        Contract ``polarization``.
    cells
        Macrophages: ``spp1_cxcl9, polarization, sample``; None where there are none.

    Returns
    -------
    Chart or None
        None where the ratio was not measured.

    References
    ----------
    Bill et al. 2023, doi:10.1126/science.ade2292.
    """
    known = samples.dropna(subset=["polarity", "spp1_cxcl9"])
    called = pd.DataFrame() if cells is None else cells.dropna(subset=["spp1_cxcl9"])
    if len(called):
        called = called[called["polarization"].isin(CALLS)]
    if known.empty and called.empty:
        return None
    both = not known.empty and not called.empty
    figure, grid = canvas(7.2 if both else 4.6, 3.6, 1, 2 if both else 1)
    told = [_by_call(grid[0, -1], called)] if not called.empty else []
    told = ([_by_sample(grid[0, 0], known)] if not known.empty else []) + told
    title, parts = told[0][0], [note for _, note in told]
    note = (
        f"{' '.join(parts)} CXCL9 is among the M1-like genes, so that the two agree in part by "
        "construction. No cut-off is in use."
    )
    return chart(figure, title, note, table="circuit/polarization.tsv")


def _by_sample(axes: Axes, known: pd.DataFrame) -> tuple[str, str]:
    for (assay, here), (color, marker) in zip(
        known.groupby("assay", sort=True), ((BLUE, "o"), (VERMILLION, "s")), strict=False
    ):
        axes.scatter(here["polarity"], here["spp1_cxcl9"], s=22, color=color, marker=marker,
                     alpha=0.8, linewidths=0, rasterized=len(known) > DENSE,
                     label=f"{label(str(assay).replace('_', ' '))} ({len(here):,})")  # fmt: skip
    axes.axhline(0, color=GRAY, linewidth=0.7)
    axes.axvline(0, color=GRAY, linewidth=0.7)
    axes.set_xlabel("M2 over M1 (z)")
    axes.set_ylabel("log2 SPP1:CXCL9")
    axes.legend(loc="best", handletextpad=0.2)
    title = f"SPP1:CXCL9 of {counted(len(known), 'sample')} beside M2 over M1."
    if len(known) < 4 or known["polarity"].nunique() < 2 or known["spp1_cxcl9"].nunique() < 2:
        return title, f"n = {counted(len(known), 'sample')}, too few for a test."
    found = stats.spearmanr(known["polarity"], known["spp1_cxcl9"])
    title = (
        f"SPP1:CXCL9 {'rises' if found.statistic > 0 else 'falls'} with M2 over M1: rank "
        f"correlation {number(found.statistic)}."
    )
    test = f"Spearman's rank correlation, two-sided p {p_value(found.pvalue)}, not corrected"
    return title, f"Samples: n = {len(known):,}; {test}."


def _by_call(axes: Axes, cells: pd.DataFrame) -> tuple[str, str]:
    order = [call for call in CALLS if (cells["polarization"] == call).any()]
    for place, call in enumerate(order):
        color, marker, _ = CALLS[call]
        values = np.sort(cells.loc[cells["polarization"] == call, "spp1_cxcl9"].to_numpy(float))
        axes.scatter(place + jitter(len(values), 0.34), values,
                     s=12 if len(cells) < DENSE else 3, color=color, marker=marker,
                     alpha=0.5, linewidths=0, rasterized=len(cells) > DENSE)  # fmt: skip
        axes.plot([place - 0.38, place + 0.38], [np.median(values)] * 2, color=BLACK, linewidth=1.6)
    words = [f"{call}\n({(cells['polarization'] == call).sum():,})" for call in order]
    axes.set_xticks(range(len(order)), words, fontsize=7.5)
    axes.grid(visible=False, axis="x")
    axes.set_ylabel("log2 SPP1:CXCL9 of a cell")
    title = _highest_call(cells, order)
    note = f"Cells: n = {len(cells):,}, lines are medians; cells are not replicates, so no test."
    return title, note


def _highest_call(cells: pd.DataFrame, order: list[str]) -> str:
    """Name the call with the highest ratio, where neither few cells nor few samples decide."""
    groups = cells.groupby("polarization")
    middle, samples = groups["spp1_cxcl9"].median(), groups["sample"].nunique()
    sure = (groups.size() >= FEWEST_CELLS) & (samples >= MIN_SAMPLES)
    best = middle.idxmax()
    if len(order) > 1 and sure.all() and (middle == middle.max()).sum() == 1:
        return f"SPP1:CXCL9 is highest in {best} macrophages, median {number(middle[best])}."
    return (
        f"SPP1:CXCL9 of {counted(len(cells), 'macrophage')} of "
        f"{counted(cells['sample'].nunique(), 'sample')}, by their call."
    )


@styled
def m2_fractions(polarization: pd.DataFrame) -> Chart:
    """Draw the M2-like share of each sample's macrophages with its interval.

    Parameters
    ----------
    polarization
        Single-cell rows of contract ``polarization``.
    """
    shown = polarization.dropna(subset="fraction_m2")
    shown = shown.sort_values(["fraction_m2", "sample"], kind="stable")
    figure, grid = canvas(6.4, 1.0 + 0.24 * len(shown))
    axes = grid[0, 0]
    rows = np.arange(len(shown))
    axes.hlines(rows, shown["fraction_m2_low"], shown["fraction_m2_high"], color=VERMILLION)
    axes.scatter(shown["fraction_m2"], rows, s=24, color=VERMILLION, zorder=3)
    axes.set_yticks(rows, _sizes(shown["sample"], shown["n_macrophages"]))
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.set_xlim(0, 1)
    axes.set_xlabel("M2-like share of macrophages")
    sure = shown[shown["n_macrophages"] >= FEWEST_CELLS]
    title = f"M2-like shares of {counted(len(shown), 'sample')}"
    if len(sure) > 1:
        title = f"M2-like shares run from {number(sure['fraction_m2'].min())} to "
        title += f"{number(sure['fraction_m2'].max())}"
    few = counted(len(shown) - len(sure), "sample")
    if len(sure) < len(shown):
        title += f", {few} of fewer than {FEWEST_CELLS} macrophages left aside"
    title += "."
    note = (
        f"n = {counted(len(shown), 'sample')}, macrophages counted in brackets; lines are 95% "
        "intervals, which lean on the other samples where cells are few. No test is made."
    )
    return chart(figure, plain(title), note, table="circuit/polarization.tsv")


def _sizes(samples: Iterable[str], counts: Iterable[float]) -> list[str]:
    pairs = zip(samples, counts, strict=True)
    return [label(f"{sample} ({n:.0f})" if n == n else sample) for sample, n in pairs]
