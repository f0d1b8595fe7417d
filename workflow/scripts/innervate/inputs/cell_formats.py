"""Single-cell counts in the formats they come in: one function a format."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.config.cells import CellMatrix
from innervate.config.remote import is_copy
from innervate.inputs.readers import layout_of
from innervate.inputs.tables import open_text
from innervate.runtime.errors import InputError, Problem, raise_if_any

EXPRESSION = "Gene Expression"
MATRIX, BARCODES, FEATURES = "matrix.mtx", "barcodes.tsv", ("features.tsv", "genes.tsv")
BLOCK = 512
"""Cells read at a time from a matrix that is dense on disk."""

SHOWN = 5
"""How many names are shown of a long list."""

DAMAGED = (OSError, EOFError, zlib.error, csv.Error)
OTHERWISE_BUILT = (ValueError, LookupError, TypeError, AttributeError)
"""What libraries raise on a file that is cut short, and on one of another format."""

NUMBERED = {"1": "id", "2": "name"}


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


def refuse(path: str | Path, where: str, found: str, expected: str, fix: str = "") -> InputError:
    """An error of one problem."""
    return InputError([Problem(str(path), where, found, expected, fix)])


@contextmanager
def readable(path: str | Path, what: str) -> Iterator[None]:
    """Turn what libraries raise on broken files into a problem that names the file."""
    try:
        yield
    except (*DAMAGED, *OTHERWISE_BUILT) as error:
        text = " ".join(str(error).split())[:150] or type(error).__name__
        raise refuse(path, "", f"not readable ({text})", what) from error


def mtx_files(path: str | Path) -> dict[str, Path]:
    """The matrix, the barcodes and the features of a 10x folder, or beside a matrix file.

    Files beside a matrix share its prefix, as GEO writes them: GSM1_matrix.mtx.gz and
    GSM1_barcodes.tsv.gz, or counts.mtx and barcodes.tsv.

    Raises
    ------
    InputError
        Naming each file that is missing.
    """
    path = Path(path)
    folder, prefix, matrices = path, "", [MATRIX, f"{MATRIX}.gz"]
    if not path.is_dir():
        stem = path.name.removesuffix(".gz").removesuffix(".mtx")
        folder, prefix, matrices = path.parent, re.match(r"(.*[_.-])?", stem)[0], [path.name]
    beside = {"barcodes": (BARCODES,), "features": FEATURES}
    names = {"matrix": [folder / name for name in matrices]}
    for role, options in beside.items():
        names[role] = [folder / f"{prefix}{name}{end}" for name in options for end in ("", ".gz")]
    found = {
        role: next((one for one in options if one.is_file()), None)
        for role, options in names.items()
    }
    if is_copy(path):
        # What is still to be fetched can't be looked at: version 3, zipped as the matrix is.
        end = ".gz" if path.suffix == ".gz" else ""
        wanted = {"matrix": folder / matrices[0]}
        wanted["barcodes"] = folder / f"{prefix}{BARCODES}{end}"
        wanted["features"] = folder / f"{prefix}{FEATURES[0]}{end}"
        found = {role: one or wanted[role] for role, one in found.items()}
    raise_if_any(
        Problem(str(path), role, "no such file", " or ".join(one.name for one in names[role]))
        for role, one in found.items()
        if one is None
    )
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
        barcodes = [record[0] for record in _records(files["barcodes"])]
    with readable(files["features"], "a gene a line"):
        features = pd.DataFrame(_records(files["features"])).fillna("")
    _check_sizes(counts, barcodes, features, (files["barcodes"], files["features"]))
    features = features.rename(columns=dict(enumerate(("id", "name", "feature_type"))))
    return _of_features(counts, barcodes, features, matrix, files["features"], files["matrix"].name)


def _records(path: Path) -> list[list[str]]:
    with open_text(path) as handle:
        return [line.rstrip("\r\n").split("\t") for line in handle if line.strip()]


def _check_sizes(
    counts: sparse.csr_matrix, barcodes: Sequence, genes: Sequence, files: Sequence[str | Path]
) -> None:
    """Refuse names that are more or fewer than the matrix has cells and genes."""
    raise_if_any(
        Problem(str(file), what, f"{len(names)} of them", f"{size}, as in the matrix")
        for what, names, size, file in zip(
            ("barcodes", "genes"), (barcodes, genes), counts.shape, files, strict=True
        )
        if len(names) != size
    )


def _of_features(
    counts: sparse.csr_matrix,
    barcodes: list[str],
    features: pd.DataFrame,
    matrix: CellMatrix,
    file: str | Path,
    taken_from: str,
) -> RawCells:
    given = matrix.gene_column or "id"
    column = NUMBERED.get(given, given)
    if column not in features.columns:
        known = ", ".join(name for name in NUMBERED.values() if name in features.columns)
        raise refuse(file, "gene_column", f"no column {given}", f"one of: {known}")
    left_out: tuple = ()
    if "feature_type" in features.columns:
        genes = (features["feature_type"] == EXPRESSION).to_numpy()
        if not genes.any():
            found = ", ".join(sorted(set(features["feature_type"]))[:SHOWN]) or "no features"
            raise refuse(file, "feature types", found, EXPRESSION)
        if not genes.all():
            reason = f"not of type {EXPRESSION} (antibodies, peaks)"
            left_out = (("gene", f"{(~genes).sum()} features", reason),)
            counts, features = counts[:, genes], features[genes]
    ids = list(features[column].astype(str))
    return RawCells(counts, barcodes, ids, taken_from=taken_from, left_out=left_out)


def read_10x_h5(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read Cell Ranger's HDF5, version 3 (``/matrix``) or 2 (a group named as the genome)."""
    import h5py

    with readable(path, "an HDF5 file of Cell Ranger"), h5py.File(path, "r") as file:
        genomes = ["matrix"] if "matrix" in file else list(file)
        if len(genomes) != 1:
            found = f"groups {', '.join(genomes)}" if genomes else "nothing"
            raise refuse(path, "", found, "/matrix, or one group named as the genome")
        group = file[genomes[0]]
        names = ("data", "indices", "indptr", "shape")
        data, indices, indptr, (genes, cells) = (group[name][:] for name in names)
        parts = data.astype(np.float32), indices, indptr
        counts = sparse.csr_matrix(parts, shape=(int(cells), int(genes)))
        # An index beyond the matrix would be used as an address.
        counts.check_format(full_check=True)
        barcodes = _text(group["barcodes"])
        if "features" in group:
            known = [key for key in ("id", "name", "feature_type") if key in group["features"]]
            columns = {key: _text(group["features"][key]) for key in known}
        else:
            columns = {"id": _text(group["genes"]), "name": _text(group["gene_names"])}
        features, where = pd.DataFrame(columns), group.name
    _check_sizes(counts, barcodes, features, (path, path))
    return _of_features(counts, barcodes, features, matrix, path, where)


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
    if not blocks:
        raise refuse(path, "matrix", "no cells", "at least one")
    counts = sparse.vstack(blocks, format="csr")
    _check_sizes(counts, barcodes, ids, (path, path))
    return RawCells(counts, barcodes, ids, taken_from="matrix")


