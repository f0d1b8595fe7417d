"""Small counts of patients by a clinical value, left out where the config asks.

A count from 1 to below `clinical.suppress_below` is hidden, and so is what would give it away: its
complement, the curve whose steps could be counted, the rate that it is the numerator of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from innervate.prediction.judging import SIGNATURE
from innervate.report.data import CohortResults

NOTE = "small counts are suppressed"
ESTIMATES = ("estimate", "ci_low", "ci_high", "pvalue", "fdr")
RATES = (
    "sensitivity",
    "specificity",
    "positive_predictive_value",
    "negative_predictive_value",
    "auc",
)


def small(counts: pd.Series | float, below: int) -> pd.Series | bool:
    """Whether counts are to be hidden; a missing one is hidden already."""
    if isinstance(counts, pd.Series):
        values = counts.astype("Float64")
        return (values.gt(0) & values.lt(below)).fillna(value=False).astype(bool)
    return bool(0 < counts < below)


def suppressed_cells(counts: Sequence[int], below: int) -> list[int | None]:
    """Hide the small ones of counts whose sum is known.

    Parameters
    ----------
    counts
        Of groups that do not overlap.
    below
        Counts from 1 to below this are hidden.

    Returns
    -------
    list
        None for each hidden one. Where a single one would be hidden, which the sum would give
        away, the next smallest that is not zero (else a zero) is hidden too.
    """
    hidden = {i for i, count in enumerate(counts) if small(count, below)}
    if len(hidden) == 1 and len(counts) > 1:
        others = [i for i in range(len(counts)) if i not in hidden]
        hidden.add(min(others, key=lambda i: (counts[i] == 0, counts[i], i)))
    return [None if i in hidden else int(count) for i, count in enumerate(counts)]


def suppressed(results: CohortResults, below: int) -> CohortResults:
    """The results without small counts in their clinical tables.

    Parameters
    ----------
    results
        Of a cohort; ``joined`` and ``pain_over_time``, which hold a row a patient, are let
        through: whoever counts in them calls `suppressed_cells`.
    below
        Counts from 1 to below this are hidden; nothing is at 0 or 1.
    """
    if below < 2:
        return results
    clinical = dict(results.clinical)
    for name, hide in _TABLES.items():
        if name in clinical and len(clinical[name]):
            clinical[name] = hide(clinical[name], below)
    biomarkers = clinical.get("biomarkers")
    if biomarkers is not None and len(biomarkers):
        molecular = set() if results.patients is None else set(results.patients.columns)
        clinical["biomarkers"] = _biomarkers(biomarkers, below, molecular)
    return dataclasses.replace(results, clinical=_curves(clinical, below))


def _split(whole: pd.Series, part: pd.Series, below: int) -> pd.Series:
    """Rows in which a part or its complement is small."""
    return small(part, below) | small(whole.astype("Float64") - part.astype("Float64"), below)


def _without(frame: pd.DataFrame, rows: pd.Series, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with nothing in these columns of these rows, and a note that says so."""
    changed = frame.copy()
    if not rows.any():
        return changed
    for name in columns:
        if name in changed:
            changed[name] = changed[name].mask(rows)
    if "note" in changed:
        notes = changed["note"].astype(object).fillna("")
        added = notes.map(lambda note: note if NOTE in note else f"{note}; {NOTE}".lstrip("; "))
        changed["note"] = notes.where(~rows, added)
    return changed


def _models(frame: pd.DataFrame, below: int) -> pd.DataFrame:
    few = small(frame["n"], below)
    frame = _without(frame, _split(frame["n"], frame["n_events"], below), ["n_events"])
    if "events_per_variable" in frame:
        frame["events_per_variable"] = frame["events_per_variable"].mask(frame["n_events"].isna())
    return _without(frame, few, ["n", "n_events", *ESTIMATES])


def _arms(frame: pd.DataFrame, below: int) -> pd.DataFrame:
    few, rare = (pd.Series(data=False, index=frame.index) for _ in range(2))
    for arm in ("control", "treated"):
        few |= small(frame[f"n_{arm}"], below)
        rare |= _split(frame[f"n_{arm}"], frame[f"n_events_{arm}"], below)
    # Of both arms, as the events of all are known from the associations.
    events = ["n_events_control", "n_events_treated"]
    frame = _without(frame, rare, events)
    return _without(frame, few, ["n_control", "n_treated", *events, *ESTIMATES])


