"""Cells of the clinical table as the cohort file declares them, with every problem gathered."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from innervate.config.clinical import (
    Arm,
    ClinicalTable,
    Covariate,
    Endpoint,
    Meaning,
    Pain,
    Response,
)
from innervate.inputs.clinical.opioids import morphine_equivalent
from innervate.inputs.clinical.pain import (
    Instrument,
    harmonize,
    instruments,
    neuropathic_status,
    pain_category,
)
from innervate.inputs.tables import code_of
from innervate.runtime.errors import Problem

SHOWN = 20
"""Characters of a cell up to which a message shows it: longer ones are not codes."""

DAYS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
"""Days in a unit of time."""

LONGEST = 100 * DAYS["years"]
"""Days of follow-up that nobody has."""

log = logging.getLogger(__name__)


class Cells:
    """Reads cells of one table and gathers what is wrong with them.

    Parameters
    ----------
    rows
        All text, the index counting rows as a person does. A declared column that is lacking is a
        problem already; here it reads as missing throughout.
    file
        Name of the table.
    missing
        Codes that mean missing.
    dictionary
        What the columns mean.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        file: str,
        missing: list[str],
        dictionary: Mapping[str, Meaning],
    ):
        self.rows, self.file = rows, file
        self.missing, self.dictionary = missing, dictionary
        self.problems: list[Problem] = []

    def text(self, column: str) -> pd.Series:
        """Cells of a column, missing codes as NaN."""
        cells = self.rows[column]
        present = ~cells.isin(self.missing)
        if column in self.dictionary:
            own = {code_of(code) for code in self.dictionary[column].missing}
            present &= ~cells.map(code_of, na_action="ignore").isin(own)
        return cells.where(present)

    def categories(self, column: str) -> pd.Series:
        """Cells of a column, codes replaced by what the data dictionary says of them."""
        cells = self.text(column)
        codes = self.dictionary[column].codes if column in self.dictionary else {}
        if not codes:
            return cells
        meanings = {code_of(code): meaning for code, meaning in codes.items()}
        found = cells.map(code_of, na_action="ignore").map(meanings)
        odd = cells[cells.notna() & found.isna()]
        self.refuse(odd, f"a code of: {', '.join(codes)}", self.missing_fix(column))
        return found

    def refuse(self, cells: pd.Series, expected: str, fix: str = "") -> None:
        """Note each of these cells as a problem; only a short code is shown."""
        for row, cell in cells.items():
            found = repr(cell) if len(cell) <= SHOWN else f"a text of {len(cell)} characters"
            where = f"row {row}, column {cells.name}"
            self.problems.append(Problem(self.file, where, found, expected, fix))

    def missing_fix(self, column: str) -> str:
        """How to say that a code of a column means that the value is missing."""
        example = f"{{{column}: {{meaning: WORDS, missing: [CODE]}}}}"
        return f"correct it; or, if it means missing, list it: clinical.dictionary: {example}"

    def codes(self, column: str) -> pd.Series:
        """Patient codes."""
        codes = self.rows[column]
        odd = codes.isin(self.missing) | ~codes.map(str.isprintable)
        self.refuse(codes[odd], "a patient code")
        return codes

    def numbers(
        self, column: str, low: float = -np.inf, high: float = np.inf, what: str = "a number"
    ) -> pd.Series:
        """Finite numbers of a column, within a range and that of the data dictionary."""
        cells = self.text(column)
        if column in self.dictionary:
            own = self.dictionary[column]
            low = low if own.minimum is None else max(low, own.minimum)
            high = high if own.maximum is None else min(high, own.maximum)
        values = pd.to_numeric(cells, errors="coerce").replace([np.inf, -np.inf], np.nan)
        self.refuse(cells[cells.notna() & values.isna()], f"{what}, or a code of clinical.missing")
        outside = values.notna() & ~values.between(low, high)
        if np.isfinite(low):
            reach = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of at least {low:g}"
        else:
            reach = f"of at most {high:g}"
        self.refuse(cells[outside], f"{what} {reach}")
        return values.where(~outside).astype(float)


