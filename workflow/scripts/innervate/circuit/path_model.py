"""The whole circuit as one path model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from innervate.circuit.hypotheses import has_cycle

PATIENTS_PER_PARAMETER = 5
"""Bentler and Chou 1987, doi:10.1177/0049124187016001004, for normal variables."""

COLUMNS = ["source", "target", "estimate", "se", "pvalue"]


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
    of the circuit file. Nodes that no edge ends at may correlate freely. Fit indices say how far
    the edges explain all correlations; by convention CFI and TLI of 0.95 and more, RMSEA of 0.06
    and less are good (Hu and Bentler 1999, doi:10.1080/10705519909540118).

    Parameters
    ----------
    nodes
        Patients x nodes, in normal scores, none missing. One without an edge stays out.
    edges
        Source and target, among the nodes.
    covariates
        Patients x columns; may have none.

    References
    ----------
    Meshcheryakov et al. 2021, arXiv:2106.01140, for semopy; Rosseel 2012,
    doi:10.18637/jss.v048.i02, for the indices, which are those of lavaan.
    """
    ends = {end for edge in edges for end in edge}
    nodes = nodes[[name for name in nodes.columns if name in ends]]
    parameters = _parameters(edges)
    free, _ = _freedom(nodes.shape[1], edges)
    needed = PATIENTS_PER_PARAMETER * parameters + covariates.shape[1]
    reason = ""
    if len(edges) < 3:
        reason = f"{len(edges)} edges between measured nodes, 3 needed"
    elif has_cycle(list(nodes.columns), edges):
        reason = "the edges form a cycle"
    elif free < 1:
        reason = "no degree of freedom: every pair of nodes has an edge or may correlate freely"
    elif len(nodes) < needed:
        reason = f"{len(nodes)} patients have every node, {needed} needed"
    elif _determined(nodes, covariates):
        reason = "a node is determined by other nodes or by covariates"
    if reason:
        return PathModel(fit={"n": len(nodes), "parameters": parameters}, reason=reason)
    return _fit(_without(nodes, covariates), edges)


def _determined(nodes: pd.DataFrame, covariates: pd.DataFrame) -> bool:
    design = np.column_stack([np.ones(len(nodes)), covariates])
    both = np.linalg.matrix_rank(np.column_stack([design, nodes]))
    return bool(both < np.linalg.matrix_rank(design) + nodes.shape[1])


def _without(nodes: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    design = np.column_stack([np.ones(len(nodes)), covariates])
    left = nodes - design @ np.linalg.lstsq(design, nodes.to_numpy(), rcond=None)[0]
    return left / left.std()


def _parameters(edges: Sequence[tuple[str, str]]) -> int:
    """Slopes, and the variances that they leave; those of the roots are taken as they are."""
    return len(edges) + len({target for _, target in edges})


def _freedom(nodes: int, edges: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Degrees of freedom of the model, and of the baseline in which no node has a cause."""
    targets = len({target for _, target in edges})
    roots = nodes - targets
    baseline = nodes * (nodes - 1) // 2 - roots * (roots - 1) // 2
    return baseline - len(edges), baseline


def _fit(nodes: pd.DataFrame, edges: Sequence[tuple[str, str]]) -> PathModel:
    import semopy

    # Names come from a user's file, and semopy reads a language of its own.
    safe = {name: f"x{number}" for number, name in enumerate(nodes.columns)}
    named = {short: name for name, short in safe.items()}
    text = "\n".join(f"{safe[target]} ~ {safe[source]}" for source, target in edges)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = semopy.Model(text)
        result = model.fit(nodes.rename(columns=safe))
        if not result.success:
            return PathModel(fit={"n": len(nodes)}, reason="the fit does not converge")
        rows = model.inspect()
        chi2 = float(semopy.stats.calc_chi2(model)[0])
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
    fit = {"n": len(nodes), "parameters": _parameters(edges)}
    fit |= _indices(chi2, nodes, edges)
    return PathModel(coefficients.iloc[np.argsort(keys)].reset_index(drop=True), fit)


def _indices(
    chi2: float, nodes: pd.DataFrame, edges: Sequence[tuple[str, str]]
) -> dict[str, float]:
    """Fit indices; semopy's own count the free correlations of the roots as degrees of freedom."""
    freedom, baseline_freedom = _freedom(nodes.shape[1], edges)
    targets = {target for _, target in edges}
    correlation = nodes.corr()
    roots = [name for name in nodes.columns if name not in targets]
    baseline = len(nodes) * (
        np.linalg.slogdet(correlation.loc[roots, roots])[1] - np.linalg.slogdet(correlation)[1]
    )
    excess, baseline_excess = max(chi2 - freedom, 0.0), max(baseline - baseline_freedom, 0.0)
    worst = max(excess, baseline_excess)
    ratio = baseline / baseline_freedom
    return {
        "degrees_of_freedom": freedom,
        "chi2": chi2,
        "pvalue": float(stats.chi2.sf(chi2, freedom)),
        "cfi": float(1 - excess / worst) if worst else 1.0,
        "tli": float((ratio - chi2 / freedom) / (ratio - 1)),
        "rmsea": float(np.sqrt(excess / (freedom * len(nodes)))),
    }
