"""Single-cell counts in the formats they come in: one function a format."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.config.cells import CellMatrix
from innervate.errors import InputError, Problem
from innervate.inputs.tables import open_text, separator_of

EXPRESSION = "Gene Expression"
MATRIX, BARCODES, FEATURES = "matrix.mtx", "barcodes.tsv", ("features.tsv", "genes.tsv")
BLOCK = 1000
"""Rows read at a time from a matrix that is dense on disk."""

SHOWN = 5


@dataclass(frozen=True)
class RawCells:
    """Cells as they stand in their file.

    Parameters
    ----------
    counts
        Cells x genes, float32.
    barcodes
        Of the cells, in order.
    ids
        Gene ids as given, in order.
    obs
        The columns asked for, a row a cell.
    taken_from
        Where in the input the counts were found, in words.
    left_out
        What the reader left out: level, id and reason of each.
    """

    counts: sparse.csr_matrix
    barcodes: list[str]
    ids: list[str]
    obs: pd.DataFrame = field(default_factory=pd.DataFrame)
    taken_from: str = ""
    left_out: tuple[tuple[str, str, str], ...] = ()


def refuse(path: str | Path, where: str, found: str, expected: str, mend: str = "") -> InputError:
    """An error of one problem."""
    return InputError([Problem(str(path), where, found, expected, mend)])


@contextmanager
def readable(path: str | Path, what: str) -> Iterator[None]:
    """Turn what libraries raise on broken files into a problem that names the file."""
    try:
        yield
    except (OSError, EOFError, ValueError, KeyError, IndexError, gzip.zlib.error) as error:
        if isinstance(error, InputError):
            raise
        text = " ".join(str(error).split())[:150] or type(error).__name__
        raise refuse(path, "", f"not readable ({text})", what) from error


def mtx_files(path: str | Path) -> dict[str, Path]:
    """The matrix, the barcodes and the features of a 10x folder, or beside a matrix file.

    Raises
    ------
    InputError
        Naming each file that is missing.
    """
    path = Path(path)
    if path.is_dir():
        folder, prefix = path, ""
        candidates = [folder / MATRIX, folder / f"{MATRIX}.gz"]
    else:
        folder = path.parent
        stem = path.name.removesuffix(".gz").removesuffix(".mtx")
        prefix = stem.removesuffix("matrix")
        candidates = [path]
    names = {"matrix": candidates}
    names["barcodes"] = [folder / f"{prefix}{BARCODES}{end}" for end in ("", ".gz")]
    names["features"] = [
        folder / f"{prefix}{name}{end}" for name in FEATURES for end in ("", ".gz")
    ]
    found = {
        role: next((one for one in options if one.is_file()), None)
        for role, options in names.items()
    }
    problems = [
        Problem(str(path), role, "no such file", " or ".join(one.name for one in names[role]))
        for role, one in found.items()
        if one is None
    ]
    if problems:
        raise InputError(problems)
    return found


def read_10x_mtx(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read Cell Ranger's matrix, barcodes and features (or genes), gzipped or not."""
    from scipy.io import mmread

    files = mtx_files(path)
    with readable(files["matrix"], "a Matrix Market file"):
        opener = gzip.open if files["matrix"].suffix == ".gz" else open
        with opener(files["matrix"], "rb") as handle:
            counts = sparse.csr_matrix(mmread(handle).T, dtype=np.float32)
    with readable(files["barcodes"], "a barcode a line"):
        barcodes = _lines(files["barcodes"])
    with readable(files["features"], "a gene a line"), open_text(files["features"]) as handle:
        features = pd.read_csv(handle, sep="\t", header=None, dtype=str, keep_default_na=False)
    named = features.rename(columns=dict(enumerate(("id", "name", "feature_type"))))
    for role, names, size in (
        ("barcodes", barcodes, counts.shape[0]),
        ("features", named, counts.shape[1]),
    ):
        if len(names) != size:
            raise refuse(files[role], "", f"{len(names)} lines", f"{size}, as in the matrix")
    return _of_features(counts, barcodes, named, matrix, files["features"], files["matrix"].name)


def _lines(path: Path) -> list[str]:
    with open_text(path) as handle:
        return [line.rstrip("\r\n").split("\t")[0] for line in handle if line.strip()]


def _of_features(
    counts: sparse.csr_matrix,
    barcodes: list[str],
    features: pd.DataFrame,
    matrix: CellMatrix,
    file: str | Path,
    taken_from: str,
) -> RawCells:
    column = matrix.gene_column or "id"
    if column not in features.columns:
        known = ", ".join(map(str, features.columns))
        raise refuse(file, "gene_column", f"no column {column}", f"one of: {known}")
    left_out: tuple = ()
    if "feature_type" in features.columns:
        genes = (features["feature_type"] == EXPRESSION).to_numpy()
        if not genes.all():
            reason = f"not of type {EXPRESSION} (antibodies, peaks)"
            left_out = (("gene", f"{(~genes).sum()} features", reason),)
            counts, features = counts[:, genes], features[genes]
    ids = list(features[column].astype(str))
    return RawCells(counts, barcodes, ids, taken_from=taken_from, left_out=left_out)


