"""The single-cell part of a cohort file: where the counts are, labels, questions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from innervate.config.base import ColumnName, Name, Strict
from innervate.config.contrast import Contrast

CellFormat = Literal["10x_mtx", "10x_h5", "h5ad", "loom", "matrix", "triplets", "reads"]


class CellMatrix(Strict):
    """Counts of single cells: a file or folder a sample, or one `.h5ad` of all samples."""

    format: CellFormat
    """`10x_mtx` is a folder of matrix, barcodes and features (or genes), or the matrix file that
    lies beside them; `10x_h5`, `h5ad` and `loom` are files; `matrix` is a dense TSV or CSV of
    genes x cells, or an `.mtx` beside its names; `triplets` a long TSV or CSV of gene, cell,
    count; `reads` counts the cohort's FASTQ files, see `reads`."""
    folder: str | None = None
    """One file or folder a sample: the folder that they lie in."""
    file_column: ColumnName | None = None
    """One file or folder a sample: the sample sheet's column that names it."""
    raw_column: ColumnName | None = None
    """The sample sheet's column that names the raw droplets (before cells were called) inside
    `folder`, `10x_mtx` or `10x_h5`: they give the estimate of ambient RNA."""
    path: str | None = None
    """One `.h5ad` of all samples."""
    sample_column: ColumnName | None = None
    """One `.h5ad` of all samples: the column of `obs` that holds the sample."""
    counts: str = Field("auto", pattern=r"^(auto|X|raw|layers/[^/]+)$")
    """`.h5ad`: where the raw counts stand: `X`, `raw`, `layers/NAME`, or `auto`, which looks for
    whole numbers in `layers/counts`, `X` and `raw`, in that order, and says what it took."""
    gene_column: ColumnName | None = None
    """The column of gene ids, by default the ids of `.h5ad` and `.loom`, the first of others."""
    cells_in_rows: bool = False
    """`matrix`: whether rows are cells instead of genes."""

    @property
    def whole(self) -> bool:
        """Whether one file holds all samples."""
        return self.path is not None

    @model_validator(mode="after")
    def _files_are_named(self) -> Self:
        if self.format == "reads":
            if self.folder or self.file_column or self.raw_column or self.path:
                msg = "format reads takes its files from `reads`: give no file"
                raise ValueError(msg)
            return self
        per_sample = bool(self.folder and self.file_column)
        if self.whole == per_sample:
            msg = "give `folder` and `file_column` (a file a sample), or `path` (one .h5ad of all)"
            raise ValueError(msg)
        if self.whole and (self.format != "h5ad" or not self.sample_column):
            msg = (
                "one file of all samples (`path`) is an h5ad, and `sample_column` names the column "
                "of its obs that holds the sample; a file of one sample is given by `folder` and "
                "`file_column`, the column of the sample sheet that holds its name"
            )
            raise ValueError(msg)
        if self.raw_column and self.whole:
            msg = "`raw_column` goes with a file a sample"
            raise ValueError(msg)
        return self


class CellLabels(Strict):
    """Cell-type labels that are already in the input's `obs`."""

    column: ColumnName
    """Column of `obs`."""
    values: dict[str, str] = Field(min_length=1)
    """Their label: our cell type, as in resources/cell_types.tsv, or `malignant`. A label that is
    not listed is `unassigned`."""
    use: Literal["compare", "replace"] = "compare"
    """`compare` shows how far they agree with ours; `replace` also uses them instead of ours."""


class CellTypist(Strict):
    """A CellTypist model of your own or downloaded by you, as a further opinion."""

    model: str
    """Path of the `.pkl`; it is read by an unpickler that knows the model's own classes only."""
    values: dict[str, str] = Field(min_length=1)
    """Its label: our cell type. A label that is not listed is `unassigned`."""


class SingleCell(Strict):
    """The single-cell RNA-seq of a cohort."""

    inputs: list[CellMatrix] = Field(min_length=1)
    """Joined by harmonized gene; genes that are not in all of them are dropped, and said so."""
    labels: CellLabels | None = None
    """Published or earlier labels."""
    celltypist: CellTypist | None = None
    """A reference model."""
    contrasts: dict[Name, Contrast] = {}
    """Questions for pseudobulk differential expression of each cell type, and for composition.
    Their columns are those of the sample table."""
