"""Sequencing reads with known origin, from a slice of the real human transcriptome.

Where the transcripts come from: tests/data/reads/README.md. Around their exons, which stay at
their distances, lies made-up sequence, and in it copies of a transcript that is not expressed:
reads of these copies are what decoys are for.
"""

import gzip
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

READ_LENGTH = 75
FRAGMENT = (190.0, 45.0)
"""Mean and standard deviation of fragment lengths, bases; some are shorter than a read."""
ERROR_RATE = 0.003
ADAPTERS = ("AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT")
"""Illumina TruSeq, behind the first and behind the second read."""
MARGIN = 2_000
"""Bases of made-up sequence around the genes of a chromosome."""
COPY_OF = "HOXC8"
COPY_DIVERGENCE = 0.08
"""The gene that has an unexpressed copy in the genome, and how much that differs."""
BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


@dataclass(frozen=True)
class Slice:
    """A slice of a transcriptome and the genome around it.

    Parameters
    ----------
    transcripts
        Sequence by transcript id with version.
    genes
        Gene symbol by transcript.
    ids
        Ensembl id by gene symbol.
    copy
        Sequence of the unexpressed copy.
    """

    transcripts: dict[str, str]
    genes: dict[str, str]
    ids: dict[str, str]
    copy: str


def reverse_complement(sequence: str) -> str:
    return sequence.encode().translate(COMPLEMENT)[::-1].decode()


def mutated(sequence: str, rate: float, rng: np.random.Generator) -> str:
    """Substitute a share of the bases by others."""
    bases = np.frombuffer(sequence.encode(), dtype=np.uint8).copy()
    hit = np.flatnonzero(rng.random(bases.size) < rate)
    shift = rng.integers(1, 4, hit.size)
    bases[hit] = BASES[(np.searchsorted(BASES, bases[hit]) + shift) % 4]
    return bases.tobytes().decode()


def write_reference(source: Path, folder: Path, seed: int = 1) -> Slice:
    """Write transcripts.fa.gz, genes.gtf.gz and genome.fa.gz.

    Parameters
    ----------
    source
        The folder of the real transcripts and their annotation.
    folder
        Where to.
    seed
        Of the made-up sequence.
    """
    rng = np.random.default_rng(seed)
    with gzip.open(source / "transcripts.fasta.gz", "rt") as handle:
        records = [record.split("\n") for record in handle.read().split(">")[1:]]
    transcripts = {lines[0].split()[0]: "".join(lines[1:]) for lines in records}
    features = _features(source / "transcripts.gtf.gz", set(transcripts))
    genes = {feature["transcript"]: feature["gene_name"] for feature in features}
    ids = {feature["gene_name"]: feature["gene_id"] for feature in features}
    shift, chromosomes = {}, {}
    for name in sorted({feature["chromosome"] for feature in features}):
        ends = [f[key] for f in features if f["chromosome"] == name for key in ("start", "end")]
        shift[name] = min(ends) - MARGIN
        size = max(ends) - min(ends) + 2 * MARGIN
        chromosomes[name] = BASES[rng.integers(0, 4, size)]
    for transcript, sequence in transcripts.items():
        _place(sequence, [f for f in features if f["transcript"] == transcript], chromosomes, shift)
    copied = next(name for name, gene in genes.items() if gene == COPY_OF)
    copy = mutated(transcripts[copied], COPY_DIVERGENCE, rng)
    genome = {name: bases.tobytes().decode() for name, bases in chromosomes.items()}
    genome["5"] = f"{genome['5'][: MARGIN // 2]}{genome['5'][MARGIN // 2 :]}{copy}{'ACGT' * 50}"
    _write_gz(folder / "genome.fa.gz", _fasta(genome))
    _write_gz(folder / "transcripts.fa.gz", _fasta(transcripts))
    _write_gz(folder / "genes.gtf.gz", _gtf(features, shift))
    return Slice(transcripts, genes, ids, copy)


def _features(path: Path, wanted: set[str]) -> list[dict]:
    """Exons of the wanted transcripts."""
    found = []
    with gzip.open(path, "rt") as handle:
        for line in handle:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#") or cells[2] != "exon":
                continue
            facts = dict(re.findall(r'(\w+) "([^"]*)"', cells[8]))
            facts["transcript"] = f"{facts['transcript_id']}.{facts['transcript_version']}"
            if facts["transcript"] in wanted:
                place = {"chromosome": cells[0], "start": int(cells[3]), "end": int(cells[4])}
                found.append({**facts, **place, "strand": cells[6]})
    return found


def _place(sequence: str, exons: Sequence[dict], chromosomes: dict, shift: dict) -> None:
    """Lay a transcript's exons into its chromosome."""
    reverse = exons[0]["strand"] == "-"
    bases = reverse_complement(sequence) if reverse else sequence
    taken = 0
    for exon in sorted(exons, key=lambda exon: exon["start"]):
        length = exon["end"] - exon["start"] + 1
        start = exon["start"] - shift[exon["chromosome"]] - 1
        piece = np.frombuffer(bases[taken : taken + length].encode(), dtype=np.uint8)
        chromosomes[exon["chromosome"]][start : start + length] = piece
        taken += length
    assert taken == len(sequence), "the annotation and the sequence are of one version"


