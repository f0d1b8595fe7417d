"""How well the circuit and published predictors tell who responds to treatment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.clinical.associations import INDEX
from innervate.clinical.baselines import BASELINES, MUTATIONS
from innervate.clinical.models import Row
from innervate.clinical.roc import Area, area, curve, difference, placements
from innervate.clinical.signature import Signature, cross_validated, fold_area
from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical

SIGNATURE = "signature"
THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.05), 2)
"""Probabilities of response from which a patient would be treated."""

GROUP = 8
"""Patients of each group of the calibration curve, at least; there are five groups at most."""

PREDICTION = [
    *("response", "predictor", "kind", "n", "n_responders", "auc", "ci_low", "ci_high", "pvalue"),
    *("auc_difference", "difference_low", "difference_high", "difference_pvalue", "note"),
]
ROC = ["response", "predictor", "false_positive_rate", "true_positive_rate"]
CALIBRATION = [
    *("response", "group", "n", "predicted", "observed", "observed_low", "observed_high"),
    *("slope", "slope_low", "slope_high", "intercept"),
]
DECISION = ["response", "threshold", "n", "signature", "treat_all", "treat_none"]


@dataclass(frozen=True)
class Prediction:
    """Tables of the contracts ``prediction, roc, calibration`` and ``decision``."""

    prediction: pd.DataFrame
    roc: pd.DataFrame
    calibration: pd.DataFrame
    decision: pd.DataFrame


@dataclass(frozen=True)
class _Predictor:
    name: str
    kind: str
    values: pd.Series
    """By patient; higher is to mean a response."""
    reason: str = ""


def predict(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    baselines: pd.DataFrame,
    reasons: Mapping[str, str],
    circuit: Circuit,
    clinical: ClinicalTable,
    settings: Clinical,
    seed: int,
) -> Prediction:
    """Hold the circuit's nodes, index and signature against published predictors.

    Which way a predictor is to point is fixed beforehand and never taken from the data: an area
    below one half stays below. The signature is a ridge logistic regression on the measured nodes;
    its probabilities are those for patients who took no part in fitting it.

    Parameters
    ----------
    joined
        Of `innervate.clinical.join.join`.
    nodes
        Of `innervate.circuit.patients.score_patients`.
    baselines
        Patients x predictors, of `innervate.clinical.baselines`.
    reasons
        Why a predictor is not among them.
    circuit
        Which way its nodes point: toward the active circuit is away from a response.
    clinical
        Declares the responses and the column of the mutational burden.
    settings
        Smallest numbers of patients and responders.
    seed
        Of the folds.
    """
    joined = joined.set_index("patient")
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in ("p", "r", "c", "d")}
    for name, spec in clinical.response.items():
        response = f"response_{name}"
        if len(set(spec.grades().values())) > 2:
            note = "graded: declare `responders` to have it predicted"
            found["p"].append(pd.DataFrame([{"response": response, "note": note}]))
            continue
        answer = joined[response].dropna().astype(bool)
        signature = cross_validated(joined, answer, _usable_nodes(nodes, circuit), seed)
        predictors = _predictors(joined, nodes, baselines, reasons, circuit, clinical)
        rows, points = _compare(predictors, answer, settings)
        rows.insert(1, _of_signature(signature, predictors[0].values, answer))
        if isinstance(signature, Signature):
            probability = signature.probability
            drawn = curve(probability.to_numpy(), answer.loc[probability.index].to_numpy())
            points = pd.concat([points, drawn.assign(predictor=SIGNATURE)])
            found["c"].append(_calibration(probability, answer).assign(response=response))
            found["d"].append(_decision(probability, answer).assign(response=response))
        found["p"].append(pd.DataFrame(rows).assign(response=response))
        found["r"].append(points.assign(response=response))
    columns = {"p": PREDICTION, "r": ROC, "c": CALIBRATION, "d": DECISION}
    tables = [
        pd.concat(found[key], ignore_index=True).reindex(columns=names)
        if found[key]
        else pd.DataFrame(columns=names)
        for key, names in columns.items()
    ]
    tables[0] = tables[0].fillna({"predictor": "", "kind": "", "note": "", "n": 0})
    return Prediction(*tables)


def _usable_nodes(nodes: pd.DataFrame, circuit: Circuit) -> list[str]:
    measured = set(nodes.loc[nodes["status"] == "measured", "node"])
    return [name for name, node in circuit.nodes.items() if node.toward and name in measured]


def _predictors(
    joined: pd.DataFrame,
    nodes: pd.DataFrame,
    baselines: pd.DataFrame,
    reasons: Mapping[str, str],
    circuit: Circuit,
    clinical: ClinicalTable,
) -> list[_Predictor]:
    nothing = pd.Series(dtype=float)
    why = nodes.set_index("node")["reason"].fillna("").to_dict()
    measured = set(_usable_nodes(nodes, circuit))
    predictors = [_Predictor(INDEX, "index", -joined[INDEX])]
    for name, node in circuit.nodes.items():
        if node.toward:
            values = -node.toward * joined[name] if name in measured else nothing
            predictors.append(
                _Predictor(name, "node", values, "" if name in measured else why[name])
            )
    for name, baseline in BASELINES.items():
        if name == MUTATIONS:
            column = clinical.tumor_mutational_burden
            values = nothing if column is None else joined[column].astype(float)
            reason = "not declared" if column is None else ""
        else:
            values = baselines.get(name, nothing)
            reason = reasons.get(name, "")
        predictors.append(_Predictor(name, "baseline", baseline.sign * values, reason))
    return predictors


def _compare(
    predictors: list[_Predictor], answer: pd.Series, settings: Clinical
) -> tuple[list[Row], pd.DataFrame]:
    rows, points = [], []
    index = predictors[0].values.dropna()
    for one in predictors:
        values = one.values.dropna()
        values = values[values.index.isin(answer.index)]
        positive = answer.loc[values.index].to_numpy()
        row: Row = {"predictor": one.name, "kind": one.kind, "n": len(values)}
        row |= {"n_responders": int(positive.sum()), "note": one.reason}
        rarer = min(positive.sum(), (~positive).sum())
        if not one.reason and (len(values) < settings.min_patients or rarer < settings.min_events):
            row["note"] = (
                f"{len(values)} patients, {rarer} of the rarer answer; {settings.min_patients} and "
                f"{settings.min_events} needed"
            )
        if not row["note"]:
            row |= _areas(values, index, positive, answer, one.name)
            drawn = curve(values.to_numpy(), positive)
            points.append(drawn.assign(predictor=one.name))
        rows.append(row)
    return rows, pd.concat(points) if points else pd.DataFrame(columns=ROC)


def _areas(
    values: pd.Series, index: pd.Series, positive: np.ndarray, answer: pd.Series, name: str
) -> Row:
    row = _area_row(area(placements(values.to_numpy(float), positive)))
    both = values.index.intersection(index.index)
    told = answer.loc[both].to_numpy()
    if name != INDEX and min(told.sum(), (~told).sum()) > 1:
        mine = placements(values[both].to_numpy(float), told)
        theirs = placements(index[both].to_numpy(float), told)
        row |= _difference_row(difference(mine, theirs))
    return row


def _of_signature(signature: Signature | str, index: pd.Series, answer: pd.Series) -> Row:
    row: Row = {"predictor": SIGNATURE, "kind": SIGNATURE, "n": 0, "n_responders": 0, "note": ""}
    if isinstance(signature, str):
        return {**row, "note": signature}
    patients = signature.probability.index
    told = answer.loc[patients].to_numpy()
    row |= {"n": len(told), "n_responders": int(told.sum())}
    own = np.array([_within(fold, answer) for fold in signature.folds])
    found = fold_area(own, 0.5)
    bounds = np.clip([found.low, found.high], 0, 1)
    row |= _area_row(found._replace(low=bounds[0], high=bounds[1]))
    if index.reindex(patients).notna().all():
        theirs = np.array([_within(index.loc[fold.index], answer) for fold in signature.folds])
        row |= _difference_row(fold_area(own - theirs, 0.0))
    return row


def _within(values: pd.Series, answer: pd.Series) -> float:
    return placements(values.to_numpy(float), answer.loc[values.index].to_numpy()).area


def _area_row(own: Area) -> Row:
    return {"auc": own.estimate, "ci_low": own.low, "ci_high": own.high, "pvalue": own.pvalue}


def _difference_row(gap: Area) -> Row:
    return {
        "auc_difference": gap.estimate,
        "difference_low": gap.low,
        "difference_high": gap.high,
        "difference_pvalue": gap.pvalue,
    }


def _calibration(probability: pd.Series, answer: pd.Series) -> pd.DataFrame:
    """Predicted and observed shares, by groups of patients; slope and intercept (Cox 1958)."""
    import statsmodels.api as sm

    told = answer.loc[probability.index].to_numpy(float)
    count = max(1, min(5, len(told) // GROUP))
    group = pd.qcut(probability.rank(method="first"), count, labels=False).to_numpy()
    rows = []
    for number in range(count):
        here = group == number
        low, high = _wilson(told[here].sum(), here.sum())
        rows.append({"group": number + 1, "n": int(here.sum()), "observed": told[here].mean(),
                     "predicted": probability[here].mean(), "observed_low": low,
                     "observed_high": high})  # fmt: skip
    logit = np.log(probability / (1 - probability)).to_numpy()
    fit = sm.Logit(told, sm.add_constant(logit)).fit(disp=0)
    at_large = sm.GLM(told, np.ones(len(told)), family=sm.families.Binomial(), offset=logit).fit()
    low, high = fit.conf_int()[1]
    return pd.DataFrame(rows).assign(
        slope=fit.params[1], slope_low=low, slope_high=high, intercept=at_large.params[0]
    )


def _wilson(hits: float, count: int) -> tuple[float, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, count, method="wilson")
    return float(low), float(high)


def _decision(probability: pd.Series, answer: pd.Series) -> pd.DataFrame:
    """Net benefit of treating by the signature, all, or none (Vickers and Elkin 2006)."""
    told = answer.loc[probability.index].to_numpy()
    rows = []
    for threshold in THRESHOLDS:
        odds = threshold / (1 - threshold)
        treated = (probability >= threshold).to_numpy()
        benefit = (treated & told).mean() - odds * (treated & ~told).mean()
        everyone = told.mean() - odds * (~told).mean()
        rows.append({"threshold": threshold, "n": len(told), "signature": benefit,
                     "treat_all": everyone, "treat_none": 0.0})  # fmt: skip
    return pd.DataFrame(rows)
