"""The table of FASTQ files: what it says, and every problem of it at once."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from innervate.config.cohort import Cohort
from innervate.inputs.checks import check_cohort
from innervate.inputs.fastq import first_read, read_units
from innervate.inputs.samples import check_samples, folder_name

SAMPLES = [("b1", "bulk"), ("b2", "bulk"), ("c1", "single_cell")]
CELL = {"sample": "c1", "chemistry": "10x_v3", "strandedness": ""}


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    """Return a function that writes FASTQ files and the table of them, and gives the cohort."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fq").mkdir()
    for name in ("genome.fa", "genes.gtf", "transcripts.fa"):
        (tmp_path / name).write_text("")

    def make(*rows: dict, assays=("bulk", "single_cell"), files: dict | None = None, **changes):
        sheet = pd.DataFrame(SAMPLES, columns=["sample", "assay"])
        sheet = sheet[sheet["assay"].isin(assays)].assign(patient="p", tissue="tumor")
        sheet.to_csv("samples.tsv", sep="\t", index=False)
        pd.DataFrame(rows).fillna("").to_csv("fastq.tsv", sep="\t", index=False)
        for row in rows:
            for end in ("fastq_1", "fastq_2"):
                if row.get(end) and "/" not in row[end]:
                    (tmp_path / "fq" / row[end]).write_text(record("x/1", 30))
        for name, text in (files or {}).items():
            path = tmp_path / "fq" / name
            path.unlink() if text is None else path.write_text(text)
        counted = {"bulk": {"matrices": [{"format": "reads"}]}}
        counted["single_cell"] = {"inputs": [{"format": "reads"}]}
        reads = {"table": "fastq.tsv", "folder": "fq", "genome": "genome.fa"}
        reads |= {"annotation": "genes.gtf", "transcriptome": "transcripts.fa"}
        data = {"title": "t", "species": "human", "samples": {"table": "samples.tsv"}}
        parts = {assay: counted[assay] for assay in assays}
        return Cohort.model_validate({**data, "reads": reads, **parts, **changes})

    return make


def record(name: str, length: int) -> str:
    return f"@{name}\n{'A' * length}\n+\n{'I' * length}\n"


def row(sample: str, stem: str, **changes) -> dict:
    ends = {"fastq_1": f"{stem}_1.fq", "fastq_2": f"{stem}_2.fq"}
    return {"sample": sample, "strandedness": "reverse", **ends, **changes}


def complaints(cohort: Cohort) -> str:
    return "\n".join(map(str, check_cohort(cohort, "cohort.yaml")))


def test_lanes_and_replicates_are_told_apart(cohort):
    made = cohort(
        row("b1", "a", replicate="x", lane="L1"),
        row("b1", "b", replicate="x", lane="L2"),
        row("b1", "c", replicate="y"),
        row("b2", "d"),
        {**row("c1", "e"), **CELL},
    )
    assert complaints(made) == ""
    units, problems = read_units(made, check_samples(made, "")[0])
    assert problems == []
    assert [unit.name for unit in units] == ["b1.x.L1", "b1.x.L2", "b1.y.1", "b2.1.1", "c1.1.1"]
    assert [unit.library for unit in units[:3]] == ["b1.x", "b1.x", "b1.y"]
    assert units[0].files == ("fq/a_1.fq", "fq/a_2.fq")


def test_every_problem_of_rows_is_listed_at_once(cohort):
    text = complaints(
        cohort(
            row("b1", "a", fastq_2="../outside.fq"),
            row("b2", "b", strandedness="yes"),
            row("nobody", "c"),
            row("b2", "d", fastq_1=""),
            row("b2", "e", fastq_1="/etc/passwd"),
            row("b2", "f", fastq_1="f.bam"),
            {**row("c1", "g"), **CELL, "chemistry": "drop-seq"},
            {**row("c1", "h", fastq_2=""), **CELL},
        )
    )
    for number, column, found in [
        (2, "fastq_2", "../outside.fq"),
        (3, "strandedness", "yes"),
        (4, "sample", "nobody"),
        (5, "fastq_1", "an empty cell"),
        (6, "fastq_1", "/etc/passwd"),
        (7, "fastq_1", "f.bam"),
        (8, "chemistry", "drop-seq"),
        (9, "fastq_2", "an empty cell"),
    ]:
        assert f"fastq.tsv: row {number}, column {column}\n      found     {found}" in text
    assert "unstranded, forward, reverse, auto" in text


