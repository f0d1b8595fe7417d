"""A sample's cells are found, checked and brought to approved symbols."""

import tracemalloc

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import mmwrite

from innervate.config.cells import CellMatrix
from innervate.config.cohort import Cohort
from innervate.inputs.cell_formats import RawCells
from innervate.inputs.cell_samples import cell_paths, cell_sources, source_problems
from innervate.inputs.cells import (
    harmonized,
    input_paths,
    read_droplets,
    read_sample,
    samples_within,
)
from innervate.runtime.errors import InputError

GENES = ["TP53", "CCL5", "SLIT2"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cells").mkdir()
    return tmp_path / "cells"


@pytest.fixture
def whole(tmp_path):
    """Write one file of two samples whose cells alternate; both have a barcode AAAC."""
    obs = pd.DataFrame({"donor": pd.Categorical(["s2", "s1", "s2", "s1"]), "label": list("abcd")})
    obs.index = ["AAAC", "AAAC-1", "CCCG", "TTTG"]
    counts = sparse.csr_matrix(np.arange(12.0).reshape(4, 3))
    path = tmp_path / "all.h5ad"
    ad.AnnData(counts, obs, pd.DataFrame(index=GENES)).write_h5ad(path)
    return CellMatrix(format="h5ad", path=str(path), sample_column="donor")


def declared(kind="matrix", **more):
    return CellMatrix(format=kind, folder="cells", file_column="file", **more)


def problems(function, *args):
    with pytest.raises(InputError) as caught:
        function(*args)
    return caught.value.problems


def write_10x(folder):
    folder.mkdir()
    mmwrite(folder / "matrix.mtx", sparse.coo_matrix(np.array([[1, 0], [0, 2], [0, 3]])))
    (folder / "barcodes.tsv").write_text("A\nB\n")
    (folder / "genes.tsv").write_text("TP53\nCCL5\nSLIT2\n")


def test_a_sample_from_its_file(folder):
    (folder / "one.tsv").write_text("gene\tA\tB\nTP53\t1\t0\nCCL5\t0\t2\n")
    raw = read_sample(declared(), "s1", "one.tsv")
    assert raw.barcodes == ["A", "B"]
    assert raw.counts.toarray().tolist() == [[1, 0], [0, 2]]


def test_triplets_take_the_declared_gene_column(folder):
    (folder / "one.tsv").write_text("cell\tsymbol\tcount\nA\tTP53\t4\n")
    raw = read_sample(declared("triplets", gene_column="symbol"), "s1", "one.tsv")
    assert (raw.ids, raw.barcodes, raw.counts.toarray().tolist()) == (["TP53"], ["A"], [[4]])


def test_a_sample_of_one_file_of_all_gets_its_rows_only(whole):
    assert samples_within(whole) == ["s1", "s2"]
    raw = read_sample(whole, "s1", None, ["label"])
    assert raw.barcodes == ["AAAC-1", "TTTG"]
    assert raw.counts.toarray().tolist() == [[3, 4, 5], [9, 10, 11]]
    assert raw.obs["label"].tolist() == ["b", "d"]


def test_a_sample_of_one_file_of_all_is_read_in_a_quarter_of_the_memory_of_all(tmp_path):
    cells, genes, detected = 20_000, 1000, 200
    # Each cell has one count in every fifth gene, from a gene that depends on the cell.
    genes_of = (np.arange(detected) * 5 + np.arange(cells)[:, None] % 5).astype(np.int32)
    starts = np.arange(cells + 1, dtype=np.int32) * detected
    values = np.ones(cells * detected, dtype=np.float32)
    counts = sparse.csr_matrix((values, genes_of.ravel(), starts), shape=(cells, genes))
    donors = np.where(np.arange(cells) % 100 == 7, "s1", "s2")
    obs = pd.DataFrame({"donor": pd.Categorical(donors)}, index=[f"c{n}" for n in range(cells)])
    path = tmp_path / "all.h5ad"
    ad.AnnData(counts, obs, pd.DataFrame(index=[f"g{n}" for n in range(genes)])).write_h5ad(path)
    size = counts.data.nbytes + counts.indices.nbytes + counts.indptr.nbytes
    matrix = CellMatrix(format="h5ad", path=str(path), sample_column="donor")
    tracemalloc.start()
    try:
        raw = read_sample(matrix, "s1", None)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"200 of 20,000 cells: {held / 1e6:.1f} MB held, {size / 1e6:.1f} MB in all")
    assert raw.barcodes[:2] == ["c7", "c107"]
    assert (raw.counts != counts[donors == "s1"]).nnz == 0
    assert held < size / 4


def test_a_sample_that_the_file_does_not_hold(whole):
    (one,) = problems(read_sample, whole, "s3", None)
    assert (one.where, one.found) == ("sample s3", "no cells")


