"""Each single-cell format gives back the same small planted matrix; broken files are named."""

import gzip
import tracemalloc

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import mmwrite

from innervate.config.cells import CellMatrix
from innervate.inputs.cell_formats import (
    read_10x_h5,
    read_10x_mtx,
    read_loom,
    read_text_matrix,
    read_triplets,
)
from innervate.inputs.cell_h5ad import read_h5ad
from innervate.inputs.cells import harmonized, read_sample
from innervate.runtime.errors import InputError

IDS = ["ENSG00000141510", "ENSG00000271503", "ENSG00000145147", "ENSG00000128272"]
NAMES = ["TP53", "CCL5", "SLIT2", "ATF4"]
BARCODES = ["AAAC-1", "CCCG-1", "TTTG-1"]
COUNTS = np.array([[1, 0, 0, 7], [0, 2, 0, 0], [3, 0, 900, 0]])
TYPES = ["Gene Expression"] * 4


def declared(kind, **more):
    return CellMatrix(format=kind, folder=".", file_column="file", **more)


def check(raw, ids=IDS, barcodes=BARCODES, counts=COUNTS):
    """Compare by name, as triplets come in an order of their own."""
    assert raw.counts.dtype == np.float32
    frame = pd.DataFrame(raw.counts.toarray(), index=raw.barcodes, columns=raw.ids)
    assert sorted(raw.barcodes) == sorted(barcodes)
    assert frame.loc[barcodes, ids].to_numpy().tolist() == counts.tolist()
    assert frame.shape == counts.shape


def problem(reader, *args, **more):
    """The only problem of a file, as text."""
    with pytest.raises(InputError) as caught:
        reader(*args, **more)
    assert len(caught.value.problems) == 1
    return str(caught.value.problems[0])


def write(path, text, zipped=False):
    path = path.with_name(f"{path.name}.gz") if zipped else path
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    return path


def write_mtx(folder, version=3, zipped=False, prefix="", types=TYPES, barcodes=BARCODES):
    folder.mkdir(exist_ok=True)
    plain = folder / "plain.mtx"
    mmwrite(plain, sparse.coo_matrix(COUNTS.T))
    matrix = write(folder / f"{prefix}matrix.mtx", plain.read_text(), zipped)
    plain.unlink()
    write(folder / f"{prefix}barcodes.tsv", "\n".join(barcodes) + "\n", zipped)
    columns = (IDS, NAMES, types) if version == 3 else (IDS, NAMES)
    lines = ["\t".join(row) for row in zip(*columns, strict=True)]
    name = "features.tsv" if version == 3 else "genes.tsv"
    write(folder / f"{prefix}{name}", "\n".join(lines) + "\n", zipped)
    return matrix


def write_h5(path, version=3, types=TYPES, barcodes=BARCODES, groups=None):
    counts = sparse.csr_matrix(COUNTS)
    with h5py.File(path, "w") as file:
        for name in groups or (["matrix"] if version == 3 else ["GRCh38"]):
            group = file.create_group(name)
            for part in ("data", "indices", "indptr"):
                group[part] = getattr(counts, part)
            group["shape"] = COUNTS.T.shape
            group["barcodes"] = np.array(barcodes, dtype="S")
            if version == 2:
                group["genes"] = np.array(IDS, dtype="S")
                group["gene_names"] = np.array(NAMES, dtype="S")
                continue
            for key, values in (("id", IDS), ("name", NAMES), ("feature_type", types)):
                group[f"features/{key}"] = np.array(values, dtype="S")
    return path


def write_loom(path, values=COUNTS.T, genes=IDS, barcodes=BARCODES):
    with h5py.File(path, "w") as file:
        file.create_dataset("matrix", data=values, chunks=tuple(min(64, n) for n in values.shape))
        file["row_attrs/Accession"] = np.array(genes, dtype="S")
        file["col_attrs/CellID"] = np.array(barcodes, dtype="S")
    return path


