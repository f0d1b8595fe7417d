"""Bad input ends in one message with every problem, before anything computes."""


def test_every_problem_is_listed_before_anything_runs(workspace, repo):
    work = workspace(repo / "config/cohorts/demo.yaml", repo / "tests/data/hnscc_myeloid.yaml")
    work.cohort("demo", bulk__contrasts={"a b": {"formula": "~ __import__('os')"}}, titel="x")
    work.cohort("hnscc_myeloid", samples__table="nowhere.tsv", bulk__matrices=[])
    done = work.snakemake(check=False)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert "demo.yaml: titel" in text
    assert "demo.yaml: bulk.contrasts" in text
    assert "hnscc_myeloid.yaml: bulk.matrices" in text
    assert "Traceback" not in text
    assert not (work.folder / "results").exists()


def test_problems_of_tables_name_file_row_and_column(workspace, repo, shared):
    work = workspace(repo / "tests/data/hnscc_myeloid.yaml")
    sheet = (shared / "data/hnscc_myeloid/samples.tsv").read_text().splitlines()
    sheet[2] = sheet[1]
    (work.folder / "sheet.tsv").write_text("\n".join([*sheet, "unknown\tx\ttumor\tcd11b\tPt99"]))
    work.cohort("hnscc_myeloid", samples__table="sheet.tsv")
    done = work.snakemake("--dry-run", check=False)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert "sheet.tsv: row 3, column ID" in text
    assert "unknown" in text
    assert "P4970_SR_2" in text, "a sample of the matrix that the sheet no longer has"
