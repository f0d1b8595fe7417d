"""The circuit as a whole: one path model of it, and the hypotheses that compete with it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from innervate.circuit.adjustment import adjust
from innervate.circuit.chains import normal_scores
from innervate.circuit.contracts import HYPOTHESES, PATH_FIT, PATH_MODEL
from innervate.circuit.ends import NotMeasurableError, Patients
from innervate.circuit.hypotheses import compare_hypotheses
from innervate.circuit.path_model import fit_path_model
from innervate.config.circuit import Circuit
from innervate.runtime.contract import Table


@dataclass(frozen=True)
class Whole:
    """The circuit as a whole.

    Parameters
    ----------
    coefficients, fit, hypotheses
        Contracts ``path_model``, ``path_fit`` and ``hypotheses``. Where the cohort can't bear
        them, the first is empty and the others are one row with the reason.
    """

    coefficients: pd.DataFrame
    fit: pd.DataFrame
    hypotheses: pd.DataFrame


def fit_whole(patients: Patients, circuit: Circuit) -> Whole:
    """Fit the nodes of the circuit index, and pain, as one model, and compare hypotheses.

    Parameters
    ----------
    patients, circuit
        The cohort, and its circuit. Outcomes that are not numbers stay out; so do nodes that the
        cohort can't measure.
    """
    values = _columns(patients, circuit)
    edges = [
        (edge.source, edge.target)
        for edge in circuit.edges
        if edge.source in values and edge.target in values
    ]
    linked = {end for edge in edges for end in edge}
    causes = [name for name in circuit.evidence.common_causes if patients.measurable(name)]
    nodes = values[[name for name in values.columns if name in linked]].dropna()
    common = patients.values.loc[nodes.index, causes].dropna()
    adjustment = adjust(list(nodes), common.index, len(common), patients, circuit)
    covariates = adjustment.matrix
    who = covariates.index
    nodes = nodes.loc[who].apply(lambda column: pd.Series(normal_scores(column), who))
    model = fit_path_model(nodes, edges, covariates)
    # A common cause competes with the circuit: it is not taken out beforehand.
    others = covariates.drop(columns=[name for name in causes if name in covariates])
    table, reason = compare_hypotheses(nodes, edges, others, common.loc[who])
    if reason:
        table = pd.DataFrame([{"hypothesis": "declared", "n": len(who), "note": reason}])
    fit = pd.DataFrame([{**model.fit, "note": model.reason}])
    if adjustment.unadjusted:
        lost = f"not adjusted for {', '.join(adjustment.unadjusted)}"
        for frame in (fit, table):
            frame["note"] = [f"{note}; {lost}" if note else lost for note in frame["note"]]
    return Whole(
        _with(model.coefficients, PATH_MODEL), _with(fit, PATH_FIT), _with(table, HYPOTHESES)
    )


def _with(frame: pd.DataFrame, contract: Table) -> pd.DataFrame:
    """All columns of a contract, empty where there is nothing to say."""
    return frame.reindex(columns=contract.names)


def _columns(patients: Patients, circuit: Circuit) -> pd.DataFrame:
    columns = {}
    wanted = [name for name, node in circuit.nodes.items() if node.toward]
    for name in [*wanted, *circuit.outcomes]:
        try:
            target = patients.target(name, circuit)
        except NotMeasurableError:
            continue
        if target.kind == "rank" and target.values.notna().any():
            columns[name] = target.values
    return pd.DataFrame(columns, index=patients.values.index)
