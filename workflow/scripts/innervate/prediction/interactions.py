"""Whether the effect of a treatment differs with a score: score by arm, in trials with arms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.clinical.associations import EMPTY, INDEX
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical
from innervate.statistics.association_models import Row, cox
from innervate.statistics.conventions import adjusted_pvalues
from innervate.statistics.odds_ratios import response

TABLE = [
    *("score", "endpoint", "model", "n_control", "n_treated", "n_events_control"),
    *("n_events_treated", "estimate", "estimate_type", "ci_low", "ci_high", "pvalue", "fdr"),
    "note",
]
ENDS = ("estimate", "ci_low", "ci_high")


@dataclass(frozen=True)
class _Outcome:
    """An endpoint or response, and the model for it."""

    name: str
    columns: tuple[str, ...]
    model: str
    estimate_type: str
    fit: Callable[..., Row]
    refused: str = ""


def interactions(
    joined: pd.DataFrame, nodes: pd.DataFrame, clinical: ClinicalTable, settings: Clinical
) -> pd.DataFrame:
    """Test whether each score goes with another effect of the treatment.

    Models hold the score, the arm and their product: logistic for a response, Cox for a
    time-to-event endpoint. The estimate is the factor by which the treatment's odds or hazard
    ratio changes with each standard deviation of the score. Only such a test can distinguish a
    score that predicts the effect of the treatment from one that predicts the outcome whatever the
    treatment.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`, with ``arm`` (1 treated, 0 control).
    nodes
        Of `innervate.circuit.patients.score_patients`.
    clinical
        Declares arm, endpoints and responses.
    settings
        Smallest numbers of patients and events, here in each arm.

    Returns
    -------
    DataFrame
        Contract ``arm_interactions``; empty where no arm is declared.

    References
    ----------
    Ballman 2015, doi:10.1200/JCO.2015.63.3651.
    """
    if clinical.arm is None:
        return pd.DataFrame(columns=TABLE)
    tested = nodes[~nodes["control"].astype(bool)]
    lacking = tested[tested["status"] == "not measurable"]
    reasons = dict(zip(lacking["node"], lacking["reason"], strict=True))
    families = []
    for outcome in _outcomes(clinical):
        scores = [*tested["node"], INDEX]
        rows = [_row(joined, score, outcome, settings, reasons.get(score)) for score in scores]
        family = pd.DataFrame(rows).reindex(columns=TABLE)
        family["fdr"] = adjusted_pvalues(family["pvalue"])
        families.append(family)
    return pd.concat(families, ignore_index=True) if families else pd.DataFrame(columns=TABLE)


def _outcomes(clinical: ClinicalTable) -> list[_Outcome]:
    found = [
        _Outcome(
            name, (f"{name}_time_{spec.unit}", f"{name}_event"), "Cox",
            "hazard_ratios_ratio_per_sd", cox,
        )
        for name, spec in clinical.endpoints.items()
    ]  # fmt: skip
    for name, declared in clinical.response.items():
        graded = len(set(declared.grades().values())) > 2
        refused = "several grades and no `responders` declared" if graded else ""
        column, kind = f"response_{name}", "odds_ratios_ratio_per_sd"
        found.append(_Outcome(column, (column,), "logistic", kind, response, refused))
    return found


def _row(
    joined: pd.DataFrame, score: str, outcome: _Outcome, settings: Clinical, reason: str | None
) -> Row:
    used = joined[["arm", score, *outcome.columns]].dropna()
    answer = used[outcome.columns[-1]]
    arms = {"control": used["arm"] == 0, "treated": used["arm"] == 1}
    counts = {f"n_{name}": int(members.sum()) for name, members in arms.items()}
    if not outcome.refused:
        counts |= {f"n_events_{name}": int(answer[arm].sum()) for name, arm in arms.items()}
    row: Row = {
        "score": score,
        "endpoint": outcome.name,
        "model": outcome.model,
        **counts,
        **EMPTY,
        "estimate_type": outcome.estimate_type,
        "note": outcome.refused or (f"not measurable: {reason}" if reason is not None else ""),
    }
    row["note"] = row["note"] or _too_few(counts, outcome.model, settings)
    if not row["note"] and used[score].nunique() < 2:
        row["note"] = f"{score} does not vary"
    if not row["note"]:
        z = (used[score] - used[score].mean()) / used[score].std()
        product = z * used["arm"]
        others = pd.DataFrame({"score": z, "arm": used["arm"]})
        try:
            parts = [used[column] for column in outcome.columns]
            row |= _per_sd(outcome.fit(product, *parts, others), product.std())
        except ValueError as error:
            row["note"] = str(error)
    return row


def _too_few(counts: dict[str, int], model: str, settings: Clinical) -> str:
    for arm in ("control", "treated"):
        patients, events = counts[f"n_{arm}"], counts[f"n_events_{arm}"]
        enough = events if model == "Cox" else min(events, patients - events)
        if patients < settings.min_patients or enough < settings.min_events:
            kind = "events" if model == "Cox" else "of the rarer answer"
            return (
                f"{arm} arm: {patients} patients with {enough} {kind}, {settings.min_patients} "
                f"with {settings.min_events} needed"
            )
    return ""


def _per_sd(row: Row, spread: float) -> Row:
    """A ratio per standard deviation of the product as one per standard deviation of the score."""
    ends = [float(row[name]) ** (1 / spread) for name in ENDS]
    return {**row, **dict(zip(ENDS, np.where(np.isfinite(ends), ends, np.nan), strict=True))}
