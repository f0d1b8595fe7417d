"""What cells.h5ad holds, read from the file, is what scanpy needs; X and counts stay apart."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy import sparse

from innervate.config.cell_settings import CellPolarization, Embedding
from innervate.config.circuit import load_circuit
from innervate.genes.sets import load_sets
from innervate.macrophages.cell_table import assemble_cells
from innervate.runtime.files import RESOURCES, read_table, write_h5ad, write_table
from innervate.single_cell.contracts import ANNOTATION
from innervate.single_cell.embedding import embed
from innervate.single_cell.joining import log_normalized
from innervate.single_cell.pseudobulk import sum_cells

KINDS = ("b_cell", "t_cd8", "fibroblast")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return 12 small types of two samples, assembled from stages that were written and read."""
    folder = tmp_path_factory.mktemp("cells")
    rng = np.random.default_rng(0)
    number, genes = 40, [f"G{gene}" for gene in range(400)]
    rows, obs = [], []
    for group in range(12):
        level = np.ones(len(genes))
        level[30 * group : 30 * group + 45] = 6.0
        rows.append(rng.poisson(1500 * level / level.sum(), (number, len(genes))))
        obs += [(f"P{cell % 2}", KINDS[group % 3]) for cell in range(number)]
    obs = pd.DataFrame(obs, columns=["sample", "kind"])
    obs["barcode"] = [f"B{cell}" for cell in range(len(obs))]
    obs.index = obs["sample"] + ":" + obs["barcode"]
    obs["patient"], obs["tissue"] = obs["sample"], "tumor"
    for column in ("n_counts", "n_genes", "mito_fraction", "ribo_fraction", "doublet_score"):
        obs[column] = 0.0
    counts = sparse.csr_matrix(np.vstack(rows).astype(np.float32))
    joined = ad.AnnData(counts, obs=obs, var=pd.DataFrame({"symbol": genes}, index=genes))
    joined.uns["species"] = "human"
    joined = log_normalized(joined)
    write_h5ad(embed(joined, Embedding(variable_genes=150), seed=1), folder / "embedding.h5ad")
    embedding = ad.read_h5ad(folder / "embedding.h5ad")
    annotation = pd.DataFrame(
        {"cell": obs.index, "lineage": "x", "lineage_confidence": 1.0, "cell_type": obs["kind"],
         "cell_type_confidence": 1.0, "leiden": embedding.obs["leiden"].astype(str)}
    )  # fmt: skip
    # Through a table, as the workflow has it: cluster names come back as numbers.
    write_table(annotation, folder / "annotation.tsv", ANNOTATION)
    annotation = read_table(folder / "annotation.tsv", ANNOTATION).set_index("cell")
    malignant = pd.DataFrame({"malignant": "not malignant", "malignant_score": np.nan}, obs.index)
    circuit = load_circuit(RESOURCES / "circuits/neuroimmune.yaml")
    assembled = assemble_cells(
        joined, embedding, annotation, malignant, circuit, load_sets("human"),
        CellPolarization(), 0.5, seed=1,
    )  # fmt: skip
    write_h5ad(assembled.cells, folder / "cells.h5ad")
    return folder, embedding, assembled


def run_in_scanpy(cells):
    """What a user runs next; each step finds its inputs in the file."""
    for groups in ("leiden", "cell_type"):
        sc.tl.rank_genes_groups(cells, groups, method="wilcoxon")
        sc.tl.dendrogram(cells, groups)
        sc.tl.paga(cells, groups=groups)
        clusters = cells.obs[groups].cat.categories
        assert set(cells.uns[f"dendrogram_{groups}"]["categories_ordered"]) == set(clusters)
        assert cells.uns["paga"]["connectivities"].shape == (len(clusters), len(clusters))
    sc.tl.umap(cells, random_state=0)
    assert np.isfinite(cells.obsm["X_umap"]).all()


def test_scanpy_goes_on_from_the_file(made):
    folder, _, _ = made
    cells = ad.read_h5ad(folder / "cells.h5ad")
    run_in_scanpy(cells)
    first = cells.uns["rank_genes_groups"]["names"]["b_cell"][:30]
    # Groups 0, 3, 6 and 9 are B cells; a group shares genes 30 to 44 with the next.
    assert {int(gene[1:]) // 15 % 6 for gene in first} <= {0, 1, 2}


def test_clusters_are_categories_in_the_order_of_their_numbers(made):
    folder, embedding, assembled = made
    leiden = ad.read_h5ad(folder / "cells.h5ad").obs["leiden"]
    assert isinstance(leiden.dtype, pd.CategoricalDtype)
    assert leiden.cat.categories.tolist() == [str(number) for number in range(12)]
    assert leiden.astype(int).tolist() == assembled.table["leiden"].tolist()
    assert leiden.tolist() == embedding.obs["leiden"].tolist()


def test_graph_components_and_variable_genes_are_those_of_the_embedding(made):
    folder, embedding, _ = made
    cells = ad.read_h5ad(folder / "cells.h5ad")
    for name in ("connectivities", "distances"):
        assert (cells.obsp[name] != embedding.obsp[name]).nnz == 0
    assert cells.uns["neighbors"]["params"]["use_rep"] == "X_harmony"
    assert cells.uns["representation"] == "X_harmony"
    assert set(cells.var_names[cells.var["highly_variable"]]) == set(embedding.var_names)
    assert cells.var["highly_variable"].sum() == 150
    # The components are the scaled values of the variable genes times the loadings.
    scaled = sc.pp.scale(cells[:, embedding.var_names].copy(), max_value=10, copy=True).X
    loadings = cells[:, embedding.var_names].varm["PCs"]
    product = (scaled - scaled.mean(axis=0)) @ loadings
    assert product == pytest.approx(cells.obsm["X_pca"], abs=2e-3)
    assert not cells.varm["PCs"][~cells.var["highly_variable"].to_numpy()].any()
    ratio = cells.uns["pca"]["variance_ratio"]
    assert (np.diff(ratio) <= 0).all()
    assert cells.uns["pca"]["variance"] == pytest.approx(
        cells.obsm["X_pca"].var(0, ddof=1), rel=1e-3
    )


def test_counts_and_normalized_values_are_each_in_their_place(made):
    folder, _, assembled = made
    cells = ad.read_h5ad(folder / "cells.h5ad")
    counts = cells.layers["counts"]
    assert sparse.issparse(counts)
    assert (counts.data == np.rint(counts.data)).all()
    by_hand = np.log1p(counts.toarray() / counts.sum(axis=1).A * 1e4)
    assert cells.X.toarray() == pytest.approx(by_hand, rel=1e-5)
    assert cells.uns["log1p"]["base"] == pytest.approx(np.e)
    sums = sum_cells(assembled.cells, pd.DataFrame({"sample": ["P0", "P1"]}), "human")
    assert list(sums.var) == ["symbol"]


def test_the_file_is_the_same_to_the_byte(made, tmp_path):
    folder, _, assembled = made
    write_h5ad(assembled.cells, tmp_path / "again.h5ad")
    assert (tmp_path / "again.h5ad").read_bytes() == (folder / "cells.h5ad").read_bytes()


@pytest.mark.slow
def test_real_cells_go_on_in_scanpy(mouse_tumor, tmp_path):
    write_h5ad(mouse_tumor.assembled.cells, tmp_path / "cells.h5ad")
    run_in_scanpy(ad.read_h5ad(tmp_path / "cells.h5ad"))
