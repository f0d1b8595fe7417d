"""The data contracts: which columns each result table has, of which type and meaning.

The pandera schemas that writers are held to, and the JSON Schemas under workflow/schemas,
are both made from `TABLES`. A column may be added to a file; one listed here is not renamed
or dropped without a line in CHANGELOG.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pandas as pd

Kind = Literal["text", "number", "integer", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column: its name, the kind of its values, and what they mean (with the unit)."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    """Whether each row must have a value."""


@dataclass(frozen=True)
class Table:
    """A result table: what one row is, and the columns that must be there."""

    path: str
    row: str
    columns: tuple[Column, ...]

    @cached_property
    def schema(self) -> Any:
        """The pandera schema; columns beyond the contract are let through."""
        import pandera.pandas as pa

        dtypes = {"text": "string", "number": "float64", "integer": "Int64", "boolean": "boolean"}
        columns = {
            column.name: pa.Column(dtypes[column.kind], nullable=not column.required, coerce=True)
            for column in self.columns
        }
        return pa.DataFrameSchema(columns, strict=False)

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Check a frame and put the contract's columns first.

        Raises
        ------
        ValueError
            Naming every column that is missing or holds what it must not.
        """
        import pandera.errors

        try:
            frame = self.schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            broken = error.failure_cases[["column", "check", "failure_case"]].drop_duplicates()
            msg = f"{self.path} breaks its contract:\n{broken.to_string(index=False)}"
            raise ValueError(msg) from error
        first = [column.name for column in self.columns]
        return frame[[*first, *(name for name in frame.columns if name not in first)]]

    def text_columns(self) -> dict[str, type]:
        """Columns to be read as text, so that an id such as ``007`` stays what it is."""
        return {column.name: str for column in self.columns if column.kind == "text"}

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of one row."""
        types = {"text": "string", "number": "number", "integer": "integer", "boolean": "boolean"}
        properties = {
            column.name: {
                "type": types[column.kind] if column.required else [types[column.kind], "null"],
                "description": column.meaning,
            }
            for column in self.columns
        }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.path,
            "description": f"One row is {self.row}.",
            "type": "object",
            "properties": properties,
            "required": [column.name for column in self.columns],
        }


def _columns(kind: Kind, required: bool = False, **meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind, meaning, required) for name, meaning in meanings.items())


_SAMPLE = Column("sample", "text", "sample, as in the sample sheet", True)
_PATIENT = Column("patient", "text", "the study's own patient code", True)

TABLES: dict[str, Table] = {
    "samples": Table(
        "inputs/samples.tsv",
        "a sample",
        (
            _SAMPLE,
            _PATIENT,
            *_columns("text", True, assay="bulk or single_cell", tissue="tumor, tdln or another"),
            *_columns("text", timepoint="time of sampling", batch="processing batch"),
        ),
    ),
    "genes": Table(
        "inputs/genes.tsv",
        "a gene of the input",
        (
            *_columns("text", gene_id="Ensembl gene id, where known", symbol="approved symbol"),
            Column("status", "text", "kept, renamed, merged or dropped", True),
        ),
    ),
    "exclusions": Table(
        "*/exclusions.tsv",
        "a thing that was left out",
        _columns(
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
            _SAMPLE,
            *_columns(
                "number",
                n_counts="library size",
                n_genes="genes with at least one count",
                mito_fraction="share of counts in mitochondrial genes, 0 to 1",
            ),
            *_columns("text", expressed_sex="female, male or unclear", declared_sex="as declared"),
            *_columns("number", epithelial_in_tdln="epithelial score of a TDLN sample"),
            *_columns("text", flags="what was found, separated by semicolons"),
            *_columns("boolean", True, keep="whether later stages use the sample"),
        ),
    ),
    "de": Table(
        "bulk/de/{contrast}.tsv",
        "a gene",
        (
            *_columns("text", True, gene="approved symbol, or the input's own id"),
            *_columns(
                "number",
                base_mean="mean of normalized counts",
                log2_fold_change="maximum-likelihood estimate",
                lfc_se="its standard error, log2",
                log2_fold_change_shrunk="posterior mode under the apeglm prior",
                stat="Wald statistic",
                pvalue="two-sided Wald p",
                padj="Benjamini-Hochberg after independent filtering",
            ),
        ),
    ),
    "gsea": Table(
        "bulk/gsea/{contrast}.tsv",
        "a gene set",
        (
            *_columns("text", True, set="gene set"),
            *_columns("integer", True, size="genes of the set that were ranked"),
            *_columns(
                "number",
                es="enrichment score",
                nes="normalized",
                pvalue="permutation p, at least 1 / (permutations + 1)",
                fdr="false discovery rate",
            ),
            *_columns("text", leading_edge="genes, separated by semicolons"),
        ),
    ),
    "scores": Table(
        "circuit/scores.tsv",
        "a node in a sample",
        (
            *_columns("text", True, node="node of the circuit file, or one of its controls"),
            _SAMPLE,
            _PATIENT,
            *_columns("text", True, tissue="of the sample", compartment="bulk, or a cell type"),
            *_columns("text", True, method="how it was measured"),
            *_columns("number", score="in the method's unit", z="over the samples of the tissue"),
            *_columns("integer", genes_found="genes of the set in the matrix"),
            *_columns("integer", genes_total="genes of the set"),
        ),
    ),
    "patients": Table(
        "circuit/patients.tsv",
        "a patient (a further column a node, as z)",
        (
            _PATIENT,
            *_columns(
                "number",
                circuit_index="mean of the measured nodes, each signed as expected",
                circuit_index_low="95 % interval, low",
                circuit_index_high="95 % interval, high",
            ),
            *_columns("text", True, call="active, inactive or uncertain"),
            *_columns("text", nodes_measured="separated by semicolons"),
        ),
    ),
    "polarization": Table(
        "circuit/polarization.tsv",
        "a sample",
        (
            _SAMPLE,
            _PATIENT,
            *_columns("text", True, assay="bulk or single_cell"),
            *_columns(
                "number",
                m1="M1-like score, z",
                m2="M2-like score, z",
                polarity="M2 minus M1, adjusted for macrophage content, z",
                spp1_cxcl9="log2 ratio of SPP1 to CXCL9",
                fraction_m2="share of M2-like macrophages (single cell)",
                fraction_m2_low="95 % interval, low",
                fraction_m2_high="95 % interval, high",
            ),
            *_columns("integer", n_macrophages="macrophages counted (single cell)"),
            *_columns("text", True, call="M1-like, M2-like, mixed, low or not measurable"),
        ),
    ),
    "joined": Table("clinical/joined.tsv", "a patient", (_PATIENT,)),
    "associations": Table(
        "clinical/associations.tsv",
        "a score with an endpoint",
        (
            *_columns("text", True, score="node", endpoint="as declared", model="which model"),
            *_columns("integer", True, n="patients"),
            *_columns("integer", n_events="events, for time-to-event endpoints"),
            *_columns("number", estimate="the effect"),
            *_columns("text", True, estimate_type="spearman_rho or hazard_ratio_per_sd"),
            *_columns(
                "number",
                ci_low="95 % interval, low",
                ci_high="95 % interval, high",
                pvalue="two-sided",
                fdr="Benjamini-Hochberg over the endpoint's family",
            ),
            *_columns("text", covariates="adjusted for, separated by semicolons", note="limits"),
        ),
    ),
}
