"""Bulk matrices in the formats of the quantifiers: one function a format."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from innervate.config.cohort import Matrix
from innervate.inputs.tables import open_text, separator_of
from innervate.runtime.errors import InputError, Problem

STAR_COLUMN = {"unstranded": 1, "forward": 2, "reverse": 3}
GDC_COUNTS = {
    "unstranded": "unstranded",
    "forward": "stranded_first",
    "reverse": "stranded_second",
}
GDC_UNITS = {"tpm": "tpm_unstranded", "fpkm": "fpkm_unstranded"}
FEATURECOUNTS = ("Geneid", "Chr", "Start", "End", "Strand", "Length")
BESIDE = {"featurecounts": FEATURECOUNTS, "nfcore": ("gene_id", "gene_name")}
"""Columns that a format has beside its samples."""
ALIGNMENT_ENDINGS = (".bam", ".sam", ".sorted", ".Aligned.sortedByCoord.out", ".markdup")
BAD_CELLS = 10
"""How many cells that are not numbers are shown."""


@dataclass(frozen=True)
class RawMatrix:
    """A matrix as it stands in its file.

    Parameters
    ----------
    ids
        Gene ids, in order.
    samples
        Sample names, in order.
    values
        Genes x samples.
    left_out
        What the format's reader left out: level, id and reason of each.
    """

    ids: list[str]
    samples: list[str]
    values: np.ndarray
    left_out: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Layout:
    """How a text matrix is laid out.

    Parameters
    ----------
    header
        Column names; the first may be empty, as R writes it.
    separator
        Tab or comma.
    skipped
        Lines before the first record: comments and the header.
    """

    header: list[str]
    separator: str
    skipped: int


def layout_of(path: str) -> Layout:
    """Read the layout of a text matrix; comment lines before the header are passed over."""
    with open_text(path) as handle:
        line, skipped = handle.readline(), 1
        while line.startswith("#"):
            line, skipped = handle.readline(), skipped + 1
        second = handle.readline()
    separator = separator_of(path, line)
    header = [cell.strip().strip('"') for cell in line.rstrip("\r\n").split(separator)]
    # R's write.table leaves the first header cell out.
    if second.rstrip("\r\n").count(separator) == len(header):
        header = ["", *header]
    return Layout(header, separator, skipped)


def column_of(path: str, layout: Layout, name: str) -> list[str]:
    """Read one column of a text matrix, as text."""
    with open_text(path) as handle:
        frame = pd.read_csv(
            handle, sep=layout.separator, header=None, skiprows=layout.skipped, dtype=str,
            usecols=[layout.header.index(name)], keep_default_na=False,
        )  # fmt: skip
    return frame.iloc[:, 0].str.strip().tolist()


def sample_names(matrix: Matrix) -> list[str]:
    """Names of the samples of a text matrix, without its numbers."""
    layout = layout_of(matrix.path)
    if matrix.samples_in_rows:
        return column_of(matrix.path, layout, layout.header[0])
    return _named_columns(matrix, layout.header)


def gene_ids(matrix: Matrix) -> list[str]:
    """Gene ids of a text matrix, without its numbers."""
    layout = layout_of(matrix.path)
    if matrix.samples_in_rows:
        return _named_columns(matrix, layout.header)
    return column_of(matrix.path, layout, _id_column(matrix, layout.header))


def _id_column(matrix: Matrix, header: list[str]) -> str:
    return matrix.gene_column or ("gene_id" if matrix.format == "nfcore" else header[0])


def _named_columns(matrix: Matrix, header: list[str]) -> list[str]:
    """Names of the columns that hold numbers."""
    held = held_columns(matrix, header)
    return [aligned_sample(name) for name in held] if matrix.format == "featurecounts" else held


def held_columns(matrix: Matrix, header: list[str]) -> list[str]:
    """The columns that hold numbers, as the header names them; one without a name is none."""
    skipped = {matrix.gene_column or header[0], "", *matrix.ignore_columns}
    skipped |= {*BESIDE.get(matrix.format, ())}
    return [name for name in header if name not in skipped]


def aligned_sample(path: str) -> str:
    """Sample name in the path of an alignment, as featureCounts writes it."""
    name = PurePosixPath(path).name
    shorter = True
    while shorter:
        shorter = False
        for ending in ALIGNMENT_ENDINGS:
            if name.endswith(ending):
                name, shorter = name.removesuffix(ending), True
    return name


def read_matrix(matrix: Matrix) -> RawMatrix:
    """Read a table of genes and samples: plain, featureCounts or nf-core/rnaseq.

    Raises
    ------
    InputError
        Naming cells that are not numbers, and columns that are not there.
    """
    layout = layout_of(matrix.path)
    header = layout.header
    gene_column = _id_column(matrix, header)
    lacking = [name for name in (gene_column, *matrix.ignore_columns) if name not in header]
    if lacking:
        expected = f"one of: {', '.join(header[:8])}"
        raise InputError(
            Problem(matrix.path, "header", f"no column {name}", expected) for name in lacking
        )
    held, ids_at = {*held_columns(matrix, header)}, header.index(gene_column)
    kept = [at for at, name in enumerate(header) if at == ids_at or name in held]
    with open_text(matrix.path) as handle:
        frame = pd.read_csv(
            handle,
            sep=layout.separator,
            header=None,
            skiprows=layout.skipped,
            usecols=kept,
            dtype={ids_at: str},
            na_filter=True,
            keep_default_na=False,
            na_values=["", "NA", "NaN", "nan"],
            low_memory=False,
        )
    ids = frame.pop(ids_at).fillna("").astype(str).str.strip().tolist()
    body = frame.set_axis([header[at] for at in kept if at != ids_at], axis=1)
    columns = _named_columns(matrix, header)
    if matrix.samples_in_rows:
        return RawMatrix(columns, ids, _numbers(body, ids, matrix.path, "sample").T)
    return RawMatrix(ids, columns, _numbers(body, ids, matrix.path, "gene"))


def _numbers(body: pd.DataFrame, ids: list[str], path: str, what: str) -> np.ndarray:
    try:
        values = body.to_numpy(dtype=float)
    except ValueError:
        values = body.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    rows, columns = np.nonzero(~np.isfinite(values))
    if len(rows):
        problems = []
        for row, column in list(zip(rows, columns, strict=True))[:BAD_CELLS]:
            cell = body.iloc[row, column]
            found = "an empty cell" if pd.isna(cell) else repr(str(cell))[:40]
            where = f"{what} {ids[row]}, column {body.columns[column]}"
            problems.append(Problem(path, where, found, "a number"))
        if len(rows) > BAD_CELLS:
            problems.append(Problem(path, "", f"{len(rows)} such cells", "numbers"))
        raise InputError(problems)
    return values


def read_star(path: Path, matrix: Matrix) -> pd.Series:
    """Read STAR's ReadsPerGene.out.tab: gene id, then a column a strandedness."""
    frame = pd.read_csv(path, sep="\t", header=None, index_col=0, dtype={0: str})
    return frame.iloc[:, STAR_COLUMN[matrix.strandedness] - 1]


