"""The models of an association, each as one row of numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import stats

Row = dict[str, object]
CONFIDENCE = 0.95


def spearman(score: pd.Series, endpoint: pd.Series, covariates: pd.DataFrame) -> Row:
    """Rank correlation, partial where there are covariates.

    Ranks are regressed on the covariates (ranked where they are numbers) and the residuals
    correlated. The interval is Fisher's with the standard error of Bonett and Wright, the test
    Student's t with the degrees of freedom that the covariates leave.

    Parameters
    ----------
    score, endpoint
        By patient, no value missing.
    covariates
        Patients x columns of numbers, categories as indicators; may have no column.

    Returns
    -------
    dict
        ``estimate, ci_low, ci_high, pvalue``.

    References
    ----------
    Bonett and Wright 2000, doi:10.1007/BF02294183; Conover 1999 for ranks in regression.
    """
    design = np.column_stack([np.ones(len(score)), covariates.rank().to_numpy()])
    left, right = (
        ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0]
        for ranks in (stats.rankdata(score), stats.rankdata(endpoint))
    )
    rho = float(np.clip(left @ right / np.sqrt((left @ left) * (right @ right)), -1, 1))
    used = np.linalg.matrix_rank(design) - 1
    freedom = len(score) - 2 - used
    with np.errstate(divide="ignore"):
        t = rho * np.sqrt(freedom / (1 - rho**2))
        error = np.sqrt((1 + rho**2 / 2) / (len(score) - used - 3))
        z = np.arctanh(rho)
    reach = stats.norm.ppf((1 + CONFIDENCE) / 2) * error
    return {
        "estimate": rho,
        "ci_low": np.tanh(z - reach),
        "ci_high": np.tanh(z + reach),
        "pvalue": 2 * stats.t.sf(abs(t), freedom),
    }


def cox(score: pd.Series, time: pd.Series, event: pd.Series, covariates: pd.DataFrame) -> Row:
    """Hazard ratio per standard deviation of a score (Cox, Efron's ties).

    Parameters
    ----------
    score, time, event
        By patient, no value missing; ``event`` is 1 where it happened.
    covariates
        As in `spearman`.

    Returns
    -------
    dict
        ``estimate`` (hazard ratio), ``ci_low, ci_high, pvalue, note``; the note says where
        hazards do not look proportional.

    Raises
    ------
    ValueError
        Where the model does not converge.
    """
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning
    from lifelines.statistics import proportional_hazard_test

    frame = covariates.add_prefix("covariate_").assign(
        score=(score - score.mean()) / score.std(), time=time, event=event
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            fit = CoxPHFitter().fit(frame, "time", "event")
        except (ConvergenceError, ConvergenceWarning, np.linalg.LinAlgError) as error:
            msg = "the Cox model does not converge (separation, or collinear covariates)"
            raise ValueError(msg) from error
        check = proportional_hazard_test(fit, frame, time_transform="rank").summary
    row = fit.summary.loc["score"]
    doubt = float(check.loc["score", "p"])
    return {
        "estimate": row["exp(coef)"],
        "ci_low": row["exp(coef) lower 95%"],
        "ci_high": row["exp(coef) upper 95%"],
        "pvalue": row["p"],
        "note": f"proportional hazards doubtful (p = {doubt:.2g})" if doubt < 0.05 else "",
    }
