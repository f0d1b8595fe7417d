"""The models of an association, each as one row of numbers."""

from __future__ import annotations

import itertools
import warnings
from functools import cache
from math import factorial

import numpy as np
import pandas as pd
from scipy import stats

Row = dict[str, object]
CONFIDENCE = 0.95
EXACT_BELOW = 10
"""Patients below which the p-value of a rank correlation comes from all orders (R does so too)."""

EXPLAINED = 1e-9
"""Share of a variable's variance that covariates must leave for an association to be defined."""

DOUBT = 0.05
"""P-value of the proportional-hazards test below which a note says so."""

TIGHT = {"precision": 1e-12, "r_precision": 1e-14}
"""Convergence of Newton's method; with lifelines' own, hazard ratios are right to 1e-5 only."""


def spearman(score: pd.Series, endpoint: pd.Series, covariates: pd.DataFrame) -> Row:
    """Rank correlation, partial where there are covariates.

    Ranks are regressed on the covariates (ranked where they are numbers) and the residuals
    correlated. The interval is Fisher's with the standard error of Bonett and Wright. The test is
    Student's t with the degrees of freedom that the covariates leave; with fewer than ten patients
    and no covariate, the exact one over all orders, which holds with ties.

    Parameters
    ----------
    score, endpoint
        By patient, no value missing.
    covariates
        Patients x columns of numbers, categories as indicators; may have no column.

    Returns
    -------
    dict
        ``estimate, ci_low, ci_high, pvalue, note``; bounds are NaN where the correlation is
        perfect.

    Raises
    ------
    ValueError
        Where the covariates determine the score or the endpoint.

    References
    ----------
    Bonett and Wright 2000, doi:10.1007/BF02294183; Conover 1999 for ranks in regression.
    """
    design = np.column_stack([np.ones(len(score)), covariates.rank().to_numpy()])
    left = _residual(stats.rankdata(score), design, "score")
    right = _residual(stats.rankdata(endpoint), design, "endpoint")
    rho = float(np.clip(left @ right / np.sqrt((left @ left) * (right @ right)), -1, 1))
    used = int(np.linalg.matrix_rank(design)) - 1
    freedom = len(score) - 2 - used
    if 1 - abs(rho) < EXPLAINED:
        low = high = np.nan
        # No permutation test can give less; t would give 0.
        pvalue = 2 / factorial(len(score))
        note = "perfect correlation: no interval"
    else:
        reach = stats.norm.ppf((1 + CONFIDENCE) / 2)
        reach *= np.sqrt((1 + rho**2 / 2) / (len(score) - used - 3))
        low, high = np.tanh(np.arctanh(rho) + np.array([-reach, reach]))
        pvalue = 2 * stats.t.sf(abs(rho) * np.sqrt(freedom / (1 - rho**2)), freedom)
        note = ""
    if not used and len(score) < EXACT_BELOW:
        draws = left[_orders(len(score))] @ right
        pvalue = np.mean(np.abs(draws) >= abs(left @ right) * (1 - EXPLAINED))
    row = {"estimate": rho, "ci_low": low, "ci_high": high, "pvalue": pvalue}
    return {**{key: float(value) for key, value in row.items()}, "note": note}


def _residual(values: np.ndarray, design: np.ndarray, name: str) -> np.ndarray:
    """What a least-squares fit leaves of `values`."""
    residual = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    centered = values - values.mean()
    if residual @ residual <= EXPLAINED * (centered @ centered):
        msg = f"the covariates determine the {name}, so that nothing is left to associate"
        raise ValueError(msg)
    return residual


@cache
def _orders(count: int) -> np.ndarray:
    """All orders of `count` things, one a row."""
    return np.array(list(itertools.permutations(range(count))), dtype=np.int8)


def cox(score: pd.Series, time: pd.Series, event: pd.Series, covariates: pd.DataFrame) -> Row:
    """Hazard ratio per standard deviation of a score (Cox, Efron's ties).

    Parameters
    ----------
    score, time, event
        By patient, no value missing; ``event`` is 1 where it happened. The standard deviation is
        that of these patients.
    covariates
        As in `spearman`; linearly independent.

    Returns
    -------
    dict
        ``estimate`` (hazard ratio), ``ci_low, ci_high, pvalue`` (Wald) and ``note``, which says
        where hazards do not look proportional (Grambsch and Therneau's test on ranked times).

    Raises
    ------
    ValueError
        Where the covariates determine the score, or the model does not converge.

    References
    ----------
    Efron 1977, doi:10.1080/01621459.1977.10480613; Grambsch and Therneau 1994,
    doi:10.1093/biomet/81.3.515.
    """
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning
    from lifelines.statistics import proportional_hazard_test

    _residual(score.to_numpy(float), np.column_stack([np.ones(len(score)), covariates]), "score")
    scaled = (covariates - covariates.mean()) / covariates.std()
    frame = scaled.add_prefix("covariate_").assign(
        score=(score - score.mean()) / score.std(), time=time, event=event
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A likelihood with no maximum (separation) ends in this warning or in an error.
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            fit = CoxPHFitter().fit(frame, "time", "event", fit_options=TIGHT)
        except (ConvergenceError, ConvergenceWarning, np.linalg.LinAlgError) as error:
            msg = (
                "the Cox model does not converge (the score or a covariate separates patients "
                "with the event from those without)"
            )
            raise ValueError(msg) from error
        check = proportional_hazard_test(fit, frame, time_transform="rank").summary
    row = fit.summary.loc["score"]
    doubt = float(check.loc["score", "p"])
    return {
        "estimate": float(row["exp(coef)"]),
        "ci_low": float(row["exp(coef) lower 95%"]),
        "ci_high": float(row["exp(coef) upper 95%"]),
        "pvalue": float(row["p"]),
        "note": f"proportional hazards doubtful: p = {doubt:.2g}" if doubt < DOUBT else "",
    }
