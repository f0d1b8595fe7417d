"""A signature of all nodes: ridge-penalized logistic regression, judged on patients left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

FOLDS = 5
TEST_SHARE = 1 / (FOLDS - 1)
"""Patients left out over patients learned from."""

INNER_FOLDS = 4
REPEATS = 5
PERMUTATIONS = 199
MIN_RARER = 2 * FOLDS
"""Patients with the rarer answer, so that each fold holds two of them."""

PENALTIES = np.logspace(4, -1, 11)
"""Ridge penalties of standardized nodes, from one that leaves no effect to one that hardly acts."""

STEPS = 100
LONGEST = 2.0
"""Longest Newton step in a coefficient, so that nearly separated patients do not throw it off."""

CONVERGED = 1e-10


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of patients by models that never saw them.

    Parameters
    ----------
    probability
        Of a response by patient, between 0 and 1, the mean over repeats.
    folds
        Of each fold of each repeat, log odds by patient.
    """

    probability: pd.Series
    folds: list[pd.Series]


def out_of_fold(nodes: pd.DataFrame, answer: pd.Series, seed: Sequence[int]) -> OutOfFold:
    """Predict a response in each patient, by models that never saw that patient.

    Folds are stratified by the answer. In each, nodes are standardized and the penalty chosen
    by the likelihood in folds of the remaining patients, so that nothing of a left-out patient
    enters. Probabilities are averaged over repeats with folds drawn anew.

    Leaving out a responder lowers the share of responders in what is left, and so the intercept:
    without an effect, predictions of several folds put together would rank responders last.
    Intercepts are therefore set to the cohort's share, the same for all.

    Parameters
    ----------
    nodes
        Patients x nodes, no value missing.
    answer
        1 for a response, 0 for none; at least `MIN_RARER` of each.
    seed
        Of the folds.

    References
    ----------
    Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634, for the penalty; Varma and Simon
    2006, doi:10.1186/1471-2105-7-91, for nested cross-validation; Parker, Gunter and Bedo 2007,
    doi:10.1186/1471-2105-8-326, for the bias of predictions put together over folds.
    """
    x, y = nodes.to_numpy(float), answer.to_numpy(float)
    total, folds = np.zeros(len(y)), []
    for repeat in range(REPEATS):
        generator = np.random.default_rng([*seed, repeat])
        for train, test in _folds(y, FOLDS, generator):
            penalty = _penalty(x[train], y[train], generator)
            fit = ridge(_scaled(x[train], x[train]), y[train], np.array([penalty]))[0]
            odds = _scaled(x[test], x[train]) @ fit[1:] + fit[0]
            odds += _log_odds(y.mean()) - _log_odds(y[train].mean())
            total[test] += 1 / (1 + np.exp(-odds))
            folds.append(pd.Series(odds, index=nodes.index[test]))
    return OutOfFold(pd.Series(total / REPEATS, index=nodes.index), folds)


def ridge(x: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Fit a logistic regression at each of several ridge penalties at once, by Newton's method.

    Parameters
    ----------
    x
        Patients x standardized nodes.
    y
        0 or 1 by patient.
    penalties
        Half of each times the sum of squared coefficients is added to the negative log-likelihood;
        the intercept is free.

    Returns
    -------
    ndarray
        Penalties x (intercept, nodes).
    """
    columns = np.column_stack([np.ones(len(x)), x])
    weight = penalties[:, None] * np.append(0.0, np.ones(x.shape[1]))
    beta = np.zeros(weight.shape)
    for _ in range(STEPS):
        mean = 1 / (1 + np.exp(-columns @ beta.T))
        slope = (y[:, None] - mean).T @ columns - weight * beta
        curved = columns[None] * (mean * (1 - mean)).T[:, :, None]
        information = columns.T @ curved + weight[:, :, None] * np.eye(columns.shape[1])
        step = np.linalg.solve(information, slope[:, :, None])[:, :, 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        beta += step * np.minimum(1.0, LONGEST / np.maximum(longest, CONVERGED))
        if longest.max() < CONVERGED:
            break
    return beta


def _folds(y: np.ndarray, count: int, generator: np.random.Generator) -> list:
    from sklearn.model_selection import StratifiedKFold

    state = int(generator.integers(2**31))
    return list(StratifiedKFold(count, shuffle=True, random_state=state).split(y, y))


def _penalty(x: np.ndarray, y: np.ndarray, generator: np.random.Generator) -> float:
    """The penalty with the highest likelihood in patients left out; the strongest of equals."""
    likelihood = np.zeros(len(PENALTIES))
    for train, test in _folds(y, INNER_FOLDS, generator):
        fits = ridge(_scaled(x[train], x[train]), y[train], PENALTIES)
        odds = _scaled(x[test], x[train]) @ fits[:, 1:].T + fits[:, 0]
        likelihood += (y[test, None] * odds - np.logaddexp(0, odds)).sum(axis=0)
    return float(PENALTIES[np.argmax(likelihood)])


def _scaled(x: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Nodes on the scale of some patients, of whom a node may be constant."""
    spread = by.std(axis=0)
    return (x - by.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))
