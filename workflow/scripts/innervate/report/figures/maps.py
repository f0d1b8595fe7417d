"""Cells on their map (UMAP): types by number, and one kind of cell a panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from innervate.report.figures.interactive import drawn, plot, points, subsample
from innervate.report.figures.style import (
    DENSE,
    ON_LIGHT,
    Chart,
    canvas,
    chart,
    label,
    palette,
    styled,
)
from innervate.report.text import counted

PALE = "#dcdcdc"
PANELS = 12
"""Panels of a figure; what is rarer is left to the interactive one."""
COLUMNS = 3
TABLE = "single_cell/cells.parquet"
CAUTION = "Distances on such a map do not measure similarity. No test is made."


@styled
def type_map(cells: pd.DataFrame, names: Mapping[str, str], title: str) -> Chart:
    """Draw the cells on their map, with the number of its type amid each group.

    Parameters
    ----------
    cells
        ``umap_1, umap_2, cell_type``.
    names
        How types read, in the order of their numbers.
    title
        A sentence.
    """
    values = cells["cell_type"].astype(str)
    chosen = palette(values, list(names))
    figure, grid = canvas(6.4, 4.4 + 0.17 * (len(chosen) // 3))
    axes = grid[0, 0]
    for place, (key, (color, marker)) in enumerate(chosen.items(), start=1):
        here = cells[values == key]
        axes.scatter(
            here["umap_1"], here["umap_2"], s=_size(cells), color=color, marker=marker, alpha=0.7,
            linewidths=0, rasterized=len(cells) > DENSE,
            label=label(f"{place}  {names.get(key, key)} ({len(here):,})", 40),
        )  # fmt: skip
        middle = here[["umap_1", "umap_2"]].median()
        axes.annotate(
            str(place), middle, (0, 5), textcoords="offset points", ha="center", va="bottom",
            fontsize=9, fontweight="bold", color=ON_LIGHT,
            bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0,
                  "boxstyle": "round,pad=0.05"},
        )  # fmt: skip
    figure.legend(loc="outside lower left", ncols=3, markerscale=_legend(cells),
                  handletextpad=0.2, columnspacing=1, fontsize=8)  # fmt: skip
    _bare(axes)
    sample = subsample(cells)
    note = (
        f"n = {counted(len(cells), 'cell')}, a point each; the number of a type stands above "
        f"its median.{drawn(len(sample), len(cells))} {CAUTION}"
    )
    return chart(figure, title, note, plot=_plot(sample, "cell_type", chosen, names), table=TABLE)


@styled
def panels(
    cells: pd.DataFrame,
    column: str,
    title: str,
    colors: Mapping[str, str] | None = None,
    background: pd.DataFrame | None = None,
) -> Chart:
    """Draw each kind of cell in a panel of its own, above all cells in gray.

    Parameters
    ----------
    cells
        ``umap_1, umap_2`` and the column.
    column
        What parts the cells.
    title
        A sentence.
    colors
        A color for each value, in the order of the panels; by default the palette's, the most
        frequent first.
    background
        All cells; by default those of `cells`.
    """
    background = cells if background is None else background
    values = cells[column].astype(str)
    counts = values.value_counts()
    order = [key for key in colors or sorted(counts.index, key=lambda k: (-counts[k], k))
             if key in counts.index]  # fmt: skip
    shown, chosen = order[:PANELS], palette(values, order)
    chosen |= {key: (color, chosen[key][1]) for key, color in (colors or {}).items()
               if key in chosen}  # fmt: skip
    columns = min(COLUMNS, max(2, len(shown)))
    rows = -(-len(shown) // columns)
    figure, grid = canvas(2.4 * columns, 2.25 * rows, rows, columns)
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    limits = [(background[name].min(), background[name].max()) for name in ("umap_1", "umap_2")]
    for axes, key in zip(grid.flat, shown, strict=False):
        here, (color, _) = cells[values == key], chosen[key]
        many = len(background) > DENSE / len(shown)
        axes.scatter(background["umap_1"], background["umap_2"], s=_size(background) / 2,
                     color=PALE, linewidths=0, rasterized=many)  # fmt: skip
        axes.scatter(here["umap_1"], here["umap_2"], s=_size(background), color=color, alpha=0.8,
                     linewidths=0, rasterized=many)  # fmt: skip
        axes.set_title(f"{label(key, 22)} ({len(here):,})", fontsize=8.5)
        for (low, high), scale in zip(limits, (axes.set_xlim, axes.set_ylim), strict=True):
            room = 0.04 * (high - low) or 1.0
            scale(low - room, high + room)
        _bare(axes, titled=False)
    sample = subsample(cells)
    left = len(order) - len(shown)
    more = f" {left} more with fewer cells are in the interactive figure." if left else ""
    note = (
        f"n = {counted(len(cells), 'cell')}; a panel shows one kind in color above all cells in "
        f"gray.{more}{drawn(len(sample), len(cells))} {CAUTION}"
    )
    return chart(figure, title, note, plot=_plot(sample, column, chosen, {}), table=TABLE)


def _plot(
    cells: pd.DataFrame,
    column: str,
    chosen: Mapping[str, tuple[str, str]],
    names: Mapping[str, str],
) -> dict:
    values = cells[column].astype(str)
    series = [
        points(here["umap_1"], here["umap_2"], names.get(key, key), color, marker, size=4)
        for key, (color, marker) in chosen.items()
        if len(here := cells[values == key])
    ]
    for trace in series:
        trace["hovertemplate"] = "%{fullData.name}<extra></extra>"
    return plot(series, "UMAP 1", "UMAP 2")


def _size(cells: Sequence | pd.DataFrame) -> float:
    """Points that neither vanish nor run into each other."""
    return 7.0 if len(cells) < 500 else 4.0 if len(cells) < 20_000 else 1.5


def _legend(cells: pd.DataFrame) -> float:
    """How much larger points are in the legend."""
    return (30 / _size(cells)) ** 0.5


def _bare(axes, titled: bool = True) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    if titled:
        axes.set_xlabel("UMAP 1")
        axes.set_ylabel("UMAP 2")
    else:
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color("#cccccc")
