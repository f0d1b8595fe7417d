"""Clinical associations: estimates with their intervals, one figure an endpoint."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from innervate.report.figures.style import (
    CATEGORIES,
    GRAY,
    MARKERS,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, is_missing, percent, plain

AXES = {
    "spearman_rho": ("Spearman correlation", 0.0, False),
    "hazard_ratio_per_sd": ("hazard ratio per standard deviation (log scale)", 1.0, True),
    "odds_ratio_per_sd": ("odds ratio per standard deviation (log scale)", 1.0, True),
    "points_per_sd": ("points of pain per standard deviation", 0.0, False),
    "points_a_month_per_sd": ("points of pain a month per standard deviation", 0.0, False),
}
TESTS = {
    "spearman_rho": "Spearman rank correlation",
    "hazard_ratio_per_sd": "Cox proportional hazards",
    "odds_ratio_per_sd": "Logistic or proportional-odds regression",
    "points_per_sd": "Linear mixed model",
    "points_a_month_per_sd": "Linear mixed model",
}
RATIOS = (1, 0.5, 2, 0.1, 10, 0.2, 5, 0.01, 100, 0.33, 3, 0.03, 30, 0.67, 1.5, 0.8, 1.25)
"""Ticks of a ratio, those that are wanted most first."""
FARTHEST = (0.01, 100)
TABLE = "clinical/associations.tsv"


@styled
def forest(associations: pd.DataFrame, names: dict[str, str], alpha: float) -> Chart:
    """Draw each score's association with one endpoint.

    Parameters
    ----------
    associations
        Contract ``associations``, the rows of one endpoint and one type of estimate.
    names
        Score as it is to be shown, by score.
    alpha
        False discovery rate below which an estimate is drawn filled.
    """
    endpoint, kind = associations[["endpoint", "estimate_type"]].iloc[0]
    axis, null, logarithmic = AXES.get(kind, (plain(kind), 0.0, False))
    scores = list(dict.fromkeys(associations["score"]))
    models = associations["model"].fillna("").astype(str)
    models = models + associations["covariates"].map(
        lambda value: "" if is_missing(value) else f" (covariates: {str(value).replace(';', ', ')})"
    )
    series = list(dict.fromkeys(models[associations["estimate"].notna()]))
    figure, grid = canvas(7.2, 1.0 + 0.24 * len(scores) * max(1, 0.7 * len(series)))
    axes = grid[0, 0]
    for place, name in enumerate(series):
        here = associations[(models == name) & associations["estimate"].notna()]
        offset = (place - (len(series) - 1) / 2) * 0.7 / len(series)
        y = np.array([scores.index(score) for score in here["score"]]) + offset
        color, marker = CATEGORIES[(place + 1) % len(CATEGORIES)], MARKERS[place % len(MARKERS)]
        _estimates(axes, here, y, color, marker, logarithmic, alpha)
        axes.scatter([], [], color=color, marker=marker, s=24, label=label(name, 70))
    axes.axvline(np.log2(null) if logarithmic else null, color=GRAY, linewidth=0.9)
    if logarithmic:
        ratio_ticks(axes)
    axes.set_yticks(range(len(scores)), [label(names.get(name, name), 40) for name in scores])
    axes.set_ylim(len(scores) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(axis)
    if len(series) > 1:
        figure.legend(loc="outside lower left")
    hits = associations.loc[associations["fdr"] < alpha, "score"].nunique()
    title = (
        f"{hits} of {counted(len(scores), 'score')} {'goes' if hits == 1 else 'go'} with "
        f"{endpoint} at a false discovery rate of {percent(alpha)}."
    )
    model = f" Model: {plain(series[0])}." if len(series) == 1 else ""
    return chart(figure, plain(title), _note(associations, kind) + model, table=TABLE)


def ratio_ticks(axes: Axes) -> None:
    """Label an axis of log2 ratios with the ratios, as many as there is room for."""
    low, high = axes.get_xlim()
    ticks: list[float] = []
    for ratio in RATIOS:
        place = np.log2(ratio)
        apart = all(abs(place - np.log2(other)) >= (high - low) / 9 for other in ticks)
        if low <= place <= high and apart:
            ticks.append(ratio)
    axes.set_xticks(np.log2(sorted(ticks)), [f"{ratio:g}" for ratio in sorted(ticks)])


def _estimates(
    axes: Axes,
    here: pd.DataFrame,
    y: np.ndarray,
    color: str,
    marker: str,
    logarithmic: bool,
    alpha: float,
) -> None:
    """Points with their intervals; filled where the false discovery rate is below `alpha`."""
    values = here[["estimate", "ci_low", "ci_high"]].astype(float)
    if logarithmic:
        # A model that hardly converged may have bounds that no axis can hold.
        values = np.log2(values.where(values > 0).clip(*FARTHEST))
    filled = (here["fdr"] < alpha).to_numpy()
    axes.hlines(y, values["ci_low"], values["ci_high"], color=color, linewidth=1.3)
    x = values["estimate"].to_numpy()
    axes.scatter(x[filled], y[filled], s=28, color=color, marker=marker, zorder=3)
    axes.scatter(x[~filled], y[~filled], s=24, facecolors="white", edgecolors=color,
                 marker=marker, zorder=3)  # fmt: skip


def _note(associations: pd.DataFrame, kind: str) -> str:
    associations = associations[associations["estimate"].notna()]
    low, high = int(associations["n"].min()), int(associations["n"].max())
    patients = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    events = associations["n_events"].dropna()
    some = f", {int(events.max()):,} events at most" if len(events) else ""
    test = TESTS.get(kind, plain(kind))
    return (
        f"n = {patients} patients{some}. {test}, two-sided; a line is the 95% interval; a filled "
        "point has a false discovery rate (Benjamini-Hochberg over the scores of one endpoint and "
        "model) below the bound. An association is not a cause."
    )
