"""The models of an association, each as one row of numbers."""

from __future__ import annotations

import itertools
import warnings
from functools import cache
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from innervate.statistics.conventions import CONFIDENCE
from innervate.statistics.partial_likelihood import proportional_hazards_test

if TYPE_CHECKING:
    from lifelines import CoxPHFitter

Row = dict[str, object]
EXACT_BELOW = 10
"""Patients below which the p-value of a rank correlation comes from all orders (R does so too)."""

EXPLAINED = 1e-9
"""Share of a variable's variance that covariates must leave for an association to be defined."""

DOUBTFUL_BELOW = 0.05
"""P-value of a model check, such as that of proportional hazards, below which a note says so."""

PROPORTIONAL = "proportional hazards doubtful"
EVENTS_PER_VARIABLE = 10
"""Events for each variable of a Cox model below which a note says so."""

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
        ``estimate`` (hazard ratio), ``ci_low, ci_high, pvalue`` (Wald); ``concordance``, Harrell's,
        of the linear predictor; ``log_likelihood``; ``proportional_chi2, proportional_pvalue`` of
        Grambsch and Therneau's test on ranked times; and ``note``, which says where hazards do not
        look proportional or events are few for the model's variables.

    Raises
    ------
    ValueError
        Where the covariates determine the score, or the model does not converge.

    References
    ----------
    Efron 1977, doi:10.1080/01621459.1977.10480613; Grambsch and Therneau 1994,
    doi:10.1093/biomet/81.3.515; Harrell and others 1982, doi:10.1001/jama.1982.03320430047030;
    Peduzzi and others 1995, doi:10.1016/0895-4356(95)00048-8, for ten events per variable.
    """
    design = cox_design(score, covariates)
    fit = fit_cox(design, time, event)
    chi2, doubt = proportional_hazards_test(
        design.to_numpy(), time.to_numpy(float), event.to_numpy(float), fit.params_.to_numpy()
    )
    row = fit.summary.loc["score"]
    notes = [f"{PROPORTIONAL}: p = {doubt:.2g}"] if doubt < DOUBTFUL_BELOW else []
    return {
        "estimate": float(row["exp(coef)"]),
        "ci_low": float(row["exp(coef) lower 95%"]),
        "ci_high": float(row["exp(coef) upper 95%"]),
        "pvalue": float(row["p"]),
        "concordance": float(fit.concordance_index_),
        "log_likelihood": float(fit.log_likelihood_),
        "proportional_chi2": chi2,
        "proportional_pvalue": doubt,
        "note": "; ".join([*notes, *few_events(event.sum() / design.shape[1])]),
    }


def few_events(per_variable: float) -> list[str]:
    """Say so where a Cox model has few events for each of its variables."""
    if per_variable >= EVENTS_PER_VARIABLE:
        return []
    return [f"{per_variable:.2g} events per variable: the estimate may be unstable"]


def cox_design(score: pd.Series, covariates: pd.DataFrame) -> pd.DataFrame:
    """Columns of a Cox model: the score first, then the covariates, all standardized.

    Parameters
    ----------
    score, covariates
        As in `cox`.

    Raises
    ------
    ValueError
        Where the covariates determine the score.
    """
    _residual(score.to_numpy(float), np.column_stack([np.ones(len(score)), covariates]), "score")
    scaled = (covariates - covariates.mean()) / covariates.std()
    design = scaled.add_prefix("covariate_")
    design.insert(0, "score", (score - score.mean()) / score.std())
    return design


def fit_cox(design: pd.DataFrame, time: pd.Series, event: pd.Series) -> CoxPHFitter:
    """Fit a Cox model with Efron's ties.

    Parameters
    ----------
    design
        Patients x columns, as of `cox_design`.
    time, event
        As in `cox`.

    Raises
    ------
    ValueError
        Where the likelihood has no maximum.
    """
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    frame = design.assign(time=time, event=event)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A likelihood with no maximum (separation) ends in this warning or in an error.
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return CoxPHFitter().fit(frame, "time", "event", fit_options=TIGHT)
        except (ConvergenceError, ConvergenceWarning, np.linalg.LinAlgError) as error:
            msg = (
                "the Cox model does not converge (the score or a covariate separates patients "
                "with the event from those without)"
            )
            raise ValueError(msg) from error
