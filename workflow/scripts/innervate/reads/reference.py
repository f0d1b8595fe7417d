"""The reference that bulk reads are counted against: transcripts, decoys, and their genes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from innervate.inputs.tables import open_text
from innervate.runtime.errors import Problem, raise_if_any
from innervate.runtime.files import atomic_path

ATTRIBUTE = re.compile(r'(gene_id|transcript_id|transcript_version) "([^"]*)"')
MIN_KNOWN = 0.5
"""Share of the transcripts that must have a gene; fewer are of another annotation."""


def transcript_genes(annotation: str) -> pd.DataFrame:
    """Gene of each transcript of an annotation.

    Parameters
    ----------
    annotation
        GTF, gzipped or not, of Ensembl, GENCODE or NCBI.

    Returns
    -------
    pandas.DataFrame
        ``transcript_id``, ``gene_id``, in the order of the file; without versions, which
        annotations write in different places.
    """
    genes: dict[str, str] = {}
    with open_text(annotation) as handle:
        for line in handle:
            if line.startswith("#") or line.count("\t") != 8:
                continue
            facts = dict(ATTRIBUTE.findall(line.rpartition("\t")[2]))
            transcript = facts.get("transcript_id")
            if transcript and facts.get("gene_id"):
                genes.setdefault(without_version(transcript), without_version(facts["gene_id"]))
    rows = list(genes.items())
    return pd.DataFrame(rows, columns=["transcript_id", "gene_id"])


def without_version(name: str) -> str:
    """An id without its version: ``ENST00000243108`` of ``ENST00000243108.4``."""
    return re.sub(r"\.\d+$", "", name)


def sequence_name(header: str) -> str:
    """Name of a FASTA record: up to the first blank or, as GENCODE writes it, the first bar."""
    return re.split(r"[\s|]", header.lstrip("> "), maxsplit=1)[0]


def write_gentrome(
    transcriptome: str, genome: str, genes: pd.DataFrame, fasta: str | Path, decoys: str | Path
) -> None:
    """Write the transcripts and, behind them, the genome as decoys, for salmon's index.

    Parameters
    ----------
    transcriptome, genome
        FASTA, gzipped or not.
    genes
        As `transcript_genes` returns.
    fasta
        Where the sequences go.
    decoys
        Where the names of the genome's sequences go, one a line.

    Raises
    ------
    InputError
        Where most transcripts have no gene in the annotation, a name is given twice, or a
        transcript is named as a chromosome is.

    References
    ----------
    Selective alignment with decoys: Srivastava et al. 2020, doi:10.1186/s13059-020-02151-8.
    """
    with atomic_path(fasta) as partial, open(partial, "w", encoding="ascii") as handle:
        transcripts = list(_copied(transcriptome, handle))
        chromosomes = list(_copied(genome, handle))
        _check_names(transcriptome, genome, transcripts, chromosomes, genes)
    with atomic_path(decoys) as partial:
        partial.write_text("".join(f"{name}\n" for name in chromosomes), encoding="ascii")


def _copied(path: str, handle) -> Iterator[str]:
    """Copy a FASTA with its records' names alone, and give these."""
    with open_text(path) as source:
        for line in source:
            if line.startswith(">"):
                name = sequence_name(line)
                handle.write(f">{name}\n")
                yield name
            else:
                handle.write(line)
        # The next file's first header must not be glued to a last line without an end.
        handle.write("\n")


def _check_names(
    transcriptome: str,
    genome: str,
    transcripts: list[str],
    chromosomes: list[str],
    genes: pd.DataFrame,
) -> None:
    problems = []
    for path, names in ((transcriptome, transcripts), (genome, chromosomes)):
        twice = pd.Series(names, dtype=str)
        twice = list(dict.fromkeys(twice[twice.duplicated()]))
        if not names:
            problems.append(Problem(path, "", "no sequences", "FASTA"))
        if twice:
            found = f"{len(twice)} names several times: {', '.join(twice[:3])}"
            problems.append(Problem(path, "", found, "each once"))
    both = sorted(set(transcripts) & set(chromosomes))
    if both:
        found = f"names of transcripts too: {', '.join(both[:3])}"
        problems.append(Problem(genome, "", found, "chromosomes"))
    known = pd.Series([without_version(name) for name in transcripts], dtype=str)
    known = known.isin(set(genes["transcript_id"]))
    if transcripts and known.mean() < MIN_KNOWN:
        example = next(name for name, there in zip(transcripts, known, strict=True) if not there)
        found = f"{(~known).sum()} of {len(known)} transcripts are not in the annotation: {example}"
        fix = "take transcriptome, genome and annotation from one release"
        problems.append(Problem(transcriptome, "", found, "transcripts of the annotation", fix))
    raise_if_any(problems)
