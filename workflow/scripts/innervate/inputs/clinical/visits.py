"""Pain over time: repeated measurements of one instrument."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from innervate.config.clinical import ClinicalTable, Pain
from innervate.inputs.clinical.pain import harmonize, instruments
from innervate.inputs.clinical.reader import DAYS, LONGEST, Cells
from innervate.inputs.tables import missing_columns, read_any_table
from innervate.runtime.errors import Problem
from innervate.statistics.association_models import CONFIDENCE, Row

if TYPE_CHECKING:
    from statsmodels.regression.mixed_linear_model import MixedLMResults

OVER_TIME = ["patient", "pain", "days", "value_0_10", "change"]


def read_repeats(
    pain: Pain, spec: ClinicalTable, patients: set[str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table of repeated measurements.

    Parameters
    ----------
    pain
        With repeats, and an instrument of intensity.
    spec
        For the codes that mean missing.
    patients
        Codes of the clinical table; rows of other patients are passed over.

    Returns
    -------
    tuple
        ``patient, days, value_0_10``, no value missing, a day at most once a patient; and problems.
    """
    repeats, instrument = pain.repeats, instruments()[pain.instrument]
    table, problems = read_any_table(repeats.table)
    used = (repeats.patient, repeats.time, repeats.value)
    if not problems:
        problems = missing_columns(table, dict.fromkeys(used, "clinical.pain"), repeats.table)
    if problems:
        return pd.DataFrame(), problems
    cells = Cells(table, repeats.table, spec.missing, {})
    longest = LONGEST / DAYS[repeats.unit]
    what = f"a time in {repeats.unit} from baseline (no date)"
    days = cells.numbers(repeats.time, -longest, longest, what) * DAYS[repeats.unit]
    what = f"a value of {instrument.name}"
    values = cells.numbers(repeats.value, instrument.minimum, instrument.maximum, what)
    frame = pd.DataFrame(
        {
            "patient": cells.codes(repeats.patient),
            "days": days,
            "value_0_10": harmonize(values, instrument),
        }
    )
    again = frame[frame["days"].notna() & frame.duplicated(["patient", "days"])]
    cells.problems += [
        Problem(repeats.table, f"row {row}", "a patient and time a second time", "one row each")
        for row in again.index
    ]
    frame = frame[frame["patient"].isin(patients)].dropna()
    return frame.reset_index(drop=True), cells.problems


def over_time(baseline: pd.Series, later: pd.DataFrame, pain: str) -> pd.DataFrame:
    """Measurements of each patient in order, with the change from baseline.

    Parameters
    ----------
    baseline
        Pain of 0 to 10 by patient code; may be missing.
    later
        ``patient, days, value_0_10``, no value missing. Rows before day 0 come before the baseline.
    pain
        Name of the measurement.

    Returns
    -------
    DataFrame
        Contract ``pain_over_time``.
    """
    known = baseline.dropna()
    first = pd.DataFrame({"patient": known.index, "days": 0.0, "value_0_10": known.to_numpy()})
    # A table of repeats may hold the baseline again: the clinical table's own stands.
    later = later[~((later["days"] == 0) & later["patient"].isin(known.index))]
    frame = pd.concat([first, later], ignore_index=True) if len(later) else first
    frame = frame.sort_values(["patient", "days"], kind="stable", ignore_index=True)
    frame["change"] = frame["value_0_10"] - frame["patient"].map(known)
    return frame.assign(pain=pain)[OVER_TIME]


def summarize(frame: pd.DataFrame, rise: float) -> pd.DataFrame:
    """Last change from baseline, and whether pain rose suddenly, by patient.

    Parameters
    ----------
    frame
        Of `over_time`.
    rise
        Points between one measurement and the next that count as a worsening.

    Returns
    -------
    DataFrame
        By patient: ``change`` (last value less the baseline) and ``worsening`` (1, or 0); missing
        where there is no later measurement.
    """
    frame = frame[frame["days"] >= 0]
    by_patient = frame.groupby("patient")
    several = by_patient.size() > 1
    step = by_patient["value_0_10"].diff()
    worst = step.groupby(frame["patient"]).max()
    found = pd.DataFrame(
        {"change": by_patient["change"].last(), "worsening": (worst >= rise).astype(float)}
    )
    return found.where(several)


def mixed_model(score: pd.Series, frame: pd.DataFrame, covariates: pd.DataFrame) -> dict[str, Row]:
    """Pain over time by a score: a linear mixed model with an intercept for each patient.

    Pain is explained by the score, time, their product and the covariates. As long as patients do
    not differ in what is left to chance but a constant, this uses all measurements of patients who
    missed some of them.

    Parameters
    ----------
    score
        By patient; standardized over these patients.
    frame
        ``patient, days, value_0_10`` of these patients.
    covariates
        By patient, as in `innervate.statistics.association_models.spearman`.

    Returns
    -------
    dict
        ``level``: points of pain at baseline per standard deviation of the score; ``trend``:
        points a month per standard deviation; each with ``estimate, ci_low, ci_high, pvalue,
        note``.

    Raises
    ------
    ValueError
        Where the covariates determine the score, or the model does not converge.

    References
    ----------
    Laird and Ware 1982, doi:10.2307/2529876.
    """
    from statsmodels.regression.mixed_linear_model import MixedLM

    scaled = ((covariates - covariates.mean()) / covariates.std()).assign(
        score=(score - score.mean()) / score.std()
    )
    design = scaled.loc[frame["patient"]].reset_index(drop=True)
    months = frame["days"].to_numpy() / DAYS["months"]
    design = design.assign(intercept=1.0, months=months, trend=design["score"] * months)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("the measurements do not tell score, time and covariates apart")
    values = frame["value_0_10"].to_numpy()
    with warnings.catch_warnings():
        # That patients do not differ (variance 0) is an answer; what matters is asked below.
        warnings.simplefilter("ignore")
        try:
            model = MixedLM(values, design.to_numpy(), groups=frame["patient"].to_numpy())
            fit = model.fit(reml=True)
        except np.linalg.LinAlgError as error:
            raise ValueError("the mixed model can't be fitted") from error
    if not fit.converged:
        raise ValueError("the mixed model does not converge")
    # As in nlme: what is constant within patients is judged by the number of patients.
    patients, within = len(scaled), 2
    freedom = {"score": patients - scaled.shape[1] - 1, "trend": len(frame) - patients - within}
    names = {"level": "score", "trend": "trend"}
    return {
        name: _row(fit, list(design).index(column), freedom[column])
        for name, column in names.items()
    }


def _row(fit: MixedLMResults, place: int, freedom: int) -> Row:
    estimate, error = float(fit.fe_params[place]), float(fit.bse_fe[place])
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * error
    return {
        "estimate": estimate,
        "ci_low": float(estimate - reach),
        "ci_high": float(estimate + reach),
        "pvalue": float(2 * stats.t.sf(abs(estimate / error), freedom)),
        "note": "",
    }
