"""Groups of patients by pain, response and stage, none so small that it shows a patient.

The page holds each patient's node scores. A mean over one patient would say which group that
patient is in, and so would a mean that can be worked out as a difference between others.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.report.text import plain

SMALLEST = 5
"""Patients of a group below which its means are never shown, even where counts are."""


@dataclass(frozen=True)
class Grouped:
    """Means of nodes by the groups of one clinical variable."""

    name: str
    means: pd.DataFrame
    """Nodes x groups that may be shown."""
    sizes: dict[str, int]
    """Patients of each shown group."""
    hidden: int
    """Groups that may not be shown."""


def smallest_group(settings: Clinical) -> int:
    """The smallest group that may be shown: five, or what the settings ask for if more."""
    return max(SMALLEST, settings.suppress_below)


def groupings(cohort: Cohort, joined: pd.DataFrame | None) -> dict[str, pd.Series]:
    """Pain category, response and stage of each patient, as far as the cohort has them.

    Parameters
    ----------
    cohort
        The cohort file; the stage is its ordinal covariates.
    joined
        Contract ``joined``.

    Returns
    -------
    dict
        By title: an ordered categorical by patient, without missing values.
    """
    clinical = cohort.clinical
    if clinical is None or joined is None:
        return {}
    frame = joined.set_index("patient")
    found = {}
    for name in clinical.pain:
        found[f"Pain ({name})"] = (f"pain_{name}_category", ["none", "mild", "moderate", "severe"])
    for name, response in clinical.response.items():
        # The joined table has grades; a binary answer is 1 or 0.
        words = {grade: level for level, grade in response.grades().items()}
        if response.responders:
            words = {0.0: "none", 1.0: "response"}
        column = f"response_{name}"
        if column in frame:
            frame[column] = frame[column].map(words)
        found[f"Response ({name})"] = (column, list(words.values()))
    for name, covariate in clinical.covariates.items():
        if covariate.kind == "ordinal":
            found[name.capitalize()] = (name, covariate.levels)
    return {
        title: _ordered(frame[column], levels)
        for title, (column, levels) in found.items()
        if column in frame and frame[column].notna().any()
    }


def _ordered(values: pd.Series, levels: list[str]) -> pd.Series:
    words = values.dropna().map(plain)
    further = sorted(set(words) - set(levels))
    return words.astype(pd.CategoricalDtype([*levels, *further], ordered=True))


def by_group(matrix: pd.DataFrame, name: str, values: pd.Series, smallest: int) -> Grouped | None:
    """Average the nodes over the patients of each group that is large enough.

    Groups that are too small are hidden; where those together are too small as well, so that
    the difference from the whole cohort would show them, the next smallest is hidden with them.

    Parameters
    ----------
    matrix
        Nodes x patients.
    name
        Title of the variable.
    values
        Group by patient.
    smallest
        Patients that a group must have.

    Returns
    -------
    Grouped
        Or None where fewer than two groups may be shown.
    """
    values = values[values.index.isin(matrix.columns)]
    sizes = values.value_counts(sort=False)
    sizes = sizes[sizes > 0]
    hidden = list(sizes[sizes < smallest].index)
    rest = sizes.drop(hidden).sort_values(kind="stable")
    while hidden and sizes[hidden].sum() < smallest and len(rest):
        hidden.append(rest.index[0])
        rest = rest.iloc[1:]
    shown = [level for level in sizes.index if level not in hidden]
    if len(shown) < 2:
        return None
    columns = {}
    for level in shown:
        here = matrix[values.index[values == level]]
        # A node that was measured in few of them would show those few.
        columns[level] = here.mean(axis=1).where(here.notna().sum(axis=1) >= smallest)
    return Grouped(
        name, pd.DataFrame(columns), {level: int(sizes[level]) for level in shown}, len(hidden)
    )
