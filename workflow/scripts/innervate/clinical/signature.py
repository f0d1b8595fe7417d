"""A signature of several nodes for a response, judged on patients it was not fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from innervate.clinical.models import CONFIDENCE
from innervate.clinical.roc import Area

FOLDS, REPEATS = 5, 5
PENALTIES = np.logspace(-3, 1, 7)
"""Inverse strengths of the ridge penalty among which inner folds choose."""

COVERED = 0.8
"""Share of the patients with an answer in whom a node must be measured to take part."""

MINIMUM = 10
"""Patients with the rarer answer below which no signature is fitted."""


class Signature(NamedTuple):
    """A signature's predictions of patients who took no part in fitting it.

    Parameters
    ----------
    probability
        Of a response, by patient.
    folds
        Log odds of the patients of each fold, of each division into folds.
    """

    probability: pd.Series
    folds: list[pd.Series]


def cross_validated(
    joined: pd.DataFrame, answer: pd.Series, nodes: list[str], seed: int
) -> Signature | str:
    """Predict a response by ridge logistic regression, nested cross-validation.

    Each patient is predicted by models of other patients; the penalty is chosen by folds inside
    of those, by their likelihood. Folds are drawn several times, and log odds averaged. Patients
    should be compared within a fold only, that is by one and the same model: a model that lacks a
    fold of many responders gives just these a low probability, so that over folds patients would
    seem to be predicted worse than by chance.

    Parameters
    ----------
    joined
        By patient.
    answer
        Whether a patient responded, of those treated.
    nodes
        Columns of `joined`.
    seed
        Of the folds.

    Returns
    -------
    Signature or str
        Of the patients with all nodes; or why none is fitted.

    References
    ----------
    Varma and Simon 2006, doi:10.1186/1471-2105-7-91.
    """
    known = joined.loc[joined.index.isin(answer.index), nodes]
    known = known.loc[:, known.notna().mean() >= COVERED]
    if known.shape[1] < 2:
        return f"{known.shape[1]} nodes measured in most patients, 2 needed"
    used = known.dropna()
    told = answer.loc[used.index].to_numpy()
    rarer = int(min(told.sum(), (~told).sum()))
    if rarer < MINIMUM:
        return f"{rarer} of the rarer answer with all nodes, {MINIMUM} needed"
    folds = [
        pd.Series(found, index=used.index[judged])
        for repeat in range(REPEATS)
        for judged, found in _folds(used.to_numpy(float), told, seed + repeat)
    ]
    mean = pd.concat(folds).groupby(level=0, sort=False).mean().reindex(used.index)
    return Signature(1 / (1 + np.exp(-mean)), folds)


def fold_area(areas: np.ndarray, null: float) -> Area:
    """Mean of areas over folds, with the interval of Nadeau and Bengio.

    Parameters
    ----------
    areas
        Of each fold of each division; folds share most of the patients that models learn from,
        which widens the interval.
    null
        Value that the p-value is for.

    References
    ----------
    Nadeau and Bengio 2003, doi:10.1023/A:1024068626366.
    """
    found, count = float(areas.mean()), len(areas)
    error = float(np.sqrt((1 / count + 1 / (FOLDS - 1)) * areas.var(ddof=1)))
    if error == 0:
        return Area(found, np.nan, np.nan, np.nan)
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    pvalue = float(2 * stats.t.sf(abs(found - null) / error, count - 1))
    return Area(found, found - reach, found + reach, pvalue)


def _folds(
    values: np.ndarray, told: np.ndarray, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each fold's patients and their log odds."""
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import StratifiedKFold

    outer = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    inner = StratifiedKFold(FOLDS, shuffle=True, random_state=seed + 1)
    for fit, judged in outer.split(values, told):
        center, spread = values[fit].mean(axis=0), values[fit].std(axis=0)
        spread[spread == 0] = 1.0
        model = LogisticRegressionCV(Cs=PENALTIES, cv=inner, scoring="neg_log_loss", max_iter=1000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            model.fit((values[fit] - center) / spread, told[fit])
        yield judged, model.decision_function((values[judged] - center) / spread)
