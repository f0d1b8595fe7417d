"""The model of a trial that is thought through: who would enter, and what it would be tested on."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from innervate.config.base import Name, Strict


class Criterion(Strict):
    """One condition of an enrichment rule; all of a rule's must be met."""

    score: Name | None = None
    """A column of numbers of clinical/joined.tsv: a node or control (z), `circuit_index`, pain
    (`pain_NAME_0_10`), `assay_NAME`, a continuous covariate or an opioid dose (log1p of mg)."""
    above: float | None = None
    """Met where the score is greater."""
    below: float | None = None
    """Met where the score is smaller."""
    covariate: Name | None = None
    """A categorical or ordinal covariate, `pain_NAME_neuropathic`, or `call` of the circuit."""
    levels: list[str] = []
    """Met where the covariate is one of these: of `pain_NAME_neuropathic` likely, possible,
    unlikely; of `call` active, uncertain, inactive. A level that can't occur is refused."""

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        bounded = self.above is not None or self.below is not None
        if (self.score is None) == (self.covariate is None):
            msg = "give either `score` or `covariate`"
            raise ValueError(msg)
        if bounded != (self.score is not None) or bool(self.levels) != (self.covariate is not None):
            msg = "a score needs `above` or `below`, a covariate `levels`"
            raise ValueError(msg)
        if self.above is not None and self.below is not None and self.above >= self.below:
            msg = "no value is above `above` and below `below`"
            raise ValueError(msg)
        return self

    @property
    def column(self) -> str:
        """The column of clinical/joined.tsv that is asked."""
        return self.score or self.covariate


class Trial(Strict):
    """A two-arm trial in patients chosen by their circuit: a planning aid, research use only."""

    agents_for: Name
    """Node of the circuit file whose agents (resources/clinical/agents.tsv) it would test."""
    where: list[Criterion] = Field(min_length=1)
    """The enrichment rule."""
    endpoint: Name
    """A name of `clinical.endpoints`, `response_NAME` (two grades) or `pain_NAME_0_10`."""
    hazard_ratio: float | None = Field(None, gt=0, lt=1)
    """Time to event: hazard with the agent over that of the control arm, as assumed."""
    odds_ratio: float | None = Field(None, gt=1)
    """Response: odds with the agent over those of the control arm, as assumed."""
    difference: float | None = Field(None, gt=0, le=10)
    """Pain: points of 0 to 10 by which it is lower with the agent, as assumed."""
    power: float = Field(0.8, gt=0.05, lt=1)
    """Wanted chance to find the assumed effect."""
    alpha: float = Field(0.05, gt=0, lt=0.5)
    """Two-sided level of the test."""
    allocation: float = Field(0.5, ge=0.1, le=0.9)
    """Share of patients who get the agent."""
    accrual_months: float = Field(24.0, ge=0)
    """Time to event: months over which patients enter, evenly."""
    follow_up_months: float = Field(12.0, gt=0)
    """Time to event: months from the last entry to the analysis."""

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if len(self.effects()) != 1:
            msg = "give one of `hazard_ratio`, `odds_ratio` and `difference`"
            raise ValueError(msg)
        return self

    def effects(self) -> dict[str, float]:
        """The assumed effect by its kind."""
        kinds = ("hazard_ratio", "odds_ratio", "difference")
        return {kind: value for kind in kinds if (value := getattr(self, kind)) is not None}
