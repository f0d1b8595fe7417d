"""What the control arm of a trial is taken to be like: as the cohort, or a part of it, fared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical
from innervate.config.trials import Trial
from innervate.trials.eligibility import apply_rule, trial_endpoints
from innervate.trials.trial_size import Survival, fit_survival

OWN_PATIENTS = 15
"""Patients who meet a rule, below which the control arm is that of the whole cohort."""


@dataclass(frozen=True)
class ControlArm:
    """Of the three, what the endpoint needs: a distribution of times, a share, a deviation."""

    text: str
    """In words."""
    patients: int
    source: str = ""
    """Whom it was estimated from."""
    survival: Survival | None = None
    share: float = np.nan
    """Of responders."""
    deviation: float = np.nan
    """Of pain, in points of 0 to 10."""
    longest: float = np.nan
    """Last time that was observed."""


def hidden(count: int, settings: Clinical) -> bool:
    """Whether a count of patients is to be suppressed."""
    return 0 < count < settings.suppress_below


def control_arm(
    joined: pd.DataFrame, trial: Trial, clinical: ClinicalTable, settings: Clinical
) -> tuple[ControlArm | None, str]:
    """Estimate a control arm from those who meet the rule, or else from the whole cohort.

    A rule that asks for pain cuts the spread of pain short, which it regains in the trial: where
    pain is the endpoint too, that part of the rule is left out here.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    trial
        Its rule, and its endpoint, of `trial_endpoints`.
    clinical
        Declares the endpoint.
    settings
        Smallest numbers of patients and events. No control arm rests on a count that is to be
        suppressed, since the arm would give it away.

    Returns
    -------
    tuple
        The control arm, or None; and a note, empty where there is nothing to say.
    """
    endpoint = trial.endpoint
    kind = trial_endpoints(clinical)[endpoint]
    asked = (endpoint, endpoint.removesuffix("_0_10"))
    rule = [criterion for criterion in trial.where if criterion.column not in asked]
    source = "those who meet the rule" if rule == trial.where else "those who meet it but for pain"

    def estimate(used: pd.DataFrame, patients: int) -> ControlArm | str:
        if kind == "time to event":
            return _survival(used, endpoint, clinical, patients, settings)
        known = used[endpoint].dropna().astype(float)
        if len(known) < patients or hidden(len(known), settings):
            return "too few patients with the endpoint"
        return _response(known, settings) if kind == "response" else _pain(known)

    evaluable, meeting = apply_rule(joined, rule)
    own: ControlArm | str = "small counts are suppressed"
    # The number of a control arm's patients would give the rest away too.
    if not any(hidden(int(part.sum()), settings) for part in (meeting, evaluable & ~meeting)):
        own = estimate(joined[meeting], OWN_PATIENTS)
    if isinstance(own, ControlArm):
        return replace(own, source=source), ""
    whole = estimate(joined, settings.min_patients)
    if isinstance(whole, ControlArm):
        note = f"control arm of the whole cohort, as of those who meet the rule: {own}"
        return replace(whole, source="the whole cohort"), note
    return None, f"no control arm: {whole}"


def _survival(
    used: pd.DataFrame, endpoint: str, clinical: ClinicalTable, patients: int, settings: Clinical
) -> ControlArm | str:
    unit = clinical.endpoints[endpoint].unit
    used = used[[f"{endpoint}_time_{unit}", f"{endpoint}_event"]].dropna()
    used.columns = ["time", "event"]
    events = int(used["event"].sum())
    counts = (len(used), events, len(used) - events)
    few = len(used) < patients or events < settings.min_events
    if few or any(hidden(count, settings) for count in counts) or not (used["time"] > 0).any():
        return "too few patients or events"
    fit, family = fit_survival(used["time"], used["event"])
    text = f"{family}, median {fit.median:.4g} {unit}"
    text += f", shape {fit.shape:.3g}" if family == "Weibull" else ""
    return ControlArm(text, len(used), survival=fit, longest=float(used["time"].max()))


def _response(grades: pd.Series, settings: Clinical) -> ControlArm | str:
    responders = int(grades.sum())
    if responders in (0, len(grades)):
        return "all have the same response"
    if hidden(responders, settings) or hidden(len(grades) - responders, settings):
        return "too few patients of one response"
    share = responders / len(grades)
    return ControlArm(f"{share:.0%} respond", len(grades), share=share)


def _pain(pain: pd.Series) -> ControlArm | str:
    deviation = float(pain.std())
    if not deviation > 0:
        return "pain does not vary"
    text = f"mean {pain.mean():.3g}, standard deviation {deviation:.3g} points"
    return ControlArm(text, len(pain), deviation=deviation)
