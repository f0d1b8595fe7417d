"""The model of a cohort's clinical table."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from innervate.config.base import ColumnName, Name, Strict


class Meaning(Strict):
    """What a column of the clinical table means: an entry of the data dictionary."""

    meaning: str
    """In words; shown in the report."""
    unit: str = ""
    """Of a number."""
    codes: dict[str, str] = {}
    """Categories: {code in the table: what it means}; other keys then name the meanings."""
    missing: list[str] = []
    """Codes that mean missing in this column only, beside `clinical.missing`."""
    minimum: float | None = None
    """Number below which a value is refused."""
    maximum: float | None = None
    """Number above which a value is refused."""


class Repeats(Strict):
    """Pain measured again, in a table of its own: one row a patient and time."""

    table: str
    """TSV, CSV or XLSX."""
    patient: ColumnName = "patient"
    """Its column of patient codes."""
    time: ColumnName
    """Column of the time from baseline, which is 0; before it negative."""
    value: ColumnName
    """Column of the measurement, in the units of the instrument."""
    unit: Literal["days", "weeks", "months"]
    """Unit of `time`."""


class Pain(Strict):
    """A pain measurement of the clinical table."""

    column: ColumnName
    """The column of the clinical table."""
    instrument: Name
    """As in resources/clinical/pain_instruments.tsv, for example NRS, VAS_100, UW_QOL."""
    direction: Literal["higher_worse", "higher_better"]
    """Declared, and checked against the instrument's."""
    moderate_from: float = Field(5.0, gt=0, le=10)
    """Pain of 0 to 10 from which it counts as moderate; Serlin 1995 has 5, others 4."""
    severe_from: float = Field(7.0, gt=0, le=10)
    """Pain of 0 to 10 from which it counts as severe."""
    repeats: Repeats | None = None
    """The same instrument at other times; `column` is the baseline."""
    worsening: float = Field(2.0, gt=0, le=10)
    """Points of 0 to 10 by which a patient's last measurement must lie above the baseline to count
    as a worsening; about 2 are clinically important (Farrar 2001,
    doi:10.1016/S0304-3959(01)00349-9)."""

    @model_validator(mode="after")
    def _cut_offs_ascend(self) -> Self:
        if self.severe_from <= self.moderate_from:
            msg = "`severe_from` must be above `moderate_from`"
            raise ValueError(msg)
        return self


class Endpoint(Strict):
    """A time-to-event endpoint of the clinical table."""

    time: ColumnName
    """Column of the time from start to event or censoring."""
    status: ColumnName
    """Column that says whether the event happened."""
    event: int | str
    """The value of `status` that means the event happened; never guessed."""
    censored: int | str
    """The value of `status` that means it had not happened at the end of follow-up."""
    unit: Literal["days", "weeks", "months", "years"]
    """Unit of `time`."""
    no_later_than: Name | None = None
    """Endpoint that this one can't outlast, for example `os`; a longer time is refused."""
    landmark: float | None = Field(None, gt=0)
    """Where scores are of samples taken on treatment: how long after the start, in `unit`. A Cox
    model of its own (clinical/survival_models.tsv) then counts only patients still followed
    without the event at that time."""

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if str(self.event) == str(self.censored):
            msg = "`event` and `censored` are the same code"
            raise ValueError(msg)
        return self


class Response(Strict):
    """A response to treatment, of the clinical table."""

    column: ColumnName
    """The column of the clinical table."""
    levels: list[str] = Field(min_length=2)
    """From worst to best, for example [PD, SD, PR, CR]."""
    responders: list[str] = []
    """Levels that count as a response, against the others; by default levels are ranked."""

    @model_validator(mode="after")
    def _responders_are_some_levels(self) -> Self:
        if len(set(self.levels)) < len(self.levels):
            msg = "`levels` names one twice"
            raise ValueError(msg)
        unknown = [level for level in self.responders if level not in self.levels]
        if unknown or set(self.responders) == set(self.levels):
            msg = "`responders` must be some of the levels, not all"
            raise ValueError(msg)
        return self

    def grades(self) -> dict[str, float]:
        """Number of each level: 1 or 0 where the answer is binary, else its rank from 0."""
        if self.responders:
            return {level: float(level in self.responders) for level in self.levels}
        return {level: float(rank) for rank, level in enumerate(self.levels)}


class Assay(Strict):
    """A measurement that is not RNA (immunohistochemistry, ELISA, flow), usable as a node."""

    column: ColumnName
    """The column of the clinical table."""
    tissue: Name
    """Tissue it was measured in."""
    unit: str = ""
    """As it is to be shown."""
    log: bool = False
    """Whether to take log2(1 + x) first."""


