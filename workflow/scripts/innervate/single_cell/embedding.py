"""From counts to a map of the cells: variable genes, components, integration, clusters, UMAP."""

from __future__ import annotations

import logging

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.cell_settings import Embedding
from innervate.runtime.errors import InnervateError

MIN_BATCH = 50
"""Cells of a sample below which its genes' variability says too little; such samples are pooled."""

MIN_CELLS = 3
"""Cells that must show a gene for it to be considered."""

SPANS = (0.3, 0.5, 0.75, 1.0)
"""Widths of the smoother of the variance trend, the first that works is taken."""

FEWEST = 10
"""Cells below which there is nothing to embed."""

VARIABLE = "highly_variable"
"""Scanpy's name of the column that marks the genes which the components rest on."""


def with_embedding(cells: ad.AnnData, embedding: ad.AnnData) -> None:
    """Give cells their embedding under the names by which scanpy looks for its parts.

    Parameters
    ----------
    cells
        Cells x all genes, the cells in the order of `embedding`.
    embedding
        Of `embed`. All of its ``obsm``, ``obsp`` and ``uns`` are taken over, ``obs['leiden']`` as
        a categorical column, ``var['highly_variable']``, and ``varm['PCs']``, which is zero for
        genes that are not variable, as scanpy has it.
    """
    cells.obs["leiden"] = embedding.obs["leiden"].array
    cells.obsm.update(embedding.obsm)
    cells.obsp.update(embedding.obsp)
    cells.uns.update(embedding.uns)
    at = cells.var_names.get_indexer(embedding.var_names)
    variable = np.zeros(cells.n_vars, dtype=bool)
    variable[at] = True
    loadings = np.zeros((cells.n_vars, embedding.varm["PCs"].shape[1]), dtype=np.float32)
    loadings[at] = embedding.varm["PCs"]
    cells.var[VARIABLE], cells.varm["PCs"] = variable, loadings


def embed(cells: ad.AnnData, settings: Embedding, seed: int) -> ad.AnnData:
    """Embed all cells, integrated over samples.

    Highly variable genes are found within each sample and ranked over them, so that what differs
    between samples only is not among them. Harmony (Korsunsky et al. 2019,
    doi:10.1038/s41592-019-0619-0) moves the principal components of the samples together; with
    one sample it is not used. Clusters: Leiden (Traag et al. 2019,
    doi:10.1038/s41598-019-41695-z). Map: UMAP (McInnes et al. 2018, doi:10.21105/joss.00861).

    Parameters
    ----------
    cells
        Of `innervate.single_cell.joining.join_samples`.
    settings
        Numbers of genes, components, neighbors.
    seed
        Of all steps.

    Returns
    -------
    AnnData
        The same cells with the variable genes as ``var``, but without values: ``obs`` sample and
        leiden; ``obsm`` X_pca, X_harmony (where it ran), X_umap; ``varm`` PCs; ``obsp``
        connectivities and distances; ``uns`` pca, neighbors, leiden and umap as scanpy leaves
        them, and representation, the name of the components that the graph rests on.

    Raises
    ------
    InnervateError
        Where there are too few cells.
    """
    import scanpy as sc

    if cells.n_obs < FEWEST:
        raise InnervateError(f"{cells.n_obs} cells passed quality control, {FEWEST} needed")
    work = ad.AnnData(
        cells.layers["lognorm"], obs=cells.obs[["sample"]].copy(), var=cells.var[[]].copy()
    )
    genes = variable_genes(cells, settings.variable_genes)
    work = work[:, genes].copy()
    components = min(settings.components, work.n_obs - 1, work.n_vars - 1)
    sc.pp.scale(work, max_value=10)
    sc.tl.pca(work, n_comps=components, svd_solver="arpack", random_state=seed)
    out = ad.AnnData(obs=work.obs, var=work.var[[]])
    out.obsm["X_pca"], out.varm["PCs"] = work.obsm["X_pca"], work.varm["PCs"]
    out.uns["pca"] = {
        "params": {"zero_center": True, "mask_var": VARIABLE},
        "variance": work.uns["pca"]["variance"],
        "variance_ratio": work.uns["pca"]["variance_ratio"],
    }
    used = "X_pca"
    if settings.integration == "auto" and out.obs["sample"].nunique() > 1:
        out.obsm["X_harmony"] = harmonize_samples(out.obsm["X_pca"], out.obs, seed)
        used = "X_harmony"
    out.uns["representation"] = used
    neighbors = min(settings.neighbors, out.n_obs - 1)
    neighbor_graph(out, used, neighbors, seed)
    sc.tl.leiden(
        out,
        resolution=settings.resolution,
        flavor="igraph",
        n_iterations=2,
        directed=False,
        random_state=seed,
    )
    sc.tl.umap(out, random_state=seed)
    logging.info("%d cells, %d clusters, on %s", out.n_obs, out.obs["leiden"].nunique(), used)
    return out


