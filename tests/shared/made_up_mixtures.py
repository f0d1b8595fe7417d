"""Cohorts of bulk samples that are mixtures of cell types and nothing else.

There is no nerve, no CGRP and no circuit in them: what nodes share they share because they are read
in the same mixture of cells. A test that supports an edge here is wrong.
"""

from collections.abc import Mapping
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from innervate.bulk.normalization import normalize
from innervate.circuit.edges import assess_edges
from innervate.circuit.ends import read_patients
from innervate.circuit.patients import score_patients
from innervate.circuit.scores import score_cohort
from innervate.circuit.specificity import backgrounds_of
from innervate.config.circuit import Circuit
from innervate.config.cohort import Cohort
from innervate.config.settings import EdgeTests, Scoring
from innervate.contracts import TABLES
from innervate.genes.sets import GeneSet, load_sets
from innervate.genes.table import load_genes
from innervate.runtime.files import write_table
from innervate.scoring.backgrounds import Backgrounds
from innervate.simulate.cell_profiles import KINDS, kind_levels
from innervate.simulate.cells import COMPOSITION
from innervate.simulate.profiles import build_profiles

GENES, SPREAD = 3_000, 0.5
"""Genes of the matrix; SD of the natural logarithm of a cell type's share between samples."""

ABSENT = 0.0
MADE_BY = {
    "CCL3": {"macrophage": 8, "nk": 8, "t_cd8": 6, "dendritic": 6, "mast": 5, "t_cd4": 3},
    "CCL4": {"nk": 9, "t_cd8": 8, "macrophage": 7, "mast": 7, "dendritic": 4, "t_cd4": 4},
    "TNF": {"macrophage": 6, "t_cd8": 6, "dendritic": 6, "t_cd4": 5.5, "nk": 5.5, "mast": 4},
    "CCL5": {
        **{"t_cd8": 9.5, "nk": 9, "t_cd4": 6.5, "t_reg": 5, "macrophage": 5, "dendritic": 5},
    },
    "CREM": {
        **{"t_cd4": 7, "t_cd8": 7, "t_reg": 7, "macrophage": 6.5, "mast": 6.5, "nk": 6},
        **{"dendritic": 5, "b_cell": 5},
    },
    "IL10": {"t_reg": 4, "macrophage": 4, "t_cd4": 3.5, "dendritic": 3.5, "mast": 3},
    "TNFSF14": {"t_cd8": 4.5, "t_cd4": 4, "nk": 4, "dendritic": 3.5, "macrophage": 3.5},
    "SPHK1": {"endothelial": 6, "malignant": 5, "macrophage": 4.5, "fibroblast": 4},
    "IL12B": {"dendritic": 4},
    "CCL2": {"fibroblast": 7.5, "endothelial": 6.5, "macrophage": 6, "mast": 5},
    "CCR2": {"macrophage": 5, "dendritic": 4, "t_cd4": 3.5, "t_cd8": 3.5, "b_cell": 2.5},
}
"""Which cells make the genes that CGRP is said to move, and CCL5: log2 counts per million, rounded
by eye from the means of Puram 2017 (doi:10.1016/j.cell.2017.10.044), those of NK cells and
monocytes from 10x's PBMC. The simulator of the demo, which plants CGRP, gives them to myeloid cells
alone."""

ACTIVATED = ("t_cd4", "t_cd8", "nk")
WITH_ACTIVATION = ("CCL3", "CCL4", "CCL5", "TNF")
"""Genes that rise with the effector genes where T and NK cells are activated."""

TESTS = EdgeTests(bootstrap=200, permutations=499)
SCORES = Scoring(random_sets=100, bootstrap=50)


