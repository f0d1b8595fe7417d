"""Cells of an AnnData file: the raw counts, wherever they stand, of the wanted rows only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.config.cells import CellMatrix
from innervate.inputs.cell_formats import BLOCK, RawCells, readable, refuse

SAMPLED = 200_000
"""Values looked at to decide whether a matrix holds whole numbers; all are checked once read."""


def read_h5ad(
    path: str | Path, matrix: CellMatrix, rows: np.ndarray | None = None, keep: Sequence[str] = ()
) -> RawCells:
    """Read the raw counts of an AnnData file.

    Parameters
    ----------
    path
        The file.
    matrix
        Its ``counts`` says where they are, or ``auto``: the first of ``layers['counts']``, X and
        raw that holds whole numbers.
    rows
        Which cells to read; only these are loaded.
    keep
        Columns of ``obs`` to bring along.

    Raises
    ------
    InputError
        Where no whole numbers are found, saying what was, or a column is not there.
    """
    import anndata as ad
    import h5py

    with readable(path, "an h5ad file"), h5py.File(path, "r") as file:
        place, words = _place(file, matrix, path)
        obs = _obs(file, keep, path)
        if rows is None:
            rows = np.ones(len(obs), dtype=bool)
        counts = _rows(file[place], rows)
        var = ad.io.read_elem(file["raw/var" if place.startswith("raw") else "var"])
    ids = var.index if matrix.gene_column is None else _column(var, matrix.gene_column, path)
    barcodes = list(obs.index.astype(str)[rows])
    kept = obs.loc[rows, list(keep)] if len(keep) else pd.DataFrame(index=barcodes)
    return RawCells(counts, barcodes, [str(one) for one in ids], kept, words)


def _obs(file, keep: Sequence[str], path: str | Path) -> pd.DataFrame:
    import anndata as ad

    obs = ad.io.read_elem(file["obs"])
    for column in keep:
        if column not in obs.columns:
            known = ", ".join(map(str, obs.columns))
            raise refuse(path, "obs", f"no column {column}", f"one of: {known}")
    return obs


def _column(var: pd.DataFrame, column: str, path: str | Path) -> pd.Series:
    if column not in var.columns:
        known = ", ".join(map(str, var.columns)) or "none, the index holds the ids"
        raise refuse(path, "gene_column", f"no column {column} in var", f"one of: {known}")
    return var[column]


def _place(file, matrix: CellMatrix, path: str | Path) -> tuple[str, str]:
    words = {"layers/counts": "layers['counts']", "X": "X", "raw/X": "raw"}
    if matrix.counts != "auto":
        place = "raw/X" if matrix.counts == "raw" else matrix.counts
        if place not in file:
            layers = [f"layers/{name}" for name in file.get("layers", {})]
            known = ", ".join([*(one for one in ("X", "raw") if one in file), *layers])
            raise refuse(path, "counts", f"no {matrix.counts}", f"one of: {known}")
        words = {place: words.get(place, matrix.counts)}
    found = []
    for place, name in words.items():
        if place not in file:
            found.append(f"no {name}")
            continue
        odd = _not_whole(file[place])
        if odd is None:
            return place, name
        found.append(f"{name} holds values such as {odd:.4g}")
    fix = "export the raw counts, or say where they are with single_cell.inputs counts"
    raise refuse(path, "counts", "; ".join(found), "whole numbers not below 0", fix)


def _is_sparse(element) -> bool:
    # Of a dense dataset, `in` would look for a value.
    return hasattr(element, "keys")


def _not_whole(element) -> float | None:
    """The first of some values that is not a count, or None."""
    values = element["data"][:SAMPLED] if _is_sparse(element) else element[:BLOCK]
    values = np.ravel(values)
    odd = (values < 0) | (values != np.rint(values)) | ~np.isfinite(values)
    return float(values[odd][0]) if odd.any() else None


def _rows(element, rows: np.ndarray) -> sparse.csr_matrix:
    """The wanted rows, without the others in memory for longer than a block of them."""
    import anndata as ad

    if not _is_sparse(element):
        blocks = [
            sparse.csr_matrix(element[start : start + BLOCK][rows[start : start + BLOCK]])
            for start in range(0, len(rows), BLOCK)
        ]
        none = sparse.csr_matrix((0, element.shape[1]))
        return sparse.vstack([none, *blocks], format="csr").astype(np.float32)
    backed = ad.io.sparse_dataset(element)
    if backed.format == "csr":
        values = sparse.csr_matrix(backed[np.flatnonzero(rows)])
    else:
        blocks = [
            sparse.csc_matrix(backed[:, start : start + BLOCK])[rows]
            for start in range(0, backed.shape[1], BLOCK)
        ]
        values = sparse.hstack(blocks, format="csr")
    # An index beyond the matrix would be used as an address.
    values.check_format(full_check=True)
    return values.astype(np.float32)


def sample_column(path: str | Path, column: str) -> pd.Series:
    """Read one column of ``obs``, and nothing else, as text; empty where it is missing.

    Raises
    ------
    InputError
        Naming the columns that there are.
    """
    import anndata as ad
    import h5py

    with readable(path, "an h5ad file"), h5py.File(path, "r") as file:
        names = [key for key in file["obs"] if not key.startswith("_")]
        if column not in names:
            raise refuse(path, "obs", f"no column {column}", f"one of: {', '.join(names)}")
        element = file["obs"][column]
        values = ad.io.read_elem(element)
        if "categories" in element.attrs:
            # anndata 0.7 keeps codes here, and a reference to what they stand for.
            categories = ad.io.read_elem(file[element.attrs["categories"]])
            values = pd.Categorical.from_codes(values, categories)
    values = pd.Series(values)
    return values.astype(object).where(values.notna(), "").astype(str)
