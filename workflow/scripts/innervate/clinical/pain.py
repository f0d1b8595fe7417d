"""Pain instruments, and their common scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandas as pd

from innervate.files import RESOURCES


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
        Intensity, or a neuropathic component, which is no intensity.
    """

    name: str
    minimum: float
    maximum: float
    direction: Literal["higher_worse", "higher_better"]
    measures: Literal["intensity", "neuropathic"]


@cache
def instruments() -> dict[str, Instrument]:
    """All instruments of resources/clinical/pain_instruments.tsv, by name."""
    path = RESOURCES / "clinical" / "pain_instruments.tsv"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    columns = ["instrument", "minimum", "maximum", "direction", "measures"]
    return {
        name: Instrument(name, float(low), float(high), direction, measures)
        for name, low, high, direction, measures in frame[columns].itertuples(index=False)
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
        msg = f"{instrument.name} is no scale of intensity"
        raise ValueError(msg)
    share = (values - instrument.minimum) / (instrument.maximum - instrument.minimum)
    return 10 * (1 - share if instrument.direction == "higher_better" else share)
