"""The clinical table: declared columns only, decoded, one row a patient."""

from __future__ import annotations

import logging
from collections import Counter

import numpy as np
import pandas as pd

from innervate.clinical.pain import Instrument, harmonize, instruments, neuropathic_status
from innervate.config.clinical import ClinicalTable, Covariate, Endpoint, Pain, Response
from innervate.config.cohort import Cohort
from innervate.contracts import TABLES
from innervate.errors import Problem, raise_if_any
from innervate.inputs.samples import read_clinical_rows
from innervate.inputs.tables import code_of, missing_columns, read_any_table

EXCLUSIONS = ["level", "id", "stage", "reason"]
RESERVED = ("reason", *(column.name for column in TABLES["patients"].columns))
"""Columns of the patients' table, with which the clinical columns are joined."""

SHOWN = 40
"""Characters of a clinical cell that a message shows."""

log = logging.getLogger(__name__)


class _Reader:
    """Reads cells of one table and gathers what is wrong with them."""

    def __init__(self, rows: pd.DataFrame, spec: ClinicalTable, cohort_file: str):
        self.spec, self.cohort_file = spec, cohort_file
        # A column that is lacking is a problem already; here it reads as missing throughout.
        self.rows = rows.reindex(columns=[spec.patient, *declared_columns(spec)])
        self.problems: list[Problem] = []

    def text(self, column: str) -> pd.Series:
        """Cells of a column, missing codes as NaN."""
        cells = self.rows[column]
        return cells.where(~cells.isin(self.spec.missing))

    def refuse(self, cells: pd.Series, expected: str) -> None:
        """Note each of these cells as a problem; only a short code is shown."""
        for row, cell in cells.items():
            found = repr(cell if len(cell) <= SHOWN else f"{cell[: SHOWN - 1]}…")
            where = f"row {row}, column {cells.name}"
            self.problems.append(Problem(self.spec.table, where, found, expected))

    def refuse_key(self, key: str, found: str, expected: str) -> None:
        """Note a problem of the cohort file itself."""
        self.problems.append(Problem(self.cohort_file, key, found, expected))

    def patients(self) -> pd.Series:
        """Patient codes."""
        codes = self.rows[self.spec.patient]
        odd = codes.isin(self.spec.missing) | ~codes.map(str.isprintable)
        self.refuse(codes[odd], "a patient code")
        return codes

    def numbers(
        self, column: str, low: float = -np.inf, high: float = np.inf, what: str = "a number"
    ) -> pd.Series:
        """Finite numbers of a column, within a range."""
        cells = self.text(column)
        values = pd.to_numeric(cells, errors="coerce").replace([np.inf, -np.inf], np.nan)
        self.refuse(cells[cells.notna() & values.isna()], f"{what}, or a code of clinical.missing")
        outside = values.notna() & ~values.between(low, high)
        reach = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of at least {low:g}"
        self.refuse(cells[outside], f"{what} {reach}")
        return values.where(~outside).astype(float)

    def pain(self, name: str, pain: Pain) -> dict[str, pd.Series]:
        """A pain measurement in its own units, and on the common scale or at its cut-offs."""
        key = f"clinical.pain.{name}"
        instrument = instruments().get(pain.instrument)
        if instrument is None:
            self.refuse_key(
                f"{key}.instrument", pain.instrument, f"one of: {', '.join(instruments())}"
            )
            return {}
        if pain.direction != instrument.direction:
            expected = f"{instrument.direction}, as {instrument.name} is defined"
            self.refuse_key(f"{key}.direction", pain.direction, expected)
        what = f"a value of {instrument.name}"
        values = self.numbers(pain.column, instrument.minimum, instrument.maximum, what)
        _warn_of_units(values, instrument, key)
        if instrument.measures == "intensity":
            return {f"pain_{name}": values, f"pain_{name}_0_10": harmonize(values, instrument)}
        status = neuropathic_status(values, instrument)
        return {f"pain_{name}": values, f"pain_{name}_neuropathic": status}

    def endpoint(self, name: str, endpoint: Endpoint) -> dict[str, pd.Series]:
        """Time and event (1 happened, 0 censored) of an endpoint.

        A time of 0 is kept: Cox's model ranks times and has no trouble with it.
        """
        codes = {code_of(endpoint.event): 1.0, code_of(endpoint.censored): 0.0}
        if len(codes) < 2:
            self.refuse_key(f"clinical.endpoints.{name}", "one code twice", "two different codes")
        time = self.numbers(endpoint.time, 0, np.inf, f"a time in {endpoint.unit}")
        status = self.text(endpoint.status)
        event = status.map(code_of, na_action="ignore").map(codes)
        expected = f"{endpoint.event} (event) or {endpoint.censored} (censored)"
        self.refuse(status[status.notna() & event.isna()], expected)
        return {f"{name}_time_{endpoint.unit}": time, f"{name}_event": event.astype(float)}

    def response(self, name: str, response: Response) -> pd.Series:
        """Grade of a response; patients who were not treated have none."""
        cells = self.text(response.column)
        grades = {code_of(level): grade for level, grade in response.grades().items()}
        if len(grades) < len(response.levels):
            key = f"clinical.response.{name}.levels"
            self.refuse_key(key, "one code twice", "different codes")
        found = cells.map(code_of, na_action="ignore").map(grades)
        odd = cells[cells.notna() & found.isna()]
        self.refuse(odd, f"one of: {', '.join(response.levels)}")
        return found.astype(float)

    def covariate(self, covariate: Covariate) -> pd.Series:
        """A covariate: a number, or one of its levels."""
        if covariate.kind == "continuous":
            return self.numbers(covariate.column)
        cells = self.text(covariate.column)
        if covariate.levels:
            odd = cells[cells.notna() & ~cells.isin(covariate.levels)]
            self.refuse(odd, f"one of: {', '.join(covariate.levels)}")
        return cells


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
        intensities, ``pain_NAME_0_10``, for neuropathic screens ``pain_NAME_neuropathic``;
        ``NAME_time_UNIT`` and ``NAME_event``; ``response_NAME``; ``assay_NAME``;
        covariates under their names. And contract ``exclusions``: patients without a selected
        row or with a value missing.

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
    problems += missing_columns(rows, declared_columns(spec), spec.table)
    if not {spec.patient, *spec.where} <= set(rows.columns):
        return pd.DataFrame(), nothing, problems
    if rows.empty:
        problems.append(_no_rows(spec))
    problems += _name_problems(spec, cohort_file)
    reader = _Reader(rows, spec, cohort_file)
    columns = {"patient": reader.patients()}
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
    frame = pd.DataFrame(columns).reset_index(drop=True)
    exclusions = [*_not_selected(spec, frame), *_missing_values(spec, frame)]
    exclusions = pd.DataFrame(exclusions, columns=EXCLUSIONS)
    return frame, exclusions, problems + reader.problems