def test_a_sample_column_that_is_not_there_lists_what_is(whole):
    matrix = whole.model_copy(update={"sample_column": "patient"})
    (one,) = problems(samples_within, matrix)
    assert one.found == "no column patient"
    assert "donor, label" in one.expected


@pytest.mark.parametrize("name", ["../out.tsv", "/etc/passwd", "a/../../out.tsv", "", None])
def test_a_file_outside_the_folder_is_refused(folder, name):
    (folder.parent / "out.tsv").write_text("gene\tA\nTP53\t1\n")
    (one,) = problems(read_sample, declared(), "s1", name)
    assert one.where == "sample s1, column file"
    (one,) = problems(read_droplets, declared(raw_column="raw"), "s1", name)
    assert one.where == "sample s1, column raw"


@pytest.mark.parametrize("value", ["1.5", "-1", "nan", "inf"])
def test_values_that_are_no_counts_are_refused(folder, value):
    (folder / "one.tsv").write_text(f"gene\tA\tB\nTP53\t1\t0\nCCL5\t{value}\t2\n")
    (one,) = problems(read_sample, declared(), "s1", "one.tsv")
    assert one.found == f"1 values such as {value}"
    assert one.where == "the table"


def test_a_value_that_only_the_check_of_all_sees(folder):
    counts = np.ones((600, 400), dtype=np.float32)
    counts[-1, -1] = 0.5
    names = [f"c{n}" for n in range(600)]
    adata = ad.AnnData(sparse.csr_matrix(counts), pd.DataFrame(index=names))
    adata.write_h5ad(folder / "one.h5ad")
    (one,) = problems(read_sample, declared("h5ad"), "s1", "one.h5ad")
    assert one.found == "1 values such as 0.5"


def test_barcodes_that_stand_several_times_are_named_up_to_five(folder):
    names = [f"B{n}" for n in range(7)]
    header, row = "\t".join(["gene", *names, *names, "C"]), "\t".join(["TP53", *["1"] * 15])
    (folder / "one.tsv").write_text(f"{header}\n{row}\n")
    (one,) = problems(read_sample, declared(), "s1", "one.tsv")
    assert one.found == "7 barcodes several times: B0, B1, B2, B3, B4 …"
    assert one.expected == "each barcode once"


def test_all_problems_of_a_sample_come_at_once(folder):
    (folder / "one.tsv").write_text("gene\tA\tA\nTP53\t1.5\t0\n")
    assert len(problems(read_sample, declared(), "s1", "one.tsv")) == 2


def test_labels_are_for_h5ad_alone(folder):
    (folder / "one.tsv").write_text("gene\tA\nTP53\t1\n")
    with pytest.raises(InputError, match="format matrix has no column label"):
        read_sample(declared(), "s1", "one.tsv", ["label"])


def test_raw_droplets_are_read_by_what_the_path_is(folder):
    write_10x(folder / "raw")
    matrix = declared("h5ad", raw_column="raw")
    raw = read_droplets(matrix, "s1", "raw")
    assert raw.counts.toarray().tolist() == [[1, 0, 0], [0, 2, 3]]
    (folder / "raw.h5").write_bytes(b"no HDF5")
    (one,) = problems(read_droplets, matrix, "s1", "raw.h5")
    assert one.expected == "an HDF5 file of Cell Ranger"


def test_input_paths_are_files_with_raw_droplets_included(folder):
    write_10x(folder / "raw")
    (folder / "one.h5").touch()
    samples = pd.DataFrame(
        {"sample": ["s1", "s2"], "file": ["one.h5", ""], "raw": ["raw", np.nan], "age": [1, np.nan]}
    )
    assert input_paths(declared("10x_h5", raw_column="raw"), samples) == [
        *("cells/one.h5", "cells/raw/matrix.mtx", "cells/raw/barcodes.tsv", "cells/raw/genes.tsv")
    ]


def test_input_paths_names_every_file_that_is_missing(folder):
    write_10x(folder / "run")
    (folder / "run" / "barcodes.tsv").unlink()
    samples = pd.DataFrame({"sample": ["s1", "s2", "s3"], "file": ["run", "no.h5", "../x"]})
    found = problems(input_paths, declared("10x_mtx"), samples)
    assert [one.file for one in found] == ["cells/run", "cells/no.h5", "sample sheet"]


def test_input_paths_of_one_file_of_all(whole):
    samples = pd.DataFrame({"sample": ["s1"]})
    assert input_paths(whole, samples) == [whole.path]
    missing = whole.model_copy(update={"path": "missing.h5ad"})
    (one,) = problems(input_paths, missing, samples)
    assert (one.file, one.found) == ("missing.h5ad", "no such file")


