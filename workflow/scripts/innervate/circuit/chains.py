"""Serial mediation along the declared paths of a circuit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from innervate.circuit.adjustment import Adjustment, adjust
from innervate.circuit.ends import NotMeasurableError, Patients
from innervate.config.circuit import Circuit
from innervate.config.settings import EdgeTests
from innervate.statistics.conventions import adjusted_pvalues
from innervate.statistics.resampling import gram, in_chunks, interval

ARROW = " > "
BEYOND_COEFFICIENTS = 5
"""Patients beyond the coefficients of the last link that a chain needs."""

EMPTY = {
    "n": 0, "expected_sign": 0, "indirect": np.nan, "ci_low": np.nan, "ci_high": np.nan,
    "direct": np.nan, "total": np.nan, "pvalue": np.nan, "fdr": np.nan, "links": "",
    "consistent": None, "covariates": "", "unadjusted_for": "", "note": "",
}  # fmt: skip


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of a chain for each set of weights.

    Parameters
    ----------
    links
        Draws x links: each node on the one before, given all earlier ones and the covariates.
    direct
        Of the first node on the last, given those between.
    total
        Of the first node on the last, given covariates only.
    """

    links: np.ndarray
    direct: np.ndarray
    total: np.ndarray


def assess_chains(
    patients: Patients, circuit: Circuit, settings: EdgeTests, seed: int
) -> pd.DataFrame:
    """Test each declared path as a whole.

    Nodes are turned into normal scores and each is regressed on all that stand before it in the
    path, and on covariates. The indirect effect is the product of the links, in standard
    deviations of the last node per standard deviation of the first; its interval is from the
    bootstrap over patients. The p-value is the largest of the links': a chain is broken where one
    link is (intersection-union), which keeps the error at or below its level. A cross-section
    can't show cause or order: a chain that holds is what the circuit predicts, not its proof.

    Parameters
    ----------
    patients, circuit
        The cohort, and its circuit's ``paths``.
    settings
        Draws, and smallest number of patients.
    seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        Contract ``chain``.

    References
    ----------
    Taylor, MacKinnon and Tein 2008, doi:10.1177/1094428107300344, for the three-path effect and
    joint significance; Efron 1987, doi:10.1080/01621459.1987.10478410, for the interval.
    """
    rows = []
    for number, path in enumerate(circuit.paths):
        row = {
            "path": ARROW.join(path),
            **EMPTY,
            "expected_sign": int(np.prod(signs(path, circuit))),
        }
        try:
            row |= _chain(path, patients, circuit, settings, seed + 10 * number)
        except NotMeasurableError as reason:
            row["note"] = str(reason)
        rows.append(row)
    table = pd.DataFrame(rows, columns=["path", *EMPTY])
    table["fdr"] = adjusted_pvalues(table["pvalue"])
    return table


def signs(path: list[str], circuit: Circuit) -> np.ndarray:
    """Expected sign of each link of a path."""
    return np.array([circuit.sign(*pair) for pair in pairwise(path)])


def _chain(
    path: list[str], patients: Patients, circuit: Circuit, settings: EdgeTests, seed: int
) -> dict:
    nodes, adjustment = path_values(path, patients, circuit)
    needed = max(
        settings.min_patients, len(path) + adjustment.matrix.shape[1] + BEYOND_COEFFICIENTS
    )
    if len(nodes) < needed:
        raise NotMeasurableError(f"{len(nodes)} patients have every node, {needed} needed")
    flat = [name for name in path if nodes[name].nunique() < 2]
    if flat:
        raise NotMeasurableError(f"{', '.join(flat)} does not vary")
    columns = chain_columns(nodes, adjustment.matrix)
    once = coefficients(columns, len(path), np.ones((1, len(nodes))))
    indirect = float(once.links.prod())
    low, high = interval(
        indirect,
        lambda weights: coefficients(columns, len(path), weights).links.prod(axis=1),
        len(nodes),
        settings.bootstrap,
        seed,
    )
    return {
        "n": len(nodes),
        "indirect": indirect,
        "ci_low": low,
        "ci_high": high,
        "direct": float(once.direct[0]),
        "total": float(once.total[0]),
        "pvalue": float(max(link_pvalues(columns, len(path)))),
        "links": ";".join(f"{value:.4g}" for value in once.links[0]),
        "consistent": bool((once.links[0] * signs(path, circuit) > 0).all()),
        "covariates": ";".join(adjustment.names),
        "unadjusted_for": ";".join(adjustment.unadjusted),
        "note": "; ".join(adjustment.notes),
    }


def path_values(
    names: list[str], patients: Patients, circuit: Circuit
) -> tuple[pd.DataFrame, Adjustment]:
    """Nodes and outcomes of a path in the patients that have all of them, and its covariates.

    Raises
    ------
    NotMeasurableError
        Where an end is not measurable, or is not a number.
    """
    columns = {}
    for name in names:
        target = patients.target(name, circuit)
        if target.kind != "rank":
            raise NotMeasurableError(
                f"{name} is no number: the path is tested up to it by its edges"
            )
        columns[name] = target.values
    frame = pd.DataFrame(columns).dropna()
    adjustment = adjust(names, frame.index, len(frame), patients, circuit)
    return frame.loc[adjustment.matrix.index], adjustment


def chain_columns(nodes: pd.DataFrame, covariates: pd.DataFrame) -> np.ndarray:
    """Intercept, covariates and nodes in normal scores, patients x columns."""
    scores = [normal_scores(values) for _, values in nodes.items()]
    spread = covariates.std().replace(0.0, 1.0)
    scaled = (covariates - covariates.mean()) / spread
    return np.column_stack([np.ones(len(nodes)), scaled, *scores])


def normal_scores(values: pd.Series) -> np.ndarray:
    """Normal quantiles of the ranks (van der Waerden), with standard deviation 1."""
    scores = stats.norm.ppf(stats.rankdata(values) / (len(values) + 1))
    return scores / scores.std(ddof=1)


def coefficients(columns: np.ndarray, length: int, weights: np.ndarray) -> Coefficients:
    """Regress each node of a chain on those before it, for each set of weights.

    Parameters
    ----------
    columns
        Of `chain_columns`.
    length
        Nodes of the path, the last columns.
    weights
        Draws x patients.
    """
    first = columns.shape[1] - length
    products = np.concatenate([gram(columns, part) for part in in_chunks(weights, len(columns.T))])

    def slopes(at: int, upto: int) -> np.ndarray:
        inner = products[:, :upto, :upto]
        inverse = np.linalg.pinv(inner, rcond=1e-10, hermitian=True)
        return (inverse @ products[:, :upto, at, None])[:, :, 0]

    links = [slopes(at, at)[:, at - 1] for at in range(first + 1, first + length)]
    last = first + length - 1
    direct, total = slopes(last, last)[:, first], slopes(last, first + 1)[:, first]
    return Coefficients(np.column_stack(links), direct, total)


def link_pvalues(columns: np.ndarray, length: int) -> list[float]:
    """Two-sided t-test of each link of a chain."""
    patients, first = len(columns), columns.shape[1] - length
    pvalues = []
    for at in range(first + 1, first + length):
        design, outcome = columns[:, :at], columns[:, at]
        inverse = np.linalg.pinv(design.T @ design)
        slope = inverse @ design.T @ outcome
        freedom = patients - at
        variance = ((outcome - design @ slope) ** 2).sum() / freedom
        t = slope[-1] / np.sqrt(variance * inverse[-1, -1])
        pvalues.append(2 * stats.t.sf(abs(t), freedom))
    return pvalues