def _groups(frame: pd.DataFrame, below: int) -> pd.DataFrame:
    few = small(frame["n"], below)
    hidden = few | _split(frame["n"], frame["n_events"], below)
    # The events of all groups are known from the associations.
    family = hidden.groupby([frame["score"], frame["endpoint"]]).transform("any")
    frame = _without(frame, family, ["n_events"])
    times = ("median_time", "median_low", "median_high", "restricted_mean", "restricted_mean_se")
    return _without(frame, few, ["n", *times])


def _prediction(frame: pd.DataFrame, below: int) -> pd.DataFrame:
    return _without(frame, _split(frame["n"], frame["n_responders"], below), ["n_responders"])


def _missing(frame: pd.DataFrame, below: int) -> pd.DataFrame:
    if frame["n"].isna().any():
        return frame  # Hidden before.
    kept = suppressed_cells(frame["n"].astype(int).tolist(), below)
    hidden = pd.Series([count is None for count in kept], index=frame.index)
    return _without(frame, hidden, ["n", "share"])


def _biomarkers(frame: pd.DataFrame, below: int, molecular: set[str]) -> pd.DataFrame:
    active = frame["n_active"].astype(float)
    others = frame["n"].astype(float) - active
    cells = [active * frame["sensitivity"], active * (1 - frame["sensitivity"])]
    cells += [others * frame["specificity"], others * (1 - frame["specificity"])]
    rows = pd.Series(np.any([small(cell.round(), below) for cell in cells], axis=0), frame.index)
    rows &= ~frame["score"].isin(molecular)
    columns = [f"{rate}{end}" for rate in RATES for end in ("", "_low", "_high")]
    return _without(frame, rows, columns)


_TABLES: dict[str, Callable[[pd.DataFrame, int], pd.DataFrame]] = {
    "associations": _models,
    "imputed": _models,
    "survival_models": _models,
    "arm_interactions": _arms,
    "prediction": _prediction,
    "missing": _missing,
}


def _curves(clinical: dict[str, pd.DataFrame], below: int) -> dict[str, pd.DataFrame]:
    """Without the curves whose steps are a small count."""
    clinical = dict(clinical)
    groups, curves = clinical.get("survival"), clinical.get("survival_curves")
    if groups is not None and curves is not None and len(curves):
        few = small(groups["n"], below) | small(groups["n_events"], below)
        # With all groups of the figure, as the events of all patients are known.
        key = ["score", "endpoint"]
        dropped = set(map(tuple, groups.loc[few, key].astype(str).to_numpy()))
        rows = list(map(tuple, curves[key].astype(str).to_numpy()))
        kept = pd.Series([row not in dropped for row in rows], curves.index)
        clinical["survival_curves"] = curves[kept & curves["at_risk"].ge(below)]
    if groups is not None and len(groups):
        clinical["survival"] = _groups(groups, below)
    return _predicted(clinical, below)


def _predicted(clinical: dict[str, pd.DataFrame], below: int) -> dict[str, pd.DataFrame]:
    """Without the curves and bins of a response that give away how many responded."""
    prediction = clinical.get("prediction")
    if prediction is None:
        return clinical
    hidden = prediction.loc[prediction["n_responders"].isna(), ["response", "predictor"]]
    hidden = set(map(tuple, hidden.astype(str).to_numpy()))
    signature = {response for response, predictor in hidden if predictor == SIGNATURE}
    for name in ("roc", "decision", "calibration"):
        frame = clinical.get(name)
        if frame is None or frame.empty:
            continue
        if name == "roc":
            pairs = frame[["response", "predictor"]].astype(str).to_numpy()
            rows = pd.Series([tuple(pair) in hidden for pair in pairs], frame.index)
        else:
            rows = frame["response"].astype(str).isin(signature)
        if name == "calibration":
            responders = (frame["n"].astype(float) * frame["observed"]).round()
            rows |= small(frame["n"], below) | _split(frame["n"], responders, below)
        clinical[name] = frame[~rows]
    return clinical
