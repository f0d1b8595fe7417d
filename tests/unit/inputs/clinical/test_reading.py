"""Clinical tables: what is refused, what is told, and what never comes out."""

import logging

import pandas as pd
import pytest

from innervate.circuit.covariates import covariate_matrix
from innervate.clinical.associations import associate
from innervate.clinical.contracts import JOINED
from innervate.clinical.join import join
from innervate.config.settings import Clinical
from innervate.inputs.clinical.pain import harmonize, instruments, neuropathic_status
from innervate.inputs.clinical.table import check_clinical, read_clinical
from innervate.runtime.errors import InnervateError, InputError
from innervate.runtime.files import RESOURCES, read_table, write_table

ENDPOINT = {"time": "os", "status": "dead", "event": 1, "censored": 0, "unit": "days"}
NRS = {"column": "nrs", "instrument": "NRS", "direction": "higher_worse"}


def test_all_kinds_of_problems_come_in_one_message(declare):
    text = (
        "id\tnrs\tos\tdead\tgrade\n"
        "p1\t11\t-5\t1\tlow\n"
        "p1\tsevere\tinf\t2\tlow\n"
        "\t3\t10\tyes\thigh\n"
    )
    cohort = declare(
        text,
        pain={
            "now": NRS | {"direction": "higher_better"},
            "worst": NRS | {"instrument": "NRS_11"},
        },
        endpoints={"os": ENDPOINT},
        assays={"cgrp": {"column": "elisa", "tissue": "tdln"}},
        covariates={"grade": {"column": "grade", "kind": "categorical", "levels": ["low", "mid"]}},
    )
    with pytest.raises(InputError) as caught:
        read_clinical(cohort, "cohort.yaml")
    table = cohort.clinical.table
    found = {(problem.file, problem.where, problem.found) for problem in caught.value.problems}
    assert found == {
        (table, "row 3, column id", "patient p1 a second time"),
        (table, "column elisa", "no such column"),
        (table, "row 4, column id", "''"),
        ("cohort.yaml", "clinical.pain.now.direction", "higher_better"),
        ("cohort.yaml", "clinical.pain.worst.instrument", "NRS_11"),
        (table, "row 2, column nrs", "'11'"),
        (table, "row 3, column nrs", "'severe'"),
        (table, "row 2, column os", "'-5'"),
        (table, "row 3, column os", "'inf'"),
        (table, "row 3, column dead", "'2'"),
        (table, "row 4, column dead", "'yes'"),
        (table, "row 4, column grade", "'high'"),
    }


def test_a_message_shows_codes_and_no_text(declare):
    note = "Jane Doe of 12 Long Street came in with severe pain on Monday"
    cohort = declare(f"id\tnrs\np1\t{note}\n", pain={"now": NRS})
    with pytest.raises(InputError) as caught:
        read_clinical(cohort, "cohort.yaml")
    assert "a text of 61 characters" in str(caught.value)
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize("name", ["patient", "circuit_index", "pain_now", "os_event", "reason"])
def test_a_name_that_is_taken_is_refused(declare, name):
    covariates = {name: {"column": "grade", "kind": "categorical"}}
    text = "id\tnrs\tos\tdead\tgrade\np1\t1\t1\t1\tlow\n"
    cohort = declare(text, pain={"now": NRS}, endpoints={"os": ENDPOINT}, covariates=covariates)
    with pytest.raises(InputError, match=f"the name {name}"):
        read_clinical(cohort, "cohort.yaml")


def test_a_covariate_named_as_a_node_is_refused():
    clinical = pd.DataFrame({"patient": ["a"], "hypoxia": [1.0]})
    patients = pd.DataFrame({"patient": ["a"], "hypoxia": [0.2]})
    with pytest.raises(InnervateError, match="hypoxia"):
        join(clinical, patients)


def test_codes_that_differ_only_in_writing_are_refused(declare):
    cohort = declare(
        "id\tos\tdead\na\t1\t1\n", endpoints={"os": ENDPOINT | {"event": 1, "censored": "1.0"}}
    )
    with pytest.raises(InputError, match="one code twice"):
        read_clinical(cohort, "cohort.yaml")


