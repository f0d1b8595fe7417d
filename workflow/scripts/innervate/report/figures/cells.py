"""Single cells: maps, quality, who expresses what, macrophage states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from innervate.report.figures.style import (
    BLACK,
    BLUE,
    DENSE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    jitter,
    label,
    palette,
    styled,
)
from innervate.report.text import counted, tally

PALE = "#d9d9d9"
NAMED = 20
"""Categories up to which a map has a legend."""

MACROPHAGES = {"M1-like": BLUE, "M2-like": VERMILLION, "intermediate": GRAY, "no call": PALE}
MALIGNANT = {"malignant": VERMILLION, "no call": GRAY, "not malignant": PALE}


@styled
def cell_map(
    cells: pd.DataFrame,
    column: str,
    names: Mapping[str, str],
    title: str,
    colors: Mapping[str, str] | None = None,
    first: Sequence[str] = (),
) -> Chart:
    """Draw cells on their map (UMAP), colored by a column.

    Parameters
    ----------
    cells
        ``umap_1, umap_2`` and the column.
    column
        What to color by.
    names
        How its values read.
    title
        A sentence.
    colors
        A color for each value; by default the palette's, with the values named on the map.
    first
        Values in the order that colors are given in.
    """
    figure, grid = canvas(7.2, 4.6)
    axes = grid[0, 0]
    values = cells[column].astype(str)
    chosen = colors or {key: one[0] for key, one in palette(values, first).items()}
    order = [key for key in chosen if (values == key).any()]
    # Pale ones lie below.
    for key in sorted(order, key=lambda one: chosen[one] != PALE):
        here = cells[values == key]
        axes.scatter(
            here["umap_1"], here["umap_2"], s=3, color=chosen[key], alpha=0.7, linewidths=0,
            rasterized=len(cells) > DENSE, label=label(f"{names.get(key, key)} ({len(here):,})"),
        )  # fmt: skip
        if colors is None and len(here) >= 5:
            middle = here[["umap_1", "umap_2"]].median()
            axes.annotate(
                label(names.get(key, key), 20), middle, ha="center", va="center", fontsize=7.5,
                color=BLACK, bbox={"facecolor": "white", "alpha": 0.7, "pad": 1, "linewidth": 0},
            )  # fmt: skip
    if len(order) <= NAMED:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=3, handletextpad=0.2)
    axes.set_xlabel("UMAP 1")
    axes.set_ylabel("UMAP 2")
    axes.set_xticks([])
    axes.set_yticks([])
    note = (
        f"n = {counted(len(cells), 'cell')}, a point each. Distances on such a map are no measure "
        "of likeness. No test is made."
    )
    return chart(figure, title, note)


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
    figure, grid = canvas(7.2, 1.2 + 0.22 * len(qc))
    axes = grid[0, 0]
    left = np.zeros(len(qc))
    parts = {"n_kept": PALE} | {
        name: color for name, (color, _) in palette(reasons, reasons).items()
    }
    for name, color in parts.items():
        width = qc[name].to_numpy(dtype=float)
        if width.any():
            words = name.removeprefix("n_").replace("_", " ")
            axes.barh(np.arange(len(qc)), width, left=left, color=color, label=words)
            left += width
    axes.set_yticks(range(len(qc)), [label(name) for name in qc["sample"]])
    axes.invert_yaxis()
    axes.set_xlabel("Cells of the input")
    axes.grid(visible=False, axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    kept, whole = int(qc["n_kept"].sum()), int(qc["n_cells"].sum())
    title = f"{kept:,} of {whole:,} cells were kept."
    note = (
        f"n = {counted(len(qc), 'sample')}, a bar each; colors are the first reason for which a "
        "cell was dropped. Thresholds are each sample's own. No test is made."
    )
    return chart(figure, title, note)


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
                     linewidths=0)  # fmt: skip
        axes.plot([middle[kind]] * 2, [row - 0.35, row + 0.35], color=BLACK, linewidth=1.4)
    axes.set_yticks(range(len(middle)), [label(names.get(kind, kind), 40) for kind in middle.index])
    axes.invert_yaxis()
    unit = frame["unit"].iloc[0] if len(frame) else ""
    axes.set_xlabel(unit)
    note = (
        f"n = {counted(frame['sample'].nunique(), 'sample')} of {frame['tissue'].iloc[0]}; a point "
        "is a cell type of a sample (its cells summed), the line the median. No test is made."
    )
    return chart(figure, title, note)


@styled
def macrophage_states(cells: pd.DataFrame) -> Chart:
    """Draw the M1-like against the M2-like score of each macrophage, with its call.

    Parameters
    ----------
    cells
        Macrophages: ``m1_score, m2_score, polarization``.
    """
    shown = cells.dropna(subset=["m1_score", "m2_score"])
    figure, grid = canvas(5.6, 4.0)
    axes = grid[0, 0]
    for call, color in MACROPHAGES.items():
        here = shown[shown["polarization"] == call]
        if len(here):
            axes.scatter(here["m1_score"], here["m2_score"], s=9, color=color, alpha=0.7,
                         linewidths=0, rasterized=len(shown) > DENSE,
                         label=f"{call} ({len(here):,})")  # fmt: skip
    axes.set_xlabel("M1-like score (mean z over control genes)")
    axes.set_ylabel("M2-like score (mean z over control genes)")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2)
    title = f"Macrophages of the tumors: {tally(shown['polarization'])}."
    note = (
        f"n = {counted(len(shown), 'macrophage')} of {counted(shown['sample'].nunique(), 'sample')}"
        ". The call is the posterior of a mixture of states that is fitted to both scores. No test "
        "is made."
    )
    return chart(figure, title, note)


@styled
def m2_fractions(polarization: pd.DataFrame) -> Chart:
    """Draw the M2-like share of each sample's macrophages with its interval.

    Parameters
    ----------
    polarization
        Single-cell rows of contract ``polarization``.
    """
    shown = polarization.dropna(subset="fraction_m2").sort_values("fraction_m2")
    figure, grid = canvas(7.0, 1.0 + 0.24 * len(shown))
    axes = grid[0, 0]
    rows = np.arange(len(shown))
    axes.hlines(rows, shown["fraction_m2_low"], shown["fraction_m2_high"], color=VERMILLION)
    axes.scatter(shown["fraction_m2"], rows, s=24, color=VERMILLION, zorder=3)
    words = [
        label(f"{sample} ({count:.0f})")
        for sample, count in zip(shown["sample"], shown["n_macrophages"], strict=True)
    ]
    axes.set_yticks(rows, words)
    axes.set_xlim(0, 1)
    axes.set_xlabel("M2-like share of macrophages")
    title = f"M2-like shares run from {shown['fraction_m2'].min():.2f} to "
    title += f"{shown['fraction_m2'].max():.2f}."
    note = (
        f"n = {counted(len(shown), 'sample')}, macrophages counted in brackets; lines are 95% "
        "intervals, which lean on the other samples where cells are few. No test is made."
    )
    return chart(figure, title, note)