def declared_columns(spec: ClinicalTable) -> dict[str, str]:
    """Columns of the user's table that are read: column and the key that asks for it."""
    columns = {pain.column: f"clinical.pain.{name}" for name, pain in spec.pain.items()}
    for name, endpoint in spec.endpoints.items():
        columns |= dict.fromkeys((endpoint.time, endpoint.status), f"clinical.endpoints.{name}")
    columns |= {one.column: f"clinical.response.{name}" for name, one in spec.response.items()}
    columns |= {assay.column: f"clinical.assays.{name}" for name, assay in spec.assays.items()}
    columns |= {
        covariate.column: f"clinical.covariates.{name}"
        for name, covariate in spec.covariates.items()
    }
    columns.pop(spec.patient, None)
    return columns


def _name_problems(spec: ClinicalTable, cohort_file: str) -> list[Problem]:
    """Two declared names that would make one column, or one that the circuit's table has."""
    made = [*spec.covariates, *(f"assay_{name}" for name in spec.assays)]
    made += [f"response_{name}" for name in spec.response]
    for name in spec.pain:
        made += [f"pain_{name}", f"pain_{name}_0_10", f"pain_{name}_neuropathic"]
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


def _warn_of_units(values: pd.Series, instrument: Instrument, key: str) -> None:
    tenth = instrument.minimum + (instrument.maximum - instrument.minimum) / 10
    if instrument.maximum == 100 and values.notna().any() and values.max() <= tenth:
        log.warning(
            "%s: no value exceeds 10, on a scale of 0 to 100; is it an instrument of 0 to 10?", key
        )


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
        f"clinical: {name}": {
            "time": f"{name}_time_{endpoint.unit}",
            "status": f"{name}_event",
        }
        for name, endpoint in spec.endpoints.items()
    }
    single = [f"pain_{name}" for name in spec.pain]
    single += [f"response_{name}" for name in spec.response]
    single += [f"assay_{name}" for name in spec.assays]
    for column in [*single, *spec.covariates]:
        parts[f"clinical: {column}"] = {"value": column}
    rows = []
    for stage, columns in parts.items():
        for record in frame.to_dict("records"):
            lacking = [what for what, column in columns.items() if pd.isna(record.get(column))]
            if lacking:
                reason = f"{' and '.join(lacking)} missing; left out where needed"
                rows.append(("patient", record["patient"], stage, reason))
    return rows
