"""What is known of each cell, in one AnnData and one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.cell_settings import CellPolarization
from innervate.config.circuit import Circuit
from innervate.genes.cell_types import MALIGNANT
from innervate.genes.sets import GeneSet
from innervate.macrophages.cell_polarization import AXES, MacrophageStates, call_macrophages
from innervate.single_cell.embedding import with_embedding

MACROPHAGE = "macrophage"
EPITHELIAL = "epithelial"
STATE_COLUMNS = ["m1_score", "m2_score", "p_m1", "p_m2", "polarization", "spp1_cxcl9"]
QUALITY = ["n_counts", "n_genes", "mito_fraction", "ribo_fraction", "doublet_score"]


@dataclass(frozen=True)
class Assembled:
    """All cells of a cohort.

    Parameters
    ----------
    cells
        AnnData for scanpy and cellxgene: log-normalized values in X, raw counts in
        ``layers['counts']``, everything by cell in ``obs``, and all that
        `innervate.single_cell.embedding.with_embedding` gives: components, neighbor graph,
        clusters, map.
    table
        Contract ``cells``, with the coordinates of the map.
    axes
        As `innervate.macrophages.cell_polarization.MacrophageStates`.
    """

    cells: ad.AnnData
    table: pd.DataFrame
    axes: pd.DataFrame


def assemble_cells(
    joined: ad.AnnData,
    embedding: ad.AnnData,
    annotation: pd.DataFrame,
    malignant: pd.DataFrame,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: CellPolarization,
    min_coverage: float,
    seed: int,
) -> Assembled:
    """Bring together what the single-cell stages say of each cell, and call macrophage states.

    An epithelial cell that is called malignant gets `malignant` as its type, unless its type came
    from the input's own labels.

    Parameters
    ----------
    joined, embedding, annotation, malignant
        Of the stages of `innervate.single_cell`, by cell.
    circuit
        Names the tissue and the sets of the macrophage states.
    sets, settings, min_coverage, seed
        As for `innervate.macrophages.cell_polarization.call_macrophages`.
    """
    # The barcode stands in the name of the cell.
    obs = joined.obs.drop(columns="barcode").join(annotation).join(malignant)
    kinds = obs["cell_type"].astype(str)
    called = (kinds == EPITHELIAL) & (obs["malignant"] == MALIGNANT)
    obs["cell_type"] = kinds.mask(called, MALIGNANT)
    # Labels of the input may say so where copy numbers could not.
    obs["malignant"] = obs["malignant"].mask(kinds == MALIGNANT, MALIGNANT)
    states = _states(joined, obs, circuit, sets, settings, min_coverage, seed)
    obs = obs.join(states.cells)
    for column in obs.columns:
        if not pd.api.types.is_numeric_dtype(obs[column]):
            obs[column] = pd.Categorical(obs[column].astype(object).fillna("").astype(str))
    cells = ad.AnnData(
        joined.layers["lognorm"],
        obs=obs.copy(),
        var=joined.var.copy(),
        layers={"counts": joined.X},
        # The base of the logarithm, so that scanpy knows X and takes it for no counts.
        uns={"species": joined.uns["species"], "log1p": {"base": float(np.e)}},
    )
    with_embedding(cells, embedding)
    table = obs.rename_axis("cell").reset_index()
    umap = np.asarray(embedding.obsm["X_umap"])
    table["umap_1"], table["umap_2"] = umap[:, 0], umap[:, 1]
    text = table.select_dtypes("category").columns
    table[text] = table[text].astype(str)
    columns = ["cell", "sample", "patient", "tissue", "lineage", "lineage_confidence"]
    columns += ["cell_type", "cell_type_confidence", *malignant.columns, *STATE_COLUMNS]
    columns += ["leiden", "umap_1", "umap_2", *QUALITY]
    return Assembled(cells, table[columns], states.axes)


def _states(
    joined: ad.AnnData,
    obs: pd.DataFrame,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: CellPolarization,
    min_coverage: float,
    seed: int,
) -> MacrophageStates:
    if circuit.polarization is None:
        none = pd.DataFrame(np.nan, index=obs.index, columns=STATE_COLUMNS)
        return MacrophageStates(none.assign(polarization=""), pd.DataFrame(columns=AXES))
    tissue = circuit.nodes[circuit.polarization.m1].tissue
    macrophage = ((obs["cell_type"] == MACROPHAGE) & (obs["tissue"] == tissue)).to_numpy()
    return call_macrophages(joined, macrophage, circuit, sets, settings, min_coverage, seed)
