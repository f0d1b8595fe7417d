"""The data contracts of what predicts: markers of the circuit, and of response to treatment."""

from __future__ import annotations

from innervate.contract import Column, Table, columns


def _shares(name: str, meaning: str) -> dict[str, str]:
    """A share and the ends of its interval."""
    low, high = f"{name}_low", f"{name}_high"
    return {name: meaning, low: "95 % interval, low", high: "95 % interval, high"}


PREDICTION_TABLES: dict[str, Table] = {
    "biomarkers": Table(
        "clinical/biomarkers.tsv",
        "a marker at its declared cut",
        (
            *columns("text", True, marker="its name", score="node or clinical column"),
            *columns("number", True, cut="in the score's unit"),
            *columns("text", True, direction="whether positive is above or below the cut"),
            *columns(
                "integer",
                True,
                n="patients with the marker and the reference",
                n_active="of whom active by the reference index",
            ),
            *columns(
                "number",
                prevalence="share that is active",
                **_shares("sensitivity", "of the active, share that is positive"),
                **_shares("specificity", "of the others, share that is negative"),
                **_shares("positive_predictive_value", "of the positive, share that is active"),
                **_shares("negative_predictive_value", "of the negative, share that is not"),
                **_shares("auc", "share of pairs that the score orders as expected"),
            ),
            *columns(
                "text",
                reference="nodes of the reference index, separated by semicolons",
                note="limits",
            ),
        ),
    ),
    "prediction": Table(
        "clinical/prediction.tsv",
        "a predictor of a response",
        (
            *columns("text", True, response="as declared"),
            *columns("text", predictor="what predicts"),
            Column("kind", "text", "index, signature, node or baseline"),
            *columns("integer", n="patients", n_responders="of whom responded"),
            *columns(
                "number",
                auc="area under the curve; above 0.5: as expected beforehand",
                ci_low="95 % interval (DeLong), low",
                ci_high="95 % interval, high",
                pvalue="of an area of 0.5 (Wald, of the logit)",
                auc_difference="area less that of the circuit index, in common patients",
                difference_low="95 % interval (DeLong), low",
                difference_high="95 % interval, high",
                difference_pvalue="two-sided (DeLong)",
            ),
            *columns("text", note="why there is none"),
        ),
    ),
    "roc": Table(
        "clinical/roc.tsv",
        "a point of a receiver operating characteristic curve",
        (
            *columns("text", True, response="as declared", predictor="what predicts"),
            *columns("number", True, false_positive_rate="0 to 1", true_positive_rate="0 to 1"),
        ),
    ),
    "calibration": Table(
        "clinical/calibration.tsv",
        "a group of patients by predicted probability",
        (
            *columns("text", True, response="as declared"),
            *columns("integer", True, group="the lowest is 1", n="patients"),
            *columns(
                "number",
                True,
                predicted="mean probability, of patients not fitted on",
                observed="share that responded",
                observed_low="95 % interval (Wilson), low",
                observed_high="95 % interval, high",
            ),
            *columns(
                "number",
                slope="of calibration, over all patients: 1 is right",
                slope_low="95 % interval, low",
                slope_high="95 % interval, high",
                intercept="of calibration in the large: 0 is right",
            ),
        ),
    ),
    "decision": Table(
        "clinical/decision.tsv",
        "a threshold probability",
        (
            *columns("text", True, response="as declared"),
            *columns("number", True, threshold="probability from which one would treat"),
            *columns("integer", True, n="patients"),
            *columns(
                "number",
                True,
                signature="net benefit of treating by the signature",
                treat_all="net benefit of treating everyone",
                treat_none="0",
            ),
        ),
    ),
    "arm_interactions": Table(
        "clinical/arm_interactions.tsv",
        "a score with an endpoint, treated against control",
        (
            *columns("text", True, score="node", endpoint="as declared"),
            *columns(
                "integer",
                True,
                n_control="patients of the control arm",
                n_treated="patients of the experimental arm",
                events_control="their events, or patients with the rarer answer",
                events_treated="the same of the treated",
            ),
            *columns("number", estimate="effect in the treated over that in the controls"),
            *columns("text", True, estimate_type="ratio_of_hazard_ratios or ratio_of_odds_ratios"),
            *columns(
                "number",
                ci_low="95 % interval, low",
                ci_high="95 % interval, high",
                pvalue="two-sided",
                fdr="Benjamini-Hochberg over the endpoint's family",
            ),
            *columns("text", note="limits"),
        ),
    ),
}
