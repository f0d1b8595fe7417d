"""The data contracts of the clinical tables."""

from __future__ import annotations

from innervate.contract import PATIENT, Column, Table, columns


def _shares(name: str, meaning: str) -> dict[str, str]:
    """A share and the ends of its interval."""
    low, high = f"{name}_low", f"{name}_high"
    return {name: meaning, low: "95 % interval, low", high: "95 % interval, high"}


CLINICAL_TABLES: dict[str, Table] = {
    "joined": Table("clinical/joined.tsv", "a patient", (PATIENT,)),
    "pain_over_time": Table(
        "clinical/pain_over_time.tsv",
        "a measurement of pain",
        (
            PATIENT,
            *columns("text", True, pain="as declared"),
            *columns("number", True, days="since baseline", value_0_10="0 none, 10 worst"),
            *columns("number", change="points since baseline"),
        ),
    ),
    "associations": Table(
        "clinical/associations.tsv",
        "a score with an endpoint",
        (
            *columns("text", True, score="node", endpoint="as declared", model="which model"),
            *columns("integer", True, n="patients"),
            *columns("integer", n_events="events, or patients with the rarer answer"),
            *columns("number", estimate="the effect"),
            *columns(
                "text",
                True,
                estimate_type="spearman_rho, hazard_ratio_per_sd, odds_ratio_per_sd, "
                "points_per_sd or points_a_month_per_sd",
            ),
            *columns(
                "number",
                ci_low="95 % interval, low",
                ci_high="95 % interval, high",
                pvalue="two-sided",
                fdr="Benjamini-Hochberg over the endpoint's family",
            ),
            *columns("text", covariates="adjusted for, separated by semicolons", note="limits"),
        ),
    ),
    "survival": Table(
        "clinical/survival.tsv",
        "a group of patients by a score",
        (
            *columns("text", True, score="node", endpoint="as declared", cut="of the score"),
            *columns("text", group="low, middle or high"),
            *columns("integer", True, n="patients", n_events="events"),
            *columns(
                "number",
                median_time="to the event, in the endpoint's unit; missing where not reached",
                median_low="95 % interval, low",
                median_high="95 % interval, high",
                restricted_mean="mean time up to the horizon",
                restricted_mean_se="its standard error",
                horizon="last time with a patient at risk in each group",
                logrank_pvalue="of any difference between the groups",
            ),
            *columns("text", note="limits"),
        ),
    ),
    "survival_curves": Table(
        "clinical/survival_curves.tsv",
        "a step of a Kaplan-Meier curve",
        (
            *columns("text", True, score="node", endpoint="as declared", group="by the score"),
            *columns("number", True, time="in the endpoint's unit"),
            *columns("integer", True, at_risk="patients"),
            *columns(
                "number",
                survival="share without the event",
                ci_low="95 % interval, low",
                ci_high="95 % interval, high",
            ),
        ),
    ),
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
    "missing": Table(
        "clinical/missing.tsv",
        "a pattern of missing values",
        (
            *columns("text", columns="what is missing, separated by semicolons; empty: nothing"),
            *columns("integer", True, n="patients with a circuit score and this pattern"),
            *columns("number", True, share="of all patients with a circuit score"),
        ),
    ),
    "imputed": Table(
        "clinical/imputed.tsv",
        "an adjusted association by one way to treat missing covariates",
        (
            *columns("text", True, score="node", endpoint="as declared", model="which model"),
            *columns("text", True, analysis="complete case or multiple imputation"),
            *columns("integer", True, n="patients"),
            *columns("integer", n_events="events, or patients with the rarer answer"),
            *columns("number", estimate="the effect"),
            *columns("text", True, estimate_type="spearman_rho, hazard_ or odds_ratio_per_sd"),
            *columns(
                "number",
                ci_low="95 % interval, low",
                ci_high="95 % interval, high",
                pvalue="two-sided",
                share_missing="patients with score and endpoint who lack a covariate",
                fraction_missing_information="about the estimate, by Rubin's rules",
            ),
            *columns("integer", imputations="imputed data sets"),
            *columns("text", note="limits"),
        ),
    ),
    "survival_models": Table(
        "clinical/survival_models.tsv",
        "an analysis of a score with a time-to-event endpoint",
        (
            *columns("text", True, score="node", endpoint="as declared", analysis="which"),
            *columns("integer", True, n="patients", n_events="events"),
            *columns(
                "number",
                events_per_variable="events for each column of the model",
                estimate="hazard ratio, statistic of the test, or the cut",
            ),
            *columns("text", True, estimate_type="hazard_ratio_per_sd, chi2 or cut_in_sd"),
            *columns(
                "number",
                ci_low="95 % interval, low",
                ci_high="95 % interval, high",
                pvalue="two-sided; of a searched cut, corrected for the search",
                concordance="Harrell's, of the linear predictor",
            ),
            *columns("text", covariates="adjusted for, separated by semicolons", note="limits"),
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