def test_genes_get_their_symbols_and_cells_the_name_of_their_sample():
    ids = ["AARS", "TP53", "AARS1", "ERCC-00002", "TP53"]
    counts = sparse.csr_matrix(np.array([[1, 2, 4, 50, 8], [0, 0, 3, 60, 0]], dtype=np.float32))
    obs = pd.DataFrame({"label": ["T", "B"]}, index=["A", "C"])
    raw = RawCells(counts, ["A", "C"], ids, obs, "raw")
    adata, genes = harmonized(raw, "human", "s1", "one.h5ad")
    assert adata.var_names.tolist() == ["AARS1", "TP53"]
    assert adata.X.toarray().tolist() == [[1 + 4, 2 + 8], [3, 0]]
    assert (adata.X.format, adata.X.dtype) == ("csr", np.float32)
    assert adata.obs_names.tolist() == ["s1:A", "s1:C"]
    assert adata.obs["barcode"].tolist() == ["A", "C"]
    assert adata.obs["label"].tolist() == ["T", "B"]
    assert adata.var.loc["TP53", ["gene_id", "chromosome"]].tolist() == ["ENSG00000141510", "17"]
    assert adata.var["start"].dtype == np.float64
    assert adata.uns["taken_from"] == "raw"
    assert genes["input_id"].tolist() == ids
    assert genes["status"].tolist() == ["merged", "merged", "merged", "dropped", "merged"]


def test_genes_of_another_species_are_told_with_the_file():
    raw = RawCells(sparse.csr_matrix((1, 2)), ["A"], ["ENSMUSG00000000001", "ENSMUSG00000000028"])
    (one,) = problems(harmonized, raw, "human", "s1", "one.h5")
    assert one.file == "one.h5"
    assert "are of mouse" in one.found


def cohort_of(*inputs):
    declarations = [one.model_dump(exclude_none=True) for one in inputs]
    data = {"title": "", "species": "human", "samples": {"table": "sheet.tsv"}}
    return Cohort.model_validate({**data, "single_cell": {"inputs": declarations}})


def sheet(**files):
    """Rows of single-cell samples and their file, and of a bulk sample that has none."""
    names = [*files, "bulk"]
    assays = ["single_cell"] * len(files) + ["bulk"]
    return pd.DataFrame({"sample": names, "assay": assays, "file": [*files.values(), np.nan]})


def test_each_sample_has_the_input_that_holds_it(whole):
    droplets = declared("10x_h5", raw_column="raw")
    samples = sheet(s1="", s2=np.nan, s4="four.h5", s5="five.h5")
    samples["raw"] = ["", np.nan, "four_raw.h5", np.nan, np.nan]
    sources = cell_sources(cohort_of(whole, droplets), samples)
    assert {name: (one.matrix.format, one.file, one.raw_file) for name, one in sources.items()} == {
        "s1": ("h5ad", None, None),
        "s2": ("h5ad", None, None),
        "s4": ("10x_h5", "four.h5", "four_raw.h5"),
        "s5": ("10x_h5", "five.h5", None),
    }
    assert sources["s1"].name == whole.path
    assert sources["s4"].name == "cells/four.h5"


def test_samples_in_no_input_or_in_two_are_all_named_at_once(whole):
    samples = sheet(s1="one.tsv", s2="", s3="", s4=np.nan, s5="five.tsv")
    found = problems(cell_sources, cohort_of(declared(), whole), samples)
    assert [(one.where, one.found) for one in found] == [
        ("sample s1", "2 inputs hold its cells"),
        ("sample s3", "no input holds its cells"),
        ("sample s4", "no input holds its cells"),
    ]
    assert {one.file for one in found} == {"sheet.tsv"}
    assert {one.expected for one in found} == {"one of single_cell.inputs"}


def test_cell_paths_are_of_the_sample_alone(folder):
    write_10x(folder / "run")
    (folder / "two.h5").touch()
    samples = sheet(s1="run", s2="two.h5")
    sources = cell_sources(cohort_of(declared("10x_mtx")), samples)
    assert cell_paths(sources["s1"], samples, "s1") == [
        *("cells/run/matrix.mtx", "cells/run/barcodes.tsv", "cells/run/genes.tsv")
    ]
    assert cell_paths(sources["s2"], samples, "s2") == ["cells/two.h5"]


def test_source_problems_are_of_all_samples(folder):
    (folder / "here.tsv").touch()
    samples = sheet(s1="gone.tsv", s2="here.tsv", s3="../out.tsv")
    found = source_problems(cohort_of(declared()), samples)
    assert [(one.file, one.where) for one in found] == [
        ("cells/gone.tsv", "sample s1"),
        ("sample sheet", "sample s3, column file"),
    ]


def test_a_missing_file_is_told_beside_a_sample_without_input(folder):
    samples = sheet(s1="gone.tsv", s2="")
    found = source_problems(cohort_of(declared()), samples)
    assert {one.where for one in found} == {"sample s1", "sample s2"}
