"""Published predictors of response to checkpoint blockade, to hold the circuit against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression

MUTATIONS = "tumor_mutational_burden"
TUMOR = "tumor"
"""Tissue that they are scored in."""

INFLAMED = "CCL5"
"""The gene of the published profile that the circuit's own set leaves out, as it is a node."""


@dataclass(frozen=True)
class Baseline:
    """A predictor.

    Parameters
    ----------
    label
        As it is to be shown.
    sign
        1 where more of it is to mean a response, else -1; fixed beforehand.
    source
        Where it comes from.
    """

    label: str
    sign: int
    source: str


BASELINES = {
    "cd274": Baseline("CD274 (PD-L1) expression", 1, "Herbst 2014, doi:10.1038/nature14011"),
    "t_inflamed": Baseline(
        "T-cell-inflamed profile, unweighted", 1, "Ayers 2017, doi:10.1172/JCI91190"
    ),
    "cytolytic": Baseline(
        "cytolytic activity (GZMA, PRF1)", 1, "Rooney 2015, doi:10.1016/j.cell.2014.12.033"
    ),
    "cxcl9": Baseline("CXCL9 expression", 1, "Litchfield 2021, doi:10.1016/j.cell.2021.01.002"),
    "cxcl9_spp1": Baseline("CXCL9:SPP1", 1, "Bill 2023, doi:10.1126/science.ade2292"),
    "dysfunction": Baseline(
        "T-cell dysfunction, in the manner of TIDE", -1, "Jiang 2018, doi:10.1038/s41591-018-0136-1"
    ),
    "exclusion": Baseline(
        "T-cell exclusion, in the manner of TIDE", -1, "Jiang 2018, doi:10.1038/s41591-018-0136-1"
    ),
    MUTATIONS: Baseline(
        "tumor mutational burden", 1, "Samstein 2019, doi:10.1038/s41588-018-0312-8"
    ),
}
"""By name. TIDE itself is not computed: it needs its own trained weights and a reference."""


PARTS: dict[str, dict[str, float]] = {
    "cd274": {"CD274": 1.0},
    "t_inflamed": {"T_INFLAMED": 1.0},
    "cytolytic": {"GZMA": 0.5, "PRF1": 0.5},
    "cxcl9": {"CXCL9": 1.0},
    "cxcl9_spp1": {"CXCL9": 1.0, "SPP1": -1.0},
    "dysfunction": {"T_DYSFUNCTION": 1.0, "CYTOLYTIC": -1.0},
    "exclusion": {"STROMA": 0.5, "M2_LIKE": 0.5},
}
"""Genes and gene sets of each predictor that is expression, with their weights."""


def no_bulk(reason: str = "no bulk expression") -> dict[str, str]:
    """Why none of those that are expression can be measured, for each of them."""
    return dict.fromkeys(PARTS, reason)


def score_baselines(
    expression: Expression, sets: Mapping[str, GeneSet], min_coverage: float
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Score what expression can measure of the published predictors.

    Single genes and ratios are log2 expression. The T-cell-inflamed profile is the mean z of its
    18 genes: the published weights are patented and not used. Dysfunction is the mean z of a
    program of dysfunctional CD8 T cells less that of cytolytic genes; exclusion the mean z of
    fibroblast and M2-like macrophage genes: both say what TIDE's parts say, with other genes.

    Parameters
    ----------
    expression
        Of the tumors.
    sets
        Gene sets of the species.
    min_coverage
        Share of a set's genes that must be expressed.

    Returns
    -------
    tuple
        Samples x predictors; and, of those that can't be measured, why.
    """
    if expression.values.empty:
        return pd.DataFrame(index=[]), no_bulk("no tumor sample")
    scores: dict[str, pd.Series] = {}
    reasons: dict[str, str] = {}
    for name, parts in PARTS.items():
        lacking = [what for what in parts if not _usable(what, expression, sets, min_coverage)]
        if lacking:
            reasons[name] = f"too few genes expressed of: {', '.join(lacking)}"
            continue
        values = [weight * _value(what, expression, sets) for what, weight in parts.items()]
        scores[name] = sum(values)
    if "t_inflamed" in scores and _usable(INFLAMED, expression, sets, min_coverage):
        count = len(expression.found(sets["T_INFLAMED"]))
        extra = expression.z[expression.gene(INFLAMED)]
        scores["t_inflamed"] = (count * scores["t_inflamed"] + extra) / (count + 1)
    return pd.DataFrame(scores, index=expression.values.index), reasons


def _usable(
    what: str, expression: Expression, sets: Mapping[str, GeneSet], min_coverage: float
) -> bool:
    if what in sets:
        return len(expression.found(sets[what])) >= min_coverage * len(sets[what].genes)
    return bool(expression.expressed.get(expression.gene(what), False))


def _value(what: str, expression: Expression, sets: Mapping[str, GeneSet]) -> pd.Series:
    if what in sets:
        return expression.set_score(sets[what])
    return expression.values[expression.gene(what)]


def by_patient(scores: pd.DataFrame, samples: pd.DataFrame, baseline: str | None) -> pd.DataFrame:
    """Mean over a patient's samples, of the timepoint that stands for the patient.

    Parameters
    ----------
    scores
        Samples x predictors.
    samples
        Contract ``samples``.
    baseline
        Timepoint, or None where the cohort has one only.
    """
    chosen = samples if baseline is None else samples[samples["timepoint"] == baseline]
    patients = chosen.set_index("sample")["patient"]
    scores = scores[scores.index.isin(patients.index)]
    return scores.groupby(patients.loc[scores.index].to_numpy()).mean()
