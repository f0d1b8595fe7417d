"""What is tried as a predictor of response: scores by patient, each with a direction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from innervate.circuit.ends import ASSAY
from innervate.clinical.associations import INDEX
from innervate.config.circuit import Circuit, Node
from innervate.config.clinical import ClinicalTable
from innervate.config.direction import Direction
from innervate.prediction.baselines import (
    BASELINES,
    MUTATIONS,
    MUTATIONS_SIGN,
    BaselineScores,
    quantity,
)

UNDIRECTED = (
    "no direction: no edge of the circuit says whether higher values mean a response, and the "
    "circuit file does not declare it (to_response)"
)


@dataclass(frozen=True)
class Predictor:
    """A score by patient, and which way it points; or why it is not judged.

    Parameters
    ----------
    name
        Of the node, index, signature or known predictor.
    kind
        ``node``, ``index``, ``signature`` or ``baseline``.
    score
        By patient.
    direction
        What higher values are to mean. It has no default: a score without a direction is never
        taken to rise with response.
    reason
        Why it is not judged; empty where it is.
    note
        What a reader should know of it.
    same_as
        The predictor that is the same quantity and is judged in the place of this one.
    folds, null
        Of a cross-validated score: its values in each fold, and its areas with the answers
        permuted.
    """

    name: str
    kind: str
    score: pd.Series
    direction: Direction
    reason: str = ""
    note: str = ""
    same_as: str = ""
    folds: list[pd.Series] = field(default_factory=list)
    null: np.ndarray = field(default_factory=lambda: np.empty(0))

    def turned(self) -> pd.Series:
        """The score, turned so that higher values are to mean a response; NaN if undirected."""
        sign = self.direction.sign
        return sign * self.score if sign else self.score * np.nan


def of_index(patients: pd.DataFrame, circuit: Circuit) -> Predictor:
    """The circuit index."""
    direction = circuit.index_direction()
    reason = "" if direction.sign else UNDIRECTED
    return Predictor(INDEX, "index", patients[INDEX].astype(float), direction, reason)


def of_nodes(patients: pd.DataFrame, nodes: pd.DataFrame, circuit: Circuit) -> list[Predictor]:
    """Every node of the circuit, no control; of two that are one quantity the first is judged.

    Parameters
    ----------
    patients
        Scores by patient.
    nodes
        Of `innervate.circuit.patients.score_patients`.
    circuit
        Which way its nodes point.
    """
    found, judged = [], {}
    for row in nodes[~nodes["control"].astype(bool)].itertuples():
        direction = circuit.direction(row.node)
        reason = "" if direction.sign else UNDIRECTED
        reason = f"not measurable: {row.reason}" if row.status == "not measurable" else reason
        score = patients[row.node].astype(float)
        one = Predictor(row.node, "node", score, direction, reason)
        if not reason:
            first = judged.setdefault(_made_of(circuit.nodes[row.node]), row.node)
            one = one if first == row.node else _in_place_of(one, first)
        found.append(one)
    return found


def _made_of(node: Node) -> tuple:
    """What two nodes that are one quantity share, whichever way up each is."""
    adjusted = tuple(node.adjust_for) if node.primary == "adjusted" else ()
    return node.tissue, tuple(map(quantity, node.measures)), adjusted, str(node.cells)


def _in_place_of(one: Predictor, other: str) -> Predictor:
    reason = f"the same quantity as {other}, which is judged in its place"
    return replace(one, reason=reason, same_as=other)


def of_baselines(
    patients: pd.DataFrame, baselines: BaselineScores, clinical: ClinicalTable
) -> list[Predictor]:
    """Known predictors, the tumor mutational burden last.

    Parameters
    ----------
    patients
        Clinical columns by patient.
    baselines
        Of `innervate.prediction.baselines.score_baselines`.
    clinical
        Names the column of the tumor mutational burden.
    """
    nothing = pd.Series(np.nan, index=patients.index)
    found = []
    for name, baseline in BASELINES.items():
        reason = baselines.reasons.get(name, "")
        score = nothing if reason else baselines.values[name]
        reason = f"not measurable: {reason}" if reason else ""
        direction = Direction(baseline.sign, "published")
        found.append(Predictor(name, "baseline", score, direction, reason))
    column = clinical.tumor_mutational_burden
    score = patients[column].astype(float) if column else nothing
    reason = "" if column else "not measurable: clinical.tumor_mutational_burden names no column"
    direction = Direction(MUTATIONS_SIGN, "published")
    return [*found, Predictor(MUTATIONS, "baseline", score, direction, reason)]


def judged_once(
    found: list[Predictor], known: list[Predictor], nodes: pd.DataFrame, circuit: Circuit
) -> list[Predictor]:
    """Nodes, then known predictors; of a quantity that is both, the one that more patients have.

    Where as many have either, the known predictor is judged, by the name that it is published
    under. The other one gets a reason in the place of an area.

    Parameters
    ----------
    found, known
        Of `of_nodes` and `of_baselines`.
    nodes
        Of `innervate.circuit.patients.score_patients`, with the measure that each was taken by.
    circuit
        How its nodes are measured.
    """
    measure = nodes.reindex(columns=["node", "measure"]).set_index("node")["measure"]
    every = {one.name: one for one in [*found, *known]}
    for node in found:
        if node.reason or str(measure[node.name]).startswith(ASSAY):
            continue
        for name, baseline in BASELINES.items():
            if every[name].reason or not baseline.same_as(circuit.nodes[node.name]):
                continue
            if node.score.notna().sum() > every[name].score.notna().sum():
                every[name] = _in_place_of(every[name], node.name)
            else:
                every[node.name] = _in_place_of(node, name)
    return list(every.values())