def read_gdc(path: Path, matrix: Matrix) -> pd.Series:
    """Read GDC's augmented_star_gene_counts.tsv, counts or TPM."""
    frame = pd.read_csv(path, sep="\t", comment="#", index_col="gene_id", dtype={"gene_id": str})
    if matrix.unit == "counts":
        return frame[GDC_COUNTS[matrix.strandedness]]
    # Counts of no gene have no TPM.
    return frame[GDC_UNITS[matrix.unit]].dropna()


def read_salmon(paths: Mapping[str, Path], transcripts: str) -> RawMatrix:
    """Sum salmon's quant.sf by gene: counts from abundance, scaled by transcript length.

    Parameters
    ----------
    paths
        File of each sample.
    transcripts
        Table of transcript and gene id.

    References
    ----------
    tximport: Soneson et al. 2015, doi:10.12688/f1000research.7563.2; here through pytximport.
    """
    from pytximport import tximport

    table = pd.read_csv(transcripts, sep=None, engine="python", dtype=str)
    genes = table.iloc[:, :2].set_axis(["transcript_id", "gene_id"], axis=1).drop_duplicates()
    genes["transcript_id"] = genes["transcript_id"].str.replace(r"\.\d+$", "", regex=True)
    summed = tximport(
        [str(path) for path in paths.values()],
        data_type="salmon",
        transcript_gene_map=genes.drop_duplicates("transcript_id"),
        counts_from_abundance="length_scaled_tpm",
        ignore_transcript_version=True,
        output_type="anndata",
    )
    # DESeq2 rounds tximport's estimates too.
    values = np.rint(np.asarray(summed.X, dtype=float).T)
    names = [str(name) for name in summed.var_names]
    left_out = _unmapped_transcripts(
        next(iter(paths.values())), set(genes["transcript_id"]), transcripts
    )
    return RawMatrix(names, list(paths), values, left_out)


def _unmapped_transcripts(path: Path, known: set[str], table: str) -> tuple:
    names = pd.read_csv(path, sep="\t", usecols=["Name"], dtype=str)["Name"]
    unknown = ~names.str.replace(r"\.\d+$", "", regex=True).isin(known)
    if not unknown.any():
        return ()
    which = f"{unknown.sum()} of {len(names)} transcripts"
    return (("transcript", which, f"no gene in {table}: their reads are not counted"),)


def read_h5ad(matrix: Matrix) -> RawMatrix:
    """Read an AnnData: ``layers['counts']`` where there is one, else X."""
    import anndata as ad
    from scipy import sparse

    adata = ad.read_h5ad(matrix.path)
    layer = "counts" if "counts" in adata.layers and matrix.unit == "counts" else None
    logging.info("%s: taken from %s", matrix.path, "layers['counts']" if layer else "X")
    values = adata.layers[layer] if layer else adata.X
    values = values.toarray() if sparse.issparse(values) else np.asarray(values)
    ids = adata.var[matrix.gene_column] if matrix.gene_column else adata.var_names
    return RawMatrix(
        [str(name) for name in ids], list(map(str, adata.obs_names)), values.T.astype(float)
    )


PER_SAMPLE = {"star": read_star, "gdc": read_gdc}


def read_per_sample(paths: Mapping[str, Path], matrix: Matrix) -> RawMatrix:
    """Read one file a sample and join them by gene id.

    Raises
    ------
    InputError
        Naming every file that can't be read, or holds other genes than the first.
    """
    columns, problems = {}, []
    for sample, path in paths.items():
        try:
            columns[sample] = PER_SAMPLE[matrix.format](path, matrix)
        except (ValueError, KeyError, IndexError) as error:
            expected = f"a file of format {matrix.format}"
            problems.append(Problem(str(path), f"sample {sample}", str(error)[:100], expected))
    first = next(iter(columns.values()), None)
    for sample, column in columns.items():
        if not column.index.equals(first.index):
            where, found = f"sample {sample}", "other genes than in the first sample's file"
            problems.append(Problem(str(paths[sample]), where, found, "one annotation for all"))
    if problems:
        raise InputError(problems)
    values = np.column_stack([column.to_numpy(dtype=float) for column in columns.values()])
    return RawMatrix(list(first.index), list(columns), values)
