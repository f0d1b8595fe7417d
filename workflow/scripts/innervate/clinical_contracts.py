"""The data contracts of the clinical tables."""

from __future__ import annotations

from innervate.prediction_contracts import PREDICTION_TABLES
from innervate.runtime.contract import PATIENT, Table, columns

VALUE = "clinical: "
"""How the stage of an exclusion begins that is a value missing in a patient."""

CLINICAL_TABLES: dict[str, Table] = {
    "joined": Table("clinical/joined.tsv", "a patient", (PATIENT,)),
    "pain_over_time": Table(
        "clinical/pain_over_time.tsv",
        "a measurement of pain",
        (
            PATIENT,
            *columns("text", True, pain="as declared"),
            *columns("number", True, days="since baseline", value_0_10="0 none, 10 worst"),
            *columns(
                "number",
                change="points since baseline; a worsening where a patient's last one reaches "
                "`worsening` of the cohort file (2 by default)",
            ),
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
    "agents": Table(
        "clinical/agents.tsv",
        "an agent at a node",
        (
            *columns("text", True, node="of the circuit file"),
            *columns("boolean", True, measured="whether the cohort measures the node"),
            *columns("text", True, agent="name"),
            *columns(
                "text",
                **{"class": "kind of agent"},
                target_genes="human symbols, separated by semicolons",
                effect="against or with the circuit",
                status="of development",
            ),
            *columns("integer", year="of the approval that status names"),
            *columns("text", indication="approved or tried for"),
            *columns(
                "integer",
                n_evaluable="patients in whom a rule at the node can be applied",
                n_meeting="patients who meet one; missing where suppressed",
            ),
            *columns(
                "text",
                rules="trials at the node, separated by semicolons",
                source="where the facts stand",
                confidence="text read, or recalled",
                note="limits",
            ),
        ),
    ),
    "trials": Table(
        "clinical/trials.tsv",
        "a trial that was thought through",
        (
            *columns("text", True, trial="name", node="whose agents it would test"),
            *columns("text", agents="against the circuit at the node"),
            *columns("text", True, rule="who would enter", endpoint="as declared"),
            *columns(
                "integer",
                n_evaluable="patients with all that the rule asks for",
                n_meeting="of these, patients who meet it; missing where suppressed",
            ),
            *columns(
                "number",
                prevalence="share who meet it",
                prevalence_low="Wilson's 95 % interval, low",
                prevalence_high="Wilson's 95 % interval, high",
                screened_per_enrolled="patients to screen for one who meets the rule",
                screened_per_enrolled_low="95 % interval, low",
                screened_per_enrolled_high="95 % interval, high",
            ),
            *columns("text", control="what the control arm is taken to be like"),
            *columns("integer", control_n="patients it was estimated from"),
            *columns(
                "text",
                control_from="those who meet the rule, or the whole cohort",
            ),
            *columns("text", True, effect_type="hazard_ratio, odds_ratio or difference"),
            *columns(
                "number",
                True,
                effect="assumed",
                alpha="two-sided level",
                power="wanted",
                allocation="share with the agent",
            ),
            *columns(
                "integer",
                n_enrolled="patients of both arms",
                n_screened="patients to screen for them",
            ),
            *columns(
                "number",
                power_reached="in simulated trials of that size",
                monte_carlo_se="its standard error",
            ),
            *columns("text", note="limits"),
        ),
    ),
    **PREDICTION_TABLES,
}
