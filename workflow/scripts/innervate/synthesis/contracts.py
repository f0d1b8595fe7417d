"""Data contracts: several cohorts as one."""

from __future__ import annotations

from innervate.runtime.contract import Column, Table, columns

EDGE = columns("text", True, source="node the edge leaves", target="node or outcome it reaches")
POOLED = (
    *columns("integer", True, k="cohorts that estimate it", n="their patients"),
    *columns(
        "number",
        estimate="mean over cohorts, random effects",
        ci_low="95 % interval, low (Hartung-Knapp)",
        ci_high="95 % interval, high",
        pvalue="two-sided",
        fdr="Benjamini-Hochberg",
        tau2="variance between cohorts (Paule-Mandel), on Fisher's z or the logarithm",
        i2="share of the variance that is between cohorts, 0 to 1",
        q_pvalue="Cochran's test of whether cohorts differ",
        prediction_low="where 95 % of further cohorts are expected, low",
        prediction_high="where 95 % of further cohorts are expected, high",
        leave_one_out_low="smallest estimate when one cohort is left out",
        leave_one_out_high="largest estimate when one cohort is left out",
    ),
    *columns("text", note="limits"),
)
TYPE = columns("text", estimate_type="as in the cohorts' tables")

SYNTHESIS_EDGES = Table(
    "synthesis_edges",
    "../synthesis/edges.tsv",
    "an edge over cohorts",
    (
        *EDGE,
        Column("expected_sign", "integer", "1 or -1", True),
        *TYPE,
        *POOLED,
        *columns("integer", True, k_unadjusted="cohorts of k that lost a declared confounder"),
    ),
)

SYNTHESIS_ASSOCIATIONS = Table(
    "synthesis_associations",
    "../synthesis/associations.tsv",
    "a score with an endpoint over cohorts",
    (
        *columns("text", True, score="node", endpoint="as declared", model="which model"),
        *TYPE,
        *POOLED,
    ),
)

SYNTHESIS_FOREST = Table(
    "synthesis_forest",
    "../synthesis/forest.tsv",
    "a cohort in a forest plot",
    (
        Column("kind", "text", "edge or association", True),
        *columns("text", True, name="which", cohort="whose"),
        *columns("text", tumor_type="of the cohort"),
        *columns("integer", True, n="patients"),
        *columns(
            "number",
            estimate="of the cohort",
            ci_low="95 % interval, low",
            ci_high="95 % interval, high",
            weight="share in the mean, 0 to 1",
            estimate_without="mean of the other cohorts",
            ci_without_low="its 95 % interval, low",
            ci_without_high="its 95 % interval, high",
        ),
    ),
)

SYNTHESIS_MODERATORS = Table(
    "synthesis_moderators",
    "../synthesis/moderators.tsv",
    "an edge in a tumor type",
    (
        *EDGE,
        *columns("text", tumor_type="of the cohorts"),
        *columns("integer", True, k="cohorts", n="their patients"),
        *columns(
            "number",
            estimate="mean over the type's cohorts",
            ci_low="95 % interval, low",
            ci_high="95 % interval, high",
            q_between="test of whether types differ",
            q_between_pvalue="its p-value",
        ),
    ),
)

BY_OUTPUT = {
    "edges": SYNTHESIS_EDGES,
    "associations": SYNTHESIS_ASSOCIATIONS,
    "forest": SYNTHESIS_FOREST,
    "moderators": SYNTHESIS_MODERATORS,
}
"""The contract of each output of the rule `synthesis`."""
