"""Ligands and receptors of the circuit between cell types."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from innervate.report.figures.interactive import as_text, height, numbers, plot
from innervate.report.figures.style import BLACK, GRAY, Chart, canvas, chart, label, styled
from innervate.report.text import counted, percent, plain
from innervate.scoring.sources import MIN_MOLECULES, MIN_SAMPLES

ROWS = 24
"""Pairs of cell types that are drawn, those with the largest percentile."""
LARGEST = 130
SHARES = (0.25, 0.5, 1.0)


@styled
def pairs(frame: pd.DataFrame, names: Mapping[str, str]) -> Chart:
    """Draw each ligand and receptor between each sender and receiver, as dots.

    Parameters
    ----------
    frame
        Rows of contract ``ligand_receptor`` of one tissue, expressed in a sample or more.
    names
        How cell types read.
    """
    frame = frame.assign(
        pair=[f"{a} to {b.replace('_', '+')}" for a, b in
              zip(frame["ligand"].map(plain), frame["receptor"].map(plain), strict=True)],
        cells=[f"{label(names.get(a, a), 24)} → {label(names.get(b, b), 24)}" for a, b in
               zip(frame["source"], frame["target"], strict=True)],
    )  # fmt: skip
    best = frame.groupby("cells")["percentile"].max()
    order = sorted(best.index, key=lambda name: (-best[name], name))[:ROWS]
    columns = sorted(frame["pair"].unique())
    shown = frame[frame["cells"].isin(order)]
    figure, grid = canvas(4.4 + 0.42 * len(columns), 1.7 + 0.24 * len(order))
    axes = grid[0, 0]
    y = shown["cells"].map({name: i for i, name in enumerate(order)})
    dots = axes.scatter(
        shown["pair"].map({name: i for i, name in enumerate(columns)}), y,
        s=LARGEST * shown["expressed_share"], c=100 * shown["percentile"], cmap="cividis_r",
        vmin=0, vmax=100, edgecolors=BLACK, linewidths=0.5,
    )  # fmt: skip
    axes.set_xticks(range(len(columns)), [label(name, 28) for name in columns], rotation=35,
                    ha="right", rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(range(len(order)), order, fontsize=7.5)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_ylim(len(order) - 0.4, -0.6)
    bar = figure.colorbar(dots, ax=axes, shrink=0.6, pad=0.03, aspect=18)
    bar.set_label("Random pairs exceeded, %")
    bar.outline.set_visible(False)
    for share in SHARES:
        axes.scatter([], [], s=LARGEST * share, facecolors="none", edgecolors=GRAY,
                     label=percent(share))  # fmt: skip
    figure.legend(loc="outside lower left", ncols=3, title="Samples in which both are expressed",
                  title_fontsize=8, handletextpad=0.3)  # fmt: skip
    tissue = plain(frame["tissue"].iloc[0])
    title = _title(shown, names, tissue)
    more = f" {len(best) - len(order)} weaker pairs of types are not drawn." if len(best) > len(
        order) else ""  # fmt: skip
    note = (
        f"n = {counted(int(shown['n_samples'].max()), 'sample')} of {tissue} at most. Color: "
        "median share of random ligand-receptor pairs, between the same types, with a smaller "
        f"mean expression; size: share of samples in which both are expressed.{more} "
        "Co-expression does not prove signaling. No test is made."
    )
    return chart(figure, plain(title), note, plot=_plot(shown, order, columns),
                 table="single_cell/ligand_receptor.tsv")  # fmt: skip


def _title(shown: pd.DataFrame, names: Mapping[str, str], tissue: str) -> str:
    """Name the pair that stands out most, of those that do not rest on few samples or molecules."""
    molecules = shown[["ligand_molecules", "receptor_molecules"]].min(axis=1)
    sure = shown[(shown["n_expressed"] >= MIN_SAMPLES) & (molecules >= MIN_MOLECULES)]
    if sure.empty:
        samples = counted(int(shown["n_samples"].max()), f"{tissue} sample")
        return (
            f"{counted(shown['pair'].nunique(), 'ligand-receptor pair')} between cell types of "
            f"{samples}. None is named as standing out: that takes {MIN_SAMPLES} samples in which "
            f"both genes are expressed, and {MIN_MOLECULES} molecules of each."
        )
    top = sure.loc[sure["percentile"].idxmax()]
    return (
        f"{top['pair']} from {names.get(top['source'], top['source'])} to "
        f"{names.get(top['target'], top['target'])} exceeds {percent(top['percentile'])} of "
        f"random pairs in the {tissue}, in {counted(int(top['n_samples']), 'sample')}."
    )


def _plot(shown: pd.DataFrame, order: list[str], columns: list[str]) -> dict:
    details = [
        f"{as_text(row.cells, 80)}<br>exceeds {percent(row.percentile)}, "
        f"expressed in {percent(row.expressed_share)} of {row.n_samples} samples"
        for row in shown.itertuples()
    ]
    trace = {
        "type": "scatter", "mode": "markers",
        "hovertemplate": "%{text}<br>%{customdata}<extra></extra>", "customdata": details,
        "x": [as_text(name) for name in shown["pair"]],
        "y": [as_text(name, 80) for name in shown["cells"]],
        "text": [as_text(name) for name in shown["pair"]],
        "marker": {
            "size": numbers(18 * np.sqrt(shown["expressed_share"])),
            "color": numbers(100 * shown["percentile"]), "cmin": 0, "cmax": 100,
            "colorscale": "Cividis", "reversescale": True, "line": {"width": 1, "color": BLACK},
            "colorbar": {"title": {"text": "Random pairs exceeded, %"}},
        },
    }  # fmt: skip
    kept = {
        "height": height(len(order)),
        "xaxis": {"categoryorder": "array", "categoryarray": [as_text(name) for name in columns]},
        "yaxis": {"categoryorder": "array", "automargin": True,
                  "categoryarray": [as_text(name, 80) for name in order[::-1]]},
    }  # fmt: skip
    return plot([trace], "", "", kept)
