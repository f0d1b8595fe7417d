"""Pain over time: repeated measurements of one instrument."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from innervate.config.clinical import ClinicalTable, Pain, Repeats
from innervate.inputs.clinical.pain import harmonize, instruments
from innervate.inputs.clinical.reader import DAYS, LONGEST, Cells
from innervate.inputs.codes import Place, code_problems
from innervate.inputs.tables import missing_columns, read_any_table
from innervate.runtime.errors import Problem
from innervate.statistics.association_models import Row
from innervate.statistics.conventions import CONFIDENCE

if TYPE_CHECKING:
    from statsmodels.regression.mixed_linear_model import MixedLMResults

OVER_TIME = ["patient", "pain", "days", "value_0_10", "change"]
HIGHEST = 10.0
"""Worst pain on the common scale."""
SHOWN = 2
"""Codes shown as examples."""


Exclusion = tuple[str, str, str, str]
"""A row of contract ``exclusions``: level, id, stage, reason."""

ROUNDING = 1e-9
"""Points by which rescaling may miss a difference."""


@dataclass(frozen=True)
class Later:
    """What a table of repeated measurements holds.

    Parameters
    ----------
    frame
        ``patient, days, value_0_10`` of patients of the clinical table, no value missing, a day
        at most once a patient.
    exclusions
        Of the other rows, a row a patient and reason.
    problems
        Of the table.
    """

    frame: pd.DataFrame
    exclusions: list[Exclusion] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_repeats(name: str, pain: Pain, spec: ClinicalTable, patients: Collection[str]) -> Later:
    """Read a table of repeated measurements.

    Parameters
    ----------
    name
        Of the measurement.
    pain
        With repeats, and an instrument of intensity.
    spec
        The clinical table: its codes of patients, and those that mean missing.
    patients
        Codes of the rows that are selected there.

    Returns
    -------
    Later
        A code that the clinical table writes otherwise is a problem; measurements of patients
        whom it does not know, and those without a time or a value, are exclusions.
    """
    repeats, instrument = pain.repeats, instruments()[pain.instrument]
    table, problems = read_any_table(repeats.table)
    used = (repeats.patient, repeats.time, repeats.value)
    if not problems:
        problems = missing_columns(table, dict.fromkeys(used, "clinical.pain"), repeats.table)
    if problems:
        return Later(pd.DataFrame(), problems=problems)
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
    everyone = set(read_any_table(spec.table)[0][spec.patient])
    cells.problems += _code_problems(frame["patient"], repeats, spec, everyone)
    incomplete = frame[["days", "value_0_10"]].isna().any(axis=1)
    known = frame["patient"].isin(patients)
    elsewhere = frame["patient"].isin(everyone)
    reasons = {
        "no row in the clinical table": ~known & ~elsewhere,
        "no row of the clinical table that clinical.where selects": ~known & elsewhere,
        "no time or no value": known & incomplete,
    }
    exclusions = [
        ("patient", patient, stage_of(name), f"{_measurements(count)}: {reason}")
        for reason, rows in reasons.items()
        for patient, count in frame.loc[rows, "patient"].value_counts().sort_index().items()
    ]
    return Later(frame[known].dropna().reset_index(drop=True), exclusions, cells.problems)


def stage_of(name: str) -> str:
    """What exclusions call the analysis of repeated measurements."""
    return f"clinical: pain_{name} over time"


def _measurements(count: int) -> str:
    return f"{count} measurement{'s' if count != 1 else ''}"


def _code_problems(
    codes: pd.Series, repeats: Repeats, spec: ClinicalTable, everyone: set[str]
) -> list[Problem]:
    here, there = Place(repeats.table, repeats.patient), Place(spec.table, spec.patient)
    if len(codes) and not set(codes) & everyone:
        ours, theirs = (", ".join(sorted(some)[:SHOWN]) for some in (set(codes), everyone))
        found = f"no patient of {there.file}, column {there.column} (here {ours}; there {theirs})"
        return [Problem(here.file, f"column {here.column}", found, "its patient codes",
                        "write a patient's code the same way in both files")]  # fmt: skip
    first = codes.drop_duplicates()
    rows = dict(zip(first, first.index, strict=True))
    return code_problems(first, here, everyone, there, rows)


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
    """Last change from baseline, and whether it is a worsening, by patient.

    A patient worsened whose last measurement lies at least `rise` points above the baseline; a
    rise that was undone by then does not count. One measurement is compared with the baseline
    however often a patient was asked, so that the share who worsen by chance alone does not grow
    with the number of visits.

    Parameters
    ----------
    frame
        Of `over_time`.
    rise
        Points of 0 to 10.

    Returns
    -------
    DataFrame
        By patient: ``change`` (last value less the baseline), missing where one of the two is; and
        ``worsening`` (1, or 0), missing also where the baseline leaves no room for the rise.

    References
    ----------
    Farrar et al. 2001, doi:10.1016/S0304-3959(01)00349-9: a change of about 2 points (30 %) is
    clinically important. It was found for relief; here the same size is asked of a rise.
    """
    frame = frame[frame["days"] >= 0]
    by_patient = frame.groupby("patient")
    several = by_patient.size() > 1
    last = by_patient.tail(1).set_index("patient").reindex(several.index)
    change = last["change"].where(several)
    baseline = last["value_0_10"] - change
    can_rise = change.notna() & (baseline + rise <= HIGHEST + ROUNDING)
    worsening = (change >= rise - ROUNDING).astype(float).where(can_rise)
    return pd.DataFrame({"change": change, "worsening": worsening})


def not_judged(
    name: str, baseline: pd.Series, later: pd.DataFrame, found: pd.DataFrame, rise: float
) -> list[Exclusion]:
    """Patients without a last change or a worsening, and measurements that another one replaces.

    Parameters
    ----------
    name
        Of the measurement.
    baseline
        Pain of 0 to 10 by patient code; may be missing.
    later
        Of `read_repeats`.
    found
        Of `summarize`.
    rise
        Points that count as a worsening.
    """
    known = baseline.dropna()
    found = found.reindex(known.index)
    start = later[later["days"] == 0].set_index("patient")["value_0_10"]
    start = start[start.index.isin(known.index)]
    differs = (start - known.reindex(start.index)).abs() > ROUNDING
    full = found["change"].notna() & found["worsening"].isna()
    without = set(later["patient"]) - set(known.index)
    reasons = {
        "no baseline in the clinical table: no change from it": without,
        "no measurement after the baseline": known.index[found["change"].isna()],
        f"no worsening is judged: the baseline leaves no room for a rise of {rise:g} points":
            known.index[full],
        "a measurement at time 0 differs from the clinical table's, which stands":
            start.index[differs],
    }  # fmt: skip
    return [
        ("patient", patient, stage_of(name), reason)
        for reason, patients in reasons.items()
        for patient in sorted(patients)
    ]


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
