"""How well nodes, circuit index, signature and known predictors predict a response."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.clinical.associations import INDEX
from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.direction import Direction
from innervate.config.settings import Clinical
from innervate.prediction.baselines import BaselineScores
from innervate.prediction.discrimination import (
    area,
    area_over_folds,
    areas_of,
    difference,
    difference_over_folds,
    roc_points,
)
from innervate.prediction.predictors import Predictor, judged_once, of_baselines, of_index, of_nodes
from innervate.prediction.signature import MIN_RARER, PERMUTATIONS, out_of_fold
from innervate.statistics.association_models import Row
from innervate.statistics.conventions import adjusted_pvalues
from innervate.statistics.probability_calibration import calibration, decision_curve

SIGNATURE = "signature"
LEARNED = Direction(1, "learned")
"""The signature's: it is the predicted probability of a response."""

COVERED = 0.8
"""Share of the patients with a response and any node that must have a node for it to enter the
signature."""

HIGHER_MEANS = {1: "response", -1: "no response", 0: ""}
TABLE = [
    *("response", "predictor", "kind", "higher_means", "direction_from", "same_as", "n"),
    *("n_responders", "auc", "ci_low", "ci_high", "pvalue", "fdr", "n_common"),
    *("auc_difference", "difference_low", "difference_high", "difference_pvalue", "note"),
]
ROC = ["response", "predictor", "false_positive_rate", "true_positive_rate"]
CALIBRATION = [
    *("response", "bin", "n", "predicted", "observed", "ci_low", "ci_high", "intercept"),
    *("intercept_low", "intercept_high", "slope", "slope_low", "slope_high", "note"),
]
DECISION = ["response", "threshold", "n", "signature", "treat_all", "treat_none"]


@dataclass(frozen=True)
class Predictions:
    """What predicts a response, and how well.

    Parameters
    ----------
    table, roc, calibration, decision
        Contracts ``prediction``, ``roc``, ``calibration``, ``decision``.
    """

    table: pd.DataFrame
    roc: pd.DataFrame
    calibration: pd.DataFrame
    decision: pd.DataFrame


def predict(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    baselines: BaselineScores,
    clinical: ClinicalTable,
    circuit: Circuit,
    settings: Clinical,
    seed: int,
) -> Predictions:
    """Judge each predictor of each response that has two grades.

    Directions are fixed beforehand: a node's and the index's by the circuit file, a known
    predictor's as published. What points the wrong way in a cohort keeps its area below one half;
    what has no direction is a row with that reason and no area. A quantity that is both a node and
    a known predictor is judged once. In a trial with arms only treated patients are used. The false
    discovery rate is Benjamini and Hochberg's over the predictors of a response.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`, with the measure of each.
    baselines
        Of `innervate.prediction.baselines.score_baselines`.
    clinical
        Declares responses, the arm and the column of the tumor mutational burden.
    circuit
        Which way its nodes point.
    settings
        Smallest numbers of patients and of the rarer answer.
    seed
        Of the cross-validation.
    """
    patients = joined.set_index("patient")
    if clinical.arm:
        patients = patients[patients["arm"] == 1]
    rows, curves, bins, decisions = [], [], [], []
    for number, (name, declared) in enumerate(clinical.response.items()):
        column = f"response_{name}"
        if len(set(declared.grades().values())) > 2:
            rows.append(pd.DataFrame([_graded(column, patients, circuit)]))
            continue
        answer = patients[column].dropna()
        signature = _signature(patients, nodes, circuit, answer, [seed, number])
        found = of_nodes(patients, nodes, circuit)
        known = of_baselines(patients, baselines, clinical)
        scores = judged_once(found, known, nodes, circuit)
        predictors = [of_index(patients, circuit), signature, *scores]
        rows.append(_judged(column, predictors, answer, settings))
        estimated = set(rows[-1].loc[rows[-1]["auc"].notna(), "predictor"])
        for one in predictors:
            if one.name in estimated:
                points = roc_points(*_common(answer, one.turned()))
                curves.append(points.assign(response=column, predictor=one.name))
        if SIGNATURE in estimated:
            score, found = _common(answer, signature.score)
            bins.append(calibration(score, found).assign(response=column))
            decisions.append(decision_curve(score, found).assign(response=column))
    return Predictions(
        _stacked(rows, TABLE), _stacked(curves, ROC), _stacked(bins, CALIBRATION),
        _stacked(decisions, DECISION),
    )  # fmt: skip


def _stacked(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True).reindex(columns=columns)


