"""Rows of an AnnData file, however it was written, and its column of samples."""

import tracemalloc

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.config.cells import CellMatrix
from innervate.inputs.cell_h5ad import read_h5ad, sample_column
from innervate.runtime.errors import InputError

MATRIX = CellMatrix(format="h5ad", folder=".", file_column="file")
STORED = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": lambda one: one.toarray()}


@pytest.mark.parametrize("stored", STORED)
def test_rows_of_each_storage_without_the_others_in_memory(tmp_path, stored):
    cells, genes = 4000, 2000
    whole = sparse.random(cells, genes, 0.05, format="csr", dtype=np.float32, random_state=1)
    whole.data[:] = 1
    names = [f"c{n}" for n in range(cells)], [f"g{n}" for n in range(genes)]
    frames = [pd.DataFrame(index=one) for one in names]
    ad.AnnData(STORED[stored](whole), *frames).write_h5ad(tmp_path / "run.h5ad")
    # The wanted cells lie throughout the file.
    rows = np.arange(cells) % 20 == 0
    tracemalloc.start()
    raw = read_h5ad(tmp_path / "run.h5ad", MATRIX, rows)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (raw.counts != whole[rows]).nnz == 0
    assert (raw.counts.format, raw.counts.dtype) == ("csr", np.float32)
    assert held < (cells * genes * 4 / 3 if stored == "dense" else whole.nnz * 8)


@pytest.fixture
def path(tmp_path):
    donors = pd.Categorical(["s2", None, "s1"])
    obs = pd.DataFrame({"donor": donors, "batch": ["x", "y", "x"]}, index=list("ABC"))
    ad.AnnData(sparse.csr_matrix(np.eye(3)), obs).write_h5ad(tmp_path / "run.h5ad")
    return tmp_path / "run.h5ad"


def test_sample_column_is_text_and_empty_where_missing(path):
    assert sample_column(path, "donor").tolist() == ["s2", "", "s1"]
    assert sample_column(path, "batch").tolist() == ["x", "y", "x"]


def test_sample_column_of_anndata_0_7(path):
    with h5py.File(path, "a") as file:
        obs = file["obs"]
        codes, categories = obs["donor/codes"][:], obs["donor/categories"][:]
        del obs["donor"]
        obs["__categories/donor"] = categories
        obs["donor"] = codes
        obs["donor"].attrs["categories"] = obs["__categories/donor"].ref
        obs.attrs["encoding-version"] = "0.1.0"
    assert sample_column(path, "donor").tolist() == ["s2", "", "s1"]


def test_an_index_beyond_the_matrix_is_refused(path):
    with h5py.File(path, "a") as file:
        file["X/indices"][:] = [0, 1, 900]
    with pytest.raises(InputError, match="indices must be < 3"):
        read_h5ad(path, MATRIX)
