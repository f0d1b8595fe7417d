"""The clinical table: declared columns only, decoded, one row a patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.inputs.clinical.contracts import VALUE_STAGE
from innervate.inputs.clinical.identifiers import identifier_problems
from innervate.inputs.clinical.reader import DAYS, Reader, declared_columns
from innervate.inputs.clinical.visits import (
    OVER_TIME,
    Exclusion,
    Later,
    not_judged,
    over_time,
    read_repeats,
    summarize,
)
from innervate.inputs.samples import read_clinical_rows
from innervate.inputs.tables import missing_columns, read_any_table
from innervate.runtime.errors import Problem, raise_if_any

EXCLUSIONS = ["level", "id", "stage", "reason"]
RESERVED = (
    "reason",
    "patient",
    "circuit_index",
    "circuit_index_low",
    "circuit_index_high",
    "call",
    "nodes_measured",
)
"""Columns of the patients' table, with which the clinical columns are joined."""

PAIN_PARTS = ("0_10", "category", "neuropathic", "change", "worsening")

A_DAY = 1.0
"""Days by which rounding may put one endpoint after another."""


def read_clinical(cohort: Cohort, cohort_file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the declared columns of a cohort's clinical table.

    Parameters
    ----------
    cohort
        With a clinical table.
    cohort_file
        Name to show in problems.

    Returns
    -------
    tuple
        One row a patient: ``patient``; ``pain_NAME`` in the instrument's units and, for
        intensities, ``pain_NAME_0_10`` and, where cut-offs are in use, ``pain_NAME_category``;
        for neuropathic screens ``pain_NAME_neuropathic``; of a pain that was measured again,
        ``pain_NAME_change`` and ``pain_NAME_worsening``; ``NAME_time_UNIT`` and ``NAME_event``;
        ``response_NAME``; ``arm``; ``assay_NAME``; covariates under their names. And contract
        ``exclusions``: patients without a selected row or with a value missing.

    Raises
    ------
    InputError
        With every problem of the table.
    """
    frame, exclusions, problems = check_clinical(cohort, cohort_file)
    raise_if_any(problems)
    return frame, exclusions


def check_clinical(
    cohort: Cohort, cohort_file: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Do as `read_clinical`, but return the problems instead of raising them."""
    spec = cohort.clinical
    nothing = pd.DataFrame(columns=EXCLUSIONS)
    rows, problems = read_clinical_rows(cohort)
    if problems and rows.empty:
        return pd.DataFrame(), nothing, problems
    problems += missing_columns(rows, _named_columns(spec), spec.table)
    problems += identifier_problems(read_any_table(spec.table)[0], spec, cohort_file)
    problems += _dropped_problems(cohort, cohort_file)
    if not {spec.patient, *spec.where} <= set(rows.columns):
        return pd.DataFrame(), nothing, problems
    if rows.empty:
        problems.append(_no_rows(spec))
    problems += _name_problems(spec, cohort_file)
    reader = Reader(rows, spec, cohort_file)
    columns = {"patient": reader.codes(spec.patient)}
    for name, pain in spec.pain.items():
        columns |= reader.pain(name, pain)
    for name, endpoint in spec.endpoints.items():
        columns |= reader.endpoint(name, endpoint)
    for name, response in spec.response.items():
        columns[f"response_{name}"] = reader.response(name, response)
    for name, assay in spec.assays.items():
        values = reader.numbers(assay.column, 0 if assay.log else -np.inf)
        columns[f"assay_{name}"] = np.log2(1 + values) if assay.log else values
    for name, covariate in spec.covariates.items():
        columns[name] = reader.covariate(covariate)
    if spec.arm:
        columns["arm"] = reader.arm(spec.arm)
    frame = pd.DataFrame(columns).reset_index(drop=True)
    problems += _order_problems(spec, frame.set_axis(rows.index))
    frame, of_repeats, found = _with_changes(spec, frame)
    problems += found
    exclusions = [*_not_selected(spec, frame), *_missing_values(spec, frame), *of_repeats]
    exclusions = pd.DataFrame(exclusions, columns=EXCLUSIONS)
    return frame, exclusions, problems + reader.problems


def read_over_time(
    spec: ClinicalTable, clinical: pd.DataFrame
) -> tuple[pd.DataFrame, list[Problem]]:
    """Pain of every time, of those measurements that have repeats.

    Parameters
    ----------
    spec
        What is declared of the clinical table.
    clinical
        Of `read_clinical`, for the baselines.

    Returns
    -------
    tuple
        Contract ``pain_over_time``; and the problems of the tables of repeats.
    """
    frames, problems = [pd.DataFrame(columns=OVER_TIME)], []
    for name, baseline, later in _repeated(spec, clinical):
        problems += later.problems
        if not later.problems:
            frames.append(over_time(baseline, later.frame, name))
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled, ignore_index=True), problems


def _repeated(
    spec: ClinicalTable, clinical: pd.DataFrame
) -> Iterator[tuple[str, pd.Series, Later]]:
    """Pains with repeats: the name, the baseline by patient, and the later measurements."""
    for name, pain in spec.pain.items():
        column = f"pain_{name}_0_10"
        if pain.repeats and column in clinical:
            baseline = clinical.set_index("patient")[column]
            yield name, baseline, read_repeats(name, pain, spec, baseline.index)


