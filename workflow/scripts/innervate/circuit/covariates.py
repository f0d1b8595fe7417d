"""Covariates of a cohort as numbers that a model can take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from innervate.config.clinical import Covariate
from innervate.inputs.tables import code_of

ADDS_NOTHING = "adds nothing among these patients (constant, or given by the other covariates)"


def covariate_matrix(
    frame: pd.DataFrame, names: list[str], declared: Mapping[str, Covariate]
) -> tuple[pd.DataFrame, list[str]]:
    """Covariates as numbers: ordinal levels by rank, categories as indicators of all but one.

    Parameters
    ----------
    frame
        Patients, no value missing.
    names
        Covariates of the cohort file.
    declared
        Their kinds and levels; the first level of a category is the reference.

    Returns
    -------
    tuple
        Patients x linearly independent columns; and the covariates that none of them stands for.

    Raises
    ------
    ValueError
        Where a value is none of the declared levels.
    """
    columns: dict[str, np.ndarray] = {}
    idle: list[str] = []
    if frame.empty:
        return pd.DataFrame(index=frame.index), idle
    independent = np.ones((len(frame), 1))
    for name in names:
        before = len(columns)
        for label, values in _covariate_columns(frame[name], declared[name]).items():
            centered = values - values.mean()
            wider = np.column_stack([independent, centered / (np.abs(centered).max() or 1)])
            if np.linalg.matrix_rank(wider) == wider.shape[1]:
                independent, columns[f"{name}{label}"] = wider, values
        if len(columns) == before:
            idle.append(name)
    return pd.DataFrame(columns, index=frame.index), idle


def _covariate_columns(values: pd.Series, covariate: Covariate) -> dict[str, np.ndarray]:
    """Columns that stand for a covariate, by what is added to its name."""
    if covariate.kind in ("continuous", "opioid_dose"):
        return {"": values.to_numpy(float)}
    values = as_levels(values, covariate.levels)
    levels = covariate.levels or sorted(set(values))
    if covariate.kind == "ordinal":
        return {"": values.map(levels.index).to_numpy(float)}
    present = [level for level in levels if level in set(values)]
    return {f"_{level}": (values == level).to_numpy(float) for level in present[1:]}


def as_levels(values: pd.Series, levels: list[str]) -> pd.Series:
    """Levels as the cohort file writes them.

    A table that was written and read again may hold 1.0 or True where the cohort file says "1"
    or "TRUE".

    Parameters
    ----------
    values
        No value missing.
    levels
        The declared ones; where there are none, `values` are only made text.

    Raises
    ------
    ValueError
        Where a value is none of the levels.
    """
    values = values.astype(str)
    if not levels:
        return values
    known = {code_of(level).casefold(): level for level in levels} | {lev: lev for lev in levels}
    found = values.map(lambda value: known.get(value, known.get(code_of(value).casefold())))
    if found.isna().any():
        msg = f"{values.name}: a value that is none of {', '.join(levels)}"
        raise ValueError(msg)
    return found
