"""The sample sheet: read, renamed, recoded and checked, with every problem at once."""

from __future__ import annotations

import hashlib
import re
from typing import get_args

import pandas as pd

from innervate.config.cohort import PER_SAMPLE_FORMATS, Cohort, SheetColumn
from innervate.inputs.tables import missing_columns, read_any_table
from innervate.runtime.errors import Problem, raise_if_any

REQUIRED = ("sample", "patient", "assay", "tissue")
ASSAYS = ("bulk", "single_cell")
SEXES = {"f": "female", "female": "female", "m": "male", "male": "male"}
UNKNOWN = ("", "na", "n/a", "nan", "unknown", "none")
LONGEST = 100
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


def read_samples(cohort: Cohort, cohort_file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the sample sheet of a cohort.

    Parameters
    ----------
    cohort
        Says where the sheet is and how its columns and codes read.
    cohort_file
        Name to show in problems.

    Returns
    -------
    tuple
        Contract ``samples``, with ``sex`` where the sheet has it and the columns that the cohort
        keeps; and contract ``exclusions`` for the samples that the cohort file excludes.

    Raises
    ------
    InputError
        With every problem of the sheet.
    """
    samples, exclusions, problems = check_samples(cohort, cohort_file)
    raise_if_any(problems)
    return samples, exclusions


def check_samples(
    cohort: Cohort, cohort_file: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Do as `read_samples`, but return the problems instead of raising them."""
    spec = cohort.samples
    none = pd.DataFrame(columns=["level", "id", "stage", "reason"])
    raw, problems = read_any_table(spec.table)
    if problems:
        return pd.DataFrame(), none, problems
    problems = missing_columns(raw, _wanted(cohort), spec.table)
    if problems:
        return pd.DataFrame(), none, problems
    frame = _own_columns(raw, cohort)
    frame, problems = _recoded(frame, cohort)
    problems += _cell_problems(frame, cohort)
    if cohort.samples.from_clinical:
        frame, found = _with_clinical(frame, cohort, cohort_file)
        problems += found
    frame, exclusions, found = _excluded(frame, cohort, cohort_file)
    problems += found
    return frame.reset_index(drop=True), exclusions, problems


def folder_name(sample: str) -> str:
    """Name of a sample's folder: the sample itself where it is plain, else a slug with a digest.

    The sheet is untrusted text, so a name such as ``../x`` never becomes a path.
    """
    if PLAIN.fullmatch(sample):
        return sample
    slug = re.sub(r"[^A-Za-z0-9]+", "-", sample).strip("-")[:40] or "sample"
    return f"{slug}-{hashlib.sha256(sample.encode()).hexdigest()[:10]}"


def sheet_column(cohort: Cohort, ours: str) -> str:
    """Name that one of our columns has in the user's sheet."""
    return cohort.samples.columns.get(ours, ours)


def _wanted(cohort: Cohort) -> dict[str, str]:
    spec = cohort.samples
    wanted = {
        sheet_column(cohort, ours): f"samples.columns.{ours}"
        for ours in REQUIRED
        if ours not in spec.constants
    }
    wanted |= {theirs: f"samples.columns.{ours}" for ours, theirs in spec.columns.items()}
    wanted |= dict.fromkeys(spec.keep, "samples.keep")
    for matrix in cohort.bulk.matrices if cohort.bulk else []:
        if matrix.format in PER_SAMPLE_FORMATS:
            wanted[matrix.file_column] = "bulk.matrices, file_column"
    for matrix in cohort.single_cell.inputs if cohort.single_cell else []:
        columns = {"file_column": matrix.file_column, "raw_column": matrix.raw_column}
        wanted |= {name: f"single_cell.inputs, {key}" for key, name in columns.items() if name}
    return wanted


def _own_columns(raw: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    spec = cohort.samples
    frame = pd.DataFrame(index=raw.index)
    for ours in get_args(SheetColumn):
        theirs = sheet_column(cohort, ours)
        if ours in spec.constants:
            frame[ours] = spec.constants[ours]
        elif theirs in raw.columns:
            frame[ours] = raw[theirs]
        elif ours != "sex":
            frame[ours] = ""
    kept = dict.fromkeys(_wanted(cohort))
    named = set(spec.columns.values())
    for column in kept:
        if column not in frame.columns and column not in named:
            frame[column] = raw[column]
    for column in spec.keep:
        frame[column] = raw[column]
    return frame


def _recoded(frame: pd.DataFrame, cohort: Cohort) -> tuple[pd.DataFrame, list[Problem]]:
    problems = []
    frame = frame.copy()
    for column, codes in cohort.samples.values.items():
        if column not in frame.columns:
            expected = f"one of: {', '.join(frame.columns)}"
            problems.append(Problem("samples.values", column, "no such column", expected))
            continue
        unmapped = frame[~frame[column].isin([*codes, *codes.values()])]
        problems += _cells(cohort, unmapped, column, f"one of: {', '.join(codes)}")
        frame[column] = frame[column].map(lambda value, codes=codes: codes.get(value, value))
    return frame, problems


def _cell_problems(frame: pd.DataFrame, cohort: Cohort) -> list[Problem]:
    problems = []
    for column in REQUIRED:
        problems += _cells(cohort, frame[frame[column] == ""], column, "a value")
    for column in ("sample", "patient"):
        odd = frame[~frame[column].map(str.isprintable) | (frame[column].str.len() > LONGEST)]
        problems += _cells(cohort, odd, column, f"printable, at most {LONGEST} characters")
    twice = frame[frame["sample"].duplicated() & (frame["sample"] != "")]
    first = frame.drop_duplicates("sample").set_index("sample")
    for row, record in twice.iterrows():
        other = first.loc[record["sample"], "patient"]
        expected = "each sample once"
        if other != record["patient"]:
            expected += f"; it is given to patient {other} and to patient {record['patient']}"
        problems.append(_cell(cohort, row, "sample", record["sample"], expected))
    odd = frame[~frame["assay"].isin(ASSAYS) & (frame["assay"] != "")]
    problems += _cells(cohort, odd, "assay", f"one of: {', '.join(ASSAYS)}")
    if "sex" in frame.columns:
        sex = frame["sex"].str.lower()
        odd = frame[~sex.isin([*SEXES, *UNKNOWN])]
        problems += _cells(cohort, odd, "sex", "female, male, F, M, or empty")
        frame["sex"] = sex.map(SEXES).fillna("")
        known = frame[frame["sex"] != ""].groupby("patient")["sex"].nunique()
        for patient in known.index[known > 1]:
            where = f"patient {patient}, column {sheet_column(cohort, 'sex')}"
            problems.append(Problem(cohort.samples.table, where, "female and male", "one sex"))
    if cohort.baseline is not None and cohort.baseline not in set(frame["timepoint"]):
        expected = f"one of the sheet's timepoints: {', '.join(sorted(set(frame['timepoint'])))}"
        problems.append(Problem(cohort.samples.table, "baseline", cohort.baseline, expected))
    return problems


def _cells(cohort: Cohort, rows: pd.DataFrame, column: str, expected: str) -> list[Problem]:
    return [_cell(cohort, row, column, rows.loc[row, column], expected) for row in rows.index]


def _cell(cohort: Cohort, row: int, column: str, found: str, expected: str) -> Problem:
    where = f"row {row}, column {sheet_column(cohort, column)}"
    shown = repr(found)[1:-1][:60] if found else "an empty cell"
    return Problem(cohort.samples.table, where, shown, expected)


def _with_clinical(
    frame: pd.DataFrame, cohort: Cohort, cohort_file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    clinical = cohort.clinical
    if clinical is None:
        expected = "a clinical table under `clinical`"
        return frame, [Problem(cohort_file, "samples.from_clinical", "no clinical table", expected)]
    table, problems = read_clinical_rows(cohort)
    if problems:
        return frame, problems
    wanted = dict.fromkeys(cohort.samples.from_clinical, "samples.from_clinical")
    problems = missing_columns(table, wanted, clinical.table)
    if problems:
        return frame, problems
    by_patient = table.drop_duplicates(clinical.patient).set_index(clinical.patient)
    for column in cohort.samples.from_clinical:
        values = by_patient[column].where(~by_patient[column].isin(clinical.missing), "")
        frame[column] = frame["patient"].map(values).fillna("")
    return frame, []


def read_clinical_rows(cohort: Cohort) -> tuple[pd.DataFrame, list[Problem]]:
    """Rows of the clinical table that the cohort file's `where` selects, as text.

    Returns
    -------
    tuple
        The rows, the index counting rows as a person does; and problems: the table can't be
        read, lacks a column that selects rows or names patients, or has a patient twice.
    """
    clinical = cohort.clinical
    table, problems = read_any_table(clinical.table)
    if problems:
        return table, problems
    wanted = {clinical.patient: "clinical.patient"} | dict.fromkeys(
        clinical.where, "clinical.where"
    )
    problems = missing_columns(table, wanted, clinical.table)
    if problems:
        return table, problems
    for column, values in clinical.where.items():
        table = table[table[column].isin(values)]
    twice = table[table[clinical.patient].duplicated()]
    problems = [
        Problem(
            clinical.table,
            f"row {row}, column {clinical.patient}",
            f"patient {patient} a second time",
            "one row a patient",
            "select rows with clinical.where",
        )
        for row, patient in twice[clinical.patient].items()
    ]
    return table, problems


def _excluded(
    frame: pd.DataFrame, cohort: Cohort, cohort_file: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    reasons = cohort.samples.exclude
    unknown = [name for name in reasons if name not in set(frame["sample"])]
    problems = [
        Problem(cohort_file, f"samples.exclude.{name}", "no such sample", "a sample of the sheet")
        for name in unknown
    ]
    rows = [
        ("sample", name, "sample sheet", f"excluded by the cohort file: {reason}")
        for name, reason in reasons.items()
        if name not in unknown
    ]
    exclusions = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])
    return frame[~frame["sample"].isin(reasons)], exclusions, problems
