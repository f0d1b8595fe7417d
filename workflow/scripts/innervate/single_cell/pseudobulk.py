"""Sums of cells by sample and cell type: the level at which patients are replicates.

Crowell et al. 2020, doi:10.1038/s41467-020-19894-4; Squair et al. 2021,
doi:10.1038/s41467-021-25960-2.
"""

from __future__ import annotations

import logging

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

from innervate.bulk.differential import differential_expression
from innervate.config.cell_settings import Pseudobulk
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.genes.cell_types import UNASSIGNED
from innervate.runtime.errors import InnervateError
from innervate.single_cell.contracts import CELL_DE
from innervate.single_cell.embedding import VARIABLE

STAGE = "pseudobulk"
OF_CELLS = ("sample", "cell_type")


def sum_cells(cells: ad.AnnData, samples: pd.DataFrame, species: str) -> ad.AnnData:
    """Sum the raw counts of each cell type in each sample.

    Parameters
    ----------
    cells
        Cells x genes, raw counts in ``layers['counts']``, ``obs`` sample and cell_type.
    samples
        Contract ``samples``, whose columns are given to each sum.
    species
        For ``uns['species']``.

    Returns
    -------
    AnnData
        (Sample, cell type) x genes: counts in X, share of cells that show the gene in
        ``layers['detected']``; ``obs`` n_cells, cell_type and the sample's columns. Unassigned
        cells are in no sum.
    """
    known = (cells.obs["cell_type"] != UNASSIGNED).to_numpy()
    part = cells[known]
    keys = pd.MultiIndex.from_frame(part.obs[list(OF_CELLS)].astype(str))
    groups = keys.unique().sort_values()
    rows = groups.get_indexer(keys)
    shape = (len(groups), part.n_obs)
    member = sparse.csr_matrix((np.ones(part.n_obs), (rows, np.arange(part.n_obs))), shape=shape)
    counts = sparse.csr_matrix(part.layers["counts"])
    summed = (member @ counts).toarray()
    seen = counts.copy()
    seen.data = np.ones_like(seen.data)
    sizes = np.asarray(member.sum(axis=1)).ravel()
    facts = samples.set_index("sample").reindex(groups.get_level_values(0)).reset_index()
    obs = facts.astype(str).replace("nan", "")
    obs["cell_type"] = groups.get_level_values(1).to_numpy()
    obs["n_cells"] = sizes.astype(int)
    obs.index = [f"{sample}|{kind}" for sample, kind in groups]
    # Genes that vary between single cells need not vary between sums.
    var = cells.var.drop(columns=VARIABLE, errors="ignore")
    result = ad.AnnData(np.rint(summed), obs=obs, var=var)
    result.layers["detected"] = (member @ seen).toarray() / np.maximum(sizes, 1)[:, None]
    result.uns["unit"], result.uns["species"] = "counts", species
    return result


def differential_by_type(
    sums: ad.AnnData,
    contrast: Contrast,
    settings: DifferentialExpression,
    limits: Pseudobulk,
    threads: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test a contrast in each cell type, with samples as replicates.

    Parameters
    ----------
    sums
        Of `sum_cells`.
    contrast
        The question; its columns are those of the sample table.
    settings
        Of the test.
    limits
        Cells and samples needed.
    threads
        Threads to use; the result does not depend on it.

    Returns
    -------
    tuple
        Contract ``cell_de``, sorted by cell type and p; the false discovery rate is over the genes
        of a cell type. And contract ``exclusions``: cell types and sums that are not tested.
    """
    tables, rows = [], []
    title = contrast.title or contrast.formula
    for column, levels in contrast.subset.items():
        if column in sums.obs:
            sums = sums[sums.obs[column].isin(levels).to_numpy()]
    for kind in sorted(sums.obs["cell_type"].unique()):
        mine = sums[(sums.obs["cell_type"] == kind).to_numpy()]
        enough = (mine.obs["n_cells"] >= limits.min_cells).to_numpy()
        rows += [
            ("sample", f"{sample}, {kind}", STAGE, f"{n} cells, {limits.min_cells} needed")
            for sample, n in zip(mine.obs["sample"][~enough], mine.obs["n_cells"][~enough],
                                 strict=True)
        ]  # fmt: skip
        part = mine[enough].copy()
        part.obs_names = part.obs["sample"].astype(str)
        if part.n_obs < limits.min_samples:
            reason = f"{title}: {part.n_obs} samples with enough cells, {limits.min_samples} needed"
            rows.append(("cell_type", kind, STAGE, reason))
            continue
        try:
            de, samples = differential_expression(part, contrast, settings, threads)
        except InnervateError as error:
            # A design that this cell type's samples can't answer leaves the others untouched.
            rows.append(("cell_type", kind, STAGE, _one_line(f"{title}: {error}")))
            continue
        de.insert(0, "cell_type", kind)
        used = part.n_obs - (samples["level"] == "sample").sum()
        tables.append(de.assign(n_samples=used))
        logging.info("%s: %d samples, %d genes", kind, used, len(de))
    columns = CELL_DE.names
    whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return whole, pd.DataFrame(rows, columns=["level", "id", "stage", "reason"]).drop_duplicates()


def _one_line(text: str) -> str:
    return " ".join(text.split())