def test_files_given_twice_and_libraries_at_odds(cohort):
    text = complaints(
        cohort(
            row("b1", "a"),
            row("b1", "b", fastq_2=""),
            row("b2", "c", fastq_2="c_1.fq", lane="L1"),
            row("b2", "a", fastq_2="d_2.fq", lane="L1", strandedness="forward"),
            {**row("c1", "e"), **CELL, "replicate": "1"},
            {**row("c1", "f"), **CELL, "replicate": "2"},
        )
    )
    assert "sample b1\n      found     2 rows with fastq_1, 1 of them with fastq_2" in text
    assert "row 4, column fastq_2\n      found     fq/c_1.fq, as in row 4" in text
    assert "row 5, column fastq_1\n      found     fq/a_1.fq, as in row 2" in text
    assert "sample b2, replicate 1\n      found     strandedness reverse, forward" in text
    assert "sample b2, replicate 1\n      found     lane L1 twice" in text
    assert "sample c1\n      found     replicates 1, 2" in text


def test_the_first_reads_are_looked_at(cohort):
    text = complaints(
        cohort(
            row("b1", "a"),
            row("b2", "b"),
            {**row("c1", "c"), **CELL},
            files={
                "a_1.fq": None,
                "a_2.fq": "",
                "b_2.fq": record("other/2", 30),
                "c_1.fq": record("x/1", 27),
            },
        )
    )
    assert "fq/a_1.fq: sample b1\n      found     No such file or directory" in text
    assert "fq/a_2.fq: sample b1\n      found     no reads" in text
    assert "fq/b_2.fq: sample b2\n      found     first read other; in b_1.fq it is x" in text
    assert "fq/c_1.fq: sample c1\n      found     reads of 27 bases" in text
    assert "at least 28" in text


def test_a_sample_without_reads_is_missed(cohort):
    text = complaints(cohort(row("b1", "a")))
    assert "fastq.tsv: sample b2\n      found     no such row" in text
    assert "sample c1\n      found     no input holds its cells" in text


def test_an_excluded_sample_needs_no_valid_row(cohort):
    samples = {"table": "samples.tsv", "exclude": {"b2": "spilt"}}
    made = cohort(
        row("b1", "a"), row("b2", "b", strandedness="?"), assays=["bulk"], samples=samples
    )
    assert complaints(made) == ""


def test_reads_and_inputs_need_each_other(cohort):
    made = cohort(row("b1", "a"), assays=["bulk"])
    without = made.model_copy(update={"reads": None})
    assert "cohort.yaml: reads\n      found     nothing" in complaints(without)
    unused = made.model_copy(update={"bulk": None})
    assert "cohort.yaml: reads\n      found     used by no input" in complaints(unused)
    reads = made.reads.model_copy(update={"transcriptome": None})
    no_transcripts = made.model_copy(update={"reads": reads})
    assert "cohort.yaml: reads.transcriptome" in complaints(no_transcripts)


def test_missing_reference_files_are_named(cohort):
    made = cohort(row("b1", "a"), row("b2", "b"), assays=["bulk"])
    Path("genome.fa").unlink()
    assert "no file genome.fa" in complaints(made)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no reads"), (">a\nACGT\n", "no FASTQ record"), ("@a\nACGT\n+\nII\n", "no FASTQ record")],
)
def test_what_is_no_fastq_is_refused(tmp_path, text, message):
    path = tmp_path / "a.fq.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(ValueError, match=message):
        first_read(str(path))


def test_a_name_without_letters_still_names_a_folder():
    assert folder_name("日本").startswith("sample-")
    assert folder_name("日本") != folder_name("日")
