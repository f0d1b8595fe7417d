"""Data contracts: the clinic."""

from __future__ import annotations

from innervate.runtime.contract import PATIENT, Table, columns

JOINED = Table("joined", "clinical/joined.tsv", "a patient", (PATIENT,))

ASSOCIATIONS = Table(
    "associations",
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
)

SURVIVAL = Table(
    "survival",
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
)

SURVIVAL_CURVES = Table(
    "survival_curves",
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
)

MISSING = Table(
    "missing",
    "clinical/missing.tsv",
    "a pattern of missing values",
    (
        *columns("text", columns="what is missing, separated by semicolons; empty: nothing"),
        *columns("integer", True, n="patients with a circuit score and this pattern"),
        *columns("number", True, share="of all patients with a circuit score"),
    ),
)

IMPUTED = Table(
    "imputed",
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
)

SURVIVAL_MODELS = Table(
    "survival_models",
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
            pvalue="two-sided; of a maximally selected cut, corrected for the search",
            concordance="Harrell's, of the linear predictor",
        ),
        *columns("text", covariates="adjusted for, separated by semicolons", note="limits"),
    ),
)
