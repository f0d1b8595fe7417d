"""Odds ratios of a response to treatment per standard deviation of a score."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import optimize, stats

from innervate.statistics.association_models import Row
from innervate.statistics.conventions import CONFIDENCE

SEPARATED = 10.0
"""Log odds ratio per standard deviation above which a likelihood counts as having no maximum."""

FIRTH = "responders are separated: Firth's penalized likelihood"
STEPS = 100
CONVERGED = 1e-10


def response(score: pd.Series, grades: pd.Series, covariates: pd.DataFrame) -> Row:
    """Odds ratio of a better response per standard deviation of a score.

    Two grades: logistic regression; where the score or a covariate separates responders from
    others, so that there is no maximum, Firth's penalized likelihood with its profile interval.
    More grades: proportional odds.

    Parameters
    ----------
    score, grades
        By patient, no value missing; a higher grade is a better response.
    covariates
        As in `innervate.statistics.association_models.spearman`.

    Returns
    -------
    dict
        ``estimate`` (odds ratio), ``ci_low, ci_high, pvalue`` and ``note``.

    Raises
    ------
    ValueError
        Where the covariates determine the score, or no model converges.

    References
    ----------
    Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2002, doi:10.1002/sim.1047.
    """
    scaled = (score - score.mean()) / score.std()
    others = (covariates - covariates.mean()) / covariates.std()
    design = np.column_stack([scaled, others])
    known = np.column_stack([np.ones(len(score)), others])
    if np.linalg.matrix_rank(np.column_stack([known, scaled])) == known.shape[1]:
        msg = "the covariates determine the score, so that nothing is left to associate"
        raise ValueError(msg)
    levels, codes = np.unique(grades, return_inverse=True)
    if len(levels) > 2:
        return _proportional_odds(design, codes)
    found = _logistic(design, codes.astype(float))
    return found if found is not None else _penalized(design, codes.astype(float))


def _logistic(design: np.ndarray, outcome: np.ndarray) -> Row | None:
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            fit = sm.Logit(outcome, sm.add_constant(design)).fit(disp=0, tol=CONVERGED)
        except (ConvergenceWarning, PerfectSeparationWarning, np.linalg.LinAlgError):
            return None
    if (np.abs(fit.params[1:]) > SEPARATED).any():
        return None
    return _row(fit.params[1], *fit.conf_int()[1], fit.pvalues[1], "")


def _proportional_odds(design: np.ndarray, grades: np.ndarray) -> Row:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = OrderedModel(grades, design, distr="logit").fit(method="newton", disp=0, maxiter=100)
    if not fit.mle_retvals["converged"] or abs(fit.params[0]) > SEPARATED:
        msg = "the proportional-odds model does not converge (the score separates the grades)"
        raise ValueError(msg)
    return _row(fit.params[0], *fit.conf_int()[0], fit.pvalues[0], "")


def _row(log_odds: float, low: float, high: float, pvalue: float, note: str) -> Row:
    ends = {"estimate": log_odds, "ci_low": low, "ci_high": high}
    row = {name: float(np.exp(value)) for name, value in ends.items()}
    return {**row, "pvalue": float(pvalue), "note": note}


def _penalized(design: np.ndarray, outcome: np.ndarray) -> Row:
    """Firth's estimate with profile penalized-likelihood interval and test."""
    columns = np.column_stack([np.ones(len(design)), design])
    beta, highest = firth(columns, outcome)
    _, without = firth(columns, outcome, held=0.0)
    pvalue = stats.chi2.sf(2 * (highest - without), 1)
    enough = highest - stats.chi2.ppf(CONFIDENCE, 1) / 2

    def short(value: float) -> float:
        return firth(columns, outcome, held=value)[1] - enough

    ends = []
    for direction in (-1, 1):
        reach = 1.0
        while short(beta[1] + direction * reach) > 0 and reach < 100:
            reach *= 2
        ends.append(optimize.brentq(short, *sorted((beta[1], beta[1] + direction * reach))))
    return _row(beta[1], *ends, pvalue, FIRTH)


def firth(
    columns: np.ndarray, outcome: np.ndarray, held: float | None = None
) -> tuple[np.ndarray, float]:
    """Maximize the logistic likelihood penalized by Jeffreys' prior.

    Parameters
    ----------
    columns
        Patients x columns, the first being the intercept.
    outcome
        0 or 1 by patient.
    held
        Value at which the second column's coefficient is held.

    Returns
    -------
    tuple
        Coefficients, and the penalized log-likelihood.
    """
    beta = np.zeros(columns.shape[1])
    free = np.ones(len(beta), bool)
    if held is not None:
        beta[1], free[1] = held, False
    for _ in range(STEPS):
        mean = 1 / (1 + np.exp(-columns @ beta))
        weighted = columns * np.sqrt(mean * (1 - mean))[:, None]
        information = weighted.T @ weighted
        leverage = np.einsum("ij,jk,ik->i", weighted, np.linalg.pinv(information), weighted)
        score = columns.T @ (outcome - mean + leverage * (0.5 - mean))
        step = np.linalg.pinv(information[np.ix_(free, free)]) @ score[free]
        beta[free] += step * min(1.0, 2.0 / max(np.abs(step).max(initial=0.0), 1e-300))
        if np.abs(step).max(initial=0.0) < CONVERGED:
            break
    return beta, _penalized_likelihood(columns, outcome, beta)


def _penalized_likelihood(columns: np.ndarray, outcome: np.ndarray, beta: np.ndarray) -> float:
    predicted = columns @ beta
    mean = 1 / (1 + np.exp(-predicted))
    weighted = columns * np.sqrt(mean * (1 - mean))[:, None]
    likelihood = (outcome * predicted - np.logaddexp(0, predicted)).sum()
    return float(likelihood + np.linalg.slogdet(weighted.T @ weighted)[1] / 2)
