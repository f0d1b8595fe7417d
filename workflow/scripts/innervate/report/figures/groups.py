"""Mean node scores by clinical group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from innervate.report.figures.style import BLACK, DIVERGING, Chart, canvas, chart, label, styled
from innervate.report.groups import Grouped
from innervate.report.text import MISSING, counted, listed, number, plain

STRONG = 1.0
"""Mean z at which the color is full: means vary less than patients."""


@styled
def heat_map(parts: list[Grouped], names: Mapping[str, str], smallest: int) -> Chart:
    """Draw the mean z of each node in each group, one block of columns a variable.

    Parameters
    ----------
    parts
        Variables with at least two groups that may be shown.
    names
        Nodes as they are to be shown.
    smallest
        Patients that a shown group has at least.
    """
    nodes = parts[0].means.index
    widths = [part.means.shape[1] for part in parts]
    figure, grid = canvas(
        2.9 + 0.62 * sum(widths) + 0.25 * len(parts), 1.1 + 0.24 * len(nodes), 1, len(parts),
        width_ratios=widths,
    )  # fmt: skip
    for i, (axes, part) in enumerate(zip(grid[0], parts, strict=True)):
        means = part.means.reindex(nodes).to_numpy(float)
        image = axes.imshow(means, cmap=DIVERGING, vmin=-STRONG, vmax=STRONG, aspect="auto")
        titles = [f"{label(group, 12)}\n{n}" for group, n in part.sizes.items()]
        axes.set_xticks(np.arange(len(titles)), titles, fontsize=8)
        ticks = [label(names[node], 36) for node in nodes] if i == 0 else []
        axes.set_yticks(np.arange(len(ticks)), ticks)
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.set_title(label(part.name, 28), loc="left", pad=26)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        for row, column in np.argwhere(np.isnan(means)):
            axes.text(column, row, MISSING, ha="center", va="center", color=BLACK, fontsize=7)
    bar = figure.colorbar(image, ax=list(grid[0]), shrink=0.5, pad=0.01)
    bar.set_label("mean z")
    bar.outline.set_visible(False)
    title = f"Mean node scores by {listed(plain(part.name) for part in parts)}."
    hidden = sum(part.hidden for part in parts)
    lacking = f" {counted(hidden, 'group')} not shown, as too small." if hidden else ""
    note = (
        f"n = patients of each group, under its name; what rests on fewer than {smallest} is not "
        f"shown ({MISSING}).{lacking} Color is full at a mean of {number(STRONG)} either way. The "
        "associations below test these differences; this figure only shows them."
    )
    return chart(figure, title, note)
