"""A single-cell sample from its file to counts by approved gene symbol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from innervate.config.cells import CellMatrix
from innervate.config.remote import is_pending
from innervate.genes.harmonize import collapse_sparse, harmonize
from innervate.genes.table import load_genes
from innervate.inputs.cell_formats import (
    SHOWN,
    RawCells,
    mtx_files,
    read_10x_h5,
    read_10x_mtx,
    read_loom,
    read_text_matrix,
    read_triplets,
    refuse,
)
from innervate.inputs.cell_h5ad import read_h5ad, sample_column
from innervate.runtime.errors import InnervateError, InputError, Problem, raise_if_any

if TYPE_CHECKING:
    import anndata as ad


def read_sample(
    matrix: CellMatrix, sample: str, file: str | None, keep: Sequence[str] = ()
) -> RawCells:
    """Read the cells of a sample.

    Parameters
    ----------
    matrix
        The input that holds it.
    sample
        Its name; of one file with all samples, the rows of that name are read.
    file
        Name of its file or folder inside the input's folder; None for one file with all samples.
    keep
        Columns of ``obs`` to bring along (`.h5ad` only).

    Raises
    ------
    InputError
        Where the file can't be read, holds no cells, numbers that are not counts, or a barcode
        twice.
    """
    if matrix.whole:
        rows = (sample_column(matrix.path, matrix.sample_column) == sample).to_numpy()
        raw = read_h5ad(matrix.path, matrix, rows, keep)
        return _checked(raw, matrix.path, sample)
    path = inside(matrix, file, sample, matrix.file_column)
    if keep and matrix.format != "h5ad":
        found = f"format {matrix.format} has no column {', '.join(keep)}"
        raise refuse(path, "single_cell.labels", found, "labels of an h5ad file")
    if matrix.format == "h5ad":
        return _checked(read_h5ad(path, matrix, None, keep), path, sample)
    readers = {
        "10x_mtx": read_10x_mtx,
        "10x_h5": read_10x_h5,
        "loom": read_loom,
        "matrix": read_text_matrix,
        "triplets": read_triplets,
    }
    return _checked(readers[matrix.format](path, matrix), path, sample)


def read_droplets(matrix: CellMatrix, sample: str, raw_file: str) -> RawCells:
    """Read a sample's raw droplets, a 10x HDF5 file or a 10x folder."""
    path = inside(matrix, raw_file, sample, matrix.raw_column)
    reader = read_10x_h5 if path.suffix in (".h5", ".hdf5") else read_10x_mtx
    return _checked(reader(path, matrix), path, sample)


def inside(matrix: CellMatrix, file: str, sample: str, column: str) -> Path:
    """Path of a file of the sheet, which is untrusted text and must lie in the input's folder."""
    if not file or Path(file).is_absolute() or ".." in Path(file).parts:
        where, expected = f"sample {sample}, column {column}", f"a name inside {matrix.folder}"
        raise refuse("sample sheet", where, repr(file)[:80], expected)
    return Path(matrix.folder) / file


def _checked(raw: RawCells, path: str | Path, sample: str) -> RawCells:
    problems = []
    if not raw.barcodes:
        problems.append(Problem(str(path), f"sample {sample}", "no cells", "at least one"))
    values = raw.counts.data
    odd = (values < 0) | (values != np.rint(values)) | ~np.isfinite(values)
    if odd.any():
        found = f"{odd.sum()} values such as {values[odd][0]:.4g}"
        fix = "give the matrix as it was counted, not normalized"
        expected = "whole numbers not below 0"
        problems.append(Problem(str(path), raw.taken_from, found, expected, fix))
    twice = [name for name, count in Counter(raw.barcodes).items() if count > 1]
    if twice:
        shown = ", ".join(twice[:SHOWN]) + (" …" if len(twice) > SHOWN else "")
        found = f"{len(twice)} barcodes several times: {shown}"
        fix = "give each sample a file or a value of sample_column of its own"
        where = f"sample {sample}"
        problems.append(Problem(str(path), where, found, "each barcode once", fix))
    raise_if_any(problems)
    return raw


def samples_within(matrix: CellMatrix) -> list[str]:
    """Samples of one file that holds all of them, sorted; only their column is read."""
    return sorted(set(sample_column(matrix.path, matrix.sample_column)) - {""})


def input_paths(matrix: CellMatrix, samples: pd.DataFrame) -> list[str]:
    """Files that samples are read from, here or to be fetched; a 10x folder is its three files.

    Parameters
    ----------
    matrix
        The input.
    samples
        Rows of the samples that it holds.

    Raises
    ------
    InputError
        Naming every file that is not there.
    """
    if matrix.whole:
        if not Path(matrix.path).is_file() and not is_pending(matrix.path):
            raise refuse(matrix.path, "", "no such file", "a file to read")
        return [matrix.path]
    found, problems = [], []
    columns = list(filter(None, (matrix.file_column, matrix.raw_column)))
    for row in samples[["sample", *columns]].fillna("").to_dict("records"):
        for column in columns:
            if not row[column]:
                continue
            try:
                path = inside(matrix, row[column], row["sample"], column)
                is_mtx = path.is_dir() or path.name.removesuffix(".gz").endswith(".mtx")
                files = list(mtx_files(path).values()) if is_mtx else [path]
            except InputError as error:
                problems += error.problems
                continue
            found += [str(one) for one in files]
            problems += [
                Problem(str(one), f"sample {row['sample']}", "no such file", "a file to read")
                for one in files
                if not one.is_file() and not is_pending(one)
            ]
    raise_if_any(problems)
    return found


def harmonized(
    raw: RawCells, species: str, sample: str, file: str
) -> tuple[ad.AnnData, pd.DataFrame]:
    """Give the genes of a sample their approved symbols.

    Parameters
    ----------
    raw
        As read.
    species
        ``human`` or ``mouse``.
    sample
        Its name, with which cells are named: ``sample:barcode``.
    file
        For messages.

    Returns
    -------
    tuple
        Cells x genes AnnData, raw counts, ``obs`` barcode and the columns brought along, ``var``
        gene_id, symbol, chromosome, start, biotype, ``uns['taken_from']``; contract ``genes``.
    """
    import anndata as ad

    try:
        mapping = harmonize(raw.ids, load_genes(species))
    except InnervateError as error:
        raise refuse(file, "gene ids", str(error), "known gene ids") from error
    counts, facts = collapse_sparse(raw.counts, mapping)
    obs = raw.obs.reset_index(drop=True) if len(raw.obs.columns) else pd.DataFrame()
    obs["barcode"] = raw.barcodes
    obs.index = [f"{sample}:{barcode}" for barcode in raw.barcodes]
    adata = ad.AnnData(
        counts.astype(np.float32), obs=obs, var=facts.assign(start=facts["start"].astype("float64"))
    )
    adata.uns["taken_from"] = raw.taken_from
    return adata, mapping[["input_id", "gene_id", "symbol", "status", "reason", "name"]]