class Reader(Cells):
    """Reads the clinical table.

    Parameters
    ----------
    rows
        As for `Cells`.
    spec
        What is declared of the table.
    cohort_file
        Name to show in problems of the cohort file itself.
    """

    def __init__(self, rows: pd.DataFrame, spec: ClinicalTable, cohort_file: str):
        rows = rows.reindex(columns=[spec.patient, *declared_columns(spec)])
        super().__init__(rows, spec.table, spec.missing, spec.dictionary)
        self.cohort_file = cohort_file

    def refuse_key(self, key: str, found: str, expected: str) -> None:
        """Note a problem of the cohort file itself."""
        self.problems.append(Problem(self.cohort_file, key, found, expected))

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
            common = harmonize(values, instrument)
            columns = {f"pain_{name}": values, f"pain_{name}_0_10": common}
            if instrument.categories:
                category = pain_category(common, pain.moderate_from, pain.severe_from)
                columns[f"pain_{name}_category"] = category
            return columns
        if pain.repeats:
            expected = "nothing, or an instrument of intensity: only these are followed over time"
            self.refuse_key(f"{key}.repeats", f"repeats of {instrument.name}", expected)
        status = neuropathic_status(values, instrument)
        return {f"pain_{name}": values, f"pain_{name}_neuropathic": status}

    def endpoint(self, name: str, endpoint: Endpoint) -> dict[str, pd.Series]:
        """Time and event (1 happened, 0 censored) of an endpoint.

        A time of 0 is kept: Cox's model ranks times and has no trouble with it.
        """
        codes = {code_of(endpoint.event): 1.0, code_of(endpoint.censored): 0.0}
        if len(codes) < 2:
            self.refuse_key(f"clinical.endpoints.{name}", "one code twice", "two different codes")
        longest = LONGEST / DAYS[endpoint.unit]
        what = f"a time in {endpoint.unit} from the start (no date)"
        time = self.numbers(endpoint.time, 0, longest, what)
        status = self.categories(endpoint.status)
        event = status.map(code_of, na_action="ignore").map(codes)
        expected = f"{endpoint.event} (event) or {endpoint.censored} (censored)"
        odd = status[status.notna() & event.isna()]
        self.refuse(odd, expected, self.missing_fix(endpoint.status))
        return {f"{name}_time_{endpoint.unit}": time, f"{name}_event": event.astype(float)}

    def response(self, name: str, response: Response) -> pd.Series:
        """Grade of a response; patients who were not treated have none."""
        cells = self.categories(response.column)
        grades = {code_of(level): grade for level, grade in response.grades().items()}
        if len(grades) < len(response.levels):
            key = f"clinical.response.{name}.levels"
            self.refuse_key(key, "one code twice", "different codes")
        found = cells.map(code_of, na_action="ignore").map(grades)
        odd = cells[cells.notna() & found.isna()]
        expected = f"one of: {', '.join(response.levels)}"
        self.refuse(odd, expected, self.missing_fix(response.column))
        return found.astype(float)

    def arm(self, arm: Arm) -> pd.Series:
        """Arm of a trial: 1 treated, 0 control."""
        cells = self.categories(arm.column)
        codes = {code_of(arm.treated): 1.0, code_of(arm.control): 0.0}
        if len(codes) < 2:
            self.refuse_key("clinical.arm", "one code twice", "two different codes")
        found = cells.map(code_of, na_action="ignore").map(codes)
        odd = cells[cells.notna() & found.isna()]
        expected = f"{arm.control} (control) or {arm.treated} (treated)"
        self.refuse(odd, expected, self.missing_fix(arm.column))
        return found.astype(float)

    def covariate(self, covariate: Covariate) -> pd.Series:
        """A covariate: a number, or one of its levels."""
        if covariate.kind == "continuous":
            return self.numbers(covariate.column)
        if covariate.kind == "opioid_dose":
            return self.opioids(covariate)
        cells = self.categories(covariate.column)
        if covariate.levels:
            odd = cells[cells.notna() & ~cells.isin(covariate.levels)]
            expected = f"one of: {', '.join(covariate.levels)}"
            self.refuse(odd, expected, self.missing_fix(covariate.column))
        return cells

    def opioids(self, covariate: Covariate) -> pd.Series:
        """Log of 1 and the oral morphine equivalent in mg a day."""
        drugs = self.categories(covariate.column)
        doses = self.text(covariate.dose).fillna("")
        routes = self.categories(covariate.route).fillna("")
        values = pd.Series(np.nan, index=drugs.index)
        for row, drug in drugs.dropna().items():
            try:
                values[row] = np.log1p(morphine_equivalent(drug, doses[row], routes[row]))
            except ValueError as error:
                self.refuse(drugs.loc[[row]], str(error))
        return values


def declared_columns(spec: ClinicalTable) -> dict[str, str]:
    """Columns of the user's table that are read: column and the key that asks for it."""
    columns = {pain.column: f"clinical.pain.{name}" for name, pain in spec.pain.items()}
    for name, endpoint in spec.endpoints.items():
        columns |= dict.fromkeys((endpoint.time, endpoint.status), f"clinical.endpoints.{name}")
    columns |= {one.column: f"clinical.response.{name}" for name, one in spec.response.items()}
    columns |= {assay.column: f"clinical.assays.{name}" for name, assay in spec.assays.items()}
    if spec.arm:
        columns[spec.arm.column] = "clinical.arm"
    for name, covariate in spec.covariates.items():
        used = filter(None, (covariate.column, covariate.dose, covariate.route))
        columns |= dict.fromkeys(used, f"clinical.covariates.{name}")
    columns.pop(spec.patient, None)
    return columns


def _warn_of_units(values: pd.Series, instrument: Instrument, key: str) -> None:
    tenth = instrument.minimum + (instrument.maximum - instrument.minimum) / 10
    if instrument.maximum == 100 and values.notna().any() and values.max() <= tenth:
        log.warning(
            "%s: no value exceeds 10, on a scale of 0 to 100; is it an instrument of 0 to 10?", key
        )
