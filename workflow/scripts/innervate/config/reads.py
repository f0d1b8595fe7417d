"""The part of a cohort file on sequencing reads: where the FASTQ are, and the reference."""

from __future__ import annotations

import hashlib
from typing import Literal, Self, get_args

from pydantic import model_validator

from innervate.config.base import ColumnName, Strict

Strandedness = Literal["unstranded", "forward", "reverse", "auto"]
Chemistry = Literal["10x_v2", "10x_v3"]
ReadsColumn = Literal[
    "sample", "replicate", "lane", "fastq_1", "fastq_2", "strandedness", "chemistry"
]


class Reads(Strict):
    """FASTQ files to be counted, and what they are counted against."""

    table: str
    """TSV or CSV, one row a file or a pair of files: `sample` (as in the sample sheet),
    `replicate` (technical: libraries of one sample, counted apart and summed), `lane` (of one
    library, counted together), `fastq_1`, `fastq_2`, `strandedness` (bulk: unstranded, forward,
    reverse, or auto where nobody knows), `chemistry` (single cell: 10x_v2, 10x_v3)."""
    folder: str
    """The folder that the FASTQ files lie in; the table names them relative to it."""
    columns: dict[ReadsColumn, ColumnName] = {}
    """Our column: the table's column, where they differ."""
    constants: dict[Literal["strandedness", "chemistry"], str] = {}
    """A value for all rows, for a column that the table does not have."""
    genome: str
    """FASTA, gzipped or not: reads that fit it better than any transcript are not counted."""
    annotation: str
    """GTF of the same genome, gzipped or not: which transcript is of which gene."""
    transcriptome: str | None = None
    """FASTA of the transcripts, gzipped or not; needed for bulk."""

    @model_validator(mode="after")
    def _constants_are_known(self) -> Self:
        for column, known in (("strandedness", Strandedness), ("chemistry", Chemistry)):
            value = self.constants.get(column)
            if value is not None and value not in get_args(known):
                msg = f"constants.{column} is {value!r}; one of: {', '.join(get_args(known))}"
                raise ValueError(msg)
        return self

    @property
    def reference(self) -> str:
        """Name of the folder of the indices: cohorts with the same reference share them."""
        files = "\0".join([self.genome, self.annotation, self.transcriptome or ""])
        return hashlib.sha256(files.encode()).hexdigest()[:10]
