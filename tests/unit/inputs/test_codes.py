"""Patient codes that two tables write differently are named, never taken as equal."""

import pytest

from innervate.config.cohort import Cohort
from innervate.inputs.checks import check_cohort
from innervate.inputs.codes import SHOWN, Place, code_problems, plain_form

HERE, THERE = Place("visits.csv", "code"), Place("clinic.csv", "id")


@pytest.mark.parametrize("code", ["P07", "p7", "P-07", "P_7", "p 007", "P7.0", "\uff3007"])
def test_forms_of_one_code(code):
    assert plain_form(code) == ("p", "7")


@pytest.mark.parametrize(
    ("one", "other"),
    [("P1-12", "P11-2"), ("1-2", "12"), ("P1", "P10"), ("A1", "B1"), ("1.1", "1.10"), ("a", "ab")],
)
def test_codes_that_are_not_one(one, other):
    assert plain_form(one) != plain_form(other)


def test_only_codes_that_the_other_table_lacks_are_named():
    problems = code_problems(["1", "01", "2", "--"], HERE, ["1", "3", "??"], THERE, {"01": 5})
    (problem,) = problems
    assert (problem.file, problem.where, problem.found) == (
        "visits.csv",
        "row 5, column code",
        "patient '01'",
    )
    assert problem.expected == "'1', as in clinic.csv, column id"


def test_a_long_list_ends_in_a_count():
    codes = [f"{number:03d}" for number in range(1, 31)]
    problems = code_problems(codes, HERE, [str(int(code)) for code in codes], THERE)
    assert len(problems) == SHOWN + 1
    assert problems[-1].found.startswith("30 codes in all")


def test_the_sheet_and_the_clinical_table_are_held_against_each_other(tmp_path):
    sheet, table = tmp_path / "sheet.csv", tmp_path / "clinic.csv"
    sheet.write_text(
        "sample,patient,assay,tissue\ns1,P01,bulk,tumor\ns2,P04,bulk,tumor\ns3,P05,bulk,tumor\n"
    )
    table.write_text("id,age\nP01,50\nP4,60\nP9,70\n")
    matrix = tmp_path / "counts.tsv"
    matrix.write_text("gene\ts1\ts2\ts3\nATF4\t1\t2\t3\n")
    cohort = Cohort.model_validate({
        "title": "", "species": "human", "samples": {"table": str(sheet)},
        "bulk": {"matrices": [{"path": str(matrix)}]},
        "clinical": {"table": str(table), "patient": "id"},
    })  # fmt: skip
    (problem,) = check_cohort(cohort, "c.yaml")
    # P05 has no row, and P9 no sample: exclusions of the run, no problem.
    assert (problem.file, problem.found) == (str(sheet), "patient 'P04'")
    assert problem.expected == f"'P4', as in {table}, column id"
