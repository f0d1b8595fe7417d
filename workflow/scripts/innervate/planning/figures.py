"""Figures of calibration and power."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from innervate.report.figures.style import CATEGORIES, GRAY, MARKERS, canvas, label, styled

KINDS = {"edge": "Edges", "chain": "Chains", "association": "Associations with outcomes"}
LEVEL = 0.05


@styled
def curves(table: pd.DataFrame, what: str) -> str:
    """Draw the share of rejections against the number of patients, a line a question.

    Parameters
    ----------
    table
        Contract ``power``.
    what
        Of the vertical axis.

    Returns
    -------
    str
        SVG. Bars are two Monte-Carlo standard errors; the dashed line is the level of 0.05.
    """
    kinds = [kind for kind in KINDS if (table["kind"] == kind).any()]
    figure, grid = canvas(4.2 * len(kinds), 4.4, 1, len(kinds))
    for axes, kind in zip(grid[0], kinds, strict=True):
        here = table[table["kind"] == kind]
        for number, (name, rows) in enumerate(here.groupby("name", sort=False)):
            rows = rows.sort_values("patients")
            axes.errorbar(
                rows["patients"], rows["rejected"], yerr=2 * rows["rejected_error"],
                color=CATEGORIES[number % len(CATEGORIES)], marker=MARKERS[number % len(MARKERS)],
                markersize=4, linewidth=1, label=label(name, 44),
            )  # fmt: skip
        axes.axhline(LEVEL, color=GRAY, linestyle="--", linewidth=0.8)
        axes.set_title(KINDS[kind])
        axes.set_xlabel("patients")
        axes.set_ylabel(what)
        axes.set_ylim(-0.02, 1.02)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=6.5, frameon=False)
    return _svg(figure)


@styled
def rejections(table: pd.DataFrame) -> str:
    """Draw the share of rejections where there is nothing to find, a panel a scenario.

    Parameters
    ----------
    table
        ``scenario, kind, name, rejected, rejected_error``.

    Returns
    -------
    str
        SVG. Bars are two Monte-Carlo standard errors; the dashed line is the level of 0.05.
    """
    scenarios = list(dict.fromkeys(table["scenario"]))
    rows = int(table.groupby("scenario").size().max())
    figure, grid = canvas(4.6 * len(scenarios), 0.9 + 0.2 * rows, 1, len(scenarios))
    for axes, scenario in zip(grid[0], scenarios, strict=True):
        here = table[table["scenario"] == scenario].iloc[::-1]
        places = np.arange(len(here))
        for number, kind in enumerate(KINDS):
            mine = (here["kind"] == kind).to_numpy()
            axes.errorbar(
                here["rejected"][mine], places[mine], xerr=2 * here["rejected_error"][mine],
                linestyle="", color=CATEGORIES[number], marker=MARKERS[number], markersize=4,
            )  # fmt: skip
        axes.axvline(LEVEL, color=GRAY, linestyle="--", linewidth=0.8)
        axes.set_yticks(places, [label(name, 46) for name in here["name"]], fontsize=6.5)
        axes.set_title(scenario)
        axes.set_xlabel("share of cohorts with p ≤ 0.05")
        axes.set_xlim(left=0)
    return _svg(figure)


def _svg(figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
