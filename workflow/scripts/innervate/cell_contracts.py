"""The data contracts of the single-cell tables."""

from __future__ import annotations

from innervate.runtime.contract import DE_STATISTICS, PATIENT, SAMPLE, Column, Table, columns

CELL_TABLES: dict[str, Table] = {
    "cell_qc": Table(
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
    ),
    "cells": Table(
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
            *columns(
                "text", polarization="of a macrophage: M1-like, M2-like, intermediate, no call"
            ),
            *columns("number", p_m1="posterior of M1-like", p_m2="posterior of M2-like"),
        ),
    ),
    "cell_de": Table(
        "single_cell/de/{contrast}.tsv",
        "a gene in a cell type",
        (
            *columns("text", True, cell_type="of the pseudobulk", gene="approved symbol"),
            *DE_STATISTICS,
            *columns("integer", True, n_samples="samples tested"),
        ),
    ),
    "composition": Table(
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
    ),
    "by_cell_type": Table(
        "circuit/by_cell_type.tsv",
        "a reported measure in a cell type of a sample",
        (
            *columns("text", True, measure="name in the circuit file", tissue="of the sample"),
            *columns("text", True, cell_type="cells summed"),
            SAMPLE,
            PATIENT,
            *columns("integer", True, n_cells="cells summed"),
            *columns(
                "number",
                value="in `unit`",
                detected="share of the cells that show the gene",
                share="share of the sample's transcripts of the gene",
            ),
            *columns("integer", True, molecules="counted of the gene, or of the set's genes"),
        ),
    ),
    "highest": Table(
        "circuit/highest.tsv",
        "a reported measure, and the cell type that is highest in it",
        (
            *columns("text", True, measure="name in the circuit file", label="for figures"),
            *columns("text", True, tissue="of the samples"),
            *columns(
                "text",
                True,
                status="named, a left-out type holds more, too few molecules, too few samples, "
                "one cell type or not measured",
            ),
            *columns("text", cell_type="the highest one, where it is named"),
            *columns(
                "integer",
                True,
                n_samples="in which a cell type had enough cells",
                n_cell_types="that had enough cells in a sample",
            ),
            *columns("integer", molecules="of the cell type that comes first"),
            *columns(
                "text",
                rival="cell type that holds more, of which cells were left out",
                reason="why none is named",
            ),
        ),
    ),
    "ligand_receptor": Table(
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
    ),
}
