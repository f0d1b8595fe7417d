"""The sample sheet and the checks across tables: every problem, named by file, row and column."""

import pytest

from innervate.config.cohort import Cohort
from innervate.inputs.checks import check_cohort, input_files
from innervate.inputs.samples import read_samples
from innervate.runtime.errors import InputError

SHEET = """ID,Pat,Where,Sex,stage
s1,p1,T,F,II
s2,p1,LN,F,II
s3,p2,T,m,
"""


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    """Return a function that writes the tables of a cohort and declares it."""
    monkeypatch.chdir(tmp_path)

    def make(sheet=SHEET, samples=None, **changes):
        (tmp_path / "sheet.csv").write_text(sheet)
        spec = {
            "table": "sheet.csv",
            "columns": {"sample": "ID", "patient": "Pat", "tissue": "Where", "sex": "Sex"},
            "values": {"tissue": {"T": "tumor", "LN": "tdln"}},
            "constants": {"assay": "bulk"},
            "keep": ["stage"],
        }
        data = {"title": "", "species": "human", "samples": {**spec, **(samples or {})}}
        return Cohort.model_validate({**data, **changes})

    return make


def test_columns_and_codes_are_translated(cohort):
    samples, exclusions = read_samples(cohort(), "c.yaml")
    assert samples["tissue"].tolist() == ["tumor", "tdln", "tumor"]
    assert samples["sex"].tolist() == ["female", "female", "male"]
    assert samples["assay"].unique().tolist() == ["bulk"]
    assert samples["stage"].tolist() == ["II", "II", ""]
    assert exclusions.empty


def test_an_excluded_sample_is_a_row_with_its_reason(cohort):
    samples, exclusions = read_samples(cohort(samples={"exclude": {"s2": "withdrawn"}}), "c.yaml")
    assert samples["sample"].tolist() == ["s1", "s3"]
    row = exclusions.iloc[0]
    assert (row["id"], row["reason"]) == ("s2", "excluded by the cohort file: withdrawn")


def test_all_problems_come_at_once_with_row_and_column(cohort):
    sheet = SHEET + "s1,p9,T,F,\n,p3,T,X,\ns5,p4,kidney,F,\ns6,p1,T,M,\n"
    with pytest.raises(InputError) as caught:
        read_samples(cohort(sheet), "c.yaml")
    message = str(caught.value)
    for expected in (
        "sheet.csv: row 5, column ID",
        "it is given to patient p1 and to patient p9",
        "sheet.csv: row 6, column ID",
        "sheet.csv: row 6, column Sex",
        "sheet.csv: row 7, column Where",
        "patient p1, column Sex",
    ):
        assert expected in message, expected
    assert message.startswith("5 problems"), "an empty name is told once"


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("ID,Pat,Where\ns1,p1,T\n", "column Sex"),
        ("ID,ID,Pat,Where,Sex,stage\n", "2 columns of that name"),
        (SHEET + "s4,p4\n", "row 5"),
        ("", "an empty file"),
    ],
)
def test_a_sheet_that_is_no_table(cohort, sheet, message):
    with pytest.raises(InputError, match=message):
        read_samples(cohort(sheet), "c.yaml")


def test_clinical_columns_follow_the_patient(cohort, tmp_path):
    (tmp_path / "clinical.tsv").write_text("patient\tresponse\tname\np1\tR\tJane\np2\tNA\tJoe\n")
    samples, _ = read_samples(
        cohort(
            samples={"from_clinical": ["response"]},
            clinical={"table": "clinical.tsv"},
        ),
        "c.yaml",
    )
    assert samples["response"].tolist() == ["R", "R", ""]
    assert "name" not in samples.columns


def test_tables_are_checked_against_each_other_before_anything_computes(cohort, tmp_path):
    (tmp_path / "counts.tsv").write_text("gene\ts1\ts2\ts9\nTP53\t1\t2\t3\n")
    (tmp_path / "clinical.tsv").write_text("patient\tnrs\nX1\t3\n")
    contrast = {
        "formula": "~ response + tissue",
        "variable": "tissue",
        "numerator": "tumor",
        "denominator": "blood",
    }
    level = {**contrast, "formula": "~ tissue"}
    made = cohort(
        bulk={
            "matrices": [{"path": "counts.tsv"}, {"path": "missing.tsv"}],
            "contrasts": {"one": contrast, "two": level},
        },
        clinical={
            "table": "clinical.tsv",
            "pain": {"p": {"column": "vas", "instrument": "VAS_10", "direction": "higher_worse"}},
        },
    )
    text = "\n".join(map(str, check_cohort(made, "c.yaml")))
    for expected in (
        "no file missing.tsv",
        "column response",
        "tissue 'blood'",
        "column vas",
        "no patient of the sample sheet (here X1; there p1, p2)",
    ):
        assert expected in text, expected
    complete = made.model_copy(
        update={"bulk": made.bulk.model_copy(update={"matrices": made.bulk.matrices[:1]})}
    )
    text = "\n".join(map(str, check_cohort(complete, "c.yaml")))
    assert "column s3" in text, "in the sheet, not in the matrix"
    assert "column s9" in text, "in the matrix, not in the sheet"


def test_several_timepoints_need_a_baseline(cohort, tmp_path):
    (tmp_path / "clinical.tsv").write_text("patient\tx\np1\t1\n")
    sheet = "sample,patient,tissue,timepoint\na,p1,tumor,pre\nb,p1,tumor,on\n"
    spec = {"table": "sheet.csv", "constants": {"assay": "bulk"}}
    spec |= {"columns": {}, "values": {}, "keep": []}
    made = cohort(sheet, samples=spec, clinical={"table": "clinical.tsv"})
    assert "timepoints on, pre" in "".join(map(str, check_cohort(made, "c.yaml")))
    wrong = cohort(sheet, samples=spec, baseline="screening")
    with pytest.raises(InputError, match="screening"):
        read_samples(wrong, "c.yaml")


def test_a_simulated_cohort_is_checked_once_its_tables_are_made(cohort):
    made = cohort(samples={"table": "data/later.csv"}, simulation={})
    assert check_cohort(made, "c.yaml") == []


def test_input_files_by_stage(cohort):
    made = cohort(
        samples={"from_clinical": ["x"]},
        bulk={"matrices": [{"path": "a.tsv"}]},
        clinical={"table": "clinical.tsv"},
    )
    assert input_files(made) == {
        "samples": ["sheet.csv", "clinical.tsv"],
        "bulk": ["a.tsv"],
        "single_cell": [],
        "reads": [],
        "clinical": ["clinical.tsv"],
    }
