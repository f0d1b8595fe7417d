"""Droplets that hold a cell, taken out of all that kallisto and bustools counted."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from scipy import sparse

from innervate.config.cells import CellMatrix
from innervate.inputs.cell_formats import RawCells, mtx_files, open_text, read_10x_mtx
from innervate.runtime.errors import InputError, Problem
from innervate.runtime.files import atomic_path


def write_cells(raw: str | Path, called: str | Path, sample: str, folder: str | Path) -> RawCells:
    """Write the called cells of a library as a 10x folder.

    Their counts are those of the raw droplets, as Cell Ranger does it: bustools' own filtered
    matrix also adds to a cell the droplets whose barcodes differ from its own by one base.

    Parameters
    ----------
    raw
        10x folder of all droplets.
    called
        Barcodes that bustools calls cells, one a line.
    sample
        For messages.
    folder
        Where ``matrix.mtx.gz``, ``barcodes.tsv.gz`` and ``features.tsv.gz`` go.

    Returns
    -------
    RawCells
        The cells.

    Raises
    ------
    InputError
        Where no droplet holds a cell.
    """
    matrix = CellMatrix(format="10x_mtx", folder=str(raw), file_column="sample")
    droplets = read_10x_mtx(raw, matrix)
    wanted = set(Path(called).read_text(encoding="ascii").split())
    # kb writes them as Cell Ranger does, with the number of the gem group behind.
    bare = [barcode.partition("-")[0] for barcode in droplets.barcodes]
    keep = np.array([barcode in wanted for barcode in bare], dtype=bool)
    if not keep.any():
        expected = "at least one: are the reads of this species and chemistry?"
        raise InputError([Problem(str(raw), f"sample {sample}", "no cells", expected)])
    barcodes = [barcode for barcode, kept in zip(droplets.barcodes, keep, strict=True) if kept]
    cells = RawCells(droplets.counts[keep], barcodes, droplets.ids)
    with open_text(mtx_files(raw)["features"]) as handle:
        features = [line.rstrip("\r\n").split("\t")[:2] for line in handle]
    _write(Path(folder) / "matrix.mtx.gz", _matrix_market(cells.counts))
    _write(Path(folder) / "barcodes.tsv.gz", "".join(f"{name}\n" for name in barcodes))
    rows = ("\t".join([*names, "Gene Expression"]) + "\n" for names in features)
    _write(Path(folder) / "features.tsv.gz", "".join(rows))
    return cells


def _matrix_market(counts: sparse.csr_matrix) -> str:
    """Genes x cells, cell by cell."""
    counts = counts.tocsr()
    counts.sort_indices()
    cells = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lines = [
        f"{gene + 1} {cell + 1} {value:.0f}"
        for gene, cell, value in zip(counts.indices, cells, counts.data, strict=True)
    ]
    size = f"{counts.shape[1]} {counts.shape[0]} {counts.nnz}"
    return "\n".join(["%%MatrixMarket matrix coordinate integer general", size, *lines]) + "\n"


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as partial:
        partial.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