def mixed_cohort(
    seed: int, activation: float, patients: int = 60
) -> tuple[ad.AnnData, pd.DataFrame]:
    """Draw a tumor and a lymph node of each patient, each a mixture of its own.

    Parameters
    ----------
    seed
        Of all draws.
    activation
        SD over samples, log2, of the effector genes in T and NK cells.
    patients
        How many.

    Returns
    -------
    tuple
        Counts, as ``bulk/counts.h5ad`` holds them, and the sample sheet.
    """
    rng = np.random.default_rng(seed)
    sets = load_sets("human")
    # The matrix holds these genes whether or not a set does.
    placed = GeneSet("placed", tuple(MADE_BY), (1.0,) * len(MADE_BY))
    profiles = build_profiles(load_genes("human").frame, {"placed": placed, **sets}, GENES, rng)
    levels = _levels(kind_levels(profiles, rng), profiles.genes, rng)
    moved = profiles.genes.isin([*sets["T_EFFECTOR"].genes, *WITH_ACTIVATION])
    rows, expression = [], []
    for number in range(patients):
        for tissue, typical in COMPOSITION.items():
            share = pd.Series(typical).reindex(list(KINDS)).fillna(0.0)
            share *= np.exp(rng.normal(0, SPREAD, len(share)))
            here, rise = levels.copy(), activation * rng.normal()
            here.loc[list(ACTIVATED), moved] += rise
            expression.append((share / share.sum()).to_numpy() @ np.exp2(here.to_numpy()))
            rows.append((f"P{number:02d}_{tissue}", f"P{number:02d}", tissue))
    samples = pd.DataFrame(rows, columns=["sample", "patient", "tissue"])
    samples = samples.assign(assay="bulk", timepoint="baseline", batch="b1", sex="")
    programs = rng.normal(size=(len(samples), len(profiles.programs))) @ profiles.programs
    counts = _counts(np.array(expression) * np.exp2(programs), rng)
    adata = ad.AnnData(
        counts, obs=samples.set_index("sample"), var=pd.DataFrame(index=list(profiles.genes))
    )
    adata.uns |= {"unit": "counts", "species": "human"}
    return adata, samples


def _levels(
    by_kind: Mapping[str, np.ndarray], genes: pd.Index, rng: np.random.Generator
) -> pd.DataFrame:
    levels = pd.DataFrame(by_kind, index=genes).T
    for gene, homes in MADE_BY.items():
        levels[gene] = ABSENT + rng.normal(0, 0.4, len(levels))
        for kind, level in homes.items():
            levels.loc[kind, gene] = level + rng.normal(0, 0.3)
    return levels


def _counts(expression: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    share = expression / expression.sum(axis=1, keepdims=True)
    dispersion = 0.09 + 2.2 / np.maximum(share.mean(axis=0) * 1e6, 0.05)
    dispersion *= rng.lognormal(0, 0.35, len(dispersion))
    means = share * 8e6 * rng.lognormal(0, 0.3, (len(share), 1))
    return rng.poisson(rng.gamma(1 / dispersion, size=means.shape) * dispersion * means) * 1.0


def edges_of(
    adata: ad.AnnData,
    samples: pd.DataFrame,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    folder: Path,
    seed: int,
) -> pd.DataFrame:
    """Put a cohort through the stages that the workflow runs, from counts to statuses.

    Parameters
    ----------
    adata, samples
        Of `mixed_cohort`.
    circuit, sets
        Whose edges are tested, and the gene sets of its nodes.
    folder
        Where the stages leave their tables.
    seed
        Of the tests.
    """
    everything = pd.DataFrame({"sample": adata.obs_names, "keep": True})
    bulk = normalize(adata, everything)
    scored = score_cohort(bulk, None, None, circuit, sets, SCORES, 10, seed)
    patients, nodes = score_patients(
        scored.scores, scored.nodes, samples, None, circuit, SCORES, seed
    )
    tables = {"patients": patients, "nodes": nodes, "scores": scored.scores, "samples": samples}
    paths = {name: str(folder / f"{name}.tsv") for name in tables}
    for name, frame in tables.items():
        write_table(frame, paths[name], TABLES[name])
    cohort = Cohort.model_validate(
        {"title": "mixtures", "species": "human", "samples": {"table": "samples.tsv"}}
    )
    known, primary = read_patients(paths, cohort)
    drawn = Backgrounds(bulk, None, circuit, sets, SCORES, 10, seed)
    return assess_edges(known, circuit, backgrounds_of(known, primary, drawn), TESTS, seed).edges
