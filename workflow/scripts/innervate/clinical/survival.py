"""Survival by groups of a score: Kaplan-Meier curves, log-rank test, restricted mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from innervate.clinical.associations import INDEX
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical

if TYPE_CHECKING:
    from lifelines import KaplanMeierFitter

GROUPS = {"median": ("low", "high"), "tertiles": ("low", "middle", "high")}
TABLE = [
    *("score", "endpoint", "cut", "group", "n", "n_events", "median_time", "median_low"),
    *("median_high", "restricted_mean", "restricted_mean_se", "horizon", "logrank_pvalue", "note"),
]
CURVES = ["score", "endpoint", "group", "time", "at_risk", "survival", "ci_low", "ci_high"]


@dataclass(frozen=True)
class Survival:
    """Survival by groups of each score.

    Parameters
    ----------
    table
        Contract ``survival``.
    curves
        Contract ``survival_curves``.
    """

    table: pd.DataFrame
    curves: pd.DataFrame


def survival_by_group(
    joined: pd.DataFrame, nodes: pd.DataFrame, clinical: ClinicalTable, settings: Clinical
) -> Survival:
    """Compare the survival of patients grouped by each score.

    The cut is declared beforehand, at the median or the tertiles of the patients with the endpoint:
    it is never chosen by the outcome. The restricted mean is the mean time up to the last time at
    which every group still has a patient at risk. A continuous score says more than groups of it:
    the test to read is that of the associations, these curves show its size.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`.
    clinical
        Declares the endpoints.
    settings
        The cut, and smallest numbers of patients and events.

    References
    ----------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Royston and Parmar 2013,
    doi:10.1186/1471-2288-13-152, for the restricted mean.
    """
    measured = nodes.loc[nodes["status"].eq("measured") & ~nodes["control"].astype(bool), "node"]
    rows, curves = [], []
    for endpoint, spec in clinical.endpoints.items():
        time, event = f"{endpoint}_time_{spec.unit}", f"{endpoint}_event"
        for score in [*measured, INDEX]:
            used = joined[[score, time, event]].dropna()
            used.columns = ["score", "time", "event"]
            found, drawn = _one(used, settings)
            key = {"score": score, "endpoint": endpoint, "cut": settings.cut}
            rows += [{**key, **row} for row in found]
            curves += [{**key, **point} for point in drawn]
    return Survival(pd.DataFrame(rows, columns=TABLE), pd.DataFrame(curves, columns=CURVES))


def _one(used: pd.DataFrame, settings: Clinical) -> tuple[list[dict], list[dict]]:
    names = GROUPS[settings.cut]
    events = int(used["event"].sum())
    nothing = {"group": "", "n": len(used), "n_events": events}
    if len(used) < settings.min_patients or events < settings.min_events:
        note = f"{len(used)} patients with {events} events, {settings.min_patients} with "
        return [{**nothing, "note": f"{note}{settings.min_events} needed"}], []
    cuts = np.quantile(used["score"], np.arange(1, len(names)) / len(names))
    group = np.searchsorted(cuts, used["score"], side="left")
    if len(set(group)) < len(names):
        return [{**nothing, "note": "too many equal values for groups"}], []
    parts = {name: used[group == number] for number, name in enumerate(names)}
    return _compared(parts), [point for name, part in parts.items() for point in _curve(name, part)]


def _compared(parts: dict[str, pd.DataFrame]) -> list[dict]:
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import median_survival_times

    whole = pd.concat(parts, names=["group"]).reset_index("group")
    test = multivariate_logrank_test(whole["time"], whole["group"], whole["event"])
    horizon = min(part["time"].max() for part in parts.values())
    rows = []
    for name, part in parts.items():
        fit = KaplanMeierFitter().fit(part["time"], part["event"])
        low, high = median_survival_times(fit.confidence_interval_).to_numpy().ravel()
        mean, error = restricted_mean(fit, horizon)
        median = {"median_time": fit.median_survival_time_, "median_low": low, "median_high": high}
        rows.append(
            {
                "group": name,
                "n": len(part),
                "n_events": int(part["event"].sum()),
                # A median that is not reached is missing, not infinite.
                **{key: value if np.isfinite(value) else np.nan for key, value in median.items()},
                "restricted_mean": mean,
                "restricted_mean_se": error,
                "horizon": float(horizon),
                "logrank_pvalue": float(test.p_value),
                "note": "",
            }
        )
    return rows


def restricted_mean(fit: KaplanMeierFitter, horizon: float) -> tuple[float, float]:
    """Area under a Kaplan-Meier curve up to a time, with its standard error (Greenwood's).

    Parameters
    ----------
    fit
        Of lifelines.
    horizon
        Up to which time.
    """
    times = fit.survival_function_.index.to_numpy(float)
    survival = fit.survival_function_.iloc[:, 0].to_numpy()
    inside = times <= horizon
    width = np.diff(np.append(times[inside], horizon))
    area = width * survival[inside]
    # What is left of the area after each time.
    left = np.append(np.cumsum(area[::-1])[::-1], 0.0)[:-1]
    table = fit.event_table.loc[times[inside]]
    events, at_risk = table["observed"].to_numpy(), table["at_risk"].to_numpy()
    share = np.divide(
        events, at_risk * (at_risk - events), out=np.zeros(len(events)), where=at_risk > events
    )
    return float(area.sum()), float(np.sqrt((left**2 * share).sum()))


def _curve(name: str, part: pd.DataFrame) -> Iterable[dict]:
    from lifelines import KaplanMeierFitter

    fit = KaplanMeierFitter().fit(part["time"], part["event"])
    frame = pd.concat([fit.survival_function_, fit.confidence_interval_], axis=1)
    at_risk = fit.event_table["at_risk"]
    for time, (survival, low, high) in zip(frame.index, frame.to_numpy(), strict=True):
        yield {"group": name, "time": time, "at_risk": int(at_risk[time]), "survival": survival,
               "ci_low": low, "ci_high": high}  # fmt: skip