def read_10x_h5(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read Cell Ranger's HDF5, version 3 (``/matrix``) or 2 (``/genome``)."""
    import h5py

    with readable(path, "an HDF5 file of Cell Ranger"), h5py.File(path, "r") as file:
        group = file["matrix"] if "matrix" in file else file[next(iter(file))]
        parts = [group[name][:] for name in ("data", "indices", "indptr")]
        shape = tuple(int(n) for n in group["shape"][:])
        counts = sparse.csr_matrix(
            (parts[0].astype(np.float32), parts[1], parts[2]), shape=shape[::-1]
        )
        barcodes = _text(group["barcodes"])
        if "features" in group:
            names = ("id", "name", "feature_type")
            columns = {key: _text(group["features"][key]) for key in names}
        else:
            columns = {"id": _text(group["genes"]), "name": _text(group["gene_names"])}
        where = group.name
    return _of_features(counts, barcodes, pd.DataFrame(columns), matrix, path, where)


def _text(values: Any) -> list[str]:
    return [one.decode() if isinstance(one, bytes) else str(one) for one in values[:]]


def read_loom(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read a loom file, a block of cells at a time, as its matrix is dense on disk."""
    import h5py

    with readable(path, "a loom file"), h5py.File(path, "r") as file:
        whole = file["matrix"]
        blocks = [
            sparse.csr_matrix(whole[:, start : start + BLOCK].T.astype(np.float32))
            for start in range(0, whole.shape[1], BLOCK)
        ]
        columns = {key: file["row_attrs"][key] for key in file["row_attrs"]}
        wanted = [matrix.gene_column] if matrix.gene_column else ["Accession", "Gene", "var_names"]
        found = next((name for name in wanted if name in columns), None)
        if found is None:
            known = ", ".join(columns)
            raise refuse(path, "gene_column", f"no {' or '.join(wanted)}", f"one of: {known}")
        ids = _text(columns[found])
        cells = file["col_attrs"]
        key = next((name for name in ("CellID", "obs_names") if name in cells), None)
        barcodes = _text(cells[key]) if key else [f"cell{n}" for n in range(whole.shape[1])]
    counts = sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((0, len(ids)))
    return RawCells(counts, barcodes, ids, taken_from="matrix")


def read_text_matrix(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read a dense table, or a Matrix Market file beside its names; sparse as it is read."""
    if str(path).removesuffix(".gz").endswith(".mtx"):
        return read_10x_mtx(path, matrix)
    with readable(path, "a dense table of counts"):
        with open_text(path) as handle:
            separator = separator_of(path, handle.readline())
        with open_text(path) as handle:
            blocks, rows, columns = [], [], []
            for part in pd.read_csv(
                handle, sep=separator, index_col=0, chunksize=BLOCK, na_filter=False
            ):
                rows += list(part.index.astype(str))
                columns = list(part.columns.astype(str))
                blocks.append(sparse.csr_matrix(part.to_numpy(dtype=np.float32)))
    if not blocks:
        raise refuse(path, "", "no rows", "a row a gene (or a cell, with cells_in_rows)")
    values = sparse.vstack(blocks, format="csr")
    if matrix.cells_in_rows:
        return RawCells(values, rows, columns, taken_from="the table")
    return RawCells(values.T.tocsr(), columns, rows, taken_from="the table")


def read_triplets(path: str | Path) -> RawCells:
    """Read a long table of gene, cell and count."""
    with readable(path, "a long table of gene, cell, count"):
        with open_text(path) as handle:
            separator = separator_of(path, handle.readline())
        with open_text(path) as handle:
            table = pd.read_csv(handle, sep=separator, na_filter=False)
        if table.shape[1] < 3:
            raise refuse(path, "header", f"{table.shape[1]} columns", "gene, cell, count")
        named = {"gene", "cell", "count"} <= set(table.columns)
        table = table[["gene", "cell", "count"]] if named else table.iloc[:, :3]
        genes, ids = pd.factorize(table.iloc[:, 0].astype(str))
        cells, barcodes = pd.factorize(table.iloc[:, 1].astype(str))
        values = table.iloc[:, 2].to_numpy(dtype=np.float32)
    counts = sparse.csr_matrix((values, (cells, genes)), shape=(len(barcodes), len(ids)))
    return RawCells(counts, list(barcodes), list(ids), taken_from="the table")
