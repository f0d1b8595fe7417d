"""The model of a cohort's clinical table."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from innervate.config.base import ColumnName, Name, Strict


class Pain(Strict):
    """A pain measurement of the clinical table."""

    column: ColumnName
    instrument: Name
    """As in resources/clinical/pain_instruments.tsv, for example NRS, VAS_100, UW_QOL."""
    direction: Literal["higher_worse", "higher_better"]
    """Declared, and checked against the instrument's."""


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

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if str(self.event) == str(self.censored):
            msg = "`event` and `censored` are the same code"
            raise ValueError(msg)
        return self


class Response(Strict):
    """A response to treatment, of the clinical table."""

    column: ColumnName
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
    tissue: Name
    """Tissue it was measured in."""
    unit: str = ""
    """As it is to be shown."""
    log: bool = False
    """Whether to take log2(1 + x) first."""


class Covariate(Strict):
    """A clinical column to show and to adjust for."""

    column: ColumnName
    kind: Literal["continuous", "categorical", "ordinal"]
    """How its values are to be taken."""
    levels: list[str] = []
    """ordinal: the levels from low to high; categorical: the first is the reference."""

    @model_validator(mode="after")
    def _ordinal_has_levels(self) -> Self:
        if self.kind == "ordinal" and len(self.levels) < 2:
            msg = "an ordinal covariate needs its `levels`, from low to high"
            raise ValueError(msg)
        return self


class ClinicalTable(Strict):
    """The clinical table: one row a patient; only declared columns are ever read."""

    table: str
    """TSV or CSV."""
    patient: ColumnName = "patient"
    """Its column of patient codes."""
    where: dict[ColumnName, list[str]] = {}
    """Keep rows with one of these values, where a patient has several: {column: [values]}."""
    missing: list[str] = ["", "NA", "N/A", "NaN", "nan"]
    """Codes that mean missing."""
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

    @model_validator(mode="after")
    def _adjustment_is_declared(self) -> Self:
        unknown = [name for name in self.adjust_for if name not in self.covariates]
        if unknown:
            msg = f"adjust_for names {', '.join(unknown)}, not declared under covariates"
            raise ValueError(msg)
        return self
