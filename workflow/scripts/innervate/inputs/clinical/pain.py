"""Pain instruments, and their common scale."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from innervate.runtime.files import RESOURCES


@dataclass(frozen=True)
class Instrument:
    """A pain instrument.

    Parameters
    ----------
    name
        As cohort files name it.
    minimum, maximum
        Its range.
    direction
        Whether a higher value is worse or better.
    measures
        Intensity, or a neuropathic component, which is not an intensity.
    categories
        Whether cut-offs between mild, moderate and severe are in use for it.
    neuropathic_from, neuropathic_not_to
        Neuropathic: the lowest score that says so, and the highest that denies it.
    """

    name: str
    minimum: float
    maximum: float
    direction: Literal["higher_worse", "higher_better"]
    measures: Literal["intensity", "neuropathic"]
    categories: bool = False
    neuropathic_from: float = np.nan
    neuropathic_not_to: float = np.nan


@cache
def instruments() -> dict[str, Instrument]:
    """All instruments of resources/clinical/pain_instruments.tsv, by name."""
    path = RESOURCES / "clinical" / "pain_instruments.tsv"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    return {
        row.instrument: Instrument(
            row.instrument,
            float(row.minimum),
            float(row.maximum),
            row.direction,
            row.measures,
            row.categories == "yes",
            float(row.cut_off or "nan"),
            float(row.cut_off_no or "nan"),
        )
        for row in frame.itertuples(index=False)
    }


def harmonize(values: pd.Series, instrument: Instrument) -> pd.Series:
    """Bring an intensity to 0 (none) to 10 (worst).

    Parameters
    ----------
    values
        In the instrument's own range.
    instrument
        An instrument of intensity.

    Returns
    -------
    Series
        Linear in `values`; inverted where higher is better.

    Raises
    ------
    ValueError
        Where the instrument measures no intensity.
    """
    if instrument.measures != "intensity":
        msg = f"{instrument.name} is not a scale of intensity"
        raise ValueError(msg)
    share = (values - instrument.minimum) / (instrument.maximum - instrument.minimum)
    return 10 * (1 - share if instrument.direction == "higher_better" else share)


CATEGORIES = ["none", "mild", "moderate", "severe"]


def pain_category(values: pd.Series, moderate_from: float, severe_from: float) -> pd.Series:
    """Name the category of a pain.

    Parameters
    ----------
    values
        Pain of 0 to 10; NaN is missing.
    moderate_from, severe_from
        Where the upper two categories start; above 0 and below the first is mild.

    Returns
    -------
    Series
        One of `CATEGORIES`, or None where the pain is missing. On the University of Washington
        scale cut-offs of 5 and 7 are its own levels.

    References
    ----------
    Serlin et al. 1995, doi:10.1016/0304-3959(94)00178-H (recalled), for 5 and 7 in cancer pain.
    """
    place = np.searchsorted([moderate_from, severe_from], values, side="right") + 1
    names = pd.Series(np.array(CATEGORIES, dtype=object)[place], index=values.index)
    return names.mask(values <= 0, CATEGORIES[0]).where(values.notna(), None)


class Neuropathic(StrEnum):
    """What a screen says of a neuropathic component: all that `pain_NAME_neuropathic` can hold."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"


def neuropathic_status(values: pd.Series, instrument: Instrument) -> pd.Series:
    """Read a screen for a neuropathic component at its published cut-offs.

    Parameters
    ----------
    values
        In the instrument's own range; NaN is missing.
    instrument
        A neuropathic screen.

    Returns
    -------
    Series
        Values of `Neuropathic`, ``possible`` between the cut-offs; None where the score is
        missing. Never derived from an intensity.
    """
    status = pd.Series(Neuropathic.POSSIBLE.value, index=values.index, dtype=object)
    status[values >= instrument.neuropathic_from] = Neuropathic.LIKELY.value
    status[values <= instrument.neuropathic_not_to] = Neuropathic.UNLIKELY.value
    return status.where(values.notna(), None)
