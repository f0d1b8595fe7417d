"""A batch effect is taken out, one sample is not integrated, and equal inputs give equal maps."""

import time

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from innervate.config.cell_settings import Embedding
from innervate.runtime.errors import InnervateError
from innervate.single_cell.embedding import (
    embed,
    harmonize_samples,
    neighbor_graph,
    variable_genes,
)
from innervate.single_cell.integration import integration_quality
from innervate.single_cell.joining import join_samples, log_normalized

KINDS = {"t_cd4": 80, "b_cell": 80, "macrophage": 80}


def joined_of(cells, sheet):
    names = list(dict.fromkeys(cells.obs["sample"]))
    parts = [cells[cells.obs["sample"] == name].copy() for name in names]
    return log_normalized(join_samples(parts, sheet(names))[0])


@pytest.fixture(scope="module")
def shifted(plant, sheet):
    """Two samples of the same cells, one with a batch effect on every gene."""

    def factor(kind, sample):
        names = plant({"x": {"t_cd4": 1}}).var_names
        rng = np.random.default_rng(7)
        return pd.Series(rng.lognormal(0, 0.2 if sample == "P2_a" else 0.0, len(names)), names)

    return joined_of(plant({"P1_a": KINDS, "P2_a": KINDS}, factor=factor), sheet)


def test_harmony_mixes_what_a_batch_effect_parted(shifted):
    made = embed(shifted, Embedding(), seed=1)
    table = integration_quality(made, shifted.obs["truth"].astype(str), seed=1)
    value = table.set_index(["metric", "representation"])["value"]
    print(table)
    # Which of nearly equal neighbors come first depends on the processor: no bound is close.
    assert value["sample_mixing", "pca"] < 0.6
    assert value["sample_mixing", "harmony"] > 0.8
    assert value["type_purity", "harmony"] > 0.9
    assert made.uns["representation"] == "X_harmony"


def test_one_sample_is_not_integrated(plant, sheet):
    made = embed(joined_of(plant({"P1_a": KINDS}), sheet), Embedding(), seed=1)
    assert made.uns["representation"] == "X_pca"
    assert "X_harmony" not in made.obsm


def test_equal_inputs_give_equal_maps(shifted):
    one, two = (embed(shifted, Embedding(), seed=4) for _ in range(2))
    assert np.array_equal(one.obsm["X_umap"], two.obsm["X_umap"])
    assert (one.obs["leiden"] == two.obs["leiden"]).all()


def test_components_keep_their_shape(shifted):
    rng = np.random.default_rng(0)
    where = rng.normal(size=(shifted.n_obs, 7))
    assert harmonize_samples(where, shifted.obs, seed=0).shape == where.shape


def test_a_gene_that_differs_between_samples_only_is_not_variable(plant, sheet):
    changed = ["HSPA5", "PSAT1", "ASNS", "MYC", "TRIB3"]

    def factor(kind, sample):
        return pd.Series(8.0 if sample == "P2_a" else 1.0, index=changed)

    cells = joined_of(plant({"P1_a": KINDS, "P2_a": KINDS}, factor=factor), sheet)
    found = variable_genes(cells, 200)
    assert len({"CD3D", "CD3E", "MS4A1", "CD79A", "C1QA", "C1QB"} & set(found)) >= 5
    assert not set(changed) & set(found)
    cells.obs["sample"] = "one"
    assert len(set(changed) & set(variable_genes(cells, 200))) >= 3, "as one batch they would be"


def test_too_few_cells_are_refused(plant, sheet):
    with pytest.raises(InnervateError, match="4 cells passed"):
        embed(joined_of(plant({"P1_a": {"t_cd4": 4}}), sheet), Embedding(), seed=1)


def test_joining_keeps_shared_genes_and_lists_the_others(plant, sheet):
    cells = plant({"P1_a": {"t_cd4": 5}, "P2_a": {"t_cd4": 5}})
    one, two = (cells[cells.obs["sample"] == name].copy() for name in ("P1_a", "P2_a"))
    joined, lost = join_samples([one, two[:, 1:].copy()], sheet(["P1_a", "P2_a"]))
    assert list(lost["id"]) == [cells.var_names[0]]
    assert joined.shape == (10, cells.n_vars - 1)
    assert joined.obs["patient"].tolist() == ["P1"] * 5 + ["P2"] * 5
    total = np.expm1(log_normalized(joined).layers["lognorm"].toarray()).sum(axis=1)
    assert total == pytest.approx(np.full(10, 1e4), rel=1e-4)
    with pytest.raises(InnervateError, match="no sample has a cell"):
        join_samples([one[:0], two[:0]], sheet(["P1_a", "P2_a"]))


def test_many_genes_of_many_samples_are_joined_in_no_time(sheet):
    names = [f"P{number}_a" for number in range(10)]
    genes = [f"G{number}" for number in range(20_000)]
    parts = [
        ad.AnnData(
            sparse.csr_matrix((3, len(genes)), dtype=np.float32),
            obs=pd.DataFrame({"sample": name}, index=[f"{name}:{cell}" for cell in range(3)]),
            var=pd.DataFrame(index=genes),
        )
        for name in names
    ]
    start = time.monotonic()
    joined, lost = join_samples(parts, sheet(names))
    assert joined.shape == (30, 20_000)
    assert lost.empty
    assert time.monotonic() - start < 10


def test_neighbors_are_the_nearest_also_where_cells_are_many():
    # From 8,192 on scanpy would search for neighbors, and fail with the pynndescent of today.
    points = np.random.default_rng(3).normal(size=(8200, 5)).astype(np.float32)
    cells = ad.AnnData(obsm={"X_pca": points})
    neighbor_graph(cells, "X_pca", neighbors=15, seed=1)
    found = cells.obsp["distances"]
    # A cell is its own nearest, and no edge of the graph.
    distances, nearest = NearestNeighbors(n_neighbors=15).fit(points).kneighbors()
    assert (np.diff(found.indptr) == 14).all()
    for cell in (0, 4000, 8199):
        row = found[cell]
        assert set(row.indices) == set(nearest[cell][:14])
        assert np.allclose(sorted(row.data), distances[cell][:14], rtol=1e-3)
