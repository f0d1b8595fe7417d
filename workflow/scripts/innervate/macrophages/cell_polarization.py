"""Macrophage states of single cells: two scores, a mixture of states, a call that may abstain."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.cell_settings import CellPolarization
from innervate.config.circuit import Circuit
from innervate.genes.orthologs import human_to_mouse
from innervate.genes.sets import GeneSet
from innervate.macrophages.fractions import shrunken_fractions
from innervate.macrophages.mixture import States, fit_states

M1, M2, INTERMEDIATE, NO_CALL = "M1-like", "M2-like", "intermediate", "no call"
MIN_SHARE = 0.03
"""Smallest share of macrophages that a state must hold to be one."""

ABSENT_EXCESS = 1.0
"""Log2 excess of a set in macrophages over the cohort's other cells up to which an axis that has
one state has the low one."""

CONTROLS_A_GENE = 40
CLIP = 5.0
MIN_DETECTED = 0.01
"""Share of macrophages in which a gene must be detected."""


AXES = ["axis", "set", "genes_found", "genes_total", "states", "separation", "excess", "note"]


@dataclass(frozen=True)
class MacrophageStates:
    """States of a cohort's macrophages.

    Parameters
    ----------
    cells
        By macrophage: ``m1_score, m2_score, p_m1, p_m2, polarization, spp1_cxcl9``.
    axes
        By axis: ``axis, set, genes_found, genes_total, states, separation, excess, note``.
    """

    cells: pd.DataFrame
    axes: pd.DataFrame


def call_macrophages(
    cells: ad.AnnData,
    macrophage: np.ndarray,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: CellPolarization,
    min_coverage: float,
    seed: int,
) -> MacrophageStates:
    """Call the state of each macrophage.

    M1-like and M2-like genes are scored on axes of their own against control genes of the same
    expression, so that depth drops out. A mixture (see `innervate.macrophages.mixture`) says which
    cells are high on which axis: M1-like cells are high on the first only, M2-like cells on the
    second only; cells that are high on both or on none are intermediate, and so are those whose
    posterior is not clear. An axis on which all macrophages look alike is not split by force:
    where its genes are no higher than in other cells the state is absent, else it is unknown.

    Parameters
    ----------
    cells
        All cells x genes with ``layers['lognorm']``, ``uns['species']``.
    macrophage
        Which cells to call: macrophages of the circuit's tissue.
    circuit
        Its ``polarization`` names the nodes whose sets are used.
    sets
        Gene sets by name.
    settings
        Numbers and thresholds.
    min_coverage
        Share of a set's genes that must be detected in macrophages.
    seed
        Of the control genes.
    """
    rule = circuit.polarization
    names = [circuit.nodes[node].measures[0].set for node in (rule.m1, rule.m2)]
    found = pd.DataFrame(index=cells.obs_names[macrophage])
    found[["m1_score", "m2_score", "p_m1", "p_m2"]] = np.nan
    found["polarization"] = NO_CALL
    found["spp1_cxcl9"] = _ratio(cells, macrophage, circuit)
    axes = pd.DataFrame({"axis": ["m1", "m2"], "set": names}, columns=AXES)
    axes[["genes_found", "genes_total", "states"]] = 0
    axes[["separation", "excess"]] = np.nan
    axes["note"] = ""
    lognorm = cells.layers["lognorm"]
    mine = lognorm[macrophage]
    detected = np.asarray((mine > 0).sum(axis=0)).ravel() / max(macrophage.sum(), 1) >= MIN_DETECTED
    expressed = set(cells.var_names[detected])
    for row, name in enumerate(names):
        genes = [gene for gene in sets[name].genes if gene in expressed]
        axes.loc[row, ["genes_found", "genes_total"]] = len(genes), len(sets[name].genes)
        if len(genes) < min_coverage * len(sets[name].genes):
            axes.loc[row, "note"] = "too few of its genes are detected in macrophages"
    if macrophage.sum() < settings.min_macrophages:
        axes["note"] = f"{macrophage.sum()} macrophages, {settings.min_macrophages} needed"
    if (axes["note"] != "").any():
        logging.warning("no macrophage is called: %s", "; ".join(set(axes["note"]) - {""}))
        return MacrophageStates(found, axes)
    for row, (column, name) in enumerate(zip(("m1_score", "m2_score"), names, strict=True)):
        genes = [gene for gene in sets[name].genes if gene in expressed]
        found[column] = set_scores(mine, cells.var_names, genes, seed + row)
        axes.loc[row, "excess"] = _excess(lognorm, macrophage, cells.var_names.isin(genes))
    scores = found[["m1_score", "m2_score"]].to_numpy()
    states = fit_states(scores, settings.min_separation, MIN_SHARE)
    _describe(axes, states)
    found["p_m1"], found["p_m2"] = _probabilities(states, scores, axes)
    found["polarization"] = _calls(found, settings.min_posterior)
    logging.info("macrophages: %s", found["polarization"].value_counts().to_dict())
    return MacrophageStates(found, axes)


def set_scores(values, names: pd.Index, genes: list[str], seed: int) -> np.ndarray:
    """Score genes in cells against control genes of the same mean expression.

    Parameters
    ----------
    values
        Cells x genes, sparse, log-normalized.
    names
        Genes, in the order of the columns.
    genes
        Genes of the set, all among `names` and detected.
    seed
        Of the drawn controls.

    Returns
    -------
    ndarray
        By cell, the mean z of the set's genes less that of the controls.

    References
    ----------
    Control genes by expression: Tirosh et al. 2016, doi:10.1126/science.aad0501.
    """
    mean = np.asarray(values.mean(axis=0)).ravel()
    own = names.get_indexer(genes)
    order = np.argsort(mean, kind="stable")
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    generator = np.random.default_rng(seed)
    controls: set[int] = set()
    for gene in own:
        low = max(rank[gene] - 3 * CONTROLS_A_GENE, 0)
        near = np.setdiff1d(order[low : rank[gene] + 3 * CONTROLS_A_GENE + 1], own)
        near = near[mean[near] > 0]
        size = min(CONTROLS_A_GENE, len(near))
        controls.update(generator.choice(near, size=size, replace=False))
    return _mean_z(values, own) - _mean_z(values, np.array(sorted(controls)))


def _mean_z(values, columns: np.ndarray) -> np.ndarray:
    part = values[:, columns].toarray()
    spread = part.std(axis=0)
    z = (part - part.mean(axis=0)) / np.where(spread > 0, spread, 1)
    # One cell with a burst of a rare gene must not decide the score.
    return np.clip(z, -CLIP, CLIP).mean(axis=1)


def _excess(lognorm, macrophage: np.ndarray, mine: np.ndarray) -> float:
    """Log2 of the set's mean expression in macrophages over that in all other cells."""
    if macrophage.all():
        return np.nan
    here, there = (
        float(np.expm1(lognorm[rows][:, mine].toarray()).mean())
        for rows in (macrophage, ~macrophage)
    )
    return float(np.log2((here + 1e-3) / (there + 1e-3)))


