"""The reference: names, decoys, and an annotation of another release."""

import gzip

import pandas as pd
import pytest

from innervate.reads.reference import transcript_genes, write_gentrome
from innervate.runtime.errors import InputError

GTF = """#!genome-build GRCh38
1\te\tgene\t1\t9\t.\t+\t.\tgene_id "ENSG1"; gene_version "2";
1\te\ttranscript\t1\t9\t.\t+\t.\tgene_id "ENSG1"; transcript_id "ENST1"; transcript_version "5";
1\te\texon\t1\t9\t.\t+\t.\tgene_id "ENSG1"; transcript_id "ENST1";
2\th\texon\t1\t9\t.\t-\t.\tgene_id "ENSG2.4"; transcript_id "ENST2.1"; note "x; y";
"""


@pytest.fixture
def genes(tmp_path):
    """Return the genes of a small annotation, in Ensembl's and in GENCODE's way of writing."""
    path = tmp_path / "genes.gtf.gz"
    path.write_bytes(gzip.compress(GTF.encode()))
    return transcript_genes(str(path))


def write(folder, genes: pd.DataFrame, transcripts: str, genome: str) -> tuple[str, str]:
    (folder / "t.fa").write_text(transcripts)
    (folder / "g.fa.gz").write_bytes(gzip.compress(genome.encode()))
    written = folder / "gentrome.fa", folder / "decoys.txt"
    write_gentrome(str(folder / "t.fa"), str(folder / "g.fa.gz"), genes, *written)
    return tuple(path.read_text() for path in written)


def test_versions_are_taken_off_wherever_they_stand(genes):
    assert genes.to_dict("records") == [
        {"transcript_id": "ENST1", "gene_id": "ENSG1"},
        {"transcript_id": "ENST2", "gene_id": "ENSG2"},
    ]


def test_transcripts_come_first_and_decoys_are_the_genome(tmp_path, genes):
    transcripts = ">ENST1.5 cdna chromosome:1\nAC\nGT\n>ENST2.1|ENSG2.4|X|\nGG"
    fasta, decoys = write(tmp_path, genes, transcripts, ">1 dna\nAAAA\n>2\nCCCC\n")
    assert decoys == "1\n2\n"
    records = [record.split("\n", 1) for record in fasta.split(">")[1:]]
    sequences = {name: sequence.replace("\n", "") for name, sequence in records}
    assert sequences == {"ENST1.5": "ACGT", "ENST2.1": "GG", "1": "AAAA", "2": "CCCC"}
    assert list(sequences) == ["ENST1.5", "ENST2.1", "1", "2"]


def test_another_annotation_and_names_given_twice_are_refused_together(tmp_path, genes):
    transcripts = ">NM_1\nAC\n>NM_1\nAC\n>NM_2\nAC\n"
    with pytest.raises(InputError, match="3 of 3 transcripts are not in the annotation") as error:
        write(tmp_path, genes, transcripts, ">NM_2\nAAAA\n")
    assert "1 names several times: NM_1" in str(error.value)
    assert "names of transcripts too: NM_2" in str(error.value)
    assert not (tmp_path / "gentrome.fa").exists()
