"""Data contracts: samples and genes as understood."""

from __future__ import annotations

from innervate.runtime.contract import PATIENT, SAMPLE, Column, Table, columns

SAMPLES = Table(
    "samples",
    "inputs/samples.tsv",
    "a sample",
    (
        SAMPLE,
        PATIENT,
        *columns("text", True, assay="bulk or single_cell", tissue="tumor, tdln or another"),
        *columns("text", timepoint="time of sampling", batch="processing batch"),
    ),
)

GENES = Table(
    "genes",
    "inputs/genes.tsv",
    "a gene of the input",
    (
        *columns("text", gene_id="Ensembl gene id, where known", symbol="approved symbol"),
        Column("status", "text", "kept, renamed, merged or dropped", True),
    ),
)
