"""Analysis-wide settings: config/config.yaml, and the same keys under a cohort's `settings`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from innervate.config.base import Fraction, Name, Strict
from innervate.config.cell_settings import (
    Annotation,
    CellPolarization,
    CellQC,
    Embedding,
    Interactions,
    Malignancy,
    Pseudobulk,
)
from innervate.config.plan import Plan

QCFlag = Literal[
    "low_counts",
    "few_genes",
    "high_mito",
    "high_ribo",
    "high_hemoglobin",
    "high_top_genes",
    "sex_mismatch",
    "patient_sex_conflict",
    "outlier_counts",
    "outlier_pca",
    "outlier_correlation",
    "epithelial_in_tdln",
]


class BulkQC(Strict):
    """Thresholds of bulk quality control, and which flags drop a sample."""

    min_counts: int = Field(1_000_000, ge=0)
    """Library size (counts) below which a sample is flagged `low_counts`."""
    min_genes: int = Field(5_000, ge=0)
    """Genes with at least one count below which a sample is flagged `few_genes`."""
    max_mito_fraction: Fraction = 0.5
    """Share of mitochondrial counts above which a sample is flagged `high_mito`."""
    max_ribo_fraction: Fraction = 0.5
    """Share of ribosomal-protein counts above which a sample is flagged `high_ribo`."""
    max_hemoglobin_fraction: Fraction = 0.2
    """Share of hemoglobin counts (blood) above which a sample is flagged `high_hemoglobin`."""
    max_top_genes_fraction: Fraction = 0.7
    """Share of counts in the 50 highest genes above which a sample is flagged `high_top_genes`."""
    robust_z: float = Field(5.0, gt=0)
    """Robust z (median, MAD) within tissue beyond which a sample is an outlier."""
    min_correlation: Fraction = 0.7
    """Median Spearman correlation with its tissue below which a sample is flagged."""
    max_epithelial_in_tdln: float = Field(0.25, ge=0)
    """Epithelial expression of a TDLN sample, relative to the median tumor, above which it is
    flagged `epithelial_in_tdln`: tumor cells in the node."""
    drop: list[QCFlag] = ["low_counts", "few_genes"]
    """Flags that drop a sample; a sample with any other flag is kept and shown."""


class DifferentialExpression(Strict):
    """Settings of PyDESeq2."""

    alpha: float = Field(0.05, gt=0, lt=1)
    """FDR for which independent filtering is optimized."""
    min_count: int = Field(10, ge=0)
    """A gene is tested where at least `min_samples` samples reach this many counts."""
    min_samples: int = Field(3, ge=1)
    """See `min_count`; lowered to the smallest group's size where that is smaller."""


class Enrichment(Strict):
    """Settings of gene-set enrichment (gseapy prerank)."""

    collections: dict[Name, str] = {}
    """Further collections: name and path of a GMT file with approved symbols."""
    permutations: int = Field(1000, ge=100)
    """Gene permutations behind each p-value."""
    min_size: int = Field(5, ge=2)
    """Smallest number of a set's genes found."""
    max_size: int = Field(500, ge=10)
    """Largest number of a set's genes found."""


class Scoring(Strict):
    """Settings of the node scores."""

    min_coverage: Fraction = 0.5
    """Share of a set's genes that must be expressed, else the node is not measurable."""
    min_samples: int = Field(4, ge=2)
    """Samples of a tissue needed to standardize a score."""
    min_detection: Fraction = 0.2
    """Share of a tissue's samples in which a gene must be detected to count as expressed."""
    random_sets: int = Field(1000, ge=100)
    """Matched random sets behind each background."""
    bootstrap: int = Field(500, ge=50)
    """Bootstrap draws behind a patient's circuit-index interval."""


class EdgeTests(Strict):
    """Settings of the tests of edges and chains."""

    min_patients: int = Field(10, ge=8)
    """Patients with both ends (of a chain: with every node) below which nothing is estimated."""
    min_events: int = Field(8, ge=4)
    """Events, or patients with the rarer answer, that an edge to such an outcome needs."""
    bootstrap: int = Field(2000, ge=200)
    """Resamples of patients behind each confidence interval."""
    permutations: int = Field(9999, ge=199)
    """Permutations behind each p-value; the smallest p-value is 1 / (permutations + 1)."""


class Clinical(Strict):
    """Settings of the clinical associations."""

    min_patients: int = Field(8, ge=4)
    """Patients with both values below which an association is not estimated."""
    min_events: int = Field(5, ge=1)
    """Events below which a Cox model is not fitted."""
    cut: Literal["median", "tertiles"] = "median"
    """Where patients are parted by a score for survival curves; declared, never optimized."""
    active_above: float = 0.0
    """Circuit index without a biomarker's own nodes above which a patient is active to judge it."""
    imputations: int = Field(20, ge=5)
    """Imputed data sets behind each adjusted estimate where covariates are missing."""
    suppress_below: int = Field(0, ge=0)
    """Counts of patients from 1 to below this are left out of the tables of agents and trials and
    of the report, with whatever they could be worked out from; 0 shows all."""


class Settings(Strict):
    """All settings that a cohort may override."""

    bulk_qc: BulkQC = BulkQC()
    differential_expression: DifferentialExpression = DifferentialExpression()
    enrichment: Enrichment = Enrichment()
    scoring: Scoring = Scoring()
    edges: EdgeTests = EdgeTests()
    clinical: Clinical = Clinical()
    cell_qc: CellQC = CellQC()
    embedding: Embedding = Embedding()
    annotation: Annotation = Annotation()
    malignancy: Malignancy = Malignancy()
    cell_polarization: CellPolarization = CellPolarization()
    pseudobulk: Pseudobulk = Pseudobulk()
    interactions: Interactions = Interactions()


class Config(Settings):
    """config/config.yaml."""

    cohorts: list[str] = Field(["config/cohorts/demo.yaml"], min_length=1)
    """Cohort files to run; a cohort is named as its file."""
    circuit: str = "neuroimmune"
    """A circuit of resources/circuits, or the path of your own circuit file."""
    plan: Plan = Plan()
    """A study to compute the power of; used by the target rule `plan` only."""
    pathvars: dict[Literal["results", "logs", "benchmarks"], str] = {}
    """Other folders than results, logs and benchmarks, in Snakemake's own notation."""
    container: str | None = None
    """Image that jobs run in with `--sdm apptainer`, built from envs/Containerfile: the path of a
    `.sif`, or an address as Snakemake takes it."""
    seed: int = Field(20251024, ge=0, lt=2**32)
    """The one seed of everything random."""
