"""Columns beside the samples: known by name, suspected by content, never dropped in silence."""

import gzip

import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Cohort, Matrix
from innervate.genes.table import load_genes
from innervate.inputs.annotation import (
    named_annotation,
    named_annotations,
    no_samples,
    suspects,
    unnamed_problems,
)
from innervate.inputs.bulk import sample_problems
from innervate.inputs.readers import read_matrix, sample_names
from innervate.runtime.errors import InputError

NAMES = """
Entrez_Gene_Id ENTREZID entrez.gene.id NCBI_ID Geneid gene_id HGNC_ID hgnc_id start START Start end
End Gene.start Chr chrom seqnames Strand Length gene_length GeneLength length_bp effective_length
EffectiveLength width exon_count n_exons GC_content row_number
transcript_count Length.x Total sum Mean rowMeans
"""
SAMPLES = """
P01_tumor S1 X1 End1 Start_P2 chr1_KO GC12 length_KO_1 S.1 T EN 12 strandA width10 seq01
start_1 end_2
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_known_names(name):
    assert named_annotation(name)


@pytest.mark.parametrize(
    "name",
    ["Gene start (bp)", "Gene end (bp)", "Chromosome/scaffold name", "Gene % GC content",
     "Transcript length (including UTRs and CDS)", "Unnamed: 0", "Length.x", "Start.1"],
)  # fmt: skip
def test_names_of_biomart_r_and_pandas(name):
    assert named_annotation(name)


@pytest.mark.parametrize("name", SAMPLES.split())
def test_names_of_samples(name):
    assert not named_annotation(name)


def test_a_row_of_numbered_names_is_one_of_samples():
    assert named_annotations(["start.1", "start.2", "end.1", "end.2"]) == []
    assert named_annotations(["Length", "Length.1", "Length.2", "P1"]) == [
        "Length", "Length.1", "Length.2",
    ]  # fmt: skip
    assert named_annotations(["GeneSymbol.1", "P1"]) == ["GeneSymbol.1"]


@pytest.fixture
def counts():
    """Counts of 1,000 genes in 8 samples: levels of 0 to some thousands, noise between samples."""
    generator = np.random.default_rng(5)
    level = np.exp(generator.normal(2.5, 2.5, 1000))
    noise = np.exp(generator.normal(0, 0.3, (1000, 8)))
    frame = pd.DataFrame(generator.poisson(level[:, None] * noise), dtype=float)
    return frame.set_axis([f"s{n}" for n in range(8)], axis=1)


def annotations(counts) -> pd.DataFrame:
    generator = np.random.default_rng(6)
    size = len(counts)
    # Long genes have more reads: a rank correlation of about one half.
    longer = np.log1p(counts.mean(axis=1)) + generator.normal(0, 3, size)
    return pd.DataFrame({
        "place": generator.integers(1, 2.4e8, size),
        "db": generator.permutation(np.arange(1, 90_000))[:size],
        "bases": np.exp(6 + longer / 3).round(),
        "share": generator.uniform(0.3, 0.7, size).round(3),
        "side": generator.choice([-1, 1], size),
        "version": 3,
        "at": np.arange(1, size + 1),
        "down": np.arange(size, 0, -1) * 5,
    })  # fmt: skip


def test_what_no_sample_holds_is_seen_and_said(counts):
    beside = annotations(counts)
    seen = suspects(pd.concat([counts, beside], axis=1))
    assert set(seen) == set(beside)
    assert seen["version"] == "the same value, 3, for every gene"
    assert seen["at"] == "numbers that step by 1 from gene to gene"
    assert seen["side"] == "only the values -1, 1"
    least = (counts == 0).mean().min()
    assert seen["place"] == f"no zero, where each sample has at least {least:.0%}"


def test_without_zeros_the_order_of_the_genes_decides(counts):
    kept = counts[(counts > 0).all(axis=1)].reset_index(drop=True)
    beside = annotations(kept)[["place", "db", "share"]]
    seen = suspects(pd.concat([kept, beside], axis=1))
    assert set(seen) == set(beside)
    assert (
        "fractions, unlike the samples; rank correlation with the samples at most 0"
        in (seen["share"])
    )


@pytest.mark.parametrize(
    "odd",
    [
        lambda counts: counts["s0"] * 0,
        lambda counts: (counts["s0"] / 200).round(),
        lambda counts: pd.Series(np.random.default_rng(1).poisson(0.2, len(counts)), dtype=float),
        lambda counts: counts["s0"] * 50 + 0,
        lambda counts: counts["s0"].where(counts.index % 9 > 0),
        lambda counts: counts["s0"].sample(frac=1, random_state=1).reset_index(drop=True),
    ],
    ids=["failed", "shallow", "noise", "deep", "with gaps", "rows of another order"],
)
def test_a_poor_sample_is_no_annotation(counts, odd):
    assert suspects(counts.assign(poor=odd(counts))) == {}


def test_a_matrix_sorted_by_a_sample_is_one_of_samples(counts):
    assert suspects(counts.sort_values("s3").reset_index(drop=True)) == {}


def test_too_few_columns_or_genes_say_nothing(counts):
    shallow = counts[["s0"]].assign(deep=counts["s1"] + 1)
    assert suspects(shallow) == {}
    assert set(suspects(counts[["s0"]].assign(place=annotations(counts)["place"]))) == {"place"}
    assert suspects(counts.head(20).assign(version=3)) == {}


SETS = {
    "hnscc_myeloid/counts.tsv.gz": "\t",
    "macrophage_ifng/counts_gene.csv.gz": ",",
    "thapsigargin_qgp1/tpm.tsv.gz": "\t",
    "riaz_nivolumab/counts.csv.gz": ",",
    "icb_subset/Liu.log2tpm.csv.gz": ",",
    "bmdm_factorial/counts.tsv.gz": "\t",
}


@pytest.mark.parametrize("name", SETS)
def test_no_sample_of_public_data_is_suspect(shared, name):
    frame = pd.read_csv(shared / "data" / name, sep=SETS[name], index_col=0, nrows=20_000)
    frame = frame.select_dtypes("number")
    assert suspects(frame) == {}
    assert suspects(frame.iloc[:, :3]) == {}
    assert suspects(frame[(frame > 0).mean(axis=1) > 0.8]) == {}


def test_coordinates_beside_public_counts_are_suspect(shared):
    frame = pd.read_csv(shared / "data/riaz_nivolumab/counts.csv.gz", index_col=0)
    genes = load_genes("human").frame.query("entrez != ''").drop_duplicates("entrez")
    start = frame.index.astype(str).map(genes.set_index("entrez")["start"])
    beside = frame.assign(where=pd.to_numeric(start.to_series(), errors="coerce").to_numpy())
    beside = beside.assign(number=frame.index)
    assert set(suspects(beside)) == {"where", "number"}


@pytest.fixture
def write(tmp_path, counts):
    """Write columns as a matrix and declare it."""

    def make(frame, **declared) -> Matrix:
        path = tmp_path / "m.tsv"
        frame.to_csv(path, sep="\t")
        return Matrix(path=str(path), **declared)

    return make


def test_a_column_that_the_sheet_does_not_list_is_asked_about(write, counts):
    beside = annotations(counts)
    frame = counts.assign(Length=beside["bases"].astype(int), place=beside["place"], kind="mRNA")
    seen = no_samples(write(frame))
    assert seen["Length"] == "the name of an annotation of genes, or of a summary"
    assert seen["kind"] == "words"
    assert seen["place"].startswith("no zero, where each sample has at least")
    cohort = Cohort.model_validate({
        "title": "t", "species": "human", "samples": {"table": "sheet.tsv"},
        "bulk": {"matrices": [{"path": "m.tsv"}]},
    })  # fmt: skip
    names = [*counts, "Length", "place", "s9"]
    samples = pd.DataFrame({"sample": counts.columns, "assay": "bulk"})
    problems = sample_problems(cohort, samples, [names], seen)
    assert [problem.where for problem in problems] == ["column Length", "column place", "column s9"]
    assert problems[1].found == f"not in the sample sheet; looks like no sample: {seen['place']}"
    assert '`ignore_columns: ["place"]`' in problems[1].fix
    assert "add it to sheet.tsv if it is a sample" in problems[1].fix
    assert problems[2].found == "not in the sample sheet"


def test_of_featurecounts_and_nfcore_columns_can_be_ignored_too(tmp_path, counts):
    frame = counts.head(60).astype(int).add_suffix(".bam")
    for at, name in enumerate(("Chr", "Start", "End", "Strand", "Length", "gene_name")):
        frame.insert(at, name, "x")
    frame.to_csv(tmp_path / "f.txt", sep="\t", index_label="Geneid")
    matrix = Matrix(format="featurecounts", path=str(tmp_path / "f.txt"))
    assert no_samples(matrix) == {"gene_name": "words"}
    matrix = matrix.model_copy(update={"ignore_columns": ["gene_name"]})
    assert sample_names(matrix) == [f"s{n}" for n in range(8)]
    assert (read_matrix(matrix).values == counts.head(60).to_numpy()).all()
    frame = counts.head(60).assign(gene_name="x", length=1)
    frame = frame[["gene_name", *counts, "length"]]
    frame.to_csv(tmp_path / "n.tsv", sep="\t", index_label="gene_id")
    matrix = Matrix(format="nfcore", path=str(tmp_path / "n.tsv"), ignore_columns=["length"])
    assert read_matrix(matrix).samples == [f"s{n}" for n in range(8)]


def test_a_line_may_end_in_a_separator_and_a_column_needs_a_name(tmp_path, counts):
    path = tmp_path / "m.txt.gz"
    rows = [["", "s0", "", "s1", "", ""], ["ATF4", 1, "", 2, "", ""], ["DDIT3", 3, "", 4, "", ""]]
    text = "\r\n".join("\t".join(map(str, row)) for row in rows)
    path.write_bytes(gzip.compress(f"\ufeff{text}\r\n".encode()))
    matrix = Matrix(path=str(path))
    assert sample_names(matrix) == ["s0", "s1"]
    assert read_matrix(matrix).values.tolist() == [[1, 2], [3, 4]]
    assert unnamed_problems(matrix) == []
    path.write_bytes(gzip.compress(text.replace("3\t\t4", "3\t7\t4").encode()))
    assert [problem.where for problem in unnamed_problems(matrix)] == ["column 3"]


def test_a_column_is_given_twice(tmp_path):
    (tmp_path / "m.tsv").write_text("g\ts0\ts0\nATF4\t1\t2\n")
    matrix = Matrix(path=str(tmp_path / "m.tsv"))
    assert read_matrix(matrix).values.tolist() == [[1, 2]]
    with pytest.raises(InputError, match="no column x"):
        read_matrix(matrix.model_copy(update={"ignore_columns": ["x"]}))
