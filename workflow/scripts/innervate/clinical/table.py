"""The clinical table: declared columns only, decoded, one row a patient."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.clinical.pain import harmonize, instruments
from innervate.config.cohort import Cohort, Covariate, Endpoint
from innervate.errors import Problem, raise_if_any
from innervate.inputs.samples import read_clinical_rows
from innervate.inputs.tables import missing_columns

EXCLUSIONS = ["level", "id", "stage", "reason"]


class _Reader:
    """Reads cells of one table and gathers what is wrong with them."""

    def __init__(self, rows: pd.DataFrame, cohort: Cohort):
        self.spec = cohort.clinical
        self.rows = rows
        self.problems: list[Problem] = []

    def text(self, column: str) -> pd.Series:
        """Cells of a column, missing codes as NaN."""
        cells = self.rows[column]
        return cells.where(~cells.isin(self.spec.missing))

    def refuse(self, cells: pd.Series, expected: str) -> None:
        """Note each of these cells as a problem; only a short code is shown."""
        for row, cell in cells.items():
            where = f"row {row}, column {cells.name}"
            self.problems.append(Problem(self.spec.table, where, repr(str(cell))[:40], expected))

    def numbers(
        self, column: str, low: float = -np.inf, high: float = np.inf, what: str = "a number"
    ) -> pd.Series:
        """Numbers of a column, within a range."""
        cells = self.text(column)
        values = pd.to_numeric(cells, errors="coerce")
        self.refuse(cells[cells.notna() & values.isna()], f"{what}, or a code of clinical.missing")
        outside = values.notna() & ~values.between(low, high)
        self.refuse(cells[outside], f"{what} from {low:g} to {high:g}")
        return values.where(~outside)

    def endpoint(self, name: str, endpoint: Endpoint) -> dict[str, pd.Series]:
        """Time and event (1 happened, 0 censored) of an endpoint."""
        time = self.numbers(endpoint.time, 0, np.inf, f"a time in {endpoint.unit}")
        status = self.text(endpoint.status)
        codes = {_code(endpoint.event): 1.0, _code(endpoint.censored): 0.0}
        event = status.map(_code, na_action="ignore").map(codes)
        expected = f"{endpoint.event} (event) or {endpoint.censored} (censored)"
        self.refuse(status[status.notna() & event.isna()], expected)
        return {f"{name}_time_{endpoint.unit}": time, f"{name}_event": event.astype(float)}

    def covariate(self, covariate: Covariate) -> pd.Series:
        """A covariate: a number, or one of its levels."""
        if covariate.kind == "continuous":
            return self.numbers(covariate.column)
        cells = self.text(covariate.column)
        if covariate.levels:
            odd = cells[cells.notna() & ~cells.isin(covariate.levels)]
            self.refuse(odd, f"one of: {', '.join(covariate.levels)}")
        return cells


def _code(value: object) -> str:
    """A status code as text; 1, 1.0 and "1" are the same code."""
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value)


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
        intensities, ``pain_NAME_0_10``; ``NAME_time_UNIT`` and ``NAME_event``; ``assay_NAME``;
        covariates under their names. And contract ``exclusions``: patients with a value missing.

    Raises
    ------
    InputError
        With every problem of the table.
    """
    spec = cohort.clinical
    rows, problems = read_clinical_rows(cohort)
    raise_if_any(problems)
    raise_if_any(missing_columns(rows, _declared(cohort), spec.table))
    reader = _Reader(rows, cohort)
    columns = {"patient": rows[spec.patient]}
    for name, pain in spec.pain.items():
        columns |= _pain(reader, cohort_file, name, pain)
    for name, endpoint in spec.endpoints.items():
        columns |= reader.endpoint(name, endpoint)
    for name, assay in spec.assays.items():
        values = reader.numbers(assay.column, 0 if assay.log else -np.inf)
        columns[f"assay_{name}"] = np.log2(1 + values) if assay.log else values
    for name, covariate in spec.covariates.items():
        columns[name] = reader.covariate(covariate)
    raise_if_any(reader.problems)
    frame = pd.DataFrame(columns).reset_index(drop=True)
    return frame, _missing_values(frame)


def _pain(reader: _Reader, cohort_file: str, name: str, pain) -> dict[str, pd.Series]:
    known = instruments()
    where = f"clinical.pain.{name}"
    if pain.instrument not in known:
        expected = f"one of: {', '.join(known)}"
        reader.problems.append(Problem(cohort_file, where, pain.instrument, expected))
        return {}
    instrument = known[pain.instrument]
    if pain.direction != instrument.direction:
        expected = f"{instrument.direction}, as {instrument.name} is defined"
        reader.problems.append(Problem(cohort_file, where, pain.direction, expected))
    what = f"a value of {instrument.name}"
    values = reader.numbers(pain.column, instrument.minimum, instrument.maximum, what)
    columns = {f"pain_{name}": values}
    if instrument.measures == "intensity":
        columns[f"pain_{name}_0_10"] = harmonize(values, instrument)
    return columns


def _declared(cohort: Cohort) -> dict[str, str]:
    spec = cohort.clinical
    columns = {pain.column: f"clinical.pain.{name}" for name, pain in spec.pain.items()}
    for name, endpoint in spec.endpoints.items():
        columns |= dict.fromkeys((endpoint.time, endpoint.status), f"clinical.endpoints.{name}")
    columns |= {assay.column: f"clinical.assays.{name}" for name, assay in spec.assays.items()}
    return columns | {
        covariate.column: f"clinical.covariates.{name}"
        for name, covariate in spec.covariates.items()
    }


def _missing_values(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [
        ("patient", patient, f"clinical: {column}", "value missing; left out where it is needed")
        for column in frame.columns.drop("patient")
        if not column.endswith("_0_10")
        for patient in frame.loc[frame[column].isna(), "patient"]
    ]
    return pd.DataFrame(rows, columns=EXCLUSIONS)
