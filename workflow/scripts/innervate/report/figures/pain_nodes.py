"""Circuit scores by category of pain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from innervate.report.figures.style import (
    BLUE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.suppression import suppressed_cells
from innervate.report.text import counted, number, p_value, plain

FEWEST = 5
"""Patients of a category below which no mean is drawn: it would reveal who is in it, as each
patient's scores are shown."""
COLUMNS = 3


@styled
def scores_by_category(
    joined: pd.DataFrame,
    category: str,
    categories: Sequence[str],
    names: Mapping[str, str],
    tests: pd.DataFrame,
    alpha: float,
    below: int = 0,
) -> Chart | None:
    """Draw the mean of each score in each category of one measurement of pain.

    Parameters
    ----------
    joined
        Contract ``joined``, with scores and the category.
    category
        Column of the category, ``pain_NAME_category``.
    categories
        Its values, in rising order.
    names
        Score as it is to be shown, in the order of the panels.
    tests
        Rows of contract ``associations``: each score's unadjusted rank correlation with the pain.
    alpha
        False discovery rate below which a score counts in the title.
    below
        Categories of fewer patients are left out; never more than those of `FEWEST`.

    Returns
    -------
    Chart or None
        None where fewer than two categories have the patients.
    """
    fewest = max(FEWEST, below)
    counts = joined[category].value_counts().reindex(categories, fill_value=0)
    kept = [None if n is None or 0 < n < fewest else n
            for n in suppressed_cells(counts.tolist(), below)]  # fmt: skip
    drawn = [name for name, n in zip(categories, kept, strict=True) if n]
    scores = [name for name in names if name in joined and joined[name].notna().any()]
    if len(drawn) < 2 or not scores:
        return None
    rows = -(-len(scores) // COLUMNS)
    figure, grid = canvas(7.2, 0.5 + 1.65 * rows, rows, COLUMNS)
    for axes in grid.flat[len(scores) :]:
        axes.set_axis_off()
    results = tests.drop_duplicates("score").set_index("score")
    means = {score: _means(joined, score, category, drawn, fewest) for score in scores}
    ends = pd.concat([one["mean"].abs() + one["reach"] for one in means.values()])
    reach = 1.08 * float(ends.max()) if ends.notna().any() else 1.0
    for axes, score in zip(grid.flat, scores, strict=False):
        found = means[score]
        hit = score in results.index and results.loc[score, "fdr"] < alpha
        axes.axhline(0, color=GRAY, linewidth=0.7)
        axes.errorbar(
            found.index, found["mean"], found["reach"], color=VERMILLION if hit else BLUE,
            marker="o" if hit else "s", markersize=4.5, linewidth=1, capsize=2.5,
            markerfacecolor=VERMILLION if hit else "white",
        )  # fmt: skip
        axes.set_xticks(range(len(drawn)), [label(name, 10) for name in drawn])
        axes.set_xlim(-0.4, len(drawn) - 0.6)
        axes.set_ylim(-reach, reach)
        axes.grid(visible=False, axis="x")
        told = _told(results, score)
        axes.set_title(f"{label(names[score], 32)}\n{told}", fontsize=8, fontweight="normal")
    for axes in grid[:, 0]:
        axes.set_ylabel("Mean z", fontsize=8)
    return chart(figure, *_words(results, scores, drawn, kept, categories, category, alpha),
                 table="clinical/associations.tsv")  # fmt: skip


def _means(
    joined: pd.DataFrame, score: str, category: str, drawn: Sequence[str], fewest: int
) -> pd.DataFrame:
    """Mean and half-width of the interval, by place of the category."""
    known = joined.dropna(subset=[score, category])
    found = known.groupby(category)[score].agg(["mean", "std", "size"]).reindex(drawn)
    found.index = pd.RangeIndex(len(drawn))
    found = found[found["size"] >= fewest]
    reach = stats.t.ppf(0.975, found["size"] - 1) * found["std"] / np.sqrt(found["size"])
    return found.assign(reach=reach)


def _told(results: pd.DataFrame, score: str) -> str:
    if score not in results.index or pd.isna(results.loc[score, "estimate"]):
        return "not estimated"
    row = results.loc[score]
    return f"rank correlation {number(row['estimate'])}, FDR {p_value(row['fdr'])}"


def _words(
    results: pd.DataFrame,
    scores: list[str],
    drawn: list[str],
    kept: list[int | None],
    categories: Sequence[str],
    category: str,
    alpha: float,
) -> tuple[str, str]:
    pain = plain(category.removeprefix("pain_").removesuffix("_category"))
    hits = int((results["fdr"].reindex(scores) < alpha).sum())
    verb = "rises or falls" if hits == 1 else "rise or fall"
    title = (
        f"{hits} of {counted(len(scores), 'score')} {verb} with {pain} at a false discovery rate "
        f"of {100 * alpha:g}%."
    )
    numbers = dict(zip(categories, kept, strict=True))
    told = ", ".join(f"{numbers[name]:,} {plain(name)}" for name in drawn)
    left = [plain(name) for name in categories if numbers[name] is None]
    out = f" Not drawn, as they have too few patients: {', '.join(left)}." if left else ""
    note = (
        f"n = {sum(numbers[name] for name in drawn):,} patients ({told}). Means of z with 95% "
        f"intervals (Student's t) where {FEWEST} or more patients have the score.{out} The test is "
        "Spearman's rank correlation of the score with pain of 0 to 10, Benjamini-Hochberg over "
        "scores; filled points: false discovery rate below the bound. Categories after the "
        "instrument's cut-offs."
    )
    return title, note