def _gtf(exons: Sequence[dict], shift: dict) -> str:
    lines = []
    for level, key in (("gene", "gene_id"), ("transcript", "transcript"), ("exon", None)):
        names = dict.fromkeys(exon[key] for exon in exons) if key else range(len(exons))
        for name in names:
            mine = [exon for exon in exons if exon[key] == name] if key else [exons[name]]
            one, moved = mine[0], shift[mine[0]["chromosome"]]
            start = min(exon["start"] for exon in mine) - moved
            end = max(exon["end"] for exon in mine) - moved
            facts = f'gene_id "{one["gene_id"]}"; gene_version "{one["gene_version"]}";'
            if level != "gene":
                version = one["transcript_version"]
                facts += f' transcript_id "{one["transcript_id"]}"; transcript_version "{version}";'
            facts += f' gene_name "{one["gene_name"]}";'
            cells = [one["chromosome"], "ensembl", level, start, end, ".", one["strand"], "."]
            lines.append("\t".join(map(str, [*cells, facts])))
    return "\n".join(lines) + "\n"


def _fasta(sequences: Mapping[str, str]) -> str:
    return "".join(f">{name}\n{sequence}\n" for name, sequence in sequences.items())


def _write_gz(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=4, mtime=0))


def fragments(
    sequences: Mapping[str, str], counts: Mapping[str, int], rng: np.random.Generator
) -> list[str]:
    """Draw fragments of each sequence, uniformly along it, in the sense of the transcript."""
    drawn = []
    for name, count in counts.items():
        sequence = sequences[name]
        lengths = np.clip(rng.normal(*FRAGMENT, count).astype(int), 40, len(sequence))
        starts = (rng.random(count) * (len(sequence) - lengths + 1)).astype(int)
        drawn += [sequence[a : a + n] for a, n in zip(starts, lengths, strict=True)]
    return [drawn[at] for at in rng.permutation(len(drawn))]


def write_bulk(
    pieces: Sequence[str],
    strandedness: str,
    name: str,
    paths: Sequence[Path],
    rng: np.random.Generator,
) -> None:
    """Write fragments as one FASTQ file or as a pair; adapters follow where a read runs out.

    Parameters
    ----------
    pieces
        Fragments in the sense of their transcript.
    strandedness
        ``forward``, ``reverse`` or ``unstranded``.
    name
        With which the reads are named.
    paths
        One file, or two.
    rng
        Of strands and errors.
    """
    share = {"forward": 1.0, "reverse": 0.0, "unstranded": 0.5}[strandedness]
    sense = rng.random(len(pieces)) < share
    read = [
        piece if at else reverse_complement(piece) for piece, at in zip(pieces, sense, strict=True)
    ]
    _write_fastq(read, ADAPTERS[0], name, paths[0], rng)
    if len(paths) == 2:
        _write_fastq(map(reverse_complement, read), ADAPTERS[1], name, paths[1], rng)


def _write_fastq(pieces, adapter: str, name: str, path: Path, rng) -> None:
    padded = ((piece + adapter + "A" * READ_LENGTH)[:READ_LENGTH] for piece in pieces)
    # All reads at once: errors drawn read by read take twenty times as long.
    text = mutated("".join(padded), ERROR_RATE, rng)
    reads = (text[at : at + READ_LENGTH] for at in range(0, len(text), READ_LENGTH))
    quality = "I" * READ_LENGTH
    rows = (f"@{name}:{at}\n{read}\n+\n{quality}\n" for at, read in enumerate(reads))
    _write_gz(path, "".join(rows))


def write_cells(
    reference: Slice,
    molecules: Mapping[str, Mapping[str, int]],
    umi_length: int,
    copies: int,
    name: str,
    paths: Sequence[Path],
    rng: np.random.Generator,
) -> None:
    """Write 10x reads: barcode and UMI in the first file, the transcript's 3' end in the second.

    Parameters
    ----------
    reference
        The transcripts.
    molecules
        Barcode: {transcript: molecules in it}.
    umi_length
        Bases: 10 in version 2 of the chemistry, 12 in version 3.
    copies
        Reads of each molecule.
    name
        With which the reads are named.
    paths
        The two files.
    rng
        Of UMIs and positions.
    """
    first, second = [], []
    for barcode, held in molecules.items():
        used: Counter = Counter()
        for transcript, count in held.items():
            sequence = reference.transcripts[transcript]
            for _ in range(count):
                umi = ""
                while not umi or used[umi]:
                    umi = BASES[rng.integers(0, 4, umi_length)].tobytes().decode()
                used[umi] += 1
                for _ in range(copies):
                    start = max(0, len(sequence) - int(rng.integers(READ_LENGTH, 400)))
                    first.append(barcode + umi)
                    second.append(sequence[start : start + READ_LENGTH])
    order = rng.permutation(len(first))
    for reads, path in ((first, paths[0]), (second, paths[1])):
        rows = (
            f"@{name}:{at}\n{reads[k]}\n+\n{'I' * len(reads[k])}\n" for at, k in enumerate(order)
        )
        _write_gz(path, "".join(rows))