def _describe(axes: pd.DataFrame, states: States) -> None:
    for axis in (0, 1):
        axes.loc[axis, "states"] = len(states.means[axis])
        axes.loc[axis, "separation"] = states.separation(axis)
        if len(states.means[axis]) == 1:
            low = axes.loc[axis, "excess"] <= ABSENT_EXCESS
            axes.loc[axis, "note"] = (
                "one state, its genes no higher than in other cells: absent"
                if low
                else "one state, which can't be told from none: unknown"
            )


def _probabilities(
    states: States, scores: np.ndarray, axes: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    posterior = states.posterior(scores)
    several = [len(means) == 2 for means in states.means]
    high = [
        posterior[:, -1, :].sum(axis=1) if several[0] else None,
        posterior[:, :, -1].sum(axis=1) if several[1] else None,
    ]
    both = posterior[:, -1, -1] if all(several) else 0.0
    shares = []
    for axis in (0, 1):
        if several[axis]:
            shares.append(high[axis] - both)
        else:
            known = axes.loc[axis, "note"].endswith("absent")
            shares.append(np.full(len(scores), 0.0 if known else np.nan))
    return shares[0], shares[1]


def _calls(found: pd.DataFrame, least: float) -> np.ndarray:
    call = np.where(found["p_m1"] >= least, M1, INTERMEDIATE)
    call[(found["p_m2"] >= least).to_numpy()] = M2
    call[found[["p_m1", "p_m2"]].isna().all(axis=1).to_numpy()] = NO_CALL
    return call


def _ratio(cells: ad.AnnData, macrophage: np.ndarray, circuit: Circuit) -> np.ndarray:
    measure = circuit.nodes[circuit.polarization.ratio].measures[0]
    pair = [measure.numerator, measure.denominator]
    if cells.uns["species"] == "mouse":
        pair = [human_to_mouse().get(gene, gene.capitalize()) for gene in pair]
    if not set(pair) <= set(cells.var_names):
        return np.full(macrophage.sum(), np.nan)
    values = cells[macrophage, pair].layers["lognorm"].toarray()
    return np.log2(np.expm1(values) + 1) @ np.array([1.0, -1.0])


def sample_fractions(macrophages: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """M2-like share of each sample's macrophages, with its interval.

    Parameters
    ----------
    macrophages
        ``sample, p_m1, p_m2`` by macrophage.
    samples
        Samples of the circuit's macrophage tissue: ``sample``.

    Returns
    -------
    DataFrame
        By sample: ``n_macrophages, fraction_m1, fraction_m2, fraction_m2_low,
        fraction_m2_high``. The interval narrows with cells, and leans on the other samples
        where there are few (see `innervate.macrophages.fractions`).
    """
    known = macrophages.dropna(subset="p_m2")
    result = pd.DataFrame(index=pd.Index(samples["sample"], name="sample"))
    result["n_macrophages"] = macrophages["sample"].value_counts().reindex(result.index).fillna(0)
    result["n_macrophages"] = result["n_macrophages"].astype(int)
    total = known["sample"].value_counts().reindex(result.index).fillna(0).to_numpy()
    positive = known.groupby("sample", observed=True)["p_m2"].sum().reindex(result.index).fillna(0)
    estimates = shrunken_fractions(positive.to_numpy(), total)
    result["fraction_m1"] = (
        macrophages.groupby("sample", observed=True)["p_m1"].mean().reindex(result.index)
    )
    result[["fraction_m2", "fraction_m2_low", "fraction_m2_high"]] = estimates
    return result
