"""The declared circuit against its reversal, a common cause, and nothing at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

Edges = Sequence[tuple[str, str]]

BEYOND_COEFFICIENTS = 10
"""Patients beyond the coefficients of the largest regression that a comparison needs."""

PER_COEFFICIENT = 3
"""Patients for each coefficient of that regression."""

COLUMNS = [
    "hypothesis", "n", "parameters", "log_likelihood", "bic", "delta_bic", "weight",
    "equivalent_to", "note",
]  # fmt: skip


def compare_hypotheses(
    nodes: pd.DataFrame, edges: Edges, covariates: pd.DataFrame, common_causes: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    """Compare how well hypotheses explain the same nodes, by the Bayesian information criterion.

    Each is a recursive Gaussian model: every node is regressed on its causes and the covariates.
    ``declared`` has the circuit's edges, ``reversed`` has them turned around, in ``common cause``
    all nodes follow the common causes and not each other, ``declared and common cause`` has both,
    ``unconnected`` neither. Models with the same adjacencies and colliders fit a cross-section
    equally well whatever it holds (Markov equivalence), which is said.

    Parameters
    ----------
    nodes
        Patients x nodes, in normal scores, none missing.
    edges
        Source and target, among the nodes.
    covariates
        Patients x columns; may have none. In every model.
    common_causes
        Patients x columns, such as purity and inflammation; may have none.

    Returns
    -------
    tuple
        Contract ``hypotheses``, empty where there is a reason against it; and the reason.

    References
    ----------
    Raftery 1995, doi:10.2307/271063, for the weights; Verma and Pearl 1990 for equivalence.
    """
    if len(edges) < 2:
        return pd.DataFrame(columns=COLUMNS), f"{len(edges)} edges between measured nodes, 2 needed"
    models = _models(list(nodes.columns), edges, list(common_causes.columns))
    largest = max(len(causes) for model in models.values() for causes in model.values())
    needed = BEYOND_COEFFICIENTS + PER_COEFFICIENT * (largest + covariates.shape[1] + 1)
    if has_cycle(list(nodes.columns), edges):
        return pd.DataFrame(columns=COLUMNS), "the edges form a cycle"
    if len(nodes) < needed:
        return pd.DataFrame(columns=COLUMNS), f"{len(nodes)} patients, {needed} needed"
    data = nodes.join(common_causes)
    rows = []
    for name, model in models.items():
        likelihood, parameters = _fit(data, covariates, model)
        row = {"hypothesis": name, "n": len(nodes), "parameters": parameters}
        row |= {"log_likelihood": likelihood}
        rows.append(row | {"bic": parameters * np.log(len(nodes)) - 2 * likelihood})
    table = pd.DataFrame(rows)
    table["delta_bic"] = table["bic"] - table["bic"].min()
    weight = np.exp(-table["delta_bic"] / 2)
    table["weight"] = weight / weight.sum()
    table["equivalent_to"] = [_equivalent(name, models) for name in table["hypothesis"]]
    table["note"] = table["equivalent_to"].map(
        lambda same: "no cross-section can tell the two apart" if same else ""
    )
    return table[COLUMNS], ""


Model = Mapping[str, list[str]]
"""Causes of each node."""


def _models(nodes: list[str], edges: Edges, common: list[str]) -> dict[str, Model]:
    declared = {name: [source for source, target in edges if target == name] for name in nodes}
    turned = {name: [target for source, target in edges if source == name] for name in nodes}
    models = {"declared": declared, "reversed": turned}
    if common:
        models["common cause"] = dict.fromkeys(nodes, common)
        both = {name: [*causes, *common] for name, causes in declared.items()}
        models["declared and common cause"] = both
    return {**models, "unconnected": {name: [] for name in nodes}}


def has_cycle(nodes: list[str], edges: Edges) -> bool:
    """Whether one can come back to a node along the edges."""
    left = set(nodes)
    while free := {name for name in left if not any(s in left and t == name for s, t in edges)}:
        left -= free
    return bool(left)


def _fit(data: pd.DataFrame, covariates: pd.DataFrame, model: Model) -> tuple[float, int]:
    """Maximum of the log-likelihood, and the number of parameters."""
    count = len(data)
    likelihood, parameters = 0.0, 0
    for node, causes in model.items():
        design = np.column_stack([np.ones(count), covariates, data[causes]])
        outcome = data[node].to_numpy()
        left = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
        likelihood -= count / 2 * (np.log(2 * np.pi * (left @ left) / count) + 1)
        parameters += design.shape[1] + 1
    return float(likelihood), parameters


def _equivalent(name: str, models: Mapping[str, Model]) -> str:
    mine = _pattern(models[name])
    return ";".join(other for other in models if other != name and _pattern(models[other]) == mine)


def _pattern(model: Model) -> tuple[frozenset, frozenset]:
    """Adjacencies, and colliders whose causes are not adjacent."""
    adjacent = {frozenset((cause, node)) for node, causes in model.items() for cause in causes}
    colliders = {
        (frozenset(pair), node)
        for node, causes in model.items()
        for pair in combinations(causes, 2)
        if frozenset(pair) not in adjacent
    }
    return frozenset(adjacent), frozenset(colliders)
