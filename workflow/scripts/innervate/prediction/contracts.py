"""Data contracts: prediction."""

from __future__ import annotations

from innervate.runtime.contract import Column, Table, columns


def _shares(name: str, meaning: str) -> dict[str, str]:
    """A share and the ends of its interval."""
    low, high = f"{name}_low", f"{name}_high"
    return {name: meaning, low: "95 % interval, low", high: "95 % interval, high"}


BIOMARKERS = Table(
    "biomarkers",
    "clinical/biomarkers.tsv",
    "a marker at its declared cut",
    (
        *columns("text", True, marker="its name", score="node or clinical column"),
        *columns("number", True, cut="in the score's unit"),
        *columns("text", direction="whether positive is above or below the cut"),
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
)

PREDICTION = Table(
    "prediction",
    "clinical/prediction.tsv",
    "a predictor of a response",
    (
        *columns("text", True, response="as declared", predictor="node, index or baseline"),
        Column("kind", "text", "node, index, signature or baseline", True),
        *columns(
            "text",
            higher_means="response or no response, fixed beforehand; empty where unknown",
            direction_from="edges or circuit file or index of the circuit, published, learned "
            "or none",
            same_as="predictor that is the same quantity and is judged in its place",
        ),
        *columns("integer", n="patients", n_responders="of them"),
        *columns(
            "number",
            auc="area under the ROC curve; of the signature the mean over folds",
            ci_low="95 % interval (DeLong; signature: over folds), low",
            ci_high="95 % interval (DeLong; signature: over folds), high",
            pvalue="of one half: Mann-Whitney, two-sided; signature by permutation",
            fdr="Benjamini-Hochberg over the response's predictors",
        ),
        *columns("integer", n_common="patients who have the circuit index too"),
        *columns(
            "number",
            auc_difference="area minus that of the circuit index, in those patients",
            difference_low="95 % interval (paired, as above), low",
            difference_high="95 % interval (paired, as above), high",
            difference_pvalue="two-sided (paired, as above)",
        ),
        *columns("text", note="limits"),
    ),
)

ROC = Table(
    "roc",
    "clinical/roc.tsv",
    "a corner of a ROC curve",
    (
        *columns("text", True, response="as declared", predictor="of prediction.tsv"),
        *columns(
            "number",
            True,
            false_positive_rate="share of the others who are called responders",
            true_positive_rate="share of the responders who are called so",
        ),
    ),
)

CALIBRATION = Table(
    "calibration",
    "clinical/calibration.tsv",
    "a bin of the signature's cross-validated predictions",
    (
        *columns("text", True, response="as declared"),
        *columns("integer", True, bin="by rising prediction", n="patients"),
        *columns(
            "number",
            True,
            predicted="mean predicted probability of a response",
            observed="share of responders",
            ci_low="95 % interval (Wilson), low",
            ci_high="95 % interval (Wilson), high",
        ),
        *columns(
            "number",
            intercept="of all predictions, log odds; 0 is right",
            intercept_low="95 % interval, low",
            intercept_high="95 % interval, high",
            slope="of all predictions; 1 is right, below it they are too extreme",
            slope_low="95 % interval, low",
            slope_high="95 % interval, high",
        ),
        *columns("text", note="limits"),
    ),
)

DECISION = Table(
    "decision",
    "clinical/decision.tsv",
    "a threshold of the predicted probability above which one would treat",
    (
        *columns("text", True, response="as declared"),
        *columns("number", True, threshold="probability of a response"),
        *columns("integer", True, n="patients"),
        *columns(
            "number",
            True,
            signature="net benefit of treating by the signature, per patient",
            treat_all="net benefit of treating all",
            treat_none="net benefit of treating none: 0",
        ),
    ),
)

ARM_INTERACTIONS = Table(
    "arm_interactions",
    "clinical/interactions.tsv",
    "a score with the effect of the treatment on an endpoint",
    (
        *columns("text", True, score="node or index", endpoint="as declared", model="which"),
        *columns("integer", True, n_control="patients", n_treated="patients"),
        *columns(
            "integer",
            n_events_control="events or responders",
            n_events_treated="events or responders",
        ),
        *columns("number", estimate="factor on the treatment's ratio per SD of the score"),
        *columns("text", True, estimate_type="ratio of hazard or odds ratios, per SD"),
        *columns(
            "number",
            ci_low="95 % interval, low",
            ci_high="95 % interval, high",
            pvalue="two-sided, of the product of score and arm",
            fdr="Benjamini-Hochberg over the endpoint's scores",
        ),
        *columns("text", note="limits"),
    ),
)
