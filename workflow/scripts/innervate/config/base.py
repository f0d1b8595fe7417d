"""What all config models share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""A name that becomes part of a file name: a cohort, a contrast, an endpoint."""

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """A config section: unknown keys are refused, so that a misspelled one is not ignored.

    A whole number where text is asked for is a code of a table, such as a level 1.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, coerce_numbers_to_str=True
    )