def test_selecting_no_row_is_a_problem_and_an_unselected_patient_is_a_row(declare):
    text = "id\tvisit\tgrade\na\tpre\tlow\na\ton\tlow\nb\ton\thigh\n"
    covariates = {"grade": {"column": "grade", "kind": "categorical"}}
    frame, exclusions = read_clinical(
        declare(text, where={"visit": ["pre"]}, covariates=covariates), "cohort.yaml"
    )
    assert frame.to_dict("list") == {"patient": ["a"], "grade": ["low"]}
    assert exclusions.to_dict("records") == [
        {
            "level": "patient",
            "id": "b",
            "stage": "clinical table",
            "reason": "no row with visit pre",
        }
    ]
    with pytest.raises(InputError, match="no row with visit: Pre"):
        read_clinical(declare(text, where={"visit": ["Pre"]}, covariates=covariates), "cohort.yaml")


def test_each_missing_value_is_one_row_per_analysis(declare):
    text = "id\tnrs\tos\tdead\na\t\t1\tNA\nb\t0\t\t\nc\t0\t0\t1\n"
    cohort = declare(text, pain={"now": NRS}, endpoints={"os": ENDPOINT})
    frame, exclusions = read_clinical(cohort, "cohort.yaml")
    assert list(exclusions[["id", "stage", "reason"]].itertuples(index=False, name=None)) == [
        ("a", "clinical: os", "status missing; left out where needed"),
        ("b", "clinical: os", "time and status missing; left out where needed"),
        ("a", "clinical: pain_now", "value missing; left out where needed"),
    ]
    # No pain is not a missing value, and neither is a time of 0.
    assert frame.loc[2, ["pain_now_0_10", "os_time_days", "os_event"]].tolist() == [0, 0, 1]


def test_undeclared_columns_do_not_come_out(declare):
    secrets = ["1951-02-03", "Mary Major", "MRN-4711"]
    text = "id\tbirth\tname\tmrn\tnrs\tgrade\np1\t" + "\t".join(secrets) + "\t3\tlow\n"
    cohort = declare(
        text,
        pain={"now": NRS},
        covariates={"grade": {"column": "grade", "kind": "categorical"}},
        drop=["name", "mrn"],
    )
    clinical, exclusions = read_clinical(cohort, "cohort.yaml")
    patients = pd.DataFrame({"patient": ["p1"], "slit2": [0.5]})
    joined, more = join(clinical, patients)
    pain = ["pain_now", "pain_now_0_10", "pain_now_category"]
    assert list(joined.columns) == ["patient", *pain, "grade", "slit2"]
    written = "".join(frame.to_csv() for frame in (clinical, exclusions, joined, more))
    assert not any(secret in written for secret in secrets)


def test_status_codes_may_be_words_or_numbers_in_any_writing(declare):
    words = ENDPOINT | {"event": "deceased", "censored": "alive"}
    text = "id\tos\tdead\na\t1\tdeceased\nb\t2\talive\nc\t3\t\n"
    frame, _ = read_clinical(declare(text, endpoints={"os": words}), "cohort.yaml")
    assert frame["os_event"].fillna(-1).tolist() == [1, 0, -1]
    text = "id\tos\tdead\na\t1\t1.0\nb\t2\t0\nc\t3\t1\n"
    frame, _ = read_clinical(declare(text, endpoints={"os": ENDPOINT}), "cohort.yaml")
    assert frame["os_event"].tolist() == [1, 0, 1]


def test_every_instrument_goes_from_none_to_worst():
    for instrument in instruments().values():
        ends = pd.Series([instrument.minimum, instrument.maximum])
        if instrument.measures == "intensity":
            expected = [10, 0] if instrument.direction == "higher_better" else [0, 10]
            assert harmonize(ends, instrument).tolist() == expected, instrument
        else:
            assert neuropathic_status(ends, instrument).tolist() == ["unlikely", "likely"], (
                instrument
            )


@pytest.mark.parametrize(
    ("instrument", "expected"),
    [
        ("DN4", {3: "unlikely", 4: "likely"}),
        ("DN4_INTERVIEW", {2: "unlikely", 3: "likely"}),
        ("LANSS", {11: "unlikely", 12: "likely"}),
        ("S_LANSS", {11: "unlikely", 12: "likely"}),
        ("PAINDETECT", {12: "unlikely", 13: "possible", 18: "possible", 19: "likely"}),
    ],
)
def test_neuropathic_screens_are_read_at_their_cut_offs(instrument, expected):
    status = neuropathic_status(pd.Series(list(expected)), instruments()[instrument])
    assert status.tolist() == list(expected.values())


