"""Data contracts: the circuit's evidence."""

from __future__ import annotations

from innervate.config.evidence import STATUSES
from innervate.runtime.contract import PATIENT, Column, Table, columns

EDGE = columns("text", True, source="node the edge leaves", target="node or outcome it reaches")

PATIENTS = Table(
    "patients",
    "circuit/patients.tsv",
    "a patient (a further column a node, as z)",
    (
        PATIENT,
        *columns(
            "number",
            circuit_index="mean of the measured nodes, each signed as expected",
            circuit_index_low="95 % interval, low",
            circuit_index_high="95 % interval, high",
        ),
        *columns("text", True, call="active, inactive, uncertain or not measured"),
        *columns("text", nodes_measured="separated by semicolons"),
    ),
)

EDGES = Table(
    "edges",
    "circuit/edges.tsv",
    "an edge",
    (
        *EDGE,
        *columns("integer", True, expected_sign="1 or -1", n="patients"),
        *columns(
            "number",
            estimate="the effect, in the unit of estimate_type",
            se="half the interval over 1.96; of a correlation on Fisher's z",
            ci_low="95 % interval, low",
            ci_high="95 % interval, high",
            pvalue="two-sided, by permutation",
            fdr="Benjamini-Hochberg over the cohort's measurable edges",
            specificity="share of matched random gene sets with a smaller signed effect",
        ),
        Column("consistent", "boolean", "whether the direction is the expected one"),
        *columns(
            "text",
            True,
            status=f"{', '.join(STATUSES[:-1])} or {STATUSES[-1]}",
        ),
        *columns(
            "text",
            estimate_type="partial_spearman, log_hazard_ratio_per_sd or log_odds_ratio_per_sd",
            explained_by="controls that explain the effect away, separated by semicolons",
            covariates="adjusted for, separated by semicolons",
            covariates_dropped="left out, for want of patients or of values, with semicolons",
            unadjusted_for="of those dropped the declared confounders: the cohort's adjust_for "
            "and the circuit's composition; an edge with one is suggestive at most",
            note="limits",
        ),
    ),
)

EDGE_CONTROLS = Table(
    "edge_controls",
    "circuit/edge_controls.tsv",
    "an edge, given a control",
    (
        *EDGE,
        *columns("text", True, control="a program that could explain the edge"),
        *columns("integer", True, n="patients"),
        *columns(
            "number",
            estimate_without="the effect in these patients without the control",
            estimate="the effect given the control",
            share_left="estimate over estimate_without",
        ),
        Column("explained", "boolean", "whether too little is left", True),
        *columns("text", note="limits"),
    ),
)

CHAIN = Table(
    "chain",
    "circuit/chain.tsv",
    "a path through the circuit",
    (
        *columns("text", True, path="nodes in order, separated by >"),
        *columns("integer", True, n="patients", expected_sign="product of the links' signs"),
        *columns(
            "number",
            indirect="product of the links, SD of the last node per SD of the first",
            ci_low="95 % interval, low",
            ci_high="95 % interval, high",
            direct="effect of the first node on the last, given those between",
            total="effect of the first node on the last",
            pvalue="two-sided, the largest of the links'",
            fdr="Benjamini-Hochberg over the cohort's paths",
        ),
        Column("consistent", "boolean", "whether each link has its expected sign"),
        *columns(
            "text",
            links="effect of each link, separated by semicolons",
            covariates="adjusted for, separated by semicolons",
            unadjusted_for="declared confounders that were left out, separated by semicolons",
            note="limits",
        ),
    ),
)

PATH_MODEL = Table(
    "path_model",
    "circuit/path_model.tsv",
    "an edge in the path model of the whole circuit",
    (
        *EDGE,
        *columns(
            "number", estimate="standardized coefficient", se="its standard error", pvalue="z"
        ),
    ),
)

PATH_FIT = Table(
    "path_fit",
    "circuit/path_fit.tsv",
    "the path model",
    (
        *columns("integer", n="patients", parameters="free ones", degrees_of_freedom="left"),
        *columns(
            "number",
            chi2="against the saturated model",
            pvalue="of chi2",
            cfi="comparative fit index",
            tli="Tucker-Lewis index",
            rmsea="root mean square error of approximation",
        ),
        *columns("text", note="why there is no model"),
    ),
)

HYPOTHESES = Table(
    "hypotheses",
    "circuit/hypotheses.tsv",
    "a hypothesis of how the nodes hang together",
    (
        *columns("text", True, hypothesis="which"),
        *columns("integer", n="patients", parameters="free ones"),
        *columns(
            "number",
            log_likelihood="at its maximum",
            bic="Bayesian information criterion; smaller is better",
            delta_bic="above the smallest",
            weight="approximate posterior share, all hypotheses being as likely before",
        ),
        *columns(
            "text", equivalent_to="hypotheses that no such data can tell from it", note="limits"
        ),
    ),
)
