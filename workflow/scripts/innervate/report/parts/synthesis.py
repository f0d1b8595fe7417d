"""Sections of the report over all cohorts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from innervate.config.evidence import SUGGESTIVE
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.cohorts import CohortFacts, cohort_table
from innervate.report.figures.evidence_map import evidence_map
from innervate.report.figures.pooled import forest
from innervate.report.text import MISSING, estimate_name, is_missing, number, percent

DRAWN = 12
"""Associations drawn as forests, those with the smallest p-values."""
METHODS = (
    "Each edge and each association is pooled over the cohorts that estimate it by a "
    "random-effects model: correlations on Fisher's z, hazard and odds ratios on the logarithm. "
    "The variance between cohorts is that of Paule and Mandel (doi:10.6028/jres.087.022), the "
    "interval that of Hartung and Knapp (doi:10.1002/sim.791) with the variance factor not below "
    "1 (doi:10.1186/s12874-015-0091-1), the prediction interval that of Higgins "
    "(doi:10.1111/j.1467-985X.2008.00552.x). False discovery rates are Benjamini and Hochberg's, "
    "over all edges and over the associations of an endpoint and model. Leave-one-out is the mean "
    "with each cohort left out in turn."
)


def cohorts(found: list[CohortFacts]) -> list[Block]:
    """All cohorts, and what each says of each step."""
    blocks: list[Block] = [cohort_table(found, "../")]
    return [*blocks, evidence_map(found)] if found and found[0].steps else blocks


def edges(
    pooled: pd.DataFrame, rows: pd.DataFrame, names: Mapping[str, str], titles: Mapping[str, str]
) -> list[Block]:
    """Each edge pooled, with its cohorts."""
    keys = pooled["source"] + " > " + pooled["target"]
    labels = {
        key: f"{names.get(row.source, row.source)} → {names.get(row.target, row.target)}"
        for key, row in zip(keys, pooled.itertuples(), strict=True)
    }
    named = pooled.assign(name=keys, kind_of=pooled["estimate_type"])
    blocks = _forests(named, rows[rows["kind"] == "edge"], labels, titles)
    columns = [
        t.Column("Edge", lambda row: labels[row["name"]], "text"),
        *_pooled_columns(),
        t.whole("k_unadjusted", "Unadjusted"),
        t.text("status", "Status"),
        t.text("note", "Note", wide=True),
    ]
    caption = (
        "Each edge over the cohorts that estimate it; unadjusted are those that lost a declared "
        "confounder."
    )
    strong = ("supported", SUGGESTIVE, "contradicted")
    return [*blocks, t.table(named, columns, caption, lambda row: row["status"] in strong)]


def associations(
    pooled: pd.DataFrame, rows: pd.DataFrame, names: Mapping[str, str], titles: Mapping[str, str]
) -> list[Block]:
    """Each association pooled; forests of those with the smallest p-values."""
    known = pooled[pooled["estimate"].notna()]
    if known.empty:
        return ["No cohort estimates an association with pain or outcome."]
    known = known.assign(name=known["score"] + ", " + known["endpoint"] + ", " + known["model"])
    labels = {
        row.name: f"{names.get(row.score, row.score)}, {row.endpoint}, {row.model}"
        for row in known.set_index("name", drop=False).itertuples(index=False)
    }
    best = known[known["k"] > 1].sort_values(["pvalue", "name"], kind="stable").head(DRAWN)
    blocks = _forests(best, rows[rows["kind"] == "association"], labels, titles)
    columns = [
        t.renamed("score", names),
        t.text("endpoint"),
        t.text("model"),
        t.Column("Estimate is", lambda row: estimate_name(row["estimate_type"]), "text"),
        *_pooled_columns(),
        t.text("note", "Note", wide=True),
    ]
    caption = (
        "Each association over the cohorts that estimate it; forests are drawn of the "
        f"{len(best)} of several cohorts with the smallest p-values."
    )
    return [*blocks, t.big_table(known, columns, caption, "associations.tsv", "associations")]


def types(moderators: pd.DataFrame, names: Mapping[str, str]) -> list[Block]:
    """Edges by tumor type."""
    if moderators.empty:
        return ["No edge was estimated in a cohort that declares its tumor type."]
    columns = [
        t.renamed("source", names),
        t.renamed("target", names),
        t.text("tumor_type", "Tumor type"),
        t.whole("k", "Cohorts"),
        t.whole("n", "Patients"),
        t.estimate("estimate", "ci_low", "ci_high", "Mean (95% interval)"),
        t.probability("q_between_pvalue", "p, types differ"),
    ]
    caption = "Edges by tumor type, with a test of whether types differ."
    return [t.table(moderators, columns, caption)]


def _forests(
    pooled: pd.DataFrame, rows: pd.DataFrame, labels: Mapping[str, str], titles: Mapping[str, str]
) -> list[Block]:
    drawn = pooled[pooled["estimate"].notna()]
    return [
        forest(group, rows, labels, titles)
        for _, group in drawn.groupby("estimate_type", sort=False)
    ]


def _pooled_columns() -> list[t.Column]:
    return [
        t.whole("k", "Cohorts"),
        t.whole("n", "Patients"),
        t.estimate("estimate", "ci_low", "ci_high", "Mean (95% interval)"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.Column("I²", lambda row: percent(row["i2"]), "number"),
        t.decimal("tau2", "τ²", 3),
        t.probability("q_pvalue", "p, cohorts differ"),
        t.Column("Prediction", lambda row: _range(row, "prediction"), "number"),
        t.Column("Leave one out", lambda row: _range(row, "leave_one_out"), "number"),
    ]


def _range(row: t.Row, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if is_missing(low) or is_missing(high):
        return MISSING
    return f"{number(low)} to {number(high)}"