def test_a_neuropathic_screen_stays_a_score(declare):
    dn4 = NRS | {"instrument": "DN4"}
    frame, _ = read_clinical(declare("id\tnrs\na\t4\nb\t\n", pain={"screen": dn4}), "cohort.yaml")
    assert frame.to_dict("list")["pain_screen_neuropathic"] == ["likely", None]
    assert frame["pain_screen"].iloc[0] == 4
    assert "pain_screen_0_10" not in frame


def test_centimeters_in_a_scale_of_millimeters_are_noticed(declare, caplog):
    vas = {"now": NRS | {"instrument": "VAS_100"}}
    with caplog.at_level(logging.WARNING):
        read_clinical(declare("id\tnrs\na\t35\nb\t8\n", pain=vas), "cohort.yaml")
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        read_clinical(declare("id\tnrs\na\t3.5\nb\t8\n", pain=vas), "cohort.yaml")
    assert "no value exceeds 10" in caplog.text
    assert "3.5" not in caplog.text


@pytest.mark.parametrize(
    ("levels", "cells"),
    [
        (["1", "2", "3"], ["1", "2", "", "3"]),
        (["FALSE", "TRUE"], ["TRUE", "FALSE", "TRUE", ""]),
        (["0", "1"], ["0", "1", "", "1"]),
    ],
)
def test_levels_survive_being_written_and_read(declare, tmp_path, levels, cells):
    text = "id\tgrade\n" + "".join(f"p{n}\t{cell}\n" for n, cell in enumerate(cells * 3))
    for kind in ("categorical", "ordinal"):
        covariates = {"grade": {"column": "grade", "kind": kind, "levels": levels}}
        cohort = declare(text, covariates=covariates)
        frame, _ = read_clinical(cohort, "cohort.yaml")
        write_table(frame, tmp_path / "out.tsv", JOINED)
        again = read_table(tmp_path / "out.tsv", JOINED)
        expected, _ = covariate_matrix(frame.dropna(), ["grade"], cohort.clinical.covariates)
        matrix, idle = covariate_matrix(again.dropna(), ["grade"], cohort.clinical.covariates)
        pd.testing.assert_frame_equal(matrix, expected)
        assert idle == []
        ranks = [levels.index(cell) for cell in cells * 3 if cell]
        if kind == "ordinal":
            assert matrix["grade"].tolist() == ranks


def test_a_redundant_covariate_is_left_out_and_said(declare):
    covariates = {
        "t": {"column": "t", "kind": "continuous"},
        "copy": {"column": "t2", "kind": "continuous"},
        "site": {"column": "site", "kind": "categorical"},
    }
    adjust = ["t", "copy", "site"]
    clinical = declare("id\n", pain={"now": NRS}, covariates=covariates, adjust_for=adjust).clinical
    values = [float(n % 7) for n in range(30)]
    joined = pd.DataFrame(
        {
            "pain_now_0_10": [float(n % 11) for n in range(30)],
            "t": values,
            "copy": [2 * value + 1 for value in values],
            "site": "oral",
            "slit2": [float(n % 13) for n in range(30)],
            "circuit_index": values,
        }
    )
    matrix, idle = covariate_matrix(joined, adjust, clinical.covariates)
    assert list(matrix.columns) == ["t"]
    assert idle == ["copy", "site"]
    nodes = pd.DataFrame({"node": ["slit2"], "control": False, "status": "measured", "reason": ""})
    rows = associate(joined, nodes, clinical, Clinical()).set_index(["score", "model"])
    partial = rows.loc[("slit2", "partial Spearman")]
    assert partial["note"].count("adds nothing") == 2
    assert pd.notna(partial["pvalue"])
    # The index equals a covariate, so that adjusting leaves nothing of it: no number is invented.
    index = rows.loc[("circuit_index", "partial Spearman")]
    assert pd.isna(index["estimate"])
    assert "determine the score" in index["note"]


def test_the_instruments_have_a_source_and_a_manifest_row():
    frame = pd.read_csv(RESOURCES / "clinical/pain_instruments.tsv", sep="\t", dtype=str)
    assert frame["instrument"].is_unique
    assert frame[["source", "confidence"]].notna().all(axis=None)
    with_cut_off = frame["measures"] == "neuropathic"
    assert (frame["cut_off"].notna() == with_cut_off).all()


def test_problems_can_be_had_without_raising(declare):
    _, _, problems = check_clinical(declare("id\tnrs\na\t12\n", pain={"now": NRS}), "cohort.yaml")
    assert [problem.where for problem in problems] == ["row 2, column nrs"]
