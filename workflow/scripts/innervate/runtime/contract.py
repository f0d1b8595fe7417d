"""What a data contract is: the columns that a result table has, their kinds and meanings."""

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

    name: str
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
        first = self.names
        return frame[[*first, *(name for name in frame.columns if name not in first)]]

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

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


def columns(kind: Kind, required: bool = False, **meanings: str) -> tuple[Column, ...]:
    """Columns of one kind, given as ``name=meaning``."""
    return tuple(Column(name, kind, meaning, required) for name, meaning in meanings.items())


SAMPLE = Column("sample", "text", "sample, as in the sample sheet", True)
PATIENT = Column("patient", "text", "the study's own patient code", True)
DE_STATISTICS = columns(
    "number",
    base_mean="mean of normalized counts",
    log2_fold_change="maximum-likelihood estimate",
    lfc_se="its standard error, log2",
    log2_fold_change_shrunk="posterior mode under the apeglm prior, of the counts before outliers "
    "are replaced, as in R",
    stat="Wald statistic",
    pvalue="two-sided Wald p",
    padj="Benjamini-Hochberg after independent filtering",
)
"""Statistics of a gene in a contrast."""

EXCLUSIONS = Table(
    "exclusions",
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
)
