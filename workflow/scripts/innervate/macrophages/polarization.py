"""Macrophage polarization of bulk samples: two axes, their ratio, and a call that may abstain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from anndata import AnnData

from innervate.config.circuit import Circuit
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet
from innervate.macrophages.contracts import POLARIZATION
from innervate.scoring.expression import of_tissue
from innervate.scoring.matched import background_share

CALLS = {
    (True, True): "mixed",
    (True, False): "M1-like",
    (False, True): "M2-like",
    (False, False): "low",
}
NOT_SCORED = "the M1-like or the M2-like node is not measurable: see circuit/rna_nodes.tsv"


def bulk_polarization(
    adata: AnnData,
    scores: pd.DataFrame,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Scoring,
    seed: int,
) -> pd.DataFrame:
    """Call macrophage polarization in each bulk sample of the circuit's macrophage tissue.

    M1-like and M2-like states are not exclusive, so they stay two axes. A state counts as raised
    in a sample where its set exceeds most random sets of the same size, expression and spread;
    the call names the raised ones: M1-like, M2-like, mixed, or low.

    Parameters
    ----------
    adata
        Normalized, as ``bulk/bulk.h5ad``.
    scores
        Of `innervate.scoring.nodes.score_nodes`.
    circuit
        Its ``polarization`` names the nodes.
    sets
        Curated gene sets of the species.
    settings
        Numbers of samples and of random sets.
    seed
        Of the random sets.

    Returns
    -------
    DataFrame
        Contract ``polarization``, with ``m1_background`` and ``m2_background``, the shares of
        random sets exceeded.
    """
    columns = POLARIZATION.names
    if circuit.polarization is None:
        return pd.DataFrame(columns=columns)
    rule = circuit.polarization
    tissue = circuit.nodes[rule.m1].tissue
    samples = adata.obs.loc[adata.obs["tissue"] == tissue, ["patient"]].astype(str)
    frame = samples.rename_axis("sample").reset_index().assign(assay="bulk")
    by_sample = frame.set_index("sample")
    roles = {"m1": rule.m1, "m2": rule.m2, "polarity": rule.polarity}
    for column, node in roles.items():
        by_sample[column] = node_values(scores, node, "z", plain=column != "polarity")
    by_sample["spp1_cxcl9"] = node_values(scores, rule.ratio, "score", plain=True)
    by_sample["call"] = "not measurable"
    by_sample["reason"] = NOT_SCORED
    if by_sample[["m1", "m2"]].notna().all(axis=None) and len(by_sample):
        expression = of_tissue(adata, tissue, settings.min_detection)
        for number, state in enumerate(("m1", "m2")):
            measure = circuit.nodes[roles[state]].measures[0]
            share = background_share(
                sets[measure.set], expression, settings.random_sets, seed + number
            )
            by_sample[f"{state}_background"] = share
        raised = by_sample[["m1_background", "m2_background"]] > rule.raised_above
        by_sample["call"] = [CALLS[pair] for pair in raised.itertuples(index=False, name=None)]
        by_sample["reason"] = ""
    empty = ("fraction_m2", "fraction_m2_low", "fraction_m2_high", "n_macrophages")
    return by_sample.reset_index().assign(**dict.fromkeys(empty, np.nan))


def node_values(scores: pd.DataFrame, node: str, column: str, plain: bool) -> pd.Series:
    """One node's scores by sample.

    Parameters
    ----------
    scores
        Of `innervate.scoring.nodes.score_nodes`.
    node
        Its name.
    column
        ``score`` or ``z``.
    plain
        Whether the unadjusted score is wanted instead of the primary one.
    """
    rows = scores[scores["node"] == node]
    adjusted = rows["method"].str.contains(", adjusted for ", regex=False)
    rows = rows[~adjusted] if plain else rows[rows["primary"]]
    return rows.drop_duplicates("sample").set_index("sample")[column]
