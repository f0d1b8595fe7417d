"""Data contracts: single cells."""

from __future__ import annotations

from innervate.bulk.contracts import GSEA
from innervate.runtime.contract import DE_STATISTICS, PATIENT, SAMPLE, Column, Table, columns

CELL_QC = Table(
    "cell_qc",
    "single_cell/qc.tsv",
    "a single-cell sample",
    (
        SAMPLE,
        *columns(
            "integer",
            True,
            n_cells="cells of the input",
            n_kept="cells after quality control",
            n_doublet="dropped as doublets; a column a further reason",
        ),
        *columns(
            "number",
            median_n_counts="of the kept cells",
            median_n_genes="of the kept cells",
            ambient_fraction="estimated share of ambient RNA, 0 to 1",
        ),
        *columns("text", taken_from="where the counts were found", notes="limits"),
    ),
)

CELLS = Table(
    "cells",
    "single_cell/cells.parquet",
    "a cell",
    (
        Column("cell", "text", "sample:barcode", True),
        SAMPLE,
        PATIENT,
        *columns("text", True, tissue="of the sample", cell_type="as in cell_types.tsv"),
        *columns("number", cell_type_confidence="share of the evidence, 0 to 1"),
        *columns("text", True, malignant="malignant, not malignant or no call"),
        *columns("number", malignant_score="share of reference cells exceeded, 0 to 1"),
        *columns("text", polarization="of a macrophage: M1-like, M2-like, intermediate, no call"),
        *columns("number", p_m1="posterior of M1-like", p_m2="posterior of M2-like"),
    ),
)

CELL_DE = Table(
    "cell_de",
    "single_cell/de/{contrast}.tsv",
    "a gene in a cell type",
    (
        *columns("text", True, cell_type="of the pseudobulk", gene="approved symbol"),
        *DE_STATISTICS,
        *columns("integer", True, n_samples="samples tested"),
    ),
)

COMPOSITION = Table(
    "composition",
    "single_cell/composition/{contrast}.tsv",
    "a cell type, by a method",
    (
        *columns("text", True, cell_type="whose share is tested", method="scale of the share"),
        *columns("integer", True, n="samples"),
        *columns(
            "number",
            mean_share="mean share of cells, 0 to 1",
            estimate="difference between the levels, or per unit, log2",
            ci_low="95 % interval, low",
            ci_high="95 % interval, high",
            pvalue="two-sided",
            fdr="Benjamini-Hochberg over the cell types of the method",
        ),
    ),
)

LIGAND_RECEPTOR = Table(
    "ligand_receptor",
    "single_cell/ligand_receptor.tsv",
    "a ligand and a receptor of the circuit, between two cell types of a tissue",
    (
        *columns("text", tissue="of the samples", source="cells with the ligand"),
        *columns("text", target="cells with the receptor"),
        *columns("text", True, ligand="of the circuit file", receptor="of the circuit file"),
        *columns(
            "integer",
            n_samples="in which both types were there",
            n_expressed="of these in which both genes are expressed",
            ligand_molecules="of the ligand in the source, over all samples",
            receptor_molecules="of the receptor in the target, over all samples",
        ),
        *columns(
            "number",
            expressed_share="of these in which both genes are expressed",
            strength="median mean expression of ligand and receptor",
            percentile="median share of random pairs exceeded, 0 to 1",
            magnitude_rank="liana's consensus, 0 is best",
            specificity_rank="liana's consensus, 0 is best",
        ),
        *columns("text", note="why there is no value"),
    ),
)

CELL_GSEA = Table(
    "cell_gsea",
    "single_cell/gsea/{contrast}.tsv",
    "a gene set in a cell type",
    (*GSEA.columns, *columns("text", True, cell_type="of the pseudobulk")),
)

CHECKED_CELLS = Table(
    "checked_cells",
    "single_cell/{cell_sample}/cells.tsv.gz",
    "a cell of the input",
    (
        *columns("text", True, cell="sample and barcode", barcode="as in the input"),
        *columns(
            "number",
            n_counts="molecules",
            n_genes="genes with at least one molecule",
            mito_fraction="share of counts in mitochondrial genes, 0 to 1",
            ribo_fraction="share of counts in ribosomal-protein genes, 0 to 1",
            hemoglobin_fraction="share of counts in hemoglobin genes, 0 to 1",
            doublet_score="of scrublet",
        ),
        *columns("text", drop_reason="why the cell was dropped; empty for kept cells"),
    ),
)

THRESHOLDS = Table(
    "thresholds",
    "single_cell/thresholds.tsv",
    "a limit of quality control in a sample",
    (
        *columns("text", True, metric="column of the cells"),
        *columns("number", low="lowest value kept", high="highest value kept"),
        *columns(
            "text",
            low_source="where the low limit is from",
            high_source="where the high one is from",
        ),
        SAMPLE,
    ),
)

CELL_SUMMARY = Table(
    "cell_summary",
    "single_cell/{cell_sample}/summary.tsv",
    "the single-cell sample (further columns as in single_cell/qc.tsv)",
    (
        SAMPLE,
        *columns("integer", True, n_cells="cells of the input", n_kept="after quality control"),
    ),
)

INPUT_GENES = Table(
    "input_genes",
    "single_cell/{cell_sample}/genes.tsv.gz",
    "a gene of the sample's input",
    (
        *columns("text", True, input_id="as in the input"),
        *columns("text", gene_id="Ensembl gene id, where known", symbol="approved symbol"),
        *columns("text", True, status="kept, renamed, merged or dropped"),
    ),
)

ANNOTATION = Table(
    "annotation",
    "single_cell/annotation.tsv.gz",
    "a kept cell",
    (
        *columns("text", True, cell="sample and barcode", lineage="first level"),
        *columns("number", lineage_confidence="0 to 1"),
        *columns("text", True, cell_type="second level"),
        *columns("number", cell_type_confidence="0 to 1"),
        *columns("integer", True, leiden="cluster"),
    ),
)

ANNOTATION_AGREEMENT = Table(
    "annotation_agreement",
    "single_cell/annotation_agreement.tsv",
    "a pair of cell types, ours and another opinion's",
    (
        *columns("text", opinion="whose", ours="cell type", theirs="their name for these cells"),
        *columns("integer", n="cells"),
        *columns("number", share="of our cells of the type, 0 to 1"),
    ),
)

INTEGRATION = Table(
    "integration",
    "single_cell/integration.tsv",
    "a measure of the integration",
    (
        *columns("text", True, metric="what was measured", representation="pca or harmony"),
        *columns("number", value="1 is best"),
        *columns("integer", n_cells="cells it was measured in"),
    ),
)

MALIGNANT_CELLS = Table(
    "malignant_cells",
    "single_cell/malignant.tsv.gz",
    "a kept cell",
    (
        *columns("text", True, cell="sample and barcode", malignant="the call"),
        *columns(
            "number",
            malignant_score="posterior, 0 to 1",
            cnv_signal="mean squared copy-number signal",
            cnv_correlation="with the patient's mean profile",
        ),
    ),
)

MALIGNANT_PATIENTS = Table(
    "malignant_patients",
    "single_cell/malignant_patients.tsv",
    "a patient with single cells",
    (
        PATIENT,
        *columns(
            "integer",
            n_epithelial="epithelial cells",
            n_malignant="called malignant",
            n_no_call="without a call",
        ),
        *columns("text", reason="why there is no call"),
    ),
)
