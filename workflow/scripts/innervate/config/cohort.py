"""The model of a cohort file: everything that differs between cohorts."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from innervate.config.base import ColumnName, Name, Strict
from innervate.config.cells import SingleCell
from innervate.config.clinical import ClinicalTable
from innervate.config.contrast import Contrast
from innervate.config.reads import Reads
from innervate.config.trials import Trial

SheetColumn = Literal["sample", "patient", "assay", "tissue", "timepoint", "batch", "sex"]
Unit = Literal["counts", "tpm", "fpkm", "cpm", "log2_tpm", "log2_expression"]
MatrixFormat = Literal[
    "matrix", "featurecounts", "star", "salmon", "nfcore", "gdc", "h5ad", "reads"
]
PER_SAMPLE_FORMATS = ("star", "salmon", "gdc")


class Samples(Strict):
    """Where the sample sheet is, and how its columns read."""

    table: str
    """TSV or CSV, one row a sample."""
    columns: dict[SheetColumn, ColumnName] = {}
    """Our column: the sheet's column, where they differ."""
    values: dict[ColumnName, dict[str, str]] = {}
    """Recoding: our column (or a kept one): {value in the sheet: value to use}."""
    constants: dict[SheetColumn, str] = {}
    """A value for all samples, for a column that the sheet does not have."""
    keep: list[ColumnName] = []
    """Further columns of the sheet to carry along, for designs."""
    from_clinical: list[ColumnName] = []
    """Columns of the clinical table to carry along by patient, for designs."""
    exclude: dict[str, str] = {}
    """Samples to leave out: {sample: reason}."""


class Matrix(Strict):
    """A bulk matrix, or one file a sample."""

    format: MatrixFormat = "matrix"
    """What wrote it; `matrix` is any gene x sample TSV or CSV, gzipped or not; `reads` counts the
    cohort's FASTQ files, see `reads`."""
    path: str | None = None
    """The matrix."""
    folder: str | None = None
    """Per-sample formats: the folder of the files."""
    file_column: ColumnName | None = None
    """Per-sample formats: the sample sheet's column that names each sample's file."""
    unit: Unit = "counts"
    """What the numbers are; anything but counts is scored, but differential expression refused."""
    gene_column: ColumnName | None = None
    """The column of gene ids; by default the first."""
    ignore_columns: list[ColumnName] = []
    """Columns that are neither gene ids nor samples, such as a second symbol column."""
    samples_in_rows: bool = False
    """`matrix`: whether rows are samples, named in the first column, instead of genes."""
    transcripts: str | None = None
    """salmon: a table of transcript and gene id (tx2gene)."""
    strandedness: Literal["unstranded", "forward", "reverse"] = "unstranded"
    """star, gdc: which count column to take."""

    @model_validator(mode="after")
    def _files_are_named(self) -> Self:
        per_sample = self.format in PER_SAMPLE_FORMATS
        if per_sample and not (self.folder and self.file_column):
            msg = f"format {self.format} needs `folder` and `file_column` (one file a sample)"
            raise ValueError(msg)
        if self.format == "reads":
            if self.path or self.folder or self.transcripts or self.unit != "counts":
                msg = "format reads takes its files from `reads`: give no file and no unit"
                raise ValueError(msg)
        elif not per_sample and not self.path:
            msg = f"format {self.format} needs `path`"
            raise ValueError(msg)
        if self.samples_in_rows and (self.format != "matrix" or self.gene_column):
            msg = "samples_in_rows goes with format matrix, and without `gene_column`"
            raise ValueError(msg)
        if self.format == "salmon" and not self.transcripts:
            msg = "format salmon needs `transcripts` (tx2gene), to sum transcripts by gene"
            raise ValueError(msg)
        return self


class Bulk(Strict):
    """The bulk RNA-seq of a cohort."""

    matrices: list[Matrix] = Field(min_length=1)
    """Joined by sample; genes that are not in all of them are dropped, with a row that says so."""
    contrasts: dict[Name, Contrast] = {}
    """Questions for differential expression."""


class Simulation(Strict):
    """Make the cohort's tables by simulation, with a known circuit in them."""

    patients: int = Field(60, ge=8, le=5000)
    """Patients, each with a tumor and a TDLN library."""
    genes: int = Field(9_000, ge=2_000, le=20_000)
    """Genes of the matrix."""
    effect: float = Field(0.7, ge=0, lt=1)
    """Correlation planted along each edge of the circuit; 0 plants none."""
    single_cell_patients: int = Field(0, ge=0, le=500)
    """Patients of whom tumor and TDLN are simulated as single cells too, the first ones."""
    cells: int = Field(350, ge=50, le=20_000)
    """Cells of each single-cell sample."""


class Cohort(Strict):
    """config/cohorts/NAME.yaml. Paths are relative to the working directory of the run; where one
    names an input, an address (https, ftp, s3, gs) may stand instead."""

    title: str
    """For the report."""
    species: Literal["human", "mouse"]
    """Of the RNA; gene symbols, gene sets and cell types follow."""
    tumor_type: str = ""
    """For example HNSC; moderates the synthesis over cohorts."""
    samples: Samples
    bulk: Bulk | None = None
    single_cell: SingleCell | None = None
    reads: Reads | None = None
    clinical: ClinicalTable | None = None
    trials: dict[Name, Trial] = {}
    """Trials to size in a part of the patients; with none, an example for each druggable node."""
    baseline: str | None = None
    """Timepoint that stands for the patient, where the sheet has several."""
    settings: dict[str, Any] = {}
    """Overrides of the analysis-wide settings, with the same keys."""
    checksums: dict[str, str] = {}
    """Of inputs given by address: {address: `sha256:…` or `md5:…`}; a copy with another checksum is
    refused."""
    simulation: Simulation | None = None
    """Present only in a simulated cohort, whose tables the workflow makes under data/NAME/."""

    @property
    def counted(self) -> dict[str, bool]:
        """Of each assay, whether an input of it is counted from reads."""
        bulk = self.bulk.matrices if self.bulk else []
        cells = self.single_cell.inputs if self.single_cell else []
        parts = {"bulk": bulk, "single_cell": cells}
        return {assay: any(m.format == "reads" for m in part) for assay, part in parts.items()}
