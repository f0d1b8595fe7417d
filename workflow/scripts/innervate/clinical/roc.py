"""Areas under receiver operating characteristic curves, and their comparison."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from innervate.clinical.models import CONFIDENCE

REACH = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


class Area(NamedTuple):
    """An area under a curve.

    Parameters
    ----------
    estimate
        Share of pairs of a responder and another patient in which the responder has more.
    low, high
        95 % interval.
    pvalue
        Of an area of one half (Wald's test, of the logit).
    """

    estimate: float
    low: float
    high: float
    pvalue: float


class Placements(NamedTuple):
    """Where each patient stands among those with the other answer.

    Parameters
    ----------
    above
        Of each responder, the share of the others whom the responder exceeds; ties count half.
    below
        Of each of the others, the share of responders who exceed this one.
    """

    above: np.ndarray
    below: np.ndarray

    @property
    def area(self) -> float:
        """Area under the curve."""
        return float(self.above.mean())

    @property
    def error(self) -> float:
        """Standard error of the area."""
        variance = self.above.var(ddof=1) / len(self.above) + self.below.var(ddof=1) / len(
            self.below
        )
        return float(np.sqrt(variance))


def placements(values: np.ndarray, positive: np.ndarray) -> Placements:
    """Place each patient among those with the other answer.

    Parameters
    ----------
    values
        Higher is to mean positive; no value missing.
    positive
        Whether each patient is.
    """
    highs, lows = values[positive], values[~positive]
    wins = (highs[:, None] > lows) + 0.5 * (highs[:, None] == lows)
    return Placements(wins.mean(axis=1), wins.mean(axis=0))


def area(placed: Placements) -> Area:
    """Area under the curve with DeLong's interval on the logit scale, and its test of one half.

    Parameters
    ----------
    placed
        At least two patients of either answer.

    Returns
    -------
    Area
        Bounds and p-value are NaN where the two groups do not overlap: their variance is 0 then.

    References
    ----------
    DeLong et al. 1988, doi:10.2307/2531595; logit intervals: Qin and Hotilovac 2008,
    doi:10.1177/0962280207087173.
    """
    found, error = placed.area, placed.error
    if not 0 < found < 1 or error == 0:
        return Area(found, np.nan, np.nan, np.nan)
    logit = np.log(found / (1 - found))
    width = error / (found * (1 - found))
    low, high = 1 / (1 + np.exp(-(logit + np.array([-REACH, REACH]) * width)))
    return Area(found, float(low), float(high), float(2 * stats.norm.sf(abs(logit) / width)))


def difference(left: Placements, right: Placements) -> Area:
    """Difference of two areas in the same patients, with DeLong's interval and test.

    Parameters
    ----------
    left, right
        Of the same patients in the same order.

    Returns
    -------
    Area
        ``estimate`` is the area of `left` less that of `right`.
    """
    gap = Placements(left.above - right.above, left.below - right.below)
    if gap.error == 0:
        return Area(gap.area, np.nan, np.nan, np.nan)
    reach = REACH * gap.error
    pvalue = float(2 * stats.norm.sf(abs(gap.area) / gap.error))
    return Area(gap.area, gap.area - reach, gap.area + reach, pvalue)


def curve(values: np.ndarray, positive: np.ndarray) -> pd.DataFrame:
    """Points of a receiver operating characteristic curve, from (0, 0) to (1, 1).

    Parameters
    ----------
    values, positive
        As for `placements`.

    Returns
    -------
    DataFrame
        ``false_positive_rate, true_positive_rate``.
    """
    cuts = np.unique(values)[::-1]
    rates = [((values[~positive] >= cut).mean(), (values[positive] >= cut).mean()) for cut in cuts]
    columns = ["false_positive_rate", "true_positive_rate"]
    return pd.DataFrame([(0.0, 0.0), *rates], columns=columns)
