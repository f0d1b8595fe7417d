"""The model of a contrast: one question put to differential expression."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from innervate.config.base import ColumnName, Strict

TERM = r"[A-Za-z_][A-Za-z0-9_.]*"
Formula = Annotated[
    str,
    StringConstraints(pattern=rf"^\s*~\s*{TERM}(\s*[+:*]\s*{TERM})*\s*$", max_length=500),
]
"""Column names joined by ``+``, ``:`` and ``*``: nothing in it is ever evaluated as code."""


class Contrast(Strict):
    """One question put to differential expression."""

    title: str = ""
    """The question in words, for the report."""
    subset: dict[ColumnName, list[str]] = {}
    """Keep samples with one of these values: {column: [values]}."""
    formula: Formula
    """Design, for example `~ patient + tissue`, `~ batch + tissue * response`."""
    variable: ColumnName | None = None
    """The tested column: two levels (`numerator`, `denominator`) or a number (per unit)."""
    numerator: str | None = None
    """Level whose expression is above the line."""
    denominator: str | None = None
    """Level below the line; becomes the variable's reference level."""
    interaction: dict[ColumnName, str] | None = None
    """Instead of `variable`: test an interaction, {column: level against its reference}."""
    reference: dict[ColumnName, str] = {}
    """Reference level of further categorical columns: {column: level}."""
    continuous: list[ColumnName] = []
    """Columns taken as numbers; all others are categories."""
    enrichment: bool = True
    """Whether gene sets are tested on its result."""

    @property
    def terms(self) -> list[str]:
        """The columns that the formula names, in order."""
        return list(dict.fromkeys(re.findall(TERM, self.formula)))

    @model_validator(mode="after")
    def _question_is_clear(self) -> Self:
        problems = []
        if (self.variable is None) == (self.interaction is None):
            problems.append("give either `variable` or `interaction`")
        if self.variable is not None and self.variable not in self.terms:
            problems.append(f"variable {self.variable!r} does not stand in the formula")
        continuous = self.variable in self.continuous
        levels = (self.numerator, self.denominator)
        if self.variable is not None and continuous and any(levels):
            problems.append("a continuous variable has no numerator and denominator")
        if self.variable is not None and not continuous and not all(levels):
            problems.append("a categorical variable needs `numerator` and `denominator`")
        for column in self.interaction or {}:
            if column not in self.terms:
                problems.append(f"interaction column {column!r} does not stand in the formula")
        if problems:
            raise ValueError("; ".join(problems))
        return self
