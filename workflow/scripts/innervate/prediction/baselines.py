"""Known predictors of response to checkpoint blockade, with which the circuit is compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from innervate.config.circuit import Node
from innervate.config.measures import GeneMeasure, Measure, RatioMeasure, SetMeasure
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet
from innervate.runtime.files import RESOURCES
from innervate.scoring.expression import adjusting, of_tissue, standardize
from innervate.scoring.measures import Ruler

if TYPE_CHECKING:
    from anndata import AnnData

TISSUE = "tumor"
MUTATIONS = "tumor_mutational_burden"
MUTATIONS_LABEL = "Tumor mutational burden"
MUTATIONS_SIGN = 1
"""A higher burden is to mean a response (Rizvi 2015, doi:10.1126/science.aaa1348)."""

HIGHER_MEANS = {"response": 1, "no response": -1}
"""Signs of the directions that resources/clinical/baselines.tsv writes."""


@dataclass(frozen=True)
class Baseline:
    """A known predictor, and which way it points, as published.

    Parameters
    ----------
    label
        For figures.
    parts
        What is measured in the tumor; several are averaged, gene sets as z.
    sign
        1 where higher values are to mean a response, -1 where none.
    given
        Set whose score is taken out by least squares.
    """

    label: str
    parts: tuple[Measure, ...]
    sign: int
    given: str = ""

    def same_as(self, node: Node) -> bool:
        """Whether a node of the circuit is this very quantity, be it the other way up."""
        if len(self.parts) > 1 or self.given or node.tissue != TISSUE:
            return False
        plain = node.primary == "plain" or not node.adjust_for
        rna = [quantity(measure) for measure in node.measures if measure.kind != "assay"]
        return plain and quantity(self.parts[0]) in rna


def _read() -> dict[str, Baseline]:
    """The predictors of resources/clinical/baselines.tsv, where their sources and limits stand."""
    path = RESOURCES / "clinical/baselines.tsv"
    rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    return {
        row.baseline: Baseline(
            row.label, _parts(row.kind, row.parts), HIGHER_MEANS[row.higher_means], row.given
        )
        for row in rows.itertuples()
    }


def _parts(kind: str, names: str) -> tuple[Measure, ...]:
    parts = names.split(";")
    if kind == "ratio":
        return (RatioMeasure(kind="ratio", numerator=parts[0], denominator=parts[1]),)
    if kind == "set":
        return tuple(SetMeasure(kind="set", set=name) for name in parts)
    return tuple(GeneMeasure(kind="gene", gene=name) for name in parts)


def quantity(measure: Measure) -> frozenset[str]:
    """What a measure is made of, whichever way up."""
    return frozenset(map(str, measure.model_dump().values()))


BASELINES = _read()


@dataclass(frozen=True)
class BaselineScores:
    """Known predictors by patient.

    Parameters
    ----------
    values
        Patients x those that could be measured.
    reasons
        Why each of the others could not.
    """

    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    reasons: dict[str, str] = field(default_factory=dict)


def score_baselines(
    bulk: AnnData | None, sets: dict[str, GeneSet], settings: Scoring, timepoint: str | None
) -> BaselineScores:
    """Score the known predictors in the tumor samples that stand for the patients.

    Parameters
    ----------
    bulk
        ``bulk/bulk.h5ad``, or None where the cohort has no bulk expression.
    sets
        Curated sets of the species.
    settings
        Shares of samples and of genes that must be detected, as for the nodes.
    timepoint
        That stands for the patient, or None where there is one.

    Returns
    -------
    BaselineScores
        Several samples of a patient are averaged, as for the nodes.
    """
    if bulk is None:
        return BaselineScores(reasons=dict.fromkeys(BASELINES, "the cohort has no bulk expression"))
    expression = of_tissue(bulk, TISSUE, settings.min_detection)
    samples = len(expression.values)
    if samples < settings.min_samples:
        reason = f"{samples} bulk samples of tissue {TISSUE}, {settings.min_samples} needed"
        return BaselineScores(reasons=dict.fromkeys(BASELINES, reason))
    ruler = Ruler(expression, sets, settings.min_coverage, draws=0, seed=0)
    facts = bulk.obs.loc[expression.values.index]
    chosen = facts.index if timepoint is None else facts.index[facts["timepoint"] == timepoint]
    patient = facts.loc[chosen, "patient"].astype(str)
    values, reasons = {}, {}
    for name, baseline in BASELINES.items():
        score, reason = _score(baseline, ruler)
        if reason:
            reasons[name] = reason
        else:
            values[name] = score[chosen].groupby(patient).mean()
    return BaselineScores(pd.DataFrame(values), reasons)


def _score(baseline: Baseline, ruler: Ruler) -> tuple[pd.Series | None, str]:
    taken = [ruler.measure(part) for part in baseline.parts]
    reasons = [one.reason for one in taken]
    if baseline.given:
        reasons.append(ruler.coverage([baseline.given])[2])
    if any(reasons):
        return None, "; ".join(filter(None, reasons))
    parts = [standardize(one.score) if one.measure.kind == "set" else one.score for one in taken]
    score = sum(parts) / len(parts)
    if baseline.given:
        rest = adjusting(ruler.expression, [ruler.sets[baseline.given]]) @ score.to_numpy()
        score = pd.Series(rest, index=score.index)
    return score, ""
