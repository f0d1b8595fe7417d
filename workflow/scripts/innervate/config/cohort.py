"""The model of a cohort file: everything that differs between cohorts."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from innervate.config.base import ColumnName, Name, Strict
from innervate.config.cells import SingleCell
from innervate.config.contrast import Contrast

SheetColumn = Literal["sample", "patient", "assay", "tissue", "timepoint", "batch", "sex"]
Unit = Literal["counts", "tpm", "fpkm", "cpm", "log2_tpm", "log2_expression"]
MatrixFormat = Literal["matrix", "featurecounts", "star", "salmon", "nfcore", "gdc", "h5ad"]
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
    """What wrote it; `matrix` is any gene x sample TSV or CSV, gzipped or not."""
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
        if not per_sample and not self.path:
            msg = f"format {self.format} needs `path`"
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


class Pain(Strict):
    """A pain measurement of the clinical table."""

    column: ColumnName
    instrument: Name
    """As in resources/clinical/pain_instruments.tsv, for example NRS, VAS_100, UW_QOL."""
    direction: Literal["higher_worse", "higher_better"]
    """Declared, and checked against the instrument's."""


class Endpoint(Strict):
    """A time-to-event endpoint of the clinical table."""

    time: ColumnName
    """Column of the time from start to event or censoring."""
    status: ColumnName
    """Column that says whether the event happened."""
    event: int | str
    """The value of `status` that means the event happened; never guessed."""
    censored: int | str
    """The value of `status` that means it had not happened at the end of follow-up."""
    unit: Literal["days", "weeks", "months", "years"]
    """Unit of `time`."""

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if str(self.event) == str(self.censored):
            msg = "`event` and `censored` are the same code"
            raise ValueError(msg)
        return self


class Response(Strict):
    """A response to treatment, of the clinical table."""

    column: ColumnName
    levels: list[str] = Field(min_length=2)
    """From worst to best, for example [PD, SD, PR, CR]."""
    responders: list[str] = []
    """Levels that count as a response, against the others; by default levels are ranked."""

    @model_validator(mode="after")
    def _responders_are_some_levels(self) -> Self:
        if len(set(self.levels)) < len(self.levels):
            msg = "`levels` names one twice"
            raise ValueError(msg)
        unknown = [level for level in self.responders if level not in self.levels]
        if unknown or set(self.responders) == set(self.levels):
            msg = "`responders` must be some of the levels, not all"
            raise ValueError(msg)
        return self

    def grades(self) -> dict[str, float]:
        """Number of each level: 1 or 0 where the answer is binary, else its rank from 0."""
        if self.responders:
            return {level: float(level in self.responders) for level in self.levels}
        return {level: float(rank) for rank, level in enumerate(self.levels)}


class Assay(Strict):
    """A measurement that is not RNA (immunohistochemistry, ELISA, flow), usable as a node."""

    column: ColumnName
    tissue: Name
    """Tissue it was measured in."""
    unit: str = ""
    """As it is to be shown."""
    log: bool = False
    """Whether to take log2(1 + x) first."""


class Covariate(Strict):
    """A clinical column to show and to adjust for."""

    column: ColumnName
    kind: Literal["continuous", "categorical", "ordinal"]
    """How its values are to be taken."""
    levels: list[str] = []
    """ordinal: the levels from low to high; categorical: the first is the reference."""

    @model_validator(mode="after")
    def _ordinal_has_levels(self) -> Self:
        if self.kind == "ordinal" and len(self.levels) < 2:
            msg = "an ordinal covariate needs its `levels`, from low to high"
            raise ValueError(msg)
        return self


class ClinicalTable(Strict):
    """The clinical table: one row a patient; only declared columns are ever read."""

    table: str
    """TSV or CSV."""
    patient: ColumnName = "patient"
    """Its column of patient codes."""
    where: dict[ColumnName, list[str]] = {}
    """Keep rows with one of these values, where a patient has several: {column: [values]}."""
    missing: list[str] = ["", "NA", "N/A", "NaN", "nan"]
    """Codes that mean missing."""
    pain: dict[Name, Pain] = {}
    """Pain measurements; the first is the primary one."""
    endpoints: dict[Name, Endpoint] = {}
    """Time-to-event endpoints."""
    response: dict[Name, Response] = {}
    """Responses to treatment."""
    assays: dict[Name, Assay] = {}
    """Measurements that the circuit file's `assay` measures ask for by name."""
    covariates: dict[Name, Covariate] = {}
    """Further columns."""
    adjust_for: list[Name] = []
    """Covariates of the adjusted models."""

    @model_validator(mode="after")
    def _adjustment_is_declared(self) -> Self:
        unknown = [name for name in self.adjust_for if name not in self.covariates]
        if unknown:
            msg = f"adjust_for names {', '.join(unknown)}, not declared under covariates"
            raise ValueError(msg)
        return self


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
    """config/cohorts/NAME.yaml. Paths are relative to the working directory of the run."""

    title: str
    """For the report."""
    species: Literal["human", "mouse"]
    tumor_type: str = ""
    """For example HNSC; moderates the synthesis over cohorts."""
    samples: Samples
    bulk: Bulk | None = None
    single_cell: SingleCell | None = None
    clinical: ClinicalTable | None = None
    baseline: str | None = None
    """Timepoint that stands for the patient, where the sheet has several."""
    settings: dict[str, Any] = {}
    """Overrides of the analysis-wide settings, with the same keys."""
    simulation: Simulation | None = None
    """Present only in a simulated cohort, whose tables the workflow makes under data/NAME/."""
