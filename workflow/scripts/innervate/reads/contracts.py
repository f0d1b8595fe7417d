"""Data contracts: reads."""

from __future__ import annotations

from innervate.runtime.contract import SAMPLE, Table, columns

LIBRARIES = Table(
    "libraries",
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
)

READ_FILES = Table(
    "read_files",
    "reads/files/{unit}.tsv",
    "a FASTQ file",
    (
        *columns("text", True, file="path"),
        *columns("integer", True, reads="in it"),
        *columns("text", True, sha256="checksum of its bytes"),
    ),
)

TRANSCRIPTS = Table(
    "transcripts",
    "reads/reference/{reference}/transcripts.tsv",
    "a transcript of the annotation",
    columns("text", True, transcript_id="without version", gene_id="without version"),
)
