"""The evidence for each edge of the circuit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.circuit.adjustment import Adjustment, adjust
from innervate.circuit.effects import ESTIMATE_TYPES, Model, Target
from innervate.circuit.ends import NotMeasurableError, Patients
from innervate.config.circuit import Circuit, Edge
from innervate.config.evidence import SUGGESTIVE, EdgeRule
from innervate.config.settings import EdgeTests
from innervate.statistics.conventions import adjusted_pvalues

Background = Callable[[str, pd.Index], "RandomScores | None"]
"""From a node and patients to its scores and those of matched random sets."""


@dataclass(frozen=True)
class RandomScores:
    """A node's own scores and those of matched random sets, in one assay.

    Parameters
    ----------
    patients
        Those of the asked ones whom the assay measured.
    own
        By patient.
    random
        Draws x patients.
    """

    patients: pd.Index
    own: np.ndarray
    random: np.ndarray


@dataclass(frozen=True)
class Tested:
    """The evidence for all edges.

    Parameters
    ----------
    edges
        Contract ``edges``.
    controls
        Contract ``edge_controls``: each edge given each specificity control.
    """

    edges: pd.DataFrame
    controls: pd.DataFrame


EMPTY = {
    "n": 0, "estimate": np.nan, "estimate_type": "", "se": np.nan, "ci_low": np.nan,
    "ci_high": np.nan, "pvalue": np.nan, "fdr": np.nan, "specificity": np.nan,
    "consistent": None, "explained_by": "", "status": "not measurable", "covariates": "",
    "covariates_dropped": "", "unadjusted_for": "",
}  # fmt: skip
CONTROL_COLUMNS = [
    *("source", "target", "control", "n", "estimate_without", "estimate"),
    *("share_left", "explained", "note"),
]


def assess_edges(
    patients: Patients, circuit: Circuit, background: Background, settings: EdgeTests, seed: int
) -> Tested:
    """Test each edge of a circuit in a cohort.

    An edge between two measurements is a partial rank correlation; one that ends in a survival
    time a Cox model, in a yes or no a logistic, in grades a proportional-odds model, with the
    source in standard deviations. Intervals are from the bootstrap over patients, p-values from
    permutation, the false discovery rate is Benjamini and Hochberg's over the edges that the
    cohort can measure. Specificity is the share of matched random gene sets whose effect, in the
    expected direction, is smaller. An edge that could not be adjusted for each declared confounder
    is neither supported nor contradicted: it is suggestive at most.

    Parameters
    ----------
    patients
        Of `innervate.circuit.ends.patients_of`.
    circuit
        Edges, and the rules by which they count as supported or contradicted.
    background
        Random scores of a node that is measured in RNA.
    settings
        Numbers of draws, permutations and patients.
    seed
        Of all of them.
    """
    rows, controls = [], []
    for number, edge in enumerate(circuit.edges):
        row = {"source": edge.source, "target": edge.target, "expected_sign": edge.sign}
        try:
            found, tried = _test(edge, patients, circuit, background, settings, seed + 10 * number)
        except NotMeasurableError as reason:
            found, tried = {**EMPTY, "note": str(reason)}, []
        rows.append({**row, **found})
        controls += tried
    edges = pd.DataFrame(rows, columns=["source", "target", "expected_sign", *EMPTY, "note"])
    edges["fdr"] = adjusted_pvalues(edges["pvalue"])
    edges["status"] = [_status(row, circuit) for row in edges.itertuples()]
    return Tested(edges, pd.DataFrame(controls, columns=CONTROL_COLUMNS))


def _test(
    edge: Edge,
    patients: Patients,
    circuit: Circuit,
    background: Background,
    settings: EdgeTests,
    seed: int,
) -> tuple[dict, list[dict]]:
    source, model, adjustment = edge_model(edge, patients, circuit, settings)
    effect = model.effect(source, settings.bootstrap, settings.permutations, seed)
    if not np.isfinite(effect.estimate):
        raise NotMeasurableError(
            "the model has no finite estimate (the source separates the outcomes)"
        )
    excludes_zero = effect.low > 0 or effect.high < 0
    controls = _controls(edge, patients, circuit, settings, excludes_zero)
    explained = [row["control"] for row in controls if row["explained"]]
    found = {
        "n": len(source),
        "estimate": effect.estimate,
        "estimate_type": ESTIMATE_TYPES[model.target.kind],
        "se": effect.se,
        "ci_low": effect.low,
        "ci_high": effect.high,
        "pvalue": effect.pvalue,
        "fdr": np.nan,
        "specificity": _specificity(edge, source, model, patients, background),
        "consistent": bool(effect.estimate * edge.sign > 0),
        "explained_by": ";".join(explained),
        "status": "",
        "covariates": ";".join(adjustment.names),
        "covariates_dropped": ";".join(adjustment.dropped),
        "unadjusted_for": ";".join(adjustment.unadjusted),
        "note": "; ".join(adjustment.notes),
    }
    return found, controls


def edge_model(
    edge: Edge, patients: Patients, circuit: Circuit, settings: EdgeTests, further: str = ""
) -> tuple[pd.Series, Model, Adjustment]:
    """Take an edge's source, and its target with covariates, in the patients that have them all.

    Raises
    ------
    NotMeasurableError
        With the reason.
    """
    source, target, both = edge_ends(edge, patients, circuit, settings)
    ends, size = (edge.source, edge.target), target.of(both).size()
    adjustment = adjust(ends, both, size, patients, circuit, further)
    who = adjustment.matrix.index
    _enough(len(who), settings.min_patients)
    model = Model(target.of(who), adjustment.matrix)
    if model.target.size() < settings.min_events:
        raise NotMeasurableError(f"{model.target.size():.0f} events, {settings.min_events} needed")
    obstacle = model.obstacle(source[who])
    if obstacle:
        raise NotMeasurableError(obstacle)
    return source[who], model, adjustment


def edge_ends(
    edge: Edge, patients: Patients, circuit: Circuit, settings: EdgeTests
) -> tuple[pd.Series, Target, pd.Index]:
    """Values of an edge's source, its target, and the patients that have both.

    Raises
    ------
    NotMeasurableError
        With the reason.
    """
    source = patients.node(edge.source).dropna()
    target = patients.target(edge.target, circuit)
    both = source.index.intersection(target.known())
    _enough(len(both), settings.min_patients)
    return source, target, both


def _enough(count: int, needed: int) -> None:
    if count < needed:
        raise NotMeasurableError(f"{count} patients have both ends, {needed} needed")


def _controls(
    edge: Edge, patients: Patients, circuit: Circuit, settings: EdgeTests, excludes_zero: bool
) -> list[dict]:
    """The edge's effect with and without each specificity control, in the same patients."""
    rows = []
    for name in circuit.evidence.specificity:
        row = {"source": edge.source, "target": edge.target, "control": name, "n": 0}
        row |= dict.fromkeys(("estimate_without", "estimate", "share_left"), np.nan)
        row |= {"explained": False, "note": ""}
        rows.append(row)
        try:
            patients.node(name)
            source, model, _ = edge_model(edge, patients, circuit, settings, name)
        except NotMeasurableError as reason:
            row["note"] = str(reason)
            continue
        names = [column for column in model.covariates.columns if column != name]
        without = Model(model.target, model.covariates[names]).estimate(source)
        given = model.estimate(source)
        row |= {"n": len(source), "estimate_without": without, "estimate": given}
        row["share_left"] = given / without if without else np.nan
        if excludes_zero:
            row["explained"] = bool(row["share_left"] < circuit.evidence.explained_below)
        else:
            row["note"] = "no effect to explain: its interval holds zero"
    return rows


