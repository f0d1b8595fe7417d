"""Whether predicted probabilities are right, and what acting on them would gain."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from innervate.statistics.association_models import Row
from innervate.statistics.conventions import CONFIDENCE

PER_BIN = 10
MOST_BINS = 5
THRESHOLDS = np.arange(1, 100) / 100
FLAT = 0.05
"""Standard deviation of predicted log odds below which they say the same of all patients."""

SLOPE = ["intercept", "intercept_low", "intercept_high", "slope", "slope_low", "slope_high"]


def calibration(predicted: pd.Series, answer: pd.Series) -> pd.DataFrame:
    """Compare predicted probabilities with what happened.

    Parameters
    ----------
    predicted
        Probability of a response by patient, above 0 and below 1, of models that never saw the
        patient.
    answer
        1 for a response, 0 for none.

    Returns
    -------
    DataFrame
        A row a bin (equal numbers of patients by rising prediction): ``bin, n, predicted``
        (mean), ``observed`` (share of responders) with Wilson's interval ``ci_low, ci_high``; and,
        the same in each row, ``intercept`` (log odds by which predictions are too low on the
        whole; 0 is right) and ``slope`` (1 is right, below 1 too extreme) with Wald intervals,
        and ``note``.

    References
    ----------
    Cox 1958, doi:10.1093/biomet/45.3-4.562; Wilson 1927, doi:10.1080/01621459.1927.10502953;
    Van Calster and others 2019, doi:10.1186/s12916-019-1466-7.
    """
    from statsmodels.stats.proportion import proportion_confint

    bins = int(np.clip(len(predicted) // PER_BIN, 2, MOST_BINS))
    order = np.argsort(predicted.to_numpy(), kind="stable")
    rows = []
    for number, members in enumerate(np.array_split(order, bins), start=1):
        responders = int(answer.iloc[members].sum())
        low, high = proportion_confint(responders, len(members), 1 - CONFIDENCE, method="wilson")
        rows.append(
            {
                "bin": number,
                "n": len(members),
                "predicted": float(predicted.iloc[members].mean()),
                "observed": responders / len(members),
                "ci_low": float(low),
                "ci_high": float(high),
            }
        )
    return pd.DataFrame(rows).assign(**_line(predicted, answer))


def _line(predicted: pd.Series, answer: pd.Series) -> Row:
    """Intercept with the slope held at 1, and slope, of the answer on predicted log odds."""
    import statsmodels.api as sm

    p = predicted.to_numpy()
    odds = np.log(p / (1 - p))
    nothing = {**dict.fromkeys(SLOPE, np.nan), "note": ""}
    if odds.std() < FLAT:
        return {**nothing, "note": "predictions hardly differ between patients: no line"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            whole = sm.GLM(answer, np.ones(len(p)), sm.families.Binomial(), offset=odds).fit()
            line = sm.GLM(answer, sm.add_constant(odds), sm.families.Binomial()).fit()
        except (Warning, np.linalg.LinAlgError):
            return {**nothing, "note": "predictions separate responders from others: no line"}
    values = [
        whole.params.iloc[0], *whole.conf_int().iloc[0], line.params.iloc[1],
        *line.conf_int().iloc[1],
    ]  # fmt: skip
    return {**dict(zip(SLOPE, map(float, values), strict=True)), "note": ""}


def decision_curve(predicted: pd.Series, answer: pd.Series) -> pd.DataFrame:
    """Net benefit of treating those whose predicted probability reaches a threshold.

    The threshold says how many patients treated in vain one would accept for a responder: at 0.2
    four. Net benefit is responders treated minus others treated, weighted by that, per patient.

    Parameters
    ----------
    predicted, answer
        As in `calibration`.

    Returns
    -------
    DataFrame
        ``threshold, n, signature, treat_all, treat_none``.

    References
    ----------
    Vickers and Elkin 2006, doi:10.1177/0272989X06295361.
    """
    responded = answer.to_numpy() == 1
    weight = THRESHOLDS / (1 - THRESHOLDS)
    treated = predicted.to_numpy()[None, :] >= THRESHOLDS[:, None]
    gain = (treated & responded).mean(axis=1) - weight * (treated & ~responded).mean(axis=1)
    return pd.DataFrame(
        {
            "threshold": THRESHOLDS,
            "n": len(responded),
            "signature": gain,
            "treat_all": responded.mean() - weight * (~responded).mean(),
            "treat_none": 0.0,
        }
    )