def _common(answer: pd.Series, *scores: pd.Series) -> list[pd.Series]:
    """Scores, then the answer, of the patients who have all of them."""
    whole = pd.concat([*scores, answer], axis=1, join="inner").dropna()
    return [whole.iloc[:, place] for place in range(whole.shape[1])]


def _about(column: str, one: Predictor) -> Row:
    direction = one.direction
    return {"response": column, "predictor": one.name, "kind": one.kind,
            "higher_means": HIGHER_MEANS[direction.sign], "direction_from": direction.source,
            "same_as": one.same_as}  # fmt: skip


def _graded(column: str, patients: pd.DataFrame, circuit: Circuit) -> Row:
    note = "several grades and no `responders` declared, so that there is no yes or no to predict"
    known = int(patients[column].notna().sum())
    return {**_about(column, of_index(patients, circuit)), "n": known, "note": note}


def _signature(
    patients: pd.DataFrame,
    nodes: pd.DataFrame,
    circuit: Circuit,
    answer: pd.Series,
    seed: list[int],
) -> Predictor:
    measured = nodes.loc[nodes["status"].eq("measured") & ~nodes["control"].astype(bool), "node"]
    known = patients.loc[answer.index, measured].astype(float).dropna(how="all")
    chosen = known.columns[(known.notna().mean() >= COVERED) & (known.std() > 0)]
    values = known[chosen].dropna()
    rarer = int(answer[values.index].value_counts().reindex([0.0, 1.0], fill_value=0).min())
    nothing = pd.Series(np.nan, index=patients.index)
    if len(chosen) < 2:
        reason = f"{len(chosen)} nodes with a value in {COVERED:.0%} of the patients, 2 needed"
        return Predictor(SIGNATURE, "signature", nothing, LEARNED, reason)
    if rarer < MIN_RARER:
        reason = f"{rarer} patients with the rarer answer, {MIN_RARER} needed"
        return Predictor(SIGNATURE, "signature", nothing, LEARNED, reason)
    note = f"of {', '.join(chosen)}; cross-validated"
    known = answer[values.index]
    found = out_of_fold(values, known, seed)
    null = permuted_areas(values, known, seed)
    return Predictor(
        SIGNATURE, "signature", found.probability, LEARNED, note=note, folds=found.folds, null=null
    )


def permuted_areas(nodes: pd.DataFrame, answer: pd.Series, seed: list[int]) -> np.ndarray:
    """Areas of signatures learned, folds and all, from permuted answers.

    Parameters
    ----------
    nodes, answer, seed
        As in `innervate.prediction.signature.out_of_fold`.
    """
    areas = []
    for number in range(PERMUTATIONS):
        mixed = np.random.default_rng([*seed, number, 1]).permutation(answer)
        mixed = pd.Series(mixed, index=answer.index)
        folds = out_of_fold(nodes, mixed, [*seed, number, 2]).folds
        areas.append(areas_of(folds, mixed).mean())
    return np.array(areas)


def _judged(
    column: str, predictors: list[Predictor], answer: pd.Series, settings: Clinical
) -> pd.DataFrame:
    index = predictors[0].turned()
    rows = [_row(column, one, index, answer, settings) for one in predictors]
    table = pd.DataFrame(rows).reindex(columns=TABLE)
    table["fdr"] = adjusted_pvalues(table["pvalue"])
    return table


def _row(
    column: str, one: Predictor, index: pd.Series, answer: pd.Series, settings: Clinical
) -> Row:
    score, found = _common(answer, one.turned())
    responders = int(found.sum())
    row: Row = {
        **_about(column, one),
        "n": len(found),
        "n_responders": responders,
        "note": one.reason or _too_few(len(found), responders, settings),
    }
    if row["note"]:
        return row
    row |= area_over_folds(one.folds, found, one.null) if one.folds else area(score, found)
    row["note"] = "; ".join(filter(None, [one.note, row["note"]]))
    if one.name != INDEX:
        score, other, found = _common(answer, one.turned(), index)
        row["n_common"] = len(found)
        if not _too_few(len(found), int(found.sum()), settings):
            row |= (
                difference_over_folds(one.folds, other, found, one.null)
                if one.folds
                else difference(score, other, found)
            )
    return row


def _too_few(count: int, responders: int, settings: Clinical) -> str:
    """Why an area can't be estimated; empty where it can."""
    if count < settings.min_patients:
        return f"{count} patients, {settings.min_patients} needed"
    rarer = min(responders, count - responders)
    if rarer < settings.min_events:
        return f"{rarer} patients with the rarer answer, {settings.min_events} needed"
    return ""
