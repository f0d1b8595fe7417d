"""How well a score separates responders from others: area under the ROC curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from innervate.prediction.signature import TEST_SHARE
from innervate.statistics.association_models import Row
from innervate.statistics.conventions import CONFIDENCE

SINGULAR = 1e-14
"""Variance below which an area has no interval."""


def area(score: pd.Series, answer: pd.Series) -> Row:
    """Area under the ROC curve of a score whose higher values point to a response.

    The interval is DeLong's, cut at 0 and 1; the test that of Mann and Whitney, exact where a
    group is small and no value stands twice. The direction is given, never chosen by the data: a
    score that points the wrong way has an area below one half.

    Parameters
    ----------
    score
        By patient, no value missing.
    answer
        1 for a response, 0 for none; both occur.

    Returns
    -------
    dict
        ``auc, ci_low, ci_high, pvalue, note``; bounds are NaN where the score separates the two
        groups.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595.
    """
    auc, parts = _placements(score.to_numpy(float), answer.to_numpy() == 1)
    variance = _covariance(parts, parts)
    _, pvalue = stats.mannwhitneyu(score[answer == 1], score[answer == 0], method="auto")
    low = high = np.nan
    note = "the score separates responders from others: no interval"
    if variance > SINGULAR:
        low, high = np.clip(_interval(auc, variance), 0.0, 1.0)
        note = ""
    numbers = {"auc": auc, "ci_low": low, "ci_high": high, "pvalue": pvalue}
    return {**{name: float(value) for name, value in numbers.items()}, "note": note}


def difference(score: pd.Series, other: pd.Series, answer: pd.Series) -> Row:
    """Area of one score minus that of another in the same patients.

    Parameters
    ----------
    score, other, answer
        As in `area`, of the same patients.

    Returns
    -------
    dict
        ``auc_difference, difference_low, difference_high, difference_pvalue``; DeLong's paired
        interval and test, NaN where the two rank the patients alike.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595.
    """
    responded = answer.to_numpy() == 1
    auc, left = _placements(score.to_numpy(float), responded)
    against, right = _placements(other.to_numpy(float), responded)
    shared = 2 * _covariance(left, right)
    variance = _covariance(left, left) + _covariance(right, right) - shared
    found = auc - against
    low = high = pvalue = np.nan
    if variance > SINGULAR:
        low, high = _interval(found, variance)
        pvalue = 2 * stats.norm.sf(abs(found) / np.sqrt(variance))
    names = ("auc_difference", "difference_low", "difference_high", "difference_pvalue")
    return dict(zip(names, map(float, (found, low, high, pvalue)), strict=True))


def area_over_folds(folds: list[pd.Series], answer: pd.Series, null: np.ndarray) -> Row:
    """Area under the ROC curve of cross-validated predictions: the mean of that of each fold.

    Predictions of different folds come from models that share patients. DeLong's interval, which
    takes them as independent of the answers, is far too narrow where there is no effect, and
    predictions put together over folds have areas below one half there. So areas are taken within
    folds; the interval holds the larger of two variances, that over folds, corrected for the
    patients they share, and that without an effect; and the test is by permutation. It is
    one-sided, as a signature that was learned has but one way to be right.

    Parameters
    ----------
    folds
        Of each fold of each repeat, a score by patient, higher for a response.
    answer
        By patient, as in `area`.
    null
        Areas of signatures that were learned in the same way from permuted answers.

    Returns
    -------
    dict
        As `area`.

    References
    ----------
    Nadeau and Bengio 2003, doi:10.1023/A:1024068626366; Bouckaert and Frank 2004,
    doi:10.1007/978-3-540-24775-3_3.
    """
    found, low, high, _ = _over_folds(areas_of(folds, answer), null.var(ddof=1), len(answer))
    low, high = np.clip([low, high], 0.0, 1.0)
    pvalue = (1 + np.sum(null >= found)) / (1 + len(null))
    return {"auc": found, "ci_low": float(low), "ci_high": float(high), "pvalue": float(pvalue),
            "note": "p one-sided, by permutation"}  # fmt: skip


def difference_over_folds(
    folds: list[pd.Series], other: pd.Series, answer: pd.Series, null: np.ndarray
) -> Row:
    """Area of cross-validated predictions minus that of a score, in the same folds.

    Parameters
    ----------
    folds, answer, null
        As in `area_over_folds`.
    other
        Score by patient, which some of the patients may lack.

    Returns
    -------
    dict
        As `difference`.
    """
    known = [fold[fold.index.isin(other.index)] for fold in folds]
    against = areas_of([other[fold.index] for fold in known], answer)
    areas = areas_of(known, answer) - against
    found = _over_folds(areas, null.var(ddof=1), len(answer))
    names = ("auc_difference", "difference_low", "difference_high", "difference_pvalue")
    return dict(zip(names, found, strict=True))


def areas_of(folds: list[pd.Series], answer: pd.Series) -> np.ndarray:
    """The area in each fold; NaN where it holds only responders or only others.

    Parameters
    ----------
    folds, answer
        As in `area_over_folds`.
    """
    areas = []
    for fold in folds:
        responded = answer[fold.index].to_numpy() == 1
        both = 0 < responded.sum() < len(responded)
        areas.append(_placements(fold.to_numpy(float), responded)[0] if both else np.nan)
    return np.array(areas)


def _over_folds(values: np.ndarray, least: float, patients: int) -> tuple[float, ...]:
    """Mean over folds, its interval, and the p-value of a mean of zero."""
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return (np.nan,) * 4
    mean = float(values.mean())
    variance = max((1 / len(values) + TEST_SHARE) * values.var(ddof=1), least)
    # As many degrees of freedom as patients give: folds drawn anew add none.
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, patients - 2) * np.sqrt(variance)
    pvalue = 2 * stats.t.sf(abs(mean) / np.sqrt(variance), patients - 2)
    return mean, float(mean - reach), float(mean + reach), float(pvalue)


def roc_points(score: pd.Series, answer: pd.Series) -> pd.DataFrame:
    """Corners of the ROC curve, from none to all called responders.

    Parameters
    ----------
    score, answer
        As in `area`.

    Returns
    -------
    DataFrame
        ``false_positive_rate, true_positive_rate``, rising.
    """
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(answer, score)
    return pd.DataFrame({"false_positive_rate": false, "true_positive_rate": true})


def _placements(score: np.ndarray, responded: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """The area, and for each patient the share of the other group that is placed rightly."""
    ranks = stats.rankdata(score)
    parts = []
    for group in (responded, ~responded):
        above = ranks[group] - stats.rankdata(score[group])
        parts.append(above / (~group).sum())
    parts[1] = 1 - parts[1]
    return float(parts[0].mean()), parts


def _covariance(left: list[np.ndarray], right: list[np.ndarray]) -> float:
    return sum(float(np.cov(a, b)[0, 1]) / len(a) for a, b in zip(left, right, strict=True))


def _interval(center: float, variance: float) -> np.ndarray:
    reach = stats.norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(variance)
    return center + np.array([-reach, reach])
