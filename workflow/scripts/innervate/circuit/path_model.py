"""The whole circuit as one path model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from innervate.circuit.hypotheses import has_cycle

PATIENTS_PER_PARAMETER = 5
"""Bentler and Chou 1987, doi:10.1177/0049124187016001004, for normal variables."""

COLUMNS = ["source", "target", "estimate", "se", "pvalue"]
INDICES = {
    "degrees_of_freedom": "DoF",
    "chi2": "chi2",
    "pvalue": "chi2 p-value",
    "cfi": "CFI",
    "tli": "TLI",
    "rmsea": "RMSEA",
}
"""Ours, and semopy's names."""


@dataclass(frozen=True)
class PathModel:
    """A fitted path model.

    Parameters
    ----------
    coefficients
        Contract ``path_model``; empty where there is a reason against the model.
    fit
        The indices of contract ``path_fit``.
    reason
        Why there is no model; empty where there is one.
    """

    coefficients: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    fit: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def fit_path_model(
    nodes: pd.DataFrame, edges: Sequence[tuple[str, str]], covariates: pd.DataFrame
) -> PathModel:
    """Fit all edges between measured nodes at once, by maximum likelihood (semopy).

    Covariates are taken out of every node first, by least squares, so that the model stays that
    of the circuit file. Fit indices say how far the edges explain all correlations; by convention
    CFI and TLI of 0.95 and more, RMSEA of 0.06 and less are good (Hu and Bentler 1999,
    doi:10.1080/10705519909540118).

    Parameters
    ----------
    nodes
        Patients x nodes, in normal scores, none missing.
    edges
        Source and target, among the nodes.
    covariates
        Patients x columns; may have none.

    References
    ----------
    Meshcheryakov et al. 2021, arXiv:2106.01140, for semopy.
    """
    parameters = len(edges) + nodes.shape[1]
    free = nodes.shape[1] * (nodes.shape[1] + 1) // 2 - parameters
    needed = PATIENTS_PER_PARAMETER * parameters + covariates.shape[1]
    reason = ""
    if len(edges) < 3:
        reason = f"{len(edges)} edges between measured nodes, 3 needed"
    elif has_cycle(list(nodes.columns), edges):
        reason = "the edges form a cycle"
    elif free < 1:
        reason = "no degree of freedom: every pair of nodes has an edge"
    elif len(nodes) < needed:
        reason = f"{len(nodes)} patients have every node, {needed} needed"
    if reason:
        return PathModel(fit={"n": len(nodes), "parameters": parameters}, reason=reason)
    return _fit(_without(nodes, covariates), edges)


def _without(nodes: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    design = np.column_stack([np.ones(len(nodes)), covariates])
    left = nodes - design @ np.linalg.lstsq(design, nodes.to_numpy(), rcond=None)[0]
    return left / left.std()


def _fit(nodes: pd.DataFrame, edges: Sequence[tuple[str, str]]) -> PathModel:
    import semopy

    # Names come from a user's file, and semopy reads a language of its own.
    safe = {name: f"x{number}" for number, name in enumerate(nodes.columns)}
    named = {short: name for name, short in safe.items()}
    text = "\n".join(f"{safe[target]} ~ {safe[source]}" for source, target in edges)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = semopy.Model(text)
        model.fit(nodes.rename(columns=safe))
        rows = model.inspect()
        indices = semopy.calc_stats(model).loc["Value"]
    slopes = rows[rows["op"] == "~"]
    coefficients = pd.DataFrame(
        {
            "source": slopes["rval"].map(named),
            "target": slopes["lval"].map(named),
            "estimate": pd.to_numeric(slopes["Estimate"]),
            "se": pd.to_numeric(slopes["Std. Err"], errors="coerce"),
            "pvalue": pd.to_numeric(slopes["p-value"], errors="coerce"),
        }
    )
    order = {edge: number for number, edge in enumerate(edges)}
    keys = [
        order[pair] for pair in zip(coefficients["source"], coefficients["target"], strict=True)
    ]
    fit = {ours: float(indices[theirs]) for ours, theirs in INDICES.items()}
    fit |= {"n": len(nodes), "parameters": len(model.param_vals)}
    return PathModel(coefficients.iloc[np.argsort(keys)].reset_index(drop=True), fit)
