"""The data contracts: which columns each result table has, of which type and meaning.

The pandera schemas that writers are held to, and the JSON Schemas under workflow/schemas,
are both made from `TABLES`. A column may be added to a file; one listed here is not renamed
or dropped without a line in CHANGELOG.md.
"""

from __future__ import annotations

from innervate.cell_contracts import CELL_TABLES
from innervate.circuit_contracts import CIRCUIT_TABLES
from innervate.clinical_contracts import CLINICAL_TABLES
from innervate.runtime.contract import DE_STATISTICS, PATIENT, SAMPLE, Column, Table, columns
from innervate.synthesis_contracts import SYNTHESIS_TABLES

TABLES: dict[str, Table] = {
    "samples": Table(
        "inputs/samples.tsv",
        "a sample",
        (
            SAMPLE,
            PATIENT,
            *columns("text", True, assay="bulk or single_cell", tissue="tumor, tdln or another"),
            *columns("text", timepoint="time of sampling", batch="processing batch"),
        ),
    ),
    "genes": Table(
        "inputs/genes.tsv",
        "a gene of the input",
        (
            *columns("text", gene_id="Ensembl gene id, where known", symbol="approved symbol"),
            Column("status", "text", "kept, renamed, merged or dropped", True),
        ),
    ),
    "exclusions": Table(
        "*/exclusions.tsv",
        "a thing that was left out",
        columns(
            "text",
            True,
            level="sample, patient, gene, cell or gene_set",
            id="which one",
            stage="where it was left out",
            reason="why, in words",
        ),
    ),
    "bulk_qc": Table(
        "bulk/qc.tsv",
        "a bulk sample",
        (
            SAMPLE,
            *columns(
                "number",
                n_counts="library size",
                n_genes="genes with at least one count",
                mito_fraction="share of counts in mitochondrial genes, 0 to 1",
            ),
            *columns("text", expressed_sex="female, male or unclear", declared_sex="as declared"),
            *columns("number", epithelial_in_tdln="epithelial score of a TDLN sample"),
            *columns("text", flags="what was found, separated by semicolons"),
            *columns("boolean", True, keep="whether later stages use the sample"),
        ),
    ),
    "libraries": Table(
        "reads/libraries.tsv",
        "a library: the reads of a sample, or of a technical replicate of it",
        (
            SAMPLE,
            *columns("text", True, replicate="as in the table of FASTQ files"),
            *columns("text", True, assay="bulk or single_cell", layout="paired or single"),
            *columns(
                "integer",
                True,
                lanes="sequenced apart, counted together",
                fragments="reads, or pairs of reads",
                fragments_kept="after trimming (bulk; single cells are not trimmed)",
                fragments_mapped="to a transcript",
            ),
            *columns(
                "number",
                mean_length="of a read, bases, before trimming",
                fraction_q30="share of bases of quality 30 or more",
                fraction_gc="share of G and C among the bases",
                fraction_adapter="share of reads from which an adapter was cut",
                fraction_duplicated="share of duplicates, as fastp estimates it",
                fraction_mapped="share of the fragments that were kept",
                fraction_decoy="share that fits the genome better than any transcript",
                forward_fraction="share whose first read is in the sense of the transcript",
            ),
            *columns(
                "text",
                declared_strandedness="unstranded, forward, reverse or auto",
                inferred_strandedness="unstranded, forward, reverse or unclear",
                flags="what was found, separated by semicolons",
                tools="name and version, separated by semicolons",
            ),
        ),
    ),
    "de": Table(
        "bulk/de/{contrast}.tsv",
        "a gene",
        (
            *columns("text", True, gene="approved symbol, or the input's own id"),
            *DE_STATISTICS,
        ),
    ),
    "gsea": Table(
        "bulk/gsea/{contrast}.tsv",
        "a gene set",
        (
            *columns("text", True, set="gene set"),
            *columns("integer", True, size="genes of the set that were ranked"),
            *columns(
                "number",
                es="enrichment score",
                nes="normalized",
                pvalue="permutation p, at least 1 / (permutations + 1)",
                fdr="false discovery rate",
            ),
            *columns("text", leading_edge="genes, separated by semicolons"),
        ),
    ),
    "scores": Table(
        "circuit/scores.tsv",
        "a node in a sample",
        (
            *columns("text", True, node="node of the circuit file, or one of its controls"),
            SAMPLE,
            PATIENT,
            *columns("text", True, tissue="of the sample", compartment="bulk, or a cell type"),
            *columns("text", True, method="how it was measured"),
            *columns("number", score="in the method's unit", z="over the samples of the tissue"),
            *columns("integer", genes_found="genes of the set in the matrix"),
            *columns("integer", genes_total="genes of the set"),
        ),
    ),
    "patients": Table(
        "circuit/patients.tsv",
        "a patient (a further column a node, as z)",
        (
            PATIENT,
            *columns(
                "number",
                circuit_index="mean of the measured nodes, each signed as expected",
                circuit_index_low="95 % interval, low",
                circuit_index_high="95 % interval, high",
            ),
            *columns("text", True, call="active, inactive, uncertain or not measured"),
            *columns("text", nodes_measured="separated by semicolons"),
        ),
    ),
    "polarization": Table(
        "circuit/polarization.tsv",
        "a sample",
        (
            SAMPLE,
            PATIENT,
            *columns("text", True, assay="bulk or single_cell"),
            *columns(
                "number",
                m1="M1-like score, z",
                m2="M2-like score, z",
                polarity="M2 minus M1, adjusted for macrophage content, z",
                spp1_cxcl9="log2 ratio of SPP1 to CXCL9",
                fraction_m2="share of M2-like macrophages (single cell)",
                fraction_m2_low="95 % interval, low",
                fraction_m2_high="95 % interval, high",
            ),
            *columns("integer", n_macrophages="macrophages counted (single cell)"),
            *columns("text", True, call="M1-like, M2-like, mixed, low or not measurable"),
            *columns("text", reason="why there is no call"),
        ),
    ),
    "changes": Table(
        "provenance/changes.tsv",
        "a difference from the previous run of the cohort",
        (
            Column("kind", "text", "input file, setting, version, edge, key number, ...", True),
            *columns("text", name="which one", before="in the previous run", after="in this run"),
        ),
    ),
    **CLINICAL_TABLES,
    **CELL_TABLES,
    **CIRCUIT_TABLES,
    **SYNTHESIS_TABLES,
}