def table(separator="\t", cells_in_rows=False, corner="gene"):
    frame = pd.DataFrame(COUNTS, index=BARCODES, columns=IDS)
    frame = frame if cells_in_rows else frame.T
    return frame.rename_axis(corner).to_csv(sep=separator, lineterminator="\n")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("zipped", [False, True])
def test_10x_folder(tmp_path, version, zipped):
    matrix = write_mtx(tmp_path / "run", version, zipped)
    raw = read_10x_mtx(tmp_path / "run", declared("10x_mtx"))
    check(raw)
    assert raw.taken_from == matrix.name
    check(read_10x_mtx(matrix, declared("10x_mtx")))
    check(read_text_matrix(matrix, declared("matrix")))


@pytest.mark.parametrize("version", [2, 3])
def test_10x_files_of_several_samples_in_a_folder_are_told_apart_by_their_prefix(tmp_path, version):
    write_mtx(tmp_path, version, prefix="GSM2_", zipped=True, barcodes=["x", "y", "z"])
    check(read_10x_mtx(write_mtx(tmp_path, version, True, "GSM1_T_"), declared("10x_mtx")))


def test_an_mtx_of_another_name_lies_beside_its_names(tmp_path):
    path = write_mtx(tmp_path).rename(tmp_path / "counts.mtx")
    check(read_text_matrix(path, declared("matrix")))


@pytest.mark.parametrize("column", ["name", "2"])
def test_10x_genes_by_symbol(tmp_path, column):
    matrix = declared("10x_mtx", gene_column=column)
    write_mtx(tmp_path)
    check(read_10x_mtx(tmp_path, matrix), ids=NAMES)
    check(read_10x_h5(write_h5(tmp_path / "run.h5"), matrix), ids=NAMES)


def test_10x_gene_column_that_is_not_there(tmp_path):
    write_mtx(tmp_path)
    told = problem(read_10x_mtx, tmp_path, declared("10x_mtx", gene_column="symbol"))
    assert "features.tsv: gene_column" in told
    assert "no column symbol" in told
    assert "one of: id, name" in told


@pytest.mark.parametrize("version", [2, 3])
def test_10x_h5(tmp_path, version):
    raw = read_10x_h5(write_h5(tmp_path / "run.h5", version), declared("10x_h5"))
    check(raw)
    assert raw.taken_from == ("/matrix" if version == 3 else "/GRCh38")


def test_antibodies_and_peaks_are_left_out_and_counted(tmp_path):
    types = ["Gene Expression", "Antibody Capture", "Gene Expression", "Peaks"]
    write_mtx(tmp_path, types=types)
    path = write_h5(tmp_path / "run.h5", types=types)
    for raw in (
        read_10x_mtx(tmp_path, declared("10x_mtx")),
        read_10x_h5(path, declared("10x_h5")),
    ):
        check(raw, ids=[IDS[0], IDS[2]], counts=COUNTS[:, [0, 2]])
        assert [row[:2] for row in raw.left_out] == [("gene", "2 features")]


def test_no_feature_of_expression_is_refused(tmp_path):
    write_mtx(tmp_path, types=["Peaks"] * 4)
    told = problem(read_10x_mtx, tmp_path, declared("10x_mtx"))
    assert "found     Peaks" in told


def test_10x_h5_of_two_genomes_is_refused(tmp_path):
    path = write_h5(tmp_path / "mixed.h5", 2, groups=["hg19", "mm10"])
    assert "groups hg19, mm10" in problem(read_10x_h5, path, declared("10x_h5"))


def test_missing_companions_are_all_named(tmp_path):
    write_mtx(tmp_path)
    for name in ("barcodes.tsv", "features.tsv"):
        (tmp_path / name).unlink()
    with pytest.raises(InputError) as caught:
        read_10x_mtx(tmp_path, declared("10x_mtx"))
    assert [one.where for one in caught.value.problems] == ["barcodes", "features"]
    assert "genes.tsv.gz" in caught.value.problems[1].expected