class Covariate(Strict):
    """A clinical column to show and to adjust for."""

    column: ColumnName
    """The column of the clinical table."""
    kind: Literal["continuous", "categorical", "ordinal", "opioid_dose"]
    """How its values are to be taken; `opioid_dose`: names of opioids (several parted by `;`, or
    `none`), which become log(1 + mg of oral morphine a day)."""
    levels: list[str] = []
    """ordinal: the levels from low to high; categorical: the first is the reference."""
    dose: ColumnName | None = None
    """opioid_dose: column of the doses in mg a day (a transdermal patch: micrograms an hour)."""
    route: ColumnName | None = None
    """opioid_dose: column of the routes: oral, transdermal or intravenous."""

    @model_validator(mode="after")
    def _ordinal_has_levels(self) -> Self:
        if self.kind == "ordinal" and len(self.levels) < 2:
            msg = "an ordinal covariate needs its `levels`, from low to high"
            raise ValueError(msg)
        if (self.kind == "opioid_dose") != bool(self.dose and self.route):
            msg = "`dose` and `route` belong to a covariate of kind opioid_dose, which needs both"
            raise ValueError(msg)
        return self


class Biomarker(Strict):
    """A marker meant to identify patients with an active circuit, at a cut declared beforehand."""

    score: ColumnName
    """A node or control of the circuit, pain_NAME_0_10, assay_NAME or a continuous covariate."""
    cut: float
    """In the score's unit (nodes: z, 0 being the cohort's mean); never chosen from the data."""
    direction: Literal["above", "below"]
    """Whether patients at or above the cut are positive, or those at or below it."""


class Arm(Strict):
    """The two arms of a trial."""

    column: ColumnName
    """The column of the clinical table."""
    control: int | str
    """Its value for patients of the control arm."""
    treated: int | str
    """Its value for patients of the experimental arm."""


class ClinicalTable(Strict):
    """The clinical table: one row a patient; only declared columns are ever read."""

    table: str
    """TSV, CSV or XLSX (its first sheet)."""
    patient: ColumnName = "patient"
    """Its column of patient codes."""
    where: dict[ColumnName, list[str]] = {}
    """Keep rows with one of these values, where a patient has several: {column: [values]}."""
    missing: list[str] = ["", "NA", "N/A", "NaN", "nan"]
    """Codes that mean missing."""
    drop: list[ColumnName] = []
    """Columns that identify people (names, dates, record numbers, e-mail, free text): a table that
    has one is refused unless it is named here; a dropped column can be used nowhere."""
    not_identifying: list[ColumnName] = []
    """Columns that look as if they identified people, and do not."""
    dictionary: dict[ColumnName, Meaning] = {}
    """The data dictionary: column of the table and what it means."""
    pain: dict[Name, Pain] = {}
    """Pain measurements; the first is the primary one."""
    endpoints: dict[Name, Endpoint] = {}
    """Time-to-event endpoints."""
    response: dict[Name, Response] = {}
    """Responses to treatment."""
    assays: dict[Name, Assay] = {}
    """Measurements that the circuit file's `assay` measures ask for by name."""
    covariates: dict[Name, Covariate] = {}
    """Further columns."""
    adjust_for: list[Name] = []
    """Covariates of the adjusted models."""
    tumor_mutational_burden: Name | None = None
    """The covariate that is the mutational burden, to hold the circuit against."""
    arm: Arm | None = None
    """The arms of a trial: whether the association of a score differs between them is tested."""
    biomarkers: dict[Name, Biomarker] = {}
    """Markers to judge; by default every measured node at z = 0, and pain at 4 of 10."""

    @model_validator(mode="after")
    def _adjustment_is_declared(self) -> Self:
        unknown = [name for name in self.adjust_for if name not in self.covariates]
        if unknown:
            msg = f"adjust_for names {', '.join(unknown)}, not declared under covariates"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _burden_is_a_number(self) -> Self:
        name = self.tumor_mutational_burden
        if name is not None and getattr(self.covariates.get(name), "kind", "") != "continuous":
            msg = f"tumor_mutational_burden names {name}, which is not a continuous covariate"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _later_endpoints_are_declared(self) -> Self:
        for name, endpoint in self.endpoints.items():
            later = endpoint.no_later_than
            if later is not None and (later == name or later not in self.endpoints):
                msg = f"endpoints.{name}.no_later_than names {later}, which is not another endpoint"
                raise ValueError(msg)
        return self