def _specificity(
    edge: Edge, source: pd.Series, model: Model, patients: Patients, background: Background
) -> float:
    """Share of random sets with a smaller signed effect; of two ends the smaller share."""
    shares = []
    if patients.by_rna(edge.source):
        shares.append(_share(edge.source, edge.sign, model, background))
    if model.target.kind == "rank" and patients.by_rna(edge.target):
        # A correlation is the same from either end.
        turned = Model(type(model.target)("rank", source), model.covariates)
        shares.append(_share(edge.target, edge.sign, turned, background))
    known = [share for share in shares if np.isfinite(share)]
    return min(known) if known else np.nan


def _share(name: str, sign: int, model: Model, background: Background) -> float:
    scores = background(name, model.covariates.index)
    if scores is None:
        return np.nan
    here = _independent(model.covariates.loc[scores.patients])
    part = Model(model.target.of(scores.patients), here)
    observed = sign * part.association(scores.own)[0]
    random = sign * part.association(scores.random)
    random = random[np.isfinite(random)]
    return float(np.mean(random < observed)) if len(random) else np.nan


def _independent(columns: pd.DataFrame) -> pd.DataFrame:
    """Covariates that still vary in fewer patients."""
    return columns.loc[:, columns.nunique() > 1]


def _status(row, circuit: Circuit) -> str:
    if not np.isfinite(row.pvalue):
        return "not measurable"
    if _holds(row, circuit.evidence.supported):
        return SUGGESTIVE if row.unadjusted_for else "supported"
    # A claim against the circuit takes its confounders, too.
    if _holds(row, circuit.evidence.contradicted) and not row.unadjusted_for:
        return "contradicted"
    return "inconclusive"


def _holds(row, rule: EdgeRule) -> bool:
    specific = not np.isfinite(row.specificity) or row.specificity >= rule.specificity_at_least
    return (
        row.consistent == (rule.direction == "expected")
        and row.fdr < rule.fdr_below
        and (not rule.interval_excludes_zero or row.ci_low > 0 or row.ci_high < 0)
        and specific
        and not (rule.survives_controls and row.explained_by)
    )
