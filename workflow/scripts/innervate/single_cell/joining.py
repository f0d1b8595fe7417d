"""One matrix of all samples' cells, on the genes that all of them have."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import anndata as ad
import numpy as np
import pandas as pd

from innervate.runtime.errors import InnervateError

STAGE = "joining cells"


def join_samples(
    parts: Sequence[ad.AnnData], samples: pd.DataFrame
) -> tuple[ad.AnnData, pd.DataFrame]:
    """Join the kept cells of all samples.

    Parameters
    ----------
    parts
        One AnnData a sample: raw counts by approved symbol, ``obs['sample']``. A sample may have
        no cells.
    samples
        Contract ``samples``; its columns are given to each cell.

    Returns
    -------
    tuple
        Cells x genes, raw counts as CSR; and contract ``exclusions`` for genes that are not in all
        samples.

    Raises
    ------
    InnervateError
        Where no sample has a cell, or no gene is in all of them.
    """
    filled = [part for part in parts if part.n_obs]
    if not filled:
        msg = (
            "no sample has a cell that passed quality control: see single_cell/qc.tsv for the "
            "reasons, and cell_qc in docs/reference/configuration.md for the thresholds"
        )
        raise InnervateError(msg)
    shared = filled[0].var_names
    for part in filled[1:]:
        shared = shared[shared.isin(part.var_names)]
    if not len(shared):
        raise InnervateError("no gene is in all single-cell samples: are they of one species?")
    everything = dict.fromkeys(name for part in filled for name in part.var_names)
    kept = set(shared)
    lost = [name for name in everything if name not in kept]
    joined = ad.concat([part[:, shared] for part in filled], merge="first")
    joined.var = filled[0].var.loc[shared].copy()
    facts = samples.set_index("sample").drop(columns="assay").astype(str).replace("nan", "")
    mine = facts.loc[joined.obs["sample"]].set_axis(joined.obs_names)
    joined.obs = pd.concat([joined.obs.drop(columns=mine.columns, errors="ignore"), mine], axis=1)
    joined.X = joined.X.astype(np.float32)
    logging.info("%d cells of %d samples, %d genes", joined.n_obs, len(filled), joined.n_vars)
    rows = [("gene", name, STAGE, "not in all single-cell samples") for name in lost]
    return joined, pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])


def log_normalized(cells: ad.AnnData) -> ad.AnnData:
    """Add log-normalized values, which take less time to compute than to store.

    Parameters
    ----------
    cells
        Raw counts in X.

    Returns
    -------
    AnnData
        The same object, with counts per 10,000 of the cell, natural logarithm of one more, in
        ``layers['lognorm']``.
    """
    import scanpy as sc

    cells.layers["lognorm"] = cells.X.copy()
    sc.pp.normalize_total(cells, target_sum=1e4, layer="lognorm")
    sc.pp.log1p(cells, layer="lognorm")
    return cells
