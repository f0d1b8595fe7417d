"""Columns that identify people are refused, by header or by what they hold."""

import pandas as pd
import pytest

from innervate.inputs.clinical.identifiers import identifying_columns
from innervate.inputs.clinical.table import read_clinical
from innervate.runtime.errors import InputError

NRS = {"column": "nrs", "instrument": "NRS", "direction": "higher_worse"}


@pytest.mark.parametrize(
    ("header", "looks"),
    [
        ("Name", "a name"),
        ("last_name", "a name"),
        ("PatientName", "a name"),
        ("drug_name", None),
        ("date_birth", "a date"),
        ("DateOfBirth", "a date"),
        ("Date of surgery", "a date"),
        ("updated", None),
        ("MRN", "a record number"),
        ("medical record no.", "a record number"),
        ("recorded_pain", None),
        ("e-mail", "contact data"),
        ("Zip Code", "contact data"),
        ("unzipped", None),
        ("comments", "free text"),
        ("follow-up note", "free text"),
        ("keynote_arm", None),
    ],
)
def test_a_header_says_what_a_column_is(header, looks):
    table = pd.DataFrame({header: ["1", "2", "1", "2"]})
    assert identifying_columns(table, []).get(header) == looks


@pytest.mark.parametrize(
    ("cells", "looks"),
    [
        (["Jane Doe", "John Q. Roe", "Mary-Ann O'Brien", "Zoë Müller"], "a name"),
        (["Doe, Jane", "Roe, John", "Major, Mary"], "a name"),
        (["Pancreas Head", "Pancreas Tail", "Pancreas Head", "Pancreas Head"], None),
        (["x", "y", "ask jane.doe@clinic.org"], "contact data"),
        (["2019-03-01", "2020-12-24", "", "2018-01-31"], "a date"),
        (["3/1/2019", "24/12/2020", "31/1/2018"], "a date"),
        (["4711001", "4711002", "4711003"], "a record number"),
        (["471.1", "12.25", "33.0"], None),
        (["SRR3083866", "SRR3083839", "SRR3083840"], None),
        (
            [
                f"came with severe pain on the left side, day {day}, no fever"
                for day in ("one", "two", "ten")
            ],
            "free text",
        ),
        (["Stage IV A of the larynx"] * 2 + ["Stage II"] * 2 + ["Stage I"], None),
    ],
)
def test_cells_say_what_a_column_is(cells, looks):
    table = pd.DataFrame({"x1": cells})
    assert identifying_columns(table, [""]).get("x1") == looks


TABLE = (
    "id\tcontact\tborn\tnrs\n"
    "a\tjane@clinic.org\t1951-02-03\t3\n"
    "b\tjohn@clinic.org\t1949-11-30\t5\n"
    "c\tmary@clinic.org\t1960-07-21\t0\n"
)


def test_all_of_them_are_named_and_no_cell_is_quoted(declare):
    with pytest.raises(InputError) as caught:
        read_clinical(declare(TABLE, pain={"now": NRS}), "cohort.yaml")
    message = str(caught.value)
    assert message.startswith("2 problems")
    assert "column contact" in message
    assert "what looks like contact data" in message
    assert "column born" in message
    assert "clinical.drop of cohort.yaml" in message
    assert "clinic.org" not in message
    assert "1951" not in message


def test_dropped_columns_do_not_come_out_and_can_not_be_used(declare):
    drop = ["contact", "born"]
    frame, _ = read_clinical(declare(TABLE, pain={"now": NRS}, drop=drop), "cohort.yaml")
    assert "born" not in frame
    assert "contact" not in frame
    covariates = {"age": {"column": "born", "kind": "categorical"}}
    with pytest.raises(InputError, match=r"column born, which clinical\.drop names"):
        read_clinical(
            declare(TABLE, pain={"now": NRS}, drop=drop, covariates=covariates), "cohort.yaml"
        )


def test_what_only_looks_so_may_be_declared_harmless(declare):
    text = "id\tassay_date\tnrs\na\tw1\t3\nb\tw2\t5\n"
    cohort = declare(text, pain={"now": NRS}, not_identifying=["assay_date"])
    assert len(read_clinical(cohort, "cohort.yaml")[0]) == 2


def test_patients_named_by_themselves_are_refused_even_if_dropped(declare):
    text = "id\tnrs\nJane Doe\t3\nJohn Roe\t5\nMary Major\t0\n"
    with pytest.raises(InputError, match="the study's own") as caught:
        read_clinical(declare(text, pain={"now": NRS}), "cohort.yaml")
    assert "Jane" not in str(caught.value)
    # Codes that are numbers are what most studies use, and a column may be called a record's.
    text = "id\tnrs\n100234\t3\n100235\t5\n100236\t0\n"
    assert len(read_clinical(declare(text, pain={"now": NRS}), "cohort.yaml")[0]) == 3
