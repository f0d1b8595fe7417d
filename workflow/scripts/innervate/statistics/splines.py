"""Columns of a restricted cubic spline."""

from __future__ import annotations

import numpy as np

KNOTS = (0.05, 0.35, 0.65, 0.95)
"""Quantiles of a score at which its spline is tied (Harrell's for four knots)."""

NONLINEAR = len(KNOTS) - 2
"""Columns beside the straight line."""


def restricted_cubic_spline(score: np.ndarray) -> np.ndarray:
    """Nonlinear columns of a restricted cubic spline with four knots.

    Parameters
    ----------
    score
        By patient.

    Returns
    -------
    ndarray
        Patients x 2; straight beyond the outer knots.

    Raises
    ------
    ValueError
        Where two knots fall on one value.

    References
    ----------
    Harrell 2015, doi:10.1007/978-3-319-19425-7, section 2.4.5.
    """
    knots = np.quantile(score, KNOTS)
    if len(np.unique(knots)) < len(KNOTS):
        msg = "too many equal values for a spline"
        raise ValueError(msg)

    def cubed(knot: float) -> np.ndarray:
        return np.clip(score - knot, 0, None) ** 3

    *inner, before, last = knots
    columns = [
        cubed(knot)
        - cubed(before) * (last - knot) / (last - before)
        + cubed(last) * (before - knot) / (last - before)
        for knot in inner
    ]
    return np.column_stack(columns) / (last - knots[0]) ** 2