@pytest.mark.parametrize("barcodes", [BARCODES[:2], [*BARCODES, "GGGG-1"]])
def test_barcodes_must_be_as_many_as_the_matrix_has_cells(tmp_path, barcodes):
    write_mtx(tmp_path, barcodes=barcodes)
    hdf5 = write_h5(tmp_path / "run.h5", barcodes=barcodes)
    loom = write_loom(tmp_path / "run.loom", barcodes=barcodes)
    for told in (
        problem(read_10x_mtx, tmp_path, declared("10x_mtx")),
        problem(read_10x_h5, hdf5, declared("10x_h5")),
        problem(read_loom, loom, declared("loom")),
    ):
        assert f"{len(barcodes)} of them" in told
        assert "3, as in the matrix" in told


def test_features_must_be_as_many_as_the_matrix_has_genes(tmp_path):
    write_mtx(tmp_path)
    (tmp_path / "features.tsv").write_text("")
    told = problem(read_10x_mtx, tmp_path, declared("10x_mtx"))
    assert "features.tsv: genes" in told
    assert "0 of them" in told


@pytest.mark.parametrize("indices", [[0, 3, 1, 0, 9], [0, 3, 1, 0, -1]])
def test_an_index_beyond_the_matrix_is_refused(tmp_path, indices):
    path = write_h5(tmp_path / "run.h5")
    with h5py.File(path, "a") as file:
        file["matrix/indices"][:] = indices
    assert "not readable (indices must be" in problem(read_10x_h5, path, declared("10x_h5"))


def test_loom(tmp_path):
    path = write_loom(tmp_path / "run.loom")
    check(read_loom(path, declared("loom")))
    with h5py.File(path, "a") as file:
        file["row_attrs/Gene"] = np.array(NAMES, dtype="S")
    check(read_loom(path, declared("loom", gene_column="Gene")), ids=NAMES)
    told = problem(read_loom, path, declared("loom", gene_column="symbol"))
    assert "one of: Accession, Gene" in told


def test_loom_without_cells_is_refused(tmp_path):
    path = tmp_path / "empty.loom"
    with h5py.File(path, "w") as file:
        file["matrix"] = np.zeros((4, 0))
        file["row_attrs/Accession"] = np.array(IDS, dtype="S")
        file["col_attrs/CellID"] = np.array([], dtype="S1")
    assert "no cells" in problem(read_loom, path, declared("loom"))


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("cells_in_rows", [False, True])
def test_dense_table(tmp_path, separator, zipped, cells_in_rows):
    name = "counts.csv" if separator == "," else "counts.tsv"
    path = write(tmp_path / name, table(separator, cells_in_rows), zipped)
    check(read_text_matrix(path, declared("matrix", cells_in_rows=cells_in_rows)))


def test_dense_table_as_r_writes_it(tmp_path):
    lines = table().replace("gene\t", "", 1).splitlines()
    quoted = ["\t".join(f'"{name}"' for name in lines[0].split("\t")), *lines[1:]]
    path = write(tmp_path / "counts.tsv", "\n".join(quoted) + "\n")
    check(read_text_matrix(path, declared("matrix")))


def test_dense_table_with_genes_in_a_declared_column(tmp_path):
    # The ids stand last, under a name of their own.
    pairs = [line.split("\t", 1) for line in table(corner="symbol").splitlines()]
    lines = [f"{values}\t{gene}" for gene, values in pairs]
    path = write(tmp_path / "counts.tsv", "\n".join(lines) + "\n")
    check(read_text_matrix(path, declared("matrix", gene_column="symbol")))
    told = problem(read_text_matrix, path, declared("matrix", gene_column="name"))
    assert "no column name" in told


def test_dense_table_keeps_a_barcode_that_stands_twice(tmp_path):
    path = write(tmp_path / "counts.tsv", "gene\tA\tA\nTP53\t1\t2\n")
    raw = read_text_matrix(path, declared("matrix"))
    assert raw.barcodes == ["A", "A"], "for the check of the sample to see it"


