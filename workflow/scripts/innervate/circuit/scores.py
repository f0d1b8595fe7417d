"""All scores of a cohort, from bulk, from single cells, or from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet
from innervate.macrophages.cell_polarization import sample_fractions
from innervate.macrophages.contracts import POLARIZATION
from innervate.macrophages.polarization import bulk_polarization, node_values
from innervate.scoring.combine import combine
from innervate.scoring.compartments import score_compartments
from innervate.scoring.nodes import Scored, score_nodes
from innervate.scoring.sources import Sources, find_sources

NO_MACROPHAGE = "none of the sample's cells is a macrophage"
NO_STATES = "the states of the macrophages are not known: see single_cell/macrophage_axes.tsv"


@dataclass(frozen=True)
class CohortScores:
    """Scores of a cohort.

    Parameters
    ----------
    scores, nodes, agreement
        As `innervate.scoring.nodes.Scored`.
    polarization
        Contract ``polarization``: bulk samples, then single-cell samples.
    sources
        Of `innervate.scoring.sources.find_sources`; empty where there are no single cells.
    """

    scores: pd.DataFrame
    nodes: pd.DataFrame
    agreement: pd.DataFrame
    polarization: pd.DataFrame
    sources: Sources


def score_cohort(
    bulk: ad.AnnData | None,
    sums: ad.AnnData | None,
    cells: pd.DataFrame | None,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Scoring,
    min_cells: int,
    seed: int,
) -> CohortScores:
    """Score a cohort's nodes and macrophages.

    Parameters
    ----------
    bulk
        As ``bulk/bulk.h5ad``, or None.
    sums, cells
        Pseudobulk and contract ``cells``, or None.
    circuit, sets, settings
        As for `innervate.scoring.nodes.score_nodes`.
    min_cells
        Cells of a sample below which a compartment is not scored.
    seed
        Of the random sets.
    """
    of_bulk = of_cells = None
    tables, sources = [], Sources()
    if bulk is not None:
        of_bulk = score_nodes(bulk, circuit, sets, settings, seed)
        tables.append(bulk_polarization(bulk, of_bulk.scores, circuit, sets, settings, seed))
    if sums is not None:
        of_cells = score_compartments(sums, circuit, sets, settings, min_cells, seed)
        tables.append(cell_polarization(cells, sums, of_cells, circuit))
        sources = find_sources(sums, circuit.by_cell_type, sets, min_cells)
    both = combine(of_bulk, of_cells, settings.min_samples)
    polarization = pd.concat(tables, ignore_index=True)
    return CohortScores(both.scores, both.nodes, both.agreement, polarization, sources)


def cell_polarization(
    cells: pd.DataFrame, sums: ad.AnnData, scored: Scored, circuit: Circuit
) -> pd.DataFrame:
    """Macrophage polarization of single-cell samples: pseudobulk scores and the M2-like share.

    A sample is M2-like where the whole interval of its M2-like share lies above its M1-like share,
    M1-like where it lies below, else mixed. Where there is no call, ``reason`` says why.

    Parameters
    ----------
    cells
        Contract ``cells``.
    sums
        Pseudobulk, for the samples of the tissue.
    scored
        Of `innervate.scoring.compartments.score_compartments`.
    circuit
        Its ``polarization`` names the nodes.
    """
    columns = POLARIZATION.names
    if circuit.polarization is None:
        return pd.DataFrame(columns=columns)
    rule = circuit.polarization
    tissue = circuit.nodes[rule.m1].tissue
    samples = sums.obs.loc[sums.obs["tissue"] == tissue, ["sample", "patient"]].astype(str)
    frame = samples.drop_duplicates("sample").assign(assay="single_cell").set_index("sample")
    for column, node in {"m1": rule.m1, "m2": rule.m2, "polarity": rule.polarity}.items():
        frame[column] = node_values(scored.scores, node, "z", plain=True)
    frame["spp1_cxcl9"] = node_values(scored.scores, rule.ratio, "score", plain=True)
    mine = cells[(cells["tissue"] == tissue) & cells["polarization"].ne("")]
    frame = frame.join(sample_fractions(mine, frame.reset_index()))
    known = frame["fraction_m2"].notna() & frame["fraction_m1"].notna()
    above = frame["fraction_m2_low"] > frame["fraction_m1"]
    below = frame["fraction_m2_high"] < frame["fraction_m1"]
    frame["call"] = np.select(
        [~known, above, below], ["not measurable", "M2-like", "M1-like"], "mixed"
    )
    frame["reason"] = np.select(
        [known, frame["n_macrophages"] == 0], ["", NO_MACROPHAGE], NO_STATES
    )
    return frame.reset_index()