def read_text_matrix(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read a dense table, or a Matrix Market file beside its names; sparse as it is read."""
    if str(path).removesuffix(".gz").endswith(".mtx"):
        return read_10x_mtx(path, matrix)
    with readable(path, "a dense table of counts"):
        layout = layout_of(str(path))
        header = layout.header
        column = None if matrix.cells_in_rows else matrix.gene_column
        if column and column not in header:
            known = ", ".join(header[:SHOWN])
            raise refuse(path, "gene_column", f"no column {column}", f"one of: {known}")
        at = header.index(column) if column else 0
        names, lines = [], []
        with open_text(path) as handle:
            for number, row in enumerate(csv.reader(handle, delimiter=layout.separator), start=1):
                if number <= layout.skipped or not row:
                    continue
                if len(row) != len(header):
                    expected = f"{len(header)} cells, as in the header"
                    raise refuse(path, f"row {number}", f"{len(row)} cells", expected)
                names.append(row.pop(at))
                try:
                    lines.append(sparse.csr_matrix(np.array(row, dtype=np.float32)))
                except ValueError as error:
                    found = str(error)[:100]
                    raise refuse(path, f"row {number}", found, "numbers") from None
    if not lines:
        raise refuse(path, "", "no rows", "a row a gene (or a cell, with cells_in_rows)")
    counts = sparse.vstack(lines, format="csr")
    others = [name for place, name in enumerate(header) if place != at]
    if matrix.cells_in_rows:
        return RawCells(counts, names, others, taken_from="the table")
    return RawCells(counts.T.tocsr(), others, names, taken_from="the table")


def read_triplets(path: str | Path, matrix: CellMatrix) -> RawCells:
    """Read a long table: columns gene, cell and count, else the first three."""
    with readable(path, "a long table of gene, cell, count"):
        layout = layout_of(str(path))
        header, skipped = layout.header, layout.skipped
        names = (matrix.gene_column or "gene", "cell", "count")
        named = set(names) <= set(header)
        if len(header) < len(names) or (matrix.gene_column and not named):
            expected = f"columns {', '.join(names)}"
            raise refuse(path, "header", ", ".join(header[:SHOWN]) or "nothing", expected)
        places = [header.index(name) if named else at for at, name in enumerate(names)]
        # A table whose first line is a record has no header.
        if not pd.isna(pd.to_numeric(header[places[2]], errors="coerce")):
            skipped -= 1
        with open_text(path) as handle:
            kinds = {places[0]: "category", places[1]: "category", places[2]: np.float32}
            wanted = {"usecols": places, "dtype": kinds, "na_filter": False}
            table = pd.read_csv(
                handle, sep=layout.separator, header=None, skiprows=skipped, **wanted
            )
        genes, cells = (table[place].cat for place in places[:2])
        parts = table[places[2]].to_numpy(), (cells.codes, genes.codes)
    ids, barcodes = list(genes.categories), list(cells.categories)
    counts = sparse.csr_matrix(parts, shape=(len(barcodes), len(ids)))
    return RawCells(counts, barcodes, ids, taken_from="the table")