def test_dense_table_keeps_numeric_ids_as_text(tmp_path):
    path = write(tmp_path / "counts.tsv", "gene\tA\n007157\t1\nNA\t2\n")
    assert read_text_matrix(path, declared("matrix")).ids == ["007157", "NA"]


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("gene\tA\tB\nTP53\t1\t2\nCCL5\t1\n", "row 3", "2 cells"),
        ("gene\tA\tB\nTP53\t1\t2\nCCL5\t1\tx\n", "row 3", "'x'"),
        ("# made by hand\ngene\tA\nTP53\t\n", "row 3", "''"),
        ("gene\tA\tB\n", "", "no rows"),
        ("", "", "no rows"),
    ],
)
def test_dense_table_that_is_none(tmp_path, text, where, found):
    path = write(tmp_path / "counts.tsv", text)
    told = problem(read_text_matrix, path, declared("matrix"))
    assert where in told
    assert found in told


@pytest.mark.parametrize(
    "header", ["gene\tcell\tcount\n", "cell\tx\tgene\tcount\n", "a\tb\tc\n", ""]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_triplets(tmp_path, header, zipped):
    lines = []
    for cell, gene in zip(*np.nonzero(COUNTS), strict=True):
        record = [IDS[gene], BARCODES[cell], str(COUNTS[cell, gene])]
        if header.startswith("cell"):
            record = [record[1], "-", record[0], record[2]]
        lines.append("\t".join(record))
    path = write(tmp_path / "long.tsv", header + "\n".join(lines) + "\n", zipped)
    check(read_triplets(path, declared("triplets")))


def test_triplets_with_genes_in_a_declared_column(tmp_path):
    matrix = declared("triplets", gene_column="symbol")
    path = write(tmp_path / "long.csv", "cell,symbol,gene,count\nA,TP53,ENSG1,4\nA,CCL5,ENSG2,5\n")
    raw = read_triplets(path, matrix)
    assert (raw.ids, raw.counts.toarray().tolist()) == (["CCL5", "TP53"], [[5, 4]])
    write(path, "cell,gene,count\nA,ENSG1,4\n")
    assert "columns symbol, cell, count" in problem(read_triplets, path, matrix)


@pytest.mark.parametrize("text", ["gene\tcell\nTP53\tA\n", "gene\tcell\tcount\nTP53\tA\tx\n", ""])
def test_triplets_that_are_none(tmp_path, text):
    path = write(tmp_path / "long.tsv", text)
    assert "long.tsv" in problem(read_triplets, path, declared("triplets"))


READERS = {
    "matrix.mtx.gz": (read_10x_mtx, "10x_mtx"),
    "table.tsv.gz": (read_text_matrix, "matrix"),
    "long.tsv.gz": (read_triplets, "triplets"),
    "run.h5": (read_10x_h5, "10x_h5"),
    "run.loom": (read_loom, "loom"),
    "run.h5ad": (read_h5ad, "h5ad"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_file_cut_short_is_named(tmp_path, name):
    write_mtx(tmp_path, zipped=True)
    write(tmp_path / "table.tsv", table(), zipped=True)
    write(tmp_path / "long.tsv", "gene\tcell\tcount\nTP53\tA\t1\n" * 50, zipped=True)
    write_h5(tmp_path / "run.h5")
    write_loom(tmp_path / "run.loom")
    annotated({"X": COUNTS}).write_h5ad(tmp_path / "run.h5ad")
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-40])
    reader, kind = READERS[name]
    told = problem(reader, path, declared(kind))
    assert name in told
    assert "not readable" in told


@pytest.mark.parametrize("name", ["run.h5", "run.loom", "run.h5ad"])
@pytest.mark.parametrize("content", [None, "matrix", "obs"])
def test_an_hdf5_file_of_another_kind_is_named(tmp_path, name, content):
    with h5py.File(tmp_path / name, "w") as file:
        if content:
            file[content] = [1, 2]
    reader, kind = READERS[name]
    assert name in problem(reader, tmp_path / name, declared(kind))


def annotated(places, ids=IDS):
    """Make an AnnData with values in X, raw or layers; ids of raw are reversed."""
    places = {name: sparse.csr_matrix(values.astype(float)) for name, values in places.items()}
    obs = pd.DataFrame({"label": pd.Categorical(["T", "B", "T"])}, index=BARCODES)
    adata = ad.AnnData(obs=obs, var=pd.DataFrame({"symbol": NAMES}, index=ids))
    if "raw" in places:
        raw = ad.AnnData(places["raw"][:, ::-1], obs=obs, var=pd.DataFrame(index=ids[::-1]))
        adata.raw = raw
    if "X" in places:
        adata.X = places["X"]
    for name in places.keys() - {"X", "raw"}:
        adata.layers[name] = places[name]
    return adata


LOGS = np.log1p(COUNTS)


@pytest.mark.parametrize(
    ("places", "counts", "taken_from"),
    [
        ({"X": COUNTS}, "auto", "X"),
        ({"counts": COUNTS, "X": LOGS}, "auto", "layers['counts']"),
        ({"counts": COUNTS, "X": COUNTS * 2}, "auto", "layers['counts']"),
        ({"counts": LOGS, "X": COUNTS, "raw": COUNTS * 2}, "auto", "X"),
        ({"X": LOGS, "raw": COUNTS}, "auto", "raw"),
        ({"X": COUNTS * 2, "raw": COUNTS}, "raw", "raw"),
        ({"counts": COUNTS * 2, "X": COUNTS}, "X", "X"),
        ({"X": LOGS, "umi": COUNTS}, "layers/umi", "layers/umi"),
    ],
)
def test_h5ad_counts_wherever_they_stand(tmp_path, places, counts, taken_from):
    annotated(places).write_h5ad(tmp_path / "run.h5ad")
    raw = read_h5ad(tmp_path / "run.h5ad", declared("h5ad", counts=counts))
    check(raw)
    assert raw.taken_from == taken_from


@pytest.mark.parametrize(
    ("places", "counts", "told"),
    [
        ({"X": LOGS}, "auto", ["no layers['counts']", "X holds values such as 0.69", "no raw"]),
        ({"X": -COUNTS}, "auto", ["X holds values such as -1"]),
        ({"counts": COUNTS, "X": LOGS}, "X", ["X holds values such as 0.69"]),
        ({"umi": COUNTS, "X": LOGS}, "layers/counts", ["one of: X, layers/umi"]),
    ],
)
def test_h5ad_without_counts_says_what_there_is(tmp_path, places, counts, told):
    annotated(places).write_h5ad(tmp_path / "run.h5ad")
    message = problem(read_h5ad, tmp_path / "run.h5ad", declared("h5ad", counts=counts))
    for expected in told:
        assert expected in message, expected


def test_h5ad_reads_the_wanted_rows_and_columns(tmp_path):
    path = tmp_path / "run.h5ad"
    annotated({"X": COUNTS}).write_h5ad(path)
    matrix = declared("h5ad", gene_column="symbol")
    raw = read_h5ad(path, matrix, np.array([True, False, True]), ["label"])
    check(raw, ids=NAMES, barcodes=["AAAC-1", "TTTG-1"], counts=COUNTS[[0, 2]])
    assert raw.obs["label"].tolist() == ["T", "T"]
    assert "no column type" in problem(read_h5ad, path, matrix, keep=["type"])
    assert "no column name in var" in problem(read_h5ad, path, declared("h5ad", gene_column="name"))


def write_h5ad(path, stored):
    counts = sparse.csr_matrix(COUNTS.astype(float))
    values = {"csr": counts, "csc": counts.tocsc(), "dense": counts.toarray()}[stored]
    frames = pd.DataFrame(index=BARCODES), pd.DataFrame(index=IDS)
    ad.AnnData(values, *frames).write_h5ad(path)
    return path


def write_triplets(path):
    triplets = zip(*np.nonzero(COUNTS), strict=True)
    lines = [f"{IDS[gene]},{BARCODES[cell]},{COUNTS[cell, gene]}" for cell, gene in triplets]
    return write(path, "\n".join(["gene,cell,count", *lines, ""]), zipped=True)


SAMPLES = {
    "10x v2": ({"format": "10x_mtx"}, lambda at: write_mtx(at / "run", 2).parent, "matrix.mtx"),
    "10x v3, GEO": (
        {"format": "10x_mtx"},
        lambda at: write_mtx(at, 3, True, "GSM1_"),
        "GSM1_matrix.mtx.gz",
    ),
    "10x by symbol": (
        {"format": "10x_mtx", "gene_column": "name"},
        lambda at: write_mtx(at / "run", 3, True).parent,
        "matrix.mtx.gz",
    ),
    "bare mtx": ({"format": "matrix"}, lambda at: write_mtx(at, 2), "matrix.mtx"),
    "h5 v2": ({"format": "10x_h5"}, lambda at: write_h5(at / "run.h5", 2), "/GRCh38"),
    "h5 v3": ({"format": "10x_h5"}, lambda at: write_h5(at / "run.h5"), "/matrix"),
    "h5ad csr": ({"format": "h5ad"}, lambda at: write_h5ad(at / "run.h5ad", "csr"), "X"),
    "h5ad csc": ({"format": "h5ad"}, lambda at: write_h5ad(at / "run.h5ad", "csc"), "X"),
    "h5ad dense": ({"format": "h5ad"}, lambda at: write_h5ad(at / "run.h5ad", "dense"), "X"),
    "loom": ({"format": "loom"}, lambda at: write_loom(at / "run.loom"), "matrix"),
    "tsv": ({"format": "matrix"}, lambda at: write(at / "run.tsv", table()), "the table"),
    "csv of cells": (
        {"format": "matrix", "cells_in_rows": True},
        lambda at: write(at / "run.csv", table(",", True), zipped=True),
        "the table",
    ),
    "triplets": ({"format": "triplets"}, lambda at: write_triplets(at / "run.csv"), "the table"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_the_same_counts_by_symbol_in_every_format(tmp_path, name):
    declaration, make, taken_from = SAMPLES[name]
    file = make(tmp_path).name
    matrix = CellMatrix(folder=str(tmp_path), file_column="file", **declaration)
    adata, genes = harmonized(read_sample(matrix, "s1", file), "human", "s1", file)
    cells = [f"s1:{barcode}" for barcode in BARCODES]
    assert adata.to_df().loc[cells, NAMES].to_numpy().tolist() == COUNTS.tolist()
    assert adata.shape == COUNTS.shape
    assert adata.uns["taken_from"] == taken_from
    assert set(genes["status"]) == {"kept"}


def write_10x_without_cells(folder):
    write_mtx(folder, barcodes=[])
    lines = ["%%MatrixMarket matrix coordinate integer general", "4 0 0"]
    write(folder / "matrix.mtx", "\n".join([*lines, ""]))


def write_h5ad_without_cells(path, values):
    frames = pd.DataFrame(index=[]), pd.DataFrame(index=IDS)
    ad.AnnData(values, *frames).write_h5ad(path)


def write_cut_short(folder, name, end=8):
    write_mtx(folder, zipped=name.endswith(".gz"))
    path = folder / name
    path.write_bytes(path.read_bytes()[:-end])


NO_CELLS = ("no cells", "at least one")
OF_10X, OF_H5AD = {"format": "10x_mtx"}, {"format": "h5ad"}
BROKEN = {
    "logarithms": (
        OF_H5AD,
        lambda at: annotated({"X": LOGS}).write_h5ad(at / "run.h5ad"),
        ("run.h5ad", "X holds values such as 0.6931", "whole numbers not below 0"),
    ),
    "a barcode twice": (
        {"format": "10x_h5"},
        lambda at: write_h5(at / "run.h5", barcodes=["AAAC-1", "CCCG-1", "AAAC-1"]),
        ("run.h5", "1 barcodes several times: AAAC-1", "each barcode once"),
    ),
    "unknown gene_column": (
        {"format": "10x_h5", "gene_column": "symbol"},
        lambda at: write_h5(at / "run.h5"),
        ("run.h5", "no column symbol", "one of: id, name"),
    ),
    "barcodes cut short": (
        OF_10X,
        lambda at: write_cut_short(at, "barcodes.tsv.gz"),
        ("barcodes.tsv.gz", "not readable (Compressed file ended", "a barcode a line"),
    ),
    "features cut short": (
        OF_10X,
        lambda at: write_cut_short(at, "features.tsv.gz"),
        ("features.tsv.gz", "not readable (Compressed file ended", "a gene a line"),
    ),
    "plain matrix cut short": (
        OF_10X,
        # The last record, "3 3 900" and its line end.
        lambda at: write_cut_short(at, "matrix.mtx"),
        ("matrix.mtx", "not readable (Truncated file", "a Matrix Market file"),
    ),
    "10x without cells": (OF_10X, write_10x_without_cells, ("", *NO_CELLS)),
    "table without cells": (
        {"format": "matrix"},
        lambda at: write(at / "run.tsv", "gene\nTP53\n"),
        ("run.tsv", *NO_CELLS),
    ),
    "h5ad csr without cells": (
        OF_H5AD,
        lambda at: write_h5ad_without_cells(at / "run.h5ad", sparse.csr_matrix((0, 4))),
        ("run.h5ad", *NO_CELLS),
    ),
    "h5ad csc without cells": (
        OF_H5AD,
        lambda at: write_h5ad_without_cells(at / "run.h5ad", sparse.csc_matrix((0, 4))),
        ("run.h5ad", *NO_CELLS),
    ),
    "h5ad dense without cells": (
        OF_H5AD,
        lambda at: write_h5ad_without_cells(at / "run.h5ad", np.zeros((0, 4))),
        ("run.h5ad", *NO_CELLS),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_sample_is_told_with_its_file_and_what_is_expected(tmp_path, name):
    declaration, make, (broken, found, expected) = BROKEN[name]
    make(tmp_path)
    matrix = CellMatrix(folder=str(tmp_path), file_column="file", **declaration)
    file = "." if declaration is OF_10X else broken
    with pytest.raises(InputError) as caught:
        read_sample(matrix, "s1", file)
    (one,) = caught.value.problems
    assert one.file == str(tmp_path / broken)
    assert found in one.found
    assert one.expected == expected


def test_a_label_that_obs_lacks_is_told_with_those_it_has(tmp_path):
    annotated({"X": COUNTS}).write_h5ad(tmp_path / "run.h5ad")
    matrix = CellMatrix(format="h5ad", folder=str(tmp_path), file_column="file")
    told = problem(read_sample, matrix, "s1", "run.h5ad", ["cell_type"])
    assert f"{tmp_path / 'run.h5ad'}: obs" in told
    assert "no column cell_type" in told
    assert "one of: label" in told


def peak(reader, *args):
    """Most bytes that were held at once while reading, and what was read."""
    tracemalloc.start()
    try:
        raw = reader(*args)
        return tracemalloc.get_traced_memory()[1], raw
    finally:
        tracemalloc.stop()


def test_memory_stays_far_below_the_whole_matrix(tmp_path):
    cells, genes = 4000, 2000
    whole = sparse.random(cells, genes, 0.05, format="csr", dtype=np.float32, random_state=1)
    whole.data[:] = 1
    names, barcodes = [f"g{n}" for n in range(genes)], [f"c{n}" for n in range(cells)]
    dense = cells * genes * 4
    loom = write_loom(tmp_path / "run.loom", whole.toarray().T, names, barcodes)
    bytes_held, raw = peak(read_loom, loom, declared("loom"))
    assert (raw.counts != whole).nnz == 0
    assert bytes_held < dense / 2

    adata = ad.AnnData(whole, pd.DataFrame(index=barcodes), pd.DataFrame(index=names))
    adata.write_h5ad(tmp_path / "run.h5ad")
    rows = np.arange(cells) % 20 == 0
    bytes_held, raw = peak(read_h5ad, tmp_path / "run.h5ad", declared("h5ad"), rows)
    assert (raw.counts != whole[rows]).nnz == 0
    assert bytes_held < whole.data.nbytes + whole.indices.nbytes, "less than all, even sparse"