def _with_changes(
    spec: ClinicalTable, frame: pd.DataFrame
) -> tuple[pd.DataFrame, list[Exclusion], list[Problem]]:
    """Add the last change and the worsening of each pain that was measured again."""
    frame, exclusions, problems = frame.copy(), [], []
    for name, baseline, later in _repeated(spec, frame):
        problems += later.problems
        if later.problems:
            continue
        rise = spec.pain[name].worsening
        found = summarize(over_time(baseline, later.frame, name), rise)
        for column in found:
            frame[f"pain_{name}_{column}"] = frame["patient"].map(found[column])
        exclusions += later.exclusions
        exclusions += not_judged(name, baseline, later.frame, found, rise)
    return frame, exclusions, problems


def _named_columns(spec: ClinicalTable) -> dict[str, str]:
    """Columns that must be there: those that are read, and those that are only spoken of."""
    spoken = dict.fromkeys(spec.dictionary, "clinical.dictionary")
    spoken |= dict.fromkeys(spec.drop, "clinical.drop")
    return spoken | declared_columns(spec)


def _dropped_problems(cohort: Cohort, cohort_file: str) -> list[Problem]:
    """A dropped column that something else asks for."""
    spec = cohort.clinical
    used = {spec.patient: "clinical.patient", **dict.fromkeys(spec.where, "clinical.where")}
    used |= dict.fromkeys(cohort.samples.from_clinical, "samples.from_clinical")
    used |= declared_columns(spec)
    return [
        Problem(cohort_file, used[column], f"column {column}, which clinical.drop names", "another")
        for column in dict.fromkeys(spec.drop)
        if column in used
    ]


def _order_problems(spec: ClinicalTable, frame: pd.DataFrame) -> list[Problem]:
    """Patients in whom an endpoint comes after one that it can't come after."""
    problems = []
    for name, endpoint in spec.endpoints.items():
        if endpoint.no_later_than is None:
            continue
        later = spec.endpoints[endpoint.no_later_than]
        first = frame[f"{name}_time_{endpoint.unit}"] * DAYS[endpoint.unit]
        last = frame[f"{endpoint.no_later_than}_time_{later.unit}"] * DAYS[later.unit]
        expected = f"a time no longer than that of {endpoint.no_later_than} ({later.time})"
        problems += [
            Problem(spec.table, f"row {row}, column {endpoint.time}", "a longer time", expected)
            for row in frame.index[first > last + A_DAY]
        ]
    return problems


def _name_problems(spec: ClinicalTable, cohort_file: str) -> list[Problem]:
    """Two declared names that would make one column, or one that the circuit's table has."""
    made = [*spec.covariates, *(f"assay_{name}" for name in spec.assays)]
    made += [f"response_{name}" for name in spec.response]
    made += ["arm"] if spec.arm else []
    for name in spec.pain:
        made += [f"pain_{name}", *(f"pain_{name}_{part}" for part in PAIN_PARTS)]
    for name, endpoint in spec.endpoints.items():
        made += [f"{name}_time_{endpoint.unit}", f"{name}_event"]
    return [
        Problem(cohort_file, "clinical", f"the name {name}", "a name that is not taken", "rename")
        for name, count in Counter([*made, *RESERVED]).items()
        if count > 1
    ]


def _no_rows(spec: ClinicalTable) -> Problem:
    chosen = "; ".join(f"{column}: {', '.join(values)}" for column, values in spec.where.items())
    found = f"no row with {chosen}" if chosen else "no row"
    return Problem(spec.table, "", found, "a row a patient", "see clinical.where")


def _not_selected(spec: ClinicalTable, frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Patients of the table none of whose rows `where` selects."""
    everyone = read_any_table(spec.table)[0][spec.patient] if spec.where else []
    selected = " and ".join(f"{name} {' or '.join(have)}" for name, have in spec.where.items())
    return [
        ("patient", patient, "clinical table", f"no row with {selected}")
        for patient in sorted({*everyone} - {*frame["patient"], *spec.missing})
    ]


def _missing_values(spec: ClinicalTable, frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Patients whom an analysis must do without, by analysis."""
    parts = {
        f"{VALUE_STAGE}{name}": {
            "time": f"{name}_time_{endpoint.unit}",
            "status": f"{name}_event",
        }
        for name, endpoint in spec.endpoints.items()
    }
    single = [f"pain_{name}" for name in spec.pain]
    single += [f"response_{name}" for name in spec.response]
    single += [f"assay_{name}" for name in spec.assays]
    single += ["arm"] if spec.arm else []
    for column in [*single, *spec.covariates]:
        parts[f"{VALUE_STAGE}{column}"] = {"value": column}
    rows = []
    for stage, columns in parts.items():
        for record in frame.to_dict("records"):
            lacking = [what for what, column in columns.items() if pd.isna(record.get(column))]
            if lacking:
                reason = f"{' and '.join(lacking)} missing; left out where needed"
                rows.append(("patient", record["patient"], stage, reason))
    return rows