def neighbor_graph(cells: ad.AnnData, used: str, neighbors: int, seed: int) -> None:
    """Add the graph of the nearest neighbors, each cell compared with all, to ``obsp``.

    For many cells scanpy would search instead, which is faster from some 100,000 on, but fails
    with the releases of pynndescent that fit the other dependencies (0.7 gives a sparse array
    where scanpy 1.11 needs a matrix), and may miss neighbors.

    Parameters
    ----------
    cells
        ``obsm[used]`` is where distances are taken.
    used
        Name of the representation.
    neighbors
        How many for each cell.
    seed
        Of what scanpy draws.
    """
    import scanpy as sc

    sc.pp.neighbors(
        cells, n_neighbors=neighbors, use_rep=used, random_state=seed, transformer="sklearn"
    )


def variable_genes(cells: ad.AnnData, count: int) -> pd.Index:
    """Names of the highly variable genes, ranked over samples.

    Parameters
    ----------
    cells
        Raw counts in X, ``obs['sample']``.
    count
        How many.

    References
    ----------
    Variance of counts against its trend: Stuart et al. 2019, doi:10.1016/j.cell.2019.05.031.
    """
    import scanpy as sc

    sizes = cells.obs["sample"].value_counts()
    small = sizes.index[sizes < MIN_BATCH]
    batch = cells.obs["sample"].astype(str)
    batch = batch.where(~batch.isin(small), "small samples")
    if (batch == "small samples").sum() < MIN_BATCH:
        batch = batch.replace("small samples", batch.mode()[0])
    seen = np.asarray((cells.X > 0).sum(axis=0)).ravel() >= MIN_CELLS
    part = ad.AnnData(
        cells.X[:, seen],
        obs=pd.DataFrame({"batch": pd.Categorical(batch)}, index=cells.obs_names),
        var=pd.DataFrame(index=cells.var_names[seen]),
    )
    for span in SPANS:
        try:
            sc.pp.highly_variable_genes(
                part,
                n_top_genes=min(count, part.n_vars),
                flavor="seurat_v3",
                span=span,
                batch_key="batch" if part.obs["batch"].nunique() > 1 else None,
            )
        except ValueError as error:
            # Few cells give many genes the same mean, and the narrow smoother then fails.
            logging.info("variance trend with span %g: %s", span, error)
        else:
            return part.var_names[part.var["highly_variable"]]
    raise InnervateError("no trend of variance over mean: the samples have too few cells")


def harmonize_samples(components: np.ndarray, obs: pd.DataFrame, seed: int) -> np.ndarray:
    """Principal components (cells x components) with the samples moved together by Harmony."""
    from harmonypy import run_harmony

    done = run_harmony(
        components.astype(np.float64), obs, "sample", random_state=seed, verbose=False
    )
    corrected = np.asarray(done.Z_corr)
    if corrected.shape != components.shape:
        corrected = corrected.T
    return corrected.astype(np.float32)
