"""Whether a score's effect differs between the arms of a trial."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from innervate.clinical.associations import INDEX, Question, questions
from innervate.clinical.models import Row
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical

ARM = "arm"
COLUMNS = [
    *("score", "endpoint", "n_control", "n_treated", "events_control", "events_treated"),
    *("estimate", "estimate_type", "ci_low", "ci_high", "pvalue", "fdr", "note"),
]
KINDS = {
    "hazard_ratio_per_sd": "ratio_of_hazard_ratios",
    "odds_ratio_per_sd": "ratio_of_odds_ratios",
}


def arm_interactions(
    joined: pd.DataFrame, nodes: pd.DataFrame, clinical: ClinicalTable, settings: Clinical
) -> pd.DataFrame:
    """Test the product of each score with the arm, for outcomes and responses.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`, with ``arm`` (1 treated, 0 control).
    nodes
        Of `innervate.circuit.patients.score_patients`.
    clinical
        Declares the arms and endpoints.
    settings
        Smallest number of patients and events, of each arm.

    Returns
    -------
    DataFrame
        Contract ``arm_interactions``: the effect per standard deviation of the score in the
        treated, divided by that in the controls; empty where no arm is declared.
    """
    if clinical.arm is None:
        return pd.DataFrame(columns=COLUMNS)
    tested = nodes[~nodes["control"].astype(bool) & nodes["status"].eq("measured")]
    rows = []
    for question in questions(clinical):
        if question.events is None:
            continue
        family = [_row(joined, score, question, settings) for score in [*tested["node"], INDEX]]
        pvalues = pd.Series([row.get("pvalue", np.nan) for row in family], dtype=float)
        known = pvalues.notna()
        fdr = pd.Series(np.nan, index=pvalues.index)
        if known.any():
            fdr[known] = stats.false_discovery_control(pvalues[known])
        rows += [{**row, "fdr": value} for row, value in zip(family, fdr, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(joined: pd.DataFrame, score: str, question: Question, settings: Clinical) -> Row:
    used = joined[[score, *question.columns, ARM]].dropna()
    row: Row = {"score": score, "endpoint": question.name, "note": ""}
    row["estimate_type"] = KINDS[question.estimate_type]
    for name, code in (("control", 0), ("treated", 1)):
        part = used[used[ARM] == code]
        row[f"n_{name}"] = len(part)
        row[f"events_{name}"] = question.events(part) if len(part) else 0
        few = len(part) < settings.min_patients or row[f"events_{name}"] < settings.min_events
        if few and not row["note"]:
            row["note"] = (
                f"{name}: {len(part)} patients with {row[f'events_{name}']} events, "
                f"{settings.min_patients} with {settings.min_events} needed"
            )
    if row["note"]:
        return row
    value = (used[score] - used[score].mean()) / used[score].std()
    product = value * used[ARM]
    covariates = pd.DataFrame({"score_itself": value, "treated": used[ARM]})
    try:
        found = question.fit(product, *(used[column] for column in question.columns), covariates)
    except ValueError as error:
        return {**row, "note": str(error)}
    # The fit is per standard deviation of the product; a step of the score in the treated is 1.
    for name in ("estimate", "ci_low", "ci_high"):
        row[name] = float(np.exp(np.log(found[name]) / product.std()))
    return {**row, "pvalue": found["pvalue"], "note": found["note"]}
